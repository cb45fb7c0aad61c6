/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Coordinates everywhere: x right, y down, continuous; pixel (i, j) covers [i, i+1) × [j, j+1), so the first
 * pixel's centre is (0.5, 0.5) and a change of resolution is a pure factor. */

typedef struct { double x, y; } PmtPoint;
typedef struct { int width, height; } PmtSize;

/* Pixels x … x+width-1, y … y+height-1; empty when a side is ≤ 0. */
typedef struct { int x, y, width, height; } PmtRect;

/* A homography, row-major; maps (x, y, 1) to homogeneous coordinates. */
typedef struct { double m[3][3]; } PmtMatrix3;

extern const PmtMatrix3 pmt_matrix3_identity;

PmtMatrix3 pmt_matrix3_translation (double dx, double dy);
PmtMatrix3 pmt_matrix3_scaling     (double sx, double sy);
/* `second · first`: the map that applies `first`, then `second`. */
PmtMatrix3 pmt_matrix3_then        (const PmtMatrix3 *first, const PmtMatrix3 *second);
double     pmt_matrix3_determinant (const PmtMatrix3 *m);
/* FALSE, and *inverse untouched, when the matrix is singular (its determinant is ≤ 1e-14 once
 * columns, then rows have length 1) or not finite. */
gboolean   pmt_matrix3_invert      (const PmtMatrix3 *m, PmtMatrix3 *inverse);
/* Scales so that m[2][2] = 1 where it is not tiny, else to unit Frobenius norm. */
PmtMatrix3 pmt_matrix3_normalised  (const PmtMatrix3 *m);
/* The image of p; NaN in both coordinates at or behind the horizon (denominator ≤ 0). */
PmtPoint   pmt_matrix3_map         (const PmtMatrix3 *m, PmtPoint p);
/* The Jacobian ∂(x', y')/∂(x, y) at p as j[row][column]; FALSE where the map has no image. */
gboolean   pmt_matrix3_jacobian    (const PmtMatrix3 *m, PmtPoint p, double j[2][2]);
gboolean   pmt_matrix3_is_finite   (const PmtMatrix3 *m);

/* The common part; empty (width = height = 0) when there is none. */
PmtRect    pmt_rect_intersect      (PmtRect a, PmtRect b);
PmtRect    pmt_rect_union          (PmtRect a, PmtRect b);
gboolean   pmt_rect_is_empty       (PmtRect r);

G_END_DECLS
