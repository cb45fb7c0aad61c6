/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which links agree. A tree of the links that are trusted most places everything and can't contradict itself. Another link
 * is believed when it lies no farther from what is solved so far than its own error and the solution's, at its places,
 * explain:
 *
 *     rms² ≤ 3²·((2 σ)² + predicted²) + (0.3 px)².
 *
 * A long chain may have drifted far, and says so; so a link across it is believed, and takes the drift away, where the
 * same distance between neighbours would be a contradiction. What is believed is solved with, and all are asked again,
 * until nothing changes. Links of the tree stay. */
#include <math.h>

#include "group/pose-solve-private.h"

#define ROUNDS 10
#define GATE   3.0     /* standard deviations … */
#define STATED 2.0     /* … of what a registration states, times this */
#define FREE   0.3     /* px */

static gboolean
is_believed (const PmtPoseGraph *g, const PmtPoseLink *link)
{
  double stated = STATED * link->sigma, predicted = _pmt_pose_graph_predict (g, link);

  return link->rms * link->rms <= GATE * GATE * (stated * stated + predicted * predicted) + FREE * FREE;
}

/* Whether anything changed. */
static gboolean
ask (PmtPoseGraph *g)
{
  gboolean changed = FALSE;

  for (int l = 0; l < g->n_links; l++)
    {
      PmtPoseLink *link = &g->link[l];
      gboolean     used = link->tree || (_pmt_pose_link_speaks (link) && !isnan (link->rms) && is_believed (g, link));

      changed |= used != link->used;
      link->used = used;
    }
  return changed;
}

gboolean
_pmt_pose_graph_agree (PmtPoseGraph *g, PmtContext *context, GError **error)
{
  for (int l = 0; l < g->n_links; l++)
    g->link[l].used = g->link[l].tree;
  g->scale = 1;
  _pmt_pose_graph_chain (g);
  for (int round = 0; round < ROUNDS; round++)
    {
      if (!_pmt_pose_graph_solve (g, context, error))
        return FALSE;
      if (!ask (g))
        break;
    }
  return TRUE;
}
