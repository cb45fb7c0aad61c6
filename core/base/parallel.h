/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"

G_BEGIN_DECLS

/* Item `index` of a loop, run on one of the context's threads (`thread` in 0 … threads-1, for scratch memory).
 * Items write to places of their own; reductions are done by the caller in index order, so results do not depend on
 * the number of threads. */
typedef gboolean (*PmtParallelFunc) (int index, int thread, gpointer data, GError **error);

/* Runs func for 0 … count-1. Stops early at the first error (that of the lowest index is reported) or cancellation.
 * Nested calls run serially. */
gboolean pmt_parallel_for (PmtContext *context, int count, PmtParallelFunc func, gpointer data, GError **error);

G_END_DECLS
