/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/select-private.h"

#include <math.h>
#include <stdlib.h>

static void
swap (float *a, float *b)
{
  float t = *a;

  *a = *b;
  *b = t;
}

float
_pmt_select_float (float *values, int n, int k)
{
  int low = 0, high = n - 1;

  while (low < high)
    {
      int   middle = low + (high - low) / 2, i = low, j = high;
      float pivot;

      if (values[middle] < values[low])       /* median of three: sorted input costs no more */
        swap (&values[middle], &values[low]);
      if (values[high] < values[low])
        swap (&values[high], &values[low]);
      if (values[high] < values[middle])
        swap (&values[high], &values[middle]);
      pivot = values[middle];
      while (i <= j)
        {
          while (values[i] < pivot)
            i++;
          while (pivot < values[j])
            j--;
          if (i <= j)
            swap (&values[i++], &values[j--]);
        }
      if (k <= j)
        high = j;
      else if (k >= i)
        low = i;
      else
        break;
    }
  return values[k];
}

float
_pmt_median_float (float *values, int n)
{
  float upper, lower;

  if (n == 0)
    return 0;
  upper = _pmt_select_float (values, n, n / 2);
  if (n % 2 != 0)
    return upper;
  lower = values[0];                          /* what lies left of the selected one is no larger */
  for (int i = 1; i < n / 2; i++)
    lower = MAX (lower, values[i]);
  return 0.5f * (lower + upper);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

double
_pmt_quantile (double *values, int n, double share)
{
  if (n == 0)
    return NAN;
  qsort (values, n, sizeof *values, compare_doubles);
  return values[CLAMP ((int) (share * n), 0, n - 1)];
}
