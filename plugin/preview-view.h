/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"

G_BEGIN_DECLS

/* Which part of an image an area of the screen shows, and how large: arithmetic without a window. Places of the area are
 * in its pixels (of the screen, also where the desktop is scaled), origin at its top-left corner. */
typedef struct
{
  PmtSize  area, image;
  double   scale;         /* pixels of the screen a pixel of the image */
  PmtPoint centre;        /* the place of the image at the area's centre */
  gboolean fitted;        /* the whole image is shown, whatever the area's size */
} PmtView;

#define PMT_VIEW_MOST 32.0     /* the largest scale, unless the image is smaller still */

/* Shows the whole image; an area or image of 0 × 0 is not known yet. */
void     pmt_view_init      (PmtView *view, PmtSize image);
void     pmt_view_resize    (PmtView *view, PmtSize area);
void     pmt_view_fit       (PmtView *view);
/* The scale becomes `scale`, within limits, and the place of the image at `at` stays there. */
void     pmt_view_zoom      (PmtView *view, double scale, PmtPoint at);
/* The place `centre` of the image comes to the middle, at `scale`, as far as either is within limits. */
void     pmt_view_look_at   (PmtView *view, PmtPoint centre, double scale);
/* `steps` steps of √2, in where positive, through 1 and its powers of two; the smallest is the whole image, or 1. */
void     pmt_view_step      (PmtView *view, int steps, PmtPoint at);
/* The picture follows a hand that moves by (dx, dy); it stays in the area. */
void     pmt_view_pan       (PmtView *view, double dx, double dy);
gboolean pmt_view_can_pan   (const PmtView *view);

/* Where the image's top-left corner lies, whole pixels, so that at a scale of 1 pixels fall on pixels. */
PmtPoint pmt_view_origin    (const PmtView *view);
PmtPoint pmt_view_to_image  (const PmtView *view, PmtPoint at);
PmtPoint pmt_view_to_area   (const PmtView *view, PmtPoint place);
/* The pixels of the image that are to be seen, at least in part. */
PmtRect  pmt_view_visible   (const PmtView *view);
/* The level whose pixels, of 2^level pixels of the image a side, are as fine as the screen's or up to twice finer;
 * negative where pixels of the image are larger than the screen's. */
int      pmt_view_level     (const PmtView *view);

G_END_DECLS
