/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Grey values less their surroundings, over how much they vary there:
 *
 *     c = (f − G_σ f) / √(G_σ (f − G_σ f)² + ν²)
 *
 * as one real channel of spin 0. Unlike directions of gradients it sees which side of an edge is darker: right where both images
 * agree on that (stains of tissue, bands of light), of no use where they do not. Where the mask is 0 surroundings do not count. */
#include <math.h>

#include "feature/field-private.h"
#include "image/filter-private.h"

#define SIGMA 4.0      /* px: the surroundings' size */
#define NU    3.0f     /* in the common unit of about 0 … 255: below, contrast is noise */
#define WHOLE 0.9999f  /* a mask above this everywhere is no mask */
#define REACH 4        /* px the mask is eroded by: the mask's own edge is normalised away */

/* out = G_σ (m·v) / G_σ m, where there is any m. weight: G_σ m; NULL where m is 1 everywhere. */
static gboolean
masked_blur (const PmtPlane *v, const PmtPlane *m, const PmtPlane *weight, PmtPlane *out, GError **error)
{
  if (weight == NULL)
    return _pmt_gaussian_blur (v, SIGMA, out, error);
  for (int y = 0; y < v->height; y++)
    for (int x = 0; x < v->width; x++)
      pmt_plane_row (out, y)[x] = pmt_plane_row (v, y)[x] * pmt_plane_row (m, y)[x];
  if (!_pmt_gaussian_blur (out, SIGMA, out, error))
    return FALSE;
  for (int y = 0; y < v->height; y++)
    for (int x = 0; x < v->width; x++)
      pmt_plane_row (out, y)[x] /= MAX (pmt_plane_row (weight, y)[x], 1e-3f);
  return TRUE;
}

PmtField *
_pmt_local_contrast (const PmtGrey *grey, GError **error)
{
  int                  width = grey->value->width, height = grey->value->height;
  g_autoptr (PmtField) field = _pmt_field_new (width, height, 2, error);
  g_autoptr (PmtPlane) mean = field ? pmt_plane_new_unset (width, height, error) : NULL;
  g_autoptr (PmtPlane) square = mean ? pmt_plane_new_unset (width, height, error) : NULL;
  g_autoptr (PmtPlane) spread = square ? pmt_plane_new_unset (width, height, error) : NULL;
  gboolean             whole = _pmt_mask_all_valid (grey->mask, WHOLE);
  g_autoptr (PmtPlane) weight = spread && !whole ? pmt_plane_new_unset (width, height, error) : NULL;

  if (spread == NULL || (!whole && (weight == NULL || !_pmt_gaussian_blur (grey->mask, SIGMA, weight, error)))
      || !masked_blur (grey->value, grey->mask, weight, mean, error)
      || !_pmt_mask_erode (grey->mask, REACH, TRUE, field->mask, error))
    return NULL;
  for (int y = 0; y < height; y++)
    {
      const float *v = pmt_plane_row (grey->value, y);
      float       *m = pmt_plane_row (mean, y), *s = pmt_plane_row (square, y);

      for (int x = 0; x < width; x++)
        {
          m[x] = v[x] - m[x];
          s[x] = m[x] * m[x];
        }
    }
  if (!masked_blur (square, grey->mask, weight, spread, error))
    return NULL;
  for (int y = 0; y < height; y++)
    {
      const float *m = pmt_plane_row (field->mask, y), *d = pmt_plane_row (mean, y), *v = pmt_plane_row (spread, y);
      float       *out = field->data[0] + 2 * (gsize) y * width;

      for (int x = 0; x < width; x++)
        out[2 * x] = m[x] * d[x] / sqrtf (MAX (v[x], 0) + NU * NU);
    }
  return g_steal_pointer (&field);
}
