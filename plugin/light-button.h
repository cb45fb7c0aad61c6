/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A button whose popover makes what an area shows lighter or richer in contrast, so that faint edges are seen. `name`: the
 * picture's. Nothing but the view changes. */
GtkWidget *pmt_light_button_new (GtkWidget *area, const char *name);

G_END_DECLS
