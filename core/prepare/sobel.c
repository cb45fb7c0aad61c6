/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edges as the length of Sobel's gradient, (1 2 1)ᵀ(−1 0 1)/8 and its transpose, of the image blurred by σ = 1 px. */
#include "prepare/prepare-private.h"

#include <math.h>

#define SIGMA 1.0   /* px */

/* Not at the outermost pixels: what is beyond is not known, and the gradient there is 0. */
static float
gradient_length (const PmtPlane *p, int x, int y)
{
  const float *a = pmt_plane_row (p, y - 1) + x, *b = pmt_plane_row (p, y) + x, *c = pmt_plane_row (p, y + 1) + x;
  float        gx = (a[1] - a[-1]) + 2 * (b[1] - b[-1]) + (c[1] - c[-1]);
  float        gy = (c[-1] - a[-1]) + 2 * (c[0] - a[0]) + (c[1] - a[1]);

  return sqrtf (gx * gx + gy * gy) / 8;
}

PmtGrey *
_pmt_prepare_sobel (PmtContext *context, const PmtGrey *in, GError **error)
{
  g_autoptr (PmtPlane) smooth = pmt_plane_new (in->value->width, in->value->height, error);
  g_autoptr (PmtGrey)  out = smooth != NULL ? _pmt_prepare_eroded (in, 1, error) : NULL;

  if (out == NULL || !_pmt_valid_blur (in, SIGMA, smooth, error))
    return NULL;
  for (int y = 1; y < smooth->height - 1; y++)
    for (int x = 1; x < smooth->width - 1; x++)
      pmt_plane_row (out->value, y)[x] = gradient_length (smooth, x, y);
  return _pmt_prepare_stretch (out, error) ? g_steal_pointer (&out) : NULL;
}
