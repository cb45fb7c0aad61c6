/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "points-controls.h"

#include <math.h>

#include "i18n.h"
#include "words.h"

#define KEY "pmt-points-controls"

enum { BUTTON_UNDO, BUTTON_REDO, BUTTON_SNAP, BUTTON_SNAP_ALL, BUTTON_REMOVE, N_BUTTONS };

typedef struct
{
  PmtTool          *tool;
  PmtControlsFuncs  funcs;
  gpointer          data;
  gboolean          settling;      /* the choices are being set: their changes are ours */
  GtkWidget        *buttons[N_BUTTONS], *model, *stiffness, *stiffness_name, *snaps, *radius, *find, *refine;
} Controls;

static const struct { const char *icon, *name; void (*act) (PmtTool *tool); } buttons[N_BUTTONS] =
{
  { "edit-undo", N_("Undo (Ctrl+Z)"), pmt_tool_undo },
  { "edit-redo", N_("Redo (Ctrl+Shift+Z)"), pmt_tool_redo },
  { "find-location-symbolic", N_("Snap the active point of the layer to the picture, or take that back (S)"), pmt_tool_snap },
  { "view-grid-symbolic", N_("Snap all pairs that were set by hand (Shift+S)"), pmt_tool_snap_all },
  { "edit-delete", N_("Remove the active pair (Delete)"), pmt_tool_remove }
};

/* Of a bend, what it may miss points by for being smooth. */
static const struct { double smoothing; const char *label; } stiffnesses[] =
{
  { NAN, N_("Find out") }, { 0, N_("Soft: through every point") }, { 1e-4, N_("A little stiff") }, { 1e-3, N_("Stiff") },
  { 1e-2, N_("Very stiff") }
};

/* -- hands -- */

static void
button_clicked (GtkButton *button, gpointer data)
{
  Controls *self = data;

  for (int i = 0; i < N_BUTTONS; i++)
    if (self->buttons[i] == GTK_WIDGET (button))
      buttons[i].act (self->tool);
}

static void
options_chosen (GtkComboBox *combo, gpointer data)
{
  Controls *self = data;
  int stiffness = MAX (gtk_combo_box_get_active (GTK_COMBO_BOX (self->stiffness)), 0);
  PmtPointOptions options = { (PmtPointModel) MAX (gtk_combo_box_get_active (GTK_COMBO_BOX (self->model)), 0),
                              stiffnesses[MIN (stiffness, (int) G_N_ELEMENTS (stiffnesses) - 1)].smoothing };

  if (!self->settling)
    pmt_tool_set_options (self->tool, &options);
}

static void
snaps_toggled (GtkToggleButton *button, gpointer data)
{
  ((Controls *) data)->tool->snaps = gtk_toggle_button_get_active (button);
}

static void
radius_changed (GtkSpinButton *spin, gpointer data)
{
  ((Controls *) data)->tool->radius = gtk_spin_button_get_value (spin);
}

static void
find_clicked (GtkButton *button, gpointer data)
{
  Controls *self = data;

  self->funcs.find (self->data);
}

static void
refine_clicked (GtkButton *button, gpointer data)
{
  Controls *self = data;

  self->funcs.refine (self->data);
}

/* -- the widgets -- */

static GtkWidget *
buttons_new (Controls *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 2);

  for (int i = 0; i < N_BUTTONS; i++)
    {
      GtkWidget *button = gtk_button_new_from_icon_name (buttons[i].icon, GTK_ICON_SIZE_BUTTON);

      gtk_widget_set_tooltip_text (button, _(buttons[i].name));
      atk_object_set_name (gtk_widget_get_accessible (button), _(buttons[i].name));
      g_signal_connect (button, "clicked", G_CALLBACK (button_clicked), self);
      gtk_box_pack_start (GTK_BOX (box), button, FALSE, FALSE, 0);
      self->buttons[i] = button;
    }
  return box;
}

static GtkWidget *
attach_named (GtkWidget *grid, int row, const char *label, const char *help, GtkWidget *widget)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), widget);
  gtk_widget_set_tooltip_text (widget, help);
  gtk_widget_set_hexpand (widget, TRUE);
  gtk_grid_attach (GTK_GRID (grid), name, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), widget, 1, row, 1, 1);
  return name;
}

static void
add_model (Controls *self, GtkWidget *grid)
{
  self->model = gtk_combo_box_text_new ();
  for (int m = 0; m < PMT_POINT_MODELS; m++)
    gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (self->model), pmt_words_point_model ((PmtPointModel) m));
  self->stiffness = gtk_combo_box_text_new ();
  for (guint i = 0; i < G_N_ELEMENTS (stiffnesses); i++)
    gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (self->stiffness), _(stiffnesses[i].label));
  attach_named (grid, 0, _("Mo_vement"),
                _("What the layer may do to lie on the points. “Find out” takes the stiffest that foretells points left out about as "
                  "well as any."), self->model);
  self->stiffness_name = attach_named (grid, 1, _("Stiffn_ess"),
                                       _("A stiff bend passes near the points in place of through them: right where they are not "
                                         "exact."), self->stiffness);
  g_signal_connect (self->model, "changed", G_CALLBACK (options_chosen), self);
  g_signal_connect (self->stiffness, "changed", G_CALLBACK (options_chosen), self);
}

static void
add_snapping (Controls *self, GtkWidget *grid)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->snaps = gtk_check_button_new_with_mnemonic (_("S_nap within"));
  self->radius = gtk_spin_button_new_with_range (2, 500, 1);
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->snaps), self->tool->snaps);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (self->radius), self->tool->radius);
  gtk_widget_set_tooltip_text (self->snaps, _("Partners of new points go to where the picture looks the same, if that is sure"));
  gtk_widget_set_tooltip_text (self->radius, _("No point is moved farther than this, in pixels of the layer"));
  atk_object_set_name (gtk_widget_get_accessible (self->radius), _("Snap within, pixels of the layer"));
  g_signal_connect (self->snaps, "toggled", G_CALLBACK (snaps_toggled), self);
  g_signal_connect (self->radius, "value-changed", G_CALLBACK (radius_changed), self);
  gtk_box_pack_start (GTK_BOX (row), self->radius, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), gtk_label_new (_("pixels")), FALSE, FALSE, 0);
  gtk_grid_attach (GTK_GRID (grid), self->snaps, 0, 2, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), row, 1, 2, 1, 1);
}

static GtkWidget *
automatic_new (Controls *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->find = gtk_button_new_with_mnemonic (_("Find Poin_ts"));
  self->refine = gtk_button_new_with_mnemonic (_("Ref_ine from Here"));
  gtk_widget_set_tooltip_text (self->find, _("Fits the pictures automatically, from the points on where there are some, and adds the "
                                             "points that are sure"));
  gtk_widget_set_tooltip_text (self->refine, _("Fits the pictures automatically, starting with what the points say"));
  g_signal_connect (self->find, "clicked", G_CALLBACK (find_clicked), self);
  g_signal_connect (self->refine, "clicked", G_CALLBACK (refine_clicked), self);
  gtk_box_set_homogeneous (GTK_BOX (row), TRUE);
  gtk_box_pack_start (GTK_BOX (row), self->find, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (row), self->refine, TRUE, TRUE, 0);
  return row;
}

static void
settle_options (Controls *self)
{
  const PmtPointOptions *options = pmt_point_list_get_options (self->tool->points->list);
  gboolean bends = options->model == PMT_POINT_MODEL_THIN_PLATE;
  int nearest = 0;

  for (guint i = 1; i < G_N_ELEMENTS (stiffnesses); i++)
    if (!isnan (options->smoothing) && options->smoothing >= stiffnesses[i].smoothing)
      nearest = (int) i;
  self->settling = TRUE;
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->model), (int) options->model);
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->stiffness), nearest);
  gtk_widget_set_sensitive (self->stiffness, bends);
  gtk_widget_set_sensitive (self->stiffness_name, bends);
  self->settling = FALSE;
}

static void
update (Controls *self)
{
  const PmtPointList *list = self->tool->points->list;

  gtk_widget_set_sensitive (self->buttons[BUTTON_UNDO], pmt_point_list_can_undo (list));
  gtk_widget_set_sensitive (self->buttons[BUTTON_REDO], pmt_point_list_can_redo (list));
  gtk_widget_set_sensitive (self->buttons[BUTTON_SNAP], self->tool->active != 0);
  gtk_widget_set_sensitive (self->buttons[BUTTON_SNAP_ALL], pmt_point_list_get_length (list) > 0);
  gtk_widget_set_sensitive (self->buttons[BUTTON_REMOVE], self->tool->active != 0);
  settle_options (self);
}

GtkWidget *
pmt_points_controls_new (PmtTool *tool, const PmtControlsFuncs *funcs, gpointer data)
{
  Controls *self = g_new0 (Controls, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8), *grid = gtk_grid_new ();

  self->tool = tool;
  self->funcs = *funcs;
  self->data = data;
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 10);
  add_model (self, grid);
  add_snapping (self, grid);
  gtk_box_pack_start (GTK_BOX (box), buttons_new (self), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), grid, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), automatic_new (self), FALSE, FALSE, 0);
  g_object_set_data_full (G_OBJECT (box), KEY, self, g_free);
  update (self);
  return box;
}

void
pmt_points_controls_update (GtkWidget *controls)
{
  update (g_object_get_data (G_OBJECT (controls), KEY));
}
