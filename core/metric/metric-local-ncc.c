/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Local normalised cross-correlation: the square of the correlation coefficient in a window round each pixel, averaged.
 * With the windows' sums of w, w·f, w·m, w·f², w·m², w·f·m, and from them the moments E[·], variances v and the
 * covariance c, each variance raised by ε:
 *
 *     s_p = c² / (v_f·v_m),    s = Σ w·s_p / Σ w
 *
 * The derivatives by the sums are those of the moments,
 *
 *     ∂s_p/∂c = 2c/(v_f·v_m),   ∂s_p/∂v_m = −s_p/v_m,   ∂v_m/∂E[m] = −2E[m],   ∂c/∂E[m] = −E[f],   …
 *
 * and a window's sum depends on each of its pixels alike, so they are summed over windows once more (the box is its own
 * transpose). Squared, so that contrast may be reversed here and not there; blind to gain and offset that change from
 * place to place. ε keeps flat windows, which hold noise only, near 0. */
#include "metric/metric-private.h"

#define BAND    16
#define RADIUS  4       /* px: windows of 9 × 9 */
#define EPSILON 4.0     /* grey levels²: the variance of noise of two grey levels */
#define MIDDLE  128.f
#define LEAST   4.0     /* px of weight: a window with less says nothing */

enum { W, F, M, FF, MM, FM, SUMS, SCORE = SUMS, BETWEEN, PLANES };

typedef struct
{
  const PmtMetricView *view;
  double               total, score;
} Local;

static void
product_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Local *) data)->view;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      float w = v->weight[i], f = v->fixed[i] - MIDDLE, m = v->moving[i] - MIDDLE;

      v->work[W][i] = w;
      v->work[F][i] = w * f;
      v->work[M][i] = w * m;
      v->work[FF][i] = w * f * f;
      v->work[MM][i] = w * m * m;
      v->work[FM][i] = w * f * m;
    }
}

typedef struct { double f, m, vf, vm, c, score; } Moments;

static gboolean
moments_at (const PmtMetricView *v, gsize i, Moments *e)
{
  double n = v->work[W][i];

  if (!(n > LEAST))
    return FALSE;
  e->f = v->work[F][i] / n;
  e->m = v->work[M][i] / n;
  e->vf = MAX (v->work[FF][i] / n - e->f * e->f, 0) + EPSILON;
  e->vm = MAX (v->work[MM][i] / n - e->m * e->m, 0) + EPSILON;
  e->c = v->work[FM][i] / n - e->f * e->m;
  e->score = e->c * e->c / (e->vf * e->vm);
  return TRUE;
}

static void
score_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Local *) data)->view;
  Moments              e;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      v->work[SCORE][i] = moments_at (v, i, &e) ? (float) e.score : 0;
      sums[0] += v->weight[i];
      sums[1] += (double) v->weight[i] * v->work[SCORE][i];
    }
}

/* The sums are replaced by the score's derivatives by them. */
static void
by_sums_band (int y0, int y1, gpointer data, double *sums)
{
  const Local         *s = data;
  const PmtMetricView *v = s->view;
  Moments              e;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      double by[SUMS] = { 0 };

      if (v->weight[i] > 0 && moments_at (v, i, &e))
        {
          double n = v->work[W][i], outer = v->weight[i] / (s->total * n);

          by[FM] = outer * 2 * e.c / (e.vf * e.vm);
          by[FF] = -outer * e.score / e.vf;
          by[MM] = -outer * e.score / e.vm;
          by[M] = -e.f * by[FM] - 2 * e.m * by[MM];
          by[F] = -e.m * by[FM] - 2 * e.f * by[FF];
          by[W] = by[FM] * (2 * e.f * e.m - v->work[FM][i] / n) + by[MM] * (2 * e.m * e.m - v->work[MM][i] / n)
                  + by[FF] * (2 * e.f * e.f - v->work[FF][i] / n);
        }
      for (int k = 0; k < SUMS; k++)
        v->work[k][i] = (float) by[k];
    }
}

static void
derive_band (int y0, int y1, gpointer data, double *sums)
{
  const Local         *s = data;
  const PmtMetricView *v = s->view;
  float *const        *by = v->work;

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      float f = v->fixed[i] - MIDDLE, m = v->moving[i] - MIDDLE;

      v->by_moving[i] = v->weight[i] * (by[M][i] + 2 * m * by[MM][i] + f * by[FM][i]);
      v->by_weight[i] = by[W][i] + f * by[F][i] + m * by[M][i] + f * f * by[FF][i] + m * m * by[MM][i]
                        + f * m * by[FM][i] + (float) ((by[SCORE][i] - s->score) / s->total);
    }
}

static gboolean
box_all (const PmtMetricView *view, GError **error)
{
  for (int k = 0; k < SUMS; k++)
    if (!_pmt_metric_box (view, view->work[k], RADIUS, view->work[BETWEEN], view->work[k], error))
      return FALSE;
  return TRUE;
}

static gboolean
evaluate (const PmtMetricView *view, double *score, GError **error)
{
  Local  s = { .view = view };
  double sums[2];

  if (!_pmt_metric_bands (view, BAND, product_band, &s, 0, NULL, error) || !box_all (view, error)
      || !_pmt_metric_bands (view, BAND, score_band, &s, 2, sums, error) || !(sums[0] > 0))
    return FALSE;
  s.total = sums[0];
  *score = s.score = sums[1] / s.total;
  return view->by_moving == NULL
         || (_pmt_metric_bands (view, BAND, by_sums_band, &s, 0, NULL, error) && box_all (view, error)
             && _pmt_metric_bands (view, BAND, derive_band, &s, 0, NULL, error));
}

const PmtMetricClass _pmt_metric_local_ncc = {
  .nick = "local-ncc", .maximise = TRUE, .analytic = TRUE, .blur = 0.7, .reach = 2, .planes = PLANES,
  .evaluate = evaluate
};
