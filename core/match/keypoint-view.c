/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/keypoint-view-private.h"

#include <math.h>
#include <stdlib.h>

#include "image/squeeze-private.h"
#include "match/match-poses-private.h"

#define CONTRAST  1.0     /* of 255 */
#define POSES     2
#define DISTINCT  0.05    /* of the moving diagonal: poses nearer than this are one */

/* -- views -- */

static PmtGrey *
read_level (PmtContext *context, PmtPyramid *image, int side, PmtMatrix3 *to_level, GError **error)
{
  double scale = MIN (1, side / sqrt ((double) image->width * image->height));
  PmtBox all = { 0, 0, image->width, image->height };
  int    width = MAX ((int) lround (image->width * scale), 8), height = MAX ((int) lround (image->height * scale), 8);

  *to_level = pmt_matrix3_scaling ((double) width / image->width, (double) height / image->height);
  return _pmt_pyramid_read (context, image, &all, width, height, error);
}

static PmtKeypointView *
view_of (PmtContext *context, const PmtGrey *grey, const PmtMatrix3 *to_view, int most, GError **error)
{
  g_autoptr (PmtKeypointView) view = g_new0 (PmtKeypointView, 1);

  view->size = (PmtSize) { grey->value->width, grey->value->height };
  view->to_view = *to_view;
  view->keypoints = _pmt_keypoints_new (context, grey, most, CONTRAST, error);
  return view->keypoints != NULL ? g_steal_pointer (&view) : NULL;
}

PmtKeypointView *
_pmt_keypoint_view_new (PmtContext *context, PmtPyramid *image, int side, int most, GError **error)
{
  PmtMatrix3          to_level;
  g_autoptr (PmtGrey) grey = read_level (context, image, side, &to_level, error);

  return grey != NULL ? view_of (context, grey, &to_level, most, error) : NULL;
}

PmtKeypointView *
_pmt_keypoint_view_tilted (PmtContext *context, PmtPyramid *image, int side, double tilt, double angle, int most,
                           GError **error)
{
  PmtMatrix3          to_level, squeeze, to_view;
  g_autoptr (PmtGrey) grey = read_level (context, image, side, &to_level, error);
  g_autoptr (PmtGrey) view = grey != NULL ? _pmt_grey_squeeze (context, grey, tilt, angle, &squeeze, error) : NULL;

  if (view == NULL)
    return NULL;
  to_view = pmt_matrix3_then (&to_level, &squeeze);
  return view_of (context, view, &to_view, most, error);
}

void
_pmt_keypoint_view_free (PmtKeypointView *view)
{
  if (view == NULL)
    return;
  _pmt_keypoints_free (view->keypoints);
  g_free (view);
}

/* -- poses between views -- */

gboolean
_pmt_match_views (PmtContext *context, const PmtKeypointView *fixed, const PmtKeypointView *moving, GArray *found,
                  GError **error)
{
  g_autoptr (GArray) poses = g_array_new (FALSE, FALSE, sizeof (PmtMatchPose));
  PmtMatrix3         back;

  if (!_pmt_match_poses (context, fixed->keypoints, fixed->size, moving->keypoints, moving->size, poses, error))
    return FALSE;
  for (guint k = 0; k < poses->len && pmt_matrix3_invert (&moving->to_view, &back); k++)
    {
      const PmtMatchPose *p = &g_array_index (poses, PmtMatchPose, k);
      PmtViewPose         pose = { pmt_matrix3_then (&fixed->to_view, &p->matrix), p->evidence };

      pose.matrix = pmt_matrix3_then (&pose.matrix, &back);
      pose.matrix = pmt_matrix3_normalised (&pose.matrix);
      g_array_append_val (found, pose);
    }
  return TRUE;
}

double
_pmt_view_poses_best (const GArray *found)
{
  double best = 0;

  for (guint k = 0; k < found->len; k++)
    best = MAX (best, g_array_index (found, PmtViewPose, k).evidence);
  return best;
}

static int
by_evidence (const void *a, const void *b)
{
  const PmtViewPose *p = a, *q = b;

  return (p->evidence < q->evidence) - (p->evidence > q->evidence);
}

static PmtPose
pose_of (const PmtViewPose *view_pose, const PmtPyramid *fixed, const PmtPyramid *moving, const char *proposer)
{
  PmtPose pose = { .matrix = view_pose->matrix, .scale = 1, .matches = view_pose->evidence, .proposer = proposer };
  double  j[2][2];

  if (pmt_matrix3_jacobian (&pose.matrix, (PmtPoint) { fixed->width / 2.0, fixed->height / 2.0 }, j))
    {
      pose.angle = -atan2 (j[1][0] - j[0][1], j[0][0] + j[1][1]);
      pose.scale = sqrt (fabs (j[0][0] * j[1][1] - j[0][1] * j[1][0]))
                   * sqrt ((double) fixed->width * fixed->height / ((double) moving->width * moving->height));
    }
  return pose;
}

void
_pmt_view_poses_keep (GArray *found, const PmtPyramid *fixed, const PmtPyramid *moving, const char *proposer,
                      GArray *poses)
{
  double  limit = DISTINCT * hypot (moving->width, moving->height);
  PmtSize size = { fixed->width, fixed->height };

  if (found->len > 1)       /* an empty array's data may be NULL */
    qsort (found->data, found->len, sizeof (PmtViewPose), by_evidence);
  for (guint k = 0, kept = 0; k < found->len && kept < POSES; k++)
    {
      const PmtViewPose *p = &g_array_index (found, PmtViewPose, k);
      gboolean           is_new = TRUE;

      for (guint i = 0; i < k && is_new; i++)
        is_new = _pmt_pose_distance (&p->matrix, &g_array_index (found, PmtViewPose, i).matrix, size) > limit;
      if (is_new)
        {
          PmtPose pose = pose_of (p, fixed, moving, proposer);

          g_array_append_val (poses, pose);
          kept++;
        }
    }
}
