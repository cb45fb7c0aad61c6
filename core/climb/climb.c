/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Climbing a score from coarse to fine. On each level the optimiser moves the pose within a box; the next level begins
 * where it ended. A pose that leaves less than half of what the start had in common costs extra, more than any metric can gain by it; and the boxes end well before a horizon could come
 * into the picture. What comes out is compared with the start on the last level: if it is no better, the start stands,
 * and is reported as such. */
#include "climb/climb-private.h"

#include <math.h>

#include "fit/control-points-private.h"
#include "match/pose-private.h"

#define OF_START     0.5      /* of what the start has in common must be left */
#define FLOOR        0.25     /* of the smaller picture's area, where all shifts are tried */
#define SHIFT_LEVEL  48       /* √px of the overview on which all shifts are tried */
#define SHIFTS       5        /* that are looked at more closely */
#define FAR_APART    0.05     /* of the moving diagonal: start and end */
#define WHOLE_LEVEL  256      /* √px */
#define WHOLE        100      /* margin that takes in all of an image */
#define NO_GAIN      1.2      /* a level must be finer by this factor to be worth climbing */
#define AS_GOOD      1e-4     /* of cost: no worse than the start */
#define GRID         7        /* points a side when a pose is brought into a model's class */

typedef struct { int size; double reach, settled; } Level;   /* √px, units, units */

static const Level levels[] = {
  { 64, 12, 0.03 }, { 128, 6, 0.02 }, { 256, 5, 0.01 }, { 512, 4, 0.005 }, { 1024, 3, 0.003 },
};

typedef struct
{
  const char       *nick;
  gboolean          all_shifts;     /* first of all */
  PmtOptimiserFunc  first, further; /* on the coarsest level, and on the others */
  double            reach;          /* units on the coarsest level, 64 px: 12 are ±19 % of the side, ±15° */
  double            margin;         /* round the start's overlap, of its size: what is looked at on the coarsest level */
} Optimiser;

static const Optimiser optimisers[] = {
  [PMT_OPTIMISER_NONE] = { .nick = "none" },
  [PMT_OPTIMISER_BRUTE_FORCE] = { "brute-force", TRUE, _pmt_descend_bobyqa, _pmt_descend_bobyqa, 6, 1 },
  [PMT_OPTIMISER_GRADIENT] = { "gradient", FALSE, _pmt_descend_gradient, _pmt_descend_gradient, 12, 0.25 },
  [PMT_OPTIMISER_LBFGS] = { "l-bfgs", FALSE, _pmt_descend_lbfgs, _pmt_descend_lbfgs, 12, 0.25 },
  [PMT_OPTIMISER_EVOLUTIONARY] = { "evolutionary", FALSE, _pmt_evolve, _pmt_descend_bobyqa, 20, 0.5 },
};

gboolean
pmt_optimiser_from_nick (const char *nick, PmtOptimiser *optimiser)
{
  for (guint k = 0; k < G_N_ELEMENTS (optimisers); k++)
    if (g_strcmp0 (nick, optimisers[k].nick) == 0)
      {
        *optimiser = (PmtOptimiser) k;
        return TRUE;
      }
  return FALSE;
}

const char *
pmt_optimiser_to_nick (PmtOptimiser optimiser)
{
  return optimisers[optimiser].nick;
}

typedef struct
{
  PmtContext           *context;
  PmtPyramid           *fixed, *moving;
  const PmtMetricClass *klass;
  const Optimiser      *optimiser;
  PmtModel              model;
  PmtMatrix3            start, pose;
  double                floor;
  PmtMetricPair        *pair;          /* the last level's */
  int                   evaluations;
} Climb;

/* -- the model's class -- */

/* The map of the model's kind that is nearest to the pose over the fixed frame; the pose where there is none. */
static PmtMatrix3
project (const PmtMatrix3 *pose, PmtModel model, const PmtPyramid *fixed, const PmtPyramid *moving)
{
  g_autoptr (GArray) points = g_array_new (FALSE, TRUE, sizeof (PmtControlPoint));
  PmtSize            fixed_size = { fixed->width, fixed->height }, moving_size = { moving->width, moving->height };
  PmtOverlap         overlap = { .box = { 0, 0, fixed->width, fixed->height } };
  PmtMatrix3         projected = *pose;
  PmtModelFit        fit;

  if (model == PMT_MODEL_HOMOGRAPHY || (model == PMT_MODEL_AFFINE && pose->m[2][0] == 0 && pose->m[2][1] == 0))
    return *pose;
  _pmt_pose_overlap (pose, fixed_size, moving_size, &overlap);
  for (int k = 0; k < GRID * GRID; k++)
    {
      PmtControlPoint p = { .cxx = 1, .cyy = 1, .weight = 1 };

      p.fixed = (PmtPoint) { overlap.box.x + overlap.box.width * (k % GRID) / (GRID - 1),
                             overlap.box.y + overlap.box.height * (k / GRID) / (GRID - 1) };
      p.moving = pmt_matrix3_map (pose, p.fixed);
      if (isfinite (p.moving.x) && isfinite (p.moving.y))
        g_array_append_val (points, p);
    }
  if (!_pmt_model_closed_form (MIN (model, PMT_MODEL_SIMILARITY), points, &projected))
    return *pose;
  if (model == PMT_MODEL_AFFINE && _pmt_model_fit (model, points, -1, &projected, moving_size, &fit))
    return fit.matrix;
  return projected;
}

/* -- levels -- */

static PmtObjective *
open_level (Climb *c, int size, double margin, GError **error)
{
  g_clear_pointer (&c->pair, _pmt_metric_pair_free);
  c->pair = _pmt_metric_pair_new (c->context, c->klass, c->fixed, c->moving, &c->pose, &c->start, size, margin, error);
  return c->pair != NULL ? _pmt_objective_new (c->pair, c->model, &c->pose, c->floor, error) : NULL;
}

/* The metric at a pose on the present level; cost as the climb sees it. FALSE when there is nothing to compare. */
static gboolean
score_at (Climb *c, const PmtMatrix3 *pose, double *score, double *cost, double *overlap, GError **error)
{
  g_autoptr (PmtMetricWork) work = _pmt_metric_work_new (c->pair, FALSE, error);
  PmtMatrix3                map = _pmt_metric_pair_map (c->pair, pose);

  *score = NAN;
  *cost = PMT_COST_NOTHING;
  *overlap = 0;
  if (work == NULL || !_pmt_metric_evaluate (c->pair, work, &map, score, overlap, NULL, NULL, error))
    return FALSE;
  *cost = c->klass->maximise ? -*score : *score;
  return TRUE;
}

static void
take (Climb *c, PmtObjective *o, const double *parameters)
{
  c->pose = _pmt_objective_pose (o, parameters);
  c->evaluations += o->evaluations;
}

static gboolean
climb_level (Climb *c, int k, GError **error)
{
  double                   parameters[PMT_CLIMB_MAX_SIZE] = { 0 };
  g_autoptr (PmtObjective) o = open_level (c, levels[k].size, k == 0 ? c->optimiser->margin : 0.1, error);
  PmtClimbRange            range = { k == 0 ? c->optimiser->reach : levels[k].reach, levels[k].settled,
                                     pmt_context_get_seed (c->context) };

  if (o == NULL)
    return FALSE;
  _pmt_objective_cost (o, parameters, NULL);   /* so that the best is no worse than where it begins */
  if (!(k == 0 ? c->optimiser->first : c->optimiser->further) (o, &range, parameters, error))
    return FALSE;
  take (c, o, parameters);
  return TRUE;
}

static gboolean
find_shifts (Climb *c, PmtMatrix3 *poses, int *n, double *median, GError **error)
{
  PmtPoint                 shifts[SHIFTS];
  g_autoptr (PmtObjective) o = open_level (c, SHIFT_LEVEL, c->optimiser->margin, error);

  if (o == NULL || !_pmt_all_shifts (o, SHIFTS, shifts, n, median, error))
    return FALSE;
  for (int k = 0; k < *n; k++)
    poses[k] = _pmt_objective_pose (o, (double[PMT_CLIMB_MAX_SIZE]) { shifts[k].x, shifts[k].y });
  c->evaluations += o->evaluations;
  return TRUE;
}

/* How good c->pose looks one level further, and how good it would look with less to compare. */
static gboolean
look_closer (Climb *c, double median, double *rank, GError **error)
{
  g_autoptr (PmtObjective) o = open_level (c, levels[1].size, c->optimiser->margin, error);
  g_autoptr (GError)       problem = NULL;
  double                   score, cost, overlap;

  if (o == NULL)
    return FALSE;
  *rank = score_at (c, &c->pose, &score, &cost, &overlap, &problem) ? _pmt_climb_rank (cost, median, overlap)
                                                                    : PMT_COST_NOTHING;
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* All shifts, then the best few as far as the first level takes them; the best of these is where the rest begins. */
static gboolean
try_all_shifts (Climb *c, GError **error)
{
  PmtMatrix3 poses[SHIFTS], best_pose = c->pose;
  double     best = PMT_COST_NOTHING, median = 0, rank;
  int        n = 0;

  c->floor = FLOOR;
  if (!find_shifts (c, poses, &n, &median, error))
    return FALSE;
  for (int k = 0; k < n; k++)
    {
      c->pose = poses[k];
      if (!climb_level (c, 0, error) || !look_closer (c, median, &rank, error))
        return FALSE;
      if (rank < best)
        {
          best = rank;
          best_pose = c->pose;
        }
    }
  c->pose = best_pose;
  return TRUE;
}

/* What the start leaves in common decides what may be lost. FALSE with an error, or TRUE and a floor of 0 where the start
 * has nothing in common. */
static gboolean
find_floor (Climb *c, GError **error)
{
  double                   score, cost, overlap;
  g_autoptr (GError)       problem = NULL;
  g_autoptr (PmtObjective) o = open_level (c, levels[0].size, c->optimiser->margin, error);

  if (o == NULL)
    return FALSE;
  score_at (c, &c->start, &score, &cost, &overlap, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  c->floor = OF_START * overlap;
  return TRUE;
}

static gboolean
climb_all (Climb *c, GError **error)
{
  double last = 0;

  if (c->optimiser->all_shifts ? !try_all_shifts (c, error) : !find_floor (c, error))
    return FALSE;
  for (int k = 0; c->floor > 0 && k < (int) G_N_ELEMENTS (levels); k++)
    {
      if (!climb_level (c, k, error))
        return FALSE;
      pmt_context_progress (c->context, (k + 1.0) / G_N_ELEMENTS (levels));
      if (c->pair->scale < NO_GAIN * last)
        break;
      last = c->pair->scale;
    }
  return TRUE;
}

/* Start and end, on the last level; where they are far apart, on a level of all of both images, of which neither leaves
 * the other's part out. */
static gboolean
compare (Climb *c, PmtClimbed *climbed, GError **error)
{
  g_autoptr (GError) problem = NULL;
  PmtSize            size = { c->fixed->width, c->fixed->height };
  double             before, after, overlap;

  if (c->floor > 0
      && _pmt_pose_distance (&c->start, &c->pose, size) > FAR_APART * hypot (c->moving->width, c->moving->height))
    {
      g_autoptr (PmtObjective) o = open_level (c, WHOLE_LEVEL, WHOLE, error);

      if (o == NULL)
        return FALSE;
    }
  score_at (c, &c->start, &climbed->score_before, &before, &overlap, &problem);
  if (problem == NULL)
    score_at (c, &c->pose, &climbed->score_after, &after, &overlap, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  climbed->improved = after < PMT_COST_NOTHING && after <= before + AS_GOOD;
  climbed->matrix = climbed->improved ? c->pose : c->start;
  return TRUE;
}

gboolean
_pmt_climb (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *start, PmtModel model,
            PmtMetric metric, PmtOptimiser optimiser, PmtClimbed *climbed, GError **error)
{
  Climb    c = { .context = context, .fixed = fixed, .moving = moving, .klass = _pmt_metric_class (metric),
                 .optimiser = &optimisers[optimiser],
                 .model = model == PMT_MODEL_AUTO ? PMT_MODEL_SIMILARITY : model };
  gboolean ok;

  c.start = c.pose = project (start, c.model, fixed, moving);
  ok = climb_all (&c, error) && compare (&c, climbed, error);
  _pmt_metric_pair_free (c.pair);
  climbed->metric = metric;
  climbed->model = c.model;
  climbed->evaluations = c.evaluations;
  return ok;
}

/* -- in words -- */

void
_pmt_climb_judge (const PmtClimbed *climbed, PmtRegistration *registration)
{
  PmtReason  *reason = g_new0 (PmtReason, 1);
  const char *nick = pmt_metric_to_nick (climbed->metric);

  reason->value = climbed->score_after;
  reason->threshold = climbed->score_before;
  reason->passed = climbed->improved;
  if (climbed->improved)
    {
      reason->code = g_strdup ("climb");
      reason->text = g_strdup_printf ("The score %s went from %.4g to %.4g.", nick, climbed->score_before,
                                      climbed->score_after);
    }
  else if (isfinite (climbed->score_before))
    {
      reason->code = g_strdup ("climb-no-better");
      reason->text = g_strdup_printf ("No better score %s than the start's %.4g was found: the start stands.", nick,
                                      climbed->score_before);
      reason->advice = g_strdup ("Try another metric or optimiser, or begin elsewhere.");
    }
  else
    {
      reason->code = g_strdup ("climb-nothing");
      reason->text = g_strdup_printf ("At the start the images have nothing in common, so there was no score %s to climb.",
                                      nick);
      reason->advice = g_strdup ("Place the layer by hand first, or let the search find where to begin.");
    }
  g_ptr_array_add (registration->reasons, reason);
  if (!climbed->improved && registration->verdict == PMT_VERDICT_OK)
    registration->verdict = PMT_VERDICT_UNCERTAIN;
}
