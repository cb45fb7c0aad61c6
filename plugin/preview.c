/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "preview.h"

#include "i18n.h"

#define MIN_WIDTH  320
#define MIN_HEIGHT 240

/* The ways of comparing, with what their slider does. */
typedef struct
{
  PmtCompareMode  mode;
  const char     *label, *slider, *legend;     /* slider: NULL where there is nothing to adjust */
  double          from, to, start;
} Way;

static const Way ways[] =
{
  { PMT_COMPARE_BLEND, N_("Blend"), N_("_Opacity"), N_("The layer lies over the reference."), 0, 1, 0.5 },
  { PMT_COMPARE_RED_CYAN, N_("Red and cyan"), NULL,
    N_("The reference is red and the layer cyan; where they agree all is grey."), 0, 1, 0.5 },
  { PMT_COMPARE_CURTAIN, N_("Curtain"), N_("_Position"),
    N_("The reference on the left, the layer on the right. The curtain can be drawn in the picture."), 0, 1, 0.5 },
  { PMT_COMPARE_CHECKER, N_("Checkerboard"), N_("S_quares"),
    N_("Squares of the reference and of the layer in turn: edges must run on."), 2, 40, 10 },
  { PMT_COMPARE_DIFFERENCE, N_("Difference"), N_("_Gain"), N_("Black where the two are the same."), 1, 8, 2 },
};

#define START_WAY 1      /* red and cyan: shows misfit best at a glance */

typedef struct
{
  const PmtOverlay *overlay;
  char             *nothing, *name;
  guint             way;
  double            values[G_N_ELEMENTS (ways)];   /* of the sliders */
  gboolean          after;
  gboolean          settling;                      /* the slider is being set up: its changes are ours */
  cairo_surface_t  *surface;                       /* drawn when needed; NULL when outdated */
  GtkWidget        *area, *slider_name, *slider, *legend;
} Preview;

static void
preview_free (gpointer data)
{
  Preview *self = data;

  g_clear_pointer (&self->surface, cairo_surface_destroy);
  g_free (self->nothing);
  g_free (self->name);
  g_free (self);
}

static void
outdate (Preview *self)
{
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  gtk_widget_queue_draw (self->area);
}

static void
describe (Preview *self)
{
  AtkObject *accessible = gtk_widget_get_accessible (self->area);
  g_autofree char *name = NULL;

  if (self->overlay == NULL)
    {
      atk_object_set_description (accessible, self->nothing != NULL ? self->nothing : "");
      return;
    }
  /* Translators: the layer's name, the way of comparing, before or after. */
  name = g_strdup_printf (_("%s: %s, %s"), self->name, _(ways[self->way].label),
                          self->after ? _("after the alignment") : _("before the alignment"));
  atk_object_set_description (accessible, name);
}

static void
render (Preview *self)
{
  PmtCompareOptions options;
  double value = self->values[self->way];

  pmt_compare_options_init (&options);
  options.opacity = options.curtain = CLAMP (value, 0, 1);
  options.gain = MAX (value, 1);
  options.size = MAX ((int) (self->overlay->width / MAX (value, 1)), 1);
  self->surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, self->overlay->width, self->overlay->height);
  cairo_surface_flush (self->surface);
  pmt_overlay_draw (self->overlay, ways[self->way].mode, &options, self->after,
                    cairo_image_surface_get_data (self->surface),
                    (gsize) cairo_image_surface_get_stride (self->surface));
  cairo_surface_mark_dirty (self->surface);
}

/* Where the picture lies in the area. */
static double
place (const Preview *self, double *x, double *y)
{
  int width = gtk_widget_get_allocated_width (self->area), height = gtk_widget_get_allocated_height (self->area);
  double scale = MIN (width / (double) self->overlay->width, height / (double) self->overlay->height);

  *x = (width - scale * self->overlay->width) / 2;
  *y = (height - scale * self->overlay->height) / 2;
  return scale;
}

static void
draw_words (Preview *self, cairo_t *cr)
{
  GtkStyleContext *style = gtk_widget_get_style_context (self->area);
  int width = gtk_widget_get_allocated_width (self->area), height = gtk_widget_get_allocated_height (self->area), used;
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (self->area, self->nothing);

  pango_layout_set_width (layout, (width - 24) * PANGO_SCALE);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_get_pixel_size (layout, NULL, &used);
  gtk_render_layout (style, cr, 12, (height - used) / 2.0, layout);
}

/* A line in two colours, so that it shows on any picture. */
static void
draw_curtain (Preview *self, cairo_t *cr, double x, double height)
{
  cairo_set_line_width (cr, 3);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
  cairo_move_to (cr, x, 0);
  cairo_line_to (cr, x, height);
  cairo_stroke_preserve (cr);
  cairo_set_line_width (cr, 1);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_stroke (cr);
}

static gboolean
draw (GtkWidget *area, cairo_t *cr, gpointer data)
{
  Preview *self = data;
  double x, y, scale;

  if (self->overlay == NULL)
    {
      if (self->nothing != NULL)
        draw_words (self, cr);
      return TRUE;
    }
  if (self->surface == NULL)
    render (self);
  scale = place (self, &x, &y);
  cairo_translate (cr, x, y);
  cairo_save (cr);
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, self->surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_rectangle (cr, 0, 0, self->overlay->width, self->overlay->height);
  cairo_fill (cr);
  cairo_restore (cr);
  if (ways[self->way].mode == PMT_COMPARE_CURTAIN)
    draw_curtain (self, cr, scale * self->values[self->way] * self->overlay->width, scale * self->overlay->height);
  return TRUE;
}

static void
slid (GtkRange *slider, gpointer data)
{
  Preview *self = data;

  if (self->settling)
    return;
  self->values[self->way] = gtk_range_get_value (slider);
  outdate (self);
}

static void
settle_slider (Preview *self)
{
  const Way *way = &ways[self->way];
  double step = way->mode == PMT_COMPARE_CHECKER ? 1 : (way->to - way->from) / 50;

  self->settling = TRUE;
  gtk_range_set_range (GTK_RANGE (self->slider), way->from, way->to);
  gtk_range_set_increments (GTK_RANGE (self->slider), step, 5 * step);
  gtk_range_set_value (GTK_RANGE (self->slider), self->values[self->way]);
  gtk_label_set_text_with_mnemonic (GTK_LABEL (self->slider_name), way->slider != NULL ? _(way->slider) : "");
  gtk_widget_set_visible (self->slider, way->slider != NULL);
  gtk_widget_set_visible (self->slider_name, way->slider != NULL);
  gtk_label_set_text (GTK_LABEL (self->legend), _(way->legend));
  self->settling = FALSE;
}

static void
way_chosen (GtkComboBox *combo, gpointer data)
{
  Preview *self = data;

  self->way = (guint) MAX (gtk_combo_box_get_active (combo), 0);
  settle_slider (self);
  describe (self);
  outdate (self);
}

static void
after_toggled (GtkToggleButton *button, gpointer data)
{
  Preview *self = data;

  self->after = gtk_toggle_button_get_active (button);
  describe (self);
  outdate (self);
}

/* Pressed or moved with the button down. */
static gboolean
pull (Preview *self, double at)
{
  double x, y, scale;

  if (self->overlay == NULL || ways[self->way].mode != PMT_COMPARE_CURTAIN)
    return FALSE;
  scale = place (self, &x, &y);
  gtk_range_set_value (GTK_RANGE (self->slider), (at - x) / (scale * self->overlay->width));
  return TRUE;
}

static gboolean
pressed (GtkWidget *area, GdkEventButton *event, gpointer data)
{
  return event->button == GDK_BUTTON_PRIMARY && pull (data, event->x);
}

static gboolean
moved (GtkWidget *area, GdkEventMotion *event, gpointer data)
{
  return (event->state & GDK_BUTTON1_MASK) != 0 && pull (data, event->x);
}

static GtkWidget *
area_new (Preview *self)
{
  GtkWidget *frame = gtk_frame_new (NULL);

  self->area = gtk_drawing_area_new ();
  gtk_widget_set_size_request (self->area, MIN_WIDTH, MIN_HEIGHT);
  gtk_widget_add_events (self->area, GDK_BUTTON_PRESS_MASK | GDK_BUTTON1_MOTION_MASK);
  g_signal_connect (self->area, "draw", G_CALLBACK (draw), self);
  g_signal_connect (self->area, "button-press-event", G_CALLBACK (pressed), self);
  g_signal_connect (self->area, "motion-notify-event", G_CALLBACK (moved), self);
  atk_object_set_role (gtk_widget_get_accessible (self->area), ATK_ROLE_IMAGE);
  atk_object_set_name (gtk_widget_get_accessible (self->area), _("Preview"));
  gtk_container_add (GTK_CONTAINER (frame), self->area);
  return frame;
}

static GtkWidget *
switch_new (Preview *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *before = gtk_radio_button_new_with_mnemonic (NULL, _("_Before"));
  GtkWidget *after = gtk_radio_button_new_with_mnemonic_from_widget (GTK_RADIO_BUTTON (before), _("A_fter"));

  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (after), TRUE);
  gtk_widget_set_tooltip_text (before, _("How the layer lies now"));
  gtk_widget_set_tooltip_text (after, _("How it will lie"));
  g_signal_connect (after, "toggled", G_CALLBACK (after_toggled), self);
  gtk_box_pack_start (GTK_BOX (box), before, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), after, FALSE, FALSE, 0);
  return box;
}

static GtkWidget *
controls_new (Preview *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *combo = gtk_combo_box_text_new ();
  GtkWidget *name = gtk_label_new_with_mnemonic (_("_Show as"));

  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    gtk_combo_box_text_append_text (GTK_COMBO_BOX_TEXT (combo), _(ways[i].label));
  gtk_combo_box_set_active (GTK_COMBO_BOX (combo), START_WAY);
  gtk_label_set_mnemonic_widget (GTK_LABEL (name), combo);
  g_signal_connect (combo, "changed", G_CALLBACK (way_chosen), self);
  self->slider = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 0, 1, 0.02);
  self->slider_name = gtk_label_new (NULL);
  gtk_scale_set_draw_value (GTK_SCALE (self->slider), FALSE);
  gtk_widget_set_no_show_all (self->slider, TRUE);
  gtk_widget_set_no_show_all (self->slider_name, TRUE);
  gtk_label_set_mnemonic_widget (GTK_LABEL (self->slider_name), self->slider);
  g_signal_connect (self->slider, "value-changed", G_CALLBACK (slid), self);
  gtk_box_pack_start (GTK_BOX (row), name, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), combo, FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (row), self->slider_name, FALSE, FALSE, 4);
  gtk_box_pack_start (GTK_BOX (row), self->slider, TRUE, TRUE, 0);
  gtk_box_pack_end (GTK_BOX (row), switch_new (self), FALSE, FALSE, 0);
  return row;
}

GtkWidget *
pmt_preview_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  Preview *self = g_new0 (Preview, 1);

  self->way = START_WAY;
  self->after = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    self->values[i] = ways[i].start;
  g_object_set_data_full (G_OBJECT (box), "preview", self, preview_free);
  self->legend = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->legend), 0);
  gtk_label_set_line_wrap (GTK_LABEL (self->legend), TRUE);
  gtk_style_context_add_class (gtk_widget_get_style_context (self->legend), "dim-label");
  gtk_box_pack_end (GTK_BOX (box), self->legend, FALSE, FALSE, 0);
  gtk_box_pack_end (GTK_BOX (box), area_new (self), TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), controls_new (self), FALSE, FALSE, 0);
  settle_slider (self);
  return box;
}

void
pmt_preview_show (GtkWidget *preview, const PmtOverlay *overlay, const char *name, const char *nothing)
{
  Preview *self = g_object_get_data (G_OBJECT (preview), "preview");

  self->overlay = overlay;
  g_free (self->name);
  g_free (self->nothing);
  self->name = g_strdup (name);
  self->nothing = g_strdup (nothing);
  describe (self);
  outdate (self);
}
