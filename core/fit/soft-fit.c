/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A motion from score volumes by annealed soft assignment (expectation-maximisation in the manner of coherent point
 * drift, Myronenko & Song 2010, but over scores at all shifts instead of point pairs).
 *
 * Each tile's likelihood of a shift is P = exp(½·min(z₊, 6)²). A global vote gives the first translation. Then, with
 * σ falling from 0.6·R to 0.9 px: the posterior mean and variance of each tile's shift under a Gaussian of σ round the
 * model; its weight is the information the tile adds over that Gaussian times the probability that it is no outlier;
 * a ridge solve for the model. So a tile with two peaks waits for the others, and a tile on a straight edge counts
 * across the edge only. At the end quadratic peaks near the model, and Cauchy-weighted least squares. */
#include "fit/soft-fit-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/select-private.h"
#include "fit/motion-private.h"

#define Z_CAP          6.0
#define ITERATIONS     14
#define SIGMA_START    0.6     /* radii */
#define SIGMA_FACTOR   0.8
#define SIGMA_END      0.9     /* px */
#define FLAT_TILE      10.0    /* likelihood ratio at which a tile is as likely in as out */
#define PIXEL_VARIANCE 0.3     /* px², of a shift on an integer grid, at the least */
#define VOTE_FLOOR     20.0
#define MIN_TILES      6
#define POLISH_STEPS   6
#define CAUCHY         2.4
#define INLIER         1.5     /* px */

typedef struct
{
  const PmtVolume *volume;
  int              tiles;        /* used */
  int             *index;        /* into the volume */
  PmtPoint        *at, *shift;
  double          *weight;
  float           *likelihood;   /* tiles · side² */
  int              size;
} Fit;

static float
likelihood (float z)
{
  double c = CLAMP (z, 0, Z_CAP);

  return (float) exp (0.5 * c * c);
}

/* The vote's map over shifts, smoothed, and its highest place. */
static void
vote (const Fit *f, double *c)
{
  const PmtVolume   *v = f->volume;
  int                side = v->side, n = side * side, reach = 3 * MAX (v->radius, 1), best = 0;
  double             sigma = MAX (0.8, v->radius / 6.0);
  g_autofree double *map = g_new0 (double, n), *smooth = g_new0 (double, n), *kernel = g_new (double, 2 * reach + 1);

  for (int t = 0; t < f->tiles; t++)
    for (int i = 0; i < n; i++)
      map[i] += log (f->likelihood[(gsize) t * n + i] + VOTE_FLOOR);
  for (int k = -reach; k <= reach; k++)
    kernel[k + reach] = exp (-k * k / (2 * sigma * sigma));
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++)
      {
        double sum = 0, norm = 0;

        for (int q = 0; q < side; q++)
          for (int p = 0; p < side; p++)
            {
              double w = kernel[p - x + reach] * kernel[q - y + reach];

              sum += w * map[q * side + p];
              norm += w;
            }
        smooth[y * side + x] = sum / norm;
        if (smooth[y * side + x] > smooth[best])
          best = y * side + x;
      }
  memset (c, 0, PMT_MOTION_MAX * sizeof *c);
  c[0] = best % side - v->radius;
  c[1] = best / side - v->radius;
}

/* Posterior mean, variance and weight of one tile's shift under a Gaussian round the model's. */
static void
expect (Fit *f, int t, PmtPoint model, double sigma)
{
  int          side = f->volume->side, radius = f->volume->radius;
  const float *p = f->likelihood + (gsize) t * side * side;
  double       gx[64], gy[64], s = 0, g = 0, mx = 0, my = 0, xx = 0, yy = 0, inlier, information;

  for (int k = 0; k < side; k++)
    {
      gx[k] = exp (-(k - radius - model.x) * (k - radius - model.x) / (2 * sigma * sigma));
      gy[k] = exp (-(k - radius - model.y) * (k - radius - model.y) / (2 * sigma * sigma));
    }
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++)
      {
        double w = gx[x] * gy[y], q = w * p[y * side + x];

        g += w;
        s += q;
        mx += q * (x - radius);
        my += q * (y - radius);
        xx += q * (x - radius) * (x - radius);
        yy += q * (y - radius) * (y - radius);
      }
  f->weight[t] = 0;
  if (!(g > 0.3) || !(s > 1e-9))     /* the model lies outside the search */
    return;
  mx /= s;
  my /= s;
  f->shift[t] = (PmtPoint) { mx, my };
  inlier = s / g / (s / g + FLAT_TILE);
  information = 1 / (MAX (xx / s - mx * mx, 0) + MAX (yy / s - my * my, 0) + PIXEL_VARIANCE)
                - 1 / (2 * sigma * sigma + PIXEL_VARIANCE);
  f->weight[t] = inlier * MAX (information, 0);
}

static double
largest (const double *v, int n)
{
  double m = 0;

  for (int i = 0; i < n; i++)
    m = MAX (m, v[i]);
  return m;
}

static gboolean
anneal (Fit *f, double *c)
{
  const PmtVolume *v = f->volume;
  double           sigma = SIGMA_START * v->radius;

  for (int i = 0; i < ITERATIONS; i++)
    {
      double top;

      for (int t = 0; t < f->tiles; t++)
        expect (f, t, _pmt_motion_at (c, f->size, f->at[t], v->width, v->height), sigma);
      top = largest (f->weight, f->tiles);
      if (!(top > 1e-6)
          || !_pmt_motion_solve (f->tiles, f->at, f->shift, f->weight, v->width, v->height, f->size, v->radius,
                                 0.5 * top, c))
        return FALSE;
      sigma = MAX (SIGMA_FACTOR * sigma, SIGMA_END);
    }
  return TRUE;
}

static PmtPeak
quadratic_peak (const PmtVolume *v, const float *s, int tile, int x, int y)
{
#define SCORE(i, j) s[(y + (j) + v->radius) * v->side + x + (i) + v->radius]
  double  gx = 0, gy = 0, xx = 0, yy = 0;
  PmtPeak peak;

  for (int k = -1; k <= 1; k++)      /* least squares over the nine, up to the common factor */
    {
      gx += (SCORE (1, k) - SCORE (-1, k)) / 2;
      gy += (SCORE (k, 1) - SCORE (k, -1)) / 2;
      xx += SCORE (1, k) - 2 * SCORE (0, k) + SCORE (-1, k);
      yy += SCORE (k, 1) - 2 * SCORE (k, 0) + SCORE (k, -1);
    }
  peak.hessian[0] = xx / 3;
  peak.hessian[1] = (SCORE (1, 1) - SCORE (1, -1) - SCORE (-1, 1) + SCORE (-1, -1)) / 4;
  peak.hessian[2] = yy / 3;
  peak.shift = (PmtPoint) { x + CLAMP (-gx / xx, -0.6, 0.6), y + CLAMP (-gy / yy, -0.6, 0.6) };
  peak.z = MAX (v->z[(gsize) tile * v->side * v->side + (y + v->radius) * v->side + x + v->radius], 0);
  return peak;
#undef SCORE
}

gboolean
_pmt_volume_peak (const PmtVolume *v, int tile, PmtPoint near, PmtPeak *peak)
{
  const float *s = v->score + (gsize) tile * v->side * v->side;
  int          x = (int) lround (near.x), y = (int) lround (near.y);

  for (int step = 0; step < 2; step++)
    {
      int bx = 0, by = 0;

      if (abs (x) > v->radius - 1 || abs (y) > v->radius - 1)
        return FALSE;
      for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++)
          if (s[(y + j + v->radius) * v->side + x + i + v->radius]
              > s[(y + by + v->radius) * v->side + x + bx + v->radius])
            bx = i, by = j;
      if (bx == 0 && by == 0)
        {
          *peak = quadratic_peak (v, s, tile, x, y);
          return peak->hessian[0] < 0 && peak->hessian[2] < 0 && peak->z > 0;
        }
      x += bx;
      y += by;
    }
  return FALSE;
}

/* Quadratic peaks and Cauchy-weighted least squares; residuals of tiles with a peak left in `residual`. */
static int
polish (Fit *f, double *c, double *residual)
{
  const PmtVolume   *v = f->volume;
  g_autofree double *base = g_new0 (double, f->tiles), *sorted = g_new (double, f->tiles);
  int                peaks = 0;

  for (int t = 0; t < f->tiles; t++)
    {
      PmtPeak peak;

      base[t] = 0;
      if (!_pmt_volume_peak (v, f->index[t], _pmt_motion_at (c, f->size, f->at[t], v->width, v->height), &peak))
        continue;
      f->shift[t] = peak.shift;
      base[t] = peak.z * peak.z;
      peaks++;
    }
  for (int i = 0; i < POLISH_STEPS && peaks >= 8; i++)
    {
      int    n = 0, left = 0;
      double scale, top;

      for (int t = 0; t < f->tiles; t++)
        {
          PmtPoint d = _pmt_motion_at (c, f->size, f->at[t], v->width, v->height);

          residual[t] = hypot (f->shift[t].x - d.x, f->shift[t].y - d.y);
          if (base[t] > 0)
            sorted[n++] = residual[t];
        }
      scale = MAX (0.4, 1.4826 * _pmt_quantile (sorted, n, 0.5));
      for (int t = 0; t < f->tiles; t++)
        {
          double r = residual[t] / (CAUCHY * scale);

          f->weight[t] = residual[t] > 4 * scale + 1 ? 0 : base[t] / (1 + r * r);
          left += f->weight[t] > 0;
        }
      top = largest (f->weight, f->tiles);
      if (left < MIN_TILES)
        break;
      for (int t = 0; t < f->tiles; t++)
        f->weight[t] /= top;
      _pmt_motion_solve (f->tiles, f->at, f->shift, f->weight, v->width, v->height, f->size, v->radius, 0.3, c);
    }
  for (int t = 0; t < f->tiles; t++)
    {
      PmtPoint d = _pmt_motion_at (c, f->size, f->at[t], v->width, v->height);

      residual[t] = base[t] > 0 ? hypot (f->shift[t].x - d.x, f->shift[t].y - d.y) : INFINITY;
    }
  return peaks;
}

static void
summarise (const Fit *f, const double *residual, PmtSoftFit *fit)
{
  const PmtVolume *v = f->volume;

  fit->size = f->size;
  fit->mean_z = fit->moved = 0;
  fit->inliers = 0;
  for (int t = 0; t < f->tiles; t++)
    {
      PmtPoint d = _pmt_motion_at (fit->c, f->size, f->at[t], v->width, v->height);
      int      x = CLAMP ((int) lround (d.x), -v->radius, v->radius);
      int      y = CLAMP ((int) lround (d.y), -v->radius, v->radius);

      fit->mean_z += v->z[(gsize) f->index[t] * v->side * v->side + (y + v->radius) * v->side + x + v->radius]
                     / f->tiles;
      fit->moved += hypot (d.x, d.y) / f->tiles;
      fit->inliers += residual[t] < INLIER;
    }
}

gboolean
_pmt_soft_fit (const PmtVolume *volume, PmtModel model, const gboolean *use, PmtSoftFit *fit)
{
  Fit                f = { .volume = volume, .size = _pmt_motion_size (model) };
  int                n = volume->side * volume->side;
  gboolean           ok;
  g_autofree double *residual = g_new0 (double, volume->tiles);

  f.index = g_new (int, volume->tiles);
  for (int t = 0; t < volume->tiles; t++)
    if (use == NULL || use[t])
      f.index[f.tiles++] = t;
  f.at = g_new (PmtPoint, f.tiles + 1);
  f.shift = g_new0 (PmtPoint, f.tiles + 1);
  f.weight = g_new0 (double, f.tiles + 1);
  f.likelihood = g_new (float, (gsize) f.tiles * n + 1);
  for (int t = 0; t < f.tiles; t++)
    {
      f.at[t] = volume->centre[f.index[t]];
      for (int i = 0; i < n; i++)
        f.likelihood[(gsize) t * n + i] = likelihood (volume->z[(gsize) f.index[t] * n + i]);
    }
  ok = f.tiles >= MIN_TILES;
  if (ok)
    {
      vote (&f, fit->c);
      ok = anneal (&f, fit->c);
    }
  if (ok)
    {
      polish (&f, fit->c, residual);
      summarise (&f, residual, fit);
    }
  g_free (f.index);
  g_free (f.at);
  g_free (f.shift);
  g_free (f.weight);
  g_free (f.likelihood);
  return ok;
}

gboolean
_pmt_soft_fit_apply (const PmtSoftFit *fit, const PmtVolume *volume, PmtMatrix3 *pose)
{
  PmtMatrix3 motion, back, moved;

  if (!_pmt_motion_matrix (fit->c, fit->size, volume->width, volume->height, &motion)
      || !pmt_matrix3_invert (&volume->to_level, &back))
    return FALSE;
  motion = pmt_matrix3_then (&volume->to_level, &motion);
  motion = pmt_matrix3_then (&motion, &back);
  moved = pmt_matrix3_then (&motion, pose);
  moved = pmt_matrix3_normalised (&moved);
  if (!pmt_matrix3_is_finite (&moved))
    return FALSE;
  *pose = moved;
  return TRUE;
}
