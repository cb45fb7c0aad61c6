/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pixels.h"

#include <string.h>

#include "buffer-source.h"
#include "plug-in.h"

#define COPY_ROWS   512
#define RENDER_ROWS 256

GeglBuffer *
pmt_pixels_copy (GimpDrawable *drawable, PmtJob *job, GError **error)
{
  g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (drawable);
  const GeglRectangle *extent = gegl_buffer_get_extent (buffer);
  g_autoptr (GeglBuffer) copy = gegl_buffer_new (GEGL_RECTANGLE (0, 0, extent->width, extent->height),
                                                 gegl_buffer_get_format (buffer));

  for (int y = 0; y < extent->height; y += COPY_ROWS)
    {
      int rows = MIN (COPY_ROWS, extent->height - y);

      gegl_buffer_copy (buffer, GEGL_RECTANGLE (extent->x, extent->y + y, extent->width, rows), GEGL_ABYSS_NONE,
                        copy, GEGL_RECTANGLE (0, y, extent->width, rows));
      if (!pmt_job_step (job, _("reading pixels"), (y + rows) / (double) extent->height, error))
        return NULL;
    }
  return g_steal_pointer (&copy);
}

static gboolean
is_grey (const Babl *format)
{
  return babl_format_get_n_components (format) - babl_format_has_alpha (format) < 3;
}

PmtSource *
pmt_pixels_match_source (GeglBuffer *copy, GError **error)
{
  const Babl *own = gegl_buffer_get_format (copy);
  const char *encoding = is_grey (own) ? "Y'A float" : "R'G'B'A float";

  return pmt_gegl_source_new (copy, NULL, babl_format_with_space (encoding, own), error);
}

PmtSource *
pmt_pixels_area_source (GeglBuffer *area, PmtSize frame, const PmtTransform *to_image, GError **error)
{
  g_autoptr (PmtSource) source = pmt_gegl_source_new (area, NULL, babl_format ("Y float"), error);
  g_autofree float *pixels = NULL;
  PmtRect all = { 0, 0, frame.width, frame.height };
  gsize count = (gsize) frame.width * frame.height;

  pixels = g_try_new (float, count);
  if (source == NULL || pixels == NULL)
    {
      if (source != NULL)
        g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, _("not enough memory for the selection"));
      return NULL;
    }
  if (!pmt_resample (NULL, source, to_image, PMT_SAMPLER_LINEAR, &all, 0, pixels, frame.width, NULL, error))
    return NULL;
  return pmt_source_memory_new (frame.width, frame.height, 1, -1, 1, pixels, frame.width, error);
}

/* -- a source seen through a transform -- */

typedef struct
{
  PmtSource    *source;
  PmtTransform *transform;
} Seen;

static gboolean
seen_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  Seen *seen = self;

  return pmt_resample (NULL, seen->source, seen->transform, PMT_SAMPLER_LINEAR, rect, 0, dest, stride, NULL, error);
}

static void
seen_free (gpointer self)
{
  Seen *seen = self;

  pmt_source_unref (seen->source);
  pmt_transform_unref (seen->transform);
  g_free (seen);
}

PmtSource *
pmt_pixels_seen_source (PmtSource *map, PmtSize frame, const PmtTransform *to_map, GError **error)
{
  static const PmtSourceClass klass = { seen_read, seen_free };
  Seen *seen = g_new (Seen, 1);

  seen->source = pmt_source_ref (map);
  seen->transform = pmt_transform_ref ((PmtTransform *) to_map);
  return pmt_source_new (frame.width, frame.height, pmt_source_get_bands (map), -1, 1, &klass, seen, error);
}

PmtSource *
pmt_pixels_map_source (GimpDrawable *map, PmtSize frame, const PmtTransform *to_map, PmtJob *job, GError **error)
{
  g_autoptr (GeglBuffer) copy = pmt_pixels_copy (map, job, error);
  g_autoptr (PmtSource) source = copy != NULL ? pmt_gegl_source_new (copy, NULL, babl_format ("Y' float"), error) : NULL;

  return source != NULL ? pmt_pixels_seen_source (source, frame, to_map, error) : NULL;
}

/* -- an area with a hole -- */

typedef struct
{
  PmtSource *area, *hole;      /* area NULL: all */
} Rest;

static gboolean
rest_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  Rest *rest = self;
  g_autofree float *row = g_try_new (float, rect->width);

  if (row == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, _("not enough memory for the selection"));
      return FALSE;
    }
  for (int y = 0; y < rect->height; y++)
    {
      PmtRect line = { rect->x, rect->y + y, rect->width, 1 };
      float *out = dest + y * stride;

      if (!pmt_source_read (rest->hole, &line, row, rect->width, error)
          || (rest->area != NULL && !pmt_source_read (rest->area, &line, out, rect->width, error)))
        return FALSE;
      for (int x = 0; x < rect->width; x++)
        out[x] = (rest->area != NULL ? out[x] : 1) * (1 - CLAMP (row[x], 0, 1));
    }
  return TRUE;
}

static void
rest_free (gpointer self)
{
  Rest *rest = self;

  g_clear_pointer (&rest->area, pmt_source_unref);
  pmt_source_unref (rest->hole);
  g_free (rest);
}

PmtSource *
pmt_pixels_without (PmtSource *area, PmtSource *hole, GError **error)
{
  static const PmtSourceClass klass = { rest_read, rest_free };
  Rest *rest = g_new (Rest, 1);

  rest->area = area != NULL ? pmt_source_ref (area) : NULL;
  rest->hole = pmt_source_ref (hole);
  return pmt_source_new (pmt_source_get_width (hole), pmt_source_get_height (hole), 1, -1, 1, &klass, rest, error);
}

const Babl *
pmt_pixels_with_alpha (const Babl *format)
{
  const char *encoding = babl_format_get_encoding (format);
  const char *space = strrchr (encoding, ' ');
  g_autofree char *name = NULL;

  if (babl_format_has_alpha (format) || space == NULL)
    return format;
  name = g_strdup_printf ("%.*sA%s", (int) (space - encoding), encoding, space);
  return babl_format_with_space (name, format);
}

const Babl *
pmt_pixels_without_alpha (const Babl *format)
{
  const char *encoding = babl_format_get_encoding (format);
  const char *space = strrchr (encoding, ' ');
  g_autofree char *name = NULL;

  if (!babl_format_has_alpha (format) || space == NULL || space == encoding || space[-1] != 'A')
    return format;
  name = g_strdup_printf ("%.*s%s", (int) (space - encoding - 1), encoding, space);
  return babl_format_with_space (name, format);
}

char *
pmt_pixels_digest (GeglBuffer *copy, PmtContext *context, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  const Babl *format = pmt_pixels_without_alpha (gegl_buffer_get_format (copy));
  int width = gegl_buffer_get_width (copy), height = gegl_buffer_get_height (copy);
  gsize row = (gsize) width * babl_format_get_bytes_per_pixel (format);
  g_autofree guchar *pixels = g_malloc (row);

  for (int y = 0; y < height; y++)
    {
      if (!pmt_context_check (context, error))
        return NULL;
      gegl_buffer_get (copy, GEGL_RECTANGLE (0, y, width, 1), 1.0, format, pixels, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      g_checksum_update (checksum, pixels, row);
    }
  return g_strdup (g_checksum_get_string (checksum));
}

typedef struct
{
  GeglBuffer         *copy;
  const PmtTransform *transform;
  PmtSampler          sampler;
  PmtRendering       *rendering;
} RenderWork;

static gboolean
render_work (PmtContext *context, gpointer data, GError **error)
{
  RenderWork *work = data;
  PmtRect bounds = work->rendering->bounds;
  const Babl *format = pmt_gegl_working_format (pmt_pixels_with_alpha (gegl_buffer_get_format (work->copy)));
  g_autoptr (PmtSource) source = pmt_gegl_source_new (work->copy, NULL, format, error);
  int bands = babl_format_get_n_components (format);
  g_autofree float *strip = g_try_malloc_n ((gsize) bounds.width * RENDER_ROWS, bands * sizeof (float));

  if (source == NULL || strip == NULL)
    {
      if (source != NULL)
        g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, _("not enough memory to render the layer"));
      return FALSE;
    }
  pmt_context_stage (context, N_("rendering"), 0, 1);
  for (int y = 0; y < bounds.height; y += RENDER_ROWS)
    {
      PmtRect out = { bounds.x, bounds.y + y, bounds.width, MIN (RENDER_ROWS, bounds.height - y) };

      if (!pmt_resample (context, source, work->transform, work->sampler, &out, 0, strip,
                         (gsize) bounds.width * bands, NULL, error))
        return FALSE;
      gegl_buffer_set (work->rendering->buffer, GEGL_RECTANGLE (out.x, out.y, out.width, out.height), 0, format,
                       strip, GEGL_AUTO_ROWSTRIDE);
      pmt_context_progress (context, (y + out.height) / (double) bounds.height);
    }
  return TRUE;
}

PmtRendering *
pmt_pixels_render (GeglBuffer *copy, const PmtTransform *placed, PmtSampler sampler, PmtJob *job, GError **error)
{
  g_autoptr (PmtRendering) rendering = g_new0 (PmtRendering, 1);
  PmtRect moving = { 0, 0, gegl_buffer_get_width (copy), gegl_buffer_get_height (copy) };
  RenderWork work = { copy, placed, sampler, rendering };
  PmtRect *bounds = &rendering->bounds;

  if (!pmt_transform_bounds (placed, &moving, bounds, error))
    return NULL;
  if (pmt_rect_is_empty (*bounds) || bounds->width > GIMP_MAX_IMAGE_SIZE || bounds->height > GIMP_MAX_IMAGE_SIZE)
    {
      pmt_plug_in_fail (error, _("the aligned layer would be %d × %d pixels"), bounds->width, bounds->height);
      return NULL;
    }
  rendering->buffer = gegl_buffer_new (GEGL_RECTANGLE (bounds->x, bounds->y, bounds->width, bounds->height),
                                       pmt_pixels_with_alpha (gegl_buffer_get_format (copy)));
  return pmt_job_run (job, render_work, &work, error) ? g_steal_pointer (&rendering) : NULL;
}

void
pmt_rendering_free (PmtRendering *rendering)
{
  if (rendering == NULL)
    return;
  g_clear_object (&rendering->buffer);
  g_free (rendering);
}

/* Writes `source` over the drawable's pixels (same size), undoably. */
static gboolean
write_pixels (GimpDrawable *drawable, GeglBuffer *source, GError **error)
{
  GeglBuffer *shadow = gimp_drawable_get_shadow_buffer (drawable);
  int width = gimp_drawable_get_width (drawable), height = gimp_drawable_get_height (drawable);

  if (shadow == NULL)
    return pmt_plug_in_fail (error, _("GIMP gave no buffer to write to"));
  gegl_buffer_copy (source, NULL, GEGL_ABYSS_NONE, shadow, GEGL_RECTANGLE (0, 0, width, height));
  gegl_buffer_flush (shadow);
  g_object_unref (shadow);
  if (!gimp_drawable_merge_shadow (drawable, TRUE))
    return pmt_plug_in_fail (error, _("GIMP did not take the new pixels"));
  gimp_drawable_free_shadow (drawable);
  gimp_drawable_update (drawable, 0, 0, width, height);
  return TRUE;
}

gboolean
pmt_pixels_replace (GimpLayer *layer, const PmtRendering *rendering, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  const PmtRect *bounds = &rendering->bounds;

  if (!gimp_drawable_has_alpha (drawable) && !gimp_layer_add_alpha (layer))
    return pmt_plug_in_fail (error, _("GIMP did not add an alpha channel"));
  if (!gimp_layer_resize (layer, bounds->width, bounds->height, -bounds->x, -bounds->y))
    return pmt_plug_in_fail (error, _("GIMP did not resize the layer"));
  return write_pixels (drawable, rendering->buffer, error);
}

static gboolean
is_opaque (GeglBuffer *buffer)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (buffer);
  const Babl *alpha = babl_format ("A float");
  g_autofree float *row = g_new (float, extent->width);

  for (int y = 0; y < extent->height; y++)
    {
      gegl_buffer_get (buffer, GEGL_RECTANGLE (extent->x, extent->y + y, extent->width, 1), 1.0, alpha, row,
                       GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      for (int x = 0; x < extent->width; x++)
        if (row[x] < 1)
          return FALSE;
    }
  return TRUE;
}

gboolean
pmt_pixels_drop_alpha (GimpLayer *layer)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (drawable);
  g_autoptr (GeglBuffer) copy = NULL;

  if (!is_opaque (buffer))
    return FALSE;
  copy = gegl_buffer_dup (buffer);
  /* GIMP composites with the background colour, which is exact for some precisions only: the colours are put back. */
  return gimp_layer_flatten (layer) && write_pixels (drawable, copy, NULL);
}
