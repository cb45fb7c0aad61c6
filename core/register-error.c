/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors from overviews. Two things are apart: how well the pose is known, and how far the object lies off it because it has bent
 * or is not quite the same object, as the next section of a tissue is. The first falls with the number of tiles, the second
 * does not. */
#include "register-error-private.h"

#include <math.h>

#include "fit/error-model-private.h"
#include "judge/evidence-private.h"
#include "fit/scatter-private.h"

#define LEAST_HALVES 0.2     /* level px: halves that agree better do so by chance */
#define P90          1.8     /* medians, of an error of which nothing else is known */
#define P95          2.0
#define PLACES       2.5     /* places are off by so many times what tiles are, which average: measured on the landmarks of ten
                              * pairs of sections, docs/decisions/smooth-fields.md */
#define PLACES_FREE  4.5     /* … along a bend through all pixels, which has followed the tiles itself: on seven of these pairs */

#define NEAR         0.8     /* blocks: standard deviation of what lies about a place … */
#define ENOUGH       0.3     /* … and the least sum of weights */
#define MOST         0.8

void
_pmt_state_error (PmtRefined *refined, double median)
{
  refined->error_median = median;
  refined->error_p90 = P90 * median;
  refined->error_p95 = P95 * median;
  refined->errors.size = 0;
}

/* Moving px for a level px of the evidence. */
static double
level_pixel (const PmtPyramid *fixed, const PmtFound *pose, const PmtMatrix3 *matrix)
{
  double scale = _pmt_pose_scale (matrix, (PmtPoint) { fixed->width / 2.0, fixed->height / 2.0 });

  return (isnan (scale) ? 1 : scale) / pose->evidence.level_scale;
}

void
_pmt_state_overview_error (const PmtPyramid *fixed, const PmtFound *pose, PmtRefined *refined)
{
  _pmt_state_error (refined, level_pixel (fixed, pose, &pose->matrix) * MAX (pose->evidence.halves, LEAST_HALVES));
}

static void
add (PmtRefined *refined, double median, double p90, double p95)
{
  refined->error_median = hypot (refined->error_median, median);
  refined->error_p90 = hypot (refined->error_p90, p90);
  refined->error_p95 = hypot (refined->error_p95, p95);
}

/* A bend from the coarsest level follows what tiles see there; what is between them is off by more. A plane is off by what
 * neighbouring tiles agree on. */
void
_pmt_add_object_error (const PmtPyramid *fixed, const PmtVolume *volume, const PmtFound *pose, const PmtSmooth *smooth,
                       PmtRefined *refined)
{
  double     px = level_pixel (fixed, pose, &refined->matrix), drift = px * pose->evidence.misfit;
  PmtScatter scatter;

  if (smooth->bend != NULL && smooth->coarse && volume != NULL && _pmt_scatter (volume, NULL, &scatter))
    {
      px *= smooth->free_form ? PLACES_FREE : PLACES;
      add (refined, px * _pmt_scatter_radius (&scatter, 0.5), px * _pmt_scatter_radius (&scatter, 0.9),
           px * _pmt_scatter_radius (&scatter, 0.95));
      refined->object_p95 = refined->error_p95;
    }
  else if (smooth->bend == NULL && refined->off > 0)
    {
      refined->errors.size = 0;      /* it knows of places that the plane holds for */
      add (refined, refined->off, P90 * refined->off, P95 * refined->off);
      refined->object_p95 = P95 * refined->off;
    }
  else if (smooth->bend == NULL && refined->errors.size == 0)
    {
      add (refined, drift / P90, drift, drift * P95 / P90);
      refined->object_p95 = drift * P95 / P90;
    }
}

/* The mean square of what it moves the middles of the model's cells by, px². */
static double
mean_square_bend (const PmtStep *bend, const PmtErrorModel *model)
{
  double sum = 0;

  for (int k = 0; k < PMT_ERROR_PLACES * PMT_ERROR_PLACES; k++)
    {
      PmtPoint p = _pmt_error_model_place (model, k), q;

      bend->klass->map (bend, 1, &p, &q);
      sum += (q.x - p.x) * (q.x - p.x) + (q.y - p.y) * (q.y - p.y);
    }
  return sum / (PMT_ERROR_PLACES * PMT_ERROR_PLACES);
}

/* Whether parts of the image are to be seen about a place, and most of them do not lie where the bend puts them. */
static gboolean
is_guessed (const PmtVolume *v, const gboolean *agrees, PmtPoint fixed)
{
  PmtPoint at = pmt_matrix3_map (&v->to_level, fixed);
  double   weights = 0, agree = 0;

  for (int t = 0; t < v->tiles; t++)
    {
      double x = (v->centre[t].x - at.x) / (NEAR * v->block), y = (v->centre[t].y - at.y) / (NEAR * v->block);
      double w = exp (-0.5 * (x * x + y * y));

      weights += w;
      agree += agrees[t] ? w : 0;
    }
  return weights > ENOUGH && agree < MOST * weights;
}

void
_pmt_add_guesses (const PmtPyramid *fixed, const PmtVolume *volume, const PmtSmooth *smooth, PmtRefined *refined)
{
  g_autofree gboolean *agrees = NULL;
  PmtErrorModel       *model = &refined->errors;
  PmtSize              size = { fixed->width, fixed->height };
  PmtMatrix3           back;
  double               guess;

  if (smooth->bend == NULL || volume == NULL || !model->bent || !pmt_matrix3_invert (&model->matrix, &back))
    return;
  agrees = g_new (gboolean, volume->tiles);
  for (int t = 0; t < volume->tiles; t++)
    agrees[t] = _pmt_tile_agrees (volume, t);
  guess = 0.5 * mean_square_bend (smooth->bend, model);
  for (int k = 0; k < PMT_ERROR_PLACES * PMT_ERROR_PLACES; k++)
    {
      PmtPoint p = pmt_matrix3_map (&back, _pmt_error_model_place (model, k));

      if (isnan (p.x) || !is_guessed (volume, agrees, p))
        continue;
      model->bend[k][0] += (float) guess;
      model->bend[k][2] += (float) guess;
    }
  refined->error_median = _pmt_error_model_over (model, size, 0.5);
  refined->error_p90 = _pmt_error_model_over (model, size, 0.9);
  refined->error_p95 = _pmt_error_model_over (model, size, 0.95);
}
