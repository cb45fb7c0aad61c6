/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an overview pose to the exact one. Pieces of the images are read at finer and finer levels; at each the soft fit
 * moves the pose; at the finest every piece gives one control point, by Lucas–Kanade where grey values correspond and
 * by the quadratic peak of its gradient-direction score where they do not; a model is chosen and fitted through them. */
#include "fit/refine-private.h"

#include <math.h>

#include "base/parallel.h"
#include "base/select-private.h"
#include "fit/control-points-private.h"
#include "fit/error-model-private.h"
#include "fit/piece-points-private.h"
#include "fit/scatter-private.h"
#include "fit/soft-fit-private.h"
#include "fit/whole-frame-private.h"
#include "match/patches-private.h"

#define START          512.0   /* √px: the level that the pose was refined at */
#define FACTOR         3.0     /* from one level to the next: an error of 1 px grows to less than the radius */
#define RADIUS         6       /* px, of a level's search */
#define FINE_RADIUS    4       /* px, of the control points' */
#define MARGIN         6       /* px kept beyond the radius for the filters */
#define TILE_SMALL     24
#define TILE_LARGE     64
#define TILES_A_SIDE   7.0     /* at least, over the overlap's √area */
#define PIECES         160     /* at an intermediate level */
#define PIECES_FINE    400
#define SEE            0.7     /* of the pieces that belong on a level, on the next: fewer, and what they see is another thing, or out of reach */
#define OFF            1.0     /* level px that half of them must lie off: more than noise does, and edges of unlike images */
#define ROUNDS         3       /* of control points at the finest level */
#define SETTLED        0.02    /* moving px */
#define PASSES         5       /* over the whole frame, … */
#define BLOCKS         600     /* … in so many blocks */
#define STILL          0.05    /* of the predicted error: further passes change nothing */
#define NO_WORSE       1.05    /* the pieces' residuals may grow by this after the whole frame … */
#define NO_WORSE_PX    0.005   /* … and this many px */

typedef struct
{
  PmtContext *context;
  PmtPyramid *fixed, *moving;
  PmtModel    model;
  PmtModality modality;
  PmtMatrix3  matrix;
  double      belong;      /* share of the pieces on the last level that saw what the one before did; 0: none yet */
  gboolean    blind;       /* a level did not */
  double      off;         /* as PmtRefined */
} Refiner;

static PmtModel
freest (const Refiner *r)
{
  return r->model == PMT_MODEL_AUTO ? PMT_MODEL_HOMOGRAPHY : r->model;
}

/* √area of the overlap at the finest common level. */
static double
finest_size (const Refiner *r)
{
  PmtSize    fixed = { r->fixed->width, r->fixed->height }, moving = { r->moving->width, r->moving->height };
  PmtOverlap overlap;
  double     ratio;

  if (!_pmt_pose_overlap (&r->matrix, fixed, moving, &overlap))
    return 0;
  ratio = _pmt_pose_scale (&r->matrix, (PmtPoint) { overlap.box.x + overlap.box.width / 2,
                                                    overlap.box.y + overlap.box.height / 2 });
  return MIN (1, ratio) * sqrt (overlap.box.width * overlap.box.height);
}

static int
tile_for (double size)
{
  return CLAMP ((int) (size / TILES_A_SIDE) / 4 * 4, TILE_SMALL, TILE_LARGE);
}

/* How far the object lies off the plane, from coarse to fine: a finer level knows better, but where a bend has taken its pieces out of
 * reach it does not know at all, and those that it still sees are the ones that the plane holds for. */
static void
look_at_scatter (Refiner *r, const PmtVolume *volume, const PmtSoftFit *fit)
{
  PmtPoint   middle = { r->fixed->width / 2.0, r->fixed->height / 2.0 };
  double     level = _pmt_pose_scale (&volume->to_level, middle), radius;
  PmtScatter scatter;

  r->blind = r->blind || !_pmt_scatter (volume, fit, &scatter) || scatter.belong < SEE * r->belong;
  if (r->blind)
    return;
  r->belong = scatter.belong;
  radius = _pmt_scatter_radius (&scatter, 0.5);
  r->off = radius > OFF ? radius * _pmt_pose_scale (&r->matrix, middle) / level : 0;
}

/* One level on the way: pieces, their score volumes, the soft fit. Nothing changes where they say too little. */
static gboolean
step_level (Refiner *r, double size, GError **error)
{
  g_autoptr (GError)      problem = NULL;
  g_autoptr (PmtPatchSet) set = _pmt_patch_set_new (r->context, r->fixed, r->moving, &r->matrix, size, tile_for (size),
                                                    RADIUS + MARGIN, PIECES, &problem);
  g_autoptr (PmtVolume)   volume = set ? _pmt_patch_volume (r->context, set, &r->matrix, RADIUS, &problem) : NULL;
  PmtSoftFit              fit;

  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (volume != NULL && _pmt_soft_fit (volume, freest (r), NULL, &fit))
    {
      look_at_scatter (r, volume, &fit);
      _pmt_soft_fit_apply (&fit, volume, &r->matrix);
    }
  return TRUE;
}

/* -- control points -- */

/* Median distance of control points from where a map puts them, moving px. */
static double
median_residual (const GArray *points, const PmtMatrix3 *matrix)
{
  g_autofree double *distance = g_new (double, points->len);
  int                n = 0;

  for (guint i = 0; i < points->len; i++)
    {
      const PmtControlPoint *p = &g_array_index (points, PmtControlPoint, i);
      PmtPoint               q = pmt_matrix3_map (matrix, p->fixed);

      if (!isnan (q.x))
        distance[n++] = hypot (q.x - p->moving.x, q.y - p->moving.y);
    }
  return n > 0 ? _pmt_quantile (distance, n, 0.5) : INFINITY;
}

/* Gauss–Newton over all pixels; kept unless the pieces, each matched on its own, contradict it. */
static gboolean
fit_whole_frame (Refiner *r, PmtRefined *refined, GError **error)
{
  PmtSize                   fixed = { r->fixed->width, r->fixed->height }, moving = { r->moving->width, r->moving->height };
  g_autoptr (GError)        problem = NULL;
  g_autoptr (PmtWholeFrame) frame = _pmt_whole_frame_new (r->context, r->fixed, r->moving,
                                                                    &(PmtPath) { .pose = r->matrix }, BLOCKS, &problem);
  PmtRefined                found = *refined;
  double                    before = median_residual (refined->points, &refined->matrix);
  g_autoptr (GArray)        last = NULL;

  for (int pass = 0; frame != NULL && pass < PASSES; pass++)
    {
      g_autoptr (GArray) points = _pmt_whole_frame_points (r->context, frame, &(PmtPath) { .pose = found.matrix }, &problem);
      PmtModelFit        fit;
      double             moved;

      if (points == NULL || points->len < PMT_FEWEST_POINTS
          || !_pmt_model_fit (found.model, points, -1, &found.matrix, moving, &fit))
        break;
      moved = _pmt_pose_distance (&found.matrix, &fit.matrix, fixed);
      found.matrix = fit.matrix;
      found.tiles = points->len;
      found.inliers = fit.inliers;
      found.fit = fit;
      g_clear_pointer (&last, g_array_unref);
      last = g_steal_pointer (&points);
      _pmt_error_model_init (&found.errors, &fit, last, moving);
      if (pass > 0 && moved < STILL * _pmt_error_model_over (&found.errors, fixed, 0.5))
        break;
    }
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (last != NULL && median_residual (refined->points, &found.matrix) <= NO_WORSE * before + NO_WORSE_PX)
    {
      g_array_unref (refined->points);
      *refined = found;
      refined->points = g_steal_pointer (&last);
    }
  return TRUE;
}

/* Control points, model and fit, until it stays; FALSE with an error, or TRUE with refined->tiles = 0 when the pieces
 * say too little. */
static gboolean
fit_finest (Refiner *r, PmtRefined *refined, GError **error)
{
  PmtSize                 fixed = { r->fixed->width, r->fixed->height }, moving = { r->moving->width, r->moving->height };
  g_autoptr (GError)      problem = NULL;
  int                     tile = tile_for (finest_size (r));
  g_autoptr (PmtPatchSet) set = _pmt_patch_set_new (r->context, r->fixed, r->moving, &r->matrix, 0, tile,
                                                    FINE_RADIUS + MARGIN, PIECES_FINE, &problem);

  for (int round = 0; set != NULL && round < ROUNDS; round++)
    {
      double             same = 0, moved;
      g_autoptr (GArray) points = _pmt_piece_points (r->context, set, &r->matrix, FINE_RADIUS, r->modality, &same,
                                                      &problem);
      PmtModelFit        fit;
      PmtModel           model;

      if (points == NULL)
        break;
      _pmt_model_try (points, freest (r), &r->matrix, moving, refined->held_out);
      refined->supported = _pmt_model_supported (refined->held_out, freest (r));
      model = r->model != PMT_MODEL_AUTO ? r->model : refined->supported;
      if (!_pmt_model_fit (model, points, -1, &r->matrix, moving, &fit))
        break;
      moved = _pmt_pose_distance (&r->matrix, &fit.matrix, fixed);
      r->matrix = fit.matrix;
      refined->matrix = fit.matrix;
      refined->model = model;
      refined->modality = same > 0.5 ? PMT_MODALITY_SAME : PMT_MODALITY_DIFFERENT;
      refined->tiles = points->len;
      refined->inliers = fit.inliers;
      _pmt_error_model_init (&refined->errors, &fit, points, moving);
      refined->fit = fit;
      g_clear_pointer (&refined->points, g_array_unref);
      refined->points = g_steal_pointer (&points);
      if (moved < SETTLED)
        break;
    }
  g_clear_pointer (&set, _pmt_patch_set_free);
  if (problem == NULL && refined->points != NULL && refined->modality == PMT_MODALITY_SAME)
    fit_whole_frame (r, refined, &problem);
  refined->error_median = _pmt_error_model_over (&refined->errors, fixed, 0.5);
  refined->error_p90 = _pmt_error_model_over (&refined->errors, fixed, 0.9);
  refined->error_p95 = _pmt_error_model_over (&refined->errors, fixed, 0.95);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

void
_pmt_refined_clear (PmtRefined *refined)
{
  g_clear_pointer (&refined->points, g_array_unref);
}

gboolean
_pmt_refine (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, PmtModel model,
             PmtModality modality, PmtRefined *refined, GError **error)
{
  Refiner r = { .context = context, .fixed = fixed, .moving = moving, .model = model, .modality = modality, .matrix = *pose };
  double  finest = finest_size (&r);

  *refined = (PmtRefined) { .matrix = *pose, .model = freest (&r), .error_median = NAN, .error_p90 = NAN,
                            .error_p95 = NAN,
                            .modality = modality == PMT_MODALITY_SAME ? modality : PMT_MODALITY_DIFFERENT,
                            .supported = PMT_MODEL_AUTO };
  for (int m = 0; m < PMT_MODELS; m++)
    refined->held_out[m] = NAN;
  for (double size = FACTOR * START; size < 0.8 * finest; size *= FACTOR)
    if (!step_level (&r, size, error))
      return FALSE;
  if (finest > 1.2 * START && !step_level (&r, 0, error))
    return FALSE;
  refined->matrix = r.matrix;
  refined->off = isfinite (r.off) ? r.off : 0;
  pmt_context_progress (context, 0.4);
  return fit_finest (&r, refined, error);
}
