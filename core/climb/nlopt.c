/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The optimisers that NLopt has (S. G. Johnson, The NLopt nonlinear-optimization package):
 *
 *   l-bfgs        LD_LBFGS: limited-memory quasi-Newton, after Nocedal and Liu, in Lukšan's version
 *   evolutionary  GN_CRS2_LM: controlled random search with local mutation (Price 1983; Kaelo & Ali 2006): a population
 *                 of poses in a box, of which the worst is replaced by reflections of random others through the best.
 *                 Poses far apart are compared by _pmt_climb_rank(), against the median of poses drawn at random
 *   bobyqa        LN_BOBYQA: quadratic models without derivatives (Powell 2009) */
#include "climb/climb-private.h"

#include <math.h>

#include "base/select-private.h"

#define STEPS           60      /* of the quasi-Newton method on a level, evaluations */
#define MODEL_STEPS     40      /* of bobyqa, a parameter */
#define POPULATION      40      /* poses … */
#define MORE            15      /* … and for each parameter */
#define GENERATIONS     20      /* evaluations for each of the population */
#define SAMPLE          60      /* poses that the median is taken of */
#define FIRST_STEP      1.0     /* units: bobyqa's */
#define COST_SETTLED    1e-9
#define LINEAR          0.6     /* of the reach, for turns, scales and shears … */
#define PERSPECTIVE     0.25    /* … and for the horizon */

typedef struct
{
  PmtObjective *o;
  double        median;
} Question;

static double
ask (unsigned n, const double *parameters, double *gradient, void *data)
{
  return _pmt_objective_cost (((Question *) data)->o, parameters, gradient);
}

static double
ask_rank (unsigned n, const double *parameters, double *gradient, void *data)
{
  Question *q = data;
  double    cost = _pmt_objective_cost (q->o, parameters, NULL);

  return cost < PMT_COST_NOTHING ? _pmt_climb_rank (cost, q->median, q->o->overlap) : cost;
}

static double
bound (const PmtClimbRange *range, int k)
{
  return range->reach * (k >= 6 ? PERSPECTIVE : k >= 2 ? LINEAR : 1);
}

static gboolean
is_cancelled (PmtObjective *o, GError **error)
{
  if (o->error == NULL)
    return FALSE;
  g_propagate_error (error, g_steal_pointer (&o->error));
  return TRUE;
}

/* To `parameters`: where the optimiser ended. */
static gboolean
run (nlopt_algorithm algorithm, nlopt_func func, Question *q, const PmtClimbRange *range, int evaluations,
     int population, double *parameters, GError **error)
{
  int       n = q->o->size;
  nlopt_opt opt = nlopt_create (algorithm, n);
  double    low[PMT_CLIMB_MAX_SIZE], high[PMT_CLIMB_MAX_SIZE], cost;

  if (opt == NULL)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for the optimiser");
      return FALSE;
    }
  for (int k = 0; k < n; k++)
    {
      high[k] = bound (range, k);
      low[k] = -high[k];
    }
  nlopt_set_min_objective (opt, func, q);
  nlopt_set_lower_bounds (opt, low);
  nlopt_set_upper_bounds (opt, high);
  nlopt_set_maxeval (opt, evaluations);
  nlopt_set_xtol_abs1 (opt, range->settled);
  nlopt_set_ftol_abs (opt, COST_SETTLED);
  nlopt_set_initial_step1 (opt, MIN (FIRST_STEP, range->reach / 2));
  if (population > 0)
    nlopt_set_population (opt, population);
  q->o->running = opt;
  nlopt_optimize (opt, parameters, &cost);   /* its status does not matter: a failure leaves the best there was */
  q->o->running = NULL;
  nlopt_destroy (opt);
  return !is_cancelled (q->o, error);
}

/* What counts is the best point ever asked for, not the last. */
static gboolean
descend (nlopt_algorithm algorithm, PmtObjective *o, const PmtClimbRange *range, int evaluations, double *parameters,
         GError **error)
{
  Question q = { .o = o };

  if (!run (algorithm, ask, &q, range, evaluations, 0, parameters, error))
    return FALSE;
  for (int k = 0; isfinite (o->best_cost) && k < o->size; k++)
    parameters[k] = o->best[k];
  return TRUE;
}

gboolean
_pmt_descend_lbfgs (PmtObjective *o, const PmtClimbRange *range, double *parameters, GError **error)
{
  return descend (NLOPT_LD_LBFGS, o, range, STEPS, parameters, error);
}

gboolean
_pmt_descend_bobyqa (PmtObjective *o, const PmtClimbRange *range, double *parameters, GError **error)
{
  return descend (NLOPT_LN_BOBYQA, o, range, MODEL_STEPS * o->size, parameters, error);
}

static double
median_of_some (PmtObjective *o, const PmtClimbRange *range)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) range->seed);
  double            costs[SAMPLE];
  int               n = 0;

  for (int i = 0; i < SAMPLE; i++)
    {
      double at[PMT_CLIMB_MAX_SIZE];

      for (int k = 0; k < o->size; k++)
        at[k] = g_rand_double_range (random, -1, 1) * bound (range, k);
      costs[n] = _pmt_objective_cost (o, at, NULL);
      n += costs[n] < PMT_COST_NOTHING;
    }
  return n > 0 ? _pmt_quantile (costs, n, 0.5) : 0;
}

gboolean
_pmt_evolve (PmtObjective *o, const PmtClimbRange *range, double *parameters, GError **error)
{
  int      population = POPULATION + MORE * o->size;
  Question q = { .o = o, .median = median_of_some (o, range) };

  nlopt_srand ((unsigned long) range->seed);   /* NLopt's generator is the thread's own */
  return !is_cancelled (o, error)
         && run (NLOPT_GN_CRS2_LM, ask_rank, &q, range, GENERATIONS * population, population, parameters, error);
}
