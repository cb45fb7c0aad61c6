/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control points along a bend, and the bend through them: from pieces, or from all pixels. */
#include <math.h>

#include "base/select-private.h"
#include "fit/piece-points-private.h"
#include "fit/smoother-private.h"
#include "fit/whole-frame-private.h"

#define FINE_RADIUS    5
#define ROUNDS         2       /* of control points */
#define STIFFER        2.5     /* than points from small pieces asked for: no more than this is tried for the whole frame */
#define PASSES       4       /* over the whole frame … */
#define ASIDE        1.0     /* px of the level, from where … */
#define PIECES_ASIDE 144     /* … so many pieces are looked for once more */
#define BLOCKS         4000    /* … in so many blocks at most */

/* What the pieces' overlap leaves of their number, as far as independent errors go. */
static double
independent_share (const PmtSmoother *s, const PmtPatchSet *set)
{
  double size = set->scale / MIN (1, s->ratio) * s->finest;

  return MIN (1, size * size / (set->patches->len * (double) set->tile * set->tile));
}

/* Images of the same kind: Gauss–Newton over all pixels along the bend, block by block, and the bend through the blocks' moves.
 * Many small blocks follow what pieces are too large for. How soft, the first pass tells; how well, the last. */
gboolean
_pmt_smoother_fit_whole_frame (PmtSmoother *s, GError **error)
{
  g_autoptr (GError)        problem = NULL;
  g_autoptr (PmtWholeFrame) frame = _pmt_whole_frame_new (s->context, s->fixed, s->moving, &s->path, BLOCKS, &problem);
  PmtLatticeAsk             ask = { .context = s->context, .stiffness = PMT_STIFFNESS_AUTO, .together = TRUE,
                                    .stiffest = STIFFER * s->out->stiffness };

  for (int pass = 0; frame != NULL && pass < PASSES; pass++)
    {
      g_autoptr (GArray)     points = _pmt_whole_frame_points (s->context, frame, &s->path, &problem);
      g_auto (PmtLatticeFit) fit = { 0 };

      if (pass + 1 == PASSES)
        ask.spacing = 0;
      if (points == NULL || !_pmt_smoother_fit_lattice (s, points, &ask, &fit, &problem))
        break;
      ask.stiffness = fit.stiffness;
      ask.spacing = fit.spacing;
      s->ask = ask;
      s->independent = 1;
      _pmt_smoother_take_fit (s, g_steal_pointer (&points), &fit);
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static PmtPatchSet *
new_set (const PmtSmoother *s, const PmtGrain *grain, GError **error)
{
  PmtPatchSet *set = _pmt_patch_set_new_along (s->context, s->fixed, s->moving, &s->path, grain->size, grain->tile,
                                               FINE_RADIUS + PMT_SMOOTHER_MARGIN, grain->pieces, error);

  if (set != NULL)
    _pmt_patch_set_use (set, s->feature);
  return set;
}

/* Control points, and the bend through them, twice: the second time they are taken along the first bend. Points from score peaks
 * were looked for near the bend and can't tell that it is too soft; those from grey values can. */
gboolean
_pmt_smoother_fit_points (PmtSmoother *s, const PmtGrain *grain, GError **error)
{
  double                  level = grain->size > 0 ? MIN (grain->size, s->finest) : s->finest;
  PmtLatticeAsk           ask = { .context = s->context, .stiffness = PMT_STIFFNESS_AUTO, .together = grain->together,
                                  .reach = 0.5 * grain->tile * sqrt ((s->box.x1 - s->box.x0) * (s->box.y1 - s->box.y0)) / level };
  g_autoptr (GError)      problem = NULL;
  g_autoptr (PmtPatchSet) set = new_set (s, grain, &problem);

  s->grain = *grain;
  for (int round = 0; set != NULL && round < ROUNDS; round++)
    {
      double                 same = 0;
      g_autoptr (GArray)     points = NULL;
      g_auto (PmtLatticeFit) fit = { 0 };

      _pmt_patch_set_follow (set, &s->path);
      points = _pmt_piece_points (s->context, set, NULL, FINE_RADIUS, s->modality, &same, &problem);
      ask.softest = same > 0.5 ? 0 : grain->softest;
      if (points == NULL || !_pmt_smoother_fit_lattice (s, points, &ask, &fit, &problem))
        break;
      s->out->modality = same > 0.5 ? PMT_MODALITY_SAME : PMT_MODALITY_DIFFERENT;
      s->ask = ask;
      s->independent = independent_share (s, set);
      _pmt_smoother_take_fit (s, g_steal_pointer (&points), &fit);
    }
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Control points along the path as it is: from pixels where the images are of the same kind. */
GArray *
_pmt_smoother_find_points (PmtSmoother *s, GError **error)
{
  g_autoptr (PmtWholeFrame) frame = NULL;
  g_autoptr (PmtPatchSet)   set = NULL;
  double                    same;

  if (s->out->modality == PMT_MODALITY_SAME)
    {
      frame = _pmt_whole_frame_new (s->context, s->fixed, s->moving, &s->path, BLOCKS, error);
      return frame != NULL ? _pmt_whole_frame_points (s->context, frame, &s->path, error) : NULL;
    }
  set = new_set (s, &s->grain, error);
  return set != NULL ? _pmt_piece_points (s->context, set, NULL, FINE_RADIUS, s->modality, &same, error) : NULL;
}

/* The median distance of pieces found from both starts; both lists are in the order of the pieces. NAN for too few. */
static double
median_distance (const GArray *a, const GArray *b)
{
  g_autofree double *distance = g_new (double, a->len + 1);
  int                n = 0;

  for (guint i = 0, j = 0; i < a->len; i++)
    {
      const PmtControlPoint *p = &g_array_index (a, PmtControlPoint, i), *q;

      for (guint k = j; k < b->len; k++)
        {
          q = &g_array_index (b, PmtControlPoint, k);
          if (q->fixed.x != p->fixed.x || q->fixed.y != p->fixed.y)
            continue;
          distance[n++] = hypot (p->moving.x - q->moving.x, p->moving.y - q->moving.y);
          j = k + 1;
          break;
        }
    }
  return n >= PMT_FEWEST_POINTS ? _pmt_quantile (distance, n, 0.5) : NAN;
}

gboolean
_pmt_smoother_look_from_aside (PmtSmoother *s, GError **error)
{
  g_autoptr (GError)      problem = NULL;
  PmtGrain                grain = s->grain;
  PmtPath                 aside = s->path;
  double                  level = grain.size > 0 ? MIN (grain.size, s->finest) : s->finest, same;
  double                  off = ASIDE * sqrt ((s->box.x1 - s->box.x0) * (s->box.y1 - s->box.y0)) / level;
  PmtMatrix3              shift = pmt_matrix3_translation (0.8 * off, -0.6 * off);
  g_autoptr (PmtPatchSet) set = NULL;
  g_autoptr (GArray)      here = NULL, there = NULL;

  grain.pieces = PIECES_ASIDE;
  set = new_set (s, &grain, &problem);
  if (set != NULL)
    here = _pmt_piece_points (s->context, set, NULL, FINE_RADIUS, s->modality, &same, &problem);
  if (here != NULL)
    {
      aside.pose = pmt_matrix3_then (&s->path.pose, &shift);
      _pmt_patch_set_follow (set, &aside);
      there = _pmt_piece_points (s->context, set, NULL, FINE_RADIUS, s->modality, &same, &problem);
    }
  if (there != NULL)
    s->out->equivariance = median_distance (here, there);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}
