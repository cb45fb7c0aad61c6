/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tile's best match says of the path at that place, when nothing finer than the overview can be asked: sections of tissue
 * have their vessels in common and not their cells, and what single vessels are off is what the path is off there.
 *
 * Best matches are a mixture: tiles that see the same thing lie about the path, with heavy tails (a Student t in the plane, of 3
 * degrees), the others anywhere in the window. Both numbers by expectation and maximisation over a list of scales. */
#include "fit/scatter-private.h"

#include <math.h>

#define FINEST    0.02    /* level px */
#define COARSEST  5.0
#define FACTOR    1.15
#define ROUNDS    30      /* of the share, at one scale */
#define FEWEST    0.03    /* tiles that belong */

/* Of a shift, a level px². */
static double
density (PmtPoint shift, double scale)
{
  const double nu = PMT_SCATTER_FREEDOM;
  double       square = shift.x * shift.x + shift.y * shift.y;

  return pow (1 + square / (nu * scale * scale), -nu / 2 - 1) / (2 * G_PI * scale * scale);
}

/* A tile's best match; between pixels where its score has a peak there. */
static PmtPoint
best_match (const PmtVolume *v, int tile)
{
  const float *z = v->z + (gsize) tile * v->side * v->side;
  int          best = 0;
  PmtPoint     at;
  PmtPeak      peak;

  for (int i = 1; i < v->side * v->side; i++)
    if (z[i] > z[best])
      best = i;
  at = (PmtPoint) { best % v->side - v->radius, best / v->side - v->radius };
  return _pmt_volume_peak (v, tile, at, &peak) ? peak.shift : at;
}

/* Log likelihood of all peaks with that scale and the best share for it. */
static double
likelihood (const PmtVolume *v, const PmtPoint *match, double scale, double *share)
{
  g_autofree double *own = g_new (double, v->tiles);
  double             any = 1.0 / (v->side * v->side), sum = 0;

  for (int t = 0; t < v->tiles; t++)
    own[t] = density (match[t], scale);
  *share = 0.5;
  for (int round = 0; round < ROUNDS; round++)
    {
      double belong = 0;

      for (int t = 0; t < v->tiles; t++)
        belong += *share * own[t] / (*share * own[t] + (1 - *share) * any);
      *share = CLAMP (belong / v->tiles, 0.001, 0.999);
    }
  for (int t = 0; t < v->tiles; t++)
    sum += log (*share * own[t] + (1 - *share) * any);
  return sum;
}

gboolean
_pmt_scatter (const PmtVolume *volume, const PmtSoftFit *fit, PmtScatter *scatter)
{
  g_autofree PmtPoint *match = g_new (PmtPoint, volume->tiles + 1);
  double               best = -INFINITY;

  for (int t = 0; t < volume->tiles; t++)
    {
      PmtPoint at = fit != NULL ? _pmt_motion_at (fit->c, fit->size, volume->centre[t], volume->width, volume->height) : (PmtPoint) { 0, 0 };

      match[t] = best_match (volume, t);
      match[t] = (PmtPoint) { match[t].x - at.x, match[t].y - at.y };
    }
  for (double scale = FINEST; scale <= COARSEST; scale *= FACTOR)
    {
      double share, sum = likelihood (volume, match, scale, &share);

      if (sum > best)
        {
          best = sum;
          *scatter = (PmtScatter) { share, scale };
        }
    }
  return volume->tiles > 0 && scatter->belong >= FEWEST;
}

double
_pmt_scatter_radius (const PmtScatter *scatter, double share)
{
  const double nu = PMT_SCATTER_FREEDOM;

  return scatter->scale * sqrt (nu * (pow (1 - share, -2 / nu) - 1));
}
