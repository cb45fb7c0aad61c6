/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exchange-dialog.h"

#include <libgimp/gimpui.h>

#include "exchange/exchange.h"
#include "layer-chooser.h"
#include "plug-in.h"

/* Formats by their nicks, most of which are the names of programs; the first row stands for none. */
static GtkWidget *
format_combo_new (PmtFormatWays way, const char *none)
{
  GtkWidget *combo = gtk_combo_box_text_new ();

  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), "", none);
  for (int i = 0; i < pmt_exchange_get_n_formats (); i++)
    {
      const PmtFormatInfo *format = pmt_exchange_get_format (i);
      g_autofree char *endings = g_strjoinv (" ", (char **) format->endings);
      g_autofree char *label = g_strdup_printf (*endings != '\0' ? "%s (%s)" : "%s", format->nick, endings);

      if ((format->ways & way) != 0)
        gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), format->nick, label);
    }
  gtk_combo_box_set_active (GTK_COMBO_BOX (combo), 0);
  return combo;
}

static void
attach (GtkWidget *grid, int row, const char *label, GtkWidget *widget)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), widget);
  gtk_grid_attach (GTK_GRID (grid), name, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), widget, 1, row, 1, 1);
}

static GtkWidget *
grid_new (void)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  return grid;
}

static GtkWidget *
chooser_new (const char *title, GtkFileChooserAction action, const char *accept, GtkWidget *extra)
{
  GtkWidget *chooser = gtk_file_chooser_dialog_new (title, NULL, action, _("_Cancel"), GTK_RESPONSE_CANCEL, accept,
                                                    GTK_RESPONSE_OK,
                                                    NULL);

  gtk_dialog_set_default_response (GTK_DIALOG (chooser), GTK_RESPONSE_OK);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (chooser), TRUE);
  gtk_widget_show_all (extra);
  gtk_file_chooser_set_extra_widget (GTK_FILE_CHOOSER (chooser), extra);
  gimp_window_set_transient (GTK_WINDOW (chooser));
  return chooser;
}

/* The last file's folder. */
static void
begin_at (GtkWidget *chooser, GimpProcedureConfig *config)
{
  g_autoptr (GFile) file = NULL, folder = NULL;

  g_object_get (config, "file", &file, NULL);
  folder = file != NULL ? g_file_get_parent (file) : NULL;
  if (folder != NULL)
    gtk_file_chooser_set_current_folder_file (GTK_FILE_CHOOSER (chooser), folder, NULL);
}

/* What was chosen to the configuration; destroys the window. */
static gboolean
end_with (GtkWidget *chooser, GimpProcedureConfig *config, GtkWidget *format, gboolean confirmed)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

  confirmed = confirmed && file != NULL;
  if (confirmed)
    g_object_set (config, "file", file, "format", gtk_combo_box_get_active_id (GTK_COMBO_BOX (format)), NULL);
  gtk_widget_destroy (chooser);
  return confirmed;
}

gboolean
pmt_export_dialog_run (GimpProcedureConfig *config, const char *name)
{
  g_autofree char *suggested = g_strconcat (name, ".json", NULL);
  GtkWidget *grid, *chooser, *format;

  gimp_ui_init ("pentimento");
  grid = grid_new ();
  format = format_combo_new (PMT_FORMAT_WRITES, _("By the ending of the file's name"));
  attach (grid, 0, _("_Format"), format);
  chooser = chooser_new (_("Export Transform"), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), grid);
  begin_at (chooser, config);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), g_strdelimit (suggested, "/", '-'));
  return end_with (chooser, config, format, gtk_dialog_run (GTK_DIALOG (chooser)) == GTK_RESPONSE_OK);
}

gboolean
pmt_import_dialog_run (GimpProcedureConfig *config, GPtrArray *references, GimpLayer **reference, gboolean aligned)
{
  GtkWidget *grid, *mode, *chooser, *format, *layer;
  gboolean confirmed;

  gimp_ui_init ("pentimento");
  grid = grid_new ();
  mode = gtk_combo_box_text_new ();
  format = format_combo_new (PMT_FORMAT_READS, _("By what the file begins with"));
  layer = pmt_layer_chooser_new (references, *reference, NULL, NULL);
  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (mode), "replace", _("Replace the alignment"));
  gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (mode), "append", _("Go on from the alignment"));
  gtk_combo_box_set_active (GTK_COMBO_BOX (mode), 0);
  attach (grid, 0, _("_Format"), format);
  attach (grid, 1, _("_Reference"), layer);
  attach (grid, 2, _("_The layer's alignment"), mode);
  gtk_widget_set_sensitive (mode, aligned);
  chooser = chooser_new (_("Import Transform"), GTK_FILE_CHOOSER_ACTION_OPEN, _("_Import"), grid);
  begin_at (chooser, config);
  confirmed = gtk_dialog_run (GTK_DIALOG (chooser)) == GTK_RESPONSE_OK;
  *reference = pmt_layer_chooser_get_active (layer);
  if (confirmed)
    g_object_set (config, "mode", gtk_combo_box_get_active_id (GTK_COMBO_BOX (mode)), NULL);
  return end_with (chooser, config, format, confirmed);
}

static GtkWidget *
property_combo_new (GimpProcedureConfig *config, const char *property, const char *const *rows)
{
  GtkListStore *store = gtk_list_store_new (2, G_TYPE_STRING, G_TYPE_STRING);
  GtkWidget *combo;

  for (; *rows != NULL; rows += 2)
    gtk_list_store_insert_with_values (store, NULL, -1, 0, rows[0], 1, _(rows[1]), -1);
  combo = gimp_prop_string_combo_box_new (G_OBJECT (config), property, GTK_TREE_MODEL (store), 0, 1);
  g_object_unref (store);
  return combo;
}

gboolean
pmt_multiband_dialog_run (GimpProcedureConfig *config, const char *name, int layers)
{
  static const char *const bands[] = { "colours", N_("Each layer’s own colours"), "grey", N_("One a layer, its lightness"), NULL };
  static const char *const samplers[] = { "nearest", N_("Nearest neighbour"), "linear", N_("Linear"), "cubic", N_("Cubic"), "lanczos3",
                                          N_("Lanczos"), NULL };
  g_autofree char *suggested = g_strconcat (name, ".tif", NULL), *note = NULL;
  g_autoptr (GFile) file = NULL;
  GtkWidget *grid, *chooser, *label;
  gboolean confirmed;

  gimp_ui_init ("pentimento");
  grid = grid_new ();
  note = g_strdup_printf (ngettext ("%d layer is written, as it lies on the canvas.", "%d layers are written, as they lie on the canvas.",
                                    (gulong) layers), layers);
  label = gtk_label_new (note);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_grid_attach (GTK_GRID (grid), label, 0, 0, 2, 1);
  attach (grid, 1, _("_Bands"), property_combo_new (config, "bands", bands));
  attach (grid, 2, _("_Interpolation"), property_combo_new (config, "sampler", samplers));
  chooser = chooser_new (_("Export Multiband Image"), GTK_FILE_CHOOSER_ACTION_SAVE, _("_Export"), grid);
  begin_at (chooser, config);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), g_strdelimit (suggested, "/[]", '-'));
  confirmed = gtk_dialog_run (GTK_DIALOG (chooser)) == GTK_RESPONSE_OK;
  file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (confirmed && file != NULL)
    g_object_set (config, "file", file, NULL);
  gtk_widget_destroy (chooser);
  return confirmed && file != NULL;
}

gboolean
pmt_exchange_dialog_ask (const char *text, const char *question, const char *yes)
{
  GtkWidget *window;
  gboolean wanted;

  gimp_ui_init ("pentimento");
  window = gtk_message_dialog_new (NULL, GTK_DIALOG_MODAL, GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE, "%s", question);
  gtk_window_set_title (GTK_WINDOW (window), _("Write the Nearest?"));
  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (window), "%s", text);
  gtk_dialog_add_buttons (GTK_DIALOG (window), _("_Cancel"), GTK_RESPONSE_CANCEL, yes, GTK_RESPONSE_OK, NULL);
  gimp_window_set_transient (GTK_WINDOW (window));
  wanted = gtk_dialog_run (GTK_DIALOG (window)) == GTK_RESPONSE_OK;
  gtk_widget_destroy (window);
  return wanted;
}
