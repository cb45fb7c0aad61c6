/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

#define VALID_SHARE 0.6f   /* of a pixel's area */

static inline int
mirror (int i, int n)
{
  while (i < 0 || i >= n)
    i = i < 0 ? -1 - i : 2 * n - 1 - i;
  return i;
}

static float *
gaussian_kernel (double sigma, int *radius)
{
  int    r = MAX ((int) ceil (4 * sigma), 1);
  float *kernel = g_new (float, 2 * r + 1);
  double sum = 0;

  for (int i = -r; i <= r; i++)
    sum += exp (-i * i / (2 * sigma * sigma));
  for (int i = -r; i <= r; i++)
    kernel[i + r] = (float) (exp (-i * i / (2 * sigma * sigma)) / sum);
  *radius = r;
  return kernel;
}

typedef float Eight __attribute__ ((vector_size (32), aligned (4), may_alias));

/* out = Σ kernel[k]·from[k], each n long: four vectors of sums at a time stay in registers. */
PMT_CLONES static void
weighted_sum (const float *const *from, const float *kernel, int taps, int n, float *out)
{
  int x = 0;

  for (; x + 32 <= n; x += 32)
    {
      Eight a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 }, *to = (Eight *) (out + x);

      for (int k = 0; k < taps; k++)
        {
          const Eight *v = (const Eight *) (from[k] + x);

          a += kernel[k] * v[0];
          b += kernel[k] * v[1];
          c += kernel[k] * v[2];
          d += kernel[k] * v[3];
        }
      to[0] = a;
      to[1] = b;
      to[2] = c;
      to[3] = d;
    }
  for (; x + 8 <= n; x += 8)
    {
      Eight a = { 0 };

      for (int k = 0; k < taps; k++)
        a += kernel[k] * *(const Eight *) (from[k] + x);
      *(Eight *) (out + x) = a;
    }
  for (; x < n; x++)
    {
      float sum = 0;

      for (int k = 0; k < taps; k++)
        sum += kernel[k] * from[k][x];
      out[x] = sum;
    }
}

static void
blur_rows (const PmtPlane *in, const float *kernel, int radius, PmtPlane *out)
{
  g_autofree float        *padded = g_new (float, in->width + 2 * radius);
  g_autofree const float **from = g_new (const float *, 2 * radius + 1);

  for (int k = 0; k <= 2 * radius; k++)
    from[k] = padded + k;
  for (int y = 0; y < in->height; y++)
    {
      const float *row = pmt_plane_row (in, y);

      memcpy (padded + radius, row, in->width * sizeof *row);
      for (int x = 0; x < radius; x++)
        {
          padded[radius - 1 - x] = row[mirror (-1 - x, in->width)];
          padded[radius + in->width + x] = row[mirror (in->width + x, in->width)];
        }
      weighted_sum (from, kernel, 2 * radius + 1, in->width, pmt_plane_row (out, y));
    }
}

gboolean
_pmt_gaussian_blur (const PmtPlane *in, double sigma, PmtPlane *out, GError **error)
{
  int                      radius;
  g_autofree float        *kernel = gaussian_kernel (sigma, &radius);
  g_autofree const float **from = g_new (const float *, 2 * radius + 1);
  g_autoptr (PmtPlane)     rows = pmt_plane_new_unset (in->width, in->height, error);

  if (rows == NULL)
    return FALSE;
  blur_rows (in, kernel, radius, rows);
  for (int y = 0; y < in->height; y++)
    {
      for (int k = -radius; k <= radius; k++)
        from[k + radius] = pmt_plane_row (rows, mirror (y + k, in->height));
      weighted_sum (from, kernel, 2 * radius + 1, in->width, pmt_plane_row (out, y));
    }
  return TRUE;
}

void
_pmt_gradient (const PmtPlane *in, PmtPlane *gx, PmtPlane *gy)
{
  int width = in->width, height = in->height;

  for (int y = 0; y < height; y++)
    {
      const float *row = pmt_plane_row (in, y);
      const float *above = pmt_plane_row (in, mirror (y - 1, height)), *below = pmt_plane_row (in, mirror (y + 1, height));
      float       *dx = pmt_plane_row (gx, y), *dy = pmt_plane_row (gy, y);

      for (int x = 1; x < width - 1; x++)
        dx[x] = 0.5f * (row[x + 1] - row[x - 1]);
      dx[0] = 0.5f * (row[MIN (1, width - 1)] - row[0]);
      dx[width - 1] = 0.5f * (row[width - 1] - row[MAX (width - 2, 0)]);
      for (int x = 0; x < width; x++)
        dy[x] = 0.5f * (below[x] - above[x]);
    }
}

/* Runs of validity along a row: out[i] = 1 when in[i-radius … i+radius] are all valid (outside: `frame`). */
static void
erode_row (const float *in, int n, int radius, gboolean frame, float *out)
{
  int bad = frame ? G_MININT / 2 : -1;      /* last invalid position seen, moving right */

  for (int i = 0; i < n; i++)
    {
      if (!(in[i] > VALID_SHARE))
        bad = i;
      out[i] = i - bad > radius;
    }
  bad = frame ? G_MAXINT / 2 : n;
  for (int i = n - 1; i >= 0; i--)
    {
      if (!(in[i] > VALID_SHARE))
        bad = i;
      if (bad - i <= radius)
        out[i] = 0;
    }
}

/* The same along columns, all at once: a row clears what lies within `radius` behind it, going down (step 1) or up. bad: a number a
 * column, the last invalid row. */
static void
erode_columns (PmtPlane *plane, const PmtPlane *in, int radius, int outside, int step, int *bad)
{
  int height = plane->height;

  for (int x = 0; x < plane->width; x++)
    bad[x] = outside;
  for (int y = step > 0 ? 0 : height - 1; y >= 0 && y < height; y += step)
    {
      const float *row = pmt_plane_row (in, y);
      float       *out = pmt_plane_row (plane, y);

      for (int x = 0; x < plane->width; x++)
        {
          bad[x] = row[x] > 0 ? bad[x] : y;
          out[x] = step * (y - bad[x]) > radius ? out[x] : 0;
        }
    }
}

gboolean
_pmt_mask_all_valid (const PmtPlane *mask, float share)
{
  for (int y = 0; y < mask->height; y++)
    {
      const float *row = pmt_plane_row (mask, y);
      int          bad = 0;

      for (int x = 0; x < mask->width; x++)
        bad |= !(row[x] > share);
      if (bad)
        return FALSE;
    }
  return TRUE;
}

gboolean
_pmt_mask_erode (const PmtPlane *mask, int radius, gboolean frame, PmtPlane *out, GError **error)
{
  g_autofree int      *bad = g_new (int, mask->width + 1);
  g_autoptr (PmtPlane) rows = NULL;

  if (frame && _pmt_mask_all_valid (mask, VALID_SHARE))
    {
      for (int y = 0; y < out->height; y++)
        for (int x = 0; x < out->width; x++)
          pmt_plane_row (out, y)[x] = 1;
      return TRUE;
    }
  rows = pmt_plane_new_unset (mask->width, mask->height, error);
  if (rows == NULL)
    return FALSE;
  for (int y = 0; y < mask->height; y++)
    {
      erode_row (pmt_plane_row (mask, y), mask->width, radius, frame, pmt_plane_row (rows, y));
      memcpy (pmt_plane_row (out, y), pmt_plane_row (rows, y), mask->width * sizeof (float));
    }
  erode_columns (out, rows, radius, frame ? G_MININT / 2 : -1, 1, bad);
  erode_columns (out, rows, radius, frame ? G_MAXINT / 2 : mask->height, -1, bad);
  return TRUE;
}
