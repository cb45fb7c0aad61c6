/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "../../plugin/local-light.h"

#define WIDTH  320
#define HEIGHT 240

/* A dark ramp to the right, lighter below, with a faint edge at `edge` and fine noise; opaque. */
static guint8 *
picture (int width, int height, int edge)
{
  guint8 *pixels = g_malloc (4 * (gsize) width * height);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        guint8 *p = pixels + 4 * ((gsize) y * width + x);
        int value = 20 + 60 * x / width + 40 * y / height + (x * 7 + y * 13) % 3 + (x >= edge ? 6 : 0);

        p[0] = p[1] = p[2] = (guint8) value;
        p[3] = 255;
      }
  return pixels;
}

static double
mean (const guint8 *pixels, int x0, int x1, int y0, int y1)
{
  double sum = 0;

  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      sum += pixels[4 * (y * WIDTH + x)];
  return sum / ((x1 - x0) * (y1 - y0));
}

/* Whatever the tiles, the same bytes. */
static void
test_seamless (void)
{
  g_autofree guint8 *overview = picture (WIDTH, HEIGHT, 150), *whole = g_memdup2 (overview, 4 * WIDTH * HEIGHT);
  g_autofree guint8 *tiled = g_memdup2 (overview, 4 * WIDTH * HEIGHT);
  g_autoptr (PmtLocalLight) light = pmt_local_light_new (overview, WIDTH, HEIGHT);
  PmtRect all = { 0, 0, WIDTH, HEIGHT };

  pmt_local_light_apply (light, 1, &all, (PmtSize) { WIDTH, HEIGHT }, whole, 4 * WIDTH);
  for (int y = 0; y < HEIGHT; y += 50)
    for (int x = 0; x < WIDTH; x += 70)
      {
        PmtRect tile = { x, y, MIN (70, WIDTH - x), MIN (50, HEIGHT - y) };

        pmt_local_light_apply (light, 1, &tile, (PmtSize) { WIDTH, HEIGHT }, tiled + 4 * (y * WIDTH + x), 4 * WIDTH);
      }
  g_assert_cmpmem (whole, 4 * WIDTH * HEIGHT, tiled, 4 * WIDTH * HEIGHT);
}

static void
test_faint_edge (void)
{
  g_autofree guint8 *pixels = picture (WIDTH, HEIGHT, 150), *before = g_memdup2 (pixels, 4 * WIDTH * HEIGHT);
  g_autoptr (PmtLocalLight) light = pmt_local_light_new (pixels, WIDTH, HEIGHT);
  PmtRect all = { 0, 0, WIDTH, HEIGHT };
  double step, stepped;

  pmt_local_light_apply (light, 1, &all, (PmtSize) { WIDTH, HEIGHT }, pixels, 4 * WIDTH);
  step = mean (before, 150, 154, 100, 140) - mean (before, 146, 150, 100, 140);
  stepped = mean (pixels, 150, 154, 100, 140) - mean (pixels, 146, 150, 100, 140);
  g_assert_cmpfloat (stepped, >, 2.5 * step);
  memcpy (pixels, before, 4 * WIDTH * HEIGHT);
  pmt_local_light_apply (light, 0, &all, (PmtSize) { WIDTH, HEIGHT }, pixels, 4 * WIDTH);
  g_assert_cmpmem (pixels, 4 * WIDTH * HEIGHT, before, 4 * WIDTH * HEIGHT);
}

/* Zoomed in, a value at a place of the picture becomes what it does in the overview. */
static void
test_scale (void)
{
  g_autofree guint8 *overview = picture (WIDTH, HEIGHT, 150);
  g_autoptr (PmtLocalLight) light = pmt_local_light_new (overview, WIDTH, HEIGHT);

  for (int k = 0; k < 40; k++)
    {
      int x = k * 8, y = k * 5;
      guint8 small[4] = { 70, 70, 70, 0 }, large[4] = { 70, 70, 70, 0 };
      PmtRect a = { x, y, 1, 1 }, b = { 16 * x + 8, 16 * y + 8, 1, 1 };

      pmt_local_light_apply (light, 1, &a, (PmtSize) { WIDTH, HEIGHT }, small, 4);
      pmt_local_light_apply (light, 1, &b, (PmtSize) { 16 * WIDTH, 16 * HEIGHT }, large, 4);
      g_assert_cmpint (ABS (small[0] - large[0]), <=, 1);
    }
}

/* What is transparent does not count, and colours keep their differences. */
static void
test_transparent (void)
{
  g_autofree guint8 *overview = picture (WIDTH, HEIGHT, 150);
  guint8 colour[4] = { 60, 70, 80, 0 };
  PmtRect one = { 40, 40, 1, 1 };
  g_autoptr (PmtLocalLight) light = NULL;

  for (int i = 0; i < WIDTH * HEIGHT; i++)
    overview[4 * i + 3] = 0;
  light = pmt_local_light_new (overview, WIDTH, HEIGHT);
  pmt_local_light_apply (light, 1, &one, (PmtSize) { WIDTH, HEIGHT }, colour, 4);
  g_assert_cmpint (colour[0], ==, 60);
  for (int i = 0; i < WIDTH * HEIGHT; i++)
    overview[4 * i + 3] = 255;
  pmt_local_light_free (light);
  light = pmt_local_light_new (overview, WIDTH, HEIGHT);
  pmt_local_light_apply (light, 0.5, &one, (PmtSize) { WIDTH, HEIGHT }, colour, 4);
  g_assert_cmpint (colour[2] - colour[0], ==, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/local-light/seamless", test_seamless);
  g_test_add_func ("/local-light/faint-edge", test_faint_edge);
  g_test_add_func ("/local-light/scale", test_scale);
  g_test_add_func ("/local-light/transparent", test_transparent);
  return g_test_run ();
}
