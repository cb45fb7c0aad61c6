/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact area averaging on an arbitrary grid. With w(x) the share of source pixel x inside the output cell,
 *
 *     mask'  = Σ w·mask / Σ w          value' = Σ w·mask·value / Σ w·mask
 *
 * both sums separable; parts of a cell outside the image have w > 0 and mask 0. */
#include "image/area-private.h"


#include <math.h>
#include <string.h>

#include "base/parallel.h"

void
_pmt_area_axis_init (PmtAreaAxis *axis, double start, double length, int cells, int source_size)
{
  int    widest;
  gsize  used = 0;

  axis->cells = cells;
  axis->cell_width = length / cells;
  widest = (int) ceil (axis->cell_width) + 2;
  axis->cell = g_new0 (PmtAreaCell, cells);
  axis->all = g_new0 (float, (gsize) cells * widest);
  for (int k = 0; k < cells; k++)
    {
      double from = start + k * axis->cell_width, to = start + (k + 1) * axis->cell_width;
      int    first = MAX ((int) floor (from + 1e-9), 0), last = MIN ((int) ceil (to - 1e-9), source_size);

      axis->cell[k].first = first;
      axis->cell[k].count = MAX (last - first, 0);
      axis->cell[k].weights = axis->all + used;
      for (int i = first; i < last; i++)
        axis->all[used++] = (float) MAX (MIN (to, i + 1.0) - MAX (from, i), 0);
    }
}

void
_pmt_area_axis_clear (PmtAreaAxis *axis)
{
  g_clear_pointer (&axis->cell, g_free);
  g_clear_pointer (&axis->all, g_free);
}

PmtGrey *
_pmt_grey_new (int width, int height, GError **error)
{
  g_autoptr (PmtGrey) grey = g_new0 (PmtGrey, 1);

  grey->value = pmt_plane_new (width, height, error);
  if (grey->value == NULL)
    return NULL;
  grey->mask = pmt_plane_new (width, height, error);
  return grey->mask != NULL ? g_steal_pointer (&grey) : NULL;
}

void
pmt_grey_free (PmtGrey *grey)
{
  if (grey == NULL)
    return;
  pmt_plane_free (grey->value);
  pmt_plane_free (grey->mask);
  g_free (grey);
}

typedef struct
{
  const PmtGrey *in;
  PmtGrey       *out;
  PmtAreaAxis    x, y;
  float         *scratch;   /* two rows of the source a thread */
  gsize          scratch_row;
} Reduction;

/* Rows first: the vertical sums of mask·value and mask over the cell row, then along it. */
static gboolean
reduce_row (int row, int thread, gpointer data, GError **error)
{
  Reduction         *r = data;
  const PmtAreaCell *vertical = &r->y.cell[row];
  int                width = r->in->value->width;
  float             *sum = r->scratch + (gsize) thread * 2 * r->scratch_row, *weight = sum + r->scratch_row;
  float              area = (float) (r->x.cell_width * r->y.cell_width);
  float             *value = pmt_plane_row (r->out->value, row), *mask = pmt_plane_row (r->out->mask, row);

  memset (sum, 0, width * sizeof *sum);
  memset (weight, 0, width * sizeof *weight);
  for (int i = 0; i < vertical->count; i++)
    {
      const float *v = pmt_plane_row (r->in->value, vertical->first + i);
      const float *m = pmt_plane_row (r->in->mask, vertical->first + i);
      float        w = vertical->weights[i];

      for (int x = 0; x < width; x++)
        {
          sum[x] += w * m[x] * v[x];
          weight[x] += w * m[x];
        }
    }
  for (int k = 0; k < r->x.cells; k++)
    {
      const PmtAreaCell *cell = &r->x.cell[k];
      float              s = 0, n = 0;

      for (int i = 0; i < cell->count; i++)
        {
          s += cell->weights[i] * sum[cell->first + i];
          n += cell->weights[i] * weight[cell->first + i];
        }
      mask[k] = n / area;
      value[k] = n > 0 ? s / n : 0;
    }
  return TRUE;
}

PmtGrey *
_pmt_area_reduce (PmtContext *context, const PmtGrey *grey, const PmtBox *box, int out_width, int out_height,
                  GError **error)
{
  g_autoptr (PmtGrey) out = _pmt_grey_new (out_width, out_height, error);
  Reduction           r = { .in = grey, .out = out };
  gboolean            ok;

  if (out == NULL)
    return NULL;
  r.scratch_row = grey->value->stride;
  r.scratch = pmt_buffer_new (2 * r.scratch_row * pmt_context_get_threads (context), sizeof (float), error);
  if (r.scratch == NULL)
    return NULL;
  _pmt_area_axis_init (&r.x, box->x, box->width, out_width, grey->value->width);
  _pmt_area_axis_init (&r.y, box->y, box->height, out_height, grey->value->height);
  ok = pmt_parallel_for (context, out_height, reduce_row, &r, error);
  _pmt_area_axis_clear (&r.x);
  _pmt_area_axis_clear (&r.y);
  pmt_buffer_free (r.scratch);
  return ok ? g_steal_pointer (&out) : NULL;
}
