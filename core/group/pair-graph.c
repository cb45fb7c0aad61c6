/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Components and trees of the graph whose links are registrations. */
#include "group/pair-graph-private.h"

#include <math.h>
#include <string.h>

#define OPEN      1e4      /* times the variance: links all of whose loops fail to close … */
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

/* Shortest ways from `root` (Dijkstra), costs summed; returns the sum of all distances. parent: NULL, or the links. */
static double
ways_from (const PmtPoseGraph *g, const gboolean *member, GArray *const *at, int root, int *parent)
{
  g_autofree double   *far = g_new (double, g->n);
  g_autofree gboolean *done = g_new0 (gboolean, g->n);
  double               sum = 0;

  for (int i = 0; i < g->n; i++)
    {
      far[i] = i == root ? 0 : INFINITY;
      if (parent != NULL)
        parent[i] = -1;
    }
  while (TRUE)
    {
      int nearest = -1;

      for (int i = 0; i < g->n; i++)
        if (member[i] && !done[i] && isfinite (far[i]) && (nearest < 0 || far[i] < far[nearest]))
          nearest = i;
      if (nearest < 0)
        return sum;
      done[nearest] = TRUE;
      sum += far[nearest];
      for (guint k = 0; k < at[nearest]->len; k++)
        {
          int                l = g_array_index (at[nearest], int, k);
          const PmtPoseLink *link = &g->link[l];
          int                j = link->a == nearest ? link->b : link->a;

          if (far[nearest] + cost_of (link) >= far[j])
            continue;
          far[j] = far[nearest] + cost_of (link);
          if (parent != NULL)
            parent[j] = l;
        }
    }
}

void
_pmt_pair_graph_tree (PmtPoseGraph *g, const gboolean *member, int reference)
{
  GArray        **at = g_new (GArray *, g->n);
  g_autofree int *parent = g_new (int, g->n);
  double          least = INFINITY;

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
  g->reference = reference;
  for (int i = 0; i < g->n && reference < 0; i++)
    if (member[i])
      {
        double sum = ways_from (g, member, at, i, NULL);

        if (sum < least)
          {
            least = sum;
            g->reference = i;
          }
      }
  ways_from (g, member, at, g->reference, parent);
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
