/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

#include "points-tool.h"

G_BEGIN_DECLS

/* A view of points, and in its corner the surroundings of the active point, or of the one that waits, much enlarged, as long as the
 * view itself shows them small. Takes no clicks. The tool must live as long. */
GtkWidget *pmt_points_loupe_new    (PmtTool *tool, gboolean of_fixed, GtkWidget *view);
/* After a change of the points or of the view. */
void       pmt_points_loupe_update (GtkWidget *loupe);

G_END_DECLS
