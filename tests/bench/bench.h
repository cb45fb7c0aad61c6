/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* One thing to time. */
typedef struct
{
  const char *name;
  double      work;              /* in one run: pixels, pairs, … */
  const char *unit;              /* of `work` */
  void      (*run) (gpointer data);
  gpointer    data;
} BenchCase;

typedef struct
{
  int    runs;                   /* in a sample */
  int    samples;
  double minimum, median, mad;   /* seconds of one run; mad: median absolute deviation */
} BenchFigures;

/* Runs once to warm up, doubles the runs in a sample until one takes min_seconds, then takes `samples` samples. */
BenchFigures bench_measure (const BenchCase *bench, double min_seconds, int samples);

/* Peak resident set of this process so far, MiB. */
double       bench_peak_memory (void);

G_END_DECLS
