/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/keypoint-view-private.h"

#include <math.h>
#include <stdlib.h>

#include "base/parallel.h"
#include "match/match-poses-private.h"

#define CONTRAST  1.0     /* of 255 */
#define POSES     2
#define DISTINCT  0.05    /* of the moving diagonal: poses nearer than this are one */
#define TILT_BLUR 0.8     /* px for √(tilt² − 1) */
#define REACH     2.5     /* σ of the blur that are summed */
#define MAX_TAPS  31
#define VALID     0.9f    /* of a sample's weights */

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

typedef struct
{
  const PmtGrey *grey;
  PmtGrey       *out;
  PmtMatrix3     back;              /* view px → grey px */
  double         step_x, step_y;    /* grey px: along the squeezed direction */
  int            taps;              /* odd */
  float          weight[MAX_TAPS];
} Tilt;

/* One view pixel: a Gaussian along the squeezed direction through bilinear samples, weighted by validity. */
static void
tilt_pixel (const Tilt *t, double x, double y, float *value, float *mask)
{
  const PmtPlane *v = t->grey->value, *m = t->grey->mask;
  float           sum = 0, valid = 0;

  for (int k = 0; k < t->taps; k++)
    {
      double u = x - 0.5 + (k - t->taps / 2) * t->step_x, w = y - 0.5 + (k - t->taps / 2) * t->step_y;
      int    i = (int) floor (u), j = (int) floor (w);

      if (i < 0 || j < 0 || i + 1 >= v->width || j + 1 >= v->height)
        continue;
      float        fx = (float) (u - i), fy = (float) (w - j);
      const float *a = pmt_plane_row (v, j) + i, *b = pmt_plane_row (v, j + 1) + i;
      const float *p = pmt_plane_row (m, j) + i, *q = pmt_plane_row (m, j + 1) + i;
      float        share = t->weight[k] * MIN (MIN (p[0], p[1]), MIN (q[0], q[1]));

      sum += share * ((1 - fy) * ((1 - fx) * a[0] + fx * a[1]) + fy * ((1 - fx) * b[0] + fx * b[1]));
      valid += share;
    }
  *mask = valid > VALID;
  *value = valid > 0 ? sum / valid : 127.f;
}

static gboolean
tilt_row (int y, int thread, gpointer data, GError **error)
{
  const Tilt *t = data;
  float      *value = pmt_plane_row (t->out->value, y), *mask = pmt_plane_row (t->out->mask, y);

  for (int x = 0; x < t->out->value->width; x++)
    tilt_pixel (t, t->back.m[0][0] * (x + 0.5) + t->back.m[0][1] * (y + 0.5) + t->back.m[0][2],
                t->back.m[1][0] * (x + 0.5) + t->back.m[1][1] * (y + 0.5) + t->back.m[1][2], &value[x], &mask[x]);
  return TRUE;
}

/* The affine map that squeezes along `angle`, with the frame's bounding box moved to 0. */
static PmtMatrix3
squeeze (int width, int height, double tilt, double angle, int *out_width, int *out_height)
{
  double     c = cos (angle), s = sin (angle), q = 1 / tilt, x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
  PmtMatrix3 m = { { { c * q, s * q, 0 }, { -s, c, 0 }, { 0, 0, 1 } } };

  for (int k = 0; k < 4; k++)
    {
      PmtPoint p = pmt_matrix3_map (&m, (PmtPoint) { (k & 1) * width, (k >> 1) * height });

      x0 = MIN (x0, p.x), x1 = MAX (x1, p.x);
      y0 = MIN (y0, p.y), y1 = MAX (y1, p.y);
    }
  m.m[0][2] = -x0;
  m.m[1][2] = -y0;
  *out_width = MAX ((int) ceil (x1 - x0 - 1e-6), 8);
  *out_height = MAX ((int) ceil (y1 - y0 - 1e-6), 8);
  return m;
}

PmtKeypointView *
_pmt_keypoint_view_tilted (PmtContext *context, PmtPyramid *image, int side, double tilt, double angle, int most,
                           GError **error)
{
  PmtMatrix3          to_level, tilting, to_view;
  g_autoptr (PmtGrey) grey = read_level (context, image, side, &to_level, error), out = NULL;
  Tilt                t = { .grey = grey };
  double              sigma = TILT_BLUR * sqrt (tilt * tilt - 1), all = 0;
  int                 width, height;

  if (grey == NULL)
    return NULL;
  tilting = squeeze (grey->value->width, grey->value->height, tilt, angle, &width, &height);
  t.out = out = _pmt_grey_new (width, height, error);
  if (out == NULL || !pmt_matrix3_invert (&tilting, &t.back))
    return NULL;
  t.step_x = cos (angle);
  t.step_y = sin (angle);
  t.taps = MIN (2 * (int) ceil (REACH * sigma) + 1, MAX_TAPS);
  for (int k = 0; k < t.taps; k++)
    all += t.weight[k] = (float) exp (-0.5 * (k - t.taps / 2) * (k - t.taps / 2) / (sigma * sigma + 1e-9));
  for (int k = 0; k < t.taps; k++)
    t.weight[k] /= (float) all;
  if (!pmt_parallel_for (context, height, tilt_row, &t, error))
    return NULL;
  to_view = pmt_matrix3_then (&to_level, &tilting);
  return view_of (context, out, &to_view, most, error);
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
