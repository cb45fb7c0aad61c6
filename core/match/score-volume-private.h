/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "feature/field-private.h"
#include "match/path-private.h"
#include "match/pose-private.h"

G_BEGIN_DECLS

/* How well each of many overlapping tiles agrees at every shift within a radius, at a pose: match/score-volume.c.
 * Level coordinates: the overlap of the fixed image shrunk to √area L (never finer than either image); the moving
 * image is warped into it by the pose, so a right pose has all peaks at shift 0. */
typedef struct
{
  int        radius, side;        /* shifts −radius … radius in x and y; side = 2·radius + 1 */
  int        width, height;       /* of the level */
  int        tiles;               /* usable ones only */
  PmtPoint  *centre;              /* level px */
  int       *column, *row;        /* of the tile, in blocks */
  int       *piece;               /* of a patch volume: which patch; else NULL */
  float     *score;               /* tiles · side²: NCC at shift (dx, dy) at [(dy+radius)·side + dx+radius] */
  float     *z;                   /* the same, standardised by the tile's own median and MAD over shifts */
  int        block;               /* px */
  PmtMatrix3 to_level;            /* fixed px → level px */
  double     overlap;             /* share of the fixed image */
} PmtVolume;

/* NULL without error in *error when the pose leaves nothing to compare (overlap under 24 px, fewer than 6 tiles). */
PmtVolume *_pmt_score_volume (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                              int size, int radius, GError **error);
/* The same along a path that bends, over the overlap of its pose. */
PmtVolume *_pmt_score_volume_along (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path,
                                    int size, int radius, GError **error);
void       _pmt_volume_free  (PmtVolume *volume);

/* The two images on one grid: fixed cropped to the overlap and shrunk, moving warped there by bilinear interpolation
 * of its level of like scale. NULL without error when there is too little overlap. */
typedef struct
{
  PmtGrey   *fixed, *moving;
  PmtMatrix3 to_level;
  double     overlap;
} PmtFramePair;

gboolean _pmt_frame_pair       (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path,
                                int size, PmtFramePair *pair, GError **error);
void     _pmt_frame_pair_clear (PmtFramePair *pair);

/* The NCC of two fields at all shifts within the radius, over the whole of `fixed` less a border of `margin` px:
 * side² values into `score`. FALSE when less than 35 % is valid in both. */
gboolean _pmt_field_scores (const PmtField *fixed, const PmtField *moving, int margin, int radius, float *score,
                            GError **error);

/* Standardises every tile's scores by its own median and MAD over shifts, into volume->z (allocated here). */
gboolean _pmt_volume_standardise (PmtContext *context, PmtVolume *volume, GError **error);

/* out(p) = in(map(p)), bilinear; invalid (mask 0, value the mean of `in`) where any of the four pixels is. */
PmtGrey *_pmt_warp_bilinear (PmtContext *context, const PmtGrey *in, const PmtMatrix3 *map, int width, int height,
                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtVolume, _pmt_volume_free)

G_END_DECLS
