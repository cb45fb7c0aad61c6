/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics of a pose that are calibrated by the pair itself: the null is the same tiles at the other shifts. */
#include "judge/evidence-private.h"

#include <math.h>
#include <stdlib.h>

#include "base/select-private.h"
#include "fit/soft-fit-private.h"

#define SIZE       256     /* level, √px */
#define RADIUS     10      /* level px */
#define NEAR       1.6     /* level px: what counts as at the pose */
#define FAR        4.5     /* level px: what counts as elsewhere */
#define Z_CAP      6.0
#define TILE_AREA  6.0     /* overlapping tiles for one independent one */
#define MIN_TILES  8
#define QUADRANT   0.15
#define CONFIDENT  4.0     /* z of a tile's highest peak that is believed */
#define NEIGHBOUR  2       /* blocks */
#define AGREE      2.0     /* level px */
#define APART      5       /* blocks from which tiles share no pixel */
#define BEND       0.4     /* of a drift, that it may change from one tile to the next */
#define CHECKER    5       /* blocks a side of the squares that make the halves: one tile */

static double
likelihood (float z)
{
  double c = CLAMP (z, 0, Z_CAP);

  return exp (0.5 * c * c);
}

/* One tile: likelihood near the shift `at` against everywhere, and whether its highest peak is near. */
static double
tile_support (const PmtVolume *v, int t, PmtPoint at, gboolean *inlier)
{
  const float *z = v->z + (gsize) t * v->side * v->side;
  double       near = 0, all = 0;
  int          n_near = 0, best = 0;

  for (int i = 0; i < v->side * v->side; i++)
    {
      double x = i % v->side - v->radius - at.x, y = i / v->side - v->radius - at.y, p = likelihood (z[i]);

      all += p;
      if (x * x + y * y <= NEAR * NEAR)
        {
          near += p;
          n_near++;
        }
      if (z[i] > z[best])
        best = i;
    }
  *inlier = hypot (best % v->side - v->radius - at.x, best / v->side - v->radius - at.y) <= NEAR;
  return log (0.7 + 0.3 * (near / MAX (n_near, 1)) / (all / (v->side * v->side)));
}

gboolean
_pmt_tile_agrees (const PmtVolume *v, int tile)
{
  gboolean inlier;

  tile_support (v, tile, (PmtPoint) { 0, 0 }, &inlier);
  return inlier;
}

double
_pmt_tile_trust (const PmtVolume *v, int tile)
{
  const float *z = v->z + (gsize) tile * v->side * v->side;
  double       near = 0, all = 0;

  for (int i = 0; i < v->side * v->side; i++)
    {
      double p = likelihood (z[i]);

      all += p;
      if (hypot (i % v->side - v->radius, i / v->side - v->radius) <= NEAR)
        near += p;
    }
  return near / all;
}

double
_pmt_support (const PmtVolume *volume, const PmtSoftFit *fit, double *inliers)
{
  double sum = 0;
  int    count = 0;

  for (int t = 0; t < volume->tiles; t++)
    {
      gboolean inlier;
      PmtPoint at = { 0, 0 };

      if (fit != NULL)
        at = _pmt_motion_at (fit->c, fit->size, volume->centre[t], volume->width, volume->height);
      sum += tile_support (volume, t, at, &inlier);
      count += inlier;
    }
  if (inliers != NULL)
    *inliers = (double) count / volume->tiles;
  return sum / sqrt (volume->tiles);
}

/* Mean z over all tiles as a map of shifts: the peak at 0 against the best of the rest. */
static double
peak_margin (const PmtVolume *v)
{
  int    n = v->side * v->side, far = 0;
  double here = -INFINITY, elsewhere = -INFINITY, sum = 0, squares = 0;

  for (int i = 0; i < n; i++)
    {
      int    x = i % v->side - v->radius, y = i / v->side - v->radius;
      double mean = 0;

      for (int t = 0; t < v->tiles; t++)
        mean += v->z[(gsize) t * n + i] / v->tiles;
      if (abs (x) <= 1 && abs (y) <= 1)
        here = MAX (here, mean);
      if (hypot (x, y) > FAR)
        {
          elsewhere = MAX (elsewhere, mean);
          sum += mean;
          squares += mean * mean;
          far++;
        }
    }
  return (here - elsewhere) / (sqrt (MAX (squares / far - (sum / far) * (sum / far), 0)) + 1e-6);
}

/* −log10 P[Bin(n, p) ≥ k] with real n and k, by summing the tail in logarithms. */
static double
binomial_tail (double n, double k, double p)
{
  double top = -INFINITY, sum = 0;

  for (int pass = 0; pass < 2; pass++)
    for (double i = k; i <= n + 1e-9; i++)
      {
        double l = lgamma (n + 1) - lgamma (i + 1) - lgamma (n - i + 1) + i * log (p) + (n - i) * log1p (-p);

        if (pass == 0)
          top = MAX (top, l);
        else
          sum += exp (l - top);
      }
  return isfinite (top) ? -(top + log (sum)) / G_LN10 : 0;
}

/* A pose that holds comes out the same from either half of the tiles. */
static double
halves_distance (const PmtVolume *v)
{
  double               d[3];
  g_autofree gboolean *use = g_new (gboolean, v->tiles);

  for (int split = 0; split < 3; split++)
    {
      PmtSoftFit fit[2];
      gboolean   ok = TRUE;

      for (int half = 0; half < 2; half++)
        {
          for (int t = 0; t < v->tiles; t++)
            {
              int cx = v->column[t] / CHECKER, cy = v->row[t] / CHECKER;

              use[t] = (split == 0 ? cx + cy : split == 1 ? cx : cy) % 2 == half;
            }
          ok = ok && _pmt_soft_fit (v, PMT_MODEL_AFFINE, use, &fit[half]);
        }
      d[split] = 0;
      for (int t = 0; ok && t < v->tiles; t++)
        {
          PmtPoint a = _pmt_motion_at (fit[0].c, fit[0].size, v->centre[t], v->width, v->height);
          PmtPoint b = _pmt_motion_at (fit[1].c, fit[1].size, v->centre[t], v->width, v->height);

          d[split] += hypot (a.x - b.x, a.y - b.y) / v->tiles;
        }
      if (!ok)
        d[split] = 99;
    }
  return MAX (MIN (d[0], d[1]), MIN (MAX (d[0], d[1]), d[2]));
}

/* A tile's highest score; FALSE where it does not stand out. */
static gboolean
confident_peak (const PmtVolume *v, int t, PmtPoint *peak)
{
  const float *z = v->z + (gsize) t * v->side * v->side;
  int          best = 0;

  for (int i = 1; i < v->side * v->side; i++)
    if (z[i] > z[best])
      best = i;
  *peak = (PmtPoint) { best % v->side - v->radius, best / v->side - v->radius };
  return z[best] >= CONFIDENT;
}

gboolean
_pmt_tile_drift (const PmtVolume *v, int tile, PmtPoint *drift)
{
  PmtPoint peak[(2 * NEIGHBOUR + 1) * (2 * NEIGHBOUR + 1)];
  double   least = INFINITY;
  int      n = 0, agree = 0;

  for (int t = 0; t < v->tiles; t++)
    if (abs (v->column[t] - v->column[tile]) <= NEIGHBOUR && abs (v->row[t] - v->row[tile]) <= NEIGHBOUR)
      n += confident_peak (v, t, &peak[n]);
  for (int i = 0; i < n; i++)
    {
      double sum = 0;

      for (int k = 0; k < n; k++)
        sum += hypot (peak[i].x - peak[k].x, peak[i].y - peak[k].y);
      if (sum < least)
        {
          least = sum;
          *drift = peak[i];
        }
    }
  for (int k = 0; k < n; k++)
    agree += hypot (peak[k].x - drift->x, peak[k].y - drift->y) <= AGREE;
  return n >= 4 && 2 * agree >= n;
}

/* Neighbours share most of their pixels and agree by themselves. What bends is smooth: tiles that have nothing in
 * common but lie next to each other drift nearly alike. Chance, or a part that moved, does not. */
static gboolean
is_coherent (const PmtVolume *v, const PmtPoint *drift, const gboolean *drifts, int tile)
{
  int near = 0, agree = 0;

  for (int t = 0; t < v->tiles; t++)
    {
      int dx = abs (v->column[t] - v->column[tile]), dy = abs (v->row[t] - v->row[tile]);

      if (!drifts[t] || MAX (dx, dy) < APART || MAX (dx, dy) > APART + 1 || MIN (dx, dy) > 1)
        continue;
      near++;
      agree += hypot (drift[t].x - drift[tile].x, drift[t].y - drift[tile].y)
               <= AGREE + BEND * hypot (drift[tile].x, drift[tile].y);
    }
  return near > 0 && 2 * agree > near;
}

static double
misfit (const PmtVolume *v)
{
  g_autofree double   *length = g_new (double, v->tiles);
  g_autofree PmtPoint *drift = g_new (PmtPoint, v->tiles);
  g_autofree gboolean *drifts = g_new (gboolean, v->tiles);
  int                  n = 0;

  for (int t = 0; t < v->tiles; t++)
    drifts[t] = _pmt_tile_drift (v, t, &drift[t]);
  for (int t = 0; t < v->tiles; t++)
    if (drifts[t])
      length[n++] = is_coherent (v, drift, drifts, t) ? hypot (drift[t].x, drift[t].y) : 0;
  return n > 0 ? _pmt_quantile (length, n, 0.9) : 0;
}

static int
supported_quadrants (const PmtVolume *v)
{
  int    count[4] = { 0 }, inside[4] = { 0 }, n = 0;
  double mx = 0, my = 0;

  for (int t = 0; t < v->tiles; t++)
    {
      mx += v->centre[t].x / v->tiles;
      my += v->centre[t].y / v->tiles;
    }
  for (int t = 0; t < v->tiles; t++)
    {
      int q = (v->centre[t].x > mx) + 2 * (v->centre[t].y > my);

      count[q]++;
      inside[q] += _pmt_tile_agrees (v, t);
    }
  for (int q = 0; q < 4; q++)
    n += count[q] > 0 && inside[q] > QUADRANT * count[q];
  return n;
}

PmtVolume *
_pmt_evidence_volume_along (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path,
                            GError **error)
{
  return _pmt_score_volume_along (context, fixed, moving, path, SIZE, RADIUS, error);
}

PmtVolume *
_pmt_evidence_volume (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, GError **error)
{
  return _pmt_score_volume (context, fixed, moving, pose, SIZE, RADIUS, error);
}

gboolean
_pmt_evidence (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
               PmtEvidence *evidence, GError **error)
{
  g_autoptr (PmtVolume) v = _pmt_evidence_volume (context, fixed, moving, pose, error);

  return _pmt_evidence_of (v, evidence);
}

gboolean
_pmt_evidence_of (const PmtVolume *v, PmtEvidence *evidence)
{
  double n;

  if (v == NULL || v->tiles < MIN_TILES)
    return FALSE;
  n = MAX (v->tiles / TILE_AREA, 1);
  evidence->tiles = v->tiles;
  evidence->support = _pmt_support (v, NULL, &evidence->inliers);
  evidence->peak_margin = peak_margin (v);
  evidence->nfa = binomial_tail (n, MAX (evidence->inliers * n, 0.5), G_PI * NEAR * NEAR / (v->side * v->side));
  evidence->halves = halves_distance (v);
  evidence->misfit = misfit (v);
  evidence->quadrants = supported_quadrants (v);
  evidence->overlap = v->overlap;
  evidence->side = sqrt ((double) v->width * v->height);
  evidence->level_scale = v->to_level.m[0][0];
  return TRUE;
}
