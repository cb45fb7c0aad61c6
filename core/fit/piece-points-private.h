/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/control-points-private.h"
#include "fit/soft-fit-private.h"
#include "match/lucas-kanade-private.h"

G_BEGIN_DECLS

#define PMT_FEWEST_POINTS 12

/* One PmtControlPoint a piece at most, with its covariance: where the piece's fixed image (px) was found in the moving one
 * (px), by Lucas–Kanade where grey values correspond, by the quadratic peak of its score within `radius` level px where
 * they do not: fit/piece-points.c. pose: fixed → moving, the same for all pieces; NULL: each piece's own. *same: the share
 * that grey values gave, 0 … 1. NULL without error when there are fewer than PMT_FEWEST_POINTS; with one on lack of memory,
 * failed reading and cancellation. */
GArray *_pmt_piece_points (PmtContext *context, const PmtPatchSet *set, const PmtMatrix3 *pose, int radius,
                           PmtModality modality, double *same, GError **error);

/* A score's peak as a shift with a covariance: the shape of the inverse Hessian, the size from z. */
void    _pmt_shift_of_peak (const PmtPeak *peak, PmtShift *shift);

G_END_DECLS
