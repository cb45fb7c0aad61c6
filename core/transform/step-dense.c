/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A dense field of displacements as a step: p ↦ p + d(p), d a cubic B-spline on a grid as fine as it takes, in a compact
 * code. As a lattice it is refused where it folds: its Jacobian determinant is proven to be above PMT_LEAST_JACOBIAN by
 * differences of controls, or found to be at the corners of quarter cells. The inverse is the same grid read backwards, by
 * Newton's method. */
#include <math.h>

#include "transform/bend-private.h"
#include "transform/spline-grid-private.h"

#define ROUND_TRIP  1e-4    /* px: what an inverse may miss by … */
#define TRIP_SIDE   256     /* … at as many places a side, spread over the grid */

typedef struct
{
  PmtStep        base;
  PmtSplineGrid *grid;
  gboolean       inverse;
} Dense;

static PmtPoint
bend (const PmtStep *step, PmtPoint p, double slope[2][2])
{
  return _pmt_spline_grid_at (((const Dense *) step)->grid, p, slope);
}

static void
map (const PmtStep *step, int n, const PmtPoint *in, PmtPoint *out)
{
  _pmt_bend_map (step, bend, ((const Dense *) step)->inverse, n, in, out);
}

static gboolean
jacobian (const PmtStep *step, PmtPoint p, double j[2][2])
{
  return _pmt_bend_jacobian (step, bend, ((const Dense *) step)->inverse, p, j);
}

static gboolean
reach (const PmtStep *step, PmtExtent *extent, double *stretch)
{
  const Dense *self = (const Dense *) step;

  return _pmt_bend_reach (self->grid->least, self->grid->most, self->grid->slope, self->inverse, extent, stretch);
}

/* Takes the grid, which does not fold. */
static PmtStep *
dense_new (PmtSplineGrid *grid, gboolean inverse)
{
  Dense *self = g_new0 (Dense, 1);

  _pmt_step_init (&self->base, &_pmt_step_dense_class);
  self->grid = grid;
  self->inverse = inverse;
  return &self->base;
}

/* Takes the grid; NULL where it folds. */
static PmtStep *
dense_checked (PmtSplineGrid *grid, gboolean inverse, GError **error)
{
  PmtPoint where;
  double   found;

  if (_pmt_spline_grid_folds_nowhere (grid, PMT_LEAST_JACOBIAN, &where, &found))
    return dense_new (grid, inverse);
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the field of displacements folds or nearly folds at (%.1f, %.1f): its Jacobian is %.3f there, not above %g",
               where.x, where.y, found, PMT_LEAST_JACOBIAN);
  _pmt_spline_grid_unref (grid);
  return NULL;
}

PmtStep *
_pmt_step_dense_new (const PmtLattice *field, double quantum, GError **error)
{
  PmtSplineGrid *grid = _pmt_spline_grid_new (field, quantum, error);

  return grid != NULL ? dense_checked (grid, FALSE, error) : NULL;
}

/* How far off p the way there and back ends. */
static double
round_trip (const PmtStep *step)
{
  const PmtSplineGrid *grid = ((const Dense *) step)->grid;
  double               worst = 0, width = grid->spacing.x * (grid->columns + 1), height = grid->spacing.y * (grid->rows + 1);

  for (int k = 0; k < TRIP_SIDE * TRIP_SIDE; k++)
    {
      PmtPoint p = { grid->origin.x - grid->spacing.x + width * (k % TRIP_SIDE) / (TRIP_SIDE - 1),
                     grid->origin.y - grid->spacing.y + height * (k / TRIP_SIDE) / (TRIP_SIDE - 1) };
      double   slope[2][2], miss;
      PmtPoint d = bend (step, p, slope), q = _pmt_bend_back (step, bend, (PmtPoint) { p.x + d.x, p.y + d.y });

      miss = hypot (q.x - p.x, q.y - p.y);
      if (!(miss <= worst))
        worst = isnan (miss) ? INFINITY : miss;
    }
  return worst;
}

static PmtStep *
invert (const PmtStep *step, GError **error)
{
  const Dense *self = (const Dense *) step;
  double       missed = round_trip (step);

  if (missed <= ROUND_TRIP)
    return dense_new (_pmt_spline_grid_ref (self->grid), !self->inverse);
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the field of displacements bends too sharply to be inverted: the way there and back ends %g px off", missed);
  return NULL;
}

static void
to_json (const PmtStep *step, GString *json, const char *indent)
{
  const Dense *self = (const Dense *) step;

  _pmt_grid_step_to_json (self->grid, self->inverse, json, indent);
}

static PmtStep *
from_json (JsonObject *object, const char *place, GError **error)
{
  return _pmt_grid_step_from_json (object, place, dense_checked, error);
}

gboolean
_pmt_step_dense_get (const PmtStep *step, PmtLattice *field)
{
  const PmtSplineGrid *grid = ((const Dense *) step)->grid;
  PmtPoint            *d;

  if (step->klass != &_pmt_step_dense_class || ((const Dense *) step)->inverse)
    return FALSE;
  d = g_new (PmtPoint, (gsize) grid->columns * grid->rows);
  for (int j = 0; j < grid->rows; j++)
    for (int i = 0; i < grid->columns; i++)
      {
        const gint16 *c = grid->control[(gsize) (j + PMT_GRID_PAD) * grid->stride + i + PMT_GRID_PAD];

        d[(gsize) j * grid->columns + i] = (PmtPoint) { grid->quantum * c[0], grid->quantum * c[1] };
      }
  *field = (PmtLattice) { grid->origin, grid->spacing, grid->columns, grid->rows, d };
  return TRUE;
}

static void
free_dense (PmtStep *step)
{
  _pmt_spline_grid_unref (((Dense *) step)->grid);
}

static const char *const members[] = { PMT_GRID_MEMBERS, NULL };

const PmtStepClass _pmt_step_dense_class =
{
  "dense", map, jacobian, invert, reach, to_json, from_json, members, free_dense, TRUE, NULL
};
