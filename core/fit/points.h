/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"

G_BEGIN_DECLS

/* The map fixed → moving through n pairs of points, by least squares, as free as their number allows: a translation for
 * one pair, a similarity (no reflection) for 2, an affine map for 3, a homography for 4 and more (DLT, points
 * normalised as Hartley 1997 advises; the algebraic error is minimised, equal to the geometric one where the pairs fit).
 * Outliers are not looked for. PMT_ERROR_BAD_INPUT for no pair, points that are not finite, coincide or lie on a line,
 * and for pairs that no homography maps without a horizon between them. */
gboolean pmt_fit_points (int n, const PmtPoint *fixed, const PmtPoint *moving, PmtMatrix3 *matrix, GError **error);

G_END_DECLS
