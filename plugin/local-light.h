/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"

G_BEGIN_DECLS

/* Local contrast of a picture that is shown in tiles, at any scale, without a seam: what becomes of a value depends on it and on its place in
 * the picture alone. Learned from an overview by contrast-limited adaptive histogram equalisation (Zuiderveld 1994). */
typedef struct _PmtLocalLight PmtLocalLight;

/* R'G'B'A, rows of 4·width bytes; what is transparent does not count. */
PmtLocalLight *pmt_local_light_new   (const guint8 *overview, int width, int height);
void           pmt_local_light_free  (PmtLocalLight *light);
/* Over cairo's RGB24 of `rect` of the picture, which is `frame` pixels at that scale. strength: 0 (nothing) … 1. Colours keep their
 * differences. */
void           pmt_local_light_apply (const PmtLocalLight *light, double strength, const PmtRect *rect, PmtSize frame, guint8 *pixels,
                                      gsize stride);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtLocalLight, pmt_local_light_free)

G_END_DECLS
