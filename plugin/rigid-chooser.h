/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimpui.h>

G_BEGIN_DECLS

/* A combo box: what of a layer keeps its shape when the layer bends, or its place: nothing, what is white in the layers' masks where it
 * `offers_masks`, what is white in a channel of the image. `channel`, `masks`: what is chosen at first. */
GtkWidget   *pmt_rigid_chooser_new         (GimpImage *image, GimpChannel *channel, gboolean offers_masks, gboolean masks);
/* The chosen channel, NULL for none; *masks: whether the layers' masks are chosen. */
GimpChannel *pmt_rigid_chooser_get_channel (GtkWidget *chooser, gboolean *masks);

G_END_DECLS
