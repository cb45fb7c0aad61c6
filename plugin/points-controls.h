/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

#include "points-tool.h"

G_BEGIN_DECLS

typedef struct
{
  void (*find)   (gpointer data);      /* points are to be found automatically */
  void (*refine) (gpointer data);      /* the automatic fit is to go on from the points */
} PmtControlsFuncs;

/* Buttons and choices below the list of points: undo, redo, snap, remove, the movement, how stiff a bend is, how far snapping
 * reaches, and the automatic fit. The tool must live as long. */
GtkWidget *pmt_points_controls_new    (PmtTool *tool, const PmtControlsFuncs *funcs, gpointer data);
/* After a change of the points. */
void       pmt_points_controls_update (GtkWidget *controls);

G_END_DECLS
