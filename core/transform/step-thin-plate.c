/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thin plate through pairs of points as a step (Bookstein 1989; smoothing: Wahba 1990). With u = (p − m)/L, m the
 * box's centre, L the root of its area,
 *
 *     f(p) = A·(1, u) + Σᵢ wᵢ·U(|clamp(u) − uᵢ|),   U(r) = r²·ln r,   Σ wᵢ = 0,   Σ wᵢ·uᵢ = 0
 *
 * where clamp() leaves what is within the box, and takes what is beyond to places at most m/2 from it, smoothly:
 * with m = FADE·L, a coordinate o px beyond the border to o − o²/(2m), from m on to m/2. It minimises (1/n)·Σ |f(pᵢ)
 * − qᵢ|² + λ/(8π)·L²·∫∫ |∂²f|²; for λ = 0 it goes through all pairs. The linear system, with K_ij = U(|uᵢ − uⱼ|), is
 * (K + nλ)·w + P·A = q, Pᵀ·w = 0.
 *
 * A plate could run away and fold beyond the points: hence the clamp. It may fold between points that contradict one
 * another as well. It is refused where the Jacobian determinant is not above PMT_LEAST_JACOBIAN (times A's where that is
 * smaller than 1: a plate that makes things small is no worse for it) at the points and on
 * a grid of CELLS + 1 places along the longer side of the box and what is m/2 around it, as densely along the
 * shorter one. The clamp multiplies the columns of the sum's derivative by 0 … 1 there; the determinant is bilinear
 * in these factors, so 0 and 1 are all that has to be tried, and the whole plane is covered. What nowhere folds has
 * an inverse, and Newton's method finds it to rounding.
 *
 * The file keeps the pairs, from which the weights are solved anew: they are what people edit and other programs
 * know. */
#include "transform/bend-private.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "transform/pairs-private.h"

#define MIN_POINTS    3
#define MAX_POINTS    1000
#define MAX_SMOOTHING 1e6
#define MIN_SIDE      1e-3    /* px, of the box */
#define MIN_DISTANCE  1e-6    /* of the box's size: nearer points are one */
#define MIN_SPREAD    1e-4    /* least over largest spread of points that do not lie on a line */
#define MAX_MISS      1e-5    /* px: how closely the solution must go through the pairs where λ = 0 */
#define FADE          0.25    /* of the box's size: how far beyond the box the sum goes on to change */
#define CELLS         128     /* along the longer side, for the search for folds */
#define SLACK         1.25    /* of the steepest slope that is sampled, for reach() */
#define ROUND_TRIP    1e-4    /* px: what an inverse may miss by at the same places */

typedef struct
{
  PmtStep   base;
  int       n;
  PmtPoint *from, *to;
  double    smoothing;
  PmtExtent box;
  gboolean  inverse;
  PmtPoint  centre;
  double    size;             /* L */
  PmtPoint *place, *weight;   /* uᵢ, wᵢ (px) */
  double    affine[2][3];     /* A, of 1, u.x, u.y (px) */
  PmtPoint  least, most;      /* of the sum */
  double    slope;            /* no Frobenius norm of the sum's derivative by p is above it */
} ThinPlate;

/* -- the map -- */

/* The sum at u, and its derivatives by u. */
PMT_CLONES static PmtPoint
plate (const ThinPlate *self, PmtPoint u, double slope[2][2])
{
  PmtPoint sum = { 0, 0 };
  double   xx = 0, xy = 0, yx = 0, yy = 0;

  for (int i = 0; i < self->n; i++)
    {
      double x = u.x - self->place[i].x, y = u.y - self->place[i].y, s = x * x + y * y;
      double l = log (fmax (s, 1e-300)), value = 0.5 * s * l, rise = l + 1;

      sum.x += self->weight[i].x * value;
      sum.y += self->weight[i].y * value;
      xx += self->weight[i].x * rise * x, xy += self->weight[i].x * rise * y;
      yx += self->weight[i].y * rise * x, yy += self->weight[i].y * rise * y;
    }
  slope[0][0] = xx, slope[0][1] = xy;
  slope[1][0] = yx, slope[1][1] = yy;
  return sum;
}

/* The coordinate that the sum is taken at, and how fast it moves with t. */
static double
clamp_softly (double t, double low, double high, double fade, double *rate)
{
  double over = fmin (fmax (fmax (low - t, t - high), 0), fade), to = over - over * over / (2 * fade);

  *rate = 1 - over / fade;
  return t < low ? low - to : t > high ? high + to : t;
}

/* The sum at the clamped place c, and its slope where the clamp moves at these rates. */
static PmtPoint
sum_at (const ThinPlate *self, PmtPoint c, const double rate[2], double slope[2][2])
{
  PmtPoint u = { (c.x - self->centre.x) / self->size, (c.y - self->centre.y) / self->size };
  PmtPoint sum = plate (self, u, slope);

  for (int axis = 0; axis < 2; axis++)
    {
      slope[0][axis] *= rate[axis] / self->size;
      slope[1][axis] *= rate[axis] / self->size;
    }
  return sum;
}

static PmtPoint
affine_at (const ThinPlate *self, PmtPoint p)
{
  const double (*a)[3] = self->affine;
  PmtPoint u = { (p.x - self->centre.x) / self->size, (p.y - self->centre.y) / self->size };

  return (PmtPoint) { a[0][0] + a[0][1] * u.x + a[0][2] * u.y, a[1][0] + a[1][1] * u.x + a[1][2] * u.y };
}

/* A's linear part, by p. */
static void
linear_part (const ThinPlate *self, double m[2][2])
{
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++)
      m[i][j] = self->affine[i][j + 1] / self->size;
}

static PmtPoint
affine_back (const ThinPlate *self, PmtPoint q)
{
  double m[2][2], x = q.x - self->affine[0][0], y = q.y - self->affine[1][0], whole;

  linear_part (self, m);
  whole = m[0][0] * m[1][1] - m[0][1] * m[1][0];
  return (PmtPoint) { self->centre.x + (m[1][1] * x - m[0][1] * y) / whole,
                      self->centre.y + (m[0][0] * y - m[1][0] * x) / whole };
}

static PmtPoint
bend_clamped (const ThinPlate *self, PmtPoint p, PmtPoint c, const double rate[2], double slope[2][2])
{
  PmtPoint a = affine_at (self, p), sum = sum_at (self, c, rate, slope);
  double   m[2][2];

  linear_part (self, m);
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++)
      slope[i][j] += m[i][j] - (i == j);
  return (PmtPoint) { a.x + sum.x - p.x, a.y + sum.y - p.y };
}

static PmtPoint
bend (const PmtStep *step, PmtPoint p, double slope[2][2])
{
  const ThinPlate *self = (const ThinPlate *) step;
  double           rate[2], fade = FADE * self->size;
  PmtPoint         c = { clamp_softly (p.x, self->box.x0, self->box.x1, fade, &rate[0]),
                         clamp_softly (p.y, self->box.y0, self->box.y1, fade, &rate[1]) };

  return bend_clamped (self, p, c, rate, slope);
}

static PmtPoint
find_origin (const ThinPlate *self, PmtPoint q)
{
  return _pmt_bend_origin (&self->base, bend, q, affine_back (self, q));
}

static void
map (const PmtStep *step, int n, const PmtPoint *in, PmtPoint *out)
{
  const ThinPlate *self = (const ThinPlate *) step;

  if (!self->inverse)
    _pmt_bend_map (step, bend, FALSE, n, in, out);
  else
    for (int i = 0; i < n; i++)
      out[i] = isfinite (in[i].x) && isfinite (in[i].y) ? find_origin (self, in[i]) : (PmtPoint) { NAN, NAN };
}

static gboolean
jacobian (const PmtStep *step, PmtPoint p, double j[2][2])
{
  const ThinPlate *self = (const ThinPlate *) step;
  double           slope[2][2];

  if (self->inverse)
    map (step, 1, &p, &p);
  if (!isfinite (p.x) || !isfinite (p.y))
    return FALSE;
  bend (step, p, slope);
  _pmt_bend_tangent (slope, self->inverse, j);
  return TRUE;
}

/* The affine part takes corners to corners; the sum lies within least … most. */
static gboolean
reach (const PmtStep *step, PmtExtent *extent, double *stretch)
{
  const ThinPlate *self = (const ThinPlate *) step;
  PmtPoint         low = self->inverse ? (PmtPoint) { -self->most.x, -self->most.y } : self->least;
  PmtPoint         high = self->inverse ? (PmtPoint) { -self->least.x, -self->least.y } : self->most;
  PmtExtent        e = *extent, image = { INFINITY, INFINITY, -INFINITY, -INFINITY };
  double           m[2][2], squares, whole, longest;

  if (self->inverse)
    e = (PmtExtent) { e.x0 + low.x, e.y0 + low.y, e.x1 + high.x, e.y1 + high.y };
  for (int corner = 0; corner < 4; corner++)
    {
      PmtPoint p = { corner & 1 ? e.x1 : e.x0, corner & 2 ? e.y1 : e.y0 };
      PmtPoint q = self->inverse ? affine_back (self, p) : affine_at (self, p);

      image = (PmtExtent) { fmin (image.x0, q.x), fmin (image.y0, q.y), fmax (image.x1, q.x), fmax (image.y1, q.y) };
    }
  if (!self->inverse)
    image = (PmtExtent) { image.x0 + low.x, image.y0 + low.y, image.x1 + high.x, image.y1 + high.y };
  *extent = image;
  linear_part (self, m);
  squares = m[0][0] * m[0][0] + m[0][1] * m[0][1] + m[1][0] * m[1][0] + m[1][1] * m[1][1];
  whole = m[0][0] * m[1][1] - m[0][1] * m[1][0];
  longest = sqrt (0.5 * (squares + sqrt (fmax (squares * squares - 4 * whole * whole, 0))));   /* singular values */
  *stretch = self->inverse ? 1 / (whole / longest - self->slope) : longest + self->slope;
  return *stretch > 0;
}

/* -- solving -- */

/* Rows i: K + nλ, P; the last three: Pᵀ. Columns 0, 1 of q: the images. */
static void
fill_system (const ThinPlate *self, double *k, double *q)
{
  int n = self->n, size = n + 3;

  memset (k, 0, sizeof (double) * size * size);
  memset (q, 0, sizeof (double) * size * 2);
  for (int i = 0; i < n; i++)
    {
      const double row[3] = { 1, self->place[i].x, self->place[i].y };

      for (int j = 0; j < n; j++)
        {
          double x = self->place[i].x - self->place[j].x, y = self->place[i].y - self->place[j].y, s = x * x + y * y;

          k[(gsize) i * size + j] = s > 0 ? 0.5 * s * log (s) : 0;
        }
      k[(gsize) i * size + i] = n * self->smoothing;
      for (int j = 0; j < 3; j++)
        k[(gsize) i * size + n + j] = k[(gsize) (n + j) * size + i] = row[j];
      q[2 * i] = self->to[i].x;
      q[2 * i + 1] = self->to[i].y;
    }
}

static double
worst_miss (const ThinPlate *self)
{
  double worst = 0, slope[2][2];

  for (int i = 0; i < self->n; i++)
    {
      PmtPoint d = bend (&self->base, self->from[i], slope);
      double   miss = hypot (self->from[i].x + d.x - self->to[i].x, self->from[i].y + d.y - self->to[i].y);

      worst = miss <= worst ? worst : miss;
    }
  return worst;
}

static gboolean
solve (ThinPlate *self, GError **error)
{
  int                    size = self->n + 3;
  g_autofree double     *k = g_new (double, (gsize) size * size), *q = g_new (double, 2 * size);
  g_autofree lapack_int *pivots = g_new (lapack_int, size);
  gboolean               solved;

  fill_system (self, k, q);
  solved = LAPACKE_dgesv (LAPACK_ROW_MAJOR, size, 2, k, size, pivots, q, 2) == 0;
  for (int i = 0; solved && i < 2 * size; i++)
    solved = isfinite (q[i]);
  for (int i = 0; solved && i < self->n; i++)
    self->weight[i] = (PmtPoint) { q[2 * i], q[2 * i + 1] };
  for (int i = 0; solved && i < 3; i++)
    for (int axis = 0; axis < 2; axis++)
      self->affine[axis][i] = q[2 * (self->n + i) + axis];
  if (solved && (self->smoothing > 0 || worst_miss (self) <= MAX_MISS))
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                       "the thin plate cannot be solved: points lie too close together, or nearly on one line");
  return FALSE;
}

/* -- checks -- */

/* What is asked at a clamped place, for a rate of the clamp. */
typedef gboolean (*Visit) (const ThinPlate *self, PmtPoint c, const double rate[2], gpointer data);

/* At rates of 1 and, along axes where the place is not within the box, 0. */
static gboolean
visit_rates (const ThinPlate *self, PmtPoint c, Visit func, gpointer data)
{
  gboolean beyond[2] = { !(c.x > self->box.x0 && c.x < self->box.x1), !(c.y > self->box.y0 && c.y < self->box.y1) };

  for (int still = 0; still < 4; still++)
    {
      const double rate[2] = { still & 1 ? 0 : 1, still & 2 ? 0 : 1 };

      if ((rate[0] > 0 || beyond[0]) && (rate[1] > 0 || beyond[1]) && !func (self, c, rate, data))
        return FALSE;
    }
  return TRUE;
}

static gboolean
visit (const ThinPlate *self, Visit func, gpointer data)
{
  const double rate[2] = { 1, 1 };
  double       around = 0.5 * FADE * self->size, x = self->box.x0 - around, y = self->box.y0 - around;
  double       width = self->box.x1 + around - x, height = self->box.y1 + around - y, cell = fmax (width, height) / CELLS;
  int          columns = CLAMP ((int) ceil (width / cell), 4, CELLS), rows = CLAMP ((int) ceil (height / cell), 4, CELLS);

  for (int j = 0; j <= rows; j++)
    for (int i = 0; i <= columns; i++)
      if (!visit_rates (self, (PmtPoint) { x + width * i / columns, y + height * j / rows }, func, data))
        return FALSE;
  for (int i = 0; i < self->n; i++)
    if (!func (self, self->from[i], rate, data))
      return FALSE;
  return TRUE;
}

typedef struct { double least; PmtPoint where; } Least;

static gboolean
note_jacobian (const ThinPlate *self, PmtPoint p, const double rate[2], gpointer data)
{
  Least *least = data;
  double slope[2][2], j;

  bend_clamped (self, p, p, rate, slope);
  j = _pmt_bend_determinant (slope);
  if (!(j >= least->least))
    *least = (Least) { j, p };
  return TRUE;
}

static gboolean
check_folds (const ThinPlate *self, GError **error)
{
  Least  least = { INFINITY, { NAN, NAN } };
  double m[2][2], whole, limit;

  linear_part (self, m);
  whole = m[0][0] * m[1][1] - m[0][1] * m[1][0];
  limit = PMT_LEAST_JACOBIAN * fmin (fmax (whole, 0), 1);
  visit (self, note_jacobian, &least);
  if (least.least > limit)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the thin plate folds or nearly folds at (%.1f, %.1f): its Jacobian is %.3f there, not above %g. "
               "Points near that place contradict one another; a larger smoothing bends less",
               least.where.x, least.where.y, least.least, limit);
  return FALSE;
}

static gboolean
note_range (const ThinPlate *self, PmtPoint p, const double rate[2], gpointer data)
{
  ThinPlate *to = data;
  double     slope[2][2];
  PmtPoint   sum = sum_at (self, p, rate, slope);

  to->least = (PmtPoint) { fmin (to->least.x, sum.x), fmin (to->least.y, sum.y) };
  to->most = (PmtPoint) { fmax (to->most.x, sum.x), fmax (to->most.y, sum.y) };
  to->slope = fmax (to->slope, hypot (hypot (slope[0][0], slope[0][1]), hypot (slope[1][0], slope[1][1])));
  return TRUE;
}

/* What reach() wants to know. Between places the sum may go further, by its slope over half the diagonal of a cell. */
static void
measure (ThinPlate *self)
{
  double cell = (fmax (self->box.x1 - self->box.x0, self->box.y1 - self->box.y0) + FADE * self->size) / CELLS, more;

  self->least = (PmtPoint) { INFINITY, INFINITY };
  self->most = (PmtPoint) { -INFINITY, -INFINITY };
  visit (self, note_range, self);
  self->slope *= SLACK;
  more = self->slope * cell;
  self->least = (PmtPoint) { self->least.x - more, self->least.y - more };
  self->most = (PmtPoint) { self->most.x + more, self->most.y + more };
}

static gboolean
note_trip (const ThinPlate *self, PmtPoint p, const double rate[2], gpointer data)
{
  double  *worst = data, slope[2][2], miss;
  PmtPoint d = bend (&self->base, p, slope), q = find_origin (self, (PmtPoint) { p.x + d.x, p.y + d.y });

  miss = hypot (q.x - p.x, q.y - p.y);
  *worst = miss <= *worst ? *worst : isnan (miss) ? INFINITY : miss;
  return *worst <= ROUND_TRIP;
}

/* -- making one -- */

static gboolean
check_points (const ThinPlate *self, GError **error)
{
  const PmtExtent *b = &self->box;

  for (int i = 0; i < self->n; i++)
    {
      if (!_pmt_pairs_is_place (self->from[i]) || !_pmt_pairs_is_place (self->to[i]))
        return _pmt_pairs_refuse (error, "point %d of the thin plate is no number or further away than %g px", i, PMT_PAIRS_MAX_PLACE);
      if (self->from[i].x < b->x0 || self->from[i].x > b->x1 || self->from[i].y < b->y0 || self->from[i].y > b->y1)
        return _pmt_pairs_refuse (error, "point %d of the thin plate, (%g, %g), lies outside of its box", i, self->from[i].x,
                     self->from[i].y);
      for (int j = 0; j < i; j++)
        if (hypot (self->place[i].x - self->place[j].x, self->place[i].y - self->place[j].y) < MIN_DISTANCE)
          return _pmt_pairs_refuse (error, "points %d and %d of the thin plate coincide at (%g, %g)", j, i, self->from[i].x,
                       self->from[i].y);
    }
  return TRUE;
}

/* FALSE where the points lie on a line, by their second moments. */
static gboolean
check_spread (const ThinPlate *self, GError **error)
{
  double x = 0, y = 0, xx = 0, xy = 0, yy = 0, mean, half;

  for (int i = 0; i < self->n; i++)
    x += self->place[i].x / self->n, y += self->place[i].y / self->n;
  for (int i = 0; i < self->n; i++)
    {
      double u = self->place[i].x - x, v = self->place[i].y - y;

      xx += u * u, xy += u * v, yy += v * v;
    }
  mean = 0.5 * (xx + yy);
  half = hypot (0.5 * (xx - yy), xy);
  return mean - half > MIN_SPREAD * MIN_SPREAD * (mean + half)
         || _pmt_pairs_refuse (error, "the thin plate's points lie on a line");
}

static gboolean
check_frame (const PmtThinPlate *p, GError **error)
{
  const PmtPoint low = p->low, high = p->high;

  if (p->n < MIN_POINTS || p->n > MAX_POINTS)
    return _pmt_pairs_refuse (error, "a thin plate takes %d to %d pairs of points, not %d", MIN_POINTS, MAX_POINTS, p->n);
  if (!(p->smoothing >= 0 && p->smoothing <= MAX_SMOOTHING))
    return _pmt_pairs_refuse (error, "a thin plate's smoothing lies between 0 and %g", MAX_SMOOTHING);
  if (!_pmt_pairs_is_place (low) || !_pmt_pairs_is_place (high) || !(high.x - low.x >= MIN_SIDE) || !(high.y - low.y >= MIN_SIDE))
    return _pmt_pairs_refuse (error, "the thin plate's box is empty, or further away than %g px", PMT_PAIRS_MAX_PLACE);
  return TRUE;
}

static ThinPlate *
plate_new (const PmtThinPlate *p)
{
  ThinPlate *self = g_new0 (ThinPlate, 1);

  _pmt_step_init (&self->base, &_pmt_step_thin_plate_class);
  self->n = p->n;
  self->from = g_new (PmtPoint, p->n);
  self->to = g_new (PmtPoint, p->n);
  self->place = g_new (PmtPoint, p->n);
  self->weight = g_new0 (PmtPoint, p->n);
  self->smoothing = p->smoothing + 0.0;
  self->box = (PmtExtent) { p->low.x + 0.0, p->low.y + 0.0, p->high.x + 0.0, p->high.y + 0.0 };
  self->centre = (PmtPoint) { 0.5 * (p->low.x + p->high.x), 0.5 * (p->low.y + p->high.y) };
  self->size = sqrt ((p->high.x - p->low.x) * (p->high.y - p->low.y));
  for (int i = 0; i < p->n; i++)   /* -0 becomes 0: equal maps, equal files */
    {
      self->from[i] = (PmtPoint) { p->from[i].x + 0.0, p->from[i].y + 0.0 };
      self->to[i] = (PmtPoint) { p->to[i].x + 0.0, p->to[i].y + 0.0 };
      self->place[i] = (PmtPoint) { (p->from[i].x - self->centre.x) / self->size,
                                    (p->from[i].y - self->centre.y) / self->size };
    }
  return self;
}

PmtStep *
_pmt_step_thin_plate_new (const PmtThinPlate *p, GError **error)
{
  g_autoptr (PmtStep) step = NULL;
  ThinPlate          *self;

  if (!check_frame (p, error))
    return NULL;
  self = plate_new (p);
  step = &self->base;
  if (!check_points (self, error) || !check_spread (self, error) || !solve (self, error) || !check_folds (self, error))
    return NULL;
  measure (self);
  return g_steal_pointer (&step);
}

static PmtStep *
invert (const PmtStep *step, GError **error)
{
  const ThinPlate    *self = (const ThinPlate *) step;
  ThinPlate          *other = g_memdup2 (self, sizeof *self);
  g_autoptr (PmtStep) inverse = &other->base;
  double              worst = 0;

  memset (&other->base, 0, sizeof other->base);
  _pmt_step_init (&other->base, &_pmt_step_thin_plate_class);
  other->from = g_memdup2 (self->from, sizeof (PmtPoint) * (gsize) self->n);
  other->to = g_memdup2 (self->to, sizeof (PmtPoint) * (gsize) self->n);
  other->place = g_memdup2 (self->place, sizeof (PmtPoint) * (gsize) self->n);
  other->weight = g_memdup2 (self->weight, sizeof (PmtPoint) * (gsize) self->n);
  other->inverse = !self->inverse;
  if (visit (self, note_trip, &worst))
    return g_steal_pointer (&inverse);
  _pmt_pairs_refuse (error, "the thin plate bends too sharply to be inverted: the way there and back ends %g px off", worst);
  return NULL;
}

/* -- JSON -- */

static void
to_json (const PmtStep *step, GString *json, const char *indent)
{
  const ThinPlate *self = (const ThinPlate *) step;

  _pmt_bend_put_direction (json, indent, self->inverse);
  g_string_append_printf (json, "%s\"smoothing\": ", indent);
  _pmt_json_put_number (json, self->smoothing);
  g_string_append (json, ",\n");
  _pmt_pairs_put_box (json, indent, self->box);
  _pmt_pairs_put_points (json, indent, self->n, self->from, self->to);
}

static PmtStep *
from_json (JsonObject *object, const char *place, GError **error)
{
  g_autofree char     *smoothing_place = g_strdup_printf ("%s.smoothing", place);
  g_autofree PmtPoint *from = NULL, *to = NULL;
  g_autoptr (GError)   why = NULL;
  PmtThinPlate         p = { 0 };
  PmtExtent            box;
  gboolean             inverse;
  PmtStep             *step;

  if (!_pmt_bend_read_direction (object, place, &inverse, error)
      || !_pmt_pairs_read_box (object, place, &box, error)
      || !_pmt_pairs_read_points (object, place, MIN_POINTS, MAX_POINTS, &p.n, &from, &to, error))
    return NULL;
  if (!json_object_has_member (object, "smoothing"))
    {
      _pmt_json_fail (error, place, "the member “smoothing” is missing");
      return NULL;
    }
  if (!_pmt_json_number_node (json_object_get_member (object, "smoothing"), smoothing_place, &p.smoothing, error))
    return NULL;
  p.from = from, p.to = to;
  p.low = (PmtPoint) { box.x0, box.y0 }, p.high = (PmtPoint) { box.x1, box.y1 };
  step = _pmt_step_thin_plate_new (&p, &why);
  if (step != NULL)
    ((ThinPlate *) step)->inverse = inverse;
  else
    _pmt_json_fail (error, place, "%s", why->message);
  return step;
}

static void
free_thin_plate (PmtStep *step)
{
  ThinPlate *self = (ThinPlate *) step;

  g_free (self->from);
  g_free (self->to);
  g_free (self->place);
  g_free (self->weight);
}

static const char *const members[] = { "direction", "smoothing", "box", "points", NULL };

const PmtStepClass _pmt_step_thin_plate_class =
{
  "thin-plate", map, jacobian, invert, reach, to_json, from_json, members, free_thin_plate, TRUE, NULL
};
