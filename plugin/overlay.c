/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "overlay.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"

/* Shares of the pixels that become black and white. */
#define LOW_SHARE  0.01
#define HIGH_SHARE 0.99
#define BINS       1024
#define BAND       64         /* rows that a thread compares at a time */
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
read_view (PmtContext *context, PmtSource *source, const PmtTransform *map, PmtSampler sampler, const PmtRect *rect,
           View *view, GError **error)
{
  view->bands = pmt_source_get_bands (source);
  view->alpha = pmt_source_get_alpha (source);
  view->alpha_max = pmt_source_get_alpha_max (source);
  view->count = (gsize) rect->width * rect->height;
  view->pixels = g_try_malloc_n (view->count, view->bands * sizeof (float));
  view->coverage = g_try_malloc (view->count);
  if (view->pixels == NULL || view->coverage == NULL)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for the preview");
      return FALSE;
    }
  return pmt_resample (context, source, map, sampler, rect, 0, view->pixels, (gsize) rect->width * view->bands,
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
find_tones (const View *view, PmtTones *tones)
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
  *tones = isfinite (from) ? (PmtTones) { from, from + 1 } : (PmtTones) { 0, 1 };
  if (!(to > from) || !isfinite (to - from))
    return isfinite (from);
  for (int b = 0; b < 3; b++)
    total += count_band (view, band_of (view, b), from, to, histogram);
  tones->low = quantile (histogram, total, LOW_SHARE, from, to);
  tones->high = MAX (quantile (histogram, total, HIGH_SHARE, from, to), tones->low + (to - from) * 1e-3f);
  return TRUE;
}

static guint8
byte_of (float value)
{
  return value > 0 ? (guint8) (MIN (value, 1) * 255 + 0.5f) : 0;
}

static void
to_bytes (const View *view, const PmtTones *tones, guint8 *out)
{
  float gain = 1 / (tones->high - tones->low);

  for (gsize i = 0; i < view->count; i++, out += 4)
    {
      const float *in = view->pixels + i * view->bands;

      memset (out, 0, 4);
      if (view->coverage[i] == 0)
        continue;
      for (int b = 0; b < 3; b++)
        out[b] = byte_of ((in[band_of (view, b)] - tones->low) * gain);
      out[3] = view->alpha >= 0 ? byte_of (in[view->alpha] / view->alpha_max) : 255;
    }
}

static guint8 *
bytes_new (const View *view, const PmtTones *tones)
{
  guint8 *bytes = g_malloc_n (view->count, 4);

  to_bytes (view, tones, bytes);
  return bytes;
}

/* A frame whose pixels are `grow` of the fixed image's → a side's image. */
static PmtTransform *
seen_from (const PmtOverlay *overlay, PmtSize frame, PmtPoint grow, const PmtTransform *side, GError **error)
{
  PmtMatrix3 matrix = pmt_matrix3_scaling (grow.x, grow.y);
  g_autoptr (PmtTransform) none = pmt_transform_new (frame, frame);
  g_autoptr (PmtTransform) to_fixed = pmt_transform_append_matrix (none, &matrix, overlay->whole, NULL, error);
  g_autoptr (PmtTransform) all = NULL;

  if (to_fixed == NULL || side == NULL)
    return g_steal_pointer (&to_fixed);
  all = pmt_transform_compose (to_fixed, side, error);
  return all != NULL ? pmt_transform_flatten (all) : NULL;
}

static const PmtTransform *
map_of (const PmtOverlay *overlay, PmtSide side)
{
  if (side == PMT_SIDE_FIXED)
    return NULL;
  return side == PMT_SIDE_AFTER ? overlay->map_after : overlay->map_before;
}

static PmtSource *
source_of (const PmtOverlay *overlay, PmtSide side)
{
  return side == PMT_SIDE_FIXED ? overlay->fixed_source : overlay->moving_source;
}

static gboolean
read_overview (PmtContext *context, const PmtOverlay *overlay, PmtSide side, View *view, GError **error)
{
  PmtSize frame = { overlay->width, overlay->height };
  PmtPoint grow = { overlay->whole.width / (double) frame.width, overlay->whole.height / (double) frame.height };
  PmtRect all = { 0, 0, frame.width, frame.height };
  g_autoptr (PmtTransform) map = seen_from (overlay, frame, grow, map_of (overlay, side), error);

  return map != NULL && read_view (context, source_of (overlay, side), map, PMT_SAMPLER_LINEAR, &all, view, error);
}

static gboolean
draw_overview (PmtContext *context, PmtOverlay *overlay, GError **error)
{
  g_auto (View) fixed = { 0 }, before = { 0 }, after = { 0 };

  if (!read_overview (context, overlay, PMT_SIDE_FIXED, &fixed, error))
    return FALSE;
  if (overlay->plain)
    overlay->fixed_tones = (PmtTones) { 0, 1 };
  else
    find_tones (&fixed, &overlay->fixed_tones);
  overlay->fixed = bytes_new (&fixed, &overlay->fixed_tones);
  if (pmt_overlay_is_alone (overlay))
    return TRUE;
  if (!read_overview (context, overlay, PMT_SIDE_BEFORE, &before, error)
      || !read_overview (context, overlay, PMT_SIDE_AFTER, &after, error))
    return FALSE;
  if (!find_tones (&after, &overlay->moving_tones))
    find_tones (&before, &overlay->moving_tones);
  overlay->before = bytes_new (&before, &overlay->moving_tones);
  overlay->after = bytes_new (&after, &overlay->moving_tones);
  return TRUE;
}

/* moving: NULL for a picture alone, as its maps. */
static PmtOverlay *
overlay_alloc (PmtSource *fixed, PmtSource *moving, const PmtTransform *before, const PmtTransform *after, int size)
{
  PmtOverlay *overlay = g_new0 (PmtOverlay, 1);
  PmtSize whole = { pmt_source_get_width (fixed), pmt_source_get_height (fixed) };
  double scale = MIN (1, size / (double) MAX (whole.width, whole.height));

  overlay->references = 1;
  overlay->whole = whole;
  overlay->width = MAX ((int) lround (whole.width * scale), 1);
  overlay->height = MAX ((int) lround (whole.height * scale), 1);
  overlay->fixed_source = pmt_source_ref (fixed);
  overlay->sampler = PMT_SAMPLER_LINEAR;
  if (moving == NULL)
    return overlay;
  overlay->moving_source = pmt_source_ref (moving);
  overlay->map_before = pmt_transform_ref ((PmtTransform *) before);
  overlay->map_after = pmt_transform_ref ((PmtTransform *) after);
  return overlay;
}

PmtOverlay *
pmt_overlay_new (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtTransform *before,
                 const PmtTransform *after, int size, GError **error)
{
  g_autoptr (PmtOverlay) overlay = overlay_alloc (fixed, moving, before, after, size);

  return draw_overview (context, overlay, error) ? g_steal_pointer (&overlay) : NULL;
}

PmtOverlay *
pmt_overlay_new_alone (PmtContext *context, PmtSource *source, int size, GError **error)
{
  g_autoptr (PmtOverlay) overlay = overlay_alloc (source, NULL, NULL, NULL, size);

  return draw_overview (context, overlay, error) ? g_steal_pointer (&overlay) : NULL;
}

PmtOverlay *
pmt_overlay_new_plain (PmtContext *context, PmtSource *source, int size, GError **error)
{
  g_autoptr (PmtOverlay) overlay = overlay_alloc (source, NULL, NULL, NULL, size);

  overlay->plain = TRUE;
  return draw_overview (context, overlay, error) ? g_steal_pointer (&overlay) : NULL;
}

gboolean
pmt_overlay_is_alone (const PmtOverlay *overlay)
{
  return overlay->moving_source == NULL;
}

/* -- one overlay out of two pictures -- */

/* The overview's pixels as an image. */
static PmtSource *
overview_source (const PmtOverlay *alone, GError **error)
{
  gsize n = (gsize) alone->width * alone->height * 4;
  g_autofree float *floats = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    floats[i] = alone->fixed[i];
  return pmt_source_memory_new (alone->width, alone->height, 4, 3, 255, floats, (gsize) alone->width * 4, error);
}

/* `side` of the overlay, from an overview of the moving image. */
static guint8 *
draw_from_overview (PmtContext *context, const PmtOverlay *overlay, const PmtOverlay *moving, PmtSource *source,
                    PmtSide side, GError **error)
{
  PmtSize frame = { overlay->width, overlay->height };
  PmtPoint grow = { overlay->whole.width / (double) frame.width, overlay->whole.height / (double) frame.height };
  PmtMatrix3 shrink = pmt_matrix3_scaling (moving->width / (double) moving->whole.width,
                                           moving->height / (double) moving->whole.height);
  PmtRect all = { 0, 0, frame.width, frame.height };
  static const PmtTones none = { 0, 255 };
  g_autoptr (PmtTransform) to_moving = seen_from (overlay, frame, grow, map_of (overlay, side), error);
  g_autoptr (PmtTransform) map = to_moving != NULL
    ? pmt_transform_append_matrix (to_moving, &shrink, (PmtSize) { moving->width, moving->height }, NULL, error) : NULL;
  g_auto (View) view = { 0 };

  if (map == NULL || !read_view (context, source, map, PMT_SAMPLER_LINEAR, &all, &view, error))
    return NULL;
  return bytes_new (&view, &none);
}

PmtOverlay *
pmt_overlay_new_of (PmtContext *context, const PmtOverlay *fixed, const PmtOverlay *moving, const PmtTransform *before,
                    const PmtTransform *after, GError **error)
{
  g_autoptr (PmtOverlay) overlay = overlay_alloc (fixed->fixed_source, moving->fixed_source, before, after,
                                                  MAX (fixed->width, fixed->height));
  g_autoptr (PmtSource) source = overview_source (moving, error);

  overlay->fixed_tones = fixed->fixed_tones;
  overlay->moving_tones = moving->fixed_tones;
  overlay->fixed = g_memdup2 (fixed->fixed, (gsize) fixed->width * fixed->height * 4);
  if (source == NULL
      || (overlay->before = draw_from_overview (context, overlay, moving, source, PMT_SIDE_BEFORE, error)) == NULL
      || (overlay->after = draw_from_overview (context, overlay, moving, source, PMT_SIDE_AFTER, error)) == NULL)
    return NULL;
  return g_steal_pointer (&overlay);
}

PmtOverlay *
pmt_overlay_ref (PmtOverlay *overlay)
{
  g_atomic_int_inc (&overlay->references);
  return overlay;
}

PmtSize
pmt_overlay_frame (const PmtOverlay *overlay, int level)
{
  double scale = exp2 (-level);

  return (PmtSize) { (int) ceil (overlay->whole.width * scale), (int) ceil (overlay->whole.height * scale) };
}

gboolean
pmt_overlay_read (const PmtOverlay *overlay, PmtContext *context, PmtSide side, int level, const PmtRect *rect,
                  guint8 *rgba, GError **error)
{
  PmtPoint grow = { exp2 (level), exp2 (level) };
  g_autoptr (PmtTransform) map = seen_from (overlay, pmt_overlay_frame (overlay, level), grow, map_of (overlay, side),
                                            error);
  PmtSampler sampler = level < 0 ? PMT_SAMPLER_NEAREST : level == 0 ? overlay->sampler : PMT_SAMPLER_LINEAR;
  g_auto (View) view = { 0 };

  if (map == NULL || !read_view (context, source_of (overlay, side), map, sampler, rect, &view, error))
    return FALSE;
  to_bytes (&view, side == PMT_SIDE_FIXED ? &overlay->fixed_tones : &overlay->moving_tones, rgba);
  return TRUE;
}

void
pmt_overlay_unref (PmtOverlay *overlay)
{
  if (overlay == NULL || !g_atomic_int_dec_and_test (&overlay->references))
    return;
  g_free (overlay->fixed);
  g_free (overlay->before);
  g_free (overlay->after);
  pmt_source_unref (overlay->fixed_source);
  g_clear_pointer (&overlay->moving_source, pmt_source_unref);
  g_clear_pointer (&overlay->map_before, pmt_transform_unref);
  g_clear_pointer (&overlay->map_after, pmt_transform_unref);
  g_free (overlay);
}

static void
to_floats (const guint8 *bytes, int width, float *out)
{
  for (int i = 0; i < 4 * width; i++)
    out[i] = bytes[i] / 255.0f;
}

typedef struct
{
  PmtCompareMode           mode;
  const PmtCompareOptions *options;
  const PmtRect           *rect;
  PmtSize                  whole;
  const guint8            *fixed, *moved;
  guint8                  *out;
  gsize                    stride;
} Comparison;

/* out: as cairo has it; what is transparent shows the ground. */
static void
to_cairo (const float *in, int width, guint32 *out)
{
  for (int x = 0; x < width; x++, in += 4)
    {
      guint32 pixel = 0;

      for (int b = 0; b < 3; b++)
        pixel = pixel << 8 | byte_of (in[b] * in[3] + GROUND * (1 - in[3]));
      out[x] = pixel;
    }
}

static gboolean
compare_band (int index, int thread, gpointer data, GError **error)
{
  const Comparison *c = data;
  gsize row = (gsize) c->rect->width * 4;
  g_autofree float *under = g_new (float, row), *over = g_new (float, row);

  for (int y = index * BAND; y < MIN ((index + 1) * BAND, c->rect->height); y++)
    {
      to_floats (c->fixed + y * row, c->rect->width, under);
      to_floats (c->moved + y * row, c->rect->width, over);
      pmt_compare_row (c->mode, c->options, c->rect->x, c->rect->y + y, c->rect->width, c->whole, under, over, over);
      to_cairo (over, c->rect->width, (guint32 *) (gpointer) (c->out + y * c->stride));
    }
  return TRUE;
}

void
pmt_overlay_compare (PmtCompareMode mode, const PmtCompareOptions *options, const PmtRect *rect, PmtSize whole,
                     const guint8 *fixed, const guint8 *moved, guint8 *out, gsize stride)
{
  Comparison comparison = { mode, options, rect, whole, fixed, moved, out, stride };

  pmt_parallel_for (NULL, (rect->height + BAND - 1) / BAND, compare_band, &comparison, NULL);
}

void
pmt_overlay_draw (const PmtOverlay *overlay, PmtCompareMode mode, const PmtCompareOptions *options, gboolean after,
                  guint8 *out, gsize stride)
{
  PmtRect all = { 0, 0, overlay->width, overlay->height };

  pmt_overlay_compare (mode, options, &all, (PmtSize) { overlay->width, overlay->height }, overlay->fixed,
                       pmt_overlay_is_alone (overlay) ? overlay->fixed : after ? overlay->after : overlay->before, out,
                       stride);
}
