/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the pose: proposers make guesses, one verifier ranks them, the best are refined.
 *
 * Proposers are rows of a table, tried in rounds: the pose that was given and the neighbourhood of the likely ones
 * first, then everything. A round that ends in a convincing pose is the last. */
#include "match/find-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "fit/soft-fit-private.h"
#include "match/feature-poses-private.h"

#define OVERVIEW       96      /* √px of the search */
#define CLOSER         128     /* √px of the second look round each guess: ±3°, ±4 % */
#define WIDE_SCALE     3.0     /* between the images: from here on overviews grow … */
#define LARGEST        512     /* √px … up to here */
#define MOST_SCALE     25.0    /* that is tried */
#define MIN_OVERLAP    0.12    /* of the smaller image */
#define KEEP_NEAR      6       /* guesses kept from the restricted range */
#define KEEP_FULL      8       /* … and from the full one */
#define ASIDE          6       /* directions of squeezing, half a turn round … */
#define ASIDE_TILT     1.8     /* … by so much: a plane turned away by 56° */
#define RANKED         4       /* guesses that go on to the second step of ranking */
#define UNRANKED       (-9)
#define REFINED        2       /* of the ranked poses */
#define SURE           80      /* nats: matched keypoints of unrelated images were not seen to reach 40 */
#define NATS           12      /* that weigh as much as one unit of support … */
#define MAX_NATS       200     /* … up to here: a burnt-in label matches perfectly, and is not the picture */
#define SAME_PLACE     0.12    /* of the moving diagonal: a second look may not move a guess further */
#define REPEATS        4       /* of the homography step at 256 px */
#define SETTLED        0.6     /* level px: it has converged */
#define RIVAL          0.5     /* of the best shift's score: below, another shift is no rival */
#define DIFFERENT      0.02    /* of the moving diagonal: poses further apart mean something else */
#define JOB_FROM       0.1     /* the finder's share of the whole job, for the progress */
#define JOB_SHARE      0.7

typedef struct
{
  PmtContext *context;
  PmtPyramid *fixed, *moving;
  PmtMatrix3  initial;
  PmtModel    model;
  GArray     *poses;          /* guesses of the present round */
  int         rank_step;      /* index into rank_steps */
  GArray     *refined;        /* of Candidate, all rounds */
} Finder;

typedef struct
{
  PmtPose     pose;
  PmtEvidence evidence;
} Candidate;

static PmtSize
size_of (const PmtPyramid *image)
{
  return (PmtSize) { image->width, image->height };
}

static PmtModel
at_most (PmtModel model, PmtModel limit)
{
  return model == PMT_MODEL_AUTO ? limit : MIN (model, limit);
}

/* -- proposers -- */

/* The scale (relative to equal √area) of a pose and the angle that turns moving back, at the centre of the fixed image. */
static void
angle_and_scale (const Finder *f, const PmtMatrix3 *pose, double *angle, double *scale)
{
  double j[2][2];

  *angle = 0;
  *scale = 1;
  if (!pmt_matrix3_jacobian (pose, (PmtPoint) { f->fixed->width / 2.0, f->fixed->height / 2.0 }, j))
    return;
  *angle = -atan2 (j[1][0] - j[0][1], j[0][0] + j[1][1]);
  *scale = sqrt (fabs (j[0][0] * j[1][1] - j[0][1] * j[1][0]))
           * sqrt ((double) f->fixed->width * f->fixed->height / ((double) f->moving->width * f->moving->height));
}

static gboolean
propose_initial (Finder *f, GError **error)
{
  PmtPose pose = { .matrix = f->initial, .scale = 1, .proposer = "initial placement" };

  angle_and_scale (f, &f->initial, &pose.angle, &pose.scale);
  g_array_append_val (f->poses, pose);
  return TRUE;
}

static void
keep_best (Finder *f, GArray *poses, guint keep)
{
  _pmt_poses_distinct (poses, size_of (f->fixed), size_of (f->moving), keep);
  if (poses->len > 0)
    g_array_append_vals (f->poses, poses->data, poses->len);
}

static gboolean
search_and_keep (Finder *f, const PmtSearchRange *range, guint keep, GError **error)
{
  g_autoptr (GArray) poses = g_array_new (FALSE, TRUE, sizeof (PmtPose));

  if (!_pmt_field_search (f->context, f->fixed, f->moving, range, poses, error))
    return FALSE;
  keep_best (f, poses, keep);
  return TRUE;
}

static gboolean
propose_near_initial (Finder *f, GError **error)
{
  PmtSearchRange range = { .size = OVERVIEW, .min_overlap = MIN_OVERLAP, .proposer = "search near the initial placement" };
  double         angle, scale;

  angle_and_scale (f, &f->initial, &angle, &scale);
  _pmt_search_range_around (&range, angle, G_PI / 36, 4, scale, 1.13, 4);
  return search_and_keep (f, &range, KEEP_NEAR, error);
}

/* Images of one object usually show the same part of it: equal areas, upright. Nothing to add where the initial pose
 * says nearly the same. */
static gboolean
propose_equal_area (Finder *f, GError **error)
{
  PmtSearchRange range = { .size = OVERVIEW, .min_overlap = MIN_OVERLAP, .proposer = "search at equal size" };
  double         angle, scale;

  angle_and_scale (f, &f->initial, &angle, &scale);
  if (fabs (angle) < 0.1 && fabs (log (scale)) < 0.15)
    return TRUE;
  _pmt_search_range_around (&range, 0, G_PI / 36, 4, 1, 1.13, 4);
  return search_and_keep (f, &range, KEEP_NEAR, error);
}

/* A search at one scale needs overviews in which the finer image, shrunk to the coarser one's scale, is still seen. */
static int
overview_for (int size, double scale)
{
  double ratio = MAX (scale, 1 / scale);

  return ratio > WIDE_SCALE ? MIN ((int) (size * ratio / WIDE_SCALE), LARGEST) : size;
}

/* The scale that the files' own resolutions state, at any angle; beyond the range of the other searches as well. Nothing
 * to add where the initial pose has that scale already. */
static gboolean
propose_by_resolution (Finder *f, GError **error)
{
  double         fixed = pmt_source_get_pixel_size (f->fixed->source), moving = pmt_source_get_pixel_size (f->moving->source);
  PmtSearchRange range = { .min_overlap = MIN_OVERLAP, .proposer = "search at the stated resolution" };
  double         angle, initial, scale;

  if (!(fixed > 0 && moving > 0))
    return TRUE;
  angle_and_scale (f, &f->initial, &angle, &initial);
  scale = fixed / moving * sqrt ((double) f->fixed->width * f->fixed->height / ((double) f->moving->width * f->moving->height));
  if (fabs (log (scale / initial)) < 0.15 || !(MAX (scale, 1 / scale) < MOST_SCALE))
    return TRUE;
  _pmt_search_range_full (&range);
  range.scales = 0;
  for (int k = -1; k <= 1; k++)
    range.scale[range.scales++] = scale * pow (1.06, k);
  range.size = overview_for (OVERVIEW, scale);
  return search_and_keep (f, &range, KEEP_NEAR, error);
}

static gboolean
propose_by_features (Finder *f, GError **error)
{
  return _pmt_feature_poses (f->context, f->fixed, f->moving, f->poses, error);
}

static gboolean
propose_anywhere (Finder *f, GError **error)
{
  PmtSearchRange range = { .size = OVERVIEW, .min_overlap = MIN_OVERLAP, .proposer = "search over all poses" };

  _pmt_search_range_full (&range);
  return search_and_keep (f, &range, KEEP_FULL, error);
}

static gboolean
propose_by_tilted_views (Finder *f, GError **error)
{
  return _pmt_tilted_poses (f->context, f->fixed, f->moving, f->poses, error);
}

/* A plane that one image shows from the side, of unlike kinds: the field search with the other image squeezed. */
static gboolean
propose_aside (Finder *f, GError **error)
{
  PmtSearchRange     range = { .size = OVERVIEW, .min_overlap = MIN_OVERLAP, .proposer = "search from aside" };
  g_autoptr (GArray) poses = g_array_new (FALSE, TRUE, sizeof (PmtPose));
  double             angle, scale;

  angle_and_scale (f, &f->initial, &angle, &scale);
  for (int k = 0; k < 2 * ASIDE; k++)
    {
      /* half way between frames that hold the same part of the object and frames of the same scale */
      double frame = pow (ASIDE_TILT, k % 2 ? -0.25 : 0.25);

      range.squeeze = (PmtSqueeze) { ASIDE_TILT, k / 2 * G_PI / ASIDE, k % 2 };
      _pmt_search_range_around (&range, angle, G_PI / 22, 2, scale * frame, 1.13, 2);
      if (!_pmt_field_search (f->context, f->fixed, f->moving, &range, poses, error))
        return FALSE;
    }
  keep_best (f, poses, KEEP_FULL);
  return TRUE;
}

typedef struct
{
  const char *name;
  int         round;
  PmtSearch   narrowest;      /* search that it is part of */
  const char *stage;
  double      from, to;       /* share of the finder's time */
  gboolean  (*propose) (Finder *finder, GError **error);
} Proposer;

static const Proposer proposers[] = {
  { "initial", 0, PMT_SEARCH_LOCAL,   "trying the present placement", 0.00, 0.02, propose_initial },
  { "features", 0, PMT_SEARCH_UPRIGHT, "matching details",             0.02, 0.15, propose_by_features },
  { "near-initial", 1, PMT_SEARCH_LOCAL,   "searching nearby",             0.25, 0.32, propose_near_initial },
  { "equal-area", 1, PMT_SEARCH_UPRIGHT, "searching nearby",             0.32, 0.36, propose_equal_area },
  { "resolution", 1, PMT_SEARCH_FRONTAL, "searching nearby",             0.36, 0.40, propose_by_resolution },
  { "anywhere", 2, PMT_SEARCH_FRONTAL, "searching all poses",          0.50, 0.70, propose_anywhere },
  { "aside", 3, PMT_SEARCH_AUTO, "trying oblique views", 0.70, 0.75, propose_aside },
  { "tilted-views", 3, PMT_SEARCH_AUTO,    "trying oblique views",         0.75, 0.95, propose_by_tilted_views },
};

#define ROUNDS 4

/* -- ranking -- */

/* A second look round a guess, at finer steps; the guess itself where that leads elsewhere. */
static gboolean
look_closer (Finder *f, PmtPose *pose, GError **error)
{
  PmtMatrix3         around = pose->matrix;
  PmtSearchRange     range = { .size = overview_for (CLOSER, pose->scale), .min_overlap = MIN_OVERLAP, .around = &around,
                               .reach = (int) (SAME_PLACE * CLOSER), .squeeze = pose->squeeze, .proposer = pose->proposer };
  double             limit = SAME_PLACE * hypot (f->moving->width, f->moving->height);
  g_autoptr (GArray) poses = g_array_new (FALSE, TRUE, sizeof (PmtPose));

  _pmt_search_range_around (&range, pose->angle, G_PI / 60, 1, pose->scale, 1.04, 1);
  if (!_pmt_field_search (f->context, f->fixed, f->moving, &range, poses, error))
    return FALSE;
  _pmt_poses_distinct (poses, size_of (f->fixed), size_of (f->moving), 8);
  for (guint i = 0; i < poses->len; i++)
    if (_pmt_pose_distance (&pose->matrix, &g_array_index (poses, PmtPose, i).matrix, size_of (f->fixed)) < limit)
      {
        *pose = g_array_index (poses, PmtPose, i);
        break;
      }
  return TRUE;
}

typedef struct { int size, radius; PmtModel model; gboolean repeat; } Step;

static const Step rank_steps[] = {
  { 192, 10, PMT_MODEL_SIMILARITY, FALSE },
  { 192, 6, PMT_MODEL_AFFINE, FALSE },
};

static const Step refine_steps[] = {
  { 256, 7, PMT_MODEL_AFFINE, FALSE },
  { 256, 7, PMT_MODEL_HOMOGRAPHY, TRUE },
  { 512, 6, PMT_MODEL_HOMOGRAPHY, FALSE },
};

/* Moves the pose by what the tiles say at one level; FALSE (without error) when they say nothing. */
static gboolean
improve (Finder *f, PmtMatrix3 *matrix, const Step *step, double *moved, GError **error)
{
  g_autoptr (PmtVolume) volume = _pmt_score_volume (f->context, f->fixed, f->moving, matrix, step->size, step->radius,
                                                    error);
  PmtSoftFit            fit;

  if (volume == NULL || !_pmt_soft_fit (volume, at_most (f->model, step->model), NULL, &fit))
    return FALSE;
  *moved = fit.moved;
  return _pmt_soft_fit_apply (&fit, volume, matrix);
}

static gboolean
run_steps (Finder *f, PmtMatrix3 *matrix, const Step *steps, int n, GError **error)
{
  for (int s = 0; s < n; s++)
    for (int repeat = 0; repeat < (steps[s].repeat ? REPEATS : 1); repeat++)
      {
        double moved;

        if (!improve (f, matrix, &steps[s], &moved, error))
          return FALSE;
        if (moved < SETTLED)
          break;
      }
  return TRUE;
}

static gboolean
is_sane (const Finder *f, const PmtMatrix3 *matrix)
{
  PmtOverlap overlap;

  return _pmt_pose_overlap (matrix, size_of (f->fixed), size_of (f->moving), &overlap)
         && _pmt_pose_is_sane (matrix, &overlap.box);
}

/* Matched keypoints vouch for a pose where its overlap holds too few tiles. */
static gboolean
is_vouched_for (const PmtPose *pose)
{
  return pose->matches > SURE;
}

/* One step of the ranking for one pose: improve it, and score it where the step's own volume says it now is. */
static gboolean
rank_step (int index, int thread, gpointer data, GError **error)
{
  Finder               *f = data;
  PmtPose              *pose = &g_array_index (f->poses, PmtPose, index);
  const Step           *step = &rank_steps[f->rank_step];
  g_autoptr (GError)    problem = NULL;
  g_autoptr (PmtVolume) volume = NULL;
  PmtMatrix3            improved = pose->matrix;
  PmtSoftFit            fit;

  pose->rank = is_vouched_for (pose) ? 0 : UNRANKED;
  if (is_sane (f, &pose->matrix))
    volume = _pmt_score_volume (f->context, f->fixed, f->moving, &pose->matrix, step->size, step->radius, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (volume == NULL || !_pmt_soft_fit (volume, at_most (f->model, step->model), NULL, &fit)
      || !_pmt_soft_fit_apply (&fit, volume, &improved) || !is_sane (f, &improved))
    return TRUE;
  pose->matrix = improved;
  pose->rank = _pmt_support (volume, &fit, NULL);
  return TRUE;
}

static int
by_rank (gconstpointer a, gconstpointer b)
{
  double p = ((const PmtPose *) a)->rank, q = ((const PmtPose *) b)->rank;

  return (p < q) - (p > q);
}

static double
support_of (const Candidate *c)
{
  return c->evidence.support + MIN (c->pose.matches, MAX_NATS) / NATS;
}

static int
by_support (gconstpointer a, gconstpointer b)
{
  double p = support_of (a), q = support_of (b);

  return (p < q) - (p > q);
}

static gboolean
refine_pose (Finder *f, const PmtPose *pose, GError **error)
{
  g_autoptr (GError) problem = NULL;
  Candidate          candidate = { .pose = *pose };
  gboolean           ok;

  ok = run_steps (f, &candidate.pose.matrix, refine_steps, G_N_ELEMENTS (refine_steps), &problem)
       && is_sane (f, &candidate.pose.matrix)
       && _pmt_evidence (f->context, f->fixed, f->moving, &candidate.pose.matrix, &candidate.evidence, &problem);
  if (!ok && problem == NULL && is_vouched_for (pose))
    {
      candidate = (Candidate) { .pose = *pose, .evidence = { .halves = 100, .misfit = 100, .level_scale = 1 } };
      _pmt_evidence (f->context, f->fixed, f->moving, &pose->matrix, &candidate.evidence, &problem);
      ok = TRUE;
    }
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (ok)
    g_array_append_val (f->refined, candidate);
  return TRUE;
}

/* Good enough to leave the rest of the poses unsearched; judge/ decides what to call it. */
static gboolean
is_convincing (const PmtEvidence *e)
{
  return e->halves < 2.5 && e->peak_margin > 2.5 && e->support / sqrt (e->tiles) > 0.35;
}

/* A second look, ranking, and refinement of the best: from the guesses in f->poses to candidates in f->refined. */
static gboolean
examine (Finder *f, GError **error)
{
  for (guint i = 0; i < f->poses->len; i++)
    if (g_array_index (f->poses, PmtPose, i).score > 0
        && !look_closer (f, &g_array_index (f->poses, PmtPose, i), error))
      return FALSE;
  for (f->rank_step = 0; f->rank_step < (int) G_N_ELEMENTS (rank_steps); f->rank_step++)
    {
      if (!pmt_parallel_for (f->context, f->poses->len, rank_step, f, error))
        return FALSE;
      g_array_sort (f->poses, by_rank);
      g_array_set_size (f->poses, MIN (f->poses->len, RANKED));
    }
  for (guint i = 0; i < f->poses->len && i < REFINED; i++)
    if (g_array_index (f->poses, PmtPose, i).rank > UNRANKED
        && !refine_pose (f, &g_array_index (f->poses, PmtPose, i), error))
      return FALSE;
  g_array_sort (f->refined, by_support);
  return TRUE;
}

static gboolean
run_round (Finder *f, int round, PmtSearch search, GError **error)
{
  gboolean any = FALSE;
  double   to = 0;

  g_array_set_size (f->poses, 0);
  for (gsize p = 0; p < G_N_ELEMENTS (proposers); p++)
    {
      if (proposers[p].round != round || search > proposers[p].narrowest)
        continue;
      pmt_context_stage (f->context, proposers[p].stage, JOB_FROM + JOB_SHARE * proposers[p].from,
                         JOB_FROM + JOB_SHARE * proposers[p].to);
      to = proposers[p].to;
      if (!proposers[p].propose (f, error))
        return FALSE;
      any = TRUE;
    }
  pmt_context_stage (f->context, "comparing placements", JOB_FROM + JOB_SHARE * to, JOB_FROM + JOB_SHARE * to);
  return !any || examine (f, error);
}

/* Does the object look the same a little further on? The winner's own angle and scale, all shifts: the best shift that
 * means something else is refined and judged like any guess. What repeats (weave, tiles, halftone, a cradle) shows here
 * even when the first guess was convincing and nothing else was searched. */
static gboolean
challenge (Finder *f, GError **error)
{
  const PmtMatrix3   best = g_array_index (f->refined, Candidate, 0).pose.matrix;
  const char        *proposer = g_array_index (f->refined, Candidate, 0).pose.proposer;
  PmtPose           *winner;
  PmtSearchRange     range = { .size = OVERVIEW, .min_overlap = MIN_OVERLAP, .proposer = "rival of the first" };
  g_autoptr (GArray) poses = g_array_new (FALSE, TRUE, sizeof (PmtPose));
  double             angle, scale, limit = DIFFERENT * hypot (f->moving->width, f->moving->height), top = 0;

  angle_and_scale (f, &best, &angle, &scale);
  _pmt_search_range_around (&range, angle, 0, 0, scale, 1, 0);
  if (!_pmt_field_search (f->context, f->fixed, f->moving, &range, poses, error))
    return FALSE;
  g_array_set_size (f->poses, 0);
  for (guint i = 0; i < poses->len; i++)
    top = MAX (top, g_array_index (poses, PmtPose, i).score);
  for (guint i = 0; i < poses->len; i++)
    {
      PmtPose *rival = &g_array_index (poses, PmtPose, i);

      if (rival->score > RIVAL * top && _pmt_pose_distance (&best, &rival->matrix, size_of (f->fixed)) > limit)
        g_array_append_val (f->poses, *rival);
    }
  if (f->poses->len > 0 && !examine (f, error))
    return FALSE;
  winner = &g_array_index (f->refined, Candidate, 0).pose;
  if (_pmt_pose_distance (&best, &winner->matrix, size_of (f->fixed)) <= limit)    /* the rival became the first */
    winner->proposer = proposer;
  return TRUE;
}

static void
report_best (const Finder *f, PmtFound *found)
{
  const Candidate *best = &g_array_index (f->refined, Candidate, 0);
  double           limit = DIFFERENT * hypot (f->moving->width, f->moving->height);

  found->matrix = best->pose.matrix;
  found->evidence = best->evidence;
  found->proposer = best->pose.proposer;
  found->matches = best->pose.matches;
  found->second_support = 0;
  for (guint i = 1; i < f->refined->len; i++)
    {
      const Candidate *other = &g_array_index (f->refined, Candidate, i);

      if (_pmt_pose_distance (&best->pose.matrix, &other->pose.matrix, size_of (f->fixed)) > limit)
        found->second_support = MAX (found->second_support, other->evidence.support);
    }
}

gboolean
_pmt_find_pose (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *initial,
                PmtSearch search, PmtModel model, PmtFound *found, GError **error)
{
  Finder   f = { .context = context, .fixed = fixed, .moving = moving, .initial = *initial, .model = model };
  gboolean ok = TRUE;

  f.poses = g_array_new (FALSE, TRUE, sizeof (PmtPose));
  f.refined = g_array_new (FALSE, TRUE, sizeof (Candidate));
  for (int round = 0; ok && round < ROUNDS; round++)
    {
      ok = run_round (&f, round, search, error);
      if (f.refined->len > 0 && is_convincing (&g_array_index (f.refined, Candidate, 0).evidence))
        break;
    }
  ok = ok && f.refined->len > 0 && challenge (&f, error);
  if (ok)
    report_best (&f, found);
  g_array_unref (f.poses);
  g_array_unref (f.refined);
  return ok;
}

int
_pmt_proposers (void)
{
  return G_N_ELEMENTS (proposers);
}

const char *
_pmt_proposer_name (int proposer)
{
  return proposers[proposer].name;
}

gboolean
_pmt_propose (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *initial, int proposer,
              GArray *poses, GError **error)
{
  Finder f = { .context = context, .fixed = fixed, .moving = moving, .initial = *initial, .poses = poses };

  return proposers[proposer].propose (&f, error);
}
