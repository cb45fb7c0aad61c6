/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <lapacke.h>
#include <string.h>

#include "fit/motion-private.h"
#include "fit/soft-fit-private.h"

int
_pmt_motion_size (PmtModel model)
{
  switch (model)
    {
    case PMT_MODEL_TRANSLATION: return 2;
    case PMT_MODEL_RIGID:
    case PMT_MODEL_SIMILARITY:  return 4;
    case PMT_MODEL_AFFINE:      return 6;
    default:                    return 8;
    }
}

void
_pmt_motion_basis (PmtPoint p, int width, int height, double x[PMT_MOTION_MAX], double y[PMT_MOTION_MAX])
{
  double s = 0.5 * MAX (width, height), u = (p.x - 0.5 * width) / s, v = (p.y - 0.5 * height) / s;

  memcpy (x, (double[]) { 1, 0, u, -v, u, v, u * u, u * v }, PMT_MOTION_MAX * sizeof *x);
  memcpy (y, (double[]) { 0, 1, v, u, -v, u, u * v, v * v }, PMT_MOTION_MAX * sizeof *y);
}

PmtPoint
_pmt_motion_at (const double *c, int size, PmtPoint p, int width, int height)
{
  double   x[PMT_MOTION_MAX], y[PMT_MOTION_MAX];
  PmtPoint d = { 0, 0 };

  _pmt_motion_basis (p, width, height, x, y);
  for (int k = 0; k < size; k++)
    {
      d.x += c[k] * x[k];
      d.y += c[k] * y[k];
    }
  return d;
}

/* The homography that takes four points where they shall go. */
static gboolean
through_four_points (const PmtPoint from[4], const PmtPoint to[4], PmtMatrix3 *matrix)
{
  double     a[8 * 8] = { 0 }, b[8];
  lapack_int pivots[8];

  for (int k = 0; k < 4; k++)
    {
      double *r = a + 16 * k, *q = r + 8;

      r[0] = q[3] = from[k].x, r[1] = q[4] = from[k].y, r[2] = q[5] = 1;
      r[6] = -from[k].x * to[k].x, r[7] = -from[k].y * to[k].x, b[2 * k] = to[k].x;
      q[6] = -from[k].x * to[k].y, q[7] = -from[k].y * to[k].y, b[2 * k + 1] = to[k].y;
    }
  if (LAPACKE_dgesv (LAPACK_ROW_MAJOR, 8, 1, a, 8, pivots, b, 1) != 0)
    return FALSE;
  *matrix = (PmtMatrix3) { { { b[0], b[1], b[2] }, { b[3], b[4], b[5] }, { b[6], b[7], 1 } } };
  return pmt_matrix3_is_finite (matrix);
}

gboolean
_pmt_motion_matrix (const double *c, int size, int width, int height, PmtMatrix3 *matrix)
{
  PmtPoint from[4] = { { 0, 0 }, { width, 0 }, { width, height }, { 0, height } }, to[4];

  for (int k = 0; k < 4; k++)
    {
      PmtPoint d = _pmt_motion_at (c, size, from[k], width, height);

      to[k] = (PmtPoint) { from[k].x + d.x, from[k].y + d.y };
    }
  if (size > 6)
    return through_four_points (from, to, matrix);
  *matrix = (PmtMatrix3) { { { (to[1].x - to[0].x) / width, (to[3].x - to[0].x) / height, to[0].x },
                             { (to[1].y - to[0].y) / width, (to[3].y - to[0].y) / height, to[0].y },
                             { 0, 0, 1 } } };
  return pmt_matrix3_is_finite (matrix);
}

gboolean
_pmt_motion_solve (int n, const PmtPoint *at, const PmtPoint *shift, const double *weight, int width, int height,
                   int size, double radius, double ridge, double *c)
{
  /* Standard deviations that the coefficients are expected to have, in radii of the search. */
  static const double prior[PMT_MOTION_MAX] = { 1, 1, 1, 1, 0.5, 0.5, 0.35, 0.35 };
  double              a[PMT_MOTION_MAX * PMT_MOTION_MAX] = { 0 }, b[PMT_MOTION_MAX] = { 0 };

  for (int t = 0; t < n; t++)
    {
      double x[PMT_MOTION_MAX], y[PMT_MOTION_MAX];

      if (!(weight[t] > 0))
        continue;
      _pmt_motion_basis (at[t], width, height, x, y);
      for (int i = 0; i < size; i++)
        {
          for (int j = 0; j <= i; j++)
            a[i * size + j] += weight[t] * (x[i] * x[j] + y[i] * y[j]);
          b[i] += weight[t] * (x[i] * shift[t].x + y[i] * shift[t].y);
        }
    }
  for (int i = 0; i < size; i++)
    a[i * size + i] += ridge / (prior[i] * prior[i] * radius * radius);
  if (LAPACKE_dposv (LAPACK_ROW_MAJOR, 'L', size, 1, a, size, b, 1) != 0)
    return FALSE;
  memcpy (c, b, size * sizeof *c);
  return TRUE;
}
