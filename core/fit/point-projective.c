/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A homography H and, for a lens, its distortion D after it, by least squares of the distance in the moving image:
 *
 *     rᵢ = D(H·fᵢ) − mᵢ,   D(q) = c + (q − c)·(1 + k₁·r² + k₂·r⁴),   r = |q − c|/R
 *
 * Levenberg and Marquardt's method (Marquardt 1963) from the direct linear transform. A step moves q by the small homography
 *   (x, y) ↦ (x + d₀ + d₂x + d₃y + d₆x² + d₇xy, y + d₁ + d₄x + d₅y + d₆xy + d₇y²)
 * to first order, x and y being q − c over R, and H becomes that times H: so the eight unknowns are well scaled wherever H
 * leads. Points left out: few pairs are fitted again without each, from where all of them led; with many, one step of
 * Gauss and Newton's with that point taken out of the sums, r/(1 − J·N⁻¹·Jᵀ), is the same but for what is not linear. */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "fit/point-models-private.h"
#include "fit/points.h"

#define PROJECTIVE 8
#define MOST       10      /* unknowns: 8, k1, k2 */
#define ROUNDS     100
#define FEW        300     /* pairs that are fitted again and again */
#define SETTLED    1e-14   /* relative gain of a round that is the last */
#define SINGULAR   1e-13   /* least over largest eigenvalue of the sums */
#define LEAST_RISE 0.05    /* of a lens along its radius, as in the step */
#define BOTH_TERMS 12      /* pairs from which on a second term is tried */
#define FEWEST     5       /* pairs that fix a lens with one term */

typedef struct
{
  const PmtPointPairs *pairs;
  int                  unknowns;   /* 8, 9 or 10 */
  PmtPoint             centre;     /* c */
  double               size;       /* R, px */
  PmtMatrix3           matrix;     /* H */
  double               term[2];    /* k */
} Fit;

/* -- residuals and their derivatives -- */

/* rᵢ, and J, its derivatives by the unknowns, where asked for. */
static PmtPoint
residual (const Fit *f, int i, double j[2][MOST])
{
  PmtPoint q = pmt_matrix3_map (&f->matrix, f->pairs->fixed[i]), m = f->pairs->moving[i];
  double   x = (q.x - f->centre.x) / f->size, y = (q.y - f->centre.y) / f->size, s = x * x + y * y;
  double   growth = 1 + s * (f->term[0] + s * f->term[1]), slope = 2 * f->term[0] + 4 * s * f->term[1];

  if (j != NULL)
    {
      const double dx[PROJECTIVE] = { 1, 0, x, y, 0, 0, x * x, x * y }, dy[PROJECTIVE] = { 0, 1, 0, 0, x, y, x * y, y * y };

      for (int k = 0; k < PROJECTIVE; k++)
        {
          double along = slope * (x * dx[k] + y * dy[k]);

          j[0][k] = f->size * (growth * dx[k] + x * along);
          j[1][k] = f->size * (growth * dy[k] + y * along);
        }
      j[0][8] = f->size * x * s, j[1][8] = f->size * y * s;
      j[0][9] = f->size * x * s * s, j[1][9] = f->size * y * s * s;
    }
  return (PmtPoint) { f->centre.x + f->size * x * growth - m.x, f->centre.y + f->size * y * growth - m.y };
}

/* Σ |r|²; infinite where a point has no image. */
static double
cost_of (const Fit *f, int skip)
{
  double sum = 0;

  for (int i = 0; i < f->pairs->n; i++)
    if (i != skip)
      {
        PmtPoint r = residual (f, i, NULL);

        sum += r.x * r.x + r.y * r.y;
      }
  return isfinite (sum) ? sum : INFINITY;
}

static void
add_rows (double n[MOST][MOST], double g[MOST], double j[2][MOST], PmtPoint r, int unknowns)
{
  for (int a = 0; a < unknowns; a++)
    {
      for (int b = 0; b < unknowns; b++)
        n[a][b] += j[0][a] * j[0][b] + j[1][a] * j[1][b];
      g[a] += j[0][a] * r.x + j[1][a] * r.y;
    }
}

static void
normal_equations (const Fit *f, int skip, double n[MOST][MOST], double g[MOST])
{
  memset (n, 0, sizeof (double[MOST][MOST]));
  memset (g, 0, sizeof (double[MOST]));
  for (int i = 0; i < f->pairs->n; i++)
    if (i != skip)
      {
        double   j[2][MOST];
        PmtPoint r = residual (f, i, j);

        add_rows (n, g, j, r, f->unknowns);
      }
}

/* x with (N + damping·diag N)·x = b, columns of b; FALSE where N is not positive. */
static gboolean
solve (double n[MOST][MOST], int unknowns, double damping, int columns, double *b)
{
  double a[MOST * MOST];

  for (int i = 0; i < unknowns; i++)
    for (int k = 0; k < unknowns; k++)
      a[i * unknowns + k] = n[i][k] * (i == k ? 1 + damping : 1);
  return LAPACKE_dposv (LAPACK_ROW_MAJOR, 'U', unknowns, columns, a, unknowns, b, columns) == 0;
}

static gboolean
is_singular (double n[MOST][MOST], int unknowns)
{
  double a[MOST * MOST], values[MOST];

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

/* The lens rises everywhere within R. */
static gboolean
is_lens (const Fit *f)
{
  double a = 3 * f->term[0], b = 5 * f->term[1], vertex = -a / (2 * b);
  double least = fmin (1, 1 + a + b);

  if (vertex > 0 && vertex < 1)
    least = fmin (least, 1 + vertex * (a + b * vertex));
  return least > LEAST_RISE;
}

static Fit
moved (const Fit *f, const double *d)
{
  Fit        to = *f;
  PmtMatrix3 in = { { { 1 / f->size, 0, -f->centre.x / f->size }, { 0, 1 / f->size, -f->centre.y / f->size }, { 0, 0, 1 } } };
  PmtMatrix3 out = { { { f->size, 0, f->centre.x }, { 0, f->size, f->centre.y }, { 0, 0, 1 } } };
  PmtMatrix3 small = { { { 1 + d[2], d[3], d[0] }, { d[4], 1 + d[5], d[1] }, { -d[6], -d[7], 1 } } }, m;

  m = pmt_matrix3_then (&f->matrix, &in);
  m = pmt_matrix3_then (&m, &small);
  to.matrix = pmt_matrix3_then (&m, &out);
  for (int k = PROJECTIVE; k < f->unknowns; k++)
    to.term[k - PROJECTIVE] += d[k];
  return to;
}

/* FALSE where the pairs do not fix the unknowns. */
static gboolean
improve (Fit *f, int skip)
{
  double n[MOST][MOST], g[MOST], cost = cost_of (f, skip), damping = 1e-6;

  for (int round = 0; round < ROUNDS && cost > 0; round++)
    {
      double before = cost;

      normal_equations (f, skip, n, g);
      if (is_singular (n, f->unknowns))
        return FALSE;
      for (int k = 0; k < 12 && cost == before; k++, damping = fmax (damping, 1e-9) * 10)
        {
          double d[MOST], to_cost;
          Fit    to;

          for (int i = 0; i < f->unknowns; i++)
            d[i] = -g[i];
          if (!solve (n, f->unknowns, damping, 1, d))
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
  return isfinite (cost) && !is_singular (n, f->unknowns);
}

/* |(I − J·N⁻¹·Jᵀ)⁻¹·r|. */
static double
predicted (const Fit *f, double n[MOST][MOST], int i)
{
  double   j[2][MOST], x[MOST * 2], h[2][2] = { { 1, 0 }, { 0, 1 } }, whole;
  PmtPoint r = residual (f, i, j);

  for (int k = 0; k < f->unknowns; k++)
    x[2 * k] = j[0][k], x[2 * k + 1] = j[1][k];
  if (!solve (n, f->unknowns, 0, 2, x))
    return NAN;
  for (int a = 0; a < 2; a++)
    for (int b = 0; b < 2; b++)
      for (int k = 0; k < f->unknowns; k++)
        h[a][b] -= j[a][k] * x[2 * k + b];
  whole = h[0][0] * h[1][1] - h[0][1] * h[1][0];
  return hypot (h[1][1] * r.x - h[0][1] * r.y, h[0][0] * r.y - h[1][0] * r.x) / whole;
}

static void
leave_out (const Fit *f, double *left_out)
{
  double n[MOST][MOST], g[MOST];

  if (2 * (f->pairs->n - 1) < f->unknowns)
    return;
  normal_equations (f, -1, n, g);
  for (int i = 0; i < f->pairs->n; i++)
    {
      Fit      other = *f;
      PmtPoint r;

      left_out[i] = NAN;
      if (f->pairs->n > FEW)
        left_out[i] = predicted (f, n, i);
      else if (improve (&other, i))
        {
          r = residual (&other, i, NULL);
          left_out[i] = hypot (r.x, r.y);
        }
    }
}

/* -- models -- */

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                       "the points fix no homography: they lie nearly on a line, or contradict each other");
  return FALSE;
}

/* The homography. Without a lens c and R only scale: the points' middle, and how far they reach. */
static gboolean
begin (Fit *f, const PmtPointPairs *p, GError **error)
{
  double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;

  *f = (Fit) { .pairs = p, .unknowns = PROJECTIVE };
  for (int i = 0; i < p->n; i++)
    {
      x0 = fmin (x0, p->moving[i].x), x1 = fmax (x1, p->moving[i].x);
      y0 = fmin (y0, p->moving[i].y), y1 = fmax (y1, p->moving[i].y);
    }
  f->centre = (PmtPoint) { 0.5 * (x0 + x1), 0.5 * (y0 + y1) };
  f->size = 0.5 * hypot (x1 - x0, y1 - y0);
  return _pmt_point_pairs_check (p, 3, error) && pmt_fit_points (p->n, p->fixed, p->moving, &f->matrix, error)
         && (improve (f, -1) || refuse (error));
}

static PmtTransform *
chain_of (const Fit *f, GError **error)
{
  const PmtPointPairs     *p = f->pairs;
  g_autoptr (PmtTransform) empty = pmt_transform_new (p->fixed_size, p->moving_size), flat = NULL;
  PmtMatrix3               m = f->matrix, unit = pmt_matrix3_normalised (&f->matrix);
  PmtRadial                lens = { f->centre, f->term[0], f->term[1], { 0, 0 },
                                    { p->moving_size.width, p->moving_size.height } };

  if (m.m[2][2] > 0)   /* scaled by a positive number: the signs tell what lies behind the horizon */
    m = unit;
  flat = pmt_transform_append_matrix (empty, &m, p->moving_size, NULL, error);
  if (flat == NULL || f->unknowns == PROJECTIVE)
    return g_steal_pointer (&flat);
  return pmt_transform_append_radial (flat, &lens, p->moving_size, NULL, error);
}

gboolean
_pmt_point_fit_homography (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  Fit f;

  if (!begin (&f, pairs, error))
    return FALSE;
  result->transform = chain_of (&f, error);
  if (result->transform == NULL)
    return FALSE;
  leave_out (&f, result->left_out);
  return TRUE;
}

/* A second term, where it predicts better. */
static void
try_both_terms (Fit *f, double *left_out)
{
  int                n = f->pairs->n;
  Fit                both = *f;
  g_autofree double *other = g_new (double, n);

  both.unknowns = PROJECTIVE + 2;
  if (n < BOTH_TERMS || !improve (&both, -1))
    return;
  leave_out (&both, other);
  if (!(_pmt_point_typical_error (n, other) < _pmt_point_typical_error (n, left_out)))
    return;
  *f = both;
  memcpy (left_out, other, sizeof (double) * (gsize) n);
}

gboolean
_pmt_point_fit_radial (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  PmtSize size = pairs->moving_size;
  Fit     f;

  if (size.width <= 0 || size.height <= 0)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                           "the distortion of a lens needs the moving image's size: its axis is taken to meet the middle");
      return FALSE;
    }
  if (!begin (&f, pairs, error))
    return FALSE;
  f.unknowns = PROJECTIVE + 1;
  f.centre = (PmtPoint) { 0.5 * size.width, 0.5 * size.height };
  f.size = 0.5 * hypot (size.width, size.height);
  if (!improve (&f, -1))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the points do not tell a lens's distortion from a tilt");
      return FALSE;
    }
  if (pairs->n > FEWEST)
    leave_out (&f, result->left_out);
  try_both_terms (&f, result->left_out);
  result->transform = chain_of (&f, error);
  return result->transform != NULL;
}
