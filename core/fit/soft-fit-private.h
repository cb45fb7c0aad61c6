/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "match/score-volume-private.h"
#include "register.h"

G_BEGIN_DECLS

/* Small motions of a level, linear in up to eight coefficients (level px), about its centre with s = half its longer
 * side, u = (x − w/2)/s, v = (y − h/2)/s:
 *
 *   translation (1,0) (0,1); similarity (u,v) (−v,u); affine (u,−v) (v,u); homography (u²,uv) (uv,v²). */
#define PMT_MOTION_MAX 8

int        _pmt_motion_size   (PmtModel model);      /* 2, 4, 6, 8; rigid counts as similarity */
PmtPoint   _pmt_motion_at     (const double *c, int size, PmtPoint p, int width, int height);
/* The homography (exact at the level's corners) or affinity that the coefficients stand for, level → level. */
gboolean   _pmt_motion_matrix (const double *c, int size, int width, int height, PmtMatrix3 *matrix);

typedef struct
{
  double    c[PMT_MOTION_MAX];
  int       size;
  double    mean_z;       /* of all tiles at the fitted shift */
  int       inliers;      /* tiles whose own peak lies within 1.5 px */
  double    moved;        /* mean shift of the tiles, level px */
} PmtSoftFit;

/* Fits a motion to a score volume without deciding first where each tile went: fit/soft-fit.c. use: NULL or a flag for
 * each tile. FALSE when there is nothing to hold on to (fewer than 6 tiles, no information). */
gboolean _pmt_soft_fit (const PmtVolume *volume, PmtModel model, const gboolean *use, PmtSoftFit *fit);

/* Composes the fitted motion into the pose that the volume was made at; FALSE, *pose untouched, when it degenerates. */
gboolean _pmt_soft_fit_apply (const PmtSoftFit *fit, const PmtVolume *volume, PmtMatrix3 *pose);

/* The quadratic peak of a tile's score within one px of the shift `near`: where, the surface's Hessian there (xx, xy, yy,
 * negative definite) and the tile's z. FALSE when there is none or it lies on the volume's edge. */
typedef struct { PmtPoint shift; double hessian[3], z; } PmtPeak;

gboolean _pmt_volume_peak (const PmtVolume *volume, int tile, PmtPoint near, PmtPeak *peak);

G_END_DECLS
