/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each proposer and each refiner is worth, on phantom pairs: how often a proposer's poses hold one from which the
 * rest finds home, and how far off the pose is after each step; with processor time. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <vips/vips.h>

#include "fit/refine-private.h"
#include "fit/support-climb-private.h"
#include "match/find-private.h"
#include "pairs.h"
#include "statistics.h"

#define NEAR      0.04    /* of the diagonal: a pose this near counts as found */
#define PROPOSERS 16
#define STEPS     3

static int   count = 10;
static char *suite_name;

static const GOptionEntry entries[] =
{
  { "count", 'n', 0, G_OPTION_ARG_INT, &count, "Pairs of each suite (10)", "N" },
  { "suite", 0, 0, G_OPTION_ARG_STRING, &suite_name, "Only this suite", "NAME" },
  { NULL }
};

static const char *const steps[STEPS] = { "found", "climbed", "refined" };

typedef struct
{
  int     found[PROPOSERS], right[STEPS], n;
  double *seconds[PROPOSERS], *step_seconds[STEPS], *error[STEPS];
} Tally;

static void
map_points (gpointer data, int n, const PmtPoint *in, PmtPoint *out)
{
  for (int i = 0; i < n; i++)
    out[i] = pmt_matrix3_map (data, in[i]);
}

static double
seconds_since (clock_t start)
{
  return (double) (clock () - start) / CLOCKS_PER_SEC;
}

static gboolean
try_proposer (const Pair *pair, PmtPyramid *fixed, PmtPyramid *moving, int proposer, Tally *tally, GError **error)
{
  g_autoptr (GArray) poses = g_array_new (FALSE, TRUE, sizeof (PmtPose));
  double             limit = NEAR * hypot (moving->width, moving->height) / MAX (pair->scale, 1);
  clock_t            start = clock ();
  gboolean           found = FALSE;

  if (!_pmt_propose (NULL, fixed, moving, &pmt_matrix3_identity, proposer, poses, error))
    return FALSE;
  tally->seconds[proposer][tally->n] = seconds_since (start);
  for (guint k = 0; k < poses->len; k++)
    found |= pair_error (pair, map_points, &g_array_index (poses, PmtPose, k).matrix) < limit;
  tally->found[proposer] += found;
  return TRUE;
}

static void
note_step (const Pair *pair, int step, PmtMatrix3 *matrix, clock_t start, Tally *tally)
{
  double error = pair_error (pair, map_points, matrix);

  tally->step_seconds[step][tally->n] = seconds_since (start);
  tally->error[step][tally->n] = error;
  tally->right[step] += error < 1;
}

static gboolean
try_steps (const Pair *pair, PmtPyramid *fixed, PmtPyramid *moving, Tally *tally, GError **error)
{
  PmtFound            found = { .matrix = pmt_matrix3_identity };
  g_auto (PmtRefined) refined = { .matrix = pmt_matrix3_identity };
  double              support;
  clock_t             start = clock ();

  if (!_pmt_find_pose (NULL, fixed, moving, &pmt_matrix3_identity, PMT_SEARCH_AUTO, PMT_MODEL_AUTO, &found, error)
      && *error != NULL)
    return FALSE;
  note_step (pair, 0, &found.matrix, start, tally);
  start = clock ();
  if (!_pmt_support_climb (NULL, fixed, moving, PMT_MODEL_AUTO, &found.matrix, &support, error) && *error != NULL)
    return FALSE;
  note_step (pair, 1, &found.matrix, start, tally);
  start = clock ();
  if (!_pmt_refine (NULL, fixed, moving, &found.matrix, PMT_MODEL_AUTO, PMT_MODALITY_AUTO, &refined, error))
    return FALSE;
  note_step (pair, 2, &refined.matrix, start, tally);
  return TRUE;
}

static gboolean
try_pair (const Pair *pair, Tally *tally, GError **error)
{
  g_autoptr (PmtPyramid) fixed = _pmt_pyramid_new (NULL, pair->fixed, NULL, error);
  g_autoptr (PmtPyramid) moving = fixed ? _pmt_pyramid_new (NULL, pair->moving, NULL, error) : NULL;

  for (int p = 0; moving != NULL && p < _pmt_proposers (); p++)
    if (!try_proposer (pair, fixed, moving, p, tally, error))
      return FALSE;
  return moving != NULL && try_steps (pair, fixed, moving, tally, error);
}

static void
print_tally (const Suite *suite, const Tally *t)
{
  printf ("%s: %s, %d pairs\n", suite->name, suite->title, t->n);
  for (int p = 0; p < _pmt_proposers (); p++)
    printf ("  %-14s near in %3d of %d   %.2f s\n", _pmt_proposer_name (p), t->found[p], t->n,
            statistics_quantile (t->seconds[p], t->n, 0.5));
  for (int s = 0; s < STEPS; s++)
    printf ("  %-14s right in %2d of %d   error median %.4f px, p95 %.4f px   %.2f s\n", steps[s], t->right[s], t->n,
            statistics_quantile (t->error[s], t->n, 0.5), statistics_quantile (t->error[s], t->n, 0.95),
            statistics_quantile (t->step_seconds[s], t->n, 0.5));
  fflush (stdout);
}

static gboolean
run_suite (PairMaker *maker, const Suite *suite, GError **error)
{
  Tally    tally = { .n = 0 };
  gboolean ok = TRUE;

  for (int p = 0; p < PROPOSERS; p++)
    tally.seconds[p] = g_new0 (double, count);
  for (int s = 0; s < STEPS; s++)
    {
      tally.step_seconds[s] = g_new0 (double, count);
      tally.error[s] = g_new0 (double, count);
    }
  for (; ok && tally.n < count; tally.n++)
    {
      g_autoptr (Pair) pair = pair_maker_make (maker, NULL, suite, tally.n * PAINTING_PAIRS, error);

      ok = pair != NULL && try_pair (pair, &tally, error);
    }
  if (ok)
    print_tally (suite, &tally);
  for (int p = 0; p < PROPOSERS; p++)
    g_free (tally.seconds[p]);
  for (int s = 0; s < STEPS; s++)
    {
      g_free (tally.step_seconds[s]);
      g_free (tally.error[s]);
    }
  return ok;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("— what each proposer and refiner is worth");
  g_autoptr (PairMaker)      maker = pair_maker_new ();
  g_autoptr (GError)         error = NULL;

  setlocale (LC_ALL, "C");
  if (VIPS_INIT (argv[0]))
    return 1;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "proposers: %s\n", error->message);
      return 1;
    }
  for (int i = 0; i < n_suites; i++)
    if (!suites[i].unrelated && (suite_name == NULL || g_str_equal (suites[i].name, suite_name))
        && !run_suite (maker, &suites[i], &error))
      {
        fprintf (stderr, "proposers: %s\n", error->message);
        return 1;
      }
  vips_shutdown ();
  return 0;
}
