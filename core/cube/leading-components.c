/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Principal components by power iteration: v ← Xᵀ(X v) / |·|, orthogonal to those before. Bands may be thousands: no matrix of
 * bands × bands is made. It is for looking at, so where two components are nearly as strong as each other any mixture of them will do. */
#include "cube/cube-private.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"

#define ITERATIONS 100
#define TOLERANCE  1e-7     /* change of the unit vector */
#define BLOCK      256      /* samples summed by one thread */

typedef struct
{
  const float  *samples;
  int           n, bands;
  const double *v;
  double       *sums;       /* blocks × bands */
} Product;

static gboolean
multiply_block (int index, int thread, gpointer data, GError **error)
{
  Product *p = data;
  double  *sum = p->sums + (gsize) index * (gsize) p->bands;

  memset (sum, 0, (gsize) p->bands * sizeof (double));
  for (int i = index * BLOCK; i < MIN (p->n, (index + 1) * BLOCK); i++)
    {
      const float *x = p->samples + (gsize) i * (gsize) p->bands;
      double       dot = 0;

      for (int b = 0; b < p->bands; b++)
        dot += x[b] * p->v[b];
      for (int b = 0; b < p->bands; b++)
        sum[b] += dot * x[b];
    }
  return TRUE;
}

static double
normalise (double *v, int n)
{
  double length = 0;

  for (int i = 0; i < n; i++)
    length += v[i] * v[i];
  length = sqrt (length);
  for (int i = 0; i < n && length > 0; i++)
    v[i] /= length;
  return length;
}

static void
remove_part (double *v, const double *unit, int n)
{
  double dot = 0;

  for (int i = 0; i < n; i++)
    dot += v[i] * unit[i];
  for (int i = 0; i < n; i++)
    v[i] -= dot * unit[i];
}

/* One component, orthogonal to the `before` ones. */
static gboolean
iterate (PmtContext *context, Product *p, const double *done, int before, double *v, GError **error)
{
  g_autofree double *next = g_new (double, p->bands);
  int                blocks = (p->n + BLOCK - 1) / BLOCK;

  for (int b = 0; b < p->bands; b++)
    v[b] = 1 + 0.5 * sin (1.7 * (b + 1) * (before + 1));   /* nothing that data would be orthogonal to */
  normalise (v, p->bands);
  for (int i = 0; i < ITERATIONS; i++)
    {
      double change = 0;

      p->v = v;
      if (!pmt_parallel_for (context, blocks, multiply_block, p, error))
        return FALSE;
      memset (next, 0, (gsize) p->bands * sizeof (double));
      for (int k = 0; k < blocks; k++)
        for (int b = 0; b < p->bands; b++)
          next[b] += p->sums[(gsize) k * (gsize) p->bands + (gsize) b];
      for (int c = 0; c < before; c++)
        remove_part (next, done + (gsize) c * (gsize) p->bands, p->bands);
      if (normalise (next, p->bands) == 0)
        return TRUE;
      for (int b = 0; b < p->bands; b++)
        change += (next[b] - v[b]) * (next[b] - v[b]);
      memcpy (v, next, (gsize) p->bands * sizeof (double));
      if (sqrt (change) < TOLERANCE)
        break;
    }
  return TRUE;
}

gboolean
_pmt_leading_component (PmtContext *context, const float *samples, int n, int bands, int k, double *component, GError **error)
{
  g_autofree double *all = g_new0 (double, (gsize) (k + 1) * (gsize) bands);
  g_autofree double *sums = g_new (double, (gsize) ((n + BLOCK - 1) / BLOCK) * (gsize) bands);
  Product            product = { samples, n, bands, NULL, sums };
  double             total = 0;

  for (int c = 0; c <= k; c++)
    if (!iterate (context, &product, all, c, all + (gsize) c * (gsize) bands, error))
      return FALSE;
  memcpy (component, all + (gsize) k * (gsize) bands, (gsize) bands * sizeof (double));
  for (int b = 0; b < bands; b++)
    total += component[b];
  for (int b = 0; b < bands && total < 0; b++)
    component[b] = -component[b];
  return TRUE;
}
