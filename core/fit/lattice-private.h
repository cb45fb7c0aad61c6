/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/control-points-private.h"
#include "fit/lattice-system-private.h"
#include "fit/rigid-map-private.h"

G_BEGIN_DECLS

/* A smooth bend through scattered displacements: fit/lattice.c.
 *
 * Stiffness is a length as a share of the √area of the box: waves of that length are followed by half, longer ones more,
 * shorter ones hardly. It means the same for every image size and every number of points; at 3 and above what is left is
 * practically an affine map, 0.1 is very soft. */
#define PMT_STIFFNESS_AUTO (-1.0)

/* Of the controls, share of the √area, that suits a stiffness. */
double   _pmt_lattice_spacing (double stiffness);

/* Which of PMT_FOLDS a place belongs to, by blocks of a seventh of the √area (reach 0: of 2 × 2 points), and the folds of all places within `reach` of it,
 * its own included, a bit each: what must not be seen when they are predicted. */
void     _pmt_lattice_folds (const PmtExtent *box, double reach, int n, const PmtPull *pulls, guint8 *fold, guint8 *near);

typedef struct
{
  PmtStep          *bend;            /* owned */
  double            stiffness;
  double            spacing;         /* of the lattice, share of the √area */
  double            held_out;        /* mean residual of points left out by blocks, moving px, each capped … */
  double            held_out_plane;  /* … at three times the median of the best plane's, whose mean this is */
  double            spread;          /* τ: what points scatter beyond their covariances, px */
  int               inliers;
  double            least_jacobian;
  PmtLatticeSystem *system;          /* owned; for the covariance */
} PmtLatticeFit;

typedef struct
{
  PmtContext *context;  /* for threads and cancellation, after which no fit is made; NULL for the defaults */
  double   stiffness;   /* PMT_STIFFNESS_AUTO lets spacing and stiffness be chosen by error on left-out blocks, the stiffest that
                         * is within 1 % + 0.003 px of the best, but … */
  double   softest;     /* … no softer than this … */
  double   stiffest;    /* … and softer than this; 0: as stiff as may be */
  double   spacing;     /* as it was found before, for this very stiffness: no blocks are left out then, and held_out is NAN; 0: to be found */
  double   reach;       /* how far apart points must lie, moving px, to err on their own; 0: none has a pixel in common with another */
  int            n_landmarks;   /* pulls that a person gives, in moving px over the pose: never taken for mistakes, … */
  const PmtPull *landmarks;     /* … each with 1/σ² as information */
  gboolean       led;           /* the bend follows them to within σ where points know less of the place */
  const PmtRigidMap *rigid;     /* NULL, or where the bend keeps the shape, looked up where … */
  const PmtPath *along;         /* … this puts places that the pose leads to. The lattice is then fine enough for the map's outlines */
  gboolean together;    /* points that lie off together with their neighbours are believed: of a bend that there is for certain */
} PmtLatticeAsk;

/* Residuals over `pose` of control points, robustly (Cauchy weights, which are left in the points with the residuals and the
 * folds). box: where the bend is wanted, moving px. FALSE when there are too few points (12). */
gboolean _pmt_lattice_fit       (GArray *points, const PmtMatrix3 *pose, const PmtExtent *box, const PmtLatticeAsk *ask,
                                 PmtSize moving, PmtLatticeFit *fit);
void     _pmt_lattice_fit_clear (PmtLatticeFit *fit);

/* The covariance of the fitted displacement at p (moving px, where the pose leads): xx, xy, yy. independent: the share
 * of points that err on their own. */
void     _pmt_lattice_covariance (const PmtLatticeFit *fit, PmtPoint p, double independent, double c[3]);

/* The error to expect at places all over the points, as _pmt_model_error(): median and 95th percentile, moving px. FALSE with an
 * error only (cancellation). */
gboolean _pmt_lattice_error      (PmtContext *context, const PmtLatticeFit *fit, GArray *points, const PmtMatrix3 *pose,
                                  double independent, double *median, double *p95, GError **error);

/* |mean residual| of the trusted points nearest to a place of the fixed image, px: what the map can't follow there. */
double   _pmt_lattice_common_residual (const GArray *points, PmtPoint fixed);
/* The same at any place: `model`, of which size is 0. box: of the fit. FALSE with an error only. */
gboolean _pmt_lattice_error_model (PmtContext *context, const PmtLatticeFit *fit, const GArray *points, const PmtMatrix3 *pose,
                                   const PmtExtent *box, PmtSize moving, double independent, PmtErrorModel *model,
                                   GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PmtLatticeFit, _pmt_lattice_fit_clear)

G_END_DECLS
