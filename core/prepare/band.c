/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source seen through a mixture of its bands, and the choice of one. */
#include <math.h>

#include "base/error.h"
#include "prepare/prepare-private.h"

typedef struct
{
  PmtSource *source;
  int        bands, alpha;
  double    *weights;       /* a weight for each band, 0 for alpha */
} Mix;

/* Sums in double: with many bands and weights of both signs float would show. */
static void
mix_row (const Mix *m, const float *from, int width, float *to)
{
  for (int x = 0; x < width; x++, from += m->bands)
    {
      double sum = 0;

      for (int b = 0; b < m->bands; b++)
        if (m->weights[b] != 0)
          sum += m->weights[b] * from[b];
      *to++ = (float) sum;
      if (m->alpha >= 0)
        *to++ = from[m->alpha];
    }
}

static gboolean
mix_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  const Mix *m = self;
  gsize      row = (gsize) rect->width * m->bands;
  float     *pixels = pmt_buffer_new (row * rect->height, sizeof *pixels, error);
  gboolean   ok = pixels != NULL && pmt_source_read (m->source, rect, pixels, row, error);

  for (int y = 0; ok && y < rect->height; y++)
    mix_row (m, pixels + y * row, rect->width, dest + y * stride);
  pmt_buffer_free (pixels);
  return ok;
}

static void
mix_free (gpointer self)
{
  Mix *m = self;

  pmt_source_unref (m->source);
  g_free (m->weights);
  g_free (m);
}

static const PmtSourceClass mix_class = { mix_read, mix_free };

PmtSource *
_pmt_band_mix_new (PmtSource *source, const double *weights, GError **error)
{
  Mix       *m = g_new0 (Mix, 1);
  PmtSource *mix;

  m->source = pmt_source_ref (source);
  m->bands = pmt_source_get_bands (source);
  m->alpha = pmt_source_get_alpha (source);
  m->weights = g_new0 (double, m->bands);
  for (int b = 0, k = 0; b < m->bands; b++)
    if (b != m->alpha)
      m->weights[b] = weights[k++];
  mix = pmt_source_new (pmt_source_get_width (source), pmt_source_get_height (source), 1 + (m->alpha >= 0),
                        m->alpha >= 0 ? 1 : -1, pmt_source_get_alpha_max (source), &mix_class, m, error);
  if (mix != NULL)
    pmt_source_set_pixel_size (mix, pmt_source_get_pixel_size (source));
  return mix;
}

PmtSource *
_pmt_prepare_source (const PmtPreparation *preparation, PmtSource *source, const PmtPlane *valid, GError **error)
{
  int                bands = pmt_source_get_bands (source) - (pmt_source_get_alpha (source) >= 0);
  g_autofree double *weights = g_new0 (double, MAX (bands, 1));

  if (preparation->choice == PMT_BAND_ALL || bands <= 1)
    return pmt_source_ref (source);
  if (preparation->choice == PMT_BAND_PRINCIPAL)
    {
      if (!_pmt_principal_component (source, valid, weights, error))
        return NULL;
    }
  else if (preparation->band >= bands || (preparation->colour && bands < 3))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "there is no band %d: the image has %d", preparation->band + 1,
                   bands);
      if (preparation->colour)
        g_prefix_error (error, "the image has no colours: ");
      return NULL;
    }
  else
    weights[preparation->band] = 1;
  return _pmt_band_mix_new (source, weights, error);
}
