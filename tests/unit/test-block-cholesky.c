/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse Cholesky and the sparse inverse, against LAPACK's dense ones. */
#include <lapacke.h>
#include <math.h>

#include "group/block-cholesky-private.h"

/* A random definite system on a graph: the matrix twice, sparse and dense (row-major, lower and upper). */
static PmtBlockMatrix *
random_system (GRand *rand, int n, int m, int pairs, int (*pair)[2], double *dense)
{
  PmtBlockMatrix *a = _pmt_block_matrix_new (n, m, pairs, (const int (*)[2]) pair, NULL);
  int             size = n * m;

  for (int k = 0; k < pairs; k++)
    for (int r = 0; r < m; r++)
      for (int c = 0; c < m; c++)
        {
          double v = g_rand_double_range (rand, -1, 1);

          *_pmt_block_matrix_at (a, pair[k][0], pair[k][1], r, c) += v;
          dense[(pair[k][0] * m + r) * size + pair[k][1] * m + c] += v;
          dense[(pair[k][1] * m + c) * size + pair[k][0] * m + r] += v;
        }
  for (int i = 0; i < size; i++)
    {
      double v = 1;

      for (int j = 0; j < size; j++)
        v += fabs (dense[i * size + j]);                 /* dominant: definite */
      *_pmt_block_matrix_at (a, i / m, i / m, i % m, i % m) += v;
      dense[i * size + i] += v;
    }
  return a;
}

static void
check (GRand *rand, int n, int m, int pairs, int (*pair)[2])
{
  int                         size = n * m;
  g_autofree double          *dense = g_new0 (double, size * size), *x = g_new (double, size), *y = g_new (double, size);
  g_autoptr (PmtBlockMatrix)  a = random_system (rand, n, m, pairs, pair, dense);

  for (int i = 0; i < size; i++)
    x[i] = y[i] = g_rand_double_range (rand, -1, 1);
  g_assert_true (_pmt_block_matrix_factor (a));
  _pmt_block_matrix_solve (a, x);
  g_assert_cmpint (LAPACKE_dpotrf (LAPACK_ROW_MAJOR, 'L', size, dense, size), ==, 0);
  LAPACKE_dpotrs (LAPACK_ROW_MAJOR, 'L', size, 1, dense, size, y, 1);
  LAPACKE_dpotri (LAPACK_ROW_MAJOR, 'L', size, dense, size);
  for (int i = 0; i < size; i++)
    g_assert_cmpfloat (fabs (x[i] - y[i]), <, 1e-12);
  _pmt_block_matrix_invert (a);
  for (int k = -n; k < pairs; k++)
    for (int r = 0; r < m; r++)
      for (int c = 0; c < m; c++)
        {
          int i = k < 0 ? k + n : pair[k][0], j = k < 0 ? k + n : pair[k][1], u = i * m + r, v = j * m + c;

          g_assert_cmpfloat (fabs (*_pmt_block_matrix_at (a, i, j, r, c) - dense[MAX (u, v) * size + MIN (u, v)]), <, 1e-12);
        }
}

static void
test_against_dense (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (int m = 1; m <= 8; m++)
    for (int n = 1; n <= 17; n += 4)
      {
        int pairs = n > 1 ? 2 * n : 0, pair[64][2];

        for (int k = 0; k < pairs; k++)                  /* also twice the same */
          {
            pair[k][0] = g_rand_int_range (rand, 0, n);
            pair[k][1] = (pair[k][0] + g_rand_int_range (rand, 1, n)) % n;
          }
        check (rand, n, m, pairs, pair);
      }
}

/* Tiles in a square: the fill stays far below all. */
static void
test_grid (void)
{
  enum { SIDE = 40 };
  int (*pair)[2] = g_malloc_n (4 * SIDE * SIDE, sizeof *pair), pairs = 0;
  g_autoptr (PmtBlockMatrix) a = NULL;

  for (int i = 0; i < SIDE * SIDE; i++)
    for (int k = 0; k < 4; k++)
      {
        int x = i % SIDE + (k == 3 ? -1 : k != 1), y = i / SIDE + (k != 0);

        if (x < 0 || x >= SIDE || y >= SIDE)
          continue;
        pair[pairs][0] = i;
        pair[pairs++][1] = y * SIDE + x;
      }
  a = _pmt_block_matrix_new (SIDE * SIDE, 1, pairs, (const int (*)[2]) pair, NULL);
  g_test_message ("%d blocks, %d pairs, %" G_GSIZE_FORMAT " of fill", SIDE * SIDE, pairs, _pmt_block_matrix_fill (a));
  g_assert_cmpuint (_pmt_block_matrix_fill (a), <, 6 * SIDE * SIDE * 6);
  g_free (pair);
}

static void
test_not_definite (void)
{
  int                        pair[1][2] = { { 0, 1 } };
  g_autoptr (PmtBlockMatrix) a = _pmt_block_matrix_new (2, 1, 1, (const int (*)[2]) pair, NULL);

  *_pmt_block_matrix_at (a, 0, 0, 0, 0) = *_pmt_block_matrix_at (a, 1, 1, 0, 0) = 1;
  *_pmt_block_matrix_at (a, 1, 0, 0, 0) = 2;
  g_assert_false (_pmt_block_matrix_factor (a));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/block-cholesky/against-dense", test_against_dense);
  g_test_add_func ("/block-cholesky/grid", test_grid);
  g_test_add_func ("/block-cholesky/not-definite", test_not_definite);
  return g_test_run ();
}
