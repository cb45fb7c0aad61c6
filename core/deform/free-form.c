/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Free-form deformation of unlike images (Rueckert et al. 1999): the bend of all pixels at once that makes the pictures most like each
 * other and bends least,
 *
 *     minimise  −Σ_k w_k·s_k(F, M∘(p + d)) + λ·mean |∂²d|²        over the controls of d,
 *
 * coarse to fine. First by mutual information with few controls, which sees dark on dark whatever the edges do and finds its way from
 * afar; then by the directions of edges (normalised gradient fields) with a little of it. L-BFGS with the metrics' own derivatives
 * (core/metric). A level starts from the bend of the one before, whose controls are halved until they are as close as the level's.
 *
 * The penalty has no dimension: d and lengths are in units of the box's √area. Where the pictures say little it holds; so the bend is
 * stiffer where less is to be seen. A level whose bend would fold is done again, four times as stiff. */
#include "deform/free-form-private.h"

#include <math.h>
#include <nlopt.h>
#include <string.h>

#include "deform/control-grid-private.h"

#define TERMS        2
#define BAND         16        /* rows */
#define MEMORY       8         /* of the quasi-Newton method, steps */
#define FOLD_TRIES   4
#define STIFFER      4.0
#define SETTLED      1e-7      /* of the cost */
#define FAR          (-1e6f)   /* px: where pixels without an image are looked for */
#define BLOCKS       10        /* a side, left out in turns */

/* What is done at √area `size`. */
typedef struct
{
  int    size, halvings;       /* of the spacing, before */
  double penalty;              /* λ */
  int    evaluations;
  struct { PmtMetric metric; double weight; } term[TERMS];
} Level;

#define FIRST_SPACING (1 / 6.0)
#define MOST_LEVELS   4

typedef struct { int n; Level level[MOST_LEVELS]; } Scheme;

/* One metric from the overview to the fine, when a person has chosen it. λ is what recovers waves of 8 px in a painting of 560 × 440 (the
 * plane is 5.0 px off): seen twice in visible light ssd 0.03 and ncc 0.05, seen in visible light and infrared local-ncc 0.09, ngf
 * 0.09, mind 0.08 and nmi 0.17 px. With ten times as much ssd keeps 0.15 and ncc 0.26. With a third of it ncc gains 0.01, and
 * goes 50 px astray where visible light and infrared don't correlate, unnoticed: those two are for images of one kind. */
#define ALONE(metric, p0, p1, p2, p3) \
  { 4, { { 96,  0, p0, 40, { { metric, 1 } } }, { 192, 2, p1, 40, { { metric, 1 } } }, \
         { 384, 1, p2, 40, { { metric, 1 } } }, { 768, 0, p3, 40, { { metric, 1 } } } } }

static const Scheme schemes[] =
{
  [PMT_METRIC_AUTO] = { 3, {
    { 96,  0, 0.1,  40, { { PMT_METRIC_NMI, 1 } } },
    { 192, 2, 0.04, 40, { { PMT_METRIC_NGF, 1 }, { PMT_METRIC_NMI, 10 } } },
    { 384, 1, 0.01, 40, { { PMT_METRIC_NGF, 1 }, { PMT_METRIC_NMI, 10 } } } } },
  [PMT_METRIC_SSD] = ALONE (PMT_METRIC_SSD, 0.03, 0.01, 0.003, 0.002),
  [PMT_METRIC_NCC] = ALONE (PMT_METRIC_NCC, 0.03, 0.01, 0.003, 0.002),
  [PMT_METRIC_LOCAL_NCC] = ALONE (PMT_METRIC_LOCAL_NCC, 0.01, 0.004, 0.001, 0.001),
  [PMT_METRIC_NMI] = ALONE (PMT_METRIC_NMI, 0.01, 0.004, 0.001, 0.001),
  [PMT_METRIC_NGF] = ALONE (PMT_METRIC_NGF, 0.01, 0.004, 0.001, 0.001),
  [PMT_METRIC_MIND] = ALONE (PMT_METRIC_MIND, 0.01, 0.004, 0.001, 0.001),
};

#define LANDMARK 0.2      /* of the last level's λ: what a landmark that is off by its σ costs. Where nothing is to be seen it is then
                           * followed to a fraction of its σ */

enum
{
  BASE_X, BASE_Y,     /* where the pose puts each pixel's centre, moving px */
  X, Y,               /* … and the bend too, moving level px */
  BY_X, BY_Y,         /* derivatives of the terms' sum by these, negative */
  PLANES
};

/* A landmark: what displacement the bend should have where the pose puts it, moving px, and 1/σ². */
typedef struct { PmtPoint at, target; double weight; } Pull;

typedef struct
{
  PmtContext          *context;
  const PmtFreeFormAsk *ask;
  GArray              *pulls;              /* of Pull */
  const Scheme        *scheme;
  const Level         *level;
  PmtMetricPair       *pair[TERMS];
  PmtMetricWork       *work[TERMS];
  int                  n, width, height;   /* terms; pixels of the fixed level */
  float               *plane[PLANES];
  PmtControlGrid      *grid;
  double               side;               /* the box's √area, moving px */
  double               unit;               /* moving px for a number that the optimiser sees */
  double               penalty;
  double              *best, best_cost;
  nlopt_opt            running;
  GError              *error;
} Fit;

/* -- the cost -- */

static void
place_band (int y0, int y1, gpointer data, double *sums)
{
  Fit              *f = data;
  const PmtMatrix3 *m = &f->pair[0]->to_moving;

  for (gsize i = (gsize) y0 * f->width; i < (gsize) y1 * f->width; i++)
    {
      PmtPoint p = { f->plane[BASE_X][i], f->plane[BASE_Y][i] }, d;
      PmtCell  cell;

      if (p.x == FAR)
        {
          f->plane[X][i] = f->plane[Y][i] = FAR;
          continue;
        }
      _pmt_control_grid_cell (f->grid, p, &cell);
      d = _pmt_control_grid_at (f->grid, f->grid->d, &cell);
      f->plane[X][i] = (float) (m->m[0][0] * (p.x + d.x) + m->m[0][2]);
      f->plane[Y][i] = (float) (m->m[1][1] * (p.y + d.y) + m->m[1][2]);
    }
}

/* By controls, from derivatives by level px. */
static void
gather_band (int y0, int y1, gpointer data, double *sums)
{
  const Fit        *f = data;
  const PmtMatrix3 *m = &f->pair[0]->to_moving;

  for (gsize i = (gsize) y0 * f->width; i < (gsize) y1 * f->width; i++)
    {
      PmtCell cell;

      if (f->plane[BY_X][i] == 0 && f->plane[BY_Y][i] == 0)
        continue;
      _pmt_control_grid_cell (f->grid, (PmtPoint) { f->plane[BASE_X][i], f->plane[BASE_Y][i] }, &cell);
      _pmt_control_grid_scatter (f->grid, &cell, f->plane[BY_X][i] * m->m[0][0], f->plane[BY_Y][i] * m->m[1][1], sums);
    }
}

typedef struct { Fit *f; const float *x, *y; double weight; gboolean first; } Add;

static void
add_band (int y0, int y1, gpointer data, double *sums)
{
  const Add *a = data;
  Fit       *f = a->f;

  for (gsize i = (gsize) y0 * f->width; i < (gsize) y1 * f->width; i++)
    {
      f->plane[BY_X][i] = (float) ((a->first ? 0 : f->plane[BY_X][i]) - a->weight * a->x[i]);
      f->plane[BY_Y][i] = (float) ((a->first ? 0 : f->plane[BY_Y][i]) - a->weight * a->y[i]);
    }
}

/* Bands over the level's rows; metric-private.h's loop wants a view for the size alone. */
static gboolean
over_rows (Fit *f, PmtBandFunc func, gpointer data, int n, double *sums)
{
  PmtMetricView size = { .context = f->context, .width = f->width, .height = f->height };

  return _pmt_metric_bands (&size, BAND, func, data, n, sums, &f->error);
}

/* The terms' part, with f->plane[BY_X] and by_y where derivatives are wanted. FALSE where there is nothing to compare, and for an error. */
static gboolean
likeness (Fit *f, gboolean derivatives, double *sum)
{
  *sum = 0;
  if (!over_rows (f, place_band, f, 0, NULL))
    return FALSE;
  for (int k = 0; k < f->n; k++)
    {
      Add    add = { .f = f, .weight = f->level->term[k].weight * (f->pair[k]->klass->maximise ? 1 : -1), .first = k == 0 };
      double score, overlap;

      if (!_pmt_metric_evaluate_at (f->pair[k], f->work[k], f->plane[X], f->plane[Y], &score, &overlap, derivatives ? &add.x : NULL,
                                    derivatives ? &add.y : NULL, &f->error))
        return FALSE;
      *sum += add.weight * score;
      if (derivatives && !over_rows (f, add_band, &add, 0, NULL))
        return FALSE;
    }
  return TRUE;
}

/* Σ of squared distances from landmarks, in σ, times LANDMARK·λ; its derivatives by the controls are added to gradient. */
static double
landmarks_cost (const Fit *f, double *gradient)
{
  double each = LANDMARK * f->scheme->level[f->scheme->n - 1].penalty, sum = 0;

  for (guint k = 0; k < f->pulls->len; k++)
    {
      const Pull *l = &g_array_index (f->pulls, Pull, k);
      double      weight = each * l->weight;
      PmtCell     cell;
      PmtPoint    d;

      _pmt_control_grid_cell (f->grid, l->at, &cell);
      d = _pmt_control_grid_at (f->grid, f->grid->d, &cell);
      d = (PmtPoint) { d.x - l->target.x, d.y - l->target.y };
      sum += weight * (d.x * d.x + d.y * d.y);
      _pmt_control_grid_scatter (f->grid, &cell, 2 * weight * d.x, 2 * weight * d.y, gradient);
    }
  return sum;
}

/* NLopt's function; an error stops it. */
static double
cost_of (unsigned n, const double *z, double *gradient, void *data)
{
  Fit                *f = data;
  g_autofree double  *by_control = g_new0 (double, n);
  double              sum, cost = HUGE_VAL;

  for (unsigned k = 0; k < n; k++)
    f->grid->d[k] = z[k] * f->unit;
  if (pmt_context_check (f->context, &f->error) && likeness (f, TRUE, &sum)
      && over_rows (f, gather_band, f, (int) n, by_control))
    cost = -sum + _pmt_control_grid_bending (f->grid, f->side, f->penalty, by_control) + landmarks_cost (f, by_control);
  for (unsigned k = 0; gradient != NULL && k < n; k++)
    gradient[k] = by_control[k] * f->unit;
  if (cost < f->best_cost)
    {
      f->best_cost = cost;
      memcpy (f->best, z, n * sizeof *z);
    }
  if (!isfinite (cost))
    nlopt_force_stop (f->running);
  return cost;
}

static gboolean
descend (Fit *f)
{
  int                n = _pmt_control_grid_size (f->grid);
  g_autofree double *z = g_new (double, n), *best = g_new (double, n);
  double             cost;
  nlopt_opt          opt = nlopt_create (NLOPT_LD_LBFGS, n);

  if (opt == NULL)
    {
      g_set_error_literal (&f->error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for the optimiser");
      return FALSE;
    }
  for (int k = 0; k < n; k++)
    best[k] = z[k] = f->grid->d[k] / f->unit;
  f->best = best;
  f->best_cost = INFINITY;
  f->running = opt;
  nlopt_set_min_objective (opt, cost_of, f);
  nlopt_set_maxeval (opt, f->level->evaluations);
  nlopt_set_vector_storage (opt, MEMORY);
  nlopt_set_ftol_rel (opt, SETTLED);
  nlopt_optimize (opt, z, &cost);   /* its status does not matter: a failure leaves the best there was */
  nlopt_destroy (opt);
  for (int k = 0; k < n; k++)
    f->grid->d[k] = best[k] * f->unit;
  return f->error == NULL;
}

/* -- a level -- */

static void
fit_clear (Fit *f)
{
  for (int k = 0; k < TERMS; k++)
    {
      g_clear_pointer (&f->work[k], _pmt_metric_work_free);
      g_clear_pointer (&f->pair[k], _pmt_metric_pair_free);
    }
  for (int k = 0; k < PLANES; k++)
    g_clear_pointer (&f->plane[k], pmt_buffer_free);
}

/* Where the pose puts the level's pixels. */
static gboolean
place_base (Fit *f, const PmtMatrix3 *pose)
{
  PmtMatrix3 back = pmt_matrix3_identity, map;

  for (int k = 0; k < PLANES; k++)
    if ((f->plane[k] = pmt_buffer_new ((gsize) f->width * f->height, sizeof (float), &f->error)) == NULL)
      return FALSE;
  pmt_matrix3_invert (&f->pair[0]->to_fixed, &back);
  map = pmt_matrix3_then (&back, pose);
  for (gsize i = 0; i < (gsize) f->width * f->height; i++)
    {
      PmtPoint p = pmt_matrix3_map (&map, (PmtPoint) { i % f->width + 0.5, i / f->width + 0.5 });

      f->plane[BASE_X][i] = isnan (p.x) ? FAR : (float) p.x;
      f->plane[BASE_Y][i] = isnan (p.x) ? FAR : (float) p.y;
    }
  return TRUE;
}

/* Which pixels count: all, those of one colour of a chequerboard over the level, or of the other. */
typedef enum { EVERYWHERE, ON_WHITE, ON_BLACK } Where;

static void
leave_out (Fit *f, Where where)
{
  for (int y = 0; y < f->height && where != EVERYWHERE; y++)
    for (int x = 0; x < f->width; x++)
      {
        int black = (x * BLOCKS / f->width + y * BLOCKS / f->height) & 1;

        for (int k = 0; k < f->n; k++)
          f->pair[k]->fixed_weight[(gsize) y * f->width + x] *= black == (where == ON_BLACK);
      }
}

static gboolean
fit_open (Fit *f, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, const Level *level, Where where)
{
  f->level = level;
  for (f->n = 0; f->n < TERMS && level->term[f->n].weight > 0; f->n++)
    {
      int k = f->n;

      f->pair[k] = _pmt_metric_pair_new (f->context, _pmt_metric_class (level->term[k].metric), fixed, moving, pose, pose,
                                         level->size, 0, &f->error);
      f->work[k] = f->pair[k] != NULL ? _pmt_metric_work_new (f->pair[k], TRUE, &f->error) : NULL;
      if (f->work[k] == NULL)
        return FALSE;
    }
  f->width = f->pair[0]->width;
  f->height = f->pair[0]->height;
  f->unit = 1 / f->pair[0]->to_moving.m[0][0];
  leave_out (f, where);
  return place_base (f, pose);
}

/* From the bend of the level before to this level's; one that would fold is not taken. */
static void
settle (Fit *f, PmtFreeForm *out)
{
  g_autoptr (PmtControlGrid) start = _pmt_control_grid_copy (f->grid);

  for (int k = 0; k < FOLD_TRIES; k++, f->penalty *= STIFFER)
    {
      PmtStep *step = descend (f) && isfinite (f->best_cost) ? _pmt_control_grid_step (f->grid, &out->least_jacobian) : NULL;

      if (step != NULL)
        {
          g_clear_pointer (&out->bend, _pmt_step_unref);
          out->bend = step;
          return;
        }
      memcpy (f->grid->d, start->d, _pmt_control_grid_size (start) * sizeof *start->d);
      if (f->error != NULL || !isfinite (f->best_cost))
        return;
    }
}

static void
halve (Fit *f, int times)
{
  for (int k = 0; k < times; k++)
    {
      PmtControlGrid *fine = _pmt_control_grid_halve (f->grid);

      _pmt_control_grid_free (f->grid);
      f->grid = fine;
    }
}

/* All levels. What is stiffer is so from the start; what is softer may not be before it is near. */
static gboolean
run (Fit *f, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, Where where, PmtFreeForm *out)
{
  double       stiffer = pow (f->ask->stiffness / PMT_FREE_FORM_STIFFNESS, 4);
  const Level *levels = f->scheme->level;

  for (int k = 0; k < f->scheme->n && f->error == NULL; k++)
    {
      halve (f, levels[k].halvings);
      f->penalty = levels[k].penalty * (k + 1 < f->scheme->n ? MAX (stiffer, 1) : stiffer);
      if (fit_open (f, fixed, moving, pose, &levels[k], where))
        settle (f, out);
      fit_clear (f);
    }
  out->spacing = f->grid->spacing / f->side;
  return f->error == NULL;
}

static void
take_landmarks (Fit *f, const PmtMatrix3 *pose)
{
  f->pulls = g_array_new (FALSE, FALSE, sizeof (Pull));
  for (int k = 0; k < f->ask->n_landmarks; k++)
    {
      const PmtLandmark *l = &f->ask->landmarks[k];
      PmtPoint           at = pmt_matrix3_map (pose, l->fixed);
      Pull               pull = { at, { l->moving.x - at.x, l->moving.y - at.y }, 1 / (l->sigma * l->sigma) };

      if (!isnan (at.x))
        g_array_append_val (f->pulls, pull);
    }
}

/* -- what was left out -- */

static void
start_over (Fit *f, const PmtExtent *box)
{
  g_clear_pointer (&f->grid, _pmt_control_grid_free);
  f->grid = _pmt_control_grid_new (box, FIRST_SPACING * f->side);
}

/* Fitted without half of the blocks: how like these are along the bend, and without it. */
static gboolean
ask_left_out (Fit *f, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, Where fitted, Where asked,
              double *bent, double *plane)
{
  g_auto (PmtFreeForm) half = { 0 };
  gboolean             ok = run (f, fixed, moving, pose, fitted, &half)
                            && fit_open (f, fixed, moving, pose, &f->scheme->level[f->scheme->n - 1], asked)
                            && likeness (f, FALSE, bent);

  memset (f->grid->d, 0, _pmt_control_grid_size (f->grid) * sizeof *f->grid->d);
  ok = ok && likeness (f, FALSE, plane);
  fit_clear (f);
  return ok;
}

static void
cross_validate (Fit *f, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, const PmtExtent *box,
                PmtFreeForm *out)
{
  double bent[2], plane[2];

  start_over (f, box);
  if (!ask_left_out (f, fixed, moving, pose, ON_WHITE, ON_BLACK, &bent[0], &plane[0]))
    return;
  start_over (f, box);
  if (!ask_left_out (f, fixed, moving, pose, ON_BLACK, ON_WHITE, &bent[1], &plane[1]))
    return;
  out->left_out = 0.5 * (bent[0] + bent[1]);
  out->left_out_plane = 0.5 * (plane[0] + plane[1]);
}

gboolean
_pmt_free_form_fit (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                    const PmtExtent *box, const PmtFreeFormAsk *ask, PmtFreeForm *out, GError **error)
{
  Fit f = { .context = context, .ask = ask, .scheme = &schemes[ask->metric], .side = sqrt ((box->x1 - box->x0) * (box->y1 - box->y0)) };

  *out = (PmtFreeForm) { .left_out = NAN, .left_out_plane = NAN };
  start_over (&f, box);
  take_landmarks (&f, pose);
  if (run (&f, fixed, moving, pose, EVERYWHERE, out) && ask->left_out && out->bend != NULL)
    cross_validate (&f, fixed, moving, pose, box, out);
  _pmt_control_grid_free (f.grid);
  g_array_unref (f.pulls);
  if (f.error == NULL)
    return TRUE;
  _pmt_free_form_clear (out);
  g_propagate_error (error, f.error);
  return FALSE;
}

void
_pmt_free_form_clear (PmtFreeForm *form)
{
  g_clear_pointer (&form->bend, _pmt_step_unref);
}
