/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "transform/triangle-finder-private.h"

static const PmtExtent FRAME = { -1000, -1000, 2000, 2000 };

/* The corners among the places, as the triangles number them. */
static PmtPoint *
with_corners (int n, const PmtPoint *points)
{
  const PmtPoint corners[4] = { { -1000, -1000 }, { 2000, -1000 }, { 2000, 2000 }, { -1000, 2000 } };
  PmtPoint      *all = g_new (PmtPoint, n + 4);

  for (int i = 0; i < n + 4; i++)
    all[i] = i < n ? points[i] : corners[i - n];
  return all;
}

static double
turn (PmtPoint a, PmtPoint b, PmtPoint c)
{
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/* Distance from the circle through a, b, c, in px; > 0 outside. */
static double
beyond_circle (PmtPoint a, PmtPoint b, PmtPoint c, PmtPoint p)
{
  long double d = 2 * turn (a, b, c), bx = b.x - a.x, by = b.y - a.y, cx = c.x - a.x, cy = c.y - a.y;
  long double x = (cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)) / d;
  long double y = (bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)) / d;

  return (double) (hypotl (p.x - a.x - x, p.y - a.y - y) - hypotl (x, y));
}

/* As many triangles as there must be, that turn one way and fill the frame: they cannot overlap then. No point in a circle. */
static PmtTriangle *
triangulate (int n, const PmtPoint *points)
{
  g_autofree PmtPoint *p = with_corners (n, points);
  PmtTriangle         *triangles = NULL;
  double               area = 0;
  int                  same[2];

  g_assert_true (_pmt_delaunay (n, points, FRAME, &triangles, same));
  for (int t = 0; t < 2 * n + 2; t++)
    {
      const int *c = triangles[t].corner;
      double     own = turn (p[c[0]], p[c[1]], p[c[2]]);

      g_assert_cmpfloat (own, >, 0);
      area += own / 2;
      for (int i = 0; i < n && n <= 400; i++)
        if (i != c[0] && i != c[1] && i != c[2] && own > 1e-3)
          g_assert_cmpfloat (beyond_circle (p[c[0]], p[c[1]], p[c[2]], p[i]), >, -1e-3);
    }
  g_assert_cmpfloat_with_epsilon (area, 9e6, 1e-3);
  return triangles;
}

static void
test_random (void)
{
  for (guint32 seed = 0; seed < 20; seed++)
    {
      g_autoptr (GRand)       random = g_rand_new_with_seed (seed);
      int                     n = g_rand_int_range (random, 1, 200);
      g_autofree PmtPoint    *points = g_new (PmtPoint, n);
      g_autofree PmtTriangle *triangles = NULL;

      for (int i = 0; i < n; i++)
        points[i] = (PmtPoint) { g_rand_double_range (random, 0, 1000), g_rand_double_range (random, 0, 1000) };
      triangles = triangulate (n, points);
    }
}

/* Regular grids, a circle, a line, a parabola, points on the sides of others' triangles: all that ends in ties. */
static void
test_ties (void)
{
  PmtPoint points[400];

  for (int turned = 0; turned < 3; turned++)
    {
      double                  c = cos (0.3 * turned), s = sin (0.3 * turned);
      g_autofree PmtTriangle *triangles = NULL;

      for (int i = 0; i < 400; i++)
        points[i] = (PmtPoint) { 500 + 20 * (c * (i % 20) - s * (i / 20)), 200 + 20 * (s * (i % 20) + c * (i / 20)) };
      triangles = triangulate (400, points);
    }
  for (int shape = 0; shape < 4; shape++)
    {
      g_autofree PmtTriangle *triangles = NULL;

      for (int i = 0; i < 300; i++)
        points[i] = shape == 0   ? (PmtPoint) { 500 + 400 * cos (G_PI * i / 150), 500 + 400 * sin (G_PI * i / 150) }
                    : shape == 1 ? (PmtPoint) { 3.0 * i, 100 + 2.0 * i }
                    : shape == 2 ? (PmtPoint) { 3.0 * i, 0.01 * i * i }
                                 : (PmtPoint) { 500, 3.0 * i };
      triangles = triangulate (300, points);
    }
}

static int
find_triangle (int n, const PmtTriangle *triangles, const int corner[3])
{
  for (int t = 0; t < n; t++)
    {
      const int *c = triangles[t].corner;
      int        found = 0;

      for (int k = 0; k < 9; k++)
        found += c[k / 3] == corner[k % 3];
      if (found == 3)
        return t;
    }
  return -1;
}

/* Four on a circle: the diagonal avoids the first in the list, whichever that is. */
static void
test_tie_rule (void)
{
  for (int first = 0; first < 4; first++)
    {
      PmtPoint                points[4];
      g_autofree PmtTriangle *triangles = NULL;
      const int               without[3] = { 1, 2, 3 };

      for (int i = 0; i < 4; i++)
        points[i] = (PmtPoint) { (i + first) % 4 == 1 || (i + first) % 4 == 2 ? 600 : 300, (i + first) % 4 >= 2 ? 600 : 300 };
      triangles = triangulate (4, points);
      g_assert_cmpint (find_triangle (10, triangles, without), >=, 0);
    }
}

/* The same points in another order: the same triangles, where nothing ties. */
static void
test_order (void)
{
  g_autoptr (GRand)       random = g_rand_new_with_seed (5);
  PmtPoint                points[100], reverse[100];
  g_autofree PmtTriangle *a = NULL, *b = NULL;

  for (int i = 0; i < 100; i++)
    points[i] = reverse[99 - i] = (PmtPoint) { g_rand_double_range (random, 0, 1000), g_rand_double_range (random, 0, 1000) };
  a = triangulate (100, points);
  b = triangulate (100, reverse);
  for (int t = 0; t < 202; t++)
    {
      int corner[3];

      for (int k = 0; k < 3; k++)
        corner[k] = b[t].corner[k] < 100 ? 99 - b[t].corner[k] : b[t].corner[k];
      g_assert_cmpint (find_triangle (202, a, corner), >=, 0);
    }
}

static void
test_same_place (void)
{
  PmtPoint     points[4] = { { 1, 2 }, { 500, 600 }, { 700, 20 }, { 500, 600 } };
  PmtTriangle *triangles = NULL;
  int          same[2];

  g_assert_false (_pmt_delaunay (4, points, FRAME, &triangles, same));
  g_assert_null (triangles);
  g_assert_cmpint (same[0] + same[1], ==, 4);
  g_assert_cmpint (same[0] * same[1], ==, 3);
}

static void
test_finder (void)
{
  g_autoptr (GRand)       random = g_rand_new_with_seed (8);
  PmtPoint                points[300];
  g_autofree PmtPoint    *places = NULL;
  g_autofree PmtTriangle *triangles = NULL;
  const PmtExtent         areas[] = { { 0, 0, 1000, 1000 }, { -1000, -1000, 2000, 2000 }, { 200, 499, 900, 501 } };

  for (int i = 0; i < 300; i++)
    points[i] = (PmtPoint) { g_rand_double_range (random, 0, 1000), g_rand_double_range (random, 0, 1000) };
  triangles = triangulate (300, points);
  places = with_corners (300, points);
  for (guint a = 0; a < G_N_ELEMENTS (areas); a++)
    {
      PmtTriangleFinder *finder = _pmt_triangle_finder_new (602, triangles, places, areas[a]);

      for (int i = 0; i < 5000; i++)
        {
          PmtPoint   p = { g_rand_double_range (random, areas[a].x0, areas[a].x1),
                           g_rand_double_range (random, areas[a].y0, areas[a].y1) };
          int        t = _pmt_triangle_finder_at (finder, p);
          const int *c;

          g_assert_cmpint (t, >=, 0);
          c = triangles[t].corner;
          for (int k = 0; k < 3; k++)
            g_assert_cmpfloat (turn (places[c[k]], places[c[(k + 1) % 3]], p), >=, -1e-6);
        }
      _pmt_triangle_finder_free (finder);
    }
}

static void
test_many (void)
{
  g_autofree PmtPoint    *points = g_new (PmtPoint, 10000);
  g_autofree PmtTriangle *triangles = NULL;
  gint64                  began;

  for (int i = 0; i < 10000; i++)   /* a parabola in order: without a shuffle, each point would flip all edges there are */
    points[i] = (PmtPoint) { 0.1 * i, 1e-5 * i * i };
  began = g_get_monotonic_time ();
  triangles = triangulate (10000, points);
  g_test_message ("10,000 points in %.1f ms", (g_get_monotonic_time () - began) / 1e3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delaunay/random", test_random);
  g_test_add_func ("/delaunay/ties", test_ties);
  g_test_add_func ("/delaunay/tie-rule", test_tie_rule);
  g_test_add_func ("/delaunay/order", test_order);
  g_test_add_func ("/delaunay/same-place", test_same_place);
  g_test_add_func ("/delaunay/finder", test_finder);
  g_test_add_func ("/delaunay/many", test_many);
  return g_test_run ();
}
