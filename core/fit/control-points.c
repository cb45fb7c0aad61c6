/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models through control points. Every global model is closed under composition with its own small motions, so one
 * Gauss–Newton serves all: residuals e_i = q_i − H p_i, small motion G(c) about H p_i in the moving frame,
 *
 *     (Σ Bᵢᵀ Wᵢ Bᵢ) c = Σ Bᵢᵀ Wᵢ eᵢ,    H ← G(c)·H,    Wᵢ = wᵢ·(Cᵢ + τ² I)⁻¹
 *
 * τ² is what the residuals scatter beyond the points' covariances (a random-effects model: parallax, local
 * deformation, optimism), wᵢ = 1/(1 + (dᵢ/2.4)²) with dᵢ the residual in standard deviations. */
#include "fit/control-points-private.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/select-private.h"
#include "fit/motion-private.h"

#define ITERATIONS   10
#define CAUCHY       2.4
#define REJECT       6.0      /* standard deviations */
#define INLIER       3.0
#define PATIENCE     0.01     /* a stiffer model may be this much worse … */
#define SLACK        0.003    /* … and this many px */
#define SMALLEST     1e-4     /* px: no point is surer than this */
#define PART_POINTS  8        /* of the jackknife, about */
#define LEAST_PARTS  3        /* a side */
#define MOST_PARTS   7

static PmtControlPoint *
point_at (const GArray *points, guint i)
{
  return &g_array_index (points, PmtControlPoint, i);
}

void
_pmt_control_point_spread (PmtControlPoint *point, double xx, double xy, double yy, double j[2][2])
{
  point->cxx = j[0][0] * (j[0][0] * xx + 2 * j[0][1] * xy) + j[0][1] * j[0][1] * yy;
  point->cxy = j[0][0] * j[1][0] * xx + (j[0][0] * j[1][1] + j[0][1] * j[1][0]) * xy + j[0][1] * j[1][1] * yy;
  point->cyy = j[1][0] * (j[1][0] * xx + 2 * j[1][1] * xy) + j[1][1] * j[1][1] * yy;
}

/* -- closed forms -- */

gboolean
_pmt_model_closed_form (PmtModel model, const GArray *points, PmtMatrix3 *matrix)
{
  double fx = 0, fy = 0, mx = 0, my = 0, n = points->len, dot = 0, cross = 0, square = 0;
  double a = 1, b = 0;

  if (n < (model == PMT_MODEL_TRANSLATION ? 1 : 2))
    return FALSE;
  for (guint i = 0; i < points->len; i++)
    {
      const PmtControlPoint *p = point_at (points, i);

      fx += p->fixed.x / n, fy += p->fixed.y / n;
      mx += p->moving.x / n, my += p->moving.y / n;
    }
  for (guint i = 0; i < points->len; i++)
    {
      const PmtControlPoint *p = point_at (points, i);
      double                 u = p->fixed.x - fx, v = p->fixed.y - fy, s = p->moving.x - mx, t = p->moving.y - my;

      dot += u * s + v * t;
      cross += u * t - v * s;
      square += u * u + v * v;
    }
  if (model != PMT_MODEL_TRANSLATION)
    {
      double length = hypot (dot, cross);

      if (!(square > 0) || !(length > 0))
        return FALSE;
      a = dot / (model == PMT_MODEL_RIGID ? length : square);
      b = cross / (model == PMT_MODEL_RIGID ? length : square);
    }
  *matrix = (PmtMatrix3) { { { a, -b, mx - a * fx + b * fy }, { b, a, my - b * fx - a * fy }, { 0, 0, 1 } } };
  return TRUE;
}

/* -- Gauss–Newton -- */

typedef struct
{
  PmtModel   model;
  GArray    *points;
  int        leave_out;
  PmtSize    moving;
  int        size;
  PmtMatrix3 matrix;
  double     spread;
} Solver;

static gboolean
is_used (const Solver *s, guint i)
{
  return point_at (s->points, i)->fold != s->leave_out;
}

static void
find_residuals (Solver *s)
{
  for (guint i = 0; i < s->points->len; i++)
    {
      PmtControlPoint *p = point_at (s->points, i);
      PmtPoint         q = pmt_matrix3_map (&s->matrix, p->fixed);

      p->residual = (PmtPoint) { p->moving.x - q.x, p->moving.y - q.y };
    }
}

void
_pmt_control_point_information (const PmtControlPoint *p, double spread, double w[3])
{
  double xx = p->cxx + spread * spread + SMALLEST * SMALLEST, yy = p->cyy + spread * spread + SMALLEST * SMALLEST;
  double determinant = xx * yy - p->cxy * p->cxy;

  w[0] = yy / determinant;
  w[1] = -p->cxy / determinant;
  w[2] = xx / determinant;
}

double
_pmt_control_point_distance (const PmtControlPoint *p, double spread)
{
  double w[3];

  _pmt_control_point_information (p, spread, w);
  return sqrt (MAX (w[0] * p->residual.x * p->residual.x + 2 * w[1] * p->residual.x * p->residual.y
                    + w[2] * p->residual.y * p->residual.y, 0));
}

/* One step towards the τ at which half of the residuals lie within the median of a two-dimensional Gaussian, 1.386
 * squared standard deviations: the variances c + τ² grow by as much as the squares are too large. */
static void
find_spread (Solver *s)
{
  g_autofree double *squares = g_new (double, s->points->len), *variances = g_new (double, s->points->len);
  double             variance, excess;
  int                n = 0;

  for (guint i = 0; i < s->points->len; i++)
    if (is_used (s, i))
      {
        const PmtControlPoint *p = point_at (s->points, i);
        double                 d = _pmt_control_point_distance (p, s->spread);

        squares[n] = isfinite (d) ? d * d : HUGE_VAL;
        variances[n++] = 0.5 * (p->cxx + p->cyy);
      }
  excess = MIN (_pmt_quantile (squares, n, 0.5) / 1.386, 1e30);
  variance = _pmt_quantile (variances, n, 0.5);
  s->spread = sqrt (MAX (excess * (variance + s->spread * s->spread) - variance, 0));
}

static void
find_weights (Solver *s)
{
  for (guint i = 0; i < s->points->len; i++)
    {
      PmtControlPoint *p = point_at (s->points, i);
      double           d = _pmt_control_point_distance (p, s->spread);

      p->weight = d < REJECT ? 1 / (1 + d * d / (CAUCHY * CAUCHY)) : 0;
      if (!isfinite (d))
        p->weight = 0;
    }
}

/* Adds a point's Bᵀ W B to a and Bᵀ W e to b. */
static void
add_equations (const Solver *s, const PmtControlPoint *p, double *a, double *b)
{
  double   x[PMT_MOTION_MAX], y[PMT_MOTION_MAX], w[3];
  PmtPoint q = { p->moving.x - p->residual.x, p->moving.y - p->residual.y };

  _pmt_control_point_information (p, s->spread, w);
  _pmt_motion_basis (q, s->moving.width, s->moving.height, x, y);
  for (int k = 0; k < s->size; k++)
    {
      double wx = p->weight * (w[0] * x[k] + w[1] * y[k]), wy = p->weight * (w[1] * x[k] + w[2] * y[k]);

      b[k] += wx * p->residual.x + wy * p->residual.y;
      for (int l = 0; l < s->size; l++)
        a[k * s->size + l] += wx * x[l] + wy * y[l];
    }
}

static int
normal_equations (Solver *s, double *a, double *b)
{
  int used = 0;

  memset (a, 0, s->size * s->size * sizeof *a);
  memset (b, 0, s->size * sizeof *b);
  for (guint i = 0; i < s->points->len; i++)
    if (is_used (s, i) && point_at (s->points, i)->weight > 0)
      {
        add_equations (s, point_at (s->points, i), a, b);
        used++;
      }
  return used;
}

static gboolean
step (Solver *s)
{
  double     a[PMT_MOTION_MAX * PMT_MOTION_MAX], c[PMT_MOTION_MAX];
  PmtMatrix3 motion;

  if (normal_equations (s, a, c) * 2 < 2 * s->size
      || LAPACKE_dposv (LAPACK_ROW_MAJOR, 'L', s->size, 1, a, s->size, c, 1) != 0
      || !_pmt_motion_matrix (c, s->size, s->moving.width, s->moving.height, &motion))
    return FALSE;
  if (s->model == PMT_MODEL_RIGID)     /* back onto the rotations, the centre kept where the step put it */
    {
      double   length = hypot (motion.m[0][0], motion.m[1][0]);
      PmtPoint centre = { s->moving.width / 2.0, s->moving.height / 2.0 }, to = pmt_matrix3_map (&motion, centre);

      for (int k = 0; k < 2; k++)
        for (int l = 0; l < 2; l++)
          motion.m[k][l] /= length;
      motion.m[0][2] = to.x - motion.m[0][0] * centre.x - motion.m[0][1] * centre.y;
      motion.m[1][2] = to.y - motion.m[1][0] * centre.x - motion.m[1][1] * centre.y;
    }
  s->matrix = pmt_matrix3_then (&s->matrix, &motion);
  s->matrix = pmt_matrix3_normalised (&s->matrix);
  return pmt_matrix3_is_finite (&s->matrix);
}

/* -- the coefficients' covariance -- */

/* Which of side × side parts of the points' frame a point lies in. */
static int
part_of (const PmtControlPoint *p, const PmtPoint *from, const PmtPoint *to, int side)
{
  int c = (int) (side * (p->fixed.x - from->x) / MAX (to->x - from->x, 1e-9));
  int r = (int) (side * (p->fixed.y - from->y) / MAX (to->y - from->y, 1e-9));

  return CLAMP (r, 0, side - 1) * side + CLAMP (c, 0, side - 1);
}

/* Each part's share of the normal equations, side² times size·size + size numbers. */
static double *
equations_by_part (Solver *s, int side)
{
  int      each = s->size * s->size + s->size;
  double  *sums = g_new0 (double, side * side * each);
  PmtPoint from = { INFINITY, INFINITY }, to = { -INFINITY, -INFINITY };

  for (guint i = 0; i < s->points->len; i++)
    {
      const PmtControlPoint *p = point_at (s->points, i);

      from = (PmtPoint) { MIN (from.x, p->fixed.x), MIN (from.y, p->fixed.y) };
      to = (PmtPoint) { MAX (to.x, p->fixed.x), MAX (to.y, p->fixed.y) };
    }
  for (guint i = 0; i < s->points->len; i++)
    {
      const PmtControlPoint *p = point_at (s->points, i);
      double                *sum = sums + part_of (p, &from, &to, side) * each;

      if (is_used (s, i) && p->weight > 0)
        add_equations (s, p, sum, sum + s->size * s->size);
    }
  return sums;
}

/* Delete-a-part jackknife (Quenouille; Efron 1982): what the bootstrap over parts comes to when their number grows,
 * without its chance. Parts are large against the points' spacing, so that neighbours that err together count once.
 * A step from the full solution stands for each fit without a part. FALSE when a part holds what the others lack. */
static gboolean
find_covariance (Solver *s, double *covariance)
{
  int                n = s->size, parts = 0, each = n * n + n;
  int                side = CLAMP ((int) sqrt (s->points->len / PART_POINTS), LEAST_PARTS, MOST_PARTS);
  g_autofree double *sums = equations_by_part (s, side), *c = g_new0 (double, side * side * n);
  double             all[PMT_MOTION_MAX * PMT_MOTION_MAX + PMT_MOTION_MAX] = { 0 }, mean[PMT_MOTION_MAX] = { 0 };

  for (int k = 0; k < side * side; k++)
    for (int i = 0; i < each; i++)
      all[i] += sums[k * each + i];
  for (int k = 0; k < side * side; k++)
    {
      double *rest = sums + k * each, *x = c + parts * n;

      if (!(rest[0] > 0))
        continue;
      for (int i = 0; i < each; i++)
        rest[i] = all[i] - rest[i];
      memcpy (x, rest + n * n, n * sizeof *x);
      if (LAPACKE_dposv (LAPACK_ROW_MAJOR, 'L', n, 1, rest, n, x, 1) != 0)
        return FALSE;
      for (int i = 0; i < n; i++)
        mean[i] += x[i];
      parts++;
    }
  if (parts < 2)
    return FALSE;
  memset (covariance, 0, n * n * sizeof *covariance);
  for (int k = 0; k < parts; k++)
    for (int i = 0; i < n; i++)
      for (int j = 0; j < n; j++)
        covariance[i * n + j] += (c[k * n + i] - mean[i] / parts) * (c[k * n + j] - mean[j] / parts)
                                 * (parts - 1) / parts;
  return TRUE;
}

/* Where to begin: a member of the class that is near `start`. */
static gboolean
begin (Solver *s, const PmtMatrix3 *start)
{
  s->matrix = *start;
  if (s->model == PMT_MODEL_HOMOGRAPHY)
    return TRUE;
  g_autoptr (GArray) mapped = g_array_new (FALSE, TRUE, sizeof (PmtControlPoint));

  for (guint i = 0; i < s->points->len; i++)
    {
      PmtControlPoint p = { .fixed = point_at (s->points, i)->fixed };

      p.moving = pmt_matrix3_map (start, p.fixed);
      if (!isnan (p.moving.x))
        g_array_append_val (mapped, p);
    }
  return _pmt_model_closed_form (s->model, mapped, &s->matrix);
}

gboolean
_pmt_model_fit (PmtModel model, GArray *points, int leave_out, const PmtMatrix3 *start, PmtSize moving,
                PmtModelFit *fit)
{
  Solver s = { model, points, leave_out, moving, _pmt_motion_size (model), *start, 0 };
  int    available = 0;

  for (guint i = 0; i < points->len; i++)
    available += is_used (&s, i);
  if (available < 2 * s.size || !begin (&s, start))
    return FALSE;
  find_residuals (&s);
  for (int i = 0; i < ITERATIONS; i++)
    {
      find_spread (&s);
      find_weights (&s);
      if (!step (&s))
        return FALSE;
      find_residuals (&s);
    }
  find_spread (&s);
  find_weights (&s);
  fit->matrix = s.matrix;
  fit->spread = s.spread;
  fit->size = s.size;
  fit->inliers = 0;
  for (guint i = 0; i < points->len; i++)
    fit->inliers += is_used (&s, i) && _pmt_control_point_distance (point_at (points, i), s.spread) < INLIER;
  return find_covariance (&s, fit->covariance);
}

/* -- choosing -- */

/* Mean held-out residual, px; each limited to five times the median, since what is no match shall not decide. */
static double
held_out_error (PmtModel model, GArray *points, const PmtMatrix3 *start, PmtSize moving)
{
  g_autofree double *residual = g_new (double, points->len);
  double             sum = 0, limit;
  int                n = 0;

  for (int fold = 0; fold < PMT_FOLDS; fold++)
    {
      PmtModelFit fit;

      if (!_pmt_model_fit (model, points, fold, start, moving, &fit))
        return INFINITY;
      for (guint i = 0; i < points->len; i++)
        if (point_at (points, i)->fold == fold)
          residual[n++] = hypot (point_at (points, i)->residual.x, point_at (points, i)->residual.y);
    }
  limit = 5 * _pmt_quantile (residual, n, 0.5);
  for (int i = 0; i < n; i++)
    sum += MIN (residual[i], limit);
  return sum / MAX (n, 1);
}

void
_pmt_model_try (GArray *points, PmtModel freest, const PmtMatrix3 *start, PmtSize moving, double error[PMT_MODELS])
{
  for (int m = 0; m < PMT_MODELS; m++)
    error[m] = m >= PMT_MODEL_TRANSLATION && m <= (int) freest ? held_out_error (m, points, start, moving) : NAN;
}

PmtModel
_pmt_model_supported (const double error[PMT_MODELS], PmtModel freest)
{
  double best = INFINITY;

  for (int m = PMT_MODEL_TRANSLATION; m <= (int) freest; m++)
    best = MIN (best, error[m]);
  for (int m = PMT_MODEL_TRANSLATION; m <= (int) freest; m++)
    if (error[m] <= best * (1 + PATIENCE) + SLACK)
      return m;
  return freest;
}

PmtModel
_pmt_model_choose (GArray *points, PmtModel freest, const PmtMatrix3 *start, PmtSize moving)
{
  double error[PMT_MODELS];

  _pmt_model_try (points, freest, start, moving, error);
  return _pmt_model_supported (error, freest);
}
