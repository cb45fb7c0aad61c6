/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Value noise: random numbers on a lattice, joined by a smooth step. The table repeats after 256 steps; users begin
 * at random places in it. */
#include <math.h>

#include "phantom-private.h"

NoiseTable *
noise_table_new (guint64 seed)
{
  NoiseTable   *noise = g_new (NoiseTable, 1);
  PhantomRandom random = { phantom_hash (seed ^ 0x6e6f697365) };

  for (int i = 0; i < NOISE_SIZE * NOISE_SIZE; i++)
    noise->value[i] = (float) phantom_random_uniform (&random, -1, 1);
  return noise;
}

float
noise_at (const NoiseTable *noise, float x, float y)
{
  float        fx = floorf (x), fy = floorf (y);
  int          x0 = (int) fx & (NOISE_SIZE - 1), y0 = (int) fy & (NOISE_SIZE - 1);
  int          x1 = (x0 + 1) & (NOISE_SIZE - 1), y1 = (y0 + 1) & (NOISE_SIZE - 1);
  float        s = x - fx, t = y - fy;
  const float *upper = noise->value + y0 * NOISE_SIZE, *lower = noise->value + y1 * NOISE_SIZE;

  s = s * s * (3 - 2 * s);
  t = t * t * (3 - 2 * t);
  return (upper[x0] + (upper[x1] - upper[x0]) * s) * (1 - t) + (lower[x0] + (lower[x1] - lower[x0]) * s) * t;
}

float
noise_fractal (const NoiseTable *noise, float x, float y, int octaves)
{
  float sum = 0, amplitude = 0.5f;

  for (int i = 0; i < octaves; i++)
    {
      sum += amplitude * noise_at (noise, x, y);
      amplitude *= 0.5f;
      x = 2 * x + 17.3f;
      y = 2 * y + 41.7f;
    }
  return sum;
}
