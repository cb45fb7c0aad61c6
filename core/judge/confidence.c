/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Support comes from the overview's overlapping tiles: each tile's share of likelihood at the transform against all
 * shifts, averaged over the tiles near a cell with Gaussian weights. A cell that has none, or weak ones, is interpolated
 * where it lies in the convex hull of the supported cells' centres, else extrapolated. The error is the
 * registration's own prediction at the place, and what neighbouring control points' residuals have in common there. */
#include "judge/confidence-private.h"

#include <math.h>
#include <stdlib.h>

#include "fit/error-model-private.h"
#include "judge/evidence-private.h"
#include "match/pose-private.h"

#define LONGER_SIDE  20
#define MOST         64
#define SUPPORTED    0.5
#define WIDTH        1.2     /* blocks of the volume; the weights' standard deviation, half a cell at least */
#define ENOUGH       0.3     /* sum of weights: a tile within about two standard deviations */
#define MOVED        2.0     /* level px: neighbours that agree on a place so far off contradict */

static const struct { char letter; guint8 rgb[3]; } kinds[PMT_CONFIDENCE_KINDS] =
{
  [PMT_CONFIDENCE_OUTSIDE]      = { '.', { 128, 128, 128 } },
  [PMT_CONFIDENCE_SUPPORTED]    = { '+', { 0, 158, 115 } },     /* Okabe and Ito 2008 */
  [PMT_CONFIDENCE_INTERPOLATED] = { 'o', { 230, 200, 40 } },
  [PMT_CONFIDENCE_EXTRAPOLATED] = { '-', { 213, 94, 0 } },
  [PMT_CONFIDENCE_CONTRADICTED] = { 'x', { 170, 40, 110 } },
};

char
pmt_confidence_kind_to_letter (PmtConfidenceKind kind)
{
  return kinds[kind].letter;
}

gboolean
pmt_confidence_kind_from_letter (char letter, PmtConfidenceKind *kind)
{
  for (int k = 0; k < PMT_CONFIDENCE_KINDS; k++)
    if (kinds[k].letter == letter)
      {
        *kind = (PmtConfidenceKind) k;
        return TRUE;
      }
  return FALSE;
}

void
pmt_confidence_kind_colour (PmtConfidenceKind kind, guint8 rgb[3])
{
  for (int k = 0; k < 3; k++)
    rgb[k] = kinds[kind].rgb[k];
}

static gsize
size_of (int columns, int rows)
{
  return sizeof (PmtConfidence) + (gsize) columns * rows * sizeof (PmtConfidenceCell);
}

PmtConfidence *
pmt_confidence_new (int columns, int rows)
{
  PmtConfidence *confidence;

  if (columns < 1 || columns > MOST || rows < 1 || rows > MOST)
    return NULL;
  confidence = g_malloc0 (size_of (columns, rows));
  confidence->columns = columns;
  confidence->rows = rows;
  for (int k = 0; k < columns * rows; k++)
    confidence->cell[k].error = NAN;
  return confidence;
}

PmtConfidence *
pmt_confidence_copy (const PmtConfidence *confidence)
{
  return confidence != NULL ? g_memdup2 (confidence, size_of (confidence->columns, confidence->rows)) : NULL;
}

const PmtConfidenceCell *
pmt_confidence_at (const PmtConfidence *confidence, int width, int height, double x, double y)
{
  int column = CLAMP ((int) (x / width * confidence->columns), 0, confidence->columns - 1);
  int row = CLAMP ((int) (y / height * confidence->rows), 0, confidence->rows - 1);

  return &confidence->cell[row * confidence->columns + column];
}

/* -- making it -- */

typedef struct
{
  const PmtVolume  *volume;
  const PmtRefined *refined;
  PmtSize           fixed, moving;
  PmtConfidence    *map;
  float            *trust;        /* of each tile */
} Mapper;

static PmtPoint
centre_of (const Mapper *m, int cell)
{
  return (PmtPoint) { (cell % m->map->columns + 0.5) * m->fixed.width / m->map->columns,
                      (cell / m->map->columns + 0.5) * m->fixed.height / m->map->rows };
}

/* The mean trust of the tiles near a cell, and the nearest tile; FALSE where there are none. */
static gboolean
local_support (const Mapper *m, PmtPoint centre, double *support, int *nearest)
{
  const PmtVolume *v = m->volume;
  double           sum = 0, weights = 0, least = INFINITY, deviation;
  PmtPoint         at;

  if (v == NULL)
    return FALSE;
  at = pmt_matrix3_map (&v->to_level, centre);
  deviation = MAX (WIDTH * v->block, 0.5 * v->to_level.m[0][0] * m->fixed.width / m->map->columns);
  for (int t = 0; t < v->tiles; t++)
    {
      double d = hypot (v->centre[t].x - at.x, v->centre[t].y - at.y), w = exp (-0.5 * d * d / (deviation * deviation));

      sum += w * m->trust[t];
      weights += w;
      if (d < least)
        {
          least = d;
          *nearest = t;
        }
    }
  *support = weights > 0 ? sum / weights : 0;
  return weights > ENOUGH;
}

static gboolean
is_inside (PmtPoint p, PmtSize size)
{
  return p.x >= 0 && p.y >= 0 && p.x <= size.width && p.y <= size.height;
}

/* The 95 % radius at a place, moving px: the model's, and what it does not follow there. */
static double
local_error (const Mapper *m, PmtPoint centre)
{
  if (m->refined->errors.bent)
    return _pmt_error_model_radius (&m->refined->errors, centre, 0.95);
  if (m->refined->points == NULL || m->refined->errors.size == 0)
    return m->refined->error_p95;
  return hypot (_pmt_error_model_radius (&m->refined->errors, centre, 0.95),
                _pmt_local_misfit (m->refined->points, centre));
}

/* All but the hull test: what is neither supported nor contradicted is called extrapolated for now. */
static void
map_cell (Mapper *m, int cell)
{
  PmtConfidenceCell *c = &m->map->cell[cell];
  PmtPoint           centre = centre_of (m, cell), image = pmt_matrix3_map (&m->refined->matrix, centre), drift;
  double             support = 0;
  int                nearest = 0;

  if (!is_inside (image, m->moving))     /* NaN is not inside either */
    return;
  c->kind = PMT_CONFIDENCE_EXTRAPOLATED;
  c->error = (float) local_error (m, centre);
  if (!local_support (m, centre, &support, &nearest))
    return;
  c->support = (float) support;
  if (support >= SUPPORTED)
    c->kind = PMT_CONFIDENCE_SUPPORTED;
  else if (_pmt_tile_drift (m->volume, nearest, &drift) && hypot (drift.x, drift.y) > MOVED)
    {
      double scale = _pmt_pose_scale (&m->refined->matrix, centre) / m->volume->to_level.m[0][0];

      c->kind = PMT_CONFIDENCE_CONTRADICTED;
      c->error = (float) fmax (c->error, scale * hypot (drift.x, drift.y));
    }
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* A point is in the hull of others when no half-plane through it is free of them: no gap between their directions is wider
 * than half a turn. */
static gboolean
is_surrounded (const Mapper *m, int cell, double *angles)
{
  PmtPoint p = centre_of (m, cell);
  int      n = 0;
  double   gap;

  for (int k = 0; k < m->map->columns * m->map->rows; k++)
    if (m->map->cell[k].kind == PMT_CONFIDENCE_SUPPORTED)
      {
        PmtPoint q = centre_of (m, k);

        angles[n++] = atan2 (q.y - p.y, q.x - p.x);
      }
  if (n < 3)
    return FALSE;
  qsort (angles, n, sizeof *angles, compare_doubles);
  gap = angles[0] + 2 * G_PI - angles[n - 1];
  for (int k = 1; k < n; k++)
    gap = MAX (gap, angles[k] - angles[k - 1]);
  return gap <= G_PI + 1e-9;
}

static void
find_interpolated (Mapper *m)
{
  int                cells = m->map->columns * m->map->rows;
  g_autofree double *angles = g_new (double, cells);

  for (int k = 0; k < cells; k++)
    if (m->map->cell[k].kind == PMT_CONFIDENCE_EXTRAPOLATED && is_surrounded (m, k, angles))
      m->map->cell[k].kind = PMT_CONFIDENCE_INTERPOLATED;
}

PmtConfidence *
_pmt_confidence_map (const PmtVolume *volume, const PmtRefined *refined, PmtSize fixed, PmtSize moving)
{
  double            longer = MAX (fixed.width, fixed.height);
  int               columns = CLAMP ((int) lround (LONGER_SIDE * fixed.width / longer), 1, LONGER_SIDE);
  int               rows = CLAMP ((int) lround (LONGER_SIDE * fixed.height / longer), 1, LONGER_SIDE);
  g_autofree float *trust = volume != NULL ? g_new (float, volume->tiles) : NULL;
  Mapper            m = { volume, refined, fixed, moving, pmt_confidence_new (columns, rows), trust };

  for (int t = 0; volume != NULL && t < volume->tiles; t++)
    trust[t] = (float) _pmt_tile_trust (volume, t);
  for (int k = 0; k < columns * rows; k++)
    map_cell (&m, k);
  find_interpolated (&m);
  return m.map;
}
