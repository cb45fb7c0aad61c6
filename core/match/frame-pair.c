/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/parallel.h"
#include "match/score-volume-private.h"

#define MIN_OVERLAP_SIDE 24   /* fixed px */

typedef struct
{
  const PmtGrey    *in;
  const PmtMatrix3 *map;
  const PmtStep    *bend;      /* NULL, or what follows … */
  const PmtMatrix3 *after;     /* … and what follows that */
  PmtGrey          *out;
  float             fill;
} Warp;

static gboolean
warp_row (int y, int thread, gpointer data, GError **error)
{
  Warp  *w = data;
  float *value = pmt_plane_row (w->out->value, y), *mask = pmt_plane_row (w->out->mask, y);

  for (int x = 0; x < w->out->value->width; x++)
    {
      PmtPoint p = pmt_matrix3_map (w->map, (PmtPoint) { x + 0.5, y + 0.5 });
      double   u, v;

      if (w->bend != NULL)
        {
          w->bend->klass->map (w->bend, 1, &p, &p);
          p = pmt_matrix3_map (w->after, p);
        }
      u = p.x - 0.5, v = p.y - 0.5;
      value[x] = w->fill;
      mask[x] = 0;
      if (!(u >= 0 && v >= 0 && u <= w->in->value->width - 1 && v <= w->in->value->height - 1))
        continue;
      int          i = MIN ((int) u, w->in->value->width - 2), j = MIN ((int) v, w->in->value->height - 2);
      float        fx = (float) (u - i), fy = (float) (v - j);
      const float *m0 = pmt_plane_row (w->in->mask, j) + i, *m1 = pmt_plane_row (w->in->mask, j + 1) + i;

      if (!(MIN (MIN (m0[0], m0[1]), MIN (m1[0], m1[1])) > 0.6f))
        continue;
      const float *a = pmt_plane_row (w->in->value, j) + i, *b = pmt_plane_row (w->in->value, j + 1) + i;

      value[x] = (1 - fy) * ((1 - fx) * a[0] + fx * a[1]) + fy * ((1 - fx) * b[0] + fx * b[1]);
      mask[x] = 1;
    }
  return TRUE;
}

static float
mean_value (const PmtGrey *grey)
{
  double sum = 0;

  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      sum += pmt_plane_row (grey->value, y)[x];
  return (float) (sum / ((double) grey->value->width * grey->value->height));
}

static PmtGrey *
warp (PmtContext *context, Warp *w, int width, int height, GError **error)
{
  g_autoptr (PmtGrey) out = _pmt_grey_new (width, height, error);

  w->out = out;
  w->fill = mean_value (w->in);
  if (out == NULL || !pmt_parallel_for (context, height, warp_row, w, error))
    return NULL;
  return g_steal_pointer (&out);
}

PmtGrey *
_pmt_warp_bilinear (PmtContext *context, const PmtGrey *in, const PmtMatrix3 *map, int width, int height,
                    GError **error)
{
  Warp w = { .in = in, .map = map };

  return warp (context, &w, width, height, error);
}

gboolean
_pmt_frame_pair (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path, int size,
                 PmtFramePair *pair, GError **error)
{
  const PmtMatrix3   *pose = &path->pose;
  PmtOverlap          overlap;
  PmtMatrix3          origin, scale, inverse, level_back, map;
  g_autoptr (PmtGrey) f = NULL, m = NULL;
  PmtBox              all = { 0, 0, moving->width, moving->height };
  double              ratio, s, t;
  int                 width, height, mw, mh;
  Warp                w;

  if (!_pmt_pose_overlap_valid (pose, fixed, moving, &overlap) || overlap.box.width < MIN_OVERLAP_SIDE
      || overlap.box.height < MIN_OVERLAP_SIDE)
    return FALSE;
  ratio = _pmt_pose_scale (pose, (PmtPoint) { overlap.box.x + overlap.box.width / 2,
                                              overlap.box.y + overlap.box.height / 2 });
  if (!(ratio > 1e-4 && ratio < 1e4))
    return FALSE;

  s = MIN (MIN (size / sqrt (overlap.box.width * overlap.box.height), 1), ratio);
  width = MAX ((int) lround (overlap.box.width * s), 8);
  height = MAX ((int) lround (overlap.box.height * s), 8);
  f = _pmt_pyramid_read (context, fixed, &overlap.box, width, height, error);
  if (f == NULL)
    return FALSE;
  origin = pmt_matrix3_translation (-overlap.box.x, -overlap.box.y);
  scale = pmt_matrix3_scaling (width / overlap.box.width, height / overlap.box.height);
  pair->to_level = pmt_matrix3_then (&origin, &scale);

  t = MIN (1, s / ratio);
  mw = MAX ((int) lround (moving->width * t), 8);
  mh = MAX ((int) lround (moving->height * t), 8);
  m = _pmt_pyramid_read (context, moving, &all, mw, mh, error);
  if (m == NULL || !pmt_matrix3_invert (&pair->to_level, &inverse))
    return FALSE;
  level_back = pmt_matrix3_then (&inverse, pose);
  scale = pmt_matrix3_scaling ((double) mw / moving->width, (double) mh / moving->height);
  map = pmt_matrix3_then (&level_back, &scale);
  w = (Warp) { .in = m, .map = path->bend != NULL ? &level_back : &map, .bend = path->bend, .after = &scale };
  pair->moving = warp (context, &w, width, height, error);
  if (pair->moving == NULL)
    return FALSE;
  pair->fixed = g_steal_pointer (&f);
  pair->overlap = overlap.share;
  return TRUE;
}

void
_pmt_frame_pair_clear (PmtFramePair *pair)
{
  g_clear_pointer (&pair->fixed, pmt_grey_free);
  g_clear_pointer (&pair->moving, pmt_grey_free);
}
