/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources over libvips images, and images warped through libvips: every band format, metadata, light, files. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "image/light.h"
#include "image/scratch-vips-private.h"
#include "image/warp-vips.h"

static const VipsBandFormat formats[] =
{
  VIPS_FORMAT_UCHAR, VIPS_FORMAT_CHAR, VIPS_FORMAT_USHORT, VIPS_FORMAT_SHORT, VIPS_FORMAT_UINT, VIPS_FORMAT_INT,
  VIPS_FORMAT_FLOAT, VIPS_FORMAT_DOUBLE,
};

/* 64 × 48; band b of pixel (x, y) holds x + y + 10·b, which fits every format. */
static VipsImage *
ramp (VipsBandFormat format, int bands, VipsInterpretation interpretation)
{
  g_autofree float *pixels = g_new (float, 64 * 48 * bands);
  VipsImage        *image, *cast, *copy;

  for (int i = 0; i < 64 * 48; i++)
    for (int b = 0; b < bands; b++)
      pixels[i * bands + b] = (float) (i % 64 + i / 64 + 10 * b);
  image = vips_image_new_from_memory_copy (pixels, sizeof (float) * 64 * 48 * bands, 64, 48, bands, VIPS_FORMAT_FLOAT);
  g_assert_nonnull (image);
  g_assert_cmpint (vips_cast (image, &cast, format, NULL), ==, 0);
  g_assert_cmpint (vips_copy (cast, &copy, "interpretation", interpretation, "xres", 7.5, NULL), ==, 0);
  vips_image_set_string (copy, "exif-ifd0-Artist", "someone");
  vips_image_set_blob_copy (copy, VIPS_META_ICC_NAME, "not really a profile", 20);
  g_object_unref (image);
  g_object_unref (cast);
  return copy;
}

static PmtTransform *
shift (double dx, double dy)
{
  PmtMatrix3               m = pmt_matrix3_translation (dx, dy);
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 64, 48 }, (PmtSize) { 64, 48 });

  return pmt_transform_append_matrix (empty, &m, (PmtSize) { 0, 0 }, NULL, NULL);
}

static void
test_read_every_format (void)
{
  for (guint k = 0; k < G_N_ELEMENTS (formats); k++)
    {
      g_autoptr (VipsImage) image = ramp (formats[k], 3, VIPS_INTERPRETATION_MULTIBAND);
      g_autoptr (PmtSource) source = pmt_source_vips_new (image, PMT_LIGHT_STORED, NULL);
      PmtRect               rect = { 5, 7, 11, 13 };
      float                 pixels[13 * 40];

      g_assert_true (pmt_source_read (source, &rect, pixels, 40, NULL));
      for (int y = 0; y < 13; y++)
        for (int x = 0; x < 11; x++)
          for (int b = 0; b < 3; b++)
            g_assert_cmpfloat (pixels[y * 40 + x * 3 + b], ==, x + 5 + y + 7 + 10 * b);
    }
}

static void
test_linear_light (void)
{
  g_autoptr (VipsImage) image = ramp (VIPS_FORMAT_UCHAR, 4, VIPS_INTERPRETATION_sRGB);
  g_autoptr (PmtSource) source = pmt_source_vips_new (image, PMT_LIGHT_LINEAR, NULL);
  PmtRect               rect = { 40, 30, 1, 1 };
  float                 p[4];

  g_assert_cmpint (pmt_source_get_alpha (source), ==, 3);
  g_assert_cmpfloat (pmt_source_get_alpha_max (source), ==, 1);
  g_assert_true (pmt_source_read (source, &rect, p, 4, NULL));
  g_assert_cmpfloat_with_epsilon (p[0], pmt_srgb_to_linear (70 / 255.0), 1e-7);
  g_assert_cmpfloat_with_epsilon (p[2], pmt_srgb_to_linear (90 / 255.0), 1e-7);
  g_assert_cmpfloat_with_epsilon (p[3], 100 / 255.0, 1e-7);
}

static void
test_refusals (void)
{
  g_autoptr (VipsImage) bands = ramp (VIPS_FORMAT_FLOAT, 5, VIPS_INTERPRETATION_MULTIBAND), complex = NULL;
  g_autoptr (GError)    error = NULL;

  g_assert_null (pmt_source_vips_new (bands, PMT_LIGHT_LINEAR, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_cmpint (vips_cast (bands, &complex, VIPS_FORMAT_COMPLEX, NULL), ==, 0);
  g_assert_null (pmt_source_vips_new (complex, PMT_LIGHT_STORED, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
}

/* A shift by whole pixels: same format, bands and values, metadata kept. */
static void
test_warp_keeps_what_it_is (void)
{
  for (guint k = 0; k < G_N_ELEMENTS (formats); k++)
    {
      g_autoptr (VipsImage)    image = ramp (formats[k], 3, VIPS_INTERPRETATION_sRGB), out = NULL;
      g_autoptr (PmtTransform) t = shift (5, -3);
      g_autoptr (PmtSource)    source = NULL;
      g_autoptr (GError)       error = NULL;
      PmtWarpOptions           options;
      const char              *artist;
      float                    p[64 * 48 * 3];
      PmtRect                  whole = { 0, 0, 64, 48 };

      pmt_warp_options_init (&options);
      options.canvas = whole;
      options.background = 9;
      out = pmt_vips_image_warp (image, t, &options, &error);
      g_assert_no_error (error);
      g_assert_cmpint (out->BandFmt, ==, formats[k]);
      g_assert_cmpint (out->Bands, ==, 3);
      g_assert_cmpint (out->Type, ==, VIPS_INTERPRETATION_sRGB);
      g_assert_cmpfloat (out->Xres, ==, 7.5);
      g_assert_cmpint (vips_image_get_string (out, "exif-ifd0-Artist", &artist), ==, 0);
      g_assert_cmpstr (artist, ==, "someone");
      g_assert_cmpuint (vips_image_get_typeof (out, VIPS_META_ICC_NAME), !=, 0);
      source = pmt_source_vips_new (out, PMT_LIGHT_STORED, NULL);
      g_assert_true (pmt_source_read (source, &whole, p, 64 * 3, NULL));
      for (int y = 0; y < 48; y++)
        for (int x = 0; x < 64; x++)
          if (x + 5 < 64 && y - 3 >= 0)
            g_assert_cmpfloat (p[(y * 64 + x) * 3 + 1], ==, x + 5 + y - 3 + 10);
          else
            g_assert_cmpfloat (p[(y * 64 + x) * 3 + 1], ==, 9);
    }
}

static void
test_rounding_and_clipping (void)
{
  float                    values[16] = { 0 };
  g_autoptr (VipsImage)    image = NULL, cast = NULL, out = NULL;
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 16, 1 }, (PmtSize) { 16, 1 }), t = NULL;
  PmtMatrix3               m = pmt_matrix3_translation (0.5, 0);
  g_autofree guint8       *pixels = NULL;
  gsize                    size;
  PmtWarpOptions           options;

  for (int i = 0; i < 16; i++)
    values[i] = i < 8 ? 0 : 255;
  image = vips_image_new_from_memory_copy (values, sizeof values, 16, 1, 1, VIPS_FORMAT_FLOAT);
  g_assert_cmpint (vips_cast (image, &cast, VIPS_FORMAT_UCHAR, NULL), ==, 0);
  t = pmt_transform_append_matrix (empty, &m, (PmtSize) { 0, 0 }, NULL, NULL);
  pmt_warp_options_init (&options);
  options.canvas = (PmtRect) { 0, 0, 16, 1 };
  out = pmt_vips_image_warp (cast, t, &options, NULL);
  pixels = vips_image_write_to_memory (out, &size);
  g_assert_cmpint (pixels[6], ==, 0);       /* the cubic kernel undershoots to -15.9 */
  g_assert_cmpint (pixels[7], ==, 128);     /* 127.5 rounds up */
  g_assert_cmpint (pixels[8], ==, 255);     /* 270.9 clips */
}

/* Half of black and white is half of the light, not code 128. */
static void
test_light_is_linear_for_rgb (void)
{
  guint8                   values[2 * 3] = { 0, 0, 0, 255, 255, 255 };
  g_autoptr (VipsImage)    image = vips_image_new_from_memory_copy (values, 6, 2, 1, 3, VIPS_FORMAT_UCHAR), rgb = NULL;
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 1, 1 }, (PmtSize) { 2, 1 }), t = NULL;
  PmtMatrix3               m = pmt_matrix3_translation (0.5, 0);

  g_assert_cmpint (vips_copy (image, &rgb, "interpretation", VIPS_INTERPRETATION_sRGB, NULL), ==, 0);
  t = pmt_transform_append_matrix (empty, &m, (PmtSize) { 0, 0 }, NULL, NULL);
  for (int choice = PMT_LIGHT_CHOICE_AUTO; choice <= PMT_LIGHT_CHOICE_LINEAR; choice++)
    {
      PmtWarpOptions        options;
      g_autoptr (VipsImage) out = NULL;
      g_autofree guint8    *pixels = NULL;
      gsize                 size;

      pmt_warp_options_init (&options);
      options.canvas = (PmtRect) { 0, 0, 1, 1 };
      options.sampler = PMT_SAMPLER_LINEAR;
      options.light = choice;
      out = pmt_vips_image_warp (rgb, t, &options, NULL);
      pixels = vips_image_write_to_memory (out, &size);
      g_assert_cmpint (pixels[1], ==, choice == PMT_LIGHT_CHOICE_STORED ? 128 : 188);
    }
}

static void
test_added_alpha (void)
{
  g_autoptr (VipsImage)    image = ramp (VIPS_FORMAT_USHORT, 3, VIPS_INTERPRETATION_RGB16), out = NULL;
  g_autoptr (PmtTransform) t = shift (60, 0);
  g_autofree guint16      *pixels = NULL;
  PmtWarpOptions           options;
  gsize                    size;

  pmt_warp_options_init (&options);
  options.canvas = (PmtRect) { 0, 0, 64, 48 };
  options.add_alpha = TRUE;
  out = pmt_vips_image_warp (image, t, &options, NULL);
  g_assert_true (vips_image_hasalpha (out));
  pixels = vips_image_write_to_memory (out, &size);
  g_assert_cmpint (pixels[4 * 3 + 3], ==, 65535);
  g_assert_cmpint (pixels[4 * 4 + 3], ==, 0);
  g_assert_cmpint (pixels[4 * 3 + 0], ==, 63);
}

typedef struct { char *folder; } Place;

static void
setup (Place *place, gconstpointer data)
{
  place->folder = g_dir_make_tmp ("pmt-XXXXXX", NULL);
}

static void
teardown (Place *place, gconstpointer data)
{
  GDir       *dir = g_dir_open (place->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (place->folder, name, NULL);

      g_assert_false (g_str_has_prefix (name, "."));   /* no temporary file stays */
      g_unlink (path);
    }
  g_dir_close (dir);
  g_rmdir (place->folder);
  g_free (place->folder);
}

static void
test_save_and_open (Place *place, gconstpointer data)
{
  static const char *const names[] = { "a.tif", "b.png", "c.v", "odd[name.tif", "d.tif[compression=deflate]" };

  for (guint k = 0; k < G_N_ELEMENTS (names); k++)
    {
      g_autoptr (VipsImage) image = ramp (VIPS_FORMAT_USHORT, 3, VIPS_INTERPRETATION_RGB16), back = NULL;
      g_autofree char      *path = g_build_filename (place->folder, names[k], NULL), *file = g_strdup (path);
      g_autoptr (GError)    error = NULL;
      double                same;
      VipsImage            *equal;

      if (g_str_has_suffix (file, "]"))
        *strrchr (file, '[') = 0;
      g_assert_true (pmt_vips_image_save (NULL, image, path, &error));
      g_assert_no_error (error);
      back = pmt_vips_image_open (file, &error);
      g_assert_no_error (error);
      g_assert_cmpint (back->BandFmt, ==, VIPS_FORMAT_USHORT);
      g_assert_cmpint (vips_equal (image, back, &equal, NULL), ==, 0);
      g_assert_cmpint (vips_min (equal, &same, NULL), ==, 0);
      g_assert_cmpfloat (same, ==, 255);
      g_object_unref (equal);
    }
}

static VipsImage *
open_file (const char *path, VipsAccess access)
{
  return vips_image_new_from_file (path, "access", access, NULL);
}

static int
count_entries (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  int   n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  g_dir_close (dir);
  return n;
}

static void
assert_same_pixels (VipsImage *a, VipsImage *b)
{
  size_t           size_a, size_b;
  g_autofree void *bytes_a = vips_image_write_to_memory (a, &size_a), *bytes_b = vips_image_write_to_memory (b, &size_b);

  g_assert_nonnull (bytes_a);
  g_assert_nonnull (bytes_b);
  g_assert_cmpmem (bytes_a, size_a, bytes_b, size_b);
}

/* Whatever the pixels are and mean, they come back as they were, and the file that holds them meanwhile has no name. */
static void
test_scratch (Place *place, gconstpointer data)
{
  static const VipsInterpretation meanings[] = { VIPS_INTERPRETATION_MULTIBAND, VIPS_INTERPRETATION_sRGB, VIPS_INTERPRETATION_LAB };

  g_setenv ("TMPDIR", place->folder, TRUE);
  for (guint k = 0; formats[k] != VIPS_FORMAT_DOUBLE; k++)   /* the last, which libvips cannot read back from a TIFF */
    for (int bands = 1; bands <= 5; bands++)
      for (guint m = 0; m < G_N_ELEMENTS (meanings); m++)
        {
          g_autoptr (VipsImage) image = ramp (formats[k], bands, meanings[m]), file = NULL, scratch = NULL;
          g_autofree char      *name = g_strdup_printf ("%u-%d-%u.v", k, bands, m);   /* libvips remembers files by name */
          g_autofree char      *path = g_build_filename (place->folder, name, NULL);

          g_assert_cmpint (vips_image_write_to_file (image, path, NULL), ==, 0);
          file = open_file (path, VIPS_ACCESS_RANDOM);
          scratch = _pmt_vips_scratch_new (file, path, open_file);
          assert_same_pixels (scratch, image);
          g_assert_cmpint (scratch->Type, ==, image->Type);
          g_assert_cmpint (count_entries (place->folder), ==, 1);
          g_unlink (path);
        }
  g_unsetenv ("TMPDIR");
}

static void
test_scratch_is_for_large_strips (Place *place, gconstpointer data)
{
  static const char *const saves[] = { "a.tif[compression=deflate]", "b.tif[tile,compression=deflate]" };
  g_autoptr (VipsImage)    black = NULL;

  g_assert_cmpint (vips_black (&black, 11000, 10000, NULL), ==, 0);
  for (int tiled = 0; tiled < 2; tiled++)
    {
      g_autofree char      *path = g_build_filename (place->folder, saves[tiled], NULL);
      g_autoptr (VipsImage) image = NULL;

      g_assert_cmpint (vips_image_write_to_file (black, path, NULL), ==, 0);
      *strrchr (path, '[') = 0;
      image = open_file (path, VIPS_ACCESS_RANDOM);
      g_assert_cmpint (_pmt_vips_wants_scratch (image, path), ==, !tiled);
    }
}

/* The folder for it can't be written. */
static void
test_scratch_fails (Place *place, gconstpointer data)
{
  g_autofree char      *path = g_build_filename (place->folder, "a.v", NULL);
  g_autoptr (VipsImage) image = ramp (VIPS_FORMAT_UCHAR, 1, VIPS_INTERPRETATION_B_W), scratch = NULL;

  g_assert_cmpint (vips_image_write_to_file (image, path, NULL), ==, 0);
  scratch = _pmt_vips_scratch_new (image, path, open_file);
  g_setenv ("TMPDIR", "/nonexistent/folder", TRUE);
  g_assert_null (vips_image_write_to_memory (scratch, NULL));
  g_assert_nonnull (strstr (vips_error_buffer (), "/nonexistent/folder"));
  vips_error_clear ();
  g_unsetenv ("TMPDIR");
}

static void
test_wrong_formats (Place *place, gconstpointer data)
{
  g_autoptr (VipsImage) deep = ramp (VIPS_FORMAT_USHORT, 3, VIPS_INTERPRETATION_RGB16);
  g_autoptr (VipsImage) wide = ramp (VIPS_FORMAT_UCHAR, 6, VIPS_INTERPRETATION_MULTIBAND);
  const struct { VipsImage *image; const char *name; } cases[] =
    { { deep, "a.jpg" }, { wide, "a.png" }, { deep, "a.unknown" }, { deep, "plain" } };

  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autofree char   *path = g_build_filename (place->folder, cases[k].name, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (pmt_vips_image_save (NULL, cases[k].image, path, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
}

/* The first read of a cut file fails, with its name; never garbage. */
static void
test_truncated (Place *place, gconstpointer data)
{
  static const char *const names[] = { "a.tif", "b.png", "c.jpg" };

  for (guint k = 0; k < G_N_ELEMENTS (names); k++)
    {
      g_autoptr (VipsImage) image = ramp (VIPS_FORMAT_UCHAR, 3, VIPS_INTERPRETATION_sRGB), back = NULL;
      g_autofree char      *path = g_build_filename (place->folder, names[k], NULL), *bytes = NULL;
      g_autoptr (PmtSource) source = NULL;
      g_autoptr (GError)    error = NULL;
      g_autofree float     *pixels = g_new (float, 64 * 48 * 3);
      PmtRect               whole = { 0, 0, 64, 48 };
      gsize                 size;

      vips_image_remove (image, VIPS_META_ICC_NAME);   /* it would be most of the file */
      g_assert_true (pmt_vips_image_save (NULL, image, path, NULL));
      g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
      g_unlink (path);
      g_free (g_steal_pointer (&path));
      path = g_strdup_printf ("%s/cut-%s", place->folder, names[k]);   /* another name: libvips caches by name */
      g_assert_true (g_file_set_contents (path, bytes, (gssize) (size * 6 / 10), NULL));
      back = pmt_vips_image_open (path, &error);
      if (back != NULL)
        source = pmt_source_vips_new (back, PMT_LIGHT_STORED, &error);
      g_assert_false (source != NULL && pmt_source_read (source, &whole, pixels, 64 * 3, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
      g_assert_nonnull (strstr (error->message, names[k]));
    }
}

static void
test_not_images (Place *place, gconstpointer data)
{
  g_autofree char  *empty = g_build_filename (place->folder, "empty.png", NULL);
  g_autofree char  *text = g_build_filename (place->folder, "text.tif", NULL);
  const char *const paths[] = { empty, text, place->folder, "/nonexistent.png", "/dev/null" };

  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  g_assert_true (g_file_set_contents (text, "no picture at all", -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pmt_vips_image_open (paths[i], &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
      g_assert_nonnull (strstr (error->message, paths[i]));
    }
}

/* A picture taken upside down is read upright, and says so no more. */
static void
test_orientation (Place *place, gconstpointer data)
{
  g_autoptr (VipsImage) image = ramp (VIPS_FORMAT_UCHAR, 1, VIPS_INTERPRETATION_B_W), back = NULL;
  g_autoptr (PmtSource) source = NULL;
  g_autofree char      *path = g_build_filename (place->folder, "turned.tif", NULL);
  PmtRect               first = { 0, 0, 1, 1 };
  float                 value;

  vips_image_set_int (image, VIPS_META_ORIENTATION, 6);   /* turn by 90° to show */
  g_assert_true (pmt_vips_image_save (NULL, image, path, NULL));
  back = pmt_vips_image_open (path, NULL);
  g_assert_cmpint (back->Xsize, ==, 48);
  g_assert_cmpint (vips_image_get_orientation (back), ==, 1);
  source = pmt_source_vips_new (back, PMT_LIGHT_STORED, NULL);
  g_assert_true (pmt_source_read (source, &first, &value, 1, NULL));
  g_assert_cmpfloat (value, ==, 47);   /* what was at the bottom left */
}

static void
test_cancelled_save (Place *place, gconstpointer data)
{
  g_autoptr (VipsImage)    image = ramp (VIPS_FORMAT_UCHAR, 1, VIPS_INTERPRETATION_B_W);
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char         *path = g_build_filename (place->folder, "never.tif", NULL);
  g_autoptr (GError)       error = NULL;

  pmt_context_set_cancellable (context, cancellable);
  g_cancellable_cancel (cancellable);
  g_assert_false (pmt_vips_image_save (context, image, path, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_CANCELLED);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* An open image holds on to what it reads from, also when libvips forgets its recent operations. */
static void
test_open_outlives_the_cache (Place *place, gconstpointer data)
{
  g_autofree char       *path = g_build_filename (place->folder, "kept.png", NULL);
  g_autoptr (VipsImage)  written = ramp (VIPS_FORMAT_UCHAR, 1, VIPS_INTERPRETATION_B_W), opened = NULL, other = NULL;
  g_autoptr (GError)     error = NULL;
  g_autofree guint8     *pixels = NULL;
  size_t                 size;

  g_assert_true (pmt_vips_image_save (NULL, written, path, &error));
  opened = pmt_vips_image_open (path, &error);
  g_assert_no_error (error);
  vips_cache_set_max (0);
  other = ramp (VIPS_FORMAT_FLOAT, 4, VIPS_INTERPRETATION_sRGB);
  vips_cache_set_max (100);
  pixels = vips_image_write_to_memory (opened, &size);
  g_assert_cmpuint (size, ==, 64 * 48);
  g_assert_cmpint (pixels[64 * 5 + 7], ==, 12);
}

#define ADD(path, func) g_test_add (path, Place, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  /* libvips warns of broken files before it reports them; GLib's tests would take that for a failure. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  if (VIPS_INIT (argv[0]) != 0)
    return 77;
  g_test_add_func ("/vips/read-every-format", test_read_every_format);
  g_test_add_func ("/vips/linear-light", test_linear_light);
  g_test_add_func ("/vips/refusals", test_refusals);
  g_test_add_func ("/vips/warp-keeps", test_warp_keeps_what_it_is);
  g_test_add_func ("/vips/rounding", test_rounding_and_clipping);
  g_test_add_func ("/vips/light", test_light_is_linear_for_rgb);
  g_test_add_func ("/vips/added-alpha", test_added_alpha);
  ADD ("/vips/save-and-open", test_save_and_open);
  ADD ("/vips/scratch", test_scratch);
  ADD ("/vips/scratch-for-large-strips", test_scratch_is_for_large_strips);
  ADD ("/vips/scratch-fails", test_scratch_fails);
  ADD ("/vips/wrong-formats", test_wrong_formats);
  ADD ("/vips/truncated", test_truncated);
  ADD ("/vips/not-images", test_not_images);
  ADD ("/vips/orientation", test_orientation);
  ADD ("/vips/outlives-cache", test_open_outlives_the_cache);
  ADD ("/vips/cancelled-save", test_cancelled_save);
  status = g_test_run ();
  vips_shutdown ();
  return status;
}
