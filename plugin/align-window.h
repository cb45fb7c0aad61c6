/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "align.h"

G_BEGIN_DECLS

/* Fits the layers in a window that shows the progress and can be cancelled, then shows what was found, with pictures
 * before and after, and lets the user say which results are applied (each item's `wanted`). FALSE with an error:
 * cancelled, or the reference can't be used. */
gboolean pmt_align_window_run (PmtAlignment *alignment, GError **error);

G_END_DECLS
