/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalised gradient fields (Haber & Modersitzki 2006): edges should be parallel, whichever side is bright. With
 * n = ∇I/√(|∇I|² + ε²), ε the mean |∇I|, and a = n_f·n_m:
 *
 *     s = Σ w·a² / √(Σ w·|n_f|⁴ · Σ w·|n_m|⁴) = N/√(F·M)                             0 … 1
 *
 * It is the correlation of the tensors n·nᵀ: dividing by both pictures' own strength, where the original divides by the
 * area, keeps a pose from gaining by what it leaves out of the overlap. Gradients are central differences of the drawn
 * picture, so they turn with the pose. Derivatives:
 *
 *     ∂s/∂n_m = 2w·a·n_f/√(F·M) − 2s·w·|n_m|²·n_m/M,    ∂n/∂∇ = (I − n·nᵀ)/√(|∇|² + ε²) */
#include "metric/metric-private.h"

#include <math.h>

#define BAND 16

enum { BY_X, BY_Y, PLANES };

typedef struct
{
  double fixed_epsilon2, moving_epsilon2;   /* ε² */
} State;

typedef struct
{
  const PmtMetricView *view;
  double               score, fixed, moving;   /* s, F, M */
} Ngf;

static inline void
gradient_at (const float *image, int width, gsize i, double *x, double *y)
{
  *x = 0.5 * (image[i + 1] - image[i - 1]);
  *y = 0.5 * (image[i + width] - image[i - width]);
}

/* n, and 1/√(|∇|² + ε²). */
static inline double
normal_at (const float *image, int width, gsize i, double epsilon2, double *x, double *y)
{
  double gx, gy, r;

  gradient_at (image, width, i, &gx, &gy);
  r = 1 / sqrt (gx * gx + gy * gy + epsilon2);
  *x = gx * r;
  *y = gy * r;
  return r;
}

static void
length_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = data;
  double               x, y;

  for (int j = MAX (y0, 1); j < MIN (y1, v->height - 1); j++)
    for (int k = 1; k < v->width - 1; k++)
      {
        gsize i = (gsize) j * v->width + k;

        gradient_at (v->fixed, v->width, i, &x, &y);
        sums[0] += hypot (x, y);
        if (!(v->weight[i] > 0))
          continue;
        gradient_at (v->moving, v->width, i, &x, &y);
        sums[1] += v->weight[i] * hypot (x, y);
        sums[2] += v->weight[i];
      }
}

static gpointer
prepare (const PmtMetricView *start, GError **error)
{
  State *state = g_new (State, 1);
  double sums[3], fixed, moving;

  if (!_pmt_metric_bands (start, BAND, length_band, (gpointer) start, 3, sums, error))
    {
      g_free (state);
      return NULL;
    }
  fixed = MAX (sums[0] / ((start->width - 2.0) * (start->height - 2.0)), 0.1);
  moving = sums[2] > 0 ? MAX (sums[1] / sums[2], 0.1) : fixed;
  *state = (State) { fixed * fixed, moving * moving };
  return state;
}

static void
sum_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Ngf *) data)->view;
  const State         *e = v->state;

  for (int j = MAX (y0, 1); j < MIN (y1, v->height - 1); j++)
    for (int k = 1; k < v->width - 1; k++)
      {
        gsize  i = (gsize) j * v->width + k;
        double fx, fy, mx, my, w = v->weight[i], a, f, m;

        if (!(w > 0))
          continue;
        normal_at (v->fixed, v->width, i, e->fixed_epsilon2, &fx, &fy);
        normal_at (v->moving, v->width, i, e->moving_epsilon2, &mx, &my);
        a = fx * mx + fy * my, f = fx * fx + fy * fy, m = mx * mx + my * my;
        sums[0] += w * a * a;
        sums[1] += w * f * f;
        sums[2] += w * m * m;
      }
}

/* Derivatives by the moving gradient, and by the weight. */
static void
by_gradient_band (int y0, int y1, gpointer data, double *sums)
{
  const Ngf           *s = data;
  const PmtMetricView *v = s->view;
  const State         *e = v->state;
  double               root = sqrt (s->fixed * s->moving);

  for (int j = y0; j < y1; j++)
    for (int k = 0; k < v->width; k++)
      {
        gsize  i = (gsize) j * v->width + k;
        double fx, fy, mx, my, w = v->weight[i], a, f, m, r, x, y, along;

        v->work[BY_X][i] = v->work[BY_Y][i] = v->by_weight[i] = 0;
        if (j < 1 || k < 1 || j > v->height - 2 || k > v->width - 2)
          continue;
        normal_at (v->fixed, v->width, i, e->fixed_epsilon2, &fx, &fy);
        r = normal_at (v->moving, v->width, i, e->moving_epsilon2, &mx, &my);
        a = fx * mx + fy * my, f = fx * fx + fy * fy, m = mx * mx + my * my;
        x = 2 * w * (a * fx / root - s->score * m * mx / s->moving);
        y = 2 * w * (a * fy / root - s->score * m * my / s->moving);
        along = mx * x + my * y;
        v->work[BY_X][i] = (float) ((x - along * mx) * r);
        v->work[BY_Y][i] = (float) ((y - along * my) * r);
        v->by_weight[i] = (float) (a * a / root - 0.5 * s->score * (f * f / s->fixed + m * m / s->moving));
      }
}

/* The transpose of the central difference; the planes are 0 on the border. */
static void
by_moving_band (int y0, int y1, gpointer data, double *sums)
{
  const PmtMetricView *v = ((const Ngf *) data)->view;
  const float         *bx = v->work[BY_X], *by = v->work[BY_Y];

  for (int j = y0; j < y1; j++)
    for (int k = 0; k < v->width; k++)
      {
        gsize i = (gsize) j * v->width + k;
        float left = k > 0 ? bx[i - 1] : 0, right = k < v->width - 1 ? bx[i + 1] : 0;
        float above = j > 0 ? by[i - v->width] : 0, below = j < v->height - 1 ? by[i + v->width] : 0;

        v->by_moving[i] = 0.5f * (left - right + above - below);
      }
}

static gboolean
evaluate (const PmtMetricView *view, double *score, GError **error)
{
  Ngf    s = { .view = view };
  double sums[3];

  if (!_pmt_metric_bands (view, BAND, sum_band, &s, 3, sums, error) || !(sums[1] > 1e-6) || !(sums[2] > 1e-6))
    return FALSE;
  s.fixed = sums[1];
  s.moving = sums[2];
  *score = s.score = sums[0] / sqrt (s.fixed * s.moving);
  return view->by_moving == NULL
         || (_pmt_metric_bands (view, BAND, by_gradient_band, &s, 0, NULL, error)
             && _pmt_metric_bands (view, BAND, by_moving_band, &s, 0, NULL, error));
}

const PmtMetricClass _pmt_metric_ngf = {
  .nick = "ngf", .maximise = TRUE, .analytic = TRUE, .blur = 1, .reach = 3, .planes = PLANES,
  .prepare = prepare, .release = g_free, .evaluate = evaluate
};
