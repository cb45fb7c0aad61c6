/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "image/grey.h"

G_BEGIN_DECLS

/* Oriented structure as complex planes ("spin fields"): channel c holds a·exp(i·q·θ) with θ the local direction and q
 * the channel's spin, so turning the image by α turns the plane and multiplies it by exp(i·q·α). Even spins do not
 * see contrast reversal (θ → θ + π). */
#define PMT_FIELD_MAX_CHANNELS 2

typedef struct
{
  int       width, height, channels;
  int       spin[PMT_FIELD_MAX_CHANNELS];
  float    *data[PMT_FIELD_MAX_CHANNELS];   /* width·height interleaved (re, im), rows packed; 0 where invalid */
  PmtPlane *mask;                           /* 1 where the field is valid, else 0 */
} PmtField;

PmtField *_pmt_field_new  (int width, int height, int channels, GError **error);
void      _pmt_field_free (PmtField *field);

/* Computes a field from a grey image; the mask is the image's, eroded by what the filters reach. */
typedef PmtField *(*PmtFieldFunc) (const PmtGrey *grey, GError **error);

/* Gradient direction, spins 2 and 4: feature/gradient-direction.c. For finding and refining. */
PmtField *_pmt_gradient_direction (const PmtGrey *grey, GError **error);
/* Local contrast, spin 0, in the first channel; the second is empty: feature/local-contrast.c. For bending tissue. */
PmtField *_pmt_local_contrast (const PmtGrey *grey, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtField, _pmt_field_free)

G_END_DECLS
