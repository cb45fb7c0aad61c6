/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sum of squared differences, a weighted mean in units of the fixed picture's variance v:
 *
 *     s = Σ w·(m − f)² / (v·Σ w),    ∂s/∂m = 2w·(m − f) / (v·Σ w),    ∂s/∂w = ((m − f)²/v − s) / Σ w
 *
 * Gain and offset are those of the pyramid's common unit and are not fitted: for pictures whose grey values agree. */
#include "metric/metric-private.h"

#define BAND 32

typedef struct
{
  const PmtMetricView *view;
  double               variance, total, score;
} Ssd;

static void
variance_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = data;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      sums[0] += v->fixed[i];
      sums[1] += (double) v->fixed[i] * v->fixed[i];
    }
}

static gpointer
prepare (const PmtMetricView *start, GError **error)
{
  double  n = (double) start->width * start->height, sums[2];
  double *variance = g_new (double, 1);

  if (!_pmt_metric_bands (start, BAND, variance_band, (gpointer) start, 2, sums, error))
    {
      g_free (variance);
      return NULL;
    }
  *variance = MAX (sums[1] / n - sums[0] / n * sums[0] / n, 1);
  return variance;
}

static void
sum_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Ssd *) data)->view;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      double d = v->moving[i] - v->fixed[i];

      sums[0] += v->weight[i];
      sums[1] += v->weight[i] * d * d;
    }
}

static void
derive_band (int y0, int y1, gpointer data, double *sums)
{
  const Ssd           *s = data;
  const PmtMetricView *v = s->view;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      double d = v->moving[i] - v->fixed[i];

      v->by_moving[i] = (float) (2 * v->weight[i] * d / (s->variance * s->total));
      v->by_weight[i] = (float) ((d * d / s->variance - s->score) / s->total);
    }
}

static gboolean
evaluate (const PmtMetricView *view, double *score, GError **error)
{
  Ssd    s = { .view = view, .variance = *(const double *) view->state };
  double sums[2];

  if (!_pmt_metric_bands (view, BAND, sum_band, &s, 2, sums, error) || !(sums[0] > 0))
    return FALSE;
  s.total = sums[0];
  *score = s.score = sums[1] / (s.variance * s.total);
  return view->by_moving == NULL || _pmt_metric_bands (view, BAND, derive_band, &s, 0, NULL, error);
}

const PmtMetricClass _pmt_metric_ssd = {
  .nick = "ssd", .maximise = FALSE, .analytic = TRUE, .same = TRUE, .blur = 0.7, .reach = 2,
  .prepare = prepare, .release = g_free, .evaluate = evaluate
};
