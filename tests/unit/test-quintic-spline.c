/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The quintic spline goes through its samples, and is exact for polynomials of the fifth degree. */
#include <math.h>

#include "image/quintic-spline-private.h"

#define W 70
#define H 61
#define FAR 24     /* px from the border, where mirroring shows: 0.43 to that power is below float precision */

static PmtPlane *
make_plane (double (*f) (double x, double y))
{
  g_autoptr (GError) error = NULL;
  PmtPlane          *plane = pmt_plane_new (W, H, &error);

  g_assert_no_error (error);
  for (int y = 0; y < H; y++)
    for (int x = 0; x < W; x++)
      pmt_plane_row (plane, y)[x] = (float) f (x + 0.5, y + 0.5);
  return plane;
}

static double
one (double x, double y)
{
  return 1;
}

/* Noise without a pattern, the same everywhere it is asked for. */
static double
noise (double x, double y)
{
  double v = sin (x * 12.9898 + y * 78.233) * 43758.5453;

  return v - floor (v);
}

static double
polynomial (double x, double y)
{
  double u = (x - 35) / 10, v = (y - 30) / 10;

  return 3 + u - 2 * v + u * u * v - 0.5 * v * v * v * u + 0.3 * pow (u, 5) - 0.2 * pow (v, 5) + 0.1 * pow (u, 4) * v;
}

static void
test_through_samples (void)
{
  g_autoptr (PmtPlane) plane = make_plane (noise), valid = make_plane (one);
  float                row[W];

  _pmt_quintic_spline_prefilter (plane);
  for (int y = 3; y < H - 3; y++)
    {
      _pmt_quintic_spline_sample_row (plane, valid, &pmt_matrix3_identity, 0.5, y + 0.5, W, row);
      for (int x = 6; x < W - 6; x++)
        g_assert_cmpfloat (fabs (row[x] - noise (x + 0.5, y + 0.5)), <, 2e-5);
      g_assert_true (isnan (row[0]) && isnan (row[W - 1]));
    }
}

static void
test_polynomial (void)
{
  /* Asymmetric and projective, so that a transposition or a swapped axis shows. */
  const PmtMatrix3     map = { { { 0.31, 0.07, 24.3 }, { -0.05, 0.22, 26.1 }, { 1e-4, -2e-4, 1 } } };
  g_autoptr (PmtPlane) plane = make_plane (polynomial), valid = make_plane (one);
  float                row[40];
  int                  n = 0;

  _pmt_quintic_spline_prefilter (plane);
  for (int y = 0; y < 30; y++)
    {
      _pmt_quintic_spline_sample_row (plane, valid, &map, 0.25, y + 0.75, 40, row);
      for (int i = 0; i < 40; i++)
        {
          PmtPoint p = pmt_matrix3_map (&map, (PmtPoint) { 0.25 + i, y + 0.75 });

          if (p.x < FAR || p.x > W - FAR || p.y < FAR || p.y > H - FAR)
            continue;
          g_assert_cmpfloat (fabs (row[i] - polynomial (p.x, p.y)), <, 2e-4);
          n++;
        }
    }
  g_assert_cmpint (n, >, 200);
}

static void
test_mask (void)
{
  g_autoptr (PmtPlane) plane = make_plane (noise), valid = make_plane (one);
  float                row[20];

  _pmt_quintic_spline_prefilter (plane);
  pmt_plane_row (valid, 30)[25] = 0;
  _pmt_quintic_spline_sample_row (plane, valid, &pmt_matrix3_identity, 20.4, 30.6, 20, row);
  for (int i = 0; i < 20; i++)
    g_assert_true (isnan (row[i]) == (i == 5));      /* 25.4 lies in pixel 25 */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spline/through-samples", test_through_samples);
  g_test_add_func ("/spline/polynomial", test_polynomial);
  g_test_add_func ("/spline/mask", test_mask);
  return g_test_run ();
}
