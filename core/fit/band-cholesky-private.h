/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"

G_BEGIN_DECLS

/* A symmetric positive definite matrix whose entries vanish beyond `band` of the diagonal: fit/band-cholesky.c. Reference
 * counted; what is shared is only read. */
typedef struct
{
  int    size, band;
  gsize  stride;        /* of a column, numbers */
  double column[];      /* the lower part: entry (j + d, j) at j·stride + d, 0 ≤ d ≤ band; zeros behind */
} PmtBand;

/* All zeros. */
PmtBand *_pmt_band_new    (int size, int band);
PmtBand *_pmt_band_ref    (PmtBand *band);
void     _pmt_band_unref  (PmtBand *band);

/* Replaces the matrix by its Cholesky factor; FALSE when it is not positive definite. size·band² operations. */
gboolean _pmt_band_factor (PmtBand *band);
/* Of a factor: x and y become A⁻¹ x and A⁻¹ y. */
void     _pmt_band_solve  (const PmtBand *factor, double *x, double *y);
/* Replaces a factor by the entries of A⁻¹ within the band (Takahashi, Fagan and Chen 1973); 2·size·band² operations. FALSE with an
 * error when cancelled. */
gboolean _pmt_band_invert (PmtContext *context, PmtBand *factor, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtBand, _pmt_band_unref)

G_END_DECLS
