/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/pyramid-private.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/error.h"

#define MIN_SIDE        8       /* px */
#define BACKGROUND_AREA 0.003   /* a flat border region smaller than this share of the image is no background */
#define MIN_VALID       0.15    /* if less would be left, the flat border is taken for content */
#define PERCENTILE      0.005
#define HEADROOM        32.f    /* of 255, kept beyond the percentiles before clipping */
#define BINS            4096
#define FULL_PIXELS     (1 << 19)   /* of full resolution that are held at a time while they are averaged */

/* -- flat borders -- */

typedef struct { int x, y; } Seed;

enum { UNSEEN, CONTENT, BACKGROUND };

/* Floods from (x, y) over pixels within `tolerance` of its value (4-connected); `region` gets them all. */
static void
flood (const PmtPlane *value, guint8 *label, int x, int y, float tolerance, GArray *region)
{
  static const int dx[4] = { 1, -1, 0, 0 }, dy[4] = { 0, 0, 1, -1 };
  float            reference = pmt_plane_row (value, y)[x];
  int              width = value->width, height = value->height;

  g_array_set_size (region, 0);
  g_array_append_val (region, ((Seed) { x, y }));
  label[(gsize) y * width + x] = CONTENT;
  for (guint next = 0; next < region->len; next++)
    {
      Seed s = g_array_index (region, Seed, next);

      for (int k = 0; k < 4; k++)
        {
          int u = s.x + dx[k], v = s.y + dy[k];

          if (u < 0 || v < 0 || u >= width || v >= height || label[(gsize) v * width + u] != UNSEEN)
            continue;
          if (!(fabsf (pmt_plane_row (value, v)[u] - reference) <= tolerance))
            continue;
          label[(gsize) v * width + u] = CONTENT;
          g_array_append_val (region, ((Seed) { u, v }));
        }
    }
}

/* Border-connected flat regions are scan backgrounds, warp borders, fields of view: black and white within 1/255 of the
 * range, any other grey only where it is exactly constant. */
static void
mask_flat_border (PmtGrey *grey, float lowest, float highest)
{
  int                width = grey->value->width, height = grey->value->height;
  gsize              n = (gsize) width * height, left = 0;
  float              near = (highest - lowest) / 255.f;
  g_autofree guint8 *label = g_malloc0 (n);
  g_autoptr (GArray) region = g_array_new (FALSE, FALSE, sizeof (Seed));

  for (int i = 0; i < 2 * (width + height); i++)
    {
      int   x = i < width ? i : i < 2 * width ? i - width : i < 2 * width + height ? 0 : width - 1;
      int   y = i < width ? 0 : i < 2 * width ? height - 1 : i < 2 * width + height ? i - 2 * width : i - 2 * width - height;
      float v = pmt_plane_row (grey->value, y)[x];

      if (label[(gsize) y * width + x] != UNSEEN || !(pmt_plane_row (grey->mask, y)[x] > 0))
        continue;
      flood (grey->value, label, x, y, v <= lowest + near || v >= highest - near ? near : near * 1e-3f, region);
      for (guint k = 0; region->len > BACKGROUND_AREA * n && k < region->len; k++)
        {
          Seed s = g_array_index (region, Seed, k);

          label[(gsize) s.y * width + s.x] = BACKGROUND;
        }
    }
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      left += label[(gsize) y * width + x] != BACKGROUND && pmt_plane_row (grey->mask, y)[x] > 0;
  for (int y = 0; left >= MIN_VALID * n && y < height; y++)
    for (int x = 0; x < width; x++)
      if (label[(gsize) y * width + x] == BACKGROUND)
        pmt_plane_row (grey->mask, y)[x] = 0;
}

/* -- common unit -- */

static gboolean
value_range (const PmtGrey *grey, float *lowest, float *highest)
{
  *lowest = INFINITY;
  *highest = -INFINITY;
  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      if (pmt_plane_row (grey->mask, y)[x] > 0.5f)
        {
          *lowest = MIN (*lowest, pmt_plane_row (grey->value, y)[x]);
          *highest = MAX (*highest, pmt_plane_row (grey->value, y)[x]);
        }
  return *lowest <= *highest;
}

static void
find_percentiles (const PmtGrey *grey, float lowest, float highest, float *low, float *high)
{
  gint64 histogram[BINS] = { 0 }, total = 0, sum = 0;
  int    bin = 0;
  float  step = MAX ((highest - lowest) / BINS, FLT_MIN);

  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      if (pmt_plane_row (grey->mask, y)[x] > 0.5f)
        {
          histogram[CLAMP ((int) ((pmt_plane_row (grey->value, y)[x] - lowest) / step), 0, BINS - 1)]++;
          total++;
        }
  for (bin = 0; bin < BINS - 1 && sum + histogram[bin] < PERCENTILE * total; bin++)
    sum += histogram[bin];
  *low = lowest + bin * step;
  for (sum = 0, bin = BINS - 1; bin > 0 && sum + histogram[bin] < PERCENTILE * total; bin--)
    sum += histogram[bin];
  *high = lowest + (bin + 1) * step;
}

/* To the common unit; invalid pixels take the mean of the valid ones, so that filters see no cliff. */
static void
normalise (PmtGrey *grey, float offset, float gain)
{
  double sum = 0, n = 0;

  for (int y = 0; y < grey->value->height; y++)
    {
      float *v = pmt_plane_row (grey->value, y), *m = pmt_plane_row (grey->mask, y);

      for (int x = 0; x < grey->value->width; x++)
        {
          v[x] = CLAMP ((v[x] - offset) * gain, -HEADROOM, 255.f + HEADROOM);
          sum += m[x] * v[x];
          n += m[x];
        }
    }
  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      if (!(pmt_plane_row (grey->mask, y)[x] > 0))
        pmt_plane_row (grey->value, y)[x] = n > 0 ? (float) (sum / n) : 0;
}

/* -- the levels -- */

static gboolean
check_sizes (PmtSource *source, PmtSource *mask, GError **error)
{
  int width = pmt_source_get_width (source), height = pmt_source_get_height (source);

  if (width < MIN_SIDE || height < MIN_SIDE)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "an image of %d × %d pixels is too small to align: at least %d × %d are needed", width, height,
                   MIN_SIDE, MIN_SIDE);
      return FALSE;
    }
  if (mask != NULL && (pmt_source_get_width (mask) != width || pmt_source_get_height (mask) != height))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the mask is %d × %d pixels, the image %d × %d",
                   pmt_source_get_width (mask), pmt_source_get_height (mask), width, height);
      return FALSE;
    }
  return TRUE;
}

/* Multiplies grey's mask by the user's, read on the same grid: valid where more than half of the maximum. */
static gboolean
apply_user_mask (PmtContext *context, PmtPyramid *p, PmtGrey *grey, const PmtRect *rect, GError **error)
{
  g_autoptr (PmtGrey) user = NULL;
  float               threshold = (float) (0.5 * p->user_mask_max);

  if (p->user_mask == NULL)
    return TRUE;
  user = pmt_grey_read (context, p->user_mask, rect, grey->mask->width, grey->mask->height, error);
  for (int y = 0; user != NULL && y < grey->mask->height; y++)
    for (int x = 0; x < grey->mask->width; x++)
      if (!(pmt_plane_row (user->value, y)[x] > threshold) || !(pmt_plane_row (user->mask, y)[x] > 0.5f))
        pmt_plane_row (grey->mask, y)[x] = 0;
  return user != NULL;
}

/* The mask's maximum: 1, 255 or 65535 are all in use as "inside". */
static gboolean
find_user_mask_max (PmtContext *context, PmtPyramid *p, const PmtRect *all, GError **error)
{
  float               low = 0, high = 0;
  g_autoptr (PmtGrey) user = NULL;

  if (p->user_mask == NULL)
    return TRUE;
  user = pmt_grey_read (context, p->user_mask, all, MIN (p->width, 1024), MIN (p->height, 1024), error);
  if (user == NULL)
    return FALSE;
  if (!value_range (user, &low, &high) || !(high > 0))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the mask is empty: nothing is left to align");
      return FALSE;
    }
  p->user_mask_max = high;
  return TRUE;
}

static gboolean
read_finest (PmtContext *context, PmtPyramid *p, GError **error)
{
  PmtRect all = { 0, 0, p->width, p->height };
  double  scale = MIN (1, sqrt ((double) PMT_PYRAMID_MAX_PIXELS / ((double) p->width * p->height)));
  int     width = MAX ((int) (p->width * scale), MIN_SIDE), height = MAX ((int) (p->height * scale), MIN_SIDE);
  float   lowest, highest, low, high;

  p->level[0] = pmt_grey_read (context, p->source, &all, width, height, error);
  if (p->level[0] == NULL)
    return FALSE;
  p->levels = 1;
  p->scale_x[0] = (double) width / p->width;
  p->scale_y[0] = (double) height / p->height;
  if (!find_user_mask_max (context, p, &all, error) || !apply_user_mask (context, p, p->level[0], &all, error))
    return FALSE;
  if (!value_range (p->level[0], &lowest, &highest))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "nothing to align: every pixel is transparent, masked or not a number");
      return FALSE;
    }
  if (!(highest > lowest) || !isfinite (highest - lowest))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "nothing to align: every pixel that counts has the same value, %g", lowest);
      return FALSE;
    }
  mask_flat_border (p->level[0], lowest, highest);
  find_percentiles (p->level[0], lowest, highest, &low, &high);
  p->offset = low;
  p->gain = high > low ? 255.f / (high - low) : 0;
  normalise (p->level[0], p->offset, p->gain);
  return TRUE;
}

static gboolean
add_levels (PmtContext *context, PmtPyramid *p, GError **error)
{
  while (p->levels < (int) G_N_ELEMENTS (p->level))
    {
      const PmtGrey *finer = p->level[p->levels - 1];
      int            width = finer->value->width / 2, height = finer->value->height / 2;
      PmtBox         all = { 0, 0, finer->value->width, finer->value->height };

      if (width < 2 * MIN_SIDE || height < 2 * MIN_SIDE)
        break;
      p->level[p->levels] = _pmt_area_reduce (context, finer, &all, width, height, error);
      if (p->level[p->levels] == NULL)
        return FALSE;
      p->scale_x[p->levels] = (double) width / p->width;
      p->scale_y[p->levels] = (double) height / p->height;
      p->levels++;
    }
  return TRUE;
}

PmtPyramid *
_pmt_pyramid_new (PmtContext *context, PmtSource *source, PmtSource *mask, GError **error)
{
  g_autoptr (PmtPyramid) p = NULL;

  if (!check_sizes (source, mask, error))
    return NULL;
  p = g_new0 (PmtPyramid, 1);
  p->source = source;
  p->user_mask = mask;
  p->width = pmt_source_get_width (source);
  p->height = pmt_source_get_height (source);
  if (!read_finest (context, p, error) || !add_levels (context, p, error))
    return NULL;
  return g_steal_pointer (&p);
}

void
_pmt_pyramid_free (PmtPyramid *pyramid)
{
  if (pyramid == NULL)
    return;
  for (int k = 0; k < pyramid->levels; k++)
    pmt_grey_free (pyramid->level[k]);
  g_free (pyramid);
}

PmtGrey *
_pmt_pyramid_read (PmtContext *context, PmtPyramid *p, const PmtBox *box, int out_width, int out_height,
                   GError **error)
{
  double needed = MAX (out_width / box->width, out_height / box->height);
  int    k = 0;

  /* Twice the needed scale at least, so that the level's own box filter does not show. */
  while (k + 1 < p->levels && MIN (p->scale_x[k + 1], p->scale_y[k + 1]) >= 2 * needed)
    k++;
  PmtBox scaled = { box->x * p->scale_x[k], box->y * p->scale_y[k], box->width * p->scale_x[k],
                    box->height * p->scale_y[k] };
  return _pmt_area_reduce (context, p->level[k], &scaled, out_width, out_height, error);
}

PmtGrey *
_pmt_pyramid_read_full (PmtContext *context, PmtPyramid *p, const PmtRect *rect, GError **error)
{
  g_autoptr (PmtGrey) grey = pmt_grey_read (context, p->source, rect, rect->width, rect->height, error);
  const PmtPlane     *coarse = p->level[0]->mask;

  if (grey == NULL || !apply_user_mask (context, p, grey, rect, error))
    return NULL;
  for (int y = 0; y < rect->height; y++)       /* the flat border was found on level 0 */
    {
      int          v = MIN ((int) ((rect->y + y + 0.5) * p->scale_y[0]), coarse->height - 1);
      const float *from = pmt_plane_row (coarse, v);
      float       *mask = pmt_plane_row (grey->mask, y);

      for (int x = 0; x < rect->width; x++)
        if (!(from[MIN ((int) ((rect->x + x + 0.5) * p->scale_x[0]), coarse->width - 1)] > 0))
          mask[x] = 0;
    }
  normalise (grey, p->offset, p->gain);
  return g_steal_pointer (&grey);
}

/* Rows from … to−1 of out, from the full rows of `rect` that lie under them. */
static gboolean
reduce_rows (PmtContext *context, PmtPyramid *p, const PmtRect *rect, const PmtBox *box, PmtGrey *out, int from, int to,
             GError **error)
{
  int                 width = out->value->width;
  double              cell = box->height / out->value->height, top = box->y + from * cell, bottom = box->y + to * cell;
  PmtRect             rows = { rect->x, (int) floor (top) - 1, rect->width, (int) ceil (bottom) - (int) floor (top) + 2 };
  g_autoptr (PmtGrey) full = NULL, part = NULL;
  PmtBox              inside;

  rows = pmt_rect_intersect (rows, *rect);
  if (pmt_rect_is_empty (rows))
    return TRUE;
  full = _pmt_pyramid_read_full (context, p, &rows, error);
  inside = (PmtBox) { box->x - rows.x, top - rows.y, box->width, bottom - top };
  part = full != NULL ? _pmt_area_reduce (context, full, &inside, width, to - from, error) : NULL;
  for (int y = from; part != NULL && y < to; y++)
    {
      memcpy (pmt_plane_row (out->value, y), pmt_plane_row (part->value, y - from), width * sizeof (float));
      memcpy (pmt_plane_row (out->mask, y), pmt_plane_row (part->mask, y - from), width * sizeof (float));
    }
  return part != NULL;
}

PmtGrey *
_pmt_pyramid_read_finest (PmtContext *context, PmtPyramid *p, const PmtBox *box, int out_width, int out_height,
                          GError **error)
{
  double              needed = MAX (out_width / box->width, out_height / box->height);
  g_autoptr (PmtGrey) out = NULL;
  PmtRect             rect = { (int) floor (box->x) - 1, (int) floor (box->y) - 1, (int) ceil (box->width) + 3,
                               (int) ceil (box->height) + 3 };
  int                 rows;

  if (p->scale_x[0] >= 1 || needed <= 0.5 * MIN (p->scale_x[0], p->scale_y[0]))
    return _pmt_pyramid_read (context, p, box, out_width, out_height, error);
  rect = pmt_rect_intersect (rect, (PmtRect) { 0, 0, p->width, p->height });
  out = _pmt_grey_new (out_width, out_height, error);
  rows = (int) CLAMP ((double) FULL_PIXELS / MAX (rect.width, 1) * out_height / box->height, 1, out_height);
  for (int y = 0; out != NULL && !pmt_rect_is_empty (rect) && y < out_height; y += rows)
    if (!reduce_rows (context, p, &rect, box, out, y, MIN (y + rows, out_height), error))
      return NULL;
  return g_steal_pointer (&out);
}
