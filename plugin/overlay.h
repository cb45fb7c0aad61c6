/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/resample.h"
#include "judge/compare.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* How two images lie on each other in the fixed one's frame, before and after an alignment, small enough to look at:
 * drawn once, then shown in any of core's ways of comparing. */
typedef struct
{
  int     width, height;
  guint8 *fixed, *before, *after;      /* R'G'B'A, straight, rows of 4·width; alpha 0 where there is no data */
} PmtOverlay;

/* Draws at most `size` pixels a side of the fixed image's frame. Both transforms map fixed to moving. Either image's
 * tones are spread from black to white, so that a dark infrared picture shows too. */
PmtOverlay *pmt_overlay_new  (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtTransform *before,
                              const PmtTransform *after, int size, GError **error);
void        pmt_overlay_free (PmtOverlay *overlay);

/* Pixels (0 … width-1, 0 … height-1) as cairo's RGB24 has them, rows `stride` bytes apart; where neither image has
 * data, or not what the mode needs, a dark grey shows. */
void        pmt_overlay_draw (const PmtOverlay *overlay, PmtCompareMode mode, const PmtCompareOptions *options,
                              gboolean after, guint8 *out, gsize stride);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtOverlay, pmt_overlay_free)

G_END_DECLS
