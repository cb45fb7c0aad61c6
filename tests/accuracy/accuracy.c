/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Accuracy as distributions: registers pairs whose truth is known and tells how many were right, how far off, and how
 * often the program was wrong without knowing it.
 *
 *   right     mean error under 1 px of the coarser picture
 *   silent    called ok, but wrong (or, of unrelated pictures, called ok at all): the worst there is
 *   refused   right, but not called ok
 *
 * With --tap each suite is a test: as many right as the goal's rate would reach 19 times in 20 with so few pairs, none
 * silent, the median error within its goal. */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <vips/vips.h>

#include "pairs.h"
#include "register.h"
#include "statistics.h"

#define RIGHT_BELOW 1.0    /* px */
#define RISK        0.05   /* of a suite's failing by chance alone */

static char    *suite_name, *model_nick;
static int      count = -1, first_seed, threads, skip = 1;
static gboolean verbose, tap, determinism, by_share;

static const GOptionEntry entries[] =
{
  { "suite", 0, 0, G_OPTION_ARG_STRING, &suite_name, "Only this suite", "NAME" },
  { "count", 'n', 0, G_OPTION_ARG_INT, &count, "Pairs in each suite (100; with --tap few)", "N" },
  { "seed", 's', 0, G_OPTION_ARG_INT, &first_seed, "First pair's seed (0); alone with --count 1", "N" },
  { "step", 0, 0, G_OPTION_ARG_INT, &skip, "From one seed to the next (1); 5 takes a new painting each time", "N" },
  { "model", 0, 0, G_OPTION_ARG_STRING, &model_nick, "Model to ask for (auto)", "MODEL" },
  { "threads", 0, 0, G_OPTION_ARG_INT, &threads, "Threads; 0 for all processors (0)", "N" },
  { "by-share", 0, 0, G_OPTION_ARG_NONE, &by_share,
    "Instead of the suites as they are: success by the share of structure that is private to each modality", NULL },
  { "determinism", 0, 0, G_OPTION_ARG_NONE, &determinism, "Compare the transforms of one thread and of two", NULL },
  { "tap", 0, 0, G_OPTION_ARG_NONE, &tap, "Assert, and report as the Test Anything Protocol", NULL },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "A line for each pair, and the reasons when it went wrong", NULL },
  { NULL }
};

typedef struct
{
  int     n, right, ok, silent, refused, broken;
  double *errors;          /* of the right ones */
  double *seconds;
  int     n_errors;
} Tally;

static int tests;          /* TAP's number */
static int failures;

static void
report_test (gboolean passed, const char *suite, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          list;

  va_start (list, format);
  text = g_strdup_vprintf (format, list);
  va_end (list);
  failures += !passed;
  if (tap)
    printf ("%s %d - %s: %s\n", passed ? "ok" : "not ok", ++tests, suite, text);
}

static void
map_points (gpointer data, int n, const PmtPoint *in, PmtPoint *out)
{
  pmt_transform_map (data, n, in, out);
}

static void
print_reasons (const PmtRegistration *result)
{
  for (guint i = 0; i < result->reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (result->reasons, i);

      printf ("#     %s %-14s %.4g (threshold %.4g): %s\n", reason->passed ? "+" : "-", reason->code, reason->value,
              reason->threshold, reason->text);
    }
}

static void
print_pair (const Suite *suite, int seed, const Pair *pair, const PmtRegistration *result, double error, double seconds,
            gboolean wrong)
{
  if (!verbose && !wrong)
    return;
  printf ("#   %s --seed %d (%s): %s, error %.4f px (said %.3f), model %s, by %s, %d of %d tiles, overlap %.2f, %.2f s%s\n",
          suite->name, seed, pair->what, pmt_verdict_to_nick (result->verdict), error, result->error_median,
          pmt_model_to_nick (result->model), result->proposer ? result->proposer : "?", result->inliers, result->tiles,
          result->overlap, seconds, wrong ? "  ← SILENTLY WRONG" : error >= RIGHT_BELOW && !suite->unrelated ? "  ← missed" : "");
  if (verbose)
    print_reasons (result);
}

static PmtRegistration *
register_pair (const Pair *pair, int n_threads, GError **error)
{
  g_autoptr (PmtContext) context = pmt_context_new ();
  PmtRegisterOptions     options;

  pmt_context_set_threads (context, n_threads);
  pmt_register_options_init (&options);
  if (model_nick != NULL && !pmt_model_from_nick (model_nick, &options.model))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "no model “%s”", model_nick);
      return NULL;
    }
  return pmt_register (context, pair->fixed, pair->moving, &options, error);
}

static void
tally_pair (Tally *tally, const Suite *suite, int seed, const Pair *pair)
{
  g_autoptr (GError)          error = NULL;
  gint64                      started = g_get_monotonic_time ();
  g_autoptr (PmtRegistration) result = register_pair (pair, threads, &error);
  double                      seconds = (g_get_monotonic_time () - started) / 1e6, off;
  gboolean                    right, ok;

  tally->seconds[tally->n++] = seconds;
  if (result == NULL)
    {
      tally->broken++;
      printf ("#   %s --seed %d (%s): error: %s\n", suite->name, seed, pair->what, error->message);
      return;
    }
  off = suite->unrelated ? NAN : pair_error (pair, map_points, result->transform);
  right = off < RIGHT_BELOW;
  ok = result->verdict == PMT_VERDICT_OK;
  tally->ok += ok;
  tally->right += right;
  tally->silent += ok && !right;
  tally->refused += !ok && right;
  if (right)
    tally->errors[tally->n_errors++] = off;
  print_pair (suite, seed, pair, result, off, seconds, ok && !right);
}

static void
print_tally (const Suite *suite, const Tally *t)
{
  double median = statistics_quantile (t->errors, t->n_errors, 0.5);

  printf ("# %s (%s)\n", suite->name, suite->title);
  if (suite->unrelated)
    printf ("#   n %d, called ok %d (rate below %.3f with 95 %%)", t->n, t->silent, statistics_upper_bound (t->silent, t->n, 0.95));
  else
    printf ("#   n %d, right %d, silent %d (rate below %.3f with 95 %%), refused %d\n"
            "#   error of the right ones, px: median %.4f, p95 %.4f, max %.4f",
            t->n, t->right, t->silent, statistics_upper_bound (t->silent, t->n, 0.95), t->refused, median,
            statistics_quantile (t->errors, t->n_errors, 0.95), statistics_quantile (t->errors, t->n_errors, 1));
  printf ("; seconds: median %.2f, max %.2f\n", statistics_quantile (t->seconds, t->n, 0.5),
          statistics_quantile (t->seconds, t->n, 1));
}

static void
assert_tally (const Suite *suite, const Tally *t)
{
  report_test (t->broken == 0, suite->name, "%d pairs could not be tried", t->broken);
  report_test (t->silent == 0, suite->name, "%d of %d silently wrong", t->silent, t->n);
  if (suite->goal_right > 0)
    {
      int least = statistics_least_successes (t->n, suite->goal_right, RISK);

      report_test (t->right >= least, suite->name, "%d of %d right, at least %d asked for", t->right, t->n, least);
    }
  if (suite->goal_median > 0)
    {
      double median = statistics_quantile (t->errors, t->n_errors, 0.5);

      report_test (median <= suite->goal_median, suite->name, "median error %.4f px, %.4f asked for", median, suite->goal_median);
    }
}

static gboolean
run_suite (PairMaker *maker, const Suite *suite, GError **error)
{
  int                n = count > 0 ? count : tap ? suite->test_count : 100;
  g_autofree double *errors = g_new (double, n), *seconds = g_new (double, n);
  Tally              tally = { .errors = errors, .seconds = seconds };

  for (int i = 0; i < n; i++)
    {
      int              seed = first_seed + i * skip;
      g_autoptr (Pair) pair = pair_maker_make (maker, NULL, suite, seed, error);

      if (pair == NULL)
        return FALSE;
      tally_pair (&tally, suite, seed, pair);
      fflush (stdout);
    }
  print_tally (suite, &tally);
  assert_tally (suite, &tally);
  return TRUE;
}

/* One thread and two must write the same file. */
static gboolean
run_determinism (PairMaker *maker, const Suite *suite, GError **error)
{
  int n = count > 0 ? count : tap ? 1 : 5;

  for (int i = 0; i < n; i++)
    {
      int                         seed = first_seed + i * skip;
      g_autoptr (Pair)            pair = pair_maker_make (maker, NULL, suite, seed, error);
      g_autoptr (PmtRegistration) one = pair ? register_pair (pair, 1, error) : NULL;
      g_autoptr (PmtRegistration) two = one ? register_pair (pair, 2, error) : NULL;
      PmtMatrix3                  a, b;
      gboolean                    same;

      if (two == NULL)
        return FALSE;
      same = pmt_transform_get_matrix (one->transform, &a) && pmt_transform_get_matrix (two->transform, &b)
             && memcmp (&a, &b, sizeof a) == 0 && one->verdict == two->verdict && one->inliers == two->inliers
             && one->error_median == two->error_median;
      report_test (same, suite->name, "one thread and two agree to the bit, seed %d", seed);
      if (!same)
        printf ("#   %s --seed %d: one thread and two differ\n", suite->name, seed);
    }
  return TRUE;
}

/* A suite's pairs at one private share; adds to the sums over all. */
static gboolean
run_share (PairMaker *maker, const Suite *suite, double share, int n, int *pairs, int *silent, GError **error)
{
  g_autofree double *errors = g_new (double, n), *seconds = g_new (double, n);
  Tally              tally = { .errors = errors, .seconds = seconds };
  Suite              shared = *suite;

  shared.private_share = share;
  for (int i = 0; i < n; i++)
    {
      int              seed = first_seed + i * skip;
      g_autoptr (Pair) pair = pair_maker_make (maker, NULL, &shared, seed, error);

      if (pair == NULL)
        return FALSE;
      tally_pair (&tally, &shared, seed, pair);
    }
  printf ("# %-12s %3.0f %% private: right %d of %d, refused %d, silent %d; error median %.4f, p95 %.4f px; %.2f s\n",
          suite->name, 100 * share, tally.right, n, tally.refused, tally.silent,
          statistics_quantile (errors, tally.n_errors, 0.5), statistics_quantile (errors, tally.n_errors, 0.95),
          statistics_quantile (seconds, tally.n, 0.5));
  fflush (stdout);
  *pairs += n;
  *silent += tally.silent;
  pair_maker_forget (maker);
  return TRUE;
}

static gboolean
run_by_share (GError **error)
{
  static const char *const names[] = { "infrared", "xray", "ultraviolet", "xrf" };
  static const double      shares[] = { 0, 0.25, 0.5, 0.75 };
  g_autoptr (PairMaker)    maker = pair_maker_new ();
  int                      pairs = 0, silent = 0;

  for (int i = 0; i < n_suites; i++)
    for (guint k = 0; k < G_N_ELEMENTS (names); k++)
      for (guint s = 0; s < G_N_ELEMENTS (shares) && g_str_equal (suites[i].name, names[k]); s++)
        if ((suite_name == NULL || g_str_equal (suite_name, names[k]))
            && !run_share (maker, &suites[i], shares[s], count > 0 ? count : 100, &pairs, &silent, error))
          return FALSE;
  printf ("# all: %d pairs, %d silent: rate below %.5f with 95 %%\n", pairs, silent,
          statistics_upper_bound (silent, pairs, 0.95));
  return TRUE;
}

static gboolean
run (GError **error)
{
  g_autoptr (PairMaker) maker = pair_maker_new ();
  gboolean              found = FALSE;

  if (by_share)
    return run_by_share (error);
  for (int i = 0; i < n_suites; i++)
    {
      if (suite_name != NULL ? !g_str_equal (suites[i].name, suite_name) : tap && suites[i].test_count == 0)
        continue;
      found = TRUE;
      if (!(determinism ? run_determinism (maker, &suites[i], error) : run_suite (maker, &suites[i], error)))
        return FALSE;
    }
  if (!found)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "no suite “%s”", suite_name);
  return found;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("— accuracy as distributions");
  g_autoptr (GError)         error = NULL;

  setlocale (LC_ALL, "C");
  if (VIPS_INIT (argv[0]))
    return 1;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !run (&error))
    {
      fprintf (stderr, "accuracy: %s\n", error->message);
      return 1;
    }
  if (tap)
    printf ("1..%d\n", tests);
  vips_shutdown ();
  return failures == 0 ? 0 : 1;
}
