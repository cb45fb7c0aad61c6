/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interpolation kernels k(x), x in source pixels:
 *   linear    1 - |x|,                                                     |x| < 1
 *   cubic     1 - 5/2 |x|² + 3/2 |x|³,                                     |x| < 1
 *             2 - 4 |x| + 5/2 |x|² - 1/2 |x|³,                             |x| < 2     (Keys 1981, a = -1/2)
 *   lanczos3  sinc (x) · sinc (x/3), sinc (x) = sin πx / πx,               |x| < 3     (Lanczos; Duchon 1979)
 * Linear and cubic weights sum to 1 for every phase by themselves; Lanczos's are divided by their sum.
 *
 * Linear and cubic are computed, Lanczos is looked up and interpolated linearly between 1024 steps a pixel: the error is
 * at most h²/8 · max |k''| = 2⁻²⁰/8 · π²·(1/3 + 1/27) ≈ 4.4·10⁻⁷ of the kernel's peak. */
#include "image/kernel.h"

#include "base/clones.h"

#include <math.h>

#define STEPS        1024   /* a pixel, in Lanczos's tables */
#define LANCZOS_TAPS 6

typedef struct
{
  float phases[STEPS + 2][8];          /* normalised weights of the six pixels round a phase */
  float kernel[3 * STEPS + 2];         /* k(x), 0 ≤ x ≤ 3 */
} Lanczos;

static double
sinc (double x)
{
  return x == 0 ? 1 : x == floor (x) ? 0 : sin (G_PI * x) / (G_PI * x);
}

static double
lanczos3 (double x)
{
  return fabs (x) < 3 ? sinc (x) * sinc (x / 3) : 0;
}

static gpointer
make_lanczos (gpointer data)
{
  Lanczos *table = g_new0 (Lanczos, 1);

  for (int i = 0; i <= STEPS + 1; i++)
    {
      double weights[LANCZOS_TAPS], sum = 0;

      for (int k = 0; k < LANCZOS_TAPS; k++)
        sum += weights[k] = lanczos3 (k - 2 - (double) i / STEPS);
      for (int k = 0; k < LANCZOS_TAPS; k++)
        table->phases[i][k] = (float) (weights[k] / sum);
    }
  for (int i = 0; i <= 3 * STEPS + 1; i++)
    table->kernel[i] = (float) lanczos3 ((double) i / STEPS);
  return table;
}

static const Lanczos *
lanczos_table (void)
{
  static GOnce once = G_ONCE_INIT;   /* a constant, made when first wanted */

  return g_once (&once, make_lanczos, NULL);
}

int
_pmt_kernel_radius (PmtSampler sampler)
{
  return sampler == PMT_SAMPLER_LANCZOS3 ? 3 : sampler == PMT_SAMPLER_CUBIC ? 2 : 1;
}

PMT_CLONES static void
linear_phases (const float *phase, float weights[][PMT_KERNEL_LANES])
{
  for (int i = 0; i < PMT_KERNEL_LANES; i++)
    {
      weights[0][i] = 1 - phase[i];
      weights[1][i] = phase[i];
    }
}

PMT_CLONES static void
cubic_phases (const float *phase, float weights[][PMT_KERNEL_LANES])
{
  for (int i = 0; i < PMT_KERNEL_LANES; i++)
    {
      float t = phase[i], t2 = t * t, t3 = t2 * t;

      weights[0][i] = t2 - 0.5f * (t + t3);
      weights[1][i] = 1 - 2.5f * t2 + 1.5f * t3;
      weights[2][i] = 0.5f * t + 2 * t2 - 1.5f * t3;
      weights[3][i] = 0.5f * (t3 - t2);
    }
}

PMT_CLONES static void
lanczos_phases (const Lanczos *table, const float *phase, float weights[][PMT_KERNEL_LANES])
{
  for (int i = 0; i < PMT_KERNEL_LANES; i++)
    {
      float        x = phase[i] * STEPS;
      int          n = (int) x;
      float        t = x - n;
      const float *a = table->phases[n], *b = table->phases[n + 1];

      for (int k = 0; k < LANCZOS_TAPS; k++)
        weights[k][i] = a[k] + t * (b[k] - a[k]);
    }
}

void
_pmt_kernel_phases (PmtSampler sampler, const float phase[PMT_KERNEL_LANES], float weights[][PMT_KERNEL_LANES])
{
  if (sampler == PMT_SAMPLER_LANCZOS3)
    lanczos_phases (lanczos_table (), phase, weights);
  else if (sampler == PMT_SAMPLER_CUBIC)
    cubic_phases (phase, weights);
  else
    linear_phases (phase, weights);
}

/* The loops below run over whole groups of eight, so that a weight never depends on how many are asked for. */

PMT_CLONES static void
linear_widened (float first, float inverse, int count, float *weights)
{
  for (int k = 0; k < (count + 7) / 8 * 8; k++)
    {
      float w = 1 - fabsf (first + k) * inverse;

      weights[k] = w > 0 ? w : 0;
    }
}

PMT_CLONES static void
cubic_widened (float first, float inverse, int count, float *weights)
{
  for (int k = 0; k < (count + 7) / 8 * 8; k++)
    {
      float x = fabsf (first + k) * inverse;
      float inner = 1 + x * x * (1.5f * x - 2.5f), outer = 2 + x * (-4 + x * (2.5f - 0.5f * x));

      weights[k] = x < 1 ? inner : x < 2 ? outer : 0;
    }
}

PMT_CLONES static void
lanczos_widened (const float *kernel, float first, float inverse, int count, float *weights)
{
  for (int k = 0; k < (count + 7) / 8 * 8; k++)
    {
      float d = fabsf (first + k) * inverse, x = (d < 3 ? d : 3) * STEPS;
      int   n = (int) x;

      weights[k] = kernel[n] + (x - n) * (kernel[n + 1] - kernel[n]);
    }
}

void
_pmt_kernel_widened (PmtSampler sampler, float first, float scale, int count, float *weights)
{
  if (sampler == PMT_SAMPLER_LANCZOS3)
    lanczos_widened (lanczos_table ()->kernel, first, 1 / scale, count, weights);
  else if (sampler == PMT_SAMPLER_CUBIC)
    cubic_widened (first, 1 / scale, count, weights);
  else
    linear_widened (first, 1 / scale, count, weights);
}

/* -- widened, for many sample points -- */

PMT_CLONES static void
linear_wide (const float *phase, const float *inverse, int r, float weights[][PMT_KERNEL_LANES])
{
  for (int k = 0; k < 2 * r + 2; k++)
    for (int i = 0; i < PMT_KERNEL_LANES; i++)
      {
        float w = 1 - fabsf ((float) (k - r) - phase[i]) * inverse[i];

        weights[k][i] = w > 0 ? w : 0;
      }
}

PMT_CLONES static void
cubic_wide (const float *phase, const float *inverse, int r, float weights[][PMT_KERNEL_LANES])
{
  for (int k = 0; k < 2 * r + 2; k++)
    for (int i = 0; i < PMT_KERNEL_LANES; i++)
      {
        float x = fabsf ((float) (k - r) - phase[i]) * inverse[i];
        float inner = 1 + x * x * (1.5f * x - 2.5f), outer = 2 + x * (-4 + x * (2.5f - 0.5f * x));

        weights[k][i] = x < 1 ? inner : x < 2 ? outer : 0;
      }
}

PMT_CLONES static void
lanczos_wide (const float *kernel, const float *phase, const float *inverse, int r, float weights[][PMT_KERNEL_LANES])
{
  for (int k = 0; k < 2 * r + 2; k++)
    for (int i = 0; i < PMT_KERNEL_LANES; i++)
      {
        float d = fabsf ((float) (k - r) - phase[i]) * inverse[i], x = (d < 3 ? d : 3) * STEPS;
        int   n = (int) x;

        weights[k][i] = kernel[n] + (x - n) * (kernel[n + 1] - kernel[n]);
      }
}

PMT_CLONES static void
normalise (int taps, float weights[][PMT_KERNEL_LANES])
{
  float factor[PMT_KERNEL_LANES] = { 0 };

  for (int k = 0; k < taps; k++)
    for (int i = 0; i < PMT_KERNEL_LANES; i++)
      factor[i] += weights[k][i];
  for (int i = 0; i < PMT_KERNEL_LANES; i++)
    factor[i] = 1 / factor[i];
  for (int k = 0; k < taps; k++)
    for (int i = 0; i < PMT_KERNEL_LANES; i++)
      weights[k][i] *= factor[i];
}

void
_pmt_kernel_wide (PmtSampler sampler, const float phase[PMT_KERNEL_LANES], const float scale[PMT_KERNEL_LANES], int r,
                  float weights[][PMT_KERNEL_LANES])
{
  float inverse[PMT_KERNEL_LANES];

  for (int i = 0; i < PMT_KERNEL_LANES; i++)
    inverse[i] = 1 / scale[i];
  if (sampler == PMT_SAMPLER_LANCZOS3)
    lanczos_wide (lanczos_table ()->kernel, phase, inverse, r, weights);
  else if (sampler == PMT_SAMPLER_CUBIC)
    cubic_wide (phase, inverse, r, weights);
  else
    linear_wide (phase, inverse, r, weights);
  normalise (2 * r + 2, weights);
}

void
_pmt_kernel_support (PmtSampler sampler, int place, float phase, float scale, int size, float *weights, int *first, int *count)
{
  int   radius = _pmt_kernel_radius (sampler), r = scale > 1 ? _pmt_kernel_round_up (radius * scale) : radius;
  int   lo = (int) MAX (0, (gint64) place - r + (scale > 1 ? 0 : 1));
  int   hi = (int) MIN (size - 1, (gint64) place + r + (scale > 1));
  float sum = 0, inverse;

  *first = lo;
  *count = hi - lo + 1;
  _pmt_kernel_widened (sampler, (float) (lo - place) - phase, scale, *count, weights);
  for (int k = 0; k < *count; k++)
    sum += weights[k];
  inverse = 1 / sum;
  for (int k = 0; k < *count; k++)
    weights[k] *= inverse;
}
