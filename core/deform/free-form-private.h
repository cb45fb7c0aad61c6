/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/pyramid-private.h"
#include "metric/metric-private.h"
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* A free-form deformation of unlike images: deform/free-form.c. */

/* What its penalty amounts to: as PmtLatticeAsk's stiffness, roughly, since how much is followed depends on how much is seen. */
#define PMT_FREE_FORM_STIFFNESS 0.25

typedef struct
{
  PmtStep *bend;             /* owned, follows the pose; NULL: the pictures say nothing, or every bend would fold */
  double   least_jacobian;
  double   spacing;          /* of the controls, share of the box's √area */
  double   left_out, left_out_plane;   /* likeness of blocks that were left out, with the bend fitted without them and without any
                                        * bend; greater is liker; NAN when not asked for */
} PmtFreeForm;

typedef struct
{
  double         stiffness;    /* PMT_FREE_FORM_STIFFNESS as a rule */
  PmtMetric      metric;       /* with derivatives; AUTO for mutual information, then gradient fields with it */
  gboolean       left_out;     /* also tell what blocks left out say, at about three times the cost */
  int            n_landmarks;  /* that a person gives */
  const PmtLandmark *landmarks;
} PmtFreeFormAsk;

/* pose: good to a few hundredths of the overlap's √area. box: where in the moving image a bend is wanted, px. The same bits at any
 * thread count. FALSE with an error only. */
gboolean _pmt_free_form_fit   (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                               const PmtExtent *box, const PmtFreeFormAsk *ask, PmtFreeForm *out, GError **error);
void     _pmt_free_form_clear (PmtFreeForm *form);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PmtFreeForm, _pmt_free_form_clear)

G_END_DECLS
