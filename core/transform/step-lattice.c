/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A smooth bend as a step: p ↦ p + d(p), d a uniform cubic B-spline,
 *
 *     d(p) = Σᵢⱼ c_ij·B((x − x₀)/h_x − i)·B((y − y₀)/h_y − j),   B(t) the cubic B-spline of support (−2, 2)
 *
 * Controls beyond the lattice repeat the outermost ones. So d is twice continuously differentiable everywhere, and
 * from two spacings beyond the lattice on it does not change any more with the distance from it: it cannot run away.
 *
 * A lattice is accepted only when the Jacobian determinant of p + d(p) is above PMT_LEAST_JACOBIAN on SAMPLES ×
 * SAMPLES points of every cell, those two cells beyond included; outside of them d is that of their border, which
 * belongs to the samples. A map of the plane that nowhere folds and moves no point further than a bound is one to
 * one (Hadamard's theorem), so the inverse exists and is as good as Newton's method finds it: to rounding. The
 * inverse is the same lattice read backwards.
 *
 * Displacements are whole thousandths of a pixel, so that the file is short and comes back to the bit. */
#include "transform/transform-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "transform/bend-private.h"
#include "transform/cubic-weights-private.h"

#define UNIT          0.001       /* px: what displacements are rounded to */
#define MAX_NODES     65536
#define MAX_SIDE      4096        /* nodes */
#define MAX_REACH     1000000000  /* thousandths: a thousand kilopixels */
#define MAX_PLACE     1e9         /* px, of the origin */
#define MIN_SPACING   1e-3        /* px */
#define MAX_SPACING   1e9
#define BEFORE        3           /* repeated nodes kept before the first one … */
#define AFTER         3           /* … and behind the last one */
#define SAMPLES       4           /* a cell and axis, for the search for folds */
#define ROUND_TRIP    1e-4        /* px: what an inverse may miss by, at any node and any middle of a cell */

typedef struct
{
  PmtStep   base;
  PmtPoint  origin, spacing;
  int       columns, rows, stride;
  gboolean  inverse;
  PmtPoint *control;              /* padded: node (i, j) at [(j + BEFORE)·stride + i + BEFORE] */
  PmtPoint  least, most;          /* of the displacements */
  double    slope;                /* no Frobenius norm of ∂d is above it */
} Lattice;

/* -- the spline -- */

/* d and ∂d as rows (∂dx/∂x, ∂dx/∂y), (∂dy/∂x, ∂dy/∂y). */
static inline PmtPoint
evaluate (const Lattice *self, PmtPoint p, double slope[2][2])
{
  double          fx, fy, wx[4], wy[4], vx[4], vy[4];
  int             i = _pmt_cubic_cell ((p.x - self->origin.x) / self->spacing.x, self->columns, &fx) + BEFORE - 1;
  int             j = _pmt_cubic_cell ((p.y - self->origin.y) / self->spacing.y, self->rows, &fy) + BEFORE - 1;
  const PmtPoint *c = self->control + (gsize) j * self->stride + i;
  PmtPoint        d = { 0, 0 }, a = { 0, 0 }, b = { 0, 0 };

  _pmt_cubic_weights (fx, wx, vx);
  _pmt_cubic_weights (fy, wy, vy);
  for (int k = 0; k < 4; k++, c += self->stride)
    {
      PmtPoint line = { wx[0] * c[0].x + wx[1] * c[1].x + wx[2] * c[2].x + wx[3] * c[3].x,
                        wx[0] * c[0].y + wx[1] * c[1].y + wx[2] * c[2].y + wx[3] * c[3].y };
      PmtPoint tilt = { vx[0] * c[0].x + vx[1] * c[1].x + vx[2] * c[2].x + vx[3] * c[3].x,
                        vx[0] * c[0].y + vx[1] * c[1].y + vx[2] * c[2].y + vx[3] * c[3].y };

      d.x += wy[k] * line.x, d.y += wy[k] * line.y;
      a.x += wy[k] * tilt.x, a.y += wy[k] * tilt.y;
      b.x += vy[k] * line.x, b.y += vy[k] * line.y;
    }
  slope[0][0] = a.x / self->spacing.x, slope[0][1] = b.x / self->spacing.y;
  slope[1][0] = a.y / self->spacing.x, slope[1][1] = b.y / self->spacing.y;
  return d;
}

static PmtPoint
bend (const PmtStep *step, PmtPoint p, double slope[2][2])
{
  return evaluate ((const Lattice *) step, p, slope);
}

PMT_CLONES static void
map_forward (const Lattice *self, int n, const PmtPoint *in, PmtPoint *out)
{
  for (int i = 0; i < n; i++)
    {
      double   slope[2][2];
      PmtPoint p = in[i], d;

      if (!isfinite (p.x) || !isfinite (p.y))
        {
          out[i] = (PmtPoint) { NAN, NAN };
          continue;
        }
      d = evaluate (self, p, slope);
      out[i] = (PmtPoint) { p.x + d.x, p.y + d.y };
    }
}

static void
map (const PmtStep *step, int n, const PmtPoint *in, PmtPoint *out)
{
  const Lattice *self = (const Lattice *) step;

  if (self->inverse)
    _pmt_bend_map (step, bend, TRUE, n, in, out);
  else
    map_forward (self, n, in, out);
}

static gboolean
jacobian (const PmtStep *step, PmtPoint p, double j[2][2])
{
  return _pmt_bend_jacobian (step, bend, ((const Lattice *) step)->inverse, p, j);
}

/* d lies in the hull of the controls. */
static gboolean
reach (const PmtStep *step, PmtExtent *extent, double *stretch)
{
  const Lattice *self = (const Lattice *) step;

  return _pmt_bend_reach (self->least, self->most, self->slope, self->inverse, extent, stretch);
}

/* -- making one -- */

double
_pmt_step_lattice_least_jacobian (const PmtStep *step, PmtPoint *where)
{
  const Lattice *self = (const Lattice *) step;
  double         least = INFINITY;

  for (int y = -2 * SAMPLES; y <= (self->rows + 1) * SAMPLES; y++)
    for (int x = -2 * SAMPLES; x <= (self->columns + 1) * SAMPLES; x++)
      {
        PmtPoint p = { self->origin.x + self->spacing.x * x / SAMPLES, self->origin.y + self->spacing.y * y / SAMPLES };
        double   slope[2][2], j;

        evaluate (self, p, slope);
        j = _pmt_bend_determinant (slope);
        if (!(j >= least))
          {
            least = j;
            *where = p;
          }
      }
  return least;
}

static const PmtPoint *
node (const Lattice *self, int i, int j)
{
  return &self->control[(gsize) (j + BEFORE) * self->stride + i + BEFORE];
}

/* Fills the padding, and what reach() wants to know. ∂d is a blend of differences of neighbouring controls. */
static void
complete (Lattice *self)
{
  double across = 0, down = 0;

  self->least = (PmtPoint) { INFINITY, INFINITY };
  self->most = (PmtPoint) { -INFINITY, -INFINITY };
  for (int j = -BEFORE; j < self->rows + AFTER; j++)
    for (int i = -BEFORE; i < self->columns + AFTER; i++)
      self->control[(gsize) (j + BEFORE) * self->stride + i + BEFORE]
        = *node (self, CLAMP (i, 0, self->columns - 1), CLAMP (j, 0, self->rows - 1));
  for (int j = 0; j < self->rows; j++)
    for (int i = 0; i < self->columns; i++)
      {
        const PmtPoint *c = node (self, i, j), *right = node (self, i + 1, j), *below = node (self, i, j + 1);

        self->least = (PmtPoint) { fmin (self->least.x, c->x), fmin (self->least.y, c->y) };
        self->most = (PmtPoint) { fmax (self->most.x, c->x), fmax (self->most.y, c->y) };
        across = fmax (across, hypot (right->x - c->x, right->y - c->y) / self->spacing.x);
        down = fmax (down, hypot (below->x - c->x, below->y - c->y) / self->spacing.y);
      }
  self->slope = hypot (across, down);
}

static Lattice *
lattice_new (PmtPoint origin, PmtPoint spacing, int columns, int rows)
{
  Lattice *self = g_new0 (Lattice, 1);

  _pmt_step_init (&self->base, &_pmt_step_lattice_class);
  self->origin = (PmtPoint) { origin.x + 0.0, origin.y + 0.0 };   /* -0 becomes 0: equal maps, equal files */
  self->spacing = spacing;
  self->columns = columns;
  self->rows = rows;
  self->stride = columns + BEFORE + AFTER;
  self->control = g_new0 (PmtPoint, (gsize) self->stride * (rows + BEFORE + AFTER));
  return self;
}

static gboolean
check_frame (PmtPoint origin, PmtPoint spacing, int columns, int rows, GError **error)
{
  if (!(fabs (origin.x) <= MAX_PLACE && fabs (origin.y) <= MAX_PLACE))
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the lattice begins further away than %g px", MAX_PLACE);
  else if (!(spacing.x >= MIN_SPACING && spacing.y >= MIN_SPACING && spacing.x <= MAX_SPACING && spacing.y <= MAX_SPACING))
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the lattice's spacing must lie between %g and %g px", MIN_SPACING,
                 MAX_SPACING);
  else if (columns < 1 || rows < 1 || columns > MAX_SIDE || rows > MAX_SIDE || columns * rows > MAX_NODES)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                 "a lattice of %d × %d nodes: at most %d a side and %d in all are allowed", columns, rows, MAX_SIDE,
                 MAX_NODES);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_folds (const Lattice *self, GError **error)
{
  PmtPoint where = self->origin;
  double   least = _pmt_step_lattice_least_jacobian (&self->base, &where);

  if (least > PMT_LEAST_JACOBIAN)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the lattice folds or nearly folds at (%.1f, %.1f): its Jacobian is %.3f there, not above %g",
               where.x, where.y, least, PMT_LEAST_JACOBIAN);
  return FALSE;
}

PmtStep *
_pmt_step_lattice_new (const PmtLattice *lattice, GError **error)
{
  g_autoptr (PmtStep) step = NULL;
  Lattice            *self;

  if (!check_frame (lattice->origin, lattice->spacing, lattice->columns, lattice->rows, error))
    return NULL;
  self = lattice_new (lattice->origin, lattice->spacing, lattice->columns, lattice->rows);
  step = &self->base;
  for (int j = 0; j < self->rows; j++)
    for (int i = 0; i < self->columns; i++)
      {
        PmtPoint d = lattice->displacement[(gsize) j * self->columns + i];

        if (!(fabs (d.x) <= UNIT * MAX_REACH && fabs (d.y) <= UNIT * MAX_REACH))
          {
            g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                         "the lattice's displacement at column %d, row %d is too large or no number", i, j);
            return NULL;
          }
        self->control[(gsize) (j + BEFORE) * self->stride + i + BEFORE]
          = (PmtPoint) { round (d.x / UNIT) * UNIT + 0.0, round (d.y / UNIT) * UNIT + 0.0 };
      }
  complete (self);
  return check_folds (self, error) ? g_steal_pointer (&step) : NULL;
}

/* How far off p the way there and back ends, at all nodes and in the middle of all cells. */
static double
round_trip (const Lattice *forward, const Lattice *backward)
{
  double worst = 0;

  for (int j = -2; j <= 2 * forward->rows; j++)
    for (int i = -2; i <= 2 * forward->columns; i++)
      {
        PmtPoint p = { forward->origin.x + 0.5 * forward->spacing.x * i,
                       forward->origin.y + 0.5 * forward->spacing.y * j }, q;

        map_forward (forward, 1, &p, &q);
        q = _pmt_bend_back (&backward->base, bend, q);
        if (!(hypot (q.x - p.x, q.y - p.y) <= worst))
          worst = isfinite (q.x) ? hypot (q.x - p.x, q.y - p.y) : INFINITY;
      }
  return worst;
}

static PmtStep *
invert (const PmtStep *step, GError **error)
{
  const Lattice      *self = (const Lattice *) step;
  Lattice            *other = lattice_new (self->origin, self->spacing, self->columns, self->rows);
  g_autoptr (PmtStep) inverse = &other->base;
  double              missed;

  memcpy (other->control, self->control, sizeof (PmtPoint) * self->stride * (self->rows + BEFORE + AFTER));
  complete (other);
  other->inverse = !self->inverse;
  missed = round_trip (self, other);
  if (missed <= ROUND_TRIP)
    return g_steal_pointer (&inverse);
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the lattice bends too sharply to be inverted: the way there and back ends %g px off", missed);
  return NULL;
}

/* -- JSON -- */

static void
put_axis (const Lattice *self, GString *json, const char *indent, const char *name, gboolean vertical)
{
  g_string_append_printf (json, "%s\"%s\": [\n", indent, name);
  for (int j = 0; j < self->rows; j++)
    {
      g_string_append_printf (json, "%s  [", indent);
      for (int i = 0; i < self->columns; i++)
        {
          const PmtPoint *c = node (self, i, j);

          g_string_append_printf (json, "%s%ld", i > 0 ? ", " : "", lround ((vertical ? c->y : c->x) / UNIT));
        }
      g_string_append (json, j + 1 < self->rows ? "],\n" : "]\n");
    }
  g_string_append_printf (json, "%s],\n", indent);
}

static void
to_json (const PmtStep *step, GString *json, const char *indent)
{
  const Lattice *self = (const Lattice *) step;

  _pmt_bend_put_direction (json, indent, self->inverse);
  _pmt_bend_put_pair (json, indent, "origin", self->origin);
  _pmt_bend_put_pair (json, indent, "spacing", self->spacing);
  g_string_append_printf (json, "%s\"columns\": %d,\n%s\"rows\": %d,\n", indent, self->columns, indent, self->rows);
  put_axis (self, json, indent, "dx", FALSE);
  put_axis (self, json, indent, "dy", TRUE);
}

static gboolean
read_axis_row (Lattice *self, JsonArray *lines, int j, const char *place, gboolean vertical, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s[%d]", place, j);
  JsonNode        *line = json_array_get_element (lines, j);
  JsonArray       *numbers = JSON_NODE_HOLDS_ARRAY (line) ? json_node_get_array (line) : NULL;

  if (numbers == NULL || (int) json_array_get_length (numbers) != self->columns)
    return _pmt_json_fail (error, here, "must be a row of %d numbers", self->columns);
  for (int i = 0; i < self->columns; i++)
    {
      PmtPoint *c = &self->control[(gsize) (j + BEFORE) * self->stride + i + BEFORE];
      double    value;

      if (!_pmt_json_number_node (json_array_get_element (numbers, i), here, &value, error))
        return FALSE;
      if (value != floor (value) || fabs (value) > MAX_REACH)
        return _pmt_json_fail (error, here, "must be whole thousandths of a pixel, up to ±%d", MAX_REACH);
      *(vertical ? &c->y : &c->x) = value * UNIT + 0.0;
    }
  return TRUE;
}

static gboolean
read_axis (Lattice *self, JsonObject *object, const char *member, const char *place, gboolean vertical, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.%s", place, member);
  JsonArray       *lines = _pmt_json_array (object, member, place, error);

  if (lines == NULL)
    return FALSE;
  if ((int) json_array_get_length (lines) != self->rows)
    return _pmt_json_fail (error, here, "must have %d rows, not %u", self->rows, json_array_get_length (lines));
  for (int j = 0; j < self->rows; j++)
    if (!read_axis_row (self, lines, j, here, vertical, error))
      return FALSE;
  return TRUE;
}

static PmtStep *
from_json (JsonObject *object, const char *place, GError **error)
{
  g_autoptr (PmtStep) step = NULL;
  g_autoptr (GError)  why = NULL;
  PmtPoint            origin, spacing;
  gint64              columns, rows;
  gboolean            inverse;
  Lattice            *self;

  if (!_pmt_bend_read_direction (object, place, &inverse, error)
      || !_pmt_bend_read_pair (object, "origin", place, &origin, error)
      || !_pmt_bend_read_pair (object, "spacing", place, &spacing, error)
      || !_pmt_json_integer (object, "columns", place, 1, MAX_SIDE, &columns, error)
      || !_pmt_json_integer (object, "rows", place, 1, MAX_SIDE, &rows, error))
    return NULL;
  if (!check_frame (origin, spacing, (int) columns, (int) rows, &why))
    {
      _pmt_json_fail (error, place, "%s", why->message);
      return NULL;
    }
  self = lattice_new (origin, spacing, (int) columns, (int) rows);
  step = &self->base;
  self->inverse = inverse;
  if (!read_axis (self, object, "dx", place, FALSE, error) || !read_axis (self, object, "dy", place, TRUE, error))
    return NULL;
  complete (self);
  if (check_folds (self, &why))
    return g_steal_pointer (&step);
  _pmt_json_fail (error, place, "%s", why->message);
  return NULL;
}

gboolean
_pmt_step_lattice_get (const PmtStep *step, PmtLattice *lattice)
{
  const Lattice *self = (const Lattice *) step;
  PmtPoint      *d;

  if (step->klass != &_pmt_step_lattice_class || self->inverse)
    return FALSE;
  d = g_new (PmtPoint, (gsize) self->columns * self->rows);
  for (int j = 0; j < self->rows; j++)
    memcpy (d + (gsize) j * self->columns, &self->control[(gsize) (j + BEFORE) * self->stride + BEFORE], sizeof *d * self->columns);
  *lattice = (PmtLattice) { self->origin, self->spacing, self->columns, self->rows, d };
  return TRUE;
}

static void
free_lattice (PmtStep *step)
{
  g_free (((Lattice *) step)->control);
}

static const char *const members[] = { "direction", "origin", "spacing", "columns", "rows", "dx", "dy", NULL };

const PmtStepClass _pmt_step_lattice_class =
{
  "lattice", map, jacobian, invert, reach, to_json, from_json, members, free_lattice, TRUE, NULL
};
