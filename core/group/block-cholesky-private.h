/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* A symmetric, positive definite matrix of n × n blocks, each m × m (1 ≤ m ≤ 8), of which most are zero; its Cholesky factor; and the
 * blocks of its inverse at the places where it is not zero. */
typedef struct _PmtBlockMatrix PmtBlockMatrix;

/* All zero, with room at the diagonal and for `pairs` blocks (i, j), i ≠ j, in any order, also more than once. NULL with
 * PMT_ERROR_MEMORY. */
PmtBlockMatrix *_pmt_block_matrix_new   (int n, int m, int pairs, const int (*pair)[2], GError **error);
void            _pmt_block_matrix_free  (PmtBlockMatrix *a);
void            _pmt_block_matrix_clear (PmtBlockMatrix *a);
/* Entry (r, c) of block (i, j), which must be one that there is room for; of a pair, (i, j) and (j, i) are one. */
double         *_pmt_block_matrix_at    (const PmtBlockMatrix *a, int i, int j, int r, int c);
/* To its factor, in place. FALSE where it is not positive definite. */
gboolean        _pmt_block_matrix_factor (PmtBlockMatrix *a);
/* x to A⁻¹x, n·m numbers, from the factor. */
void            _pmt_block_matrix_solve  (const PmtBlockMatrix *a, double *x);
/* The factor to the inverse where there is room. */
void            _pmt_block_matrix_invert (PmtBlockMatrix *a);
/* Blocks below the diagonal that the factor takes. */
gsize           _pmt_block_matrix_fill   (const PmtBlockMatrix *a);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtBlockMatrix, _pmt_block_matrix_free)

G_END_DECLS
