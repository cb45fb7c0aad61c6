/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adaptive threshold: 255 where the image, blurred by σ = 1 px, is lighter than its surroundings, 0 where it is not.
 * Surroundings are the Gaussian mean of what is valid within σ = 8 px; within ±2 of 255 of it the value rises linearly, so
 * that noise on an even ground gives grey and not black and white. */
#include "prepare/prepare-private.h"

#define FINE       1.0    /* px */
#define WIDE       8.0    /* px */
#define UNDECIDED  2.f    /* of 255 */

PmtGrey *
_pmt_prepare_adaptive_threshold (PmtContext *context, const PmtGrey *in, GError **error)
{
  g_autoptr (PmtPlane) fine = pmt_plane_new (in->value->width, in->value->height, error);
  g_autoptr (PmtPlane) wide = fine != NULL ? pmt_plane_new (fine->width, fine->height, error) : NULL;
  g_autoptr (PmtGrey)  out = wide != NULL ? _pmt_prepare_eroded (in, 0, error) : NULL;

  if (out == NULL || !_pmt_valid_blur (in, FINE, fine, error)
      || !_pmt_valid_blur (in, WIDE, wide, error))
    return NULL;
  for (int y = 0; y < fine->height; y++)
    for (int x = 0; x < fine->width; x++)
      {
        float above = pmt_plane_row (fine, y)[x] - pmt_plane_row (wide, y)[x];

        pmt_plane_row (out->value, y)[x] = CLAMP (0.5f + above / (2 * UNDECIDED), 0, 1) * 255;
      }
  _pmt_prepare_fill (out);
  return g_steal_pointer (&out);
}
