/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Homographies and rectangles. Matrices here are asymmetric and projective, because identities and flips would hide a
 * transposition or a swapped order. */
#include <math.h>

#include "base/geometry.h"

static const PmtMatrix3 skewed = { { { 1.1, -0.3, 12.5 }, { 0.2, 0.8, -7.25 }, { 3e-4, -2e-4, 1.05 } } };
static const PmtMatrix3 other = { { { 0.7, 0.45, -3 }, { -0.5, 0.9, 21 }, { -1e-4, 5e-4, 0.9 } } };
static const PmtPoint   points[] = { { 0, 0 }, { 1, 0 }, { 0, 1 }, { 640.5, 17.25 }, { -31, 480 }, { 900, 900 } };

/* The definition, written out once more. */
static PmtPoint
map_slowly (const PmtMatrix3 *m, PmtPoint p)
{
  double in[3] = { p.x, p.y, 1 }, out[3] = { 0, 0, 0 };

  for (int i = 0; i < 3; i++)
    for (int k = 0; k < 3; k++)
      out[i] += m->m[i][k] * in[k];
  return (PmtPoint) { out[0] / out[2], out[1] / out[2] };
}

static void
assert_near (PmtPoint a, PmtPoint b, double tolerance)
{
  g_assert_cmpfloat_with_epsilon (a.x, b.x, tolerance);
  g_assert_cmpfloat_with_epsilon (a.y, b.y, tolerance);
}

static void
test_map (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    assert_near (pmt_matrix3_map (&skewed, points[i]), map_slowly (&skewed, points[i]), 1e-9);
}

static void
test_map_behind_horizon (void)
{
  PmtMatrix3 m = { { { 1, 0, 0 }, { 0, 1, 0 }, { -0.01, 0, 1 } } };   /* the horizon is x = 100 */
  PmtPoint   on = pmt_matrix3_map (&m, (PmtPoint) { 100, 5 }), behind = pmt_matrix3_map (&m, (PmtPoint) { 101, 5 });
  double     j[2][2];

  g_assert_true (isnan (on.x) && isnan (on.y));
  g_assert_true (isnan (behind.x) && isnan (behind.y));
  g_assert_false (pmt_matrix3_jacobian (&m, (PmtPoint) { 101, 5 }, j));
  g_assert_true (pmt_matrix3_map (&m, (PmtPoint) { 99, 5 }).x > 0);
}

static void
test_then_applies_first_first (void)
{
  PmtMatrix3 both = pmt_matrix3_then (&skewed, &other);

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    assert_near (pmt_matrix3_map (&both, points[i]),
                 pmt_matrix3_map (&other, pmt_matrix3_map (&skewed, points[i])), 1e-9);
}

static void
test_invert (void)
{
  PmtMatrix3 inverse;

  g_assert_true (pmt_matrix3_invert (&skewed, &inverse));
  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    assert_near (pmt_matrix3_map (&inverse, pmt_matrix3_map (&skewed, points[i])), points[i], 1e-9);
}

static void
test_invert_refuses (void)
{
  const PmtMatrix3 bad[] = {
    { { { 0, 0, 0 }, { 0, 0, 0 }, { 0, 0, 0 } } },
    { { { 1, 2, 3 }, { 2, 4, 6 }, { 0, 0, 1 } } },
    { { { NAN, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } },
    { { { INFINITY, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } },
    { { { 1e-200, 0, 0 }, { 0, 1e-200, 0 }, { 0, 0, 1 } } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      PmtMatrix3 untouched = other;

      g_assert_false (pmt_matrix3_invert (&bad[i], &untouched));
      g_assert_cmpmem (&untouched, sizeof untouched, &other, sizeof other);
    }
}

static void
test_normalised (void)
{
  PmtMatrix3 scaled = skewed, result, far = { { { 3, 0, 0 }, { 0, 4, 0 }, { 1, 1, 0 } } };
  double     sum = 0;

  for (int i = 0; i < 9; i++)
    (&scaled.m[0][0])[i] *= -7.5;
  result = pmt_matrix3_normalised (&scaled);
  g_assert_cmpfloat (result.m[2][2], ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    assert_near (pmt_matrix3_map (&result, points[i]), pmt_matrix3_map (&skewed, points[i]), 1e-9);
  result = pmt_matrix3_normalised (&far);   /* the origin maps to infinity */
  for (int i = 0; i < 9; i++)
    sum += (&result.m[0][0])[i] * (&result.m[0][0])[i];
  g_assert_cmpfloat_with_epsilon (sum, 1, 1e-12);
}

/* Against central differences, whose error is h²·f''' ≈ 1e-10 here. */
static void
test_jacobian (void)
{
  const double h = 1e-3;

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      PmtPoint p = points[i];
      PmtPoint right = pmt_matrix3_map (&skewed, (PmtPoint) { p.x + h, p.y });
      PmtPoint left = pmt_matrix3_map (&skewed, (PmtPoint) { p.x - h, p.y });
      PmtPoint below = pmt_matrix3_map (&skewed, (PmtPoint) { p.x, p.y + h });
      PmtPoint above = pmt_matrix3_map (&skewed, (PmtPoint) { p.x, p.y - h });
      double   j[2][2];

      g_assert_true (pmt_matrix3_jacobian (&skewed, p, j));
      g_assert_cmpfloat_with_epsilon (j[0][0], (right.x - left.x) / (2 * h), 1e-7);
      g_assert_cmpfloat_with_epsilon (j[1][0], (right.y - left.y) / (2 * h), 1e-7);
      g_assert_cmpfloat_with_epsilon (j[0][1], (below.x - above.x) / (2 * h), 1e-7);
      g_assert_cmpfloat_with_epsilon (j[1][1], (below.y - above.y) / (2 * h), 1e-7);
    }
}

static void
assert_rect (PmtRect r, int x, int y, int width, int height)
{
  g_assert_cmpint (r.x, ==, x);
  g_assert_cmpint (r.y, ==, y);
  g_assert_cmpint (r.width, ==, width);
  g_assert_cmpint (r.height, ==, height);
}

static void
test_rectangles (void)
{
  PmtRect a = { 2, 3, 10, 20 }, b = { 8, -5, 10, 12 }, apart = { 100, 100, 5, 5 }, empty = { 4, 4, 0, 7 };

  assert_rect (pmt_rect_intersect (a, b), 8, 3, 4, 4);
  assert_rect (pmt_rect_union (a, b), 2, -5, 16, 28);
  g_assert_true (pmt_rect_is_empty (pmt_rect_intersect (a, apart)));
  g_assert_true (pmt_rect_is_empty (pmt_rect_intersect (a, empty)));
  assert_rect (pmt_rect_union (a, empty), 2, 3, 10, 20);
  assert_rect (pmt_rect_union (empty, a), 2, 3, 10, 20);
  g_assert_true (pmt_rect_is_empty ((PmtRect) { 0, 0, -3, 5 }));
}

/* Sides that end past INT_MAX must neither wrap nor overflow. */
static void
test_huge_rectangles (void)
{
  PmtRect wide = { G_MAXINT - 5, 0, 100, 10 }, far = { G_MAXINT - 2, 2, 50, 50 }, low = { G_MININT, 0, 10, 10 };

  assert_rect (pmt_rect_intersect (wide, far), G_MAXINT - 2, 2, 50, 8);
  g_assert_true (pmt_rect_is_empty (pmt_rect_intersect (wide, low)));
  g_assert_cmpint (pmt_rect_union (wide, low).width, ==, G_MAXINT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/geometry/map", test_map);
  g_test_add_func ("/geometry/map-behind-horizon", test_map_behind_horizon);
  g_test_add_func ("/geometry/then-applies-first-first", test_then_applies_first_first);
  g_test_add_func ("/geometry/invert", test_invert);
  g_test_add_func ("/geometry/invert-refuses", test_invert_refuses);
  g_test_add_func ("/geometry/normalised", test_normalised);
  g_test_add_func ("/geometry/jacobian", test_jacobian);
  g_test_add_func ("/geometry/rectangles", test_rectangles);
  g_test_add_func ("/geometry/huge-rectangles", test_huge_rectangles);
  return g_test_run ();
}
