/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How surely a lattice's system knows its solution: the inverse of its matrix at places, and how strong the prior has to be. */
#include <math.h>
#include <string.h>

#include "fit/lattice-parts-private.h"

#define LEAST_PRIOR 1e-6    /* of the penalty */

/* B A⁻¹ Bᵀ at one place: the posterior covariance under the penalty as a prior. */
static void
covariance_at (const PmtBand *inverse, const PmtLatticePlace *place, int stride, double c[3])
{
  c[0] = c[1] = c[2] = 0;
  for (int b = 0; b < 16; b++)
    for (int a = b; a < 16; a++)
      {
        int           distance = 2 * ((a / 4 - b / 4) * stride + a % 4 - b % 4);
        const double *at = inverse->column + 2 * (place->base + b / 4 * stride + b % 4) * inverse->stride + distance;
        double        w = place->slow[a / 4] * place->fast[a % 4] * place->slow[b / 4] * place->fast[b % 4] * (a > b ? 2 : 1);

        c[0] += w * at[0];
        c[1] += w * (a > b ? 0.5 * (at[1] + at[inverse->stride - 1]) : at[1]);
        c[2] += w * at[inverse->stride];
      }
}

gboolean
_pmt_lattice_system_covariances (PmtContext *context, const PmtLatticeSystem *s, const PmtLatticeTrust *trust, int n,
                                 const PmtPoint *p, double (*c)[3], GError **error)
{
  g_autoptr (PmtBand) band = _pmt_lattice_factor_all (s, trust);

  memset (c, 0, n * sizeof *c);
  if (band == NULL)
    return TRUE;
  if (!_pmt_band_invert (context, band, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      PmtLatticePlace place = _pmt_lattice_grid_place (s->grid, p[i]);

      covariance_at (band, &place, s->grid->fast.n, c[i]);
    }
  return TRUE;
}

/* xᵀPx of both components. */
static double
penalty_of (const PmtLatticeSystem *s)
{
  const PmtLatticeGrid *g = s->grid;
  g_autofree double    *out = g_new0 (double, 5 * g->nodes);
  double               *along = out + 2 * g->nodes;

  _pmt_lattice_grid_add_penalty (g, &s->penalty, s->solution, out, along);
  _pmt_lattice_grid_add_penalty (g, &s->penalty, s->solution + g->nodes, out + g->nodes, along);
  return _pmt_lattice_dot (2 * g->nodes, s->solution, out);
}

/* Σ tr C W over the pulls. */
static double
determined (const PmtLatticeSystem *s, const PmtLatticeTrust *trust, const double (*c)[3])
{
  double sum = 0;

  for (int i = 0; i < s->places->n; i++)
    {
      double w[3];

      _pmt_lattice_trusted (s, trust, i, w);
      sum += w[0] * c[i][0] + 2 * w[1] * c[i][1] + w[2] * c[i][2];
    }
  return sum;
}

gboolean
_pmt_lattice_system_prior (PmtContext *context, const PmtLatticeSystem *s, PmtLatticeTrust *trust, GError **error)
{
  double (*c)[3] = g_malloc ((s->places->n + 1) * sizeof *c);
  gboolean ok = _pmt_lattice_system_covariances (context, s, trust, s->places->n, s->places->at, c, error);

  if (ok)
    trust->prior *= pow (CLAMP (determined (s, trust, (const double (*)[3]) c) / (trust->prior * penalty_of (s)), LEAST_PRIOR, 1), 2 / 3.0);
  g_free (c);
  return ok;
}
