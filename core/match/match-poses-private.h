/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "feature/keypoints-private.h"

G_BEGIN_DECLS

/* A pose that matched keypoints state, between the two views in which they were found. */
typedef struct
{
  PmtMatrix3 matrix;          /* px of fixed's view → px of moving's */
  double     evidence;        /* nats; unrelated photographs and phantoms stayed under 40 */
  int        inliers;         /* matches that see different things */
  int        from;            /* which match it came from */
} PmtMatchPose;

/* Appends up to two PmtMatchPose out of the matches between two described sets of keypoints, found in views of the
 * given sizes: match/match-poses.c. None is no error. */
gboolean _pmt_match_poses (PmtContext *context, const PmtKeypoints *fixed, PmtSize fixed_size,
                           const PmtKeypoints *moving, PmtSize moving_size, GArray *found, GError **error);

/* Best first. */
int      _pmt_match_poses_order (gconstpointer a, gconstpointer b);

G_END_DECLS
