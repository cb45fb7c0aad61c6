/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Least squares of Σ |L·(f − f̄) − (m − m̄)|² about the means: the shift falls out. With a = Σ f·m and b = Σ f × m, a
 * similarity is (a, −b; b, a)/Σ f², a rotation the same made unit (Horn 1987, in the plane; a mirror image cannot come of
 * it); an affine map is Σ m·fᵀ times the inverse of Σ f·fᵀ. Points left out are predicted by fitting again, which costs no
 * more than n² in all. */
#include <math.h>

#include "base/error.h"
#include "fit/point-models-private.h"

#define MANY 64   /* pairs from which on one less does not leave a line */

typedef struct { double n, fx, fy, mx, my; } Means;
typedef struct { double fxx, fxy, fyy, mxfx, mxfy, myfx, myfy; } Moments;

static Means
means_of (const PmtPointPairs *p, int skip)
{
  Means m = { 0 };

  for (int i = 0; i < p->n; i++)
    if (i != skip)
      m.n++, m.fx += p->fixed[i].x, m.fy += p->fixed[i].y, m.mx += p->moving[i].x, m.my += p->moving[i].y;
  return (Means) { m.n, m.fx / m.n, m.fy / m.n, m.mx / m.n, m.my / m.n };
}

static Moments
moments_of (const PmtPointPairs *p, const Means *mean, int skip)
{
  Moments s = { 0 };

  for (int i = 0; i < p->n; i++)
    if (i != skip)
      {
        double x = p->fixed[i].x - mean->fx, y = p->fixed[i].y - mean->fy;
        double u = p->moving[i].x - mean->mx, v = p->moving[i].y - mean->my;

        s.fxx += x * x, s.fxy += x * y, s.fyy += y * y;
        s.mxfx += u * x, s.mxfy += u * y, s.myfx += v * x, s.myfy += v * y;
      }
  return s;
}

/* L; not finite where the points do not fix it. */
static void
linear_part (PmtPointModel model, const Moments *s, double l[2][2])
{
  double a = s->mxfx + s->myfy, b = s->myfx - s->mxfy, size, whole;

  if (model == PMT_POINT_MODEL_AFFINE)
    {
      whole = s->fxx * s->fyy - s->fxy * s->fxy;
      l[0][0] = (s->mxfx * s->fyy - s->mxfy * s->fxy) / whole, l[0][1] = (s->mxfy * s->fxx - s->mxfx * s->fxy) / whole;
      l[1][0] = (s->myfx * s->fyy - s->myfy * s->fxy) / whole, l[1][1] = (s->myfy * s->fxx - s->myfx * s->fxy) / whole;
      return;
    }
  size = model == PMT_POINT_MODEL_RIGID ? hypot (a, b) : s->fxx + s->fyy;
  l[0][0] = l[1][1] = model == PMT_POINT_MODEL_TRANSLATION ? 1 : a / size;
  l[1][0] = model == PMT_POINT_MODEL_TRANSLATION ? 0 : b / size;
  l[0][1] = -l[1][0];
}

static PmtMatrix3
solve (const PmtPointPairs *p, PmtPointModel model, int skip)
{
  Means   mean = means_of (p, skip);
  Moments s = moments_of (p, &mean, skip);
  double  l[2][2];

  linear_part (model, &s, l);
  return (PmtMatrix3) { { { l[0][0], l[0][1], mean.mx - l[0][0] * mean.fx - l[0][1] * mean.fy },
                          { l[1][0], l[1][1], mean.my - l[1][0] * mean.fx - l[1][1] * mean.fy }, { 0, 0, 1 } } };
}

/* Of points, to fix the model: see _pmt_points_spread(). */
static int
spread_of (PmtPointModel model)
{
  return model == PMT_POINT_MODEL_TRANSLATION ? 0 : model == PMT_POINT_MODEL_AFFINE ? 2 : 1;
}

static void
leave_out (const PmtPointPairs *p, PmtPointModel model, double *left_out)
{
  for (int i = 0; i < p->n && p->n > 1; i++)
    {
      PmtMatrix3 m;
      PmtPoint   q;
      int        odd;

      if (model != PMT_POINT_MODEL_TRANSLATION && p->n <= MANY
          && _pmt_points_spread (p->n, p->fixed, i, &odd) < spread_of (model))
        continue;
      m = solve (p, model, i);
      q = pmt_matrix3_map (&m, p->fixed[i]);
      left_out[i] = hypot (q.x - p->moving[i].x, q.y - p->moving[i].y);
    }
}

static gboolean
fit (const PmtPointPairs *p, PmtPointModel model, PmtPointResult *result, GError **error)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (p->fixed_size, p->moving_size);
  PmtMatrix3               m;

  if (!_pmt_point_pairs_check (p, spread_of (model), error))
    return FALSE;
  m = solve (p, model, -1);
  result->transform = pmt_transform_append_matrix (empty, &m, p->moving_size, NULL, error);
  if (result->transform == NULL)
    return FALSE;
  leave_out (p, model, result->left_out);
  return TRUE;
}

gboolean
_pmt_point_fit_translation (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  return fit (pairs, PMT_POINT_MODEL_TRANSLATION, result, error);
}

gboolean
_pmt_point_fit_rigid (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  return fit (pairs, PMT_POINT_MODEL_RIGID, result, error);
}

gboolean
_pmt_point_fit_similarity (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  return fit (pairs, PMT_POINT_MODEL_SIMILARITY, result, error);
}

gboolean
_pmt_point_fit_affine (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  return fit (pairs, PMT_POINT_MODEL_AFFINE, result, error);
}
