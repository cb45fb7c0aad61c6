/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "points.h"

G_BEGIN_DECLS

/* What a person does with points, whatever widget it is done in. */

typedef struct
{
  void (*changed) (gpointer data);                        /* the points, or which of them is active */
  void (*said)    (const char *sentence, gpointer data);  /* something to know; translated */
  void (*found)   (guint id, gpointer data);              /* the pair is to be looked at in all views */
} PmtToolFuncs;

typedef struct
{
  PmtPoints    *points;
  PmtToolFuncs  funcs;
  gpointer      data;
  guint         active;          /* a pair's number, 0: none */
  gboolean      pending;         /* a point waits for its partner … */
  gboolean      pending_fixed;   /* … in this view … */
  PmtPoint      pending_at;      /* … there */
  gboolean      snaps;           /* partners are snapped when they are set */
  double        radius;          /* px of the layer, of snapping */
} PmtTool;

void     pmt_tool_init        (PmtTool *tool, PmtPoints *points, const PmtToolFuncs *funcs, gpointer data);

/* of_fixed: in the reference's view; at: its px. */
/* A new point, or the partner of the one that waits. From the third pair on partners are foretold. */
void     pmt_tool_click       (PmtTool *tool, gboolean of_fixed, PmtPoint at);
/* Makes the point active that lies within `reach` px; FALSE where none does. */
gboolean pmt_tool_press       (PmtTool *tool, gboolean of_fixed, PmtPoint at, double reach);
/* The active point goes there. */
void     pmt_tool_drag        (PmtTool *tool, gboolean of_fixed, PmtPoint at);
/* By so many px; FALSE where no point is active. */
gboolean pmt_tool_nudge       (PmtTool *tool, gboolean of_fixed, double dx, double dy);

void     pmt_tool_select      (PmtTool *tool, guint id);
/* The next or previous pair in the order of suspicion. */
void     pmt_tool_step        (PmtTool *tool, int by);
void     pmt_tool_remove      (PmtTool *tool);
void     pmt_tool_switch      (PmtTool *tool, guint id);
/* Snaps the active pair's point in the layer, or takes its snap back. */
void     pmt_tool_snap        (PmtTool *tool);
/* Snaps the points in the layer of all pairs that a person set: one step to undo. */
void     pmt_tool_snap_all    (PmtTool *tool);
void     pmt_tool_undo        (PmtTool *tool);
void     pmt_tool_redo        (PmtTool *tool);
void     pmt_tool_set_options (PmtTool *tool, const PmtPointOptions *options);
/* Lets go of the point that waits, or of the active one; FALSE where there is neither. */
gboolean pmt_tool_escape      (PmtTool *tool);
/* After the list was changed otherwise. */
void     pmt_tool_changed     (PmtTool *tool);

/* The place of the reference whose image is `moving`, from a guess on; FALSE where none was found. */
gboolean pmt_tool_map_back    (const PmtTransform *map, PmtPoint moving, PmtPoint guess, PmtPoint *fixed);

G_END_DECLS
