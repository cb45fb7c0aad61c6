/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <cairo.h>

#include "overlay.h"
#include "preview-view.h"

G_BEGIN_DECLS

/* The picture of an overlay as a view shows it: the overview, and over it, as they come, tiles as fine as the screen. */
typedef struct _PmtPicture PmtPicture;

/* `outdated` is called in the main loop when drawing again would show more. */
PmtPicture       *pmt_picture_new         (void (*outdated) (gpointer data), gpointer data);
void              pmt_picture_free        (PmtPicture *picture);
/* NULL for none. Of a picture alone there is nothing to compare: it is shown as it is, whatever the way. */
void              pmt_picture_set_overlay (PmtPicture *picture, const PmtOverlay *overlay);
const PmtOverlay *pmt_picture_get_overlay (const PmtPicture *picture);
/* `value` is what the mode has to adjust: opacity, curtain (0 … 1), gain (≥ 1), squares in a row (≥ 1). */
void              pmt_picture_set_way     (PmtPicture *picture, PmtCompareMode mode, double value, gboolean after);
/* The same for core's comparison of a frame of that width. */
void              pmt_picture_value_options (double value, int width, PmtCompareOptions *options);
/* Makes a picture alone lighter, −1 (all black) … 1 (all white), then its contrast so many times as large; 0 and 1: as it is.
 * local: before that, how much what differs little from its surroundings is brought out, 0 (not) … 1. */
void              pmt_picture_set_light   (PmtPicture *picture, double brightness, double contrast, double local);
/* In pixels of the view's area; the overlay's whole size must be the view's image. */
void              pmt_picture_draw        (PmtPicture *picture, cairo_t *cr, const PmtView *view);

G_END_DECLS
