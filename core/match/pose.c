/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/pose-private.h"

#include <math.h>

#define GRID        41      /* points a side when the overlap is measured */
#define MARGIN      0.04    /* of the overlap's own size … */
#define MARGIN_FULL 0.025   /* … and of the image's, added on each side */
#define MAX_AREA_RATIO 60   /* largest over smallest local area, corners of the overlap */
#define DISTINCT    0.08    /* of the moving diagonal */

static gboolean
is_valid_at (const PmtPyramid *image, PmtPoint p)
{
  const PmtPlane *mask;
  int             k = 0, x, y;

  while (k + 1 < image->levels && image->level[k + 1]->mask->width >= 2 * GRID && image->level[k + 1]->mask->height >= 2 * GRID)
    k++;
  mask = image->level[k]->mask;
  x = CLAMP ((int) (p.x * image->scale_x[k]), 0, mask->width - 1);
  y = CLAMP ((int) (p.y * image->scale_y[k]), 0, mask->height - 1);
  return pmt_plane_row (mask, y)[x] > 0.5f;
}

/* of_fixed, of_moving: NULL, or whose masks count. */
static gboolean
find_overlap (const PmtMatrix3 *matrix, PmtSize fixed, PmtSize moving, const PmtPyramid *of_fixed,
              const PmtPyramid *of_moving, PmtOverlap *overlap)
{
  double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY, mx, my;
  int    inside = 0;

  for (int j = 0; j < GRID; j++)
    for (int i = 0; i < GRID; i++)
      {
        PmtPoint p = { (double) fixed.width * i / (GRID - 1), (double) fixed.height * j / (GRID - 1) };
        PmtPoint q = pmt_matrix3_map (matrix, p);

        if (!(q.x >= 0 && q.x <= moving.width && q.y >= 0 && q.y <= moving.height)
            || (of_fixed != NULL && !(is_valid_at (of_fixed, p) && is_valid_at (of_moving, q))))
          continue;
        inside++;
        x0 = MIN (x0, p.x), x1 = MAX (x1, p.x);
        y0 = MIN (y0, p.y), y1 = MAX (y1, p.y);
      }
  if (inside < 4)
    return FALSE;
  mx = MARGIN * (x1 - x0) + MARGIN_FULL * fixed.width;
  my = MARGIN * (y1 - y0) + MARGIN_FULL * fixed.height;
  x0 = floor (MAX (x0 - mx, 0)), y0 = floor (MAX (y0 - my, 0));
  x1 = ceil (MIN (x1 + mx, fixed.width)), y1 = ceil (MIN (y1 + my, fixed.height));
  overlap->box = (PmtBox) { x0, y0, x1 - x0, y1 - y0 };
  overlap->share = (double) inside / (GRID * GRID);
  return TRUE;
}

gboolean
_pmt_pose_overlap (const PmtMatrix3 *matrix, PmtSize fixed, PmtSize moving, PmtOverlap *overlap)
{
  return find_overlap (matrix, fixed, moving, NULL, NULL, overlap);
}

gboolean
_pmt_pose_overlap_valid (const PmtMatrix3 *matrix, const PmtPyramid *fixed, const PmtPyramid *moving,
                         PmtOverlap *overlap)
{
  return find_overlap (matrix, (PmtSize) { fixed->width, fixed->height }, (PmtSize) { moving->width, moving->height },
                       fixed, moving, overlap);
}

double
_pmt_pose_scale (const PmtMatrix3 *matrix, PmtPoint p)
{
  double j[2][2];

  if (!pmt_matrix3_jacobian (matrix, p, j))
    return NAN;
  return sqrt (fabs (j[0][0] * j[1][1] - j[0][1] * j[1][0]));
}

gboolean
_pmt_pose_is_sane (const PmtMatrix3 *matrix, const PmtBox *box)
{
  double smallest = INFINITY, largest = 0;

  for (int k = 0; k < 4; k++)
    {
      PmtPoint corner = { box->x + (k & 1) * box->width, box->y + (k >> 1) * box->height };
      double   j[2][2], area;

      if (!pmt_matrix3_jacobian (matrix, corner, j))
        return FALSE;
      area = j[0][0] * j[1][1] - j[0][1] * j[1][0];
      if (!(area > 0))
        return FALSE;
      smallest = MIN (smallest, area);
      largest = MAX (largest, area);
    }
  return largest < MAX_AREA_RATIO * smallest;
}

double
_pmt_pose_distance (const PmtMatrix3 *a, const PmtMatrix3 *b, PmtSize fixed)
{
  static const double x[5] = { 0.2, 0.8, 0.2, 0.8, 0.5 }, y[5] = { 0.2, 0.2, 0.8, 0.8, 0.5 };
  double              sum = 0;

  for (int k = 0; k < 5; k++)
    {
      PmtPoint p = pmt_matrix3_map (a, (PmtPoint) { x[k] * fixed.width, y[k] * fixed.height });
      PmtPoint q = pmt_matrix3_map (b, (PmtPoint) { x[k] * fixed.width, y[k] * fixed.height });

      sum += hypot (p.x - q.x, p.y - q.y) / 5;
    }
  return isnan (sum) ? INFINITY : sum;
}

static int
by_score (gconstpointer a, gconstpointer b)
{
  double p = ((const PmtPose *) a)->score, q = ((const PmtPose *) b)->score;

  return (p < q) - (p > q);
}

void
_pmt_poses_distinct (GArray *poses, PmtSize fixed, PmtSize moving, guint keep)
{
  double limit = DISTINCT * hypot (moving.width, moving.height);
  guint  kept = 0;

  g_array_sort (poses, by_score);
  for (guint i = 0; i < poses->len && kept < keep; i++)
    {
      PmtPose  pose = g_array_index (poses, PmtPose, i);
      gboolean is_new = TRUE;

      for (guint k = 0; k < kept && is_new; k++)
        is_new = _pmt_pose_distance (&pose.matrix, &g_array_index (poses, PmtPose, k).matrix, fixed) > limit;
      if (is_new)
        g_array_index (poses, PmtPose, kept++) = pose;
    }
  g_array_set_size (poses, kept);
}

void
_pmt_search_range_around (PmtSearchRange *range, double angle0, double angle_step, int angle_steps,
                          double scale0, double factor, int scale_steps)
{
  range->angles = range->scales = 0;
  for (int k = -angle_steps; k <= angle_steps; k++)
    range->angle[range->angles++] = angle0 + k * angle_step;
  for (int k = -scale_steps; k <= scale_steps; k++)
    range->scale[range->scales++] = scale0 * pow (factor, k);
}

void
_pmt_search_range_full (PmtSearchRange *range)
{
  _pmt_search_range_around (range, 0, 0, 0, 1, 1.13, 9);
  range->angles = 60;
  for (int k = 0; k < 60; k++)
    range->angle[k] = (k - 30) * G_PI / 30;
}
