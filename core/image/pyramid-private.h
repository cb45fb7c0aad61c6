/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/area-private.h"

G_BEGIN_DECLS

/* One of the two images of a registration as the search sees it: grey in a common unit (about 0 … 255 between the
 * 0.5 and 99.5 percentiles, clipped an eighth beyond), with borders, scan backgrounds and masked parts invalid, ready
 * to be read at any scale. The finest level holds at most PMT_PYRAMID_MAX_PIXELS; below it, levels halve. Full
 * resolution is read from the source by _pmt_pyramid_read_full(). */
#define PMT_PYRAMID_MAX_PIXELS (3 << 20)

typedef struct
{
  PmtSource *source;            /* borrowed */
  PmtSource *user_mask;         /* borrowed, or NULL */
  double     user_mask_max;
  int        width, height;     /* of the source */
  int        levels;
  PmtGrey   *level[24];         /* level[0] the finest */
  double     scale_x[24], scale_y[24];   /* of a level: its pixels = source pixels · scale */
  float      offset, gain;      /* stored value → common unit: gain·(v − offset) */
} PmtPyramid;

/* mask: NULL or a one-band source as large as `source`; pixels at or below half of its maximum are left out.
 * PMT_ERROR_BAD_INPUT when the image is smaller than 8 × 8, or has no valid pixel, or only one value, or the mask's size differs. */
PmtPyramid *_pmt_pyramid_new  (PmtContext *context, PmtSource *source, PmtSource *mask, GError **error);
void        _pmt_pyramid_free (PmtPyramid *pyramid);

/* Reads `box` (source pixels, may be fractional, lies inside the image) as out_width × out_height. Never finer than
 * what level 0 holds (coarser reads are exact area averages). */
PmtGrey    *_pmt_pyramid_read (PmtContext *context, PmtPyramid *pyramid, const PmtBox *box, int out_width,
                               int out_height, GError **error);

/* The same from full resolution when level 0 is too coarse for it; parts of `box` outside the image are invalid. */
PmtGrey    *_pmt_pyramid_read_finest (PmtContext *context, PmtPyramid *pyramid, const PmtBox *box, int out_width,
                                      int out_height, GError **error);

/* Full-resolution pixels of rect, which is clipped to the image by the caller; invalid where the pyramid says so. */
PmtGrey    *_pmt_pyramid_read_full (PmtContext *context, PmtPyramid *pyramid, const PmtRect *rect, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtPyramid, _pmt_pyramid_free)

G_END_DECLS
