/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "exchange/field-private.h"

#define WIDTH  301
#define HEIGHT 203

static const PmtSize FIXED = { WIDTH, HEIGHT }, MOVING = { 330, 220 };

static char *folder;   /* where files go */

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* A homography and a bend. */
static PmtTransform *
draw_chain (void)
{
  const PmtMatrix3         tilt = { { { 0.9, 0.1, 30 }, { -0.12, 1.1, 5 }, { 2e-5, 4e-5, 1 } } };
  PmtPoint                 d[8 * 7];
  PmtLattice               lattice = { { -50, -50 }, { 70, 60 }, 8, 7, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING);
  g_autoptr (PmtTransform) tilted = pmt_transform_append_matrix (empty, &tilt, MOVING, NULL, NULL);

  for (int i = 0; i < 56; i++)
    d[i] = (PmtPoint) { 6 * sin (i * 1.3), 5 * cos (i * 0.7) };
  return pmt_transform_append_lattice (tilted, &lattice, MOVING, NULL, NULL);
}

static float *
read_all (const PmtField *field, int *columns, int *rows)
{
  PmtSource         *source = pmt_field_get_source (field);
  g_autoptr (GError) error = NULL;
  PmtRect            all = { 0, 0, pmt_source_get_width (source), pmt_source_get_height (source) };
  float             *samples = g_new (float, 2 * all.width * all.height);

  *columns = all.width;
  *rows = all.height;
  g_assert_true (pmt_source_read (source, &all, samples, 2 * all.width, &error));
  g_assert_no_error (error);
  return samples;
}

/* What is written is the chain at the middles of blocks, and comes back with its frame, whatever format and stride. */
static void
test_samples (void)
{
  static const char *const names[] = { "f.tif", "f.TIFF", "f.nii", "f.tif[compression=deflate,predictor=float]" };
  static const int         strides[] = { 1, 7, 400 };
  g_autoptr (PmtTransform) chain = draw_chain ();

  for (guint k = 0; k < G_N_ELEMENTS (names); k++)
    for (guint s = 0; s < G_N_ELEMENTS (strides); s++)
      {
        g_autofree char     *name = g_strdup_printf ("%d%s", strides[s], names[k]);   /* libvips remembers files by name */
        g_autofree char     *path = in_folder (name), *bare = g_strdelimit (g_strdup (path), "[", 0);
        g_autoptr (GError)   error = NULL;
        g_autoptr (PmtField) field = NULL;
        g_autofree float    *samples = NULL;
        int                  columns, rows, stride = strides[s];

        g_assert_true (pmt_field_save (NULL, chain, FIXED, stride, path, &error));
        field = pmt_field_open (bare, 0, &error);
        g_assert_no_error (error);
        g_assert_cmpint (pmt_field_get_frame (field)->stride, ==, stride);
        g_assert_cmpint (pmt_field_get_frame (field)->fixed.width, ==, WIDTH);
        g_assert_cmpint (pmt_field_get_frame (field)->moving.height, ==, MOVING.height);
        samples = read_all (field, &columns, &rows);
        g_assert_cmpint (columns, ==, (WIDTH + stride - 1) / stride);
        g_assert_cmpint (rows, ==, (HEIGHT + stride - 1) / stride);
        for (int i = 0; i < columns * rows; i++)
          {
            PmtPoint p = { (i % columns + 0.5) * stride, (i / columns + 0.5) * stride }, q;

            pmt_transform_map (chain, 1, &p, &q);
            g_assert_cmpfloat_with_epsilon (samples[2 * i], q.x - p.x, 1e-4);
            g_assert_cmpfloat_with_epsilon (samples[2 * i + 1], q.y - p.y, 1e-4);
          }
      }
}

static void
assert_near (const PmtTransform *a, const PmtTransform *b, double tolerance)
{
  for (double y = 0.5; y < HEIGHT; y += 3.7)
    for (double x = 0.5; x < WIDTH; x += 4.1)
      {
        PmtPoint p = { x, y }, q, r;

        pmt_transform_map (a, 1, &p, &q);
        pmt_transform_map (b, 1, &p, &r);
        g_assert_cmpfloat (hypot (q.x - r.x, q.y - r.y), <, tolerance);
      }
}

static void
test_there_and_back (void)
{
  static const char *const names[] = { "f.tif", "f.nii" };
  g_autoptr (PmtTransform) chain = draw_chain ();

  for (guint k = 0; k < G_N_ELEMENTS (names); k++)
    for (int stride = 1; stride <= 5; stride += 4)
      {
        g_autofree char         *name = g_strdup_printf ("back%d%s", stride, names[k]), *path = in_folder (name);
        g_autoptr (GError)       error = NULL;
        g_autoptr (PmtField)     field = NULL;
        g_autoptr (PmtTransform) back = NULL;
        PmtFieldFit              fit;

        pmt_field_save (NULL, chain, FIXED, stride, path, &error);
        field = pmt_field_open (path, stride, &error);
        back = pmt_field_to_transform (NULL, field, 0.01, &fit, &error);
        g_assert_no_error (error);
        g_assert_true (fit.met && fit.worst <= 0.01 && fit.rms < fit.worst && fit.spacing >= 4);
        g_assert_cmpint (pmt_transform_get_fixed_size (back).width, ==, WIDTH);
        g_assert_cmpint (pmt_transform_get_moving_size (back).width, ==, MOVING.width);
        g_test_message ("stride %d: a grid of %d px, quantum %g, within %.4f px", stride, fit.spacing, fit.quantum, fit.worst);
        assert_near (chain, back, 0.02);
      }
}

/* -- fields made here -- */

static PmtField *
field_of (int width, int height, int stride, const float *samples)
{
  PmtField *field = g_new0 (PmtField, 1);

  field->frame = (PmtFieldFrame) { { width * stride, height * stride }, { 0, 0 }, stride };
  field->source = pmt_source_memory_new (width, height, 2, -1, 1, samples, 2 * width, NULL);
  return field;
}

static void
test_affine_alone (void)
{
  float                    d[2 * 30 * 20];
  g_autoptr (PmtField)     field = NULL;
  g_autoptr (PmtTransform) chain = NULL;
  g_autoptr (GError)       error = NULL;
  PmtFieldFit              fit;
  PmtMatrix3               m;

  for (int i = 0; i < 600; i++)
    {
      double x = 4 * (i % 30 + 0.5), y = 4 * (i / 30 + 0.5);

      d[2 * i] = (float) (-2 * x + 0.25 * y + 9);     /* mirrored: that is no fold */
      d[2 * i + 1] = (float) (0.125 * x - 3);
    }
  field = field_of (30, 20, 4, d);
  chain = pmt_field_to_transform (NULL, field, 0.01, &fit, &error);
  g_assert_no_error (error);
  g_assert_true (pmt_transform_get_matrix (chain, &m) && fit.met && fit.spacing == 0);
  g_assert_cmpfloat_with_epsilon (m.m[0][0], -1, 1e-6);
  g_assert_cmpfloat_with_epsilon (m.m[0][2], 9, 1e-4);
  g_assert_cmpfloat_with_epsilon (m.m[1][0], 0.125, 1e-6);
}

/* Noise is no smooth field: its samples are met at the finest grid, by a tolerance that it allows. */
static void
test_noise (void)
{
  g_autofree float        *d = g_new (float, 2 * 60 * 50);
  g_autoptr (GRand)        random = g_rand_new_with_seed (3);
  g_autoptr (PmtField)     field = NULL;
  g_autoptr (PmtTransform) chain = NULL;
  g_autoptr (GError)       error = NULL;
  PmtFieldFit              fit;

  for (int i = 0; i < 2 * 60 * 50; i++)
    d[i] = (float) g_rand_double_range (random, -0.1, 0.1);
  field = field_of (60, 50, 1, d);
  chain = pmt_field_to_transform (NULL, field, 0.001, &fit, &error);
  g_assert_no_error (error);
  g_assert_true (fit.met && fit.spacing == 1);
}

/* More samples than a step has nodes, and rough: what cannot be met is told, and is what is missed. */
static void
test_too_fine (void)
{
  int                      w = 1600, h = 1500;
  g_autofree float        *d = g_new (float, 2 * w * h);
  g_autoptr (PmtField)     field = NULL;
  g_autoptr (PmtTransform) chain = NULL;
  g_autoptr (GError)       error = NULL;
  PmtFieldFit              fit;
  double                   worst = 0;

  for (int i = 0; i < w * h; i++)
    {
      d[2 * i] = (i % w) % 2 ? 0.2f : -0.2f;
      d[2 * i + 1] = 0;
    }
  field = field_of (w, h, 1, d);
  chain = pmt_field_to_transform (NULL, field, 0.01, &fit, &error);
  g_assert_no_error (error);
  g_assert_false (fit.met);
  g_assert_cmpint (fit.spacing, ==, 2);
  for (int i = 0; i < w * h; i += 7)
    {
      PmtPoint p = { i % w + 0.5, i / w + 0.5 }, q;

      pmt_transform_map (chain, 1, &p, &q);
      worst = fmax (worst, hypot (q.x - p.x - d[2 * i], q.y - p.y - d[2 * i + 1]));
    }
  g_assert_cmpfloat (fit.worst, >=, worst);
  g_assert_cmpfloat (worst, >, 0.1);
}

static void
assert_refused (int width, int height, const float *d, int code, const char *words)
{
  g_autoptr (PmtField)     field = field_of (width, height, 1, d);
  g_autoptr (PmtTransform) chain = NULL;
  g_autoptr (GError)       error = NULL;
  PmtFieldFit              fit;

  chain = pmt_field_to_transform (NULL, field, 0.01, &fit, &error);
  g_assert_null (chain);
  g_assert_error (error, PMT_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” is not in “%s”", words, error->message);
}

static void
test_bad_samples (void)
{
  float d[2 * 64 * 64] = { 0 };

  d[2 * (64 * 5 + 9) + 1] = NAN;
  assert_refused (64, 64, d, PMT_ERROR_BAD_INPUT, "column 9, row 5");
  d[2 * (64 * 5 + 9) + 1] = INFINITY;
  assert_refused (64, 64, d, PMT_ERROR_BAD_INPUT, "(9.5, 5.5)");
  d[2 * (64 * 5 + 9) + 1] = 0;
  assert_refused (1, 64, d, PMT_ERROR_BAD_INPUT, "2 × 2");
  for (int i = 0; i < 64 * 64; i++)      /* everything goes to one place */
    {
      d[2 * i] = -(float) (i % 64);
      d[2 * i + 1] = -(float) (i / 64);
    }
  assert_refused (64, 64, d, PMT_ERROR_BAD_INPUT, "collapses");
  for (int i = 0; i < 64 * 64; i++)      /* a fold in the middle: things change places */
    {
      d[2 * i] = (float) (12 * exp (-(pow (i % 64 - 28, 2) + pow (i / 64 - 32, 2)) / 20)
                          - 12 * exp (-(pow (i % 64 - 36, 2) + pow (i / 64 - 32, 2)) / 20));
      d[2 * i + 1] = 0;
    }
  assert_refused (64, 64, d, PMT_ERROR_BAD_INPUT, "folds");
}

/* -- NIfTI -- */

static void
put (guint8 *bytes, int at, guint64 bits, int size, gboolean big)
{
  for (int k = 0; k < size; k++)
    bytes[at + (big ? size - 1 - k : k)] = (guint8) (bits >> 8 * k);
}

static void
put_float (guint8 *bytes, int at, float value, gboolean big)
{
  guint32 bits;

  memcpy (&bits, &value, 4);
  put (bytes, at, bits, 4, big);
}

static void
put_double (guint8 *bytes, int at, double value, gboolean big)
{
  guint64 bits;

  memcpy (&bits, &value, 8);
  put (bytes, at, bits, 8, big);
}

/* 3 × 2 vectors (1, 10), (2, 20) … of doubles, as another program might write them. */
static guint8 *
draw_nifti (gboolean big, int intent, gsize *length)
{
  const int dim[8] = { 5, 3, 2, 1, 1, 2, 1, 1 };
  guint8   *bytes = g_malloc0 (352 + 2 * 6 * 8);

  *length = 352 + 2 * 6 * 8;
  put (bytes, 0, 348, 4, big);
  for (int k = 0; k < 8; k++)
    {
      put (bytes, 40 + 2 * k, dim[k], 2, big);
      put_float (bytes, 76 + 4 * k, k == 1 || k == 2 ? 2 : 1, big);
    }
  put (bytes, 68, intent, 2, big);
  put (bytes, 70, 64, 2, big);
  put (bytes, 72, 64, 2, big);
  put_float (bytes, 108, 352, big);
  put_float (bytes, 112, 1, big);
  memcpy (bytes + 344, "n+1", 4);
  for (int i = 0; i < 6; i++)
    {
      put_double (bytes, 352 + 8 * i, i + 1, big);
      put_double (bytes, 352 + 8 * (6 + i), 10 * (i + 1), big);
    }
  return bytes;
}

static void
put_sform (guint8 *bytes, const float rows[2][2], gboolean big)
{
  put (bytes, 254, 1, 2, big);
  for (int r = 0; r < 2; r++)
    for (int c = 0; c < 2; c++)
      put_float (bytes, 280 + 16 * r + 4 * c, rows[r][c], big);
  put_float (bytes, 320, 1, big);
}

static void
assert_vector (const guint8 *bytes, gsize length, int stride, double x, double y)
{
  g_autofree char     *path = in_folder ("made.nii");
  g_autoptr (GError)   error = NULL;
  g_autoptr (PmtField) field = NULL;
  g_autofree float    *samples = NULL;
  int                  columns, rows;

  g_assert_true (g_file_set_contents (path, (const char *) bytes, (gssize) length, NULL));
  field = pmt_field_open (path, stride, &error);
  g_assert_no_error (error);
  samples = read_all (field, &columns, &rows);
  g_assert_cmpint (columns, ==, 3);
  g_assert_cmpint (rows, ==, 2);
  for (int i = 0; i < 6; i++)     /* linear in the vectors: the last is six times the first */
    {
      g_assert_cmpfloat_with_epsilon (samples[2 * i], (i + 1) * x, 1e-5);
      g_assert_cmpfloat_with_epsilon (samples[2 * i + 1], (i + 1) * y, 1e-5);
    }
}

/* Vectors are in the world's units and axes: samples are 2 mm apart, so 1 mm is half a sample. */
static void
test_nifti_of_others (void)
{
  const float lps[2][2] = { { -2, 0 }, { 0, -2 } }, turned[2][2] = { { 0, 4 }, { -2, 0 } };

  for (int big = 0; big < 2; big++)
    {
      gsize              n;
      g_autofree guint8 *plain = draw_nifti (big, 1006, &n), *ants = draw_nifti (big, 1007, &n);
      g_autofree guint8 *ras = draw_nifti (big, 1006, &n), *quarter = draw_nifti (big, 1006, &n);
      g_autofree guint8 *qform = draw_nifti (big, 1007, &n), *scaled = draw_nifti (big, 1006, &n);

      assert_vector (plain, n, 0, 0.5, 5);              /* no transform: samples along RAS */
      assert_vector (plain, n, 8, 4, 40);               /* a sample is 8 px */
      put_sform (ants, lps, big);
      assert_vector (ants, n, 0, 0.5, 5);               /* LPS vectors on LPS axes */
      put_sform (ras, lps, big);
      assert_vector (ras, n, 0, -0.5, -5);
      put_sform (quarter, turned, big);
      assert_vector (quarter, n, 0, -5, 0.25);          /* (1, 10): columns run to −y, rows to +x, 4 mm apart */
      put (qform, 252, 1, 2, big);
      put_float (qform, 264, 1, big);                   /* half a turn about z */
      assert_vector (qform, n, 0, 0.5, 5);
      put_float (scaled, 112, 3, big);
      assert_vector (scaled, n, 0, 1.5, 15);
    }
}

static void
assert_not_opened (const guint8 *bytes, gsize length, const char *words)
{
  g_autofree char     *path = in_folder ("bad.nii");
  g_autoptr (GError)   error = NULL;
  g_autoptr (PmtField) field = NULL;

  g_assert_true (g_file_set_contents (path, (const char *) bytes, (gssize) length, NULL));
  field = pmt_field_open (path, 0, &error);
  g_assert_null (field);
  g_assert_true (error->domain == PMT_ERROR);
  if (strstr (error->message, words) == NULL || strstr (error->message, "bad.nii") == NULL)
    g_error ("“%s” is not in “%s”", words, error->message);
}

static void
test_bad_nifti (void)
{
  static const struct { int at; guint64 bits; int size; const char *words; } changes[] =
  {
    { 0, 347, 4, "no NIfTI-1" }, { 344, 'x', 1, "one piece" }, { 68, 0, 2, "intent is 0" }, { 40, 4, 2, "dimensions" },
    { 42, 0, 2, "dimensions" }, { 42, 0xffff, 2, "dimensions" }, { 46, 3, 2, "dimensions" }, { 48, 2, 2, "dimensions" },
    { 50, 3, 2, "dimensions" }, { 70, 4, 2, "type 4" }, { 108, 0, 4, "begin at byte" }, { 108, 0x7f800000, 4, "begin at byte" },
    { 42, 4, 2, "truncated" }, { 80, 0, 4, "axes" }, { 254, 1, 2, "axes" }
  };

  for (guint k = 0; k < G_N_ELEMENTS (changes); k++)
    {
      gsize              n;
      g_autofree guint8 *bytes = draw_nifti (FALSE, 1006, &n);

      put (bytes, changes[k].at, changes[k].bits, changes[k].size, FALSE);
      assert_not_opened (bytes, n, changes[k].words);
    }
  for (gsize cut = 0; cut < 448; cut += 37)
    {
      gsize              n;
      g_autofree guint8 *bytes = draw_nifti (FALSE, 1006, &n);

      assert_not_opened (bytes, cut, "truncated");
    }
  {
    gsize              n;
    g_autofree guint8 *bytes = draw_nifti (FALSE, 1006, &n);

    strcpy ((char *) bytes + 148, "pentimento-field 1 fixed 30x20 moving 5x0 stride 10");
    assert_not_opened (bytes, n, "30 × 20");
    strcpy ((char *) bytes + 148, "pentimento-field 1 fixed 40x20 moving 5x5 stride 10");
    assert_not_opened (bytes, n, "3 × 2 samples");
    strcpy ((char *) bytes + 148, "pentimento-field 1 fixed 3x2 moving 5x5 stride 0");
    assert_vector (bytes, n, 0, 0.5, 5);      /* a stride of 0 is as good as none told */
  }
}

static void
test_saving_is_refused (void)
{
  g_autoptr (PmtTransform) chain = draw_chain ();
  g_autofree char         *tiff = in_folder ("r.tif"), *nifti = in_folder ("r.nii"), *other = in_folder ("r.png");
  g_autofree char         *nowhere = g_build_filename (folder, "nowhere", "r.nii", NULL), *gz = in_folder ("r.nii.gz");
  const struct { const char *path; PmtSize size; int stride; PmtError code; } cases[] =
  {
    { other, FIXED, 1, PMT_ERROR_UNSUPPORTED }, { gz, FIXED, 1, PMT_ERROR_UNSUPPORTED }, { tiff, { 0, 0 }, 1, PMT_ERROR_BAD_INPUT },
    { tiff, FIXED, 0, PMT_ERROR_BAD_INPUT }, { tiff, FIXED, 5000, PMT_ERROR_BAD_INPUT },
    { tiff, { 2000000, 3 }, 1, PMT_ERROR_BAD_INPUT }, { nifti, { 40000, 3 }, 1, PMT_ERROR_UNSUPPORTED }, { nowhere, FIXED, 1, PMT_ERROR_IO }
  };

  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (pmt_field_save (NULL, chain, cases[k].size, cases[k].stride, cases[k].path, &error));
      g_assert_error (error, PMT_ERROR, (int) cases[k].code);
      g_assert_false (g_file_test (cases[k].path, G_FILE_TEST_EXISTS));
    }
}

static void
clear_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char      *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = in_folder (name);

      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("pentimento-field-XXXXXX", NULL);
  g_test_add_func ("/field/samples", test_samples);
  g_test_add_func ("/field/there-and-back", test_there_and_back);
  g_test_add_func ("/field/affine", test_affine_alone);
  g_test_add_func ("/field/noise", test_noise);
  g_test_add_func ("/field/too-fine", test_too_fine);
  g_test_add_func ("/field/bad-samples", test_bad_samples);
  g_test_add_func ("/field/nifti-of-others", test_nifti_of_others);
  g_test_add_func ("/field/bad-nifti", test_bad_nifti);
  g_test_add_func ("/field/saving-refused", test_saving_is_refused);
  status = g_test_run ();
  clear_folder ();
  return status;
}
