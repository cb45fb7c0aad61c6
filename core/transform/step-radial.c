/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lens's radial distortion as a step (Brown 1966, two terms). With c the centre, R half the box's diagonal and r =
 * |p − c|/R, a point goes to c + (p − c)·m(r), where
 *
 *     f(r) = r + k₁·r³ + k₂·r⁵,   g(r) = f(r) up to r = e, the box's corner that is farthest from c,
 *     g(r) = f(e) + f′(e)·(r − e) beyond,   m(r) = g(r)/r
 *
 * so that the map goes on smoothly where the polynomial would turn back. f′ above LEAST_RISE within e makes g rise
 * everywhere; it is a parabola in r², so where it does not is found by a formula. The inverse is a root of g in one
 * unknown: Newton's method between two bounds that close in. Along the radius the map stretches g′(r) times, across it m(r)
 * times: both are what reach() bounds, and the Jacobian is made of. */
#include "transform/bend-private.h"

#include <math.h>
#include <string.h>

#include "transform/pairs-private.h"

#define LEAST_RISE   0.05   /* of f′ */
#define MAX_PLACE    1e9    /* px */
#define MAX_TERM     1e6    /* |k| */
#define MIN_SIDE     1e-3   /* px, of the box */
#define NEWTON_STEPS 100    /* a bisection takes 60 */

typedef struct
{
  PmtStep   base;
  PmtPoint  centre;
  double    k1, k2;
  PmtExtent box;
  gboolean  inverse;
  double    size;         /* R, px */
  double    end;          /* e */
  double    image, rise;  /* f(e), f′(e) */
} Radial;

/* -- along a radius -- */

static double
rise_at (const Radial *self, double r)
{
  double s = r * r;

  return r < self->end ? 1 + s * (3 * self->k1 + s * 5 * self->k2) : self->rise;
}

static double
growth_at (const Radial *self, double r)
{
  double s = r * r;

  return r < self->end ? 1 + s * (self->k1 + s * self->k2) : self->rise + (self->image - self->rise * self->end) / r;
}

/* r with g(r) = to. */
static double
radius_back (const Radial *self, double to)
{
  double low = 0, high = self->end, r;

  if (to >= self->image)
    return self->end + (to - self->image) / self->rise;
  r = fmin (to, high);
  for (int k = 0; k < NEWTON_STEPS; k++)
    {
      double miss = r * growth_at (self, r) - to, next;

      if (miss > 0)
        high = r;
      else
        low = r;
      next = r - miss / rise_at (self, r);
      if (!(next >= low && next <= high))
        next = 0.5 * (low + high);
      if (fabs (next - r) <= 1e-16 * r)
        return next;
      r = next;
    }
  return r;
}

/* -- the map -- */

static PmtPoint
there (const Radial *self, PmtPoint p)
{
  double x = p.x - self->centre.x, y = p.y - self->centre.y, m = growth_at (self, hypot (x, y) / self->size);

  return (PmtPoint) { self->centre.x + x * m, self->centre.y + y * m };
}

static PmtPoint
back (const Radial *self, PmtPoint q)
{
  double x = q.x - self->centre.x, y = q.y - self->centre.y;
  double m = growth_at (self, radius_back (self, hypot (x, y) / self->size));

  return (PmtPoint) { self->centre.x + x / m, self->centre.y + y / m };
}

static void
map (const PmtStep *step, int n, const PmtPoint *in, PmtPoint *out)
{
  const Radial *self = (const Radial *) step;

  for (int i = 0; i < n; i++)
    out[i] = !isfinite (in[i].x) || !isfinite (in[i].y) ? (PmtPoint) { NAN, NAN }
             : self->inverse ? back (self, in[i]) : there (self, in[i]);
}

/* m·I + (g′ − m)·e·eᵀ, e the direction of the radius. */
static gboolean
jacobian (const PmtStep *step, PmtPoint p, double j[2][2])
{
  const Radial *self = (const Radial *) step;
  double        x, y, r, along, across, ex, ey;

  if (!isfinite (p.x) || !isfinite (p.y))
    return FALSE;
  if (self->inverse)
    p = back (self, p);
  x = p.x - self->centre.x, y = p.y - self->centre.y, r = hypot (x, y);
  ex = r > 0 ? x / r : 1, ey = r > 0 ? y / r : 0;
  along = rise_at (self, r / self->size), across = growth_at (self, r / self->size);
  if (self->inverse)
    along = 1 / along, across = 1 / across;
  j[0][0] = across + (along - across) * ex * ex;
  j[1][1] = across + (along - across) * ey * ey;
  j[0][1] = j[1][0] = (along - across) * ex * ey;
  return TRUE;
}

/* -- bounds -- */

typedef double (*AlongRadius) (const Radial *self, double r);

/* Range of g′ or m over low … high: both are parabolas in r² up to e, with their vertex at r² = `vertex`, and monotone
 * beyond. */
static void
range_over (const Radial *self, AlongRadius func, double vertex, double low, double high, double *least, double *most)
{
  const double places[] = { low, high, self->end, sqrt (fmax (vertex, 0)) };

  *least = INFINITY, *most = -INFINITY;
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      double value = func (self, CLAMP (places[i], low, high));

      *least = fmin (*least, value), *most = fmax (*most, value);
    }
}

/* Smallest and largest distance of a box's points from the centre, in R. */
static void
distances (const Radial *self, const PmtExtent *e, double *near, double *far)
{
  double x = fmax (fmax (e->x0 - self->centre.x, self->centre.x - e->x1), 0);
  double y = fmax (fmax (e->y0 - self->centre.y, self->centre.y - e->y1), 0);

  *near = hypot (x, y) / self->size;
  *far = hypot (fmax (fabs (e->x0 - self->centre.x), fabs (e->x1 - self->centre.x)),
                fmax (fabs (e->y0 - self->centre.y), fabs (e->y1 - self->centre.y))) / self->size;
}

static void
scale_side (double centre, double least, double most, double *low, double *high)
{
  double a = *low - centre, b = *high - centre;

  *low = centre + fmin (a * least, a * most);
  *high = centre + fmax (b * least, b * most);
}

static gboolean
reach (const PmtStep *step, PmtExtent *extent, double *stretch)
{
  const Radial *self = (const Radial *) step;
  double        near, far, least, most, slowest, fastest;

  distances (self, extent, &near, &far);
  if (self->inverse)
    near = radius_back (self, near), far = radius_back (self, far);
  range_over (self, growth_at, -self->k1 / (2 * self->k2), near, far, &least, &most);
  range_over (self, rise_at, -3 * self->k1 / (10 * self->k2), near, far, &slowest, &fastest);
  *stretch = self->inverse ? 1 / fmin (least, slowest) : fmax (most, fastest);
  if (self->inverse)
    scale_side (self->centre.x, 1 / most, 1 / least, &extent->x0, &extent->x1),
    scale_side (self->centre.y, 1 / most, 1 / least, &extent->y0, &extent->y1);
  else
    scale_side (self->centre.x, least, most, &extent->x0, &extent->x1),
    scale_side (self->centre.y, least, most, &extent->y0, &extent->y1);
  return TRUE;
}

/* -- making one -- */

static gboolean
fail (GError **error, const char *text)
{
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, text);
  return FALSE;
}

static gboolean
check_numbers (const PmtRadial *radial, GError **error)
{
  if (!(fabs (radial->centre.x) <= MAX_PLACE && fabs (radial->centre.y) <= MAX_PLACE))
    return fail (error, "the centre of the radial distortion is out of range");
  if (!(fabs (radial->k1) <= MAX_TERM && fabs (radial->k2) <= MAX_TERM))
    return fail (error, "a term of the radial distortion is out of range");
  if (!(radial->high.x - radial->low.x >= MIN_SIDE && radial->high.y - radial->low.y >= MIN_SIDE
        && fabs (radial->low.x) <= MAX_PLACE && fabs (radial->low.y) <= MAX_PLACE && fabs (radial->high.x) <= MAX_PLACE
        && fabs (radial->high.y) <= MAX_PLACE))
    return fail (error, "the box of the radial distortion is empty or out of range");
  return TRUE;
}

/* The smallest s in 0 … end with 1 + a·s + b·s² ≤ LEAST_RISE, or NaN. */
static double
first_fold (double a, double b, double end)
{
  double c = 1 - LEAST_RISE, root = a * a - 4 * b * c, s;

  if (root < 0 || (a >= 0 && b >= 0))
    return NAN;
  s = 2 * c / (-a + sqrt (root));   /* the smaller positive root, also where b is 0 */
  return s >= 0 && s <= end ? s : NAN;
}

static gboolean
check_folds (const Radial *self, GError **error)
{
  double s = first_fold (3 * self->k1, 5 * self->k2, self->end * self->end);

  if (isnan (s))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the radial distortion folds or nearly folds %.1f pixels from its centre, at %.3f half diagonals: its "
               "derivative along the radius is not above %g there", sqrt (s) * self->size, sqrt (s), LEAST_RISE);
  return FALSE;
}

PmtStep *
_pmt_step_radial_new (const PmtRadial *radial, GError **error)
{
  Radial   *self;
  PmtExtent box = { radial->low.x + 0.0, radial->low.y + 0.0, radial->high.x + 0.0, radial->high.y + 0.0 };
  double    near, s;

  if (!check_numbers (radial, error))
    return NULL;
  self = g_new0 (Radial, 1);
  _pmt_step_init (&self->base, &_pmt_step_radial_class);
  self->centre = (PmtPoint) { radial->centre.x + 0.0, radial->centre.y + 0.0 };   /* -0 becomes 0 */
  self->k1 = radial->k1 + 0.0;
  self->k2 = radial->k2 + 0.0;
  self->box = box;
  self->size = 0.5 * hypot (box.x1 - box.x0, box.y1 - box.y0);
  distances (self, &box, &near, &self->end);
  s = self->end * self->end;
  self->image = self->end * (1 + s * (self->k1 + s * self->k2));
  self->rise = 1 + s * (3 * self->k1 + s * 5 * self->k2);
  if (check_folds (self, error))
    return &self->base;
  _pmt_step_unref (&self->base);
  return NULL;
}

static PmtStep *
invert (const PmtStep *step, GError **error)
{
  Radial *inverse = g_memdup2 (step, sizeof *inverse);

  memset (&inverse->base, 0, sizeof inverse->base);
  _pmt_step_init (&inverse->base, &_pmt_step_radial_class);
  inverse->inverse = !inverse->inverse;
  return &inverse->base;
}

/* -- JSON -- */

static void
to_json (const PmtStep *step, GString *json, const char *indent)
{
  const Radial *self = (const Radial *) step;

  _pmt_bend_put_direction (json, indent, self->inverse);
  _pmt_bend_put_pair (json, indent, "centre", self->centre);
  _pmt_bend_put_pair (json, indent, "terms", (PmtPoint) { self->k1, self->k2 });
  _pmt_pairs_put_box (json, indent, self->box);
}

static PmtStep *
from_json (JsonObject *object, const char *place, GError **error)
{
  g_autoptr (GError) why = NULL;
  PmtRadial          radial;
  PmtPoint           terms;
  PmtExtent          box;
  gboolean           inverse;
  PmtStep           *step;

  if (!_pmt_bend_read_direction (object, place, &inverse, error)
      || !_pmt_bend_read_pair (object, "centre", place, &radial.centre, error)
      || !_pmt_bend_read_pair (object, "terms", place, &terms, error)
      || !_pmt_pairs_read_box (object, place, &box, error))
    return NULL;
  radial.k1 = terms.x, radial.k2 = terms.y;
  radial.low = (PmtPoint) { box.x0, box.y0 }, radial.high = (PmtPoint) { box.x1, box.y1 };
  step = _pmt_step_radial_new (&radial, &why);
  if (step != NULL)
    ((Radial *) step)->inverse = inverse;
  else
    _pmt_json_fail (error, place, "%s", why->message);
  return step;
}

static void
free_radial (PmtStep *step)
{
}

static const char *const members[] = { "direction", "centre", "terms", "box", NULL };

const PmtStepClass _pmt_step_radial_class =
{
  "radial", map, jacobian, invert, reach, to_json, from_json, members, free_radial, TRUE, NULL
};
