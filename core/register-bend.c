/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "register-bend-private.h"

#include <math.h>

#include "register-terms-private.h"

/* What makes a smooth field worth looking for. A plane that is right shows none of these. */
#define BELONG       5.0     /* support from which the images are not taken for unrelated, as judge/verdict.c */
#define DRIFT        1.0     /* level px by which neighbouring tiles agree to lie off */
#define FEW_INLIERS  0.8
#define ERROR        0.6     /* predicted, moving px */

/* What makes it better: the error on left-out points falls by a share and a length that neither chance gives nor edges that
 * lie a little beside each other in the two images. */
#define LESS_ERROR   0.67
#define LESS_PX      0.15
#define BY_FAR       0.12      /* of the plane's error on left-out points: as little as no scene of several depths leaves of it */
#define OFF_P95      2.0       /* of what half of the pieces are off by, as register-error.c */
#define NINETY       0.877   /* radius of 90 % over that of 95 %, of a normal error in the plane */
#define LIKER        0.02    /* of the sum that deform/free-form.c maximises */
#define SAME_INLIERS 0.02    /* of the tiles: no fewer than this */
#define GAIN         0.3     /* of support over the null, from which a bend that was wished for is believed: docs/decisions/deformable.md */
#define PLACES       33      /* a side, where changes of area are looked at */

static gboolean
plane_drifts (const PmtEvidence *evidence)
{
  return evidence->misfit >= DRIFT || evidence->inliers < FEW_INLIERS;
}

static gboolean
is_worth_trying (const PmtRegisterOptions *options, const PmtEvidence *evidence, const PmtRefined *refined)
{
  if (options->model != PMT_MODEL_AUTO)
    return pmt_model_may_bend (options->model);
  if (evidence->support < BELONG)
    return FALSE;
  return plane_drifts (evidence) || refined->off > 0 || !(refined->error_p95 < ERROR);
}

/* A bend that is less certain than the plane buys nothing, whatever the tiles say. Large pieces decide: what small ones follow, they
 * follow in a scene of several depths as well, whose parts lie where no bend of one thing puts them. */
static gboolean
is_supported_by_pieces (const PmtSmooth *smooth, const PmtEvidence *along, const PmtEvidence *plane, double plane_p95)
{
  const PmtBendCase *large = &smooth->large;

  return large->error_p95 < plane_p95
         && large->held_out < LESS_ERROR * large->held_out_plane
         && large->held_out < large->held_out_plane - LESS_PX
         && along->inliers > plane->inliers - SAME_INLIERS;
}

/* A bend of waves that large pieces are too far apart for to predict one another: small ones predict each other along it all but exactly. */
static gboolean
is_followed_by_far (const PmtSmooth *smooth, const PmtEvidence *along, const PmtEvidence *plane, double plane_p95)
{
  return !smooth->coarse && smooth->error_p95 < plane_p95
         && smooth->held_out < BY_FAR * smooth->held_out_plane
         && smooth->held_out < smooth->held_out_plane - LESS_PX
         && along->inliers > plane->inliers - SAME_INLIERS;
}

/* Of all pixels at once: parts that were left out of the fit must be liker with the bend, clearly so unless pieces say so too. */
static gboolean
is_supported (const PmtSmooth *smooth, const PmtEvidence *along, const PmtEvidence *plane, double plane_p95)
{
  gboolean by_pieces = is_supported_by_pieces (smooth, along, plane, plane_p95)
                       || is_followed_by_far (smooth, along, plane, plane_p95);

  if (!smooth->free_form)
    return by_pieces;
  return smooth->left_out > smooth->left_out_plane + (by_pieces ? 0 : LIKER) && along->inliers > plane->inliers - SAME_INLIERS;
}

/* Where a bend was wished for, what most of the overview says is enough: pieces of unlike images are too few and too far apart to
 * predict one another along a bend that they all see. */
static gboolean
fulfils_wish (const PmtSmooth *smooth, const PmtEvidence *along, const PmtEvidence *plane)
{
  if (smooth->free_form)
    return smooth->left_out > smooth->left_out_plane;
  return smooth->support >= GAIN && smooth->large.held_out < smooth->large.held_out_plane
         && along->inliers > plane->inliers - SAME_INLIERS;
}

/* What freedom can feign stays as it was at the plane: that the images belong together at all must show without a bend. */
static void
take_evidence (PmtEvidence *evidence, const PmtEvidence *along)
{
  evidence->inliers = along->inliers;
  evidence->halves = along->halves;
  evidence->misfit = along->misfit;
  evidence->quadrants = along->quadrants;
}

static void
take_fit (PmtRefined *refined, const PmtSmooth *smooth, gboolean supported)
{
  _pmt_refined_clear (refined);      /* its points are the plane's */
  refined->model = PMT_MODEL_SMOOTH;
  refined->modality = smooth->modality;
  refined->tiles = smooth->tiles;
  refined->inliers = smooth->inliers;
  refined->error_median = smooth->error_median;
  refined->error_p90 = NINETY * smooth->error_p95;
  refined->error_p95 = smooth->error_p95;
  refined->errors = smooth->errors;
  refined->held_out[PMT_MODEL_HOMOGRAPHY] = smooth->held_out_plane;
  refined->held_out[PMT_MODEL_SMOOTH] = smooth->held_out;
  if (supported)
    refined->supported = PMT_MODEL_SMOOTH;
  else if (refined->supported == PMT_MODEL_AUTO)
    refined->supported = PMT_MODEL_HOMOGRAPHY;
}

/* How much areas change from place to place, as PmtBendTrial tells it. */
static double
log_area_deviation (const PmtPyramid *fixed, const PmtPyramid *moving, const PmtMatrix3 *pose, const PmtStep *bend)
{
  PmtOverlap overlap;
  double     sum = 0, squares = 0;
  int        n = 0;

  if (bend == NULL || !_pmt_pose_overlap_valid (pose, fixed, moving, &overlap))
    return NAN;
  for (int k = 0; k < PLACES * PLACES; k++)
    {
      PmtPoint p = { overlap.box.x + overlap.box.width * (k % PLACES + 0.5) / PLACES,
                     overlap.box.y + overlap.box.height * (k / PLACES + 0.5) / PLACES };
      double   j[2][2], area;

      p = pmt_matrix3_map (pose, p);
      if (isnan (p.x) || p.x < 0 || p.y < 0 || p.x > moving->width || p.y > moving->height || !bend->klass->jacobian (bend, p, j))
        continue;
      area = log (j[0][0] * j[1][1] - j[0][1] * j[1][0]);
      sum += area;
      squares += area * area;
      n++;
    }
  return n > 0 ? sqrt (fmax (squares / n - sum / n * (sum / n), 0)) : NAN;
}

static void
tell_trial (const PmtPyramid *fixed, const PmtPyramid *moving, const PmtMatrix3 *pose, const PmtSmooth *smooth,
            PmtBendTrial *trial)
{
  gboolean bent = smooth->bend != NULL;

  *trial = (PmtBendTrial) { .tried = TRUE, .gain = smooth->support,
                            .held_out_plane = bent ? smooth->large.held_out_plane : NAN,
                            .held_out = bent ? smooth->large.held_out : NAN,
                            .left_out = smooth->left_out, .left_out_plane = smooth->left_out_plane,
                            .log_area_deviation = log_area_deviation (fixed, moving, pose, smooth->bend),
                            .equivariance = smooth->equivariance };
}

gboolean
_pmt_register_bend (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtRegisterOptions *options,
                    const PmtRigidMap *rigid, PmtFound *pose, PmtRefined *refined, PmtVolume **volume, PmtSmooth *smooth, PmtBendTrial *trial,
                    GError **error)
{
  g_autoptr (GError)    problem = NULL;
  g_autoptr (PmtVolume) bent = NULL;
  PmtEvidence           along;
  PmtSmoothAsk          ask = { options->stiffness > 0 ? options->stiffness : PMT_STIFFNESS_AUTO, options->modality,
                                _pmt_terms_metric (options), plane_drifts (&pose->evidence), options->n_landmarks,
                                options->landmarks, rigid };
  gboolean              told = options->model == PMT_MODEL_SMOOTH, wished = told || options->model == PMT_MODEL_DEFORMABLE;
  gboolean              supported;

  if (!is_worth_trying (options, &pose->evidence, refined))
    return TRUE;
  if (!_pmt_fit_smooth (context, fixed, moving, &refined->matrix, &ask, smooth, error))
    return FALSE;
  tell_trial (fixed, moving, &smooth->pose, smooth, trial);
  if (smooth->bend == NULL)
    return TRUE;
  bent = _pmt_evidence_volume_along (context, fixed, moving, &(PmtPath) { smooth->pose, smooth->bend }, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  along = pose->evidence;
  supported = _pmt_evidence_of (bent, &along)
              && (is_supported (smooth, &along, &pose->evidence, hypot (refined->error_p95, OFF_P95 * refined->off))
                  || (wished && fulfils_wish (smooth, &along, &pose->evidence)));
  if (!supported && !told)
    {
      _pmt_smooth_clear (smooth);
      return TRUE;
    }
  trial->taken = TRUE;
  take_evidence (&pose->evidence, &along);
  take_fit (refined, smooth, supported);
  refined->matrix = smooth->pose;
  if (smooth->tiles == 0)      /* by all pixels: the overview's tiles are what there is to count */
    {
      refined->tiles = along.tiles;
      refined->inliers = (int) lround (along.inliers * along.tiles);
    }
  _pmt_volume_free (*volume);
  *volume = g_steal_pointer (&bent);
  return TRUE;
}
