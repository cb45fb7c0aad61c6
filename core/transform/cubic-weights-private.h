/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <math.h>

/* The uniform cubic B-spline, in line: what lattices and grids of controls are evaluated with. */

/* The four weights of a point `f` behind its second control, and their derivatives. */
static inline void
_pmt_cubic_weights (double f, double w[4], double dw[4])
{
  double g = 1 - f;

  w[0] = g * g * g / 6;
  w[1] = (4 + f * f * (3 * f - 6)) / 6;
  w[2] = (4 + g * g * (3 * g - 6)) / 6;
  w[3] = f * f * f / 6;
  dw[0] = -0.5 * g * g;
  dw[1] = f * (1.5 * f - 2);
  dw[2] = -g * (1.5 * g - 2);
  dw[3] = 0.5 * f * f;
}

/* The cell of t, in spacings from the first of `nodes` controls, and how far behind its beginning: control k is left of the
 * point, −2 ≤ k ≤ nodes. Where the outermost controls repeat, nothing changes beyond two spacings, so t ends there. */
static inline int
_pmt_cubic_cell (double t, int nodes, double *f)
{
  double c = fmin (fmax (t, -2), nodes + 1), k = fmin (floor (c), nodes);

  *f = c - k;
  return (int) k;
}
