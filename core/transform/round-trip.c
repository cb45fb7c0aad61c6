/* SPDX-License-Identifier: GPL-3.0-or-later */
/* There and back through a chain, measured. */
#include <math.h>

#include "transform/transform-private.h"

#define SIDE 65   /* places a side */

static PmtPoint
place (PmtSize fixed, int k)
{
  return (PmtPoint) { (double) fixed.width * (k % SIDE) / (SIDE - 1), (double) fixed.height * (k / SIDE) / (SIDE - 1) };
}

static gboolean
is_numeric (const PmtTransform *transform)
{
  gboolean numeric = FALSE;

  for (int i = 0; i < pmt_transform_get_length (transform); i++)
    numeric |= _pmt_transform_get_step (transform, i)->klass->numeric;
  return numeric;
}

gboolean
pmt_transform_round_trip (const PmtTransform *transform, PmtRoundTrip *trip, GError **error)
{
  PmtSize                  fixed = pmt_transform_get_fixed_size (transform);
  g_autoptr (PmtTransform) inverse = NULL;
  int                      reached = 0, lost = 0;

  if (fixed.width <= 0 || fixed.height <= 0)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the fixed image's size is not known");
      return FALSE;
    }
  inverse = pmt_transform_invert (transform, error);
  if (inverse == NULL)
    return FALSE;
  *trip = (PmtRoundTrip) { .numeric = is_numeric (transform), .where = { 0, 0 } };
  for (int k = 0; k < SIDE * SIDE; k++)
    {
      PmtPoint p = place (fixed, k), q;
      double   miss;

      pmt_transform_map (transform, 1, &p, &q);
      reached += !isnan (q.x);
      if (isnan (q.x))
        continue;
      pmt_transform_map (inverse, 1, &q, &q);
      lost += isnan (q.x) != 0;
      miss = hypot (q.x - p.x, q.y - p.y);
      if (miss > trip->worst)
        {
          trip->worst = miss;
          trip->where = p;
        }
    }
  trip->reached = (double) reached / (SIDE * SIDE);
  trip->lost = reached > 0 ? (double) lost / reached : 0;
  return TRUE;
}
