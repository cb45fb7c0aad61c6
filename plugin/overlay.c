/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "overlay.h"

#include <math.h>

#include "base/error.h"

/* Shares of the pixels that become black and white. */
#define LOW_SHARE  0.01
#define HIGH_SHARE 0.99
#define BINS       1024
#define GROUND     0.17f      /* the grey where there is nothing */

/* An image seen from the overlay's frame, as its source has it. */
typedef struct
{
  float   *pixels;
  guint8  *coverage;
  gsize    count;
  int      bands, alpha;
  double   alpha_max;
} View;

static void
view_clear (View *view)
{
  g_clear_pointer (&view->pixels, g_free);
  g_clear_pointer (&view->coverage, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (View, view_clear)

static gboolean
read_view (PmtContext *context, PmtSource *source, const PmtTransform *map, int width, int height, View *view,
           GError **error)
{
  PmtRect all = { 0, 0, width, height };

  view->bands = pmt_source_get_bands (source);
  view->alpha = pmt_source_get_alpha (source);
  view->alpha_max = pmt_source_get_alpha_max (source);
  view->count = (gsize) width * height;
  view->pixels = g_try_malloc_n (view->count, view->bands * sizeof (float));
  view->coverage = g_try_malloc (view->count);
  if (view->pixels == NULL || view->coverage == NULL)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for the preview");
      return FALSE;
    }
  return pmt_resample (context, source, map, PMT_SAMPLER_LINEAR, &all, 0, view->pixels, (gsize) width * view->bands,
                       view->coverage, error);
}

/* Where band `b` of three is found: grey images show their first. */
static int
band_of (const View *view, int b)
{
  int colours = view->bands - (view->alpha >= 0 ? 1 : 0), band = colours >= 3 ? b : 0;

  return view->alpha >= 0 && band >= view->alpha ? band + 1 : band;
}

/* One band's values where there is data, counted. */
static guint
count_band (const View *view, int band, float from, float to, guint *histogram)
{
  guint total = 0;

  for (gsize i = 0; i < view->count; i++)
    {
      float value = view->pixels[i * view->bands + band];

      if (view->coverage[i] == 0 || !isfinite (value))
        continue;
      histogram[(int) (CLAMP ((value - from) / (to - from), 0, 1) * (BINS - 1))]++;
      total++;
    }
  return total;
}

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

/* The values that become black and white, the same for all bands, so that colours stay what they are. */
static gboolean
find_range (const View *view, float *low, float *high)
{
  guint histogram[BINS] = { 0 }, total = 0;
  float from = INFINITY, to = -INFINITY;

  for (int b = 0; b < 3; b++)
    for (gsize i = 0; i < view->count; i++)
      if (view->coverage[i] != 0)
        {
          from = fminf (from, view->pixels[i * view->bands + band_of (view, b)]);
          to = fmaxf (to, view->pixels[i * view->bands + band_of (view, b)]);
        }
  *low = from;
  *high = from + 1;
  if (!(to > from) || !isfinite (to - from))
    return isfinite (from);
  for (int b = 0; b < 3; b++)
    total += count_band (view, band_of (view, b), from, to, histogram);
  *low = quantile (histogram, total, LOW_SHARE, from, to);
  *high = MAX (quantile (histogram, total, HIGH_SHARE, from, to), *low + (to - from) * 1e-3f);
  return TRUE;
}

static guint8
byte_of (double value)
{
  return value > 0 ? (guint8) (MIN (value, 1) * 255 + 0.5) : 0;
}

static guint8 *
to_bytes (const View *view, float low, float high)
{
  guint8 *bytes = g_malloc0_n (view->count, 4), *out = bytes;

  for (gsize i = 0; i < view->count; i++, out += 4)
    {
      const float *in = view->pixels + i * view->bands;

      if (view->coverage[i] == 0)
        continue;
      for (int b = 0; b < 3; b++)
        out[b] = byte_of ((in[band_of (view, b)] - low) / (high - low));
      out[3] = view->alpha >= 0 ? byte_of (in[view->alpha] / view->alpha_max) : 255;
    }
  return bytes;
}

/* The overlay's frame → the moving image's. */
static PmtTransform *
seen_through (const PmtTransform *to_fixed, const PmtTransform *transform, GError **error)
{
  g_autoptr (PmtTransform) whole = pmt_transform_compose (to_fixed, transform, error);

  return whole != NULL ? pmt_transform_flatten (whole) : NULL;
}

static gboolean
draw_moving (PmtContext *context, PmtOverlay *overlay, PmtSource *moving, const PmtTransform *before,
             const PmtTransform *after, GError **error)
{
  g_auto (View) then = { 0 }, now = { 0 };
  float low = 0, high = 1;

  if (!read_view (context, moving, before, overlay->width, overlay->height, &then, error)
      || !read_view (context, moving, after, overlay->width, overlay->height, &now, error))
    return FALSE;
  if (!find_range (&now, &low, &high))
    find_range (&then, &low, &high);
  overlay->before = to_bytes (&then, low, high);
  overlay->after = to_bytes (&now, low, high);
  return TRUE;
}

PmtOverlay *
pmt_overlay_new (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtTransform *before,
                 const PmtTransform *after, int size, GError **error)
{
  g_autoptr (PmtOverlay) overlay = g_new0 (PmtOverlay, 1);
  g_autoptr (PmtTransform) none = NULL, to_fixed = NULL, map_before = NULL, map_after = NULL;
  g_auto (View) view = { 0 };
  PmtSize whole = { pmt_source_get_width (fixed), pmt_source_get_height (fixed) };
  double scale = MIN (1, size / (double) MAX (whole.width, whole.height));
  PmtMatrix3 grow = { { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } };
  float low = 0, high = 1;

  overlay->width = MAX ((int) lround (whole.width * scale), 1);
  overlay->height = MAX ((int) lround (whole.height * scale), 1);
  grow.m[0][0] = whole.width / (double) overlay->width;
  grow.m[1][1] = whole.height / (double) overlay->height;
  none = pmt_transform_new ((PmtSize) { overlay->width, overlay->height },
                            (PmtSize) { overlay->width, overlay->height });
  to_fixed = pmt_transform_append_matrix (none, &grow, whole, NULL, error);
  if (to_fixed == NULL || (map_before = seen_through (to_fixed, before, error)) == NULL
      || (map_after = seen_through (to_fixed, after, error)) == NULL
      || !read_view (context, fixed, to_fixed, overlay->width, overlay->height, &view, error))
    return NULL;
  find_range (&view, &low, &high);
  overlay->fixed = to_bytes (&view, low, high);
  if (!draw_moving (context, overlay, moving, map_before, map_after, error))
    return NULL;
  return g_steal_pointer (&overlay);
}

void
pmt_overlay_free (PmtOverlay *overlay)
{
  if (overlay == NULL)
    return;
  g_free (overlay->fixed);
  g_free (overlay->before);
  g_free (overlay->after);
  g_free (overlay);
}

static void
to_floats (const guint8 *bytes, int width, float *out)
{
  for (int i = 0; i < 4 * width; i++)
    out[i] = bytes[i] / 255.0f;
}

void
pmt_overlay_draw (const PmtOverlay *overlay, PmtCompareMode mode, const PmtCompareOptions *options, gboolean after,
                  guint8 *out, gsize stride)
{
  PmtSize whole = { overlay->width, overlay->height };
  gsize row = (gsize) overlay->width * 4;
  g_autofree float *fixed = g_new (float, row), *moved = g_new (float, row);

  for (int y = 0; y < overlay->height; y++)
    {
      guint32 *line = (guint32 *) (gpointer) (out + y * stride);

      to_floats (overlay->fixed + y * row, overlay->width, fixed);
      to_floats ((after ? overlay->after : overlay->before) + y * row, overlay->width, moved);
      pmt_compare_row (mode, options, 0, y, overlay->width, whole, fixed, moved, moved);
      for (int x = 0; x < overlay->width; x++)
        {
          const float *p = moved + 4 * x;
          guint32 pixel = 0;

          for (int b = 0; b < 3; b++)
            pixel = pixel << 8 | byte_of (p[b] * p[3] + GROUND * (1 - p[3]));
          line[x] = pixel;
        }
    }
}
