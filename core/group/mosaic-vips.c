/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "group/mosaic-vips.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

#define LEAST_WEIGHT 1e-12     /* at a tile's very edge: alone it still counts */

typedef struct
{
  PmtSource    *source;
  PmtTransform *map;
  PmtRect       bounds;        /* in the canvas frame */
  double        gain;
} Tile;

typedef struct
{
  int            n, bands, colours;   /* bands of the tiles, and without alpha */
  Tile          *tile;
  PmtWarpOptions options;
  double         full;                /* alpha where opaque */
  PmtContext    *serial;
} Drawing;

static void
drawing_free (Drawing *d)
{
  for (int i = 0; i < d->n; i++)
    {
      pmt_source_unref (d->tile[i].source);
      pmt_transform_unref (d->tile[i].map);
    }
  g_free (d->tile);
  pmt_context_unref (d->serial);
  g_free (d);
}

/* -- pixels -- */

/* How much a place of a tile counts. */
static double
weight_at (PmtPoint p, int width, int height)
{
  double d = fmin (fmin (p.x, width - p.x), fmin (p.y, height - p.y)) / (0.5 * MIN (width, height));

  return d > 0 ? d * d * d * d + LEAST_WEIGHT : LEAST_WEIGHT;
}

typedef struct
{
  float    *sum;          /* colours + 1 for each pixel of the region, the weight last */
  float    *pixels;       /* of one tile */
  guint8   *coverage;
  PmtPoint *at;
  PmtRect   region;
} Work;

static void
add_row (const Drawing *d, const Tile *tile, const PmtRect *part, int y, Work *w)
{
  int    alpha = pmt_source_get_alpha (tile->source), width = pmt_source_get_width (tile->source);
  int    height = pmt_source_get_height (tile->source);
  float *out = w->sum + ((gsize) (part->y + y - w->region.y) * w->region.width + part->x - w->region.x) * (d->colours + 1);

  for (int x = 0; x < part->width; x++)
    w->at[x] = (PmtPoint) { part->x + x + 0.5, part->y + y + 0.5 };
  pmt_transform_map (tile->map, part->width, w->at, w->at);
  for (int x = 0; x < part->width; x++, out += d->colours + 1)
    {
      const float *in = w->pixels + ((gsize) y * part->width + x) * d->bands;
      float        weight;

      if (w->coverage[(gsize) y * part->width + x] == 0)
        continue;
      weight = (float) weight_at (w->at[x], width, height);
      if (alpha >= 0)
        weight *= in[alpha] / (float) pmt_source_get_alpha_max (tile->source);
      for (int c = 0; c < d->colours; c++)
        out[c] += weight * (float) tile->gain * in[c];
      out[d->colours] += weight;
    }
}

static gboolean
add_tile (const Drawing *d, const Tile *tile, Work *w, GError **error)
{
  PmtRect part = pmt_rect_intersect (tile->bounds, w->region);

  if (pmt_rect_is_empty (part))
    return TRUE;
  if (!pmt_resample (d->serial, tile->source, tile->map, d->options.sampler, &part, 0, w->pixels, (gsize) part.width * d->bands,
                     w->coverage, error))
    return FALSE;
  for (int y = 0; y < part.height; y++)
    add_row (d, tile, &part, y, w);
  return TRUE;
}

/* Sums to values, alpha or background; rounded and clipped as the format wants by libvips's cast later on. */
static void
finish (const Drawing *d, const Work *w, int bands, VipsRegion *out, const VipsRect *r)
{
  for (int y = 0; y < r->height; y++)
    {
      const float *in = w->sum + (gsize) y * r->width * (d->colours + 1);
      float       *to = (float *) VIPS_REGION_ADDR (out, r->left, r->top + y);

      for (int x = 0; x < r->width; x++, in += d->colours + 1, to += bands)
        {
          gboolean covered = in[d->colours] > 0;

          for (int c = 0; c < d->colours; c++)
            to[c] = covered ? in[c] / in[d->colours] : bands > d->colours ? 0 : (float) d->options.background;
          if (bands > d->colours)
            to[d->colours] = covered ? (float) d->full : 0;
        }
    }
}

static int
generate (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  const Drawing     *d = a;
  VipsRect           r = out->valid;
  gsize              n = (gsize) r.width * r.height;
  g_autoptr (GError) error = NULL;
  Work               w = { .region = { d->options.canvas.x + r.left, d->options.canvas.y + r.top, r.width, r.height } };
  gboolean           done;

  w.sum = pmt_buffer_new (n * (d->colours + 1), sizeof (float), &error);
  w.pixels = w.sum != NULL ? pmt_buffer_new (n * d->bands, sizeof (float), &error) : NULL;
  w.coverage = g_malloc (n);
  w.at = g_new (PmtPoint, r.width);
  done = w.pixels != NULL;
  for (int i = 0; i < d->n && done; i++)
    done = add_tile (d, &d->tile[i], &w, &error);
  if (done)
    finish (d, &w, out->im->Bands, out, &r);
  else
    vips_error ("pentimento", "%s", error->message);
  pmt_buffer_free (w.sum);
  pmt_buffer_free (w.pixels);
  g_free (w.coverage);
  g_free (w.at);
  return done ? 0 : -1;
}

/* -- making it -- */

static gboolean
prepare_tile (Drawing *d, const PmtMosaic *m, int i, GError **error)
{
  Tile *tile = &d->tile[i];

  tile->source = pmt_source_vips_new (m->tile[i], PMT_LIGHT_STORED, error);
  if (tile->source == NULL || !pmt_transform_bounds (m->transform[i], NULL, &tile->bounds, error))
    return FALSE;
  tile->map = pmt_transform_flatten (m->transform[i]);
  tile->gain = m->gain != NULL ? m->gain[i] : 1;
  if (pmt_source_get_bands (tile->source) == pmt_source_get_bands (d->tile[0].source)
      && pmt_source_get_alpha (tile->source) == pmt_source_get_alpha (d->tile[0].source))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "tile %d has %d bands, and the first %d: they make no one image", i + 1,
               pmt_source_get_bands (tile->source), pmt_source_get_bands (d->tile[0].source));
  return FALSE;
}

static Drawing *
drawing_new (const PmtMosaic *m, const PmtWarpOptions *options, GError **error)
{
  Drawing *d = g_new0 (Drawing, 1);

  d->n = m->n;
  d->tile = g_new0 (Tile, m->n);
  d->options = *options;
  d->serial = pmt_context_new ();
  pmt_context_set_threads (d->serial, 1);
  for (int i = 0; i < m->n; i++)
    if (!prepare_tile (d, m, i, error))
      {
        drawing_free (d);
        return NULL;
      }
  d->bands = pmt_source_get_bands (d->tile[0].source);
  d->colours = d->bands - (pmt_source_get_alpha (d->tile[0].source) >= 0);
  d->full = vips_interpretation_max_alpha (m->tile[0]->Type);
  return d;
}

/* The drawing in float, then as the tiles are. */
static VipsImage *
to_image (Drawing *d, VipsImage *like, GError **error)
{
  VipsImage        *cast = NULL;
  g_autoptr (VipsImage) out = vips_image_new (), rounded = NULL;
  gboolean          whole = like->BandFmt != VIPS_FORMAT_FLOAT && like->BandFmt != VIPS_FORMAT_DOUBLE;

  g_signal_connect_swapped (out, "postclose", G_CALLBACK (drawing_free), d);
  if (vips_image_pipelinev (out, VIPS_DEMAND_STYLE_SMALLTILE, like, NULL) == 0)
    {
      out->Xsize = d->options.canvas.width;
      out->Ysize = d->options.canvas.height;
      out->Bands = d->colours + (d->options.add_alpha || d->bands > d->colours ? 1 : 0);
      out->BandFmt = VIPS_FORMAT_FLOAT;
      out->Coding = VIPS_CODING_NONE;
      vips_image_remove (out, PMT_VIPS_PATH);
      if (vips_image_generate (out, NULL, generate, NULL, d, NULL) == 0
          && (whole ? vips_rint (out, &rounded, NULL) : vips_copy (out, &rounded, NULL)) == 0
          && vips_cast (rounded, &cast, like->BandFmt, NULL) == 0)
        return cast;
    }
  g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "cannot prepare the mosaic: %s", vips_error_buffer ());
  vips_error_clear ();
  return NULL;
}

VipsImage *
pmt_mosaic_image (const PmtMosaic *m, const PmtWarpOptions *options, GError **error)
{
  Drawing *d;

  if (m->n < 1 || pmt_rect_is_empty (options->canvas) || options->canvas.width > PMT_BOUNDS_MAX_SIDE
      || options->canvas.height > PMT_BOUNDS_MAX_SIDE)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a mosaic of %d tiles and %d × %d pixels cannot be made", m->n,
                   options->canvas.width, options->canvas.height);
      return NULL;
    }
  d = drawing_new (m, options, error);
  return d != NULL ? to_image (d, m->tile[0], error) : NULL;
}
