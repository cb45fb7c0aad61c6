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

/* Appends the pairs of a text, "fixed_x,fixed_y,moving_x,moving_y" a line (commas, semicolons or white space; a first line of words and
 * lines that begin with # are passed over), to two arrays of PmtPoint. PMT_ERROR_FORMAT that names the line for anything else. */
gboolean pmt_points_from_text (const char *text, GArray *fixed, GArray *moving, GError **error);

G_END_DECLS
