/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An image as it looks when its plane is turned away (Yu & Morel 2011). */
#include "image/squeeze-private.h"

#include <math.h>

#include "base/parallel.h"
#include "image/area-private.h"

#define BLUR     0.8     /* px for √(tilt² − 1) */
#define REACH    2.5     /* σ of the blur that are summed */
#define MAX_TAPS 31
#define VALID    0.9f    /* of a sample's weights */

typedef struct
{
  const PmtGrey *grey;
  PmtGrey       *out;
  PmtMatrix3     back;              /* out px → grey px */
  double         step_x, step_y;    /* grey px: along the squeezed direction */
  int            taps;              /* odd */
  float          weight[MAX_TAPS];
} Squeeze;

/* One pixel: a Gaussian along the squeezed direction through bilinear samples, weighted by validity. */
static void
squeeze_pixel (const Squeeze *t, double x, double y, float *value, float *mask)
{
  const PmtPlane *v = t->grey->value, *m = t->grey->mask;
  float           sum = 0, valid = 0;

  for (int k = 0; k < t->taps; k++)
    {
      double u = x - 0.5 + (k - t->taps / 2) * t->step_x, w = y - 0.5 + (k - t->taps / 2) * t->step_y;
      int    i = (int) floor (u), j = (int) floor (w);

      if (i < 0 || j < 0 || i + 1 >= v->width || j + 1 >= v->height)
        continue;
      float        fx = (float) (u - i), fy = (float) (w - j);
      const float *a = pmt_plane_row (v, j) + i, *b = pmt_plane_row (v, j + 1) + i;
      const float *p = pmt_plane_row (m, j) + i, *q = pmt_plane_row (m, j + 1) + i;
      float        share = t->weight[k] * MIN (MIN (p[0], p[1]), MIN (q[0], q[1]));

      sum += share * ((1 - fy) * ((1 - fx) * a[0] + fx * a[1]) + fy * ((1 - fx) * b[0] + fx * b[1]));
      valid += share;
    }
  *mask = valid > VALID;
  *value = valid > 0 ? sum / valid : 127.f;
}

static gboolean
squeeze_row (int y, int thread, gpointer data, GError **error)
{
  const Squeeze *t = data;
  float      *value = pmt_plane_row (t->out->value, y), *mask = pmt_plane_row (t->out->mask, y);

  for (int x = 0; x < t->out->value->width; x++)
    squeeze_pixel (t, t->back.m[0][0] * (x + 0.5) + t->back.m[0][1] * (y + 0.5) + t->back.m[0][2],
                t->back.m[1][0] * (x + 0.5) + t->back.m[1][1] * (y + 0.5) + t->back.m[1][2], &value[x], &mask[x]);
  return TRUE;
}

/* The affine map that squeezes along `angle`, with the frame's bounding box moved to 0. */
static PmtMatrix3
squeezing (int width, int height, double tilt, double angle, int *out_width, int *out_height)
{
  double     c = cos (angle), s = sin (angle), q = 1 / tilt, x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
  PmtMatrix3 m = { { { c * q, s * q, 0 }, { -s, c, 0 }, { 0, 0, 1 } } };

  for (int k = 0; k < 4; k++)
    {
      PmtPoint p = pmt_matrix3_map (&m, (PmtPoint) { (k & 1) * width, (k >> 1) * height });

      x0 = MIN (x0, p.x), x1 = MAX (x1, p.x);
      y0 = MIN (y0, p.y), y1 = MAX (y1, p.y);
    }
  m.m[0][2] = -x0;
  m.m[1][2] = -y0;
  *out_width = MAX ((int) ceil (x1 - x0 - 1e-6), 8);
  *out_height = MAX ((int) ceil (y1 - y0 - 1e-6), 8);
  return m;
}

PmtGrey *
_pmt_grey_squeeze (PmtContext *context, const PmtGrey *grey, double tilt, double angle, PmtMatrix3 *matrix, GError **error)
{
  g_autoptr (PmtGrey) out = NULL;
  Squeeze             t = { .grey = grey };
  double              sigma = BLUR * sqrt (tilt * tilt - 1), all = 0;
  int                 width, height;

  *matrix = squeezing (grey->value->width, grey->value->height, tilt, angle, &width, &height);
  t.out = out = _pmt_grey_new (width, height, error);
  if (out == NULL || !pmt_matrix3_invert (matrix, &t.back))
    return NULL;
  t.step_x = cos (angle);
  t.step_y = sin (angle);
  t.taps = MIN (2 * (int) ceil (REACH * sigma) + 1, MAX_TAPS);
  for (int k = 0; k < t.taps; k++)
    all += t.weight[k] = (float) exp (-0.5 * (k - t.taps / 2) * (k - t.taps / 2) / (sigma * sigma + 1e-9));
  for (int k = 0; k < t.taps; k++)
    t.weight[k] /= (float) all;
  return pmt_parallel_for (context, height, squeeze_row, &t, error) ? g_steal_pointer (&out) : NULL;
}
