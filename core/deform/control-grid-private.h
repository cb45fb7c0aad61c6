/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/cubic-weights-private.h"
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* A bend that is still being looked for: a uniform cubic B-spline of displacements, moving px, over a box of the moving image. The
 * spacing is the same along both axes. Within the box every place has its 4 × 4 controls. */
typedef struct
{
  PmtPoint origin;          /* of control (0, 0), moving px */
  double   spacing;         /* moving px */
  int      columns, rows;
  double  *d;               /* control (i, j)'s x and y at 2·(j·columns + i) */
} PmtControlGrid;

/* No displacement. */
PmtControlGrid *_pmt_control_grid_new      (const PmtExtent *box, double spacing);
void            _pmt_control_grid_free     (PmtControlGrid *grid);
PmtControlGrid *_pmt_control_grid_copy     (const PmtControlGrid *grid);
int             _pmt_control_grid_size     (const PmtControlGrid *grid);   /* numbers in d */

/* The same bend, exactly, with half the spacing. */
PmtControlGrid *_pmt_control_grid_halve    (const PmtControlGrid *grid);

/* E = Σ |∂²d|², the second derivatives by finite differences of the controls in units of `side` (moving px), the mean over
 * controls. Adds weight · ∂E/∂d to gradient; returns weight · E. */
double          _pmt_control_grid_bending  (const PmtControlGrid *grid, double side, double weight,
                                            double *gradient);

/* As a lattice step; NULL where it folds or nearly does (Jacobian ≤ 0.2), and without memory. */
PmtStep        *_pmt_control_grid_step     (const PmtControlGrid *grid, double *least_jacobian);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtControlGrid, _pmt_control_grid_free)

/* The cell of a place: its first control's number and the four weights along each axis. Beyond the box the nearest cell's. */
typedef struct { int first; float x[4], y[4]; } PmtCell;

static inline void
_pmt_control_grid_cell (const PmtControlGrid *grid, PmtPoint p, PmtCell *cell)
{
  double u = fmin (fmax ((p.x - grid->origin.x) / grid->spacing, 1), grid->columns - 2.0);
  double v = fmin (fmax ((p.y - grid->origin.y) / grid->spacing, 1), grid->rows - 2.0);
  int    i = MIN ((int) u, grid->columns - 3), j = MIN ((int) v, grid->rows - 3);
  double wx[4], wy[4], slope[4];

  _pmt_cubic_weights (u - i, wx, slope);
  _pmt_cubic_weights (v - j, wy, slope);
  for (int k = 0; k < 4; k++)
    {
      cell->x[k] = (float) wx[k];
      cell->y[k] = (float) wy[k];
    }
  cell->first = (j - 1) * grid->columns + i - 1;
}

static inline PmtPoint
_pmt_control_grid_at (const PmtControlGrid *grid, const double *d, const PmtCell *cell)
{
  PmtPoint sum = { 0, 0 };

  for (int j = 0; j < 4; j++)
    {
      const double *c = d + 2 * (cell->first + j * grid->columns);

      sum.x += cell->y[j] * (cell->x[0] * c[0] + cell->x[1] * c[2] + cell->x[2] * c[4] + cell->x[3] * c[6]);
      sum.y += cell->y[j] * (cell->x[0] * c[1] + cell->x[1] * c[3] + cell->x[2] * c[5] + cell->x[3] * c[7]);
    }
  return sum;
}

/* The transpose: what a place's displacement costs, by its controls. */
static inline void
_pmt_control_grid_scatter (const PmtControlGrid *grid, const PmtCell *cell, double x, double y, double *gradient)
{
  for (int j = 0; j < 4; j++)
    {
      double *c = gradient + 2 * (cell->first + j * grid->columns), wx = cell->y[j] * x, wy = cell->y[j] * y;

      for (int i = 0; i < 4; i++)
        {
          c[2 * i] += cell->x[i] * wx;
          c[2 * i + 1] += cell->x[i] * wy;
        }
    }
}

G_END_DECLS
