/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every metric with every model and every optimiser: from a known displacement, nearer to the truth. And what must not
 * happen: leaving the frame, another kind of map than asked for, other bits with more threads. */
#include <math.h>

#include "base/error.h"
#include "climb/climb-private.h"
#include "match/pose-private.h"
#include "briefly.h"
#include "phantom-pair.h"

#define SIDE   128
#define WITHIN 0.5    /* px, of displacements of 3 to 7; the pictures are small and noisy, and edges of unlike ones differ */


/* The moving camera stands off by a map of the model's kind. */
static void
scene_init (PhantomPair *s, guint64 seed, PhantomBand band, PmtModel model)
{
  static const PmtMatrix3 off[] = {
    [PMT_MODEL_TRANSLATION] = { { { 1, 0, 5.3 }, { 0, 1, -4.1 }, { 0, 0, 1 } } },
    [PMT_MODEL_RIGID] = { { { 0.99875, -0.04998, 7 }, { 0.04998, 0.99875, -8 }, { 0, 0, 1 } } },
    [PMT_MODEL_SIMILARITY] = { { { 1.03, -0.04, 2 }, { 0.04, 1.03, -7 }, { 0, 0, 1 } } },
    [PMT_MODEL_AFFINE] = { { { 1.03, -0.02, 2 }, { 0.05, 0.97, -1 }, { 0, 0, 1 } } },
    [PMT_MODEL_HOMOGRAPHY] = { { { 1.03, -0.02, 2 }, { 0.05, 0.98, -1 }, { 1.5e-4, -1e-4, 1 } } },
  };
  PhantomPairOptions options = { .seed = seed, .noise = 1, .painting = 400, .side = SIDE, .corner = { 90, 100 },
                                 .moving = band };

  phantom_pair_init (s, &options, &off[model]);
}

static double
distance (const PmtMatrix3 *a, const PmtMatrix3 *b)
{
  return _pmt_pose_distance (a, b, (PmtSize) { SIDE, SIDE });
}

/* Every metric and model with the optimisers that follow slopes; those that look everywhere take ten times as long and come up with
 * each metric and each model, but not with each pair of them. Nor do the others where it is to be brief. */
static gboolean
is_tried (int model, int metric, int optimiser)
{
  gboolean everywhere = optimiser == PMT_OPTIMISER_BRUTE_FORCE || optimiser == PMT_OPTIMISER_EVOLUTIONARY;

  return (model + metric + optimiser) % (BRIEFLY ? 7 : everywhere ? 3 : 1) == 0;
}

static void
every_combination (PhantomBand band, const PmtMetric *metrics, int n)
{
  for (int model = PMT_MODEL_TRANSLATION; model <= PMT_MODEL_HOMOGRAPHY; model++)
    {
      PhantomPair s;

      scene_init (&s, 11, band, model);
      for (int k = 0; k < n; k++)
        for (int optimiser = PMT_OPTIMISER_BRUTE_FORCE; optimiser <= PMT_OPTIMISER_EVOLUTIONARY; optimiser++)
          {
            PmtClimbed c;
            double     before = distance (&pmt_matrix3_identity, &s.truth), after;
            gint64     began = g_get_monotonic_time ();

            if (!is_tried (model, k, optimiser))
              continue;
            g_assert_true (_pmt_climb (NULL, s.fixed_pyramid, s.moving_pyramid, &pmt_matrix3_identity, model, metrics[k],
                                       optimiser, &c, NULL));
            after = distance (&c.matrix, &s.truth);
            g_test_message ("%s %s %s: %.2f → %.3f px, %d evaluations, %.2f s", pmt_metric_to_nick (metrics[k]),
                            pmt_model_to_nick (model), pmt_optimiser_to_nick (optimiser), before, after,
                            c.evaluations, (g_get_monotonic_time () - began) / 1e6);
            g_assert_true (c.improved);
            g_assert_cmpint (c.model, ==, model);
            g_assert_cmpfloat (after, <, WITHIN);
          }
      phantom_pair_clear (&s);
    }
}

static void
test_like (void)
{
  static const PmtMetric metrics[] = { PMT_METRIC_SSD, PMT_METRIC_NCC, PMT_METRIC_LOCAL_NCC, PMT_METRIC_DD };

  every_combination (PHANTOM_BAND_VISIBLE, metrics, G_N_ELEMENTS (metrics));
}

static void
test_unlike (void)
{
  static const PmtMetric metrics[] = { PMT_METRIC_LOCAL_NCC, PMT_METRIC_NMI, PMT_METRIC_NGF, PMT_METRIC_MIND };

  every_combination (PHANTOM_BAND_INFRARED, metrics, G_N_ELEMENTS (metrics));
}

/* The map stays of the model's kind, whatever the start was. */
static void
test_class (void)
{
  PmtMatrix3 start = { { { 1.01, -0.02, 3 }, { 0.03, 0.99, -2 }, { 2e-5, -2e-5, 1 } } };
  PhantomPair s;

  scene_init (&s, 12, PHANTOM_BAND_VISIBLE, PMT_MODEL_HOMOGRAPHY);
  for (int model = PMT_MODEL_TRANSLATION; model <= PMT_MODEL_AFFINE; model++)
    {
      PmtClimbed c;
      PmtMatrix3 h;

      g_assert_true (_pmt_climb (NULL, s.fixed_pyramid, s.moving_pyramid, &start, model, PMT_METRIC_NCC,
                                 PMT_OPTIMISER_LBFGS, &c, NULL));
      h = pmt_matrix3_normalised (&c.matrix);
      g_assert_cmpfloat (fabs (h.m[2][0]) + fabs (h.m[2][1]), <, 1e-12);
      if (model <= PMT_MODEL_SIMILARITY)
        g_assert_cmpfloat (fabs (h.m[0][0] - h.m[1][1]) + fabs (h.m[0][1] + h.m[1][0]), <, 1e-9);
      if (model <= PMT_MODEL_RIGID)
        g_assert_cmpfloat_with_epsilon (hypot (h.m[0][0], h.m[1][0]), 1, 1e-9);
      if (model == PMT_MODEL_TRANSLATION)
        g_assert_cmpfloat_with_epsilon (h.m[0][0], 1, 1e-9);
    }
  phantom_pair_clear (&s);
}

static void
test_threads (void)
{
  PhantomPair s;

  scene_init (&s, 13, PHANTOM_BAND_INFRARED, PMT_MODEL_SIMILARITY);
  for (int optimiser = PMT_OPTIMISER_BRUTE_FORCE; optimiser <= PMT_OPTIMISER_EVOLUTIONARY; optimiser++)
    {
      PmtClimbed c[2];

      for (int t = 0; t < 2; t++)
        {
          g_autoptr (PmtContext) context = pmt_context_new ();

          pmt_context_set_threads (context, 1 + t);
          g_assert_true (_pmt_climb (context, s.fixed_pyramid, s.moving_pyramid, &pmt_matrix3_identity,
                                     PMT_MODEL_SIMILARITY, PMT_METRIC_NGF, optimiser, &c[t], NULL));
        }
      g_assert_cmpmem (&c[0].matrix, sizeof c[0].matrix, &c[1].matrix, sizeof c[1].matrix);
    }
  phantom_pair_clear (&s);
}

/* Pictures of two paintings: nothing to find, and still the two must overlap by what the floor says. */
static void
test_stays_in_the_frame (void)
{
  PhantomPair a, b;

  scene_init (&a, 21, PHANTOM_BAND_VISIBLE, PMT_MODEL_TRANSLATION);
  scene_init (&b, 22, PHANTOM_BAND_INFRARED, PMT_MODEL_TRANSLATION);
  for (int metric = PMT_METRIC_SSD; metric <= PMT_METRIC_DD; metric++)
    for (int optimiser = PMT_OPTIMISER_BRUTE_FORCE; optimiser <= PMT_OPTIMISER_LBFGS; optimiser += 2)
      {
        PmtClimbed c;
        PmtOverlap overlap;
        PmtSize    size = { SIDE, SIDE };

        g_assert_true (_pmt_climb (NULL, a.fixed_pyramid, b.moving_pyramid, &pmt_matrix3_identity,
                                   PMT_MODEL_AFFINE, metric, optimiser, &c, NULL));
        g_assert_true (_pmt_pose_overlap (&c.matrix, size, size, &overlap));
        g_assert_cmpfloat (overlap.share, >, 0.12);
        g_assert_true (_pmt_pose_is_sane (&c.matrix, &overlap.box));
      }
  phantom_pair_clear (&a);
  phantom_pair_clear (&b);
}

/* From the truth there is nowhere better to go; from nowhere there is nothing to climb. */
static void
test_starts (void)
{
  PmtMatrix3 away = pmt_matrix3_translation (1000, 0);
  PmtClimbed c;
  PhantomPair s;

  scene_init (&s, 11, PHANTOM_BAND_VISIBLE, PMT_MODEL_SIMILARITY);
  g_assert_true (_pmt_climb (NULL, s.fixed_pyramid, s.moving_pyramid, &s.truth, PMT_MODEL_AUTO, PMT_METRIC_NCC,
                             PMT_OPTIMISER_LBFGS, &c, NULL));
  g_assert_true (c.improved);
  g_assert_cmpint (c.model, ==, PMT_MODEL_SIMILARITY);
  g_assert_cmpfloat (distance (&c.matrix, &s.truth), <, 0.1);
  g_assert_true (_pmt_climb (NULL, s.fixed_pyramid, s.moving_pyramid, &away, PMT_MODEL_AUTO, PMT_METRIC_NCC,
                             PMT_OPTIMISER_LBFGS, &c, NULL));
  g_assert_false (c.improved);
  g_assert_cmpfloat (distance (&c.matrix, &away), <, 1e-6);
  g_assert_true (isnan (c.score_before));
  phantom_pair_clear (&s);
}

static gpointer
cancel_soon (gpointer cancellable)
{
  g_usleep (30000);
  g_cancellable_cancel (cancellable);
  return NULL;
}

static void
test_cancel (void)
{
  PhantomPair s;

  scene_init (&s, 11, PHANTOM_BAND_VISIBLE, PMT_MODEL_HOMOGRAPHY);
  for (int optimiser = PMT_OPTIMISER_BRUTE_FORCE; optimiser <= PMT_OPTIMISER_EVOLUTIONARY; optimiser++)
    for (int late = 0; late < 2; late++)
      {
        g_autoptr (GCancellable) cancellable = g_cancellable_new ();
        g_autoptr (PmtContext)   context = pmt_context_new ();
        g_autoptr (GError)       error = NULL;
        g_autoptr (GThread)      thread = NULL;
        PmtClimbed               c;

        pmt_context_set_cancellable (context, cancellable);
        if (late)
          thread = g_thread_new ("cancel", cancel_soon, cancellable);
        else
          g_cancellable_cancel (cancellable);
        g_assert_false (_pmt_climb (context, s.fixed_pyramid, s.moving_pyramid, &pmt_matrix3_identity,
                                    PMT_MODEL_HOMOGRAPHY, PMT_METRIC_MIND, optimiser, &c, &error));
        g_assert_error (error, PMT_ERROR, PMT_ERROR_CANCELLED);
        if (late)
          g_thread_join (g_steal_pointer (&thread));
      }
  phantom_pair_clear (&s);
}

static void
test_nicks (void)
{
  PmtOptimiser optimiser;

  for (int k = PMT_OPTIMISER_NONE; k <= PMT_OPTIMISER_EVOLUTIONARY; k++)
    {
      g_assert_true (pmt_optimiser_from_nick (pmt_optimiser_to_nick (k), &optimiser));
      g_assert_cmpint (optimiser, ==, k);
    }
  g_assert_false (pmt_optimiser_from_nick ("lbfgs", &optimiser));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/climb/like", test_like);
  g_test_add_func ("/climb/unlike", test_unlike);
  g_test_add_func ("/climb/class", test_class);
  g_test_add_func ("/climb/threads", test_threads);
  g_test_add_func ("/climb/stays-in-the-frame", test_stays_in_the_frame);
  g_test_add_func ("/climb/starts", test_starts);
  g_test_add_func ("/climb/cancel", test_cancel);
  g_test_add_func ("/climb/nicks", test_nicks);
  return g_test_run ();
}
