/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The matrices of a lattice's normal equations, factored: what conjugate gradients are preconditioned with, and what covariances are
 * taken from. */
#include <math.h>

#include "fit/lattice-parts-private.h"

/* A node's x and y with those of another: four entries of the lower part of a matrix in which they follow each other. */
static void
add_block (PmtBand *band, int node, int ahead, const double k[4])
{
  double *at = band->column + 2 * node * band->stride + 2 * ahead;

  at[0] += k[0];
  at[1] += k[1];                          /* x's column, y's row */
  at[band->stride] += k[3];
  if (ahead > 0)
    at[band->stride - 1] += k[2];         /* y's column, x's row */
}

static void
fill_strain (const PmtLatticeSystem *s, PmtBand *band)
{
  const PmtLatticeGrid *g = s->grid;
  const int             reach = PMT_STRAIN_REACH;

  for (int slow = 0; slow < g->slow.n; slow++)
    for (int fast = 0; fast < g->fast.n; fast++)
      for (int ds = 0; ds <= MIN (reach, g->slow.n - 1 - slow); ds++)
        for (int df = ds > 0 ? MAX (-reach, -fast) : 0; df <= MIN (reach, g->fast.n - 1 - fast); df++)
          {
            double k[4];

            _pmt_strain_energy_between (s->strain, slow * g->fast.n + fast, ds, df, k);
            for (int c = 0; c < 4; c++)
              k[c] *= s->strain_penalty;
            add_block (band, slow * g->fast.n + fast, ds * g->fast.n + df, k);
          }
}

PmtBand *
_pmt_lattice_factor_mean (const PmtLatticeSystem *s)
{
  const PmtLatticeGrid *g = s->grid;
  g_autoptr (PmtBand)   band = _pmt_band_new (g->nodes, 3 * g->fast.n + 3);

  _pmt_lattice_grid_fill_penalty (g, &s->penalty, 1, band);
  for (int i = 0; i < s->places->n; i++)
    {
      const PmtLatticePlace *place = &s->places->place[i];
      double                 mean = 0.5 * (s->information[3 * i] + s->information[3 * i + 2]);

      for (int b = 0; mean > 0 && b < 16; b++)
        for (int a = b; a < 16; a++)
          {
            int distance = (a / 4 - b / 4) * g->fast.n + a % 4 - b % 4;

            band->column[(place->base + b / 4 * g->fast.n + b % 4) * band->stride + distance]
              += mean * place->slow[a / 4] * place->fast[a % 4] * place->slow[b / 4] * place->fast[b % 4];
          }
    }
  return _pmt_band_factor (band) ? g_steal_pointer (&band) : NULL;
}

void
_pmt_lattice_trusted (const PmtLatticeSystem *s, const PmtLatticeTrust *trust, int pull, double w[3])
{
  const double *own = s->information + 3 * pull;
  double        blind = pull < trust->n ? trust->blind[pull] : 0, mean = 0.5 * (own[0] + own[2]);
  double        half = hypot (0.5 * (own[0] - own[2]), own[1]);
  double        large = MAX (mean + half - blind, 0), small = MAX (mean - half - blind, 0);
  double        cosine = half > 0 ? 0.5 * (own[0] - own[2]) / half : 1, sine = half > 0 ? own[1] / half : 0;

  w[0] = 0.5 * trust->data * (large + small + (large - small) * cosine);
  w[1] = 0.5 * trust->data * (large - small) * sine;
  w[2] = 0.5 * trust->data * (large + small - (large - small) * cosine);
}

PmtBand *
_pmt_lattice_factor_all (const PmtLatticeSystem *s, const PmtLatticeTrust *trust)
{
  const PmtLatticeGrid *g = s->grid;
  g_autoptr (PmtBand)   band = _pmt_band_new (2 * g->nodes, 2 * (3 * g->fast.n + 3) + 1);

  _pmt_lattice_grid_fill_penalty (g, &(PmtLatticePenalty) { trust->prior * s->penalty.bending, trust->prior * s->penalty.tether }, 2, band);
  if (s->strain != NULL)
    fill_strain (s, band);
  for (int i = 0; i < s->places->n; i++)
    {
      const PmtLatticePlace *place = &s->places->place[i];
      double                 w[3];

      _pmt_lattice_trusted (s, trust, i, w);
      for (int b = 0; w[0] + w[2] > 0 && b < 16; b++)
        for (int a = b; a < 16; a++)
          {
            int     distance = 2 * ((a / 4 - b / 4) * g->fast.n + a % 4 - b % 4);
            double  product = place->slow[a / 4] * place->fast[a % 4] * place->slow[b / 4] * place->fast[b % 4];
            double *at = band->column + 2 * (place->base + b / 4 * g->fast.n + b % 4) * band->stride + distance;

            at[0] += product * w[0];
            at[1] += product * w[1];
            at[band->stride] += product * w[2];
            if (a > b)
              at[band->stride - 1] += product * w[1];     /* y's column, x's row */
          }
    }
  return _pmt_band_factor (band) ? g_steal_pointer (&band) : NULL;
}
