/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edges and lines as the modulus of the Laplacian of a Gaussian (Marr and Hildreth 1980), five points after a blur of
 * σ = 1.4 px. The modulus, because light on dark in one modality may be dark on light in another. */
#include "prepare/prepare-private.h"

#include <math.h>

#define SIGMA 1.4   /* px */

PmtGrey *
_pmt_prepare_laplacian (PmtContext *context, const PmtGrey *in, GError **error)
{
  g_autoptr (PmtPlane) smooth = pmt_plane_new (in->value->width, in->value->height, error);
  g_autoptr (PmtGrey)  out = smooth != NULL ? _pmt_prepare_eroded (in, 1, error) : NULL;

  if (out == NULL || !_pmt_valid_blur (in, SIGMA, smooth, error))
    return NULL;
  for (int y = 1; y < smooth->height - 1; y++)
    for (int x = 1; x < smooth->width - 1; x++)
      {
        const float *row = pmt_plane_row (smooth, y) + x;
        float        across = pmt_plane_row (smooth, y - 1)[x] + pmt_plane_row (smooth, y + 1)[x];

        pmt_plane_row (out->value, y)[x] = fabsf (row[-1] + row[1] + across - 4 * row[0]);
      }
  return _pmt_prepare_stretch (out, error) ? g_steal_pointer (&out) : NULL;
}
