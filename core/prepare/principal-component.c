/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first principal component of an image's bands (Pearson 1901): the eigenvector of the largest eigenvalue of their
 * covariance, over valid pixels of a regular grid that is coarse enough to be read quickly from any size of image. Bands
 * count as they are, not standardised: a band that hardly varies says little and is noisier.
 *
 * An eigenvector has no sign. With mean m = Σ_b v_b / B, cov(w·v, m) = λ Σ_b w_b / B, so the sign with Σ w ≥ 0 makes the
 * component rise with the mean. */
#include "prepare/prepare-private.h"

#include <lapacke.h>
#include <math.h>

#include "base/error.h"

#define ROWS    128     /* of the grid, at most */
#define COLUMNS 256
#define EFFORT  (1 << 26)   /* products, so that many bands mean fewer samples */

typedef struct
{
  PmtSource      *source;
  const PmtPlane *valid;
  int             bands, alpha, used;      /* `used`: all but alpha */
  double         *first;      /* of the first sample: what is summed is the difference from it, which is exact enough */
  double         *sum, *products;
  gint64          count;
} Sums;

static gboolean
is_valid (const Sums *s, const float *pixel, double x, double y)
{
  const PmtPlane *v = s->valid;

  for (int b = 0; b < s->bands; b++)
    if (!isfinite (pixel[b]))
      return FALSE;
  if (s->alpha >= 0 && !(pixel[s->alpha] > 0.5 * pmt_source_get_alpha_max (s->source)))
    return FALSE;
  return v == NULL || pmt_plane_row (v, MIN ((int) (y * v->height), v->height - 1))[MIN ((int) (x * v->width),
                                                                                         v->width - 1)] > 0.5f;
}

static void
add_pixel (Sums *s, const float *pixel, double *difference)
{
  for (int b = 0, k = 0; b < s->bands; b++)
    {
      if (b == s->alpha)
        continue;
      if (s->count == 0)
        s->first[k] = pixel[b];
      difference[k] = pixel[b] - s->first[k];
      k++;
    }
  for (int i = 0; i < s->used; i++)
    {
      s->sum[i] += difference[i];
      for (int k = i; k < s->used; k++)
        s->products[(gsize) i * s->used + k] += difference[i] * difference[k];
    }
  s->count++;
}

/* Every row of the grid is read whole, its columns picked. */
static gboolean
add_samples (Sums *s, GError **error)
{
  int                width = pmt_source_get_width (s->source), height = pmt_source_get_height (s->source);
  gint64             most = MAX ((gint64) EFFORT / ((gint64) s->used * s->used), 1024);
  int                rows = MIN (height, ROWS), columns = MIN (width, (int) CLAMP (most / rows, 1, COLUMNS));
  g_autofree double *difference = g_new0 (double, s->used);
  float             *pixels = pmt_buffer_new ((gsize) width * s->bands, sizeof *pixels, error);
  gboolean           ok = pixels != NULL;

  for (int j = 0; ok && j < rows; j++)
    {
      int y = (int) ((j + 0.5) * height / rows);

      ok = pmt_source_read (s->source, &(PmtRect) { 0, y, width, 1 }, pixels, (gsize) width * s->bands, error);
      for (int i = 0; ok && i < columns; i++)
        {
          int x = (int) ((i + 0.5) * width / columns);

          if (is_valid (s, pixels + (gsize) x * s->bands, (x + 0.5) / width, (y + 0.5) / height))
            add_pixel (s, pixels + (gsize) x * s->bands, difference);
        }
    }
  pmt_buffer_free (pixels);
  return ok;
}

/* Where nothing varies or LAPACK gives up, the mean of the bands. */
static void
take_eigenvector (const Sums *s, double *weights)
{
  int                n = s->used;
  g_autofree double *covariance = g_new0 (double, (gsize) n * n), *values = g_new0 (double, n);
  double             total = 0;
  gboolean           ok;

  for (int i = 0; i < n; i++)
    for (int k = i; k < n; k++)
      covariance[(gsize) i * n + k] = s->products[(gsize) i * n + k] - s->sum[i] * s->sum[k] / MAX (s->count, 1);
  ok = s->count > 1 && LAPACKE_dsyev (LAPACK_ROW_MAJOR, 'V', 'U', n, covariance, n, values) == 0 && values[n - 1] > 0;
  for (int i = 0; i < n; i++)
    {
      weights[i] = ok ? covariance[(gsize) i * n + n - 1] : 1 / sqrt (n);
      total += weights[i];
    }
  for (int i = 0; i < n && total < 0; i++)
    weights[i] = -weights[i];
}

gboolean
_pmt_principal_component (PmtSource *source, const PmtPlane *valid, double *weights, GError **error)
{
  Sums               s = { .source = source, .valid = valid, .bands = pmt_source_get_bands (source),
                           .alpha = pmt_source_get_alpha (source) };
  g_autofree double *first = NULL, *sum = NULL, *products = NULL;

  s.used = s.bands - (s.alpha >= 0);
  s.first = first = g_new0 (double, s.used);
  s.sum = sum = g_new0 (double, s.used);
  s.products = products = g_try_new0 (double, (gsize) s.used * s.used);
  if (products == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for the covariance of %d bands", s.used);
      return FALSE;
    }
  if (!add_samples (&s, error))
    return FALSE;
  take_eigenvector (&s, weights);
  return TRUE;
}
