/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "prepare/prepare-private.h"

#include <math.h>

#define COARSE     1024   /* √px of the finest level after the image's own; each below has half of it */
#define COARSEST   64
#define CLEARLY    0.75   /* of the side of the level above: a level must be that much smaller */
#define LEAST_SIDE 16

/* Filters the image at `width` × `height` and appends it. */
static gboolean
add_level (PmtContext *context, PmtPyramid *out, PmtPyramid *from, int width, int height, PmtPrepareFunc filter,
           GError **error)
{
  PmtBox              all = { 0, 0, from->width, from->height };
  g_autoptr (PmtGrey) plain = _pmt_pyramid_read (context, from, &all, width, height, error);
  PmtGrey            *level = plain != NULL ? filter (context, plain, error) : NULL;

  if (level == NULL)
    return FALSE;
  out->level[out->levels] = level;
  out->scale_x[out->levels] = (double) width / from->width;
  out->scale_y[out->levels] = (double) height / from->height;
  out->levels++;
  return TRUE;
}

PmtPyramid *
_pmt_prepare_pyramid (PmtContext *context, PmtPyramid *pyramid, PmtPrepareFunc filter, GError **error)
{
  g_autoptr (PmtPyramid) out = g_new0 (PmtPyramid, 1);
  int                    width = pyramid->level[0]->value->width, height = pyramid->level[0]->value->height;
  double                 above = sqrt ((double) width * height);

  *out = *pyramid;
  out->levels = 0;
  if (!add_level (context, out, pyramid, width, height, filter, error))
    return NULL;
  for (int side = COARSE; side >= COARSEST; side /= 2)
    {
      double share = side / sqrt ((double) width * height);
      int    w = (int) lround (width * share), h = (int) lround (height * share);

      if (side > CLEARLY * above || MIN (w, h) < LEAST_SIDE)
        continue;
      above = side;
      if (!pmt_context_check (context, error) || !add_level (context, out, pyramid, w, h, filter, error))
        return NULL;
    }
  return g_steal_pointer (&out);
}
