/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/error.h"
#include "fit/rectify.h"

static const PmtSize PHOTO = { 900, 700 };

/* A panel that is nearly a rectangle, mm, seen from aside. */
static const PmtPoint panel[4] = { { 0, 0 }, { 812, 0 }, { 806, 611 }, { -5, 603 } };

static PmtPoint
seen (PmtPoint p)
{
  double w = 1 + 2e-4 * p.x - 1e-4 * p.y;

  return (PmtPoint) { (60 + 0.9 * p.x + 0.05 * p.y) / w, (40 - 0.03 * p.x + 0.85 * p.y) / w };
}

static double
between (PmtPoint a, PmtPoint b)
{
  return hypot (b.x - a.x, b.y - a.y);
}

static void
measure (PmtPoint corner[4], PmtMeasures *m)
{
  for (int i = 0; i < 4; i++)
    {
      corner[i] = seen (panel[i]);
      m->side[i] = between (panel[i], panel[(i + 1) % 4]);
    }
  m->diagonal[0] = between (panel[0], panel[2]);
  m->diagonal[1] = between (panel[1], panel[3]);
}

/* How far places of the panel are from where the photograph shows them, px. */
static double
worst_error (const PmtRectification *r)
{
  double worst = 0;

  for (int k = 0; k < 25; k++)
    {
      PmtPoint p = { 30 + 180 * (k % 5), 20 + 130 * (k / 5) }, q = { r->resolution * (p.x + 5), r->resolution * p.y }, s = seen (p);

      pmt_transform_map (r->transform, 1, &q, &q);
      worst = fmax (worst, between (q, s));
    }
  return worst;
}

/* Five lengths are enough, whichever is missing; six are fitted, and a millimetre's slip shows. */
static void
test_panel (void)
{
  PmtPoint    corner[4];
  PmtMeasures all, m;

  measure (corner, &all);
  for (int without = 0; without <= 6; without++)
    {
      g_autoptr (GError)           error = NULL;
      g_autoptr (PmtRectification) r = NULL;

      m = all;
      if (without < 6)
        *(without < 4 ? &m.side[without] : &m.diagonal[without - 4]) = NAN;
      r = pmt_rectify (corner, &m, 2, PHOTO, &error);
      g_assert_no_error (error);
      g_assert_cmpfloat (worst_error (r), <, 1e-6);
      g_assert_cmpfloat (r->misfit, <, 1e-9);
      g_assert_cmpfloat (r->resolution, ==, 2);
      g_assert_cmpint (pmt_transform_get_fixed_size (r->transform).width, ==, 1634);    /* 2·(812 + 5) */
      g_assert_cmpint (pmt_transform_get_fixed_size (r->transform).height, ==, 1222);
      g_assert_cmpint (pmt_transform_get_moving_size (r->transform).width, ==, 900);
    }
  m = all;
  m.diagonal[0] += 2;
  {
    g_autoptr (PmtRectification) r = pmt_rectify (corner, &m, 0, PHOTO, NULL);

    g_assert_cmpfloat (r->misfit, >, 0.2);
    g_assert_cmpfloat (r->misfit, <, 1);
    g_assert_cmpfloat (r->resolution, >, 0.7);      /* about what the photograph has */
    g_assert_cmpfloat (r->resolution, <, 1);
  }
}

/* Two sides make a rectangle: a square of a target. */
static void
test_square (void)
{
  static const PmtPoint        square[4] = { { 100, 100 }, { 150, 100 }, { 150, 150 }, { 100, 150 } };
  PmtMeasures                  m = { { 50, 50, NAN, NAN }, { NAN, NAN } };
  PmtPoint                     corner[4];
  g_autoptr (GError)           error = NULL;
  g_autoptr (PmtRectification) r = NULL;

  for (int i = 0; i < 4; i++)
    corner[i] = seen (square[i]);
  r = pmt_rectify (corner, &m, 4, PHOTO, &error);
  g_assert_no_error (error);
  for (int k = 0; k < 9; k++)
    {
      PmtPoint p = { 100 + 25 * (k % 3), 100 + 25 * (k / 3) }, q = { 4 * (p.x - 100), 4 * (p.y - 100) };

      pmt_transform_map (r->transform, 1, &q, &q);
      g_assert_cmpfloat (between (q, seen (p)), <, 1e-6);
    }
}

static void
refuse (const PmtPoint corner[4], const PmtMeasures *m, double resolution, const char *words)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (PmtRectification) r = pmt_rectify (corner, m, resolution, PHOTO, &error);

  g_assert_null (r);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  if (strstr (error->message, words) == NULL)
    g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, words));
}

static void
test_refused (void)
{
  PmtPoint    corner[4], crossed[4];
  PmtMeasures all, m;

  measure (corner, &all);
  m = all, m.side[0] = m.side[1] = NAN;
  refuse (corner, &m, 1, "measure five");
  m = (PmtMeasures) { { 10, NAN, 10, NAN }, { NAN, NAN } };
  refuse (corner, &m, 1, "2 of the four sides");
  m = all, m.side[2] = -3;
  refuse (corner, &m, 1, "above 0");
  m = all, m.diagonal[1] = 2000;      /* longer than two sides */
  refuse (corner, &m, 1, "no four corners");
  refuse (corner, &all, -1, "resolution");
  refuse (corner, &all, 1e5, "px for a unit");
  for (int i = 0; i < 4; i++)
    crossed[i] = corner[i == 1 ? 2 : i == 2 ? 1 : i];
  refuse (crossed, &all, 1, "clockwise");
  crossed[1] = corner[3], crossed[2] = corner[2], crossed[3] = corner[1];
  refuse (crossed, &all, 1, "clockwise");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rectify/panel", test_panel);
  g_test_add_func ("/rectify/square", test_square);
  g_test_add_func ("/rectify/refused", test_refused);
  return g_test_run ();
}
