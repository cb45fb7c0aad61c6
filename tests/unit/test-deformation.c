/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "judge/deformation.h"

#define W 240
#define H 160

static const PmtSize    FIXED = { W, H }, UNKNOWN = { 0, 0 };
static const PmtMatrix3 AFFINE = { { { 0.97, 0.06, 12 }, { -0.05, 1.02, 21 }, { 0, 0, 1 } } };
static const PmtMatrix3 TILT = { { { 1.04, 0.06, 12 }, { -0.05, 0.97, 21 }, { 2e-4, -3e-4, 1 } } };
static const PmtMatrix3 MIRROR = { { { -1, 0.02, 230 }, { 0.01, 1, -3 }, { 0, 0, 1 } } };

static PmtTransform *
append (const PmtTransform *before, const PmtMatrix3 *matrix, PmtSize moving)
{
  g_autoptr (GError) error = NULL;
  PmtTransform      *after = pmt_transform_append_matrix (before, matrix, moving, NULL, &error);

  g_assert_no_error (error);
  return after;
}

/* `before` may be NULL: a bend alone. One control of the lattice is pulled by (x, y) px, the one over the image's centre. */
static PmtTransform *
bump (const PmtMatrix3 *before, double spacing, double x, double y)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, UNKNOWN), first = NULL;
  g_autoptr (GError)       error = NULL;
  PmtPoint                 d[9 * 9] = { 0 };
  PmtLattice               lattice = { { W / 2.0 - 4 * spacing, H / 2.0 - 4 * spacing }, { spacing, spacing }, 9, 9, d };
  PmtTransform            *bent;

  d[4 * 9 + 4] = (PmtPoint) { x, y };
  first = before != NULL ? append (empty, before, UNKNOWN) : pmt_transform_ref (empty);
  bent = pmt_transform_append_lattice (first, &lattice, UNKNOWN, NULL, &error);
  g_assert_no_error (error);
  return bent;
}

static PmtDeformation *
made (const PmtTransform *transform, const PmtDeformationOptions *options)
{
  g_autoptr (GError) error = NULL;
  PmtDeformation    *d = pmt_deformation_new (transform, NULL, options, &error);

  g_assert_no_error (error);
  return d;
}

static PmtDeformationOptions
options_of (PmtDeformationMode mode, gboolean whole)
{
  PmtDeformationOptions options;

  pmt_deformation_options_init (&options);
  options.mode = mode;
  options.whole = whole;
  return options;
}

/* A plane, seen from wherever, turned over or not, is no deformation; nor is one that comes in several steps. */
static void
test_planes (void)
{
  const PmtMatrix3 *const matrices[] = { &pmt_matrix3_identity, &AFFINE, &TILT, &MIRROR };

  for (guint i = 0; i < G_N_ELEMENTS (matrices); i++)
    for (guint j = 0; j < G_N_ELEMENTS (matrices); j++)
      {
        g_autoptr (PmtTransform)     empty = pmt_transform_new (FIXED, UNKNOWN), one = append (empty, matrices[i], UNKNOWN);
        g_autoptr (PmtTransform)     both = append (one, matrices[j], UNKNOWN);
        g_autoptr (PmtDeformation)   d = made (both, NULL);
        const PmtDeformationFigures *f = pmt_deformation_get_figures (d);

        g_assert_cmpfloat (f->largest, <, 1e-9);
        g_assert_cmpfloat_with_epsilon (f->area_least, 1, 1e-9);
        g_assert_cmpfloat_with_epsilon (f->area_most, 1, 1e-9);
        g_assert_cmpfloat (f->strain, <, 1e-9);
        g_assert_cmpfloat (f->covered, ==, 1);
        g_assert_cmpfloat (f->exaggeration, ==, 1);   /* rounding is not blown up */
        g_assert_cmpfloat (f->range, ==, 0.001);
      }
}

/* A lattice that is a plane itself (its controls lie on one) has to be recognised by the fit, behind a perspective too. */
static void
test_plane_in_a_lattice (void)
{
  PmtPoint                     d[12 * 12];
  PmtLattice                   lattice = { { -200, -200 }, { 64, 64 }, 12, 12, d };
  g_autoptr (PmtTransform)     empty = pmt_transform_new (FIXED, UNKNOWN), tilted = append (empty, &TILT, UNKNOWN), bent = NULL;
  g_autoptr (PmtDeformation)   deformation = NULL;
  const PmtDeformationFigures *f;

  for (int i = 0; i < 12 * 12; i++)
    d[i] = (PmtPoint) { 0.5 * (i % 12) - 0.25 * (i / 12), 0.125 * (i % 12) + 1.5 * (i / 12) };
  bent = pmt_transform_append_lattice (tilted, &lattice, UNKNOWN, NULL, NULL);
  deformation = made (bent, NULL);
  f = pmt_deformation_get_figures (deformation);
  g_assert_cmpfloat (f->largest, <, 1e-6);
  g_assert_cmpfloat_with_epsilon (f->area_least, 1, 1e-8);
  g_assert_cmpfloat_with_epsilon (f->area_most, 1, 1e-8);
}

static void
test_whole (void)
{
  PmtDeformationOptions        options = options_of (PMT_DEFORMATION_GRID, TRUE);
  g_autoptr (PmtTransform)     empty = pmt_transform_new (FIXED, UNKNOWN), transform = append (empty, &AFFINE, UNKNOWN);
  g_autoptr (PmtDeformation)   d = made (transform, &options);
  const PmtDeformationFigures *f = pmt_deformation_get_figures (d);
  PmtDeformationPlace          place;

  g_assert_true (pmt_deformation_at (d, (PmtPoint) { 100, 50 }, &place));
  g_assert_cmpfloat_with_epsilon (place.displacement.x, 97 + 3 + 12 - 100, 1e-9);
  g_assert_cmpfloat_with_epsilon (place.displacement.y, -5 + 51 + 21 - 50, 1e-9);
  g_assert_cmpfloat_with_epsilon (place.area, 0.97 * 1.02 + 0.06 * 0.05, 1e-12);
  g_assert_cmpfloat_with_epsilon (f->area_least, f->area_most, 1e-12);
  g_assert_cmpfloat_with_epsilon (f->exaggeration, options.spacing * W / f->largest, 1e-9);
}

/* The middle of a cubic B-spline is (2/3)² of its control. Of a bump that is small beside the picture, hardly any is taken
 * for plane; behind a perspective, it is seen in the fixed image's pixels. */
static void
test_bump (void)
{
  const PmtPoint           middle = { W / 2.0, H / 2.0 };
  PmtDeformationOptions    options = options_of (PMT_DEFORMATION_ARROWS, TRUE);
  g_autoptr (PmtTransform) bent = bump (NULL, 16, 1.8, -0.9), tilted = bump (NULL, 16, 1.8, -0.9), seen = NULL;
  g_autoptr (PmtDeformation) whole = made (bent, &options), left = made (bent, NULL), aside = NULL;
  PmtDeformationPlace      place, other;

  g_assert_true (pmt_deformation_at (whole, middle, &place));
  g_assert_cmpfloat_with_epsilon (place.displacement.x, 0.8, 1e-9);
  g_assert_cmpfloat_with_epsilon (place.displacement.y, -0.4, 1e-9);
  g_assert_true (pmt_deformation_at (left, middle, &place));
  g_assert_cmpfloat_with_epsilon (place.displacement.x, 0.8, 0.04);
  g_assert_cmpfloat_with_epsilon (place.displacement.y, -0.4, 0.02);
  g_assert_cmpfloat_with_epsilon (pmt_deformation_get_figures (left)->largest, hypot (0.8, 0.4), 0.06);

  /* A bend, then a perspective: relative to the plane, nearly what the bend alone is. */
  seen = append (tilted, &TILT, UNKNOWN);
  aside = made (seen, NULL);
  for (int i = 0; i < 20; i++)
    {
      PmtPoint p = { 10 + 11.3 * i, 150 - 7.1 * i };

      g_assert_true (pmt_deformation_at (left, p, &place));
      g_assert_true (pmt_deformation_at (aside, p, &other));
      g_assert_cmpfloat_with_epsilon (place.displacement.x, other.displacement.x, 0.02);
      g_assert_cmpfloat_with_epsilon (place.displacement.y, other.displacement.y, 0.02);
      g_assert_cmpfloat_with_epsilon (place.area, other.area, 0.002);
      g_assert_cmpfloat_with_epsilon (place.strain, other.strain, 0.002);
    }
}

/* Area and strain against differences of the displacement, with the singular values from the eigenvalues of JᵀJ. */
static void
test_jacobian (void)
{
  const double               h = 1e-4;
  g_autoptr (PmtTransform)   bent = bump (&TILT, 40, 9, 6);
  g_autoptr (PmtDeformation) d = made (bent, NULL);

  for (int i = 0; i < 30; i++)
    {
      PmtPoint            p = { 5 + 7.9 * i, 155 - 5.1 * i };
      PmtDeformationPlace place, x[2], y[2];
      double              a, b, c, e, sum, root, area;

      for (int k = 0; k < 2; k++)
        g_assert_true (pmt_deformation_at (d, (PmtPoint) { p.x + (k ? h : -h), p.y }, &x[k])
                       && pmt_deformation_at (d, (PmtPoint) { p.x, p.y + (k ? h : -h) }, &y[k]));
      g_assert_true (pmt_deformation_at (d, p, &place));
      a = 1 + (x[1].displacement.x - x[0].displacement.x) / (2 * h);
      b = (y[1].displacement.x - y[0].displacement.x) / (2 * h);
      c = (x[1].displacement.y - x[0].displacement.y) / (2 * h);
      e = 1 + (y[1].displacement.y - y[0].displacement.y) / (2 * h);
      area = a * e - b * c;
      sum = a * a + b * b + c * c + e * e;
      root = sqrt (fmax (sum * sum - 4 * area * area, 0));
      g_assert_cmpfloat_with_epsilon (place.area, area, 1e-6);
      sum = fmax (fabs (log ((sum + root) / 2)), fabs (log ((sum - root) / 2)));
      g_assert_cmpfloat_with_epsilon (place.strain, sum / 2, 1e-5);
    }
}

/* The fitted plane is the best: no small change of it lowers the sum of squares in pixels of the moving image. */
static double
squares (const PmtTransform *transform, const PmtMatrix3 *plane)
{
  double sum = 0;

  for (int y = 0; y < 40; y++)
    for (int x = 0; x < 60; x++)
      {
        PmtPoint p = { (x + 0.5) * W / 60, (y + 0.5) * H / 40 }, to, laid = pmt_matrix3_map (plane, p);

        pmt_transform_map (transform, 1, &p, &to);
        sum += (to.x - laid.x) * (to.x - laid.x) + (to.y - laid.y) * (to.y - laid.y);
      }
  return sum;
}

static void
test_best_plane (void)
{
  static const double        steps[9] = { 1e-3, 1e-3, 0.1, 1e-3, 1e-3, 0.1, 1e-5, 1e-5, 0 };
  g_autoptr (PmtTransform)   bent = bump (&TILT, 40, 9, 6);
  g_autoptr (PmtDeformation) d = made (bent, NULL);
  PmtMatrix3                 plane = pmt_matrix3_normalised (&pmt_deformation_get_figures (d)->plane);
  double                     best = squares (bent, &plane);

  for (int i = 0; i < 8; i++)
    for (int sign = -1; sign <= 1; sign += 2)
      {
        PmtMatrix3 other = plane;

        other.m[i / 3][i % 3] += sign * steps[i];
        g_assert_cmpfloat (squares (bent, &other), >, best);
      }
}

/* -- drawing -- */

static float *
drawn (const PmtDeformation *d, const PmtRect *rect)
{
  float *rgba = g_new (float, (gsize) 4 * rect->width * rect->height);

  for (int i = 0; i < 4 * rect->width * rect->height; i++)
    rgba[i] = NAN;
  pmt_deformation_draw (d, rect, rgba, (gsize) 4 * rect->width);
  return rgba;
}

/* Any rectangle is the whole's, to the bit, beyond the image's edge too; a stride leaves what is between rows alone. */
static void
test_tiles (void)
{
  const PmtRect            all = { -20, -10, W + 40, H + 30 };
  g_autoptr (PmtTransform) bent = bump (&TILT, 40, 9, 6);
  g_autoptr (GRand)        random = g_rand_new_with_seed (3);

  for (PmtDeformationMode mode = PMT_DEFORMATION_GRID; mode <= PMT_DEFORMATION_STRAIN; mode++)
    {
      PmtDeformationOptions      options = options_of (mode, FALSE);
      g_autoptr (PmtDeformation) d = made (bent, &options);
      g_autofree float          *whole = drawn (d, &all);
      double                     sum = 0;

      for (int i = 0; i < 40; i++)
        {
          int               x = g_rand_int_range (random, 0, all.width), y = g_rand_int_range (random, 0, all.height);
          PmtRect           r = { all.x + x, all.y + y, g_rand_int_range (random, 1, all.width - x + 1),
                                  g_rand_int_range (random, 1, all.height - y + 1) };
          g_autofree float *tile = drawn (d, &r);

          for (int k = 0; k < r.height; k++)
            g_assert_cmpmem (tile + (gsize) 4 * k * r.width, r.width * 16, whole + 4 * ((gsize) (y + k) * all.width + x),
                             r.width * 16);
        }
      for (int i = 0; i < all.width * all.height; i++)
        {
          gboolean inside = i % all.width >= 20 && i % all.width < 20 + W && i / all.width >= 10 && i / all.width < 10 + H;

          for (int k = 0; k < 4; k++)
            g_assert_true (whole[4 * i + k] >= 0 && whole[4 * i + k] <= 1 && (inside || whole[4 * i + k] == 0));
          sum += whole[4 * i + 3];
        }
      g_assert_cmpfloat (sum, >, 100);
    }
}

static void
test_stride (void)
{
  g_autoptr (PmtTransform)   bent = bump (NULL, 40, 9, 6);
  g_autoptr (PmtDeformation) d = made (bent, NULL);
  const PmtRect              rect = { 50, 40, 20, 10 };
  g_autofree float          *packed = drawn (d, &rect), *apart = g_new (float, 10 * 100);

  for (int i = 0; i < 10 * 100; i++)
    apart[i] = 7;
  pmt_deformation_draw (d, &rect, apart, 100);
  for (int y = 0; y < 10; y++)
    {
      g_assert_cmpmem (apart + 100 * y, 80 * sizeof (float), packed + 80 * y, 80 * sizeof (float));
      for (int i = 80; i < 100; i++)
        g_assert_cmpfloat (apart[100 * y + i], ==, 7);
    }
}

/* Where nothing is displaced the grid is a square one: its lines lie where the spacing says. */
static void
test_straight_grid (void)
{
  PmtDeformationOptions      options = options_of (PMT_DEFORMATION_GRID, FALSE);
  g_autoptr (PmtTransform)   empty = pmt_transform_new (FIXED, FIXED);
  g_autoptr (PmtDeformation) d = NULL;
  g_autofree float          *row = NULL;

  options.spacing = 0.1;                     /* 24 px: ten lines down, the first at 12; six across, the first at 20 */
  options.opacity = 1;
  d = made (empty, &options);
  row = drawn (d, &(PmtRect) { 0, 32, W, 1 });
  for (int x = 0; x < W; x++)
    g_assert_true ((row[4 * x + 3] > 0.9f) == (x % 24 == 11 || x % 24 == 12));
}

/* A horizon across the image, a picture turned over, and what the moving image does not show. */
static void
test_free_places (void)
{
  static const PmtMatrix3  horizon = { { { 1, 0, 0 }, { 0, 1, 0 }, { -1 / 100.0, 0, 1 } } };
  PmtDeformationOptions    options = options_of (PMT_DEFORMATION_JACOBIAN, FALSE);
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, UNKNOWN), steep = append (empty, &horizon, UNKNOWN);
  g_autoptr (PmtTransform) mirrored = append (empty, &MIRROR, UNKNOWN), small = append (empty, &AFFINE, (PmtSize) { 100, 90 });
  g_autoptr (GError)       error = NULL;

  for (int mode = PMT_DEFORMATION_GRID; mode <= PMT_DEFORMATION_STRAIN; mode++)
    {
      g_autoptr (PmtDeformation) behind = NULL, beyond = NULL;
      g_autofree float          *p = NULL, *q = NULL;
      double                     seen = 0;

      options.mode = mode;
      behind = made (steep, &options);
      beyond = made (small, &options);
      p = drawn (behind, &(PmtRect) { 0, 0, W, H });
      q = drawn (beyond, &(PmtRect) { 0, 0, W, H });
      for (int i = 0; i < W * H; i++)
        {
          PmtPoint at = { i % W + 0.5, i / W + 0.5 }, to = pmt_matrix3_map (&AFFINE, at);

          seen += p[4 * i + 3];
          g_assert_true (i % W < 103 || p[4 * i + 3] == 0);     /* a line's round end may stand out by its width */
          g_assert_true ((to.x < 104 && to.y < 94) || q[4 * i + 3] == 0);
        }
      g_assert_cmpfloat (seen, >, 100);
      g_assert_cmpfloat (pmt_deformation_get_figures (behind)->covered, <, 0.45);
    }
  options.whole = TRUE;
  g_assert_null (pmt_deformation_new (mirrored, NULL, &options, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

static const float *
pixel_at (const PmtDeformation *d, double x, double y, float pixel[4])
{
  pmt_deformation_draw (d, &(PmtRect) { (int) x, (int) y, 1, 1 }, pixel, 4);
  return pixel;
}

/* Red is growth, blue is shrinking, and nothing has no colour. */
static void
test_colours (void)
{
  PmtDeformationOptions    options = options_of (PMT_DEFORMATION_JACOBIAN, TRUE);
  const double             factors[] = { 1.1, 1, 1 / 1.1 };
  float                    p[4];

  for (int i = 0; i < 3; i++)
    {
      PmtMatrix3                 scale = pmt_matrix3_scaling (factors[i], 1);
      g_autoptr (PmtTransform)   empty = pmt_transform_new (FIXED, UNKNOWN), scaled = append (empty, &scale, UNKNOWN);
      g_autoptr (PmtDeformation) d = made (scaled, &options);

      pixel_at (d, 20, 30, p);
      g_assert_cmpfloat (p[3], ==, (float) options.opacity);
      g_assert_cmpfloat (pmt_deformation_get_figures (d)->range, ==, i == 1 ? 0.001 : 0.1);
      if (i == 1)
        g_assert_true (fabsf (p[0] - p[1]) < 0.01f && fabsf (p[1] - p[2]) < 0.01f && p[0] > 0.85f);
      else
        g_assert_cmpfloat (p[i], >, p[1] + 0.2f);     /* i = 0: red; i = 2: blue */
    }
}

static void
test_lay (void)
{
  const float                over[][4] = { { 0, 0, 0, 0 }, { 1, 0, 0, 0.5f }, { 1, 0, 0, 0.5f }, { 0.2f, 0.4f, 0.6f, 1 } };
  const float                image[][4] = { { 0.3f, NAN, 7, 0.2f }, { 0, 1, 0, 1 }, { NAN, 1, 0, 1 }, { 0, 0, 1, 0.5f } };
  g_autoptr (PmtTransform)   bent = bump (NULL, 40, 9, 6);
  PmtDeformationOptions      options = options_of (PMT_DEFORMATION_STRAIN, FALSE);
  g_autoptr (PmtDeformation) lines = made (bent, NULL), colours = made (bent, &options);
  float                      out[4][4];

  pmt_deformation_lay (lines, 4, over[0], image[0], out[0]);
  g_assert_cmpmem (out[0], 16, image[0], 16);
  g_assert_cmpfloat (out[1][0], ==, 0.5f);
  g_assert_cmpfloat (out[1][1], ==, 0.5f);
  g_assert_cmpfloat (out[1][3], ==, 1);
  g_assert_cmpmem (out[2], 16, over[2], 16);
  g_assert_cmpmem (out[3], 16, over[3], 16);
  pmt_deformation_lay (colours, 4, over[0], image[0], out[0]);
  g_assert_cmpmem (out[0], 16, image[0], 16);
  g_assert_cmpfloat (out[1][1], ==, out[1][2]);        /* green paint has turned grey under red */
  g_assert_cmpfloat (out[1][0], >, out[1][1]);
}

static void
test_bad_options (void)
{
  static const PmtDeformationOptions bad[] =
  {
    { .mode = 4, .spacing = 0.1 }, { .mode = (PmtDeformationMode) -1, .spacing = 0.1 }, { .spacing = 0 }, { .spacing = 0.6 },
    { .spacing = NAN }, { .spacing = 0.1, .exaggeration = -1 }, { .spacing = 0.1, .exaggeration = INFINITY },
    { .spacing = 0.1, .range = -0.1 }, { .spacing = 0.1, .range = 11 }, { .spacing = 0.1, .opacity = 1.1 },
    { .spacing = 0.1, .opacity = NAN }
  };
  static const PmtRect     areas[] = { { 0, 0, 0, 0 }, { 0, 0, 2000000, 5 }, { -2000000, 0, 5, 5 }, { 0, 0, 5, -5 } };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, UNKNOWN), sizeless = pmt_transform_new (UNKNOWN, UNKNOWN);
  g_autoptr (GError)       error = NULL;
  PmtDeformationOptions    options;
  PmtDeformationMode       mode;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_null (pmt_deformation_new (empty, NULL, &bad[i], &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
      g_clear_error (&error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (areas); i++)
    {
      g_assert_null (pmt_deformation_new (empty, &areas[i], NULL, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
      g_clear_error (&error);
    }
  g_assert_null (pmt_deformation_new (sizeless, NULL, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  pmt_deformation_options_init (&options);
  g_assert_true (pmt_deformation_options_check (&options, NULL));
  g_assert_false (pmt_deformation_mode_from_nick ("bend", &mode));
  for (int i = 0; i < 4; i++)
    g_assert_true (pmt_deformation_mode_from_nick (pmt_deformation_mode_to_nick (i), &mode) && (int) mode == i);
}

/* Nothing is too small or too far: a pixel, a line of them, absurd factors. */
static void
test_odd_areas (void)
{
  static const PmtRect     areas[] = { { 0, 0, 1, 1 }, { 100, 50, 1, 60 }, { -7, 3, 500, 1 }, { 5, 5, 3, 2 } };
  g_autoptr (PmtTransform) bent = bump (&TILT, 40, 9, 6);

  for (guint i = 0; i < G_N_ELEMENTS (areas); i++)
    for (int mode = PMT_DEFORMATION_GRID; mode <= PMT_DEFORMATION_STRAIN; mode++)
      {
        PmtDeformationOptions      options = options_of (mode, i % 2);
        g_autoptr (GError)         error = NULL;
        g_autoptr (PmtDeformation) d = NULL;
        g_autofree float          *p = NULL;

        options.spacing = 0.01;
        options.exaggeration = mode % 2 ? 10000 : 0;
        d = pmt_deformation_new (bent, &areas[i], &options, &error);
        g_assert_no_error (error);
        p = drawn (d, &areas[i]);
        for (int k = 0; k < 4 * areas[i].width * areas[i].height; k++)
          g_assert_true (p[k] >= 0 && p[k] <= 1);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/deformation/planes", test_planes);
  g_test_add_func ("/deformation/plane-in-a-lattice", test_plane_in_a_lattice);
  g_test_add_func ("/deformation/whole", test_whole);
  g_test_add_func ("/deformation/bump", test_bump);
  g_test_add_func ("/deformation/jacobian", test_jacobian);
  g_test_add_func ("/deformation/best-plane", test_best_plane);
  g_test_add_func ("/deformation/tiles", test_tiles);
  g_test_add_func ("/deformation/stride", test_stride);
  g_test_add_func ("/deformation/straight-grid", test_straight_grid);
  g_test_add_func ("/deformation/free-places", test_free_places);
  g_test_add_func ("/deformation/colours", test_colours);
  g_test_add_func ("/deformation/lay", test_lay);
  g_test_add_func ("/deformation/bad-options", test_bad_options);
  g_test_add_func ("/deformation/odd-areas", test_odd_areas);
  return g_test_run ();
}
