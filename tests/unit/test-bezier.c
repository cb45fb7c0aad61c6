/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "transform/bezier.h"

#define TOLERANCE 0.05

static const PmtSize SIZE = { 640, 480 };

/* A polygon's side, an arc, a curve with a loop, one with one handle in its end, a place. */
static const PmtBezier curves[] =
{
  { { { 20, 30 }, { 20, 30 }, { 600, 410 }, { 600, 410 } } }, { { { 100, 240 }, { 100, 350 }, { 190, 440 }, { 300, 440 } } },
  { { { 150, 100 }, { 700, 420 }, { -60, 420 }, { 500, 90 } } }, { { { 40, 60 }, { 40, 60 }, { 300, 10 }, { 420, 300 } } },
  { { { 200, 200 }, { 200, 200 }, { 200, 200 }, { 200, 200 } } },
};

static PmtTransform *
chain_new (const PmtMatrix3 *matrix)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (SIZE, SIZE);

  return pmt_transform_append_matrix (empty, matrix, SIZE, NULL, NULL);
}

static PmtTransform *
affine (void)
{
  return chain_new (&(PmtMatrix3) { { { 1.1, -0.3, 14.25 }, { 0.2, 0.9, -8.5 }, { 0, 0, 1 } } });
}

static PmtTransform *
perspective (void)
{
  return chain_new (&(PmtMatrix3) { { { 1.02, -0.1, 20 }, { 0.07, 0.97, -11 }, { 4e-4, -3e-4, 1 } } });
}

static PmtTransform *
bent (void)
{
  g_autoptr (PmtTransform) plane = perspective ();
  PmtRadial                lens = { { 320, 240 }, -0.1, 0.03, { 0, 0 }, { 640, 480 } };

  return pmt_transform_append_radial (plane, &lens, SIZE, NULL, NULL);
}

/* Kinks along the sides of triangles. */
static PmtTransform *
kinked (void)
{
  static const PmtPoint    from[] = { { 0, 0 }, { 640, 0 }, { 640, 480 }, { 0, 480 }, { 300, 200 } };
  static const PmtPoint    to[] = { { 0, 0 }, { 640, 0 }, { 640, 480 }, { 0, 480 }, { 330, 240 } };
  PmtPiecewiseAffine       pieces = { 5, from, to, { 0, 0 }, { 640, 480 } };
  g_autoptr (PmtTransform) empty = pmt_transform_new (SIZE, SIZE);

  return pmt_transform_append_piecewise_affine (empty, &pieces, SIZE, NULL, NULL);
}

static double
to_segment (PmtPoint p, PmtPoint a, PmtPoint b)
{
  double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  double t = length > 0 ? CLAMP (((p.x - a.x) * dx + (p.y - a.y) * dy) / length, 0, 1) : 0;

  return hypot (p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/* The largest distance of n places' images from the pieces as drawn with 200 chords each. */
static double
misfit (const PmtTransform *transform, const PmtBezier *curve, const GArray *pieces, int n)
{
  double worst = 0;

  for (int i = 0; i <= n; i++)
    {
      PmtPoint p = pmt_bezier_place (curve, i / (double) n);
      double   nearest = INFINITY;

      pmt_transform_map (transform, 1, &p, &p);
      for (guint k = 0; k < pieces->len; k++)
        for (int c = 0; c < 200; c++)
          {
            const PmtBezier *piece = &g_array_index (pieces, PmtBezier, k);

            nearest = MIN (nearest, to_segment (p, pmt_bezier_place (piece, c / 200.0), pmt_bezier_place (piece, (c + 1) / 200.0)));
          }
      worst = MAX (worst, nearest);
    }
  return worst;
}

static void
check (PmtTransform *(*create) (void), guint most)
{
  g_autoptr (PmtTransform) transform = create ();

  for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
    {
      g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (PmtBezier));
      PmtPoint           ends[2] = { curves[i].p[0], curves[i].p[3] };

      g_assert_true (pmt_bezier_map (transform, &curves[i], TOLERANCE, pieces));
      g_assert_cmpuint (pieces->len, >=, 1);
      g_assert_cmpuint (pieces->len, <=, most);
      g_assert_cmpfloat (misfit (transform, &curves[i], pieces, 150), <=, TOLERANCE + 1e-3);
      pmt_transform_map (transform, 2, ends, ends);
      g_assert_cmpmem (&g_array_index (pieces, PmtBezier, 0).p[0], sizeof (PmtPoint), &ends[0], sizeof (PmtPoint));
      g_assert_cmpmem (&g_array_index (pieces, PmtBezier, pieces->len - 1).p[3], sizeof (PmtPoint), &ends[1], sizeof (PmtPoint));
      for (guint k = 1; k < pieces->len; k++)
        g_assert_cmpmem (&g_array_index (pieces, PmtBezier, k).p[0], sizeof (PmtPoint),
                         &g_array_index (pieces, PmtBezier, k - 1).p[3], sizeof (PmtPoint));
    }
}

/* One piece is exact. */
static void
test_affine (void)
{
  check (affine, 1);
}

static void
test_perspective (void)
{
  g_autoptr (PmtTransform) transform = perspective ();
  g_autoptr (GArray)       pieces = g_array_new (FALSE, FALSE, sizeof (PmtBezier));
  const PmtBezier         *side;

  check (perspective, 16);
  /* a polygon's side stays one */
  g_assert_true (pmt_bezier_map (transform, &curves[0], TOLERANCE, pieces));
  g_assert_cmpuint (pieces->len, ==, 1);
  side = &g_array_index (pieces, PmtBezier, 0);
  g_assert_cmpmem (&side->p[1], sizeof (PmtPoint), &side->p[0], sizeof (PmtPoint));
  g_assert_cmpmem (&side->p[2], sizeof (PmtPoint), &side->p[3], sizeof (PmtPoint));
}

static void
test_bent (void)
{
  check (bent, 24);
}

static void
test_kinked (void)
{
  check (kinked, 120);
}

static void
test_finer (void)
{
  g_autoptr (PmtTransform) transform = bent ();
  g_autoptr (GArray)       coarse = g_array_new (FALSE, FALSE, sizeof (PmtBezier));
  g_autoptr (GArray)       fine = g_array_new (FALSE, FALSE, sizeof (PmtBezier));

  g_assert_true (pmt_bezier_map (transform, &curves[2], TOLERANCE, coarse));
  g_assert_true (pmt_bezier_map (transform, &curves[2], TOLERANCE / 1000, fine));
  g_assert_cmpuint (fine->len, >, coarse->len);
  g_assert_cmpfloat (misfit (transform, &curves[2], fine, 60), <, misfit (transform, &curves[2], coarse, 60));
}

/* What crosses a horizon has no image, and nothing is left of it. */
static void
test_no_image (void)
{
  g_autoptr (PmtTransform) transform = chain_new (&(PmtMatrix3) { { { 1, 0, 0 }, { 0, 1, 0 }, { -1.0 / 300, 0, 1 } } });
  g_autoptr (GArray)       pieces = g_array_new (FALSE, FALSE, sizeof (PmtBezier));

  g_assert_false (pmt_bezier_map (transform, &curves[0], TOLERANCE, pieces));
  g_assert_false (pmt_bezier_map (transform, &curves[2], TOLERANCE, pieces));
  g_assert_cmpuint (pieces->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bezier/affine", test_affine);
  g_test_add_func ("/bezier/perspective", test_perspective);
  g_test_add_func ("/bezier/bent", test_bent);
  g_test_add_func ("/bezier/kinked", test_kinked);
  g_test_add_func ("/bezier/finer", test_finer);
  g_test_add_func ("/bezier/no-image", test_no_image);
  return g_test_run ();
}
