/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "transform/spline-grid-private.h"

/* -- the code -- */

static GByteArray *
write_numbers (const gint16 *values, int columns, int rows)
{
  PmtBitWriter bits = { .bytes = g_byte_array_new () };

  _pmt_grid_code_write (&bits, values, columns, rows, 1, columns);
  _pmt_grid_code_flush (&bits);
  return bits.bytes;
}

static void
assert_comes_back (const gint16 *values, int columns, int rows)
{
  g_autoptr (GByteArray) bytes = write_numbers (values, columns, rows);
  g_autofree gint16     *again = g_new0 (gint16, columns * rows);
  PmtBitReader           bits = { .bytes = bytes->data, .length = bytes->len };

  g_assert_true (_pmt_grid_code_read (&bits, again, columns, rows, 1, columns));
  g_assert_true (_pmt_grid_code_ended (&bits));
  g_assert_cmpmem (values, sizeof (gint16) * columns * rows, again, sizeof (gint16) * columns * rows);
  for (guint length = 0; length < bytes->len; length += 1 + bytes->len / 50)   /* any shorter text is refused */
    {
      bits = (PmtBitReader) { .bytes = bytes->data, .length = length };
      g_assert_false (_pmt_grid_code_read (&bits, again, columns, rows, 1, columns));
    }
}

static void
test_code (void)
{
  const int         sizes[][2] = { { 1, 1 }, { 1, 9 }, { 9, 1 }, { 17, 13 }, { 40, 31 } };
  g_autoptr (GRand) random = g_rand_new_with_seed (4);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int kind = 0; kind < 5; kind++)
      {
        int                n = sizes[s][0] * sizes[s][1];
        g_autofree gint16 *values = g_new0 (gint16, n);

        for (int i = 0; i < n; i++)
          values[i] = kind == 0 ? 0 : kind == 1 ? (i % 2 ? G_MAXINT16 : G_MININT16)
                      : kind == 2 ? (gint16) g_rand_int_range (random, G_MININT16, G_MAXINT16 + 1)
                      : kind == 3 ? (gint16) (1000 * sin (i % sizes[s][0] * 0.1) + i / sizes[s][0])
                      : (gint16) (g_rand_int_range (random, 0, 50) == 0 ? 30000 : 1);
        assert_comes_back (values, sizes[s][0], sizes[s][1]);
      }
}

/* By hand: 3, 5 in one row leave 3, 2, so u = 6, 4; with k = 2: 00010, 0·1·10, 0·1·00. */
static void
test_code_by_hand (void)
{
  const gint16           values[2] = { 3, 5 };
  g_autoptr (GByteArray) bytes = write_numbers (values, 2, 1);

  g_assert_cmpuint (bytes->len, ==, 2);
  g_assert_cmphex (bytes->data[0] << 8 | bytes->data[1], ==, 0x1320);
}

static void
test_smooth_is_short (void)
{
  g_autofree gint16     *values = g_new (gint16, 400 * 300);
  g_autoptr (GByteArray) bytes = NULL;

  for (int i = 0; i < 400 * 300; i++)
    values[i] = (gint16) lround (8000 * sin (i % 400 * 0.02) * cos (i / 400 * 0.03));
  bytes = write_numbers (values, 400, 300);
  g_assert_cmpuint (bytes->len, <, 400 * 300 * 2 / 3);    /* a third of the 16-bit numbers */
}

/* -- the field -- */

/* B by its definition, slowly. */
static double
cubic_b_spline (double t)
{
  double a = fabs (t);

  return a >= 2 ? 0 : a >= 1 ? (2 - a) * (2 - a) * (2 - a) / 6 : 2.0 / 3 - a * a + a * a * a / 2;
}

static void
test_definition (void)
{
  g_autoptr (GRand)         random = g_rand_new_with_seed (5);
  g_autoptr (PmtSplineGrid) grid = NULL;
  PmtPoint                  d[12];
  PmtLattice                controls = { { 10, 20 }, { 50, 40 }, 4, 3, d };

  for (int i = 0; i < 12; i++)
    d[i] = (PmtPoint) { g_rand_int_range (random, -600, 600) / 64.0, g_rand_int_range (random, -600, 600) / 64.0 };
  grid = _pmt_spline_grid_new (&controls, 1 / 64.0, NULL);
  for (int k = 0; k < 400; k++)
    {
      PmtPoint p = { g_rand_double_range (random, -300, 500), g_rand_double_range (random, -300, 400) }, q = { 0, 0 }, v;
      double   slope[2][2];

      for (int j = -20; j < 23; j++)
        for (int i = -20; i < 24; i++)
          {
            const PmtPoint *c = &d[CLAMP (j, 0, 2) * 4 + CLAMP (i, 0, 3)];
            double          w = cubic_b_spline ((p.x - 10) / 50 - i) * cubic_b_spline ((p.y - 20) / 40 - j);

            q.x += w * c->x;
            q.y += w * c->y;
          }
      v = _pmt_spline_grid_at (grid, p, slope);
      g_assert_cmpfloat_with_epsilon (v.x, q.x, 1e-9);
      g_assert_cmpfloat_with_epsilon (v.y, q.y, 1e-9);
      g_assert_cmpfloat (hypot (hypot (slope[0][0], slope[0][1]), hypot (slope[1][0], slope[1][1])), <=, grid->slope + 1e-12);
    }
}

static void
test_quantum (void)
{
  PmtPoint                  d[2] = { { 3.14159, -2 }, { 100, 40.5 } };
  PmtLattice                controls = { { 0, 0 }, { 50, 40 }, 2, 1, d };
  g_autoptr (PmtSplineGrid) fine = _pmt_spline_grid_new (&controls, 0, NULL), coarse = NULL, none = NULL;
  g_autoptr (GError)        error = NULL;

  g_assert_cmpfloat (fine->quantum, ==, 1.0 / 256);     /* 100 px in 32,767 */
  d[1].x = 5;
  coarse = _pmt_spline_grid_new (&controls, 0, NULL);
  g_assert_cmpfloat (coarse->quantum, ==, 1.0 / 512);   /* 40.5 px */
  none = _pmt_spline_grid_new (&controls, 1e-3, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

/* The proof never says what samples deny, and finds a fold wherever dense samples do. */
static void
test_folds (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (8);
  int               folded = 0, fine = 0;

  for (int round = 0; round < 60; round++)
    {
      PmtPoint                  d[30], where;
      PmtLattice                controls = { { 0, 0 }, { 10, 12 }, 6, 5, d };
      g_autoptr (PmtSplineGrid) grid = NULL;
      double                    reach = 2 + 0.25 * round, least = INFINITY, found;
      gboolean                  nowhere;

      for (int i = 0; i < 30; i++)
        d[i] = (PmtPoint) { g_rand_double_range (random, -reach, reach), g_rand_double_range (random, -reach, reach) };
      grid = _pmt_spline_grid_new (&controls, 0, NULL);
      for (double y = -30; y < 90; y += 0.5)
        for (double x = -30; x < 90; x += 0.5)
          {
            double s[2][2];

            _pmt_spline_grid_at (grid, (PmtPoint) { x, y }, s);
            least = fmin (least, (1 + s[0][0]) * (1 + s[1][1]) - s[0][1] * s[1][0]);
          }
      nowhere = _pmt_spline_grid_folds_nowhere (grid, 0.05, &where, &found);
      if (nowhere)
        g_assert_cmpfloat (least, >, 0.03);      /* between quarter cells it may be a little less */
      else
        g_assert_cmpfloat (least, <, 0.07);
      folded += !nowhere;
      fine += nowhere;
    }
  g_assert_cmpint (folded, >, 10);
  g_assert_cmpint (fine, >, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spline-grid/code", test_code);
  g_test_add_func ("/spline-grid/code-by-hand", test_code_by_hand);
  g_test_add_func ("/spline-grid/smooth-is-short", test_smooth_is_short);
  g_test_add_func ("/spline-grid/definition", test_definition);
  g_test_add_func ("/spline-grid/quantum", test_quantum);
  g_test_add_func ("/spline-grid/folds", test_folds);
  return g_test_run ();
}
