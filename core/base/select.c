/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/select-private.h"

#include <math.h>

/* The k-th smallest, by parting about a median of three, by which sorted input costs no more. */
#define DEFINE_SELECT(NAME, TYPE)                                                  \
  static inline void                                                               \
  NAME##_swap (TYPE *a, TYPE *b)                                                   \
  {                                                                                \
    TYPE t = *a;                                                                   \
                                                                                   \
    *a = *b;                                                                       \
    *b = t;                                                                        \
  }                                                                                \
                                                                                   \
  static TYPE                                                                      \
  NAME (TYPE *values, int n, int k)                                                \
  {                                                                                \
    int low = 0, high = n - 1;                                                     \
                                                                                   \
    while (low < high)                                                             \
      {                                                                            \
        int  middle = low + (high - low) / 2, i = low, j = high;                   \
        TYPE pivot;                                                                \
                                                                                   \
        if (values[middle] < values[low])                                          \
          NAME##_swap (&values[middle], &values[low]);                             \
        if (values[high] < values[low])                                            \
          NAME##_swap (&values[high], &values[low]);                               \
        if (values[high] < values[middle])                                         \
          NAME##_swap (&values[high], &values[middle]);                            \
        pivot = values[middle];                                                    \
        while (i <= j)                                                             \
          {                                                                        \
            while (values[i] < pivot)                                              \
              i++;                                                                 \
            while (pivot < values[j])                                              \
              j--;                                                                 \
            if (i <= j)                                                            \
              NAME##_swap (&values[i++], &values[j--]);                            \
          }                                                                        \
        if (k <= j)                                                                \
          high = j;                                                                \
        else if (k >= i)                                                           \
          low = i;                                                                 \
        else                                                                       \
          break;                                                                   \
      }                                                                            \
    return values[k];                                                              \
  }

DEFINE_SELECT (select_float, float)
DEFINE_SELECT (select_double, double)

float
_pmt_select_float (float *values, int n, int k)
{
  return select_float (values, n, k);
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

double
_pmt_quantile (double *values, int n, double share)
{
  if (n == 0)
    return NAN;
  return select_double (values, n, CLAMP ((int) (share * n), 0, n - 1));
}
