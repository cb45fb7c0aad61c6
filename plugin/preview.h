/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

#include "overlay.h"

G_BEGIN_DECLS

/* A picture of an overlay that can be zoomed and moved (preview-area.h), with the choice of how the two images are
 * compared, a slider for what that way has to adjust, the switch between before and after, and buttons to zoom. */
GtkWidget *pmt_preview_new (void);
/* NULL shows `nothing` (a sentence, may be NULL) instead. `name`: the
 * layer's, for people who hear the window. */
void       pmt_preview_show (GtkWidget *preview, const PmtOverlay *overlay, const char *name, const char *nothing);
/* `moved` is called when somebody has moved or zoomed the picture. */
void       pmt_preview_follow (GtkWidget *preview, void (*moved) (gpointer data), gpointer data);
/* For two images that simply are what they are: there is no before and after. Once, before it is shown. */
void       pmt_preview_set_lone (GtkWidget *preview);
/* What is chosen and adjusted, for an image of that width; FALSE while it flickers, which is no picture. */
gboolean   pmt_preview_get_way (GtkWidget *preview, int width, PmtCompareMode *mode, PmtCompareOptions *options);
/* The way was changed. */
void       pmt_preview_follow_way (GtkWidget *preview, void (*changed) (gpointer data), gpointer data);
/* The part that shows the picture. */
GtkWidget *pmt_preview_get_area (GtkWidget *preview);

G_END_DECLS
