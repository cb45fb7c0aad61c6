/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points spread along a line where the lesser principal moment of their scatter is next to nothing against the larger. Where
 * all but one do, leaving out that one shows it. Of up to FEW points each is tried; of more, the ends of the scatter along
 * its two axes: one point beside a line of many is an end along the lesser axis where it is near, along the larger where far. */
#include <math.h>

#include "base/error.h"
#include "fit/point-models-private.h"

#define LEAST 1e-4   /* lesser over larger spread */
#define FEW   16

/* Mean, and the scatter's moments about it. */
typedef struct { double n, x, y, xx, xy, yy; } Scatter;

static Scatter
scatter_of (int n, const PmtPoint *points, int skip, int other)
{
  Scatter s = { 0 };

  for (int i = 0; i < n; i++)
    if (i != skip && i != other)
      s.n++, s.x += points[i].x, s.y += points[i].y;
  s.x /= s.n, s.y /= s.n;
  for (int i = 0; i < n; i++)
    if (i != skip && i != other)
      {
        double x = points[i].x - s.x, y = points[i].y - s.y;

        s.xx += x * x, s.xy += x * y, s.yy += y * y;
      }
  return s;
}

static gboolean
is_line (const Scatter *s)
{
  double half = 0.5 * (s->xx + s->yy), root = hypot (0.5 * (s->xx - s->yy), s->xy);

  return half - root <= LEAST * LEAST * (half + root);
}

/* The point farthest from the mean along the axis at `angle`, on the side `sign`. */
static int
end_along (const Scatter *s, int n, const PmtPoint *points, int skip, double angle, int sign)
{
  double most = -INFINITY;
  int    found = -1;

  for (int i = 0; i < n; i++)
    {
      double way = sign * ((points[i].x - s->x) * cos (angle) + (points[i].y - s->y) * sin (angle));

      if (i != skip && way > most)
        most = way, found = i;
    }
  return found;
}

int
_pmt_points_spread (int n, const PmtPoint *points, int skip, int *odd)
{
  Scatter s = scatter_of (n, points, skip, -1);
  double  largest = 0, axis;

  for (int i = 0; i < n; i++)
    largest = fmax (largest, fabs (points[i].x) + fabs (points[i].y));
  if (s.n < 2 || sqrt (s.xx + s.yy) <= 1e-9 * (1 + largest))
    return 0;
  if (is_line (&s))
    return 1;
  axis = 0.5 * atan2 (2 * s.xy, s.xx - s.yy);
  for (int k = 0; s.n > 3 && k < (n <= FEW ? n : 4); k++)
    {
      int     other = n <= FEW ? k : end_along (&s, n, points, skip, axis + (k / 2) * G_PI_2, k % 2 ? 1 : -1);
      Scatter rest = scatter_of (n, points, skip, other);

      if (other != skip && is_line (&rest))
        {
          *odd = other;
          return 2;
        }
    }
  return 3;
}

static gboolean
refuse (const PmtPoint *points, int n, int found, int odd, const char *image, GError **error)
{
  int a = 0, b = 0;

  for (int i = 0; i < n; i++)   /* two that are far apart, to name the line by */
    if (i != odd && (a == odd || hypot (points[i].x - points[a].x, points[i].y - points[a].y)
                                 > hypot (points[b].x - points[a].x, points[b].y - points[a].y)))
      a = a == odd ? i : a, b = i;
  if (found == 0)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "all points coincide at (%.1f, %.1f) of the %s image", points[0].x,
                 points[0].y, image);
  else if (found == 1)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                 "all points lie on one line of the %s image, through points %d (%.1f, %.1f) and %d (%.1f, %.1f)", image, a,
                 points[a].x, points[a].y, b, points[b].x, points[b].y);
  else
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                 "all points but point %d (%.1f, %.1f) lie on one line of the %s image, through points %d (%.1f, %.1f) and "
                 "%d (%.1f, %.1f)", odd, points[odd].x, points[odd].y, image, a, points[a].x, points[a].y, b, points[b].x,
                 points[b].y);
  return FALSE;
}

gboolean
_pmt_point_pairs_check (const PmtPointPairs *pairs, int spread, GError **error)
{
  int odd = -1, found = _pmt_points_spread (pairs->n, pairs->fixed, -1, &odd);

  if (found < spread)
    return refuse (pairs->fixed, pairs->n, found, odd, "fixed", error);
  odd = -1;
  found = _pmt_points_spread (pairs->n, pairs->moving, -1, &odd);
  return found >= spread || refuse (pairs->moving, pairs->n, found, odd, "moving", error);
}
