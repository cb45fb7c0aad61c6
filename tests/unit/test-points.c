/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/error.h"
#include "fit/points.h"

/* Projective, asymmetric, at the size of a photograph. */
static const PmtMatrix3 TRUTH = { { { 0.9, 0.21, 310 }, { -0.17, 1.12, -95 }, { 3e-5, -2e-5, 1 } } };
static const PmtPoint FIXED[] = { { 12, 33 }, { 5800, 90 }, { 5700, 3900 }, { 40, 3777 }, { 2500, 1800 }, { 900, 3100 } };

static void
fit (int n, const PmtPoint *moving, PmtMatrix3 *matrix)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (pmt_fit_points (n, FIXED, moving, matrix, &error));
  g_assert_no_error (error);
}

static void
map_all (const PmtMatrix3 *m, PmtPoint *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (FIXED); i++)
    out[i] = pmt_matrix3_map (m, FIXED[i]);
}

static void
assert_maps (const PmtMatrix3 *m, int n, const PmtPoint *moving, double tolerance)
{
  for (int i = 0; i < n; i++)
    {
      PmtPoint q = pmt_matrix3_map (m, FIXED[i]);

      g_assert_cmpfloat (hypot (q.x - moving[i].x, q.y - moving[i].y), <=, tolerance);
    }
}

/* Any number of pairs up to four is met exactly, and more when a homography made them. */
static void
test_exact (void)
{
  PmtPoint   moving[G_N_ELEMENTS (FIXED)];
  PmtMatrix3 m;

  map_all (&TRUTH, moving);
  for (int n = 1; n <= (int) G_N_ELEMENTS (FIXED); n++)
    {
      fit (n, moving, &m);
      assert_maps (&m, n, moving, 1e-6);
      if (n < 4)
        g_assert_true (m.m[2][0] == 0 && m.m[2][1] == 0);
    }
  for (int i = 0; i < 9; i++)
    g_assert_cmpfloat_with_epsilon (m.m[i / 3][i % 3], TRUTH.m[i / 3][i % 3], 1e-7 * (1 + fabs (TRUTH.m[i / 3][i % 3])));
}

static void
test_similarity_has_no_shear (void)
{
  PmtPoint   moving[G_N_ELEMENTS (FIXED)];
  PmtMatrix3 m;

  map_all (&TRUTH, moving);
  fit (2, moving, &m);
  g_assert_cmpfloat_with_epsilon (m.m[0][0], m.m[1][1], 1e-12);
  g_assert_cmpfloat_with_epsilon (m.m[0][1], -m.m[1][0], 1e-12);
  fit (1, moving, &m);
  g_assert_true (m.m[0][0] == 1 && m.m[0][1] == 0 && m.m[1][0] == 0 && m.m[1][1] == 1);
}

static void
test_noise_averages (void)
{
  PmtPoint   moving[G_N_ELEMENTS (FIXED)];
  PmtMatrix3 m;

  map_all (&TRUTH, moving);
  for (guint i = 0; i < G_N_ELEMENTS (FIXED); i++)
    moving[i].x += i % 2 ? 1 : -1;
  fit (G_N_ELEMENTS (FIXED), moving, &m);
  assert_maps (&m, G_N_ELEMENTS (FIXED), moving, 2.0);   /* least squares: within about the noise itself */
}

static void
refuse (int n, const PmtPoint *fixed, const PmtPoint *moving)
{
  g_autoptr (GError) error = NULL;
  PmtMatrix3         m = { { { 7 } } };

  g_assert_false (pmt_fit_points (n, fixed, moving, &m, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_cmpfloat (m.m[0][0], ==, 7);
}

static void
test_degenerate (void)
{
  const PmtPoint same[] = { { 5, 5 }, { 5, 5 }, { 5, 5 }, { 5, 5 } };
  const PmtPoint line[] = { { 0, 0 }, { 10, 20 }, { 20, 40 }, { 30, 60 } };
  const PmtPoint nan_point[] = { { NAN, 0 }, { 10, 20 }, { 25, 40 }, { 30, 61 } };

  refuse (0, FIXED, FIXED);
  refuse (2, same, FIXED);
  refuse (2, FIXED, same);
  refuse (3, line, FIXED);
  refuse (3, FIXED, line);
  refuse (4, line, FIXED);
  refuse (4, same, FIXED);
  for (int n = 1; n <= 4; n++)
    {
      refuse (n, nan_point, FIXED);
      refuse (n, FIXED, nan_point);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/points/exact", test_exact);
  g_test_add_func ("/points/similarity", test_similarity_has_no_shear);
  g_test_add_func ("/points/noise", test_noise_averages);
  g_test_add_func ("/points/degenerate", test_degenerate);
  return g_test_run ();
}
