/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thin plate through pairs, its smoothing λ found by points left out (generalised from Wahba 1990, §4.2). With K and P as in
 * the step's system (K + nλ)·w + P·A = q, Pᵀ·w = 0, let Z be an orthonormal basis of what is normal to P, and ZᵀKZ =
 * U·D·Uᵀ. Then, for every λ at once, with V = Z·U,
 *
 *     w = V·(D + nλ)⁻¹·Vᵀ·q,   what point i left out is off by = wᵢ / Σₖ Vᵢₖ²/(dₖ + nλ)
 *
 * exactly, for a plate through the others with the same nλ on its diagonal. One decomposition, n³; each λ costs n². */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "fit/point-models-private.h"

#define FEWEST_LEFT 4        /* pairs from which on the others fix a plate */
#define LEAST_POWER (-7)     /* of ten, of the smoothings that are tried beside 0 … */
#define MOST_POWER  1        /* … 10 is practically the affine map */
#define A_DECADE    2        /* of them */

typedef struct
{
  int     n, rank;     /* rank: n − 3 */
  double *v, *d;       /* V, n × rank, row-major; D */
  double *q;           /* Vᵀ·q, rank × 2 */
  double  size;        /* of the box: L of the step */
} Modes;

/* The box that pmt_transform_append_thin_plate() chooses. */
static void
find_frame (const PmtPointPairs *p, PmtPoint *centre, double *size)
{
  gboolean known = p->fixed_size.width > 0 && p->fixed_size.height > 0;
  double   x0 = known ? 0 : INFINITY, x1 = known ? p->fixed_size.width : -INFINITY;
  double   y0 = known ? 0 : INFINITY, y1 = known ? p->fixed_size.height : -INFINITY;

  for (int i = 0; i < p->n; i++)
    {
      x0 = fmin (x0, p->fixed[i].x), x1 = fmax (x1, p->fixed[i].x);
      y0 = fmin (y0, p->fixed[i].y), y1 = fmax (y1, p->fixed[i].y);
    }
  *centre = (PmtPoint) { 0.5 * (x0 + x1), 0.5 * (y0 + y1) };
  *size = sqrt ((x1 - x0) * (y1 - y0));
}

static void
fill (const PmtPointPairs *p, double *k, double *plane)
{
  PmtPoint centre;
  double   size;

  find_frame (p, &centre, &size);
  for (int i = 0; i < p->n; i++)
    {
      plane[3 * i] = 1;
      plane[3 * i + 1] = (p->fixed[i].x - centre.x) / size;
      plane[3 * i + 2] = (p->fixed[i].y - centre.y) / size;
      for (int j = 0; j < p->n; j++)
        {
          double x = (p->fixed[i].x - p->fixed[j].x) / size, y = (p->fixed[i].y - p->fixed[j].y) / size, s = x * x + y * y;

          k[(gsize) i * p->n + j] = s > 0 ? 0.5 * s * log (s) : 0;
        }
    }
}

static void
modes_free (Modes *m)
{
  g_free (m->v);
  g_free (m->d);
  g_free (m->q);
  g_free (m);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Modes, modes_free)

/* QᵀKQ, P = Q·R: its lower right (n − 3)² block is ZᵀKZ, Z the last columns of Q. */
static Modes *
modes_new (const PmtPointPairs *p)
{
  int                n = p->n, rank = n - 3;
  g_autofree double *k = g_new (double, (gsize) n * n), *plane = g_new (double, 3 * (gsize) n);
  g_autofree double *block = g_new (double, (gsize) rank * rank);
  double             tau[3];
  g_autoptr (Modes)  m = g_new0 (Modes, 1);

  m->n = n, m->rank = rank;
  m->v = g_new0 (double, (gsize) n * rank);
  m->d = g_new (double, rank);
  m->q = g_new0 (double, 2 * (gsize) rank);
  fill (p, k, plane);
  if (LAPACKE_dgeqrf (LAPACK_ROW_MAJOR, n, 3, plane, 3, tau) != 0
      || LAPACKE_dormqr (LAPACK_ROW_MAJOR, 'L', 'T', n, n, 3, plane, 3, tau, k, n) != 0
      || LAPACKE_dormqr (LAPACK_ROW_MAJOR, 'R', 'N', n, n, 3, plane, 3, tau, k, n) != 0)
    return NULL;
  for (int i = 0; i < rank; i++)
    for (int j = 0; j < rank; j++)
      block[(gsize) i * rank + j] = k[(gsize) (i + 3) * n + j + 3];
  if (LAPACKE_dsyevd (LAPACK_ROW_MAJOR, 'V', 'U', rank, block, rank, m->d) != 0)
    return NULL;
  memcpy (m->v + 3 * (gsize) rank, block, sizeof (double) * rank * rank);
  if (LAPACKE_dormqr (LAPACK_ROW_MAJOR, 'L', 'N', n, rank, 3, plane, 3, tau, m->v, rank) != 0)
    return NULL;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < rank; j++)
      {
        m->q[2 * j] += m->v[(gsize) i * rank + j] * p->moving[i].x;
        m->q[2 * j + 1] += m->v[(gsize) i * rank + j] * p->moving[i].y;
      }
  return g_steal_pointer (&m);
}

static void
leave_out (const Modes *m, double smoothing, double *left_out)
{
  for (int i = 0; i < m->n; i++)
    {
      double x = 0, y = 0, share = 0;

      for (int k = 0; k < m->rank; k++)
        {
          double v = m->v[(gsize) i * m->rank + k], weight = v / (m->d[k] + m->n * smoothing);

          x += weight * m->q[2 * k], y += weight * m->q[2 * k + 1], share += weight * v;
        }
      left_out[i] = hypot (x, y) / share;
      if (!isfinite (left_out[i]))
        left_out[i] = NAN;
    }
}

static double
smoothing_at (int k)
{
  return k == 0 ? 0 : pow (10, LEAST_POWER + (double) (k - 1) / A_DECADE);
}

#define SMOOTHINGS (2 + A_DECADE * (MOST_POWER - LEAST_POWER))

static int
find_smoothing (const Modes *m)
{
  g_autofree double *left_out = g_new (double, m->n);
  double             least = INFINITY;
  int                best = 0;

  for (int k = 0; k < SMOOTHINGS; k++)
    {
      double error;

      leave_out (m, smoothing_at (k), left_out);
      error = _pmt_point_typical_error (m->n, left_out);
      if (error < least)
        least = error, best = k;
    }
  return best;
}

static PmtTransform *
chain_with (const PmtPointPairs *p, double smoothing, GError **error)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (p->fixed_size, p->moving_size);
  PmtThinPlate             plate = { p->n, p->fixed, p->moving, smoothing, { 0, 0 }, { 0, 0 } };

  return pmt_transform_append_thin_plate (empty, &plate, p->moving_size, NULL, error);
}

/* From the best smoothing on to smoother ones, until the plate does not fold. */
static PmtTransform *
find_chain (const PmtPointPairs *p, const Modes *m, double *smoothing, GError **error)
{
  PmtTransform *chain = NULL;

  for (int k = m != NULL ? find_smoothing (m) : 0; k < SMOOTHINGS && chain == NULL; k++)
    {
      g_clear_error (error);
      *smoothing = smoothing_at (k);
      chain = chain_with (p, *smoothing, error);
    }
  return chain;
}

gboolean
_pmt_point_fit_plate (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  g_autoptr (Modes)  modes = NULL;
  g_autoptr (GError) why = NULL;

  if (!_pmt_point_pairs_check (pairs, 2, error))
    return FALSE;
  modes = pairs->n >= FEWEST_LEFT ? modes_new (pairs) : NULL;
  result->smoothing = pairs->smoothing;
  result->transform = isnan (pairs->smoothing) ? find_chain (pairs, modes, &result->smoothing, &why)
                                               : chain_with (pairs, pairs->smoothing, &why);
  if (result->transform == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  if (modes != NULL)
    leave_out (modes, result->smoothing, result->left_out);
  return TRUE;
}
