/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bend through control points: the lattice system of lattice-system.c, with weights and a stiffness that the points themselves tell.
 *
 * Which stiffness: blocks of points are left out in turn, with everything that overlaps them, and predicted. Very soft ones are tried
 * one after the other, as long as they predict better, where there are points enough.
 *
 * Weights are Cauchy's, of the distance to the bend or, where that is asked for, to what the nearest points with no pixel in common say,
 * whichever is less: a place that lies off together with its neighbours has moved, and one that does so alone is a mistake. */
#include "fit/lattice-private.h"

#include <math.h>
#include <string.h>

#include "base/select-private.h"

#define FEWEST         12
#define CAUCHY         2.4     /* as control-points.c */
#define REJECT         6.0
#define INLIER         3.0
#define SMALLEST       1e-4    /* px */
#define ITERATIONS     8
#define FOLD_STEPS     2       /* of reweighting without a fold's points */
#define CAP            3.0     /* medians of the plane's held-out residuals */
#define PATIENCE       0.01
#define SLACK          0.003   /* px */
#define BLOCKS         7       /* of points left out together, a √area … */
#define POINTS_A_BLOCK 2.0     /* … but so many points a side where each errs on its own: waves that are shorter than a block can't be
                                * predicted into it */
#define STIFFER        1.3
#define STIFFEST       12.0
#define NEIGHBOURS     8
#define TIE            1e-9
#define TOGETHER       0.8     /* of what they lie off, that half of the neighbours may differ from their median by, … */
#define TOGETHER_EXACT 2.0     /* … where no pixel belongs to two points (blocks of grey values are hardly ever mistaken), … */
#define ALIKE          0.5     /* … and a point from them */
#define FINEST_SPACING 0.7     /* of a wave's length: coarser lattices can't follow it … */
#define DENSEST        0.15    /* … and finer ones only cost time */

static const double stiffnesses[] = { 3, 1.5, 0.9, 0.6, 0.4, 0.27, 0.18, 0.12 };   /* stiffest first */
static const double spacings[] = { 1 / 4.0, 1 / 6.0, 1 / 9.0, 1 / 14.0 };          /* of the √area */
static const double local[] = { 0.08, 0.055, 0.038 };      /* stiffnesses that many points may ask for … */

#define LOCAL_SPACING  0.45    /* … with a lattice of so much of a wave's length, … */
#define POINTS_A_WAVE  2.0     /* … and as many points, in each direction */

double
_pmt_lattice_spacing (double stiffness)
{
  for (guint k = 0; k < G_N_ELEMENTS (spacings); k++)
    if (spacings[k] <= 0.4 * stiffness)
      return spacings[k];
  return spacings[G_N_ELEMENTS (spacings) - 1];
}

/* -- robust fitting -- */

typedef struct
{
  GArray  *points;
  PmtPull *pulls;          /* a point each */
  int     *around;         /* NEIGHBOURS a point: the nearest that err on their own; −1: fewer, or not to be asked */
  double   together;       /* TOGETHER or TOGETHER_EXACT */
  guint8  *near;           /* folds whose left-out points a point errs together with, a bit each */
  double   spread;
} Fitter;

static PmtControlPoint *
point_at (const Fitter *f, int i)
{
  return &g_array_index (f->points, PmtControlPoint, i);
}

/* A fold's fit must not see its points, nor what errs together with them. */
static gboolean
is_used (const Fitter *f, int i, int leave_out)
{
  return leave_out < 0 || (f->near[i] >> leave_out & 1) == 0;
}

/* In standard deviations: from the bend, or from what the neighbours lie off it. */
static double
distance_to_all (const Fitter *f, int i, int leave_out)
{
  PmtControlPoint p = *point_at (f, i);
  PmtPoint        common, residual[NEIGHBOURS];
  double          x[NEIGHBOURS], y[NEIGHBOURS], d = _pmt_control_point_distance (&p, f->spread);
  int             n = 0;

  if (d < CAUCHY)
    return d;
  for (int k = 0; k < NEIGHBOURS; k++)
    {
      int other = f->around[i * NEIGHBOURS + k];

      if (other < 0 || !is_used (f, other, leave_out))
        continue;
      residual[n] = point_at (f, other)->residual;
      x[n] = residual[n].x;
      y[n] = residual[n].y;
      n++;
    }
  if (n < NEIGHBOURS / 2)
    return d;
  common = (PmtPoint) { _pmt_quantile (x, n, 0.5), _pmt_quantile (y, n, 0.5) };
  for (int k = 0; k < n; k++)
    x[k] = hypot (residual[k].x - common.x, residual[k].y - common.y);
  if (_pmt_quantile (x, n, 0.5) > f->together * hypot (common.x, common.y))
    return d;
  p.residual.x -= common.x;
  p.residual.y -= common.y;
  return MIN (d, _pmt_control_point_distance (&p, hypot (f->spread, ALIKE * hypot (common.x, common.y))));
}

/* Residuals against s (NULL: no bend at all), then spread and weights from those that are used. */
static void
reweight (Fitter *f, const PmtLatticeSystem *s, int leave_out)
{
  int                n = f->points->len, used = 0;
  g_autofree double *squares = g_new (double, n), *variances = g_new (double, n);

  for (int i = 0; i < n; i++)
    {
      PmtControlPoint *p = point_at (f, i);
      PmtPoint         d = s != NULL ? _pmt_lattice_system_at (s, f->pulls[i].at) : (PmtPoint) { 0, 0 };

      p->residual = (PmtPoint) { f->pulls[i].target.x - d.x, f->pulls[i].target.y - d.y };
      if (!is_used (f, i, leave_out))
        continue;
      squares[used] = p->residual.x * p->residual.x + p->residual.y * p->residual.y;
      variances[used++] = 0.5 * (p->cxx + p->cyy);
    }
  f->spread = sqrt (MAX (_pmt_quantile (squares, used, 0.5) / 1.386 - _pmt_quantile (variances, used, 0.5), 0));
  for (int i = 0; i < n; i++)
    {
      PmtControlPoint *p = point_at (f, i);
      double           d = distance_to_all (f, i, leave_out);

      p->weight = d < REJECT ? 1 / (1 + d * d / (CAUCHY * CAUCHY)) : 0;
    }
}

/* `steps` reweighted solutions without a fold (−1: with all), starting from the points' weights. */
static gboolean
iterate (Fitter *f, PmtLatticeSystem *s, double stiffness, int leave_out, int steps)
{
  for (int k = 0; k < steps; k++)
    {
      for (guint i = 0; i < f->points->len; i++)
        {
          double w[3], weight = is_used (f, i, leave_out) ? point_at (f, i)->weight : 0;

          _pmt_control_point_information (point_at (f, i), f->spread, w);
          for (int c = 0; c < 3; c++)
            f->pulls[i].information[c] = weight * w[c];
        }
      if (!_pmt_lattice_system_solve (s, stiffness, f->points->len, f->pulls))
        return FALSE;
      reweight (f, s, leave_out);
    }
  return TRUE;
}

/* -- blocks left out -- */

void
_pmt_lattice_folds (const PmtExtent *box, double reach, int n, const PmtPull *pulls, guint8 *fold, guint8 *near)
{
  double side = sqrt (MAX (box->x1 - box->x0, 1) * MAX (box->y1 - box->y0, 1));
  double block = reach > 0 ? side / BLOCKS : POINTS_A_BLOCK * side / sqrt (MAX (n, 1));

  for (int i = 0; i < n; i++)
    {
      int column = (int) floor ((pulls[i].at.x - box->x0) / block), row = (int) floor ((pulls[i].at.y - box->y0) / block);

      fold[i] = ((column + 2 * row) % PMT_FOLDS + PMT_FOLDS) % PMT_FOLDS;
    }
  for (int i = 0; i < n; i++)
    {
      near[i] = 1 << fold[i];
      for (int k = 0; k < n; k++)
        if (hypot (pulls[i].at.x - pulls[k].at.x, pulls[i].at.y - pulls[k].at.y) <= reach)
          near[i] |= 1 << fold[k];
    }
}

static void
find_neighbours (Fitter *f, double reach)
{
  int n = f->points->len;

  for (int i = 0; i < n; i++)
    {
      int   *around = f->around + i * NEIGHBOURS, count = 0;
      double nearest[NEIGHBOURS];

      for (int k = 0; k < n; k++)
        {
          double x = f->pulls[i].at.x - f->pulls[k].at.x, y = f->pulls[i].at.y - f->pulls[k].at.y;
          double d = (x * x + y * y) * (1 + TIE);     /* of equally near ones the first, whatever rounding says */
          int    at;

          if (k == i || d <= reach * reach || (count == NEIGHBOURS && d >= nearest[NEIGHBOURS - 1]))
            continue;
          count = MIN (count + 1, NEIGHBOURS);
          for (at = count - 1; at > 0 && nearest[at - 1] > d; at--)
            {
              nearest[at] = nearest[at - 1];
              around[at] = around[at - 1];
            }
          nearest[at] = d / (1 + TIE);
          around[at] = k;
        }
    }
}

static void
assign_folds (Fitter *f, const PmtExtent *box, double reach)
{
  g_autofree guint8 *fold = g_new (guint8, f->points->len + 1);

  _pmt_lattice_folds (box, reach, f->points->len, f->pulls, fold, f->near);
  for (guint i = 0; i < f->points->len; i++)
    point_at (f, i)->fold = fold[i];
}

/* Weighted mean of residuals' lengths, each at most `cap`: what matches poorly shall not decide. */
static double
mean_residual (const Fitter *f, const double *residual, double cap)
{
  int                n = f->points->len;
  g_autofree double *variance = g_new (double, n);
  double             typical, sum = 0, weights_sum = 0;

  for (int i = 0; i < n; i++)
    variance[i] = 0.5 * (point_at (f, i)->cxx + point_at (f, i)->cyy);
  typical = _pmt_quantile (variance, n, 0.5);
  for (int i = 0; i < n; i++)
    {
      double w = 1 / (0.5 * (point_at (f, i)->cxx + point_at (f, i)->cyy) + typical + SMALLEST * SMALLEST);

      sum += w * MIN (residual[i], cap);
      weights_sum += w;
    }
  return sum / weights_sum;
}

/* Of planes, each fitted without one fold; FALSE where one can't be. The points themselves are not touched. */
static gboolean
hold_out_model (const Fitter *f, PmtModel model, const PmtMatrix3 *pose, PmtSize moving, double *residual)
{
  for (int fold = 0; fold < PMT_FOLDS; fold++)
    {
      g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (PmtControlPoint));
      PmtModelFit        fit;

      for (guint i = 0; i < f->points->len; i++)
        if (is_used (f, i, fold))
          g_array_append_val (seen, *point_at (f, i));
      if (!_pmt_model_fit (model, seen, -1, pose, moving, &fit))
        return FALSE;
      for (guint i = 0; i < f->points->len; i++)
        if (point_at (f, i)->fold == fold)
          {
            PmtPoint q = pmt_matrix3_map (&fit.matrix, point_at (f, i)->fixed);

            residual[i] = hypot (q.x - point_at (f, i)->moving.x, q.y - point_at (f, i)->moving.y);
            if (!isfinite (residual[i]))
              residual[i] = G_MAXDOUBLE;
          }
    }
  return TRUE;
}

/* The affine map's or the homography's, whichever predicts better. */
static gboolean
hold_out_plane (const Fitter *f, const PmtMatrix3 *pose, PmtSize moving, double *residual)
{
  int                n = f->points->len;
  g_autofree double *other = g_new (double, n), *sorted = g_new (double, n);
  double             median;

  if (!hold_out_model (f, PMT_MODEL_HOMOGRAPHY, pose, moving, residual)
      || !hold_out_model (f, PMT_MODEL_AFFINE, pose, moving, other))
    return FALSE;
  memcpy (sorted, residual, n * sizeof *sorted);
  median = _pmt_quantile (sorted, n, 0.5);
  if (mean_residual (f, other, CAP * median) < mean_residual (f, residual, CAP * median))
    memcpy (residual, other, n * sizeof *residual);
  return TRUE;
}

static double
hold_out (Fitter *f, PmtLatticeSystem *s, double stiffness, double cap)
{
  int                n = f->points->len;
  g_autofree double *residual = g_new (double, n), *weight = g_new (double, n);
  double             spread;

  if (!iterate (f, s, stiffness, -1, 3))
    return INFINITY;
  spread = f->spread;
  for (int i = 0; i < n; i++)
    weight[i] = point_at (f, i)->weight;
  for (int fold = 0; fold < PMT_FOLDS; fold++)
    {
      if (!iterate (f, s, stiffness, fold, FOLD_STEPS))
        return INFINITY;
      for (int i = 0; i < n; i++)
        {
          PmtControlPoint *p = point_at (f, i);

          if (p->fold == fold)
            residual[i] = hypot (p->residual.x, p->residual.y);
          p->weight = weight[i];
        }
      f->spread = spread;
    }
  return mean_residual (f, residual, cap);
}

/* -- choosing -- */

typedef struct { double stiffness, spacing, error; } Choice;

typedef struct
{
  Fitter          *fitter;
  const PmtExtent *box;
  double           cap;
  Choice           tried[G_N_ELEMENTS (stiffnesses) * G_N_ELEMENTS (spacings) + G_N_ELEMENTS (local)];
  int              n;
  double           best;       /* error so far */
} Trials;

static void
try_one (Trials *t, double stiffness, double spacing)
{
  Choice            c = { stiffness, spacing, INFINITY };
  PmtLatticeSystem *s = _pmt_lattice_system_new (t->box, spacing);

  reweight (t->fitter, NULL, -1);
  c.error = hold_out (t->fitter, s, stiffness, t->cap);
  _pmt_lattice_system_free (s);
  t->tried[t->n++] = c;
  t->best = MIN (t->best, c.error);
}

/* With all spacings that suit it, at least one. */
static void
try_stiffness (Trials *t, double stiffness)
{
  if (stiffness < 0.99 * stiffnesses[G_N_ELEMENTS (stiffnesses) - 1])
    {
      try_one (t, stiffness, MAX (LOCAL_SPACING * stiffness, 1.0 / PMT_LATTICE_MOST_NODES));
      return;
    }
  for (guint l = 0; l < G_N_ELEMENTS (spacings); l++)
    if ((spacings[l] <= FINEST_SPACING * stiffness && spacings[l] >= DENSEST * stiffness)
        || (l == 0 && spacings[l] < stiffness)
        || (l + 1 == G_N_ELEMENTS (spacings) && spacings[l] > FINEST_SPACING * stiffness))
      try_one (t, stiffness, spacings[l]);
}

static void
try_all (Trials *t, double softest)
{
  double shortest = POINTS_A_WAVE / sqrt (t->fitter->points->len), before;

  for (guint k = 0; k < G_N_ELEMENTS (stiffnesses); k++)
    if (k == 0 || stiffnesses[k] > 0.99 * softest)
      try_stiffness (t, stiffnesses[k]);
  for (guint k = 0; k < G_N_ELEMENTS (local) && local[k] > 0.99 * MAX (softest, shortest); k++)
    {
      before = t->best;
      try_stiffness (t, local[k]);
      if (!(t->best < before))
        break;
    }
}

/* The stiffest that is nearly the best, then the coarsest. */
static Choice
choose (Fitter *f, const PmtExtent *box, double stiffness, double softest, double cap)
{
  Trials t = { .fitter = f, .box = box, .cap = cap, .best = INFINITY };

  if (stiffness > 0)
    try_stiffness (&t, stiffness);
  else
    try_all (&t, softest);
  for (int i = 0; i < t.n; i++)
    if (t.tried[i].error <= t.best * (1 + PATIENCE) + SLACK)
      return t.tried[i];
  return t.tried[0];
}

static gboolean
prepare (Fitter *f, const PmtMatrix3 *pose, const PmtExtent *box, const PmtLatticeAsk *ask)
{
  for (guint i = 0; i < f->points->len; i++)
    {
      const PmtControlPoint *p = point_at (f, i);
      PmtPoint               at = pmt_matrix3_map (pose, p->fixed);

      if (isnan (at.x))
        return FALSE;
      f->pulls[i].at = at;
      f->pulls[i].target = (PmtPoint) { p->moving.x - at.x, p->moving.y - at.y };
    }
  assign_folds (f, box, ask->reach);
  for (guint k = 0; k < f->points->len * NEIGHBOURS; k++)
    f->around[k] = -1;
  if (ask->together)
    find_neighbours (f, 2 * ask->reach);
  reweight (f, NULL, -1);
  return TRUE;
}

/* All points with what was chosen; stiffer where it would fold. */
static gboolean
fit_all (Fitter *f, const PmtExtent *box, const Choice *choice, PmtLatticeFit *fit)
{
  for (double stiffness = choice->stiffness; stiffness < STIFFEST; stiffness *= STIFFER)
    {
      PmtLatticeSystem *s = _pmt_lattice_system_new (box, choice->spacing);

      reweight (f, NULL, -1);
      if (iterate (f, s, stiffness, -1, ITERATIONS))
        fit->bend = _pmt_lattice_system_step (s, &fit->least_jacobian);
      fit->system = s;
      fit->stiffness = stiffness;
      if (fit->bend != NULL)
        return TRUE;
      g_clear_pointer (&fit->system, _pmt_lattice_system_free);
    }
  return FALSE;
}

gboolean
_pmt_lattice_fit (GArray *points, const PmtMatrix3 *pose, const PmtExtent *box, const PmtLatticeAsk *ask, PmtSize moving,
                  PmtLatticeFit *fit)
{
  int                 n = points->len;
  g_autofree PmtPull *pulls = g_new0 (PmtPull, n + 1);
  g_autofree guint8  *near = g_new0 (guint8, n + 1);
  g_autofree int     *around = g_new (int, (n + 1) * NEIGHBOURS);
  g_autofree double  *residual = g_new (double, n + 1), *sorted = g_new (double, n + 1);
  Fitter              f = { points, pulls, around, ask->reach > 0 ? TOGETHER : TOGETHER_EXACT, near, 0 };
  Choice              choice;
  double              cap;

  memset (fit, 0, sizeof *fit);
  if (n < FEWEST || !prepare (&f, pose, box, ask) || !hold_out_plane (&f, pose, moving, residual))
    return FALSE;
  memcpy (sorted, residual, n * sizeof *sorted);
  cap = CAP * _pmt_quantile (sorted, n, 0.5);
  fit->held_out_plane = mean_residual (&f, residual, cap);
  choice = choose (&f, box, ask->stiffness, ask->softest, cap);
  fit->spacing = choice.spacing;
  fit->held_out = choice.error;
  if (!isfinite (choice.error) || !fit_all (&f, box, &choice, fit))
    return FALSE;
  fit->spread = f.spread;
  for (int i = 0; i < n; i++)
    fit->inliers += _pmt_control_point_distance (point_at (&f, i), f.spread) < INLIER;
  return TRUE;
}

void
_pmt_lattice_fit_clear (PmtLatticeFit *fit)
{
  g_clear_pointer (&fit->bend, _pmt_step_unref);
  g_clear_pointer (&fit->system, _pmt_lattice_system_free);
}

/* -- how exact -- */

void
_pmt_lattice_covariance (const PmtLatticeFit *fit, PmtPoint p, double independent, double c[3])
{
  _pmt_lattice_system_covariance (fit->system, p, c);
  for (int k = 0; k < 3; k++)
    c[k] /= independent;
}

/* |mean residual| of a point's nearest trusted neighbours, as in control-points.c: noise averages out, what the bend can't
 * follow does not. */
static double
common_residual (const GArray *points, guint which)
{
  const PmtControlPoint *p = &g_array_index (points, PmtControlPoint, which);
  double                 nearest[NEIGHBOURS + 1];
  PmtPoint               residual[NEIGHBOURS + 1], sum = { 0, 0 };
  int                    n = 0;

  for (guint i = 0; i < points->len; i++)
    {
      const PmtControlPoint *q = &g_array_index (points, PmtControlPoint, i);
      double                 d = hypot (q->fixed.x - p->fixed.x, q->fixed.y - p->fixed.y);
      int                    k;

      if (!(q->weight > 0.2) || (n == NEIGHBOURS && d >= nearest[n - 1]))
        continue;
      n = MIN (n + 1, NEIGHBOURS);
      for (k = n - 1; k > 0 && nearest[k - 1] > d; k--)
        {
          nearest[k] = nearest[k - 1];
          residual[k] = residual[k - 1];
        }
      nearest[k] = d;
      residual[k] = q->residual;
    }
  for (int k = 0; k < n; k++)
    sum = (PmtPoint) { sum.x + residual[k].x / n, sum.y + residual[k].y / n };
  return hypot (sum.x, sum.y);
}

void
_pmt_lattice_error (const PmtLatticeFit *fit, GArray *points, const PmtMatrix3 *pose, double independent,
                    double *median, double *p95)
{
  g_autofree double *error = g_new (double, points->len);

  for (guint i = 0; i < points->len; i++)
    {
      double c[3], misfit = common_residual (points, i);

      _pmt_lattice_covariance (fit, pmt_matrix3_map (pose, g_array_index (points, PmtControlPoint, i).fixed), independent, c);
      error[i] = sqrt (MAX (c[0] + c[2], 0) + misfit * misfit);
    }
  *median = _pmt_quantile (error, points->len, 0.5);
  *p95 = 1.73 * _pmt_quantile (error, points->len, 0.9);   /* a two-dimensional Gaussian's 95 % radius over its RMS */
}
