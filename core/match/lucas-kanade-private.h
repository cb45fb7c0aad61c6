/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "match/patches-private.h"

G_BEGIN_DECLS

/* The shift of one piece between two images of the same kind: match/lucas-kanade.c. */
typedef struct
{
  PmtPoint shift;               /* level px: the piece's content at x lies in the warped moving image at x + shift */
  double   cxx, cxy, cyy;       /* covariance, level px² */
  double   correlation;         /* NCC of the grey values after the shift, −1 … 1 */
} PmtShift;

/* start: level px. FALSE without error when the piece is flat, largely invalid or the iteration leaves (2 px). */
gboolean _pmt_lucas_kanade (const PmtPatchSet *set, const PmtPatch *patch, const PmtMatrix3 *pose, PmtPoint start,
                            PmtShift *shift, GError **error);

G_END_DECLS
