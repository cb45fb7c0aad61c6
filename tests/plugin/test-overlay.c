/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/overlay.h"

#include <math.h>

#define WIDTH  60
#define HEIGHT 40
#define SHIFT  6

/* A grey step at `edge` on a picture that has data right of `from`; `bands` 1, or 4 with alpha. */
static PmtSource *
step_new (int bands, int edge, int from, double low, double high)
{
  g_autofree float *pixels = g_new (float, WIDTH * HEIGHT * bands);
  g_autoptr (GError) error = NULL;
  PmtSource *source;

  for (int i = 0; i < WIDTH * HEIGHT; i++)
    for (int b = 0; b < bands; b++)
      {
        int x = i % WIDTH;

        pixels[i * bands + b] = b == 3 ? x >= from : (float) (x < edge ? low : high);
      }
  source = pmt_source_memory_new (WIDTH, HEIGHT, bands, bands == 4 ? 3 : -1, 1, pixels, (gsize) WIDTH * bands, &error);
  g_assert_no_error (error);
  return source;
}

static PmtTransform *
shift_new (double x)
{
  g_autoptr (PmtTransform) none = pmt_transform_new ((PmtSize) { WIDTH, HEIGHT }, (PmtSize) { WIDTH, HEIGHT });
  PmtMatrix3 matrix = pmt_matrix3_translation (x, 0);

  return pmt_transform_append_matrix (none, &matrix, (PmtSize) { 0, 0 }, NULL, NULL);
}

/* The moving picture's edge lies SHIFT further right; `after` the alignment it lies on the fixed one's. */
static PmtOverlay *
overlay_new (int size, int bands)
{
  g_autoptr (PmtSource) fixed = step_new (1, 30, 0, 0.2, 0.4), moving = step_new (bands, 30 + SHIFT, 0, 700, 900);
  g_autoptr (PmtTransform) before = shift_new (0), after = shift_new (SHIFT);
  g_autoptr (GError) error = NULL;
  PmtOverlay *overlay = pmt_overlay_new (NULL, fixed, moving, before, after, size, &error);

  g_assert_no_error (error);
  return overlay;
}

static void
test_tones (void)
{
  for (int bands = 1; bands <= 4; bands += 3)
    {
      g_autoptr (PmtOverlay) overlay = overlay_new (100, bands);
      const guint8 *row = overlay->fixed + WIDTH * 4 * 20;

      g_assert_cmpint (overlay->width, ==, WIDTH);         /* never enlarged */
      g_assert_cmpint (overlay->height, ==, HEIGHT);
      g_assert_cmpint (row[4 * 10], <=, 1);                /* spread from black to white, within a bin */
      g_assert_cmpint (row[4 * 50], >=, 254);
      row = overlay->after + WIDTH * 4 * 20;
      g_assert_cmpint (row[4 * 29 + 2], <=, 1);
      g_assert_cmpint (row[4 * 31 + 2], >=, 254);
      row = overlay->before + WIDTH * 4 * 20;
      g_assert_cmpint (row[4 * 33], <=, 1);
      g_assert_cmpint (row[4 * 33 + 3], ==, 255);
    }
}

static void
test_size (void)
{
  g_autoptr (PmtOverlay) overlay = overlay_new (30, 1);

  g_assert_cmpint (overlay->width, ==, 30);
  g_assert_cmpint (overlay->height, ==, 20);
  g_assert_cmpint (overlay->fixed[4 * 10], <=, 1);
  g_assert_cmpint (overlay->fixed[4 * 20], >=, 254);
}

static guint32
drawn (const PmtOverlay *overlay, PmtCompareMode mode, const PmtCompareOptions *options, gboolean after, int x)
{
  gsize stride = (gsize) overlay->width * 4;
  g_autofree guint32 *pixels = g_malloc0 (stride * overlay->height);

  pmt_overlay_draw (overlay, mode, options, after, (guint8 *) pixels, stride);
  return pixels[20 * overlay->width + x] & 0xffffff;
}

static void
assert_grey (guint32 pixel, int value)
{
  for (int b = 0; b < 3; b++)
    g_assert_cmpint (ABS ((int) (pixel >> 8 * b & 255) - value), <=, 1);
}

static void
test_modes (void)
{
  g_autoptr (PmtOverlay) overlay = overlay_new (100, 1);
  PmtCompareOptions options;

  pmt_compare_options_init (&options);
  /* between the two edges the fixed picture is white, the moving one black before and white after */
  g_assert_cmphex (drawn (overlay, PMT_COMPARE_RED_CYAN, &options, FALSE, 33) & 0xff00ff, >=, 0xfe0000);
  assert_grey (drawn (overlay, PMT_COMPARE_RED_CYAN, &options, TRUE, 33), 255);
  assert_grey (drawn (overlay, PMT_COMPARE_BLEND, &options, FALSE, 33), 128);
  assert_grey (drawn (overlay, PMT_COMPARE_DIFFERENCE, &options, FALSE, 33), 255);
  assert_grey (drawn (overlay, PMT_COMPARE_DIFFERENCE, &options, TRUE, 33), 0);
  options.curtain = 0.6;      /* at 36: the reference is left of it */
  assert_grey (drawn (overlay, PMT_COMPARE_CURTAIN, &options, FALSE, 33), 255);
  options.curtain = 0.5;
  assert_grey (drawn (overlay, PMT_COMPARE_CURTAIN, &options, FALSE, 33), 0);
  /* the moving picture ends SHIFT before the right border: the layer's side of the curtain is empty there */
  assert_grey (drawn (overlay, PMT_COMPARE_CURTAIN, &options, TRUE, WIDTH - 2), (int) (0.17 * 255 + 0.5));
}

static void
test_nothing_in_common (void)
{
  g_autoptr (PmtSource) fixed = step_new (1, 30, 0, 0, 1), moving = step_new (4, 30, 0, 0, 1);
  g_autoptr (PmtTransform) away = shift_new (1000);
  g_autoptr (GError) error = NULL;
  g_autoptr (PmtOverlay) overlay = pmt_overlay_new (NULL, fixed, moving, away, away, 50, &error);
  PmtCompareOptions options;

  g_assert_no_error (error);
  pmt_compare_options_init (&options);
  assert_grey (drawn (overlay, PMT_COMPARE_BLEND, &options, TRUE, 45), 255);
}

/* One picture alone, and two of these laid on each other by their overviews: as when both are read anew. */
static void
test_of (void)
{
  g_autoptr (PmtSource) fixed = step_new (1, 30, 0, 0.2, 0.4), moving = step_new (4, 30 + SHIFT, 0, 700, 900);
  g_autoptr (PmtTransform) before = shift_new (0), after = shift_new (SHIFT);
  g_autoptr (PmtOverlay) one = pmt_overlay_new_alone (NULL, fixed, 100, NULL);
  g_autoptr (PmtOverlay) other = pmt_overlay_new_alone (NULL, moving, 100, NULL);
  g_autoptr (PmtOverlay) both = pmt_overlay_new_of (NULL, one, other, before, after, NULL);
  g_autoptr (PmtOverlay) read = overlay_new (100, 4);
  PmtCompareOptions options;

  g_assert_true (pmt_overlay_is_alone (one));
  g_assert_null (one->after);
  g_assert_false (pmt_overlay_is_alone (both));
  g_assert_cmpmem (both->fixed, WIDTH * HEIGHT * 4, read->fixed, WIDTH * HEIGHT * 4);
  g_assert_cmpmem (both->before, WIDTH * HEIGHT * 4, read->before, WIDTH * HEIGHT * 4);
  g_assert_cmpmem (both->after, WIDTH * HEIGHT * 4, read->after, WIDTH * HEIGHT * 4);
  pmt_compare_options_init (&options);
  options.curtain = 1;
  assert_grey (drawn (one, PMT_COMPARE_CURTAIN, &options, TRUE, 33), 255);
}

/* The layer's picture counts other pixels than the reference's. */
static void
test_of_sizes (void)
{
  g_autoptr (PmtSource) fixed = step_new (1, 30, 0, 0.2, 0.4);
  g_autofree float *pixels = g_new (float, 4 * WIDTH * HEIGHT);
  g_autoptr (PmtSource) moving = NULL;
  g_autoptr (PmtTransform) none = pmt_transform_new ((PmtSize) { WIDTH, HEIGHT }, (PmtSize) { WIDTH, HEIGHT });
  PmtMatrix3 twice = pmt_matrix3_scaling (2, 2);
  g_autoptr (PmtTransform) map = pmt_transform_append_matrix (none, &twice, (PmtSize) { 2 * WIDTH, 2 * HEIGHT }, NULL, NULL);
  g_autoptr (PmtOverlay) one = NULL, other = NULL, both = NULL;

  for (int i = 0; i < 4 * WIDTH * HEIGHT; i++)
    pixels[i] = i % (2 * WIDTH) >= 80;
  moving = pmt_source_memory_new (2 * WIDTH, 2 * HEIGHT, 1, -1, 1, pixels, 2 * WIDTH, NULL);
  one = pmt_overlay_new_alone (NULL, fixed, 100, NULL);
  other = pmt_overlay_new_alone (NULL, moving, 30, NULL);      /* its overview is coarser than the other one */
  both = pmt_overlay_new_of (NULL, one, other, map, map, NULL);
  g_assert_cmpint (both->after[4 * (20 * WIDTH + 36)], <=, 1);
  g_assert_cmpint (both->after[4 * (20 * WIDTH + 44)], >=, 254);
}

static void
test_cancelled (void)
{
  g_autoptr (PmtSource) fixed = step_new (1, 30, 0, 0, 1);
  g_autoptr (PmtTransform) none = shift_new (0);
  g_autoptr (PmtContext) context = pmt_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  pmt_context_set_cancellable (context, cancellable);
  g_assert_null (pmt_overlay_new (context, fixed, fixed, none, none, 50, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/overlay/tones", test_tones);
  g_test_add_func ("/overlay/size", test_size);
  g_test_add_func ("/overlay/modes", test_modes);
  g_test_add_func ("/overlay/nothing-in-common", test_nothing_in_common);
  g_test_add_func ("/overlay/of", test_of);
  g_test_add_func ("/overlay/of-sizes", test_of_sizes);
  g_test_add_func ("/overlay/cancelled", test_cancelled);
  return g_test_run ();
}
