/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is what is called "0.3 px at 95 %" that, 95 times of 100? Phantom pairs with exact truth, refined from a place nearby
 * as the search leaves them; then every stated radius is held against the errors.
 *
 * With --tap each suite is a test: the shares held may differ from those said by 3 points and by what chance does with so
 * few pairs, three standard errors (of the pairs' own scatter: places of one pair err together). */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <vips/vips.h>

#include "fit/error-model-private.h"
#include "fit/refine-private.h"
#include "held.h"
#include "pairs.h"

#define GRID      8
#define ALLOWANCE 0.03
#define LEAST_SE  0.02     /* a scatter that comes out smaller from so few pairs is luck */

static char    *suite_name, *raw_name;
static int      count = 60, step = 1, first;
static gboolean tap;

static const GOptionEntry entries[] =
{
  { "suite", 0, 0, G_OPTION_ARG_STRING, &suite_name, "Only this suite", "NAME" },
  { "count", 'n', 0, G_OPTION_ARG_INT, &count, "Pairs in each suite (60)", "N" },
  { "seed", 's', 0, G_OPTION_ARG_INT, &first, "First pair's seed (0)", "N" },
  { "step", 0, 0, G_OPTION_ARG_INT, &step, "From one seed to the next (1)", "N" },
  { "raw", 0, 0, G_OPTION_ARG_STRING, &raw_name, "Write every place's error and prediction there", "FILE" },
  { "tap", 0, 0, G_OPTION_ARG_NONE, &tap, "Assert, and report as the Test Anything Protocol", NULL },
  { NULL }
};

static gboolean
add_pair (Held *held, const Suite *suite, int seed, const Pair *pair, GError **error)
{
  PhantomRandom          random = { 5000 + (guint64) seed };
  g_autoptr (PmtPyramid) fixed = _pmt_pyramid_new (NULL, pair->fixed, NULL, error);
  g_autoptr (PmtPyramid) moving = fixed ? _pmt_pyramid_new (NULL, pair->moving, NULL, error) : NULL;
  PmtMatrix3             off = pmt_matrix3_translation (phantom_random_uniform (&random, -0.6, 0.6),
                                                        phantom_random_uniform (&random, -0.6, 0.6));
  PmtMatrix3             start = pmt_matrix3_then (&pair->truth, &off);
  g_auto (PmtRefined)    refined = { 0 };
  PmtPoint               places[GRID * GRID];
  double                 misses[GRID * GRID];
  g_autofree char       *name = g_strdup_printf ("%s/%d", suite->name, seed);
  int                    n = 0;

  if (moving == NULL
      || !_pmt_refine (NULL, fixed, moving, &start, PMT_MODEL_AUTO, PMT_MODALITY_AUTO, &refined, error))
    return FALSE;
  for (int k = 0; k < GRID * GRID; k++)
    {
      PmtPoint p = { fixed->width * (k % GRID + 0.5) / GRID, fixed->height * (k / GRID + 0.5) / GRID };
      PmtPoint q = pmt_matrix3_map (&pair->truth, p), r = pmt_matrix3_map (&refined.matrix, p);

      if (!(q.x >= 0 && q.y >= 0 && q.x <= moving->width && q.y <= moving->height))
        continue;
      places[n] = p;
      misses[n++] = hypot (r.x - q.x, r.y - q.y);
    }
  held_add (held, name, &refined.errors, (double[]) { refined.error_median, refined.error_p90, refined.error_p95 }, n,
            places, misses);
  return TRUE;
}

static int tests, failures;

static void
assert_held (const Held *held, const char *suite)
{
  for (int level = 0; level < HELD_LEVELS; level++)
    {
      double   error, share = held_share (held->over, held->over_squares, level, held->pairs, &error);
      double   allowed = ALLOWANCE + 3 * MAX (error, LEAST_SE);
      gboolean passed = held->pairs > 0 && fabs (share - held_levels[level]) <= allowed;

      failures += !passed;
      printf ("%s %d - %s: said %.0f %%, held %.1f %%, %.1f points allowed\n", passed ? "ok" : "not ok", ++tests, suite,
              100 * held_levels[level], 100 * share, 100 * allowed);
    }
}

static gboolean
run (GError **error)
{
  g_autoptr (PairMaker) maker = pair_maker_new ();
  FILE                 *raw = raw_name ? fopen (raw_name, "w") : NULL;

  for (int k = 0; k < n_suites; k++)
    {
      const Suite *suite = &suites[k];
      Held         held = { .raw = raw };

      if (suite_name != NULL ? !g_str_equal (suite->name, suite_name) : suite->unrelated || suite->test_count == 0)
        continue;
      for (int i = 0; i < count; i++)
        {
          g_autoptr (Pair) pair = pair_maker_make (maker, NULL, suite, first + i * step, error);

          if (pair == NULL || !add_pair (&held, suite, first + i * step, pair, error))
            return FALSE;
        }
      held_print (&held, suite->name);
      if (tap)
        assert_held (&held, suite->name);
      fflush (stdout);
    }
  if (raw != NULL)
    fclose (raw);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("— are predicted errors as large as they are said to be?");
  g_autoptr (GError)         error = NULL;

  setlocale (LC_ALL, "C");
  if (VIPS_INIT (argv[0]))
    return 1;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !run (&error))
    {
      fprintf (stderr, "calibration: %s\n", error->message);
      return 1;
    }
  if (tap)
    printf ("1..%d\n", tests);
  vips_shutdown ();
  return failures ? 1 : 0;
}
