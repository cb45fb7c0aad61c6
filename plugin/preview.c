/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "preview.h"

#include "i18n.h"
#include "preview-area.h"
#include "preview-picture.h"

/* The ways of comparing, with what their slider does. */
typedef struct
{
  PmtCompareMode  mode;
  const char     *label, *slider, *legend;     /* slider: NULL where there is nothing to adjust */
  double          from, to, start;
  gboolean        flickers;                    /* the slider tells how often a second */
} Way;

static const Way ways[] =
{
  { PMT_COMPARE_BLEND, N_("Blend"), N_("_Opacity"), N_("The layer lies over the reference."), 0, 1, 0.5, FALSE },
  { PMT_COMPARE_RED_CYAN, N_("Red and cyan"), NULL,
    N_("The reference is red and the layer cyan; where they agree all is grey."), 0, 1, 0.5, FALSE },
  { PMT_COMPARE_CURTAIN, N_("Curtain"), N_("_Position"),
    N_("Reference on the left, layer on the right; the line can be drawn."), 0, 1, 0.5, FALSE },
  { PMT_COMPARE_CHECKER, N_("Checkerboard"), N_("S_quares"),
    N_("Squares of the reference and of the layer in turn: edges must run on."), 2, 40, 10, FALSE },
  { PMT_COMPARE_DIFFERENCE, N_("Difference"), N_("_Gain"), N_("Black where the two are the same."), 1, 8, 2,
    FALSE },
  { PMT_COMPARE_CURTAIN, N_("Flicker"), N_("Spee_d"), N_("Reference and layer in turn: what jumps does not fit."), 1, 8, 2,
    TRUE },
};

#define START_WAY 1      /* red and cyan: shows misfit best at a glance */

typedef struct
{
  gboolean          any;                           /* there is something to see */
  char             *nothing, *name;
  guint             way;
  double            values[G_N_ELEMENTS (ways)];   /* of the sliders */
  gboolean          after;
  gboolean          settling;                      /* the slider is being set up: its changes are ours */
  guint             flicker;                       /* its timeout, 0: it does not */
  gboolean          flickered;                     /* the layer is seen */
  void            (*moved) (gpointer data);
  void            (*changed) (gpointer data);      /* the way */
  gpointer          moved_data, changed_data;
  gboolean          lone;                          /* no before and after */
  GtkWidget        *area, *slider_name, *slider, *legend, *percent, *zooms[4], *times;
} Preview;

static void
preview_free (gpointer data)
{
  Preview *self = data;

  if (self->flicker != 0)
    g_source_remove (self->flicker);
  g_free (self->nothing);
  g_free (self->name);
  g_free (self);
}

static double
zoom_percent (const Preview *self)
{
  return 100 * pmt_preview_area_get_view (self->area)->scale;
}

static void
describe (Preview *self)
{
  AtkObject *accessible = gtk_widget_get_accessible (self->area);
  g_autofree char *name = NULL;

  if (!self->any)
    {
      atk_object_set_description (accessible, self->nothing != NULL ? self->nothing : "");
      return;
    }
  if (self->lone)
    /* Translators: the layer's name, the way of comparing, the zoom. */
    name = g_strdup_printf (_("%s: %s, %.0f %%"), self->name, _(ways[self->way].label), zoom_percent (self));
  else
    /* Translators: the layer's name, the way of comparing, before or after, the zoom. */
    name = g_strdup_printf (_("%s: %s, %s, %.0f %%"), self->name, _(ways[self->way].label),
                          self->after ? _("after the alignment") : _("before the alignment"), zoom_percent (self));
  atk_object_set_description (accessible, name);
}

static gboolean
flicker (gpointer data)
{
  Preview *self = data;

  self->flickered = !self->flickered;
  pmt_preview_area_set_way (self->area, PMT_COMPARE_CURTAIN, self->flickered ? 0 : 1, self->after);
  return G_SOURCE_CONTINUE;
}

static void
settle_way (Preview *self)
{
  const Way *way = &ways[self->way];

  g_clear_handle_id (&self->flicker, g_source_remove);
  if (way->flickers)
    {
      self->flicker = g_timeout_add ((guint) (1000 / self->values[self->way]), flicker, self);
      flicker (self);
    }
  else
    pmt_preview_area_set_way (self->area, way->mode, self->values[self->way], self->after);
  describe (self);
}

static void
zoomed (gpointer data)
{
  Preview *self = data;
  g_autofree char *text = g_strdup_printf (_("%.0f %%"), zoom_percent (self));

  if (self->percent == NULL)
    return;
  gtk_label_set_text (GTK_LABEL (self->percent), self->any ? text : "");
  for (guint i = 0; i < G_N_ELEMENTS (self->zooms); i++)
    gtk_widget_set_sensitive (self->zooms[i], self->any);
  describe (self);
}

/* The curtain was pulled in the picture. */
static void
pulled (double curtain, gpointer data)
{
  Preview *self = data;

  if (!ways[self->way].flickers)
    gtk_range_set_value (GTK_RANGE (self->slider), curtain);
}

static void
moved (gpointer data)
{
  Preview *self = data;

  if (self->moved != NULL)
    self->moved (self->moved_data);
}

static void
slid (GtkRange *slider, gpointer data)
{
  Preview *self = data;

  if (self->settling)
    return;
  self->values[self->way] = gtk_range_get_value (slider);
  settle_way (self);
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
  settle_way (self);
  if (self->changed != NULL)
    self->changed (self->changed_data);
}

static void
after_toggled (GtkToggleButton *button, gpointer data)
{
  Preview *self = data;

  self->after = gtk_toggle_button_get_active (button);
  settle_way (self);
}

static GtkWidget *
area_new (Preview *self)
{
  static const PmtPreviewAreaFuncs funcs = { .zoomed = zoomed, .pulled = pulled, .moved = moved };
  GtkWidget *frame = gtk_frame_new (NULL);

  self->area = pmt_preview_area_new (&funcs, self);
  gtk_container_add (GTK_CONTAINER (frame), self->area);
  return frame;
}

/* -- zooming by buttons -- */

static const struct { const char *icon, *name; PmtZoom zoom; } zoom_buttons[] =
{
  { "zoom-out", N_("Zoom out (−)"), PMT_ZOOM_OUT },
  { "zoom-in", N_("Zoom in (+)"), PMT_ZOOM_IN },
  { "zoom-fit-best", N_("Show all of it (0)"), PMT_ZOOM_FIT },
  { "zoom-original", N_("Show its own pixels, 1:1 (1)"), PMT_ZOOM_PIXELS }
};

static void
zoom_clicked (GtkButton *button, gpointer data)
{
  Preview *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (zoom_buttons); i++)
    if (self->zooms[i] == GTK_WIDGET (button))
      pmt_preview_area_zoom (self->area, zoom_buttons[i].zoom);
}

static GtkWidget *
zooms_new (Preview *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  self->percent = gtk_label_new (NULL);
  gtk_label_set_width_chars (GTK_LABEL (self->percent), 7);
  gtk_label_set_xalign (GTK_LABEL (self->percent), 1);
  gtk_widget_set_margin_end (self->percent, 6);
  gtk_box_pack_start (GTK_BOX (box), self->percent, FALSE, FALSE, 0);
  for (guint i = 0; i < G_N_ELEMENTS (zoom_buttons); i++)
    {
      GtkWidget *button = gtk_button_new_from_icon_name (zoom_buttons[i].icon, GTK_ICON_SIZE_MENU);

      gtk_button_set_relief (GTK_BUTTON (button), GTK_RELIEF_NONE);
      gtk_widget_set_tooltip_text (button, _(zoom_buttons[i].name));
      atk_object_set_name (gtk_widget_get_accessible (button), _(zoom_buttons[i].name));
      g_signal_connect (button, "clicked", G_CALLBACK (zoom_clicked), self);
      gtk_box_pack_start (GTK_BOX (box), button, FALSE, FALSE, 0);
      self->zooms[i] = button;
    }
  return box;
}

/* What the picture means, and how large it is. */
static GtkWidget *
foot_new (Preview *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  self->legend = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (self->legend), 0);
  gtk_label_set_line_wrap (GTK_LABEL (self->legend), TRUE);
  gtk_style_context_add_class (gtk_widget_get_style_context (self->legend), "dim-label");
  gtk_box_pack_start (GTK_BOX (row), self->legend, TRUE, TRUE, 0);
  gtk_box_pack_end (GTK_BOX (row), zooms_new (self), FALSE, FALSE, 0);
  return row;
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
  self->times = switch_new (self);
  gtk_box_pack_end (GTK_BOX (row), self->times, FALSE, FALSE, 0);
  return row;
}

GtkWidget *
pmt_preview_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *frame;
  Preview *self = g_new0 (Preview, 1);

  self->way = START_WAY;
  self->after = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    self->values[i] = ways[i].start;
  g_object_set_data_full (G_OBJECT (box), "preview", self, preview_free);
  frame = area_new (self);
  gtk_box_pack_start (GTK_BOX (box), controls_new (self), FALSE, FALSE, 0);
  gtk_box_pack_start (GTK_BOX (box), frame, TRUE, TRUE, 0);
  gtk_box_pack_start (GTK_BOX (box), foot_new (self), FALSE, FALSE, 0);
  settle_slider (self);
  settle_way (self);
  return box;
}

void
pmt_preview_show (GtkWidget *preview, const PmtOverlay *overlay, const char *name, const char *nothing)
{
  Preview *self = g_object_get_data (G_OBJECT (preview), "preview");

  self->any = overlay != NULL;
  g_free (self->name);
  g_free (self->nothing);
  self->name = g_strdup (name);
  self->nothing = g_strdup (nothing);
  pmt_preview_area_show (self->area, overlay, nothing);
  describe (self);
}

void
pmt_preview_follow (GtkWidget *preview, void (*moved_func) (gpointer data), gpointer data)
{
  Preview *self = g_object_get_data (G_OBJECT (preview), "preview");

  self->moved = moved_func;
  self->moved_data = data;
}

GtkWidget *
pmt_preview_get_area (GtkWidget *preview)
{
  return ((Preview *) g_object_get_data (G_OBJECT (preview), "preview"))->area;
}

void
pmt_preview_set_lone (GtkWidget *preview)
{
  Preview *self = g_object_get_data (G_OBJECT (preview), "preview");

  self->lone = TRUE;
  gtk_widget_set_no_show_all (self->times, TRUE);
  gtk_widget_hide (self->times);
}

gboolean
pmt_preview_get_way (GtkWidget *preview, int width, PmtCompareMode *mode, PmtCompareOptions *options)
{
  Preview *self = g_object_get_data (G_OBJECT (preview), "preview");

  *mode = ways[self->way].mode;
  pmt_picture_value_options (self->values[self->way], width, options);
  return !ways[self->way].flickers;
}

void
pmt_preview_follow_way (GtkWidget *preview, void (*changed) (gpointer data), gpointer data)
{
  Preview *self = g_object_get_data (G_OBJECT (preview), "preview");

  self->changed = changed;
  self->changed_data = data;
}
