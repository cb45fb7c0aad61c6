/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "preview-area.h"

#include <gdk/gdkkeysyms.h>
#include <math.h>

#include "i18n.h"
#include "preview-picture.h"

#define MIN_WIDTH     320
#define MIN_HEIGHT    240
#define CURTAIN_REACH 8        /* px: how near the pointer has to be to pull the curtain */
#define ARROW_SHARE   0.125    /* of the area's side that an arrow key moves the picture by */
#define CLICK_REACH   3        /* px that a hand shakes while it clicks */
#define KEY           "pmt-preview-area"

typedef enum { HAND_NONE, HAND_PAN, HAND_CURTAIN, HAND_CALLER } Hand;

typedef struct
{
  GtkWidget           *widget;
  PmtPreviewAreaFuncs  funcs;
  gpointer             data;
  PmtView              view;
  PmtPicture          *picture;
  char                *nothing;
  PmtCompareMode       mode;
  double               value;
  Hand                 hand;         /* what the pressed button does */
  PmtPoint             held;         /* the pointer's last place, px of the screen */
  PmtPoint             began;        /* where the button was pressed */
  gboolean             shaken;       /* it has left that place since: no click */
  double               grip;         /* from there to the curtain, so that it does not jump */
  double               scrolled;     /* of smooth wheels: what is short of a step */
  const char          *cursor;       /* its name; NULL: the window's */
} Area;

static Area *
area_of (GtkWidget *widget)
{
  return g_object_get_data (G_OBJECT (widget), KEY);
}

static gboolean
has_picture (const Area *self)
{
  return pmt_picture_get_overlay (self->picture) != NULL;
}

static void
outdated (gpointer data)
{
  gtk_widget_queue_draw (((Area *) data)->widget);
}

static void
area_free (gpointer data)
{
  Area *self = data;

  pmt_picture_free (self->picture);
  g_free (self->nothing);
  g_free (self);
}

/* Of events, which count in units of the desktop, to pixels. */
static PmtPoint
to_pixels (const Area *self, double x, double y)
{
  int factor = gtk_widget_get_scale_factor (self->widget);

  return (PmtPoint) { x * factor, y * factor };
}

static PmtPoint
middle_of (const Area *self)
{
  return (PmtPoint) { self->view.area.width / 2.0, self->view.area.height / 2.0 };
}

static double
curtain_at (const Area *self)
{
  return pmt_view_origin (&self->view).x + self->value * self->view.image.width * self->view.scale;
}

/* -- drawing -- */

static void
draw_words (const Area *self, cairo_t *cr)
{
  GtkStyleContext *style = gtk_widget_get_style_context (self->widget);
  int width = gtk_widget_get_allocated_width (self->widget), height = gtk_widget_get_allocated_height (self->widget), used;
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (self->widget, self->nothing);

  pango_layout_set_width (layout, (width - 24) * PANGO_SCALE);
  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_get_pixel_size (layout, NULL, &used);
  gtk_render_layout (style, cr, 12, (height - used) / 2.0, layout);
}

/* A line in two colours, so that it shows on any picture. */
static void
draw_curtain (const Area *self, cairo_t *cr)
{
  double x = round (curtain_at (self)), top = pmt_view_origin (&self->view).y;

  cairo_set_line_width (cr, 3);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
  cairo_move_to (cr, x, MAX (top, 0));
  cairo_line_to (cr, x, MIN (top + self->view.image.height * self->view.scale, self->view.area.height));
  cairo_stroke_preserve (cr);
  cairo_set_line_width (cr, 1);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_stroke (cr);
}

static gboolean
draw (GtkWidget *widget, cairo_t *cr, gpointer data)
{
  Area *self = data;
  int factor = gtk_widget_get_scale_factor (widget);

  if (!has_picture (self))
    {
      if (self->nothing != NULL)
        draw_words (self, cr);
      return TRUE;
    }
  cairo_save (cr);
  cairo_scale (cr, 1.0 / factor, 1.0 / factor);
  cairo_save (cr);
  pmt_picture_draw (self->picture, cr, &self->view);
  cairo_restore (cr);
  if (self->mode == PMT_COMPARE_CURTAIN)
    draw_curtain (self, cr);
  if (self->funcs.paint != NULL)
    self->funcs.paint (cr, &self->view, self->data);
  cairo_restore (cr);
  if (gtk_widget_has_visible_focus (widget))
    gtk_render_focus (gtk_widget_get_style_context (widget), cr, 1, 1, gtk_widget_get_allocated_width (widget) - 2,
                      gtk_widget_get_allocated_height (widget) - 2);
  return TRUE;
}

/* -- moving about -- */

static void
changed_view (Area *self, double scale_before)
{
  gtk_widget_queue_draw (self->widget);
  if (self->view.scale != scale_before)
    self->funcs.zoomed (self->data);
}

/* By somebody's hand. */
static void
moved_view (Area *self, double scale_before)
{
  changed_view (self, scale_before);
  if (self->funcs.moved != NULL)
    self->funcs.moved (self->data);
}

static void
allocated (GtkWidget *widget, GdkRectangle *allocation, gpointer data)
{
  Area *self = data;
  double before = self->view.scale;
  int factor = gtk_widget_get_scale_factor (widget);

  pmt_view_resize (&self->view, (PmtSize) { allocation->width * factor, allocation->height * factor });
  changed_view (self, before);
}

static void
step (Area *self, int steps, PmtPoint at)
{
  double before = self->view.scale;

  pmt_view_step (&self->view, steps, at);
  moved_view (self, before);
}

static void
to_pixels_or_fit (Area *self, gboolean pixels, PmtPoint at)
{
  double before = self->view.scale;

  if (pixels)
    pmt_view_zoom (&self->view, 1, at);
  else
    pmt_view_fit (&self->view);
  moved_view (self, before);
}

static void
pan (Area *self, double dx, double dy)
{
  pmt_view_pan (&self->view, dx, dy);
  moved_view (self, self->view.scale);
}

static void
pull (const Area *self, double x)
{
  double left = pmt_view_origin (&self->view).x;

  if (self->funcs.pulled != NULL)
    self->funcs.pulled (CLAMP ((x - left) / (self->view.image.width * self->view.scale), 0, 1), self->data);
}

static gboolean
is_near_curtain (const Area *self, PmtPoint at)
{
  return fabs (at.x - curtain_at (self)) <= CURTAIN_REACH * gtk_widget_get_scale_factor (self->widget);
}

/* The curtain is taken near its line, and anywhere where there is nothing to pan. */
static Hand
hand_at (const Area *self, PmtPoint at)
{
  gboolean pans = pmt_view_can_pan (&self->view);

  if (self->mode == PMT_COMPARE_CURTAIN && (!pans || is_near_curtain (self, at)))
    return HAND_CURTAIN;
  return pans ? HAND_PAN : HAND_NONE;
}

static void
settle_cursor (Area *self, PmtPoint at)
{
  Hand hand = self->hand != HAND_NONE ? self->hand : has_picture (self) ? hand_at (self, at) : HAND_NONE;
  gboolean pointed = self->funcs.clicked != NULL && self->hand == HAND_NONE && has_picture (self);
  const char *name = hand == HAND_CURTAIN ? "ew-resize" : pointed ? "crosshair" : hand == HAND_NONE ? NULL
                     : hand == HAND_CALLER ? "move" : self->hand ? "grabbing" : "grab";
  g_autoptr (GdkCursor) cursor = NULL;

  if (name == self->cursor || !gtk_widget_get_realized (self->widget))
    return;
  self->cursor = name;
  if (name != NULL)
    cursor = gdk_cursor_new_from_name (gtk_widget_get_display (self->widget), name);
  gdk_window_set_cursor (gtk_widget_get_window (self->widget), cursor);
}

static void
take_hold (Area *self, PmtPoint at)
{
  self->held = self->began = at;
  self->shaken = FALSE;
  if (self->funcs.pressed != NULL && self->funcs.pressed (pmt_view_to_image (&self->view, at), self->data))
    {
      self->hand = HAND_CALLER;
      return;
    }
  self->hand = hand_at (self, at);
  self->grip = is_near_curtain (self, at) ? curtain_at (self) - at.x : 0;
  if (self->hand == HAND_CURTAIN)
    pull (self, at.x + self->grip);
}

static gboolean
pressed (GtkWidget *widget, GdkEventButton *event, gpointer data)
{
  Area *self = data;
  PmtPoint at = to_pixels (self, event->x, event->y);

  if (event->button != GDK_BUTTON_PRIMARY || !has_picture (self))
    return FALSE;
  gtk_widget_grab_focus (widget);
  if (event->type == GDK_2BUTTON_PRESS && self->funcs.clicked == NULL && self->hand != HAND_CURTAIN)
    {
      self->hand = HAND_NONE;
      to_pixels_or_fit (self, self->view.fitted || self->view.scale != 1, at);
    }
  else if (event->type == GDK_BUTTON_PRESS)
    take_hold (self, at);
  settle_cursor (self, at);
  return TRUE;
}

static gboolean
released (GtkWidget *widget, GdkEventButton *event, gpointer data)
{
  Area *self = data;
  PmtPoint at = to_pixels (self, event->x, event->y);

  if (event->button != GDK_BUTTON_PRIMARY)
    return FALSE;
  if (self->hand == HAND_CALLER && self->shaken && self->funcs.dragged != NULL)
    self->funcs.dragged (pmt_view_to_image (&self->view, at), TRUE, self->data);
  else if (self->hand != HAND_CALLER && self->funcs.clicked != NULL && !self->shaken && has_picture (self))
    self->funcs.clicked (pmt_view_to_image (&self->view, self->began), self->data);
  self->hand = HAND_NONE;
  settle_cursor (self, at);
  return TRUE;
}

static gboolean
is_shaken (const Area *self, PmtPoint at)
{
  return self->shaken || hypot (at.x - self->began.x, at.y - self->began.y)
                           > CLICK_REACH * gtk_widget_get_scale_factor (self->widget);
}

static gboolean
moved (GtkWidget *widget, GdkEventMotion *event, gpointer data)
{
  Area *self = data;
  PmtPoint at = to_pixels (self, event->x, event->y);

  if ((event->state & GDK_BUTTON1_MASK) != 0)
    self->shaken = is_shaken (self, at);
  if (self->hand == HAND_CURTAIN)
    pull (self, at.x + self->grip);
  else if (self->hand == HAND_PAN && (self->shaken || self->funcs.clicked == NULL))
    pan (self, at.x - self->held.x, at.y - self->held.y);
  else if (self->hand == HAND_CALLER && self->shaken && self->funcs.dragged != NULL)
    self->funcs.dragged (pmt_view_to_image (&self->view, at), FALSE, self->data);
  if (self->shaken || self->hand != HAND_PAN || self->funcs.clicked == NULL)
    self->held = at;
  settle_cursor (self, at);
  return TRUE;
}

static gboolean
scrolled (GtkWidget *widget, GdkEventScroll *event, gpointer data)
{
  Area *self = data;
  PmtPoint at = to_pixels (self, event->x, event->y);
  int steps;

  if (!has_picture (self))
    return FALSE;
  if (event->direction == GDK_SCROLL_SMOOTH)
    self->scrolled -= event->delta_y;
  else if (event->direction == GDK_SCROLL_UP || event->direction == GDK_SCROLL_DOWN)
    self->scrolled += event->direction == GDK_SCROLL_UP ? 1 : -1;
  steps = (int) trunc (self->scrolled);
  self->scrolled -= steps;
  if (steps != 0)
    step (self, steps, at);
  settle_cursor (self, at);
  return TRUE;
}

static gboolean
key_pressed (GtkWidget *widget, GdkEventKey *event, gpointer data)
{
  Area *self = data;
  double dx = ARROW_SHARE * self->view.area.width, dy = ARROW_SHARE * self->view.area.height;

  if (!has_picture (self))
    return FALSE;
  if (self->funcs.key != NULL && self->funcs.key (event, self->data))
    return TRUE;
  if ((event->state & GDK_MOD1_MASK) != 0 || ((event->state & GDK_CONTROL_MASK) != 0 && self->funcs.key == NULL))
    return FALSE;
  switch (event->keyval)
    {
    case GDK_KEY_plus: case GDK_KEY_equal: case GDK_KEY_KP_Add:
      pmt_preview_area_zoom (widget, PMT_ZOOM_IN);
      return TRUE;
    case GDK_KEY_minus: case GDK_KEY_KP_Subtract:
      pmt_preview_area_zoom (widget, PMT_ZOOM_OUT);
      return TRUE;
    case GDK_KEY_0: case GDK_KEY_KP_0:
      pmt_preview_area_zoom (widget, PMT_ZOOM_FIT);
      return TRUE;
    case GDK_KEY_1: case GDK_KEY_KP_1:
      pmt_preview_area_zoom (widget, PMT_ZOOM_PIXELS);
      return TRUE;
    case GDK_KEY_Left: case GDK_KEY_KP_Left:
      pan (self, dx, 0);
      return TRUE;
    case GDK_KEY_Right: case GDK_KEY_KP_Right:
      pan (self, -dx, 0);
      return TRUE;
    case GDK_KEY_Up: case GDK_KEY_KP_Up:
      pan (self, 0, dy);
      return TRUE;
    case GDK_KEY_Down: case GDK_KEY_KP_Down:
      pan (self, 0, -dy);
      return TRUE;
    default:
      return FALSE;
    }
}

/* -- the widget -- */

static void
connect (Area *self)
{
  gtk_widget_add_events (self->widget, GDK_BUTTON_PRESS_MASK | GDK_BUTTON_RELEASE_MASK | GDK_POINTER_MOTION_MASK
                                       | GDK_SCROLL_MASK | GDK_SMOOTH_SCROLL_MASK | GDK_KEY_PRESS_MASK);
  g_signal_connect (self->widget, "draw", G_CALLBACK (draw), self);
  g_signal_connect (self->widget, "size-allocate", G_CALLBACK (allocated), self);
  g_signal_connect (self->widget, "button-press-event", G_CALLBACK (pressed), self);
  g_signal_connect (self->widget, "button-release-event", G_CALLBACK (released), self);
  g_signal_connect (self->widget, "motion-notify-event", G_CALLBACK (moved), self);
  g_signal_connect (self->widget, "scroll-event", G_CALLBACK (scrolled), self);
  g_signal_connect (self->widget, "key-press-event", G_CALLBACK (key_pressed), self);
}

GtkWidget *
pmt_preview_area_new (const PmtPreviewAreaFuncs *funcs, gpointer data)
{
  Area *self = g_new0 (Area, 1);

  self->widget = gtk_drawing_area_new ();
  self->funcs = *funcs;
  self->data = data;
  self->picture = pmt_picture_new (outdated, self);
  pmt_view_init (&self->view, (PmtSize) { 0, 0 });
  gtk_widget_set_size_request (self->widget, MIN_WIDTH, MIN_HEIGHT);
  gtk_widget_set_can_focus (self->widget, TRUE);
  atk_object_set_role (gtk_widget_get_accessible (self->widget), ATK_ROLE_IMAGE);
  atk_object_set_name (gtk_widget_get_accessible (self->widget), _("Preview"));
  connect (self);
  g_object_set_data_full (G_OBJECT (self->widget), KEY, self, area_free);
  return self->widget;
}

void
pmt_preview_area_show (GtkWidget *area, const PmtOverlay *overlay, const char *nothing)
{
  Area *self = area_of (area);

  g_free (self->nothing);
  self->nothing = g_strdup (nothing);
  pmt_picture_set_overlay (self->picture, overlay);
  if (overlay != NULL
      && (overlay->whole.width != self->view.image.width || overlay->whole.height != self->view.image.height))
    pmt_view_init (&self->view, overlay->whole);
  gtk_widget_queue_draw (area);
  self->funcs.zoomed (self->data);
}

void
pmt_preview_area_set_way (GtkWidget *area, PmtCompareMode mode, double value, gboolean after)
{
  Area *self = area_of (area);

  self->mode = mode;
  self->value = value;
  pmt_picture_set_way (self->picture, mode, value, after);
  gtk_widget_queue_draw (area);
}

void
pmt_preview_area_set_light (GtkWidget *area, double brightness, double contrast, double local)
{
  pmt_picture_set_light (area_of (area)->picture, brightness, contrast, local);
  gtk_widget_queue_draw (area);
}

void
pmt_preview_area_zoom (GtkWidget *area, PmtZoom zoom)
{
  Area *self = area_of (area);

  if (!has_picture (self))
    return;
  if (zoom == PMT_ZOOM_IN || zoom == PMT_ZOOM_OUT)
    step (self, zoom == PMT_ZOOM_IN ? 1 : -1, middle_of (self));
  else
    to_pixels_or_fit (self, zoom == PMT_ZOOM_PIXELS, middle_of (self));
}

void
pmt_preview_area_look_at (GtkWidget *area, PmtPoint centre, double scale)
{
  Area *self = area_of (area);
  double before = self->view.scale;

  pmt_view_look_at (&self->view, centre, scale);
  changed_view (self, before);
}

const PmtView *
pmt_preview_area_get_view (GtkWidget *area)
{
  return &area_of (area)->view;
}
