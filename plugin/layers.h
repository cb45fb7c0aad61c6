/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* All layers of the image from top to bottom, groups before their children; free the array alone. */
GPtrArray *pmt_layers_in_order   (GimpImage *image);
/* `a` is in the group `b`, at any depth. */
gboolean   pmt_layer_is_inside   (GimpLayer *a, GimpLayer *b);
gboolean   pmt_layer_equal       (gpointer a, gpointer b);
/* The next layer below on the same level that isn't a group's parent; NULL at the bottom. */
GimpLayer *pmt_layer_below       (GimpLayer *layer);

/* Position-locked, itself or by a group it is in. */
gboolean   pmt_layer_is_pinned   (GimpLayer *layer);
/* NULL when the layer may be changed, else why not, translated: locks, or what GIMP can't do with its kind. */
const char *pmt_layer_refusal    (GimpLayer *layer);
/* NULL when the layer's pixels may be replaced, else why not, translated. */
const char *pmt_layer_pixels_refusal (GimpLayer *layer);

/* Checks the image and the drawables of a call: FALSE with an error for a floating selection, indexed colours,
 * switched-off channels, masks and channels among the drawables, or none at all. `layers` gets them in stacking
 * order from top to bottom, without duplicates. */
gboolean   pmt_layers_check      (GimpImage *image, GimpDrawable **drawables, GPtrArray **layers, GError **error);

/* What brackets every change of an image: one undo step; no selection, which would mask filters for good; the
 * selected layers, which saving a selection changes, restored. */
typedef struct
{
  GimpImage   *image;
  GimpChannel *selection;    /* NULL: there was none */
  GimpLayer  **selected;
} PmtEdit;

void       pmt_edit_begin        (PmtEdit *edit, GimpImage *image);
void       pmt_edit_end          (PmtEdit *edit);

G_END_DECLS
