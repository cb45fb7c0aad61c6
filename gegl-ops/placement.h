/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gegl.h>

#include "image/resample.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* An operation's input as it lies in the output: through a transform, which maps output coordinates to input
 * coordinates. Both are GEGL's: pixel (i, j) covers [i, i+1) × [j, j+1), and an input whose extent begins elsewhere
 * than at (0, 0) is an image whose first pixel has other coordinates. The answers are about rectangles of whole
 * pixels, in output or input coordinates as their names say.
 *
 * Zero-initialise one; it is then the input passed through. Setting is for one thread, all else re-entrant. */
typedef struct
{
  PmtTransform *chain;     /* flattened, output coordinates → pixels from the extent's corner; NULL: passed through */
  PmtSampler    sampler;
  GeglRectangle extent;    /* the input's */
  GeglRectangle bounds;    /* the output's */
} PmtPlacement;

/* Places an input of `extent`. transform: NULL or the identity passes the input through. Where FALSE is returned the
 * input is passed through too: PMT_ERROR_BAD_INPUT when the output's bounds would be absurd (pmt_transform_bounds()),
 * the chain is not usable, or the input itself has no usable bounds (infinite, or more than PMT_BOUNDS_MAX_SIDE). */
gboolean      pmt_placement_set   (PmtPlacement *placement, const PmtTransform *transform, PmtSampler sampler,
                                   const GeglRectangle *extent, GError **error);
void          pmt_placement_clear (PmtPlacement *placement);

/* The input pixels that `output` is computed from. */
GeglRectangle pmt_placement_get_required    (const PmtPlacement *placement, const GeglRectangle *output);
/* A rectangle around all output pixels that are computed from some of `input`. */
GeglRectangle pmt_placement_get_invalidated (const PmtPlacement *placement, const GeglRectangle *input);

/* Renders `roi` (clipped to the bounds, 0 elsewhere) of the output in `format`, a float format. `input` may be NULL
 * (all 0) and need only hold the required pixels. The same bits for any split into rectangles. A placement that is
 * passed through copies. */
gboolean      pmt_placement_render (const PmtPlacement *placement, GeglBuffer *input, const Babl *format,
                                    GeglBuffer *output, const GeglRectangle *roi, GError **error);

G_END_DECLS
