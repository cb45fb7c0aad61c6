/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "open-stack-dialog.h"

#include <libgimp/gimpui.h>

#include "layer-chooser.h"
#include "plug-in.h"
#include "register.h"
#include "words.h"

enum { COLUMN_NAME, COLUMN_PATH, N_COLUMNS };

#define RESPONSE_OPEN GTK_RESPONSE_OK

typedef struct
{
  GimpProcedureConfig *config;
  GtkWidget           *window, *view, *reference, *remove, *up, *down;
  GtkListStore        *files;
} Dialog;

static int
count (const Dialog *dialog)
{
  return gtk_tree_model_iter_n_children (GTK_TREE_MODEL (dialog->files), NULL);
}

static gboolean
get_selected (const Dialog *dialog, GtkTreeIter *iter)
{
  return gtk_tree_selection_get_selected (gtk_tree_view_get_selection (GTK_TREE_VIEW (dialog->view)), NULL, iter);
}

/* The list of references follows the files; the choice stays with its place. */
static void
settle (Dialog *dialog)
{
  GtkComboBoxText *combo = GTK_COMBO_BOX_TEXT (dialog->reference);
  int active = gtk_combo_box_get_active (GTK_COMBO_BOX (combo));
  GtkTreeModel *model = GTK_TREE_MODEL (dialog->files);
  GtkTreeIter iter;
  gboolean selected = get_selected (dialog, &iter);

  gtk_combo_box_text_remove_all (combo);
  gtk_combo_box_text_append_text (combo, _("The pictures choose it"));
  for (gboolean valid = gtk_tree_model_get_iter_first (model, &iter); valid; valid = gtk_tree_model_iter_next (model, &iter))
    {
      g_autofree char *name = NULL;

      gtk_tree_model_get (model, &iter, COLUMN_NAME, &name, -1);
      gtk_combo_box_text_append_text (combo, name);
    }
  gtk_combo_box_set_active (GTK_COMBO_BOX (combo), active >= 0 && active <= count (dialog) ? active : 0);
  gtk_widget_set_sensitive (dialog->remove, selected);
  gtk_widget_set_sensitive (dialog->up, selected);
  gtk_widget_set_sensitive (dialog->down, selected);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window), RESPONSE_OPEN, count (dialog) > 0);
}

static void
append (Dialog *dialog, const char *path)
{
  g_autofree char *base = g_path_get_basename (path), *name = g_filename_display_name (base);

  gtk_list_store_insert_with_values (dialog->files, NULL, -1, COLUMN_NAME, name, COLUMN_PATH, path, -1);
}

static void
add_clicked (GtkWidget *button, gpointer data)
{
  Dialog *dialog = data;
  GtkWidget *chooser = gtk_file_chooser_dialog_new (_("Add Pictures"), GTK_WINDOW (dialog->window), GTK_FILE_CHOOSER_ACTION_OPEN,
                                                    _("_Cancel"), GTK_RESPONSE_CANCEL, _("_Add"), GTK_RESPONSE_OK, NULL);

  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (chooser), TRUE);
  gtk_dialog_set_default_response (GTK_DIALOG (chooser), GTK_RESPONSE_OK);
  if (gtk_dialog_run (GTK_DIALOG (chooser)) == GTK_RESPONSE_OK)
    {
      GSList *paths = g_slist_sort (gtk_file_chooser_get_filenames (GTK_FILE_CHOOSER (chooser)), (GCompareFunc) g_strcmp0);

      for (GSList *link = paths; link != NULL; link = link->next)
        append (dialog, link->data);
      g_slist_free_full (paths, g_free);
    }
  gtk_widget_destroy (chooser);
  settle (dialog);
}

static void
remove_clicked (GtkWidget *button, gpointer data)
{
  Dialog *dialog = data;
  GtkTreeIter iter;

  if (get_selected (dialog, &iter))
    gtk_list_store_remove (dialog->files, &iter);
  settle (dialog);
}

static void
up_clicked (GtkWidget *button, gpointer data)
{
  Dialog *dialog = data;
  GtkTreeIter iter, other;

  if (get_selected (dialog, &iter))
    {
      other = iter;
      if (gtk_tree_model_iter_previous (GTK_TREE_MODEL (dialog->files), &other))
        gtk_list_store_swap (dialog->files, &iter, &other);
    }
  settle (dialog);
}

static void
down_clicked (GtkWidget *button, gpointer data)
{
  Dialog *dialog = data;
  GtkTreeIter iter, other;

  if (get_selected (dialog, &iter))
    {
      other = iter;
      if (gtk_tree_model_iter_next (GTK_TREE_MODEL (dialog->files), &other))
        gtk_list_store_swap (dialog->files, &iter, &other);
    }
  settle (dialog);
}

static GtkWidget *
add_button (GtkWidget *box, const char *label, GCallback clicked, Dialog *dialog)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  g_signal_connect (button, "clicked", clicked, dialog);
  gtk_box_pack_start (GTK_BOX (box), button, FALSE, FALSE, 0);
  return button;
}

static GtkWidget *
files_new (Dialog *dialog)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12), *buttons = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *scrolled = gtk_scrolled_window_new (NULL, NULL);

  dialog->view = gtk_tree_view_new_with_model (GTK_TREE_MODEL (dialog->files));
  gtk_tree_view_set_headers_visible (GTK_TREE_VIEW (dialog->view), FALSE);
  gtk_tree_view_set_reorderable (GTK_TREE_VIEW (dialog->view), TRUE);
  gtk_tree_view_set_tooltip_column (GTK_TREE_VIEW (dialog->view), COLUMN_PATH);
  atk_object_set_name (gtk_widget_get_accessible (dialog->view), _("Files"));
  gtk_tree_view_insert_column_with_attributes (GTK_TREE_VIEW (dialog->view), -1, NULL, gtk_cell_renderer_text_new (), "text",
                                               COLUMN_NAME, NULL);
  gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scrolled), GTK_SHADOW_IN);
  gtk_widget_set_size_request (scrolled, 380, 220);
  gtk_container_add (GTK_CONTAINER (scrolled), dialog->view);
  add_button (buttons, _("_Add…"), G_CALLBACK (add_clicked), dialog);
  dialog->remove = add_button (buttons, _("Re_move"), G_CALLBACK (remove_clicked), dialog);
  dialog->up = add_button (buttons, _("_Up"), G_CALLBACK (up_clicked), dialog);
  dialog->down = add_button (buttons, _("_Down"), G_CALLBACK (down_clicked), dialog);
  gtk_box_pack_start (GTK_BOX (row), scrolled, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (row), buttons, FALSE, FALSE, 0);
  g_signal_connect_swapped (gtk_tree_view_get_selection (GTK_TREE_VIEW (dialog->view)), "changed", G_CALLBACK (settle), dialog);
  return row;
}

static void
attach (GtkWidget *grid, int row, const char *label, const char *help, GtkWidget *widget)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), widget);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_widget_set_tooltip_text (widget, help);
  gtk_grid_attach (GTK_GRID (grid), name, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), widget, 1, row, 1, 1);
}

static GtkWidget *
combo_new (GimpProcedureConfig *config, const char *property, GtkListStore *store)
{
  GtkWidget *combo = gimp_prop_string_combo_box_new (G_OBJECT (config), property, GTK_TREE_MODEL (store), 0, 1);

  g_object_unref (store);
  return combo;
}

static GtkListStore *
compares_store (void)
{
  GtkListStore *store = gtk_list_store_new (2, G_TYPE_STRING, G_TYPE_STRING);

  gtk_list_store_insert_with_values (store, NULL, -1, 0, "together", 1, _("All with each other"), -1);
  gtk_list_store_insert_with_values (store, NULL, -1, 0, "sequence", 1, _("All, as a sequence of frames"), -1);
  gtk_list_store_insert_with_values (store, NULL, -1, 0, "each", 1, _("Each with the reference alone"), -1);
  return store;
}

static GtkListStore *
models_store (void)
{
  GtkListStore *store = gtk_list_store_new (2, G_TYPE_STRING, G_TYPE_STRING);

  for (PmtModel model = PMT_MODEL_AUTO; model <= PMT_MODEL_HOMOGRAPHY; model++)
    gtk_list_store_insert_with_values (store, NULL, -1, 0, pmt_model_to_nick (model), 1, pmt_words_model (model), -1);
  return store;
}

static GtkWidget *
settings_new (Dialog *dialog)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  dialog->reference = gtk_combo_box_text_new ();
  attach (grid, 0, _("_Reference"), _("The picture that the others are laid on. The pictures choose the one from which the others are "
                                      "known best."), dialog->reference);
  attach (grid, 1, _("_Compared"), _("In a sequence neighbours are most alike: frames, focus brackets, time series."),
          combo_new (dialog->config, "compare", compares_store ()));
  attach (grid, 2, _("Mo_vement"), _("What the pictures may do to lie on the reference. “Find out” takes the simplest that explains "
                                     "them."), combo_new (dialog->config, "model", models_store ()));
  return grid;
}

static GtkWidget *
header_new (void)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *label = gtk_label_new (_("The pictures become the layers of one image, the first one lowest, and are laid on one of them. "
                                      "You see how well each one fits before it opens."));

  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 60);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_box_pack_start (GTK_BOX (row), pmt_icon_new ("pentimento-align", 48), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), label, TRUE, TRUE, 0);
  return row;
}

/* The files of the call, or of the last time, as far as they are there. */
static void
fill (Dialog *dialog)
{
  g_auto (GStrv) files = NULL;
  int reference;

  g_object_get (dialog->config, "files", &files, "reference", &reference, NULL);
  for (int i = 0; files != NULL && files[i] != NULL; i++)
    if (g_file_test (files[i], G_FILE_TEST_EXISTS))
      append (dialog, files[i]);
  settle (dialog);
  gtk_combo_box_set_active (GTK_COMBO_BOX (dialog->reference), reference <= count (dialog) ? reference : 0);
}

static void
take (const Dialog *dialog)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_auto (GStrv) files = NULL;
  GtkTreeModel *model = GTK_TREE_MODEL (dialog->files);
  GtkTreeIter iter;

  for (gboolean valid = gtk_tree_model_get_iter_first (model, &iter); valid; valid = gtk_tree_model_iter_next (model, &iter))
    {
      g_autofree char *path = NULL;

      gtk_tree_model_get (model, &iter, COLUMN_PATH, &path, -1);
      g_strv_builder_add (paths, path);
    }
  files = g_strv_builder_end (paths);
  g_object_set (dialog->config, "files", files, "reference",
                MAX (0, gtk_combo_box_get_active (GTK_COMBO_BOX (dialog->reference))), NULL);
}

gboolean
pmt_open_stack_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config)
{
  Dialog dialog = { .config = config };
  GtkWidget *box;
  gboolean confirmed;

  gimp_ui_init ("pentimento");
  dialog.files = gtk_list_store_new (N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING);
  dialog.window = gimp_dialog_new (_("Open as Aligned Stack"), "pentimento-open-stack", NULL, 0, gimp_standard_help_func,
                                   gimp_procedure_get_name (procedure), _("_Cancel"), GTK_RESPONSE_CANCEL, _("_Open"),
                                   RESPONSE_OPEN, NULL);
  box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  gtk_container_set_border_width (GTK_CONTAINER (box), 12);
  gtk_box_pack_start (GTK_BOX (box), header_new (), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), files_new (&dialog), TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), settings_new (&dialog), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (dialog.window))), box, TRUE, TRUE, 0);
  gtk_dialog_set_default_response (GTK_DIALOG (dialog.window), RESPONSE_OPEN);
  fill (&dialog);
  gtk_widget_show_all (box);
  gimp_window_set_transient (GTK_WINDOW (dialog.window));
  confirmed = gtk_dialog_run (GTK_DIALOG (dialog.window)) == RESPONSE_OPEN;
  if (confirmed)
    take (&dialog);
  gtk_widget_destroy (dialog.window);
  g_object_unref (dialog.files);
  return confirmed;
}
