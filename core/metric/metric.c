/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of metrics, and what their kernels share. */
#include "metric/metric-private.h"

#include <string.h>

#include "base/clones.h"
#include "base/parallel.h"

#define WORTH_THREADS 16384   /* px: below, starting a thread costs more than it saves */

static const PmtMetricClass *const metrics[] = {
  [PMT_METRIC_SSD] = &_pmt_metric_ssd,
  [PMT_METRIC_NCC] = &_pmt_metric_ncc,
  [PMT_METRIC_LOCAL_NCC] = &_pmt_metric_local_ncc,
  [PMT_METRIC_NMI] = &_pmt_metric_nmi,
  [PMT_METRIC_NGF] = &_pmt_metric_ngf,
  [PMT_METRIC_MIND] = &_pmt_metric_mind,
  [PMT_METRIC_DD] = &_pmt_metric_dd,
};

const PmtMetricClass *
_pmt_metric_class (PmtMetric metric)
{
  return metrics[metric];
}

gboolean
pmt_metric_from_nick (const char *nick, PmtMetric *metric)
{
  if (g_strcmp0 (nick, "auto") == 0)
    {
      *metric = PMT_METRIC_AUTO;
      return TRUE;
    }
  for (guint k = 0; k < G_N_ELEMENTS (metrics); k++)
    if (metrics[k] != NULL && g_strcmp0 (nick, metrics[k]->nick) == 0)
      {
        *metric = (PmtMetric) k;
        return TRUE;
      }
  return FALSE;
}

const char *
pmt_metric_to_nick (PmtMetric metric)
{
  return metrics[metric] != NULL ? metrics[metric]->nick : "auto";
}

/* -- bands -- */

typedef struct
{
  int         rows, height, n;
  PmtBandFunc func;
  gpointer    data;
  double     *sums;     /* n for each band */
} Bands;

static gboolean
run_band (int index, int thread, gpointer data, GError **error)
{
  Bands *b = data;

  b->func (index * b->rows, MIN ((index + 1) * b->rows, b->height), b->data, b->sums + (gsize) index * b->n);
  return TRUE;
}

gboolean
_pmt_metric_bands (const PmtMetricView *view, int rows, PmtBandFunc func, gpointer data, int n, double *sums,
                   GError **error)
{
  int                count = (view->height + rows - 1) / rows;
  g_autofree double *all = g_new0 (double, (gsize) count * n + 1);
  Bands              bands = { rows, view->height, n, func, data, all };

  if (view->width * view->height < WORTH_THREADS)
    for (int k = 0; k < count; k++)
      run_band (k, 0, &bands, NULL);
  else if (!pmt_parallel_for (view->context, count, run_band, &bands, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    sums[i] = 0;
  for (int k = 0; k < count; k++)
    for (int i = 0; i < n; i++)
      sums[i] += all[(gsize) k * n + i];
  return TRUE;
}

/* -- box sums -- */

typedef struct
{
  const float *in;
  float       *out;
  int          width, height, radius;
} Box;

static void
box_rows (int y0, int y1, gpointer data, double *sums)
{
  const Box *b = data;

  for (int y = y0; y < y1; y++)
    {
      const float *in = b->in + (gsize) y * b->width;
      float       *out = b->out + (gsize) y * b->width;
      double       sum = 0;

      for (int x = 0; x < MIN (b->radius, b->width); x++)
        sum += in[x];
      for (int x = 0; x < b->width; x++)
        {
          if (x + b->radius < b->width)
            sum += in[x + b->radius];
          if (x > b->radius)
            sum -= in[x - b->radius - 1];
          out[x] = (float) sum;
        }
    }
}

PMT_CLONES static void
box_column_row (const Box *b, int y, float *out)
{
  memset (out, 0, b->width * sizeof *out);
  for (int v = MAX (y - b->radius, 0); v <= MIN (y + b->radius, b->height - 1); v++)
    {
      const float *in = b->in + (gsize) v * b->width;

      for (int x = 0; x < b->width; x++)
        out[x] += in[x];
    }
}

static void
box_columns (int y0, int y1, gpointer data, double *sums)
{
  const Box *b = data;

  for (int y = y0; y < y1; y++)
    box_column_row (b, y, b->out + (gsize) y * b->width);
}

gboolean
_pmt_metric_box (const PmtMetricView *view, const float *in, int radius, float *between, float *out, GError **error)
{
  Box rows = { in, between, view->width, view->height, radius };
  Box columns = { between, out, view->width, view->height, radius };

  return _pmt_metric_bands (view, 16, box_rows, &rows, 0, NULL, error)
         && _pmt_metric_bands (view, 16, box_columns, &columns, 0, NULL, error);
}
