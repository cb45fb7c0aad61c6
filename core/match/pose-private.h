/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"
#include "image/pyramid-private.h"

G_BEGIN_DECLS

/* One image squeezed before the two are compared, as a plane looks that is seen from the side; tilt 0: neither. */
typedef struct
{
  double   tilt, angle;    /* as _pmt_grey_squeeze() */
  gboolean of_moving;      /* else of the fixed image */
} PmtSqueeze;

/* A guess at the map fixed → moving, and what speaks for it. */
typedef struct
{
  PmtMatrix3  matrix;
  double      score;       /* the proposer's own unit; comparable within one proposer only */
  double      matches;     /* nats that matched keypoints speak for it with; 0 where none were looked for */
  double      angle;       /* radians, of the moving image against the fixed one */
  double      scale;       /* relative to equal √area (field search) */
  PmtSqueeze  squeeze;     /* that it was found with */
  double      rank;        /* the verifier's score, once ranked */
  const char *proposer;
} PmtPose;

/* Tile statistics of a pose are taken over the part of the fixed image that maps into the moving one. */
typedef struct
{
  PmtBox box;        /* fixed px: bounding box of the overlap, with a small margin, clipped to the image; whole px */
  double share;      /* of the fixed image, 0 … 1 */
} PmtOverlap;

/* FALSE when fewer than four points of a 41 × 41 grid over the fixed image map into the moving one. */
gboolean _pmt_pose_overlap (const PmtMatrix3 *matrix, PmtSize fixed, PmtSize moving, PmtOverlap *overlap);

/* The same of the pixels that are valid in both images: what lies in scan backgrounds, borders and masks is no overlap. */
gboolean _pmt_pose_overlap_valid (const PmtMatrix3 *matrix, const PmtPyramid *fixed, const PmtPyramid *moving,
                                  PmtOverlap *overlap);

/* √|det J| of the map at p: moving px for a fixed px; NaN where there is no image. */
double   _pmt_pose_scale   (const PmtMatrix3 *matrix, PmtPoint p);

/* No flip, no horizon near the image, areas within a factor of 60 over the corners of `box` (Allmaps and others
 * warn of the same). mirrored: whether a flip is what is wanted. */
gboolean _pmt_pose_is_sane (const PmtMatrix3 *matrix, const PmtBox *box);

/* Mean distance, in moving px, between the images of five points of the fixed frame under two poses. */
double   _pmt_pose_distance (const PmtMatrix3 *a, const PmtMatrix3 *b, PmtSize fixed);

/* The ranges of a search. */
typedef struct
{
  int     size;                 /* √area of both overviews, px */
  int     angles, scales;
  double  angle[64];            /* radians */
  double  scale[24];            /* moving / fixed, relative to equal √area */
  PmtSqueeze squeeze;
  double  min_overlap;          /* of the smaller image's valid pixels, 0 … 1 */
  const PmtMatrix3 *around;     /* NULL: all shifts; else only shifts near this pose … */
  int         reach;            /* … of up to this many overview px */
  const char *proposer;
} PmtSearchRange;

/* angle0 ± angle_reach in angle_steps·2+1 steps, scale0·factor^(-scale_steps … scale_steps). */
void     _pmt_search_range_around (PmtSearchRange *range, double angle0, double angle_step, int angle_steps,
                                   double scale0, double factor, int scale_steps);
void     _pmt_search_range_full   (PmtSearchRange *range);

/* Brute force over rotation × scale, all shifts at once by masked correlation (Padfield 2012) of fields of
 * gradient directions on small overviews: match/field-search.c. Appends up to two poses a hypothesis to `poses`, best
 * first. */
gboolean _pmt_field_search (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtSearchRange *range,
                            GArray *poses, GError **error);

/* Keeps the best `keep` of poses sorted by score that differ by more than 8 % of the moving diagonal. */
void     _pmt_poses_distinct (GArray *poses, PmtSize fixed, PmtSize moving, guint keep);

G_END_DECLS
