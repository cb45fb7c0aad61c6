/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/geometry.h"

#include <math.h>

const PmtMatrix3 pmt_matrix3_identity = { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } };

PmtMatrix3
pmt_matrix3_translation (double dx, double dy)
{
  return (PmtMatrix3) { { { 1, 0, dx }, { 0, 1, dy }, { 0, 0, 1 } } };
}

PmtMatrix3
pmt_matrix3_scaling (double sx, double sy)
{
  return (PmtMatrix3) { { { sx, 0, 0 }, { 0, sy, 0 }, { 0, 0, 1 } } };
}

PmtMatrix3
pmt_matrix3_then (const PmtMatrix3 *first, const PmtMatrix3 *second)
{
  PmtMatrix3 product;

  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      product.m[i][j] = second->m[i][0] * first->m[0][j] + second->m[i][1] * first->m[1][j]
                        + second->m[i][2] * first->m[2][j];
  return product;
}

static double
frobenius_norm (const PmtMatrix3 *m)
{
  double sum = 0;

  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      sum += m->m[i][j] * m->m[i][j];
  return sqrt (sum);
}

gboolean
pmt_matrix3_is_finite (const PmtMatrix3 *m)
{
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      if (!isfinite (m->m[i][j]))
        return FALSE;
  return TRUE;
}

/* The adjugate's (i, j) entry: the cofactor of (j, i). */
static double
adjugate (const PmtMatrix3 *m, int i, int j)
{
  int r0 = (j + 1) % 3, r1 = (j + 2) % 3, c0 = (i + 1) % 3, c1 = (i + 2) % 3;

  return m->m[r0][c0] * m->m[r1][c1] - m->m[r0][c1] * m->m[r1][c0];
}

/* |det| of the matrix with its columns, then its rows scaled to length 1: what is left when units no longer matter. A
 * shift by 100,000 pixels is as far from singular as one by 1. 0 where a column or row is 0. */
static double
equilibrated_determinant (const PmtMatrix3 *m, double determinant)
{
  double columns[3], product = 1;

  for (int j = 0; j < 3; j++)
    columns[j] = hypot (hypot (m->m[0][j], m->m[1][j]), m->m[2][j]);
  for (int i = 0; i < 3; i++)
    {
      double row = hypot (hypot (m->m[i][0] / columns[0], m->m[i][1] / columns[1]), m->m[i][2] / columns[2]);

      product *= row * columns[i];
    }
  return product > 0 ? fabs (determinant) / product : 0;
}

double
pmt_matrix3_determinant (const PmtMatrix3 *m)
{
  return m->m[0][0] * adjugate (m, 0, 0) + m->m[0][1] * adjugate (m, 1, 0) + m->m[0][2] * adjugate (m, 2, 0);
}

gboolean
pmt_matrix3_invert (const PmtMatrix3 *m, PmtMatrix3 *inverse)
{
  double     norm = frobenius_norm (m);
  double     determinant = m->m[0][0] * adjugate (m, 0, 0) + m->m[0][1] * adjugate (m, 1, 0)
                           + m->m[0][2] * adjugate (m, 2, 0);
  PmtMatrix3 result;

  if (!isfinite (norm) || !(equilibrated_determinant (m, determinant) > 1e-14))
    return FALSE;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      result.m[i][j] = adjugate (m, i, j) / determinant;
  *inverse = result;
  return TRUE;
}

PmtMatrix3
pmt_matrix3_normalised (const PmtMatrix3 *m)
{
  double     norm = frobenius_norm (m);
  double     divisor = fabs (m->m[2][2]) > 1e-9 * norm ? m->m[2][2] : norm;
  PmtMatrix3 result = *m;

  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      result.m[i][j] /= divisor;
  return result;
}

PmtPoint
pmt_matrix3_map (const PmtMatrix3 *m, PmtPoint p)
{
  double w = m->m[2][0] * p.x + m->m[2][1] * p.y + m->m[2][2];

  if (!(w > 0))
    return (PmtPoint) { NAN, NAN };
  return (PmtPoint) { (m->m[0][0] * p.x + m->m[0][1] * p.y + m->m[0][2]) / w,
                      (m->m[1][0] * p.x + m->m[1][1] * p.y + m->m[1][2]) / w };
}

gboolean
pmt_matrix3_jacobian (const PmtMatrix3 *m, PmtPoint p, double j[2][2])
{
  double   w = m->m[2][0] * p.x + m->m[2][1] * p.y + m->m[2][2];
  PmtPoint q = pmt_matrix3_map (m, p);

  if (!(w > 0))
    return FALSE;
  for (int k = 0; k < 2; k++)
    {
      j[0][k] = (m->m[0][k] - q.x * m->m[2][k]) / w;
      j[1][k] = (m->m[1][k] - q.y * m->m[2][k]) / w;
    }
  return TRUE;
}

gboolean
pmt_rect_is_empty (PmtRect r)
{
  return r.width <= 0 || r.height <= 0;
}

PmtRect
pmt_rect_intersect (PmtRect a, PmtRect b)
{
  gint64  x0 = MAX (a.x, b.x), y0 = MAX (a.y, b.y);
  gint64  x1 = MIN ((gint64) a.x + a.width, (gint64) b.x + b.width);
  gint64  y1 = MIN ((gint64) a.y + a.height, (gint64) b.y + b.height);

  if (x1 <= x0 || y1 <= y0)
    return (PmtRect) { (int) x0, (int) y0, 0, 0 };
  return (PmtRect) { (int) x0, (int) y0, (int) (x1 - x0), (int) (y1 - y0) };
}

PmtRect
pmt_rect_union (PmtRect a, PmtRect b)
{
  if (pmt_rect_is_empty (a))
    return b;
  if (pmt_rect_is_empty (b))
    return a;

  gint64 x0 = MIN (a.x, b.x), y0 = MIN (a.y, b.y);
  gint64 x1 = MAX ((gint64) a.x + a.width, (gint64) b.x + b.width);
  gint64 y1 = MAX ((gint64) a.y + a.height, (gint64) b.y + b.height);

  return (PmtRect) { (int) x0, (int) y0, (int) MIN (x1 - x0, G_MAXINT), (int) MIN (y1 - y0, G_MAXINT) };
}
