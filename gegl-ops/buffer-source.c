/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "buffer-source.h"

#include "base/error.h"

typedef struct
{
  GeglBuffer *buffer;
  const Babl *format;
  int         x, y;     /* the source's pixel (0, 0) in the buffer */
} BufferSource;

const Babl *
pmt_gegl_working_format (const Babl *format)
{
  BablModelFlag flags;

  if (format == NULL)
    return babl_format ("RGBA float");
  if (babl_format_is_format_n (format))
    return babl_format_n (babl_type ("float"), babl_format_get_n_components (format));

  flags = babl_get_model_flags (babl_format_get_model (format));
  if (flags & BABL_MODEL_FLAG_CMYK)
    return babl_format_with_space ("cmykA float", format);
  if (flags & BABL_MODEL_FLAG_GRAY)
    return babl_format_with_space ("YA float", format);
  return babl_format_with_space ("RGBA float", format);
}

int
pmt_gegl_alpha_band (const Babl *format)
{
  if (babl_format_is_format_n (format) || !babl_format_has_alpha (format))
    return -1;
  return babl_format_get_n_components (format) - 1;
}

static gboolean
buffer_source_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  BufferSource *source = self;

  gegl_buffer_get (source->buffer,
                   GEGL_RECTANGLE (source->x + rect->x, source->y + rect->y, rect->width, rect->height), 1.0,
                   source->format, dest, (int) (stride * sizeof (float)), GEGL_ABYSS_NONE);
  return TRUE;
}

static void
buffer_source_free (gpointer self)
{
  BufferSource *source = self;

  g_object_unref (source->buffer);
  g_free (source);
}

static const PmtSourceClass buffer_source_class = { buffer_source_read, buffer_source_free };

PmtSource *
pmt_gegl_source_new (GeglBuffer *buffer, const GeglRectangle *extent, const Babl *format, GError **error)
{
  BufferSource *source;
  int           bands;

  if (extent == NULL)
    extent = gegl_buffer_get_extent (buffer);
  if (format == NULL)
    format = pmt_gegl_working_format (gegl_buffer_get_format (buffer));
  bands = babl_format_get_n_components (format);
  if (babl_format_get_bytes_per_pixel (format) != bands * (int) sizeof (float)
      || babl_format_get_type (format, 0) != babl_type ("float"))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "pixels can't be read as \"%s\": only float formats are",
                   babl_get_name (format));
      return NULL;
    }

  source = g_new (BufferSource, 1);
  source->buffer = g_object_ref (buffer);
  source->format = format;
  source->x = extent->x;
  source->y = extent->y;
  return pmt_source_new (extent->width, extent->height, bands, pmt_gegl_alpha_band (format), 1.0,
                         &buffer_source_class, source, error);
}
