/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The present state is a copy in a row of copies, so undoing and redoing are steps along the row. */

#include "point-list-private.h"

#include <math.h>
#include <string.h>

#define MOST_STATES  400
#define SUSPECT      3.0     /* times the median of the others' errors … */
#define SUSPECT_PX   1.0     /* … and more than this many px */
#define SEEN         0.01    /* px: less is rounding, and no order */
#define FEWEST       4       /* errors from which the others say what is usual */

typedef struct
{
  GArray          *pairs;      /* of PmtPair */
  PmtPointOptions  options;
} State;

struct _PmtPointList
{
  PmtSize      fixed, moving;
  GPtrArray   *states;
  guint        at;             /* the present one */
  guint        last_id;
  guint        moved;          /* the pair that the last step moved, 0: it was another step; … */
  gboolean     moved_fixed;    /* … and which end */
  gboolean     grouping;       /* changes belong to one step, … */
  gboolean     grouped;        /* … which has begun */
  gboolean     fitted;         /* `fit` and `problem` are the present state's */
  PmtPointFit *fit;
  GError      *problem;
};

static State *
state_new (const State *like)
{
  State *state = g_new0 (State, 1);

  state->pairs = g_array_new (FALSE, FALSE, sizeof (PmtPair));
  pmt_point_options_init (&state->options);
  if (like != NULL)
    {
      g_array_append_vals (state->pairs, like->pairs->data, like->pairs->len);
      state->options = like->options;
    }
  return state;
}

static void
state_free (gpointer data)
{
  State *state = data;

  g_array_unref (state->pairs);
  g_free (state);
}

static State *
present (const PmtPointList *list)
{
  return g_ptr_array_index (list->states, list->at);
}

PmtPointList *
pmt_point_list_new (PmtSize fixed, PmtSize moving)
{
  PmtPointList *list = g_new0 (PmtPointList, 1);

  list->fixed = fixed;
  list->moving = moving;
  list->states = g_ptr_array_new_with_free_func (state_free);
  g_ptr_array_add (list->states, state_new (NULL));
  return list;
}

static void
forget_fit (PmtPointList *list)
{
  g_clear_pointer (&list->fit, pmt_point_fit_free);
  g_clear_error (&list->problem);
  list->fitted = FALSE;
}

void
pmt_point_list_free (PmtPointList *list)
{
  if (list == NULL)
    return;
  forget_fit (list);
  g_ptr_array_unref (list->states);
  g_free (list);
}

/* -- looking -- */

guint
pmt_point_list_get_length (const PmtPointList *list)
{
  return present (list)->pairs->len;
}

const PmtPair *
pmt_point_list_get (const PmtPointList *list, guint index)
{
  return &g_array_index (present (list)->pairs, PmtPair, index);
}

static PmtPair *
find (const State *state, guint id)
{
  for (guint i = 0; i < state->pairs->len; i++)
    if (g_array_index (state->pairs, PmtPair, i).id == id)
      return &g_array_index (state->pairs, PmtPair, i);
  return NULL;
}

const PmtPair *
pmt_point_list_find (const PmtPointList *list, guint id)
{
  return find (present (list), id);
}

const PmtPointOptions *
pmt_point_list_get_options (const PmtPointList *list)
{
  return &present (list)->options;
}

/* -- changing -- */

/* A new present state like the one before; what could be redone is gone. */
static State *
step (PmtPointList *list)
{
  list->moved = 0;
  forget_fit (list);
  if (list->grouped)
    return present (list);
  list->grouped = list->grouping;
  g_ptr_array_set_size (list->states, (int) list->at + 1);
  if (list->states->len >= MOST_STATES)
    g_ptr_array_remove_index (list->states, 0);
  g_ptr_array_add (list->states, state_new (g_ptr_array_index (list->states, list->states->len - 1)));
  list->at = list->states->len - 1;
  return present (list);
}

void
pmt_point_list_begin_step (PmtPointList *list)
{
  list->grouping = TRUE;
  list->grouped = FALSE;
}

void
pmt_point_list_end_step (PmtPointList *list)
{
  list->grouping = list->grouped = FALSE;
}

static gboolean
is_finite (PmtPoint p)
{
  return isfinite (p.x) && isfinite (p.y);
}

guint
pmt_point_list_add (PmtPointList *list, PmtPoint fixed, PmtPoint moving, PmtPairSource source, double confidence)
{
  PmtPair pair = { .fixed = fixed, .moving = moving, .enabled = TRUE, .source = source, .confidence = confidence,
                   .unsnapped = { NAN, NAN } };

  return pmt_point_list_add_many (list, &pair, 1) ? list->last_id : 0;
}

gboolean
pmt_point_list_add_many (PmtPointList *list, const PmtPair *pairs, guint n)
{
  State *state;

  if (n == 0 || n > PMT_PAIRS_MOST - MIN (pmt_point_list_get_length (list), PMT_PAIRS_MOST))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!is_finite (pairs[i].fixed) || !is_finite (pairs[i].moving))
      return FALSE;
  state = step (list);
  for (guint i = 0; i < n; i++)
    {
      PmtPair pair = pairs[i];

      pair.id = ++list->last_id;
      g_array_append_val (state->pairs, pair);
    }
  return TRUE;
}

static PmtPoint *
end_of (PmtPair *pair, gboolean of_fixed)
{
  return of_fixed ? &pair->fixed : &pair->moving;
}

static gboolean
is_at (PmtPoint a, PmtPoint b)
{
  return a.x == b.x && a.y == b.y;
}

void
pmt_point_list_move (PmtPointList *list, guint id, gboolean of_fixed, PmtPoint to, gboolean going_on)
{
  const PmtPair *pair = pmt_point_list_find (list, id);
  gboolean same = going_on && list->moved == id && list->moved_fixed == of_fixed && list->at + 1 == list->states->len;
  PmtPair *changed;

  if (pair == NULL || !is_finite (to) || is_at (of_fixed ? pair->fixed : pair->moving, to))
    return;
  if (same)
    forget_fit (list);
  changed = find (same ? present (list) : step (list), id);
  *end_of (changed, of_fixed) = to;
  changed->source = PMT_PAIR_HAND;
  changed->confidence = NAN;
  changed->unsnapped = (PmtPoint) { NAN, NAN };
  list->moved = id;
  list->moved_fixed = of_fixed;
}

void
pmt_point_list_snap (PmtPointList *list, guint id, gboolean of_fixed, PmtPoint to, double confidence)
{
  const PmtPair *pair = pmt_point_list_find (list, id);
  PmtPair *changed;

  if (pair == NULL || !is_finite (to))
    return;
  changed = find (step (list), id);
  if (changed->source != PMT_PAIR_SNAPPED || changed->snapped_fixed != of_fixed)
    changed->unsnapped = *end_of (changed, of_fixed);
  changed->snapped_fixed = of_fixed;
  *end_of (changed, of_fixed) = to;
  changed->source = PMT_PAIR_SNAPPED;
  changed->confidence = confidence;
}

gboolean
pmt_point_list_unsnap (PmtPointList *list, guint id)
{
  const PmtPair *pair = pmt_point_list_find (list, id);
  PmtPair *changed;

  if (pair == NULL || pair->source != PMT_PAIR_SNAPPED)
    return FALSE;
  changed = find (step (list), id);
  if (is_finite (changed->unsnapped))
    *end_of (changed, changed->snapped_fixed) = changed->unsnapped;
  changed->unsnapped = (PmtPoint) { NAN, NAN };
  changed->source = PMT_PAIR_HAND;
  changed->confidence = NAN;
  return TRUE;
}

void
pmt_point_list_switch (PmtPointList *list, guint id, gboolean enabled)
{
  const PmtPair *pair = pmt_point_list_find (list, id);

  if (pair != NULL && pair->enabled != enabled)
    find (step (list), id)->enabled = enabled;
}

void
pmt_point_list_remove (PmtPointList *list, guint id)
{
  State *state;

  if (pmt_point_list_find (list, id) == NULL)
    return;
  state = step (list);
  g_array_remove_index (state->pairs, (guint) (find (state, id) - (PmtPair *) (gpointer) state->pairs->data));
}

void
pmt_point_list_set_options (PmtPointList *list, const PmtPointOptions *options)
{
  const PmtPointOptions *now = pmt_point_list_get_options (list);
  gboolean same = now->smoothing == options->smoothing || (isnan (now->smoothing) && isnan (options->smoothing));

  if (now->model != options->model || !same)
    step (list)->options = *options;
}

/* -- undoing -- */

gboolean
pmt_point_list_can_undo (const PmtPointList *list)
{
  return list->at > 0;
}

gboolean
pmt_point_list_can_redo (const PmtPointList *list)
{
  return list->at + 1 < list->states->len;
}

static void
go_to (PmtPointList *list, guint at)
{
  list->at = at;
  list->moved = 0;
  forget_fit (list);
}

gboolean
pmt_point_list_undo (PmtPointList *list)
{
  if (!pmt_point_list_can_undo (list))
    return FALSE;
  go_to (list, list->at - 1);
  return TRUE;
}

gboolean
pmt_point_list_redo (PmtPointList *list)
{
  if (!pmt_point_list_can_redo (list))
    return FALSE;
  go_to (list, list->at + 1);
  return TRUE;
}

gboolean
_pmt_point_list_replace (PmtPointList *list, const GArray *pairs, const PmtPointOptions *options)
{
  State *state;

  if (pairs->len > PMT_PAIRS_MOST)
    return FALSE;
  state = step (list);
  state->options = *options;
  g_array_set_size (state->pairs, 0);
  for (guint i = 0; i < pairs->len; i++)
    {
      PmtPair pair = g_array_index (pairs, PmtPair, i);

      pair.id = ++list->last_id;
      g_array_append_val (state->pairs, pair);
    }
  return TRUE;
}

void
_pmt_point_list_get_sizes (const PmtPointList *list, PmtSize *fixed, PmtSize *moving)
{
  *fixed = list->fixed;
  *moving = list->moving;
}

/* -- fitting -- */

static void
fit (PmtPointList *list)
{
  const State *state = present (list);
  g_autofree PmtPoint *fixed = g_new (PmtPoint, state->pairs->len + 1), *moving = g_new (PmtPoint, state->pairs->len + 1);
  int n = 0;

  for (guint i = 0; i < state->pairs->len; i++)
    {
      const PmtPair *pair = &g_array_index (state->pairs, PmtPair, i);

      if (!pair->enabled)
        continue;
      fixed[n] = pair->fixed;
      moving[n++] = pair->moving;
    }
  list->fit = pmt_point_fit_new (n, fixed, moving, list->fixed, list->moving, &state->options, &list->problem);
  list->fitted = TRUE;
}

const PmtPointFit *
pmt_point_list_get_fit (PmtPointList *list, GError **error)
{
  if (!list->fitted)
    fit (list);
  if (list->fit == NULL && error != NULL)
    *error = g_error_copy (list->problem);
  return list->fit;
}

/* What a pair is judged by. */
static double
worth (const PmtPairError *found)
{
  return isnan (found->left_out) ? found->residual : found->left_out;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double s = *(const double *) a, t = *(const double *) b;

  return s < t ? -1 : s > t;
}

/* The median of the fitted pairs' errors but the index's; NAN where there are too few. */
static double
usual (const PmtPointFit *fit, int but)
{
  g_autofree double *errors = g_new (double, fit->n);
  int n = 0;

  for (int i = 0; i < fit->n; i++)
    if (i != but && !isnan (fit->left_out[i]))
      errors[n++] = fit->left_out[i];
  qsort (errors, n, sizeof *errors, compare_doubles);
  return n >= FEWEST ? 0.5 * (errors[(n - 1) / 2] + errors[n / 2]) : NAN;
}

static double
off_by (const PmtPointFit *fit, const PmtPair *pair)
{
  PmtPoint to;

  pmt_transform_map (fit->transform, 1, &pair->fixed, &to);
  return hypot (to.x - pair->moving.x, to.y - pair->moving.y);
}

/* Where among the pairs that are switched on; −1: it is not. */
static int
place_in_fit (const State *state, guint id)
{
  int n = 0;

  for (guint i = 0; i < state->pairs->len; i++)
    {
      const PmtPair *pair = &g_array_index (state->pairs, PmtPair, i);

      if (pair->id == id)
        return pair->enabled ? n : -1;
      n += pair->enabled;
    }
  return -1;
}

PmtPairError
pmt_point_list_get_error (PmtPointList *list, guint id)
{
  const PmtPointFit *found = pmt_point_list_get_fit (list, NULL);
  const PmtPair *pair = pmt_point_list_find (list, id);
  PmtPairError result = { NAN, NAN, FALSE };
  int place = pair != NULL ? place_in_fit (present (list), id) : -1;
  double others;

  if (found == NULL || pair == NULL)
    return result;
  result.residual = place >= 0 ? found->residual[place] : off_by (found, pair);
  result.left_out = place >= 0 ? found->left_out[place] : result.residual;
  others = usual (found, place);
  result.suspect = worth (&result) > SUSPECT_PX && worth (&result) > SUSPECT * others;
  return result;
}

typedef struct
{
  guint    id;
  gboolean enabled;
  double   error;      /* in steps of SEEN; −1 where it is not known */
} Rank;

static int
compare_ranks (gconstpointer a, gconstpointer b)
{
  const Rank *s = a, *t = b;

  if (s->enabled != t->enabled)
    return s->enabled ? -1 : 1;
  if (s->error != t->error)
    return s->error > t->error ? -1 : 1;
  return s->id < t->id ? -1 : s->id > t->id;
}

GArray *
pmt_point_list_suspicion (PmtPointList *list)
{
  const State *state = present (list);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree Rank *ranks = g_new (Rank, state->pairs->len + 1);

  for (guint i = 0; i < state->pairs->len; i++)
    {
      const PmtPair *pair = &g_array_index (state->pairs, PmtPair, i);
      PmtPairError found = pmt_point_list_get_error (list, pair->id);

      ranks[i] = (Rank) { pair->id, pair->enabled, isnan (worth (&found)) ? -1 : round (worth (&found) / SEEN) };
    }
  qsort (ranks, state->pairs->len, sizeof *ranks, compare_ranks);
  for (guint i = 0; i < state->pairs->len; i++)
    g_array_append_val (ids, ranks[i].id);
  return ids;
}
