/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pose as the maximum of the likelihood of all tiles. With z_t(d) the standardised score of tile t at shift d
 * (match/score-volume.c) and P_t = exp(½·min(z₊, 6)²) against its mean P̄_t over the search,
 *
 *     S(c) = 1/6 · Σ_levels Σ_t ln (0.7 + 0.3 · P_t(d_t(c)) / P̄_t)
 *
 * over the coefficients c of a small motion (fit/soft-fit-private.h), z between shifts by cubic interpolation. A tile
 * is an inlier or says nothing, so that none can pull the pose away alone; and a maximum over all tiles needs no peak
 * in any of them. Tiles overlap: six count as one. Climbed without derivatives (Rowan's subplex, in NLopt), the motion
 * growing from similarity to homography while each step pays for its two coefficients. */
#include "fit/support-climb-private.h"

#include <math.h>
#include <nlopt.h>
#include <string.h>

#include "fit/motion-private.h"
#include "fit/soft-fit-private.h"

#define LEVELS       2
#define RADIUS       7         /* level px */
#define Z_CAP        6.0
#define PRIOR        0.3       /* of a tile to be an inlier */
#define OVERLAPPING  6.0       /* tiles for an independent one */
#define PRICE        1.0       /* nats that two more coefficients must gain */
#define ROUNDS       3
#define SETTLED      0.15      /* level px */
#define TOLERANCE    0.01      /* level px, of a coefficient */
#define EVALUATIONS  1200
#define OUTSIDE      (-9.0)

static const int sizes[LEVELS] = { 256, 512 };

typedef struct
{
  int        n;
  PmtVolume *volume[LEVELS];
  double    *mean[LEVELS];       /* P̄ of each tile */
} Scene;

static double
likelihood (double z)
{
  double c = CLAMP (z, 0, Z_CAP);

  return exp (0.5 * c * c);
}

static void
scene_clear (Scene *scene)
{
  for (int l = 0; l < scene->n; l++)
    {
      _pmt_volume_free (scene->volume[l]);
      g_free (scene->mean[l]);
    }
  scene->n = 0;
}

static double *
mean_likelihoods (const PmtVolume *v)
{
  int     n = v->side * v->side;
  double *mean = g_new0 (double, v->tiles);

  for (int t = 0; t < v->tiles; t++)
    for (int i = 0; i < n; i++)
      mean[t] += likelihood (v->z[(gsize) t * n + i]) / n;
  return mean;
}

/* The levels' volumes at the pose; a level that is hardly finer than the one before is left out. */
static gboolean
scene_init (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, Scene *scene,
            GError **error)
{
  g_autoptr (GError) problem = NULL;

  scene->n = 0;
  for (int l = 0; l < LEVELS && problem == NULL; l++)
    {
      PmtVolume *v = _pmt_score_volume (context, fixed, moving, pose, sizes[l], RADIUS, &problem);

      if (v != NULL && scene->n > 0 && v->width < 1.2 * scene->volume[scene->n - 1]->width)
        g_clear_pointer (&v, _pmt_volume_free);
      if (v == NULL)
        continue;
      scene->volume[scene->n] = v;
      scene->mean[scene->n++] = mean_likelihoods (v);
    }
  if (problem == NULL && scene->n > 0)
    return TRUE;
  scene_clear (scene);
  if (problem != NULL)
    g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* -- the support of a motion -- */

/* Catmull–Rom through the middle two of four. */
static inline double
cubic (const double p[4], double t)
{
  return p[1] + 0.5 * t * (p[2] - p[0] + t * (2 * p[0] - 5 * p[1] + 4 * p[2] - p[3]
                                              + t * (3 * (p[1] - p[2]) + p[3] - p[0])));
}

static double
z_at (const PmtVolume *v, int tile, PmtPoint shift)
{
  const float *z = v->z + (gsize) tile * v->side * v->side;
  double       x = shift.x + v->radius, y = shift.y + v->radius, rows[4];
  int          i, j;

  if (!(x >= 0 && y >= 0 && x <= v->side - 1 && y <= v->side - 1))
    return OUTSIDE;
  i = MIN ((int) x, v->side - 2);
  j = MIN ((int) y, v->side - 2);
  for (int r = 0; r < 4; r++)
    {
      const float *row = z + CLAMP (j + r - 1, 0, v->side - 1) * v->side;
      double       p[4];

      for (int k = 0; k < 4; k++)
        p[k] = row[CLAMP (i + k - 1, 0, v->side - 1)];
      rows[r] = cubic (p, x - i);
    }
  return cubic (rows, y - j);
}

/* c: of the first level, px. */
static double
support (unsigned size, const double *c, double *gradient, void *data)
{
  const Scene *scene = data;
  double       sum = 0;

  for (int l = 0; l < scene->n; l++)
    {
      const PmtVolume *v = scene->volume[l];
      double           factor = v->to_level.m[0][0] / scene->volume[0]->to_level.m[0][0], motion[PMT_MOTION_MAX];

      for (unsigned k = 0; k < size; k++)
        motion[k] = factor * c[k];
      for (int t = 0; t < v->tiles; t++)
        {
          double z = z_at (v, t, _pmt_motion_at (motion, (int) size, v->centre[t], v->width, v->height));

          sum += log (1 - PRIOR + PRIOR * likelihood (z) / scene->mean[l][t]);
        }
    }
  return sum / OVERLAPPING;
}

static double
maximise (Scene *scene, int size, double *c)
{
  static const double step[PMT_MOTION_MAX] = { 1, 1, 1, 1, 1, 1, 0.5, 0.5 };
  nlopt_opt           optimiser = nlopt_create (NLOPT_LN_SBPLX, (unsigned) size);
  double              best = -INFINITY;

  nlopt_set_max_objective (optimiser, support, scene);
  nlopt_set_initial_step (optimiser, step);
  nlopt_set_xtol_abs1 (optimiser, TOLERANCE);
  nlopt_set_maxeval (optimiser, EVALUATIONS);
  nlopt_optimize (optimiser, c, &best);
  nlopt_destroy (optimiser);
  return best;
}

/* The motion with the most support, as free as the support pays for. */
static int
climb (Scene *scene, int largest, double c[PMT_MOTION_MAX])
{
  double best;
  int    size = MIN (largest, 4);

  memset (c, 0, PMT_MOTION_MAX * sizeof *c);
  best = maximise (scene, size, c);
  for (int freer = size + 2; freer <= largest; freer += 2)
    {
      double trial[PMT_MOTION_MAX], reached;

      memcpy (trial, c, sizeof trial);
      reached = maximise (scene, freer, trial);
      if (!(reached > best + PRICE))
        continue;
      best = reached;
      size = freer;
      memcpy (c, trial, sizeof trial);
    }
  return size;
}

static double
mean_shift (const PmtVolume *v, const double *c, int size)
{
  double sum = 0;

  for (int t = 0; t < v->tiles; t++)
    {
      PmtPoint d = _pmt_motion_at (c, size, v->centre[t], v->width, v->height);

      sum += hypot (d.x, d.y) / v->tiles;
    }
  return sum;
}

gboolean
_pmt_support_climb (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, PmtModel model, PmtMatrix3 *pose,
                    double *value, GError **error)
{
  static const double still[PMT_MOTION_MAX];
  int                 largest = _pmt_motion_size (model == PMT_MODEL_AUTO ? PMT_MODEL_HOMOGRAPHY : model);
  Scene               scene;

  if (!scene_init (context, fixed, moving, pose, &scene, error))
    return FALSE;
  *value = support (2, still, NULL, &scene);
  for (int round = 0; round < ROUNDS; round++)
    {
      PmtSoftFit         fit = { .size = 0 };
      PmtMatrix3         moved = *pose;
      Scene              there;
      double             shift, gained;
      g_autoptr (GError) problem = NULL;

      fit.size = climb (&scene, largest, fit.c);
      shift = mean_shift (scene.volume[0], fit.c, fit.size);
      if (shift < 0.1 * SETTLED || !_pmt_soft_fit_apply (&fit, scene.volume[0], &moved))
        break;
      if (!scene_init (context, fixed, moving, &moved, &there, &problem))
        {
          scene_clear (&scene);
          if (problem == NULL)
            return TRUE;
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      gained = support (2, still, NULL, &there) - *value;
      scene_clear (&scene);
      scene = there;
      if (gained < 0)       /* what the interpolation promised is not there */
        break;
      *pose = moved;
      *value += gained;
      if (shift < SETTLED)
        break;
    }
  scene_clear (&scene);
  return TRUE;
}

gboolean
_pmt_support_at (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, double *value,
                 GError **error)
{
  static const double still[PMT_MOTION_MAX];
  Scene               scene;

  if (!scene_init (context, fixed, moving, pose, &scene, error))
    return FALSE;
  *value = support (2, still, NULL, &scene);
  scene_clear (&scene);
  return TRUE;
}
