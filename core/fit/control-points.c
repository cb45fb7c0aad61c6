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
#define NEIGHBOURS   8
#define SMALLEST     1e-4     /* px: no point is surer than this */

static PmtControlPoint *
point_at (const GArray *points, guint i)
{
  return &g_array_index (points, PmtControlPoint, i);
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

/* (C + τ²)⁻¹ as xx, xy, yy. */
static void
information (const PmtControlPoint *p, double spread, double w[3])
{
  double xx = p->cxx + spread * spread + SMALLEST * SMALLEST, yy = p->cyy + spread * spread + SMALLEST * SMALLEST;
  double determinant = xx * yy - p->cxy * p->cxy;

  w[0] = yy / determinant;
  w[1] = -p->cxy / determinant;
  w[2] = xx / determinant;
}

static double
distance (const PmtControlPoint *p, double spread)
{
  double w[3];

  information (p, spread, w);
  return sqrt (MAX (w[0] * p->residual.x * p->residual.x + 2 * w[1] * p->residual.x * p->residual.y
                    + w[2] * p->residual.y * p->residual.y, 0));
}

/* τ from medians: the median squared residual of a two-dimensional Gaussian is 1.386 of one axis's variance. */
static void
find_spread (Solver *s)
{
  g_autofree double *squares = g_new (double, s->points->len), *variances = g_new (double, s->points->len);
  int                n = 0;

  for (guint i = 0; i < s->points->len; i++)
    if (is_used (s, i))
      {
        const PmtControlPoint *p = point_at (s->points, i);

        squares[n] = p->residual.x * p->residual.x + p->residual.y * p->residual.y;
        variances[n++] = 0.5 * (p->cxx + p->cyy);
      }
  s->spread = sqrt (MAX (_pmt_quantile (squares, n, 0.5) / 1.386 - _pmt_quantile (variances, n, 0.5), 0));
}

static void
find_weights (Solver *s)
{
  for (guint i = 0; i < s->points->len; i++)
    {
      PmtControlPoint *p = point_at (s->points, i);
      double           d = distance (p, s->spread);

      p->weight = d < REJECT ? 1 / (1 + d * d / (CAUCHY * CAUCHY)) : 0;
      if (!isfinite (d))
        p->weight = 0;
    }
}

/* Normal equations; with `meat`, the matrix Σ (BᵀWe)(BᵀWe)ᵀ of the sandwich estimate too. */
static int
normal_equations (Solver *s, double *a, double *b, double *meat)
{
  int used = 0, size = s->size;

  memset (a, 0, size * size * sizeof *a);
  memset (b, 0, size * sizeof *b);
  for (guint i = 0; i < s->points->len; i++)
    {
      const PmtControlPoint *p = point_at (s->points, i);
      double                 x[PMT_MOTION_MAX], y[PMT_MOTION_MAX], w[3], g[PMT_MOTION_MAX];
      PmtPoint               q = { p->moving.x - p->residual.x, p->moving.y - p->residual.y };

      if (!is_used (s, i) || !(p->weight > 0))
        continue;
      used++;
      information (p, s->spread, w);
      _pmt_motion_basis (q, s->moving.width, s->moving.height, x, y);
      for (int k = 0; k < size; k++)
        {
          double wx = p->weight * (w[0] * x[k] + w[1] * y[k]), wy = p->weight * (w[1] * x[k] + w[2] * y[k]);

          g[k] = wx * p->residual.x + wy * p->residual.y;
          b[k] += g[k];
          for (int l = 0; l < size; l++)
            a[k * size + l] += wx * x[l] + wy * y[l];
        }
      for (int k = 0; meat != NULL && k < size; k++)
        for (int l = 0; l < size; l++)
          meat[k * size + l] += g[k] * g[l];
    }
  return used;
}

static gboolean
step (Solver *s)
{
  double     a[PMT_MOTION_MAX * PMT_MOTION_MAX], c[PMT_MOTION_MAX];
  PmtMatrix3 motion;

  if (normal_equations (s, a, c, NULL) * 2 < 2 * s->size
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

/* A⁻¹ (Σ g gᵀ) A⁻¹: holds also where the points' covariances are optimistic. */
static gboolean
find_covariance (Solver *s, double *covariance)
{
  double a[PMT_MOTION_MAX * PMT_MOTION_MAX], b[PMT_MOTION_MAX], meat[PMT_MOTION_MAX * PMT_MOTION_MAX] = { 0 };
  int    n = s->size;

  normal_equations (s, a, b, meat);
  if (LAPACKE_dpotrf (LAPACK_ROW_MAJOR, 'L', n, a, n) != 0
      || LAPACKE_dpotrs (LAPACK_ROW_MAJOR, 'L', n, n, a, n, meat, n) != 0)
    return FALSE;
  for (int k = 0; k < n; k++)        /* (A⁻¹ M)ᵀ = M A⁻¹ */
    for (int l = 0; l < n; l++)
      covariance[k * n + l] = meat[l * n + k];
  return LAPACKE_dpotrs (LAPACK_ROW_MAJOR, 'L', n, n, a, n, covariance, n) == 0;
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
    fit->inliers += is_used (&s, i) && distance (point_at (points, i), s.spread) < INLIER;
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

/* -- how exact -- */

/* |mean residual| of the trusted points nearest to a place: noise averages out, a field that the model cannot follow
 * does not. */
static double
common_residual (const GArray *points, PmtPoint at)
{
  double   nearest[NEIGHBOURS];
  PmtPoint residual[NEIGHBOURS], sum = { 0, 0 };
  int      n = 0;

  for (guint i = 0; i < points->len; i++)
    {
      const PmtControlPoint *q = point_at (points, i);
      double                 d = hypot (q->fixed.x - at.x, q->fixed.y - at.y);
      int                    k = n;

      if (!(q->weight > 0.2))
        continue;
      if (n < NEIGHBOURS)
        n++;
      else if (d >= nearest[NEIGHBOURS - 1])
        continue;
      else
        k = NEIGHBOURS - 1;
      for (; k > 0 && nearest[k - 1] > d; k--)
        {
          nearest[k] = nearest[k - 1];
          residual[k] = residual[k - 1];
        }
      nearest[k] = d;
      residual[k] = q->residual;
    }
  for (int k = 0; k < n; k++)
    {
      sum.x += residual[k].x / n;
      sum.y += residual[k].y / n;
    }
  return n > 0 ? hypot (sum.x, sum.y) : 0;
}

double
_pmt_model_error_at (const PmtModelFit *fit, const GArray *points, PmtSize moving, PmtPoint fixed)
{
  PmtPoint q = pmt_matrix3_map (&fit->matrix, fixed);
  double   x[PMT_MOTION_MAX], y[PMT_MOTION_MAX], variance = 0, misfit = common_residual (points, fixed);

  _pmt_motion_basis (q, moving.width, moving.height, x, y);
  for (int k = 0; k < fit->size; k++)
    for (int l = 0; l < fit->size; l++)
      variance += fit->covariance[k * fit->size + l] * (x[k] * x[l] + y[k] * y[l]);
  return sqrt (MAX (variance, 0) + misfit * misfit);
}

void
_pmt_model_error (const PmtModelFit *fit, GArray *points, PmtSize moving, double *median, double *p95)
{
  g_autofree double *error = g_new (double, points->len);

  for (guint i = 0; i < points->len; i++)
    error[i] = _pmt_model_error_at (fit, points, moving, point_at (points, i)->fixed);
  *median = _pmt_quantile (error, points->len, 0.5);
  *p95 = 1.73 * _pmt_quantile (error, points->len, 0.9);   /* a two-dimensional Gaussian's 95 % radius over its RMS */
}
