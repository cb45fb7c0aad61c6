/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/eta.h"

#include <math.h>

#define TICK (G_USEC_PER_SEC / 10)

/* Estimates as a job of `total` seconds would give them when each is off by up to `noise` of itself. */
static double
estimate (GRand *random, double passed, double total, double noise)
{
  return MAX (total - passed, 0) * (1 + noise * g_rand_double_range (random, -1, 1));
}

static void
test_quiet_at_first (void)
{
  PmtEta eta = { 0 };

  for (gint64 t = 0; t < 10; t++)
    g_assert_cmpint (pmt_eta_update (&eta, 1000 + t * TICK, 5), ==, 0);
  g_assert_cmpint (pmt_eta_update (&eta, 1000 + 10 * TICK, 4), ==, 4);
}

static void
test_nothing_known (void)
{
  PmtEta eta = { 0 };

  for (gint64 t = 1; t < 100; t++)
    g_assert_cmpint (pmt_eta_update (&eta, t * TICK, t % 2 ? -1 : NAN), ==, 0);
}

/* Estimates that are off by a fifth: the figure only falls, and is never far from the truth. */
static void
test_counts_down (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (int total = 5; total < 300; total += 7)
    {
      PmtEta eta = { 0 };
      int last = G_MAXINT;

      for (gint64 t = 1; t <= 10 * total; t++)
        {
          double passed = t / 10.0;
          int shown = pmt_eta_update (&eta, t * TICK, estimate (random, passed, total, 0.2));

          if (shown == 0)
            continue;
          g_assert_cmpint (shown, <=, last);
          /* noise, half a step of rounding, and what the smoothing lags */
          g_assert_cmpfloat (fabs (shown - (total - passed)), <=, 0.25 * (total - passed) + (shown < 60 ? 4 : 35));
          last = shown;
        }
      g_assert_cmpint (last, ==, 1);
    }
}

static void
test_steps (void)
{
  static const struct { double left; int shown; } cases[] =
    { { 0, 1 }, { 3.4, 3 }, { 9.4, 9 }, { 12.6, 15 }, { 33, 35 }, { 56, 55 }, { 58, 60 }, { 100, 120 }, { 3600, 3600 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      PmtEta eta = { 0 };

      pmt_eta_update (&eta, TICK, cases[i].left);
      eta.started -= 2 * G_USEC_PER_SEC;
      g_assert_cmpint (pmt_eta_update (&eta, TICK, cases[i].left), ==, cases[i].shown);
    }
}

/* While no estimate comes (pixels are being read), what was known counts down. */
static void
test_gap (void)
{
  PmtEta eta = { 0 };

  for (gint64 t = 1; t <= 20; t++)
    pmt_eta_update (&eta, t * TICK, 10 - t / 10.0);
  g_assert_cmpint (eta.shown, ==, 8);
  for (gint64 t = 21; t <= 50; t++)
    pmt_eta_update (&eta, t * TICK, -1);
  g_assert_cmpint (eta.shown, ==, 5);
}

/* A second look at the pictures: much more is left than was thought, and the figure says so once. */
static void
test_much_more (void)
{
  PmtEta eta = { 0 };
  int grown = 0, last = 0;

  for (gint64 t = 1; t <= 300; t++)
    {
      double passed = t / 10.0;
      int shown = pmt_eta_update (&eta, t * TICK, passed < 10 ? 10 - passed : 30 - passed);

      grown += last != 0 && shown > last;
      last = shown;
      if (t == 160)
        g_assert_cmpint (shown, >, 5);
    }
  g_assert_cmpint (grown, >=, 1);
  g_assert_cmpint (grown, <=, 4);
  g_assert_cmpint (last, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/eta/quiet-at-first", test_quiet_at_first);
  g_test_add_func ("/eta/nothing-known", test_nothing_known);
  g_test_add_func ("/eta/counts-down", test_counts_down);
  g_test_add_func ("/eta/steps", test_steps);
  g_test_add_func ("/eta/gap", test_gap);
  g_test_add_func ("/eta/much-more", test_much_more);
  return g_test_run ();
}
