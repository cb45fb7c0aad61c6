/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IEC 61966-2-1: linear = encoded / 12.92 where encoded ≤ 0.04045, else ((encoded + 0.055) / 1.055)^2.4.
 * Encoding looks the curve up at 65,536 steps and interpolates: the curve's second derivative is at most 2.4·10³ (just
 * above the straight part), so the error is at most 2⁻³²/8 · 2.4·10³ ≈ 7·10⁻⁸. */
#include "image/light.h"

#include <math.h>

#define STEPS 65536

double
pmt_srgb_to_linear (double encoded)
{
  double c = fabs (encoded);

  return copysign (c <= 0.04045 ? c / 12.92 : pow ((c + 0.055) / 1.055, 2.4), encoded);
}

double
pmt_srgb_from_linear (double linear)
{
  double c = fabs (linear);

  return copysign (c <= 0.0031308 ? c * 12.92 : 1.055 * pow (c, 1 / 2.4) - 0.055, linear);
}

static gpointer
make_decoder (gpointer codes)
{
  int    n = GPOINTER_TO_INT (codes);
  float *table = g_new (float, n);

  for (int i = 0; i < n; i++)
    table[i] = (float) pmt_srgb_to_linear ((double) i / (n - 1));
  return table;
}

static gpointer
make_encoder (gpointer data)
{
  float *table = g_new (float, STEPS + 2);

  for (int i = 0; i < STEPS + 2; i++)
    table[i] = (float) pmt_srgb_from_linear ((double) i / STEPS);
  return table;
}

const float *
pmt_srgb_table_8 (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, make_decoder, GINT_TO_POINTER (256));
}

const float *
pmt_srgb_table_16 (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, make_decoder, GINT_TO_POINTER (65536));
}

void
pmt_srgb_encode (float *values, gsize n)
{
  static GOnce once = G_ONCE_INIT;
  const float *table = g_once (&once, make_encoder, NULL);

  for (gsize i = 0; i < n; i++)
    {
      float x = values[i] * STEPS;

      if (x >= 0 && x <= STEPS)
        {
          int k = (int) x;

          values[i] = table[k] + (x - k) * (table[k + 1] - table[k]);
        }
      else
        values[i] = (float) pmt_srgb_from_linear (values[i]);
    }
}
