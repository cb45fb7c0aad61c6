/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Non-local means (Buades, Coll, Morel 2005): the mean of the pixels whose surroundings look alike.
 *
 *     D(p, q) = Σ_o m(p+o) m(q+o) (v(p+o) − v(q+o))² / Σ_o m(p+o) m(q+o)      o over a patch of 5 × 5
 *     w(p, q) = (1 − max(D − 2σ², 0) / h²)²₊ · m(q)                           q within a window of 11 × 11
 *     out(p)  = Σ w v(q) / Σ w
 *
 * The bisquare in place of an exponential is Goossens and others' (2008): patches that differ by more than noise does get
 * no weight at all. Of two patches with nothing but noise, D is 2σ² ± 0.6σ², so that h² = 2σ² keeps nearly all of them. σ
 * is estimated as the median of |N ∗ v| / (0.6745·6) with Immerkær's (1996) N = (1 −2 1)ᵀ(1 −2 1), which no plane or
 * straight edge along an axis excites. Pixels outside the image do not exist. 3025 terms a pixel. */
#include "prepare/prepare-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/parallel.h"

#define PATCH       2        /* px, radius */
#define WINDOW      5        /* px, radius */
#define LEAST_NOISE 0.5f     /* of 255: rounding to 8 bits leaves 0.3 */

typedef struct
{
  const PmtGrey *in;
  PmtGrey       *out;
  float          twice_variance;
} Filter;

/* σ, of valid pixels with valid neighbours. */
static float
estimate_noise (const PmtGrey *in, GError **error)
{
  static const float   n[3] = { 1, -2, 1 };
  g_autoptr (PmtGrey)  out = _pmt_prepare_eroded (in, 1, error);
  float                median;

  if (out == NULL)
    return NAN;
  for (int y = 1; y < in->value->height - 1; y++)
    for (int x = 1; x < in->value->width - 1; x++)
      {
        float sum = 0;

        for (int j = -1; j <= 1; j++)
          for (int i = -1; i <= 1; i++)
            sum += n[j + 1] * n[i + 1] * pmt_plane_row (in->value, y + j)[x + i];
        pmt_plane_row (out->value, y)[x] = fabsf (sum);
      }
  median = _pmt_valid_quantile (out->value, out->mask, 0.5, error);
  return MAX (median / (0.6745f * 6), LEAST_NOISE);
}

/* Sums over the patch's column, for every x: masks' products and weighted squared differences between the rows y + o of
 * the image and of itself moved by (dx, dy). */
PMT_CLONES static void
add_row (const float *value, const float *mask, const float *value_moved, const float *mask_moved, int dx, int from, int to,
         float *squares, float *count)
{
  for (int x = from; x < to; x++)
    {
      float d = value[x] - value_moved[x + dx], m = mask[x] * mask_moved[x + dx];

      squares[x] += m * d * d;
      count[x] += m;
    }
}

/* Five neighbouring columns make a patch. squares and count have PATCH zeros on either side. */
PMT_CLONES static void
add_weighted (const float *squares, const float *count, const float *value_moved, const float *mask_moved, int dx, int from,
              int to, float twice_variance, float *sum, float *weight)
{
  float scale = 1 / twice_variance;   /* h² = 2σ² */

  for (int x = from; x < to; x++)
    {
      float s = squares[x - 2] + squares[x - 1] + squares[x] + squares[x + 1] + squares[x + 2];
      float n = count[x - 2] + count[x - 1] + count[x] + count[x + 1] + count[x + 2];
      float excess = s / (n > 1e-6f ? n : 1e-6f) - twice_variance, t, w;

      t = 1 - (excess > 0 ? excess : 0) * scale;
      t = n > 1e-6f && t > 0 ? t : 0;
      w = t * t * mask_moved[x + dx];
      sum[x] += w * value_moved[x + dx];
      weight[x] += w;
    }
}

static gboolean
row_job (int y, int thread, gpointer data, GError **error)
{
  Filter           *f = data;
  const PmtPlane   *value = f->in->value, *mask = f->in->mask;
  int               width = value->width, height = value->height;
  gsize             padded = width + 2 * PATCH;
  g_autofree float *scratch = g_new0 (float, 2 * padded + width);
  float            *squares = scratch + PATCH, *count = squares + padded, *weight = scratch + 2 * padded;
  float            *sum = pmt_plane_row (f->out->value, y);

  for (int dy = MAX (-WINDOW, -y); dy <= MIN (WINDOW, height - 1 - y); dy++)
    for (int dx = -WINDOW; dx <= WINDOW; dx++)
      {
        int from = MAX (-dx, 0), to = width - MAX (dx, 0);

        memset (scratch, 0, 2 * padded * sizeof *scratch);
        for (int o = -PATCH; o <= PATCH; o++)
          if (y + o >= 0 && y + o < height && y + dy + o >= 0 && y + dy + o < height)
            add_row (pmt_plane_row (value, y + o), pmt_plane_row (mask, y + o), pmt_plane_row (value, y + dy + o),
                     pmt_plane_row (mask, y + dy + o), dx, from, to, squares, count);
        add_weighted (squares, count, pmt_plane_row (value, y + dy), pmt_plane_row (mask, y + dy), dx, from, to,
                      f->twice_variance, sum, weight);
      }
  for (int x = 0; x < width; x++)
    sum[x] = weight[x] > 0 ? sum[x] / weight[x] : 0;
  memcpy (pmt_plane_row (f->out->mask, y), pmt_plane_row (mask, y), width * sizeof (float));
  return TRUE;
}

PmtGrey *
_pmt_prepare_non_local_means (PmtContext *context, const PmtGrey *in, GError **error)
{
  g_autoptr (PmtGrey) out = _pmt_grey_new (in->value->width, in->value->height, error);
  Filter              f = { .in = in, .out = out };
  float               noise;

  if (out == NULL)
    return NULL;
  noise = estimate_noise (in, error);
  if (isnan (noise))
    return NULL;
  f.twice_variance = 2 * noise * noise;
  if (!pmt_parallel_for (context, in->value->height, row_job, &f, error))
    return NULL;
  _pmt_prepare_fill (out);
  return g_steal_pointer (&out);
}
