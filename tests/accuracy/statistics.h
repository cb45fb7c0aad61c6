/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* The q-quantile (0 … 1) of n numbers by linear interpolation between order statistics; NAN when n is 0. Sorts. */
double statistics_quantile (double *values, int n, double q);

/* Clopper and Pearson (1934): the largest probability under which k or fewer events in n trials are still as likely as
 * 1 - confidence. Says of "none in 100" that the rate is below 3 % (confidence 0.95). */
double statistics_upper_bound (int k, int n, double confidence);

/* The least number of successes in n trials that a true rate of `goal` misses with a probability of `risk` at most: what
 * a small sample may honestly demand. */
int    statistics_least_successes (int n, double goal, double risk);

G_END_DECLS
