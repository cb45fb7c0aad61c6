/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Filters against what their definitions say, pixel by pixel. */
#include <math.h>

#include "image/filter-private.h"

static const struct { int width, height; } sizes[] = { { 1, 1 }, { 3, 2 }, { 8, 40 }, { 31, 7 }, { 45, 33 }, { 94, 94 }, { 130, 20 } };

static int
mirrored (int i, int n)
{
  while (i < 0 || i >= n)
    i = i < 0 ? -1 - i : 2 * n - 1 - i;
  return i;
}

static double
blurred (const PmtPlane *in, double sigma, int x, int y)
{
  int    r = MAX ((int) ceil (4 * sigma), 1);
  double sum = 0, weights = 0;

  for (int v = -r; v <= r; v++)
    for (int u = -r; u <= r; u++)
      {
        double w = exp (-(u * u + v * v) / (2 * sigma * sigma));

        sum += w * pmt_plane_row (in, mirrored (y + v, in->height))[mirrored (x + u, in->width)];
        weights += w;
      }
  return sum / weights;
}

static PmtPlane *
random_plane (int width, int height, GRand *random)
{
  PmtPlane *plane = pmt_plane_new (width, height, NULL);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      pmt_plane_row (plane, y)[x] = (float) g_rand_double_range (random, 0, 255);
  return plane;
}

static void
test_blur (void)
{
  static const double sigmas[] = { 0.3, 0.7, 1.9, 4 };
  g_autoptr (GRand)   random = g_rand_new_with_seed (1);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (guint k = 0; k < G_N_ELEMENTS (sigmas); k++)
      {
        g_autoptr (PmtPlane) in = random_plane (sizes[s].width, sizes[s].height, random);
        g_autoptr (PmtPlane) out = pmt_plane_new (in->width, in->height, NULL);

        g_assert_true (_pmt_gaussian_blur (in, sigmas[k], out, NULL));
        for (int y = 0; y < in->height; y += 3)
          for (int x = 0; x < in->width; x += 2)
            g_assert_cmpfloat (fabs (pmt_plane_row (out, y)[x] - blurred (in, sigmas[k], x, y)), <, 2e-4);
        g_assert_true (_pmt_gaussian_blur (in, sigmas[k], in, NULL));      /* in place, the same */
        for (int y = 0; y < in->height; y++)
          for (int x = 0; x < in->width; x++)
            g_assert_cmpfloat (pmt_plane_row (out, y)[x], ==, pmt_plane_row (in, y)[x]);
      }
}

static gboolean
survives (const PmtPlane *mask, int radius, gboolean frame, int x, int y)
{
  for (int v = y - radius; v <= y + radius; v++)
    for (int u = x - radius; u <= x + radius; u++)
      if (u < 0 || v < 0 || u >= mask->width || v >= mask->height)
        {
          if (!frame)
            return FALSE;
        }
      else if (!(pmt_plane_row (mask, v)[u] > 0.6f))
        return FALSE;
  return TRUE;
}

/* Holes here and there; and none. */
static void
test_erode (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int k = 0; k < 12; k++)
      {
        g_autoptr (PmtPlane) mask = pmt_plane_new (sizes[s].width, sizes[s].height, NULL);
        g_autoptr (PmtPlane) out = pmt_plane_new (mask->width, mask->height, NULL);
        double               holes = k < 2 ? 0 : k * 0.003;
        int                  radius = k % 3 * 2;

        for (int y = 0; y < mask->height; y++)
          for (int x = 0; x < mask->width; x++)
            pmt_plane_row (mask, y)[x] = g_rand_double (random) < holes ? 0.5f : 1;
        g_assert_true (_pmt_mask_erode (mask, radius, k % 2, out, NULL));
        for (int y = 0; y < mask->height; y++)
          for (int x = 0; x < mask->width; x++)
            g_assert_cmpfloat (pmt_plane_row (out, y)[x], ==, survives (mask, radius, k % 2, x, y));
        g_assert_true (_pmt_mask_erode (mask, radius, k % 2, mask, NULL));      /* in place, the same */
        for (int y = 0; y < mask->height; y++)
          for (int x = 0; x < mask->width; x++)
            g_assert_cmpfloat (pmt_plane_row (out, y)[x], ==, pmt_plane_row (mask, y)[x]);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/filter/blur", test_blur);
  g_test_add_func ("/filter/erode", test_erode);
  return g_test_run ();
}
