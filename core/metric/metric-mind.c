/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The modality independent neighbourhood descriptor (Heinrich et al. 2012): how like each pixel's surroundings are to
 * those a step to the right, left, below and above. With r these four steps and B the mean over 3 × 3 px:
 *
 *     D_r(x) = B * (I(x) − I(x + r))²,    V = ε + mean_r D_r,    MIND_r = exp(−D_r/V)
 *     s = Σ w·Σ_r (MIND_r(m) − MIND_r(f))² / (4·Σ w)
 *
 * D to the left is D to the right, seen from the pixel before, so two fields hold all four. Computed on the drawn picture,
 * so it turns with the pose. Derivatives run backwards through the same steps: with g_r = ∂s/∂MIND_r,
 *
 *     ∂s/∂D_r = −g_r·MIND_r/V + ¼·Σ_q g_q·MIND_q·D_q/V²,    ∂s/∂I = Bᵀ[∂s/∂D_r]·2(I(x) − I(x + r)), and its negative
 *     at x + r.
 *
 * ε is the variance of faint noise: without it, flat parts would weigh as much as edges. */
#include "metric/metric-private.h"

#include <math.h>

#define BAND    16
#define EPSILON 2.0     /* grey levels² */

#define STEPS   4       /* right, left, below, above */

/* D to the right and below, later ∂s/∂D; what each pixel says of the four; scratch. */
enum { ACROSS, DOWN, BETWEEN, BY, PLANES = BY + STEPS };

typedef struct
{
  float *across, *down;   /* D of the fixed picture */
} State;

typedef struct
{
  const PmtMetricView *view;
  const float         *image;
  float               *across, *down;
  double               total, score;
} Mind;

/* Squared differences to the right and below; 0 in the last column and row. */
static void
difference_band (int y0, int y1, gpointer data, double *sums)
{
  const Mind *s = data;
  int         width = s->view->width, height = s->view->height;

  for (int y = y0; y < y1; y++)
    for (int x = 0; x < width; x++)
      {
        gsize i = (gsize) y * width + x;
        float a = x + 1 < width ? s->image[i] - s->image[i + 1] : 0;
        float d = y + 1 < height ? s->image[i] - s->image[i + width] : 0;

        s->across[i] = a * a / 9;
        s->down[i] = d * d / 9;
      }
}

static gboolean
distances (const PmtMetricView *view, const float *image, float *between, float *across, float *down, GError **error)
{
  Mind s = { .view = view, .image = image, .across = across, .down = down };

  return _pmt_metric_bands (view, BAND, difference_band, &s, 0, NULL, error)
         && _pmt_metric_box (view, across, 1, between, across, error)
         && _pmt_metric_box (view, down, 1, between, down, error);
}

static void
state_free (gpointer data)
{
  State *state = data;

  pmt_buffer_free (state->across);
  pmt_buffer_free (state->down);
  g_free (state);
}

static gpointer
prepare (const PmtMetricView *start, GError **error)
{
  gsize  n = (gsize) start->width * start->height;
  State *state = g_new0 (State, 1);

  state->across = pmt_buffer_new (n, sizeof (float), error);
  state->down = state->across != NULL ? pmt_buffer_new (n, sizeof (float), error) : NULL;
  if (state->down != NULL
      && distances (start, start->fixed, start->work[BETWEEN], state->across, state->down, error))
    return state;
  state_free (state);
  return NULL;
}

/* D in the four directions, the descriptor, 1/V. The pixel is none of the outermost. */
static inline double
descriptor_at (const float *across, const float *down, int width, gsize i, double d[STEPS], double mind[STEPS])
{
  double v;

  d[0] = across[i], d[1] = across[i - 1], d[2] = down[i], d[3] = down[i - width];
  v = 1 / (EPSILON + (d[0] + d[1] + d[2] + d[3]) / STEPS);
  for (int r = 0; r < STEPS; r++)
    mind[r] = exp (-d[r] * v);
  return v;
}

static void
sum_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Mind *) data)->view;
  const State         *fixed = v->state;
  double               d[STEPS], f[STEPS], m[STEPS];

  for (int y = MAX (y0, 1); y < MIN (y1, v->height - 1); y++)
    for (int x = 1; x < v->width - 1; x++)
      {
        gsize  i = (gsize) y * v->width + x;
        double square = 0;

        if (!(v->weight[i] > 0))
          continue;
        descriptor_at (fixed->across, fixed->down, v->width, i, d, f);
        descriptor_at (v->work[ACROSS], v->work[DOWN], v->width, i, d, m);
        for (int r = 0; r < STEPS; r++)
          square += (m[r] - f[r]) * (m[r] - f[r]) / STEPS;
        sums[0] += v->weight[i];
        sums[1] += v->weight[i] * square;
      }
}

/* ∂s/∂D in the four directions, as the pixel's own term has it. */
static void
by_distance_band (int y0, int y1, gpointer data, double *sums)
{
  const Mind          *s = data;
  const PmtMetricView *v = s->view;
  const State         *fixed = v->state;
  double               d[STEPS], f[STEPS], m[STEPS], g[STEPS];

  for (int y = y0; y < y1; y++)
    for (int x = 0; x < v->width; x++)
      {
        gsize  i = (gsize) y * v->width + x;
        double inverse, common = 0, square = 0;

        v->by_weight[i] = 0;
        for (int r = 0; r < STEPS; r++)
          v->work[BY + r][i] = 0;
        if (x < 1 || y < 1 || x > v->width - 2 || y > v->height - 2)
          continue;
        descriptor_at (fixed->across, fixed->down, v->width, i, d, f);
        inverse = descriptor_at (v->work[ACROSS], v->work[DOWN], v->width, i, d, m);
        for (int r = 0; r < STEPS; r++)
          {
            square += (m[r] - f[r]) * (m[r] - f[r]) / STEPS;
            g[r] = 2 * v->weight[i] * (m[r] - f[r]) * m[r] * inverse / (STEPS * s->total);
            common += g[r] * d[r] * inverse / STEPS;
          }
        for (int r = 0; r < STEPS; r++)
          v->work[BY + r][i] = (float) (common - g[r]);
        v->by_weight[i] = (float) ((square - s->score) / s->total);
      }
}

/* Each D is one pixel's to the right and its neighbour's to the left; likewise below and above. */
static void
gather_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Mind *) data)->view;

  for (int y = y0; y < y1; y++)
    for (int x = 0; x < v->width; x++)
      {
        gsize i = (gsize) y * v->width + x;

        v->work[ACROSS][i] = v->work[BY][i] + (x + 1 < v->width ? v->work[BY + 1][i + 1] : 0);
        v->work[DOWN][i] = v->work[BY + 2][i] + (y + 1 < v->height ? v->work[BY + 3][i + v->width] : 0);
      }
}

static void
by_moving_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Mind *) data)->view;
  const float         *m = v->moving, *across = v->work[ACROSS], *down = v->work[DOWN];

  for (int y = y0; y < y1; y++)
    for (int x = 0; x < v->width; x++)
      {
        gsize i = (gsize) y * v->width + x;
        float sum = 0;

        if (x + 1 < v->width)
          sum += across[i] * (m[i] - m[i + 1]);
        if (x > 0)
          sum -= across[i - 1] * (m[i - 1] - m[i]);
        if (y + 1 < v->height)
          sum += down[i] * (m[i] - m[i + v->width]);
        if (y > 0)
          sum -= down[i - v->width] * (m[i - v->width] - m[i]);
        v->by_moving[i] = 2 * sum / 9;
      }
}

static gboolean
derive (Mind *s, GError **error)
{
  const PmtMetricView *v = s->view;

  return _pmt_metric_bands (v, BAND, by_distance_band, s, 0, NULL, error)
         && _pmt_metric_bands (v, BAND, gather_band, s, 0, NULL, error)
         && _pmt_metric_box (v, v->work[ACROSS], 1, v->work[BETWEEN], v->work[ACROSS], error)
         && _pmt_metric_box (v, v->work[DOWN], 1, v->work[BETWEEN], v->work[DOWN], error)
         && _pmt_metric_bands (v, BAND, by_moving_band, s, 0, NULL, error);
}

static gboolean
evaluate (const PmtMetricView *view, double *score, GError **error)
{
  Mind   s = { .view = view };
  double sums[2];

  if (!distances (view, view->moving, view->work[BETWEEN], view->work[ACROSS], view->work[DOWN], error)
      || !_pmt_metric_bands (view, BAND, sum_band, &s, 2, sums, error) || !(sums[0] > 0))
    return FALSE;
  s.total = sums[0];
  *score = s.score = sums[1] / s.total;
  return view->by_moving == NULL || derive (&s, error);
}

const PmtMetricClass _pmt_metric_mind = {
  .nick = "mind", .maximise = FALSE, .analytic = TRUE, .blur = 0.7, .reach = 3, .planes = PLANES,
  .prepare = prepare, .release = state_free, .evaluate = evaluate
};
