/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DD score as something to climb: against the moving picture b as it lay at the start, which pixels of the moved one
 * m have come nearer to the fixed one f, and which have gone away from it?
 *
 *     d = |f − b − μ_b| − |f − m − μ_m|,    s = Σ w·w_b·clamp(d/t, −1, 1) / Σ w_b      −1 … 1
 *
 * in blocks of 5 × 5 px, each with its mean differences μ taken off, t = 1.12·(mean standard deviation within 50 px)
 * + 1.88 grey levels. The score that is reported to people counts the pixels with d > t and d < −t; as a count has no
 * slope, pixels in between count here by their share of t. What leaves the frame counts as neither. Before anything has moved it is 0. Derivatives are left to
 * central differences. For pictures of the same kind: grey values are compared. */
#include "metric/metric-private.h"

#include <math.h>
#include <string.h>

#define BAND     10      /* rows: whole blocks */
#define BLOCK    5       /* px */
#define WINDOW   50      /* px: where the local standard deviation is taken */
#define SHARE    1.12
#define OFFSET   1.88    /* grey levels */

typedef struct
{
  float  *before, *weight;   /* as the moving picture lay at the start, and where it was valid */
  double  total, tolerance;
} State;

static void
state_free (gpointer data)
{
  State *state = data;

  pmt_buffer_free (state->before);
  pmt_buffer_free (state->weight);
  g_free (state);
}

static double
window_sigma (const PmtMetricView *v, int x0, int y0, int x1, int y1)
{
  double sum = 0, squares = 0, n = (double) (x1 - x0) * (y1 - y0);

  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      {
        double f = v->fixed[(gsize) y * v->width + x] - 128;

        sum += f;
        squares += f * f;
      }
  return sqrt (MAX (squares / n - sum / n * sum / n, 0));
}

static double
tolerance (const PmtMetricView *v)
{
  double sum = 0;
  int    n = 0;

  for (int y = 0; y == 0 || y + WINDOW <= v->height; y += WINDOW)
    for (int x = 0; x == 0 || x + WINDOW <= v->width; x += WINDOW, n++)
      sum += window_sigma (v, x, y, MIN (x + WINDOW, v->width), MIN (y + WINDOW, v->height));
  return SHARE * sum / n + OFFSET;
}

static gpointer
prepare (const PmtMetricView *start, GError **error)
{
  gsize  n = (gsize) start->width * start->height;
  State *state = g_new0 (State, 1);

  state->before = pmt_buffer_new (n, sizeof (float), error);
  state->weight = state->before != NULL ? pmt_buffer_new (n, sizeof (float), error) : NULL;
  if (state->weight == NULL)
    {
      state_free (state);
      return NULL;
    }
  memcpy (state->before, start->moving, n * sizeof (float));
  memcpy (state->weight, start->weight, n * sizeof (float));
  for (gsize i = 0; i < n; i++)
    state->total += state->weight[i];
  state->tolerance = tolerance (start);
  return state;
}

static void
block (const PmtMetricView *v, int x0, int y0, double *sums)
{
  const State *state = v->state;
  int          x1 = MIN (x0 + BLOCK, v->width), y1 = MIN (y0 + BLOCK, v->height);
  double       n = 0, before = 0, after = 0;

  for (int pass = 0; pass < 2; pass++)
    {
      for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++)
          {
            gsize  i = (gsize) y * v->width + x;
            double w = v->weight[i] * state->weight[i], b = v->fixed[i] - state->before[i], m = v->fixed[i] - v->moving[i];

            if (pass == 0)
              {
                n += w;
                before += w * b;
                after += w * m;
              }
            else
              sums[0] += w * CLAMP ((fabs (b - before) - fabs (m - after)) / state->tolerance, -1, 1);
          }
      if (!(n > 0))
        return;
      if (pass == 0)
        {
          before /= n;
          after /= n;
        }
    }
}

static void
block_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = data;

  for (int y = y0; y < y1; y += BLOCK)
    for (int x = 0; x < v->width; x += BLOCK)
      block (v, x, y, sums);
}

static gboolean
evaluate (const PmtMetricView *view, double *score, GError **error)
{
  const State *state = view->state;
  double       sum;

  if (!(state->total > 0) || !_pmt_metric_bands (view, BAND, block_band, (gpointer) view, 1, &sum, error))
    return FALSE;
  *score = sum / state->total;
  return TRUE;
}

const PmtMetricClass _pmt_metric_dd = {
  .nick = "dd", .maximise = TRUE, .analytic = FALSE, .same = TRUE, .blur = 0.7, .reach = 2,
  .prepare = prepare, .release = state_free, .evaluate = evaluate
};
