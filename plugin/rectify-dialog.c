/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rectify-dialog.h"

#include <libgimp/gimpui.h>
#include <math.h>

#include "plug-in.h"
#include "rectify-corners.h"

#define LENGTHS 6

typedef struct
{
  GimpProcedureConfig *config;
  GtkWidget           *window, *corners, *length[LENGTHS], *resolution, *outcome;
  gboolean             filling;
} Dialog;

static const char *const names[LENGTHS] =
{
  N_("_Upper side, 1–2"), N_("Ri_ght side, 2–3"), N_("_Lower side, 3–4"), N_("Le_ft side, 4–1"), N_("_Diagonal 1–3"), N_("Di_agonal 2–4")
};

/* What the six entries say as one text; “-” where nothing is written. */
static char *
lengths_text (const Dialog *dialog)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < LENGTHS; i++)
    {
      g_autofree char *word = g_strstrip (g_strdup (gtk_entry_get_text (GTK_ENTRY (dialog->length[i]))));

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", *word != '\0' ? g_strdelimit (word, ",", '.') : "-");
    }
  return g_string_free (text, FALSE);
}

static char *
outcome_text (const PmtRectification *r)
{
  PmtSize plan = pmt_transform_get_fixed_size (r->transform);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, _("The plan will have %d × %d pixels, %.4g for a unit of length."), plan.width, plan.height, r->resolution);
  if (r->misfit > 0)
    {
      g_string_append_c (text, ' ');
      g_string_append_printf (text, _("The lengths contradict each other by %.3g."), r->misfit);
    }
  return g_string_free (text, FALSE);
}

/* What would come of it, while it is typed. */
static void
try (Dialog *dialog)
{
  g_autofree char *lengths = lengths_text (dialog), *outcome = NULL;
  const char *corners = gtk_entry_get_text (GTK_ENTRY (dialog->corners));
  g_autoptr (PmtRectification) found = NULL;
  g_autoptr (GError) error = NULL;
  PmtMeasures measures;
  PmtPoint corner[4];

  if (dialog->filling)
    return;
  if (pmt_rectify_read_corners (corners, corner, &error) && pmt_rectify_read_lengths (lengths, &measures, &error))
    found = pmt_rectify (corner, &measures, gtk_spin_button_get_value (GTK_SPIN_BUTTON (dialog->resolution)), (PmtSize) { 0, 0 }, &error);
  outcome = found != NULL ? outcome_text (found) : g_strdup (error->message);
  gtk_label_set_text (GTK_LABEL (dialog->outcome), outcome);
  gtk_dialog_set_response_sensitive (GTK_DIALOG (dialog->window), GTK_RESPONSE_OK, found != NULL);
  g_object_set (dialog->config, "corners", corners, "lengths", lengths, NULL);
}

static void
attach (GtkWidget *grid, int row, const char *label, GtkWidget *widget, const char *help)
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
note_new (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_line_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 56);
  return label;
}

static GtkWidget *
entry_new (Dialog *dialog)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (try), dialog);
  return entry;
}

static gboolean
show_automatic (GtkSpinButton *spin, gpointer data)
{
  if (gtk_spin_button_get_value (spin) != 0)
    return FALSE;
  gtk_entry_set_text (GTK_ENTRY (spin), _("as the picture has"));
  return TRUE;
}

static GtkWidget *
resolution_new (Dialog *dialog)
{
  GtkAdjustment *adjustment = gtk_adjustment_new (0, 0, 1e6, 0.1, 1, 0);
  GtkWidget *spin = gtk_spin_button_new (adjustment, 0, 3);

  g_signal_connect (spin, "output", G_CALLBACK (show_automatic), NULL);
  g_object_bind_property (dialog->config, "resolution", adjustment, "value", G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  g_signal_connect_swapped (spin, "value-changed", G_CALLBACK (try), dialog);
  return spin;
}

/* The image's corners, and the lengths of the last time. */
static void
fill (Dialog *dialog, GimpImage *image, GtkWidget *found)
{
  g_autofree char *from = NULL, *corners = NULL, *lengths = NULL;
  PmtPoint corner[4];
  PmtMeasures measures;

  dialog->filling = TRUE;
  if (pmt_rectify_find_corners (image, corner, &from))
    {
      corners = pmt_rectify_corners_text (corner);
      gtk_entry_set_text (GTK_ENTRY (dialog->corners), corners);
    }
  gtk_label_set_text (GTK_LABEL (found), from != NULL ? from : _("Draw a path with four anchors, select a quadrangle, or type them:"));
  g_object_get (dialog->config, "lengths", &lengths, NULL);
  if (pmt_rectify_read_lengths (lengths, &measures, NULL))
    for (int i = 0; i < LENGTHS; i++)
      {
        double length = i < 4 ? measures.side[i] : measures.diagonal[i - 4];
        char text[G_ASCII_DTOSTR_BUF_SIZE];

        gtk_entry_set_text (GTK_ENTRY (dialog->length[i]), isfinite (length) ? g_ascii_formatd (text, sizeof text, "%.6g", length) : "");
      }
  dialog->filling = FALSE;
  try (dialog);
}

static GtkWidget *
content_new (Dialog *dialog, GtkWidget **found)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_container_set_border_width (GTK_CONTAINER (grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  *found = note_new (NULL);
  gtk_grid_attach (GTK_GRID (grid), *found, 0, 0, 2, 1);
  dialog->corners = entry_new (dialog);
  attach (grid, 1, _("_Corners 1 to 4"), dialog->corners, _("Clockwise from the upper left, in pixels of the image: x,y x,y x,y x,y."));
  gtk_grid_attach (GTK_GRID (grid), note_new (_("Lengths, measured on the thing, in any one unit. Two sides that meet are enough for a "
                                                "rectangle; for another shape five of the six are needed.")), 0, 2, 2, 1);
  for (int i = 0; i < LENGTHS; i++)
    {
      dialog->length[i] = entry_new (dialog);
      attach (grid, 3 + i, _(names[i]), dialog->length[i], NULL);
    }
  dialog->resolution = resolution_new (dialog);
  attach (grid, 3 + LENGTHS, _("_Pixels for a unit"), dialog->resolution, _("0: as many as keep the size of what is between the corners."));
  dialog->outcome = note_new (NULL);
  gtk_label_set_lines (GTK_LABEL (dialog->outcome), 2);
  gtk_grid_attach (GTK_GRID (grid), dialog->outcome, 0, 4 + LENGTHS, 2, 1);
  gtk_widget_show_all (grid);
  return grid;
}

gboolean
pmt_rectify_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GimpImage *image)
{
  Dialog dialog = { .config = config, .filling = TRUE };
  GtkWidget *found;
  gboolean confirmed;

  gimp_ui_init ("pentimento");
  dialog.window = gimp_procedure_dialog_new (procedure, config, _("Rectify"));
  gimp_procedure_dialog_set_ok_label (GIMP_PROCEDURE_DIALOG (dialog.window), _("_Rectify"));
  gtk_box_pack_start (GTK_BOX (gtk_dialog_get_content_area (GTK_DIALOG (dialog.window))), content_new (&dialog, &found), TRUE, TRUE, 0);
  fill (&dialog, image, found);
  gtk_widget_grab_focus (dialog.length[0]);
  confirmed = gimp_procedure_dialog_run (GIMP_PROCEDURE_DIALOG (dialog.window));
  if (confirmed)
    try (&dialog);      /* what is written counts, also after the configuration was reset */
  gtk_widget_destroy (dialog.window);
  return confirmed;
}
