/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "match/patches-private.h"

#define MIN_TILES 6

typedef struct
{
  const PmtPatchSet *set;
  const PmtMatrix3  *pose;
  int                radius;
  float             *score;
  guint8            *usable;
} Scorer;

static gboolean
score_patch (int index, int thread, gpointer data, GError **error)
{
  Scorer              *s = data;
  PmtPatch            *patch = g_ptr_array_index (s->set->patches, index);
  PmtMatrix3           shift = pmt_matrix3_translation (patch->origin.x, patch->origin.y), back, map;
  g_autoptr (PmtGrey)  warped = NULL;
  g_autoptr (PmtField) moving = NULL;
  int                  side = 2 * s->radius + 1;

  pmt_matrix3_invert (&s->set->to_level, &back);
  map = pmt_matrix3_then (&shift, &back);
  map = pmt_matrix3_then (&map, s->pose != NULL ? s->pose : &patch->pose);
  map = pmt_matrix3_then (&map, &patch->to_moving);
  warped = _pmt_warp_bilinear (NULL, patch->moving, &map, patch->fixed->value->width, patch->fixed->value->height,
                               error);
  if (warped == NULL)
    return FALSE;
  if (patch->field == NULL)
    patch->field = s->set->feature (patch->fixed, error);
  moving = patch->field ? s->set->feature (warped, error) : NULL;
  if (moving == NULL)
    return FALSE;
  s->usable[index] = _pmt_field_scores (patch->field, moving, s->set->margin, s->radius,
                                        s->score + (gsize) index * side * side, NULL);
  return TRUE;
}

PmtVolume *
_pmt_patch_volume_of (PmtContext *context, const PmtPatchSet *set, const PmtMatrix3 *pose, int radius, int fewest,
                      GError **error)
{
  int                   side = 2 * radius + 1, n = set->patches->len;
  g_autofree guint8    *usable = g_new0 (guint8, n + 1);
  g_autoptr (PmtVolume) v = g_new0 (PmtVolume, 1);
  Scorer                s = { set, pose, radius, NULL, usable };

  if (n < fewest)
    return NULL;
  v->radius = radius;
  v->side = side;
  v->width = set->width;
  v->height = set->height;
  v->block = set->tile;
  v->to_level = set->to_level;
  v->centre = g_new (PmtPoint, n);
  v->column = g_new0 (int, n);
  v->row = g_new0 (int, n);
  v->piece = g_new0 (int, n);
  v->score = s.score = pmt_buffer_new ((gsize) n * side * side, sizeof (float), error);
  if (s.score == NULL || !pmt_parallel_for (context, n, score_patch, &s, error))
    return NULL;
  for (int i = 0; i < n; i++)
    {
      const PmtPatch *patch = g_ptr_array_index (set->patches, i);

      if (!usable[i])
        continue;
      memmove (v->score + (gsize) v->tiles * side * side, v->score + (gsize) i * side * side,
               (gsize) side * side * sizeof (float));
      v->column[v->tiles] = (int) floor (patch->centre.x / (2 * set->tile));
      v->row[v->tiles] = (int) floor (patch->centre.y / (2 * set->tile));
      v->piece[v->tiles] = i;
      v->centre[v->tiles++] = patch->centre;
    }
  if (v->tiles < fewest || !_pmt_volume_standardise (context, v, error))
    return NULL;
  return g_steal_pointer (&v);
}

PmtVolume *
_pmt_patch_volume (PmtContext *context, const PmtPatchSet *set, const PmtMatrix3 *pose, int radius, GError **error)
{
  return _pmt_patch_volume_of (context, set, pose, radius, MIN_TILES, error);
}
