/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "deformation-dialog.h"

#include <libgimp/gimpui.h>

#include "plug-in.h"
#include "words.h"

/* A number of the configuration. */
typedef struct
{
  const char *property, *label, *help;
  double      least, most, step;
  int         digits;
  gboolean    automatic;      /* 0 is a word */
  int         modes;          /* that it matters to, a bit each */
} Number;

#define LINES  (1 << PMT_DEFORMATION_GRID | 1 << PMT_DEFORMATION_ARROWS)
#define COLOURS (1 << PMT_DEFORMATION_JACOBIAN | 1 << PMT_DEFORMATION_STRAIN)

static const Number numbers[] =
{
  { "spacing", N_("Sp_acing"), N_("Distance of the grid's lines or of the arrows, as a share of the picture's longer side."), 0.01, 0.5,
    0.01, 2, FALSE, LINES },
  { "exaggeration", N_("_Exaggeration"), N_("Shifts are drawn this many times as long. Automatic: the largest is as long as the "
                                            "spacing."), 0, 10000, 1, 1, TRUE, LINES },
  { "range", N_("Ra_nge"), N_("Change at which colours end: 0.05 is about 5 %. Automatic: the largest there is, rounded up."), 0, 10,
    0.01, 3, TRUE, COLOURS },
  { "opacity", N_("_Opacity"), N_("Of the new layer; it can be changed later."), 0, 1, 0.05, 2, FALSE, LINES | COLOURS }
};

static gboolean
show_automatic (GtkSpinButton *spin, gpointer data)
{
  if (gtk_spin_button_get_value (spin) != 0)
    return FALSE;
  gtk_entry_set_text (GTK_ENTRY (spin), _("automatic"));
  return TRUE;
}

static gboolean
mode_needs (GBinding *binding, const GValue *nick, GValue *needed, gpointer data)
{
  const Number *number = data;
  PmtDeformationMode mode;

  g_value_set_boolean (needed, pmt_deformation_mode_from_nick (g_value_get_string (nick), &mode)
                               && (number->modes & 1 << mode) != 0);
  return TRUE;
}

static void
attach (GtkWidget *grid, int row, const char *label, const char *help, GtkWidget *widget)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), widget);
  gtk_widget_set_tooltip_text (widget, help);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_grid_attach (GTK_GRID (grid), name, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), widget, 1, row, 1, 1);
}

static void
attach_number (GtkWidget *grid, int row, const Number *number, GimpProcedureConfig *config)
{
  GtkAdjustment *adjustment = gtk_adjustment_new (number->least, number->least, number->most, number->step, 10 * number->step, 0);
  GtkWidget *spin = gtk_spin_button_new (adjustment, 0, number->digits);

  gtk_entry_set_activates_default (GTK_ENTRY (spin), TRUE);
  if (number->automatic)
    g_signal_connect (spin, "output", G_CALLBACK (show_automatic), NULL);
  g_object_bind_property (config, number->property, adjustment, "value", G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  g_object_bind_property_full (config, "mode", spin, "sensitive", G_BINDING_SYNC_CREATE, mode_needs, NULL, (gpointer) number, NULL);
  attach (grid, row, _(number->label), _(number->help), spin);
}

/* A grey image has no colours to show. */
static GtkWidget *
mode_combo_new (GimpProcedureConfig *config, gboolean grey)
{
  g_autoptr (GtkListStore) store = gtk_list_store_new (2, G_TYPE_STRING, G_TYPE_STRING);

  for (PmtDeformationMode mode = PMT_DEFORMATION_GRID; mode <= PMT_DEFORMATION_STRAIN; mode++)
    if (!grey || (LINES & 1 << mode) != 0)
      gtk_list_store_insert_with_values (store, NULL, -1, 0, pmt_deformation_mode_to_nick (mode), 1,
                                         pmt_words_deformation (mode), -1);
  return gimp_prop_string_combo_box_new (G_OBJECT (config), "mode", GTK_TREE_MODEL (store), 0, 1);
}

static GtkWidget *
content_new (GimpProcedureConfig *config, gboolean grey)
{
  GtkWidget *grid = gtk_grid_new ();
  GtkWidget *whole = gimp_prop_check_button_new (G_OBJECT (config), "whole", _("Show the whole _transform"));

  gtk_container_set_border_width (GTK_CONTAINER (grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  attach (grid, 0, _("_Picture"), _("Shifts as a bent grid or as arrows, or colours of what is stretched."),
          mode_combo_new (config, grey));
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    attach_number (grid, i + 1, &numbers[i], config);
  gtk_widget_set_tooltip_text (whole, _("Also what a plane explains: shift, turn, scale and perspective. Otherwise only what bends."));
  gtk_grid_attach (GTK_GRID (grid), whole, 0, G_N_ELEMENTS (numbers) + 1, 2, 1);
  gtk_widget_show_all (grid);
  return grid;
}

gboolean
pmt_deformation_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GimpImage *image)
{
  GtkWidget *window;
  gboolean confirmed;

  gimp_ui_init ("pentimento");
  window = gimp_procedure_dialog_new (procedure, config, _("Show Deformation"));
  gimp_procedure_dialog_set_ok_label (GIMP_PROCEDURE_DIALOG (window), _("_Show"));
  gtk_box_pack_start (GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (window))),
                      content_new (config, gimp_image_get_base_type (image) == GIMP_GRAY), TRUE, TRUE, 0);
  confirmed = gimp_procedure_dialog_run (GIMP_PROCEDURE_DIALOG (window));
  gtk_widget_destroy (window);
  return confirmed;
}
