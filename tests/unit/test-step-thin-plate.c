/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "step-checks.h"

#define POINTS 24

static const PmtSize    FIXED = { 640, 480 }, MOVING = { 700, 500 };
static const PmtExtent  BOX = { 0, 0, 640, 480 }, AROUND = { -400, -300, 1100, 800 };
static const PmtMatrix3 TILT = { { { 1.04, 0.06, 12 }, { -0.05, 0.97, 21 }, { 2e-5, -3e-5, 1 } } };

/* Scattered points, on a jittered grid so that none are close, and their images: an affine map and up to `reach` px. */
static void
draw_points (double reach, guint32 seed, PmtPoint *from, PmtPoint *to)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (int i = 0; i < POINTS; i++)
    {
      PmtPoint p = { (i % 6 + g_rand_double_range (random, 0.2, 0.8)) * 640 / 6,
                     (i / 6 + g_rand_double_range (random, 0.2, 0.8)) * 480 / 4 };

      from[i] = p;
      to[i] = (PmtPoint) { 1.05 * p.x - 0.1 * p.y + 20 + g_rand_double_range (random, -reach, reach),
                           0.08 * p.x + 0.97 * p.y - 9 + g_rand_double_range (random, -reach, reach) };
    }
}

static PmtTransform *
plate (double reach, guint32 seed, double smoothing)
{
  PmtPoint                 from[POINTS], to[POINTS];
  PmtThinPlate             p = { POINTS, from, to, smoothing, { 0, 0 }, { 0, 0 } };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING);
  g_autoptr (GError)       error = NULL;
  PmtTransform            *chain;

  draw_points (reach, seed, from, to);
  chain = pmt_transform_append_thin_plate (empty, &p, MOVING, NULL, &error);
  g_assert_no_error (error);
  return chain;
}

static PmtTransform *
plate_and_tilt (double reach, guint32 seed)
{
  g_autoptr (PmtTransform) bent = plate (reach, seed, 0);

  return pmt_transform_append_matrix (bent, &TILT, MOVING, NULL, NULL);
}

static void
test_goes_through_the_points (void)
{
  g_autoptr (PmtTransform) chain = plate (14, 1, 0);
  PmtPoint                 from[POINTS], to[POINTS], q[POINTS];

  draw_points (14, 1, from, to);
  pmt_transform_map (chain, POINTS, from, q);
  for (int i = 0; i < POINTS; i++)
    g_assert_cmpfloat (hypot (q[i].x - to[i].x, q[i].y - to[i].y), <, 1e-8);
}

/* Of affine images nothing bends, inside or far outside. */
static void
test_affine_is_affine (void)
{
  g_autoptr (PmtTransform) chain = plate (0, 3, 0);
  PmtPoint                 p[3] = { { 100, 50 }, { -5000, 300 }, { 4000, 9000 } }, q[3];

  pmt_transform_map (chain, 3, p, q);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpfloat_with_epsilon (q[i].x, 1.05 * p[i].x - 0.1 * p[i].y + 20, 1e-7);
      g_assert_cmpfloat_with_epsilon (q[i].y, 0.08 * p[i].x + 0.97 * p[i].y - 9, 1e-7);
    }
}

/* ∫∫ |∂²f|² over the box by differences, and the mean squared miss. */
static double
energy (const PmtTransform *chain, double lambda)
{
  PmtPoint from[POINTS], to[POINTS], q[POINTS];
  double   bend = 0, miss = 0, h = 2;

  for (double y = h; y < 480 - h; y += h)
    for (double x = h; x < 640 - h; x += h)
      {
        PmtPoint p[9];

        for (int k = 0; k < 9; k++)
          p[k] = (PmtPoint) { x + (k % 3 - 1) * h, y + (k / 3 - 1) * h };
        pmt_transform_map (chain, 9, p, p);
        double xx = p[3].x - 2 * p[4].x + p[5].x, yy = p[1].x - 2 * p[4].x + p[7].x;
        double xy = (p[8].x - p[6].x - p[2].x + p[0].x) / 4;

        bend += (xx * xx + 2 * xy * xy + yy * yy) / (h * h);
      }
  draw_points (14, 1, from, to);
  pmt_transform_map (chain, POINTS, from, q);
  for (int i = 0; i < POINTS; i++)
    miss += (q[i].x - to[i].x) * (q[i].x - to[i].x) / POINTS;
  return miss + lambda / (8 * G_PI) * 640 * 480 * bend;
}

/* What is stated to be least is less than for the neighbours in λ; the bend beyond the box, which the sum over the plane
 * would hold too, is what makes the margin small. */
static void
test_smoothing (void)
{
  g_autoptr (PmtTransform) exact = plate (14, 1, 0), little = plate (14, 1, 0.001), some = plate (14, 1, 0.01);
  g_autoptr (PmtTransform) much = plate (14, 1, 0.1), all = plate (14, 1, 1e6);
  PmtPoint                 from[POINTS], to[POINTS], a[POINTS];
  double                   j[2][2], k[2][2];

  g_assert_cmpfloat (energy (some, 0.01), <, energy (exact, 0.01));
  g_assert_cmpfloat (energy (some, 0.01), <, energy (little, 0.01));
  g_assert_cmpfloat (energy (some, 0.01), <, energy (much, 0.01));
  draw_points (14, 1, from, to);
  pmt_transform_map (all, POINTS, from, a);
  g_assert_cmpfloat (hypot (a[0].x - to[0].x, a[0].y - to[0].y), >, 0.5);
  g_assert_true (pmt_transform_jacobian (all, (PmtPoint) { 100, 100 }, j) && pmt_transform_jacobian (all, (PmtPoint) { 600, 30 }, k));
  g_assert_cmpfloat_with_epsilon (j[0][0], k[0][0], 1e-5);
  g_assert_cmpfloat_with_epsilon (j[1][0], k[1][0], 1e-5);
}

/* Twice the pixels, twice the coordinates: the same map, for the same λ. */
static void
test_any_size_of_image (void)
{
  PmtPoint                 from[POINTS], to[POINTS];
  PmtThinPlate             p = { POINTS, from, to, 0.01, { 0, 0 }, { 0, 0 } };
  g_autoptr (PmtTransform) one = plate (14, 1, 0.01), empty = pmt_transform_new ((PmtSize) { 1280, 960 }, MOVING), two = NULL;

  draw_points (14, 1, from, to);
  for (int i = 0; i < POINTS; i++)
    {
      from[i] = (PmtPoint) { 2 * from[i].x, 2 * from[i].y };
      to[i] = (PmtPoint) { 2 * to[i].x, 2 * to[i].y };
    }
  two = pmt_transform_append_thin_plate (empty, &p, MOVING, NULL, NULL);
  for (int i = 0; i < 50; i++)
    {
      PmtPoint a = { 40 * i - 500, 700 - 30 * i }, b = { 2 * a.x, 2 * a.y };

      pmt_transform_map (one, 1, &a, &a);
      pmt_transform_map (two, 1, &b, &b);
      g_assert_cmpfloat_with_epsilon (b.x, 2 * a.x, 1e-7);
      g_assert_cmpfloat_with_epsilon (b.y, 2 * a.y, 1e-7);
    }
}

static void
test_everything_a_chain_offers (void)
{
  for (guint32 seed = 1; seed <= 3; seed++)
    {
      g_autoptr (PmtTransform) chain = plate_and_tilt (4 + 3 * seed, seed);
      double                   worst;

      check_jacobian (chain, AROUND);
      worst = check_inverse (chain, AROUND, 1e-7);
      g_test_message ("there and back within %.2g px", worst);
      check_no_number (chain);
      check_text (chain, AROUND);
      check_bounds (chain, MOVING);
      check_lookup (chain, FIXED, MOVING);
    }
}

/* Two points that change places; the message tells where. */
static void
test_folds_are_refused (void)
{
  PmtPoint                 from[6] = { { 0, 0 }, { 640, 0 }, { 0, 480 }, { 640, 480 }, { 310, 240 }, { 330, 240 } };
  PmtPoint                 to[6] = { { 0, 0 }, { 640, 0 }, { 0, 480 }, { 640, 480 }, { 340, 240 }, { 300, 240 } };
  PmtThinPlate             p = { 6, from, to, 0, { 0, 0 }, { 0, 0 } };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING), folded = NULL, smooth = NULL;
  g_autoptr (GError)       error = NULL;
  double                   x, y;

  folded = pmt_transform_append_thin_plate (empty, &p, MOVING, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_null (folded);
  g_assert_nonnull (strstr (error->message, "folds"));
  g_assert_cmpint (sscanf (strchr (error->message, '('), "(%lf, %lf)", &x, &y), ==, 2);
  g_assert_cmpfloat (hypot (x - 320, y - 240), <, 15);
  g_clear_error (&error);
  p.smoothing = 1;
  smooth = pmt_transform_append_thin_plate (empty, &p, MOVING, NULL, &error);
  g_assert_no_error (error);
}

/* A map that mirrors has a negative determinant everywhere. */
static void
test_mirrors_are_refused (void)
{
  PmtPoint                 from[3] = { { 0, 0 }, { 640, 0 }, { 0, 480 } }, to[3] = { { 640, 0 }, { 0, 0 }, { 640, 480 } };
  PmtThinPlate             p = { 3, from, to, 0, { 0, 0 }, { 0, 0 } };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING), none = NULL;
  g_autoptr (GError)       error = NULL;

  none = pmt_transform_append_thin_plate (empty, &p, MOVING, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

static void
test_many_points (void)
{
  g_autofree PmtPoint     *from = g_new (PmtPoint, 1001), *to = g_new (PmtPoint, 1001);
  PmtThinPlate             p = { 1000, from, to, 0, { 0, 0 }, { 0, 0 } };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING), most = NULL, more = NULL;
  g_autoptr (GError)       error = NULL;
  PmtPoint                 q;

  for (int i = 0; i < 1001; i++)
    {
      from[i] = (PmtPoint) { 20 * (i % 32) + 3, 15 * (i / 32) + 2 };
      to[i] = (PmtPoint) { from[i].x + 6 * sin (from[i].y / 50), from[i].y + 6 * cos (from[i].x / 60) };
    }
  most = pmt_transform_append_thin_plate (empty, &p, MOVING, NULL, &error);
  g_assert_no_error (error);
  pmt_transform_map (most, 1, &(PmtPoint) { 320.7, 231.2 }, &q);
  g_assert_cmpfloat_with_epsilon (q.x, 320.7 + 6 * sin (231.2 / 50), 0.01);
  g_assert_cmpfloat_with_epsilon (q.y, 231.2 + 6 * cos (320.7 / 60), 0.01);
  p.n = 1001;
  more = pmt_transform_append_thin_plate (empty, &p, MOVING, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

#define KIND  STEP_HEAD "\"kind\":\"thin-plate\","
#define FRAME "\"direction\":\"forward\",\"smoothing\":0,\"box\":[0,0,9,9],"
#define THREE "[0,0,0,0],[9,0,9,0],[0,9,0,9]"

static const HostileText hostile[] =
{
  { KIND "\"points\":[" THREE "]" STEP_TAIL, "direction" },
  { KIND "\"direction\":\"up\"" STEP_TAIL, "steps[0].direction" },
  { KIND "\"direction\":\"forward\",\"smoothing\":0,\"points\":[" THREE "]" STEP_TAIL, "steps[0].box" },
  { KIND "\"direction\":\"forward\",\"smoothing\":0,\"box\":[0,0,9],\"points\":[" THREE "]" STEP_TAIL, "steps[0].box" },
  { KIND "\"direction\":\"forward\",\"smoothing\":0,\"box\":[0,0,0,9],\"points\":[" THREE "]" STEP_TAIL, "box is empty" },
  { KIND "\"direction\":\"forward\",\"smoothing\":0,\"box\":[0,0,1e300,9],\"points\":[" THREE "]" STEP_TAIL, "box is empty" },
  { KIND "\"direction\":\"forward\",\"smoothing\":0,\"box\":[0,0,8,9],\"points\":[" THREE "]" STEP_TAIL, "outside of its box" },
  { KIND "\"direction\":\"forward\",\"box\":[0,0,9,9],\"points\":[" THREE "]" STEP_TAIL, "smoothing" },
  { KIND "\"direction\":\"forward\",\"smoothing\":-1,\"box\":[0,0,9,9],\"points\":[" THREE "]" STEP_TAIL, "smoothing" },
  { KIND "\"direction\":\"forward\",\"smoothing\":1e7,\"box\":[0,0,9,9],\"points\":[" THREE "]" STEP_TAIL, "smoothing" },
  { KIND "\"direction\":\"forward\",\"smoothing\":\"0\",\"box\":[0,0,9,9],\"points\":[" THREE "]" STEP_TAIL, "smoothing" },
  { KIND FRAME "\"points\":7" STEP_TAIL, "steps[0].points" },
  { KIND FRAME "\"points\":[[0,0,0,0],[9,0,9,0]]" STEP_TAIL, "steps[0].points" },
  { KIND FRAME "\"points\":[" THREE ",[1,2,3]]" STEP_TAIL, "steps[0].points[3]" },
  { KIND FRAME "\"points\":[" THREE ",7]" STEP_TAIL, "steps[0].points[3]" },
  { KIND FRAME "\"points\":[" THREE ",[1,2,null,4]]" STEP_TAIL, "steps[0].points[3]" },
  { KIND FRAME "\"points\":[" THREE ",[1,2,1e300,4]]" STEP_TAIL, "point 3" },
  { KIND FRAME "\"points\":[" THREE ",[0,0,1,1]]" STEP_TAIL, "points 0 and 3" },
  { KIND FRAME "\"points\":[[0,0,0,0],[3,3,9,0],[9,9,0,9]]" STEP_TAIL, "on a line" },
  { KIND FRAME "\"points\":[" THREE ",[4,4,-9,4]]" STEP_TAIL, "folds" },
  { KIND FRAME "\"points\":[" THREE "],\"weights\":[]" STEP_TAIL, "weights" },
};

static void
test_hostile (void)
{
  g_autoptr (PmtTransform) chain = plate_and_tilt (10, 3);
  int                      refused;

  check_hostile (G_N_ELEMENTS (hostile), hostile);
  refused = check_mutations (chain, BOX, 7, 150);
  g_assert_cmpint (refused, >, 50);
  g_assert_cmpint (refused, <, 145);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step-thin-plate/points", test_goes_through_the_points);
  g_test_add_func ("/step-thin-plate/affine", test_affine_is_affine);
  g_test_add_func ("/step-thin-plate/smoothing", test_smoothing);
  g_test_add_func ("/step-thin-plate/size", test_any_size_of_image);
  g_test_add_func ("/step-thin-plate/chain", test_everything_a_chain_offers);
  g_test_add_func ("/step-thin-plate/folds", test_folds_are_refused);
  g_test_add_func ("/step-thin-plate/mirrors", test_mirrors_are_refused);
  g_test_add_func ("/step-thin-plate/many-points", test_many_points);
  g_test_add_func ("/step-thin-plate/hostile", test_hostile);
  return g_test_run ();
}
