/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/warp-vips.h"

#include <math.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/clones.h"
#include "base/error.h"
#include "image/deep-zoom-private.h"
#include "image/light.h"

#define JPEG_QUALITY 95
#define TIFF_LIMIT   3.9e9   /* bytes of pixels from which on a TIFF must be a BigTIFF */

typedef struct
{
  PmtSource     *source;
  PmtTransform  *transform;
  PmtWarpOptions options;
  gboolean       linear;
  double         full;       /* the largest value of alpha, and of light */
  int            bands;      /* of the source */
  PmtContext    *serial;     /* libvips runs the threads */
} Warp;

void
pmt_warp_options_init (PmtWarpOptions *options)
{
  *options = (PmtWarpOptions) { .sampler = PMT_SAMPLER_CUBIC };
}

static void
warp_free (Warp *warp)
{
  pmt_source_unref (warp->source);
  pmt_transform_unref (warp->transform);
  pmt_context_unref (warp->serial);
  g_free (warp);
}

/* -- floats to pixels -- */

/* To the nearest whole number, halves up, within the type's range; what is no number to the lowest. Up to 16 bits a float holds
 * the fraction exactly, and this goes through vectors; more need a double. */
#define ROUND_SHORT(type, low, high)                                            \
  do                                                                            \
    {                                                                           \
      type *to = (type *) out;                                                  \
      for (gsize i = 0; i < n; i++)                                             \
        {                                                                       \
          float at_least = in[i] > (low) ? in[i] : (low);                       \
          float value = at_least < (high) ? at_least : (high);                  \
          float whole = floorf (value);                                         \
          to[i] = (type) ((gint32) whole + (value - whole >= 0.5f));            \
        }                                                                       \
    }                                                                           \
  while (0)

#define ROUND_LONG(type, low, high)                                             \
  do                                                                            \
    {                                                                           \
      type *to = (type *) out;                                                  \
      for (gsize i = 0; i < n; i++)                                             \
        to[i] = (type) fmin (fmax (floor (in[i] + 0.5), (low)), (high));        \
    }                                                                           \
  while (0)

PMT_CLONES static void
store (VipsBandFormat format, const float *in, gsize n, void *out)
{
  switch (format)
    {
    case VIPS_FORMAT_UCHAR:  ROUND_SHORT (guint8, 0.0f, 255.0f);         break;
    case VIPS_FORMAT_CHAR:   ROUND_SHORT (gint8, -128.0f, 127.0f);       break;
    case VIPS_FORMAT_USHORT: ROUND_SHORT (guint16, 0.0f, 65535.0f);      break;
    case VIPS_FORMAT_SHORT:  ROUND_SHORT (gint16, -32768.0f, 32767.0f);  break;
    case VIPS_FORMAT_UINT:   ROUND_LONG (guint32, 0, 4294967295.0);      break;
    case VIPS_FORMAT_INT:    ROUND_LONG (gint32, -2147483648.0, 2147483647.0); break;
    case VIPS_FORMAT_DOUBLE:
      for (gsize i = 0; i < n; i++)
        ((double *) out)[i] = in[i];
      break;
    default:
      memcpy (out, in, n * sizeof (float));
    }
}

/* Back from linear light to the image's unit; alpha only takes its unit. */
static void
encode (const Warp *warp, float *pixels, int width)
{
  int alpha = pmt_source_get_alpha (warp->source);

  for (int x = 0; x < width; x++)
    {
      float *p = pixels + (gsize) x * warp->bands;

      pmt_srgb_encode (p, alpha >= 0 ? warp->bands - 1 : warp->bands);
      for (int b = 0; b < warp->bands; b++)
        p[b] *= (float) warp->full;
    }
}

static void
append_coverage (const Warp *warp, float *pixels, int width, const guint8 *coverage)
{
  int bands = warp->bands;

  for (int x = width - 1; x >= 0; x--)   /* in place, from behind: each pixel grows by a band */
    {
      memmove (pixels + (gsize) x * (bands + 1), pixels + (gsize) x * bands, bands * sizeof (float));
      pixels[(gsize) x * (bands + 1) + bands] = coverage[x] != 0 ? (float) warp->full : 0;
    }
}

static int
generate (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  Warp               *warp = a;
  VipsRect            r = out->valid;
  PmtRect             area = { warp->options.canvas.x + r.left, warp->options.canvas.y + r.top, r.width, r.height };
  int                 bands = warp->bands + (warp->options.add_alpha ? 1 : 0);
  gsize               stride = (gsize) r.width * bands;
  g_autoptr (GError)  error = NULL;
  float              *pixels = pmt_buffer_new_unset (stride * r.height, sizeof (float), &error);
  g_autofree guint8  *coverage = warp->options.add_alpha ? g_malloc ((gsize) r.width * r.height) : NULL;
  float               background = (float) (warp->linear ? pmt_srgb_to_linear (warp->options.background / warp->full)
                                                         : warp->options.background);
  gboolean            done = pixels != NULL
                             && pmt_resample (warp->serial, warp->source, warp->transform, warp->options.sampler, &area,
                                              background, pixels, stride, coverage, &error);

  if (!done)
    vips_error ("pentimento", "%s", error->message);
  for (int y = 0; done && y < r.height; y++)
    {
      float *row = pixels + (gsize) y * stride;

      if (warp->linear)
        encode (warp, row, r.width);
      if (warp->options.add_alpha)
        append_coverage (warp, row, r.width, coverage + (gsize) y * r.width);
      store (out->im->BandFmt, row, stride, VIPS_REGION_ADDR (out, r.left, r.top + y));
    }
  pmt_buffer_free (pixels);
  return done ? 0 : -1;
}

static gboolean
wants_linear (VipsImage *image, PmtLightChoice choice)
{
  gboolean rgb = image->Type == VIPS_INTERPRETATION_sRGB || image->Type == VIPS_INTERPRETATION_RGB16;
  gboolean coded = image->BandFmt == VIPS_FORMAT_UCHAR || image->BandFmt == VIPS_FORMAT_USHORT;

  return choice == PMT_LIGHT_CHOICE_LINEAR || (choice == PMT_LIGHT_CHOICE_AUTO && rgb && coded && image->Bands >= 3);
}

static Warp *
warp_new (VipsImage *image, const PmtTransform *transform, const PmtWarpOptions *options, GError **error)
{
  gboolean   linear = wants_linear (image, options->light);
  PmtSource *source = pmt_source_vips_new (image, linear ? PMT_LIGHT_LINEAR : PMT_LIGHT_STORED, error);
  Warp      *warp;

  if (source == NULL)
    return NULL;
  warp = g_new0 (Warp, 1);
  warp->source = source;
  warp->transform = pmt_transform_flatten (transform);
  warp->options = *options;
  warp->options.add_alpha = options->add_alpha && pmt_source_get_alpha (source) < 0;
  warp->linear = linear;
  warp->full = vips_interpretation_max_alpha (image->Type);
  warp->bands = pmt_source_get_bands (source);
  warp->serial = pmt_context_new ();
  pmt_context_set_threads (warp->serial, 1);
  return warp;
}

VipsImage *
pmt_vips_image_warp (VipsImage *image, const PmtTransform *transform, const PmtWarpOptions *options, GError **error)
{
  g_autoptr (VipsImage) decoded = NULL, out = NULL;
  Warp                 *warp;

  if (pmt_rect_is_empty (options->canvas) || options->canvas.width > PMT_BOUNDS_MAX_SIDE
      || options->canvas.height > PMT_BOUNDS_MAX_SIDE)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "an image of %d × %d pixels cannot be made",
                   options->canvas.width, options->canvas.height);
      return NULL;
    }
  if (vips_image_decode (image, &decoded) != 0)
    {
      g_autofree char *words = vips_error_buffer_copy ();

      g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot decode the image: %s", g_strchomp (words));
      return NULL;
    }
  warp = warp_new (decoded, transform, options, error);
  if (warp == NULL)
    return NULL;
  out = vips_image_new ();
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (warp_free), warp);
  if (vips_image_pipelinev (out, VIPS_DEMAND_STYLE_SMALLTILE, decoded, NULL) == 0)
    {
      out->Xsize = options->canvas.width;
      out->Ysize = options->canvas.height;
      out->Bands = warp->bands + (warp->options.add_alpha ? 1 : 0);
      vips_image_remove (out, PMT_VIPS_PATH);
      if (vips_image_generate (out, NULL, generate, NULL, warp, NULL) == 0)
        return g_steal_pointer (&out);
    }
  {
    g_autofree char *words = vips_error_buffer_copy ();

    g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "cannot prepare the image: %s", g_strchomp (words));
  }
  return NULL;
}

/* -- saving -- */

/* "a/b.tif[compression=lzw]" to "a/b.tif" and "[compression=lzw]", NULL when there are none. */
static char *
split_options (const char *path, char **options)
{
  const char *dot = strrchr (path, '.'), *bracket = dot != NULL ? strchr (dot, '[') : NULL;

  *options = NULL;
  if (bracket == NULL || !g_str_has_suffix (path, "]"))
    return g_strdup (path);
  *options = g_strdup (bracket);
  return g_strndup (path, (gsize) (bracket - path));
}

static char *
suffix_of (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot != NULL && strchr (dot, '/') == NULL ? g_ascii_strdown (dot, -1) : g_strdup ("");
}

static gboolean
is_one_of (const char *word, const char *const *list)
{
  return g_strv_contains (list, word);
}

gboolean
pmt_vips_image_can_save (VipsImage *image, gboolean add_alpha, const char *path, GError **error)
{
  static const char *const eight[] = { ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", NULL };
  static const char *const sixteen[] = { ".png", ".jp2", ".j2k", ".j2c", ".jxl", ".avif", ".heic", NULL };
  g_autofree char *options = NULL, *name = split_options (path, &options), *suffix = suffix_of (name);
  int              bits = image->BandFmt == VIPS_FORMAT_UCHAR ? 8 : image->BandFmt == VIPS_FORMAT_USHORT ? 16 : 32;
  int              most = is_one_of (suffix, eight) ? 8 : is_one_of (suffix, sixteen) ? 16 : 32;
  int              bands = image->Bands + (add_alpha && !vips_image_hasalpha (image) ? 1 : 0);

  if (_pmt_is_deep_zoom (name) && bits == 8)
    return _pmt_deep_zoom_can_save (name, error);
  if (vips_foreign_find_save (name) == NULL)
    {
      vips_error_clear ();
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s”: no format is known by this ending; try .tif or .png",
                   path);
    }
  else if (bits > most)
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s”: %s holds at most %d bits a band, and this image has %s; "
                 "try .tif", path, suffix, most, bits == 16 ? "16" : vips_enum_nick (VIPS_TYPE_BAND_FORMAT, image->BandFmt));
  else if (bands > 4 && most < 32)
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s”: %s holds at most 4 bands, and this image has %d; try .tif",
                 path, suffix, bands);
  else
    return TRUE;
  return FALSE;
}

static char *
default_options (VipsImage *image, const char *name)
{
  static const char *const jpeg[] = { ".jpg", ".jpeg", ".jpe", ".jfif", NULL }, *const tiff[] = { ".tif", ".tiff", NULL };
  g_autofree char *suffix = suffix_of (name);
  double           bytes = (double) image->Xsize * image->Ysize * VIPS_IMAGE_SIZEOF_PEL (image);

  if (is_one_of (suffix, jpeg))
    return g_strdup_printf ("[Q=%d]", JPEG_QUALITY);
  return g_strdup (is_one_of (suffix, tiff) && bytes > TIFF_LIMIT ? "[bigtiff]" : "");
}

static void
on_eval (VipsImage *image, VipsProgress *progress, PmtContext *context)
{
  pmt_context_progress (context, progress->tpels > 0 ? (double) progress->npels / progress->tpels : 0);
  if (!pmt_context_check (context, NULL))
    vips_image_set_kill (image, TRUE);
}

static int
write_file (VipsImage *image, const char *target)
{
  return vips_image_write_to_file (image, target, NULL);
}

gboolean
_pmt_vips_run_save (PmtContext *context, VipsImage *image, PmtVipsWrite write, const char *target, const char *path,
                    GError **error)
{
  gulong handler;
  int    failed;

  vips_image_set_progress (image, TRUE);
  handler = g_signal_connect (image, "eval", G_CALLBACK (on_eval), context);
  failed = write (image, target);
  g_signal_handler_disconnect (image, handler);
  vips_image_set_progress (image, FALSE);
  if (failed)
    {
      g_autofree char *words = vips_error_buffer_copy ();

      if (pmt_context_check (context, error))
        g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot write “%s”: %s", path,
                     g_strdelimit (g_strstrip (words), "\n", ';'));
      return FALSE;
    }
  return pmt_context_check (context, error);
}

gboolean
pmt_vips_image_save (PmtContext *context, VipsImage *image, const char *path, GError **error)
{
  g_autofree char          *options = NULL, *name = split_options (path, &options), *target = NULL;
  g_autoptr (PmtAtomicFile) file = NULL;

  if (!pmt_context_check (context, error))
    return FALSE;
  if (_pmt_is_deep_zoom (name))
    return _pmt_deep_zoom_save (context, image, name, error);
  if (!pmt_vips_image_can_save (image, FALSE, path, error) || (file = pmt_atomic_file_new (name, error)) == NULL)
    return FALSE;
  if (options == NULL)
    options = default_options (image, name);
  target = g_strconcat (pmt_atomic_file_get_path (file), options, NULL);
  return _pmt_vips_run_save (context, image, write_file, target, path, error) && pmt_atomic_file_commit (file, error);
}
