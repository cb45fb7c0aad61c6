/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steepest descent with the step lengths of Barzilai and Borwein (1988): with s the last step and y the gradient's change
 * over it, the next step is −α·g, α = sᵀs/sᵀy, kept if it lowers the worst of the last few costs (Grippo, Lampariello,
 * Lucidi 1986), else halved. The parameters' units make all directions alike at the start; that is all the
 * preconditioning there is. */
#include "climb/climb-private.h"

#include <math.h>
#include <string.h>

#define STEPS      80
#define HALVINGS   8
#define MEMORY     5       /* costs */
#define SUFFICIENT 1e-4    /* of what the slope promises */
#define LONGEST    2.0     /* units a step */
#define FIRST      1.0     /* units */

typedef struct
{
  PmtObjective        *o;
  const PmtClimbRange *range;
  double               at[PMT_CLIMB_MAX_SIZE], gradient[PMT_CLIMB_MAX_SIZE], cost;
  double               recent[MEMORY];   /* costs */
  double               alpha;
} Descent;

static double
dot (const double *a, const double *b, int n)
{
  double sum = 0;

  for (int k = 0; k < n; k++)
    sum += a[k] * b[k];
  return sum;
}

/* One step downhill; FALSE when there is none worth taking. */
static gboolean
step (Descent *d)
{
  int    n = d->o->size;
  double to[PMT_CLIMB_MAX_SIZE], gradient[PMT_CLIMB_MAX_SIZE], s[PMT_CLIMB_MAX_SIZE], y[PMT_CLIMB_MAX_SIZE];
  double length = sqrt (dot (d->gradient, d->gradient, n)), worst = -INFINITY, cost, curvature;

  if (!(length > 0))
    return FALSE;
  d->alpha = MIN (d->alpha, LONGEST / length);
  for (int k = 0; k < MEMORY; k++)
    worst = MAX (worst, d->recent[k]);
  for (int halving = 0;; halving++, d->alpha /= 2)
    {
      if (halving > HALVINGS || d->alpha * length < d->range->settled)
        return FALSE;
      for (int k = 0; k < n; k++)
        {
          to[k] = CLAMP (d->at[k] - d->alpha * d->gradient[k], -d->range->reach, d->range->reach);
          s[k] = to[k] - d->at[k];
        }
      cost = _pmt_objective_cost (d->o, to, gradient);
      if (d->o->error != NULL)
        return FALSE;
      if (cost <= worst + SUFFICIENT * dot (s, d->gradient, n))
        break;
    }
  for (int k = 0; k < n; k++)
    y[k] = gradient[k] - d->gradient[k];
  curvature = dot (s, y, n);
  d->alpha = curvature > 0 ? dot (s, s, n) / curvature : 2 * d->alpha;
  memcpy (d->at, to, sizeof to);
  memcpy (d->gradient, gradient, sizeof gradient);
  memmove (d->recent + 1, d->recent, sizeof d->recent - sizeof *d->recent);
  d->recent[0] = cost;
  return dot (s, s, n) > d->range->settled * d->range->settled;
}

gboolean
_pmt_descend_gradient (PmtObjective *o, const PmtClimbRange *range, double *parameters, GError **error)
{
  Descent d = { .o = o, .range = range };

  memcpy (d.at, parameters, o->size * sizeof *parameters);
  d.cost = _pmt_objective_cost (o, d.at, d.gradient);
  for (int k = 0; k < MEMORY; k++)
    d.recent[k] = k == 0 ? d.cost : -INFINITY;
  d.alpha = FIRST / MAX (sqrt (dot (d.gradient, d.gradient, o->size)), 1e-12);
  for (int k = 0; k < STEPS && o->error == NULL && step (&d); k++)
    continue;
  if (o->error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&o->error));
      return FALSE;
    }
  for (int k = 0; isfinite (o->best_cost) && k < o->size; k++)
    parameters[k] = o->best[k];
  return TRUE;
}
