/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pieces between points, and what each point left out would be predicted as. Without point i only its own triangles change:
 * the hole is filled with Delaunay triangles of its neighbours, which are also Delaunay triangles of the neighbours alone. So
 * these few, and the frame's corners where the affine map through all other pairs takes them, tell where i would go. */
#include <math.h>

#include "base/error.h"
#include "fit/point-models-private.h"
#include "transform/delaunay-private.h"
#include "transform/triangle-finder-private.h"

#define FEWEST_LEFT 4    /* pairs from which on the others fix a map */
#define MANY        64   /* pairs from which on one less does not leave a line */

typedef struct
{
  const PmtPointPairs *pairs;
  PmtExtent            frame;
  int                 *start, *list;   /* triangles around each point, one list after the other */
  PmtTriangle         *triangle;
} Pieces;

/* The affine map through all pairs but one. */
static PmtMatrix3
map_without (const PmtPointPairs *p, int skip)
{
  double n = 0, fx = 0, fy = 0, mx = 0, my = 0, xx = 0, xy = 0, yy = 0, ux = 0, uy = 0, vx = 0, vy = 0, whole, a, b, c, d;

  for (int i = 0; i < p->n; i++)
    if (i != skip)
      n++, fx += p->fixed[i].x, fy += p->fixed[i].y, mx += p->moving[i].x, my += p->moving[i].y;
  fx /= n, fy /= n, mx /= n, my /= n;
  for (int i = 0; i < p->n; i++)
    if (i != skip)
      {
        double x = p->fixed[i].x - fx, y = p->fixed[i].y - fy, u = p->moving[i].x - mx, v = p->moving[i].y - my;

        xx += x * x, xy += x * y, yy += y * y, ux += u * x, uy += u * y, vx += v * x, vy += v * y;
      }
  whole = xx * yy - xy * xy;
  a = (ux * yy - uy * xy) / whole, b = (uy * xx - ux * xy) / whole;
  c = (vx * yy - vy * xy) / whole, d = (vy * xx - vx * xy) / whole;
  return (PmtMatrix3) { { { a, b, mx - a * fx - b * fy }, { c, d, my - c * fx - d * fy }, { 0, 0, 1 } } };
}

/* The neighbours of i but the frame's corners, each once. */
static int
neighbours_of (const Pieces *s, int i, int *found)
{
  int n = 0;

  for (int t = s->start[i]; t < s->start[i + 1]; t++)
    for (int k = 0; k < 3; k++)
      {
        int j = s->triangle[s->list[t]].corner[k], known = j == i || j >= s->pairs->n;

        for (int m = 0; m < n && !known; m++)
          known = found[m] == j;
        if (!known)
          found[n++] = j;
      }
  return n;
}

/* Where triangle (a, b, c) → (A, B, C) takes p. */
static PmtPoint
between (const PmtPoint from[3], const PmtPoint to[3], PmtPoint p)
{
  double bx = from[1].x - from[0].x, by = from[1].y - from[0].y, cx = from[2].x - from[0].x, cy = from[2].y - from[0].y;
  double x = p.x - from[0].x, y = p.y - from[0].y, area = bx * cy - by * cx;
  double v = (x * cy - y * cx) / area, w = (bx * y - by * x) / area;

  return (PmtPoint) { to[0].x + v * (to[1].x - to[0].x) + w * (to[2].x - to[0].x),
                      to[0].y + v * (to[1].y - to[0].y) + w * (to[2].y - to[0].y) };
}

static double
predict (const Pieces *s, int i)
{
  const PmtPointPairs     *p = s->pairs;
  int                      around = s->start[i + 1] - s->start[i], n, same[2], t;
  g_autofree int          *number = g_new (int, 2 * around);
  g_autofree PmtPoint     *from = g_new (PmtPoint, 2 * around + 4), *to = g_new (PmtPoint, 2 * around + 4);
  g_autofree PmtTriangle  *triangles = NULL;
  PmtMatrix3               m = map_without (p, i);
  PmtExtent                f = s->frame;
  const PmtPoint           corners[4] = { { f.x0, f.y0 }, { f.x1, f.y0 }, { f.x1, f.y1 }, { f.x0, f.y1 } };
  PmtPoint                 a[3], b[3], q;
  PmtTriangleFinder       *finder;

  n = neighbours_of (s, i, number);
  for (int k = 0; k < n + 4; k++)
    {
      from[k] = k < n ? p->fixed[number[k]] : corners[k - n];
      to[k] = k < n ? p->moving[number[k]] : pmt_matrix3_map (&m, corners[k - n]);
    }
  if (!_pmt_delaunay (n, from, f, &triangles, same))
    return NAN;
  finder = _pmt_triangle_finder_new (2 * n + 2, triangles, from, f);
  t = _pmt_triangle_finder_at (finder, p->fixed[i]);
  _pmt_triangle_finder_free (finder);
  for (int k = 0; k < 3; k++)
    a[k] = from[triangles[t].corner[k]], b[k] = to[triangles[t].corner[k]];
  q = between (a, b, p->fixed[i]);
  return hypot (q.x - p->moving[i].x, q.y - p->moving[i].y);
}

/* The frame that the step puts around the image and all points. */
static PmtExtent
frame_of (const PmtPointPairs *p)
{
  gboolean  known = p->fixed_size.width > 0 && p->fixed_size.height > 0;
  PmtExtent e = { known ? 0 : INFINITY, known ? 0 : INFINITY, known ? p->fixed_size.width : -INFINITY,
                  known ? p->fixed_size.height : -INFINITY };
  double    side;

  for (int i = 0; i < p->n; i++)
    e = (PmtExtent) { fmin (e.x0, p->fixed[i].x), fmin (e.y0, p->fixed[i].y), fmax (e.x1, p->fixed[i].x),
                      fmax (e.y1, p->fixed[i].y) };
  side = fmax (e.x1 - e.x0, e.y1 - e.y0);
  return (PmtExtent) { e.x0 - side, e.y0 - side, e.x1 + side, e.y1 + side };
}

static void
list_triangles (Pieces *s)
{
  int             n = s->pairs->n, triangles = 2 * n + 2;
  g_autofree int *next = NULL;

  s->start = g_new0 (int, n + 5);
  s->list = g_new (int, 3 * triangles);
  for (int k = 0; k < 3 * triangles; k++)
    s->start[s->triangle[k / 3].corner[k % 3] + 1]++;
  for (int i = 0; i < n + 4; i++)
    s->start[i + 1] += s->start[i];
  next = g_memdup2 (s->start, sizeof (int) * (gsize) (n + 5));
  for (int k = 0; k < 3 * triangles; k++)
    s->list[next[s->triangle[k / 3].corner[k % 3]]++] = k / 3;
}

static void
leave_out (const PmtPointPairs *p, double *left_out)
{
  Pieces s = { .pairs = p, .frame = frame_of (p) };
  int    same[2];

  if (!_pmt_delaunay (p->n, p->fixed, s.frame, &s.triangle, same))
    return;
  list_triangles (&s);
  for (int i = 0; i < p->n; i++)
    {
      int odd;

      if (p->n > MANY || _pmt_points_spread (p->n, p->fixed, i, &odd) > 1)
        left_out[i] = predict (&s, i);
    }
  g_free (s.triangle);
  g_free (s.start);
  g_free (s.list);
}

gboolean
_pmt_point_fit_pieces (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (pairs->fixed_size, pairs->moving_size);
  PmtPiecewiseAffine       pieces = { pairs->n, pairs->fixed, pairs->moving, { 0, 0 }, { 0, 0 } };

  if (!_pmt_point_pairs_check (pairs, 2, error))
    return FALSE;
  result->transform = pmt_transform_append_piecewise_affine (empty, &pieces, pairs->moving_size, NULL, error);
  if (result->transform == NULL)
    return FALSE;
  if (pairs->n >= FEWEST_LEFT)
    leave_out (pairs, result->left_out);
  return TRUE;
}
