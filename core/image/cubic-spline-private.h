/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/plane.h"

G_BEGIN_DECLS

/* Interpolation by the cubic B-spline through a plane's pixels (Unser 1999): twice continuously differentiable, so that
 * what is computed from it has a derivative everywhere. */

/* Pixels to coefficients, in place; ends mirrored about the first and last pixel's centre. */
void  _pmt_cubic_spline_prefilter (PmtPlane *plane);

/* The spline at continuous (x, y), pixel centres at halves, and its derivatives. Outside the rectangle of pixel centres
 * it is continued by the nearest value there, with derivative 0 across. */
float _pmt_cubic_spline_at (const PmtPlane *coefficients, double x, double y, float *dx, float *dy);

G_END_DECLS
