/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "work-bar.h"

GtkWidget *
pmt_work_bar_new (void)
{
  GtkWidget *bar = gtk_progress_bar_new ();

  gtk_progress_bar_set_show_text (GTK_PROGRESS_BAR (bar), TRUE);
  return bar;
}

void
pmt_work_bar_tell (const char *text, double fraction, int seconds_left, gpointer data)
{
  gtk_progress_bar_set_fraction (GTK_PROGRESS_BAR (data), CLAMP (fraction, 0, 1));
  gtk_progress_bar_set_text (GTK_PROGRESS_BAR (data), text != NULL ? text : "");
}
