/* SPDX-License-Identifier: GPL-3.0-or-later */
/* θ to a map, and a metric to a cost. With c the frame's centre, R the distance from it to a corner, u the length of a
 * level pixel (all fixed px), and a_k = θ_k·u/R, the frame is moved by
 *
 *     translation   p + u·(θ₀, θ₁)
 *     rigid         c + Rot(a₂)·(p − c) + u·(θ₀, θ₁)
 *     similarity    …, times exp(a₃)
 *     affine        c + (I + [a₂ a₃; a₄ a₅])·(p − c) + u·(θ₀, θ₁)
 *     homography    …, divided by 1 + (a₆, a₇)·(p − c)/R
 *
 * so that a model's map stays one of its kind, exactly. The derivative of the map by θ is taken by central differences of
 * these formulas, to ten digits; that of the score by the map is the metric's. */
#include "climb/climb-private.h"

#include <math.h>

#define PENALTY    10.0   /* of no overlap at all, on top of a cost of order 1 */
#define QUARTER    0.25   /* units: the difference quotient's step for metrics without derivatives */
#define TINY       1e-3   /* units: that for the map */
#define NO_OVERLAP 0.25   /* of the floor: below, nothing is compared */

static int
freedom (PmtModel model)
{
  switch (model)
    {
    case PMT_MODEL_TRANSLATION: return 2;
    case PMT_MODEL_RIGID:       return 3;
    case PMT_MODEL_AFFINE:      return 6;
    case PMT_MODEL_HOMOGRAPHY:  return 8;
    default:                    return 4;
    }
}

PmtObjective *
_pmt_objective_new (PmtMetricPair *pair, PmtModel model, const PmtMatrix3 *pose, double floor, GError **error)
{
  g_autoptr (PmtObjective) o = g_new0 (PmtObjective, 1);

  o->pair = pair;
  o->model = model;
  o->pose = *pose;
  o->unit = 1 / pair->scale;
  o->radius = 0.5 * hypot (pair->width, pair->height) / pair->scale;
  o->size = freedom (model);
  o->floor = floor;
  o->best_cost = INFINITY;
  o->work = _pmt_metric_work_new (pair, pair->klass->analytic, error);
  return o->work != NULL ? g_steal_pointer (&o) : NULL;
}

void
_pmt_objective_free (PmtObjective *objective)
{
  if (objective == NULL)
    return;
  _pmt_metric_work_free (objective->work);
  g_clear_error (&objective->error);
  g_free (objective);
}

/* The motion of the frame, about its centre. */
static PmtMatrix3
motion (const PmtObjective *o, const double *theta)
{
  double     a[PMT_CLIMB_MAX_SIZE] = { 0 }, tx = theta[0] * o->unit, ty = theta[1] * o->unit;
  PmtMatrix3 m = { { { 1, 0, tx }, { 0, 1, ty }, { 0, 0, 1 } } };

  for (int k = 2; k < o->size; k++)
    a[k] = theta[k] * o->unit / o->radius;
  if (o->size == 3 || o->size == 4)
    {
      double scale = exp (a[3]);

      m.m[0][0] = m.m[1][1] = scale * cos (a[2]);
      m.m[1][0] = scale * sin (a[2]);
      m.m[0][1] = -m.m[1][0];
    }
  else if (o->size > 4)
    {
      m.m[0][0] += a[2], m.m[0][1] = a[3], m.m[1][0] = a[4], m.m[1][1] += a[5];
      m.m[2][0] = a[6] / o->radius, m.m[2][1] = a[7] / o->radius;
    }
  return m;
}

PmtMatrix3
_pmt_objective_pose (const PmtObjective *o, const double *theta)
{
  PmtMatrix3 there = pmt_matrix3_translation (-o->pair->centre.x, -o->pair->centre.y);
  PmtMatrix3 back = pmt_matrix3_translation (o->pair->centre.x, o->pair->centre.y), moved = motion (o, theta), m;

  m = pmt_matrix3_then (&there, &moved);
  m = pmt_matrix3_then (&m, &back);
  return pmt_matrix3_then (&m, &o->pose);
}

static PmtMatrix3
map_at (const PmtObjective *o, const double *theta)
{
  PmtMatrix3 pose = _pmt_objective_pose (o, theta);

  return _pmt_metric_pair_map (o->pair, &pose);
}

/* ∂cost/∂θ from ∂cost/∂map. */
static void
by_parameters (const PmtObjective *o, const double *theta, const double by_map[9], double *gradient)
{
  for (int k = 0; k < o->size; k++)
    {
      double     at[PMT_CLIMB_MAX_SIZE];
      PmtMatrix3 plus, minus;

      for (int i = 0; i < o->size; i++)
        at[i] = theta[i];
      at[k] = theta[k] + TINY;
      plus = map_at (o, at);
      at[k] = theta[k] - TINY;
      minus = map_at (o, at);
      gradient[k] = 0;
      for (int i = 0; i < 9; i++)
        gradient[k] += by_map[i] * (plus.m[i / 3][i % 3] - minus.m[i / 3][i % 3]) / (2 * TINY);
    }
}

/* FALSE, with cost NOTHING, where there is nothing to compare. */
static gboolean
cost_at (PmtObjective *o, const double *theta, double *cost, double *gradient)
{
  PmtMatrix3 map = map_at (o, theta);
  double     score, by_map[9], by_overlap[9], sign = o->pair->klass->maximise ? -1 : 1, lack;

  *cost = PMT_COST_NOTHING;
  o->overlap = 0;
  o->evaluations++;
  if (!_pmt_metric_evaluate (o->pair, o->work, &map, &score, &o->overlap, gradient != NULL ? by_map : NULL,
                             gradient != NULL ? by_overlap : NULL, &o->error)
      || o->overlap < NO_OVERLAP * o->floor)
    return FALSE;
  lack = MAX (1 - o->overlap / o->floor, 0);
  *cost = sign * score + PENALTY * lack * lack;
  if (gradient == NULL)
    return TRUE;
  for (int i = 0; i < 9; i++)
    by_map[i] = sign * by_map[i] - 2 * PENALTY * lack / o->floor * by_overlap[i];
  by_parameters (o, theta, by_map, gradient);
  return TRUE;
}

static void
central_differences (PmtObjective *o, const double *theta, double *gradient)
{
  for (int k = 0; k < o->size && o->error == NULL; k++)
    {
      double at[PMT_CLIMB_MAX_SIZE], plus, minus = 0;

      for (int i = 0; i < o->size; i++)
        at[i] = theta[i];
      at[k] = theta[k] + QUARTER;
      cost_at (o, at, &plus, NULL);
      at[k] = theta[k] - QUARTER;
      if (o->error == NULL)
        cost_at (o, at, &minus, NULL);
      gradient[k] = (plus - minus) / (2 * QUARTER);
    }
}

double
_pmt_objective_cost (PmtObjective *o, const double *theta, double *gradient)
{
  gboolean analytic = gradient != NULL && o->pair->klass->analytic;
  double   cost = PMT_COST_NOTHING;

  for (int k = 0; gradient != NULL && k < o->size; k++)
    gradient[k] = 0;
  if (o->error == NULL && pmt_context_check (o->pair->context, &o->error)
      && cost_at (o, theta, &cost, analytic ? gradient : NULL) && gradient != NULL && !analytic)
    central_differences (o, theta, gradient);
  if (o->error != NULL)
    {
      if (o->running != NULL)
        nlopt_force_stop (o->running);
      return PMT_COST_NOTHING;
    }
  if (cost < o->best_cost)
    {
      o->best_cost = cost;
      for (int k = 0; k < o->size; k++)
        o->best[k] = theta[k];
    }
  return cost;
}
