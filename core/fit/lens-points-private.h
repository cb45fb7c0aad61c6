/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/lens-private.h"

G_BEGIN_DECLS

/* A bend that is nothing but the distortion of a lens, through control points: fit/lens-points.c. */
typedef struct
{
  PmtStep   *step;        /* owned; NULL: none */
  PmtMatrix3 matrix;      /* the plane before it */
  double     held_out;    /* as PmtLatticeFit's, of the same points */
  int        inliers;
  double     error_median, error_p95;   /* predicted, moving px */
} PmtLensFit;

/* points: as a lattice fit left them, with weights and folds. spread: τ, px; independent: the share of the points that err on
 * their own. The moving camera's lens, about the middle of its image, or the inverse of the fixed one's, about where the pose
 * takes its image's middle (exact where the pose has no perspective); whichever predicts better. FALSE, *fit cleared, where the points fix none and
 * after a cancellation. */
gboolean _pmt_lens_fit_points (PmtContext *context, GArray *points, const PmtMatrix3 *pose, PmtSize fixed, PmtSize moving,
                               double spread, double independent, PmtLensFit *fit);
void     _pmt_lens_fit_clear  (PmtLensFit *fit);

G_END_DECLS
