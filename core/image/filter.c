/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter-private.h"

#include <math.h>
#include <string.h>

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

static void
blur_rows (const PmtPlane *in, const float *kernel, int radius, PmtPlane *out, float *padded)
{
  for (int y = 0; y < in->height; y++)
    {
      const float *row = pmt_plane_row (in, y);
      float       *dest = pmt_plane_row (out, y);

      for (int x = -radius; x < in->width + radius; x++)
        padded[x + radius] = row[mirror (x, in->width)];
      memset (dest, 0, in->width * sizeof *dest);
      for (int k = 0; k <= 2 * radius; k++)
        for (int x = 0; x < in->width; x++)
          dest[x] += kernel[k] * padded[x + k];
    }
}

gboolean
_pmt_gaussian_blur (const PmtPlane *in, double sigma, PmtPlane *out, GError **error)
{
  int                  radius;
  g_autofree float    *kernel = gaussian_kernel (sigma, &radius);
  g_autofree float    *padded = g_new (float, in->width + 2 * radius);
  g_autoptr (PmtPlane) rows = pmt_plane_new_unset (in->width, in->height, error);

  if (rows == NULL)
    return FALSE;
  blur_rows (in, kernel, radius, rows, padded);
  for (int y = 0; y < in->height; y++)
    {
      float *dest = pmt_plane_row (out, y);

      memset (dest, 0, in->width * sizeof *dest);
      for (int k = -radius; k <= radius; k++)
        {
          const float *row = pmt_plane_row (rows, mirror (y + k, in->height));
          float        w = kernel[k + radius];

          for (int x = 0; x < in->width; x++)
            dest[x] += w * row[x];
        }
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

/* Runs of validity along one axis: out[i] = 1 when in[i-radius … i+radius] are all 1 (outside: `frame`). */
static void
erode_line (const float *in, int n, gsize step, int radius, gboolean frame, float *out)
{
  int bad = G_MININT / 2;      /* last invalid position seen, moving right */
  int start = frame ? bad : -1;

  bad = start;
  for (int i = 0; i < n; i++)
    {
      if (!(in[i * step] > VALID_SHARE))
        bad = i;
      out[i] = i - bad > radius;
    }
  bad = frame ? G_MAXINT / 2 : n;
  for (int i = n - 1; i >= 0; i--)
    {
      if (!(in[i * step] > VALID_SHARE))
        bad = i;
      if (bad - i <= radius)
        out[i] = 0;
    }
}

gboolean
_pmt_mask_erode (const PmtPlane *mask, int radius, gboolean frame, PmtPlane *out, GError **error)
{
  g_autofree float *column = g_new (float, MAX (mask->height, mask->width));
  g_autoptr (PmtPlane) rows = pmt_plane_new_unset (mask->width, mask->height, error);

  if (rows == NULL)
    return FALSE;
  for (int y = 0; y < mask->height; y++)
    erode_line (pmt_plane_row (mask, y), mask->width, 1, radius, frame, pmt_plane_row (rows, y));
  for (int x = 0; x < mask->width; x++)
    {
      erode_line (rows->data + x, mask->height, rows->stride, radius, frame, column);
      for (int y = 0; y < mask->height; y++)
        pmt_plane_row (out, y)[x] = column[y];
    }
  return TRUE;
}
