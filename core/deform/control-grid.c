/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The controls of a free-form deformation (Rueckert et al. 1999). Halving is the subdivision of the cubic B-spline (Lane and
 * Riesenfeld 1980): along each axis a control in place becomes (1, 6, 1)/8 of itself and its neighbours, one between two (1, 1)/2. */
#include "deform/control-grid-private.h"

#include <math.h>
#include <string.h>

#define LEAST_JACOBIAN 0.2

static PmtControlGrid *
grid_of (PmtPoint origin, double spacing, int columns, int rows)
{
  PmtControlGrid *grid = g_new (PmtControlGrid, 1);

  *grid = (PmtControlGrid) { origin, spacing, columns, rows, g_new0 (double, 2 * (gsize) columns * rows) };
  return grid;
}

PmtControlGrid *
_pmt_control_grid_new (const PmtExtent *box, double spacing)
{
  int across = MAX ((int) ceil ((box->x1 - box->x0) / spacing), 1), down = MAX ((int) ceil ((box->y1 - box->y0) / spacing), 1);

  return grid_of ((PmtPoint) { box->x0 - spacing, box->y0 - spacing }, spacing, across + 3, down + 3);
}

void
_pmt_control_grid_free (PmtControlGrid *grid)
{
  if (grid != NULL)
    g_free (grid->d);
  g_free (grid);
}

int
_pmt_control_grid_size (const PmtControlGrid *grid)
{
  return 2 * grid->columns * grid->rows;
}

PmtControlGrid *
_pmt_control_grid_copy (const PmtControlGrid *grid)
{
  PmtControlGrid *copy = grid_of (grid->origin, grid->spacing, grid->columns, grid->rows);

  memcpy (copy->d, grid->d, _pmt_control_grid_size (grid) * sizeof *grid->d);
  return copy;
}

/* n controls, `in` apart by `step` numbers, to 2n − 3: from half a spacing behind the first to half a spacing before the last. */
static void
subdivide (int n, const double *in, gsize step, double *out, gsize out_step)
{
  for (int k = 0; k < n - 1; k++)
    out[2 * k * out_step] = 0.5 * (in[k * step] + in[(k + 1) * step]);
  for (int k = 1; k < n - 1; k++)
    out[(2 * k - 1) * out_step] = 0.125 * (in[(k - 1) * step] + 6 * in[k * step] + in[(k + 1) * step]);
}

PmtControlGrid *
_pmt_control_grid_halve (const PmtControlGrid *grid)
{
  double             half = 0.5 * grid->spacing;
  int                columns = 2 * grid->columns - 3, rows = 2 * grid->rows - 3;
  PmtControlGrid    *fine = grid_of ((PmtPoint) { grid->origin.x + half, grid->origin.y + half }, half, columns, rows);
  g_autofree double *across = g_new (double, 2 * (gsize) columns * grid->rows);

  for (int j = 0; j < grid->rows; j++)
    for (int axis = 0; axis < 2; axis++)
      subdivide (grid->columns, grid->d + 2 * (gsize) j * grid->columns + axis, 2, across + 2 * (gsize) j * columns + axis, 2);
  for (int i = 0; i < 2 * columns; i++)
    subdivide (grid->rows, across + i, 2 * columns, fine->d + i, 2 * columns);
  return fine;
}

/* One finite difference Σ f_k·d_k, squared: its share of the energy and of the gradient. */
static double
add_square (const double *d, double *gradient, int n, const int *at, const double *factor, double weight)
{
  double sum = 0;

  for (int axis = 0; axis < 2; axis++)
    {
      double difference = 0;

      for (int k = 0; k < n; k++)
        difference += factor[k] * d[2 * at[k] + axis];
      for (int k = 0; k < n; k++)
        gradient[2 * at[k] + axis] += 2 * weight * factor[k] * difference;
      sum += difference * difference;
    }
  return weight * sum;
}

double
_pmt_control_grid_bending (const PmtControlGrid *grid, double side, double weight, double *gradient)
{
  static const double along[] = { 1, -2, 1 }, across[] = { 1, -1, -1, 1 };
  int                 w = grid->columns, h = grid->rows;
  double              unit = side / (grid->spacing * grid->spacing), energy = 0;
  double              each = weight * unit * unit / ((double) w * h);

  for (int j = 0; j < h; j++)
    for (int i = 0; i < w; i++)
      {
        int k = j * w + i;

        if (i > 0 && i < w - 1)
          energy += add_square (grid->d, gradient, 3, (int[]) { k - 1, k, k + 1 }, along, each);
        if (j > 0 && j < h - 1)
          energy += add_square (grid->d, gradient, 3, (int[]) { k - w, k, k + w }, along, each);
        if (i < w - 1 && j < h - 1)
          energy += add_square (grid->d, gradient, 4, (int[]) { k, k + 1, k + w, k + w + 1 }, across, 2 * each);
      }
  return energy;
}

PmtStep *
_pmt_control_grid_step (const PmtControlGrid *grid, double *least_jacobian)
{
  int                  n = grid->columns * grid->rows;
  g_autofree PmtPoint *d = g_new (PmtPoint, n);
  PmtLattice           lattice = { grid->origin, { grid->spacing, grid->spacing }, grid->columns, grid->rows, d };
  g_autoptr (PmtStep)  step = NULL;
  PmtPoint             where;

  for (int k = 0; k < n; k++)
    d[k] = (PmtPoint) { grid->d[2 * k], grid->d[2 * k + 1] };
  step = _pmt_step_lattice_new (&lattice, NULL);
  *least_jacobian = step != NULL ? _pmt_step_lattice_least_jacobian (step, &where) : 0;
  return *least_jacobian > LEAST_JACOBIAN ? g_steal_pointer (&step) : NULL;
}
