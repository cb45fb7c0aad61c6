/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A penalised cubic B-spline. With control displacements c and d(p) = Σ B(p) c,
 *
 *     min  Σᵢ (tᵢ − d(pᵢ))ᵀ Wᵢ (tᵢ − d(pᵢ)) + Λ ∫ d_xx² + 2 d_xy² + d_yy² + T ∫ d²
 *
 * The integral of squared second derivatives (a thin plate's bending energy; over the box, exactly, by Gauss's quadrature) has
 * no dimension in two dimensions, and affine maps cost nothing. Where points of density w̄ (information per area)
 * pull, waves of length ℓ are followed by half when Λ = w̄·(ℓ/2π)⁴; ℓ/√area is what is called stiffness. T = TETHER·w̄ is so weak that it
 * matters only where no points are: there the bend goes back to none.
 *
 * The normal equations are banded (controls interact within three nodes): Cholesky by LAPACK, unknowns ordered along the shorter side. */
#include "fit/lattice-system-private.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#define TETHER       3e-4
#define MIN_JACOBIAN 0.2

struct _PmtLatticeSystem
{
  PmtExtent box;
  double    side;              /* √area */
  PmtPoint  origin, spacing;
  int       columns, rows;
  gboolean  by_columns;        /* unknowns run down columns */
  int       size, band;        /* unknowns, and how far one reaches */
  double   *bending, *gram;    /* ∫∂²·∂² and ∫BB, banded, of one component: [node·(band/2 + 1) + distance] */
  double   *normal;            /* banded; factored once solved */
  double   *solution;          /* two a node */
};

/* -- the lattice and its integrals -- */

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

static int
node_index (const PmtLatticeSystem *s, int i, int j)
{
  return s->by_columns ? i * s->rows + j : j * s->columns + i;
}

static void
add_cell (PmtLatticeSystem *s, int i, int j, double k[3][4][4])
{
  double hx = s->spacing.x, hy = s->spacing.y, xx = hy / (hx * hx * hx), yy = hx / (hy * hy * hy), xy = 2 / (hx * hy);
  int    each = s->band / 2 + 1;

  for (int a = 0; a < 16; a++)
    for (int b = 0; b < 16; b++)
      {
        int row = node_index (s, i + a % 4, j + a / 4), column = node_index (s, i + b % 4, j + b / 4);
        int ax = a % 4, ay = a / 4, bx = b % 4, by = b / 4;

        if (row < column)
          continue;
        s->bending[column * each + row - column]
          += xx * k[2][ax][bx] * k[0][ay][by] + xy * k[1][ax][bx] * k[1][ay][by] + yy * k[0][ax][bx] * k[2][ay][by];
        s->gram[column * each + row - column] += hx * hy * k[0][ax][bx] * k[0][ay][by];
      }
}

/* Whole cells tile the box; one more node before and one behind complete the splines at its edge. */
PmtLatticeSystem *
_pmt_lattice_system_new (const PmtExtent *box, double spacing)
{
  PmtLatticeSystem *s = g_new0 (PmtLatticeSystem, 1);
  double            width = MAX (box->x1 - box->x0, 1), height = MAX (box->y1 - box->y0, 1), k[3][4][4];
  int               nx, ny, each;

  s->box = *box;
  s->side = sqrt (width * height);
  nx = CLAMP ((int) lround (width / (spacing * s->side)), 1, PMT_LATTICE_MOST_NODES);
  ny = CLAMP ((int) lround (height / (spacing * s->side)), 1, PMT_LATTICE_MOST_NODES);
  s->spacing = (PmtPoint) { width / nx, height / ny };
  s->origin = (PmtPoint) { box->x0 - s->spacing.x, box->y0 - s->spacing.y };
  s->columns = nx + 3;
  s->rows = ny + 3;
  s->by_columns = s->rows < s->columns;
  s->size = 2 * s->columns * s->rows;
  s->band = 2 * (3 * MIN (s->columns, s->rows) + 3) + 1;
  each = s->band / 2 + 1;
  s->bending = g_new0 (double, s->size / 2 * each);
  s->gram = g_new0 (double, s->size / 2 * each);
  s->normal = g_new0 (double, s->size * (s->band + 1));
  s->solution = g_new0 (double, s->size);
  cell_integrals (k);
  for (int j = 0; j < ny; j++)
    for (int i = 0; i < nx; i++)
      add_cell (s, i, j, k);
  return s;
}

void
_pmt_lattice_system_free (PmtLatticeSystem *s)
{
  if (s == NULL)
    return;
  g_free (s->bending);
  g_free (s->gram);
  g_free (s->normal);
  g_free (s->solution);
  g_free (s);
}

/* The sixteen nodes about a point within the box (or at its nearest place), and their weights. */
static void
basis (const PmtLatticeSystem *s, PmtPoint p, int node[16], double weight[16])
{
  double tx = CLAMP ((p.x - s->origin.x) / s->spacing.x, 1, s->columns - 2), wx[4], wy[4], unused[4];
  double ty = CLAMP ((p.y - s->origin.y) / s->spacing.y, 1, s->rows - 2);
  int    i = MIN ((int) tx, s->columns - 3), j = MIN ((int) ty, s->rows - 3);

  weights (tx - i, wx, unused, unused);
  weights (ty - j, wy, unused, unused);
  for (int k = 0; k < 16; k++)
    {
      node[k] = node_index (s, i - 1 + k % 4, j - 1 + k / 4);
      weight[k] = wx[k % 4] * wy[k / 4];
    }
}

PmtPoint
_pmt_lattice_system_at (const PmtLatticeSystem *s, PmtPoint p)
{
  int      node[16];
  double   weight[16];
  PmtPoint d = { 0, 0 };

  basis (s, p, node, weight);
  for (int k = 0; k < 16; k++)
    {
      d.x += weight[k] * s->solution[2 * node[k]];
      d.y += weight[k] * s->solution[2 * node[k] + 1];
    }
  return d;
}

/* -- solving -- */

static void
add_pull (PmtLatticeSystem *s, const PmtPull *pull)
{
  int           node[16];
  double        weight[16];
  const double *w = pull->information;
  PmtPoint      force = { w[0] * pull->target.x + w[1] * pull->target.y, w[1] * pull->target.x + w[2] * pull->target.y };

  basis (s, pull->at, node, weight);
  for (int a = 0; a < 16; a++)
    {
      s->solution[2 * node[a]] += weight[a] * force.x;
      s->solution[2 * node[a] + 1] += weight[a] * force.y;
      for (int b = 0; b < 16; b++)
        {
          double  product = weight[a] * weight[b];
          double *at = s->normal + (gsize) 2 * node[b] * (s->band + 1) + 2 * (node[a] - node[b]);

          if (node[a] < node[b])
            continue;
          at[0] += product * w[0];
          at[1] += product * w[1];
          at[s->band + 1] += product * w[2];
          if (node[a] > node[b])
            at[s->band] += product * w[1];      /* row 2a, column 2b + 1 */
        }
    }
}

static void
add_penalty (PmtLatticeSystem *s, double bending, double tether)
{
  int each = s->band / 2 + 1;

  for (int column = 0; column < s->size / 2; column++)
    for (int d = 0; d < each && column + d < s->size / 2; d++)
      {
        double  p = bending * s->bending[column * each + d] + tether * s->gram[column * each + d];
        double *at = s->normal + (gsize) 2 * column * (s->band + 1) + 2 * d;

        at[0] += p;
        at[s->band + 1] += p;
      }
}

gboolean
_pmt_lattice_system_solve (PmtLatticeSystem *s, double stiffness, int n, const PmtPull *pulls)
{
  double density = 0, length = stiffness * s->side / (2 * G_PI);

  memset (s->normal, 0, sizeof (double) * s->size * (s->band + 1));
  memset (s->solution, 0, sizeof (double) * s->size);
  for (int i = 0; i < n; i++)
    {
      density += 0.5 * (pulls[i].information[0] + pulls[i].information[2]) / (s->side * s->side);
      if (pulls[i].information[0] > 0)
        add_pull (s, &pulls[i]);
    }
  if (!(density > 0) || !isfinite (density))
    return FALSE;
  add_penalty (s, density * length * length * length * length, TETHER * density);
  return LAPACKE_dpbtrf (LAPACK_COL_MAJOR, 'L', s->size, s->band, s->normal, s->band + 1) == 0
         && LAPACKE_dpbtrs (LAPACK_COL_MAJOR, 'L', s->size, s->band, 1, s->normal, s->band + 1, s->solution, s->size) == 0;
}

/* The solution as a step; NULL where it folds or nearly does. */
PmtStep *
_pmt_lattice_system_step (const PmtLatticeSystem *s, double *least_jacobian)
{
  g_autofree PmtPoint *d = g_new (PmtPoint, s->columns * s->rows);
  PmtLattice           lattice = { s->origin, s->spacing, s->columns, s->rows, d };
  g_autoptr (PmtStep)  step = NULL;
  PmtPoint             where;

  for (int j = 0; j < s->rows; j++)
    for (int i = 0; i < s->columns; i++)
      {
        const double *c = s->solution + 2 * node_index (s, i, j);

        d[j * s->columns + i] = (PmtPoint) { c[0], c[1] };
      }
  step = _pmt_step_lattice_new (&lattice, NULL);
  *least_jacobian = step != NULL ? _pmt_step_lattice_least_jacobian (step, &where) : 0;
  return *least_jacobian > MIN_JACOBIAN ? g_steal_pointer (&step) : NULL;
}

/* B A⁻¹ Bᵀ, A factored: the posterior covariance under the penalty as a prior. */
void
_pmt_lattice_system_covariance (const PmtLatticeSystem *s, PmtPoint p, double c[3])
{
  g_autofree double *rhs = g_new0 (double, 2 * s->size);
  int                node[16];
  double             weight[16];

  basis (s, p, node, weight);
  for (int k = 0; k < 16; k++)
    {
      rhs[2 * node[k]] = weight[k];
      rhs[s->size + 2 * node[k] + 1] = weight[k];
    }
  c[0] = c[1] = c[2] = 0;
  if (LAPACKE_dpbtrs (LAPACK_COL_MAJOR, 'L', s->size, s->band, 2, s->normal, s->band + 1, rhs, s->size) != 0)
    return;
  for (int k = 0; k < 16; k++)
    {
      c[0] += weight[k] * rhs[2 * node[k]];
      c[1] += weight[k] * rhs[2 * node[k] + 1];
      c[2] += weight[k] * rhs[s->size + 2 * node[k] + 1];
    }
}
