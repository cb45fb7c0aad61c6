/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The matrices are projective and asymmetric on purpose: identity, flips and rotations would hide a transposition or a
 * swapped order of multiplication. */
#include <math.h>

#include "transform/transform.h"

static const PmtMatrix3 A = { { { 1.1, 0.12, -35 }, { -0.07, 0.94, 21 }, { 1.3e-4, -6e-5, 1 } } };
static const PmtMatrix3 B = { { { 0.8, -0.3, 90 }, { 0.41, 0.77, -14 }, { -4e-5, 2.2e-4, 1 } } };
static const PmtSize SIZE_F = { 640, 480 }, SIZE_M = { 500, 700 }, SIZE_N = { 321, 123 };

static PmtPoint
by_hand (const PmtMatrix3 *m, PmtPoint p)
{
  double x = m->m[0][0] * p.x + m->m[0][1] * p.y + m->m[0][2];
  double y = m->m[1][0] * p.x + m->m[1][1] * p.y + m->m[1][2];
  double w = m->m[2][0] * p.x + m->m[2][1] * p.y + m->m[2][2];

  return (PmtPoint) { x / w, y / w };
}

static PmtTransform *
chain (PmtSize fixed, PmtSize moving, const PmtMatrix3 *m)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (fixed, moving);
  g_autoptr (GError)       error = NULL;
  PmtTransform            *transform = pmt_transform_append_matrix (empty, m, (PmtSize) { 0, 0 }, NULL, &error);

  g_assert_no_error (error);
  return transform;
}

static void
assert_near (PmtPoint a, PmtPoint b, double tolerance)
{
  g_assert_cmpfloat_with_epsilon (a.x, b.x, tolerance);
  g_assert_cmpfloat_with_epsilon (a.y, b.y, tolerance);
}

/* Ten points spread over and beyond the frame, never near a horizon of A or B. */
static PmtPoint
sample (int i)
{
  return (PmtPoint) { -40 + 73.5 * i, 610 - 61.25 * i };
}

static void
test_map_and_order (void)
{
  g_autoptr (PmtTransform) a = chain (SIZE_F, SIZE_M, &A), b = chain (SIZE_M, SIZE_N, &B);
  g_autoptr (PmtTransform) both = pmt_transform_compose (a, b, NULL);
  g_autoptr (PmtTransform) flat = pmt_transform_flatten (both);
  PmtMatrix3               product;

  g_assert_cmpint (pmt_transform_get_length (both), ==, 2);
  g_assert_cmpint (pmt_transform_get_length (flat), ==, 1);
  g_assert_cmpint (pmt_transform_get_fixed_size (both).width, ==, SIZE_F.width);
  g_assert_cmpint (pmt_transform_get_moving_size (both).height, ==, SIZE_N.height);
  g_assert_true (pmt_transform_get_matrix (both, &product));
  for (int i = 0; i < 10; i++)
    {
      PmtPoint p = sample (i), q, expected = by_hand (&B, by_hand (&A, p));

      pmt_transform_map (both, 1, &p, &q);
      assert_near (q, expected, 1e-9);
      assert_near (by_hand (&product, p), expected, 1e-9);
      pmt_transform_map (flat, 1, &p, &p);   /* in place */
      assert_near (p, expected, 1e-9);
    }
}

static void
test_sizes_must_meet (void)
{
  g_autoptr (PmtTransform) a = chain (SIZE_F, SIZE_M, &A), b = chain (SIZE_N, SIZE_M, &B);
  g_autoptr (PmtTransform) unknown = chain ((PmtSize) { 0, 0 }, SIZE_N, &B);
  g_autoptr (PmtTransform) fine = pmt_transform_compose (a, unknown, NULL);
  g_autoptr (GError)       error = NULL;

  g_assert_nonnull (fine);
  g_assert_null (pmt_transform_compose (a, b, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

static void
test_inverse (void)
{
  g_autoptr (PmtTransform) a = chain (SIZE_F, SIZE_M, &A), b = chain (SIZE_M, SIZE_N, &B);
  g_autoptr (PmtTransform) both = pmt_transform_compose (a, b, NULL);
  g_autoptr (PmtTransform) back = pmt_transform_invert (both, NULL);
  g_autoptr (PmtTransform) round = pmt_transform_compose (both, back, NULL);
  g_autoptr (PmtTransform) flat = pmt_transform_flatten (round);

  g_assert_cmpint (pmt_transform_get_fixed_size (back).width, ==, SIZE_N.width);
  for (int i = 0; i < 10; i++)
    {
      PmtPoint p = sample (i), q;

      pmt_transform_map (round, 1, &p, &q);
      assert_near (q, p, 1e-8);
      pmt_transform_map (flat, 1, &p, &q);
      assert_near (q, p, 1e-8);
    }
}

static void
test_jacobian (void)
{
  g_autoptr (PmtTransform) a = chain (SIZE_F, SIZE_M, &A), b = chain (SIZE_M, SIZE_N, &B);
  g_autoptr (PmtTransform) both = pmt_transform_compose (a, b, NULL);
  double                   h = 1e-3;

  for (int i = 0; i < 10; i++)
    {
      PmtPoint p = sample (i), q[4] = { { p.x + h, p.y }, { p.x - h, p.y }, { p.x, p.y + h }, { p.x, p.y - h } };
      double   j[2][2];

      g_assert_true (pmt_transform_jacobian (both, p, j));
      pmt_transform_map (both, 4, q, q);
      g_assert_cmpfloat_with_epsilon (j[0][0], (q[0].x - q[1].x) / (2 * h), 1e-6);
      g_assert_cmpfloat_with_epsilon (j[1][0], (q[0].y - q[1].y) / (2 * h), 1e-6);
      g_assert_cmpfloat_with_epsilon (j[0][1], (q[2].x - q[3].x) / (2 * h), 1e-6);
      g_assert_cmpfloat_with_epsilon (j[1][1], (q[2].y - q[3].y) / (2 * h), 1e-6);
    }
}

/* Behind both horizons the product's denominator is positive again; the flat chain must still say no. */
static void
test_horizons_survive_flattening (void)
{
  const PmtMatrix3         strong = { { { 1, 0, 0 }, { 0, 1, 0 }, { -0.01, 0, 1 } } };   /* horizon at x = 100 */
  const PmtMatrix3         other = { { { 1, 0, 0 }, { 0, 1, 0 }, { 0.02, 0.001, 1 } } };
  g_autoptr (PmtTransform) a = chain (SIZE_F, SIZE_M, &strong), b = chain (SIZE_M, SIZE_N, &other);
  g_autoptr (PmtTransform) both = pmt_transform_compose (a, b, NULL), flat = pmt_transform_flatten (both);
  int                      behind = 0, crossed = 0;
  PmtMatrix3               product;

  pmt_transform_get_matrix (both, &product);
  for (int i = 0; i < 400; i++)
    {
      PmtPoint p = { -500 + 2.5 * i + 0.1, 30 + i }, q, r;

      pmt_transform_map (both, 1, &p, &q);
      pmt_transform_map (flat, 1, &p, &r);
      g_assert_cmpint (isnan (q.x), ==, isnan (r.x));
      g_assert_cmpint (isnan (q.x), ==, isnan (q.y));
      if (!isnan (q.x))
        g_assert_cmpfloat_with_epsilon (q.x, r.x, 1e-9 * fabs (q.x) + 1e-9);
      behind += isnan (q.x);
      crossed += isnan (q.x) && !isnan (pmt_matrix3_map (&product, p).x);
    }
  g_assert_cmpint (behind, >, 50);
  g_assert_cmpint (behind, <, 350);
  g_assert_cmpint (crossed, >, 0);   /* the case this test is for does occur */
}

static void
test_no_image (void)
{
  g_autoptr (PmtTransform) a = chain (SIZE_F, SIZE_M, &A), empty = pmt_transform_new (SIZE_F, SIZE_M);
  PmtPoint                 in[3] = { { NAN, 1 }, { 1, NAN }, { -8000, 0 } }, out[3];

  pmt_transform_map (a, 3, in, out);
  for (int i = 0; i < 3; i++)
    g_assert_true (isnan (out[i].x) && isnan (out[i].y));
  pmt_transform_map (empty, 2, in, out);
  for (int i = 0; i < 2; i++)
    g_assert_true (isnan (out[i].x) && isnan (out[i].y));
}

/* A gigapixel image's shift is no reason to call a matrix singular. */
static void
test_large_shifts (void)
{
  const PmtMatrix3         far = { { { 1e-3, 2e-4, 900000 }, { -1e-4, 1e-3, -800000 }, { 1e-9, 0, 1 } } };
  g_autoptr (PmtTransform) t = chain (SIZE_F, SIZE_M, &far), back = pmt_transform_invert (t, NULL);
  PmtPoint                 p = { 123456.75, 7890.25 }, q;

  pmt_transform_map (t, 1, &p, &q);
  pmt_transform_map (back, 1, &q, &q);
  assert_near (q, p, 1e-5);   /* 9e5 / 1e-3 · 2⁻⁵³ · a few */
}

static void
test_bad_matrices (void)
{
  const PmtMatrix3 bad[] =
    {
      { { { 1, 0, 0 }, { 2, 0, 0 }, { 0, 0, 1 } } },
      { { { NAN, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } },
      { { { 1, 0, INFINITY }, { 0, 1, 0 }, { 0, 0, 1 } } },
      { { { 0 } } },
      { { { 1e300, 0, 0 }, { 0, 1e300, 0 }, { 0, 0, 1e300 } } },
    };
  g_autoptr (PmtTransform) empty = pmt_transform_new (SIZE_F, SIZE_M);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pmt_transform_append_matrix (empty, &bad[i], SIZE_M, NULL, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
    }
}

static void
test_provenance (void)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (SIZE_F, SIZE_M);
  g_autoptr (PmtTransform) one = NULL, inverse = NULL, round = NULL;
  PmtProvenance            p;

  pmt_provenance_init (&p);
  g_assert_true (isnan (p.overlap) && isnan (p.error_median) && isnan (p.error_p95));
  p.method = g_strdup ("registration");
  p.reference = g_strdup ("broken \xff name");
  p.error_median = 0.25;
  one = pmt_transform_append_matrix (empty, &A, SIZE_N, &p, NULL);
  pmt_provenance_clear (&p);
  g_assert_null (p.method);

  g_assert_cmpint (pmt_transform_get_moving_size (one).width, ==, SIZE_N.width);
  g_assert_cmpstr (pmt_transform_get_provenance (one, 0)->method, ==, "registration");
  g_assert_true (g_utf8_validate (pmt_transform_get_provenance (one, 0)->reference, -1, NULL));
  g_assert_null (pmt_transform_get_provenance (one, 1));
  g_assert_null (pmt_transform_get_provenance (one, -1));

  inverse = pmt_transform_invert (one, NULL);
  g_assert_cmpstr (pmt_transform_get_provenance (inverse, 0)->method, ==, "registration");
  g_assert_null (pmt_transform_get_provenance (inverse, 0)->reference);
  g_assert_true (isnan (pmt_transform_get_provenance (inverse, 0)->error_median));
  round = pmt_transform_compose (one, inverse, NULL);
  g_assert_cmpfloat (pmt_transform_get_provenance (round, 0)->error_median, ==, 0.25);
}

static void
test_bounds_of_known_maps (void)
{
  const PmtMatrix3         shift = pmt_matrix3_translation (-30, 12);          /* fixed → moving */
  const PmtMatrix3         half = pmt_matrix3_scaling (0.5, 0.25);
  const PmtMatrix3         turn = { { { 0, 1, 0 }, { -1, 0, 640 }, { 0, 0, 1 } } };   /* 90° */
  g_autoptr (PmtTransform) identity = pmt_transform_new (SIZE_F, SIZE_M), a = chain (SIZE_F, SIZE_M, &shift);
  g_autoptr (PmtTransform) b = chain (SIZE_F, SIZE_M, &half), c = chain (SIZE_F, SIZE_M, &turn);
  const struct { PmtTransform *t; PmtRect bounds; } cases[] =
    {
      { identity, { 0, 0, 500, 700 } }, { a, { 30, -12, 500, 700 } }, { b, { 0, 0, 1000, 2800 } },
      { c, { -60, 0, 700, 500 } },
    };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      PmtRect            r;

      g_assert_true (pmt_transform_bounds (cases[i].t, NULL, &r, &error));
      g_assert_no_error (error);
      g_assert_cmpint (r.x, ==, cases[i].bounds.x);
      g_assert_cmpint (r.y, ==, cases[i].bounds.y);
      g_assert_cmpint (r.width, ==, cases[i].bounds.width);
      g_assert_cmpint (r.height, ==, cases[i].bounds.height);
    }
}

/* Every moving point's inverse image lies within the bounds, and each side is touched to within a pixel. */
static void
test_bounds_of_a_homography (void)
{
  g_autoptr (PmtTransform) a = chain (SIZE_F, SIZE_M, &A), back = pmt_transform_invert (a, NULL);
  double                   x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
  PmtRect                  r;

  g_assert_true (pmt_transform_bounds (a, NULL, &r, NULL));
  for (int y = 0; y <= SIZE_M.height; y += 10)
    for (int x = 0; x <= SIZE_M.width; x += 10)
      {
        PmtPoint p = { x, y };

        pmt_transform_map (back, 1, &p, &p);
        x0 = fmin (x0, p.x), y0 = fmin (y0, p.y), x1 = fmax (x1, p.x), y1 = fmax (y1, p.y);
      }
  g_assert_cmpint (r.x, ==, (int) floor (x0));
  g_assert_cmpint (r.y, ==, (int) floor (y0));
  g_assert_cmpint (r.x + r.width, ==, (int) ceil (x1));
  g_assert_cmpint (r.y + r.height, ==, (int) ceil (y1));
}

static void
test_bounds_refuses_the_wild (void)
{
  const PmtMatrix3 wild[] =
    {
      { { { 1e-6, 0, 0 }, { 0, 1e-6, 0 }, { 0, 0, 1 } } },             /* × 10⁶ */
      { { { 0.01, 0, 0 }, { 0, 0.01, 0 }, { 0, 0, 1 } } },             /* × 10⁴ in area */
      { { { 1, 0, 0 }, { 0, 1, 0 }, { 0.002, 0, 1 } } },               /* x = 500 is infinitely far */
      { { { 1, 0, 3e9 }, { 0, 1, 0 }, { 0, 0, 1 } } },                 /* beyond an int */
    };

  for (guint i = 0; i < G_N_ELEMENTS (wild); i++)
    {
      g_autoptr (PmtTransform) t = chain (SIZE_F, SIZE_M, &wild[i]);
      g_autoptr (GError)       error = NULL;
      PmtRect                  r = { 7, 7, 7, 7 };

      g_assert_false (pmt_transform_bounds (t, NULL, &r, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
      g_assert_cmpint (r.width, ==, 7);
    }
}

static void
test_bounds_needs_a_size (void)
{
  g_autoptr (PmtTransform) t = pmt_transform_new (SIZE_F, (PmtSize) { 0, 0 });
  g_autoptr (GError)       error = NULL;
  PmtRect                  r, part = { 10, 20, 30, 40 };

  g_assert_false (pmt_transform_bounds (t, NULL, &r, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_true (pmt_transform_bounds (t, &part, &r, NULL));
  g_assert_cmpint (r.x, ==, 10);
  g_assert_cmpint (r.height, ==, 40);
}

/* Any two parts of a chain make the whole again, to the byte, and the sizes stay where they belong. */
static void
test_slices (void)
{
  PmtProvenance            provenance;
  g_autoptr (PmtTransform) a = chain (SIZE_F, SIZE_M, &A), b = NULL, whole = NULL;
  g_autofree char         *text = NULL;

  pmt_provenance_init (&provenance);
  provenance.method = (char *) "manual";
  b = pmt_transform_append_matrix (a, &B, SIZE_N, &provenance, NULL);
  whole = pmt_transform_append_matrix (b, &A, SIZE_M, NULL, NULL);
  text = pmt_transform_to_json (whole);
  for (int n = 0; n <= 3; n++)
    {
      g_autoptr (PmtTransform) first = pmt_transform_slice (whole, 0, n), rest = pmt_transform_slice (whole, n, 99);
      g_autoptr (PmtTransform) both = pmt_transform_compose (first, rest, NULL);
      g_autofree char         *again = pmt_transform_to_json (both);

      g_assert_cmpint (pmt_transform_get_length (first), ==, n);
      g_assert_cmpint (pmt_transform_get_fixed_size (first).width, ==, SIZE_F.width);
      g_assert_cmpint (pmt_transform_get_moving_size (first).width, ==, n == 3 ? SIZE_M.width : 0);
      g_assert_cmpint (pmt_transform_get_fixed_size (rest).width, ==, n == 0 ? SIZE_F.width : 0);
      g_assert_cmpstr (again, ==, text);
    }
  {
    g_autoptr (PmtTransform) middle = pmt_transform_slice (whole, 1, 1), none = pmt_transform_slice (whole, -5, -1);
    PmtMatrix3               matrix;

    g_assert_cmpstr (pmt_transform_get_provenance (middle, 0)->method, ==, "manual");
    g_assert_true (pmt_transform_get_matrix (middle, &matrix));
    g_assert_cmpmem (&matrix, sizeof matrix, &B, sizeof B);
    g_assert_cmpint (pmt_transform_get_length (none), ==, 0);
    g_assert_cmpstr (pmt_transform_get_kind (whole, 2), ==, "projective");
    g_assert_null (pmt_transform_get_kind (whole, 3));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transform/map-and-order", test_map_and_order);
  g_test_add_func ("/transform/sizes-must-meet", test_sizes_must_meet);
  g_test_add_func ("/transform/inverse", test_inverse);
  g_test_add_func ("/transform/jacobian", test_jacobian);
  g_test_add_func ("/transform/horizons-survive-flattening", test_horizons_survive_flattening);
  g_test_add_func ("/transform/no-image", test_no_image);
  g_test_add_func ("/transform/large-shifts", test_large_shifts);
  g_test_add_func ("/transform/bad-matrices", test_bad_matrices);
  g_test_add_func ("/transform/provenance", test_provenance);
  g_test_add_func ("/transform/slices", test_slices);
  g_test_add_func ("/transform/bounds/known", test_bounds_of_known_maps);
  g_test_add_func ("/transform/bounds/homography", test_bounds_of_a_homography);
  g_test_add_func ("/transform/bounds/wild", test_bounds_refuses_the_wild);
  g_test_add_func ("/transform/bounds/needs-a-size", test_bounds_needs_a_size);
  return g_test_run ();
}
