/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plane turned away: where its corners go, what its pixels show, what is not part of it. */
#include <math.h>

#include "image/area-private.h"
#include "image/squeeze-private.h"

#define WIDTH  120
#define HEIGHT 80

/* A ramp, which a blur leaves as it is: value = 3 x + 2 y at pixel centres. */
static PmtGrey *
ramp (void)
{
  PmtGrey *grey = _pmt_grey_new (WIDTH, HEIGHT, NULL);

  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      {
        pmt_plane_row (grey->value, y)[x] = (float) (3 * (x + 0.5) + 2 * (y + 0.5));
        pmt_plane_row (grey->mask, y)[x] = 1;
      }
  return grey;
}

static void
test_one (double tilt, double angle)
{
  g_autoptr (PmtGrey) grey = ramp (), out = NULL;
  PmtMatrix3          matrix, back;
  int                 valid = 0;

  out = _pmt_grey_squeeze (NULL, grey, tilt, angle, &matrix, NULL);
  g_assert_nonnull (out);
  g_assert_true (pmt_matrix3_invert (&matrix, &back));
  g_assert_cmpfloat (fabs (pmt_matrix3_determinant (&matrix) - 1 / tilt), <, 1e-9);
  for (int k = 0; k < 4; k++)       /* the canvas holds all of it */
    {
      PmtPoint p = pmt_matrix3_map (&matrix, (PmtPoint) { (k & 1) * WIDTH, (k >> 1) * HEIGHT });

      g_assert_cmpfloat (p.x, >, -1e-6);
      g_assert_cmpfloat (p.y, >, -1e-6);
      g_assert_cmpfloat (p.x, <, out->value->width + 1e-6);
      g_assert_cmpfloat (p.y, <, out->value->height + 1e-6);
    }
  for (int y = 0; y < out->value->height; y++)
    for (int x = 0; x < out->value->width; x++)
      {
        PmtPoint p = pmt_matrix3_map (&back, (PmtPoint) { x + 0.5, y + 0.5 });

        if (!(pmt_plane_row (out->mask, y)[x] > 0))
          continue;
        valid++;
        g_assert_true (p.x > 0 && p.y > 0 && p.x < WIDTH && p.y < HEIGHT);
        if (p.x > 12 && p.y > 12 && p.x < WIDTH - 12 && p.y < HEIGHT - 12)
          g_assert_cmpfloat (fabs (pmt_plane_row (out->value, y)[x] - (3 * p.x + 2 * p.y)), <, 0.01);
      }
  g_assert_cmpfloat (valid, >, 0.8 * WIDTH * HEIGHT / tilt);
  g_assert_cmpfloat (valid, <=, WIDTH * HEIGHT / tilt + WIDTH);
}

static void
test_ramp (void)
{
  for (double tilt = 1.2; tilt < 3; tilt += 0.4)
    for (int k = 0; k < 6; k++)
      test_one (tilt, k * G_PI / 6);
}

/* What is invalid stays so, and what lies beside it is not mixed with it. */
static void
test_mask (void)
{
  g_autoptr (PmtGrey) grey = ramp (), out = NULL;
  PmtMatrix3          matrix, back;

  for (int y = 30; y < 50; y++)
    for (int x = 40; x < 80; x++)
      {
        pmt_plane_row (grey->value, y)[x] = 1e6f;
        pmt_plane_row (grey->mask, y)[x] = 0;
      }
  out = _pmt_grey_squeeze (NULL, grey, 2, 0.7, &matrix, NULL);
  g_assert_true (pmt_matrix3_invert (&matrix, &back));
  for (int y = 0; y < out->value->height; y++)
    for (int x = 0; x < out->value->width; x++)
      if (pmt_plane_row (out->mask, y)[x] > 0)
        {
          PmtPoint p = pmt_matrix3_map (&back, (PmtPoint) { x + 0.5, y + 0.5 });

          g_assert_false (p.x > 41 && p.x < 79 && p.y > 31 && p.y < 49);
          g_assert_cmpfloat (pmt_plane_row (out->value, y)[x], <, 3 * WIDTH + 2 * HEIGHT);
        }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/squeeze/ramp", test_ramp);
  g_test_add_func ("/squeeze/mask", test_mask);
  return g_test_run ();
}
