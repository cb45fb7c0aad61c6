/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "stiffness-chooser.h"

#include "i18n.h"

/* Of a bend: what lengths of waves are followed by half. */
static const struct { double stiffness; const char *label; } stiffnesses[] =
{
  { 0, N_("Find out") }, { 3, N_("Practically a plane") }, { 1, N_("Stiff (bends as long as the picture)") },
  { 0.5, N_("Medium (bends of ½ the picture)") }, { 0.25, N_("Soft (bends of ¼ of the picture)") },
  { 0.1, N_("Very soft (bends of ⅒ of the picture)") }
};

static void
add_stiffness_row (GtkListStore *store, double stiffness, const char *label)
{
  gtk_list_store_insert_with_values (store, NULL, -1, 0, stiffness, 1, label, -1);
}

/* A number without a word, as a script may have left it, gets a row of its own. */
static gboolean
stiffness_to_row (GBinding *binding, const GValue *stiffness, GValue *row, gpointer data)
{
  GtkTreeModel *model = data;
  int n = gtk_tree_model_iter_n_children (model, NULL);
  g_autofree char *label = NULL;
  GtkTreeIter iter;

  for (int i = 0; i < n; i++)
    {
      double value;

      gtk_tree_model_iter_nth_child (model, &iter, NULL, i);
      gtk_tree_model_get (model, &iter, 0, &value, -1);
      g_value_set_int (row, i);
      if (value == g_value_get_double (stiffness))
        return TRUE;
    }
  label = g_strdup_printf ("%g", g_value_get_double (stiffness));
  add_stiffness_row (GTK_LIST_STORE (model), g_value_get_double (stiffness), label);
  g_value_set_int (row, n);
  return TRUE;
}

static gboolean
row_to_stiffness (GBinding *binding, const GValue *row, GValue *stiffness, gpointer data)
{
  GtkTreeIter iter;
  double value;

  if (!gtk_tree_model_iter_nth_child (data, &iter, NULL, g_value_get_int (row)))
    return FALSE;
  gtk_tree_model_get (data, &iter, 0, &value, -1);
  g_value_set_double (stiffness, value);
  return TRUE;
}

GtkWidget *
pmt_stiffness_chooser_new (GimpProcedureConfig *config)
{
  g_autoptr (GtkListStore) store = gtk_list_store_new (2, G_TYPE_DOUBLE, G_TYPE_STRING);
  GtkWidget *combo = gtk_combo_box_new_with_model (GTK_TREE_MODEL (store));
  GtkCellRenderer *cell = gtk_cell_renderer_text_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (stiffnesses); i++)
    add_stiffness_row (store, stiffnesses[i].stiffness, _(stiffnesses[i].label));
  gtk_cell_layout_pack_start (GTK_CELL_LAYOUT (combo), cell, TRUE);
  gtk_cell_layout_add_attribute (GTK_CELL_LAYOUT (combo), cell, "text", 1);
  g_object_bind_property_full (config, "stiffness", combo, "active", G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL,
                               stiffness_to_row, row_to_stiffness, g_object_ref (store), g_object_unref);
  return combo;
}
