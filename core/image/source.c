/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/source.h"

#include <string.h>

#include "base/error.h"

struct _PmtSource
{
  gatomicrefcount       references;
  int                   width, height, bands, alpha;
  double                alpha_max, pixel_size;
  const PmtSourceClass *klass;
  gpointer              self;
};

PmtSource *
pmt_source_new (int width, int height, int bands, int alpha, double alpha_max,
                const PmtSourceClass *klass, gpointer self, GError **error)
{
  PmtSource *source;

  if (width < 1 || height < 1 || bands < 1 || alpha < -1 || alpha >= bands || (alpha >= 0 && !(alpha_max > 0)))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "an image of %d × %d pixels with %d bands (alpha %d) cannot be used", width, height, bands, alpha);
      klass->free (self);
      return NULL;
    }
  source = g_new0 (PmtSource, 1);
  g_atomic_ref_count_init (&source->references);
  source->width = width;
  source->height = height;
  source->bands = bands;
  source->alpha = alpha;
  source->alpha_max = alpha_max;
  source->klass = klass;
  source->self = self;
  return source;
}

PmtSource *
pmt_source_ref (PmtSource *source)
{
  g_atomic_ref_count_inc (&source->references);
  return source;
}

void
pmt_source_unref (PmtSource *source)
{
  if (source == NULL || !g_atomic_ref_count_dec (&source->references))
    return;
  source->klass->free (source->self);
  g_free (source);
}

int
pmt_source_get_width (const PmtSource *source)
{
  return source->width;
}

int
pmt_source_get_height (const PmtSource *source)
{
  return source->height;
}

int
pmt_source_get_bands (const PmtSource *source)
{
  return source->bands;
}

int
pmt_source_get_alpha (const PmtSource *source)
{
  return source->alpha;
}

double
pmt_source_get_alpha_max (const PmtSource *source)
{
  return source->alpha_max;
}

double
pmt_source_get_pixel_size (const PmtSource *source)
{
  return source->pixel_size;
}

void
pmt_source_set_pixel_size (PmtSource *source, double millimetres)
{
  source->pixel_size = millimetres > 0 && millimetres < G_MAXFLOAT ? millimetres : 0;
}

gboolean
pmt_source_read (PmtSource *source, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  if (pmt_rect_is_empty (*rect) || rect->x < 0 || rect->y < 0 || rect->width > source->width - rect->x
      || rect->height > source->height - rect->y)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "rectangle %d,%d %d × %d is not inside the image of %d × %d",
                   rect->x, rect->y, rect->width, rect->height, source->width, source->height);
      return FALSE;
    }
  return source->klass->read (source->self, rect, dest, stride, error);
}

/* -- a source in memory -- */

typedef struct
{
  int    bands;
  gsize  stride;
  float *pixels;
} Memory;

static gboolean
memory_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  const Memory *memory = self;

  for (int y = 0; y < rect->height; y++)
    memcpy (dest + y * stride,
            memory->pixels + (gsize) (rect->y + y) * memory->stride + (gsize) rect->x * memory->bands,
            (gsize) rect->width * memory->bands * sizeof (float));
  return TRUE;
}

static void
memory_free (gpointer self)
{
  Memory *memory = self;

  pmt_buffer_free (memory->pixels);
  g_free (memory);
}

static const PmtSourceClass memory_class = { memory_read, memory_free };

PmtSource *
pmt_source_memory_new (int width, int height, int bands, int alpha, double alpha_max,
                       const float *pixels, gsize stride, GError **error)
{
  Memory *memory = g_new0 (Memory, 1);

  memory->bands = bands;
  memory->stride = (gsize) MAX (width, 0) * MAX (bands, 0);
  if (width >= 1 && height >= 1 && bands >= 1)
    {
      memory->pixels = pmt_buffer_new (memory->stride * height, sizeof (float), error);
      if (memory->pixels == NULL)
        {
          memory_free (memory);
          return NULL;
        }
      for (int y = 0; y < height; y++)
        memcpy (memory->pixels + y * memory->stride, pixels + y * stride, memory->stride * sizeof (float));
    }
  return pmt_source_new (width, height, bands, alpha, alpha_max, &memory_class, memory, error);
}
