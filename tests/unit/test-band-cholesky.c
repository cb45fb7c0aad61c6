/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against Gauss and Jordan on the whole matrix. */
#include <math.h>

#include "fit/band-cholesky-private.h"

/* Diagonally dominant, so positive definite; wholly so when `share` of the off-diagonal sums is below 1. */
static PmtBand *
random_band (int size, int width, double share, GRand *random)
{
  PmtBand            *b = _pmt_band_new (size, width);
  g_autofree double  *sum = g_new0 (double, size);

  for (int j = 0; j < size; j++)
    for (int d = 1; d <= width && j + d < size; d++)
      {
        double v = g_rand_double_range (random, -1, 1);

        b->column[j * b->stride + d] = v;
        sum[j] += fabs (v);
        sum[j + d] += fabs (v);
      }
  for (int j = 0; j < size; j++)
    b->column[j * b->stride] = 0.01 + sum[j] / share;
  return b;
}

static double
entry (const PmtBand *b, int i, int j)
{
  int d = ABS (i - j);

  return d <= b->band ? b->column[MIN (i, j) * b->stride + d] : 0;
}

static double *
inverse (const PmtBand *b)
{
  int     n = b->size;
  double *a = g_new0 (double, n * 2 * n), *out = g_new (double, n * n);

  for (int i = 0; i < n; i++)
    {
      for (int j = 0; j < n; j++)
        a[i * 2 * n + j] = entry (b, i, j);
      a[i * 2 * n + n + i] = 1;
    }
  for (int p = 0; p < n; p++)
    {
      double pivot = a[p * 2 * n + p];

      for (int k = 0; k < 2 * n; k++)
        a[p * 2 * n + k] /= pivot;
      for (int i = 0; i < n; i++)
        {
          double f = i != p ? a[i * 2 * n + p] : 0;

          for (int k = 0; f != 0 && k < 2 * n; k++)
            a[i * 2 * n + k] -= f * a[p * 2 * n + k];
        }
    }
  for (int i = 0; i < n * n; i++)
    out[i] = a[i / n * 2 * n + n + i % n];
  g_free (a);
  return out;
}

static const struct { int size, width; } cases[] = { { 1, 0 }, { 2, 1 }, { 5, 0 }, { 7, 2 }, { 9, 8 }, { 40, 3 }, { 41, 13 }, { 64, 20 },
                                                     { 67, 66 }, { 90, 37 }, { 10, 25 } };

static void
test_solve (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      int                 n = cases[c].size;
      g_autoptr (PmtBand) b = random_band (n, cases[c].width, 0.8, random);
      g_autofree double  *z = inverse (b), *x = g_new (double, n), *y = g_new (double, n), *ask = g_new (double, 2 * n);

      for (int i = 0; i < n; i++)
        {
          ask[i] = x[i] = g_rand_double_range (random, -1, 1);
          ask[n + i] = y[i] = g_rand_double_range (random, -1, 1);
        }
      g_assert_true (_pmt_band_factor (b));
      _pmt_band_solve (b, x, y);
      for (int i = 0; i < n; i++)
        {
          double s = 0, t = 0;

          for (int j = 0; j < n; j++)
            {
              s += z[i * n + j] * ask[j];
              t += z[i * n + j] * ask[n + j];
            }
          g_assert_cmpfloat (fabs (x[i] - s), <, 1e-9);
          g_assert_cmpfloat (fabs (y[i] - t), <, 1e-9);
        }
    }
}

static void
test_inverse (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2);

  for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
    {
      int                 n = cases[c].size;
      g_autoptr (PmtBand) b = random_band (n, cases[c].width, 0.8, random);
      g_autofree double  *z = inverse (b);

      g_assert_true (_pmt_band_factor (b));
      g_assert_true (_pmt_band_invert (NULL, b, NULL));
      for (int j = 0; j < n; j++)
        for (int d = 0; d <= cases[c].width && j + d < n; d++)
          g_assert_cmpfloat (fabs (entry (b, j + d, j) - z[j * n + j + d]), <, 1e-9);
    }
}

static void
test_not_positive (void)
{
  g_autoptr (GRand)   random = g_rand_new_with_seed (3);
  g_autoptr (PmtBand) b = random_band (30, 5, 0.8, random);

  b->column[17 * b->stride] = -1;
  g_assert_false (_pmt_band_factor (b));
}

static void
test_cancelled (void)
{
  g_autoptr (GRand)        random = g_rand_new_with_seed (4);
  g_autoptr (PmtBand)      b = random_band (200, 5, 0.8, random);
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError)       error = NULL;

  pmt_context_set_cancellable (context, cancellable);
  g_cancellable_cancel (cancellable);
  g_assert_true (_pmt_band_factor (b));
  g_assert_false (_pmt_band_invert (context, b, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/band-cholesky/solve", test_solve);
  g_test_add_func ("/band-cholesky/inverse", test_inverse);
  g_test_add_func ("/band-cholesky/not-positive", test_not_positive);
  g_test_add_func ("/band-cholesky/cancelled", test_cancelled);
  return g_test_run ();
}
