/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* What steps made by hand, from pairs of points, share. */

#define PMT_PAIRS_MAX_PLACE 1e9   /* px */

/* PMT_ERROR_BAD_INPUT in these words; FALSE. */
gboolean _pmt_pairs_refuse      (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* No coordinate is beyond PMT_PAIRS_MAX_PLACE or not a number. */
gboolean _pmt_pairs_is_place    (PmtPoint p);

/* Members of the file: "box", and "points", rows of x, y, x', y'. */

void     _pmt_pairs_put_box     (GString *json, const char *indent, PmtExtent box);
gboolean _pmt_pairs_read_box    (JsonObject *object, const char *place, PmtExtent *box, GError **error);
void     _pmt_pairs_put_points  (GString *json, const char *indent, int n, const PmtPoint *from, const PmtPoint *to);
/* `least` … `most` rows; *from and *to are for the caller to free, also after an error. */
gboolean _pmt_pairs_read_points (JsonObject *object, const char *place, int least, int most, int *n, PmtPoint **from,
                                 PmtPoint **to, GError **error);

G_END_DECLS
