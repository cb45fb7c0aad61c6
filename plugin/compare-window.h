/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "compare.h"

G_BEGIN_DECLS

/* Shows both layers, of which other ones can be chosen, and makes layers and files of what is seen. *made: the last layer,
 * NULL for none. FALSE with an error where the layers cannot be read. *comparison may be another one afterwards, NULL
 * after an error. */
gboolean pmt_compare_window_run (PmtComparison **comparison, gboolean plain, GimpLayer **made, GError **error);

G_END_DECLS
