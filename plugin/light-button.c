/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "light-button.h"

#include <math.h>

#include "i18n.h"
#include "preview-area.h"

#define KEY "pmt-light"

typedef struct
{
  GtkWidget *area, *brightness, *contrast, *local;
} Light;

static void
changed (GtkRange *range, gpointer data)
{
  Light *self = data;

  pmt_preview_area_set_light (self->area, gtk_range_get_value (GTK_RANGE (self->brightness)),
                              exp2 (gtk_range_get_value (GTK_RANGE (self->contrast))),
                              gtk_range_get_value (GTK_RANGE (self->local)));
}

static void
reset (GtkButton *button, gpointer data)
{
  Light *self = data;

  gtk_range_set_value (GTK_RANGE (self->brightness), 0);
  gtk_range_set_value (GTK_RANGE (self->contrast), 0);
  gtk_range_set_value (GTK_RANGE (self->local), 0);
}

/* from … to around 0, which is marked. */
static GtkWidget *
scale_new (Light *self, GtkWidget *grid, int row, const char *label, double from, double to)
{
  GtkWidget *name = gtk_label_new_with_mnemonic (label);
  GtkWidget *scale = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, from, to, (to - from) / 40);

  gtk_range_set_value (GTK_RANGE (scale), 0);
  gtk_scale_add_mark (GTK_SCALE (scale), 0, GTK_POS_BOTTOM, NULL);
  gtk_scale_set_draw_value (GTK_SCALE (scale), FALSE);
  gtk_widget_set_size_request (scale, 180, -1);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), scale);
  gtk_grid_attach (GTK_GRID (grid), name, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), scale, 1, row, 1, 1);
  g_signal_connect (scale, "value-changed", G_CALLBACK (changed), self);
  return scale;
}

GtkWidget *
pmt_light_button_new (GtkWidget *area, const char *name)
{
  GtkWidget *button = gtk_menu_button_new (), *popover = gtk_popover_new (button), *grid = gtk_grid_new ();
  GtkWidget *back = gtk_button_new_with_mnemonic (_("_As it is"));
  g_autofree char *spoken = g_strdup_printf (_("Brightness and contrast of “%s” in this view"), name);
  Light *self = g_new0 (Light, 1);

  self->area = area;
  self->brightness = scale_new (self, grid, 0, _("_Brightness"), -1, 1);
  self->contrast = scale_new (self, grid, 1, _("_Contrast"), -1, 4);
  self->local = scale_new (self, grid, 2, _("L_ocal contrast"), 0, 1);
  gtk_grid_attach (GTK_GRID (grid), back, 0, 3, 2, 1);
  g_signal_connect (back, "clicked", G_CALLBACK (reset), self);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_column_spacing (GTK_GRID (grid), 10);
  gtk_container_set_border_width (GTK_CONTAINER (grid), 10);
  gtk_container_add (GTK_CONTAINER (popover), grid);
  gtk_widget_show_all (grid);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_button_set_image (GTK_BUTTON (button), gtk_image_new_from_icon_name ("display-brightness-symbolic", GTK_ICON_SIZE_BUTTON));
  gtk_widget_set_tooltip_text (button, spoken);
  atk_object_set_name (gtk_widget_get_accessible (button), spoken);
  g_object_set_data_full (G_OBJECT (button), KEY, self, g_free);
  return button;
}
