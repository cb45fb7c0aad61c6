/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many images: look at all, register pairs in rounds, solve, judge. */
#include "group/group.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/parallel.h"
#include "group/group-private.h"

#define MOST_IMAGES   10000
#define RESCUES       3           /* rounds of other partners for images that fit nowhere */
#define NEIGHBOURINGS (PMT_TILE_ROUNDS - 2)     /* rounds of neighbours: the first places tiles that have some of their own */
#define BYTES_A_PIXEL 64.0        /* that a registration holds, of each image, up to … */
#define PIXELS        3e6         /* … so many pixels of it */
#define MEMORY        0.25        /* of the machine's, for registrations side by side */

void
pmt_group_options_init (PmtGroupOptions *options)
{
  *options = (PmtGroupOptions) { .reference = -1 };
  pmt_register_options_init (&options->pair);
  options->pair.search = PMT_SEARCH_UPRIGHT;
  options->pair.mirror = PMT_MIRROR_NEVER;
}

static gboolean
check_options (const PmtGroupOptions *o, int n, GError **error)
{
  const char *wrong = NULL;

  if (n < 2 || n > MOST_IMAGES)
    wrong = "a group has 2 to 10000 images";
  else if (o->reference < -1 || o->reference >= n)
    wrong = "the reference is none of the images";
  else if (o->order == PMT_GROUP_OVERVIEW && o->reference > 0)
    wrong = "the overview is the reference";
  else if (!(o->scale >= 0) || o->scale > 100)
    wrong = "a tile has up to 100 pixels for one of the overview";
  else if (o->most_pairs < 0)
    wrong = "a number of pairs is 0 or more";
  else if (o->pair.initial != NULL || o->pair.fixed_mask != NULL || o->pair.moving_mask != NULL || o->pair.rigid != NULL
           || o->pair.n_landmarks > 0)
    wrong = "starts, masks and landmarks are a single pair's";
  if (wrong != NULL)
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, wrong);
  return wrong == NULL;
}

/* -- pairs -- */

static gint64
pair_number (const PmtGroupBuild *b, int i, int j)
{
  return (gint64) b->n * MIN (i, j) + MAX (i, j);
}

gboolean
_pmt_group_was_tried (const PmtGroupBuild *b, int i, int j)
{
  gint64 number = pair_number (b, i, j);

  return g_hash_table_contains (b->tried, &number);
}

void
_pmt_group_add_pair (PmtGroupBuild *b, int fixed, int moving, PmtRegistration *registration)
{
  PmtGroupPair  pair = { .fixed = fixed, .moving = moving, .registration = registration, .misfit = NAN };
  PmtPoseGraph *g = &b->graph;
  gint64        number;

  if (g->n_links == 0 || (g->n_links & (g->n_links - 1)) == 0)      /* room for twice as many */
    g->link = g_renew (PmtPoseLink, g->link, MAX (2 * g->n_links, 1));
  if (registration->verdict == PMT_VERDICT_FAILED)
    g->link[g->n_links] = (PmtPoseLink) { .a = fixed, .b = moving, .rms = NAN, .misfit = NAN };
  else
    _pmt_pose_link_init (&g->link[g->n_links], fixed, moving, registration, b->likeness.size[fixed], b->likeness.size[moving]);
  g->n_links++;
  g_array_append_val (b->group->pairs, pair);
  number = pair_number (b, fixed, moving);
  g_hash_table_add (b->tried, g_memdup2 (&number, sizeof number));
}

typedef struct
{
  PmtGroupBuild    *build;
  const GArray     *todo;
  PmtRegistration **result;
  int               threads;      /* of each registration */
  int               done;         /* atomic */
} Round;

/* From where the two are thought to lie; *initial stays NULL where that is not known of both. */
static gboolean
start_from_poses (const PmtGroupOptions *o, const PmtPairTodo *pair, PmtTransform **initial, GError **error)
{
  g_autoptr (PmtTransform) back = NULL, both = NULL;

  if (o->pose == NULL || o->pose[pair->a] == NULL || o->pose[pair->b] == NULL)
    return TRUE;
  back = pmt_transform_invert (o->pose[pair->a], error);
  both = back != NULL ? pmt_transform_compose (back, o->pose[pair->b], error) : NULL;
  *initial = both != NULL ? pmt_transform_flatten (both) : NULL;
  return both != NULL;
}

static gboolean
start_from (const PmtGroupOptions *o, const PmtPairTodo *pair, PmtSource *fixed, PmtSource *moving, PmtRegisterOptions *options,
            PmtTransform **initial, GError **error)
{
  PmtSize                  from = { pmt_source_get_width (fixed), pmt_source_get_height (fixed) };
  PmtSize                  to = { pmt_source_get_width (moving), pmt_source_get_height (moving) };
  g_autoptr (PmtTransform) identity = NULL;

  if (pair->start == PMT_START_NONE)
    {
      if (!start_from_poses (o, pair, initial, error))
        return FALSE;
      options->initial = *initial;
      return TRUE;
    }
  identity = pmt_transform_new (from, to);
  *initial = pmt_transform_append_matrix (identity, &pair->initial, to, NULL, error);
  options->initial = *initial;
  if (pair->start == PMT_START_LOCAL)
    options->search = PMT_SEARCH_LOCAL;
  else                                  /* the search reads the scale off the pixels' sizes */
    {
      pmt_source_set_pixel_size (fixed, sqrt (fabs (pmt_matrix3_determinant (&pair->initial))));
      pmt_source_set_pixel_size (moving, 1);
    }
  return *initial != NULL;
}

static gboolean
open_mask (const PmtGroupOptions *o, int image, gpointer data, PmtSource **mask, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (o->fixed_mask == NULL)
    return TRUE;
  *mask = o->fixed_mask (image, data, &problem);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* Two images that can't be compared, such as where a mask leaves nothing, are a pair that fails, and no reason to stop. */
static PmtRegistration *
register_or_fail (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtRegisterOptions *options, GError **error)
{
  g_autoptr (GError) problem = NULL;
  PmtRegistration   *result = pmt_register (context, fixed, moving, options, &problem);

  if (result != NULL)
    return result;
  if (g_error_matches (problem, PMT_ERROR, PMT_ERROR_BAD_INPUT))
    return _pmt_group_failure ("pair", g_strdup (problem->message), NULL);
  g_propagate_error (error, g_steal_pointer (&problem));
  return NULL;
}

PmtRegistration *
pmt_group_register_pair (PmtContext *context, PmtGroupOpen open, gpointer data, const PmtGroupOptions *group,
                         const PmtPairTodo *pair, GError **error)
{
  PmtRegisterOptions       options = group->pair;
  g_autoptr (PmtSource)    fixed = open (pair->a, data, error), moving = fixed ? open (pair->b, data, error) : NULL;
  g_autoptr (PmtTransform) initial = NULL;
  g_autoptr (PmtSource)    mask = NULL;

  options.reference = group->names != NULL ? group->names[pair->a] : NULL;
  if (moving == NULL || !start_from (group, pair, fixed, moving, &options, &initial, error)
      || !open_mask (group, pair->a, data, &mask, error))
    return NULL;
  options.fixed_mask = mask;
  return register_or_fail (context, fixed, moving, &options, error);
}

static gboolean
register_one (int index, int thread, gpointer data, GError **error)
{
  Round                 *round = data;
  PmtGroupBuild         *b = round->build;
  const PmtPairTodo     *pair = &g_array_index (round->todo, PmtPairTodo, index);
  const PmtPairStore    *store = b->options->store;
  g_autoptr (PmtContext) part = pmt_context_new_part (b->context, round->threads);
  PmtRegistration       *kept = store != NULL ? store->recall (pair, store->data) : NULL;
  gboolean               done;

  round->result[index] = kept != NULL ? kept : pmt_group_register_pair (part, b->open, b->data, b->options, pair, error);
  done = round->result[index] != NULL
         && (store == NULL || kept != NULL || store->keep (pair, round->result[index], store->data, error));
  g_atomic_int_inc (&round->done);
  if (thread == 0)
    pmt_context_progress (b->context, g_atomic_int_get (&round->done) / (double) round->todo->len);
  return done;
}

/* How many registrations of such images fit into memory side by side. */
static int
side_by_side (const PmtGroupBuild *b)
{
  double memory = MEMORY * (double) sysconf (_SC_PHYS_PAGES) * (double) sysconf (_SC_PAGESIZE), largest = 1;

  for (int i = 0; i < b->n; i++)
    largest = MAX (largest, (double) b->likeness.size[i].width * b->likeness.size[i].height);
  return (int) CLAMP (memory / (2 * BYTES_A_PIXEL * MIN (largest, PIXELS)), 1, 1024);
}

/* Side by side where there are enough to do, else one after the other, each on all threads: the same bits. */
static gboolean
register_all (Round *round, GError **error)
{
  PmtContext            *context = round->build->context;
  int                    threads = pmt_context_get_threads (context), beside = MIN (threads, side_by_side (round->build));
  g_autoptr (PmtContext) pool = pmt_context_new_part (context, beside);

  if (beside > 1 && 2 * (int) round->todo->len >= threads)
    {
      round->threads = 1;
      return pmt_parallel_for (pool, (int) round->todo->len, register_one, round, error);
    }
  round->threads = threads;
  for (guint k = 0; k < round->todo->len; k++)
    if (!pmt_context_check (context, error) || !register_one ((int) k, 0, round, error))
      return FALSE;
  return TRUE;
}

gboolean
_pmt_group_register_pairs (PmtGroupBuild *b, const GArray *todo, double from, double to, GError **error)
{
  Round    round = { .build = b, .todo = todo, .result = g_new0 (PmtRegistration *, todo->len + 1) };
  gint64   began = g_get_monotonic_time ();
  gboolean done;

  pmt_context_stage (b->context, "registering pairs", from, to);
  done = register_all (&round, error);
  for (guint k = 0; k < todo->len; k++)
    {
      PmtPairTodo pair = g_array_index (todo, PmtPairTodo, k);

      if (done)
        _pmt_group_add_pair (b, pair.a, pair.b, round.result[k]);
      else
        pmt_registration_free (round.result[k]);
    }
  g_free (round.result);
  b->group->seconds_pairs += (g_get_monotonic_time () - began) / 1e6;
  return done;
}

/* -- rounds -- */

/* Registers what was chosen, which is freed. */
static gboolean
register_chosen (PmtGroupBuild *b, GArray *chosen, double from, double to, GError **error)
{
  const PmtPairStore *store = b->options->store;
  gboolean            begun = store == NULL || store->begin == NULL || store->begin (b->round, chosen, store->data, error);
  gboolean            done = begun && (chosen->len == 0 || _pmt_group_register_pairs (b, chosen, from, to, error));

  b->round++;
  g_array_unref (chosen);
  return done;
}

static gboolean
solve (PmtGroupBuild *b, GError **error)
{
  gint64   began = g_get_monotonic_time ();
  gboolean done = _pmt_group_solve (b, error);

  b->group->seconds_solve += (g_get_monotonic_time () - began) / 1e6;
  return done;
}

static gboolean
is_tiled (const PmtGroupBuild *b)
{
  return b->options->order == PMT_GROUP_OVERVIEW || b->options->order == PMT_GROUP_TILES;
}

/* Tiles are found first; who then turns out to be whose neighbour is registered from where they lie. */
static gboolean
run_tile_rounds (PmtGroupBuild *b, GError **error)
{
  if (!register_chosen (b, _pmt_group_first_tiles (b), 0.1, 0.5, error) || !solve (b, error)
      || !register_chosen (b, _pmt_group_rescue_tiles (b), 0.5, 0.6, error) || !solve (b, error))
    return FALSE;
  for (int k = 0; k < NEIGHBOURINGS; k++)
    if (!register_chosen (b, _pmt_group_neighbours (b), 0.6 + 0.1 * k, 0.7 + 0.1 * k, error) || !solve (b, error))
      return FALSE;
  return TRUE;
}

static gboolean
run_rounds (PmtGroupBuild *b, GError **error)
{
  int most = b->options->most_pairs > 0 ? b->options->most_pairs : 2 * b->n, left;

  if (is_tiled (b))
    return run_tile_rounds (b, error);
  if (!register_chosen (b, _pmt_group_first_pairs (b), 0.1, 0.45, error))
    return FALSE;
  for (int k = 0; k < RESCUES; k++)
    if (!register_chosen (b, _pmt_group_rescue_pairs (b), 0.45 + 0.05 * k, 0.5 + 0.05 * k, error))
      return FALSE;
  left = most - (int) b->group->pairs->len;
  if (!register_chosen (b, _pmt_group_loop_pairs (b, left), 0.6, 0.85, error) || !solve (b, error))
    return FALSE;
  if (b->options->most_pairs == 0 && !register_chosen (b, _pmt_group_doubt_pairs (b), 0.85, 0.9, error))
    return FALSE;
  return solve (b, error);
}

static gboolean
look (PmtGroupBuild *b, GError **error)
{
  int         usable = 0;
  const char *problem = "";

  pmt_context_stage (b->context, "looking at the images", 0, 0.1);
  if (!_pmt_likeness_init (&b->likeness, b->context, b->n, b->open, b->data, b->options->order != PMT_GROUP_SET, error))
    return FALSE;
  for (int i = 0; i < b->n; i++)
    {
      b->graph.node[i].size = b->likeness.size[i];
      b->group->images[i].reason = g_strdup (b->likeness.problem[i]);
      usable += b->likeness.size[i].width > 0;
      problem = b->likeness.problem[i] != NULL ? b->likeness.problem[i] : problem;
    }
  if (usable < 2)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "fewer than two of the images can be used: %s", problem);
  else if (b->options->reference >= 0 && b->likeness.size[b->options->reference].width == 0)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the reference can't be used: %s",
                 b->likeness.problem[b->options->reference]);
  else
    return TRUE;
  return FALSE;
}

static void
pair_clear (gpointer data)
{
  pmt_registration_free (((PmtGroupPair *) data)->registration);
}

static PmtGroup *
group_new (int n)
{
  PmtGroup *group = g_new0 (PmtGroup, 1);

  group->n = n;
  group->images = g_new0 (PmtGroupImage, n);
  group->pairs = g_array_new (FALSE, FALSE, sizeof (PmtGroupPair));
  g_array_set_clear_func (group->pairs, pair_clear);
  group->loops = g_array_new (FALSE, FALSE, sizeof (PmtGroupLoop));
  return group;
}

PmtGroup *
pmt_group_register (PmtContext *context, int n, PmtGroupOpen open, gpointer data, const PmtGroupOptions *options,
                    GError **error)
{
  PmtGroupOptions      defaults;
  g_autoptr (PmtGroup) group = NULL;
  PmtGroupBuild        b = { .context = context, .n = n, .open = open, .data = data };
  gboolean             done;

  pmt_group_options_init (&defaults);
  b.options = options != NULL ? options : &defaults;
  if (!check_options (b.options, n, error))
    return NULL;
  if (b.options->order == PMT_GROUP_OVERVIEW)
    {
      defaults = *b.options;
      defaults.reference = 0;
      b.options = &defaults;
    }
  b.group = group = group_new (n);
  b.member = g_new0 (gboolean, n);
  b.tried = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  b.graph.n = n;
  b.graph.node = g_new0 (PmtPoseNode, n);
  done = look (&b, error) && run_rounds (&b, error)
         && (!b.options->mean || _pmt_group_refine_by_mean (&b, 0.9, 0.99, error))
         && _pmt_group_outcome (&b, error);
  pmt_context_progress (context, 1);
  _pmt_pose_graph_clear (&b.graph);
  _pmt_likeness_clear (&b.likeness);
  g_free (b.member);
  g_hash_table_unref (b.tried);
  return done ? g_steal_pointer (&group) : NULL;
}

void
pmt_group_free (PmtGroup *group)
{
  if (group == NULL)
    return;
  for (int i = 0; i < group->n; i++)
    {
      pmt_transform_unref (group->images[i].transform);
      g_free (group->images[i].reason);
    }
  g_free (group->images);
  g_array_unref (group->pairs);
  g_array_unref (group->loops);
  g_clear_pointer (&group->reasons, g_ptr_array_unref);
  g_free (group);
}
