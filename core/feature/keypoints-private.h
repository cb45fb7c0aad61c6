/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "image/grey.h"

G_BEGIN_DECLS

/* -- scale space: feature/scale-space.c -- */

/* An image blurred by Gaussians, each octave half as fine as the one before. Plane k of an octave has the standard
 * deviation sigma·2^(k/PMT_SCALE_STEPS) in the octave's own pixels, PMT_SCALE_SIGMA for k = 0. */
#define PMT_SCALE_STEPS   3
#define PMT_SCALE_PLANES  (PMT_SCALE_STEPS + 3)
#define PMT_SCALE_SIGMA   1.6
#define PMT_SCALE_OCTAVES 12

typedef struct
{
  PmtPlane *plane[PMT_SCALE_PLANES];
  PmtPlane *valid;       /* 1 where no invalid pixel shows; NULL when there are none */
  double    scale;       /* image px · scale = px of the octave */
} PmtOctave;

typedef struct
{
  int       octaves;
  PmtOctave octave[PMT_SCALE_OCTAVES];
} PmtScaleSpace;

/* Images of less than a quarter of a megapixel are doubled first: features of two pixels are most of what they have.
 * Beyond the frame the image is mirrored. Memory: 8 floats a pixel of the first octave. NULL on error, memory or
 * cancellation only; an image under 16 px a side has no octave. */
PmtScaleSpace *_pmt_scale_space_new  (PmtContext *context, const PmtGrey *grey, GError **error);
void           _pmt_scale_space_free (PmtScaleSpace *space);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtScaleSpace, _pmt_scale_space_free)

/* -- keypoints: feature/keypoints.c -- */

typedef struct
{
  double x, y;           /* px of the image given */
  double sigma;          /* px: the scale at which it stands out */
  double angle;          /* radians, x towards y, of the strongest gradient round it */
  double strength;       /* |difference of Gaussians| at the extremum, image units */
  int    octave;         /* where it was found … */
  double ox, oy, level;  /* … and its place there: px, and steps of scale */
} PmtKeypoint;

#define PMT_DESCRIPTOR_SIZE 128
#define PMT_DESCRIPTOR_ONE  8192   /* Euclidean length of a descriptor */

typedef struct
{
  PmtScaleSpace *space;
  GArray        *places;           /* of PmtKeypoint, angles not yet known */
  int            n;                /* described ones */
  PmtKeypoint   *point;
  gint16        *descriptor;       /* PMT_DESCRIPTOR_SIZE each, row after row, 64-byte aligned */
  gboolean       either_contrast;
} PmtKeypoints;

/* Extrema of the difference of Gaussians, up to `most` of them spread over the image, not described yet (n = 0). Any
 * unit of grey where `contrast` is what counts as visible (for the pyramid's 0 … 255: 1). Nothing visible is no error.
 * Deterministic, the same bits for any number of threads. */
PmtKeypoints  *_pmt_keypoints_new      (PmtContext *context, const PmtGrey *grey, int most, double contrast,
                                        GError **error);
/* Gives them directions and descriptors, replacing those they had. A place with two directions is two keypoints, so n
 * may reach 2·most. either_contrast: directions and descriptors are those of lines instead of edges, the same when
 * light and dark are swapped; the angle is then known modulo π. */
gboolean       _pmt_keypoints_describe (PmtContext *context, PmtKeypoints *keypoints, gboolean either_contrast,
                                        GError **error);
/* Frees most of the memory; they can't be described again after it. */
void           _pmt_keypoints_drop_space (PmtKeypoints *keypoints);
void           _pmt_keypoints_free     (PmtKeypoints *keypoints);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtKeypoints, _pmt_keypoints_free)

/* -- gradient histograms: feature/gradient-histogram.c -- */

#define PMT_DIRECTIONS 2

/* Writes up to PMT_DIRECTIONS angles of the strongest gradients round the keypoint, strongest first; returns how
 * many, 0 where too little of its surroundings is valid. */
int  _pmt_keypoint_directions (const PmtOctave *octave, const PmtKeypoint *point, gboolean either_contrast,
                               double angle[PMT_DIRECTIONS]);
/* FALSE where there is no gradient at all. */
gboolean _pmt_keypoint_describe (const PmtOctave *octave, const PmtKeypoint *point, gboolean either_contrast,
                                 gint16 descriptor[PMT_DESCRIPTOR_SIZE]);
/* The descriptor (of either contrast) of the same keypoint turned by π. */
void _pmt_descriptor_turn     (const gint16 *descriptor, gint16 *turned);

G_END_DECLS
