/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "overlay.h"

#include <math.h>
#include <string.h>

#include "image/resample.h"

/* Shares of the pixels that become black and white, so that a dark infrared picture shows too. */
#define LOW_SHARE  0.01
#define HIGH_SHARE 0.99
#define BINS       1024

typedef struct
{
  PmtGrey *grey;
  double   scale;      /* small pixels a full pixel */
  float    low, high;
} Small;

static void
small_clear (Small *small)
{
  g_clear_pointer (&small->grey, pmt_grey_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Small, small_clear)

static float
quantile (const guint *histogram, guint total, double share, float from, float to)
{
  guint sum = 0;
  int bin = 0;

  for (; bin < BINS - 1; bin++)
    if ((sum += histogram[bin]) >= share * total)
      break;
  return from + (to - from) * bin / (BINS - 1);
}

static void
find_range (Small *small)
{
  const PmtPlane *value = small->grey->value;
  guint histogram[BINS] = { 0 };
  float from = INFINITY, to = -INFINITY;

  for (int y = 0; y < value->height; y++)
    for (int x = 0; x < value->width; x++)
      {
        from = MIN (from, pmt_plane_row (value, y)[x]);
        to = MAX (to, pmt_plane_row (value, y)[x]);
      }
  small->low = from;
  small->high = from + 1;
  if (!(to > from))
    return;
  for (int y = 0; y < value->height; y++)
    for (int x = 0; x < value->width; x++)
      histogram[(int) ((pmt_plane_row (value, y)[x] - from) / (to - from) * (BINS - 1))]++;
  small->low = quantile (histogram, (guint) value->width * value->height, LOW_SHARE, from, to);
  small->high = MAX (quantile (histogram, (guint) value->width * value->height, HIGH_SHARE, from, to),
                     small->low + (to - from) * 1e-3f);
}

static gboolean
read_small (PmtContext *context, PmtSource *source, double scale, Small *small, GError **error)
{
  PmtRect all = { 0, 0, pmt_source_get_width (source), pmt_source_get_height (source) };
  int width = CLAMP ((int) ceil (all.width * scale), 1, all.width);
  int height = CLAMP ((int) ceil (all.height * scale), 1, all.height);

  small->scale = width / (double) all.width;
  small->grey = pmt_grey_read (context, source, &all, width, height, error);
  if (small->grey == NULL)
    return FALSE;
  find_range (small);
  return TRUE;
}

static guint8
byte_of (const Small *small, float value, float validity)
{
  return validity < 0.5f ? 0 : (guint8) (CLAMP ((value - small->low) / (small->high - small->low), 0, 1) * 255 + 0.5f);
}

/* Linear interpolation of value and mask; validity 0 outside. */
static void
sample (const PmtGrey *grey, PmtPoint p, float *value, float *validity)
{
  double x = p.x - 0.5, y = p.y - 0.5;
  int width = grey->value->width, height = grey->value->height, x0, y0;
  float fx, fy, sum[2] = { 0, 0 };

  *value = *validity = 0;
  if (!(x > -0.5 && y > -0.5 && x < width - 0.5 && y < height - 0.5))
    return;
  x0 = (int) floor (x);
  y0 = (int) floor (y);
  fx = (float) (x - x0);
  fy = (float) (y - y0);
  for (int j = 0; j < 2; j++)
    for (int i = 0; i < 2; i++)
      {
        float weight = (i ? fx : 1 - fx) * (j ? fy : 1 - fy);
        int column = CLAMP (x0 + i, 0, width - 1), row = CLAMP (y0 + j, 0, height - 1);

        sum[0] += weight * pmt_plane_row (grey->value, row)[column];
        sum[1] += weight * pmt_plane_row (grey->mask, row)[column];
      }
  *value = sum[0];
  *validity = sum[1];
}

static void
draw (const PmtOverlay *overlay, const Small *fixed, const Small *moving, const PmtTransform *transform, guint8 *out)
{
  for (int y = 0; y < overlay->height; y++)
    for (int x = 0; x < overlay->width; x++, out += 3)
      {
        PmtPoint p = { (x + 0.5) / fixed->scale, (y + 0.5) / fixed->scale };
        float value, validity;

        pmt_transform_map (transform, 1, &p, &p);
        p = (PmtPoint) { p.x * moving->scale, p.y * moving->scale };
        sample (moving->grey, p, &value, &validity);
        out[0] = byte_of (fixed, pmt_plane_row (fixed->grey->value, y)[x], pmt_plane_row (fixed->grey->mask, y)[x]);
        out[1] = out[2] = byte_of (moving, value, validity);
      }
}

PmtOverlay *
pmt_overlay_new (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtTransform *before,
                 const PmtTransform *after, int size, GError **error)
{
  g_autoptr (PmtOverlay) overlay = g_new0 (PmtOverlay, 1);
  g_auto (Small) small_fixed = { 0 }, small_moving = { 0 };
  double scale = MIN (1, size / (double) MAX (pmt_source_get_width (fixed), pmt_source_get_height (fixed)));
  double moving_scale = MIN (1, size / (double) MAX (pmt_source_get_width (moving),
                                                     pmt_source_get_height (moving)));

  /* A moving image that shows a small part of the fixed one is drawn smaller than it is read: never mind. */
  if (!read_small (context, fixed, scale, &small_fixed, error)
      || !read_small (context, moving, moving_scale, &small_moving, error))
    return NULL;
  overlay->width = small_fixed.grey->value->width;
  overlay->height = small_fixed.grey->value->height;
  overlay->before = g_malloc_n (overlay->width, 3 * overlay->height);
  overlay->after = g_malloc_n (overlay->width, 3 * overlay->height);
  draw (overlay, &small_fixed, &small_moving, before, overlay->before);
  draw (overlay, &small_fixed, &small_moving, after, overlay->after);
  return g_steal_pointer (&overlay);
}

void
pmt_overlay_free (PmtOverlay *overlay)
{
  if (overlay == NULL)
    return;
  g_free (overlay->before);
  g_free (overlay->after);
  g_free (overlay);
}

GdkPixbuf *
pmt_overlay_to_pixbuf (const PmtOverlay *overlay, gboolean after)
{
  g_autoptr (GBytes) bytes = g_bytes_new (after ? overlay->after : overlay->before,
                                          (gsize) overlay->width * overlay->height * 3);

  return gdk_pixbuf_new_from_bytes (bytes, GDK_COLORSPACE_RGB, FALSE, 8, overlay->width, overlay->height,
                                    overlay->width * 3);
}
