/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cholesky's factor A = L Lᵀ of a band matrix, column by column from the left, PANEL columns at a time so that what lies to the
 * right of them is read and written once for all of them; and, from the last column to the first, the entries of the inverse Z
 * within the band. With the factor's column below the diagonal l, its pivot ℓ and J the rows that it reaches,
 *
 *     Z_Jj = −Z_JJ l / ℓ,    Z_jj = 1/ℓ² − lᵀ Z_Jj / ℓ,
 *
 * where Z_JJ is known and lies within the band.
 *
 * LAPACK does the same, but the reference build of it, which is what most systems have, takes ten times as long, and others start threads
 * of their own and do not give the same bits for any number of them. */
#include "fit/band-cholesky-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

#define PANEL 4
#define LANES 8
#define POLL  64       /* columns between looks at the context */

PmtBand *
_pmt_band_new (int size, int band)
{
  gsize    stride = (gsize) band + PANEL;
  PmtBand *b;

  b = g_atomic_rc_box_alloc0 (sizeof *b + stride * size * sizeof (double));
  b->size = size;
  b->band = band;
  b->stride = stride;
  return b;
}

PmtBand *
_pmt_band_ref (PmtBand *band)
{
  return g_atomic_rc_box_acquire (band);
}

void
_pmt_band_unref (PmtBand *band)
{
  if (band != NULL)
    g_atomic_rc_box_release (band);
}

/* -- kernels -- */

/* out −= Σ factor[q]·from[q] */
PMT_CLONES static void
subtract_four (int n, double *restrict out, const double *restrict a, const double *restrict b, const double *restrict c,
               const double *restrict d, const double factor[PANEL])
{
  double fa = factor[0], fb = factor[1], fc = factor[2], fd = factor[3];

  for (int i = 0; i < n; i++)
    out[i] -= fa * a[i] + fb * b[i] + fc * c[i] + fd * d[i];
}

PMT_CLONES static void
subtract_from_two (int n, const double *restrict a, double fx, double fy, double *restrict x, double *restrict y)
{
  for (int i = 0; i < n; i++)
    {
      x[i] -= fx * a[i];
      y[i] -= fy * a[i];
    }
}

static double
sum_lanes (const double *s)
{
  return ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
}

PMT_CLONES static void
two_products (int n, const double *restrict a, const double *restrict x, const double *restrict y, double *ax, double *ay)
{
  double sx[LANES] = { 0 }, sy[LANES] = { 0 };
  int    i = 0;

  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++)
      {
        sx[k] += a[i + k] * x[i + k];
        sy[k] += a[i + k] * y[i + k];
      }
  for (int k = 0; i < n; i++, k++)
    {
      sx[k] += a[i] * x[i];
      sy[k] += a[i] * y[i];
    }
  *ax = sum_lanes (sx);
  *ay = sum_lanes (sy);
}

/* out += f·a; returns aᵀ x */
PMT_CLONES static double
add_and_product (int n, const double *restrict a, double f, const double *restrict x, double *restrict out)
{
  double s[LANES] = { 0 };
  int    i = 0;

  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++)
      {
        out[i + k] += f * a[i + k];
        s[k] += a[i + k] * x[i + k];
      }
  for (int k = 0; i < n; i++, k++)
    {
      out[i] += f * a[i];
      s[k] += a[i] * x[i];
    }
  return sum_lanes (s);
}

/* -- factor and solve -- */

static double *
column_at (PmtBand *b, int j)
{
  return b->column + j * b->stride;
}

/* The columns of a panel from j0 on, `width` of them, all to the left being done. */
static gboolean
factor_panel (PmtBand *b, int j0, int width)
{
  for (int j = j0; j < j0 + width; j++)
    {
      double *out = column_at (b, j), pivot;

      for (int p = j0; p < j; p++)
        {
          const double *from = column_at (b, p) + (j - p);

          for (int d = 0; d <= b->band - (j - p); d++)
            out[d] -= from[0] * from[d];
        }
      if (!(out[0] > 0) || !isfinite (out[0]))
        return FALSE;
      pivot = sqrt (out[0]);
      for (int d = 0; d <= b->band; d++)
        out[d] /= pivot;
    }
  return TRUE;
}

/* Columns are as long as PANEL of them together reach; the zeros behind stand for what is beyond the band. */
gboolean
_pmt_band_factor (PmtBand *b)
{
  for (int j = 0; j < b->size; j += PANEL)
    {
      int width = MIN (PANEL, b->size - j), last = MIN (j + PANEL - 1 + b->band, b->size - 1);

      if (!factor_panel (b, j, width))
        return FALSE;
      for (int k = j + PANEL; k <= last; k++)
        {
          const double *from[PANEL];
          double        factor[PANEL];

          for (int q = 0; q < PANEL; q++)
            {
              from[q] = column_at (b, j + q) + (k - j - q);
              factor[q] = from[q][0];
            }
          subtract_four (j + PANEL + b->band - k, column_at (b, k), from[0], from[1], from[2], from[3], factor);
        }
    }
  return TRUE;
}

void
_pmt_band_solve (const PmtBand *b, double *x, double *y)
{
  for (int j = 0; j < b->size; j++)
    {
      const double *l = b->column + j * b->stride;

      x[j] /= l[0];
      y[j] /= l[0];
      subtract_from_two (MIN (b->band, b->size - 1 - j), l + 1, x[j], y[j], x + j + 1, y + j + 1);
    }
  for (int j = b->size - 1; j >= 0; j--)
    {
      const double *l = b->column + j * b->stride;
      double        lx, ly;

      two_products (MIN (b->band, b->size - 1 - j), l + 1, x + j + 1, y + j + 1, &lx, &ly);
      x[j] = (x[j] - lx) / l[0];
      y[j] = (y[j] - ly) / l[0];
    }
}

/* -- the inverse -- */

/* −Z l to out, Z being the symmetric block of n from column j on. */
static void
negative_product (PmtBand *b, int j, int n, const double *l, double *out)
{
  memset (out, 0, n * sizeof *out);
  for (int c = 0; c < n; c++)
    {
      const double *z = column_at (b, j + c);

      out[c] += z[0] * l[c] + add_and_product (n - 1 - c, z + 1, l[c], l + c + 1, out + c + 1);
    }
  for (int c = 0; c < n; c++)
    out[c] = -out[c];
}

gboolean
_pmt_band_invert (PmtContext *context, PmtBand *b, GError **error)
{
  g_autofree double *l = g_new (double, b->band + 1), *z = g_new (double, b->band + 1);

  for (int j = b->size - 1; j >= 0; j--)
    {
      double *column = column_at (b, j), own = 1 / (column[0] * column[0]);
      int     n = MIN (b->band, b->size - 1 - j);

      if (j % POLL == 0 && !pmt_context_check (context, error))
        return FALSE;
      for (int d = 0; d < n; d++)
        l[d] = column[d + 1] / column[0];
      negative_product (b, j + 1, n, l, z);
      for (int d = 0; d < n; d++)
        own -= l[d] * z[d];
      column[0] = own;
      memcpy (column + 1, z, n * sizeof *z);
    }
  return TRUE;
}
