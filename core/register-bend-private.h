/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/refine-private.h"
#include "fit/smooth-private.h"
#include "match/find-private.h"
#include "match/score-volume-private.h"

G_BEGIN_DECLS

/* The global model to begin with. */
static inline PmtModel
_pmt_plane_model (PmtModel model)
{
  return pmt_model_may_bend (model) ? PMT_MODEL_AUTO : model;
}

/* Whether a plane is enough: register-bend.c. Where the model is PMT_MODEL_SMOOTH or DEFORMABLE, or AUTO and something points that
 * way, a smooth bend of what the plane leaves is looked for, and *trial tells what came of it; where it is kept, *smooth holds it, *refined tells its model, errors
 * and tiles, pose->evidence and *volume (replaced) are taken along it. Else nothing changes. FALSE only with an error. */
gboolean _pmt_register_bend (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving,
                             const PmtRegisterOptions *options, const PmtRigidMap *rigid, PmtFound *pose, PmtRefined *refined, PmtVolume **volume,
                             PmtSmooth *smooth, PmtBendTrial *trial, GError **error);

G_END_DECLS
