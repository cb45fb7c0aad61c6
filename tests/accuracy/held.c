/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "held.h"
#include "fit/error-model-private.h"

const double held_levels[HELD_LEVELS] = { 0.5, 0.9, 0.95 };

void
held_add (Held *held, const char *name, const PmtErrorModel *errors, const double over[HELD_LEVELS], int n,
          const PmtPoint *places, const double *misses)
{
  gboolean everywhere = errors->size > 0;

  if (n == 0 || !(over[0] >= 0))
    return;
  for (int level = 0; level < HELD_LEVELS; level++)
    {
      double within = 0, here = 0;

      for (int i = 0; i < n; i++)
        {
          within += misses[i] <= over[level];
          here += everywhere && _pmt_error_model_share (errors, places[i], misses[i]) <= held_levels[level];
        }
      held->over[level] += within / n, held->over_squares[level] += within / n * within / n;
      held->at[level] += here / n, held->at_squares[level] += here / n * here / n;
    }
  held->pairs++;
  held->mapped += everywhere;
  for (int i = 0; everywhere && i < n; i++)
    {
      double share = _pmt_error_model_share (errors, places[i], misses[i]);

      held->bins[CLAMP ((int) (share * HELD_BINS), 0, HELD_BINS - 1)] += 1.0 / n;
      if (held->raw != NULL)
        fprintf (held->raw, "%s %d %.6f %.6f %.6f %.6f %.6f %.6f\n", name, errors->size, errors->spread, errors->common,
                 errors->floor, misses[i], share, _pmt_error_model_radius (errors, places[i], 0.5));
    }
}

double
held_share (const double *sums, const double *squares, int level, int pairs, double *error)
{
  double mean = sums[level] / pairs;

  *error = sqrt (MAX (squares[level] / pairs - mean * mean, 0) / MAX (pairs - 1, 1));
  return mean;
}

void
held_print (const Held *held, const char *title)
{
  printf ("# %s: %d pairs\n#   said   held over the overlap   held at each place\n", title, held->pairs);
  for (int level = 0; level < HELD_LEVELS && held->pairs > 0; level++)
    {
      double error[2], over = held_share (held->over, held->over_squares, level, held->pairs, &error[0]);
      double at = held_share (held->at, held->at_squares, level, held->mapped, &error[1]);

      printf ("#   %2.0f %%   %5.1f ± %.1f %%           %5.1f ± %.1f %%\n", 100 * held_levels[level], 100 * over,
              100 * error[0], 100 * at, 100 * error[1]);
    }
  printf ("#   bins");
  for (int k = 0; k < HELD_BINS; k++)
    printf (" %.4f", held->bins[k] / MAX (held->mapped, 1));
  printf ("\n");
}
