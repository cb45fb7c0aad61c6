/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/soft-fit-private.h"

G_BEGIN_DECLS

/* The basis of soft-fit-private.h at p: contributions to dx and dy of each coefficient. */
void     _pmt_motion_basis (PmtPoint p, int width, int height, double x[PMT_MOTION_MAX], double y[PMT_MOTION_MAX]);

/* Weighted least squares for `size` coefficients from n shifts, with a ridge on each coefficient scaled by what it may
 * be expected to reach within a search of `radius`. FALSE when the system is singular. */
gboolean _pmt_motion_solve (int n, const PmtPoint *at, const PmtPoint *shift, const double *weight, int width,
                            int height, int size, double radius, double ridge, double *c);

G_END_DECLS
