/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A curve B: [0, 1] → plane seen through a map T. The cubic Q with T's values at both ends and T's derivative along B there,
 *
 *   Q = ( T(b₀), T(b₀) + J(b₀)·(b₁ − b₀), T(b₃) + J(b₃)·(b₂ − b₃), T(b₃) )
 *
 * is T∘B itself where T is affine. Else |T(B(t)) − Q(t)| is of the order of the fourth power of B's length where T is smooth there, so
 * that halves of B (de Casteljau) soon do. That difference at equal t bounds the distance of the curves. */

#include "transform/bezier.h"

#include <math.h>

#define SPACING      4.0     /* px between places that are looked at: much below any lattice's spacing */
#define LEAST_PLACES 8
#define MOST_PLACES  1024
#define MOST_HALVES  14      /* pieces of a 16,000th of the curve: at a kink of the map the error halves with the length */

typedef struct
{
  const PmtTransform *transform;
  double              tolerance;
  GArray             *pieces;
} Mapping;

static PmtPoint
between (PmtPoint a, PmtPoint b, double t)
{
  return (PmtPoint) { a.x + t * (b.x - a.x), a.y + t * (b.y - a.y) };
}

static double
distance (PmtPoint a, PmtPoint b)
{
  return hypot (a.x - b.x, a.y - b.y);
}

PmtPoint
pmt_bezier_place (const PmtBezier *curve, double t)
{
  const PmtPoint *p = curve->p;
  double u = 1 - t, a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;

  return (PmtPoint) { a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x, a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y };
}

static void
halve (const PmtBezier *curve, PmtBezier halves[2])
{
  const PmtPoint *p = curve->p;
  PmtPoint a = between (p[0], p[1], 0.5), b = between (p[1], p[2], 0.5), c = between (p[2], p[3], 0.5);
  PmtPoint ab = between (a, b, 0.5), bc = between (b, c, 0.5), middle = between (ab, bc, 0.5);

  halves[0] = (PmtBezier) { { p[0], a, ab, middle } };
  halves[1] = (PmtBezier) { { middle, bc, c, p[3] } };
}

/* The images of n + 1 places at equal steps of t; NULL where one has none. */
static PmtPoint *
images_new (const Mapping *m, const PmtBezier *curve, int *n)
{
  const PmtPoint *p = curve->p;
  double length = distance (p[0], p[1]) + distance (p[1], p[2]) + distance (p[2], p[3]);
  g_autofree PmtPoint *images = NULL;

  *n = isfinite (length) ? CLAMP (length / SPACING, LEAST_PLACES, MOST_PLACES) : LEAST_PLACES;
  images = g_new (PmtPoint, *n + 1);
  for (int i = 0; i <= *n; i++)
    images[i] = pmt_bezier_place (curve, i / (double) *n);
  pmt_transform_map (m->transform, *n + 1, images, images);
  for (int i = 0; i <= *n; i++)
    if (!isfinite (images[i].x) || !isfinite (images[i].y))
      return NULL;
  return g_steal_pointer (&images);
}

static double
distance_to_segment (PmtPoint p, PmtPoint a, PmtPoint b)
{
  double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
  double t = square > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / square : 0;

  return distance (p, between (a, b, CLAMP (t, 0, 1)));
}

/* The end's handle under the map's derivative there. */
static gboolean
map_handle (const Mapping *m, PmtPoint end, PmtPoint handle, PmtPoint image, PmtPoint *mapped)
{
  double j[2][2], dx = handle.x - end.x, dy = handle.y - end.y;

  if (!pmt_transform_jacobian (m->transform, end, j))
    return FALSE;
  *mapped = (PmtPoint) { image.x + j[0][0] * dx + j[0][1] * dy, image.y + j[1][0] * dx + j[1][1] * dy };
  return isfinite (mapped->x) && isfinite (mapped->y);
}

static gboolean
map_curve (const Mapping *m, const PmtBezier *curve, int halves_left)
{
  int n;
  g_autofree PmtPoint *images = images_new (m, curve, &n);
  PmtBezier image, halves[2];
  double worst = 0;

  if (images == NULL)
    return FALSE;
  image.p[0] = images[0];
  image.p[3] = images[n];
  if (!map_handle (m, curve->p[0], curve->p[1], image.p[0], &image.p[1])
      || !map_handle (m, curve->p[3], curve->p[2], image.p[3], &image.p[2]))
    return FALSE;
  for (int i = 1; i < n; i++)
    worst = MAX (worst, distance (images[i], pmt_bezier_place (&image, i / (double) n)));
  if (worst <= m->tolerance || halves_left == 0)
    {
      g_array_append_val (m->pieces, image);
      return TRUE;
    }
  halve (curve, halves);
  return map_curve (m, &halves[0], halves_left - 1) && map_curve (m, &halves[1], halves_left - 1);
}

static gboolean
same_point (PmtPoint a, PmtPoint b)
{
  return a.x == b.x && a.y == b.y;
}

/* A side of a polygon: it is walked at an even pace, and stays a side where its image is straight. */
static gboolean
map_side (const Mapping *m, PmtPoint a, PmtPoint b)
{
  PmtBezier even = { { a, between (a, b, 1.0 / 3), between (a, b, 2.0 / 3), b } }, side;
  int n;
  g_autofree PmtPoint *images = images_new (m, &even, &n);

  if (images == NULL)
    return FALSE;
  for (int i = 1; i < n; i++)
    if (distance_to_segment (images[i], images[0], images[n]) > m->tolerance)
      return map_curve (m, &even, MOST_HALVES);
  side = (PmtBezier) { { images[0], images[0], images[n], images[n] } };
  g_array_append_val (m->pieces, side);
  return TRUE;
}

gboolean
pmt_bezier_map (const PmtTransform *transform, const PmtBezier *curve, double tolerance, GArray *pieces)
{
  Mapping m = { transform, tolerance, pieces };
  guint before = pieces->len;
  gboolean straight = same_point (curve->p[0], curve->p[1]) && same_point (curve->p[2], curve->p[3]);

  if (straight ? map_side (&m, curve->p[0], curve->p[3]) : map_curve (&m, curve, MOST_HALVES))
    return TRUE;
  g_array_set_size (pieces, before);
  return FALSE;
}
