/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stationary field of velocities as a step (Arsigny, Commowick, Pennec & Ayache 2006): p goes to where the flow
 *
 *     dx/dt = v(x),   x(0) = p
 *
 * carries it by the time 1, v a cubic B-spline on a grid as in dense steps. A flow never folds, whatever v: the
 * determinant of its Jacobian is exp ∫ div v > 0. Backwards in time it is its own inverse, exactly, so a step's
 * inverse is the same field with the other sign; and the mean of several fields is a mean of their maps in which a
 * map and its inverse cancel (the log-domain).
 *
 * The flow is followed point by point with Runge and Kutta's method of fourth order, in steps of equal time:
 * STEPS_A_SLOPE for each unit of the bound of |∂v| and STEPS_A_CELL for each cell that a point may cross, MIN_STEPS
 * at least. The Jacobian is that of the same steps. (Scaling and squaring would compose maps that were sampled, and
 * lose at each.) */
#include <math.h>
#include <string.h>

#include "transform/bend-private.h"
#include "transform/spline-grid-private.h"

#define STEPS_A_SLOPE 4
#define STEPS_A_CELL  2
#define MIN_STEPS     4
#define MAX_STEPS     256      /* a field that needs more is refused */
#define ROUND_TRIP    1e-3     /* px: what the way there and back may miss by … */
#define TRIP_SIDE     64       /* … at as many places a side, spread over the grid */

typedef struct
{
  PmtStep        base;
  PmtSplineGrid *grid;
  gboolean       inverse;
  int            steps;
} Velocity;

/* -- the flow -- */

/* out = a·b */
static inline void
multiply (double a[2][2], double b[2][2], double out[2][2])
{
  for (int r = 0; r < 2; r++)
    for (int c = 0; c < 2; c++)
      out[r][c] = a[r][0] * b[0][c] + a[r][1] * b[1][c];
}

/* One step of time h from x; j, where not NULL, is carried along: dj/dt = ∂v(x)·j. */
static PmtPoint
advance (const PmtSplineGrid *grid, PmtPoint x, double h, double j[2][2])
{
  static const double part[4] = { 0, 0.5, 0.5, 1 }, weight[4] = { 1 / 6.0, 1 / 3.0, 1 / 3.0, 1 / 6.0 };
  PmtPoint            rate = { 0, 0 }, sum = { 0, 0 };
  double              turn[2][2] = { { 0, 0 }, { 0, 0 } }, total[2][2] = { { 0, 0 }, { 0, 0 } };

  for (int stage = 0; stage < 4; stage++)
    {
      PmtPoint at = { x.x + part[stage] * h * rate.x, x.y + part[stage] * h * rate.y };
      double   slope[2][2], there[2][2];

      rate = _pmt_spline_grid_at (grid, at, slope);
      sum.x += weight[stage] * rate.x, sum.y += weight[stage] * rate.y;
      if (j == NULL)
        continue;
      for (int k = 0; k < 4; k++)
        (&there[0][0])[k] = (&j[0][0])[k] + part[stage] * h * (&turn[0][0])[k];
      multiply (slope, there, turn);
      for (int k = 0; k < 4; k++)
        (&total[0][0])[k] += weight[stage] * (&turn[0][0])[k];
    }
  for (int k = 0; j != NULL && k < 4; k++)
    (&j[0][0])[k] += h * (&total[0][0])[k];
  return (PmtPoint) { x.x + h * sum.x, x.y + h * sum.y };
}

static PmtPoint
flow (const Velocity *self, gboolean backwards, PmtPoint p, double j[2][2])
{
  double h = (backwards ? -1.0 : 1.0) / self->steps;

  if (!isfinite (p.x) || !isfinite (p.y))
    return (PmtPoint) { NAN, NAN };
  for (int k = 0; k < self->steps; k++)
    p = advance (self->grid, p, h, j);
  return p;
}

static void
map (const PmtStep *step, int n, const PmtPoint *in, PmtPoint *out)
{
  const Velocity *self = (const Velocity *) step;

  for (int i = 0; i < n; i++)
    out[i] = flow (self, self->inverse, in[i], NULL);
}

static gboolean
jacobian (const PmtStep *step, PmtPoint p, double j[2][2])
{
  const Velocity *self = (const Velocity *) step;

  j[0][0] = j[1][1] = 1;
  j[0][1] = j[1][0] = 0;
  return isfinite (flow (self, self->inverse, p, j).x);
}

/* No point moves further than the fastest, nor do two drift apart faster than exp |∂v|. */
static gboolean
reach (const PmtStep *step, PmtExtent *extent, double *stretch)
{
  const Velocity *self = (const Velocity *) step;
  double          s = self->grid->slope;

  _pmt_bend_reach (self->grid->least, self->grid->most, s, self->inverse, extent, stretch);
  *stretch = exp (s);
  return isfinite (*stretch);
}

/* -- making one -- */

static double
steps_for (const PmtSplineGrid *grid)
{
  double x = fmax (fabs (grid->least.x), fabs (grid->most.x)) / grid->spacing.x;
  double y = fmax (fabs (grid->least.y), fabs (grid->most.y)) / grid->spacing.y;

  return fmax (MIN_STEPS, ceil (fmax (STEPS_A_SLOPE * grid->slope, STEPS_A_CELL * fmax (x, y))));
}

/* Takes the grid. */
static PmtStep *
velocity_new (PmtSplineGrid *grid, gboolean inverse, GError **error)
{
  g_autoptr (PmtSplineGrid) owned = grid;
  double                    steps = steps_for (grid);
  Velocity                 *self;

  if (!(steps <= MAX_STEPS))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "the field of velocities is too steep or too fast: its slope is up to %.2g, and to follow it takes "
                   "%.0f steps, more than %d", grid->slope, steps, MAX_STEPS);
      return NULL;
    }
  self = g_new0 (Velocity, 1);
  _pmt_step_init (&self->base, &_pmt_step_velocity_class);
  self->grid = g_steal_pointer (&owned);
  self->inverse = inverse;
  self->steps = (int) steps;
  return &self->base;
}

PmtStep *
_pmt_step_velocity_new (const PmtLattice *field, double quantum, GError **error)
{
  PmtSplineGrid *grid = _pmt_spline_grid_new (field, quantum, error);

  return grid != NULL ? velocity_new (grid, FALSE, error) : NULL;
}

static double
round_trip (const Velocity *self)
{
  const PmtSplineGrid *grid = self->grid;
  double               worst = 0, width = grid->spacing.x * (grid->columns + 1), height = grid->spacing.y * (grid->rows + 1);

  for (int k = 0; k < TRIP_SIDE * TRIP_SIDE; k++)
    {
      PmtPoint p = { grid->origin.x - grid->spacing.x + width * (k % TRIP_SIDE) / (TRIP_SIDE - 1),
                     grid->origin.y - grid->spacing.y + height * (k / TRIP_SIDE) / (TRIP_SIDE - 1) };
      PmtPoint q = flow (self, TRUE, flow (self, FALSE, p, NULL), NULL);

      worst = fmax (worst, hypot (q.x - p.x, q.y - p.y));
    }
  return worst;
}

static PmtStep *
invert (const PmtStep *step, GError **error)
{
  const Velocity *self = (const Velocity *) step;
  double          missed = round_trip (self);

  if (missed <= ROUND_TRIP)
    return velocity_new (_pmt_spline_grid_ref (self->grid), !self->inverse, error);
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the field of velocities is too rough to be inverted: the way there and back ends %g px off", missed);
  return NULL;
}

/* -- the mean -- */

static const Velocity *
only_velocity (const PmtTransform *transform, int number, GError **error)
{
  const PmtStep *step = pmt_transform_get_length (transform) == 1 ? _pmt_transform_get_step (transform, 0) : NULL;

  if (step != NULL && step->klass == &_pmt_step_velocity_class)
    return (const Velocity *) step;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "transform %d is not one velocity step, so it has no such mean",
               number);
  return NULL;
}

static void
add_field (const Velocity *field, double share, PmtPoint *sum)
{
  const PmtSplineGrid *grid = field->grid;
  double               factor = (field->inverse ? -share : share) * grid->quantum;

  for (int j = 0; j < grid->rows; j++)
    for (int i = 0; i < grid->columns; i++, sum++)
      {
        const gint16 *c = grid->control[(gsize) (j + PMT_GRID_PAD) * (gsize) grid->stride + (gsize) (i + PMT_GRID_PAD)];

        sum->x += factor * c[0];
        sum->y += factor * c[1];
      }
}

PmtTransform *
pmt_transform_average_velocities (int n, const PmtTransform *const *transforms, GError **error)
{
  const Velocity          *first = n > 0 ? only_velocity (transforms[0], 0, error) : NULL;
  g_autofree PmtPoint     *sum = NULL;
  g_autoptr (PmtTransform) empty = NULL;
  PmtLattice               mean;

  if (n <= 0)
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "nothing has no mean");
  if (first == NULL)
    return NULL;
  sum = g_new0 (PmtPoint, (gsize) first->grid->columns * (gsize) first->grid->rows);
  for (int k = 0; k < n; k++)
    {
      const Velocity *field = only_velocity (transforms[k], k, error);

      if (field == NULL)
        return NULL;
      if (!_pmt_spline_grid_same_frame (first->grid, field->grid))
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                       "transform %d has its velocities on another grid than the first", k);
          return NULL;
        }
      add_field (field, 1.0 / n, sum);
    }
  mean = (PmtLattice) { first->grid->origin, first->grid->spacing, first->grid->columns, first->grid->rows, sum };
  empty = pmt_transform_new (pmt_transform_get_fixed_size (transforms[0]), pmt_transform_get_moving_size (transforms[0]));
  return pmt_transform_append_velocity (empty, &mean, 0, pmt_transform_get_moving_size (transforms[0]), NULL, error);
}

/* -- JSON -- */

static void
to_json (const PmtStep *step, GString *json, const char *indent)
{
  const Velocity *self = (const Velocity *) step;

  _pmt_grid_step_to_json (self->grid, self->inverse, json, indent);
}

static PmtStep *
from_json (JsonObject *object, const char *place, GError **error)
{
  return _pmt_grid_step_from_json (object, place, velocity_new, error);
}

static void
free_velocity (PmtStep *step)
{
  _pmt_spline_grid_unref (((Velocity *) step)->grid);
}

static const char *const members[] = { PMT_GRID_MEMBERS, NULL };

const PmtStepClass _pmt_step_velocity_class =
{
  "velocity", map, jacobian, invert, reach, to_json, from_json, members, free_velocity, TRUE, NULL
};
