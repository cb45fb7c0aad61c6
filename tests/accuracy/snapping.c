/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What snapping does to points that were set clumsily, on real pairs with landmarks (a manifest as in fixtures.c): six points at a
 * time, their partners moved by 3 px an axis at random; each is snapped with the map through the other five. By hand, for
 * docs/control-points.md. */
#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fit/point-fit.h"
#include "fit/snap-private.h"
#include "image/source-vips.h"

#define POINTS      6
#define CLUMSY      3.0     /* px an axis */
#define ROUNDS      4
#define RADIUS      12.0    /* px */
#define MOST_POINTS 500
#define SURE_BINS   4       /* of confidence, from 0.6 on */

typedef struct
{
  char   *set;
  GArray *before, *after, *snapped;      /* px: of all, of all when snapped or left, of those that were snapped */
  int     sure[SURE_BINS], right[SURE_BINS], far;
} Tally;

typedef struct
{
  PmtSnapper *snapper;
  PmtSize     fixed_size, moving_size;
  int         n;
  PmtPoint    fixed[MOST_POINTS], moving[MOST_POINTS];
} Pair;

static PmtSource *
open_source (const char *folder, JsonObject *object, const char *name)
{
  g_autofree char      *path = g_build_filename (folder, json_object_get_string_member (object, name), NULL);
  g_autoptr (VipsImage) image = pmt_vips_image_open (path, NULL);

  return image != NULL ? pmt_source_vips_new (image, PMT_LIGHT_STORED, NULL) : NULL;
}

static double
gauss (GRand *random)
{
  return sqrt (-2 * log (1 - g_rand_double (random))) * cos (2 * G_PI * g_rand_double (random));
}

static void
read_points (const char *path, Pair *pair)
{
  g_autofree char *text = NULL;
  g_auto (GStrv)   lines = NULL;

  pair->n = 0;
  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (int i = 0; lines[i] != NULL && pair->n < MOST_POINTS; i++)
    {
      PmtPoint *f = &pair->fixed[pair->n], *m = &pair->moving[pair->n];

      pair->n += sscanf (lines[i], "%lf,%lf,%lf,%lf", &f->x, &f->y, &m->x, &m->y) == 4;
    }
}

static double
distance (PmtPoint a, PmtPoint b)
{
  return hypot (a.x - b.x, a.y - b.y);
}

/* Snaps one with the map through the others. */
static void
try_point (const Pair *pair, const int *which, const PmtPoint *placed, int at, Tally *tally)
{
  PmtPoint                fixed[POINTS], moving[POINTS], truth = pair->moving[which[at]];
  PmtPointOptions         options;
  g_autoptr (PmtPointFit) fit = NULL;
  PmtSnap                 snap;
  double                  before = distance (placed[at], truth), after;
  int                     n = 0;

  for (int k = 0; k < POINTS; k++)
    if (k != at)
      {
        fixed[n] = pair->fixed[which[k]];
        moving[n++] = placed[k];
      }
  pmt_point_options_init (&options);
  fit = pmt_point_fit_new (n, fixed, moving, pair->fixed_size, pair->moving_size, &options, NULL);
  if (fit == NULL
      || !pmt_snap (pair->snapper, NULL, fit->transform, pair->fixed[which[at]], placed[at], RADIUS, &snap, NULL))
    return;
  after = distance (snap.moving, truth);
  tally->far += distance (snap.moving, placed[at]) > RADIUS;
  g_array_append_val (tally->before, before);
  g_array_append_val (tally->after, after);
  if (snap.found)
    {
      int bin = CLAMP ((int) ((snap.confidence - 0.6) * 10), 0, SURE_BINS - 1);

      g_array_append_val (tally->snapped, after);
      tally->sure[bin]++;
      tally->right[bin] += after < 1;
    }
}

static void
try_pair (const Pair *pair, Tally *tally)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);

  for (int round = 0; round < ROUNDS && pair->n >= POINTS; round++)
    {
      g_autofree int *order = g_new (int, pair->n);
      PmtPoint        placed[POINTS];

      for (int i = 0; i < pair->n; i++)
        order[i] = i;
      for (int k = 0; k < POINTS; k++)
        {
          int j = g_rand_int_range (random, k, pair->n), swap = order[k];

          order[k] = order[j];
          order[j] = swap;
          placed[k] = (PmtPoint) { pair->moving[order[k]].x + CLUMSY * gauss (random),
                                   pair->moving[order[k]].y + CLUMSY * gauss (random) };
        }
      for (int k = 0; k < POINTS; k++)
        try_point (pair, order, placed, k, tally);
    }
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double s = *(const double *) a, t = *(const double *) b;

  return s < t ? -1 : s > t;
}

static double
median (GArray *values)
{
  g_array_sort (values, compare);
  return values->len > 0 ? g_array_index (values, double, values->len / 2) : NAN;
}

static void
print (gpointer key, gpointer value, gpointer data)
{
  Tally *t = value;
  int    wrong = 0;

  for (guint i = 0; i < t->snapped->len; i++)
    wrong += g_array_index (t->snapped, double, i) > 3;
  printf ("| %s | %u | %.2f | %.2f | %.0f %% | %.2f | %.1f %% | %d |\n", t->set, t->before->len, median (t->before),
          median (t->after), 100.0 * t->snapped->len / MAX (t->before->len, 1), median (t->snapped),
          100.0 * wrong / MAX (t->snapped->len, 1), t->far);
}

static void
print_sureness (GHashTable *tallies)
{
  GHashTableIter iter;
  gpointer       value;

  for (int bin = 0; bin < SURE_BINS; bin++)
    {
      int sure = 0, right = 0;

      g_hash_table_iter_init (&iter, tallies);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        {
          sure += ((Tally *) value)->sure[bin];
          right += ((Tally *) value)->right[bin];
        }
      printf ("confidence %.1f …: %d points, %.0f %% within 1 px\n", 0.6 + 0.1 * bin, sure, 100.0 * right / MAX (sure, 1));
    }
}

static Tally *
tally_of (GHashTable *tallies, const char *set)
{
  Tally *tally = g_hash_table_lookup (tallies, set);

  if (tally == NULL)
    {
      tally = g_new0 (Tally, 1);
      tally->set = g_strdup (set);
      tally->before = g_array_new (FALSE, FALSE, sizeof (double));
      tally->after = g_array_new (FALSE, FALSE, sizeof (double));
      tally->snapped = g_array_new (FALSE, FALSE, sizeof (double));
      g_hash_table_insert (tallies, tally->set, tally);
    }
  return tally;
}

static void
try_entry (JsonArray *array, guint index, JsonNode *node, gpointer data)
{
  gpointer             *both = data;
  const char           *folder = both[1];
  JsonObject           *object = json_node_get_object (node);
  g_autofree char      *points = g_build_filename (folder, json_object_get_string_member (object, "points"), NULL);
  g_autoptr (PmtSource) fixed = open_source (folder, object, "fixed"), moving = open_source (folder, object, "moving");
  g_autofree Pair      *pair = g_new0 (Pair, 1);

  if (fixed == NULL || moving == NULL || (pair->snapper = pmt_snapper_new (NULL, fixed, moving, NULL)) == NULL)
    return;
  read_points (points, pair);
  pair->fixed_size = (PmtSize) { pmt_source_get_width (fixed), pmt_source_get_height (fixed) };
  pair->moving_size = (PmtSize) { pmt_source_get_width (moving), pmt_source_get_height (moving) };
  try_pair (pair, tally_of (both[0], json_object_get_string_member (object, "set")));
  pmt_snapper_free (pair->snapper);
}

int
main (int argc, char **argv)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GHashTable) tallies = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char       *folder = NULL;
  g_autoptr (GError)     error = NULL;

  setlocale (LC_ALL, "C");
  if (argc != 2 || VIPS_INIT (argv[0]) != 0 || !json_parser_load_from_file (parser, argv[1], &error))
    {
      fprintf (stderr, "snapping MANIFEST: %s\n", error != NULL ? error->message : "a list of pairs");
      return 1;
    }
  folder = g_path_get_dirname (argv[1]);
  json_array_foreach_element (json_node_get_array (json_parser_get_root (parser)), try_entry,
                              (gpointer[]) { tallies, folder });
  printf ("| set | points | before | after | snapped | of these | off by more than 3 px | beyond the radius |\n");
  printf ("|---|---|---|---|---|---|---|---|\n");
  g_hash_table_foreach (tallies, print, NULL);
  print_sureness (tallies);
  return 0;
}
