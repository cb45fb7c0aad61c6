/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "group/group.h"
#include "image/warp-vips.h"

G_BEGIN_DECLS

/* What a mosaic is drawn from: tiles of one number of bands and one unit, each seen through its transform, canvas → tile. */
typedef struct
{
  int                   n;
  VipsImage            *const *tile;
  const PmtTransform   *const *transform;
  const double         *gain;         /* NULL, or a factor for each tile's values (not for alpha) */
} PmtMosaic;

/* The tiles on one canvas (options->canvas, in the canvas frame's pixels), computed when its pixels are asked for, on libvips's
 * threads. Where tiles overlap, each counts with the fourth power of the distance from its own edge, as a share of half its
 * shorter side: a seam where two are as far from their edges, blended over a third of the overlap or so. Values, bands and format are the
 * first tile's; light is stored light. Alpha of tiles counts as weight. PMT_ERROR_BAD_INPUT where tiles' bands differ. */
VipsImage *pmt_mosaic_image (const PmtMosaic *mosaic, const PmtWarpOptions *options, GError **error);

/* A factor for each tile that makes overlapping ones as bright as each other, by least squares over the logarithms of their
 * mean values (of all colour bands) in common; their geometric mean is 1. Each overlap is looked at in a raster of about 64 px a side.
 * gain: n of them, to be filled. */
gboolean   pmt_mosaic_gains (PmtContext *context, const PmtMosaic *mosaic, double *gain, GError **error);

G_END_DECLS
