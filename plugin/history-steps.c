/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history-steps.h"

#include <gdk/gdkkeysyms.h>

#include "layer-chooser.h"
#include "plug-in.h"

#define KEY       "pmt-history-steps"
#define STEP      "pmt-step"
#define ICON_SIZE 22

typedef struct
{
  PmtHistory          *history;
  PmtHistoryStepsFuncs funcs;
  gpointer             data;
  GtkWidget           *list;
  gboolean             filling;      /* what happens meanwhile was not by a hand */
} Steps;

static int
step_of (gpointer widget)
{
  return GPOINTER_TO_INT (g_object_get_data (G_OBJECT (widget), STEP));
}

static void
switched (GtkToggleButton *button, gpointer data)
{
  Steps *self = data;

  if (!self->filling)
    self->funcs.switched (step_of (button), gtk_toggle_button_get_active (button), self->data);
}

static const char *
icon_of (const PmtTransform *step)
{
  const PmtProvenance *provenance = pmt_transform_get_provenance (step, 0);
  const char *verdict = provenance != NULL ? provenance->verdict : NULL;

  if (g_strcmp0 (verdict, "ok") == 0)
    return "pentimento-ok";
  if (g_strcmp0 (verdict, "uncertain") == 0)
    return "pentimento-uncertain";
  return g_strcmp0 (verdict, "failed") == 0 ? "pentimento-failed" : NULL;
}

static GtkWidget *
line_new (const char *text, gboolean title, gboolean dim)
{
  GtkWidget *label = gtk_label_new (NULL);
  g_autofree char *markup = g_markup_printf_escaped (title ? "<b>%s</b>" : "%s", text);

  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_width_chars (GTK_LABEL (label), 24);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 24);
  if (dim)
    gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
  return label;
}

/* `front`: a check mark, or what stands in its place; icon: may be NULL. */
static GtkWidget *
row_new (int step, GtkWidget *front, const char *title, const char *figures, const char *icon, gboolean on)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *text = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  g_autofree char *spoken = g_strdup_printf (_("%s: %s"), title, figures);

  gtk_box_pack_start (GTK_BOX (text), line_new (title, TRUE, !on), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (text), line_new (figures, FALSE, TRUE), FALSE, FALSE, 0);
  gtk_widget_set_valign (front, GTK_ALIGN_START);
  gtk_box_pack_start (GTK_BOX (box), front, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), text, TRUE, TRUE, 0);
  if (icon != NULL)
    {
      GtkWidget *picture = pmt_icon_new (icon, ICON_SIZE);

      gtk_widget_set_valign (picture, GTK_ALIGN_START);
      gtk_box_pack_end (GTK_BOX (box), picture, FALSE, FALSE, 0);
    }
  gtk_container_set_border_width (GTK_CONTAINER (box), 8);
  gtk_container_add (GTK_CONTAINER (row), box);
  g_object_set_data (G_OBJECT (row), STEP, GINT_TO_POINTER (step));
  atk_object_set_name (gtk_widget_get_accessible (row), spoken);
  return row;
}

static GtkWidget *
step_row_new (Steps *self, int step)
{
  const PmtTransform *transform = pmt_step_list_get_step (self->history->steps, step);
  gboolean on = pmt_step_list_is_on (self->history->steps, step);
  g_autofree char *title = pmt_history_title (transform), *figures = pmt_history_figures (self->history, step);
  GtkWidget *check = gtk_check_button_new ();

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (check), on);
  gtk_widget_set_sensitive (check, pmt_history_refusal (self->history) == NULL);
  gtk_widget_set_tooltip_text (check, _("Whether this step counts"));
  atk_object_set_name (gtk_widget_get_accessible (check), title);
  g_object_set_data (G_OBJECT (check), STEP, GINT_TO_POINTER (step));
  g_signal_connect (check, "toggled", G_CALLBACK (switched), self);
  return row_new (step, check, title, figures, icon_of (transform), on);
}

/* What was moved by hand since and is no step yet. */
static void
add_move_row (Steps *self)
{
  g_autofree char *figures = NULL;
  int x, y;

  if (!pmt_history_get_move (self->history, &x, &y))
    return;
  figures = g_strdup_printf (_("%+d px to the right, %+d px down; not recorded yet"), x, y);
  gtk_container_add (GTK_CONTAINER (self->list),
                     row_new (PMT_STEP_MOVE, gtk_image_new_from_icon_name ("list-add", GTK_ICON_SIZE_MENU),
                              _("Moved by hand since"), figures, NULL, TRUE));
}

static void
update (Steps *self, int selected)
{
  int length = pmt_step_list_get_length (self->history->steps);
  g_autoptr (GList) rows = NULL;

  self->filling = TRUE;
  pmt_container_clear (self->list);
  add_move_row (self);
  for (int i = 0; i < length; i++)
    gtk_container_add (GTK_CONTAINER (self->list), step_row_new (self, i));
  gtk_widget_show_all (self->list);
  pmt_list_paint_plainly (self->list);
  rows = gtk_container_get_children (GTK_CONTAINER (self->list));
  for (GList *link = rows; link != NULL; link = link->next)
    if (step_of (link->data) == MIN (selected, length - 1))
      {
        gtk_list_box_select_row (GTK_LIST_BOX (self->list), link->data);
        if (gtk_widget_get_mapped (self->list))
          gtk_widget_grab_focus (link->data);
      }
  self->filling = FALSE;
}

/* -- hands -- */

static void
selected (GtkListBox *list, GtkListBoxRow *row, gpointer data)
{
  Steps *self = data;

  if (!self->filling)
    self->funcs.selected (self->data);
}

/* Enter switches the step. */
static void
activated (GtkListBox *list, GtkListBoxRow *row, gpointer data)
{
  Steps *self = data;
  int step = step_of (row);

  if (step >= 0)
    self->funcs.switched (step, !pmt_step_list_is_on (self->history->steps, step), self->data);
}

static int
selected_step (Steps *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (GTK_LIST_BOX (self->list));

  return row != NULL ? step_of (row) : PMT_STEP_NONE;
}

/* The space bar does the same, as long as the focus is not on the check mark, which knows it itself. */
static gboolean
is_switch (GtkWidget *widget, guint key)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (gtk_widget_get_toplevel (widget)));

  return (key == GDK_KEY_space || key == GDK_KEY_KP_Space) && GTK_IS_LIST_BOX_ROW (focus);
}

static gboolean
key_pressed (GtkWidget *widget, GdkEventKey *event, gpointer data)
{
  Steps *self = data;
  int step = selected_step (self);
  gboolean alt = (event->state & GDK_MOD1_MASK) != 0;

  if (step < 0)
    return FALSE;
  if (is_switch (widget, event->keyval))
    self->funcs.switched (step, !pmt_step_list_is_on (self->history->steps, step), self->data);
  else if (event->keyval == GDK_KEY_Delete || event->keyval == GDK_KEY_KP_Delete)
    self->funcs.removed (step, self->data);
  else if (alt && (event->keyval == GDK_KEY_Up || event->keyval == GDK_KEY_KP_Up))
    self->funcs.moved (step, -1, self->data);
  else if (alt && (event->keyval == GDK_KEY_Down || event->keyval == GDK_KEY_KP_Down))
    self->funcs.moved (step, 1, self->data);
  else
    return FALSE;
  return TRUE;
}

/* -- the widget -- */

GtkWidget *
pmt_history_steps_new (PmtHistory *history, const PmtHistoryStepsFuncs *funcs, gpointer data)
{
  GtkWidget *scrolled_window = gtk_scrolled_window_new (NULL, NULL);
  Steps *self = g_new0 (Steps, 1);

  self->history = history;
  self->funcs = *funcs;
  self->data = data;
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_BROWSE);
  gtk_list_box_set_activate_on_single_click (GTK_LIST_BOX (self->list), FALSE);
  atk_object_set_name (gtk_widget_get_accessible (self->list), _("Steps, the first above"));
  g_signal_connect (self->list, "row-selected", G_CALLBACK (selected), self);
  g_signal_connect (self->list, "row-activated", G_CALLBACK (activated), self);
  g_signal_connect (self->list, "key-press-event", G_CALLBACK (key_pressed), self);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled_window), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scrolled_window), GTK_SHADOW_IN);
  gtk_container_add (GTK_CONTAINER (scrolled_window), self->list);
  g_object_set_data_full (G_OBJECT (scrolled_window), KEY, self, g_free);
  update (self, pmt_step_list_get_length (history->steps) - 1);
  return scrolled_window;
}

void
pmt_history_steps_focus (GtkWidget *steps)
{
  Steps *self = g_object_get_data (G_OBJECT (steps), KEY);
  GtkListBoxRow *row = gtk_list_box_get_selected_row (GTK_LIST_BOX (self->list));

  gtk_widget_grab_focus (row != NULL ? GTK_WIDGET (row) : self->list);
}

void
pmt_history_steps_update (GtkWidget *steps, int step)
{
  update (g_object_get_data (G_OBJECT (steps), KEY), step);
}

int
pmt_history_steps_selected (GtkWidget *steps)
{
  return selected_step (g_object_get_data (G_OBJECT (steps), KEY));
}
