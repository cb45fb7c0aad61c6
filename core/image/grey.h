/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/source.h"

G_BEGIN_DECLS

/* What registration looks at: one grey band and where it is valid. */
typedef struct
{
  PmtPlane *value;    /* any unit; finite everywhere (the mean of the valid pixels where invalid) */
  PmtPlane *mask;     /* 0 … 1: share of the pixel that is valid */
} PmtGrey;

void     pmt_grey_free (PmtGrey *grey);

/* Reads rect of the source area-averaged to out_width × out_height ≤ rect's size (each output pixel is the exact mean
 * of the part of the image it covers, weighted by validity). Grey is Rec. 709 luma of the first three bands when
 * there are three or more, else the first band. Alpha (scaled to 0 … 1) is validity; a pixel with a non-finite band
 * is invalid. Streams in strips: memory is the output plus 64 source rows a thread. */
PmtGrey *pmt_grey_read (PmtContext *context, PmtSource *source, const PmtRect *rect, int out_width, int out_height,
                        GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtGrey, pmt_grey_free)

G_END_DECLS
