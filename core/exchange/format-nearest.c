/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a format that cannot hold a transform would hold instead, and how far that leads from it. */
#include <math.h>

#include "exchange/format-private.h"

#define FIT_SIDE     17   /* places along a side that a model is fitted to */
#define MEASURE_SIDE 65   /* places along a side that are compared, from edge to edge */

static gboolean
check_size (PmtSize fixed, GError **error)
{
  if (fixed.width > 0 && fixed.height > 0)
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the fixed image's size is not known, and is needed for "
                                                              "this");
  return FALSE;
}

static void
add_places (const PmtTransform *transform, PmtSize fixed, int columns, int rows, GArray *from, GArray *to)
{
  for (int j = 0; j < rows; j++)
    for (int i = 0; i < columns; i++)
      {
        PmtPoint p = { (double) fixed.width * i / (columns - 1), (double) fixed.height * j / (rows - 1) }, q;

        pmt_transform_map (transform, 1, &p, &q);
        if (isnan (q.x))
          continue;
        g_array_append_val (from, p);
        g_array_append_val (to, q);
      }
}

gboolean
_pmt_nearest_pairs (const PmtTransform *transform, PmtSize fixed, int along, GArray *from, GArray *to, GError **error)
{
  double longer = MAX (fixed.width, fixed.height);
  int    columns, rows;

  if (!check_size (fixed, error))
    return FALSE;
  columns = MAX (2, (int) lround ((along - 1) * fixed.width / longer) + 1);
  rows = MAX (2, (int) lround ((along - 1) * fixed.height / longer) + 1);
  add_places (transform, fixed, columns, rows, from, to);
  if (from->len >= 3)
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the transform has no image of the fixed image to take "
                                                              "pairs from");
  return FALSE;
}

PmtTransform *
_pmt_nearest_fit (const PmtTransform *transform, PmtSize fixed, PmtSize moving, PmtPointModel model, GError **error)
{
  g_autoptr (GArray)      from = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (GArray)      to = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (PmtPointFit) fit = NULL;
  PmtPointOptions         options = { model, 0 };

  if (!check_size (fixed, error))
    return NULL;
  add_places (transform, fixed, FIT_SIDE, FIT_SIDE, from, to);
  if (from->len < FIT_SIDE * FIT_SIDE)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                           "the transform has no image of part of the fixed image: nothing that has one is near to it");
      return NULL;
    }
  fit = pmt_point_fit_new ((int) from->len, (const PmtPoint *) from->data, (const PmtPoint *) to->data, fixed, moving,
                           &options,
                           error);
  return fit != NULL ? pmt_transform_ref (fit->transform) : NULL;
}

void
_pmt_nearest_measure (const PmtTransform *transform, const PmtTransform *other, PmtSize fixed,
                      PmtExchangeReport *report)
{
  double sum = 0, worst = -1;
  int    n = 0;

  for (int k = 0; k < MEASURE_SIDE * MEASURE_SIDE; k++)
    {
      PmtPoint p = { (double) (k % MEASURE_SIDE) / (MEASURE_SIDE - 1) * fixed.width,
                     (double) (k / MEASURE_SIDE) / (MEASURE_SIDE - 1) * fixed.height };
      PmtPoint a, b;
      double   apart;

      pmt_transform_map (transform, 1, &p, &a);
      pmt_transform_map (other, 1, &p, &b);
      if (isnan (a.x))
        continue;
      apart = isnan (b.x) ? INFINITY : hypot (a.x - b.x, a.y - b.y);
      sum += apart;
      n++;
      if (apart > worst)
        {
          worst = apart;
          report->where = p;
        }
    }
  report->worst = n > 0 ? worst : NAN;
  report->mean = n > 0 ? sum / n : NAN;
}
