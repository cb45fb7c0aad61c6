/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far off the fitted map may be, as a distribution. At a place with motion basis B (2 × n), the error is taken to
 * have the covariance
 *
 *     S = B C Bᵀ + ((0.45 c)² + τ²)·I,
 *
 * with C the coefficients' jackknife covariance, c what the residuals in parts of the frame have in common (a field that
 * the model does not follow), and τ what single points scatter beyond their own noise: a place that nobody measured is
 * off by as much. c counts less than half, since the tiles' overlap shows in it as well; that, and the tails, were calibrated on
 * phantoms, whose truth is exact, and checked on photographs: docs/accuracy.md. The tails are those of a
 * two-dimensional t distribution, C being an estimate from few parts: with q(θ) = uᵀ S⁻¹ u, u = (cos θ, sin θ),
 *
 *     P(|e| ≤ r) = 1/(2π √|S|) ∫ (1 − (1 + r² q/ν)^(−ν/2)) / q dθ.  */
#include "fit/error-model-private.h"

#include <math.h>
#include <string.h>

#include "fit/motion-private.h"

#define COMMON      0.45     /* of c */
#define FREEDOM     8.0      /* ν */
#define ANGLES      24       /* of half a turn */
#define THINNEST    1e-3     /* the ellipse's smaller axis is at least this of the larger */
#define SMALLEST    1e-5     /* px */
#define GRID        9        /* places a side that stand for the overlap */
#define SIDE_LEAST  3        /* parts a side for the misfit … */
#define SIDE_MOST   7
#define PART_POINTS 8        /* … with about so many points */
#define NEIGHBOURS  8

static const PmtControlPoint *
point_at (const GArray *points, guint i)
{
  return &g_array_index (points, PmtControlPoint, i);
}

static double
point_weight (const PmtControlPoint *p, double spread)
{
  return p->weight / (0.5 * (p->cxx + p->cyy) + spread * spread + SMALLEST * SMALLEST);
}

typedef struct { double w, x, y, own; int n; } Part;

/* The variance an axis that parts' mean residuals have beyond what their points, each for itself, give them. */
static double
common_variance (const GArray *points, double spread)
{
  int      side = CLAMP ((int) sqrt (points->len / PART_POINTS), SIDE_LEAST, SIDE_MOST), parts = 0;
  Part     part[SIDE_MOST * SIDE_MOST] = { 0 };
  PmtPoint from = { INFINITY, INFINITY }, to = { -INFINITY, -INFINITY };
  double   sum = 0;

  for (guint i = 0; i < points->len; i++)
    {
      PmtPoint p = point_at (points, i)->fixed;

      from = (PmtPoint) { MIN (from.x, p.x), MIN (from.y, p.y) };
      to = (PmtPoint) { MAX (to.x, p.x), MAX (to.y, p.y) };
    }
  for (guint i = 0; i < points->len; i++)
    {
      const PmtControlPoint *p = point_at (points, i);
      double                 w = point_weight (p, spread);
      int                    c = (int) (side * (p->fixed.x - from.x) / MAX (to.x - from.x, 1e-9));
      int                    r = (int) (side * (p->fixed.y - from.y) / MAX (to.y - from.y, 1e-9));
      Part                  *k = &part[CLAMP (r, 0, side - 1) * side + CLAMP (c, 0, side - 1)];

      k->w += w, k->n++;
      k->x += w * p->residual.x, k->y += w * p->residual.y;
      k->own += w * w * (p->residual.x * p->residual.x + p->residual.y * p->residual.y);
    }
  for (int k = 0; k < side * side; k++)
    if (part[k].n > 2 && part[k].w > 0)
      {
        sum += (part[k].x * part[k].x + part[k].y * part[k].y - part[k].own) / (2 * part[k].w * part[k].w);
        parts++;
      }
  return parts > 0 ? MAX (sum / parts, 0) : 0;
}

void
_pmt_error_model_init (PmtErrorModel *model, const PmtModelFit *fit, const GArray *points, PmtSize moving)
{
  *model = (PmtErrorModel) { .matrix = fit->matrix, .moving = moving, .size = fit->size };
  memcpy (model->covariance, fit->covariance, sizeof model->covariance);
  model->spread = fit->spread;
  model->common = sqrt (common_variance (points, fit->spread));
  model->floor = hypot (COMMON * model->common, fit->spread);
}

PmtPoint
_pmt_error_model_place (const PmtErrorModel *model, int cell)
{
  double x = (cell % PMT_ERROR_PLACES + 0.5) / PMT_ERROR_PLACES, y = (cell / PMT_ERROR_PLACES + 0.5) / PMT_ERROR_PLACES;

  return (PmtPoint) { model->from.x + x * (model->to.x - model->from.x), model->from.y + y * (model->to.y - model->from.y) };
}

/* Of a bend, between the four middles around q. */
static void
bend_covariance (const PmtErrorModel *m, PmtPoint q, double s[3])
{
  double u = PMT_ERROR_PLACES * (q.x - m->from.x) / (m->to.x - m->from.x) - 0.5;
  double v = PMT_ERROR_PLACES * (q.y - m->from.y) / (m->to.y - m->from.y) - 0.5;
  int    i = CLAMP ((int) u, 0, PMT_ERROR_PLACES - 2), j = CLAMP ((int) v, 0, PMT_ERROR_PLACES - 2);
  double x = CLAMP (u - i, 0, 1), y = CLAMP (v - j, 0, 1);

  for (int k = 0; k < 3; k++)
    {
      const float (*at)[3] = m->bend + j * PMT_ERROR_PLACES + i;

      s[k] = (1 - y) * ((1 - x) * at[0][k] + x * at[1][k])
             + y * ((1 - x) * at[PMT_ERROR_PLACES][k] + x * at[PMT_ERROR_PLACES + 1][k]);
    }
}

gboolean
_pmt_error_model_covariance (const PmtErrorModel *m, PmtPoint fixed, double s[3])
{
  PmtPoint q = m->size > 0 || m->bent ? pmt_matrix3_map (&m->matrix, fixed) : (PmtPoint) { NAN, NAN };
  double   x[PMT_MOTION_MAX], y[PMT_MOTION_MAX], floor = m->floor * m->floor + SMALLEST * SMALLEST;

  if (isnan (q.x))
    return FALSE;
  if (m->bent)
    {
      bend_covariance (m, q, s);
      return TRUE;
    }
  _pmt_motion_basis (q, m->moving.width, m->moving.height, x, y);
  s[0] = s[2] = floor, s[1] = 0;
  for (int k = 0; k < m->size; k++)
    for (int l = 0; l < m->size; l++)
      {
        double c = m->covariance[k * m->size + l];

        s[0] += c * x[k] * x[l], s[1] += c * x[k] * y[l], s[2] += c * y[k] * y[l];
      }
  return s[0] > 0 && s[2] > 0;
}

/* P(|e| ≤ r) of a t distribution with scatter s, which is first turned to its axes. */
static double
share_within (const double s[3], double r)
{
  double mean = 0.5 * (s[0] + s[2]), half = hypot (0.5 * (s[0] - s[2]), s[1]);
  double large = mean + half, small = MAX (mean - half, THINNEST * THINNEST * large), sum = 0, weights = 0;

  for (int k = 0; k < ANGLES; k++)
    {
      /* even steps of the angle on the unit circle that the ellipse was: dθ/(q √|S|) = dφ */
      double phi = (k + 0.5) * G_PI / ANGLES, c = cos (phi), d = sin (phi), square = large * c * c + small * d * d;

      sum += 1 - pow (1 + r * r / (FREEDOM * square), -FREEDOM / 2);
      weights += 1;
    }
  return sum / weights;
}

double
_pmt_error_model_share (const PmtErrorModel *model, PmtPoint fixed, double distance)
{
  double s[3];

  return _pmt_error_model_covariance (model, fixed, s) ? share_within (s, distance) : NAN;
}

/* The r at which the mean share of n places is reached. */
static double
find_radius (const double (*s)[3], int n, double share)
{
  double low = 0, high = 0;

  for (int i = 0; i < n; i++)
    high = MAX (high, 60 * sqrt (s[i][0] + s[i][2]));
  for (int step = 0; step < 50; step++)
    {
      double r = 0.5 * (low + high), sum = 0;

      for (int i = 0; i < n; i++)
        sum += share_within (s[i], r) / n;
      if (sum < share)
        low = r;
      else
        high = r;
    }
  return 0.5 * (low + high);
}

double
_pmt_error_model_radius (const PmtErrorModel *model, PmtPoint fixed, double share)
{
  double s[1][3];

  return _pmt_error_model_covariance (model, fixed, s[0]) ? find_radius ((const double (*)[3]) s, 1, share) : NAN;
}

double
_pmt_error_model_within (const PmtErrorModel *model, PmtSize fixed, double distance)
{
  double sum = 0;
  int    n = 0;

  for (int k = 0; k < GRID * GRID; k++)
    {
      PmtPoint p = { fixed.width * (k % GRID + 0.5) / GRID, fixed.height * (k / GRID + 0.5) / GRID };
      PmtPoint q = pmt_matrix3_map (&model->matrix, p);
      double   share = NAN;

      if (q.x >= 0 && q.y >= 0 && q.x <= model->moving.width && q.y <= model->moving.height)
        share = _pmt_error_model_share (model, p, distance);
      if (isnan (share))
        continue;
      sum += share;
      n++;
    }
  return n > 0 ? sum / n : NAN;
}

double
_pmt_error_model_over (const PmtErrorModel *model, PmtSize fixed, double share)
{
  double s[GRID * GRID][3];
  int    n = 0;

  for (int k = 0; k < GRID * GRID; k++)
    {
      PmtPoint p = { fixed.width * (k % GRID + 0.5) / GRID, fixed.height * (k / GRID + 0.5) / GRID };
      PmtPoint q = pmt_matrix3_map (&model->matrix, p);

      if (q.x >= 0 && q.y >= 0 && q.x <= model->moving.width && q.y <= model->moving.height
          && _pmt_error_model_covariance (model, p, s[n]))
        n++;
    }
  return n > 0 ? find_radius ((const double (*)[3]) s, n, share) : NAN;
}

double
_pmt_local_misfit (const GArray *points, PmtPoint at)
{
  double   nearest[NEIGHBOURS], own = 0;
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
      own += (residual[k].x * residual[k].x + residual[k].y * residual[k].y) / ((double) n * n);
    }
  return sqrt (MAX (sum.x * sum.x + sum.y * sum.y - own, 0));
}
