/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The energy of strain of a cubic B-spline d with control displacements (x, y), weighted by place:
 *
 *     E = ∫ w(p)·|ε(d) − g|²,    ε = ½(∂d + ∂dᵀ),    |ε|² = ε_xx² + ε_yy² + 2 ε_xy²
 *
 * With g = 0 it is a quadratic form (x, y)ᵀ K (x, y), and what costs nothing is a shift and, to first order, a turn. A turn by θ does
 * have a strain of −θ²/2; so that none has to shrink, g = −½ ∂dᵀ∂d of the solution before, with which ε − g is Green's strain.
 *
 * Integrals by Gauss's quadrature with three points an axis and cell; w is known at places only. K couples each node with 7 × 7 others;
 * it is kept as so many diagonals. */
#include "fit/strain-energy-private.h"

#include <string.h>

#include "base/clones.h"
#include "transform/cubic-weights-private.h"

#define SIDE      (2 * PMT_STRAIN_REACH + 1)
#define DIAGONALS (SIDE * SIDE)
#define POINTS    3

static const double at[POINTS] = { 0.11270166537925831, 0.5, 0.88729833462074169 };
static const double share[POINTS] = { 5 / 18.0, 8 / 18.0, 5 / 18.0 };

struct _PmtStrainEnergy
{
  PmtStrainGrid grid;
  int           fast, slow, nodes;
  double       *weight;         /* of each cell's POINTS × POINTS places, area included */
  double       *xx, *xy, *yy;   /* DIAGONALS of `nodes`: between node i and the one a diagonal on */
};

/* The derivatives by x and y of the sixteen splines of a cell at one of its places. */
typedef struct { double x[16], y[16]; } Slopes;

static void
slopes_at (const PmtStrainEnergy *e, int q, Slopes *s)
{
  double   slow[4], fast[4], slow_slope[4], fast_slope[4];
  PmtPoint h = e->grid.spacing;

  _pmt_cubic_weights (at[q / POINTS], slow, slow_slope);
  _pmt_cubic_weights (at[q % POINTS], fast, fast_slope);
  for (int k = 0; k < 16; k++)
    {
      double along_fast = slow[k / 4] * fast_slope[k % 4], along_slow = slow_slope[k / 4] * fast[k % 4];

      s->x[k] = (e->grid.by_columns ? along_slow : along_fast) / h.x;
      s->y[k] = (e->grid.by_columns ? along_fast : along_slow) / h.y;
    }
}

static int
node_of (const PmtStrainEnergy *e, int cell_slow, int cell_fast, int k)
{
  return (cell_slow + k / 4) * e->fast + cell_fast + k % 4;
}

static double *
weights_of (const PmtStrainEnergy *e, int cell_slow, int cell_fast)
{
  return e->weight + (gsize) POINTS * POINTS * (cell_slow * (e->fast - 3) + cell_fast);
}

static gboolean
weighs_nothing (const double *weight)
{
  for (int q = 0; q < POINTS * POINTS; q++)
    if (weight[q] > 0)
      return FALSE;
  return TRUE;
}

/* -- making it -- */

static void
weigh_cell (PmtStrainEnergy *e, int cell_slow, int cell_fast, PmtStrainWeight func, gconstpointer data)
{
  const PmtStrainGrid *g = &e->grid;
  double              *weight = weights_of (e, cell_slow, cell_fast);

  for (int q = 0; q < POINTS * POINTS; q++)
    {
      double   slow = cell_slow + 1 + at[q / POINTS], fast = cell_fast + 1 + at[q % POINTS];
      double   i = g->by_columns ? slow : fast, j = g->by_columns ? fast : slow;
      PmtPoint p = { g->origin.x + i * g->spacing.x, g->origin.y + j * g->spacing.y };

      weight[q] = func (p, data) * share[q / POINTS] * share[q % POINTS] * g->spacing.x * g->spacing.y;
    }
}

static void
add_cell (PmtStrainEnergy *e, int cell_slow, int cell_fast, const Slopes slopes[POINTS * POINTS])
{
  const double *weight = weights_of (e, cell_slow, cell_fast);

  for (int q = 0; q < POINTS * POINTS; q++)
    for (int a = 0; weight[q] > 0 && a < 16; a++)
      {
        double wx = weight[q] * slopes[q].x[a], wy = weight[q] * slopes[q].y[a];
        int    node = node_of (e, cell_slow, cell_fast, a);

        for (int b = 0; b < 16; b++)
          {
            gsize  k = (gsize) ((b / 4 - a / 4 + PMT_STRAIN_REACH) * SIDE + b % 4 - a % 4 + PMT_STRAIN_REACH) * e->nodes + node;
            double bx = slopes[q].x[b], by = slopes[q].y[b];

            e->xx[k] += wx * bx + 0.5 * wy * by;
            e->xy[k] += 0.5 * wy * bx;
            e->yy[k] += wy * by + 0.5 * wx * bx;
          }
      }
}

static void
all_slopes (const PmtStrainEnergy *e, Slopes slopes[POINTS * POINTS])
{
  for (int q = 0; q < POINTS * POINTS; q++)
    slopes_at (e, q, &slopes[q]);
}

PmtStrainEnergy *
_pmt_strain_energy_new (const PmtStrainGrid *grid, PmtStrainWeight weight, gconstpointer data)
{
  PmtStrainEnergy *e = g_atomic_rc_box_new0 (PmtStrainEnergy);
  Slopes           slopes[POINTS * POINTS];

  e->grid = *grid;
  e->fast = grid->by_columns ? grid->rows : grid->columns;
  e->slow = grid->by_columns ? grid->columns : grid->rows;
  e->nodes = e->fast * e->slow;
  e->weight = g_new0 (double, (gsize) POINTS * POINTS * (e->fast - 3) * (e->slow - 3));
  e->xx = g_new0 (double, 3 * (gsize) DIAGONALS * e->nodes);
  e->xy = e->xx + (gsize) DIAGONALS * e->nodes;
  e->yy = e->xy + (gsize) DIAGONALS * e->nodes;
  all_slopes (e, slopes);
  for (int s = 0; s < e->slow - 3; s++)
    for (int f = 0; f < e->fast - 3; f++)
      {
        weigh_cell (e, s, f, weight, data);
        add_cell (e, s, f, slopes);
      }
  return e;
}

static void
clear (gpointer data)
{
  PmtStrainEnergy *e = data;

  g_free (e->weight);
  g_free (e->xx);
}

PmtStrainEnergy *
_pmt_strain_energy_ref (PmtStrainEnergy *energy)
{
  return g_atomic_rc_box_acquire (energy);
}

void
_pmt_strain_energy_unref (PmtStrainEnergy *energy)
{
  if (energy != NULL)
    g_atomic_rc_box_release_full (energy, clear);
}

/* -- using it -- */

PMT_CLONES static void
multiply_diagonal (int n, double factor, const double *restrict k, const double *restrict x, double *restrict out)
{
  for (int i = 0; i < n; i++)
    out[i] += factor * k[i] * x[i];
}

void
_pmt_strain_energy_multiply (const PmtStrainEnergy *e, double factor, const double *x, const double *y, double *ax, double *ay)
{
  for (int d = 0; d < DIAGONALS; d++)
    {
      int   offset = (d / SIDE - PMT_STRAIN_REACH) * e->fast + d % SIDE - PMT_STRAIN_REACH;
      int   from = MAX (0, -offset), n = e->nodes - ABS (offset);
      gsize k = (gsize) d * e->nodes + from;

      if (n <= 0)
        continue;
      multiply_diagonal (n, factor, e->xx + k, x + from + offset, ax + from);
      multiply_diagonal (n, factor, e->xy + k, y + from + offset, ax + from);
      multiply_diagonal (n, factor, e->yy + k, y + from + offset, ay + from);
      multiply_diagonal (n, factor, e->xy + k, x + from, ay + from + offset);
    }
}

void
_pmt_strain_energy_between (const PmtStrainEnergy *e, int node, int ds, int df, double k[4])
{
  int   d = (ds + PMT_STRAIN_REACH) * SIDE + df + PMT_STRAIN_REACH, other = node + ds * e->fast + df;
  gsize here = (gsize) d * e->nodes + node, back = (gsize) (DIAGONALS - 1 - d) * e->nodes + other;

  k[0] = e->xx[here];
  k[1] = e->xy[here];
  k[2] = e->xy[back];
  k[3] = e->yy[here];
}

/* ∂d at a place of a cell: by row the component, by column the direction. */
static void
gradient_at (const PmtStrainEnergy *e, int cell_slow, int cell_fast, const Slopes *s, const double *x, const double *y, double d[2][2])
{
  memset (d, 0, 4 * sizeof (double));
  for (int k = 0; k < 16; k++)
    {
      int node = node_of (e, cell_slow, cell_fast, k);

      d[0][0] += s->x[k] * x[node], d[0][1] += s->y[k] * x[node];
      d[1][0] += s->x[k] * y[node], d[1][1] += s->y[k] * y[node];
    }
}

static void
add_target (const PmtStrainEnergy *e, int cell_slow, int cell_fast, const Slopes *s, double weight, const double *x,
            const double *y, double *bx, double *by)
{
  double d[2][2], xx, xy, yy;

  gradient_at (e, cell_slow, cell_fast, s, x, y, d);
  xx = -0.5 * weight * (d[0][0] * d[0][0] + d[1][0] * d[1][0]);
  xy = -0.5 * weight * (d[0][0] * d[0][1] + d[1][0] * d[1][1]);
  yy = -0.5 * weight * (d[0][1] * d[0][1] + d[1][1] * d[1][1]);
  for (int k = 0; k < 16; k++)
    {
      int node = node_of (e, cell_slow, cell_fast, k);

      bx[node] += s->x[k] * xx + s->y[k] * xy;
      by[node] += s->y[k] * yy + s->x[k] * xy;
    }
}

void
_pmt_strain_energy_target (const PmtStrainEnergy *e, double factor, const double *x, const double *y, double *bx, double *by)
{
  Slopes slopes[POINTS * POINTS];

  all_slopes (e, slopes);
  for (int s = 0; s < e->slow - 3; s++)
    for (int f = 0; f < e->fast - 3; f++)
      {
        const double *weight = weights_of (e, s, f);

        for (int q = 0; !weighs_nothing (weight) && q < POINTS * POINTS; q++)
          add_target (e, s, f, &slopes[q], factor * weight[q], x, y, bx, by);
      }
}

double
_pmt_strain_energy_of (const PmtStrainEnergy *e, const double *x, const double *y)
{
  Slopes slopes[POINTS * POINTS];
  double sum = 0;

  all_slopes (e, slopes);
  for (int s = 0; s < e->slow - 3; s++)
    for (int f = 0; f < e->fast - 3; f++)
      for (int q = 0; q < POINTS * POINTS; q++)
        {
          double d[2][2], shear;

          gradient_at (e, s, f, &slopes[q], x, y, d);
          shear = 0.5 * (d[0][1] + d[1][0]);
          sum += weights_of (e, s, f)[q] * (d[0][0] * d[0][0] + d[1][1] * d[1][1] + 2 * shear * shear);
        }
  return sum;
}
