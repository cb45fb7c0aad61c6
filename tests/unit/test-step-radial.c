/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "step-checks.h"

static const PmtSize   FIXED = { 640, 480 }, MOVING = { 640, 480 };
static const PmtExtent BOX = { 0, 0, 640, 480 }, AROUND = { -700, -500, 1500, 1100 };

static PmtTransform *
radial (PmtPoint centre, double k1, double k2, GError **error)
{
  PmtRadial                r = { centre, k1, k2, { 0, 0 }, { 0, 0 } };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING);

  return pmt_transform_append_radial (empty, &r, MOVING, NULL, error);
}

/* Barrel, pincushion, moustache; centres in the middle, beside it and outside of the image. */
static const struct { PmtPoint centre; double k1, k2; } lenses[] =
{
  { { 320, 240 }, -0.1, 0 }, { { 320, 240 }, 0.08, 0 }, { { 300, 262.5 }, -0.15, 0.06 }, { { 340, 200 }, 0.1, -0.05 },
  { { 320, 240 }, 0, -0.1 }, { { -80, 600 }, -0.02, 0.001 }, { { 320, 240 }, 0, 0 }, { { 320, 240 }, -0.31, 0 },
};

static PmtTransform *
lens (guint i)
{
  g_autoptr (GError) error = NULL;
  PmtTransform      *chain = radial (lenses[i].centre, lenses[i].k1, lenses[i].k2, &error);

  g_assert_no_error (error);
  return chain;
}

/* The formula as documented, by powers. */
static void
test_formula (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (lenses); i++)
    {
      g_autoptr (PmtTransform) chain = lens (i);

      for (int k = 0; k < 48; k++)
        {
          PmtPoint p = { 13.5 * k, 479 - 9.7 * k }, q;
          double   x = p.x - lenses[i].centre.x, y = p.y - lenses[i].centre.y, r = hypot (x, y) / 400;
          double   m = 1 + lenses[i].k1 * pow (r, 2) + lenses[i].k2 * pow (r, 4);

          pmt_transform_map (chain, 1, &p, &q);
          g_assert_cmpfloat_with_epsilon (q.x, lenses[i].centre.x + m * x, 1e-9);
          g_assert_cmpfloat_with_epsilon (q.y, lenses[i].centre.y + m * y, 1e-9);
        }
    }
}

/* Beyond the box the way along a ray goes on straight, with the pace it had. */
static void
test_beyond (void)
{
  g_autoptr (PmtTransform) chain = lens (0);
  PmtPoint                 p[3], q[3];
  double                   j[2][2];

  for (int k = 0; k < 3; k++)
    p[k] = (PmtPoint) { 320 + 0.8 * (400 + 1000 * k), 240 - 0.6 * (400 + 1000 * k) };
  pmt_transform_map (chain, 3, p, q);
  g_assert_cmpfloat_with_epsilon (q[2].x - q[1].x, q[1].x - q[0].x, 1e-9);
  g_assert_cmpfloat_with_epsilon (q[1].x - q[0].x, 800 * (1 - 0.3), 1e-9);
  g_assert_cmpfloat_with_epsilon (q[1].y - q[0].y, -600 * (1 - 0.3), 1e-9);
  g_assert_true (pmt_transform_jacobian (chain, (PmtPoint) { 1e7, -2e7 }, j));
  g_assert_cmpfloat (j[0][0] * j[1][1] - j[0][1] * j[1][0], >, 0.4);
}

static void
test_everything_a_chain_offers (void)
{
  double worst = 0;

  for (guint i = 0; i < G_N_ELEMENTS (lenses); i++)
    {
      g_autoptr (PmtTransform) chain = lens (i);

      check_jacobian (chain, AROUND);
      worst = fmax (worst, check_inverse (chain, AROUND, 1e-9));
      check_no_number (chain);
      check_text (chain, AROUND);
      check_bounds (chain, MOVING);
      check_lookup (chain, FIXED, MOVING);
    }
  g_test_message ("there and back within %.2g px", worst);
}

/* A bound of the stretch is no less than what is sampled, nor much more. */
static void
test_reach (void)
{
  const PmtExtent boxes[] = { { 0, 0, 640, 480 }, { 10, 20, 74, 84 }, { 300, 200, 364, 264 }, { -900, -900, 2000, 30 } };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (lenses) * G_N_ELEMENTS (boxes); i++)
    {
      g_autoptr (PmtTransform) chain = lens (i / 2 % G_N_ELEMENTS (lenses)), inverse = pmt_transform_invert (chain, NULL);
      const PmtTransform      *t = i % 2 ? inverse : chain;
      PmtExtent                box = boxes[i / 2 / G_N_ELEMENTS (lenses)], image = box;
      double                   stretch, longest = 0, j[2][2];

      g_assert_true (_pmt_transform_reach (t, &image, &stretch));
      for (int k = 0; k < 900; k++)
        {
          PmtPoint p = { box.x0 + (box.x1 - box.x0) * (k % 30) / 29, box.y0 + (box.y1 - box.y0) * (k / 30) / 29 }, q;

          pmt_transform_map (t, 1, &p, &q);
          g_assert_true (q.x >= image.x0 - 1e-9 && q.x <= image.x1 + 1e-9 && q.y >= image.y0 - 1e-9 && q.y <= image.y1 + 1e-9);
          pmt_transform_jacobian (t, p, j);
          longest = fmax (longest, (hypot (j[0][0] + j[1][1], j[0][1] - j[1][0]) + hypot (j[0][0] - j[1][1], j[0][1] + j[1][0])) / 2);
        }
      g_assert_cmpfloat (longest, <=, stretch * (1 + 1e-12));
      g_assert_cmpfloat (longest, >, 0.8 * stretch);
    }
}

/* The message names the radius at which the derivative is 0.05: r² = 0.95 / (3·0.5). */
static void
test_folds_are_refused (void)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) none = radial ((PmtPoint) { 320, 240 }, -0.5, 0, &error), some = NULL;
  const char              *number;

  g_assert_null (none);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  number = strstr (error->message, "folds or nearly folds ");
  g_assert_nonnull (number);
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (number + strlen ("folds or nearly folds "), NULL),
                                  400 * sqrt (0.95 / 1.5), 0.06);
  g_clear_error (&error);
  some = radial ((PmtPoint) { 320, 240 }, -0.5, 0.2, &error);   /* the second term keeps it from folding */
  g_assert_no_error (error);
  g_clear_pointer (&some, pmt_transform_unref);
  some = radial ((PmtPoint) { -400, -400 }, -0.31, 0, &error);   /* no fold with the centre in the middle */
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

static void
test_needs_a_box (void)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 0, 0 }, MOVING), none = NULL;
  g_autoptr (GError)       error = NULL;
  PmtRadial                r = { { 3, 4 }, 0.1, 0, { 0, 0 }, { 0, 0 } };

  none = pmt_transform_append_radial (empty, &r, MOVING, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

#define KIND STEP_HEAD "\"kind\":\"radial\","
#define MOST "\"direction\":\"forward\",\"centre\":[2,1.5],"

static const HostileText hostile[] =
{
  { KIND "\"centre\":[2,1],\"terms\":[0,0],\"box\":[0,0,4,3]" STEP_TAIL, "direction" },
  { KIND "\"direction\":\"back\",\"centre\":[2,1],\"terms\":[0,0],\"box\":[0,0,4,3]" STEP_TAIL, "steps[0].direction" },
  { KIND "\"direction\":\"forward\",\"terms\":[0,0],\"box\":[0,0,4,3]" STEP_TAIL, "centre" },
  { KIND "\"direction\":\"forward\",\"centre\":[2],\"terms\":[0,0],\"box\":[0,0,4,3]" STEP_TAIL, "steps[0].centre" },
  { KIND "\"direction\":\"forward\",\"centre\":[2,1e300],\"terms\":[0,0],\"box\":[0,0,4,3]" STEP_TAIL, "out of range" },
  { KIND MOST "\"box\":[0,0,4,3]" STEP_TAIL, "terms" },
  { KIND MOST "\"terms\":[0,0,0],\"box\":[0,0,4,3]" STEP_TAIL, "steps[0].terms" },
  { KIND MOST "\"terms\":[0,1e9],\"box\":[0,0,4,3]" STEP_TAIL, "out of range" },
  { KIND MOST "\"terms\":[0,0]" STEP_TAIL, "steps[0].box" },
  { KIND MOST "\"terms\":[0,0],\"box\":[0,0,4]" STEP_TAIL, "steps[0].box" },
  { KIND MOST "\"terms\":[0,0],\"box\":[0,0,0,3]" STEP_TAIL, "box" },
  { KIND MOST "\"terms\":[0,0],\"box\":[4,3,0,0]" STEP_TAIL, "box" },
  { KIND MOST "\"terms\":[-0.5,0],\"box\":[0,0,4,3]" STEP_TAIL, "folds" },
  { KIND MOST "\"terms\":[0,0],\"box\":[0,0,4,3],\"k3\":1" STEP_TAIL, "k3" },
};

static void
test_hostile (void)
{
  g_autoptr (PmtTransform) chain = lens (2);
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
  g_test_add_func ("/step-radial/formula", test_formula);
  g_test_add_func ("/step-radial/beyond", test_beyond);
  g_test_add_func ("/step-radial/chain", test_everything_a_chain_offers);
  g_test_add_func ("/step-radial/reach", test_reach);
  g_test_add_func ("/step-radial/folds", test_folds_are_refused);
  g_test_add_func ("/step-radial/box", test_needs_a_box);
  g_test_add_func ("/step-radial/hostile", test_hostile);
  return g_test_run ();
}
