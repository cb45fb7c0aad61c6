/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A homography H and, for a lens, its distortion D after it, by least squares of the distance in the moving image:
 *
 *     rᵢ = D(H·fᵢ) − mᵢ,   D(q) = c + (q − c)·(1 + k₁·r² + k₂·r⁴),   r = |q − c|/R
 *
 * Levenberg and Marquardt's method (Marquardt 1963). A step moves q by the small homography
 *   (x, y) ↦ (x + d₀ + d₂x + d₃y + d₆x² + d₇xy, y + d₁ + d₄x + d₅y + d₆xy + d₇y²)
 * to first order, x and y being q − c over R, and H becomes that times H: so the eight unknowns are well scaled wherever H
 * leads. With D⁻¹ in D's place, v = D⁻¹(q) and ∂D⁻¹ = (∂D)⁻¹ there, ∂D⁻¹/∂k = −(∂D)⁻¹·∂D/∂k. Points left out: few pairs are fitted again without each, from where all of them led; with many, one step of
 * Gauss and Newton's with that point taken out of the sums, r/(1 − J·N⁻¹·Jᵀ·W), is the same but for what is not linear. */
#include "fit/lens-private.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#define PROJECTIVE 8
#define ROUNDS     100
#define FEW        300     /* pairs that are fitted again and again */
#define SETTLED    1e-14   /* relative gain of a round that is the last */
#define SINGULAR   1e-13   /* least over largest eigenvalue of the sums */
#define LEAST_RISE 0.05    /* of a lens along its radius, as in the step */
#define NEWTON_STEPS 30
#define ROOM       1.02    /* more than what is needed around an image whose lens draws it together … */
#define MOST_ROOM  1.5     /* … and no more than this many times its size */

/* -- residuals and their derivatives -- */

/* What D makes of a vector that is s = r² long, squared, and how fast: D(v) = growth·v, ∂D = growth·I + slope·v·vᵀ. */
typedef struct { double growth, slope; } Pace;

static inline Pace
pace_at (const PmtLens *f, double s)
{
  return (Pace) { 1 + s * (f->term[0] + s * f->term[1]), 2 * f->term[0] + 4 * s * f->term[1] };
}

/* r of what D takes to r = to. */
static double
radius_back (const PmtLens *f, double to)
{
  double r = to, before;

  for (int k = 0; k < NEWTON_STEPS; k++)
    {
      Pace   pace = pace_at (f, r * r);
      double rise = fmax (pace.growth + pace.slope * r * r, LEAST_RISE);

      before = r;
      r -= (r * pace.growth - to) / rise;
      if (fabs (r - before) <= 1e-15 * to)
        break;
    }
  return r;
}

/* What a move of q (in R) makes of the outcome: ∂D·d, or its inverse. v: where ∂D is taken. */
static inline PmtPoint
carry (const PmtLens *f, Pace pace, PmtPoint v, double dx, double dy)
{
  double dot = v.x * dx + v.y * dy;

  if (!f->inverse)
    return (PmtPoint) { f->size * (pace.growth * dx + pace.slope * dot * v.x), f->size * (pace.growth * dy + pace.slope * dot * v.y) };
  dot *= pace.slope / (pace.growth + pace.slope * (v.x * v.x + v.y * v.y));
  return (PmtPoint) { f->size * (dx - dot * v.x) / pace.growth, f->size * (dy - dot * v.y) / pace.growth };
}

/* rᵢ, and J, its derivatives by the unknowns, where asked for. */
static PmtPoint
residual (const PmtLens *f, int i, double j[2][PMT_LENS_UNKNOWNS])
{
  PmtPoint q = pmt_matrix3_map (&f->matrix, f->fixed[i]), m = f->moving[i], v, d;
  double   x = (q.x - f->centre.x) / f->size, y = (q.y - f->centre.y) / f->size, r = hypot (x, y), s;
  double   share = f->inverse && r > 0 ? radius_back (f, r) / r : 1;
  Pace     pace;

  v = (PmtPoint) { share * x, share * y };
  s = v.x * v.x + v.y * v.y;
  pace = pace_at (f, s);
  if (j != NULL)
    {
      const double dx[PROJECTIVE] = { 1, 0, x, y, 0, 0, x * x, x * y }, dy[PROJECTIVE] = { 0, 1, 0, 0, x, y, x * y, y * y };

      for (int k = 0; k < PROJECTIVE; k++)
        {
          d = carry (f, pace, v, dx[k], dy[k]);
          j[0][k] = d.x, j[1][k] = d.y;
        }
      for (int k = 0; k < 2; k++)
        {
          double power = k == 0 ? s : s * s;

          d = f->inverse ? carry (f, pace, v, -power * v.x, -power * v.y)
                         : (PmtPoint) { f->size * power * v.x, f->size * power * v.y };
          j[0][PROJECTIVE + k] = d.x, j[1][PROJECTIVE + k] = d.y;
        }
    }
  share = f->size * (f->inverse ? 1 : pace.growth);
  return (PmtPoint) { f->centre.x + share * v.x - m.x, f->centre.y + share * v.y - m.y };
}

static int
unknowns_of (const PmtLens *f)
{
  return PROJECTIVE + f->terms;
}

static const double *
information_of (const PmtLens *f, int i)
{
  static const double same[3] = { 1, 0, 1 };

  return f->information != NULL ? f->information[i] : same;
}

/* Σ rᵀ·W·r; infinite where a point has no image. */
static double
cost_of (const PmtLens *f, int skip)
{
  double sum = 0;

  for (int i = 0; i < f->n; i++)
    if (i != skip)
      {
        PmtPoint      r = residual (f, i, NULL);
        const double *w = information_of (f, i);

        sum += w[0] * r.x * r.x + 2 * w[1] * r.x * r.y + w[2] * r.y * r.y;
      }
  return isfinite (sum) ? sum : INFINITY;
}

typedef double Sums[PMT_LENS_UNKNOWNS][PMT_LENS_UNKNOWNS];

static void
add_rows (Sums n, double *g, double j[2][PMT_LENS_UNKNOWNS], PmtPoint r, const double *w, int unknowns)
{
  for (int a = 0; a < unknowns; a++)
    {
      double x = w[0] * j[0][a] + w[1] * j[1][a], y = w[1] * j[0][a] + w[2] * j[1][a];

      for (int b = 0; b < unknowns; b++)
        n[a][b] += x * j[0][b] + y * j[1][b];
      g[a] += x * r.x + y * r.y;
    }
}

static void
normal_equations (const PmtLens *f, int skip, Sums n, double *g)
{
  memset (n, 0, sizeof (Sums));
  memset (g, 0, sizeof (double[PMT_LENS_UNKNOWNS]));
  for (int i = 0; i < f->n; i++)
    if (i != skip)
      {
        double   j[2][PMT_LENS_UNKNOWNS];
        PmtPoint r = residual (f, i, j);

        add_rows (n, g, j, r, information_of (f, i), unknowns_of (f));
      }
}

/* x with (N + damping·diag N)·x = b, columns of b; FALSE where N is not positive. */
static gboolean
solve (Sums n, int unknowns, double damping, int columns, double *b)
{
  double a[PMT_LENS_UNKNOWNS * PMT_LENS_UNKNOWNS];

  for (int i = 0; i < unknowns; i++)
    for (int k = 0; k < unknowns; k++)
      a[i * unknowns + k] = n[i][k] * (i == k ? 1 + damping : 1);
  return LAPACKE_dposv (LAPACK_ROW_MAJOR, 'U', unknowns, columns, a, unknowns, b, columns) == 0;
}

static gboolean
is_singular (Sums n, int unknowns)
{
  double a[PMT_LENS_UNKNOWNS * PMT_LENS_UNKNOWNS], values[PMT_LENS_UNKNOWNS];

  for (int i = 0; i < unknowns; i++)
    for (int k = 0; k < unknowns; k++)   /* scaled: only directions count */
      a[i * unknowns + k] = n[i][k] / sqrt (n[i][i] * n[k][k]);
  for (int i = 0; i < unknowns * unknowns; i++)
    if (!isfinite (a[i]))
      return TRUE;
  return LAPACKE_dsyev (LAPACK_ROW_MAJOR, 'N', 'U', unknowns, a, unknowns, values) != 0
         || values[0] < SINGULAR * values[unknowns - 1];
}

/* -- the fit -- */

/* The lens rises everywhere up to its end. */
static gboolean
is_lens (const PmtLens *f)
{
  double a = 3 * f->term[0], b = 5 * f->term[1], vertex = -a / (2 * b), end = f->end * f->end;
  double least = fmin (1, 1 + end * (a + b * end));

  if (vertex > 0 && vertex < end)
    least = fmin (least, 1 + vertex * (a + b * vertex));
  return least > LEAST_RISE;
}

static PmtLens
moved (const PmtLens *f, const double *d)
{
  PmtLens    to = *f;
  PmtMatrix3 in = { { { 1 / f->size, 0, -f->centre.x / f->size }, { 0, 1 / f->size, -f->centre.y / f->size }, { 0, 0, 1 } } };
  PmtMatrix3 out = { { { f->size, 0, f->centre.x }, { 0, f->size, f->centre.y }, { 0, 0, 1 } } };
  PmtMatrix3 small = { { { 1 + d[2], d[3], d[0] }, { d[4], 1 + d[5], d[1] }, { -d[6], -d[7], 1 } } }, m;

  m = pmt_matrix3_then (&f->matrix, &in);
  m = pmt_matrix3_then (&m, &small);
  to.matrix = pmt_matrix3_then (&m, &out);
  for (int k = PROJECTIVE; k < unknowns_of (f); k++)
    to.term[k - PROJECTIVE] += d[k];
  return to;
}

gboolean
_pmt_lens_fit (PmtLens *f, int skip)
{
  Sums   n;
  double g[PMT_LENS_UNKNOWNS], cost = cost_of (f, skip), damping = 1e-6;

  for (int round = 0; round < ROUNDS && cost > 0; round++)
    {
      double before = cost;

      normal_equations (f, skip, n, g);
      if (is_singular (n, unknowns_of (f)))
        return FALSE;
      for (int k = 0; k < 12 && cost == before; k++, damping = fmax (damping, 1e-9) * 10)
        {
          double d[PMT_LENS_UNKNOWNS], to_cost;
          PmtLens to;

          for (int i = 0; i < unknowns_of (f); i++)
            d[i] = -g[i];
          if (!solve (n, unknowns_of (f), damping, 1, d))
            continue;
          to = moved (f, d);
          to_cost = is_lens (&to) ? cost_of (&to, skip) : INFINITY;
          if (to_cost < cost)
            *f = to, cost = to_cost, damping *= 1e-3;
        }
      if (!(before - cost > SETTLED * before))
        break;
    }
  normal_equations (f, skip, n, g);
  return isfinite (cost) && !is_singular (n, unknowns_of (f));
}

/* |(I − J·N⁻¹·Jᵀ)⁻¹·r|. */
static double
predicted (const PmtLens *f, Sums n, int i)
{
  double   j[2][PMT_LENS_UNKNOWNS], x[PMT_LENS_UNKNOWNS * 2], h[2][2] = { { 1, 0 }, { 0, 1 } }, whole;
  PmtPoint r = residual (f, i, j);

  for (int k = 0; k < unknowns_of (f); k++)
    x[2 * k] = j[0][k], x[2 * k + 1] = j[1][k];
  if (!solve (n, unknowns_of (f), 0, 2, x))
    return NAN;
  for (int a = 0; a < 2; a++)
    for (int b = 0; b < 2; b++)
      for (int k = 0; k < unknowns_of (f); k++)
        h[a][b] -= j[a][k] * x[2 * k + b];
  whole = h[0][0] * h[1][1] - h[0][1] * h[1][0];
  return hypot (h[1][1] * r.x - h[0][1] * r.y, h[0][0] * r.y - h[1][0] * r.x) / whole;
}

PmtPoint
_pmt_lens_residual (const PmtLens *f, int i)
{
  return residual (f, i, NULL);
}

void
_pmt_lens_leave_out (const PmtLens *f, double *left_out)
{
  Sums   n;
  double g[PMT_LENS_UNKNOWNS];

  for (int i = 0; i < f->n; i++)
    left_out[i] = NAN;
  if (2 * (f->n - 1) < unknowns_of (f))
    return;
  normal_equations (f, -1, n, g);
  for (int i = 0; i < f->n; i++)
    {
      PmtLens  other = *f;
      PmtPoint r;

      if (f->n > FEW)
        left_out[i] = predicted (f, n, i);
      else if (_pmt_lens_fit (&other, i))
        {
          r = residual (&other, i, NULL);
          left_out[i] = hypot (r.x, r.y);
        }
    }
}

gboolean
_pmt_lens_variance (const PmtLens *f, double *variance)
{
  Sums   n;
  double g[PMT_LENS_UNKNOWNS];

  normal_equations (f, -1, n, g);
  for (int i = 0; i < f->n; i++)
    {
      double j[2][PMT_LENS_UNKNOWNS], x[2 * PMT_LENS_UNKNOWNS];

      residual (f, i, j);
      for (int k = 0; k < unknowns_of (f); k++)
        x[2 * k] = j[0][k], x[2 * k + 1] = j[1][k];
      if (!solve (n, unknowns_of (f), 0, 2, x))
        return FALSE;
      variance[i] = 0;
      for (int k = 0; k < unknowns_of (f); k++)
        variance[i] += j[0][k] * x[2 * k] + j[1][k] * x[2 * k + 1];
    }
  return TRUE;
}

/* What a barrel distortion takes to the image's corners lies beyond them, and what lies there without it is seen by the other
 * camera. The step's box is the image, larger by as much: there the terms hold, and only beyond it their tangent. */
static double
room_of (const PmtLens *f)
{
  double room = ROOM * radius_back (f, f->end) / f->end;

  return CLAMP (room, 1, MOST_ROOM);
}

PmtStep *
_pmt_lens_step (const PmtLens *f, PmtSize moving, GError **error)
{
  double              t = room_of (f), x = 0.5 * moving.width, y = 0.5 * moving.height, size = hypot (x, y) * t, k = size / f->size;
  PmtRadial           radial = { f->centre, f->term[0] * k * k, f->term[1] * k * k * k * k, { x - t * x, y - t * y },
                                 { x + t * x, y + t * y } };
  g_autoptr (PmtStep) step = _pmt_step_radial_new (&radial, error);

  return step != NULL && f->inverse ? step->klass->invert (step, error) : g_steal_pointer (&step);
}
