/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/lattice-private.h"
#include "image/pyramid-private.h"
#include "match/path-private.h"

G_BEGIN_DECLS

/* What speaks for a bend and against the plane, moving px. */
typedef struct
{
  double held_out, held_out_plane;   /* as PmtLatticeFit */
  double error_p95;                  /* predicted */
} PmtBendCase;

/* What a plane leaves of the geometry, as a bend in moving px that follows the pose: fit/smooth.c. */
typedef struct
{
  PmtStep    *bend;                /* owned; NULL: nothing speaks against the plane */
  PmtMatrix3  pose;                /* what the bend follows: the pose that was asked with, but where shapes are kept that of a
                                    * rigid part, and before a lens its own */
  PmtModality modality;            /* never AUTO */
  double      stiffness, spacing;  /* shares of the overlap's √area; NAN: the bend is a lens's */
  PmtBendCase large;               /* of the fit through large pieces alone: whether there is a bend at all */
  double      held_out, held_out_plane;   /* of the last fit, as PmtLatticeFit */
  double      support;             /* mean that tiles gain by the bend over a null, at the first level; 0: none */
  double      least_jacobian;
  double      equivariance;        /* as PmtBendTrial; NAN: not measured */
  gboolean    coarse;              /* few of the finest pieces see in both images what those of the overview do */
  gboolean    free_form;           /* the bend is of all pixels at once, deform/free-form.c; all else but spacing, stiffness and … */
  double      left_out, left_out_plane;   /* … these, as PmtFreeForm, is of the pieces'; NAN without one */
  int         tiles, inliers;
  double      error_median, error_p95;    /* predicted at the points, moving px */
  PmtErrorModel errors;            /* predicted anywhere; not of a free-form deformation */
  double      point_seconds, pixel_seconds;   /* that control points took, and the whole frame */
} PmtSmooth;

typedef struct
{
  double             stiffness;    /* PMT_STIFFNESS_AUTO, or what fit/lattice-private.h says: of the bend that comes out, stiffer
                                    * where that would fold */
  PmtModality        modality;
  PmtMetric          metric;       /* AUTO: pieces are matched; else what a bend of all pixels at once makes best */
  gboolean           drifts;       /* tiles of the overview lie off the plane, so that pieces may be given up for all pixels */
  int                n_landmarks;
  const PmtLandmark *landmarks;
  const PmtRigidMap *rigid;        /* NULL, or where shapes are kept */
} PmtSmoothAsk;

/* pose: within some 10 px at √area 256. FALSE only with an error (memory, reading, cancellation). */
gboolean _pmt_fit_smooth   (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                            const PmtSmoothAsk *ask, PmtSmooth *smooth, GError **error);
void     _pmt_smooth_clear (PmtSmooth *smooth);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PmtSmooth, _pmt_smooth_clear)

G_END_DECLS
