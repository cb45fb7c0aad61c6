/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bilateral filter (Tomasi and Manduchi 1998): the mean of the neighbours that look alike.
 *
 *     out(p) = Σ_q G(|p − q|) T(v(p) − v(q)) m(q) v(q) / Σ_q G(|p − q|) T(v(p) − v(q)) m(q)
 *
 * with a Gaussian G in space, cut off at 2σ, and Tukey's biweight T(d) = (1 − d²/s²)²₊ in value, which Durand and Dorsey
 * (2002) discuss in place of a Gaussian: it ignores across an edge instead of blurring a little, and costs no exponential.
 * Pixels outside the image do not exist. 9 × 9 terms a pixel. */
#include "prepare/prepare-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/parallel.h"

#define SIGMA   2.0    /* px */
#define RADIUS  4      /* px, 2σ */
#define SCALE   64.f   /* of 255: the biweight of a Gaussian with σ = 64/√5 = 29, a ninth of the range */

typedef struct
{
  const PmtGrey *in;
  PmtGrey       *out;
  float          space[2 * RADIUS + 1];
} Filter;

/* Adds the neighbours dx further on in one row to the sums of pixels from … to-1. */
PMT_CLONES static void
add_neighbours (const float *centre, const float *value, const float *mask, float space, int dx, int from, int to,
                float *sum, float *weight)
{
  for (int x = from; x < to; x++)
    {
      float d = centre[x] - value[x + dx], t = 1 - d * d * (1 / (SCALE * SCALE)), w;

      t = t > 0 ? t : 0;
      w = space * t * t * mask[x + dx];
      sum[x] += w * value[x + dx];
      weight[x] += w;
    }
}

static gboolean
row_job (int y, int thread, gpointer data, GError **error)
{
  Filter            *f = data;
  int                width = f->in->value->width, height = f->in->value->height;
  const float       *centre = pmt_plane_row (f->in->value, y);
  float             *sum = pmt_plane_row (f->out->value, y);
  g_autofree float  *weight = g_new0 (float, width);

  for (int v = MAX (y - RADIUS, 0); v <= MIN (y + RADIUS, height - 1); v++)
    for (int dx = -RADIUS; dx <= RADIUS; dx++)
      add_neighbours (centre, pmt_plane_row (f->in->value, v), pmt_plane_row (f->in->mask, v),
                      f->space[v - y + RADIUS] * f->space[dx + RADIUS], dx, MAX (-dx, 0), width - MAX (dx, 0), sum, weight);
  for (int x = 0; x < width; x++)
    sum[x] = weight[x] > 0 ? sum[x] / weight[x] : 0;
  memcpy (pmt_plane_row (f->out->mask, y), pmt_plane_row (f->in->mask, y), width * sizeof (float));
  return TRUE;
}

PmtGrey *
_pmt_prepare_bilateral (PmtContext *context, const PmtGrey *in, GError **error)
{
  g_autoptr (PmtGrey) out = _pmt_grey_new (in->value->width, in->value->height, error);
  Filter              f = { .in = in, .out = out };

  if (out == NULL)
    return NULL;
  for (int i = -RADIUS; i <= RADIUS; i++)
    f.space[i + RADIUS] = (float) exp (-i * i / (2 * SIGMA * SIGMA));
  if (!pmt_parallel_for (context, in->value->height, row_job, &f, error))
    return NULL;
  _pmt_prepare_fill (out);
  return g_steal_pointer (&out);
}
