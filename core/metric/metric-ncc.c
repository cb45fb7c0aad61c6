/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalised cross-correlation: the weighted correlation coefficient of the grey values. With a = (f − μ_f)/σ_f and
 * b = (m − μ_m)/σ_m, means weighted by w:
 *
 *     s = Σ w·a·b / Σ w,    ∂s/∂m = w·(a − s·b) / (σ_m·Σ w),    ∂s/∂w = (a·b − s·(a² + b²)/2) / Σ w
 *
 * Blind to one gain (positive) and offset for the whole picture. */
#include "metric/metric-private.h"

#include <math.h>

#define BAND     32
#define MIDDLE   128.0   /* of the values; subtracted before squares are summed */
#define FLATTEST 1e-3    /* variance, grey levels²: below, there is nothing to correlate */

typedef struct
{
  const PmtMetricView *view;
  double               total, fixed, moving, fixed_sigma, moving_sigma, score;
} Ncc;

static void
sum_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Ncc *) data)->view;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      double w = v->weight[i], f = v->fixed[i] - MIDDLE, m = v->moving[i] - MIDDLE;

      sums[0] += w;
      sums[1] += w * f;
      sums[2] += w * m;
      sums[3] += w * f * f;
      sums[4] += w * m * m;
      sums[5] += w * f * m;
    }
}

static void
derive_band (int y0, int y1, gpointer data, double *sums)
{
  const Ncc           *s = data;
  const PmtMetricView *v = s->view;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      double a = (v->fixed[i] - MIDDLE - s->fixed) / s->fixed_sigma;
      double b = (v->moving[i] - MIDDLE - s->moving) / s->moving_sigma;

      v->by_moving[i] = (float) (v->weight[i] * (a - s->score * b) / (s->moving_sigma * s->total));
      v->by_weight[i] = (float) ((a * b - s->score * (a * a + b * b) / 2) / s->total);
    }
}

static gboolean
evaluate (const PmtMetricView *view, double *score, GError **error)
{
  Ncc    s = { .view = view };
  double sums[6], fixed_variance, moving_variance;

  if (!_pmt_metric_bands (view, BAND, sum_band, &s, 6, sums, error) || !(sums[0] > 0))
    return FALSE;
  s.total = sums[0];
  s.fixed = sums[1] / s.total;
  s.moving = sums[2] / s.total;
  fixed_variance = sums[3] / s.total - s.fixed * s.fixed;
  moving_variance = sums[4] / s.total - s.moving * s.moving;
  if (!(fixed_variance > FLATTEST) || !(moving_variance > FLATTEST))
    return FALSE;
  s.fixed_sigma = sqrt (fixed_variance);
  s.moving_sigma = sqrt (moving_variance);
  *score = s.score = (sums[5] / s.total - s.fixed * s.moving) / (s.fixed_sigma * s.moving_sigma);
  return view->by_moving == NULL || _pmt_metric_bands (view, BAND, derive_band, &s, 0, NULL, error);
}

const PmtMetricClass _pmt_metric_ncc = {
  .nick = "ncc", .maximise = TRUE, .analytic = TRUE, .same = TRUE, .blur = 0.7, .reach = 2, .evaluate = evaluate
};
