/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "base/error.h"
#include "deform/hold.h"

#define WIDTH  640
#define HEIGHT 480

static const PmtSize SIZE = { WIDTH, HEIGHT };
static const PmtRect AREA = { 200, 150, 160, 140 };

static PmtSource *
area (PmtRect r)
{
  g_autofree float *pixels = g_new0 (float, WIDTH * HEIGHT);

  for (int y = r.y; y < r.y + r.height; y++)
    for (int x = r.x; x < r.x + r.width; x++)
      pixels[y * WIDTH + x] = 1;
  return pmt_source_memory_new (WIDTH, HEIGHT, 1, -1, 1, pixels, WIDTH, NULL);
}

static PmtTransform *
turned (double angle, double dx, double dy)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (SIZE, SIZE);
  PmtMatrix3 matrix = { { { cos (angle), -sin (angle), dx }, { sin (angle), cos (angle), dy }, { 2e-5, -1e-5, 1 } } };

  return pmt_transform_append_matrix (empty, &matrix, SIZE, NULL, NULL);
}

static PmtTransform *
lens (void)
{
  g_autoptr (PmtTransform) first = turned (0.01, 3, -4);
  PmtRadial radial = { { 320, 240 }, 0.03, 0.01, { 0, 0 }, { WIDTH, HEIGHT } };

  return pmt_transform_append_radial (first, &radial, SIZE, NULL, NULL);
}

/* How far two maps lie apart, at most, over a rectangle. */
static double
apart (const PmtTransform *a, const PmtTransform *b, PmtRect r)
{
  double worst = 0;

  for (double y = r.y; y <= r.y + r.height; y += 2.5)
    for (double x = r.x; x <= r.x + r.width; x += 2.5)
      {
        PmtPoint p = { x, y }, q = p;

        pmt_transform_map (a, 1, &p, &p);
        pmt_transform_map (b, 1, &q, &q);
        worst = MAX (worst, hypot (p.x - q.x, p.y - q.y));
      }
  return worst;
}

static void
check (PmtTransform *after, PmtTransform *before, PmtRect held, PmtRect far)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PmtSource) map = area (held);
  double reach;
  g_autoptr (PmtTransform) joined = pmt_hold_place (after, before, map, &reach, &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (apart (joined, before, held), <=, 0.05);
  g_assert_cmpfloat (apart (joined, after, far), <=, 1e-9);
  g_assert_cmpfloat (apart (after, before, held), >, 1);      /* else it shows nothing */
  g_assert_cmpfloat (reach, <, 160);
}

static void
test_middle (void)
{
  g_autoptr (PmtTransform) after = turned (0.02, 12, -7), before = turned (0, 0, 0), bent = lens ();
  PmtRect far = { 560, 0, 80, 480 };

  check (after, before, AREA, far);
  check (before, after, AREA, far);
  check (bent, before, AREA, far);
  check (after, bent, AREA, far);
}

/* At the border, where the first attempt to do this by landmarks failed: nothing beyond speaks against. */
static void
test_border (void)
{
  g_autoptr (PmtTransform) after = turned (0.01, 4, -3), before = turned (0, 0, 0);

  check (after, before, (PmtRect) { 0, 0, 200, 480 }, (PmtRect) { 400, 0, 240, 480 });
}

static void
test_errors (void)
{
  g_autoptr (PmtTransform) after = turned (0.01, 4, -3), before = turned (0, 0, 0), away = turned (0, 2000, 0), far = turned (0.6, 300, 0);
  g_autoptr (PmtSource) nothing = area ((PmtRect) { 0, 0, 0, 0 }), map = area (AREA);

  for (int k = 0; k < 3; k++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pmt_hold_place (k == 0 ? after : k == 1 ? away : far, before, k == 0 ? nothing : map, NULL, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hold/middle", test_middle);
  g_test_add_func ("/hold/border", test_border);
  g_test_add_func ("/hold/errors", test_errors);
  return g_test_run ();
}
