/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cubes: ENVI headers good and bad, values of every type in every layout, holes, resuming. The reference for pixels is
 * pmt_resample() on one band, or a formula. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "cube/cube-private.h"

#define W 50
#define H 40

static char *folder;

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static void
put (const char *name, gconstpointer data, gsize length)
{
  g_autofree char *path = in_folder (name);

  g_assert_true (g_file_set_contents (path, data, (gssize) length, NULL));
}

static const char *const layouts[] = { "", "bsq", "bil", "bip" };

/* Value (x, y) of a band. */
typedef double (*Value) (int band, int x, int y);

static double
textured (int band, int x, int y)
{
  return floor (100 + 60 * sin (0.31 * x + band) + 35 * cos (0.23 * y - 0.1 * x * band));
}

static gsize
place (PmtCubeLayout layout, int bands, int band, int x, int y, int w, int h)
{
  return layout == PMT_LAYOUT_BSQ ? ((gsize) band * h + y) * w + x : layout == PMT_LAYOUT_BIL ? ((gsize) y * bands + band) * w + x
                                                                                         : ((gsize) y * w + x) * bands + band;
}

/* "c.hdr" and "c.raw". */
static PmtCube *
make (PmtCubeType type, int number, PmtCubeLayout layout, int bands, gboolean swapped, Value value, const char *more)
{
  gsize              size = _pmt_cube_type_size (type), n = (gsize) W * H * bands;
  g_autofree guint8 *data = g_malloc0 (n * size + 3);
  g_autofree char   *header = g_strdup_printf ("ENVI\n; a remark\nsamples=%d\nLines  = %d\nbands = %d\nheader offset = 3\ndata type = %d\n"
                                               "interleave = %s\nbyte order = %d\n%s", W, H, bands, number, layouts[layout],
                                               swapped != (G_BYTE_ORDER == G_BIG_ENDIAN), more);
  g_autofree char   *path = in_folder ("c.hdr");
  g_autoptr (GError) error = NULL;
  PmtCube           *cube;

  for (int b = 0; b < bands; b++)
    for (int y = 0; y < H; y++)
      for (int x = 0; x < W; x++)
        _pmt_cube_value (type, value (b, x, y), data + 3 + place (layout, bands, b, x, y, W, H) * size);
  if (swapped)
    _pmt_cube_swap (type, n, data + 3);
  put ("c.raw", data, n * size + 3);
  put ("c.hdr", header, strlen (header));
  cube = pmt_cube_open (path, &error);
  g_assert_no_error (error);
  return cube;
}

static PmtTransform *
matrix (double a, double b, double c, double d, double e, double f)
{
  g_autoptr (PmtTransform) identity = pmt_transform_new ((PmtSize) { W, H }, (PmtSize) { W, H });
  const PmtMatrix3         m = { { { a, b, c }, { d, e, f }, { 0, 0, 1 } } };

  return pmt_transform_append_matrix (identity, &m, (PmtSize) { W, H }, NULL, NULL);
}

static PmtCubeWarpOptions
options_of (int width, int height, PmtSampler sampler)
{
  PmtCubeWarpOptions o;

  pmt_cube_warp_options_init (&o);
  o.canvas = (PmtRect) { 0, 0, width, height };
  o.sampler = sampler;
  return o;
}

static void
warp (PmtCube *cube, const PmtTransform *transform, const PmtCubeWarpOptions *o, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *path = in_folder (name);

  g_assert_true (pmt_cube_warp (NULL, cube, transform, o, path, NULL, &error));
  g_assert_no_error (error);
}

static PmtCube *
reopen (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char   *path = in_folder (name);
  PmtCube           *cube = pmt_cube_open (path, &error);

  g_assert_no_error (error);
  return cube;
}

/* Its values as doubles; no data NaN. */
static double *
band_of (PmtCube *cube, int band)
{
  PmtSize            s = pmt_cube_get_size (cube);
  PmtRect            all = { 0, 0, s.width, s.height };
  gsize              n = (gsize) s.width * s.height, deep = cube->interleaved ? (gsize) cube->bands : 1;
  gsize              size = _pmt_cube_type_size (cube->type);
  g_autofree guint8 *raw = g_malloc (n * deep * size);
  double            *out = g_new (double, n);

  g_assert_true (_pmt_cube_read (cube, band, &all, raw, NULL));
  _pmt_cube_to_double (cube->type, raw + (cube->interleaved ? (gsize) band * size : 0), deep, n,
                       cube->has_ignore ? &cube->ignore : NULL, out);
  return out;
}

/* -- headers -- */

static void
test_bad_headers (void)
{
  static const struct { const char *text, *says; } bad[] =
  {
    { "", "first line" }, { "ENVY\nsamples = 3\n", "first line" }, { "ENVIsamples = 3\n", "first line" },
    { "ENVI\nsamples\n", "line 2 is no" }, { "ENVI\n= 3\n", "without a field" }, { "ENVI\nband names = {a, b\n", "has no “}”" },
    { "ENVI\nlines = 2\nbands = 1\ndata type = 1\n", "“samples” is missing" },
    { "ENVI\nsamples = 3\nsamples = 4\n", "“samples” is there twice" },
    { "ENVI\nsamples = 3x\nlines = 2\nbands = 1\ndata type = 1\n", "not “3x”" },
    { "ENVI\nsamples = -3\nlines = 2\nbands = 1\ndata type = 1\n", "“samples” is a whole number" },
    { "ENVI\nsamples = 99999999999999999999\nlines = 2\nbands = 1\ndata type = 1\n", "“samples” is a whole number" },
    { "ENVI\nsamples = 100000000\nlines = 100000000\nbands = 1000000\ndata type = 5\ninterleave = bsq\n", "more than any file" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 6\n", "complex" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 7\n", "none that ENVI knows" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 2\ndata type = 1\n", "“interleave” is missing" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 2\ndata type = 1\ninterleave = pages\n", "“interleave” is bsq" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 1\nbyte order = 2\n", "“byte order”" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 1\nheader offset = -1\n", "“header offset”" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 1\nfile compression = 1\n", "file compression" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 4\n", "has 6 bytes" },
    { "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 1\ndata ignore value = none\n", "“data ignore value” is a number" },
  };

  put ("bad.raw", "abcdef", 6);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError)  error = NULL;
      g_autofree char    *path = in_folder ("bad.hdr");
      g_autoptr (PmtCube) cube = NULL;

      put ("bad.hdr", bad[i].text, strlen (bad[i].text));
      cube = pmt_cube_open (path, &error);
      g_assert_null (cube);
      g_assert_nonnull (error);
      if (strstr (error->message, bad[i].says) == NULL || strstr (error->message, "bad.") == NULL)
        g_error ("“%s” does not say “%s” of the file", error->message, bad[i].says);
    }
}

/* Nothing that a file may hold does more than fail. */
static void
test_bent_headers (void)
{
  static const char good[] =
    "ENVI\ndescription = {\n  a cube}\nsamples = 3\nlines = 2\nbands = 2\nheader offset = 0\ndata type = 1\ninterleave = bsq\n"
    "byte order = 0\nwavelength = {400.5, 500}\nband names = {one, two}\ndata ignore value = 0\n";
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (int i = 0; i < 3000; i++)
    {
      g_autofree char   *text = g_memdup2 (good, sizeof good);
      gsize              length = sizeof good - 1;
      g_autoptr (GArray) fields = NULL;
      PmtEnviShape       shape;

      for (int k = g_rand_int_range (rand, 1, 8); k > 0; k--)
        text[g_rand_int_range (rand, 0, (gint32) length)] = "{}=\n;,-9\0\377x 1"[g_rand_int_range (rand, 0, 14)];
      length = i % 3 == 0 ? (gsize) g_rand_int_range (rand, 0, (gint32) length) : length;
      fields = _pmt_envi_parse (text, length, "bent", NULL);
      if (fields != NULL && _pmt_envi_shape (fields, "bent", &shape, NULL))
        {
          g_autofree char   *again = _pmt_envi_format (fields, &shape);
          g_autoptr (GArray) same = _pmt_envi_parse (again, strlen (again), "again", NULL);
          PmtEnviShape       other;

          g_assert_nonnull (same);
          g_assert_true (_pmt_envi_shape (same, "again", &other, NULL));
          g_assert_cmpint (other.bands, ==, shape.bands);
          g_assert_cmpint (other.type, ==, shape.type);
        }
    }
}

static void
test_fields_are_kept (void)
{
  g_autoptr (PmtCube)      cube = make (PMT_CUBE_UINT16, 12, PMT_LAYOUT_BIL, 2, TRUE, textured,
                                        "Wavelength Units = Nanometers\nwavelength = {\n 400.25,\n 500}\nband names = {one, two}\n"
                                        "fwhm = {3, 4}\nsome  Thing = as it is\nmap info = {UTM, 1, 1}\n");
  g_autoptr (PmtTransform) shift = matrix (1, 0, 0.5, 0, 1, 0);
  PmtCubeWarpOptions       o = options_of (W, H, PMT_SAMPLER_LINEAR);
  PmtCubeWarpOutcome       outcome;

  for (int i = 0; i < 3; i++)
    {
      const char         *name = i == 0 ? "kept.hdr" : i == 1 ? "kept.tif" : "kept2.tif";
      g_autofree char    *path = in_folder (name);
      g_autoptr (PmtCube) out = NULL;

      o.layout = i == 2 ? PMT_LAYOUT_BIP : PMT_LAYOUT_AUTO;
      g_assert_true (pmt_cube_warp (NULL, cube, shift, &o, path, &outcome, NULL));
      g_assert_true (outcome.dropped_map);
      out = reopen (name);
      g_assert_cmpint (out->bands, ==, 2);
      g_assert_cmpint (out->type, ==, PMT_CUBE_UINT16);
      g_assert_cmpstr (pmt_cube_get_field (out, "wavelength"), ==, "{\n 400.25,\n 500}");
      g_assert_cmpstr (pmt_cube_get_field (out, "wavelength units"), ==, "Nanometers");
      g_assert_cmpstr (pmt_cube_get_field (out, "band names"), ==, "{one, two}");
      g_assert_cmpstr (pmt_cube_get_field (out, "fwhm"), ==, "{3, 4}");
      g_assert_cmpstr (pmt_cube_get_field (out, "some thing"), ==, "as it is");
      g_assert_null (pmt_cube_get_field (out, "map info"));
    }
  o.frame = cube;      /* a frame that has a map gives it */
  warp (cube, shift, &o, "kept.hdr");
  {
    g_autoptr (PmtCube) out = reopen ("kept.hdr");

    g_assert_cmpstr (pmt_cube_get_field (out, "map info"), ==, "{UTM, 1, 1}");
  }
}

/* -- values -- */

static const struct { PmtCubeType type; int number; } types[] =
{
  { PMT_CUBE_UINT8, 1 }, { PMT_CUBE_INT16, 2 }, { PMT_CUBE_INT32, 3 }, { PMT_CUBE_FLOAT, 4 }, { PMT_CUBE_DOUBLE, 5 },
  { PMT_CUBE_UINT16, 12 }, { PMT_CUBE_UINT32, 13 }, { PMT_CUBE_INT64, 14 }, { PMT_CUBE_UINT64, 15 },
};

/* One band through pmt_resample(). */
static float *
reference (int band, Value value, const PmtTransform *transform, PmtSampler sampler, int width, int height)
{
  g_autofree float     *in = g_new (float, W * H);
  float                *out = g_new (float, (gsize) width * height);
  g_autofree guint8    *covered = g_malloc ((gsize) width * height);
  g_autoptr (PmtSource) source = NULL;
  PmtRect               rect = { 0, 0, width, height };

  for (int i = 0; i < W * H; i++)
    in[i] = (float) value (band, i % W, i / W);
  source = pmt_source_memory_new (W, H, 1, -1, 1, in, W, NULL);
  g_assert_true (pmt_resample (NULL, source, transform, sampler, &rect, 0, out, (gsize) width, covered, NULL));
  for (gsize i = 0; i < (gsize) width * height; i++)
    out[i] = covered[i] ? out[i] : NAN;
  return out;
}

static void
check_against (PmtCube *out, int band, const float *expected, double tolerance)
{
  g_autofree double *values = band_of (out, band);
  gsize              n = (gsize) out->size.width * out->size.height;

  for (gsize i = 0; i < n; i++)
    {
      double none = _pmt_cube_type_is_floating (out->type) ? NAN : 0;
      double truth = isnan (expected[i]) ? none : expected[i];

      if (!(isnan (truth) ? isnan (values[i]) : fabs (values[i] - truth) <= tolerance))
        g_error ("band %d, pixel %d,%d: %g instead of %g", band, (int) (i % out->size.width), (int) (i / out->size.width), values[i],
                 truth);
    }
}

static void
test_types_and_layouts (void)
{
  g_autoptr (PmtTransform) turned = matrix (0.99, 0.08, -1.3, -0.07, 1.01, 2.2);
  PmtCubeWarpOptions       o = options_of (W, H, PMT_SAMPLER_LINEAR);

  for (guint t = 0; t < G_N_ELEMENTS (types); t++)
    for (PmtCubeLayout layout = PMT_LAYOUT_BSQ; layout <= PMT_LAYOUT_BIP; layout++)
      {
        g_autoptr (PmtCube) cube = make (types[t].type, types[t].number, layout, 3, t % 2 == 1, textured, ""), out = NULL;
        gboolean            whole = !_pmt_cube_type_is_floating (types[t].type);

        o.layout = (PmtCubeLayout) (1 + (layout + t) % 3);
        warp (cube, turned, &o, "out.hdr");
        out = reopen ("out.hdr");
        g_assert_cmpint (out->layout, ==, o.layout);
        g_assert_cmpint (out->type, ==, types[t].type);
        for (int b = 0; b < 3; b++)
          {
            g_autofree float *expected = reference (b, textured, turned, PMT_SAMPLER_LINEAR, W, H);

            check_against (out, b, expected, whole ? 0.501 : 1e-3);   /* rounded; floats of some 200, 24 bits */
          }
      }
}

/* Kernels that are cut, widened, or neither. */
static void
test_samplers (void)
{
  g_autoptr (PmtTransform) turned = matrix (1.1, 0.3, -5, -0.2, 0.8, 6), shrunk = matrix (3, 0.2, 0, -0.1, 2.5, 0);
  g_autoptr (PmtCube)      cube = make (PMT_CUBE_FLOAT, 4, PMT_LAYOUT_BSQ, 2, FALSE, textured, "");

  for (PmtSampler s = PMT_SAMPLER_NEAREST; s <= PMT_SAMPLER_LANCZOS3; s++)
    for (int i = 0; i < 2; i++)
      {
        PmtTransform       *transform = i == 0 ? turned : shrunk;
        PmtCubeWarpOptions  o = options_of (W, H, s);
        g_autofree float   *expected = reference (1, textured, transform, s, W, H);
        g_autoptr (PmtCube) out = NULL;

        warp (cube, transform, &o, "out.raw");
        out = reopen ("out.raw");
        check_against (out, 1, expected, 2e-3);   /* sums of floats in another order */
      }
}

static double
large (int band, int x, int y)
{
  return 9007199254740992.0 + 2048 * (x + W * y) + 1099511627776.0 * band;
}

/* What is not mixed keeps every bit: 64-bit numbers beyond what doubles hold exactly are swapped and moved only. */
static void
test_copies (void)
{
  g_autoptr (PmtTransform) shift = matrix (1, 0, 3, 0, 1, -2), turned = matrix (0.9137, 0.1019, 1.0123, -0.1031, 0.9173, 2.0231);
  g_autoptr (PmtCube)      cube = make (PMT_CUBE_UINT64, 15, PMT_LAYOUT_BIP, 3, TRUE, large, "");

  for (int i = 0; i < 2; i++)
    {
      PmtCubeWarpOptions  o = options_of (W, H, i == 0 ? PMT_SAMPLER_CUBIC : PMT_SAMPLER_NEAREST);
      g_autoptr (PmtCube) out = NULL;
      g_autofree double  *values = NULL;

      warp (cube, i == 0 ? shift : turned, &o, "out.hdr");
      out = reopen ("out.hdr");
      values = band_of (out, 2);
      for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
          {
            double u = i == 0 ? x + 3 : floor (0.9137 * (x + .5) + 0.1019 * (y + .5) + 1.0123);
            double v = i == 0 ? y - 2 : floor (-0.1031 * (x + .5) + 0.9173 * (y + .5) + 2.0231);
            double expected = u >= 0 && v >= 0 && u < W && v < H ? large (2, (int) u, (int) v) : 0;

            g_assert_true (values[y * W + x] == expected);
          }
    }
}

static double
with_holes (int band, int x, int y)
{
  return (x * 7 + y * 13 + band * 5) % 11 < 2 ? -999 : 100 + band;
}

/* A value for no data is never blended in; each band has its own holes. */
static void
test_holes (void)
{
  g_autoptr (PmtTransform) turned = matrix (0.99, 0.08, -1.3, -0.07, 1.01, 2.2);

  for (int t = 1; t < 5; t++)
    for (PmtSampler s = PMT_SAMPLER_NEAREST; s <= PMT_SAMPLER_LINEAR; s++)
      {
        g_autoptr (PmtCube) cube = make (types[t].type, types[t].number, PMT_LAYOUT_BSQ, 2, FALSE, with_holes,
                                         "data ignore value = -999\n"), out = NULL;
        PmtCubeWarpOptions  o = options_of (W, H, s);
        int                 holes = 0;

        warp (cube, turned, &o, "out.hdr");
        out = reopen ("out.hdr");
        g_assert_cmpstr (pmt_cube_get_field (out, "data ignore value"), ==, "-999");
        for (int b = 0; b < 2; b++)
          {
            g_autofree double *values = band_of (out, b);

            for (int i = 0; i < W * H; i++)
              {
                g_assert_true (isnan (values[i]) || fabs (values[i] - (100 + b)) < 1e-4);
                holes += isnan (values[i]);
              }
          }
        g_assert_cmpint (holes, >, 100);
        g_assert_cmpint (holes, <, W * H);
      }
}

static double
around_none (int band, int x, int y)
{
  return x % 2 == 0 ? -4 : 4;
}

/* Data that come to the value for no data stay data. */
static void
test_sums_are_data (void)
{
  g_autoptr (PmtTransform) half = matrix (1, 0, 0.5, 0, 1, 0);
  g_autoptr (PmtCube)      cube = make (PMT_CUBE_INT16, 2, PMT_LAYOUT_BSQ, 1, FALSE, around_none, "data ignore value = 0\n"), out = NULL;
  PmtCubeWarpOptions       o = options_of (W - 1, H, PMT_SAMPLER_LINEAR);
  g_autofree double       *values = NULL;

  warp (cube, half, &o, "out.hdr");
  out = reopen ("out.hdr");
  values = band_of (out, 0);
  for (int i = 0; i < (W - 1) * H; i++)
    g_assert_cmpfloat (fabs (values[i]), ==, 1);
}

/* -- many tiles, threads, and going on -- */

static char *
bytes_of (const char *name, gsize *length)
{
  g_autofree char *path = in_folder (name);
  char            *data = NULL;

  g_assert_true (g_file_get_contents (path, &data, length, NULL));
  return data;
}

static gboolean
is_there (const char *name)
{
  g_autofree char *path = in_folder (name);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
assert_same (const char *a, const char *b)
{
  gsize            n, m;
  g_autofree char *data_a = bytes_of (a, &n), *data_b = bytes_of (b, &m);

  g_assert_cmpmem (data_a, n, data_b, m);
}

static void
stop_at (const char *stage, double fraction, double seconds_left, gpointer cancellable)
{
  if (fraction > 0.2 && fraction < 1)
    g_cancellable_cancel (cancellable);
}

/* Interrupted, gone on with: the same bytes. In other layouts, with other options, by another number of threads. */
static void
test_resume (void)
{
  g_autoptr (PmtTransform) larger = matrix (0.05, 0.002, 0, -0.002, 0.05, 2);
  static const char *const names[][2] = { { "whole.bsq", "parts.bsq" }, { "whole.bip", "parts.bip" }, { "whole.tif", "parts.tif" },
                                          { "whole", "parts" } };
  g_autoptr (PmtCube)      cube = make (PMT_CUBE_UINT8, 1, PMT_LAYOUT_BSQ, 35, FALSE, textured, "");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      PmtCubeWarpOptions        o = options_of (1000, 700, PMT_SAMPLER_LINEAR);
      g_autoptr (GCancellable)  cancellable = g_cancellable_new ();
      g_autoptr (PmtContext)    context = pmt_context_new (), other = pmt_context_new ();
      g_autofree char          *whole = in_folder (names[i][0]), *path = in_folder (names[i][1]);
      PmtCubeWarpOutcome        outcome;
      gboolean                  in_folders = i == 3;

      if (in_folders)
        g_assert_true (g_mkdir_with_parents (whole, 0777) == 0 && g_mkdir_with_parents (path, 0777) == 0);
      g_assert_true (pmt_cube_warp (NULL, cube, larger, &o, whole, NULL, NULL));
      o.resume = TRUE;
      o.interval = 0;
      pmt_context_set_threads (context, 1);
      pmt_context_set_threads (other, 3);
      pmt_context_set_cancellable (context, cancellable);
      pmt_context_set_progress (context, stop_at, cancellable);
      pmt_context_stage (context, "test", 0, 1);
      g_assert_false (pmt_cube_warp (context, cube, larger, &o, path, NULL, NULL));
      g_assert_true (in_folders ? !is_there ("parts/band-0001.tif") : !g_file_test (path, G_FILE_TEST_EXISTS));
      g_assert_true (pmt_cube_warp (other, cube, larger, &o, path, &outcome, NULL));
      g_assert_true (outcome.resumed && outcome.kept > 0.15 && outcome.kept < 1);
      if (in_folders)
        assert_same ("whole/band-0034.tif", "parts/band-0034.tif");
      else
        assert_same (names[i][0], names[i][1]);
      {
        g_autofree char *journal = g_strdup_printf (".journal-%s", names[i][1]), *part = g_strdup_printf (".part-%s", names[i][1]);

        g_assert_false (is_there (journal) || is_there (part));
      }
    }
  assert_same ("whole.hdr", "parts.hdr");
}

/* What another job left is not gone on with. */
static void
test_resume_another (void)
{
  g_autoptr (PmtTransform) larger = matrix (0.05, 0, 0, 0, 0.05, 2), other = matrix (0.05, 0, 1, 0, 0.05, 0);
  g_autoptr (PmtCube)      cube = make (PMT_CUBE_UINT8, 1, PMT_LAYOUT_BSQ, 35, FALSE, textured, "");
  PmtCubeWarpOptions       o = options_of (1000, 700, PMT_SAMPLER_NEAREST);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autofree char         *path = in_folder ("another.bsq");
  PmtCubeWarpOutcome       outcome;

  warp (cube, other, &o, "expected.bsq");
  o.resume = TRUE;
  o.interval = 0;
  pmt_context_set_threads (context, 1);
  pmt_context_set_cancellable (context, cancellable);
  pmt_context_set_progress (context, stop_at, cancellable);
  pmt_context_stage (context, "test", 0, 1);
  g_assert_false (pmt_cube_warp (context, cube, larger, &o, path, NULL, NULL));
  g_assert_true (pmt_cube_warp (NULL, cube, other, &o, path, &outcome, NULL));
  g_assert_false (outcome.resumed);
  assert_same ("expected.bsq", "another.bsq");
}

/* -- pictures of a cube -- */

static double
by_component (int band, int x, int y)
{
  return 1000 + (band + 1) * (x - W / 2) + 0.1 * ((x * 31 + y * 17 + band * 7) % 10);
}

static void
test_proxies (void)
{
  g_autoptr (PmtCube) cube = make (PMT_CUBE_DOUBLE, 5, PMT_LAYOUT_BIP, 4, FALSE, by_component, "wavelength = {400, 500, 600, 700}\n");
  static const struct { const char *words; double weight[4]; } right[] =
  {
    { "mean", { .25, .25, .25, .25 } }, { "band:2", { 0, 1, 0, 0 } }, { "bands:2-3", { 0, .5, .5, 0 } },
    { "wavelength:590", { 0, 0, 1, 0 } }, { "wavelengths:450-800", { 0, 1 / 3., 1 / 3., 1 / 3. } },
  };
  static const char *const wrong[] =
  { "band:0", "band:5", "band:1.5", "band:", "bands:3-2", "wavelengths:1-2", "wavelength:x", "pca:0", "pca:5", "nowhere.tif" };

  for (guint i = 0; i < G_N_ELEMENTS (right); i++)
    {
      g_autoptr (PmtPlane) plane = pmt_cube_proxy (NULL, cube, right[i].words, NULL);

      for (int y = 0; y < H; y++)
        for (int x = 0; x < W; x++)
          {
            double expected = 0;

            for (int b = 0; b < 4; b++)
              expected += right[i].weight[b] * by_component (b, x, y);
            g_assert_cmpfloat_with_epsilon (pmt_plane_row (plane, y)[x], expected, 1e-3);
          }
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pmt_cube_proxy (NULL, cube, wrong[i], &error));
      g_assert_nonnull (error);
    }
  {
    g_autoptr (PmtPlane) plane = pmt_cube_proxy (NULL, cube, "pca", NULL);
    double               slope = sqrt (1 + 4 + 9 + 16);   /* bands rise by 1 … 4 a pixel: along that direction */

    g_assert_cmpfloat_with_epsilon ((pmt_plane_row (plane, 20)[40] - pmt_plane_row (plane, 20)[10]) / 30, slope, 0.05);
  }
}

/* Files of a folder, in and out. */
static void
test_folder (void)
{
  g_autoptr (PmtTransform) half = matrix (1, 0, 0.5, 0, 1, 0);
  g_autoptr (PmtCube)      cube = make (PMT_CUBE_INT16, 2, PMT_LAYOUT_BIP, 12, FALSE, textured,
                                        "wavelength = {1,2,3,4,5,6,7,8,9,10,11,12}\n"), files = NULL, again = NULL;
  PmtCubeWarpOptions       o = options_of (W, H, PMT_SAMPLER_LINEAR);
  g_autofree float        *expected = reference (10, textured, half, PMT_SAMPLER_LINEAR, W, H);

  warp (cube, half, &o, "files/");
  files = reopen ("files");
  g_assert_cmpint (files->bands, ==, 12);
  check_against (files, 10, expected, 0.501);
  g_assert_cmpstr (pmt_cube_get_field (files, "wavelength"), ==, "{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}");
  {
    g_autoptr (PmtTransform) none = matrix (1, 0, 0, 0, 1, 0);

    warp (files, none, &o, "again.hdr");
    again = reopen ("again.hdr");
    check_against (again, 10, expected, 0.501);
  }
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char      *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_all (inner);
    }
  g_remove (path);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("pentimento-cube-XXXXXX", NULL);
  g_test_add_func ("/cube/bad-headers", test_bad_headers);
  g_test_add_func ("/cube/bent-headers", test_bent_headers);
  g_test_add_func ("/cube/fields", test_fields_are_kept);
  g_test_add_func ("/cube/types-and-layouts", test_types_and_layouts);
  g_test_add_func ("/cube/samplers", test_samplers);
  g_test_add_func ("/cube/copies", test_copies);
  g_test_add_func ("/cube/holes", test_holes);
  g_test_add_func ("/cube/sums-are-data", test_sums_are_data);
  g_test_add_func ("/cube/resume", test_resume);
  g_test_add_func ("/cube/resume-another", test_resume_another);
  g_test_add_func ("/cube/proxies", test_proxies);
  g_test_add_func ("/cube/folder", test_folder);
  status = g_test_run ();
  remove_all (folder);
  g_free (folder);
  return status;
}
