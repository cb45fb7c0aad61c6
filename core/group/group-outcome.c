/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the solved graph to what a person gets: a transform for each image, figures, verdict. */
#include <math.h>
#include <string.h>

#include "base/select-private.h"
#include "config.h"
#include "group/group-private.h"

/* The links on the way from image i up to the reference. FALSE past a cycle or where there is none. */
static gboolean
is_bent_on_the_way (const PmtPoseGraph *g, int i)
{
  gboolean bent = FALSE;

  while (g->node[i].parent_link >= 0)
    {
      bent |= g->link[g->node[i].parent_link].bent;
      i = g->node[i].parent;
    }
  return bent;
}

/* Reference → i through the pairs' own maps. */
static PmtTransform *
chain (const PmtPoseGraph *g, int i, GError **error)
{
  PmtSize                  size = g->node[i].size;
  const PmtPoseLink       *link;
  g_autoptr (PmtTransform) before = NULL;

  if (g->node[i].parent_link < 0)
    return pmt_transform_new (size, size);
  link = &g->link[g->node[i].parent_link];
  before = chain (g, g->node[i].parent, error);
  return before != NULL ? pmt_transform_compose (before, link->b == i ? link->map : link->back, error) : NULL;
}

/* The root of the summed variances along the chain, as a radius. */
static double
chain_error (const PmtGroupBuild *b, int i, gboolean p95)
{
  const PmtPoseGraph *g = &b->graph;
  double              sum = 0;

  for (; g->node[i].parent_link >= 0; i = g->node[i].parent)
    {
      const PmtRegistration *r = g_array_index (b->group->pairs, PmtGroupPair, g->node[i].parent_link).registration;
      double                 e = p95 ? r->error_p95 : r->error_median;

      sum += e * e;
    }
  return sqrt (sum);
}

static PmtTransform *
solved (const PmtGroupBuild *b, int i, GError **error)
{
  const PmtPoseGraph      *g = &b->graph;
  PmtGroupImage           *image = &b->group->images[i];
  g_autoptr (PmtTransform) identity = pmt_transform_new (g->node[g->reference].size, g->node[i].size);
  PmtTransform            *transform;
  PmtProvenance            p;

  if (i == g->reference)
    return g_steal_pointer (&identity);
  pmt_provenance_init (&p);
  p.method = g_strdup (image->from_mean ? "group/mean" : "group");
  p.model = g_strdup (pmt_model_to_nick (g->model));
  p.reference = g_strdup (b->options->names != NULL ? b->options->names[g->reference] : NULL);
  p.verdict = g_strdup (pmt_verdict_to_nick (b->group->verdict));
  p.version = g_strdup (PMT_VERSION);
  p.error_median = image->error_median;
  p.error_p95 = image->error_p95;
  transform = pmt_transform_append_matrix (identity, &g->node[i].matrix, g->node[i].size, &p, error);
  pmt_provenance_clear (&p);
  return transform;
}

static void
describe_image (PmtGroupBuild *b, int i)
{
  const PmtPoseGraph *g = &b->graph;
  PmtGroupImage      *image = &b->group->images[i];

  image->parent = g->node[i].placed ? g->node[i].parent : -1;
  image->pairs = 0;
  for (int l = 0; l < g->n_links; l++)
    image->pairs += g->link[l].used && (g->link[l].a == i || g->link[l].b == i);
  if (!g->node[i].placed)
    {
      image->error_median = image->error_p95 = NAN;
      if (image->reason == NULL)
        image->reason = g_strdup ("no registration of it is certain, nor borne out by others");
      return;
    }
  g_clear_pointer (&image->reason, g_free);
  image->chained = !image->from_mean && is_bent_on_the_way (g, i);
  if (image->from_mean)
    return;
  image->error_median = image->chained ? chain_error (b, i, FALSE) : _pmt_pose_graph_error (g, i, 0.5);
  image->error_p95 = image->chained ? chain_error (b, i, TRUE) : _pmt_pose_graph_error (g, i, 0.95);
}

/* Of pairs that were used, with image `overview` or (else) without it. */
static void
total_misfit (const PmtGroupBuild *b, int overview, gboolean with, double *median, double *p95)
{
  g_autofree double *misfit = g_new (double, b->graph.n_links + 1);
  int                n = 0;

  for (int l = 0; l < b->graph.n_links; l++)
    if (b->graph.link[l].used && with == (b->graph.link[l].a == overview || b->graph.link[l].b == overview))
      misfit[n++] = b->graph.link[l].misfit;
  *median = _pmt_quantile (misfit, n, 0.5);
  *p95 = _pmt_quantile (misfit, n, 0.95);
}

static void
describe_pairs (PmtGroupBuild *b)
{
  int overview = b->options->order == PMT_GROUP_OVERVIEW ? 0 : -1;

  for (int l = 0; l < b->graph.n_links; l++)
    {
      PmtGroupPair *pair = &g_array_index (b->group->pairs, PmtGroupPair, l);

      pair->used = b->graph.link[l].used;
      pair->misfit = b->graph.link[l].misfit;
    }
  total_misfit (b, overview, FALSE, &b->group->misfit_median, &b->group->misfit_p95);
  total_misfit (b, overview, TRUE, &b->group->anchor_median, &b->group->anchor_p95);
  _pmt_loops_total (b->group->loops, overview, &b->group->closure_median, &b->group->closure_p95);
}

gboolean
_pmt_group_outcome (PmtGroupBuild *b, GError **error)
{
  PmtGroup *group = b->group;

  _pmt_loops_find (&b->graph, TRUE, group->loops);
  describe_pairs (b);
  group->reference = b->graph.reference;
  group->model = b->graph.model;
  for (int i = 0; i < b->n; i++)
    {
      describe_image (b, i);
      group->placed += b->graph.node[i].placed;
    }
  _pmt_group_judge (b);
  for (int i = 0; i < b->n; i++)
    if (b->graph.node[i].placed)
      {
        group->images[i].transform = group->images[i].chained ? chain (&b->graph, i, error) : solved (b, i, error);
        if (group->images[i].transform == NULL)
          return FALSE;
      }
  return TRUE;
}
