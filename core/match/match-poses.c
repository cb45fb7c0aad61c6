/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Poses out of matched keypoints. A match knows its own place, scale and direction, so that each one alone states a
 * similarity: the best are all tried, and none is drawn by lot. A pose is worth
 *
 *     Σ_i max (0, ln (½·A / 2πσ_i²) − e_i² / 2σ_i² + ln (U / 2πν²) − (α_i² + s_i²) / 2ν²)
 *
 * the log-likelihood under Gaussians, against uniforms, of the residuals in place e_i over the moving image of area A,
 * and in turn α_i and log scale s_i over their range U. σ_i grows with the distance from the match that a similarity
 * came from, as its scale and angle are not exact. The best ones are improved by least squares with the matches
 * weighted by their probability, σ falling, the model growing from similarity to homography as matches allow
 * (local optimisation: Chum, Matas & Kittler 2003; the score: Torr & Zisserman 2000). In the end only matches that
 * lie apart are counted, since neighbours that see the same patch of weave agree by themselves, and those at the share
 * k/n of inliers that there really is instead of ½. */
#include "match/match-poses-private.h"

#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "fit/motion-private.h"
#include "match/descriptor-match-private.h"
#include "match/pose-private.h"

#define RATIO        0.85
#define MOST_MATCHES 1500
#define NOISE        1.5      /* px: of a keypoint of the finest scale */
#define COARSE       0.25     /* σ: of a coarser one */
#define SPREAD       0.12     /* of the distance: how wrong one match's scale and angle are */
#define AGREEMENT    0.2      /* ν: radians between a match's own turn and the pose's, and log of scale */
#define AGREE_RANGE  18.8     /* U: 2π radians, a factor of 20 */
#define DISAGREEMENT 0.6      /* no match beyond */
#define SIMILARITIES 500      /* tried, of the best matches */
#define IMPROVED     24       /* of them */
#define APART        3.0      /* σ: half as far as a descriptor sees … */
#define APART_LEAST  10.0     /* … and px */
#define POSES        2
#define MIN_INLIERS  5
#define MIN_EVIDENCE 45.0     /* nats: unrelated photographs and phantoms stayed under 40 */
#define DISTINCT     0.05     /* of the moving diagonal: poses nearer than this are one */

typedef struct
{
  PmtPoint fixed, moving;     /* level px */
  double   sigma;             /* moving px: of the place */
  double   apart;             /* fixed px: matches nearer than this are not counted twice */
  double   turn, log_scale;   /* of the moving keypoint against the fixed one */
} Match;

typedef struct
{
  GArray     *matches;        /* of Match, best first */
  PmtSize     fixed, moving;  /* of the levels */
  double      log_area;       /* ln (½·A / 2π) */
  PmtMatchPose *hypothesis;
} Fit;

static Match *
match_at (const Fit *fit, guint i)
{
  return &g_array_index (fit->matches, Match, i);
}

static double
wrapped (double angle)
{
  return angle - 2 * G_PI * floor (angle / (2 * G_PI) + 0.5);
}

/* What a match's own turn and scale say for a pose of these; −INFINITY when they are against it. */
static double
agreement (const Match *m, double turn, double log_scale)
{
  double alpha = wrapped (turn - m->turn), s = log_scale - m->log_scale;

  if (fabs (alpha) > DISAGREEMENT || !(fabs (s) < DISAGREEMENT))
    return -INFINITY;
  return log (AGREE_RANGE / (2 * G_PI * AGREEMENT * AGREEMENT)) - (alpha * alpha + s * s) / (2 * AGREEMENT * AGREEMENT);
}

/* -- one match states a similarity -- */

static PmtMatrix3
similarity_of (const Match *m)
{
  double c = exp (m->log_scale) * cos (m->turn), s = exp (m->log_scale) * sin (m->turn);

  return (PmtMatrix3) { { { c, -s, m->moving.x - c * m->fixed.x + s * m->fixed.y },
                          { s, c, m->moving.y - s * m->fixed.x - c * m->fixed.y },
                          { 0, 0, 1 } } };
}

static gboolean
try_match (int index, int thread, gpointer data, GError **error)
{
  const Fit   *fit = data;
  const Match *m = match_at (fit, index);
  PmtMatchPose  *h = &fit->hypothesis[index];
  PmtMatrix3   s = similarity_of (m);
  double       scale = exp (m->log_scale);

  *h = (PmtMatchPose) { .matrix = s, .from = index };
  for (guint i = 0; i < fit->matches->len; i++)
    {
      const Match *o = match_at (fit, i);
      double       dx = s.m[0][0] * o->fixed.x + s.m[0][1] * o->fixed.y + s.m[0][2] - o->moving.x;
      double       dy = s.m[1][0] * o->fixed.x + s.m[1][1] * o->fixed.y + s.m[1][2] - o->moving.y;
      double       away = SPREAD * scale * hypot (o->fixed.x - m->fixed.x, o->fixed.y - m->fixed.y);
      double       variance = o->sigma * o->sigma + away * away, square = dx * dx + dy * dy, gain;

      if (square > 25 * variance)
        continue;
      gain = agreement (o, m->turn, m->log_scale) + fit->log_area - log (variance) - 0.5 * square / variance;
      if (gain > 0)
        {
          h->evidence += gain;
          h->inliers++;
        }
    }
  return TRUE;
}

/* -- improving -- */

/* What match i says for the pose, with σ `widen` times its own; `from`: NULL, or the match near which alone the pose is
 * known yet. Gives where the pose puts it, what is missing, and the variance that was assumed. */
static double
gain_of (const Fit *fit, const PmtMatrix3 *matrix, double widen, const Match *from, const Match *m, PmtPoint *at,
         PmtPoint *shift, double *variance)
{
  double j[2][2], gain;

  *at = *shift = (PmtPoint) { 0, 0 };
  *variance = widen * widen * m->sigma * m->sigma;
  if (!pmt_matrix3_jacobian (matrix, m->fixed, j))
    return -INFINITY;
  *at = pmt_matrix3_map (matrix, m->fixed);
  *shift = (PmtPoint) { m->moving.x - at->x, m->moving.y - at->y };
  if (from != NULL)
    {
      double away = SPREAD * exp (from->log_scale) * hypot (m->fixed.x - from->fixed.x, m->fixed.y - from->fixed.y);

      *variance += away * away;
    }
  gain = fit->log_area - log (*variance) - 0.5 * (shift->x * shift->x + shift->y * shift->y) / *variance;
  if (gain > -10)       /* cheap first */
    gain += agreement (m, atan2 (j[1][0] - j[0][1], j[0][0] + j[1][1]),
                       0.5 * log (fabs (j[0][0] * j[1][1] - j[0][1] * j[1][0])));
  return gain;
}

/* Sets weights to the probability of each match over its variance. Returns the evidence. */
static double
weigh_matches (const Fit *fit, const PmtMatrix3 *matrix, double widen, const Match *from, PmtPoint *at, PmtPoint *shift,
               double *weight, int *inliers)
{
  double evidence = 0;

  *inliers = 0;
  for (guint i = 0; i < fit->matches->len; i++)
    {
      double variance, gain = gain_of (fit, matrix, widen, from, match_at (fit, i), &at[i], &shift[i], &variance);

      weight[i] = gain > -8 ? 1 / (variance * (1 + exp (-gain))) : 0;
      if (gain > 0)
        {
          evidence += gain;
          (*inliers)++;
        }
    }
  return evidence;
}

/* Evidence and inliers from matches that see different things; the best ones come first in the list. */
static void
count_independent (const Fit *fit, PmtMatchPose *h)
{
  g_autoptr (GPtrArray) counted = g_ptr_array_new ();
  double                n = fit->matches->len;

  h->evidence = 0;
  for (guint i = 0; i < fit->matches->len; i++)
    {
      Match   *m = match_at (fit, i);
      PmtPoint at, shift;
      double   variance, gain = gain_of (fit, &h->matrix, 1, NULL, m, &at, &shift, &variance);
      gboolean is_apart = gain > 0;

      for (guint k = 0; k < counted->len && is_apart; k++)
        {
          const Match *o = counted->pdata[k];

          is_apart = hypot (m->fixed.x - o->fixed.x, m->fixed.y - o->fixed.y) > MAX (m->apart, o->apart);
        }
      if (is_apart)
        {
          g_ptr_array_add (counted, m);
          h->evidence += gain;
        }
    }
  h->inliers = (int) counted->len;
  if (h->inliers > 0)
    h->evidence -= h->inliers * (log (0.5 * n / h->inliers) + 1);
}

/* Least squares for a small motion of the moving level, composed onto the pose. */
static gboolean
move_by_matches (const Fit *fit, PmtMatrix3 *matrix, int size, const PmtPoint *at, const PmtPoint *shift,
                 const double *weight)
{
  double     c[PMT_MOTION_MAX];
  PmtMatrix3 motion;

  if (!_pmt_motion_solve ((int) fit->matches->len, at, shift, weight, fit->moving.width, fit->moving.height, size,
                          0.1 * MAX (fit->moving.width, fit->moving.height), 1, c)
      || !_pmt_motion_matrix (c, size, fit->moving.width, fit->moving.height, &motion))
    return FALSE;
  *matrix = pmt_matrix3_then (matrix, &motion);
  *matrix = pmt_matrix3_normalised (matrix);
  return pmt_matrix3_is_finite (matrix);
}

typedef struct { double widen; int size; gboolean near; } Step;

/* From what is known near one match to the whole image. */
static const Step steps[] = {
  { 1, 4, TRUE }, { 8, 4, FALSE }, { 8, 6, FALSE }, { 6, 6, FALSE }, { 5, 8, FALSE }, { 4, 8, FALSE },
  { 3, 8, FALSE }, { 2, 8, FALSE }, { 1.5, 8, FALSE }, { 1, 8, FALSE }, { 1, 8, FALSE },
};

static gboolean
improve (int index, int thread, gpointer data, GError **error)
{
  const Fit           *fit = data;
  PmtMatchPose          *h = &fit->hypothesis[index];
  guint                n = fit->matches->len;
  g_autofree PmtPoint *at = g_new (PmtPoint, n), *shift = g_new (PmtPoint, n);
  g_autofree double   *weight = g_new (double, n);
  const Match         *from = match_at (fit, h->from);

  h->evidence = 0;
  for (gsize s = 0; s < G_N_ELEMENTS (steps); s++)
    {
      int inliers, size;

      weigh_matches (fit, &h->matrix, steps[s].widen, steps[s].near ? from : NULL, at, shift, weight, &inliers);
      size = MIN (steps[s].size, inliers >= 8 ? 8 : inliers >= 5 ? 6 : 4);
      if (inliers < 3 || !move_by_matches (fit, &h->matrix, size, at, shift, weight))
        {
          h->evidence = 0;
          return TRUE;
        }
    }
  h->evidence = weigh_matches (fit, &h->matrix, 1, NULL, at, shift, weight, &h->inliers);
  return TRUE;
}

int
_pmt_match_poses_order (gconstpointer a, gconstpointer b)
{
  const PmtMatchPose *p = a, *q = b;

  return (p->evidence < q->evidence) - (p->evidence > q->evidence);
}

/* The first IMPROVED of the n similarities, sorted, that say something new go to the front. */
static int
keep_distinct (Fit *fit, int n)
{
  double limit = DISTINCT * hypot (fit->moving.width, fit->moving.height);
  int    kept = 0;

  qsort (fit->hypothesis, n, sizeof *fit->hypothesis, _pmt_match_poses_order);
  for (int i = 0; i < n && kept < IMPROVED; i++)
    {
      gboolean is_new = fit->hypothesis[i].inliers >= 3;

      for (int k = 0; k < kept && is_new; k++)
        is_new = _pmt_pose_distance (&fit->hypothesis[i].matrix, &fit->hypothesis[k].matrix, fit->fixed) > limit;
      if (is_new)
        fit->hypothesis[kept++] = fit->hypothesis[i];
    }
  return kept;
}

static gboolean
is_sane (const Fit *fit, const PmtMatrix3 *matrix)
{
  PmtOverlap overlap;

  return _pmt_pose_overlap (matrix, fit->fixed, fit->moving, &overlap) && _pmt_pose_is_sane (matrix, &overlap.box);
}

/* The best sane pose; evidence 0 when there is none. */
static gboolean
find_best (PmtContext *context, Fit *fit, PmtMatchPose *best, GError **error)
{
  int n = MIN ((int) fit->matches->len, SIMILARITIES), kept;

  *best = (PmtMatchPose) { .evidence = 0 };
  if (n < MIN_INLIERS)
    return TRUE;
  if (!pmt_parallel_for (context, n, try_match, fit, error))
    return FALSE;
  kept = keep_distinct (fit, n);
  if (!pmt_parallel_for (context, kept, improve, fit, error))
    return FALSE;
  qsort (fit->hypothesis, kept, sizeof *fit->hypothesis, _pmt_match_poses_order);
  for (int k = 0; k < kept && fit->hypothesis[k].evidence > 0; k++)
    {
      PmtMatchPose *h = &fit->hypothesis[k];

      if (!is_sane (fit, &h->matrix))
        continue;
      count_independent (fit, h);
      if (h->inliers >= MIN_INLIERS && h->evidence >= MIN_EVIDENCE && h->evidence > best->evidence)
        *best = *h;
    }
  return TRUE;
}

/* Takes out what the pose explains, generously. */
static void
remove_explained (Fit *fit, const PmtMatrix3 *matrix)
{
  guint kept = 0;

  for (guint i = 0; i < fit->matches->len; i++)
    {
      const Match *m = match_at (fit, i);
      PmtPoint     p = pmt_matrix3_map (matrix, m->fixed);

      if (!(hypot (p.x - m->moving.x, p.y - m->moving.y) < 8 * m->sigma))
        g_array_index (fit->matches, Match, kept++) = *m;
    }
  g_array_set_size (fit->matches, kept);
}

/* -- matches -- */

static GArray *
collect (const PmtKeypoints *fixed, const PmtKeypoints *moving, const GArray *pairs)
{
  GArray *matches = g_array_new (FALSE, FALSE, sizeof (Match));

  for (guint i = 0; i < MIN (pairs->len, MOST_MATCHES); i++)
    {
      const PmtDescriptorMatch *pair = &g_array_index (pairs, PmtDescriptorMatch, i);
      const PmtKeypoint        *f = &fixed->point[pair->fixed], *m = &moving->point[pair->moving];
      Match                     match = { .fixed = { f->x, f->y }, .moving = { m->x, m->y } };

      match.apart = MAX (APART * f->sigma, APART_LEAST);
      match.sigma = hypot (NOISE, COARSE * m->sigma);
      match.turn = wrapped (m->angle + (pair->turned ? G_PI : 0) - f->angle);
      match.log_scale = log (m->sigma / f->sigma);
      g_array_append_val (matches, match);
    }
  return matches;
}

gboolean
_pmt_match_poses (PmtContext *context, const PmtKeypoints *fixed, PmtSize fixed_size, const PmtKeypoints *moving,
                  PmtSize moving_size, GArray *found, GError **error)
{
  g_autoptr (GArray)       pairs = _pmt_descriptor_match (context, fixed, moving, RATIO, error);
  g_autoptr (GArray)       matches = pairs != NULL ? collect (fixed, moving, pairs) : NULL;
  g_autofree PmtMatchPose *hypotheses = matches != NULL ? g_new (PmtMatchPose, MAX (matches->len, 1)) : NULL;
  Fit                      fit = { matches, fixed_size, moving_size, .hypothesis = hypotheses };

  if (pairs == NULL)
    return FALSE;
  fit.log_area = log (0.5 * moving_size.width * moving_size.height / (2 * G_PI));
  for (int k = 0; k < POSES; k++)
    {
      PmtMatchPose best;

      if (!find_best (context, &fit, &best, error))
        return FALSE;
      if (best.evidence == 0)
        break;
      g_array_append_val (found, best);
      remove_explained (&fit, &best.matrix);
    }
  return TRUE;
}
