/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/control-points-private.h"
#include "image/pyramid-private.h"

G_BEGIN_DECLS

/* The last word on the geometry: model, exact pose, and how exact. */
typedef struct
{
  PmtMatrix3  matrix;
  PmtModel    model;          /* never AUTO */
  PmtModality modality;       /* never AUTO */
  PmtModel    supported;      /* the stiffest that held-out tiles ask for, up to `model`; AUTO when not known */
  double      held_out[PMT_MODELS];      /* mean held-out residual of each model, moving px; NAN: not tried */
  int         tiles, inliers;
  double      error_median, error_p90, error_p95;   /* radii that hold 50, 90, 95 of 100 places of the overlap, moving px;
                                                     * NAN when there was too little */
  double      off;            /* half of the pieces lie so far off the plane on the finest level on which they see what coarser ones do,
                               * moving px; 0: no farther than pieces of a plane may */
  double      object_p95;     /* what of error_p95 is the object's, not the pose's */
  PmtErrorModel errors;       /* … and where they come from; */
  PmtModelFit fit;            /* the last fit, */
  GArray     *points;         /* through these PmtControlPoints; NULL when there were too few */
} PmtRefined;

void     _pmt_refined_clear (PmtRefined *refined);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PmtRefined, _pmt_refined_clear)

/* From a pose within a few px at √area 512 to the finest level: fit/refine.c. When the pieces say too little there, the
 * pose is kept as it is and the errors are NAN. FALSE only with an error (memory, reading, cancellation). */
gboolean _pmt_refine (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                      PmtModel model, PmtModality modality, PmtRefined *refined, GError **error);

G_END_DECLS
