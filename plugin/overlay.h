/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gdk-pixbuf/gdk-pixbuf.h>

#include "image/grey.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* A small picture of how two images lie on each other: the fixed one red, the moving one cyan, so that agreement is
 * grey; before and after an alignment. */
typedef struct
{
  int     width, height;
  guint8 *before, *after;      /* RGB, rows of 3·width */
} PmtOverlay;

/* Draws at most `size` pixels a side of the fixed image's frame. Both transforms map fixed to moving. */
PmtOverlay *pmt_overlay_new       (PmtContext *context, PmtSource *fixed, PmtSource *moving,
                                   const PmtTransform *before, const PmtTransform *after, int size, GError **error);
void        pmt_overlay_free      (PmtOverlay *overlay);
GdkPixbuf  *pmt_overlay_to_pixbuf (const PmtOverlay *overlay, gboolean after);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtOverlay, pmt_overlay_free)

G_END_DECLS
