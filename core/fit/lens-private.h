/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/control-points-private.h"
#include "transform/transform-private.h"

G_BEGIN_DECLS

#define PMT_LENS_UNKNOWNS 10   /* 8 of a homography, k1, k2 */

/* A homography and the radial distortion of a lens after it, or the inverse of one, through pairs of points: fit/lens.c. */
typedef struct
{
  int             n;
  const PmtPoint *fixed, *moving;      /* borrowed */
  const double  (*information)[3];     /* xx, xy, yy, 1/px²; NULL: the same for all */
  int             terms;               /* 0 … 2 */
  gboolean        inverse;             /* points are freed of a distortion instead */
  PmtPoint        centre;              /* c, moving px */
  double          size;                /* R, px: half the moving image's diagonal, or what scales well where terms is 0 */
  double          end;                 /* the lens must rise up to here, in R */
  PmtMatrix3      matrix;              /* where to begin, and the outcome; all points must have an image */
  double          term[2];             /* k */
} PmtLens;

/* Least squares of the distance in the moving image, without pair `skip` (−1: with all). FALSE where the pairs do not fix the
 * unknowns. */
gboolean _pmt_lens_fit       (PmtLens *lens, int skip);
/* Where the lens takes pair i, less where it should. */
PmtPoint _pmt_lens_residual  (const PmtLens *lens, int i);
/* How far each is missed by a fit to all others, px; NAN where these do not fix it. */
void     _pmt_lens_leave_out (const PmtLens *lens, double *left_out);
/* Trace of the covariance of where each is taken, px², for errors as the information tells; FALSE where singular. */
gboolean _pmt_lens_variance  (const PmtLens *lens, double *variance);
/* The lens as a step; NULL with PMT_ERROR_BAD_INPUT where it folds. */
PmtStep *_pmt_lens_step      (const PmtLens *lens, PmtSize moving, GError **error);

G_END_DECLS
