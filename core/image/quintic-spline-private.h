/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"
#include "base/plane.h"

G_BEGIN_DECLS

/* Interpolation by the quintic B-spline (Unser 1999): image/quintic-spline.c. */

/* Samples to coefficients in place; the image goes on mirrored beyond its borders. */
void _pmt_quintic_spline_prefilter  (PmtPlane *plane);

/* out[i] = the spline at map (x + i, y), i < n, in the plane's continuous coordinates; NAN where the nearest pixel of
 * `valid` (as large) is not > 0, within 6 px of the plane's border, and where the map has no image. */
void _pmt_quintic_spline_sample_row (const PmtPlane *coefficients, const PmtPlane *valid, const PmtMatrix3 *map, double x,
                             double y, int n, float *out);

G_END_DECLS
