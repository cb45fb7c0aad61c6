/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

#include "history.h"

G_BEGIN_DECLS

/* The list of steps in the history's window, in the order in which they work, with a check mark for those that are on. */

#define PMT_STEP_NONE -1
#define PMT_STEP_MOVE -2      /* the row of a move by hand that is still to be recorded, the first */

typedef struct
{
  void (*switched) (int step, gboolean on, gpointer data);
  void (*selected) (gpointer data);
  void (*removed)  (int step, gpointer data);                 /* by the key Delete */
  void (*moved)    (int step, int towards, gpointer data);    /* by Alt and an arrow */
} PmtHistoryStepsFuncs;

GtkWidget *pmt_history_steps_new      (PmtHistory *history, const PmtHistoryStepsFuncs *funcs, gpointer data);
/* After a change of the history; the step, as far as there is one, is the selected one then. */
void       pmt_history_steps_update   (GtkWidget *steps, int selected);
void       pmt_history_steps_focus    (GtkWidget *steps);
int        pmt_history_steps_selected (GtkWidget *steps);

G_END_DECLS
