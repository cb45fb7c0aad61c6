/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Components and trees of the graph whose links are registrations. */
#include "group/pair-graph-private.h"

#include <math.h>
#include <string.h>

#define OPEN      1e4      /* times the variance: links all of whose loops fail to close … */
#define ROOTS     500      /* images that are asked whether they are the best reference */
#define UNPROVEN  4.0      /* … and links that are uncertain, unless a loop through them closes */

static int
root_of (int *up, int i)
{
  while (up[i] != i)
    i = up[i] = up[up[i]];
  return i;
}

int
_pmt_pair_graph_component (const PmtPoseGraph *g, int with, gboolean *member)
{
  g_autofree int *up = g_new (int, g->n), *count = g_new0 (int, g->n);
  int             chosen = -1;

  for (int i = 0; i < g->n; i++)
    up[i] = i;
  for (int l = 0; l < g->n_links; l++)
    if (_pmt_pose_link_speaks (&g->link[l]))
      up[root_of (up, g->link[l].a)] = root_of (up, g->link[l].b);
  for (int i = 0; i < g->n; i++)
    count[root_of (up, i)]++;
  for (int i = 0; i < g->n; i++)
    if (chosen < 0 || count[root_of (up, i)] > count[chosen])
      chosen = root_of (up, i);
  if (with >= 0)
    chosen = root_of (up, with);
  for (int i = 0; i < g->n; i++)
    member[i] = root_of (up, i) == chosen;
  return count[chosen];
}

/* What a link adds to the error of what hangs on it, px². */
static double
cost_of (const PmtPoseLink *link)
{
  double cost = link->sigma * link->sigma;

  if (link->loops > 0 && link->closed == 0)
    return OPEN * (cost + 1);
  return link->doubtful && link->closed == 0 ? UNPROVEN * cost : cost;
}

/* -- a heap of images, the nearest on top; of two as near, the one that comes first. An image may lie in it more than once -- */

typedef struct { double far; int image; } Reached;

static gboolean
comes_before (const Reached *a, const Reached *b)
{
  return a->far < b->far || (a->far == b->far && a->image < b->image);
}

static void
swap (GArray *heap, guint i, guint j)
{
  Reached one = g_array_index (heap, Reached, i);

  g_array_index (heap, Reached, i) = g_array_index (heap, Reached, j);
  g_array_index (heap, Reached, j) = one;
}

static void
heap_push (GArray *heap, double far, int image)
{
  Reached reached = { far, image };
  guint   i = heap->len;

  g_array_append_val (heap, reached);
  for (; i > 0 && comes_before (&g_array_index (heap, Reached, i), &g_array_index (heap, Reached, (i - 1) / 2)); i = (i - 1) / 2)
    swap (heap, i, (i - 1) / 2);
}

static Reached
heap_pop (GArray *heap)
{
  Reached top = g_array_index (heap, Reached, 0);
  guint   i = 0, n = heap->len - 1;

  swap (heap, 0, n);
  g_array_set_size (heap, n);
  while (2 * i + 1 < n)
    {
      guint child = 2 * i + 1;

      if (child + 1 < n && comes_before (&g_array_index (heap, Reached, child + 1), &g_array_index (heap, Reached, child)))
        child++;
      if (!comes_before (&g_array_index (heap, Reached, child), &g_array_index (heap, Reached, i)))
        break;
      swap (heap, i, child);
      i = child;
    }
  return top;
}

/* Shortest ways from `root` (Dijkstra), costs summed; returns the sum of all distances. parent: NULL, or the links. */
static double
ways_from (const PmtPoseGraph *g, GArray *const *at, int root, int *parent)
{
  g_autofree double   *far = g_new (double, g->n);
  g_autofree gboolean *done = g_new0 (gboolean, g->n);
  g_autoptr (GArray)   heap = g_array_new (FALSE, FALSE, sizeof (Reached));
  double               sum = 0;

  for (int i = 0; i < g->n; i++)
    {
      far[i] = INFINITY;
      if (parent != NULL)
        parent[i] = -1;
    }
  far[root] = 0;
  heap_push (heap, 0, root);
  while (heap->len > 0)
    {
      Reached nearest = heap_pop (heap);

      if (done[nearest.image])
        continue;
      done[nearest.image] = TRUE;
      sum += nearest.far;
      for (guint k = 0; k < at[nearest.image]->len; k++)
        {
          int                l = g_array_index (at[nearest.image], int, k);
          const PmtPoseLink *link = &g->link[l];
          int                j = link->a == nearest.image ? link->b : link->a;

          if (nearest.far + cost_of (link) >= far[j])
            continue;
          far[j] = nearest.far + cost_of (link);
          heap_push (heap, far[j], j);
          if (parent != NULL)
            parent[j] = l;
        }
    }
  return sum;
}

/* The image from which the others are known best; of many an even choice is asked. */
static int
best_root (const PmtPoseGraph *g, const gboolean *member, GArray *const *at)
{
  double least = INFINITY;
  int    members = 0, number = 0, best = -1;

  for (int i = 0; i < g->n; i++)
    members += member[i];
  for (int i = 0; i < g->n; i++)
    if (member[i] && number++ % (1 + members / ROOTS) == 0)
      {
        double sum = ways_from (g, at, i, NULL);

        if (sum < least)
          {
            least = sum;
            best = i;
          }
      }
  return best;
}

void
_pmt_pair_graph_tree (PmtPoseGraph *g, const gboolean *member, int reference)
{
  GArray        **at = g_new (GArray *, g->n);
  g_autofree int *parent = g_new (int, g->n);

  for (int i = 0; i < g->n; i++)
    at[i] = g_array_new (FALSE, FALSE, sizeof (int));
  for (int l = 0; l < g->n_links; l++)
    {
      g->link[l].tree = FALSE;
      if (!_pmt_pose_link_speaks (&g->link[l]) || !member[g->link[l].a])
        continue;
      g_array_append_val (at[g->link[l].a], l);
      g_array_append_val (at[g->link[l].b], l);
    }
  g->reference = reference >= 0 ? reference : best_root (g, member, at);
  ways_from (g, at, g->reference, parent);
  for (int i = 0; i < g->n; i++)
    {
      g->node[i].parent_link = parent[i];
      g->node[i].parent = -1;
      if (parent[i] >= 0)
        {
          g->link[parent[i]].tree = TRUE;
          g->node[i].parent = g->link[parent[i]].a == i ? g->link[parent[i]].b : g->link[parent[i]].a;
        }
      g_array_unref (at[i]);
    }
  g_free (at);
}
