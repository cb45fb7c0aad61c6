/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "preview-view.h"

#include <math.h>

#define TINY 1e-9      /* of a step: what rounding leaves of powers of √2 */

static gboolean
is_known (PmtSize size)
{
  return size.width > 0 && size.height > 0;
}

static double
fit_scale (const PmtView *view)
{
  if (!is_known (view->area) || !is_known (view->image))
    return 1;
  return MIN (view->area.width / (double) view->image.width, view->area.height / (double) view->image.height);
}

/* The centre's coordinate, so that no more than the area's edge shows beyond the image's. */
static double
kept_inside (double centre, int image, double shown)
{
  return shown >= image ? image / 2.0 : CLAMP (centre, shown / 2, image - shown / 2);
}

static void
settle (PmtView *view)
{
  double fit = fit_scale (view);

  if (view->fitted)
    view->scale = fit;
  view->scale = CLAMP (view->scale, MIN (fit, 1), MAX (fit, PMT_VIEW_MOST));
  view->centre.x = kept_inside (view->centre.x, view->image.width, view->area.width / view->scale);
  view->centre.y = kept_inside (view->centre.y, view->image.height, view->area.height / view->scale);
}

void
pmt_view_init (PmtView *view, PmtSize image)
{
  view->image = image;
  pmt_view_fit (view);
}

void
pmt_view_resize (PmtView *view, PmtSize area)
{
  view->area = area;
  settle (view);
}

void
pmt_view_fit (PmtView *view)
{
  view->fitted = TRUE;
  settle (view);
}

void
pmt_view_zoom (PmtView *view, double scale, PmtPoint at)
{
  /* without the origin's rounding, which would add up from step to step */
  PmtPoint held = { view->centre.x + (at.x - view->area.width / 2.0) / view->scale,
                    view->centre.y + (at.y - view->area.height / 2.0) / view->scale };
  double fit = fit_scale (view);

  scale = CLAMP (scale, MIN (fit, 1), MAX (fit, PMT_VIEW_MOST));
  view->fitted = fabs (scale - fit) < TINY * fit;
  view->scale = scale;
  view->centre.x = held.x + (view->area.width / 2.0 - at.x) / scale;
  view->centre.y = held.y + (view->area.height / 2.0 - at.y) / scale;
  settle (view);
}

void
pmt_view_look_at (PmtView *view, PmtPoint centre, double scale)
{
  double fit = fit_scale (view);

  view->fitted = fabs (scale - fit) < TINY * fit;
  view->scale = scale;
  view->centre = centre;
  settle (view);
}

void
pmt_view_step (PmtView *view, int steps, PmtPoint at)
{
  double place = 2 * log2 (view->scale), fit = fit_scale (view);
  double next = steps > 0 ? floor (place + TINY) + steps : ceil (place - TINY) + steps, scale = exp2 (next / 2);

  /* the whole image is a step too */
  if (steps < 0 && view->scale > fit * (1 + TINY) && scale < fit)
    scale = fit;
  pmt_view_zoom (view, scale, at);
}

void
pmt_view_pan (PmtView *view, double dx, double dy)
{
  view->centre.x -= dx / view->scale;
  view->centre.y -= dy / view->scale;
  settle (view);
}

gboolean
pmt_view_can_pan (const PmtView *view)
{
  return view->image.width * view->scale > view->area.width + TINY
         || view->image.height * view->scale > view->area.height + TINY;
}

PmtPoint
pmt_view_origin (const PmtView *view)
{
  return (PmtPoint) { round (view->area.width / 2.0 - view->centre.x * view->scale),
                      round (view->area.height / 2.0 - view->centre.y * view->scale) };
}

PmtPoint
pmt_view_to_image (const PmtView *view, PmtPoint at)
{
  PmtPoint origin = pmt_view_origin (view);

  return (PmtPoint) { (at.x - origin.x) / view->scale, (at.y - origin.y) / view->scale };
}

PmtPoint
pmt_view_to_area (const PmtView *view, PmtPoint place)
{
  PmtPoint origin = pmt_view_origin (view);

  return (PmtPoint) { origin.x + place.x * view->scale, origin.y + place.y * view->scale };
}

PmtRect
pmt_view_visible (const PmtView *view)
{
  PmtPoint from = pmt_view_to_image (view, (PmtPoint) { 0, 0 });
  PmtPoint to = pmt_view_to_image (view, (PmtPoint) { view->area.width, view->area.height });
  int left = MAX ((int) floor (from.x), 0), top = MAX ((int) floor (from.y), 0);

  return (PmtRect) { left, top, MIN ((int) ceil (to.x), view->image.width) - left,
                     MIN ((int) ceil (to.y), view->image.height) - top };
}

int
pmt_view_level (const PmtView *view)
{
  return (int) floor (-log2 (view->scale) + TINY);
}
