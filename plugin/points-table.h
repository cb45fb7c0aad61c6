/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

#include "points-tool.h"

G_BEGIN_DECLS

/* The pairs as a list, the most suspicious first, with check boxes; space switches a pair, Delete removes it, S snaps it. The tool
 * must live as long. */
GtkWidget *pmt_points_table_new    (PmtTool *tool);
/* After a change of the points. */
void       pmt_points_table_update (GtkWidget *table);

G_END_DECLS
