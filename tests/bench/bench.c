/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#define MAX_SAMPLES 64

static double
time_runs (const BenchCase *bench, int runs)
{
  gint64 started = g_get_monotonic_time ();

  for (int i = 0; i < runs; i++)
    bench->run (bench->data);
  return (g_get_monotonic_time () - started) / 1e6;
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median (double *values, int n)
{
  qsort (values, n, sizeof *values, compare_doubles);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

BenchFigures
bench_measure (const BenchCase *bench, double min_seconds, int samples)
{
  BenchFigures figures = { .runs = 1, .samples = CLAMP (samples, 1, MAX_SAMPLES) };
  double       values[MAX_SAMPLES];

  bench->run (bench->data);
  while (time_runs (bench, figures.runs) < min_seconds && figures.runs < 1 << 24)
    figures.runs *= 2;
  for (int i = 0; i < figures.samples; i++)
    values[i] = time_runs (bench, figures.runs) / figures.runs;
  figures.median = median (values, figures.samples);
  figures.minimum = values[0];
  for (int i = 0; i < figures.samples; i++)
    values[i] = fabs (values[i] - figures.median);
  figures.mad = median (values, figures.samples);
  return figures;
}

double
bench_peak_memory (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024.0;
}
