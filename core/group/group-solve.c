/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From registered pairs to poses: which images hang together, the tree that they are placed by first, the solution
 * through all that agrees, and images that the others contradict. */
#include <math.h>

#include "base/select-private.h"
#include "group/group-private.h"

#define LIKE_LEAST   3          /* tiles, for what they have in common to be known */
#define LIKE_SCALE   0.03       /* of the logarithm */
#define LIKE_ANGLE   0.05       /* radians */
#define CONTRADICTED 2     /* pairs that speak against an image which only one speaks for */

/* The freest of the pairs', and never bent. */
static PmtModel
common_model (const PmtGroupBuild *b)
{
  PmtModel model = PMT_MODEL_TRANSLATION;

  for (guint k = 0; k < b->group->pairs->len; k++)
    if (_pmt_pose_link_speaks (&b->graph.link[k]))
      model = MAX (model, g_array_index (b->group->pairs, PmtGroupPair, k).registration->model);
  return MIN (model, PMT_MODEL_HOMOGRAPHY);
}

/* The middle of what its pairs can't be better than. */
static double
floor_of (const PmtGroupBuild *b, int i)
{
  g_autofree double *floor = g_new (double, b->graph.n_links + 1);
  int                n = 0;

  for (int l = 0; l < b->graph.n_links; l++)
    {
      const PmtPoseLink *link = &b->graph.link[l];

      if (link->used && (link->a == i || link->b == i))
        floor[n++] = g_array_index (b->group->pairs, PmtGroupPair, l).registration->errors.floor;
    }
  return n > 0 ? _pmt_quantile (floor, n, 0.5) : 0;
}

/* What counts as aligned, px of the first image that there is. */
static double
limit (const PmtGroupBuild *b)
{
  double longest = 0;

  for (int i = 0; i < b->n; i++)
    longest = fmax (longest, hypot (b->likeness.size[i].width, b->likeness.size[i].height));
  return _pmt_group_limit (longest);
}

/* Uncertain registrations count where a way round closes with them. Of two images there is none. */
static void
bar_unproven (PmtGroupBuild *b)
{
  g_autoptr (GArray) loops = g_array_new (FALSE, FALSE, sizeof (PmtGroupLoop));
  int                usable = 0;

  for (int i = 0; i < b->n; i++)
    usable += b->likeness.size[i].width > 0;
  for (int l = 0; l < b->graph.n_links; l++)
    b->graph.link[l].barred = FALSE;
  _pmt_loops_find (&b->graph, FALSE, loops);
  for (int l = 0; l < b->graph.n_links; l++)
    b->graph.link[l].barred = usable > 2 && b->graph.link[l].doubtful && b->graph.link[l].closest > limit (b);
}

static void
scale_and_angle (const PmtPoseLink *link, double *log_scale, double *angle)
{
  const double (*m)[3] = link->plane.m;

  *log_scale = 0.5 * log (fmax (fabs (pmt_matrix3_determinant (&link->plane)), 1e-12));
  *angle = atan2 (m[1][0] - m[0][1], m[0][0] + m[1][1]);
}

static gboolean
is_on_overview (const PmtGroupBuild *b, const PmtPoseLink *link)
{
  return b->options->order == PMT_GROUP_OVERVIEW && link->n > 0 && (link->a == 0 || link->b == 0);
}

/* One camera took all tiles: where those that are certain have one scale and direction, an uncertain one that was found to have
 * the same is borne out by them. By chance one of a hundred wrong ones would be. */
static void
trust_like_others (PmtGroupBuild *b)
{
  g_autofree double *scale = g_new (double, b->graph.n_links + 1), *angle = g_new (double, b->graph.n_links + 1);
  double             s, a, typical_scale, typical_angle;
  int                n = 0;

  for (int l = 0; l < b->graph.n_links; l++)
    if (is_on_overview (b, &b->graph.link[l]) && !b->graph.link[l].doubtful)
      {
        scale_and_angle (&b->graph.link[l], &scale[n], &angle[n]);
        n++;
      }
  if (n < LIKE_LEAST)
    return;
  typical_scale = _pmt_quantile (scale, n, 0.5);
  typical_angle = _pmt_quantile (angle, n, 0.5);
  for (int l = 0; l < b->graph.n_links; l++)
    if (is_on_overview (b, &b->graph.link[l]) && b->graph.link[l].barred)
      {
        scale_and_angle (&b->graph.link[l], &s, &a);
        b->graph.link[l].barred = fabs (s - typical_scale) > LIKE_SCALE || fabs (remainder (a - typical_angle, 2 * G_PI)) > LIKE_ANGLE;
      }
}

static void
leave_out (PmtGroupBuild *b, int i, const char *reason)
{
  for (int l = 0; l < b->graph.n_links; l++)
    if (b->graph.link[l].a == i || b->graph.link[l].b == i)
      {
        b->graph.link[l].n = 0;
        b->graph.link[l].used = FALSE;
      }
  g_free (b->group->images[i].reason);
  b->group->images[i].reason = g_strdup (reason);
}

/* Images that one pair holds and others contradict, the last ones to be placed; TRUE when there were any. */
static gboolean
drop_contradicted (PmtGroupBuild *b)
{
  gboolean dropped = FALSE;

  for (int i = 0; i < b->n; i++)
    {
      int with = 0, against = 0;

      if (i == b->graph.reference || !b->member[i])
        continue;
      for (int l = 0; l < b->graph.n_links; l++)
        if (_pmt_pose_link_speaks (&b->graph.link[l]) && (b->graph.link[l].a == i || b->graph.link[l].b == i))
          {
            with += b->graph.link[l].used;
            against += !b->graph.link[l].used;
          }
      if (with != 1 || against < CONTRADICTED)
        continue;
      leave_out (b, i, "its registrations contradict one another");
      dropped = TRUE;
    }
  return dropped;
}

gboolean
_pmt_group_solve (PmtGroupBuild *b, GError **error)
{
  PmtPoseGraph *g = &b->graph;

  do
    {
      g_autoptr (GArray) loops = g_array_new (FALSE, FALSE, sizeof (PmtGroupLoop));

      bar_unproven (b);
      trust_like_others (b);
      g->model = common_model (b);
      _pmt_pair_graph_component (g, b->options->reference, b->member);
      _pmt_loops_find (g, FALSE, loops);
      _pmt_pair_graph_tree (g, b->member, b->options->reference);
      if (!_pmt_pose_graph_agree (g, b->context, error))
        return FALSE;
    }
  while (drop_contradicted (b));
  for (int i = 0; i < b->n; i++)
    g->node[i].floor = floor_of (b, i);
  return TRUE;
}
