/* SPDX-License-Identifier: GPL-3.0-or-later */
/* s(x) = Σ c_k β³(x − k), with β³ = (2/3 − x² + |x|³/2) for |x| < 1, (2 − |x|)³/6 for |x| < 2, else 0.
 *
 * The coefficients that make s pass through the pixels come from two recursions with the pole z = √3 − 2:
 *
 *     c⁺_k = 6·v_k + z·c⁺_{k−1},    c_k = z·(c_{k+1} − c⁺_k)
 *
 * M. Unser, "Splines: a perfect fit for signal and image processing", IEEE SP Magazine 16(6), 1999. */
#include "image/cubic-spline-private.h"

#include <math.h>
#include <string.h>

#define POLE    (-0.26794919243112270647)
#define HORIZON 16       /* px after which POLE^k is below float precision */
#define STRIP   64       /* columns filtered together, so that memory is read along rows */

/* Lines are mirrored at their ends: …, c₁, [c₀, …, c_{n−1}], c_{n−2}, … */
static inline int
mirrored (int k, int n)
{
  while (k < 0 || k >= n)
    k = n == 1 ? 0 : k < 0 ? -k : 2 * (n - 1) - k;
  return k;
}

/* One line's ends and recursions, for `width` lines side by side: element k of line i at c[k·step + i]. */
static void
prefilter_lines (float *c, int n, gsize step, int width)
{
  double sum[STRIP], power = POLE;

  if (n < 2)
    return;
  for (int i = 0; i < width; i++)
    sum[i] = c[i];
  for (int k = 1; k < HORIZON; k++, power *= POLE)
    for (int i = 0; i < width; i++)
      sum[i] += power * c[mirrored (k, n) * step + i];
  for (int i = 0; i < width; i++)
    c[i] = (float) (6 * sum[i]);
  for (int k = 1; k < n; k++)
    for (int i = 0; i < width; i++)
      c[k * step + i] = (float) (6 * c[k * step + i] + POLE * c[(k - 1) * step + i]);
  for (int i = 0; i < width; i++)
    c[(n - 1) * step + i] = (float) (POLE / (POLE * POLE - 1)
                                     * (c[(n - 1) * step + i] + POLE * c[(n - 2) * step + i]));
  for (int k = n - 2; k >= 0; k--)
    for (int i = 0; i < width; i++)
      c[k * step + i] = (float) (POLE * (c[(k + 1) * step + i] - c[k * step + i]));
}

void
_pmt_cubic_spline_prefilter (PmtPlane *plane)
{
  for (int y = 0; y < plane->height; y++)
    prefilter_lines (pmt_plane_row (plane, y), plane->width, 1, 1);
  for (int x = 0; x < plane->width; x += STRIP)
    prefilter_lines (plane->data + x, plane->height, plane->stride, MIN (STRIP, plane->width - x));
}

static inline void
weights (float t, float w[4], float d[4])
{
  float s = 1 - t;

  w[0] = s * s * s / 6;
  w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
  w[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
  w[3] = t * t * t / 6;
  d[0] = -0.5f * s * s;
  d[1] = -2 * t + 1.5f * t * t;
  d[2] = 2 * s - 1.5f * s * s;
  d[3] = 0.5f * t * t;
}

/* Where on one axis: the first of four coefficients and their weights. Returns whether the point was inside. */
static inline gboolean
place (double x, int n, int *first, float w[4], float d[4])
{
  double   u = CLAMP (x - 0.5, 0, n - 1);
  gboolean inside = u == x - 0.5;

  *first = MIN ((int) u, MAX (n - 2, 0));
  weights ((float) (u - *first), w, d);
  *first -= 1;
  return inside;
}

float
_pmt_cubic_spline_at (const PmtPlane *c, double x, double y, float *dx, float *dy)
{
  float    wx[4], wy[4], ax[4], ay[4], sum = 0, along = 0, down = 0;
  int      i, j;
  gboolean in_x = place (x, c->width, &i, wx, ax), in_y = place (y, c->height, &j, wy, ay);
  gboolean whole = i >= 0 && i + 3 < c->width;

  for (int k = 0; k < 4; k++)
    {
      const float *row = pmt_plane_row (c, mirrored (j + k, c->height));
      float        v[4];

      if (whole)
        memcpy (v, row + i, sizeof v);
      else
        for (int l = 0; l < 4; l++)
          v[l] = row[mirrored (i + l, c->width)];
      float value = wx[0] * v[0] + wx[1] * v[1] + wx[2] * v[2] + wx[3] * v[3];

      sum += wy[k] * value;
      down += ay[k] * value;
      along += wy[k] * (ax[0] * v[0] + ax[1] * v[1] + ax[2] * v[2] + ax[3] * v[3]);
    }
  *dx = in_x ? along : 0;
  *dy = in_y ? down : 0;
  return sum;
}
