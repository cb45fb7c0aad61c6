/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "step-checks.h"

#define COLUMNS 14
#define ROWS    11

static const PmtSize    FIXED = { 640, 480 }, MOVING = { 700, 500 };
static const PmtExtent  AROUND = { -300, -200, 1000, 700 }, BOX = { 0, 0, 640, 480 };

static PmtTransform *
flow_of (PmtPoint origin, PmtPoint spacing, int columns, int rows, const PmtPoint *v)
{
  PmtLattice               field = { origin, spacing, columns, rows, v };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING);
  g_autoptr (GError)       error = NULL;
  PmtTransform            *chain = pmt_transform_append_velocity (empty, &field, 0, MOVING, NULL, &error);

  g_assert_no_error (error);
  return chain;
}

static PmtTransform *
flowing (double reach, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  PmtPoint          v[COLUMNS * ROWS];

  for (int i = 0; i < COLUMNS * ROWS; i++)
    v[i] = (PmtPoint) { g_rand_double_range (random, -reach, reach), g_rand_double_range (random, -reach, reach) };
  return flow_of ((PmtPoint) { -20, -15.5 }, (PmtPoint) { 60, 56.25 }, COLUMNS, ROWS, v);
}

/* v = (ω × (p − c)): a B-spline of linear controls is that line, so within the grid the flow is a turn by ω. */
static void
test_a_turn (void)
{
  PmtPoint                 v[41 * 41], p = { 320, 290 }, q, c = { 300, 260 };
  double                   angle = 0.4;
  g_autoptr (PmtTransform) chain = NULL;

  for (int j = 0; j < 41; j++)
    for (int i = 0; i < 41; i++)
      v[j * 41 + i] = (PmtPoint) { -angle * (20 * j - 100 - c.y), angle * (20 * i - 100 - c.x) };
  chain = flow_of ((PmtPoint) { -100, -100 }, (PmtPoint) { 20, 20 }, 41, 41, v);
  pmt_transform_map (chain, 1, &p, &q);
  /* Velocities are rounded to 1/128 px; the turn itself is exact to far less. */
  g_assert_cmpfloat_with_epsilon (q.x, c.x + cos (angle) * 20 - sin (angle) * 30, 0.004);
  g_assert_cmpfloat_with_epsilon (q.y, c.y + sin (angle) * 20 + cos (angle) * 30, 0.004);
}

/* The same flow followed in 4,000 small steps of Euler's method, halved and extrapolated. */
static void
test_against_small_steps (void)
{
  g_autoptr (PmtTransform) chain = flowing (25, 3);
  const PmtStep           *step = _pmt_transform_get_step (chain, 0);
  PmtPoint                 v[COLUMNS * ROWS], p = { 211, 173 }, q, end[2];
  g_autoptr (GRand)        random = g_rand_new_with_seed (3);
  PmtLattice               field = { { -20, -15.5 }, { 60, 56.25 }, COLUMNS, ROWS, v };
  g_autoptr (PmtStep)      tiny = NULL;

  g_assert_nonnull (step);
  for (int i = 0; i < COLUMNS * ROWS; i++)    /* a thousandth of the velocity: p + that is one step of Euler's */
    v[i] = (PmtPoint) { g_rand_double_range (random, -25, 25), g_rand_double_range (random, -25, 25) };
  for (int k = 0; k < 2; k++)
    {
      int        n = k == 0 ? 2000 : 4000;
      PmtPoint   d[COLUMNS * ROWS];
      PmtLattice small = field;

      for (int i = 0; i < COLUMNS * ROWS; i++)
        d[i] = (PmtPoint) { round (v[i].x * 1024) / 1024, round (v[i].y * 1024) / 1024 };
      small.displacement = d;
      _pmt_step_unref (g_steal_pointer (&tiny));
      for (int i = 0; i < COLUMNS * ROWS; i++)
        d[i] = (PmtPoint) { d[i].x / n, d[i].y / n };
      tiny = _pmt_step_dense_new (&small, 1.0 / 1024 / n > 1e-6 ? 1.0 / 1024 / n : 1e-6, NULL);
      end[k] = p;
      for (int i = 0; i < n; i++)
        tiny->klass->map (tiny, 1, &end[k], &end[k]);
    }
  pmt_transform_map (chain, 1, &p, &q);
  g_assert_cmpfloat (hypot (q.x - p.x, q.y - p.y), >, 1);
  /* Displacements of a small step are rounded to 1e-6 px: 4,000 of them may err by 0.002 px together. */
  g_assert_cmpfloat (hypot (q.x - (2 * end[1].x - end[0].x), q.y - (2 * end[1].y - end[0].y)), <, 0.004);
}

static void
test_everything_a_chain_offers (void)
{
  static const double reach[] = { 5, 20, 45 };

  for (guint32 k = 0; k < G_N_ELEMENTS (reach); k++)
    {
      g_autoptr (PmtTransform) chain = flowing (reach[k], k);
      double                   worst = check_inverse (chain, AROUND, 1e-3);

      g_test_message ("velocities up to %g px: there and back within %.2g px", reach[k], worst);
      check_jacobian (chain, AROUND);
      check_no_number (chain);
      check_text (chain, AROUND);
      check_bounds (chain, MOVING);
      check_lookup (chain, FIXED, MOVING);
    }
}

/* Velocities that as displacements would fold by far still make a map without folds. */
static void
test_never_folds (void)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING), dense = NULL;
  g_autoptr (PmtTransform) chain = flowing (150, 5);
  PmtPoint                 v[COLUMNS * ROWS];
  g_autoptr (GRand)        random = g_rand_new_with_seed (5);
  PmtLattice               field = { { -20, -15.5 }, { 60, 56.25 }, COLUMNS, ROWS, v };

  for (int i = 0; i < COLUMNS * ROWS; i++)
    v[i] = (PmtPoint) { g_rand_double_range (random, -150, 150), g_rand_double_range (random, -150, 150) };
  dense = pmt_transform_append_dense (empty, &field, 0, MOVING, NULL, NULL);
  g_assert_null (dense);
  for (int i = 0; i < 2500; i++)
    {
      double j[2][2];

      g_assert_true (pmt_transform_jacobian (chain, (PmtPoint) { i % 50 * 13, i / 50 * 10 }, j));
      g_assert_cmpfloat (j[0][0] * j[1][1] - j[0][1] * j[1][0], >, 0);
    }
  check_inverse (chain, BOX, 1e-3);
}

static double
distance (const PmtTransform *a, const PmtTransform *b)
{
  double worst = 0;

  for (int i = 0; i < 400; i++)
    {
      PmtPoint p = { i % 20 * 32, i / 20 * 24 }, q, r;

      pmt_transform_map (a, 1, &p, &q);
      pmt_transform_map (b, 1, &p, &r);
      worst = fmax (worst, hypot (q.x - r.x, q.y - r.y));
    }
  return worst;
}

static void
test_average (void)
{
  g_autoptr (PmtTransform) a = flowing (20, 1), b = flowing (20, 2), back = pmt_transform_invert (a, NULL);
  const PmtTransform      *opposite[] = { a, back }, *same[] = { a, a, a }, *two[] = { a, b }, *swapped[] = { b, a };
  g_autoptr (PmtTransform) nothing = pmt_transform_average_velocities (2, opposite, NULL);
  g_autoptr (PmtTransform) again = pmt_transform_average_velocities (3, same, NULL);
  g_autoptr (PmtTransform) mean = pmt_transform_average_velocities (2, two, NULL);
  g_autoptr (PmtTransform) other = pmt_transform_average_velocities (2, swapped, NULL);
  g_autoptr (PmtTransform) none = NULL, coarse = NULL, empty = pmt_transform_new (FIXED, MOVING);
  g_autoptr (GError)       error = NULL;
  PmtPoint                 v = { 1, 2 };

  g_assert_cmpfloat (distance (nothing, empty), <, 1e-12);
  g_assert_cmpfloat (distance (again, a), <, 1e-9);
  g_assert_cmpfloat (distance (mean, other), ==, 0);
  g_assert_cmpfloat (distance (mean, a), >, 1);
  coarse = flow_of ((PmtPoint) { 0, 0 }, (PmtPoint) { 9, 9 }, 1, 1, &v);
  two[1] = coarse;
  none = pmt_transform_average_velocities (2, two, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_clear_error (&error);
  two[1] = empty;
  none = pmt_transform_average_velocities (2, two, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_clear_error (&error);
  none = pmt_transform_average_velocities (0, two, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

/* A chain of a homography and a bend of up to `reach` px. */
static PmtTransform *
bent (double reach, guint32 seed, PmtSize moving)
{
  g_autoptr (GRand)        random = g_rand_new_with_seed (seed);
  const PmtMatrix3         plane = { { { 1.05, 0.03, -12 }, { -0.02, 1.04, 9 }, { 1e-5, 2e-5, 1 } } };
  PmtPoint                 d[8 * 6];
  PmtLattice               lattice = { { -100, -100 }, { 128, 140 }, 8, 6, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, moving), flat = NULL;
  g_autoptr (GError)       error = NULL;
  PmtTransform            *chain;

  for (int i = 0; i < 8 * 6; i++)
    d[i] = (PmtPoint) { g_rand_double_range (random, -reach, reach), g_rand_double_range (random, -reach, reach) };
  flat = pmt_transform_append_matrix (empty, &plane, moving, NULL, &error);
  g_assert_no_error (error);
  chain = pmt_transform_append_lattice (flat, &lattice, moving, NULL, &error);
  g_assert_no_error (error);
  return chain;
}

/* The flow is the bend to what is told and less than the tolerance, its sign inverts it, and a bend and its inverse cancel in the mean. */
static void
test_logarithm (void)
{
  g_autoptr (PmtTransform) chain = bent (20, 7, MOVING), flow = NULL, back = NULL;
  g_autoptr (GRand)        random = g_rand_new_with_seed (8);
  g_autoptr (GError)       error = NULL;
  double                   missed, worst = 0;

  flow = pmt_transform_to_velocities (chain, &missed, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (_pmt_transform_get_step (flow, 1)->klass->kind, ==, "velocity");
  back = pmt_transform_invert (flow, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 500; i++)
    {
      PmtPoint p = { g_rand_double_range (random, 30, 600), g_rand_double_range (random, 30, 440) }, q, r;

      pmt_transform_map (chain, 1, &p, &q);
      pmt_transform_map (flow, 1, &p, &r);
      worst = fmax (worst, hypot (q.x - r.x, q.y - r.y));
      pmt_transform_map (back, 1, &r, &q);
      g_assert_cmpfloat (hypot (q.x - p.x, q.y - p.y), <, 1e-3);
    }
  g_test_message ("bends of 20 px: told %.4f px, seen %.4f px", missed, worst);
  g_assert_cmpfloat (missed, <, PMT_VELOCITY_TOLERANCE);
  g_assert_cmpfloat (worst, <, missed + 0.01);
}

static void
test_log_mean (void)
{
  g_autoptr (PmtTransform) chain = bent (12, 9, MOVING), alone = pmt_transform_new (MOVING, MOVING), inverse = NULL, there = NULL;
  g_autoptr (PmtTransform) back = NULL, mean = NULL;
  const PmtTransform      *both[2];
  g_autoptr (GError)       error = NULL;
  double                   missed;

  _pmt_transform_add (alone, _pmt_step_ref ((PmtStep *) _pmt_transform_get_step (chain, 1)));
  inverse = pmt_transform_invert (alone, &error);
  there = pmt_transform_to_velocities (alone, &missed, &error);
  g_assert_no_error (error);
  back = pmt_transform_to_velocities (inverse, &missed, &error);
  g_assert_no_error (error);
  both[0] = there;
  both[1] = back;
  mean = pmt_transform_average_velocities (2, both, &error);
  g_assert_no_error (error);
  for (int i = 0; i < 100; i++)
    {
      PmtPoint p = { 30 + 6.3 * i, 30 + 4.2 * i }, q;

      pmt_transform_map (mean, 1, &p, &q);
      g_assert_cmpfloat (hypot (q.x - p.x, q.y - p.y), <, PMT_VELOCITY_TOLERANCE);
    }
}

/* Where no size is known, and where the flow misses by more than is allowed. */
static void
test_no_logarithm (void)
{
  g_autoptr (PmtTransform) nowhere = bent (12, 9, (PmtSize) { 0, 0 }), somewhere = bent (12, 9, MOVING), none = NULL;
  g_autoptr (GError)       error = NULL;
  double                   missed;

  g_assert_null (_pmt_step_logarithm (_pmt_transform_get_step (somewhere, 1), MOVING, 1e-9, &missed, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
  g_assert_cmpfloat (missed, <, 0.01);
  g_clear_error (&error);

  none = pmt_transform_to_velocities (nowhere, &missed, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

static void
test_too_steep (void)
{
  PmtPoint                 v[4] = { { 0, 0 }, { 5000, 0 }, { 0, 0 }, { 5000, 0 } };
  PmtLattice               field = { { 0, 0 }, { 10, 10 }, 2, 2, v };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING), none = NULL;
  g_autoptr (GError)       error = NULL;

  none = pmt_transform_append_velocity (empty, &field, 0, MOVING, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_nonnull (strstr (error->message, "steep"));
}

#define KIND  STEP_HEAD "\"kind\":\"velocity\","
#define FRAME "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[10,10],\"columns\":2,\"rows\":1,"

static const HostileText hostile[] =
{
  { KIND "\"data\":\"\"" STEP_TAIL, "direction" },
  { KIND "\"direction\":1" STEP_TAIL, "steps[0].direction" },
  { KIND FRAME "\"quantum\":0.5,\"data\":\"AA==\"" STEP_TAIL, "2 × 1" },
  { KIND FRAME "\"quantum\":1e9,\"data\":\"EyAw\"" STEP_TAIL, "quantum" },
  { KIND FRAME "\"quantum\":10000,\"data\":\"EyAw\"" STEP_TAIL, "to follow it takes" },   /* 30,000 and 50,000 px */
  { KIND FRAME "\"quantum\":0.5,\"data\":\"EyAw\",\"time\":1" STEP_TAIL, "time" },
};

static void
test_hostile (void)
{
  g_autoptr (PmtTransform) chain = flowing (20, 3);

  check_hostile (G_N_ELEMENTS (hostile), hostile);
  g_assert_cmpint (check_mutations (chain, BOX, 7, 300), >, 50);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step-velocity/turn", test_a_turn);
  g_test_add_func ("/step-velocity/small-steps", test_against_small_steps);
  g_test_add_func ("/step-velocity/chain", test_everything_a_chain_offers);
  g_test_add_func ("/step-velocity/never-folds", test_never_folds);
  g_test_add_func ("/step-velocity/average", test_average);
  g_test_add_func ("/step-velocity/logarithm", test_logarithm);
  g_test_add_func ("/step-velocity/log-mean", test_log_mean);
  g_test_add_func ("/step-velocity/no-logarithm", test_no_logarithm);
  g_test_add_func ("/step-velocity/too-steep", test_too_steep);
  g_test_add_func ("/step-velocity/hostile", test_hostile);
  return g_test_run ();
}
