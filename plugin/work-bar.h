/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A bar that tells how far the work in a window has come, with the stage's name in it. */
GtkWidget *pmt_work_bar_new  (void);
/* A PmtJobNotify; `data` is the bar. */
void       pmt_work_bar_tell (const char *text, double fraction, int seconds_left, gpointer data);

G_END_DECLS
