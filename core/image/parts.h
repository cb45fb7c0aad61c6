/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/source.h"

G_BEGIN_DECLS

/* A run of pixels of one row that belong to a part. */
typedef struct { int part, y, from, to; } PmtPartRun;      /* part from 0 on; from ≤ x < to */

typedef struct
{
  int     n;            /* of parts: the uppermost first, of equally high ones the leftmost */
  int     left_out;     /* parts smaller than that */
  GArray *runs;         /* of PmtPartRun, row after row, of the parts that count */
} PmtParts;

/* What of a map of one band hangs together: pixels above 0 whose sides or corners touch. Parts of fewer than `least` pixels do not
 * count. O(pixels) time, memory for a row and 16 bytes a run. */
PmtParts *pmt_parts_new  (PmtSource *map, int least, GError **error);
void      pmt_parts_free (PmtParts *parts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtParts, pmt_parts_free)

G_END_DECLS
