/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"
#include "register.h"

G_BEGIN_DECLS

/* Where a place of the fixed image was seen in the moving one, and how surely. */
typedef struct
{
  PmtPoint fixed, moving;     /* px of each image */
  double   cxx, cxy, cyy;     /* covariance of `moving`, px² */
  double   blind;             /* information an axis, px⁻², that it would have if it saw nothing but noise */
  int      fold;              /* 0 … PMT_FOLDS-1: neighbours share one, so that held-out means unseen */
  double   weight;            /* set by fitting: 0 … 1, 1 fully trusted */
  PmtPoint residual;          /* set by fitting: moving − map(fixed), px */
} PmtControlPoint;

#define PMT_FOLDS 5

/* The covariance of `moving` when (xx, xy, yy) is that of the place in fixed, and j the map's Jacobian there: J C Jᵀ. */
void _pmt_control_point_spread (PmtControlPoint *point, double xx, double xy, double yy, double j[2][2]);

typedef struct
{
  PmtMatrix3 matrix;
  double     spread;          /* τ: what the points scatter beyond their covariances, px */
  int        inliers;         /* points within 3 of their own standard deviations (τ included) */
  int        size;            /* coefficients */
  double     covariance[64];  /* of the motion coefficients about `matrix` (fit/soft-fit-private.h's basis over the
                                 moving image), size × size: a delete-a-part jackknife */
} PmtModelFit;

/* Robust weighted least squares of one model (not AUTO) through the points: W = w_i·(C_i + τ²)⁻¹ with Cauchy weights
 * w_i, c = 2.4 (Huber's 95 % efficiency), re-estimated ten times. start: where to begin. FALSE when there are too few
 * points (twice the model's freedom) or they are degenerate. leave_out: a fold not to use, −1 for none. */
gboolean _pmt_model_fit (PmtModel model, GArray *points, int leave_out, const PmtMatrix3 *start, PmtSize moving,
                         PmtModelFit *fit);

/* The mean held-out residual of every model up to `freest`, moving px: each fold's points under the fit to the others.
 * INFINITY where a model can't be fitted; NAN for models that were not tried. */
void     _pmt_model_try (GArray *points, PmtModel freest, const PmtMatrix3 *start, PmtSize moving,
                         double error[PMT_MODELS]);

/* The stiffest of the models up to `freest` whose held-out error is within 1 % + 0.003 px of the best one's. */
PmtModel _pmt_model_supported (const double error[PMT_MODELS], PmtModel freest);
/* Both in one. */
PmtModel _pmt_model_choose (GArray *points, PmtModel freest, const PmtMatrix3 *start, PmtSize moving);

/* moving = map(fixed), unweighted least squares in closed form: translation, rigid (Horn 1987), or similarity, which is
 * also where affine starts from. FALSE when there are too few points. */
gboolean _pmt_model_closed_form (PmtModel model, const GArray *points, PmtMatrix3 *matrix);

/* (C + spread²)⁻¹ as xx, xy, yy, 1/px²; spread: what points scatter beyond their covariances, px. */
void     _pmt_control_point_information (const PmtControlPoint *point, double spread, double w[3]);
/* The residual in standard deviations, spread included. */
double   _pmt_control_point_distance    (const PmtControlPoint *point, double spread);

G_END_DECLS
