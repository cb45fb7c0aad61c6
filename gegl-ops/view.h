/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gegl-plugin.h>

G_BEGIN_DECLS

/* An operation's input as it is looked at: display-referred, straight alpha. */
typedef struct
{
  GeglBuffer   *buffer;    /* NULL when there is none */
  GeglRectangle bounds;
  const Babl   *format;    /* R'G'B'A float, or n floats for unnamed bands */
  int           bands;     /* 0: named bands, converted to R'G'B'A */
} PmtGeglView;

/* R'G'B'A float in the space of the first of the pads that has a named format; NULL-terminated. sRGB where none has. */
const Babl   *pmt_gegl_display_format (GeglOperation *operation, const char *const *pads);

GeglRectangle pmt_gegl_pad_bounds     (GeglOperation *operation, const char *pad);

/* buffer: what the pad gave, not referenced; may be NULL. display: as above. */
PmtGeglView   pmt_gegl_view           (GeglOperation *operation, const char *pad, GeglBuffer *buffer, const Babl *display);

/* The rectangle's pixels in the display format, packed; 0 outside of the buffer. Unnamed bands are shown as they are
 * stored: the first three as red, green and blue, one as grey; opaque within the pad's bounds. PMT_ERROR_MEMORY. */
gboolean      pmt_gegl_view_read      (const PmtGeglView *view, const GeglRectangle *rect, float *rgba, GError **error);

G_END_DECLS
