/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real pairs with landmarks, where they are at hand: a manifest as JSON, a list of objects with id, fixed, moving, points
 * (paths beside the manifest) and tolerance (px); points are lines "fixed_x,fixed_y,moving_x,moving_y". A pair is right
 * when the mean distance of its mapped points from where they should be is below its tolerance. */
#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "image/source-vips.h"
#include "held.h"
#include "register.h"
#include "statistics.h"

#define GOAL_RIGHT (48.0 / 53)
#define RISK       0.05
#define SKIPPED    77

static int      every = 1;
static gboolean tap, verbose;
static char    *only, *raw_name;

static const GOptionEntry entries[] =
{
  { "every", 'e', 0, G_OPTION_ARG_INT, &every, "Every Nth pair only (1)", "N" },
  { "only", 0, 0, G_OPTION_ARG_STRING, &only, "Pairs whose id holds this", "TEXT" },
  { "raw", 0, 0, G_OPTION_ARG_STRING, &raw_name, "Write every point's error and prediction there", "FILE" },
  { "tap", 0, 0, G_OPTION_ARG_NONE, &tap, "Assert, and report as the Test Anything Protocol", NULL },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "Reasons too", NULL },
  { NULL }
};

typedef struct
{
  const char *folder;
  int         n, right, silent, refused, broken;
  double     *ratios;    /* error / tolerance */
  Held        held;      /* of the right ones */
  double     *seconds;
} Tally;

/* The points of a CSV: fixed and moving by turns. */
static GArray *
read_points (const char *path, GError **error)
{
  g_autofree char   *text = NULL;
  g_auto (GStrv)     lines = NULL;
  g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (PmtPoint));

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i] != NULL; i++)
    {
      PmtPoint p[2];

      if (sscanf (lines[i], "%lf,%lf,%lf,%lf", &p[0].x, &p[0].y, &p[1].x, &p[1].y) == 4)
        g_array_append_vals (points, p, 2);
    }
  if (points->len == 0)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "%s: no points", path);
      return NULL;
    }
  return g_steal_pointer (&points);
}

static double
mean_error (const PmtTransform *transform, const GArray *points)
{
  double sum = 0;

  for (guint i = 0; i < points->len; i += 2)
    {
      PmtPoint from = g_array_index (points, PmtPoint, i), to = g_array_index (points, PmtPoint, i + 1), mapped;
      double   distance;

      pmt_transform_map (transform, 1, &from, &mapped);
      distance = hypot (mapped.x - to.x, mapped.y - to.y);
      sum += isfinite (distance) ? distance : HUGE_VAL;
    }
  return sum / (points->len / 2);
}

/* Whether the errors at the points are as large as was said. */
static void
hold (Held *held, const char *id, const PmtRegistration *result, const GArray *points)
{
  int                  n = points->len / 2;
  g_autofree PmtPoint *places = g_new (PmtPoint, n);
  g_autofree double   *misses = g_new (double, n);

  for (int i = 0; i < n; i++)
    {
      PmtPoint to = g_array_index (points, PmtPoint, 2 * i + 1), mapped;

      places[i] = g_array_index (points, PmtPoint, 2 * i);
      pmt_transform_map (result->transform, 1, &places[i], &mapped);
      misses[i] = hypot (mapped.x - to.x, mapped.y - to.y);
    }
  held_add (held, id, &result->errors, (double[]) { result->error_median, result->error_p90, result->error_p95 }, n,
            places, misses);
}

static PmtSource *
open_source (const char *folder, JsonObject *pair, const char *member, GError **error)
{
  g_autofree char      *path = g_build_filename (folder, json_object_get_string_member_with_default (pair, member, ""), NULL);
  g_autoptr (VipsImage) image = pmt_vips_image_open (path, error);

  return image != NULL ? pmt_source_vips_new (image, PMT_LIGHT_STORED, error) : NULL;
}

static void
print_reasons (const PmtRegistration *result)
{
  for (guint i = 0; i < result->reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (result->reasons, i);

      printf ("#     %s %-14s %.4g (threshold %.4g)\n", reason->passed ? "+" : "-", reason->code, reason->value,
              reason->threshold);
    }
}

static gboolean
try_pair (Tally *tally, JsonObject *pair, GError **error)
{
  const char                 *id = json_object_get_string_member_with_default (pair, "id", "?");
  double                      tolerance = json_object_get_double_member_with_default (pair, "tolerance", 0);
  g_autofree char            *path = g_build_filename (tally->folder,
                                                       json_object_get_string_member_with_default (pair, "points", ""), NULL);
  g_autoptr (GArray)          points = read_points (path, error);
  g_autoptr (PmtSource)       fixed = points ? open_source (tally->folder, pair, "fixed", error) : NULL;
  g_autoptr (PmtSource)       moving = fixed ? open_source (tally->folder, pair, "moving", error) : NULL;
  gint64                      started = g_get_monotonic_time ();
  PmtRegisterOptions          options;
  g_autoptr (PmtRegistration) result = NULL;
  gboolean                    ok, right;
  double                      off;

  if (moving == NULL)
    return FALSE;
  pmt_register_options_init (&options);
  result = pmt_register (NULL, fixed, moving, &options, error);
  if (result == NULL)
    return FALSE;
  off = mean_error (result->transform, points);
  right = off < tolerance;
  ok = result->verdict == PMT_VERDICT_OK;
  tally->ratios[tally->n] = off / tolerance;
  tally->seconds[tally->n++] = (g_get_monotonic_time () - started) / 1e6;
  tally->right += right;
  if (right)
    hold (&tally->held, id, result, points);
  tally->silent += ok && !right;
  tally->refused += !ok && right;
  printf ("#   %-60s %-9s %8.2f px (tolerance %.2f) %s %.2f s%s\n", id, pmt_verdict_to_nick (result->verdict), off,
          tolerance, pmt_model_to_nick (result->model), tally->seconds[tally->n - 1],
          right ? "" : ok ? "  ← SILENTLY WRONG" : "  ← missed");
  if (verbose)
    print_reasons (result);
  fflush (stdout);
  return TRUE;
}

static void
report (Tally *t)
{
  int least = statistics_least_successes (t->n, GOAL_RIGHT, RISK);

  printf ("# n %d, right %d, silent %d (rate below %.3f with 95 %%), refused %d; median error %.2f of the tolerance; "
          "seconds: median %.2f, max %.2f\n", t->n, t->right, t->silent, statistics_upper_bound (t->silent, t->n, 0.95),
          t->refused, statistics_quantile (t->ratios, t->n, 0.5), statistics_quantile (t->seconds, t->n, 0.5),
          statistics_quantile (t->seconds, t->n, 1));
  held_print (&t->held, "predicted errors of the right ones");
  if (!tap)
    return;
  printf ("%s 1 - fixtures: %d pairs could not be tried\n", t->broken == 0 ? "ok" : "not ok", t->broken);
  printf ("%s 2 - fixtures: %d of %d silently wrong\n", t->silent == 0 ? "ok" : "not ok", t->silent, t->n);
  printf ("%s 3 - fixtures: %d of %d right, at least %d asked for\n1..3\n", t->right >= least ? "ok" : "not ok", t->right,
          t->n, least);
}

static gboolean
run (const char *manifest, gboolean *passed, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autofree char       *folder = g_path_get_dirname (manifest);
  g_autofree double     *ratios = NULL, *seconds = NULL;
  Tally                  tally = { .folder = folder };
  JsonArray             *pairs;

  if (!json_parser_load_from_file (parser, manifest, error))
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (json_parser_get_root (parser)))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "%s: not a list", manifest);
      return FALSE;
    }
  tally.held.raw = raw_name != NULL ? fopen (raw_name, "w") : NULL;
  pairs = json_node_get_array (json_parser_get_root (parser));
  tally.ratios = ratios = g_new0 (double, json_array_get_length (pairs) + 1);
  tally.seconds = seconds = g_new0 (double, json_array_get_length (pairs) + 1);
  for (guint i = 0; i < json_array_get_length (pairs); i += MAX (every, 1))
    {
      JsonObject        *pair = json_array_get_object_element (pairs, i);
      g_autoptr (GError) trouble = NULL;

      if (only != NULL && strstr (json_object_get_string_member_with_default (pair, "id", ""), only) == NULL)
        continue;
      if (!try_pair (&tally, pair, &trouble))
        {
          tally.broken++;
          printf ("#   %s: %s\n", json_object_get_string_member_with_default (pair, "id", "?"), trouble->message);
        }
    }
  report (&tally);
  if (tally.held.raw != NULL)
    fclose (tally.held.raw);
  *passed = tally.silent == 0 && tally.broken == 0
            && tally.right >= statistics_least_successes (tally.n, GOAL_RIGHT, RISK);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("MANIFEST — registration of real pairs with landmarks");
  g_autoptr (GError)         error = NULL;
  gboolean                   passed = FALSE;

  setlocale (LC_ALL, "C");
  if (VIPS_INIT (argv[0]))
    return 1;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "fixtures: %s\n", error->message);
      return 2;
    }
  if (argc != 2 || !g_file_test (argv[1], G_FILE_TEST_EXISTS))
    {
      printf ("1..0 # SKIP no manifest of real pairs at %s\n", argc == 2 ? argv[1] : "(none named)");
      return tap ? 0 : SKIPPED;   /* a plan of no tests is TAP's way to say skipped */
    }
  if (!run (argv[1], &passed, &error))
    {
      fprintf (stderr, "fixtures: %s\n", error->message);
      return 1;
    }
  vips_shutdown ();
  return passed ? 0 : 1;
}
