/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the filters share: blurring what is valid only, eroding, stretching.
 *
 *     blur = Σ G·m·v / Σ G·m       (normalised convolution, Knutsson and Westin 1993)
 *
 * so that what lies under an invalid pixel does not matter and the border of what is valid is no edge. */
#include "prepare/prepare-private.h"

#include <math.h>

#include "base/select-private.h"
#include "image/filter-private.h"

#define SPARSE   1e-4f    /* of the kernel's weight: fewer valid pixels than this say nothing */
#define STRETCH  0.99

gboolean
_pmt_valid_blur (const PmtGrey *in, double sigma, PmtPlane *out, GError **error)
{
  g_autoptr (PmtPlane) weight = pmt_plane_new (in->value->width, in->value->height, error);
  g_autoptr (PmtPlane) product = weight != NULL ? pmt_plane_new (weight->width, weight->height, error) : NULL;

  if (product == NULL)
    return FALSE;
  for (int y = 0; y < product->height; y++)
    for (int x = 0; x < product->width; x++)
      pmt_plane_row (product, y)[x] = pmt_plane_row (in->value, y)[x] * pmt_plane_row (in->mask, y)[x];
  if (!_pmt_gaussian_blur (product, sigma, out, error) || !_pmt_gaussian_blur (in->mask, sigma, weight, error))
    return FALSE;
  for (int y = 0; y < out->height; y++)
    for (int x = 0; x < out->width; x++)
      {
        float w = pmt_plane_row (weight, y)[x];

        pmt_plane_row (out, y)[x] = w > SPARSE ? pmt_plane_row (out, y)[x] / w : 0;
      }
  return TRUE;
}

PmtGrey *
_pmt_prepare_eroded (const PmtGrey *in, int radius, GError **error)
{
  g_autoptr (PmtGrey) out = _pmt_grey_new (in->value->width, in->value->height, error);

  if (out == NULL || !_pmt_mask_erode (in->mask, radius, TRUE, out->mask, error))
    return NULL;
  return g_steal_pointer (&out);
}

float
_pmt_valid_quantile (const PmtPlane *plane, const PmtPlane *mask, double share, GError **error)
{
  float *values = pmt_buffer_new ((gsize) plane->width * plane->height, sizeof *values, error);
  float  quantile = 0;
  int    n = 0;

  if (values == NULL)
    return NAN;
  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      if (pmt_plane_row (mask, y)[x] > 0.5f)
        values[n++] = pmt_plane_row (plane, y)[x];
  if (n > 0)
    quantile = _pmt_select_float (values, n, CLAMP ((int) (share * n), 0, n - 1));
  pmt_buffer_free (values);
  return quantile;
}

gboolean
_pmt_prepare_stretch (PmtGrey *grey, GError **error)
{
  float top = _pmt_valid_quantile (grey->value, grey->mask, STRETCH, error);
  float gain = top > 0 ? 255 / top : 1;

  if (isnan (top))
    return FALSE;
  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      pmt_plane_row (grey->value, y)[x] = CLAMP (gain * pmt_plane_row (grey->value, y)[x], 0, 255);
  _pmt_prepare_fill (grey);
  return TRUE;
}

void
_pmt_prepare_fill (PmtGrey *grey)
{
  double sum = 0, n = 0;

  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      {
        sum += (double) pmt_plane_row (grey->value, y)[x] * pmt_plane_row (grey->mask, y)[x];
        n += pmt_plane_row (grey->mask, y)[x];
      }
  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      if (!(pmt_plane_row (grey->mask, y)[x] > 0))
        pmt_plane_row (grey->value, y)[x] = n > 0 ? (float) (sum / n) : 0;
}
