/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/source.h"

#include <string.h>

#include "base/plane.h"

static gboolean
mirror_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  PmtSource *of = self;
  int        bands = pmt_source_get_bands (of);
  PmtRect    there = { pmt_source_get_width (of) - rect->x - rect->width, rect->y, rect->width, rect->height };

  if (!pmt_source_read (of, &there, dest, stride, error))
    return FALSE;
  for (int y = 0; y < rect->height; y++)
    for (int left = 0, right = rect->width - 1; left < right; left++, right--)
      for (int k = 0; k < bands; k++)
        {
          float *p = dest + y * stride + (gsize) left * bands + k, *q = dest + y * stride + (gsize) right * bands + k;
          float  keep = *p;

          *p = *q;
          *q = keep;
        }
  return TRUE;
}

static void
mirror_free (gpointer self)
{
  pmt_source_unref (self);
}

PmtSource *
pmt_source_mirror_new (PmtSource *source, GError **error)
{
  static const PmtSourceClass klass = { mirror_read, mirror_free };
  PmtSource *mirror = pmt_source_new (pmt_source_get_width (source), pmt_source_get_height (source),
                                      pmt_source_get_bands (source), pmt_source_get_alpha (source),
                                      pmt_source_get_alpha_max (source), &klass, pmt_source_ref (source), error);

  if (mirror != NULL)
    pmt_source_set_pixel_size (mirror, pmt_source_get_pixel_size (source));
  return mirror;
}
