/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

#include "points-tool.h"

G_BEGIN_DECLS

/* One of the two pictures, alone, with its points: a click sets one, dragging moves one or the picture, the wheel zooms. Without a
 * mouse: Enter sets a point at the cross in the middle, arrows move the active point by 0.1 px (1 px with Shift) or, with
 * Ctrl or without an active point, the picture; S, space and Delete snap, switch and remove it, Shift+S snaps all that were set by hand, Page Up and Page Down go through the
 * pairs. */

/* `moved`: somebody has moved or zoomed it. The tool must live as long. */
GtkWidget *pmt_points_view_new    (PmtTool *tool, gboolean of_fixed, void (*moved) (GtkWidget *view, gpointer data),
                                   gpointer data);
/* After a change of the points. */
void       pmt_points_view_update (GtkWidget *view);

G_END_DECLS
