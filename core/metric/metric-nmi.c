/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalised mutual information (Studholme, Hill, Hawkes 1999) of a joint histogram h with Parzen windows as Mattes et
 * al. (2003) have them: the fixed value falls into one bin, the moving one is spread by the cubic B-spline β, so that
 * the histogram has a derivative by it. With p = h/Σw, marginals p_f, p_m, and entropies H:
 *
 *     s = (H_f + H_m) / (H_fm + c/Σw),    c = (bins − 1)²/2                            0 … 2
 *     G_kl = ∂s/∂p_kl = (s·(log p_kl + 1) − log p_f,k − log p_m,l − 2) / (H_fm + c/Σw)
 *     D_kl = ∂s/∂h_kl = (G_kl − Σ p·G) / Σw
 *     ∂s/∂m = w·Σ_l D_kl·β'(pos − l)·dpos/dm,    ∂s/∂w = Σ_l D_kl·β(pos − l), and what c/Σw adds.
 *
 * Few pixels in many bins look dependent when they are not: the joint entropy comes out too small by about c/Σw (Miller
 * 1955), and a pose would gain by leaving the frame. So that much is added, and small levels get fewer bins. */
#include "metric/metric-private.h"

#include <math.h>
#include <string.h>

#define BAND     64
#define BINS     32        /* as Mattes et al.; the most */
#define FEWEST   16
#define SIDE     8.0       /* √px of the level for each bin */
#define LOWEST   (-32.0)   /* the common unit's range with its headroom */
#define HIGHEST  287.0
#define ALMOST_0 1e-12

typedef struct
{
  const PmtMetricView *view;
  int                  bins;
  double               by_bin[BINS * BINS];   /* rows of BINS, whatever `bins` is */
  double               by_total;
} Nmi;

static inline int
fixed_bin (float f, int bins)
{
  return CLAMP ((int) ((f - LOWEST) * (bins / (HIGHEST - LOWEST))), 0, bins - 1);
}

/* The first of four bins, the moving value's weights in them and their derivatives by it. */
static inline int
moving_bins (float m, int bins, double b[4], double d[4])
{
  double scale = (bins - 4.0) / (HIGHEST - LOWEST);   /* β reaches one bin further on each side */
  double position = 1 + (CLAMP (m, (float) LOWEST, (float) HIGHEST) - LOWEST) * scale;
  int    first = MIN ((int) position, bins - 3);
  double t = position - first, s = 1 - t, slope = m > LOWEST && m < HIGHEST ? scale : 0;

  b[0] = s * s * s / 6;
  b[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
  b[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
  b[3] = t * t * t / 6;
  d[0] = -0.5 * s * s * slope;
  d[1] = (-2 * t + 1.5 * t * t) * slope;
  d[2] = (2 * s - 1.5 * s * s) * slope;
  d[3] = 0.5 * t * t * slope;
  return first - 1;
}

static void
histogram_band (int y0, int y1, gpointer data, double *sums)
{
  const Nmi           *s = data;
  const PmtMetricView *v = s->view;
  double               b[4], d[4];

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    if (v->weight[i] > 0)
      {
        double *row = sums + fixed_bin (v->fixed[i], s->bins) * BINS + moving_bins (v->moving[i], s->bins, b, d);

        for (int l = 0; l < 4; l++)
          row[l] += v->weight[i] * b[l];
      }
}

static void
derive_band (int y0, int y1, gpointer data, double *sums)
{
  const Nmi           *s = data;
  const PmtMetricView *v = s->view;
  double               b[4], d[4];

  for (gsize i = (gsize) y0 * v->width; i < (gsize) y1 * v->width; i++)
    {
      const double *row = s->by_bin + fixed_bin (v->fixed[i], s->bins) * BINS + moving_bins (v->moving[i], s->bins, b, d);
      double        by_moving = 0, by_weight = 0;

      for (int l = 0; l < 4; l++)
        {
          by_moving += row[l] * d[l];
          by_weight += row[l] * b[l];
        }
      v->by_moving[i] = (float) (v->weight[i] * by_moving);
      v->by_weight[i] = (float) (by_weight + s->by_total);
    }
}

static double
entropy (const double *p, int n)
{
  double sum = 0;

  for (int k = 0; k < n; k++)
    if (p[k] > ALMOST_0)
      sum -= p[k] * log (p[k]);
  return sum;
}

/* h: counts, made probabilities here. */
static gboolean
score_histogram (Nmi *s, double *h, double *score)
{
  double total = 0, f[BINS] = { 0 }, m[BINS] = { 0 }, joint, mean = 0, bias = 0.5 * (s->bins - 1) * (s->bins - 1);

  for (int k = 0; k < BINS * BINS; k++)
    total += h[k];
  if (!(total > 0))
    return FALSE;
  for (int k = 0; k < BINS * BINS; k++)
    {
      h[k] /= total;
      f[k / BINS] += h[k];
      m[k % BINS] += h[k];
    }
  joint = entropy (h, BINS * BINS) + bias / total;
  if (!(joint > 1e-6))
    return FALSE;
  *score = (entropy (f, BINS) + entropy (m, BINS)) / joint;
  for (int k = 0; k < BINS * BINS; k++)
    {
      s->by_bin[k] = (*score * (log (MAX (h[k], ALMOST_0)) + 1) - log (MAX (f[k / BINS], ALMOST_0))
                      - log (MAX (m[k % BINS], ALMOST_0)) - 2) / joint;
      mean += h[k] * s->by_bin[k];
    }
  for (int k = 0; k < BINS * BINS; k++)
    s->by_bin[k] = (s->by_bin[k] - mean) / total;
  s->by_total = *score * bias / (joint * total * total);
  return TRUE;
}

static gpointer
prepare (const PmtMetricView *start, GError **error)
{
  int *bins = g_new (int, 1);

  *bins = CLAMP ((int) lround (sqrt ((double) start->width * start->height) / SIDE), FEWEST, BINS);
  return bins;
}

static gboolean
evaluate (const PmtMetricView *view, double *score, GError **error)
{
  Nmi    s = { .view = view, .bins = *(const int *) view->state };
  double histogram[BINS * BINS];

  if (!_pmt_metric_bands (view, BAND, histogram_band, &s, BINS * BINS, histogram, error)
      || !score_histogram (&s, histogram, score))
    return FALSE;
  return view->by_moving == NULL || _pmt_metric_bands (view, BAND, derive_band, &s, 0, NULL, error);
}

const PmtMetricClass _pmt_metric_nmi = {
  .nick = "nmi", .maximise = TRUE, .analytic = TRUE, .blur = 0.7, .reach = 2,
  .prepare = prepare, .release = g_free, .evaluate = evaluate
};
