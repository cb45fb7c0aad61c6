/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gegl.h>

#include "image/source.h"

G_BEGIN_DECLS

/* The float format in which pixels of `format` (NULL: unknown) are warped and matched: linear light with straight
 * alpha, in the same space: "RGBA float", "YA float" for grey and "cmykA float" for inks. Formats of n unnamed bands
 * (babl_format_n()) become n floats, whose values are left alone beyond the change of type. */
const Babl *pmt_gegl_working_format (const Babl *format);

/* The band of `format` that is alpha; -1 when none is. */
int         pmt_gegl_alpha_band     (const Babl *format);

/* A source over the pixels `extent` (NULL: the buffer's own extent) of the buffer, which is referenced, not copied.
 * The source's pixel (0, 0) is the buffer's (extent->x, extent->y); the buffer need not cover the extent: what it
 * lacks reads as 0. Pixels are converted to `format` (NULL: the working format of the buffer's), which must have
 * float components of one size; alpha_max is 1. Reading is thread-safe while nobody writes to the buffer.
 * PMT_ERROR_BAD_INPUT for an empty extent, PMT_ERROR_UNSUPPORTED for a format that isn't float. */
PmtSource  *pmt_gegl_source_new     (GeglBuffer *buffer, const GeglRectangle *extent, const Babl *format,
                                     GError **error);

G_END_DECLS
