/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strong changes of viewpoint by simulated tilts (Yu & Morel 2011). A plane seen under θ is squeezed by 1/cos θ; the
 * squeezed views of one image hold one that resembles the other image. Views: as it is, then tilts of 2 and 2√2 (60°
 * and 69°) every 72°/tilt. Local features bear the rest. */
#include <math.h>

#include "match/feature-poses-private.h"
#include "match/keypoint-view-private.h"

#define SIDE   540      /* √px */
#define MOST   1000     /* keypoints of a view */
#define ENOUGH 90.0     /* nats: no need to look on */
#define APART  1.2566   /* radians · tilt: between directions of squeezing */
#define VIEWS  13       /* the image as it is, and: */
#define MILD   6        /* where the stronger tilts begin */

static const double tilts[] = { 2, 2.8284271247461903 };

typedef struct
{
  PmtKeypointView *view[VIEWS];
} Views;

static void
views_clear (Views *views)
{
  for (int k = 0; k < VIEWS; k++)
    g_clear_pointer (&views->view[k], _pmt_keypoint_view_free);
}

static void
tilt_of (int index, double *tilt, double *angle)
{
  *tilt = index == 0 ? 1 : tilts[index >= MILD];
  *angle = index == 0 ? 0 : (index - (index >= MILD ? MILD : 1)) * APART / *tilt;
}

/* The view, made and described when it is first asked for. */
static PmtKeypointView *
get_view (PmtContext *context, PmtPyramid *image, Views *views, int index, gboolean either_contrast, GError **error)
{
  g_autoptr (PmtKeypointView) view = NULL;
  double                      tilt, angle;

  if (views->view[index] != NULL)
    return views->view[index];
  tilt_of (index, &tilt, &angle);
  view = _pmt_keypoint_view_tilted (context, image, SIDE, tilt, angle, MOST, error);
  if (view == NULL || !_pmt_keypoints_describe (context, view->keypoints, either_contrast, error))
    return NULL;
  _pmt_keypoints_drop_space (view->keypoints);
  return views->view[index] = g_steal_pointer (&view);
}

typedef struct
{
  PmtContext *context;
  PmtPyramid *fixed, *moving;
  Views       of_fixed, of_moving;
  gboolean    either_contrast;
  GArray     *found;
} Search;

static gboolean
try_views (Search *s, int i, int j, GError **error)
{
  PmtKeypointView *f = get_view (s->context, s->fixed, &s->of_fixed, i, s->either_contrast, error);
  PmtKeypointView *m = f ? get_view (s->context, s->moving, &s->of_moving, j, s->either_contrast, error) : NULL;

  return m != NULL && _pmt_match_views (s->context, f, m, s->found, error);
}

/* One image tilted first, mild tilts before strong ones; then both, where edges keep their contrast. */
static gboolean
try_all (Search *s, GError **error)
{
  for (int k = 1; k < VIEWS && _pmt_view_poses_best (s->found) < ENOUGH; k++)
    if (!try_views (s, 0, k, error) || !try_views (s, k, 0, error))
      return FALSE;
  for (int i = 1; i < MILD && !s->either_contrast; i++)
    for (int j = 1; j < MILD && _pmt_view_poses_best (s->found) < ENOUGH; j++)
      if (!try_views (s, i, j, error))
        return FALSE;
  return TRUE;
}

gboolean
_pmt_tilted_poses (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, GArray *poses, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (PmtViewPose));
  gboolean           ok = TRUE;

  for (int either = 0; either < 2 && ok && _pmt_view_poses_best (found) < ENOUGH; either++)
    {
      Search search = { context, fixed, moving, .either_contrast = either, .found = found };

      ok = try_all (&search, error);
      views_clear (&search.of_fixed);
      views_clear (&search.of_moving);
    }
  if (ok)
    _pmt_view_poses_keep (found, fixed, moving, "tilted views", poses);
  return ok;
}
