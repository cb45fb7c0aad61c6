/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "image/area-private.h"
#include "judge/dd-score.h"

#define W 230
#define H 187
#define BORDER 8

typedef double (*Scene) (double x, double y);

/* A few waves without a common period: smooth, and different everywhere. */
static double
waves (double x, double y)
{
  return 120 + 40 * sin (x / 5.3 + 1.7 * sin (y / 17)) + 35 * sin (y / 6.1 + x / 23);
}

static double
flat (double x, double y)
{
  return 100;
}

/* Flat but for fine stripes on the left, 3.1 px a period. */
static double
stripes (double x, double y)
{
  return 100 + 75 * exp (-0.5 * pow ((x - 40) / 12, 2)) * sin (2 * G_PI * x / 3.1);
}

static double
noise (guint32 i, guint32 seed)
{
  i = (i + seed * 7919u) * 2654435761u;
  i ^= i >> 15;
  i *= 2246822519u;
  i ^= i >> 13;
  return (i & 0xffff) / 65535.0 - 0.5;
}

static PmtGrey *
render (Scene scene, double dx, double dy, double offset, double amount, guint32 seed)
{
  PmtGrey *grey = _pmt_grey_new (W, H, NULL);

  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++)
      {
        pmt_plane_row (grey->value, y)[x]
          = (float) (scene (x + 0.5 + dx, y + 0.5 + dy) + offset + amount * noise (y * W + x, seed));
        pmt_plane_row (grey->mask, y)[x] = 1;
      }
  return grey;
}

static PmtDdScore *
score (const PmtGrey *fixed, const PmtGrey *before, const PmtGrey *after)
{
  g_autoptr (GError)  error = NULL;
  PmtDdScore         *s = pmt_dd_score_new (NULL, fixed, before, after, &error);

  g_assert_no_error (error);
  return s;
}

static void
test_shift_undone (void)
{
  g_autoptr (PmtGrey)    fixed = render (waves, 0, 0, 0, 6, 1), near = render (waves, 0.1, 0, 0, 6, 2);
  g_autoptr (PmtGrey)    far = render (waves, 10, -9, 0, 6, 3);
  g_autoptr (PmtDdScore) better = score (fixed, far, near), worse = score (fixed, near, far);

  g_assert_true (better->scored);
  g_assert_cmpfloat (better->score, >, 0.97);
  g_assert_true (worse->scored);
  g_assert_cmpfloat (worse->score, <, 0.03);
  for (int k = 0; k < PMT_DD_BLOCKS * PMT_DD_BLOCKS; k++)
    {
      g_assert_true (better->block[k].scored);
      g_assert_cmpfloat (better->block[k].score, >, 0.9);
    }
}

/* One half gains what the other loses. */
static void
test_blocks_tell_where (void)
{
  g_autoptr (PmtGrey)    fixed = render (waves, 0, 0, 0, 0, 1), near = render (waves, 0, 0, 0, 0, 2);
  g_autoptr (PmtGrey)    far = render (waves, 10, -9, 0, 0, 3), before = render (waves, 0, 0, 0, 0, 4);
  g_autoptr (PmtGrey)    after = render (waves, 0, 0, 0, 0, 4);
  g_autoptr (PmtDdScore) s = NULL;

  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++)
      {
        pmt_plane_row (before->value, y)[x] = pmt_plane_row (x < W / 2 ? far->value : near->value, y)[x];
        pmt_plane_row (after->value, y)[x] = pmt_plane_row (x < W / 2 ? near->value : far->value, y)[x];
      }
  s = score (fixed, before, after);
  for (int row = 0; row < PMT_DD_BLOCKS; row++)
    {
      g_assert_cmpfloat (s->block[row * PMT_DD_BLOCKS].score, >, 0.95);
      g_assert_cmpfloat (s->block[row * PMT_DD_BLOCKS + 4].score, <, 0.05);
    }
  g_assert_cmpfloat (fabs (s->score - 0.5), <, 0.1);
}

/* A darker exposure is no misalignment: the score is the same with an offset, and a different one in each half. */
static void
test_brightness (void)
{
  g_autoptr (PmtGrey)    fixed = render (waves, 0, 0, 0, 6, 1), far = render (waves, 10, -9, 0, 6, 3);
  g_autoptr (PmtGrey)    near = render (waves, 0.1, 0, 0, 6, 2), bright = render (waves, 0.1, 0, 60, 6, 2);
  g_autoptr (PmtDdScore) plain = score (fixed, far, near), offset = score (fixed, far, bright);

  g_assert_cmpint (plain->better, ==, offset->better);
  g_assert_cmpint (plain->worse, ==, offset->worse);
}

static void
test_nothing_changed (void)
{
  g_autoptr (PmtGrey)    fixed = render (waves, 0, 0, 0, 6, 1), a = render (waves, 2, 0, 0, 6, 2);
  g_autoptr (PmtGrey)    b = render (waves, 2, 0, 0, 6, 3);
  g_autoptr (PmtDdScore) s = score (fixed, a, b);

  g_assert_false (s->scored);
  g_assert_true (isnan (s->score));
  g_assert_cmpint (s->better + s->worse, <, 100);
}

/* Blocks with fewer than 20 changed pixels say nothing, and fewer than 100 in all are no score. */
static void
test_counts (void)
{
  for (int side = 3; side <= 12; side++)
    {
      g_autoptr (PmtGrey)    fixed = render (flat, 0, 0, 0, 0, 1), before = render (flat, 0, 0, 0, 0, 1);
      g_autoptr (PmtGrey)    after = render (flat, 0, 0, 0, 0, 1);
      g_autoptr (PmtDdScore) s = NULL;
      int                    changed = side * side - 4;    /* the median takes a square's corners */

      for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
          pmt_plane_row (after->value, 20 + y)[20 + x] += 10;   /* little against the block: its mean offset stays below the tolerance */
      s = score (fixed, before, after);
      g_assert_cmpint (s->block[0].worse, ==, changed);
      g_assert_cmpint (s->block[0].better, ==, 0);
      g_assert_true (s->block[0].scored == (changed >= 20));
      g_assert_true (s->scored == (changed >= 100));
      g_assert_cmpint (s->worse, ==, changed >= 20 ? changed : 0);
    }
}

/* Keys's kernel at half a pixel, along both axes: what a warp does to an image that it does not improve. */
static PmtGrey *
half_pixel (const PmtGrey *in)
{
  static const double tap[4] = { -1 / 16.0, 9 / 16.0, 9 / 16.0, -1 / 16.0 };
  PmtGrey            *out = _pmt_grey_new (W, H, NULL);

  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++)
      {
        double sum = 0;

        for (int k = 0; k < 16; k++)
          sum += tap[k % 4] * tap[k / 4]
                 * pmt_plane_row (in->value, CLAMP (y + k / 4 - 1, 0, H - 1))[CLAMP (x + k % 4 - 1, 0, W - 1)];
        pmt_plane_row (out->value, y)[x] = (float) sum;
        pmt_plane_row (out->mask, y)[x] = 1;
      }
  return out;
}

/* The header's formula, slowly, and with "before" as it is. */
static void
count_unguarded (const PmtGrey *fixed, const PmtGrey *before, const PmtGrey *after, double t, int *better, int *worse)
{
  g_autofree int *mark = g_new0 (int, W * H);
  int             w = W - 2 * BORDER, h = H - 2 * BORDER;

  for (int block = 0; block < 25; block++)
    {
      int    x0 = BORDER + w * (block % 5) / 5, x1 = BORDER + w * (block % 5 + 1) / 5;
      int    y0 = BORDER + h * (block / 5) / 5, y1 = BORDER + h * (block / 5 + 1) / 5, n = (x1 - x0) * (y1 - y0);
      double b = 0, a = 0;

      for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
          {
            b += (pmt_plane_row (before->value, y)[x] - pmt_plane_row (fixed->value, y)[x]) / n;
            a += (pmt_plane_row (after->value, y)[x] - pmt_plane_row (fixed->value, y)[x]) / n;
          }
      for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
          {
            double f = pmt_plane_row (fixed->value, y)[x];
            double d = fabs (pmt_plane_row (before->value, y)[x] - f - b) - fabs (pmt_plane_row (after->value, y)[x] - f - a);

            mark[y * W + x] = d > t ? 1 : d < -t ? -1 : 0;
          }
    }
  *better = *worse = 0;
  for (int y = BORDER; y < H - BORDER; y++)
    for (int x = BORDER; x < W - BORDER; x++)
      {
        int plus = 0, minus = 0;

        for (int k = 0; k < 9; k++)
          {
            plus += mark[(y + k / 3 - 1) * W + x + k % 3 - 1] > 0;
            minus += mark[(y + k / 3 - 1) * W + x + k % 3 - 1] < 0;
          }
        *better += plus >= 5;
        *worse += minus >= 5;
      }
}

/* Detail that fixed does not have, softened and left where it is, differs less from it. That is no improvement. */
static void
test_blur_does_not_flatter (void)
{
  g_autoptr (PmtGrey)    fixed = render (flat, 0, 0, 0, 0, 1), before = render (stripes, 0, 0, 0, 0, 1);
  g_autoptr (PmtGrey)    moving = render (stripes, -0.5, -0.5, 0, 0, 1), after = half_pixel (moving);
  g_autoptr (PmtDdScore) s = score (fixed, before, after);
  int                    better, worse;

  count_unguarded (fixed, before, after, s->tolerance, &better, &worse);
  g_test_message ("unguarded: %d better, %d worse; guarded: %d and %d", better, worse, (int) s->better, (int) s->worse);
  g_assert_cmpint (better, >, 1000);
  g_assert_cmpint (worse, <, better / 10);
  g_assert_false (s->scored && s->score > 0.5);
  g_assert_cmpint (s->better, <, better / 20);
}

/* Where nothing is fine enough to be softened, the guard changes nothing: the same counts as the slow formula. */
static void
test_against_formula (void)
{
  g_autoptr (PmtGrey)    fixed = render (waves, 0, 0, 0, 0, 1), before = render (waves, 11, 8, 10, 0, 1);
  g_autoptr (PmtGrey)    after = render (waves, 1, 0, -20, 0, 1);
  g_autoptr (PmtDdScore) s = score (fixed, before, after);
  int                    better, worse, changed = 0;

  count_unguarded (fixed, before, after, s->tolerance, &better, &worse);
  g_assert_cmpint (ABS (s->better - better), <=, better / 50);
  g_assert_cmpint (ABS (s->worse - worse), <=, worse / 50 + 5);
  for (int i = 0; i < W * H; i++)
    changed += s->change[i] != 0;
  g_assert_cmpint (changed, ==, s->better + s->worse);
}

/* What one image does not show is not compared, nor its neighbourhood. */
static void
test_masks (void)
{
  g_autoptr (PmtGrey)    fixed = render (waves, 0, 0, 0, 0, 1), before = render (waves, 11, 8, 0, 0, 1);
  g_autoptr (PmtGrey)    after = render (waves, 0, 0, 0, 0, 1);
  g_autoptr (PmtDdScore) s = NULL;

  for (int y = 0; y < H; y++)
    for (int x = 100; x < W; x++)
      {
        pmt_plane_row (after->mask, y)[x] = 0;
        pmt_plane_row (after->value, y)[x] = 1e6f;
      }
  s = score (fixed, before, after);
  for (int y = 0; y < H; y++)
    for (int x = 100 - BORDER; x < W; x++)
      g_assert_cmpint (s->change[y * W + x], ==, 0);
  g_assert_cmpfloat (s->score, >, 0.97);
  g_assert_false (s->block[4].scored);
}

static void
test_sizes (void)
{
  g_autoptr (PmtGrey)    fixed = render (waves, 0, 0, 0, 0, 1), tiny = _pmt_grey_new (9, 3, NULL);
  g_autoptr (GError)     error = NULL;
  g_autoptr (PmtDdScore) s = pmt_dd_score_new (NULL, fixed, tiny, fixed, &error);

  g_assert_null (s);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  s = score (tiny, tiny, tiny);
  g_assert_false (s->scored);
}

static void
test_threads (void)
{
  g_autoptr (PmtGrey) fixed = render (waves, 0, 0, 0, 9, 1), before = render (waves, 11, 8, 0, 9, 2);
  g_autoptr (PmtGrey) after = render (waves, 0.4, 0, 0, 9, 3);
  g_autofree char    *first = NULL;

  for (int threads = 1; threads <= 3; threads++)
    {
      g_autoptr (PmtContext) context = pmt_context_new ();
      g_autoptr (PmtDdScore) s = NULL;
      g_autofree char       *json = NULL;

      pmt_context_set_threads (context, threads);
      s = pmt_dd_score_new (context, fixed, before, after, NULL);
      json = pmt_dd_score_to_json (s);
      if (first == NULL)
        first = g_steal_pointer (&json);
      else
        g_assert_cmpstr (json, ==, first);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dd-score/shift-undone", test_shift_undone);
  g_test_add_func ("/dd-score/blocks", test_blocks_tell_where);
  g_test_add_func ("/dd-score/brightness", test_brightness);
  g_test_add_func ("/dd-score/nothing-changed", test_nothing_changed);
  g_test_add_func ("/dd-score/counts", test_counts);
  g_test_add_func ("/dd-score/blur", test_blur_does_not_flatter);
  g_test_add_func ("/dd-score/formula", test_against_formula);
  g_test_add_func ("/dd-score/masks", test_masks);
  g_test_add_func ("/dd-score/sizes", test_sizes);
  g_test_add_func ("/dd-score/threads", test_threads);
  return g_test_run ();
}
