/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bend through control points: the lattice system of lattice-system.c, with weights and a stiffness that the points themselves tell.
 *
 * Which stiffness: blocks of points are left out in turn, with everything that overlaps them, and predicted. Very soft ones are tried
 * one after the other, as long as they predict better, where there are points enough.
 *
 * Weights are Cauchy's, of the distance to the bend or, where that is asked for, to what the nearest points with no pixel in common say,
 * whichever is less: a place that lies off together with its neighbours has moved, and one that does so alone is a mistake.
 *
 * A person's landmarks have no such weights. As statistics go they can't move a bend where nothing else is to be seen: how stiff it is
 * follows from what the points tell elsewhere, which is more than a hand tells. So a bend may be led by them: where the points around know less than
 * the person, a landmark that is missed by more than its σ pulls harder until it is not. Where they know more they prevail, and a
 * landmark that they contradict stays off, which is told. */
#include "fit/lattice-private.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
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

#define RIGID_SPACING  (1 / 48.0)   /* of a lattice that follows the outlines of a painted map, share of the √area */
#define NOTICED        0.01    /* of what moves the bend half way: less does nothing */
#define HARDER         8.0     /* a landmark that is missed pulls, … */
#define HARDENINGS     6       /* … so many times */
#define SETTLING       2       /* reweightings after each */

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

/* What does not change while bends are fitted through the points. */
typedef struct
{
  PmtContext      *context;
  PmtControlPoint *points;
  int              n, landmarks;
  PmtPull         *pulls;          /* a point each: where it is and what it asks for; then the landmarks */
  int             *around;         /* NEIGHBOURS a point: the nearest that err on their own; −1: fewer, or not to be asked */
  double           together;       /* TOGETHER or TOGETHER_EXACT */
  gboolean         even;           /* as _pmt_lattice_system_new() */
  guint8          *near;           /* folds whose left-out points a point errs together with, a bit each */
  double           variance[PMT_FOLDS + 1];   /* median of the points that are used without each fold; last: of all */
} Fitter;

/* One fit: its points' weights and residuals. */
typedef struct
{
  const Fitter     *f;
  int               leave_out;     /* a fold; −1: none */
  PmtLatticeSystem *system;        /* owned */
  PmtPull          *pulls;
  double           *weight, *scratch;
  PmtPoint         *residual;
  double            spread;
} Fit;

/* A fold's fit must not see its points, nor what errs together with them. */
static gboolean
is_used (const Fitter *f, int i, int leave_out)
{
  return leave_out < 0 || (f->near[i] >> leave_out & 1) == 0;
}

/* Takes the system. */
static Fit *
fit_new (const Fitter *f, PmtLatticeSystem *system)
{
  Fit *fit = g_new0 (Fit, 1);

  *fit = (Fit) { .f = f, .leave_out = -1, .system = system };
  fit->pulls = g_memdup2 (f->pulls, (f->n + f->landmarks) * sizeof *f->pulls);
  fit->weight = g_new0 (double, f->n);
  fit->scratch = g_new (double, f->n);
  fit->residual = g_new0 (PmtPoint, f->n);
  return fit;
}

/* To go on from there without a fold. */
static Fit *
fit_without (const Fit *all, int fold)
{
  Fit *fit = fit_new (all->f, _pmt_lattice_system_fork (all->system));

  fit->leave_out = fold;
  fit->spread = all->spread;
  memcpy (fit->weight, all->weight, all->f->n * sizeof *fit->weight);
  return fit;
}

static void
fit_free (Fit *fit)
{
  if (fit == NULL)
    return;
  _pmt_lattice_system_free (fit->system);
  g_free (fit->pulls);
  g_free (fit->weight);
  g_free (fit->scratch);
  g_free (fit->residual);
  g_free (fit);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fit, fit_free)

/* In standard deviations: from the bend, or from what the neighbours lie off it. */
static double
distance_to_all (const Fit *fit, int i)
{
  const Fitter   *f = fit->f;
  PmtControlPoint p = f->points[i];
  PmtPoint        common, residual[NEIGHBOURS];
  double          x[NEIGHBOURS], y[NEIGHBOURS], d;
  int             n = 0;

  p.residual = fit->residual[i];
  d = _pmt_control_point_distance (&p, fit->spread);
  if (d < CAUCHY)
    return d;
  for (int k = 0; k < NEIGHBOURS; k++)
    {
      int other = f->around[i * NEIGHBOURS + k];

      if (other < 0 || !is_used (f, other, fit->leave_out))
        continue;
      residual[n] = fit->residual[other];
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
  return MIN (d, _pmt_control_point_distance (&p, hypot (fit->spread, ALIKE * hypot (common.x, common.y))));
}

/* Residuals against the bend (`bent` FALSE: none at all), then spread and weights from those that are used. */
static void
reweight (Fit *fit, gboolean bent)
{
  const Fitter *f = fit->f;
  double        typical = f->variance[fit->leave_out < 0 ? PMT_FOLDS : fit->leave_out];
  int           used = 0;

  for (int i = 0; i < f->n; i++)
    {
      PmtPoint d = bent ? _pmt_lattice_system_at_pull (fit->system, i) : (PmtPoint) { 0, 0 };
      PmtPoint r = { f->pulls[i].target.x - d.x, f->pulls[i].target.y - d.y };

      fit->residual[i] = r;
      if (is_used (f, i, fit->leave_out))
        fit->scratch[used++] = r.x * r.x + r.y * r.y;
    }
  fit->spread = sqrt (MAX (_pmt_quantile (fit->scratch, used, 0.5) / 1.386 - typical, 0));
  for (int i = 0; i < f->n; i++)
    {
      double d = distance_to_all (fit, i);

      fit->weight[i] = d < REJECT ? 1 / (1 + d * d / (CAUCHY * CAUCHY)) : 0;
    }
}

/* `steps` reweighted solutions, starting from the points' weights. */
static gboolean
iterate (Fit *fit, double stiffness, int steps)
{
  const Fitter *f = fit->f;

  for (int k = 0; k < steps; k++)
    {
      for (int i = 0; i < f->n; i++)
        {
          double w[3], weight = is_used (f, i, fit->leave_out) ? fit->weight[i] : 0;

          _pmt_control_point_information (&f->points[i], fit->spread, w);
          for (int c = 0; c < 3; c++)
            fit->pulls[i].information[c] = weight * w[c];
        }
      if (!pmt_context_check (f->context, NULL) || !_pmt_lattice_system_solve (fit->system, stiffness, f->n + f->landmarks, fit->pulls))
        return FALSE;
      reweight (fit, TRUE);
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
      for (int k = 0; reach > 0 && k < n; k++)
        {
          double x = pulls[i].at.x - pulls[k].at.x, y = pulls[i].at.y - pulls[k].at.y;

          if (x * x + y * y <= reach * reach)
            near[i] |= 1 << fold[k];
        }
    }
}

static void
find_neighbours (Fitter *f, double reach)
{
  int n = f->n;

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
  g_autofree guint8 *fold = g_new (guint8, f->n + 1);
  g_autofree double *variance = g_new (double, f->n + 1);

  _pmt_lattice_folds (box, reach, f->n, f->pulls, fold, f->near);
  for (int i = 0; i < f->n; i++)
    f->points[i].fold = fold[i];
  for (int leave_out = 0; leave_out <= PMT_FOLDS; leave_out++)
    {
      int used = 0;

      for (int i = 0; i < f->n; i++)
        if (is_used (f, i, leave_out < PMT_FOLDS ? leave_out : -1))
          variance[used++] = 0.5 * (f->points[i].cxx + f->points[i].cyy);
      f->variance[leave_out] = _pmt_quantile (variance, used, 0.5);
    }
}

/* Weighted mean of residuals' lengths, each at most `cap`: what matches poorly shall not decide. */
static double
mean_residual (const Fitter *f, const double *residual, double cap)
{
  double sum = 0, weights_sum = 0;

  for (int i = 0; i < f->n; i++)
    {
      double w = 1 / (0.5 * (f->points[i].cxx + f->points[i].cyy) + f->variance[PMT_FOLDS] + SMALLEST * SMALLEST);

      sum += w * MIN (residual[i], cap);
      weights_sum += w;
    }
  return sum / weights_sum;
}

/* Homographies and affine maps, each fitted without one fold. */
typedef struct
{
  const Fitter     *f;
  const PmtMatrix3 *pose;
  PmtSize           moving;
  double           *residual[2];
  gboolean          ok[2 * PMT_FOLDS];
} Planes;

static const PmtModel planes[] = { PMT_MODEL_HOMOGRAPHY, PMT_MODEL_AFFINE };

static gboolean
hold_out_plane (int index, int thread, gpointer data, GError **error)
{
  Planes            *p = data;
  int                fold = index % PMT_FOLDS, n = p->f->n;
  double            *residual = p->residual[index / PMT_FOLDS];
  g_autoptr (GArray) seen = g_array_sized_new (FALSE, FALSE, sizeof (PmtControlPoint), n);
  PmtModelFit        fit;

  for (int i = 0; i < n; i++)
    if (is_used (p->f, i, fold))
      g_array_append_val (seen, p->f->points[i]);
  p->ok[index] = _pmt_model_fit (planes[index / PMT_FOLDS], seen, -1, p->pose, p->moving, &fit);
  for (int i = 0; p->ok[index] && i < n; i++)
    if (p->f->points[i].fold == fold)
      {
        PmtPoint q = pmt_matrix3_map (&fit.matrix, p->f->points[i].fixed);

        residual[i] = hypot (q.x - p->f->points[i].moving.x, q.y - p->f->points[i].moving.y);
        if (!isfinite (residual[i]))
          residual[i] = G_MAXDOUBLE;
      }
  return TRUE;
}

static double
cap_of (const double *residual, int n)
{
  g_autofree double *sorted = g_memdup2 (residual, n * sizeof *residual);

  return CAP * _pmt_quantile (sorted, n, 0.5);
}

/* Of the affine map or the homography, whichever predicts better; FALSE where one can't be fitted without a fold. */
static gboolean
hold_out_planes (const Fitter *f, const PmtMatrix3 *pose, PmtSize moving, double *cap, double *mean)
{
  g_autofree double *homography = g_new0 (double, f->n), *affine = g_new0 (double, f->n);
  Planes             p = { .f = f, .pose = pose, .moving = moving, .residual = { homography, affine } };
  double             affine_mean;

  if (!pmt_parallel_for (f->context, 2 * PMT_FOLDS, hold_out_plane, &p, NULL))
    return FALSE;
  for (int k = 0; k < 2 * PMT_FOLDS; k++)
    if (!p.ok[k])
      return FALSE;
  *cap = cap_of (homography, f->n);
  *mean = mean_residual (f, homography, *cap);
  affine_mean = mean_residual (f, affine, *cap);
  if (affine_mean < *mean)
    {
      *cap = cap_of (affine, f->n);
      *mean = mean_residual (f, affine, *cap);
    }
  return TRUE;
}

typedef struct
{
  const Fit *all;
  double     stiffness;
  double    *residual;
  gboolean   ok[PMT_FOLDS];
} HoldOut;

static gboolean
hold_out_fold (int fold, int thread, gpointer data, GError **error)
{
  HoldOut        *h = data;
  g_autoptr (Fit) fit = fit_without (h->all, fold);

  h->ok[fold] = iterate (fit, h->stiffness, FOLD_STEPS);
  for (int i = 0; h->ok[fold] && i < fit->f->n; i++)
    if (fit->f->points[i].fold == fold)
      h->residual[i] = hypot (fit->residual[i].x, fit->residual[i].y);
  return TRUE;
}

static double
hold_out (const Fitter *f, const PmtExtent *box, double stiffness, double spacing, double cap)
{
  g_autoptr (Fit)    all = fit_new (f, _pmt_lattice_system_new (box, spacing, f->even));
  g_autofree double *residual = g_new0 (double, f->n);
  HoldOut            h = { .all = all, .stiffness = stiffness, .residual = residual };

  reweight (all, FALSE);
  if (!iterate (all, stiffness, 3) || !pmt_parallel_for (f->context, PMT_FOLDS, hold_out_fold, &h, NULL))
    return INFINITY;
  for (int fold = 0; fold < PMT_FOLDS; fold++)
    if (!h.ok[fold])
      return INFINITY;
  return mean_residual (f, residual, cap);
}

/* -- choosing -- */

typedef struct { double stiffness, spacing, error; } Choice;

typedef struct
{
  const Fitter    *fitter;
  const PmtExtent *box;
  double           cap;
  Choice           tried[G_N_ELEMENTS (stiffnesses) * G_N_ELEMENTS (spacings) + G_N_ELEMENTS (local)];
  int              n, done;    /* to be tried in all, and so many of them so far */
} Trials;

static gboolean
try_one (int index, int thread, gpointer data, GError **error)
{
  Trials *t = data;
  Choice *c = &t->tried[t->done + index];

  c->error = hold_out (t->fitter, t->box, c->stiffness, c->spacing, t->cap);
  return TRUE;
}

static double
try_added (Trials *t)
{
  double best = INFINITY;

  pmt_parallel_for (t->fitter->context, t->n - t->done, try_one, t, NULL);
  t->done = t->n;
  for (int i = 0; i < t->n; i++)
    best = MIN (best, t->tried[i].error);
  return best;
}

static void
add (Trials *t, double stiffness, double spacing)
{
  t->tried[t->n++] = (Choice) { stiffness, spacing, INFINITY };
}

/* With all spacings that suit it, at least one. */
static void
add_stiffness (Trials *t, double stiffness)
{
  if (stiffness < 0.99 * stiffnesses[G_N_ELEMENTS (stiffnesses) - 1])
    {
      add (t, stiffness, MAX (LOCAL_SPACING * stiffness, 1.0 / PMT_LATTICE_MOST_NODES));
      return;
    }
  for (guint l = 0; l < G_N_ELEMENTS (spacings); l++)
    if ((spacings[l] <= FINEST_SPACING * stiffness && spacings[l] >= DENSEST * stiffness)
        || (l == 0 && spacings[l] < stiffness)
        || (l + 1 == G_N_ELEMENTS (spacings) && spacings[l] > FINEST_SPACING * stiffness))
      add (t, stiffness, spacings[l]);
}

/* The least error of all. */
static double
try_all (Trials *t, const PmtLatticeAsk *ask)
{
  double shortest = POINTS_A_WAVE / sqrt (t->fitter->n), stiffest = ask->stiffest > 0 ? ask->stiffest : INFINITY, best = INFINITY;

  for (guint k = 0; k < G_N_ELEMENTS (stiffnesses); k++)
    if (stiffnesses[k] < stiffest && (t->n == 0 || stiffnesses[k] > 0.99 * ask->softest))
      add_stiffness (t, stiffnesses[k]);
  best = try_added (t);
  for (guint k = 0; k < G_N_ELEMENTS (local) && local[k] > 0.99 * MAX (ask->softest, shortest); k++)
    {
      double before = best;

      if (!(local[k] < stiffest))
        continue;
      add_stiffness (t, local[k]);
      best = try_added (t);
      if (!(best < before))
        break;
    }
  if (t->n > 0)
    return best;
  add_stiffness (t, MAX (ask->softest, stiffnesses[G_N_ELEMENTS (stiffnesses) - 1]));
  return try_added (t);
}

/* The stiffest that is nearly the best, then the coarsest. */
static Choice
choose (const Fitter *f, const PmtExtent *box, const PmtLatticeAsk *ask, double cap)
{
  Trials t = { .fitter = f, .box = box, .cap = cap };
  double best;

  if (ask->stiffness > 0)
    {
      add_stiffness (&t, ask->stiffness);
      best = try_added (&t);
    }
  else
    best = try_all (&t, ask);
  for (int i = 0; i < t.n; i++)
    if (t.tried[i].error <= best * (1 + PATIENCE) + SLACK)
      return t.tried[i];
  return t.tried[0];
}

static gboolean
prepare (Fitter *f, const PmtMatrix3 *pose, const PmtExtent *box, const PmtLatticeAsk *ask)
{
  for (int i = 0; i < f->n; i++)
    {
      const PmtControlPoint *p = &f->points[i];
      PmtPoint               at = pmt_matrix3_map (pose, p->fixed);

      if (isnan (at.x))
        return FALSE;
      f->pulls[i].at = at;
      f->pulls[i].target = (PmtPoint) { p->moving.x - at.x, p->moving.y - at.y };
    }
  for (int k = 0; k < f->landmarks; k++)
    f->pulls[f->n + k] = ask->landmarks[k];
  assign_folds (f, box, ask->reach);
  for (int k = 0; k < f->n * NEIGHBOURS; k++)
    f->around[k] = -1;
  if (ask->together)
    find_neighbours (f, 2 * ask->reach);
  return TRUE;
}

/* Weights, residuals and what follows from them, left in the points. */
static void
take_fit (const Fitter *f, Fit *from, PmtLatticeFit *fit)
{
  fit->system = g_steal_pointer (&from->system);
  fit->spread = from->spread;
  for (int i = 0; i < f->n; i++)
    {
      f->points[i].weight = from->weight[i];
      f->points[i].residual = from->residual[i];
      fit->inliers += _pmt_control_point_distance (&f->points[i], from->spread) < INLIER;
    }
}

/* -- landmarks -- */

/* Whether points within the length over which the bend hangs together know less of the place than the person does. */
static gboolean
leads (const Fit *fit, int landmark, double reach)
{
  const Fitter  *f = fit->f;
  const PmtPull *given = &f->pulls[f->n + landmark];
  double         known = 0;

  for (int i = 0; i < f->n; i++)
    if (hypot (f->pulls[i].at.x - given->at.x, f->pulls[i].at.y - given->at.y) < reach)
      known += 0.5 * (fit->pulls[i].information[0] + fit->pulls[i].information[2]);
  return known < given->information[0];
}

/* Landmarks that lead and are missed by more than their σ pull harder. FALSE when none does. */
static gboolean
pull_harder (Fit *fit, double reach)
{
  const Fitter *f = fit->f;
  double        firmness = _pmt_lattice_system_firmness (fit->system);
  gboolean      any = FALSE;

  for (int k = 0; k < f->landmarks; k++)
    {
      PmtPull *pull = &fit->pulls[f->n + k];
      PmtPoint d = _pmt_lattice_system_at_pull (fit->system, f->n + k);
      double   missed = hypot (pull->target.x - d.x, pull->target.y - d.y);

      if (missed * missed * f->pulls[f->n + k].information[0] <= 1 || !leads (fit, k, reach))
        continue;
      pull->information[0] = pull->information[2] = HARDER * MAX (pull->information[0], NOTICED * firmness);
      any = TRUE;
    }
  return any;
}

static gboolean
follow_landmarks (Fit *fit, double stiffness, const PmtExtent *box)
{
  double reach = stiffness * sqrt ((box->x1 - box->x0) * (box->y1 - box->y0)) / (2 * G_PI);

  for (int k = 0; k < HARDENINGS && pull_harder (fit, reach); k++)
    if (!iterate (fit, stiffness, SETTLING))
      return FALSE;
  return TRUE;
}

/* -- all points -- */

static double
weight_of_strain (PmtPoint p, gconstpointer data)
{
  const PmtLatticeAsk *ask = data;

  p = _pmt_path_map (ask->along, p);
  return isnan (p.x) ? 0 : _pmt_rigid_map_weight (_pmt_rigid_map_at (ask->rigid, p));
}

static PmtLatticeSystem *
new_system (const PmtExtent *box, double spacing, const PmtLatticeAsk *ask)
{
  PmtLatticeSystem *system = _pmt_lattice_system_new (box, spacing, ask->together);

  if (ask->rigid != NULL)
    _pmt_lattice_system_keep_shape (system, weight_of_strain, ask);
  return system;
}

/* With what was chosen; stiffer where it would fold, but first without landmarks pulling harder than they say. */
static gboolean
fit_all (const Fitter *f, const PmtExtent *box, const Choice *choice, const PmtLatticeAsk *ask, PmtLatticeFit *fit)
{
  gboolean hard = ask->led && f->landmarks > 0;

  for (double stiffness = choice->stiffness; stiffness < STIFFEST; stiffness *= hard ? 1 : STIFFER, hard = FALSE)
    {
      g_autoptr (Fit) all = fit_new (f, new_system (box, choice->spacing, ask));

      reweight (all, FALSE);
      if (!iterate (all, stiffness, ITERATIONS) || (hard && !follow_landmarks (all, stiffness, box)))
        continue;
      fit->bend = _pmt_lattice_system_step (all->system, &fit->least_jacobian);
      fit->stiffness = stiffness;
      if (fit->bend == NULL)
        continue;
      take_fit (f, all, fit);
      return TRUE;
    }
  return FALSE;
}

gboolean
_pmt_lattice_fit (GArray *points, const PmtMatrix3 *pose, const PmtExtent *box, const PmtLatticeAsk *ask, PmtSize moving,
                  PmtLatticeFit *fit)
{
  int                 n = points->len;
  g_autofree PmtPull *pulls = g_new0 (PmtPull, n + ask->n_landmarks + 1);
  g_autofree guint8  *near = g_new0 (guint8, n + 1);
  g_autofree int     *around = g_new (int, (n + 1) * NEIGHBOURS);
  Fitter              f = { .context = ask->context, .points = (PmtControlPoint *) points->data, .n = n, .pulls = pulls, .landmarks = ask->n_landmarks,
                            .around = around, .together = ask->reach > 0 ? TOGETHER : TOGETHER_EXACT, .even = ask->together, .near = near };
  Choice              choice = { ask->stiffness, ask->spacing, NAN };
  double              cap;

  memset (fit, 0, sizeof *fit);
  fit->held_out = fit->held_out_plane = NAN;
  if (n < FEWEST || !prepare (&f, pose, box, ask))
    return FALSE;
  if (!(ask->spacing > 0))
    {
      if (!hold_out_planes (&f, pose, moving, &cap, &fit->held_out_plane))
        return FALSE;
      choice = choose (&f, box, ask, cap);
      fit->held_out = choice.error;
      if (!isfinite (choice.error))
        return FALSE;
    }
  if (ask->rigid != NULL)
    choice.spacing = MIN (choice.spacing, RIGID_SPACING);
  fit->spacing = choice.spacing;
  return fit_all (&f, box, &choice, ask, fit);
}

void
_pmt_lattice_fit_clear (PmtLatticeFit *fit)
{
  g_clear_pointer (&fit->bend, _pmt_step_unref);
  g_clear_pointer (&fit->system, _pmt_lattice_system_free);
}
