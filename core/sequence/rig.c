/* SPDX-License-Identifier: GPL-3.0-or-later */
/* With p on a grid of the fixed frame, R the rig and T a pair's map, the drift is the (a, b, c, d) for which
 *   R(p) + (a + c·x − d·y, b + d·x + c·y),  (x, y) = (R(p) − centre) / L,
 * is nearest to T(p); L is the grid's root mean square distance from its centre, so all four are pixels. */
#include "sequence/rig.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/select-private.h"

#define SIDE      5
#define POINTS    (SIDE * SIDE)
#define NEIGHBOURS 5          /* pairs that a local line has at least, where there are so many */
#define ROUNDS    5
#define CUT       6.0         /* of the median residual, as Cleveland has it … */
#define LEAST_CUT 1.0         /* … but no less, px: pairs that agree this well are not played off against each other */

typedef struct { double v[4]; } Drift;

typedef struct
{
  GArray  *pairs;
  PmtPoint at[POINTS];        /* R(p) */
  PmtPoint centre;
  double   length;
  Drift   *drift;             /* of each pair */
  double   window;
} Fit;

static PmtPoint
grid_point (PmtSize size, int j)
{
  return (PmtPoint) { size.width * (j % SIDE + 0.5) / SIDE, size.height * (j / SIDE + 0.5) / SIDE };
}

static PmtRigPair *
pair_at (const Fit *fit, guint k)
{
  return &g_array_index (fit->pairs, PmtRigPair, k);
}

static double
distance (const PmtMatrix3 *a, const PmtMatrix3 *b, PmtSize size)
{
  float d[POINTS];

  for (int j = 0; j < POINTS; j++)
    {
      PmtPoint p = pmt_matrix3_map (a, grid_point (size, j)), q = pmt_matrix3_map (b, grid_point (size, j));

      d[j] = (float) hypot (p.x - q.x, p.y - q.y);
      if (!isfinite (d[j]))
        d[j] = 1e6f;
    }
  return _pmt_median_float (d, POINTS);
}

/* The pair from which all others are least far, taken together. */
static guint
middle_pair (const Fit *fit, PmtSize size)
{
  guint  best = 0;
  double least = INFINITY;

  for (guint k = 0; k < fit->pairs->len; k++)
    {
      double sum = 0;

      for (guint i = 0; i < fit->pairs->len; i++)
        sum += fmin (distance (&pair_at (fit, k)->matrix, &pair_at (fit, i)->matrix, size), 1e3);
      if (sum < least)
        {
          least = sum;
          best = k;
        }
    }
  return best;
}

static void
set_rig (Fit *fit, const PmtMatrix3 *rig, PmtSize size)
{
  double sum = 0;

  fit->centre = (PmtPoint) { 0, 0 };
  for (int j = 0; j < POINTS; j++)
    {
      fit->at[j] = pmt_matrix3_map (rig, grid_point (size, j));
      fit->centre.x += fit->at[j].x / POINTS;
      fit->centre.y += fit->at[j].y / POINTS;
    }
  for (int j = 0; j < POINTS; j++)
    sum += (fit->at[j].x - fit->centre.x) * (fit->at[j].x - fit->centre.x) + (fit->at[j].y - fit->centre.y) * (fit->at[j].y - fit->centre.y);
  fit->length = sqrt (sum / POINTS);
}

static Drift
measure (const Fit *fit, const PmtMatrix3 *matrix, PmtSize size)
{
  Drift drift = { { 0 } };

  for (int j = 0; j < POINTS; j++)
    {
      PmtPoint q = pmt_matrix3_map (matrix, grid_point (size, j));
      double   dx = q.x - fit->at[j].x, dy = q.y - fit->at[j].y;
      double   x = (fit->at[j].x - fit->centre.x) / fit->length, y = (fit->at[j].y - fit->centre.y) / fit->length;

      drift.v[0] += dx / POINTS;
      drift.v[1] += dy / POINTS;
      drift.v[2] += (x * dx + y * dy) / POINTS;
      drift.v[3] += (x * dy - y * dx) / POINTS;
    }
  return drift;
}

static PmtMatrix3
moved (const Fit *fit, const PmtMatrix3 *rig, const Drift *d)
{
  double     c = d->v[2] / fit->length, s = d->v[3] / fit->length;
  PmtMatrix3 m = { { { 1 + c, -s, d->v[0] - c * fit->centre.x + s * fit->centre.y },
                     { s, 1 + c, d->v[1] - s * fit->centre.x - c * fit->centre.y }, { 0, 0, 1 } } };

  return pmt_matrix3_then (rig, &m);
}

static double
size_of (const Drift *a, const Drift *b)
{
  double sum = 0;

  for (int i = 0; i < 4; i++)
    sum += (a->v[i] - b->v[i]) * (a->v[i] - b->v[i]);
  return sqrt (sum);
}

/* How far the local line at a frame reaches. */
static double
reach (const Fit *fit, double frame)
{
  guint             n = fit->pairs->len;
  g_autofree float *away = g_new (float, n);

  for (guint k = 0; k < n; k++)
    away[k] = (float) fabs (pair_at (fit, k)->frame - frame);
  return fmax (fit->window, 1.001 * _pmt_select_float (away, (int) n, (int) MIN (NEIGHBOURS, n) - 1) + 0.5);
}

/* The local line's value at a frame; without weight nearby the mean of what there is. */
static Drift
smooth_at (const Fit *fit, double frame)
{
  double far = reach (fit, frame), s0 = 0, s1 = 0, s2 = 0;
  Drift  sum = { { 0 } }, slope = { { 0 } }, out = { { 0 } };

  for (guint k = 0; k < fit->pairs->len; k++)
    {
      const PmtRigPair *p = pair_at (fit, k);
      double            t = p->frame - frame, r = fabs (t) / far, cube = r < 1 ? 1 - r * r * r : 0;
      double            w = p->weight * cube * cube * cube / (p->sigma * p->sigma) + 1e-12 * p->weight;

      s0 += w;
      s1 += w * t;
      s2 += w * t * t;
      for (int i = 0; i < 4; i++)
        {
          sum.v[i] += w * fit->drift[k].v[i];
          slope.v[i] += w * t * fit->drift[k].v[i];
        }
    }
  for (int i = 0; i < 4 && s0 > 0; i++)
    {
      double det = s0 * s2 - s1 * s1;

      out.v[i] = det > 1e-6 * s0 * s2 ? (s2 * sum.v[i] - s1 * slope.v[i]) / det : sum.v[i] / s0;
    }
  return out;
}

/* The median of a pair's neighbours in time, itself among them: to begin with. */
static Drift
median_near (const Fit *fit, guint k)
{
  guint n = fit->pairs->len, m = MIN (NEIGHBOURS, n), from = (guint) CLAMP ((int) k - (int) m / 2, 0, (int) (n - m));
  Drift out;

  for (int i = 0; i < 4; i++)
    {
      float values[NEIGHBOURS];

      for (guint j = 0; j < m; j++)
        values[j] = (float) fit->drift[from + j].v[i];
      out.v[i] = _pmt_median_float (values, (int) m);
    }
  return out;
}

/* Tukey's biweights by distances from the curve. */
static void
weigh (Fit *fit, gboolean first)
{
  guint              n = fit->pairs->len;
  g_autofree float  *sorted = g_new (float, n);
  g_autofree double *residual = g_new (double, n);
  double             cut;

  for (guint k = 0; k < n; k++)
    {
      Drift curve = first ? median_near (fit, k) : smooth_at (fit, pair_at (fit, k)->frame);

      residual[k] = size_of (&fit->drift[k], &curve);
      sorted[k] = (float) residual[k];
    }
  cut = fmax (CUT * _pmt_median_float (sorted, (int) n), LEAST_CUT);
  for (guint k = 0; k < n; k++)
    {
      double u = residual[k] / cut;

      pair_at (fit, k)->weight = u < 1 ? (1 - u * u) * (1 - u * u) : 0;
    }
}

static int
by_frame (gconstpointer a, gconstpointer b)
{
  return ((const PmtRigPair *) a)->frame - ((const PmtRigPair *) b)->frame;
}

/* The rig moved to the weighted mean of all drifts, from which they are then measured. */
static PmtMatrix3
centre_rig (Fit *fit, const PmtMatrix3 *rig, PmtSize size)
{
  Drift      mean = { { 0 } };
  double     total = 0;
  PmtMatrix3 centred;

  for (guint k = 0; k < fit->pairs->len; k++)
    {
      double w = pair_at (fit, k)->weight / (pair_at (fit, k)->sigma * pair_at (fit, k)->sigma);

      total += w;
      for (int i = 0; i < 4; i++)
        mean.v[i] += w * fit->drift[k].v[i];
    }
  for (int i = 0; i < 4 && total > 0; i++)
    mean.v[i] /= total;
  centred = moved (fit, rig, &mean);
  set_rig (fit, &centred, size);
  for (guint k = 0; k < fit->pairs->len; k++)
    fit->drift[k] = measure (fit, &pair_at (fit, k)->matrix, size);
  return centred;
}

gboolean
pmt_rig_solve (GArray *pairs, PmtSize fixed, int n_frames, double window, PmtMatrix3 *rig, PmtMatrix3 *frames, GError **error)
{
  g_autofree Drift *drift = g_new0 (Drift, MAX (pairs->len, 1));
  Fit               fit = { .pairs = pairs, .drift = drift, .window = window };
  PmtMatrix3        middle;

  if (pairs->len < 2)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%u of the frames that were tried fit each other; two are needed", pairs->len);
      return FALSE;
    }
  g_array_sort (pairs, by_frame);
  middle = pair_at (&fit, middle_pair (&fit, fixed))->matrix;
  set_rig (&fit, &middle, fixed);
  for (guint k = 0; k < pairs->len; k++)
    drift[k] = measure (&fit, &pair_at (&fit, k)->matrix, fixed);
  weigh (&fit, TRUE);
  *rig = centre_rig (&fit, &middle, fixed);
  for (int round = 0; round < ROUNDS; round++)
    weigh (&fit, FALSE);
  for (int i = 0; i < n_frames; i++)
    {
      Drift d = smooth_at (&fit, i);

      frames[i] = moved (&fit, rig, &d);
    }
  for (guint k = 0; k < pairs->len; k++)
    pair_at (&fit, k)->misfit = distance (&pair_at (&fit, k)->matrix, &frames[CLAMP (pair_at (&fit, k)->frame, 0, n_frames - 1)], fixed);
  return TRUE;
}
