/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "feature/keypoints-private.h"
#include "match/pose-private.h"

G_BEGIN_DECLS

/* Keypoints of an image as it looks at some scale and from some side: match/keypoint-view.c. */
typedef struct
{
  PmtSize       size;         /* of the view, px */
  PmtMatrix3    to_view;      /* image px → view px */
  PmtKeypoints *keypoints;    /* not described yet */
} PmtKeypointView;

/* The image shrunk to side² px, never enlarged. */
PmtKeypointView *_pmt_keypoint_view_new    (PmtContext *context, PmtPyramid *image, int side, int most, GError **error);
/* The same squeezed by `tilt` ≥ 1 along the direction `angle` (radians, x towards y), as a plane looks that is turned
 * away from the viewer by arccos (1/tilt): blurred by 0.8·√(tilt² − 1) px along it, then resampled (Yu & Morel 2011). */
PmtKeypointView *_pmt_keypoint_view_tilted (PmtContext *context, PmtPyramid *image, int side, double tilt, double angle,
                                            int most, GError **error);
void             _pmt_keypoint_view_free   (PmtKeypointView *view);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtKeypointView, _pmt_keypoint_view_free)

/* A pose between the images themselves. */
typedef struct
{
  PmtMatrix3 matrix;          /* fixed px → moving px */
  double     evidence;        /* nats */
} PmtViewPose;

/* Appends the poses that two views with described keypoints state. */
gboolean _pmt_match_views      (PmtContext *context, const PmtKeypointView *fixed, const PmtKeypointView *moving,
                                GArray *found, GError **error);
double   _pmt_view_poses_best  (const GArray *found);      /* evidence of the best; 0 when there is none */
/* The best two that differ by more than 5 % of the moving diagonal, as PmtPose with `matches` set and score 0. */
void     _pmt_view_poses_keep  (GArray *found, const PmtPyramid *fixed, const PmtPyramid *moving, const char *proposer,
                                GArray *poses);

G_END_DECLS
