/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/error.h"
#include "image/source.h"

#define WIDTH  7
#define HEIGHT 5
#define BANDS  3
#define STRIDE 24   /* longer than a row */

static float
value_at (int x, int y, int band)
{
  return 100 * y + 10 * x + band;
}

static PmtSource *
new_source (void)
{
  float pixels[HEIGHT * STRIDE];

  for (int i = 0; i < HEIGHT * STRIDE; i++)
    pixels[i] = NAN;
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      for (int band = 0; band < BANDS; band++)
        pixels[y * STRIDE + x * BANDS + band] = value_at (x, y, band);
  return pmt_source_memory_new (WIDTH, HEIGHT, BANDS, 2, 255, pixels, STRIDE, NULL);   /* copies: pixels go now */
}

static void
test_figures (void)
{
  g_autoptr (PmtSource) source = new_source ();

  g_assert_cmpint (pmt_source_get_width (source), ==, WIDTH);
  g_assert_cmpint (pmt_source_get_height (source), ==, HEIGHT);
  g_assert_cmpint (pmt_source_get_bands (source), ==, BANDS);
  g_assert_cmpint (pmt_source_get_alpha (source), ==, 2);
  g_assert_cmpfloat (pmt_source_get_alpha_max (source), ==, 255);
}

/* Every rectangle of the image, into rows with room to spare that must stay as they were. */
static void
test_every_rectangle (void)
{
  g_autoptr (PmtSource) source = new_source ();

  for (int y0 = 0; y0 < HEIGHT; y0++)
    for (int x0 = 0; x0 < WIDTH; x0++)
      for (int h = 1; h <= HEIGHT - y0; h++)
        for (int w = 1; w <= WIDTH - x0; w++)
          {
            PmtRect rect = { x0, y0, w, h };
            float   dest[HEIGHT * 30];

            for (int i = 0; i < HEIGHT * 30; i++)
              dest[i] = -1;
            g_assert_true (pmt_source_read (source, &rect, dest, 30, NULL));
            for (int i = 0; i < HEIGHT * 30; i++)
              {
                int      y = i / 30, x = i % 30 / BANDS, band = i % 30 % BANDS;
                gboolean inside = y < h && x < w;

                g_assert_cmpfloat (dest[i], ==, inside ? value_at (x0 + x, y0 + y, band) : -1);
              }
          }
}

static void
test_rectangles_outside (void)
{
  static const PmtRect bad[] = {
    { -1, 0, 2, 2 }, { 0, -1, 2, 2 }, { 6, 0, 2, 1 }, { 0, 4, 1, 2 }, { 0, 0, 0, 1 }, { 0, 0, 1, -1 },
    { 3, 3, G_MAXINT, 1 }, { G_MAXINT, 0, 1, 1 }, { 0, 0, WIDTH + 1, HEIGHT },
  };
  g_autoptr (PmtSource) source = new_source ();
  float                 dest[4] = { -1, -1, -1, -1 };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      GError *error = NULL;

      g_assert_false (pmt_source_read (source, &bad[i], dest, 0, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
      g_clear_error (&error);
      g_assert_cmpfloat (dest[0], ==, -1);
    }
}

static void
test_refused (void)
{
  static const struct { int width, height, bands, alpha; double alpha_max; } bad[] = {
    { 0, 1, 1, -1, 0 }, { 1, 0, 1, -1, 0 }, { 1, 1, 0, -1, 0 }, { 1, 1, 1, 1, 1 }, { 1, 1, 1, -2, 1 },
    { 1, 1, 2, 1, 0 }, { 1, 1, 2, 1, NAN },
  };
  float pixels[2] = { 0, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      GError *error = NULL;

      g_assert_null (pmt_source_memory_new (bad[i].width, bad[i].height, bad[i].bands, bad[i].alpha, bad[i].alpha_max,
                                            pixels, 2, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
      g_clear_error (&error);
    }
}

static void
count_free (gpointer self)
{
  ++*(int *) self;
}

static gboolean
refuse_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, "the disk is gone");
  return FALSE;
}

/* A class's self is freed exactly once: at the last unref, or at once when the source can't be made. */
static void
test_ownership (void)
{
  static const PmtSourceClass klass = { refuse_read, count_free };
  int                         freed = 0;
  PmtSource                  *source = pmt_source_new (4, 4, 1, -1, 0, &klass, &freed, NULL);
  PmtRect                     rect = { 0, 0, 1, 1 };
  GError                     *error = NULL;
  float                       pixel;

  pmt_source_unref (pmt_source_ref (source));
  g_assert_cmpint (freed, ==, 0);
  g_assert_false (pmt_source_read (source, &rect, &pixel, 1, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
  g_clear_error (&error);
  pmt_source_unref (source);
  g_assert_cmpint (freed, ==, 1);
  g_assert_null (pmt_source_new (0, 4, 1, -1, 0, &klass, &freed, NULL));
  g_assert_cmpint (freed, ==, 2);
  pmt_source_unref (NULL);
}

/* Reads from the right edge, bands in their order. */
static void
test_mirror (void)
{
  g_autoptr (PmtSource) source = new_source (), mirror = pmt_source_mirror_new (source, NULL);
  PmtRect               rect = { 1, 2, 4, 2 };
  float                 out[2 * 4 * BANDS];

  g_assert_cmpint (pmt_source_get_alpha (mirror), ==, 2);
  g_assert_true (pmt_source_read (mirror, &rect, out, 4 * BANDS, NULL));
  for (int y = 0; y < 2; y++)
    for (int x = 0; x < 4; x++)
      for (int band = 0; band < BANDS; band++)
        g_assert_cmpfloat (out[(y * 4 + x) * BANDS + band], ==, value_at (WIDTH - 1 - (1 + x), 2 + y, band));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/source-memory/figures", test_figures);
  g_test_add_func ("/source-memory/every-rectangle", test_every_rectangle);
  g_test_add_func ("/source-memory/rectangles-outside", test_rectangles_outside);
  g_test_add_func ("/source-memory/refused", test_refused);
  g_test_add_func ("/source-memory/ownership", test_ownership);
  g_test_add_func ("/source-memory/mirror", test_mirror);
  return g_test_run ();
}
