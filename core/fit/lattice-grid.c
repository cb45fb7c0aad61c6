/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lattice of cubic B-splines over a box. Over a rectangle the integrals of products of splines and of their derivatives are sums of
 * products of one-dimensional ones, F ⊗ S, each a matrix of seven diagonals, and are applied as such. */
#include "fit/lattice-grid-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

/* -- nodes and places -- */

static void
weights (double f, double w[4], double d1[4], double d2[4])
{
  double g = 1 - f;

  memcpy (w, (double[]) { g * g * g / 6, (4 + f * f * (3 * f - 6)) / 6, (4 + g * g * (3 * g - 6)) / 6, f * f * f / 6 },
          4 * sizeof *w);
  memcpy (d1, (double[]) { -0.5 * g * g, f * (1.5 * f - 2), -g * (1.5 * g - 2), 0.5 * f * f }, 4 * sizeof *d1);
  memcpy (d2, (double[]) { g, 3 * f - 2, 3 * g - 2, f }, 4 * sizeof *d2);
}

/* ∫ of products of the four splines over a cell of length 1: values, first, second derivatives. Four points are exact for
 * these polynomials. */
static void
cell_integrals (double k[3][4][4])
{
  static const double at[4] = { 0.06943184420297371, 0.33000947820757187, 0.66999052179242813, 0.93056815579702629 };
  static const double weight[4] = { 0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693 };

  memset (k, 0, 3 * sizeof *k);
  for (int q = 0; q < 4; q++)
    {
      double w[3][4];

      weights (at[q], w[0], w[1], w[2]);
      for (int order = 0; order < 3; order++)
        for (int a = 0; a < 4; a++)
          for (int b = 0; b < 4; b++)
            k[order][a][b] += weight[q] * w[order][a] * w[order][b];
    }
}

/* n nodes that are h apart. */
static void
axis_init (PmtLatticeAxis *axis, int n, double h, double k[3][4][4])
{
  static const int power[3] = { 1, -1, -3 };

  axis->n = n;
  for (int order = 0; order < 3; order++)
    {
      axis->integral[order] = g_new0 (double, PMT_LATTICE_DIAGONALS * n);
      for (int cell = 0; cell + 3 < n; cell++)
        for (int a = 0; a < 4; a++)
          for (int b = 0; b < 4; b++)
            axis->integral[order][(b - a + 3) * n + cell + a] += pow (h, power[order]) * k[order][a][b];
    }
}

static void
grid_clear (gpointer data)
{
  PmtLatticeGrid *grid = data;

  for (int order = 0; order < 3; order++)
    {
      g_free (grid->fast.integral[order]);
      g_free (grid->slow.integral[order]);
    }
}

/* Whole cells tile the box; one more node before and one behind complete the splines at its edge. */
PmtLatticeGrid *
_pmt_lattice_grid_new (const PmtExtent *box, double spacing)
{
  PmtLatticeGrid *g = g_atomic_rc_box_new0 (PmtLatticeGrid);
  double          width = MAX (box->x1 - box->x0, 1), height = MAX (box->y1 - box->y0, 1), k[3][4][4];
  int             nx, ny;

  g->box = *box;
  g->side = sqrt (width * height);
  nx = CLAMP ((int) lround (width / (spacing * g->side)), 1, PMT_LATTICE_MOST_NODES);
  ny = CLAMP ((int) lround (height / (spacing * g->side)), 1, PMT_LATTICE_MOST_NODES);
  g->spacing = (PmtPoint) { width / nx, height / ny };
  g->origin = (PmtPoint) { box->x0 - g->spacing.x, box->y0 - g->spacing.y };
  g->columns = nx + 3;
  g->rows = ny + 3;
  g->by_columns = g->rows < g->columns;
  g->nodes = g->columns * g->rows;
  cell_integrals (k);
  axis_init (g->by_columns ? &g->slow : &g->fast, g->columns, g->spacing.x, k);
  axis_init (g->by_columns ? &g->fast : &g->slow, g->rows, g->spacing.y, k);
  return g;
}

PmtLatticeGrid *
_pmt_lattice_grid_ref (PmtLatticeGrid *grid)
{
  return g_atomic_rc_box_acquire (grid);
}

void
_pmt_lattice_grid_unref (PmtLatticeGrid *grid)
{
  g_atomic_rc_box_release_full (grid, grid_clear);
}

int
_pmt_lattice_grid_node (const PmtLatticeGrid *g, int i, int j)
{
  return g->by_columns ? i * g->rows + j : j * g->columns + i;
}

PmtLatticePlace
_pmt_lattice_grid_place (const PmtLatticeGrid *g, PmtPoint p)
{
  double tx = CLAMP ((p.x - g->origin.x) / g->spacing.x, 1, g->columns - 2), unused[4];
  double ty = CLAMP ((p.y - g->origin.y) / g->spacing.y, 1, g->rows - 2);
  int    i = MIN ((int) tx, g->columns - 3), j = MIN ((int) ty, g->rows - 3);

  PmtLatticePlace place = { .base = _pmt_lattice_grid_node (g, i - 1, j - 1) };

  weights (tx - i, g->by_columns ? place.slow : place.fast, unused, unused);
  weights (ty - j, g->by_columns ? place.fast : place.slow, unused, unused);
  return place;
}

/* -- the penalty -- */

/* Seven diagonals times a line that has three zeros before and behind. */
PMT_CLONES static void
multiply_line (int n, const double *restrict diagonals, const double *restrict line, double *restrict out)
{
  for (int i = 0; i < n; i++)
    out[i] = diagonals[i] * line[i];
  for (int k = 1; k < PMT_LATTICE_DIAGONALS; k++)
    for (int i = 0; i < n; i++)
      out[i] += diagonals[k * n + i] * line[i + k];
}

PMT_CLONES static void
add_three (int n, const double *restrict a, const double *restrict b, const double *restrict c, const double factor[3],
           double *restrict out)
{
  double fa = factor[0], fb = factor[1], fc = factor[2];

  for (int i = 0; i < n; i++)
    out[i] += fa * a[i] + fb * b[i] + fc * c[i];
}

/* `along`: three lines a line of the lattice, x times the fast integrals. */
void
_pmt_lattice_grid_add_penalty (const PmtLatticeGrid *g, const PmtLatticePenalty *p, const double *x, double *out, double *along)
{
  int    fast = g->fast.n, slow = g->slow.n;
  double line[PMT_LATTICE_MOST_NODES + 9] = { 0 };

  for (int s = 0; s < slow; s++)
    {
      memcpy (line + 3, x + s * fast, fast * sizeof *line);
      for (int order = 0; order < 3; order++)
        multiply_line (fast, g->fast.integral[order], line, along + (3 * s + order) * fast);
    }
  for (int s = 0; s < slow; s++)
    for (int k = MAX (-3, -s); k <= MIN (3, slow - 1 - s); k++)
      {
        int           at = (k + 3) * slow + s;
        const double *from = along + 3 * (s + k) * fast;
        double        factor[3] = { p->bending * g->slow.integral[2][at] + p->tether * g->slow.integral[0][at],
                                    2 * p->bending * g->slow.integral[1][at], p->bending * g->slow.integral[0][at] };

        add_three (fast, from, from + fast, from + 2 * fast, factor, out + s * fast);
      }
}

/* Of the penalty, between a node and the one `ds` lines and `df` places on. */
static double
penalty_between (const PmtLatticeGrid *g, const PmtLatticePenalty *p, int slow, int fast, int ds, int df)
{
  double f[3], s[3];

  for (int order = 0; order < 3; order++)
    {
      f[order] = g->fast.integral[order][(df + 3) * g->fast.n + fast];
      s[order] = g->slow.integral[order][(ds + 3) * g->slow.n + slow];
    }
  return p->bending * (f[2] * s[0] + 2 * f[1] * s[1] + f[0] * s[2]) + p->tether * f[0] * s[0];
}

void
_pmt_lattice_grid_fill_penalty (const PmtLatticeGrid *g, const PmtLatticePenalty *p, int components, PmtBand *band)
{
  for (int slow = 0; slow < g->slow.n; slow++)
    for (int fast = 0; fast < g->fast.n; fast++)
      for (int ds = 0; ds <= MIN (3, g->slow.n - 1 - slow); ds++)
        for (int df = ds > 0 ? MAX (-3, -fast) : 0; df <= MIN (3, g->fast.n - 1 - fast); df++)
          {
            gsize  column = (gsize) components * (slow * g->fast.n + fast);
            double value = penalty_between (g, p, slow, fast, ds, df);

            for (int c = 0; c < components; c++)
              band->column[(column + c) * band->stride + components * (ds * g->fast.n + df)] += value;
          }
}
