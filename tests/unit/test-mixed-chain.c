/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chains of steps of all kinds at once. */
#include <math.h>
#include <string.h>

#include "step-checks.h"

static const PmtSize    FIXED = { 640, 480 }, MOVING = { 700, 500 };
static const PmtExtent  AROUND = { -200, -150, 850, 650 };
static const PmtMatrix3 TILT = { { { 1.04, 0.06, 12 }, { -0.05, 0.97, 21 }, { 2e-5, -3e-5, 1 } } };

typedef PmtTransform *(*Append) (const PmtTransform *before, GRand *random, GError **error);

static PmtTransform *
append_tilt (const PmtTransform *before, GRand *random, GError **error)
{
  return pmt_transform_append_matrix (before, &TILT, MOVING, NULL, error);
}

#define NODES 72

static void
draw_nodes (GRand *random, double reach, PmtPoint *d)
{
  for (int i = 0; i < NODES; i++)
    d[i] = (PmtPoint) { g_rand_double_range (random, -reach, reach), g_rand_double_range (random, -reach, reach) };
}

static PmtTransform *
append_lattice (const PmtTransform *before, GRand *random, GError **error)
{
  PmtPoint   d[NODES];
  PmtLattice field = { { -50, -40 }, { 100, 90 }, 9, 8, d };

  draw_nodes (random, 9, d);
  return pmt_transform_append_lattice (before, &field, MOVING, NULL, error);
}

static PmtTransform *
append_dense (const PmtTransform *before, GRand *random, GError **error)
{
  PmtPoint   d[NODES];
  PmtLattice field = { { -50, -40 }, { 90, 95 }, 9, 8, d };

  draw_nodes (random, 8, d);
  return pmt_transform_append_dense (before, &field, 0, MOVING, NULL, error);
}

static PmtTransform *
append_velocity (const PmtTransform *before, GRand *random, GError **error)
{
  PmtPoint   d[NODES];
  PmtLattice field = { { -50, -40 }, { 95, 85 }, 9, 8, d };

  draw_nodes (random, 15, d);
  return pmt_transform_append_velocity (before, &field, 0, MOVING, NULL, error);
}

static PmtTransform *
append_plate (const PmtTransform *before, GRand *random, GError **error)
{
  PmtPoint     from[12], to[12];
  PmtThinPlate plate = { 12, from, to, 0, { 0, 0 }, { 0, 0 } };

  for (int i = 0; i < 12; i++)
    {
      from[i] = (PmtPoint) { (i % 4 + g_rand_double_range (random, 0.3, 0.7)) * 175,
                             (i / 4 + g_rand_double_range (random, 0.3, 0.7)) * 165 };
      to[i] = (PmtPoint) { from[i].x + g_rand_double_range (random, -6, 6), from[i].y + g_rand_double_range (random, -6, 6) };
    }
  return pmt_transform_append_thin_plate (before, &plate, MOVING, NULL, error);
}

static PmtTransform *
append_radial (const PmtTransform *before, GRand *random, GError **error)
{
  PmtRadial radial = { { g_rand_double_range (random, 250, 400), g_rand_double_range (random, 200, 300) },
                       g_rand_double_range (random, -0.06, 0.06), g_rand_double_range (random, -0.02, 0.02),
                       { 0, 0 }, { 700, 500 } };

  return pmt_transform_append_radial (before, &radial, MOVING, NULL, error);
}

#define KINDS 6   /* that have no kinks: between these, differences tell the Jacobian */

static const Append kinds[KINDS] = { append_tilt, append_lattice, append_dense, append_velocity, append_plate, append_radial };

/* Every kind once, in an order that the seed draws, and a homography at both ends. */
static PmtTransform *
mixed (guint32 seed)
{
  g_autoptr (GRand)  random = g_rand_new_with_seed (seed);
  g_autoptr (GError) error = NULL;
  PmtTransform      *chain = pmt_transform_new (FIXED, MOVING);
  int                begin = g_rand_int_range (random, 0, KINDS);

  for (int k = 0; k < KINDS + 1; k++)
    {
      PmtTransform *longer = kinds[(begin + k) % KINDS] (chain, random, &error);

      g_assert_no_error (error);
      pmt_transform_unref (chain);
      chain = longer;
    }
  return chain;
}

static void
test_everything (void)
{
  for (guint32 seed = 0; seed < 3; seed++)
    {
      g_autoptr (PmtTransform) chain = mixed (seed), flat = pmt_transform_flatten (chain);

      check_jacobian (chain, AROUND);
      check_inverse (chain, AROUND, 1e-4);
      check_no_number (chain);
      check_text (chain, AROUND);
      check_bounds (chain, MOVING);
      check_lookup (chain, FIXED, MOVING);
      check_text (flat, AROUND);
      check_mutations (chain, AROUND, seed, 60);
    }
}

/* Composing keeps all steps: the same bits as one after the other. */
static void
test_compose (void)
{
  g_autoptr (PmtTransform) a = mixed (1), b = mixed (2), wide = pmt_transform_new (MOVING, FIXED), ab = NULL;
  g_autoptr (PmtTransform) middle = pmt_transform_compose (a, wide, NULL);

  ab = pmt_transform_compose (middle, b, NULL);
  g_assert_cmpint (pmt_transform_get_length (ab), ==, pmt_transform_get_length (a) + pmt_transform_get_length (b));
  for (int i = 0; i < 60; i++)
    {
      PmtPoint p = { 11.3 * i, 470 - 7.7 * i }, q, r;

      pmt_transform_map (a, 1, &p, &q);
      pmt_transform_map (b, 1, &q, &q);
      pmt_transform_map (ab, 1, &p, &r);
      g_assert_cmpmem (&q, sizeof q, &r, sizeof r);
    }
}

static void
test_round_trip (void)
{
  const PmtMatrix3         horizon = { { { 1, 0, 0 }, { 0, 1, 0 }, { -1 / 320.0, 0, 1 } } };
  g_autoptr (PmtTransform) chain = mixed (1), empty = pmt_transform_new (FIXED, MOVING), half = NULL, unknown = NULL;
  g_autoptr (GError)       error = NULL;
  PmtRoundTrip             trip;

  g_assert_true (pmt_transform_round_trip (chain, &trip, &error));
  g_assert_true (trip.numeric && trip.worst > 0 && trip.worst < 1e-4 && trip.reached == 1 && trip.lost == 0);
  g_assert_true (pmt_transform_round_trip (empty, &trip, &error));
  g_assert_true (!trip.numeric && trip.worst == 0 && trip.reached == 1);
  half = pmt_transform_append_matrix (empty, &horizon, MOVING, NULL, NULL);   /* no image right of the middle */
  g_assert_true (pmt_transform_round_trip (half, &trip, &error));
  g_assert_cmpfloat_with_epsilon (trip.reached, 0.5, 0.01);
  unknown = pmt_transform_new ((PmtSize) { 0, 0 }, MOVING);
  g_assert_false (pmt_transform_round_trip (unknown, &trip, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mixed-chain/everything", test_everything);
  g_test_add_func ("/mixed-chain/compose", test_compose);
  g_test_add_func ("/mixed-chain/round-trip", test_round_trip);
  return g_test_run ();
}
