/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A region is made for each read: libvips ties regions to the thread that made them, and keeps their buffers in a cache
 * by thread, so that making one costs little beside the 64 × 64 pixels that it is for. */
#include "image/source-vips.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/error.h"
#include "image/light.h"
#include "image/scratch-vips-private.h"

typedef struct
{
  VipsImage *image;
  char      *name;       /* for messages */
  int        bands, alpha;
  double     alpha_max;
  gboolean   linear;
  double     full;       /* the value that is 1 in linear light */
} Vips;

static gpointer
start_vips (gpointer data)
{
  return GINT_TO_POINTER (VIPS_INIT ("pentimento") == 0);
}

/* libvips keeps its messages in one buffer for all threads; what is there is taken out. */
static void
take_vips_error (GError **error, PmtError code, const char *verb, const char *name)
{
  g_autofree char *words = vips_error_buffer_copy ();
  char            *line = g_strdelimit (g_strstrip (words), "\n", ';');

  g_set_error (error, PMT_ERROR, code, "cannot %s “%s”: %s", verb, name, *line != 0 ? line : "unknown reason");
}

static VipsImage *
open_image (const char *path, VipsAccess access)
{
  /* A literal name with a bracket would be taken for options. */
  if (strchr (path, '[') != NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      VipsSource *file = vips_source_new_from_file (path);
      VipsImage  *image = file == NULL ? NULL
                          : vips_image_new_from_source (file, "", "access", access,
                                                        "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);

      g_clear_object (&file);
      return image;
    }
  return vips_image_new_from_file (path, "access", access, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
}

/* -- an image whose errors name its file -- */

/* Hands the region through, and adds the path where that fails: libvips's own words do not hold it. */
static int
pass_region (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  VipsRegion *in = sequence;
  VipsRect    area = out->valid;

  if (vips_region_prepare (in, &area) == 0 && vips_region_region (out, in, &area, area.left, area.top) == 0)
    return 0;
  vips_error ("pentimento", "cannot read pixels of “%s”", (const char *) b);
  return -1;
}

static VipsImage *
name_errors (VipsImage *image, const char *path)
{
  VipsImage *out = vips_image_new ();
  char      *name = g_strdup (path);

  g_signal_connect_swapped (out, "postclose", G_CALLBACK (g_free), name);
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (g_object_unref), g_object_ref (image));
  if (vips_image_pipelinev (out, VIPS_DEMAND_STYLE_ANY, image, NULL) == 0
      && vips_image_generate (out, vips_start_one, pass_region, vips_stop_one, image, name) == 0)
    vips_image_set_string (out, PMT_VIPS_PATH, path);
  else
    g_clear_object (&out);
  return out;
}

VipsImage *
pmt_vips_image_open (const char *path, GError **error)
{
  static GOnce          once = G_ONCE_INIT;
  g_autoptr (VipsImage) image = NULL, upright = NULL;
  VipsImage            *named = NULL, *anywhere;

  if (!GPOINTER_TO_INT (g_once (&once, start_vips, NULL)))
    {
      take_vips_error (error, PMT_ERROR_UNSUPPORTED, "start libvips for", path);
      return NULL;
    }
  image = open_image (path, VIPS_ACCESS_RANDOM);
  if (image != NULL && _pmt_vips_wants_scratch (image, path))
    {
      anywhere = _pmt_vips_scratch_new (image, path, open_image);
      g_object_unref (image);
      image = anywhere;
    }
  if (image != NULL && vips_autorot (image, &upright, NULL) == 0)
    named = name_errors (upright, path);
  if (named == NULL)
    take_vips_error (error, PMT_ERROR_IO, "read", path);
  return named;
}

/* -- pixels to floats -- */

/* Through memcpy: libvips maps some files (PFM, raw) straight into memory, where pixels need not be aligned. Compilers
 * make plain loads of it. */
#define CONVERT(type)                                              \
  do                                                               \
    {                                                              \
      for (gsize i = 0; i < n; i++)                                \
        {                                                          \
          type value;                                              \
                                                                   \
          memcpy (&value, (const guint8 *) in + i * sizeof value, sizeof value); \
          out[i] = (float) value;                                  \
        }                                                          \
    }                                                              \
  while (0)

PMT_CLONES static void
convert (VipsBandFormat format, const void *in, gsize n, float *out)
{
  switch (format)
    {
    case VIPS_FORMAT_UCHAR:  CONVERT (guint8);  break;
    case VIPS_FORMAT_CHAR:   CONVERT (gint8);   break;
    case VIPS_FORMAT_USHORT: CONVERT (guint16); break;
    case VIPS_FORMAT_SHORT:  CONVERT (gint16);  break;
    case VIPS_FORMAT_UINT:   CONVERT (guint32); break;
    case VIPS_FORMAT_INT:    CONVERT (gint32);  break;
    case VIPS_FORMAT_FLOAT:  CONVERT (float);   break;
    case VIPS_FORMAT_DOUBLE: CONVERT (double);  break;
    default:                 g_assert_not_reached ();   /* refused when the source was made */
    }
}

#define LOOK_UP(type, table)                                            \
  do                                                                    \
    {                                                                   \
      const float *linear = (table);                                    \
                                                                        \
      for (gsize i = 0; i < n; i++)                                     \
        {                                                               \
          type value;                                                   \
                                                                        \
          memcpy (&value, (const guint8 *) in + i * sizeof value, sizeof value); \
          out[i] = linear[value];                                       \
        }                                                               \
    }                                                                   \
  while (0)

static void
convert_to_linear (const Vips *self, const void *in, gsize n, float *out)
{
  if (self->image->BandFmt == VIPS_FORMAT_UCHAR && self->full == 255)
    LOOK_UP (guint8, pmt_srgb_table_8 ());
  else if (self->image->BandFmt == VIPS_FORMAT_USHORT && self->full == 65535)
    LOOK_UP (guint16, pmt_srgb_table_16 ());
  else
    {
      convert (self->image->BandFmt, in, n, out);
      for (gsize i = 0; i < n; i++)
        out[i] = (float) pmt_srgb_to_linear (out[i] / self->full);
    }
}

/* Alpha was decoded with the rest; it is no light, so it is taken afresh. */
static void
restore_alpha (const Vips *self, const guint8 *in, int width, float *out)
{
  gsize pixel = VIPS_IMAGE_SIZEOF_PEL (self->image), element = VIPS_IMAGE_SIZEOF_ELEMENT (self->image);

  for (int x = 0; x < width; x++)
    {
      float value;

      convert (self->image->BandFmt, in + x * pixel + self->alpha * element, 1, &value);
      out[(gsize) x * self->bands + self->alpha] = (float) (value / self->full);
    }
}

static gboolean
read_region (gpointer data, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  const Vips           *self = data;
  g_autoptr (VipsRegion) region = vips_region_new (self->image);
  VipsRect              area = { rect->x, rect->y, rect->width, rect->height };

  if (region == NULL || vips_region_prepare (region, &area) != 0)
    {
      take_vips_error (error, PMT_ERROR_IO, "read pixels of", self->name);
      return FALSE;
    }
  for (int y = 0; y < rect->height; y++)
    {
      const guint8 *row = VIPS_REGION_ADDR (region, rect->x, rect->y + y);
      float        *out = dest + (gsize) y * stride;

      if (!self->linear)
        convert (self->image->BandFmt, row, (gsize) rect->width * self->bands, out);
      else
        {
          convert_to_linear (self, row, (gsize) rect->width * self->bands, out);
          if (self->alpha >= 0)
            restore_alpha (self, row, rect->width, out);
        }
    }
  return TRUE;
}

static void
free_source (gpointer data)
{
  Vips *self = data;

  g_clear_object (&self->image);
  g_free (self->name);
  g_free (self);
}

static const PmtSourceClass source_class = { read_region, free_source };

static gboolean
can_be_linear (VipsInterpretation interpretation)
{
  return interpretation == VIPS_INTERPRETATION_sRGB || interpretation == VIPS_INTERPRETATION_RGB16
         || interpretation == VIPS_INTERPRETATION_B_W || interpretation == VIPS_INTERPRETATION_GREY16;
}

/* libvips gives 1 px/mm to images that state nothing. */
static double
stated_pixel_size (const VipsImage *image)
{
  gboolean stated = image->Xres > 0 && fabs (image->Xres - 1) > 1e-6 && fabs (image->Yres / image->Xres - 1) < 1e-3;

  return stated ? 1 / image->Xres : 0;
}

PmtSource *
pmt_source_vips_new (VipsImage *image, PmtLight light, GError **error)
{
  Vips       *self = g_new0 (Vips, 1);
  PmtSource  *source;
  const char *path = NULL;
  double      pixel_size, full = vips_interpretation_max_alpha (image->Type);

  if (vips_image_get_typeof (image, PMT_VIPS_PATH) != 0)
    vips_image_get_string (image, PMT_VIPS_PATH, &path);
  self->name = g_strdup (path != NULL ? path : "an image in memory");
  if (vips_image_decode (image, &self->image) != 0)
    take_vips_error (error, PMT_ERROR_IO, "decode", self->name);
  else if (vips_band_format_iscomplex (self->image->BandFmt))
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s” holds complex numbers, which have no order", self->name);
  else if (light == PMT_LIGHT_LINEAR && !can_be_linear (self->image->Type))
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s” is neither RGB nor grey: its light is not known",
                 self->name);
  else
    {
      self->bands = self->image->Bands;
      self->linear = light == PMT_LIGHT_LINEAR;
      self->full = full;
      self->alpha = vips_image_hasalpha (self->image) ? self->bands - 1 : -1;
      self->alpha_max = self->linear ? 1 : full;
      pixel_size = stated_pixel_size (self->image);
      source = pmt_source_new (self->image->Xsize, self->image->Ysize, self->bands, self->alpha, self->alpha_max,
                               &source_class, self, error);
      if (source != NULL)
        pmt_source_set_pixel_size (source, pixel_size);
      return source;
    }
  free_source (self);
  return NULL;
}
