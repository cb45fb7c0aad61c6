/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Robustly: Cauchy weights, as for planes and lattices, from where a lattice left them. A lens has ten unknowns and hundreds
 * of points, yet it is judged by points left out all the same: by the folds of the lattice, whose error it must match. */
#include "fit/lens-points-private.h"

#include <math.h>

#include "base/select-private.h"
#include "fit/lattice-private.h"

#define ROUNDS      6
#define FOLD_ROUNDS 2
#define FEWEST      48       /* points */
#define CAUCHY      2.4      /* Huber's 95 % efficiency */
#define INLIER      3.0      /* standard deviations */
#define CAP         3.0      /* of the plane's median residual: more counts as so much, as in lattice.c */
#define SMALLEST    0.02     /* px */
#define P95_OVER_P90_RMS 1.73   /* as in lattice.c */

typedef struct
{
  PmtContext *context;
  GArray     *points;
  double    (*information)[3];
  double      spread, variance;   /* variance: median of the points' own */
} Robust;

static PmtControlPoint *
point_of (const Robust *r, int i)
{
  return &g_array_index (r->points, PmtControlPoint, i);
}

/* Weights from residuals, but none for the fold left out. */
static void
reweight (const Robust *r, const PmtLens *lens, int leave_out)
{
  for (int i = 0; i < lens->n; i++)
    {
      PmtControlPoint *p = point_of (r, i);
      double           d;

      p->residual = _pmt_lens_residual (lens, i);
      p->residual = (PmtPoint) { -p->residual.x, -p->residual.y };
      d = _pmt_control_point_distance (p, r->spread) / CAUCHY;
      p->weight = 1 / (1 + d * d);
      _pmt_control_point_information (p, r->spread, r->information[i]);
      for (int k = 0; k < 3; k++)
        r->information[i][k] *= p->fold == leave_out ? 0 : p->weight;
    }
}

static gboolean
iterate (const Robust *r, PmtLens *lens, int leave_out, int rounds)
{
  for (int k = 0; k < rounds; k++)
    {
      reweight (r, lens, leave_out);
      if (!pmt_context_check (r->context, NULL) || !_pmt_lens_fit (lens, -1))
        return FALSE;
    }
  return TRUE;
}

/* Weighted mean of the residuals' lengths, each at most `cap`, as in lattice.c. */
static double
mean_residual (const Robust *r, int n, const double *residual, double cap)
{
  double sum = 0, weights = 0;

  for (int i = 0; i < n; i++)
    {
      const PmtControlPoint *p = point_of (r, i);
      double                 w = 1 / (0.5 * (p->cxx + p->cyy) + r->variance + SMALLEST * SMALLEST);

      sum += w * MIN (residual[i], cap);
      weights += w;
    }
  return sum / weights;
}

static double
hold_out (const Robust *r, const PmtLens *all, double cap)
{
  g_autofree double *residual = g_new (double, all->n);

  for (int fold = 0; fold < PMT_FOLDS; fold++)
    {
      PmtLens lens = *all;

      if (!iterate (r, &lens, fold, FOLD_ROUNDS))
        return INFINITY;
      for (int i = 0; i < all->n; i++)
        if (point_of (r, i)->fold == fold)
          {
            PmtPoint d = _pmt_lens_residual (&lens, i);

            residual[i] = hypot (d.x, d.y);
          }
    }
  return mean_residual (r, all->n, residual, cap);
}

static double
cap_of_plane (const Robust *r, const PmtLens *lens)
{
  PmtLens            plane = *lens;
  g_autofree double *residual = g_new (double, lens->n);

  plane.terms = 0;
  if (!iterate (r, &plane, -1, ROUNDS))
    return INFINITY;
  for (int i = 0; i < lens->n; i++)
    residual[i] = hypot (point_of (r, i)->residual.x, point_of (r, i)->residual.y);
  return CAP * _pmt_quantile (residual, lens->n, 0.5);
}

/* What the unknowns are uncertain by, and what neighbours are off by together. */
static gboolean
state_error (const Robust *r, const PmtLens *lens, double independent, PmtLensFit *fit)
{
  g_autofree double *size = g_new (double, lens->n);

  reweight (r, lens, -1);
  if (!_pmt_lens_variance (lens, size))
    return FALSE;
  for (int i = 0; i < lens->n; i++)
    {
      double misfit = _pmt_lattice_common_residual (r->points, g_array_index (r->points, PmtControlPoint, i).fixed);

      size[i] = sqrt (size[i] / independent + misfit * misfit);
      fit->inliers += _pmt_control_point_distance (point_of (r, i), r->spread) < INLIER;
    }
  fit->error_median = _pmt_quantile (size, lens->n, 0.5);
  fit->error_p95 = P95_OVER_P90_RMS * _pmt_quantile (size, lens->n, 0.9);
  return TRUE;
}

/* One place of the axis, and the lens before or behind it. Better than what *fit holds so far, or nothing changes. */
static void
try_centre (const Robust *r, const PmtLens *from, PmtPoint centre, gboolean inverse, PmtSize moving, double independent,
            PmtLensFit *fit)
{
  PmtLens    lens = *from;
  PmtLensFit other = { 0 };
  double     cap, held_out;

  lens.centre = centre;
  lens.inverse = inverse;
  lens.end = hypot (fmax (centre.x, moving.width - centre.x), fmax (centre.y, moving.height - centre.y)) / lens.size;
  cap = cap_of_plane (r, &lens);
  if (!iterate (r, &lens, -1, ROUNDS))
    return;
  held_out = hold_out (r, &lens, cap);
  if (!(held_out < (fit->step != NULL ? fit->held_out : INFINITY)) || !state_error (r, &lens, independent, &other))
    return;
  other.step = _pmt_lens_step (&lens, moving, NULL);
  if (other.step == NULL)
    return;
  other.matrix = lens.matrix;
  other.held_out = held_out;
  _pmt_lens_fit_clear (fit);
  *fit = other;
}

static double
median_variance (const GArray *points)
{
  g_autofree double *variance = g_new (double, points->len);

  for (guint i = 0; i < points->len; i++)
    variance[i] = 0.5 * (g_array_index (points, PmtControlPoint, i).cxx + g_array_index (points, PmtControlPoint, i).cyy);
  return _pmt_quantile (variance, points->len, 0.5);
}

gboolean
_pmt_lens_fit_points (PmtContext *context, GArray *points, const PmtMatrix3 *pose, PmtSize fixed, PmtSize moving, double spread,
                      double independent, PmtLensFit *fit)
{
  int                  n = points->len;
  g_autofree PmtPoint *from = g_new (PmtPoint, n + 1), *to = g_new (PmtPoint, n + 1);
  g_autofree double   *information = g_new (double, 3 * (n + 1));
  Robust               r = { context, points, (double (*)[3]) information, spread, 0 };
  PmtLens              lens = { .n = n, .fixed = from, .moving = to, .information = (const double (*)[3]) information, .terms = 2,
                                .size = 0.5 * hypot (moving.width, moving.height), .matrix = *pose };
  PmtPoint             middle = pmt_matrix3_map (pose, (PmtPoint) { 0.5 * fixed.width, 0.5 * fixed.height });

  *fit = (PmtLensFit) { 0 };
  if (n < FEWEST)
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      from[i] = point_of (&r, i)->fixed;
      to[i] = point_of (&r, i)->moving;
    }
  r.variance = median_variance (points);
  try_centre (&r, &lens, (PmtPoint) { 0.5 * moving.width, 0.5 * moving.height }, FALSE, moving, independent, fit);
  if (isfinite (middle.x))
    try_centre (&r, &lens, middle, TRUE, moving, independent, fit);
  return fit->step != NULL;
}

void
_pmt_lens_fit_clear (PmtLensFit *fit)
{
  g_clear_pointer (&fit->step, _pmt_step_unref);
}
