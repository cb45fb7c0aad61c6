/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statistics.h"

#include <math.h>
#include <stdlib.h>

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

double
statistics_quantile (double *values, int n, double q)
{
  double at = q * (n - 1);
  int    i = (int) at;

  if (n == 0)
    return NAN;
  qsort (values, n, sizeof *values, compare_doubles);
  return i + 1 < n ? values[i] + (at - i) * (values[i + 1] - values[i]) : values[n - 1];
}

/* P(X ≤ k) for X binomial. */
static double
binomial_at_most (int k, int n, double p)
{
  double sum = 0;

  if (p <= 0)
    return 1;
  if (p >= 1)
    return k >= n ? 1 : 0;
  for (int i = 0; i <= k; i++)
    sum += exp (lgamma (n + 1.0) - lgamma (i + 1.0) - lgamma (n - i + 1.0) + i * log (p) + (n - i) * log1p (-p));
  return sum;
}

double
statistics_upper_bound (int k, int n, double confidence)
{
  double low = 0, high = 1;

  if (k >= n)
    return 1;
  for (int i = 0; i < 60; i++)
    {
      double middle = (low + high) / 2;

      if (binomial_at_most (k, n, middle) > 1 - confidence)
        low = middle;
      else
        high = middle;
    }
  return high;
}

int
statistics_least_successes (int n, double goal, double risk)
{
  int least = n;

  while (least > 0 && binomial_at_most (least - 1, n, goal) > risk)
    least--;
  return least;
}
