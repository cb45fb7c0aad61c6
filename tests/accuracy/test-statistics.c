/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "statistics.h"

static void
test_quantile (void)
{
  double values[] = { 4, 1, 3, 2 };

  g_assert_cmpfloat_with_epsilon (statistics_quantile (values, 4, 0.5), 2.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (statistics_quantile (values, 4, 1), 4, 1e-12);
  g_assert_cmpfloat_with_epsilon (statistics_quantile (values, 4, 0), 1, 1e-12);
  g_assert_true (isnan (statistics_quantile (values, 0, 0.5)));
}

/* With no event the bound has a closed form: (1 - p)^n = 1 - confidence. */
static void
test_upper_bound (void)
{
  g_assert_cmpfloat_with_epsilon (statistics_upper_bound (0, 100, 0.95), 1 - pow (0.05, 0.01), 1e-9);
  g_assert_cmpfloat_with_epsilon (statistics_upper_bound (0, 1, 0.95), 0.95, 1e-9);
  g_assert_cmpfloat_with_epsilon (statistics_upper_bound (1, 2, 0.95), sqrt (0.95), 1e-9);   /* 1 - p² = 0.05 */
  g_assert_cmpfloat (statistics_upper_bound (5, 5, 0.95), ==, 1);
}

static void
test_least_successes (void)
{
  g_assert_cmpint (statistics_least_successes (10, 1, 0.01), ==, 10);
  g_assert_cmpint (statistics_least_successes (1, 0.5, 0.01), ==, 0);
  g_assert_cmpint (statistics_least_successes (2, 0.95, 0.01), ==, 1);   /* P(0) = 0.0025, P(≤ 1) = 0.0975 */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/statistics/quantile", test_quantile);
  g_test_add_func ("/statistics/upper-bound", test_upper_bound);
  g_test_add_func ("/statistics/least-successes", test_least_successes);
  return g_test_run ();
}
