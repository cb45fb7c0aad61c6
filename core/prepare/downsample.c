/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Downsampling: means over FACTOR × FACTOR px, read back bilinearly on the grid they came from. Noise and fine texture
 * go, and the search works with what remains. Means count valid pixels only; what was invalid stays invalid. */
#include "prepare/prepare-private.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"

#define FACTOR 4    /* px: half of the resolution that the search reads a level at */

typedef struct
{
  const PmtGrey *in, *small;
  PmtGrey       *out;
} Job;

static gboolean
row_job (int row, int thread, gpointer data, GError **error)
{
  Job   *j = data;
  int    width = j->in->value->width, w = j->small->value->width, h = j->small->value->height;
  double y = (row + 0.5) * h / j->in->value->height - 0.5;
  int    y0 = CLAMP ((int) floor (y), 0, h - 1), y1 = MIN (y0 + 1, h - 1);
  float  v = (float) CLAMP (y - y0, 0, 1);

  for (int column = 0; column < width; column++)
    {
      double x = (column + 0.5) * w / width - 0.5;
      int    x0 = CLAMP ((int) floor (x), 0, w - 1), x1 = MIN (x0 + 1, w - 1);
      float  u = (float) CLAMP (x - x0, 0, 1), sum = 0, weight = 0;

      for (int k = 0; k < 4; k++)
        {
          int   at_x = k & 1 ? x1 : x0, at_y = k >> 1 ? y1 : y0;
          float g = (k & 1 ? u : 1 - u) * (k >> 1 ? v : 1 - v) * pmt_plane_row (j->small->mask, at_y)[at_x];

          sum += g * pmt_plane_row (j->small->value, at_y)[at_x];
          weight += g;
        }
      pmt_plane_row (j->out->value, row)[column] = weight > 0 ? sum / weight : 0;
    }
  memcpy (pmt_plane_row (j->out->mask, row), pmt_plane_row (j->in->mask, row), width * sizeof (float));
  return TRUE;
}

PmtGrey *
_pmt_prepare_downsample (PmtContext *context, const PmtGrey *in, GError **error)
{
  int                 width = in->value->width, height = in->value->height;
  PmtBox              all = { 0, 0, width, height };
  g_autoptr (PmtGrey) small = _pmt_area_reduce (context, in, &all, (width + FACTOR - 1) / FACTOR,
                                                (height + FACTOR - 1) / FACTOR, error);
  g_autoptr (PmtGrey) out = small != NULL ? _pmt_grey_new (width, height, error) : NULL;
  Job                 j = { in, small, out };

  if (out == NULL || !pmt_parallel_for (context, height, row_job, &j, error))
    return NULL;
  _pmt_prepare_fill (out);
  return g_steal_pointer (&out);
}
