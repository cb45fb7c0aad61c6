/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading as grey at any size: against a slow sum over exact pixel shares. */
#include <math.h>

#include "base/error.h"
#include "image/area-private.h"
#include "image/grey.h"
#include "image/pyramid-private.h"

static PmtSource *
random_source (int width, int height, int bands, int alpha, guint32 seed)
{
  g_autoptr (GRand)  random = g_rand_new_with_seed (seed);
  g_autofree float  *pixels = g_new (float, (gsize) width * height * bands);

  for (gsize i = 0; i < (gsize) width * height * bands; i++)
    pixels[i] = (float) g_rand_double_range (random, 0, 255);
  return pmt_source_memory_new (width, height, bands, alpha, 255, pixels, (gsize) width * bands, NULL);
}

/* The mean of (value, mask) over the box, pixel by pixel. */
static void
slow_mean (const PmtGrey *grey, double x0, double y0, double x1, double y1, double *value, double *mask)
{
  double sum = 0, weight = 0;

  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      {
        double w = MAX (MIN (x1, x + 1) - MAX (x0, x), 0) * MAX (MIN (y1, y + 1) - MAX (y0, y), 0);

        w *= pmt_plane_row (grey->mask, y)[x];
        sum += w * pmt_plane_row (grey->value, y)[x];
        weight += w;
      }
  *value = weight > 0 ? sum / weight : 0;
  *mask = weight / ((x1 - x0) * (y1 - y0));
}

static void
test_sizes (void)
{
  static const struct { int width, height, bands, alpha, out_width, out_height; } cases[] = {
    { 64, 48, 1, -1, 64, 48 }, { 65, 47, 3, -1, 13, 11 }, { 301, 200, 4, 3, 96, 64 }, { 40, 1, 1, -1, 7, 1 },
    { 1, 300, 2, 1, 1, 9 },    { 1, 1, 1, -1, 1, 1 },     { 65, 97, 3, -1, 64, 96 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (PmtSource) source = random_source (cases[i].width, cases[i].height, cases[i].bands, cases[i].alpha, i);
      PmtRect               all = { 0, 0, cases[i].width, cases[i].height };
      g_autoptr (PmtGrey)   full = pmt_grey_read (NULL, source, &all, all.width, all.height, NULL);
      g_autoptr (PmtGrey)   small = pmt_grey_read (NULL, source, &all, cases[i].out_width, cases[i].out_height, NULL);
      PmtBox                box = { 0, 0, all.width, all.height };
      g_autoptr (PmtGrey)   reduced = _pmt_area_reduce (NULL, full, &box, cases[i].out_width, cases[i].out_height, NULL);
      double                sx = (double) all.width / cases[i].out_width, sy = (double) all.height / cases[i].out_height;

      for (int y = 0; y < cases[i].out_height; y++)
        for (int x = 0; x < cases[i].out_width; x++)
          {
            double value, mask;

            slow_mean (full, x * sx, y * sy, (x + 1) * sx, (y + 1) * sy, &value, &mask);
            g_assert_cmpfloat_with_epsilon (pmt_plane_row (small->value, y)[x], value, 1e-2);
            g_assert_cmpfloat_with_epsilon (pmt_plane_row (small->mask, y)[x], mask, 1e-4);
            g_assert_cmpfloat_with_epsilon (pmt_plane_row (reduced->value, y)[x], value, 1e-2);
            g_assert_cmpfloat_with_epsilon (pmt_plane_row (reduced->mask, y)[x], mask, 1e-4);
          }
    }
}

static void
test_outside_is_invalid (void)
{
  g_autoptr (PmtSource) source = random_source (20, 20, 1, -1, 3);
  PmtRect               all = { 0, 0, 20, 20 };
  g_autoptr (PmtGrey)   full = pmt_grey_read (NULL, source, &all, 20, 20, NULL);
  PmtBox                box = { -10, 5, 20, 10 };
  g_autoptr (PmtGrey)   part = _pmt_area_reduce (NULL, full, &box, 4, 2, NULL);

  for (int y = 0; y < 2; y++)
    for (int x = 0; x < 4; x++)
      g_assert_cmpfloat_with_epsilon (pmt_plane_row (part->mask, y)[x], x < 2 ? 0 : 1, 1e-6);
}

static void
test_not_a_number (void)
{
  float                 pixels[16] = { 1, 2, 3, 4, 5, NAN, 7, 8, INFINITY, 10, 11, 12, 13, 14, 15, 16 };
  g_autoptr (PmtSource) source = pmt_source_memory_new (4, 4, 1, -1, 1, pixels, 4, NULL);
  PmtRect               all = { 0, 0, 4, 4 };
  g_autoptr (PmtGrey)   grey = pmt_grey_read (NULL, source, &all, 4, 4, NULL);
  g_autoptr (PmtGrey)   half = pmt_grey_read (NULL, source, &all, 2, 2, NULL);

  g_assert_cmpfloat (pmt_plane_row (grey->mask, 1)[1], ==, 0);
  g_assert_cmpfloat (pmt_plane_row (grey->mask, 2)[0], ==, 0);
  g_assert_true (isfinite (pmt_plane_row (grey->value, 1)[1]));
  g_assert_cmpfloat_with_epsilon (pmt_plane_row (half->value, 0)[0], (1 + 2 + 5) / 3.0, 1e-5);
  g_assert_cmpfloat_with_epsilon (pmt_plane_row (half->mask, 0)[0], 0.75, 1e-6);
}

static void
test_threads (void)
{
  g_autoptr (PmtSource)  source = random_source (333, 500, 3, -1, 9);
  g_autoptr (PmtContext) one = pmt_context_new (), three = pmt_context_new ();
  PmtRect                all = { 0, 0, 333, 500 };
  g_autoptr (PmtGrey)    a = NULL, b = NULL;

  pmt_context_set_threads (one, 1);
  pmt_context_set_threads (three, 3);
  a = pmt_grey_read (one, source, &all, 100, 123, NULL);
  b = pmt_grey_read (three, source, &all, 100, 123, NULL);
  for (int y = 0; y < 123; y++)
    g_assert_cmpmem (pmt_plane_row (a->value, y), 400, pmt_plane_row (b->value, y), 400);
}

/* A photograph on a white scanner bed, and on a grey one: the bed is not content, whatever its grey. */
static void
test_flat_border (void)
{
  static const float beds[] = { 0, 255, 128, 65535 };

  for (guint i = 0; i < G_N_ELEMENTS (beds); i++)
    {
      g_autoptr (GRand)      random = g_rand_new_with_seed (i);
      g_autofree float      *pixels = g_new (float, 100 * 80);
      g_autoptr (PmtSource)  source = NULL;
      g_autoptr (PmtPyramid) pyramid = NULL;
      float                  top = MAX (beds[i], 255);

      for (int y = 0; y < 80; y++)
        for (int x = 0; x < 100; x++)
          pixels[y * 100 + x] = x >= 20 && x < 90 && y >= 10 && y < 70 ? (float) g_rand_double_range (random, 0.1, 0.9) * top
                                                                        : beds[i];
      source = pmt_source_memory_new (100, 80, 1, -1, 1, pixels, 100, NULL);
      pyramid = _pmt_pyramid_new (NULL, source, NULL, NULL);
      for (int y = 0; y < 80; y++)
        for (int x = 0; x < 100; x++)
          g_assert_cmpint (pmt_plane_row (pyramid->level[0]->mask, y)[x] > 0, ==,
                           x >= 20 && x < 90 && y >= 10 && y < 70);
    }
}

static void
test_no_content (void)
{
  g_autofree float     *pixels = g_new0 (float, 64 * 64 * 2);
  g_autoptr (GError)    error = NULL;
  g_autoptr (PmtSource) transparent = pmt_source_memory_new (64, 64, 2, 1, 255, pixels, 128, NULL);
  g_autoptr (PmtSource) tiny = pmt_source_memory_new (7, 64, 1, -1, 1, pixels, 7, NULL);

  g_assert_null (_pmt_pyramid_new (NULL, transparent, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_clear_error (&error);
  g_assert_null (_pmt_pyramid_new (NULL, tiny, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/grey/sizes", test_sizes);
  g_test_add_func ("/grey/outside", test_outside_is_invalid);
  g_test_add_func ("/grey/not-a-number", test_not_a_number);
  g_test_add_func ("/grey/threads", test_threads);
  g_test_add_func ("/pyramid/flat-border", test_flat_border);
  g_test_add_func ("/pyramid/no-content", test_no_content);
  return g_test_run ();
}
