/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "overlay.h"

G_BEGIN_DECLS

/* Tiles of overlays, drawn on a thread of their own while somebody looks, and kept. What is wanted replaces what was wanted
 * before: what nobody looks at any more is not drawn. */
typedef struct _PmtTiles PmtTiles;

#define PMT_TILE_SIDE 256      /* pixels of the screen, at most */

typedef struct
{
  const PmtOverlay *overlay;
  PmtSide           side;
  int               level, column, row;      /* columns and rows of PMT_TILE_SIDE pixels of the level's frame */
} PmtTile;

/* `arrived` is called in the main loop, after tiles came. */
PmtTiles     *pmt_tiles_new  (void (*arrived) (gpointer data), gpointer data);
/* Waits until nothing is drawn any more, some milliseconds. */
void          pmt_tiles_free (PmtTiles *tiles);
/* Most wanted first. Pixels that pmt_tiles_get() gave are gone. */
void          pmt_tiles_want (PmtTiles *tiles, const PmtTile *wanted, guint n);
/* R'G'B'A, rows of 4·pmt_tile_rect().width bytes; NULL where it has not come yet, or could not be drawn. */
const guint8 *pmt_tiles_get  (PmtTiles *tiles, const PmtTile *tile);
/* Lets go of all that is kept of the overlay's moving side. */
void          pmt_tiles_forget (PmtTiles *tiles, const PmtOverlay *overlay);
/* Its pixels in the level's frame; empty beyond. */
PmtRect       pmt_tile_rect  (const PmtTile *tile);

G_END_DECLS
