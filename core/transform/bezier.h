/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform.h"

G_BEGIN_DECLS

/* A cubic Bézier curve: p[0] and p[3] are its ends, p[1] and p[2] their handles. */
typedef struct { PmtPoint p[4]; } PmtBezier;

/* The curve's image under the transform, as curves of the same kind end to end, appended to `pieces` (a GArray of PmtBezier): as few
 * halvings as bring each place of the image to within `tolerance` px (> 0) of the pieces, measured every 4 px along the curve and
 * at 8 places at least. Curves that are straight with handles at their ends stay so where their image is straight. Pieces join as
 * smoothly as the curve and the map do. FALSE, nothing appended, where a part of the curve has no image.
 * O(length) time a halving. */
gboolean pmt_bezier_map   (const PmtTransform *transform, const PmtBezier *curve, double tolerance, GArray *pieces);
/* The place at 0 ≤ t ≤ 1. */
PmtPoint pmt_bezier_place (const PmtBezier *curve, double t);

G_END_DECLS
