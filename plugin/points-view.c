/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "points-view.h"

#include <gdk/gdkkeysyms.h>
#include <math.h>

#include "i18n.h"
#include "preview-area.h"

#define REACH        9.0     /* px of the screen, within which a point is grabbed; also its ring */
#define ARM          5.0     /* of its cross, from the ring inwards */
#define CURSOR       12.0    /* of the cross in the middle */
#define NUDGE        0.1     /* px of the picture */
#define LARGE_NUDGE  1.0
#define KEY          "pmt-points-view"

typedef struct
{
  PmtTool    *tool;
  gboolean    of_fixed;
  GtkWidget  *area;
  void      (*moved) (GtkWidget *view, gpointer data);
  gpointer    data;
} View;

typedef struct { double r, g, b; } Colour;

static const Colour good = { 0.30, 0.95, 0.35 }, bad = { 1, 0.25, 0.2 }, off = { 0.7, 0.7, 0.7 }, waiting = { 1, 0.85, 0.1 },
                    automatic = { 0.35, 0.75, 1 };

/* -- drawing -- */

/* A line in two colours, so that it shows on any picture. */
static void
stroke (cairo_t *cr, const Colour *colour, double width)
{
  cairo_set_line_width (cr, width + 2);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.7);
  cairo_stroke_preserve (cr);
  cairo_set_line_width (cr, width);
  cairo_set_source_rgb (cr, colour->r, colour->g, colour->b);
  cairo_stroke (cr);
}

static void
draw_cross (cairo_t *cr, PmtPoint at, double from, double to)
{
  static const double way[4][2] = { { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 } };

  for (int k = 0; k < 4; k++)
    {
      cairo_move_to (cr, at.x + from * way[k][0], at.y + from * way[k][1]);
      cairo_line_to (cr, at.x + to * way[k][0], at.y + to * way[k][1]);
    }
}

static void
draw_number (cairo_t *cr, PmtPoint at, guint id, const Colour *colour)
{
  g_autofree char *text = g_strdup_printf ("%u", id);

  cairo_select_font_face (cr, "sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size (cr, 13);
  cairo_move_to (cr, at.x + REACH + 2, at.y - REACH + 4);
  cairo_text_path (cr, text);
  cairo_set_line_width (cr, 3);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.8);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, colour->r, colour->g, colour->b);
  cairo_fill (cr);
}

static const Colour *
colour_of (const View *self, const PmtPair *pair)
{
  if (!pair->enabled)
    return &off;
  if (pmt_point_list_get_error (self->tool->points->list, pair->id).suspect)
    return &bad;
  return pair->source == PMT_PAIR_AUTOMATIC ? &automatic : &good;
}

/* In the layer's view a line goes to where the fit puts the point. */
static void
draw_miss (const View *self, cairo_t *cr, const PmtView *view, const PmtPair *pair, const Colour *colour)
{
  const PmtPointFit *fit = pmt_point_list_get_fit (self->tool->points->list, NULL);
  PmtPoint from = pmt_view_to_area (view, pair->moving), to;

  if (fit == NULL)
    return;
  pmt_transform_map (fit->transform, 1, &pair->fixed, &to);
  to = pmt_view_to_area (view, to);
  if (!(hypot (to.x - from.x, to.y - from.y) > 2))
    return;
  cairo_move_to (cr, from.x, from.y);
  cairo_line_to (cr, to.x, to.y);
  stroke (cr, colour, 1);
}

static void
draw_pair (const View *self, cairo_t *cr, const PmtView *view, const PmtPair *pair)
{
  PmtPoint at = pmt_view_to_area (view, self->of_fixed ? pair->fixed : pair->moving);
  const Colour *colour = colour_of (self, pair);
  gboolean active = pair->id == self->tool->active;

  if (!self->of_fixed && pair->enabled)
    draw_miss (self, cr, view, pair, colour);
  cairo_new_path (cr);
  cairo_arc (cr, at.x, at.y, REACH, 0, 2 * G_PI);
  stroke (cr, colour, active ? 2.5 : 1);
  draw_cross (cr, at, 1.5, active ? REACH + ARM : ARM);
  stroke (cr, active ? &waiting : colour, 1);
  draw_number (cr, at, pair->id, colour);
}

static void
draw_pending (const View *self, cairo_t *cr, const PmtView *view)
{
  static const double dashes[] = { 4, 3 };
  PmtPoint at = pmt_view_to_area (view, self->tool->pending_at);

  cairo_save (cr);
  cairo_new_path (cr);
  cairo_set_dash (cr, dashes, 2, 0);
  cairo_arc (cr, at.x, at.y, REACH, 0, 2 * G_PI);
  stroke (cr, &waiting, 1.5);
  cairo_restore (cr);
  draw_cross (cr, at, 1.5, ARM);
  stroke (cr, &waiting, 1);
}

static void
paint (cairo_t *cr, const PmtView *view, gpointer data)
{
  const View *self = data;
  PmtPointList *list = self->tool->points->list;
  static const Colour white = { 1, 1, 1 };

  for (guint i = 0; i < pmt_point_list_get_length (list); i++)
    draw_pair (self, cr, view, pmt_point_list_get (list, i));
  if (self->tool->pending && self->tool->pending_fixed == self->of_fixed)
    draw_pending (self, cr, view);
  if (!gtk_widget_has_visible_focus (self->area))
    return;
  draw_cross (cr, (PmtPoint) { view->area.width / 2.0, view->area.height / 2.0 }, 3, CURSOR);
  stroke (cr, &white, 1);
}

/* -- hands -- */

static void
zoomed (gpointer data)
{
}

static void
moved (gpointer data)
{
  View *self = data;

  self->moved (self->area, self->data);
}

static void
clicked (PmtPoint at, gpointer data)
{
  View *self = data;

  pmt_tool_click (self->tool, self->of_fixed, at);
}

static gboolean
pressed (PmtPoint at, gpointer data)
{
  View *self = data;
  double reach = REACH * gtk_widget_get_scale_factor (self->area) / pmt_preview_area_get_view (self->area)->scale;

  /* what waits for its partner may be set anew beside a point, but a point is no place for a new one */
  return pmt_tool_press (self->tool, self->of_fixed, at, reach);
}

static void
dragged (PmtPoint at, gboolean ended, gpointer data)
{
  View *self = data;

  pmt_tool_drag (self->tool, self->of_fixed, at);
}

static gboolean
nudge (View *self, const GdkEventKey *event, int dx, int dy)
{
  double step = (event->state & GDK_SHIFT_MASK) != 0 ? LARGE_NUDGE : NUDGE;

  if ((event->state & GDK_CONTROL_MASK) != 0)
    return FALSE;
  return pmt_tool_nudge (self->tool, self->of_fixed, dx * step, dy * step);
}

/* By keys, about the active point rather than the middle. */
static gboolean
zoom (View *self, PmtZoom how)
{
  const PmtPair *pair = pmt_point_list_find (self->tool->points->list, self->tool->active);

  pmt_preview_area_zoom (self->area, how);
  if (pair == NULL)
    return TRUE;
  pmt_preview_area_look_at (self->area, self->of_fixed ? pair->fixed : pair->moving,
                            pmt_preview_area_get_view (self->area)->scale);
  self->moved (self->area, self->data);
  return TRUE;
}

/* With Ctrl and Alt nothing here has a meaning but panning. */
static gboolean
plain_key (View *self, guint key)
{
  PmtTool *tool = self->tool;

  switch (key)
    {
    case GDK_KEY_Return: case GDK_KEY_KP_Enter:
      pmt_tool_click (tool, self->of_fixed, pmt_preview_area_get_view (self->area)->centre);
      return TRUE;
    case GDK_KEY_plus: case GDK_KEY_equal: case GDK_KEY_KP_Add:
      return zoom (self, PMT_ZOOM_IN);
    case GDK_KEY_minus: case GDK_KEY_KP_Subtract:
      return zoom (self, PMT_ZOOM_OUT);
    case GDK_KEY_1: case GDK_KEY_KP_1:
      return zoom (self, PMT_ZOOM_PIXELS);
    case GDK_KEY_Delete: case GDK_KEY_BackSpace: case GDK_KEY_KP_Delete:
      pmt_tool_remove (tool);
      return TRUE;
    case GDK_KEY_space:
      pmt_tool_switch (tool, tool->active);
      return TRUE;
    case GDK_KEY_s:
      pmt_tool_snap (tool);
      return TRUE;
    case GDK_KEY_S:
      pmt_tool_snap_all (tool);
      return TRUE;
    case GDK_KEY_Page_Down:
      pmt_tool_step (tool, 1);
      return TRUE;
    case GDK_KEY_Page_Up:
      pmt_tool_step (tool, -1);
      return TRUE;
    case GDK_KEY_Escape:
      return pmt_tool_escape (tool);
    default:
      return FALSE;
    }
}

static gboolean
key_pressed (GdkEventKey *event, gpointer data)
{
  View *self = data;

  switch (event->keyval)
    {
    case GDK_KEY_Left: case GDK_KEY_KP_Left:
      return nudge (self, event, -1, 0);
    case GDK_KEY_Right: case GDK_KEY_KP_Right:
      return nudge (self, event, 1, 0);
    case GDK_KEY_Up: case GDK_KEY_KP_Up:
      return nudge (self, event, 0, -1);
    case GDK_KEY_Down: case GDK_KEY_KP_Down:
      return nudge (self, event, 0, 1);
    default:
      return (event->state & (GDK_CONTROL_MASK | GDK_MOD1_MASK)) == 0 && plain_key (self, event->keyval);
    }
}

/* -- the widget -- */

static void
describe (View *self)
{
  PmtTool *tool = self->tool;
  const PmtPair *pair = pmt_point_list_find (tool->points->list, tool->active);
  PmtPoint at = pair == NULL ? (PmtPoint) { 0, 0 } : self->of_fixed ? pair->fixed : pair->moving;
  guint n = pmt_point_list_get_length (tool->points->list);
  g_autofree char *text = pair == NULL
    ? g_strdup_printf (ngettext ("%u pair of points", "%u pairs of points", n), n)
    : g_strdup_printf (_("Pair %u is active, at %.1f, %.1f"), pair->id, at.x, at.y);

  atk_object_set_description (gtk_widget_get_accessible (self->area), text);
}

GtkWidget *
pmt_points_view_new (PmtTool *tool, gboolean of_fixed, void (*moved_func) (GtkWidget *view, gpointer data), gpointer data)
{
  static const PmtPreviewAreaFuncs funcs = { .zoomed = zoomed, .moved = moved, .clicked = clicked, .pressed = pressed,
                                             .dragged = dragged, .key = key_pressed, .paint = paint };
  View *self = g_new0 (View, 1);
  g_autofree char *name = of_fixed ? g_strdup_printf (_("Reference: %s"), tool->points->reference_name)
                                   : g_strdup_printf (_("Layer: %s"), tool->points->layer_name);

  self->tool = tool;
  self->of_fixed = of_fixed;
  self->moved = moved_func;
  self->data = data;
  self->area = pmt_preview_area_new (&funcs, self);
  pmt_preview_area_show (self->area, of_fixed ? tool->points->fixed_view : tool->points->moving_view, NULL);
  atk_object_set_name (gtk_widget_get_accessible (self->area), name);
  g_object_set_data_full (G_OBJECT (self->area), KEY, self, g_free);
  describe (self);
  return self->area;
}

void
pmt_points_view_update (GtkWidget *view)
{
  gtk_widget_queue_draw (view);
  describe (g_object_get_data (G_OBJECT (view), KEY));
}
