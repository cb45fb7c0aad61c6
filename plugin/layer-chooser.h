/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

G_BEGIN_DECLS

/* A combo box of layers with thumbnails, in stacking order, those in groups indented. (GIMP's own layer button names
 * no layer.) `layers`: GimpLayer, top to bottom, those of other images than the first one's with these names behind theirs; `marked` (may be
 * NULL) gets `mark` behind its name. */
GtkWidget *pmt_layer_chooser_new        (GPtrArray *layers, GimpLayer *active, GimpLayer *marked, const char *mark);
/* NULL when nothing is chosen. */
GimpLayer *pmt_layer_chooser_get_active (GtkWidget *chooser);

/* A row with thumbnail, name and a greyed note (may be NULL) below it. */
GtkWidget *pmt_layer_row_new            (GimpLayer *layer, const char *note, int thumbnail_size);
/* One of our icons. */
GtkWidget *pmt_icon_new                 (const char *name, int size);

/* GIMP's themes paint every box in the colour of windows, also those in a list: takes that from the rows that a list box has now. */
void       pmt_list_paint_plainly       (GtkWidget *list);

/* Destroys what is in the container. */
void       pmt_container_clear          (GtkWidget *container);

G_END_DECLS
