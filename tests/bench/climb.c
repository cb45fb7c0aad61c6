/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metrics and optimisers side by side: pictures of paintings, displaced by more and more, climbed back. Prints one line for
 * each pair of metric and optimiser: the median error and time from a small displacement, and how large a displacement
 * nine of ten survive (to within 1 px). No test. */
#include <math.h>
#include <stdlib.h>

#include "base/select-private.h"
#include "climb/climb-private.h"
#include "match/pose-private.h"
#include "phantom-pair.h"

#define MOST 64

static int      count = 10, side = 400;
static char    *band_nick = NULL, *model_nick = NULL, *metric_nick = NULL, *optimiser_nick = NULL;
static gdouble  private_share = 0;

static const GOptionEntry entries[] = {
  { "count", 0, 0, G_OPTION_ARG_INT, &count, "Pairs, up to 64 (default 10)", "N" },
  { "side", 0, 0, G_OPTION_ARG_INT, &side, "Of the pictures, px (default 400)", "N" },
  { "band", 0, 0, G_OPTION_ARG_STRING, &band_nick, "Of the moving picture (default visible)", "BAND" },
  { "share", 0, 0, G_OPTION_ARG_DOUBLE, &private_share, "Structure that each band has alone, 0 … 1", "S" },
  { "model", 0, 0, G_OPTION_ARG_STRING, &model_nick, "Default similarity", "MODEL" },
  { "metric", 0, 0, G_OPTION_ARG_STRING, &metric_nick, "Only this one", "NAME" },
  { "optimiser", 0, 0, G_OPTION_ARG_STRING, &optimiser_nick, "Only this one", "NAME" },
  G_OPTION_ENTRY_NULL
};

static void
pair_init (PhantomPair *pair, guint64 seed, PhantomBand band)
{
  PhantomRandom random = { seed };
  double        angle = phantom_random_uniform (&random, -0.02, 0.02), c = cos (angle), s = sin (angle);
  PmtMatrix3    truth = { { { c, -s, phantom_random_uniform (&random, -3, 3) },
                            { s, c, phantom_random_uniform (&random, -3, 3) }, { 0, 0, 1 } } };
  PhantomPairOptions options = { .seed = seed, .noise = 2 * seed, .painting = (int) (1.8 * side), .side = side,
                                 .corner = { 0.4 * side, 0.4 * side }, .moving = band, .private_share = private_share };

  phantom_pair_init (pair, &options, &truth);
}

/* A start that lies `by` (share of the side, mean over the picture) off the truth: half a shift, half a turn and a scale. */
static PmtMatrix3
displaced (const PhantomPair *pair, double by, guint64 seed)
{
  PhantomRandom random = { seed * 7919 + 3 };
  double        direction = phantom_random_uniform (&random, 0, 2 * G_PI), turn = phantom_random_normal (&random);
  double        scale = phantom_random_normal (&random), length = hypot (turn, scale), low = 0, high = 4;
  PmtMatrix3    there = pmt_matrix3_translation (-side / 2.0, -side / 2.0), m = pmt_matrix3_identity;

  for (int k = 0; k < 40; k++)
    {
      double     t = (low + high) / 2, z = exp (t * scale / length), a = t * turn / length;
      PmtMatrix3 off = { { { z * cos (a), -z * sin (a), side / 2.0 + t * 0.35 * side * cos (direction) },
                           { z * sin (a), z * cos (a), side / 2.0 + t * 0.35 * side * sin (direction) }, { 0, 0, 1 } } };

      m = pmt_matrix3_then (&there, &off);
      m = pmt_matrix3_then (&m, &pair->truth);
      if (_pmt_pose_distance (&m, &pair->truth, (PmtSize) { side, side }) < by * side)
        low = t;
      else
        high = t;
    }
  return m;
}

static int
climb_all (const PhantomPair *pairs, double by, PmtModel model, PmtMetric metric, PmtOptimiser optimiser, double *error,
           double *seconds)
{
  double errors[MOST], times[MOST];
  int    right = 0;

  for (int k = 0; k < count; k++)
    {
      PmtMatrix3 start = displaced (&pairs[k], by, k + 1);
      PmtClimbed climbed;
      gint64     began = g_get_monotonic_time ();

      if (!_pmt_climb (NULL, pairs[k].fixed_pyramid, pairs[k].moving_pyramid, &start, model, metric, optimiser, &climbed, NULL))
        exit (1);
      times[k] = (g_get_monotonic_time () - began) / 1e6;
      errors[k] = _pmt_pose_distance (&climbed.matrix, &pairs[k].truth, (PmtSize) { side, side });
      right += errors[k] < 1;
    }
  *error = _pmt_quantile (errors, count, 0.5);
  *seconds = _pmt_quantile (times, count, 0.5);
  return right;
}

static void
line (const PhantomPair *pairs, PmtModel model, PmtMetric metric, PmtOptimiser optimiser)
{
  static const double steps[] = { 0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.24, 0.32 };
  double              error = NAN, seconds = NAN, reach = 0, unused[2];

  for (guint k = 0; k < G_N_ELEMENTS (steps); k++)
    {
      int right = climb_all (pairs, steps[k], model, metric, optimiser, k == 1 ? &error : &unused[0],
                             k == 1 ? &seconds : &unused[1]);

      if (10 * right < 9 * count)
        break;
      reach = steps[k];
    }
  g_print ("| %s | %s | %.3f | %.2f | %.0f |\n", pmt_metric_to_nick (metric), pmt_optimiser_to_nick (optimiser), error,
           seconds, 100 * reach);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError)         error = NULL;
  PhantomBand                band = PHANTOM_BAND_VISIBLE;
  PmtModel                   model = PMT_MODEL_SIMILARITY;
  g_autofree PhantomPair    *pairs = g_new0 (PhantomPair, MOST);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || count < 1 || count > MOST
      || (band_nick != NULL && !phantom_band_from_nick (band_nick, &band))
      || (model_nick != NULL && !pmt_model_from_nick (model_nick, &model)))
    {
      g_printerr ("climb: %s\n", error != NULL ? error->message : "bad value");
      return 2;
    }
  for (int k = 0; k < count; k++)
    pair_init (&pairs[k], 100 + k, band);
  g_print ("| metric | optimiser | error, px | time, s | reach, %% of the side |\n|---|---|---|---|---|\n");
  for (int metric = PMT_METRIC_SSD; metric <= PMT_METRIC_DD; metric++)
    for (int optimiser = PMT_OPTIMISER_BRUTE_FORCE; optimiser <= PMT_OPTIMISER_EVOLUTIONARY; optimiser++)
      if ((metric_nick == NULL || g_str_equal (metric_nick, pmt_metric_to_nick (metric)))
          && (optimiser_nick == NULL || g_str_equal (optimiser_nick, pmt_optimiser_to_nick (optimiser))))
        line (pairs, model, metric, optimiser);
  for (int k = 0; k < count; k++)
    {
      phantom_pair_clear (&pairs[k]);
    }
  return 0;
}
