/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which pairs to register. First what ties all together: neighbours of a sequence, or a star round the image that is
 * most like the others. Then, for what hangs on nothing, other partners. Then pairs that close loops, one after
 * the other where they are expected to tell most, ln(1 + R/v), with R what is uncertain between the two and v the variance
 * expected of the pair: that of the pairs so far, more where the two are less alike or far apart in the sequence. */
#include <math.h>

#include "base/select-private.h"
#include "group/group-private.h"

#define PARTNERS  3       /* tried for an image that fits nowhere */
#define FAR       0.15    /* by which σ grows with each step along a sequence */
#define DOUBTS    2       /* more pairs for an image in doubt */

static gboolean
usable (const PmtGroupBuild *b, int i)
{
  return b->likeness.size[i].width > 0;
}

static void
add (GArray *todo, int a, int b)
{
  PmtPairTodo pair = { .a = a, .b = b };

  g_array_append_val (todo, pair);
}

static gboolean
is_in (const GArray *todo, int i, int j)
{
  for (guint k = 0; k < todo->len; k++)
    {
      PmtPairTodo p = g_array_index (todo, PmtPairTodo, k);

      if ((p.a == i && p.b == j) || (p.a == j && p.b == i))
        return TRUE;
    }
  return FALSE;
}

GArray *
_pmt_group_first_pairs (const PmtGroupBuild *b)
{
  GArray *todo = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));
  int     centre = b->options->reference >= 0 ? b->options->reference : _pmt_likeness_medoid (&b->likeness), before = -1;

  for (int i = 0; i < b->n; i++)
    {
      if (!usable (b, i))
        continue;
      if (b->options->order == PMT_GROUP_SEQUENCE && before >= 0)
        add (todo, before, i);
      else if (b->options->order == PMT_GROUP_SET && i != centre && centre >= 0 && usable (b, centre))
        add (todo, centre, i);
      before = i;
    }
  return todo;
}

/* How promising a pair is, 0 … 1. */
static double
promise (const PmtGroupBuild *b, int i, int j)
{
  return b->options->order == PMT_GROUP_SEQUENCE ? 1 / (1 + FAR * (abs (i - j) - 1)) : _pmt_likeness_of (&b->likeness, i, j);
}

static int
times_tried (const PmtGroupBuild *b, int i)
{
  int times = 0;

  for (guint k = 0; k < b->group->pairs->len; k++)
    {
      const PmtGroupPair *p = &g_array_index (b->group->pairs, PmtGroupPair, k);

      times += p->fixed == i || p->moving == i;
    }
  return times;
}

GArray *
_pmt_group_rescue_pairs (const PmtGroupBuild *b)
{
  GArray              *todo = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));
  g_autofree gboolean *member = g_new (gboolean, b->n);

  _pmt_pair_graph_component (&b->graph, b->options->reference, member);
  for (int i = 0; i < b->n; i++)
    {
      int best = -1;

      if (member[i] || !usable (b, i) || times_tried (b, i) >= PARTNERS + (b->options->order == PMT_GROUP_SEQUENCE))
        continue;
      for (int j = 0; j < b->n; j++)
        if (member[j] && usable (b, j) && !_pmt_group_was_tried (b, i, j)
            && (best < 0 || promise (b, i, j) > promise (b, i, best)))
          best = j;
      if (best >= 0)
        add (todo, best, i);
    }
  return todo;
}

/* What pairs that were registered promised, in the middle. */
static double
typical_promise (const PmtGroupBuild *b)
{
  g_autofree double *value = g_new (double, b->group->pairs->len + 1);
  int                n = 0;

  for (guint k = 0; k < b->group->pairs->len; k++)
    if (b->graph.link[k].n > 0)
      value[n++] = promise (b, b->graph.link[k].a, b->graph.link[k].b);
  return n > 0 ? _pmt_quantile (value, n, 0.5) : 1;
}

static double
expected_variance (const PmtGroupBuild *b, const PmtPairInformation *p, double typical, int i, int j)
{
  double sigma = p->sigma * typical / promise (b, i, j);

  return sigma * sigma;
}

/* Adds the pairs of greatest gain, that of `only` alone where ≥ 0. */
static void
add_most_telling (const PmtGroupBuild *b, PmtPairInformation *p, const gboolean *member, int only, int most, GArray *todo)
{
  double typical = typical_promise (b);

  for (int added = 0; added < most; added++)
    {
      double best = 0;
      int    at[2] = { -1, -1 };

      for (int i = 0; i < b->n; i++)
        for (int j = i + 1; member[i] && j < b->n; j++)
          {
            double gain;

            if (!member[j] || (only >= 0 && i != only && j != only) || _pmt_group_was_tried (b, i, j) || is_in (todo, i, j))
              continue;
            gain = _pmt_pair_information_between (p, i, j) / expected_variance (b, p, typical, i, j);
            if (gain > best)
              {
                best = gain;
                at[0] = i, at[1] = j;
              }
          }
      if (at[0] < 0)
        return;
      add (todo, at[0], at[1]);
      _pmt_pair_information_add (p, at[0], at[1], expected_variance (b, p, typical, at[0], at[1]));
    }
}

GArray *
_pmt_group_loop_pairs (const PmtGroupBuild *b, int most)
{
  GArray              *todo = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));
  g_autofree gboolean *member = g_new (gboolean, b->n);
  PmtPairInformation   information;

  _pmt_pair_graph_component (&b->graph, b->options->reference, member);
  if (_pmt_pair_information_init (&information, &b->graph, member))
    add_most_telling (b, &information, member, -1, most, todo);
  _pmt_pair_information_clear (&information);
  return todo;
}

static gboolean
is_in_doubt (const PmtGroupBuild *b, int i)
{
  gboolean sure = FALSE, contradicted = FALSE, linked = FALSE;

  for (int l = 0; l < b->graph.n_links; l++)
    {
      const PmtPoseLink *link = &b->graph.link[l];

      if (link->n == 0 || (link->a != i && link->b != i))
        continue;
      linked = TRUE;
      sure |= link->used && (!link->doubtful || link->closed > 0);
      contradicted |= !link->used;
    }
  return linked && (contradicted || !sure);
}

GArray *
_pmt_group_doubt_pairs (PmtGroupBuild *b)
{
  GArray              *todo = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));
  g_autofree gboolean *member = g_new (gboolean, b->n);
  PmtPairInformation   information;

  for (int l = 0; l < b->graph.n_links; l++)     /* what is barred may yet be borne out */
    b->graph.link[l].barred = FALSE;
  _pmt_pair_graph_component (&b->graph, b->options->reference, member);
  if (_pmt_pair_information_init (&information, &b->graph, member))
    for (int i = 0; i < b->n; i++)
      if (member[i] && is_in_doubt (b, i))
        add_most_telling (b, &information, member, i, DOUBTS, todo);
  _pmt_pair_information_clear (&information);
  return todo;
}
