/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "points-table.h"

#include <gdk/gdkkeysyms.h>
#include <math.h>

#include "i18n.h"

#define KEY "pmt-points-table"

enum { COLUMN_ID, COLUMN_USED, COLUMN_LEFT_OUT, COLUMN_RESIDUAL, COLUMN_SOURCE, COLUMN_COLOUR, COLUMN_WEIGHT, N_COLUMNS };

typedef struct
{
  PmtTool      *tool;
  GtkWidget    *view;
  GtkListStore *store;
  gboolean      filling;      /* what is selected meanwhile was not by a hand */
} Table;

static char *
pixels (double value)
{
  return isnan (value) ? g_strdup ("–") : g_strdup_printf ("%.2f", value);
}

static char *
source_text (const PmtPair *pair)
{
  switch (pair->source)
    {
    case PMT_PAIR_SNAPPED:
      return g_strdup_printf (_("snapped, %.0f %%"), 100 * pair->confidence);
    case PMT_PAIR_AUTOMATIC:
      return g_strdup_printf (_("found, %.0f %%"), 100 * pair->confidence);
    default:
      return g_strdup (_("by hand"));
    }
}

static void
fill_row (Table *self, GtkTreeIter *row, guint id)
{
  const PmtPair *pair = pmt_point_list_find (self->tool->points->list, id);
  PmtPairError error = pmt_point_list_get_error (self->tool->points->list, id);
  g_autofree char *left_out = pixels (pair->enabled ? error.left_out : NAN), *residual = pixels (error.residual);
  g_autofree char *source = source_text (pair);

  gtk_list_store_set (self->store, row, COLUMN_ID, id, COLUMN_USED, pair->enabled, COLUMN_LEFT_OUT, left_out, COLUMN_RESIDUAL,
                      residual, COLUMN_SOURCE, source, COLUMN_COLOUR, error.suspect && pair->enabled ? "#e01b24" : NULL,
                      COLUMN_WEIGHT, error.suspect && pair->enabled ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL, -1);
}

static guint
id_at (Table *self, GtkTreeIter *row)
{
  guint id;

  gtk_tree_model_get (GTK_TREE_MODEL (self->store), row, COLUMN_ID, &id, -1);
  return id;
}

static void
select_active (Table *self)
{
  GtkTreeSelection *selection = gtk_tree_view_get_selection (GTK_TREE_VIEW (self->view));
  GtkTreeModel *model = GTK_TREE_MODEL (self->store);
  GtkTreeIter row;

  gtk_tree_selection_unselect_all (selection);
  for (gboolean more = gtk_tree_model_get_iter_first (model, &row); more; more = gtk_tree_model_iter_next (model, &row))
    if (id_at (self, &row) == self->tool->active)
      {
        g_autoptr (GtkTreePath) path = gtk_tree_model_get_path (model, &row);

        gtk_tree_view_set_cursor (GTK_TREE_VIEW (self->view), path, NULL, FALSE);
        gtk_tree_view_scroll_to_cell (GTK_TREE_VIEW (self->view), path, NULL, FALSE, 0, 0);
      }
}

/* Rows are kept and filled anew, so that the list does not jump. */
static void
update (Table *self)
{
  g_autoptr (GArray) order = pmt_point_list_suspicion (self->tool->points->list);
  GtkTreeModel *model = GTK_TREE_MODEL (self->store);
  GtkTreeIter row;
  gboolean more = gtk_tree_model_get_iter_first (model, &row);

  self->filling = TRUE;
  for (guint i = 0; i < order->len; i++)
    {
      if (!more)
        gtk_list_store_append (self->store, &row);
      fill_row (self, &row, g_array_index (order, guint, i));
      more = more && gtk_tree_model_iter_next (model, &row);
    }
  while (more)
    more = gtk_list_store_remove (self->store, &row);
  select_active (self);
  self->filling = FALSE;
}

/* -- hands -- */

static void
used_toggled (GtkCellRendererToggle *cell, char *path, gpointer data)
{
  Table *self = data;
  GtkTreeIter row;

  if (gtk_tree_model_get_iter_from_string (GTK_TREE_MODEL (self->store), &row, path))
    pmt_tool_switch (self->tool, id_at (self, &row));
}

static void
selected (GtkTreeSelection *selection, gpointer data)
{
  Table *self = data;
  GtkTreeIter row;

  if (self->filling || !gtk_tree_selection_get_selected (selection, NULL, &row))
    return;
  pmt_tool_select (self->tool, id_at (self, &row));
  if (self->tool->active != 0)
    self->tool->funcs.found (self->tool->active, self->tool->data);
}

static gboolean
key_pressed (GtkWidget *widget, GdkEventKey *event, gpointer data)
{
  Table *self = data;

  if ((event->state & (GDK_CONTROL_MASK | GDK_MOD1_MASK)) != 0)
    return FALSE;
  switch (event->keyval)
    {
    case GDK_KEY_space:
      pmt_tool_switch (self->tool, self->tool->active);
      return TRUE;
    case GDK_KEY_Delete: case GDK_KEY_KP_Delete: case GDK_KEY_BackSpace:
      pmt_tool_remove (self->tool);
      return TRUE;
    case GDK_KEY_s:
      pmt_tool_snap (self->tool);
      return TRUE;
    case GDK_KEY_S:
      pmt_tool_snap_all (self->tool);
      return TRUE;
    default:
      return FALSE;
    }
}

/* -- the widget -- */

static void
add_column (Table *self, const char *title, const char *help, int text, gboolean right)
{
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();
  GtkTreeViewColumn *column = gtk_tree_view_column_new_with_attributes (title, cell, "text", text, "foreground",
                                                                        COLUMN_COLOUR, "weight", COLUMN_WEIGHT, NULL);

  if (right)
    g_object_set (cell, "xalign", 1.0, NULL);
  gtk_tree_view_append_column (GTK_TREE_VIEW (self->view), column);
  gtk_widget_set_tooltip_text (gtk_tree_view_column_get_button (column), help);
}

static void
add_columns (Table *self)
{
  GtkCellRenderer *toggle = gtk_cell_renderer_toggle_new ();

  g_signal_connect (toggle, "toggled", G_CALLBACK (used_toggled), self);
  gtk_tree_view_insert_column_with_attributes (GTK_TREE_VIEW (self->view), -1, _("Use"), toggle, "active", COLUMN_USED, NULL);
  add_column (self, _("Pair"), _("Its number in the pictures"), COLUMN_ID, TRUE);
  add_column (self, _("Left out"), _("How far the pair lies from where all others put it, in pixels of the layer: what is wrong "
                                     "comes first"), COLUMN_LEFT_OUT, TRUE);
  add_column (self, _("Off"), _("How far it lies from the fit through all pairs, in pixels of the layer"), COLUMN_RESIDUAL, TRUE);
  add_column (self, _("Set"), _("By hand, snapped to the picture, or found automatically, and how sure that is"), COLUMN_SOURCE,
              FALSE);
}

static void
table_free (gpointer data)
{
  Table *self = data;

  g_object_unref (self->store);
  g_free (self);
}

GtkWidget *
pmt_points_table_new (PmtTool *tool)
{
  Table *self = g_new0 (Table, 1);
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);

  self->tool = tool;
  self->store = gtk_list_store_new (N_COLUMNS, G_TYPE_UINT, G_TYPE_BOOLEAN, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING,
                                    G_TYPE_STRING, G_TYPE_INT);
  self->view = gtk_tree_view_new_with_model (GTK_TREE_MODEL (self->store));
  gtk_tree_view_set_enable_search (GTK_TREE_VIEW (self->view), FALSE);
  atk_object_set_name (gtk_widget_get_accessible (self->view), _("Pairs of points, the most suspicious first"));
  add_columns (self);
  g_signal_connect (gtk_tree_view_get_selection (GTK_TREE_VIEW (self->view)), "changed", G_CALLBACK (selected), self);
  g_signal_connect (self->view, "key-press-event", G_CALLBACK (key_pressed), self);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scrolled), GTK_SHADOW_IN);
  gtk_container_add (GTK_CONTAINER (scrolled), self->view);
  g_object_set_data_full (G_OBJECT (scrolled), KEY, self, table_free);
  update (self);
  return scrolled;
}

void
pmt_points_table_update (GtkWidget *table)
{
  update (g_object_get_data (G_OBJECT (table), KEY));
}
