/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/parts.h"

#define WIDTH  40
#define HEIGHT 30

/* A slow, obvious reference: floods from each pixel not reached yet. */
static int
flood (const float *pixels, int *label)
{
  int n = 0;

  for (int i = 0; i < WIDTH * HEIGHT; i++)
    label[i] = -1;
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    {
      g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (int));

      if (!(pixels[i] > 0) || label[i] >= 0)
        continue;
      g_array_append_val (stack, i);
      while (stack->len > 0)
        {
          int at = g_array_index (stack, int, stack->len - 1);

          g_array_set_size (stack, stack->len - 1);
          if (label[at] >= 0)
            continue;
          label[at] = n;
          for (int k = 0; k < 9; k++)
            {
              int x = at % WIDTH + k % 3 - 1, y = at / WIDTH + k / 3 - 1, next = y * WIDTH + x;

              if (x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT && pixels[next] > 0 && label[next] < 0)
                g_array_append_val (stack, next);
            }
        }
      n++;
    }
  return n;
}

static PmtParts *
parts_of (const float *pixels, int least)
{
  g_autoptr (PmtSource) source = pmt_source_memory_new (WIDTH, HEIGHT, 1, -1, 1, pixels, WIDTH, NULL);

  return pmt_parts_new (source, least, NULL);
}

/* Noise of any density, against the reference: the same numbers, since both begin with the uppermost. */
static void
test_noise (void)
{
  for (int turn = 0; turn < 60; turn++)
    {
      float              pixels[WIDTH * HEIGHT];
      int                label[WIDTH * HEIGHT], n, covered = 0, painted = 0;
      g_autoptr (PmtParts) parts = NULL;

      for (int i = 0; i < WIDTH * HEIGHT; i++)
        {
          pixels[i] = g_test_rand_double () < turn / 60.0 ? 0.3f : 0;
          painted += pixels[i] > 0;
        }
      n = flood (pixels, label);
      parts = parts_of (pixels, 1);
      g_assert_cmpint (parts->n, ==, n);
      g_assert_cmpint (parts->left_out, ==, 0);
      for (guint k = 0; k < parts->runs->len; k++)
        {
          const PmtPartRun *run = &g_array_index (parts->runs, PmtPartRun, k);

          for (int x = run->from; x < run->to; x++, covered++)
            g_assert_cmpint (label[run->y * WIDTH + x], ==, run->part);
        }
      g_assert_cmpint (covered, ==, painted);
    }
}

static void
test_least (void)
{
  float              pixels[WIDTH * HEIGHT] = { 0 };
  g_autoptr (PmtParts) parts = NULL, none = NULL;

  pixels[0] = 1;                                   /* a speck */
  for (int x = 5; x < 15; x++)
    pixels[3 * WIDTH + x] = pixels[20 * WIDTH + x] = 1;
  parts = parts_of (pixels, 10);
  g_assert_cmpint (parts->n, ==, 2);
  g_assert_cmpint (parts->left_out, ==, 1);
  g_assert_cmpint (g_array_index (parts->runs, PmtPartRun, 0).y, ==, 3);
  g_assert_cmpint (g_array_index (parts->runs, PmtPartRun, 1).part, ==, 1);
  none = parts_of (pixels, 11);
  g_assert_cmpint (none->n, ==, 0);
  g_assert_cmpuint (none->runs->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parts/noise", test_noise);
  g_test_add_func ("/parts/least", test_least);
  return g_test_run ();
}
