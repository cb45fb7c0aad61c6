/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spline passes through the pixels, is exact for low polynomials away from the border, and its derivatives are those
 * of its values. */
#include <math.h>

#include "base/geometry.h"
#include "image/cubic-spline-private.h"

static float
cubic (double x, double y)
{
  return (float) (3 + 0.5 * x - 0.2 * y + 0.01 * x * y - 0.02 * x * x + 0.0005 * x * x * x);
}

static void
test_interpolates (void)
{
  static const PmtSize sizes[] = { { 1, 1 }, { 1, 5 }, { 2, 2 }, { 3, 7 }, { 40, 33 }, { 129, 70 } };

  for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
    {
      g_autoptr (PmtPlane) plane = pmt_plane_new (sizes[k].width, sizes[k].height, NULL);
      g_autoptr (PmtPlane) spline = NULL;
      float                dx, dy;

      for (int y = 0; y < plane->height; y++)
        for (int x = 0; x < plane->width; x++)
          pmt_plane_row (plane, y)[x] = (float) ((x * 7919 + y * 104729) % 251);
      spline = pmt_plane_copy (plane, NULL);
      _pmt_cubic_spline_prefilter (spline);
      for (int y = 0; y < plane->height; y++)
        for (int x = 0; x < plane->width; x++)
          g_assert_cmpfloat_with_epsilon (_pmt_cubic_spline_at (spline, x + 0.5, y + 0.5, &dx, &dy),
                                          pmt_plane_row (plane, y)[x], 0.01);
    }
}

static void
test_polynomial (void)
{
  g_autoptr (PmtPlane) plane = pmt_plane_new (60, 60, NULL);
  float                dx, dy;

  for (int y = 0; y < 60; y++)
    for (int x = 0; x < 60; x++)
      pmt_plane_row (plane, y)[x] = cubic (x + 0.5, y + 0.5);
  _pmt_cubic_spline_prefilter (plane);
  for (double x = 22.03; x < 38; x += 0.37)
    for (double y = 22.11; y < 38; y += 0.41)
      {
        g_assert_cmpfloat_with_epsilon (_pmt_cubic_spline_at (plane, x, y, &dx, &dy), cubic (x, y), 1e-3);
        g_assert_cmpfloat_with_epsilon (dx, 0.5 + 0.01 * y - 0.04 * x + 0.0015 * x * x, 1e-3);
        g_assert_cmpfloat_with_epsilon (dy, -0.2 + 0.01 * x, 1e-3);
      }
}

/* Beyond the border the nearest value goes on. */
static void
test_outside (void)
{
  g_autoptr (PmtPlane) plane = pmt_plane_new (8, 8, NULL);
  float                dx, dy;

  for (int i = 0; i < 64; i++)
    pmt_plane_row (plane, i / 8)[i % 8] = (float) ((i * 7919) % 251);
  g_assert_nonnull (plane);
  _pmt_cubic_spline_prefilter (plane);
  for (double x = -1e6; x < 0.5; x += 1e5)
    {
      g_assert_cmpfloat_with_epsilon (_pmt_cubic_spline_at (plane, x, 3.5, &dx, &dy), (3 * 8 * 7919) % 251, 0.01);
      g_assert_cmpfloat (dx, ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cubic-spline/interpolates", test_interpolates);
  g_test_add_func ("/cubic-spline/polynomial", test_polynomial);
  g_test_add_func ("/cubic-spline/outside", test_outside);
  return g_test_run ();
}
