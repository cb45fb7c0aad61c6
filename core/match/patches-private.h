/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "match/score-volume-private.h"

G_BEGIN_DECLS

/* Small corresponding pieces of the two images at a fine level, read on demand, so that refining at full resolution
 * costs what the pieces cost and not what the images do. Level coordinates: fixed px · scale, scale ≤ 1 and no finer than
 * either image. */
typedef struct
{
  PmtPoint   centre;          /* of the piece proper, level px */
  PmtPoint   origin;          /* level coordinates of fixed's pixel (0, 0) corner; whole */
  PmtGrey   *fixed;           /* (tile + 2·margin)² px */
  PmtGrey   *moving;          /* what surrounds the piece's image, at about the level's scale */
  PmtMatrix3 to_moving;       /* moving-image px → px of `moving` */
  PmtMatrix3 pose;            /* of the piece, fixed → moving: what the set's path comes to about its centre */
  PmtField  *field;           /* of `fixed`, by the set's feature; made when first asked for */
} PmtPatch;

typedef struct
{
  int        tile, margin;
  double     scale;
  int        width, height;   /* of the level */
  PmtMatrix3 to_level;        /* fixed px → level px */
  GPtrArray *patches;         /* of PmtPatch */
  PmtFieldFunc feature;       /* what is compared: gradient direction unless changed by _pmt_patch_set_use() */
} PmtPatchSet;

/* Lays a regular grid of pieces over the overlap, at most `most`, each at least 60 % valid in fixed and inside moving.
 * size: √area of the whole overlap at the level wanted; 0 for the finest. */
PmtPatchSet *_pmt_patch_set_new  (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                                  double size, int tile, int margin, int most, GError **error);
/* The same along a path that bends, over the overlap of its pose. */
PmtPatchSet *_pmt_patch_set_new_along (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path,
                                       double size, int tile, int margin, int most, GError **error);
/* One piece about a place of fixed, px, at a level of `scale` px for one of fixed, no finer than either image; none where it has
 * no image. */
PmtPatchSet *_pmt_patch_set_new_at (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                                    PmtPoint at, double scale, int tile, int margin, GError **error);
/* Sets the pieces' own poses to another path's, a few px off the one that they were read for. */
void         _pmt_patch_set_follow (PmtPatchSet *set, const PmtPath *path);
/* Compares by another feature from now on. */
void         _pmt_patch_set_use    (PmtPatchSet *set, PmtFieldFunc feature);
void         _pmt_patch_set_free   (PmtPatchSet *set);

/* Score volumes of all pieces at the pose, NULL for each piece's own (as match/score-volume.c, a tile a piece). NULL without
 * error where fewer than six can be compared, or than `fewest`. */
PmtVolume   *_pmt_patch_volume   (PmtContext *context, const PmtPatchSet *set, const PmtMatrix3 *pose, int radius,
                                  GError **error);
PmtVolume   *_pmt_patch_volume_of (PmtContext *context, const PmtPatchSet *set, const PmtMatrix3 *pose, int radius,
                                   int fewest, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtPatchSet, _pmt_patch_set_free)

G_END_DECLS
