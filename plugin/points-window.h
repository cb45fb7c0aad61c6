/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "points.h"

G_BEGIN_DECLS

/* The window in which points are set. TRUE when they were applied. *reference: another reference was chosen, for which the
 * window is to be opened anew; else NULL. */
gboolean pmt_points_window_run (PmtPoints *points, GimpLayer **reference);

G_END_DECLS
