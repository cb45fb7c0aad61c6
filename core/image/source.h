/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "base/geometry.h"
#include "base/plane.h"

G_BEGIN_DECLS

/* An image that can be read by rectangle: memory, a file through libvips, a GEGL buffer (implemented outside core).
 * Pixels are float, bands interleaved, in whatever unit the source states; one band may be straight (not
 * premultiplied) alpha. Pixels that hold no data are NaN or have alpha 0. Reference counted; read from any thread. */
typedef struct _PmtSource PmtSource;

typedef struct
{
  /* Fills dest (bands·rect.width floats a row, rows `stride` floats apart) with rect, which lies inside the image. */
  gboolean (*read) (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error);
  void     (*free) (gpointer self);
} PmtSourceClass;

/* width, height, bands ≥ 1; alpha is the index of the alpha band or -1, alpha_max its value where opaque.
 * Takes `self` (also on error). PMT_ERROR_BAD_INPUT for sizes that make no sense. */
PmtSource *pmt_source_new   (int width, int height, int bands, int alpha, double alpha_max,
                             const PmtSourceClass *klass, gpointer self, GError **error);
PmtSource *pmt_source_ref   (PmtSource *source);
void       pmt_source_unref (PmtSource *source);

int        pmt_source_get_width     (const PmtSource *source);
int        pmt_source_get_height    (const PmtSource *source);
int        pmt_source_get_bands     (const PmtSource *source);
int        pmt_source_get_alpha     (const PmtSource *source);
double     pmt_source_get_alpha_max (const PmtSource *source);

/* The side of a pixel on the object or the scan, millimetres, as the file states it; 0 (so it starts) where it is not
 * known. A hint: many cameras write a number that means nothing. */
double     pmt_source_get_pixel_size (const PmtSource *source);
void       pmt_source_set_pixel_size (PmtSource *source, double millimetres);

/* Full-resolution pixels of rect, which must lie inside the image (PMT_ERROR_BAD_INPUT otherwise). */
gboolean   pmt_source_read (PmtSource *source, const PmtRect *rect, float *dest, gsize stride, GError **error);

/* A source over a copy of width × height pixels of `bands` interleaved floats, rows `stride` floats apart. */
PmtSource *pmt_source_memory_new (int width, int height, int bands, int alpha, double alpha_max,
                                  const float *pixels, gsize stride, GError **error);

/* The same image mirrored left to right. */
PmtSource *pmt_source_mirror_new (PmtSource *source, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtSource, pmt_source_unref)

G_END_DECLS
