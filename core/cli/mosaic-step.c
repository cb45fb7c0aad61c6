/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of a mosaic's plan: which pairs a round registers; one tile's pairs of it; the poses; a strip of the drawing; the file. A step
 * leaves a file that says from what it was made (`inputs`) and what came of it (`outcome`), two checksums. It need not run again
 * while the first is the same and what it made is there. */
#include <string.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "base/read-file.h"
#include "mosaic-step.h"

#define MOST_BYTES 4096          /* of a file that says that a step is done */
#define MOST_ROUND (1 << 28)     /* of a round's list */

PmtPlan *
mosaic_plan (const MosaicOptions *o, const MosaicJob *job, const char *folder, char *const *arguments)
{
  static const char *const draw[BANDS] = { "draw", "draw-with" }, *const join[BANDS] = { "join", "join-with" };
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  PmtPlan              *plan;
  int                   last = -1;

  for (int i = 0; i < job->n; i++)
    g_ptr_array_add (inputs, job->path[i]);
  if (o->positions != NULL)
    g_ptr_array_add (inputs, o->positions);
  g_ptr_array_add (inputs, NULL);
  plan = pmt_plan_new (folder, arguments, (char *const *) inputs->pdata);
  for (int round = 0; round < PMT_TILE_ROUNDS; round++)
    {
      g_autofree char *choose = g_strdup_printf ("choose-%d", round + 1), *pairs = g_strdup_printf ("register-%d", round + 1);

      last = pmt_plan_add (plan, choose, 1, last);
      last = pmt_plan_add (plan, pairs, job->n - job->first, last);
    }
  last = pmt_plan_add (plan, "solve", 1, last);
  for (int band = 0; band < BANDS; band++)
    if (mosaic_output (o, band) != NULL)
      pmt_plan_add (plan, join[band], 1, pmt_plan_add (plan, draw[band], mosaic_strips (job), last));
  return plan;
}

/* -- what a step depends on -- */

static void
add_text (GChecksum *sum, const char *text)
{
  g_checksum_update (sum, (const guchar *) text, (gssize) strlen (text) + 1);
}

static char *
read_done (const MosaicStep *s, int step, GError **error)
{
  g_autofree char *path = pmt_plan_done_path (s->plan, s->work->folder, step);
  GString         *text = g_file_test (path, G_FILE_TEST_EXISTS) ? pmt_file_read (path, MOST_BYTES, error) : NULL;

  return text != NULL ? g_string_free (text, FALSE) : NULL;
}

/* What came of all steps that must be done before. */
static gboolean
add_needed (const MosaicStep *s, GChecksum *sum, GError **error)
{
  const PmtPlanStage *needed;

  if (s->stage->after < 0)
    return TRUE;
  needed = &g_array_index (s->plan->stages, PmtPlanStage, s->stage->after);
  for (int i = 0; i < needed->count; i++)
    {
      g_autofree char *done = read_done (s, needed->first + i, NULL);
      const char      *outcome = done != NULL ? strstr (done, "outcome ") : NULL;

      if (outcome == NULL)
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "step %d (%s) must be run first", needed->first + i, needed->name);
          return FALSE;
        }
      add_text (sum, outcome);
    }
  return TRUE;
}

/* Of the round, those that the tile is the first of, or with an overview is the tile of. */
static GArray *
pairs_of_tile (const MosaicStep *s, GError **error)
{
  g_autoptr (GArray) all = mosaic_work_load_round (s->work, s->round, error);
  GArray            *own = all != NULL ? g_array_new (FALSE, FALSE, sizeof (PmtPairTodo)) : NULL;
  int                tile = s->job->first + s->index;

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      const PmtPairTodo *pair = &g_array_index (all, PmtPairTodo, i);

      if ((pair->a < s->job->first ? pair->b : pair->a) == tile)
        g_array_append_val (own, *pair);
    }
  return own;
}

/* All that its outcome follows from. */
static char *
inputs_of (const MosaicStep *s, GError **error)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  add_text (sum, s->work->about);
  add_text (sum, s->stage->name);
  for (int i = 0; s->plan->arguments[i] != NULL; i++)
    add_text (sum, s->plan->arguments[i]);
  if (!add_needed (s, sum, error))
    return NULL;
  if (s->stage->after < 0 || s->kind == STEP_SOLVE)
    for (int i = 0; s->plan->inputs[i] != NULL; i++)
      mosaic_work_add_file (sum, s->plan->inputs[i]);
  for (int i = s->job->first; s->kind == STEP_SOLVE && s->job->with_path != NULL && i < s->job->n; i++)
    mosaic_work_add_file (sum, s->job->with_path[i]);
  if (s->kind == STEP_REGISTER)
    {
      g_autoptr (GArray) pairs = pairs_of_tile (s, error);

      for (guint i = 0; pairs != NULL && i < pairs->len; i++)
        {
          g_autofree char *key = mosaic_work_key (s->work, &g_array_index (pairs, PmtPairTodo, i));

          add_text (sum, key);
        }
      if (pairs == NULL)
        return NULL;
    }
  return g_strdup (g_checksum_get_string (sum));
}

/* -- what it does -- */

static gboolean
choose (const MosaicStep *s, GError **error)
{
  g_autoptr (PmtGroup) group = NULL;
  g_autoptr (GError)   stopped = NULL;

  s->work->stop = s->round;
  group = pmt_group_register (s->context, s->job->n, mosaic_open_image, s->job, &s->job->options, &stopped);
  if (s->work->todo != NULL)
    return mosaic_work_save_round (s->work, s->round, error);
  g_propagate_error (error, g_steal_pointer (&stopped));
  return FALSE;
}

static gboolean
register_tile (const MosaicStep *s, GError **error)
{
  g_autoptr (GArray)  pairs = pairs_of_tile (s, error);
  const PmtPairStore *store = &s->work->store;

  for (guint i = 0; pairs != NULL && i < pairs->len; i++)
    {
      const PmtPairTodo           *pair = &g_array_index (pairs, PmtPairTodo, i);
      g_autoptr (PmtRegistration)  kept = store->recall (pair, store->data);

      if (kept == NULL)
        {
          kept = pmt_group_register_pair (s->context, mosaic_open_image, s->job, &s->job->options, pair, error);
          if (kept == NULL || !store->keep (pair, kept, store->data, error))
            return FALSE;
        }
    }
  return pairs != NULL;
}

static gboolean
solve (const MosaicStep *s, int *status, GError **error)
{
  gboolean draw;

  s->job->group = pmt_group_register (s->context, s->job->n, mosaic_open_image, s->job, &s->job->options, error);
  if (s->job->group == NULL || !mosaic_write_poses (s->context, s->o, s->job, &draw, error))
    return FALSE;
  for (int band = 0; band < BANDS && draw && s->o->balance; band++)
    if (mosaic_output (s->o, band) != NULL && !mosaic_balance (s->context, s->job, band, error))
      return FALSE;
  if (!mosaic_work_save_poses (s->work, draw, error))
    return FALSE;
  command_end_progress ();
  if (!s->o->quiet)
    mosaic_summarise (s->job);
  *status = command_finish_group (s->command, "mosaic", s->job->group, s->job->path, s->o->force);
  if (*status == STATUS_UNCERTAIN)      /* said; an engine would take it for a step to be run again */
    *status = STATUS_OK;
  return TRUE;
}

static char *
strip_path (const MosaicStep *s, int index)
{
  return mosaic_work_path (s->work, "strips/%s-%d.v", s->band == BAND_TILES ? "tiles" : "with", index);
}

static gboolean
join (const MosaicStep *s, GError **error)
{
  int            count = mosaic_strips (s->job);
  g_auto (GStrv) paths = g_new0 (char *, count + 1);

  for (int i = 0; i < count; i++)
    paths[i] = strip_path (s, i);
  return mosaic_join (s->context, s->o, s->job, s->band, count, paths, error);
}

/* A strip or the file, where the poses say that there is anything to draw. */
static gboolean
draw_or_join (const MosaicStep *s, GError **error)
{
  g_autofree char *strip = NULL;
  gboolean         draw;

  if (!mosaic_work_load_poses (s->work, s->job, &draw, error))
    return FALSE;
  if (!draw)
    return TRUE;
  if (s->kind == STEP_JOIN)
    return join (s, error);
  strip = strip_path (s, s->index);
  return mosaic_draw_strip (s->context, s->job, s->band, s->index, mosaic_strips (s->job), strip, error);
}

/* What a step makes, when it makes one file. */
static char *
product (const MosaicStep *s)
{
  switch (s->kind)
    {
    case STEP_CHOOSE: return mosaic_work_path (s->work, "round-%d.txt", s->round + 1);
    case STEP_SOLVE:  return mosaic_work_path (s->work, "poses.txt");
    case STEP_DRAW:   return strip_path (s, s->index);
    case STEP_JOIN:   return g_strdup (mosaic_output (s->o, s->band));
    default:          return NULL;
    }
}

/* -- running it -- */

static gboolean
find_kind (MosaicStep *s, GError **error)
{
  const char *name = s->stage->name;

  s->band = g_str_has_suffix (name, "-with") ? BAND_WITH : BAND_TILES;
  if (sscanf (name, "choose-%d", &s->round) == 1)
    s->kind = STEP_CHOOSE;
  else if (sscanf (name, "register-%d", &s->round) == 1)
    s->kind = STEP_REGISTER;
  else if (g_str_equal (name, "solve"))
    s->kind = STEP_SOLVE;
  else if (g_str_has_prefix (name, "draw"))
    s->kind = STEP_DRAW;
  else if (g_str_has_prefix (name, "join"))
    s->kind = STEP_JOIN;
  else
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "“%s” is no stage of a mosaic", name);
      return FALSE;
    }
  s->round--;
  return TRUE;
}

/* Of choosing the list that was chosen, which is often the same again; of all else what went in, since the same comes of it. */
static char *
outcome_of (const MosaicStep *s, const char *inputs, GError **error)
{
  g_autofree char *path = s->kind == STEP_CHOOSE ? product (s) : NULL;
  GString         *text;
  char            *sum;

  if (path == NULL)
    return g_strdup (inputs);
  if ((text = pmt_file_read (path, MOST_ROUND, error)) == NULL)
    return NULL;
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) text->str, text->len);
  g_string_free (text, TRUE);
  return sum;
}

/* Whether what a step makes is there. */
static gboolean
has_product (const MosaicStep *s)
{
  g_autofree char   *path = product (s);
  g_autoptr (GArray) pairs = NULL;

  if (path != NULL)
    return g_file_test (path, G_FILE_TEST_EXISTS)
           || ((s->kind == STEP_DRAW || s->kind == STEP_JOIN) && !mosaic_work_draws (s->work));
  pairs = pairs_of_tile (s, NULL);
  for (guint i = 0; pairs != NULL && i < pairs->len; i++)
    if (!mosaic_work_has (s->work, &g_array_index (pairs, PmtPairTodo, i)))
      return FALSE;
  return pairs != NULL;
}

static gboolean
is_done (const MosaicStep *s, int step, const char *inputs)
{
  g_autofree char *done = read_done (s, step, NULL), *line = g_strconcat ("inputs ", inputs, "\n", NULL);

  return done != NULL && g_str_has_prefix (done, line) && has_product (s);
}

static gboolean
run (const MosaicStep *s, int *status, GError **error)
{
  switch (s->kind)
    {
    case STEP_CHOOSE:   return choose (s, error);
    case STEP_REGISTER: return register_tile (s, error);
    case STEP_SOLVE:    return solve (s, status, error);
    default:            return draw_or_join (s, error);
    }
}

gboolean
mosaic_step_run (MosaicStep *s, int step, gboolean *again, int *status, GError **error)
{
  g_autofree char *inputs = NULL, *outcome = NULL, *text = NULL, *folder = NULL, *path = NULL;
  int              stage = pmt_plan_stage_of (s->plan, step);

  *status = STATUS_OK;
  s->stage = &g_array_index (s->plan->stages, PmtPlanStage, stage);
  s->index = step - s->stage->first;
  if (!find_kind (s, error) || (inputs = inputs_of (s, error)) == NULL)
    return FALSE;
  *again = !is_done (s, step, inputs);
  if (*again && !run (s, status, error))
    return FALSE;
  if (*status != STATUS_OK)
    return TRUE;
  if ((outcome = outcome_of (s, inputs, error)) == NULL)
    return FALSE;
  path = pmt_plan_done_path (s->plan, s->work->folder, step);
  text = g_strdup_printf ("inputs %s\noutcome %s\n", inputs, outcome);
  folder = mosaic_work_path (s->work, "%s/x", s->stage->name);      /* makes it */
  return pmt_atomic_file_write (path, text, strlen (text), error);   /* also again: engines look at its time */
}
