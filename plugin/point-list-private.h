/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "point-list.h"

G_BEGIN_DECLS

/* For what writes and reads lists. */

void     _pmt_point_list_get_sizes (const PmtPointList *list, PmtSize *fixed, PmtSize *moving);
/* One step to undo; FALSE for more than PMT_PAIRS_MOST. */
gboolean _pmt_point_list_replace   (PmtPointList *list, const GArray *pairs, const PmtPointOptions *options);

G_END_DECLS
