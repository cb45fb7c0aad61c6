/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metrics: best at the truth, right derivatives, nothing of what is masked, the same bits with any threads. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "climb/climb-private.h"
#include "briefly.h"
#include "phantom-pair.h"

#define SIDE 256

static const PmtMetric like[] = { PMT_METRIC_SSD, PMT_METRIC_NCC, PMT_METRIC_LOCAL_NCC, PMT_METRIC_NMI,
                                  PMT_METRIC_NGF, PMT_METRIC_MIND, PMT_METRIC_DD };
static const PmtMetric unlike[] = { PMT_METRIC_LOCAL_NCC, PMT_METRIC_NMI, PMT_METRIC_NGF, PMT_METRIC_MIND };

/* Two views of one painting, a turn, a scale and a shift apart. */
static void
scene_init (PhantomPair *s, guint64 seed, PhantomBand band)
{
  PhantomPairOptions options = { .seed = seed, .noise = 1, .painting = 500, .side = SIDE, .corner = { 120, 130 },
                                 .moving = band };
  PmtMatrix3         fixed = pmt_matrix3_translation (120, 130), truth;
  PmtMatrix3         moving = { { { 1.02, -0.05, 126 }, { 0.05, 1.02, 119 }, { 0, 0, 1 } } };

  pmt_matrix3_invert (&moving, &truth);
  truth = pmt_matrix3_then (&fixed, &truth);
  phantom_pair_init (s, &options, &truth);
}

/* An objective about the truth; `before` is 5 px off. */
static PmtObjective *
objective (const PhantomPair *s, PmtContext *context, PmtMetric metric, PmtModel model, int size)
{
  PmtMatrix3     off = pmt_matrix3_translation (5, -3), before = pmt_matrix3_then (&off, &s->truth);
  PmtMetricPair *pair = _pmt_metric_pair_new (context, _pmt_metric_class (metric), s->fixed_pyramid, s->moving_pyramid,
                                              &s->truth, &before, size, 0.1, NULL);
  PmtObjective  *o = _pmt_objective_new (pair, model, &s->truth, 0.25, NULL);

  g_assert_nonnull (o);
  return o;
}

static void
objective_clear (PmtObjective *o)
{
  _pmt_metric_pair_free (o->pair);
  _pmt_objective_free (o);
}

/* Worse a pixel off in every direction and worse still, or as bad, further out; best within a third of a pixel of the
 * truth: noise, and in unlike bands edges that are drawn elsewhere, move it by that much on one level. */
static void
best_at_truth (const PhantomPair *s, PmtMetric metric)
{
  PmtObjective *o = objective (s, NULL, metric, PMT_MODEL_SIMILARITY, 160);
  double        zero[PMT_CLIMB_MAX_SIZE] = { 0 }, here = _pmt_objective_cost (o, zero, NULL);

  for (int k = 0; k < o->size; k++)
    for (int sign = -1; sign <= 1; sign += 2)
      {
        double at[PMT_CLIMB_MAX_SIZE] = { 0 }, near, best = here, where = 0;

        at[k] = sign;
        near = _pmt_objective_cost (o, at, NULL);
        g_assert_cmpfloat (near, >, here);
        at[k] = 3 * sign;
        g_assert_cmpfloat (_pmt_objective_cost (o, at, NULL), >, near);
        for (at[k] = 0.05 * sign; fabs (at[k]) < 1; at[k] += 0.05 * sign)
          {
            double cost = _pmt_objective_cost (o, at, NULL);

            if (cost < best)
              {
                best = cost;
                where = at[k];
              }
          }
        g_assert_cmpfloat (fabs (where), <, 0.34);
      }
  objective_clear (o);
}

static void
test_best_at_truth (void)
{
  for (guint64 seed = 11; seed < (BRIEFLY ? 12 : 14); seed++)
    {
      PhantomPair s;

      scene_init (&s, seed, PHANTOM_BAND_VISIBLE);
      for (guint k = 0; k < G_N_ELEMENTS (like); k++)
        best_at_truth (&s, like[k]);
      phantom_pair_clear (&s);
      for (int band = 0; band < 2; band++)
        {
          scene_init (&s, seed, band == 0 ? PHANTOM_BAND_INFRARED : PHANTOM_BAND_XRAY);
          for (guint k = 0; k < G_N_ELEMENTS (unlike); k++)
            best_at_truth (&s, unlike[k]);
          phantom_pair_clear (&s);
        }
    }
}

/* The analytic gradient against central differences, at poses that are not the best; the overlap's part included, as
 * the frame cuts the picture. */
static void
test_gradients (void)
{
  static const double places[][PMT_CLIMB_MAX_SIZE] = {
    { 1.3, -0.7, 0.5, 0.4, -0.6, 0.3, 0.5, -0.4 }, { -2.1, 1.6, -0.8, 0.3, 0.9, -0.4, -0.6, 0.2 },
    { 30, 25, 1, -1, 0.5, 0.5, 0.2, 0.3 },
  };
  PhantomPair s;

  scene_init (&s, 11, PHANTOM_BAND_INFRARED);
  for (guint k = 0; k < G_N_ELEMENTS (like); k++)
    for (int model = PMT_MODEL_TRANSLATION; model <= PMT_MODEL_HOMOGRAPHY; model++)
      for (guint p = 0; p < G_N_ELEMENTS (places); p++)
        {
          PmtObjective *o = objective (&s, NULL, like[k], model, 128);
          double        gradient[PMT_CLIMB_MAX_SIZE], length = 0, wrong = 0;

          if (!o->pair->klass->analytic)
            {
              objective_clear (o);
              continue;
            }
          o->floor = p == 2 ? 0.9 : 0.25;   /* in the last place, the penalty counts too */
          _pmt_objective_cost (o, places[p], gradient);
          for (int i = 0; i < o->size; i++)
            {
              double at[PMT_CLIMB_MAX_SIZE], plus, minus, step = 0.01;

              memcpy (at, places[p], sizeof at);
              at[i] += step;
              plus = _pmt_objective_cost (o, at, NULL);
              at[i] -= 2 * step;
              minus = _pmt_objective_cost (o, at, NULL);
              wrong = MAX (wrong, fabs (gradient[i] - (plus - minus) / (2 * step)));
              length = MAX (length, fabs (gradient[i]));
            }
          g_test_message ("%s %s: %g of %g", o->pair->klass->nick, pmt_model_to_nick (model), wrong, length);
          g_assert_cmpfloat (wrong, <, 0.01 * length);
          objective_clear (o);
        }
  phantom_pair_clear (&s);
}

/* What lies under a mask changes nothing, not a bit of it. */
static void
test_masked (void)
{
  g_autofree float *pixels = g_new (float, SIDE * SIDE), *mask = g_new (float, SIDE * SIDE);

  for (int i = 0; i < SIDE * SIDE; i++)
    {
      int x = i % SIDE, y = i / SIDE;

      pixels[i] = (float) (100 + 60 * sin (x * 0.21 + y * 0.05) * cos (y * 0.17) + 30 * sin (x * y * 0.003));
      mask[i] = x > 80 && x < 120 && y > 60 && y < 200 ? 0 : 1;
    }
  for (guint k = 0; k < G_N_ELEMENTS (like); k++)
    {
      double costs[2];

      for (int garbage = 0; garbage < 2; garbage++)
        {
          g_autoptr (PmtSource)     source = NULL, mask_source = NULL;
          g_autoptr (PmtPyramid)    fixed = NULL, moving = NULL;
          g_autoptr (PmtMetricPair) pair = NULL;
          g_autoptr (PmtMetricWork) work = NULL;
          PmtMatrix3                pose = pmt_matrix3_translation (1.3, 0.4), map;
          double                    overlap;

          for (int i = 0; garbage && i < SIDE * SIDE; i++)
            if (!(mask[i] > 0))
              pixels[i] = (float) ((i * 7919) % 251);
          source = pmt_source_memory_new (SIDE, SIDE, 1, -1, 1, pixels, SIDE, NULL);
          mask_source = pmt_source_memory_new (SIDE, SIDE, 1, -1, 1, mask, SIDE, NULL);
          fixed = _pmt_pyramid_new (NULL, source, mask_source, NULL);
          moving = _pmt_pyramid_new (NULL, source, mask_source, NULL);
          pair = _pmt_metric_pair_new (NULL, _pmt_metric_class (like[k]), fixed, moving, &pmt_matrix3_identity,
                                       &pmt_matrix3_identity, SIDE, 0.1, NULL);
          work = _pmt_metric_work_new (pair, FALSE, NULL);
          map = _pmt_metric_pair_map (pair, &pose);
          g_assert_true (_pmt_metric_evaluate (pair, work, &map, &costs[garbage], &overlap, NULL, NULL, NULL));
        }
      g_assert_cmpfloat_with_epsilon (costs[0], costs[1], 1e-12);
      for (int i = 0; i < SIDE * SIDE; i++)
        if (!(mask[i] > 0))
          pixels[i] = 0;
    }
}

static void
test_threads (void)
{
  static const double place[PMT_CLIMB_MAX_SIZE] = { 1.3, -0.7, 0.5, 0.4, -0.6, 0.3, 0.5, -0.4 };
  PhantomPair         s;

  scene_init (&s, 12, PHANTOM_BAND_INFRARED);
  for (guint k = 0; k < G_N_ELEMENTS (like); k++)
    {
      double cost[2], gradient[2][PMT_CLIMB_MAX_SIZE] = { 0 };

      for (int t = 0; t < 2; t++)
        {
          g_autoptr (PmtContext) context = pmt_context_new ();
          PmtObjective          *o;

          pmt_context_set_threads (context, 1 + t);
          o = objective (&s, context, like[k], PMT_MODEL_HOMOGRAPHY, 200);
          cost[t] = _pmt_objective_cost (o, place, gradient[t]);
          objective_clear (o);
        }
      g_assert_true (cost[0] == cost[1]);
      g_assert_cmpmem (gradient[0], sizeof gradient[0], gradient[1], sizeof gradient[1]);
    }
  phantom_pair_clear (&s);
}

/* Far away, flat, behind the horizon: nothing to say, and no number that could win. */
static void
test_nothing (void)
{
  PmtMatrix3 horizon = pmt_matrix3_identity;
  PhantomPair s;

  scene_init (&s, 11, PHANTOM_BAND_VISIBLE);
  horizon.m[2][0] = -1;
  for (guint k = 0; k < G_N_ELEMENTS (like); k++)
    {
      PmtObjective *o = objective (&s, NULL, like[k], PMT_MODEL_TRANSLATION, 128);
      double        away[PMT_CLIMB_MAX_SIZE] = { 500, 0 }, edge[PMT_CLIMB_MAX_SIZE] = { 110, 0 }, zero[8] = { 0 };
      double        score, overlap;

      g_assert_cmpfloat (_pmt_objective_cost (o, away, NULL), ==, PMT_COST_NOTHING);
      g_assert_cmpfloat (_pmt_objective_cost (o, edge, NULL), >, _pmt_objective_cost (o, zero, NULL) + 1);
      g_assert_false (_pmt_metric_evaluate (o->pair, o->work, &horizon, &score, &overlap, NULL, NULL, NULL));
      objective_clear (o);
    }
  phantom_pair_clear (&s);
}

static void
test_box (void)
{
  enum { WIDTH = 37, HEIGHT = 29 };
  float         in[WIDTH * HEIGHT], between[WIDTH * HEIGHT], out[WIDTH * HEIGHT];
  PmtMetricView view = { .width = WIDTH, .height = HEIGHT };

  for (int i = 0; i < WIDTH * HEIGHT; i++)
    in[i] = (float) ((i * 7919) % 251) - 100;
  for (int radius = 1; radius < 40; radius += 6)
    {
      _pmt_metric_box (&view, in, radius, between, out, NULL);
      for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
          {
            double sum = 0;

            for (int v = MAX (y - radius, 0); v <= MIN (y + radius, HEIGHT - 1); v++)
              for (int u = MAX (x - radius, 0); u <= MIN (x + radius, WIDTH - 1); u++)
                sum += in[v * WIDTH + u];
            g_assert_cmpfloat_with_epsilon (out[y * WIDTH + x], sum, 0.01);
          }
    }
}

static void
test_nicks (void)
{
  PmtMetric metric;

  for (int k = PMT_METRIC_AUTO; k <= PMT_METRIC_DD; k++)
    {
      g_assert_true (pmt_metric_from_nick (pmt_metric_to_nick (k), &metric));
      g_assert_cmpint (metric, ==, k);
    }
  g_assert_false (pmt_metric_from_nick ("mi", &metric));
  g_assert_false (pmt_metric_from_nick (NULL, &metric));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metric/best-at-truth", test_best_at_truth);
  g_test_add_func ("/metric/gradients", test_gradients);
  g_test_add_func ("/metric/masked", test_masked);
  g_test_add_func ("/metric/threads", test_threads);
  g_test_add_func ("/metric/nothing", test_nothing);
  g_test_add_func ("/metric/box", test_box);
  g_test_add_func ("/metric/nicks", test_nicks);
  return g_test_run ();
}
