/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "step-checks.h"

#define POINTS 40

static const PmtSize   FIXED = { 640, 480 }, MOVING = { 640, 480 };
static const PmtExtent BOX = { 0, 0, 640, 480 }, AROUND = { -300, -200, 950, 700 };

/* Points anywhere, moved by a turn and a growth that the seed draws, and by up to `wild` px. */
static void
draw_points (int n, guint32 seed, double wild, PmtPoint *from, PmtPoint *to)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  double            angle = g_rand_double_range (random, -0.3, 0.3), scale = g_rand_double_range (random, 0.8, 1.2);

  for (int i = 0; i < n; i++)
    {
      from[i] = (PmtPoint) { ((i % 8) + g_rand_double_range (random, 0.2, 0.8)) * 80,
                             ((i / 8) + g_rand_double_range (random, 0.2, 0.8)) * 96 };
      to[i] = (PmtPoint) { 320 + scale * (cos (angle) * (from[i].x - 320) - sin (angle) * (from[i].y - 240)),
                           240 + scale * (sin (angle) * (from[i].x - 320) + cos (angle) * (from[i].y - 240)) };
      to[i].x += g_rand_double_range (random, -wild, wild);
      to[i].y += g_rand_double_range (random, -wild, wild);
    }
}

static PmtTransform *
append (int n, const PmtPoint *from, const PmtPoint *to, GError **error)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING);
  PmtPiecewiseAffine       p = { n, from, to, { 0, 0 }, { 0, 0 } };

  return pmt_transform_append_piecewise_affine (empty, &p, MOVING, NULL, error);
}

static PmtTransform *
drawn (int n, guint32 seed, double wild)
{
  PmtPoint           from[POINTS], to[POINTS];
  g_autoptr (GError) error = NULL;
  PmtTransform      *chain;

  draw_points (n, seed, wild, from, to);
  chain = append (n, from, to, &error);
  g_assert_no_error (error);
  return chain;
}

static void
test_points_are_met (void)
{
  PmtPoint                 from[POINTS], to[POINTS], q[POINTS];
  g_autoptr (PmtTransform) chain = drawn (POINTS, 1, 8), inverse = pmt_transform_invert (chain, NULL);

  draw_points (POINTS, 1, 8, from, to);
  pmt_transform_map (chain, POINTS, from, q);
  for (int i = 0; i < POINTS; i++)
    g_assert_cmpfloat (hypot (q[i].x - to[i].x, q[i].y - to[i].y), <, 1e-9);
  pmt_transform_map (inverse, POINTS, to, q);
  for (int i = 0; i < POINTS; i++)
    g_assert_cmpfloat (hypot (q[i].x - from[i].x, q[i].y - from[i].y), <, 1e-9);
}

/* Pairs that an affine map made give that map, everywhere. */
static void
test_affine_is_affine (void)
{
  PmtPoint                 from[POINTS], to[POINTS];
  g_autoptr (PmtTransform) chain = NULL;
  g_autoptr (GError)       error = NULL;

  draw_points (POINTS, 3, 0, from, to);
  for (int i = 0; i < POINTS; i++)
    to[i] = (PmtPoint) { 0.2 * from[i].x - 0.03 * from[i].y + 7, 0.05 * from[i].x + 0.15 * from[i].y - 3 };
  for (int n = 3; n <= POINTS; n += 37)
    {
      g_clear_pointer (&chain, pmt_transform_unref);
      chain = append (n, from, to, &error);
      g_assert_no_error (error);
      for (int i = 0; i < 60; i++)
        {
          PmtPoint p = { 100 * i - 3000, 2500 - 83 * i }, q;

          pmt_transform_map (chain, 1, &p, &q);
          g_assert_cmpfloat_with_epsilon (q.x, 0.2 * p.x - 0.03 * p.y + 7, 1e-8);
          g_assert_cmpfloat_with_epsilon (q.y, 0.05 * p.x + 0.15 * p.y - 3, 1e-8);
        }
    }
}

/* Along lines that lead far beyond the frame there is no jump: steps of 0.01 px lead no farther than the steepest slope. */
static void
test_continuous (void)
{
  g_autoptr (PmtTransform) chain = drawn (POINTS, 5, 6), inverse = pmt_transform_invert (chain, NULL);
  const PmtTransform      *both[2] = { chain, inverse };

  for (int way = 0; way < 2; way++)
    for (int line = 0; line < 7; line++)
      {
        PmtPoint last = { NAN, NAN };

        for (int k = 0; k < 300000; k++)
          {
            double   t = 0.01 * k - 1500, angle = 0.9 * line;
            PmtPoint p = { 320 + t * cos (angle), 240 + t * sin (angle) }, q;

            pmt_transform_map (both[way], 1, &p, &q);
            if (k > 0)
              g_assert_cmpfloat (hypot (q.x - last.x, q.y - last.y), <, 0.03);
            last = q;
          }
      }
}

/* Differences tell the Jacobian but for places within a step of a kink. */
static void
test_jacobian (void)
{
  g_autoptr (PmtTransform) chain = drawn (POINTS, 7, 8), inverse = pmt_transform_invert (chain, NULL);
  const PmtTransform      *both[2] = { chain, inverse };
  int                      off = 0;

  for (int k = 0; k < 2000; k++)
    {
      PmtPoint p = { AROUND.x0 + 1250 * fmod (0.754877 * k, 1), AROUND.y0 + 900 * fmod (0.569840 * k, 1) };
      PmtPoint q[3] = { p, { p.x + 1e-3, p.y }, { p.x, p.y + 1e-3 } };
      double   j[2][2];

      g_assert_true (pmt_transform_jacobian (both[k % 2], p, j));
      pmt_transform_map (both[k % 2], 3, q, q);
      off += fabs ((q[1].x - q[0].x) / 1e-3 - j[0][0]) > 1e-6 || fabs ((q[1].y - q[0].y) / 1e-3 - j[1][0]) > 1e-6
             || fabs ((q[2].x - q[0].x) / 1e-3 - j[0][1]) > 1e-6 || fabs ((q[2].y - q[0].y) / 1e-3 - j[1][1]) > 1e-6;
      g_assert_cmpfloat (j[0][0] * j[1][1] - j[0][1] * j[1][0], >, 0);
    }
  g_assert_cmpint (off, <=, 2);
}

static void
test_everything_a_chain_offers (void)
{
  double worst = 0;

  for (guint32 seed = 1; seed <= 4; seed++)
    {
      g_autoptr (PmtTransform) chain = drawn (3 + 9 * (int) seed, seed, seed == 1 ? 0 : 6), tilted = NULL;
      PmtMatrix3               tilt = { { { 0.97, 0.04, 3 }, { -0.03, 1.02, 9 }, { 3e-5, -2e-5, 1 } } };

      worst = fmax (worst, check_inverse (chain, AROUND, 1e-9));
      check_no_number (chain);
      check_text (chain, AROUND);
      check_bounds (chain, MOVING);
      check_lookup (chain, FIXED, MOVING);
      tilted = pmt_transform_append_matrix (chain, &tilt, MOVING, NULL, NULL);
      check_lookup (tilted, FIXED, MOVING);
    }
  g_test_message ("there and back within %.2g px", worst);
}

/* Where a box leads lies within its reach, and what it stretches by is no less than what is seen. */
static void
test_reach (void)
{
  const PmtExtent          boxes[] = { { 0, 0, 640, 480 }, { 100, 120, 164, 184 }, { 600, 20, 900, 84 }, { 300, 250, 301, 251 },
                                       { -3000, -3000, -1700, 3000 } };
  g_autoptr (PmtTransform) chain = drawn (POINTS, 9, 6), inverse = pmt_transform_invert (chain, NULL);
  const PmtTransform      *both[2] = { chain, inverse };

  for (guint b = 0; b < 2 * G_N_ELEMENTS (boxes); b++)
    {
      PmtExtent box = boxes[b / 2], image = box, seen = { INFINITY, INFINITY, -INFINITY, -INFINITY };
      double    stretch, j[2][2];

      g_assert_true (_pmt_transform_reach (both[b % 2], &image, &stretch));
      for (int k = 0; k < 10000; k++)
        {
          PmtPoint p = { box.x0 + (box.x1 - box.x0) * (k % 100) / 99, box.y0 + (box.y1 - box.y0) * (k / 100) / 99 }, q;

          pmt_transform_map (both[b % 2], 1, &p, &q);
          seen = (PmtExtent) { fmin (seen.x0, q.x), fmin (seen.y0, q.y), fmax (seen.x1, q.x), fmax (seen.y1, q.y) };
          pmt_transform_jacobian (both[b % 2], p, j);
          g_assert_cmpfloat (hypot (j[0][0], j[1][0]), <=, stretch * (1 + 1e-12));
        }
      g_assert_true (image.x0 <= seen.x0 + 1e-9 && image.y0 <= seen.y0 + 1e-9 && image.x1 >= seen.x1 - 1e-9
                     && image.y1 >= seen.y1 - 1e-9);
      g_assert_cmpfloat (image.x1 - image.x0, <, seen.x1 - seen.x0 + 80);
    }
}

static void
refuse (int n, const PmtPoint *from, const PmtPoint *to, const char *words)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) none = append (n, from, to, &error);

  g_assert_null (none);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” is not in “%s”", words, error->message);
}

static void
test_refusals (void)
{
  PmtPoint from[6] = { { 0, 0 }, { 640, 0 }, { 0, 480 }, { 640, 480 }, { 310, 240 }, { 330, 242 } }, to[6];

  memcpy (to, from, sizeof to);
  to[4] = from[5], to[5] = from[4];                            /* two points change places */
  refuse (6, from, to, "5 (330.0, 242.0), 4 (310.0, 240.0) is turned over");
  memcpy (to, from, sizeof to);
  to[4].x = 900;                                               /* one beyond the border of all */
  refuse (5, from, to, "4 (310.0, 240.0)");
  for (int i = 0; i < 6; i++)
    to[i] = (PmtPoint) { 640 - from[i].x, from[i].y };
  refuse (6, from, to, "mirrored");
  for (int i = 0; i < 6; i++)
    to[i] = (PmtPoint) { from[i].x, 0.5 * from[i].x + 1e-7 * from[i].y };
  refuse (6, from, to, "on a line");
  refuse (6, to, from, "on a line");
  refuse (2, from, from, "3 to 10000");
  memcpy (to, from, sizeof to);
  to[3] = to[1];
  refuse (6, to, from, "points 1 and 3 coincide at (640.0, 0.0)");
  to[3] = (PmtPoint) { 640, 1e-4 };
  refuse (6, to, from, "points 1 and 3 coincide");
}

static void
test_many_points (void)
{
  g_autofree PmtPoint     *from = g_new (PmtPoint, 10001), *to = g_new (PmtPoint, 10001), *q = g_new (PmtPoint, 1000000);
  g_autoptr (PmtTransform) most = NULL, inverse = NULL, more = NULL;
  g_autoptr (GError)       error = NULL;
  gint64                   began = g_get_monotonic_time ();
  double                   worst = 0;

  for (int i = 0; i < 10001; i++)
    {
      from[i] = (PmtPoint) { 60 * (i % 100) + 3, 40 * (i / 100) + 2 };   /* a regular grid: every tie there can be */
      to[i] = (PmtPoint) { from[i].x + 9 * sin (from[i].y / 300), from[i].y + 9 * cos (from[i].x / 400) };
    }
  most = append (10000, from, to, &error);
  g_assert_no_error (error);
  g_test_message ("made in %.1f ms", (g_get_monotonic_time () - began) / 1e3);
  inverse = pmt_transform_invert (most, NULL);
  for (int i = 0; i < 1000000; i++)
    q[i] = (PmtPoint) { 6.0 * (i % 1000), 4.0 * (i / 1000) };
  began = g_get_monotonic_time ();
  pmt_transform_map (most, 1000000, q, q);
  g_test_message ("%.0f ns a point", (g_get_monotonic_time () - began) / 1e3);
  began = g_get_monotonic_time ();
  pmt_transform_map (inverse, 1000000, q, q);
  g_test_message ("%.0f ns a point back", (g_get_monotonic_time () - began) / 1e3);
  for (int i = 0; i < 1000000; i++)
    worst = fmax (worst, hypot (q[i].x - 6.0 * (i % 1000), q[i].y - 4.0 * (i / 1000)));
  g_test_message ("there and back within %.2g px", worst);
  g_assert_cmpfloat (worst, <, 1e-9);
  g_clear_error (&error);
  more = append (10001, from, to, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

#define KIND  STEP_HEAD "\"kind\":\"piecewise-affine\","
#define FRAME "\"direction\":\"forward\",\"box\":[0,0,9,9],"
#define THREE "[0,0,0,0],[9,0,9,0],[0,9,0,9]"

static const HostileText hostile[] =
{
  { KIND "\"points\":[" THREE "]" STEP_TAIL, "direction" },
  { KIND "\"direction\":\"up\"" STEP_TAIL, "steps[0].direction" },
  { KIND "\"direction\":\"forward\",\"points\":[" THREE "]" STEP_TAIL, "steps[0].box" },
  { KIND "\"direction\":\"forward\",\"box\":[0,0,0,9],\"points\":[" THREE "]" STEP_TAIL, "box is empty" },
  { KIND "\"direction\":\"forward\",\"box\":[0,0,1e300,9],\"points\":[" THREE "]" STEP_TAIL, "box is empty" },
  { KIND "\"direction\":\"forward\",\"box\":[0,0,8,9],\"points\":[" THREE "]" STEP_TAIL, "outside of its box" },
  { KIND FRAME "\"points\":7" STEP_TAIL, "steps[0].points" },
  { KIND FRAME "\"points\":[[0,0,0,0],[9,0,9,0]]" STEP_TAIL, "steps[0].points" },
  { KIND FRAME "\"points\":[" THREE ",[1,2,3]]" STEP_TAIL, "steps[0].points[3]" },
  { KIND FRAME "\"points\":[" THREE ",[1,2,null,4]]" STEP_TAIL, "steps[0].points[3]" },
  { KIND FRAME "\"points\":[" THREE ",[1,2,1e300,4]]" STEP_TAIL, "point 3" },
  { KIND FRAME "\"points\":[" THREE ",[0,0,1,1]]" STEP_TAIL, "points 0 and 3" },
  { KIND FRAME "\"points\":[[0,0,0,0],[3,3,9,0],[9,9,0,9]]" STEP_TAIL, "on a line" },
  { KIND FRAME "\"points\":[" THREE ",[4,4,-9,4]]" STEP_TAIL, "turned over" },
  { KIND FRAME "\"points\":[" THREE "],\"triangles\":[]" STEP_TAIL, "triangles" },
};

static void
test_hostile (void)
{
  g_autoptr (PmtTransform) chain = drawn (10, 3, 5);
  int                      refused;

  check_hostile (G_N_ELEMENTS (hostile), hostile);
  refused = check_mutations (chain, BOX, 7, 300);
  g_assert_cmpint (refused, >, 100);
  g_assert_cmpint (refused, <, 290);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step-piecewise-affine/points", test_points_are_met);
  g_test_add_func ("/step-piecewise-affine/affine", test_affine_is_affine);
  g_test_add_func ("/step-piecewise-affine/continuous", test_continuous);
  g_test_add_func ("/step-piecewise-affine/jacobian", test_jacobian);
  g_test_add_func ("/step-piecewise-affine/chain", test_everything_a_chain_offers);
  g_test_add_func ("/step-piecewise-affine/reach", test_reach);
  g_test_add_func ("/step-piecewise-affine/refusals", test_refusals);
  g_test_add_func ("/step-piecewise-affine/many-points", test_many_points);
  g_test_add_func ("/step-piecewise-affine/hostile", test_hostile);
  return g_test_run ();
}
