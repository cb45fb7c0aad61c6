/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known between two images of a network of registrations, each of which conducts g = 1/σ²: the variance of one
 * relative to the other is the resistance between them,
 *
 *     R_ij = (e_i − e_j)ᵀ L⁺ (e_i − e_j),   L = Σ g (e_a − e_b)(e_a − e_b)ᵀ.
 *
 * A registration of variance v between them would tell ½·ln(1 + R_ij/v). L⁺ is had as (L + 11ᵀ/n)⁻¹, whose additional
 * part vanishes in R; a further link updates it by Sherman and Morrison's formula. */
#include <lapacke.h>
#include <math.h>

#include "base/select-private.h"
#include "group/pair-graph-private.h"

#define MOST      1500      /* images */
#define DOUBTFUL  4.0       /* times the variance that uncertain links count with */

static double
median_sigma (const PmtPoseGraph *g)
{
  g_autofree double *sigma = g_new (double, g->n_links + 1);
  int                n = 0;

  for (int l = 0; l < g->n_links; l++)
    if (g->link[l].n > 0)
      sigma[n++] = g->link[l].sigma;
  return n > 0 ? MAX (_pmt_quantile (sigma, n, 0.5), 1e-3) : 1;
}

gboolean
_pmt_pair_information_init (PmtPairInformation *p, const PmtPoseGraph *g, const gboolean *member)
{
  int    n = g->n;
  double mean;

  *p = (PmtPairInformation) { .n = n, .sigma = median_sigma (g) };
  if (n > MOST)
    return FALSE;
  p->inverse = g_new0 (double, (gsize) n * n);
  mean = 1 / (p->sigma * p->sigma);
  for (int i = 0; i < n; i++)
    {
      p->inverse[(gsize) i * n + i] = member[i] ? 0 : mean;      /* the others stand for themselves */
      for (int j = 0; j <= i && member[i]; j++)
        if (member[j])
          p->inverse[(gsize) i * n + j] += mean / n;
    }
  for (int l = 0; l < g->n_links; l++)
    {
      const PmtPoseLink *link = &g->link[l];
      int                low = MIN (link->a, link->b), high = MAX (link->a, link->b);
      double             conducts = 1 / (link->sigma * link->sigma * (link->doubtful ? DOUBTFUL : 1));

      if (link->n == 0 || !member[low])
        continue;
      p->inverse[(gsize) low * n + low] += conducts;
      p->inverse[(gsize) high * n + high] += conducts;
      p->inverse[(gsize) high * n + low] -= conducts;
    }
  if (LAPACKE_dpotrf (LAPACK_ROW_MAJOR, 'L', n, p->inverse, n) != 0
      || LAPACKE_dpotri (LAPACK_ROW_MAJOR, 'L', n, p->inverse, n) != 0)
    {
      g_clear_pointer (&p->inverse, g_free);
      return FALSE;
    }
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++)
      p->inverse[(gsize) j * n + i] = p->inverse[(gsize) i * n + j];
  return TRUE;
}

double
_pmt_pair_information_between (const PmtPairInformation *p, int i, int j)
{
  const double *a = p->inverse;
  gsize         n = p->n;

  return a[i * n + i] + a[j * n + j] - 2 * a[i * n + j];
}

void
_pmt_pair_information_add (PmtPairInformation *p, int i, int j, double variance)
{
  gsize              n = p->n;
  g_autofree double *u = g_new (double, n);
  double             divisor = variance + _pmt_pair_information_between (p, i, j);

  for (gsize k = 0; k < n; k++)
    u[k] = p->inverse[k * n + i] - p->inverse[k * n + j];
  for (gsize k = 0; k < n; k++)
    for (gsize l = 0; l < n; l++)
      p->inverse[k * n + l] -= u[k] * u[l] / divisor;
}

void
_pmt_pair_information_clear (PmtPairInformation *p)
{
  g_clear_pointer (&p->inverse, g_free);
}
