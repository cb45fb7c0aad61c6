/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/patches-private.h"

#include <math.h>

#include "base/parallel.h"

#define MIN_VALID   0.6     /* of the piece in fixed */
#define SURROUND    10      /* px of moving kept round the piece's image beyond the margin */
#define MAX_ENLARGE 8       /* a piece whose image is larger than this many times itself is left out */

typedef struct
{
  PmtPyramid       *fixed, *moving;
  const PmtPath    *path;
  PmtPatchSet      *set;
  double            ratio;     /* moving px for a fixed px, at the overlap's centre */
} Reader;

static void
patch_free (gpointer data)
{
  PmtPatch *patch = data;

  pmt_grey_free (patch->fixed);
  pmt_grey_free (patch->moving);
  _pmt_field_free (patch->field);
  g_free (patch);
}

static double
valid_share (const PmtGrey *grey, int margin)
{
  double n = 0;

  for (int y = margin; y < grey->mask->height - margin; y++)
    for (int x = margin; x < grey->mask->width - margin; x++)
      n += pmt_plane_row (grey->mask, y)[x] > 0.6f;
  return n / ((double) (grey->mask->width - 2 * margin) * (grey->mask->height - 2 * margin));
}

/* Reads what surrounds the piece's image in moving. FALSE without error when it has none inside. */
static gboolean
read_moving (const Reader *r, PmtPatch *patch, GError **error)
{
  int        n = r->set->tile + 2 * r->set->margin, width, height;
  double     s = r->set->scale, t = MIN (1, s / r->ratio), x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
  PmtPoint   middle = { patch->centre.x / s, patch->centre.y / s }, centre;
  PmtBox     box;
  PmtMatrix3 origin, scale;

  if (!_pmt_path_local (r->path, middle, &patch->pose))
    return FALSE;
  centre = pmt_matrix3_map (&patch->pose, middle);
  if (!(centre.x >= 0 && centre.y >= 0 && centre.x <= r->moving->width && centre.y <= r->moving->height))
    return FALSE;
  for (int k = 0; k < 4; k++)
    {
      PmtPoint p = { (patch->origin.x + (k & 1) * n) / s, (patch->origin.y + (k >> 1) * n) / s };
      PmtPoint q = pmt_matrix3_map (&patch->pose, p);

      if (isnan (q.x))
        return FALSE;
      x0 = MIN (x0, q.x), x1 = MAX (x1, q.x);
      y0 = MIN (y0, q.y), y1 = MAX (y1, q.y);
    }
  x0 = floor (x0 - SURROUND / t), y0 = floor (y0 - SURROUND / t);
  width = (int) ceil ((x1 - x0 + SURROUND / t) * t);
  height = (int) ceil ((y1 - y0 + SURROUND / t) * t);
  if (width > MAX_ENLARGE * n || height > MAX_ENLARGE * n)
    return FALSE;
  box = (PmtBox) { x0, y0, width / t, height / t };
  patch->moving = _pmt_pyramid_read_finest (NULL, r->moving, &box, width, height, error);
  origin = pmt_matrix3_translation (-x0, -y0);
  scale = pmt_matrix3_scaling (t, t);
  patch->to_moving = pmt_matrix3_then (&origin, &scale);
  return patch->moving != NULL;
}

static gboolean
read_patch (int index, int thread, gpointer data, GError **error)
{
  Reader            *r = data;
  PmtPatch          *patch = g_ptr_array_index (r->set->patches, index);
  int                n = r->set->tile + 2 * r->set->margin;
  double             s = r->set->scale;
  PmtBox             box = { patch->origin.x / s, patch->origin.y / s, n / s, n / s };
  g_autoptr (GError) problem = NULL;

  patch->fixed = _pmt_pyramid_read_finest (NULL, r->fixed, &box, n, n, &problem);
  if (patch->fixed != NULL && valid_share (patch->fixed, r->set->margin) > MIN_VALID)
    read_moving (r, patch, &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Origins on a regular grid over the overlap, no closer than half a piece, at most `most`. */
static void
lay_grid (PmtPatchSet *set, const PmtBox *overlap, int most)
{
  double x0 = overlap->x * set->scale, y0 = overlap->y * set->scale;
  double width = overlap->width * set->scale, height = overlap->height * set->scale;
  double step = MAX (0.5 * set->tile, sqrt (width * height / most));
  int    columns = MAX ((int) (width / step), 1), rows = MAX ((int) (height / step), 1);

  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++)
      {
        PmtPatch *patch = g_new0 (PmtPatch, 1);

        patch->origin.x = floor (x0 + (c + 0.5) * width / columns - 0.5 * set->tile) - set->margin;
        patch->origin.y = floor (y0 + (r + 0.5) * height / rows - 0.5 * set->tile) - set->margin;
        patch->centre.x = patch->origin.x + set->margin + 0.5 * set->tile;
        patch->centre.y = patch->origin.y + set->margin + 0.5 * set->tile;
        g_ptr_array_add (set->patches, patch);
      }
}

PmtPatchSet *
_pmt_patch_set_new (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, double size,
                    int tile, int margin, int most, GError **error)
{
  return _pmt_patch_set_new_along (context, fixed, moving, &(PmtPath) { .pose = *pose }, size, tile, margin, most,
                                   error);
}

/* Reads the pieces that were laid and keeps those that have an image in moving. */
static gboolean
read_patches (PmtContext *context, Reader *r, GError **error)
{
  PmtPatchSet *set = r->set;
  guint        kept = 0;

  if (!pmt_parallel_for (context, set->patches->len, read_patch, r, error))
    return FALSE;
  for (guint i = 0; i < set->patches->len; i++)
    {
      PmtPatch *patch = g_ptr_array_index (set->patches, i);

      if (patch->moving == NULL)
        {
          patch_free (patch);
          continue;
        }
      set->patches->pdata[kept++] = patch;
    }
  for (guint i = kept; i < set->patches->len; i++)
    set->patches->pdata[i] = NULL;
  g_ptr_array_set_free_func (set->patches, NULL);
  g_ptr_array_set_size (set->patches, kept);
  g_ptr_array_set_free_func (set->patches, patch_free);
  return TRUE;
}

/* An empty set whose level has `scale` px for one of fixed. */
static PmtPatchSet *
set_alloc (const PmtPyramid *fixed, double scale, int tile, int margin)
{
  PmtPatchSet *set = g_new0 (PmtPatchSet, 1);

  set->patches = g_ptr_array_new_with_free_func (patch_free);
  set->feature = _pmt_gradient_direction;
  set->tile = tile;
  set->margin = margin;
  set->scale = scale;
  set->width = MAX ((int) lround (fixed->width * scale), 1);
  set->height = MAX ((int) lround (fixed->height * scale), 1);
  set->to_level = pmt_matrix3_scaling (scale, scale);
  return set;
}

PmtPatchSet *
_pmt_patch_set_new_along (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path, double size,
                          int tile, int margin, int most, GError **error)
{
  const PmtMatrix3       *pose = &path->pose;
  g_autoptr (PmtPatchSet) set = NULL;
  Reader                  r = { fixed, moving, path, NULL, 1 };
  PmtOverlap              overlap;
  double                  scale;

  if (!_pmt_pose_overlap_valid (pose, fixed, moving, &overlap))
    return NULL;
  r.ratio = _pmt_pose_scale (pose, (PmtPoint) { overlap.box.x + overlap.box.width / 2,
                                                overlap.box.y + overlap.box.height / 2 });
  if (!(r.ratio > 1e-4 && r.ratio < 1e4))
    return NULL;
  scale = MIN (1, r.ratio);
  if (size > 0)
    scale = MIN (scale, size / sqrt (overlap.box.width * overlap.box.height));
  r.set = set = set_alloc (fixed, scale, tile, margin);
  lay_grid (set, &overlap.box, most);
  return read_patches (context, &r, error) ? g_steal_pointer (&set) : NULL;
}

PmtPatchSet *
_pmt_patch_set_new_at (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, PmtPoint at,
                       double scale, int tile, int margin, GError **error)
{
  g_autoptr (PmtPatchSet) set = set_alloc (fixed, scale, tile, margin);
  PmtPath                 path = { .pose = *pose };
  Reader                  r = { fixed, moving, &path, set, _pmt_pose_scale (pose, at) };
  PmtPatch               *patch = g_new0 (PmtPatch, 1);

  patch->origin.x = round (at.x * scale - 0.5 * tile) - margin;
  patch->origin.y = round (at.y * scale - 0.5 * tile) - margin;
  patch->centre.x = patch->origin.x + margin + 0.5 * tile;
  patch->centre.y = patch->origin.y + margin + 0.5 * tile;
  g_ptr_array_add (set->patches, patch);
  return read_patches (context, &r, error) ? g_steal_pointer (&set) : NULL;
}

void
_pmt_patch_set_follow (PmtPatchSet *set, const PmtPath *path)
{
  for (guint i = 0; i < set->patches->len; i++)
    {
      PmtPatch  *patch = g_ptr_array_index (set->patches, i);
      PmtMatrix3 local;

      if (_pmt_path_local (path, (PmtPoint) { patch->centre.x / set->scale, patch->centre.y / set->scale }, &local))
        patch->pose = local;
    }
}

void
_pmt_patch_set_use (PmtPatchSet *set, PmtFieldFunc feature)
{
  set->feature = feature;
  for (guint i = 0; i < set->patches->len; i++)
    g_clear_pointer (&((PmtPatch *) g_ptr_array_index (set->patches, i))->field, _pmt_field_free);
}

void
_pmt_patch_set_free (PmtPatchSet *set)
{
  if (set == NULL)
    return;
  g_clear_pointer (&set->patches, g_ptr_array_unref);
  g_free (set);
}
