/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both sets are first moved to their centroid and scaled to a mean distance of √2 (T, T'); the map M between the
 * normalised sets gives T'⁻¹·M·T. With (x, y) → (u, v), the homography's nine coefficients h are the unit vector with
 * the smallest Σ (a·h)² over the rows
 *   a = (x, y, 1, 0, 0, 0, -u·x, -u·y, -u)  and  (0, 0, 0, x, y, 1, -v·x, -v·y, -v),
 * the eigenvector of Σ a·aᵀ for the smallest eigenvalue. The solution is unique when the second smallest is not 0 too. */
#include "fit/points.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

#define DEGENERATE 1e-12   /* second eigenvalue over the largest; four corners of a square give about 0.05 */

typedef struct { double x, y, scale; } Frame;   /* centroid, and what makes the mean distance √2 */

static gboolean
degenerate (GError **error)
{
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                       "the points coincide or lie on a line, or contradict each other: they fix no transform");
  return FALSE;
}

static gboolean
find_frame (int n, const PmtPoint *points, Frame *frame)
{
  double distance = 0;

  *frame = (Frame) { 0, 0, 1 };
  for (int i = 0; i < n; i++)
    {
      frame->x += points[i].x / n;
      frame->y += points[i].y / n;
    }
  for (int i = 0; i < n; i++)
    distance += hypot (points[i].x - frame->x, points[i].y - frame->y) / n;
  if (n > 1)
    frame->scale = M_SQRT2 / distance;
  return isfinite (frame->x) && isfinite (frame->y) && isfinite (frame->scale);
}

static PmtPoint
normalise (const Frame *frame, PmtPoint p)
{
  return (PmtPoint) { (p.x - frame->x) * frame->scale, (p.y - frame->y) * frame->scale };
}

/* T'⁻¹ · m · T. */
static PmtMatrix3
denormalise (const PmtMatrix3 *m, const Frame *fixed, const Frame *moving)
{
  PmtMatrix3 to = { { { fixed->scale, 0, -fixed->x * fixed->scale }, { 0, fixed->scale, -fixed->y * fixed->scale },
                      { 0, 0, 1 } } };
  PmtMatrix3 back = { { { 1 / moving->scale, 0, moving->x }, { 0, 1 / moving->scale, moving->y }, { 0, 0, 1 } } };
  PmtMatrix3 half = pmt_matrix3_then (&to, m);

  return pmt_matrix3_then (&half, &back);
}

static PmtMatrix3
similarity (const PmtPoint *f, const PmtPoint *m)
{
  double a = 0, b = 0, square = 0;

  for (int i = 0; i < 2; i++)
    {
      a += f[i].x * m[i].x + f[i].y * m[i].y;
      b += f[i].x * m[i].y - f[i].y * m[i].x;
      square += f[i].x * f[i].x + f[i].y * f[i].y;
    }
  a /= square;
  b /= square;
  return (PmtMatrix3) { { { a, -b, 0 }, { b, a, 0 }, { 0, 0, 1 } } };
}

/* Three pairs, both centred on their means: two equations a row. */
static gboolean
affine (const PmtPoint *f, const PmtPoint *m, PmtMatrix3 *matrix)
{
  double determinant = f[0].x * f[1].y - f[1].x * f[0].y;
  double p = m[0].x * f[1].y - m[1].x * f[0].y, q = f[0].x * m[1].x - f[1].x * m[0].x;
  double r = m[0].y * f[1].y - m[1].y * f[0].y, s = f[0].x * m[1].y - f[1].x * m[0].y;

  if (fabs (determinant) < 1e-9)
    return FALSE;
  *matrix = (PmtMatrix3) { { { p / determinant, q / determinant, 0 }, { r / determinant, s / determinant, 0 },
                             { 0, 0, 1 } } };
  return TRUE;
}

static void
add_row (double sum[81], const double a[9])
{
  for (int i = 0; i < 9; i++)
    for (int j = 0; j < 9; j++)
      sum[9 * i + j] += a[i] * a[j];
}

static gboolean
homography (int n, const PmtPoint *f, const PmtPoint *m, PmtMatrix3 *matrix)
{
  double sum[81] = { 0 }, values[9], sign;

  for (int i = 0; i < n; i++)
    {
      double x = f[i].x, y = f[i].y, u = m[i].x, v = m[i].y;

      add_row (sum, (double[9]) { x, y, 1, 0, 0, 0, -u * x, -u * y, -u });
      add_row (sum, (double[9]) { 0, 0, 0, x, y, 1, -v * x, -v * y, -v });
    }
  if (LAPACKE_dsyev (LAPACK_ROW_MAJOR, 'V', 'U', 9, sum, 9, values) != 0 || values[1] < DEGENERATE * values[8])
    return FALSE;
  for (int i = 0; i < 9; i++)
    matrix->m[i / 3][i % 3] = sum[9 * i];
  sign = matrix->m[2][2] < 0 ? -1 : 1;   /* the centroid, at (0, 0), must have an image */
  for (int i = 0; i < 9; i++)
    matrix->m[i / 3][i % 3] *= sign;
  for (int i = 0; i < n; i++)
    if (!isfinite (pmt_matrix3_map (matrix, f[i]).x))
      return FALSE;
  return TRUE;
}

gboolean
pmt_fit_points (int n, const PmtPoint *fixed, const PmtPoint *moving, PmtMatrix3 *matrix, GError **error)
{
  Frame               a, b;
  PmtMatrix3          m = pmt_matrix3_identity, inverse;
  g_autofree PmtPoint *f = g_new (PmtPoint, MAX (n, 1)), *g = g_new (PmtPoint, MAX (n, 1));

  if (n < 1)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "there are no points");
      return FALSE;
    }
  if (!find_frame (n, fixed, &a) || !find_frame (n, moving, &b))
    return degenerate (error);
  for (int i = 0; i < n; i++)
    {
      f[i] = normalise (&a, fixed[i]);
      g[i] = normalise (&b, moving[i]);
    }
  if (n == 2)
    m = similarity (f, g);
  else if ((n == 3 && !affine (f, g, &m)) || (n > 3 && !homography (n, f, g, &m)))
    return degenerate (error);
  m = denormalise (&m, &a, &b);
  if (!pmt_matrix3_is_finite (&m) || !pmt_matrix3_invert (&m, &inverse))
    return degenerate (error);
  *matrix = pmt_matrix3_normalised (&m);
  /* Scaling must not turn the signs: where M₂₂ < 0 it would put the points behind the horizon. */
  if (m.m[2][2] < 0)
    *matrix = m;
  return TRUE;
}
