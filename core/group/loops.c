/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways round. A place of the first image is taken through the pairs' own maps, image by image, and back: how far from where
 * it began it ends is an error of the pairs that needs no truth to be known. */
#include <math.h>
#include <string.h>

#include "base/select-private.h"
#include "group/pair-graph-private.h"

#define SIDE      20       /* places a side: neighbours in a mosaic have little in common */
#define ENOUGH    5        /* places, for a loop to be measured */
#define MOST      20000    /* loops, or … */
#define A_LINK    4        /* … so many for each link */
#define CLOSES    3.0      /* standard deviations of what the links state … */
#define STATED    2.0      /* … times this, … */
#define FREE      0.3      /* … and so many px */

typedef struct
{
  PmtPoseGraph *graph;
  GArray      **at;        /* of int: links at each image */
  GArray       *loops;
} Finder;

static int
other_end (const PmtPoseLink *link, int i)
{
  return link->a == i ? link->b : link->a;
}

static PmtPoint
follow (const PmtPoseLink *link, int from, PmtPoint p)
{
  PmtPoint q;

  pmt_transform_map (link->a == from ? link->map : link->back, 1, &p, &q);
  return q;
}

static gboolean
lies_in (PmtPoint p, PmtSize size)
{
  return p.x >= 0 && p.y >= 0 && p.x <= size.width && p.y <= size.height;
}

/* The distances of places that lie in every image on the way; returns how many. */
static int
close_loop (const PmtPoseGraph *g, const PmtGroupLoop *loop, const int *link, double *distance)
{
  PmtSize size = g->node[loop->image[0]].size;
  int     n = 0;

  for (int k = 0; k < SIDE * SIDE; k++)
    {
      PmtPoint start = { size.width * (k % SIDE + 0.5) / SIDE, size.height * (k / SIDE + 0.5) / SIDE }, p = start;
      gboolean inside = TRUE;

      for (int i = 0; i < loop->length && inside; i++)
        {
          p = follow (&g->link[link[i]], loop->image[i], p);
          inside = i + 1 < loop->length ? lies_in (p, g->node[loop->image[i + 1]].size) : isfinite (p.x);
        }
      if (inside)
        distance[n++] = hypot (p.x - start.x, p.y - start.y);
    }
  return n;
}

static void
add_loop (Finder *f, PmtGroupLoop *loop, const int *link)
{
  double   distance[SIDE * SIDE], variance = 0;
  int      n = close_loop (f->graph, loop, link, distance);
  gboolean closes;

  if (n < ENOUGH || (int) f->loops->len >= MAX (MOST, A_LINK * f->graph->n_links))
    return;
  loop->median = _pmt_quantile (distance, n, 0.5);
  loop->p95 = _pmt_quantile (distance, n, 0.95);
  for (int i = 0; i < loop->length; i++)
    variance += STATED * STATED * f->graph->link[link[i]].sigma * f->graph->link[link[i]].sigma;
  closes = loop->median <= CLOSES * sqrt (2 * variance) + FREE;
  for (int i = 0; i < loop->length; i++)
    {
      f->graph->link[link[i]].loops++;
      f->graph->link[link[i]].closed += closes;
      f->graph->link[link[i]].closest = fmin (f->graph->link[link[i]].closest, loop->median);
    }
  g_array_append_val (f->loops, *loop);
}

/* -- three -- */

/* The link between i and j, −1: none. */
static int
link_between (const Finder *f, int i, int j)
{
  for (guint k = 0; k < f->at[i]->len; k++)
    {
      int l = g_array_index (f->at[i], int, k);

      if (other_end (&f->graph->link[l], i) == j)
        return l;
    }
  return -1;
}

/* The third image is looked for among the fewer neighbours: an overview has every tile. */
static void
add_triangles (Finder *f, int l)
{
  int a = f->graph->link[l].a, b = f->graph->link[l].b, with = f->at[a]->len <= f->at[b]->len ? a : b, other = a + b - with;

  for (guint k = 0; k < f->at[with]->len; k++)
    {
      int one = g_array_index (f->at[with], int, k), c = other_end (&f->graph->link[one], with);
      int two = c > MAX (a, b) ? link_between (f, c, other) : -1;

      if (two >= 0)
        {
          PmtGroupLoop loop = { .length = 3, .image = { c, a, b } };     /* from a tile, not from the overview */

          add_loop (f, &loop, (int[]) { with == a ? one : two, l, with == a ? two : one });
        }
    }
}

/* -- more than three -- */

/* The shortest way from a to b without link l, breadth first; the links' numbers backwards from b. 0: none. */
static int
way_round (const Finder *f, int l, int *way)
{
  const PmtPoseGraph *g = f->graph;
  int                 a = g->link[l].a, b = g->link[l].b, length = 0;
  g_autofree int     *came = g_new (int, g->n), *depth = g_new (int, g->n), *queue = g_new (int, g->n);
  int                 head = 0, tail = 0;

  for (int i = 0; i < g->n; i++)
    came[i] = -1;
  queue[tail++] = a;
  depth[a] = 0;
  came[a] = l;
  while (head < tail && came[b] < 0)
    {
      int i = queue[head++];

      for (guint k = 0; k < f->at[i]->len && depth[i] + 2 < PMT_GROUP_LOOP_MOST; k++)
        {
          int next = g_array_index (f->at[i], int, k), j = other_end (&g->link[next], i);

          if (next == l || came[j] >= 0)
            continue;
          came[j] = next;
          depth[j] = depth[i] + 1;
          queue[tail++] = j;
        }
    }
  for (int i = b; came[b] >= 0 && i != a; i = other_end (&g->link[came[i]], i))
    way[length++] = came[i];
  return length;
}

static void
add_shortest (Finder *f, int l)
{
  int          way[PMT_GROUP_LOOP_MOST + 1], link[PMT_GROUP_LOOP_MOST], length = way_round (f, l, way);
  PmtGroupLoop loop = { .length = length + 1 };
  int          at = f->graph->link[l].a;

  if (length < 2)
    return;
  for (int i = 0; i <= length; i++)          /* over l, then back from b */
    {
      link[i] = i == 0 ? l : way[i - 1];
      loop.image[i] = at;
      at = other_end (&f->graph->link[link[i]], at);
    }
  add_loop (f, &loop, link);
}

void
_pmt_loops_find (PmtPoseGraph *g, gboolean used_only, GArray *loops)
{
  Finder f = { g, g_new (GArray *, g->n), loops };

  for (int i = 0; i < g->n; i++)
    f.at[i] = g_array_new (FALSE, FALSE, sizeof (int));
  for (int l = 0; l < g->n_links; l++)
    {
      g->link[l].loops = g->link[l].closed = 0;
      g->link[l].closest = INFINITY;
      if (!_pmt_pose_link_speaks (&g->link[l]) || (used_only && !g->link[l].used))
        continue;
      g_array_append_val (f.at[g->link[l].a], l);
      g_array_append_val (f.at[g->link[l].b], l);
    }
  for (int l = 0; l < g->n_links; l++)
    if (_pmt_pose_link_speaks (&g->link[l]) && (!used_only || g->link[l].used))
      add_triangles (&f, l);
  for (int l = 0; l < g->n_links; l++)
    if (_pmt_pose_link_speaks (&g->link[l]) && (!used_only || g->link[l].used) && g->link[l].loops == 0)
      add_shortest (&f, l);
  for (int i = 0; i < g->n; i++)
    g_array_unref (f.at[i]);
  g_free (f.at);
}

static gboolean
passes (const PmtGroupLoop *loop, int image)
{
  for (int i = 0; i < loop->length; i++)
    if (loop->image[i] == image)
      return TRUE;
  return FALSE;
}

void
_pmt_loops_total (const GArray *loops, int without, double *median, double *p95)
{
  g_autofree double *medians = g_new (double, loops->len + 1), *p95s = g_new (double, loops->len + 1);
  int                n = 0;

  for (guint i = 0; i < loops->len; i++)
    {
      const PmtGroupLoop *loop = &g_array_index (loops, PmtGroupLoop, i);

      if (passes (loop, without))
        continue;
      medians[n] = loop->median;
      p95s[n++] = loop->p95;
    }
  *median = _pmt_quantile (medians, n, 0.5);
  *p95 = _pmt_quantile (p95s, n, 0.95);
}
