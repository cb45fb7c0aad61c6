/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far tiles' best matches lie off, from volumes whose peaks are where the test puts them. */
#include <math.h>

#include "fit/scatter-private.h"

#define TILES  240
#define RADIUS 10
#define SIDE   (2 * RADIUS + 1)

/* A Student t in the plane of that scale and the freedom of fit/scatter.c: the quantile of an even share, any direction. */
static PmtPoint
draw (GRand *rand, double scale)
{
  const double nu = PMT_SCATTER_FREEDOM;
  double       r = scale * sqrt (nu * (pow (1 - g_rand_double (rand), -2 / nu) - 1)), a = g_rand_double_range (rand, 0, 2 * G_PI);

  return (PmtPoint) { r * cos (a), r * sin (a) };
}

/* belong: the share of tiles that peak about the path; the rest anywhere. */
static PmtVolume *
make_volume (double belong, double scale)
{
  PmtVolume *v = g_new0 (PmtVolume, 1);
  GRand     *rand = g_rand_new_with_seed (7);

  v->radius = RADIUS, v->side = SIDE, v->width = v->height = 256, v->tiles = TILES;
  v->score = g_new (float, TILES * SIDE * SIDE);
  v->z = g_new (float, TILES * SIDE * SIDE);
  for (int t = 0; t < TILES; t++)
    {
      PmtPoint p = draw (rand, scale);

      if (t >= belong * TILES || fmax (fabs (p.x), fabs (p.y)) > RADIUS)
        p = (PmtPoint) { g_rand_double_range (rand, -RADIUS, RADIUS), g_rand_double_range (rand, -RADIUS, RADIUS) };
      for (int i = 0; i < SIDE * SIDE; i++)
        {
          double x = i % SIDE - RADIUS - p.x, y = i / SIDE - RADIUS - p.y;

          v->score[t * SIDE * SIDE + i] = (float) (0.6 * exp (-(x * x + y * y) / 6));
          v->z[t * SIDE * SIDE + i] = 8 * v->score[t * SIDE * SIDE + i];
        }
    }
  g_rand_free (rand);
  return v;
}

static void
test_both_numbers (void)
{
  static const struct { double belong, scale; } cases[] = { { 1, 0.1 }, { 1, 0.5 }, { 0.6, 0.3 }, { 0.6, 1 }, { 0.3, 0.5 } };

  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      g_autoptr (PmtVolume) v = make_volume (cases[k].belong, cases[k].scale);
      PmtScatter            s;

      g_assert_true (_pmt_scatter (v, NULL, &s));
      g_test_message ("belong %g, scale %g: said %.2f, %.3f", cases[k].belong, cases[k].scale, s.belong, s.scale);
      g_assert_cmpfloat (fabs (s.belong - cases[k].belong), <, 0.1);
      g_assert_cmpfloat (fabs (log (s.scale / cases[k].scale)), <, 0.35);
    }
}

static void
test_nothing_belongs (void)
{
  g_autoptr (PmtVolume) v = make_volume (0, 1);
  PmtScatter            s = { 1, 1 };

  if (_pmt_scatter (v, NULL, &s))      /* chance leaves a few near the path */
    g_assert_cmpfloat (s.belong, <, 0.15);
}

/* Radii are the distribution's own quantiles. */
static void
test_radius (void)
{
  PmtScatter s = { 1, 2 };
  GRand     *rand = g_rand_new_with_seed (3);
  int        within[3] = { 0 }, n = 20000;

  for (int i = 0; i < n; i++)
    {
      PmtPoint p = draw (rand, s.scale);

      within[0] += hypot (p.x, p.y) <= _pmt_scatter_radius (&s, 0.5);
      within[1] += hypot (p.x, p.y) <= _pmt_scatter_radius (&s, 0.9);
      within[2] += hypot (p.x, p.y) <= _pmt_scatter_radius (&s, 0.95);
    }
  g_rand_free (rand);
  g_assert_cmpfloat (fabs (within[0] / (double) n - 0.5), <, 0.015);
  g_assert_cmpfloat (fabs (within[1] / (double) n - 0.9), <, 0.01);
  g_assert_cmpfloat (fabs (within[2] / (double) n - 0.95), <, 0.008);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scatter/both-numbers", test_both_numbers);
  g_test_add_func ("/scatter/nothing-belongs", test_nothing_belongs);
  g_test_add_func ("/scatter/radius", test_radius);
  return g_test_run ();
}
