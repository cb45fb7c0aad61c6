/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delaunay's triangulation by insertion and flips (Lawson 1977; Guibas and Stolfi 1985): two triangles fill the frame; each
 * point splits the triangle that holds it in three, and edges opposite to it are flipped for as long as the corner behind
 * them lies in the circle.
 *
 * The signs of
 *   turn (a, b, c)      = |b − a, c − a|                                   > 0: a, b, c turn from x to y
 *   circle (a, b, c, d) = |p, |p|²| over the rows p = a − d, b − d, c − d   > 0: d within the circle of such a, b, c
 * must be right, or walks go round for ever and triangles overlap. Points are rounded to 2³⁰ steps: differences have 31 bits,
 * products of two of them 61, sums of two such products 62, the determinant 126: integers of 128 bits hold it.
 * Where circle() is 0, the lift |p|² of the first of the four in the list is taken to be larger by less than any number
 * (Edelsbrunner and Mücke 1990), which makes the triangles unique, in whatever order points are inserted. They are inserted
 * in a shuffled one: then a point flips few edges, whatever the input. */
#include "transform/delaunay-private.h"

#include <math.h>

#define SHUFFLE 2654435761u   /* of the shuffle's generator; any odd number would do */

typedef struct { gint64 x, y; } Place;

/* beyond[k]: the triangle behind the edge opposite to corner[k], −1 on the frame. */
typedef struct { int corner[3], beyond[3]; } Cell;

typedef struct
{
  Place *place;
  Cell  *cell;
  int    cells, last;   /* last: where the next walk begins */
  int   *stack;         /* triangles whose edge opposite to corner[0], the new point, is to be looked at */
  int    stacked, room;
} Mesh;

static gint64
turn (const Mesh *m, int a, int b, int c)
{
  const Place *p = m->place;

  return (p[b].x - p[a].x) * (p[c].y - p[a].y) - (p[b].y - p[a].y) * (p[c].x - p[a].x);
}

static int
sign (gint64 value)
{
  return (value > 0) - (value < 0);
}

/* What circle() becomes where the lift of corner k of a, b, c, d grows: its cofactor. */
static int
lifted (const Mesh *m, const int corner[4], int k)
{
  int rest[3], n = 0;

  for (int i = 0; i < 4; i++)
    if (i != k)
      rest[n++] = corner[i];
  return (k % 2 ? -1 : 1) * sign (turn (m, rest[0], rest[1], rest[2]));
}

static gboolean
is_in_circle (const Mesh *m, int a, int b, int c, int d)
{
  const int corner[4] = { a, b, c, d };
  __int128  sum = 0;
  gint64    x[3], y[3], lift[3];
  int       first = 0;

  for (int i = 0; i < 3; i++)
    {
      x[i] = m->place[corner[i]].x - m->place[d].x;
      y[i] = m->place[corner[i]].y - m->place[d].y;
      lift[i] = x[i] * x[i] + y[i] * y[i];
    }
  for (int i = 0; i < 3; i++)
    {
      int j = (i + 1) % 3, k = (i + 2) % 3;

      sum += (__int128) lift[i] * (x[j] * y[k] - x[k] * y[j]);
    }
  if (sum != 0)
    return sum > 0;
  for (int i = 1; i < 4; i++)
    if (corner[i] < corner[first])
      first = i;
  return lifted (m, corner, first) > 0;
}

/* From triangle to triangle towards the point; ends, since Delaunay's triangles have no cycles. */
static int
walk (const Mesh *m, int point)
{
  int at = m->last;

  for (int k = 0; k < 3;)
    {
      const Cell *cell = &m->cell[at];

      if (turn (m, cell->corner[(k + 1) % 3], cell->corner[(k + 2) % 3], point) >= 0)
        k++;
      else
        {
          at = cell->beyond[k];
          k = 0;
        }
    }
  return at;
}

static void
relink (Mesh *m, int cell, int from, int to)
{
  if (cell < 0)
    return;
  for (int k = 0; k < 3; k++)
    if (m->cell[cell].beyond[k] == from)
      {
        m->cell[cell].beyond[k] = to;
        return;
      }
}

static void
push (Mesh *m, int cell)
{
  if (m->stacked == m->room)
    m->stack = g_renew (int, m->stack, m->room *= 2);
  m->stack[m->stacked++] = cell;
}

/* (a, b, c) becomes (p, a, b), (p, b, c), (p, c, a). */
static void
split (Mesh *m, int at, int p)
{
  Cell      old = m->cell[at];
  const int part[3] = { at, m->cells, m->cells + 1 };

  m->cells += 2;
  for (int k = 0; k < 3; k++)
    {
      int behind = old.beyond[(k + 2) % 3];

      m->cell[part[k]] = (Cell) { { p, old.corner[k], old.corner[(k + 1) % 3] },
                                  { behind, part[(k + 1) % 3], part[(k + 2) % 3] } };
      relink (m, behind, at, part[k]);
      push (m, part[k]);
    }
}

/* (p, a, b) and (d, b, a) behind it become (p, a, d) and (p, d, b). */
static void
flip (Mesh *m, int at, int behind)
{
  Cell one = m->cell[at], two = m->cell[behind];
  int  p = one.corner[0], a = one.corner[1], b = one.corner[2], k = 0, d, by_a, by_b;

  while (two.beyond[k] != at)
    k++;
  d = two.corner[k];
  by_b = two.beyond[(k + 2) % 3];   /* opposite to a: d and b */
  by_a = two.beyond[(k + 1) % 3];   /* opposite to b: a and d */
  m->cell[at] = (Cell) { { p, a, d }, { by_a, behind, one.beyond[2] } };
  m->cell[behind] = (Cell) { { p, d, b }, { by_b, one.beyond[1], at } };
  relink (m, by_a, behind, at);
  relink (m, one.beyond[1], at, behind);
}

static void
settle (Mesh *m)
{
  while (m->stacked > 0)
    {
      int         at = m->stack[--m->stacked], behind = m->cell[at].beyond[0], k = 0;
      const int  *c = m->cell[at].corner;

      if (behind < 0)
        continue;
      while (m->cell[behind].beyond[k] != at)
        k++;
      /* A point on an edge leaves a triangle without area: that edge goes in any case. */
      if (turn (m, c[0], c[1], c[2]) != 0 && !is_in_circle (m, c[0], c[1], c[2], m->cell[behind].corner[k]))
        continue;
      flip (m, at, behind);
      push (m, at);
      push (m, behind);
    }
}

static gboolean
insert (Mesh *m, int p, int *same)
{
  int at = walk (m, p);

  for (int k = 0; k < 3; k++)
    if (m->place[p].x == m->place[m->cell[at].corner[k]].x && m->place[p].y == m->place[m->cell[at].corner[k]].y)
      {
        *same = m->cell[at].corner[k];
        return FALSE;
      }
  split (m, at, p);
  settle (m);
  m->last = at;
  return TRUE;
}

static void
round_places (Mesh *m, int n, const PmtPoint *points, PmtExtent f)
{
  const PmtPoint corners[4] = { { f.x0, f.y0 }, { f.x1, f.y0 }, { f.x1, f.y1 }, { f.x0, f.y1 } };
  double         scale = PMT_DELAUNAY_STEPS / fmax (f.x1 - f.x0, f.y1 - f.y0);

  for (int i = 0; i < n + 4; i++)
    {
      PmtPoint p = i < n ? points[i] : corners[i - n];

      m->place[i] = (Place) { (gint64) nearbyint ((p.x - f.x0) * scale), (gint64) nearbyint ((p.y - f.y0) * scale) };
    }
}

static int *
shuffled (int n)
{
  int    *order = g_new (int, MAX (n, 1));
  guint32 state = 1;

  for (int i = 0; i < n; i++)
    {
      int j;

      state = state * 1664525u + SHUFFLE;
      j = (int) ((state >> 8) % (guint) (i + 1));
      order[i] = order[j];
      order[j] = i;
    }
  return order;
}

static int
by_corners (gconstpointer a, gconstpointer b)
{
  const int *p = ((const PmtTriangle *) a)->corner, *q = ((const PmtTriangle *) b)->corner;

  return p[0] != q[0] ? p[0] - q[0] : p[1] != q[1] ? p[1] - q[1] : p[2] - q[2];
}

/* Each from its smallest number on, sorted: whatever the way to them was. */
static PmtTriangle *
sorted (const Mesh *m)
{
  PmtTriangle *triangles = g_new (PmtTriangle, m->cells);

  for (int t = 0; t < m->cells; t++)
    {
      const int *c = m->cell[t].corner;
      int        k = c[0] < c[1] && c[0] < c[2] ? 0 : c[1] < c[2] ? 1 : 2;

      triangles[t] = (PmtTriangle) { { c[k], c[(k + 1) % 3], c[(k + 2) % 3] } };
    }
  qsort (triangles, m->cells, sizeof *triangles, by_corners);
  return triangles;
}

gboolean
_pmt_delaunay (int n, const PmtPoint *points, PmtExtent frame, PmtTriangle **triangles, int same[2])
{
  g_autofree Place *place = g_new (Place, n + 4);
  g_autofree Cell  *cell = g_new (Cell, 2 * n + 2);
  g_autofree int   *order = shuffled (n);
  Mesh              m = { .place = place, .cell = cell, .cells = 2, .room = 64 };
  gboolean          done = TRUE;

  round_places (&m, n, points, frame);
  cell[0] = (Cell) { { n, n + 1, n + 2 }, { -1, 1, -1 } };
  cell[1] = (Cell) { { n, n + 2, n + 3 }, { -1, -1, 0 } };
  m.stack = g_new (int, m.room);
  for (int i = 0; done && i < n; i++)
    {
      same[0] = order[i];
      done = insert (&m, order[i], &same[1]);
    }
  if (done)
    *triangles = sorted (&m);
  g_free (m.stack);
  return done;
}
