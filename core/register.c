/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pipeline: read → find → refine → judge. Each stage is a file elsewhere; this one hands the data on. */
#include "register.h"

#include <math.h>
#include <string.h>

#include "config.h"
#include "base/error.h"
#include "climb/climb-private.h"
#include "fit/error-model-private.h"
#include "fit/points.h"
#include "fit/refine-private.h"
#include "fit/support-climb-private.h"
#include "judge/confidence-private.h"
#include "judge/round-trip-private.h"
#include "judge/verdict-private.h"
#include "match/find-private.h"
#include "register-bend-private.h"
#include "register-error-private.h"
#include "register-mirror-private.h"
#include "register-strategies-private.h"
#include "register-terms-private.h"

#define GRID              7      /* points a side that stand for a chain that is no homography */
#define KEPT_SUPPORT      0.97   /* of the climbed pose's, by a refined one that rests on score peaks … */
#define KEPT_SUPPORT_GREY 0.85   /* … and by one that rests on grey values, which show misplacement better */
#define NEARLY            0.85   /* of it: the refined pose may be the right one nevertheless */

/* What counts as aligned at all, for the verdict: pose and object, shares of the diagonal. An object that has changed between the
 * pictures can't be aligned as closely as one that has not. */
#define POSE_LIMIT   0.00125    /* and 2 px at the least */
#define OBJECT_LIMIT 0.0075     /* and 4 px */

typedef struct
{
  PmtContext               *context;
  const PmtRegisterOptions *options;
  PmtPyramid               *fixed, *moving;
  PmtSource                *fixed_view, *moving_view;   /* the sources in the band that is looked at */
  PmtMatrix3                initial;
  PmtSmooth                 smooth;    /* what the plane leaves */
  PmtRigidMap              *rigid;     /* where it keeps shapes; NULL: nowhere */
  PmtRegistration          *result;
  PmtVolume                *volume;       /* at the final pose; NULL when there is none */
  gint64                    stage_began;
} Job;

void
pmt_register_options_init (PmtRegisterOptions *options)
{
  memset (options, 0, sizeof *options);
}

gboolean
pmt_stiffness_check (double stiffness, GError **error)
{
  if (stiffness == 0 || (stiffness >= PMT_STIFFNESS_LEAST && stiffness <= PMT_STIFFNESS_MOST))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a stiffness is a number from " G_STRINGIFY (PMT_STIFFNESS_LEAST)
               " to " G_STRINGIFY (PMT_STIFFNESS_MOST) ", or 0 to have it found, not %g", stiffness);
  return FALSE;
}

static void
begin (Job *job, const char *stage, double from, double to)
{
  job->stage_began = g_get_monotonic_time ();
  pmt_context_stage (job->context, stage, from, to);
}

static void
end (Job *job, const char *stage)
{
  PmtTiming timing = { stage, (g_get_monotonic_time () - job->stage_began) / 1e6 };

  g_array_append_val (job->result->timings, timing);
}

/* A bend's three stages: coarse to fine, through control points, by all pixels. */
static void
end_bend (Job *job)
{
  double    points = job->smooth.point_seconds, pixels = job->smooth.pixel_seconds;
  PmtTiming timing[] = { { "bend", (g_get_monotonic_time () - job->stage_began) / 1e6 - points - pixels },
                         { "points", points }, { "pixels", pixels } };

  g_array_append_vals (job->result->timings, timing, points > 0 ? G_N_ELEMENTS (timing) : 1);
}

/* The homography that is nearest to any chain over the fixed image; the bend itself is found anew. */
static gboolean
flatten_initial (Job *job, PmtSource *fixed, GError **error)
{
  PmtPoint from[GRID * GRID], to[GRID * GRID];
  int      n = 0;

  for (int i = 0; i < GRID * GRID; i++)
    {
      from[n] = (PmtPoint) { pmt_source_get_width (fixed) * (i % GRID + 0.5) / GRID,
                             pmt_source_get_height (fixed) * (i / GRID + 0.5) / GRID };
      pmt_transform_map (job->options->initial, 1, &from[n], &to[n]);
      n += isfinite (to[n].x) && isfinite (to[n].y);
    }
  return pmt_fit_points (n, from, to, &job->initial, error);
}

static gboolean
take_initial (Job *job, PmtSource *fixed, GError **error)
{
  job->initial = pmt_matrix3_identity;
  return job->options->initial == NULL || pmt_transform_get_matrix (job->options->initial, &job->initial)
         || flatten_initial (job, fixed, error);
}

/* The step's record of where it came from. */
static PmtTransform *
make_transform (Job *job, const PmtMatrix3 *matrix, GError **error)
{
  PmtRegistration         *r = job->result;
  PmtSize                  fixed = { job->fixed->width, job->fixed->height };
  PmtSize                  moving = { job->moving->width, job->moving->height };
  g_autoptr (PmtTransform) identity = pmt_transform_new (fixed, moving);
  PmtTransform            *transform;
  PmtProvenance            p;

  pmt_provenance_init (&p);
  p.method = g_strdup (job->options->optimiser != PMT_OPTIMISER_NONE ? r->method : "registration");
  p.model = g_strdup (pmt_model_to_nick (r->model));
  p.reference = g_strdup (job->options->reference);
  p.verdict = g_strdup (pmt_verdict_to_nick (r->verdict));
  p.version = g_strdup (PMT_VERSION);
  p.error_median = r->error_median;
  p.error_p95 = r->error_p95;
  p.overlap = r->overlap;
  transform = pmt_transform_append_matrix (identity, matrix, moving, &p, error);
  if (transform != NULL && job->smooth.bend != NULL)
    {
      g_autoptr (PmtTransform) plane = transform;

      _pmt_step_describe (job->smooth.bend, &p);
      transform = _pmt_transform_append (plane, g_steal_pointer (&job->smooth.bend), moving);
    }
  pmt_provenance_clear (&p);
  return transform;
}

static double
area_ratio (const PmtMatrix3 *matrix, const PmtBox *box)
{
  double smallest = INFINITY, largest = 0;

  for (int k = 0; k < 4; k++)
    {
      PmtPoint corner = { box->x + (k & 1) * box->width, box->y + (k >> 1) * box->height };
      double   s = _pmt_pose_scale (matrix, corner);

      smallest = MIN (smallest, s * s);
      largest = MAX (largest, s * s);
    }
  return largest / smallest;
}

static void
judge (Job *job, gboolean found, const PmtFound *pose, const PmtRefined *refined)
{
  PmtSize    fixed = { job->fixed->width, job->fixed->height }, moving = { job->moving->width, job->moving->height };
  double     diagonal = hypot (moving.width, moving.height);
  PmtCase    c = { .found = found, .error_limit = MAX (2, POSE_LIMIT * diagonal),
                   .object_limit = MAX (4, OBJECT_LIMIT * diagonal), .error_median = NAN, .error_p95 = NAN };
  PmtOverlap overlap;

  job->result->fixed_size = fixed;
  job->result->moving_size = moving;
  c.wanted_bend = job->options->model == PMT_MODEL_SMOOTH || job->options->model == PMT_MODEL_DEFORMABLE;
  job->result->stiffness = job->smooth.bend != NULL ? job->smooth.stiffness : NAN;
  job->result->within_pixel = job->result->error_median = job->result->error_p90 = job->result->error_p95 = NAN;
  for (int m = 0; m < PMT_MODELS; m++)
    job->result->held_out[m] = NAN;
  if (found)
    {
      c.evidence = pose->evidence;
      c.supported = refined->supported;
      memcpy (job->result->held_out, refined->held_out, sizeof refined->held_out);
      c.second_support = pose->second_support;
      c.matches = pose->matches;
      c.error_median = job->result->error_median = refined->error_median;
      c.error_p95 = job->result->error_p95 = refined->error_p95;
      c.object_p95 = refined->object_p95;
      job->result->error_p90 = refined->error_p90;
      job->result->errors = refined->errors;
      job->result->within_pixel = _pmt_error_model_within (&refined->errors, fixed, 1);
      c.sane = _pmt_pose_overlap (&refined->matrix, fixed, moving, &overlap)
               && _pmt_pose_is_sane (&refined->matrix, &overlap.box);
      c.area_ratio = c.sane ? area_ratio (&refined->matrix, &overlap.box) : INFINITY;
      job->result->overlap = c.sane ? overlap.share : 0;
      job->result->tiles = refined->tiles;
      job->result->inliers = refined->inliers;
      job->result->model = refined->model;
      job->result->modality = refined->modality;
      job->result->proposer = g_strdup (pose->proposer);
    }
  else
    {
      job->result->model = pmt_model_may_bend (job->options->model) ? PMT_MODEL_HOMOGRAPHY : job->options->model;
      job->result->modality = PMT_MODALITY_DIFFERENT;
      job->result->proposer = g_strdup ("none");
    }
  _pmt_judge (&c, job->result);
}

/* FALSE with an error, or TRUE with *found telling whether there is a pose to speak of. */
static gboolean
find (Job *job, PmtFound *pose, gboolean *found, GError **error)
{
  g_autoptr (GError) problem = NULL;

  *found = _pmt_find_prepared (job->context, job->fixed, job->moving, &job->initial, job->options, pose,
                               &job->result->preparation, &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
propagate (GError **error, GError *problem)
{
  g_propagate_error (error, problem);
  return FALSE;
}

/* What single tiles can't tell all of them together may: the pose goes where their support is largest. */
static gboolean
climb (Job *job, PmtFound *pose, double *support, GError **error)
{
  GError *problem = NULL;

  *support = 0;
  _pmt_support_climb (job->context, job->fixed, job->moving, _pmt_plane_model (job->options->model),
                      &pose->matrix, support, &problem);
  return problem == NULL || propagate (error, problem);
}

/* To the climbed pose. Where the refined one is nearly as good, the place is known no better than the two agree. */
static void
fall_back (Job *job, const PmtFound *pose, gboolean nearly, PmtRefined *refined)
{
  double apart = _pmt_pose_distance (&refined->matrix, &pose->matrix, (PmtSize) { job->fixed->width, job->fixed->height });

  _pmt_refined_clear (refined);
  refined->matrix = pose->matrix;
  refined->model = PMT_MODEL_HOMOGRAPHY;
  refined->supported = PMT_MODEL_AUTO;
  _pmt_state_overview_error (job->fixed, pose, refined);
  if (nearly && apart > refined->error_median)
    _pmt_state_error (refined, apart);
}

/* Control points know more than all tiles' support does where tiles have peaks of their own, and less where they have
 * none: the refined pose stands unless it lost support. The evidence is taken again where the pose now is. */
static gboolean
keep_the_better (Job *job, PmtFound *pose, double climbed, PmtRefined *refined, GError **error)
{
  double  support = 0, kept = refined->modality == PMT_MODALITY_SAME ? KEPT_SUPPORT_GREY : KEPT_SUPPORT;
  GError *problem = NULL;

  _pmt_support_at (job->context, job->fixed, job->moving, &refined->matrix, &support, &problem);
  if (problem == NULL && _pmt_plane_model (job->options->model) == PMT_MODEL_AUTO && support < kept * climbed)
    fall_back (job, pose, support > NEARLY * climbed, refined);
  if (problem == NULL)
    job->volume = _pmt_evidence_volume (job->context, job->fixed, job->moving, &refined->matrix, &problem);
  if (problem == NULL && _pmt_evidence_of (job->volume, &pose->evidence))
    _pmt_round_trip (job->context, job->fixed, job->moving, &refined->matrix, job->volume, &pose->evidence.returns, &problem);
  return problem == NULL || propagate (error, problem);
}

static void
map_confidence (Job *job, const PmtRefined *refined)
{
  PmtSize fixed = { job->fixed->width, job->fixed->height }, moving = { job->moving->width, job->moving->height };

  job->result->confidence = _pmt_confidence_map (job->volume, refined, fixed, moving);
}

/* -- the other way to make it exact: an optimiser climbs a metric -- */

static gboolean
climb_metric (Job *job, PmtFound *pose, PmtRefined *refined, PmtClimbed *climbed, gboolean *found, GError **error)
{
  const PmtRegisterOptions *o = job->options;
  PmtMetric                 metric = o->metric;
  GError                   *problem = NULL;

  if (metric == PMT_METRIC_AUTO)
    metric = o->modality == PMT_MODALITY_SAME ? PMT_METRIC_NCC : PMT_METRIC_MIND;
  job->result->method = g_strdup_printf ("%s/%s", pmt_metric_to_nick (metric), pmt_optimiser_to_nick (o->optimiser));
  if (!_pmt_climb (job->context, job->fixed, job->moving, &pose->matrix, o->model, metric, o->optimiser, climbed, error))
    return FALSE;
  job->volume = _pmt_evidence_volume (job->context, job->fixed, job->moving, &climbed->matrix, &problem);
  if (problem != NULL)
    return propagate (error, problem);
  *found = _pmt_evidence_of (job->volume, &pose->evidence);
  if (*found && !_pmt_round_trip (job->context, job->fixed, job->moving, &climbed->matrix, job->volume, &pose->evidence.returns, error))
    return FALSE;
  pose->matrix = refined->matrix = climbed->matrix;
  refined->model = climbed->model;
  refined->modality = o->modality != PMT_MODALITY_AUTO ? o->modality
                      : _pmt_metric_class (metric)->same ? PMT_MODALITY_SAME : PMT_MODALITY_DIFFERENT;
  if (!*found)
    return TRUE;
  refined->tiles = pose->evidence.tiles;
  refined->inliers = (int) lround (pose->evidence.inliers * pose->evidence.tiles);
  _pmt_state_overview_error (job->fixed, pose, refined);
  return TRUE;
}

/* From where the search ended, or with a local one from the initial pose, which is also where to begin when nothing was
 * found. */
static gboolean
find_and_climb (Job *job, GError **error)
{
  PmtFound            pose = { .matrix = job->initial };
  g_auto (PmtRefined) refined = { .matrix = job->initial };
  PmtClimbed          climbed;
  gboolean            found = FALSE;

  if (pmt_model_may_bend (job->options->model) && job->options->model != PMT_MODEL_AUTO)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
                           "a score is climbed with global models only: choose homography, or no optimiser");
      return FALSE;
    }
  begin (job, "searching", 0.1, 0.1);
  if (job->options->search != PMT_SEARCH_LOCAL && !find (job, &pose, &found, error))
    return FALSE;
  end (job, "find");
  if (!found)
    pose = (PmtFound) { .matrix = job->initial, .proposer = "initial placement" };
  if (job->result->preparation == NULL)
    job->result->preparation = g_strdup ("none");

  begin (job, "climbing the score", job->options->search == PMT_SEARCH_LOCAL ? 0.1 : 0.8, 0.97);
  if (!climb_metric (job, &pose, &refined, &climbed, &found, error))
    return FALSE;
  end (job, "climb");

  begin (job, "judging", 0.97, 1);
  judge (job, found, &pose, &refined);
  _pmt_climb_judge (&climbed, job->result);
  if (found)
    map_confidence (job, &refined);
  job->result->transform = make_transform (job, &refined.matrix, error);
  end (job, "judge");
  pmt_context_progress (job->context, 1);
  return job->result->transform != NULL;
}

static gboolean
run (Job *job, PmtSource *fixed, PmtSource *moving, GError **error)
{
  PmtFound            pose = { .matrix = job->initial };
  g_auto (PmtRefined) refined = { .matrix = job->initial };
  double              climbed = 0;
  gboolean            found;

  begin (job, "reading the images", 0, 0.1);
  job->fixed = _pmt_read_prepared (job->context, job->options, fixed, job->options->fixed_mask, &job->fixed_view, error);
  if (job->fixed == NULL)
    {
      g_prefix_error (error, "fixed image: ");
      return FALSE;
    }
  job->moving = _pmt_read_prepared (job->context, job->options, moving, job->options->moving_mask, &job->moving_view,
                                    error);
  if (job->moving == NULL)
    {
      g_prefix_error (error, "moving image: ");
      return FALSE;
    }
  end (job, "read");
  if (job->options->optimiser != PMT_OPTIMISER_NONE)
    return find_and_climb (job, error);
  job->result->method = g_strdup ("pieces");
  if (pmt_model_may_bend (job->options->model) && job->options->rigid != NULL
      && !_pmt_rigid_map_read (job->context, job->options->rigid, &job->rigid, error))
    return FALSE;

  begin (job, "searching", 0.1, 0.1);
  if (!find (job, &pose, &found, error))
    return FALSE;
  end (job, "find");

  begin (job, "refining", 0.8, 0.9);
  if (found && !climb (job, &pose, &climbed, error))
    return FALSE;
  if (found && !_pmt_refine (job->context, job->fixed, job->moving, &pose.matrix,
                             _pmt_plane_model (job->options->model), job->options->modality, &refined, error))
    return FALSE;
  if (found && isnan (refined.error_p95))
    _pmt_state_overview_error (job->fixed, &pose, &refined);
  if (found && !keep_the_better (job, &pose, climbed, &refined, error))
    return FALSE;
  end (job, "refine");

  begin (job, "looking for bends", 0.9, 0.97);
  if (found && !_pmt_register_bend (job->context, job->fixed, job->moving, job->options, job->rigid, &pose, &refined,
                                    &job->volume, &job->smooth, &job->result->bend, error))
    return FALSE;
  end_bend (job);

  begin (job, "judging", 0.97, 1);
  if (found)
    _pmt_add_guesses (job->fixed, job->volume, &job->smooth, &refined);
  if (found)
    _pmt_add_object_error (job->fixed, job->volume, &pose, &job->smooth, &refined);
  judge (job, found, &pose, &refined);
  if (found)
    map_confidence (job, &refined);
  if (found)
    _pmt_terms_judge (job->options, job->rigid, &(PmtPath) { refined.matrix, job->smooth.bend },
                      (PmtSize) { job->fixed->width, job->fixed->height }, (PmtSize) { job->moving->width, job->moving->height },
                      job->result);
  job->result->transform = make_transform (job, found ? &refined.matrix : &job->initial, error);
  end (job, "judge");
  pmt_context_progress (job->context, 1);
  return job->result->transform != NULL;
}

PmtRegistration *
_pmt_register_once (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtRegisterOptions *options,
                    GError **error)
{
  g_autoptr (PmtRegistration) result = g_new0 (PmtRegistration, 1);
  Job                         job = { .context = context, .options = options, .result = result };
  gboolean                    ok;

  result->timings = g_array_new (FALSE, FALSE, sizeof (PmtTiming));
  result->terms = (PmtTermsOutcome) { 0, NAN, NAN, NAN, NAN };
  ok = pmt_preparation_check (job.options->preparation, error) && pmt_stiffness_check (options->stiffness, error)
       && take_initial (&job, fixed, error) && run (&job, fixed, moving, error);
  _pmt_pyramid_free (job.fixed);
  _pmt_pyramid_free (job.moving);
  _pmt_volume_free (job.volume);
  _pmt_smooth_clear (&job.smooth);
  _pmt_rigid_map_free (job.rigid);
  pmt_source_unref (job.fixed_view);
  pmt_source_unref (job.moving_view);
  return ok ? g_steal_pointer (&result) : NULL;
}

gboolean
pmt_registration_error_at (const PmtRegistration *registration, PmtPoint fixed, double share, double *radius)
{
  *radius = share >= 0 && share <= 0.999 ? _pmt_error_model_radius (&registration->errors, fixed, share) : NAN;
  return !isnan (*radius);
}

void
pmt_registration_free (PmtRegistration *registration)
{
  if (registration == NULL)
    return;
  pmt_transform_unref (registration->transform);
  g_clear_pointer (&registration->reasons, g_ptr_array_unref);
  g_clear_pointer (&registration->timings, g_array_unref);
  g_free (registration->confidence);
  g_free (registration->proposer);
  g_free (registration->method);
  g_free (registration->preparation);
  g_free (registration);
}
