/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Poses from keypoints of the two images as they are: match/match-poses.c says what matches are worth. */
#include "match/feature-poses-private.h"

#include <math.h>

#include "match/keypoint-view-private.h"
#include "match/match-poses-private.h"

#define SIDE   1000     /* √px at which keypoints are looked for */
#define MOST   4000     /* keypoints */
#define PLENTY 150.0    /* nats: no need to ask again for either contrast */

gboolean
_pmt_feature_poses (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, GArray *poses, GError **error)
{
  g_autoptr (GArray)          found = g_array_new (FALSE, FALSE, sizeof (PmtViewPose));
  g_autoptr (PmtKeypointView) of_fixed = _pmt_keypoint_view_new (context, fixed, SIDE, MOST, error);
  g_autoptr (PmtKeypointView) of_moving = NULL;

  if (of_fixed == NULL)
    return FALSE;
  of_moving = _pmt_keypoint_view_new (context, moving, SIDE, MOST, error);
  if (of_moving == NULL)
    return FALSE;
  for (int either = 0; either < 2 && _pmt_view_poses_best (found) < PLENTY; either++)
    if (!_pmt_keypoints_describe (context, of_fixed->keypoints, either, error)
        || !_pmt_keypoints_describe (context, of_moving->keypoints, either, error)
        || !_pmt_match_views (context, of_fixed, of_moving, found, error))
      return FALSE;
  _pmt_view_poses_keep (found, fixed, moving, "local features", poses);
  return TRUE;
}
