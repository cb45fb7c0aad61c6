/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "points-tool.h"

G_BEGIN_DECLS

/* What to do next, in a sentence. */
const char *pmt_points_guide   (const PmtTool *tool);
/* How well the points go together, or why nothing goes through them; g_free() it. */
char       *pmt_points_figures (PmtPoints *points);

G_END_DECLS
