/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "step-checks.h"

#define COLUMNS 27
#define ROWS    21

static const PmtSize    FIXED = { 640, 480 }, MOVING = { 700, 500 };
static const PmtExtent  AROUND = { -300, -200, 1000, 700 };
static const PmtMatrix3 TILT = { { { 1.04, 0.06, 12 }, { -0.05, 0.97, 21 }, { 2e-5, -3e-5, 1 } } };

/* A tilt, then displacements of up to `reach` px, the same for the same seed. */
static PmtTransform *
bent (double reach, guint32 seed)
{
  g_autoptr (GRand)        random = g_rand_new_with_seed (seed);
  PmtPoint                 d[COLUMNS * ROWS];
  PmtLattice               field = { { -20, -15.5 }, { 30, 28.25 }, COLUMNS, ROWS, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING);
  g_autoptr (PmtTransform) tilted = pmt_transform_append_matrix (empty, &TILT, MOVING, NULL, NULL);
  g_autoptr (GError)       error = NULL;
  PmtTransform            *chain;

  for (int i = 0; i < COLUMNS * ROWS; i++)
    d[i] = (PmtPoint) { g_rand_double_range (random, -reach, reach), g_rand_double_range (random, -reach, reach) };
  chain = pmt_transform_append_dense (tilted, &field, 0, MOVING, NULL, &error);
  g_assert_no_error (error);
  return chain;
}

static void
test_everything_a_chain_offers (void)
{
  for (guint32 seed = 1; seed <= 3; seed++)
    {
      g_autoptr (PmtTransform) chain = bent (2.0 * seed, seed);
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

/* A dense step of the same controls is the same map as a lattice. */
static void
test_is_a_lattice (void)
{
  g_autoptr (GRand)        random = g_rand_new_with_seed (9);
  PmtPoint                 d[20];
  PmtLattice               field = { { 3, 5 }, { 40, 50 }, 5, 4, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, FIXED), lattice = NULL, dense = NULL;

  for (int i = 0; i < 20; i++)
    d[i] = (PmtPoint) { 0.125 * g_rand_int_range (random, -60, 60), 0.125 * g_rand_int_range (random, -60, 60) };
  lattice = pmt_transform_append_lattice (empty, &field, FIXED, NULL, NULL);
  dense = pmt_transform_append_dense (empty, &field, 0, FIXED, NULL, NULL);
  for (int i = 0; i < 100; i++)
    {
      PmtPoint p = { 7.3 * i - 200, 400 - 6.1 * i }, q, r;

      pmt_transform_map (lattice, 1, &p, &q);
      pmt_transform_map (dense, 1, &p, &r);
      g_assert_cmpfloat (hypot (q.x - r.x, q.y - r.y), <, 1e-12);
    }
}

static void
test_folds_are_refused (void)
{
  PmtPoint                 d[25] = { { 0, 0 } };
  PmtLattice               field = { { 0, 0 }, { 100, 100 }, 5, 5, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, FIXED), fine = NULL, folded = NULL;
  g_autoptr (GError)       error = NULL;

  d[12].x = 120;
  fine = pmt_transform_append_dense (empty, &field, 0, FIXED, NULL, &error);
  g_assert_no_error (error);
  d[12].x = 400;
  folded = pmt_transform_append_dense (empty, &field, 0, FIXED, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_nonnull (strstr (error->message, "folds"));
  g_assert_nonnull (strstr (error->message, "(275.0, 200.0)"));
  g_assert_null (folded);
}

/* The largest grids stay far below what a string property of an XCF may hold, or are refused when they are made. */
static void
test_size_of_text (void)
{
  int                      side = 1448;
  g_autofree PmtPoint     *d = g_new (PmtPoint, side * side);
  PmtLattice               field = { { 0, 0 }, { 8, 8 }, side, side, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, FIXED), smooth = NULL, rough = NULL, back = NULL;
  g_autoptr (GRand)        random = g_rand_new_with_seed (2);
  g_autofree char         *text = NULL;
  g_autoptr (GError)       error = NULL;

  for (int i = 0; i < side * side; i++)
    d[i] = (PmtPoint) { 20 * sin (i / side * 0.05) + sin (i * 0.3), 15 * cos (i % side * 0.06) };
  smooth = pmt_transform_append_dense (empty, &field, 1 / 256.0, FIXED, NULL, &error);
  g_assert_no_error (error);
  text = pmt_transform_to_json (smooth);
  g_assert_cmpuint (strlen (text), <, 6 << 20);
  g_test_message ("%d nodes take %.2f MiB of text", side * side, strlen (text) / 1048576.0);
  back = pmt_transform_from_json (text, -1, &error);
  g_assert_no_error (error);
  for (int i = 0; i < side * side; i++)
    d[i] = (PmtPoint) { g_rand_double_range (random, -0.9, 0.9), g_rand_double_range (random, -0.9, 0.9) };
  rough = pmt_transform_append_dense (empty, &field, 1 / 32768.0, FIXED, NULL, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "MiB"));
}

#define KIND  STEP_HEAD "\"kind\":\"dense\","
#define FRAME "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[10,10],\"columns\":2,\"rows\":1,\"quantum\":0.5,"

static const HostileText hostile[] =
{
  { KIND "\"data\":\"\"" STEP_TAIL, "direction" },
  { KIND "\"direction\":\"up\"" STEP_TAIL, "steps[0].direction" },
  { KIND "\"direction\":\"forward\",\"origin\":[0]" STEP_TAIL, "steps[0].origin" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[0,1],\"columns\":1,\"rows\":1,\"quantum\":1" STEP_TAIL, "spacing" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,1e99],\"spacing\":[1,1],\"columns\":1,\"rows\":1,\"quantum\":1" STEP_TAIL, "begins" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":0,\"rows\":1,\"quantum\":1" STEP_TAIL, "columns" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":1,\"rows\":9000,\"quantum\":1" STEP_TAIL, "rows" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":8192,\"rows\":8192,\"quantum\":1" STEP_TAIL, "nodes" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":1,\"rows\":1" STEP_TAIL, "quantum" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":1,\"rows\":1,\"quantum\":0" STEP_TAIL, "quantum" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":1,\"rows\":1,\"quantum\":\"a\"" STEP_TAIL, "quantum" },
  { KIND FRAME "\"data\":7" STEP_TAIL, "steps[0].data" },
  { KIND FRAME "\"datum\":\"\"" STEP_TAIL, "datum" },
  { KIND "\"direction\":\"forward\",\"origin\":[0,0],\"spacing\":[1,1],\"columns\":1,\"rows\":1,\"quantum\":1" STEP_TAIL, "data" },
  { KIND FRAME "\"data\":\"\"" STEP_TAIL, "base64" },
  { KIND FRAME "\"data\":\"====\"" STEP_TAIL, "base64" },
  { KIND FRAME "\"data\":\"ABC\"" STEP_TAIL, "base64" },
  { KIND FRAME "\"data\":\"AB C\"" STEP_TAIL, "base64" },
  { KIND FRAME "\"data\":\"AA==\"" STEP_TAIL, "2 × 1" },            /* too short */
  { KIND FRAME "\"data\":\"EyAwAAAA\"" STEP_TAIL, "2 × 1" },        /* too long: zeros follow */
  { KIND FRAME "\"data\":\"////////\"" STEP_TAIL, "2 × 1" },        /* k is 31 */
  { KIND FRAME "\"data\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAA\"" STEP_TAIL, "2 × 1" },
};

static void
test_hostile (void)
{
  g_autoptr (PmtTransform) chain = bent (4, 3);
  int                      refused;

  check_hostile (G_N_ELEMENTS (hostile), hostile);
  refused = check_mutations (chain, AROUND, 7, 400);
  g_assert_cmpint (refused, >, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step-dense/chain", test_everything_a_chain_offers);
  g_test_add_func ("/step-dense/lattice", test_is_a_lattice);
  g_test_add_func ("/step-dense/folds", test_folds_are_refused);
  g_test_add_func ("/step-dense/size-of-text", test_size_of_text);
  g_test_add_func ("/step-dense/hostile", test_hostile);
  return g_test_run ();
}
