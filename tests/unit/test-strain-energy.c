/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The energy of strain of a lattice against its integral by plain sums, and a map of what is rigid. */
#include <math.h>

#include "fit/keep-shape-private.h"
#include "fit/lattice-system-private.h"
#include "fit/strain-energy-private.h"

#define COLUMNS 9
#define ROWS    7
#define NODES   (COLUMNS * ROWS)

static double
some_weight (PmtPoint p, gconstpointer data)
{
  return 1 + 0.02 * p.x + 0.01 * p.y;
}

/* A displacement at a place. */
typedef PmtPoint (*Field) (PmtPoint p, double size);

static PmtPoint
turn (PmtPoint p, double angle)
{
  return (PmtPoint) { (cos (angle) - 1) * p.x - sin (angle) * p.y, sin (angle) * p.x + (cos (angle) - 1) * p.y };
}

static PmtPoint
stretch (PmtPoint p, double size)
{
  return (PmtPoint) { size * p.x, 0 };
}

static PmtStrainGrid
grid_of (gboolean by_columns)
{
  return (PmtStrainGrid) { { -12, -7 }, { 12, 7 }, COLUMNS, ROWS, by_columns };
}

/* A linear field is its own control displacements. */
static void
fill (const PmtStrainGrid *g, Field field, double size, double *x, double *y)
{
  for (int j = 0; j < ROWS; j++)
    for (int i = 0; i < COLUMNS; i++)
      {
        PmtPoint d = field ((PmtPoint) { g->origin.x + i * g->spacing.x, g->origin.y + j * g->spacing.y }, size);
        int      node = g->by_columns ? i * ROWS + j : j * COLUMNS + i;

        x[node] = d.x;
        y[node] = d.y;
      }
}

static double
product (const double *a, const double *b)
{
  double sum = 0;

  for (int k = 0; k < NODES; k++)
    sum += a[k] * b[k];
  return sum;
}

/* Over 72 × 28 px with that weight: ∫ w = Σ over the box. */
static void
test_known (void)
{
  for (int by_columns = 0; by_columns < 2; by_columns++)
    {
      PmtStrainGrid    g = grid_of (by_columns);
      PmtStrainEnergy *e = _pmt_strain_energy_new (&g, some_weight, NULL);
      double           x[NODES], y[NODES], area = 72 * 28, weight = area * (1 + 0.02 * 36 + 0.01 * 14);

      fill (&g, stretch, 0.3, x, y);
      g_assert_cmpfloat_with_epsilon (_pmt_strain_energy_of (e, x, y), 0.09 * weight, 1e-9 * weight);
      fill (&g, turn, 0.1, x, y);      /* to second order a turn does strain: −θ²/2 along both axes */
      g_assert_cmpfloat_with_epsilon (_pmt_strain_energy_of (e, x, y), 2 * pow (1 - cos (0.1), 2) * weight, 1e-9 * weight);
      _pmt_strain_energy_unref (e);
    }
}

/* The matrix, its entries one by one and the energy say the same; it is symmetric; a turn about which it is told costs nothing. */
static void
test_matrix (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4);

  for (int by_columns = 0; by_columns < 2; by_columns++)
    {
      PmtStrainGrid    g = grid_of (by_columns);
      PmtStrainEnergy *e = _pmt_strain_energy_new (&g, some_weight, NULL);
      int              fast = by_columns ? ROWS : COLUMNS, slow = NODES / fast;
      double           x[NODES], y[NODES], ax[NODES] = { 0 }, ay[NODES] = { 0 }, bx[NODES] = { 0 }, by[NODES] = { 0 };

      for (int k = 0; k < NODES; k++)
        {
          x[k] = g_rand_double_range (random, -1, 1);
          y[k] = g_rand_double_range (random, -1, 1);
        }
      _pmt_strain_energy_multiply (e, 2, x, y, ax, ay);
      g_assert_cmpfloat_with_epsilon (product (x, ax) + product (y, ay), 2 * _pmt_strain_energy_of (e, x, y), 1e-8);
      for (int node = 0; node < NODES; node++)
        for (int ds = -3; ds <= 3; ds++)
          for (int df = -3; df <= 3; df++)
            {
              int    s = node / fast + ds, f = node % fast + df, other = s * fast + f;
              double k[4];

              if (s < 0 || f < 0 || s >= slow || f >= fast)
                continue;
              _pmt_strain_energy_between (e, node, ds, df, k);
              bx[node] += 2 * (k[0] * x[other] + k[1] * y[other]);
              by[node] += 2 * (k[2] * x[other] + k[3] * y[other]);
            }
      for (int k = 0; k < NODES; k++)
        {
          g_assert_cmpfloat_with_epsilon (ax[k], bx[k], 1e-9);
          g_assert_cmpfloat_with_epsilon (ay[k], by[k], 1e-9);
          ax[k] = ay[k] = bx[k] = by[k] = 0;
        }
      fill (&g, turn, 0.2, x, y);
      _pmt_strain_energy_multiply (e, 1, x, y, ax, ay);
      _pmt_strain_energy_target (e, 1, x, y, bx, by);
      for (int k = 0; k < NODES; k++)
        {
          g_assert_cmpfloat_with_epsilon (ax[k], bx[k], 1e-9);
          g_assert_cmpfloat_with_epsilon (ay[k], by[k], 1e-9);
        }
      _pmt_strain_energy_unref (e);
    }
}

/* -- a painted map -- */

/* Two parts, the second half as dark. */
static PmtSource *
some_map (void)
{
  float pixels[100 * 80] = { 0 };

  for (int k = 0; k < 100 * 80; k++)
    pixels[k] = k % 100 < 30 && k / 100 >= 40 ? 200 : k % 100 >= 60 && k / 100 < 20 ? 120 : 0;
  return pmt_source_memory_new (100, 80, 1, -1, 1, pixels, 100, NULL);
}

static void
test_map (void)
{
  g_autoptr (PmtSource)   source = some_map ();
  g_autoptr (PmtRigidMap) map = NULL;

  g_assert_true (_pmt_rigid_map_read (NULL, source, &map, NULL));
  g_assert_cmpint (_pmt_rigid_map_parts (map), ==, 2);
  g_assert_cmpint (_pmt_rigid_map_part (map, (PmtPoint) { 80, 10 }), ==, 1);
  g_assert_cmpint (_pmt_rigid_map_part (map, (PmtPoint) { 10, 60 }), ==, 2);
  g_assert_cmpint (_pmt_rigid_map_part (map, (PmtPoint) { 50, 30 }), ==, 0);
  g_assert_cmpint (_pmt_rigid_map_part (map, (PmtPoint) { -1, 60 }), ==, 0);
  g_assert_cmpfloat (_pmt_rigid_map_at (map, (PmtPoint) { 10, 60 }), ==, 1);
  g_assert_cmpfloat_with_epsilon (_pmt_rigid_map_at (map, (PmtPoint) { 80, 10 }), 0.6, 1e-6);
  g_assert_cmpfloat_with_epsilon (_pmt_rigid_map_at (map, (PmtPoint) { 30, 60 }), 0.5, 1e-6);     /* between two pixels */
  g_assert_cmpfloat (_pmt_rigid_map_weight (0), ==, 0);
  g_assert_cmpfloat_with_epsilon (_pmt_rigid_map_weight (0.5), pow (0.5 / (2 * G_PI), 2), 1e-12);
  g_assert_cmpfloat (_pmt_rigid_map_weight (1), >, 500);
}

/* A bend that stretches by 3 % keeps the painted quarter as it was, and what is far from it as stretched as before. */
static void
test_keep_shape (void)
{
  const PmtExtent         box = { 0, 0, 100, 80 };
  PmtPoint                nodes[16];
  PmtLattice              lattice = { { -100, -80 }, { 100, 80 }, 4, 4, nodes };
  g_autoptr (PmtSource)   source = some_map ();
  g_autoptr (PmtRigidMap) map = NULL;
  g_autoptr (PmtStep)     bend = NULL, kept = NULL;
  double                  least, share, j[2][2];

  for (int k = 0; k < 16; k++)
    nodes[k] = (PmtPoint) { 0.03 * (k % 4 - 1) * 100, -0.02 * (k / 4 - 1) * 80 };
  bend = _pmt_step_lattice_new (&lattice, NULL);
  g_assert_true (_pmt_rigid_map_read (NULL, source, &map, NULL));
  kept = _pmt_keep_shape (map, &box, &(PmtPath) { pmt_matrix3_identity, bend }, &least);
  g_assert_nonnull (kept);
  g_assert_true (kept->klass->jacobian (kept, (PmtPoint) { 10, 65 }, j));
  g_assert_cmpfloat (fabs (j[0][0] - 1), <, 1e-4);
  g_assert_cmpfloat (fabs (j[1][1] - 1), <, 1e-4);
  g_assert_true (kept->klass->jacobian (kept, (PmtPoint) { 80, 65 }, j));
  g_assert_cmpfloat_with_epsilon (j[0][0], 1.03, 0.003);
  g_assert_cmpfloat_with_epsilon (j[1][1], 0.98, 0.003);
  g_assert_cmpfloat (_pmt_rigid_map_strain (map, &(PmtPath) { pmt_matrix3_identity, kept }, (PmtSize) { 100, 80 }, (PmtSize) { 100, 80 }, &share),
                     <, 0.5 * _pmt_rigid_map_strain (map, &(PmtPath) { pmt_matrix3_identity, bend }, (PmtSize) { 100, 80 },
                                                     (PmtSize) { 100, 80 }, &share));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/strain-energy/known", test_known);
  g_test_add_func ("/strain-energy/matrix", test_matrix);
  g_test_add_func ("/strain-energy/map", test_map);
  g_test_add_func ("/strain-energy/keep-shape", test_keep_shape);
  return g_test_run ();
}
