/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading an image as grey and validity at a chosen size, in strips: the output's rows are shared out in bands, each
 * band reads the source rows under it once, turns them into grey and averages them. */
#include "image/grey.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "image/area-private.h"

#define STRIP 64   /* source rows read at a time by a thread */

/* Rec. ITU-R BT.709 luma */
static const float luma[3] = { 0.2126f, 0.7152f, 0.0722f };

typedef struct
{
  PmtSource   *source;
  PmtRect      rect;
  PmtGrey     *out;
  PmtAreaAxis  x, y;      /* relative to rect */
  int          rows;      /* output rows a job */
} Reader;

/* One row of interleaved bands to grey and validity. */
static void
grey_row (const PmtSource *source, const float *pixels, int width, float *value, float *mask)
{
  int   bands = pmt_source_get_bands (source), alpha = pmt_source_get_alpha (source);
  int   colours = bands - (alpha >= 0);
  float alpha_scale = alpha >= 0 ? (float) (1 / pmt_source_get_alpha_max (source)) : 1;
  int   first = alpha == 0 && bands > 1 ? 1 : 0;

  for (int x = 0; x < width; x++)
    {
      const float *p = pixels + (gsize) x * bands;
      float        v = colours >= 3 ? luma[0] * p[first] + luma[1] * p[first + 1] + luma[2] * p[first + 2] : p[first];
      float        m = alpha >= 0 ? CLAMP (p[alpha] * alpha_scale, 0, 1) : 1;

      if (!isfinite (v) || !isfinite (m))
        v = m = 0;
      value[x] = v;
      mask[x] = m;
    }
}

/* Adds one source row, weighted, to the sums of an output row: horizontal averaging first. */
static void
add_row (const PmtAreaAxis *axis, const float *value, const float *mask, float weight, float *sums, float *weights)
{
  for (int k = 0; k < axis->cells; k++)
    {
      const PmtAreaCell *cell = &axis->cell[k];
      float              s = 0, n = 0;

      for (int i = 0; i < cell->count; i++)
        {
          float w = cell->weights[i] * mask[cell->first + i];

          s += w * value[cell->first + i];
          n += w;
        }
      sums[k] += weight * s;
      weights[k] += weight * n;
    }
}

static void
finish_row (PmtGrey *out, int row, float area)
{
  float *value = pmt_plane_row (out->value, row), *mask = pmt_plane_row (out->mask, row);

  for (int x = 0; x < out->value->width; x++)
    {
      value[x] = mask[x] > 0 ? value[x] / mask[x] : 0;
      mask[x] /= area;
    }
}

/* Output rows job·rows …: their source rows, strip by strip. */
static gboolean
read_job (int job, int thread, gpointer data, GError **error)
{
  Reader   *r = data;
  int       row0 = job * r->rows, row1 = MIN (row0 + r->rows, r->y.cells);
  int       from = r->y.cell[row0].first, to = r->y.cell[row1 - 1].first + r->y.cell[row1 - 1].count;
  gsize     stride = (gsize) r->rect.width * pmt_source_get_bands (r->source);
  float    *pixels = pmt_buffer_new (stride * STRIP + 2 * (gsize) r->rect.width, sizeof (float), error);
  float    *value = pixels + stride * STRIP, *mask = value + r->rect.width;
  gboolean  ok = pixels != NULL;
  int       row = row0;

  for (int y0 = from; ok && y0 < to; y0 += STRIP)
    {
      PmtRect strip = { r->rect.x, r->rect.y + y0, r->rect.width, MIN (STRIP, to - y0) };

      ok = pmt_source_read (r->source, &strip, pixels, stride, error);
      for (int y = y0; ok && y < y0 + strip.height; y++)
        {
          grey_row (r->source, pixels + (y - y0) * stride, r->rect.width, value, mask);
          while (row < row1 - 1 && r->y.cell[row].first + r->y.cell[row].count <= y)
            row++;
          for (int k = row; k < row1 && r->y.cell[k].first <= y; k++)   /* a source row may feed two cells */
            if (y < r->y.cell[k].first + r->y.cell[k].count)
              add_row (&r->x, value, mask, r->y.cell[k].weights[y - r->y.cell[k].first],
                       pmt_plane_row (r->out->value, k), pmt_plane_row (r->out->mask, k));
        }
    }
  for (int k = row0; ok && k < row1; k++)
    finish_row (r->out, k, (float) (r->x.cell_width * r->y.cell_width));
  pmt_buffer_free (pixels);
  return ok;
}

/* Invalid pixels take the mean of the valid ones, so that filters see no cliff. */
static void
fill_invalid (PmtGrey *grey)
{
  double sum = 0, weight = 0;

  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      {
        sum += (double) pmt_plane_row (grey->value, y)[x] * pmt_plane_row (grey->mask, y)[x];
        weight += pmt_plane_row (grey->mask, y)[x];
      }
  for (int y = 0; y < grey->value->height; y++)
    for (int x = 0; x < grey->value->width; x++)
      if (!(pmt_plane_row (grey->mask, y)[x] > 0))
        pmt_plane_row (grey->value, y)[x] = weight > 0 ? (float) (sum / weight) : 0;
}

PmtGrey *
pmt_grey_read (PmtContext *context, PmtSource *source, const PmtRect *rect, int out_width, int out_height,
               GError **error)
{
  g_autoptr (PmtGrey) out = NULL;
  Reader              r = { .source = source, .rect = *rect };
  gboolean            ok;

  if (out_width < 1 || out_height < 1 || out_width > rect->width || out_height > rect->height)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%d × %d pixels cannot be averaged to %d × %d",
                   rect->width, rect->height, out_width, out_height);
      return NULL;
    }
  out = _pmt_grey_new (out_width, out_height, error);
  if (out == NULL)
    return NULL;
  r.out = out;
  r.rows = CLAMP ((int) ((gint64) STRIP * 2 * out_height / rect->height), 1, out_height);
  _pmt_area_axis_init (&r.x, 0, rect->width, out_width, rect->width);
  _pmt_area_axis_init (&r.y, 0, rect->height, out_height, rect->height);
  ok = pmt_parallel_for (context, (out_height + r.rows - 1) / r.rows, read_job, &r, error);
  _pmt_area_axis_clear (&r.x);
  _pmt_area_axis_clear (&r.y);
  if (ok)
    fill_invalid (out);
  return ok ? g_steal_pointer (&out) : NULL;
}
