/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of Gauss–Newton on grey values, eight pixels at a time. A row is summed in float, rows in double: a
 * row is short, so that is exact enough, and the order never changes. */
#include "match/grey-residual-private.h"

#include <math.h>

#include "base/clones.h"

typedef float Eight __attribute__ ((vector_size (32), aligned (4), may_alias));
typedef int   EightInt __attribute__ ((vector_size (32), aligned (4), may_alias));

G_STATIC_ASSERT (PMT_RESIDUAL_STEP * sizeof (float) == sizeof (Eight));

/* A macro, since vectors of 32 bytes are not passed alike in both clones. x where the mask is set, else 0. */
#define WHERE(mask, x) ((Eight) ((EightInt) (x) & (mask)))
#define LOAD(p)        (*(const Eight *) (p))
#define TOTAL(v)       ((double) (((v)[0] + (v)[4]) + ((v)[1] + (v)[5])) + (double) (((v)[2] + (v)[6]) + ((v)[3] + (v)[7])))

PMT_CLONES void
_pmt_grey_moments_add (PmtGreyMoments *moments, const float *f, const float *m, const float *weight, int n, float f0,
                       float m0)
{
  Eight w = { 0 }, sf = { 0 }, sm = { 0 }, ff = { 0 }, mm = { 0 }, fm = { 0 };
  const Eight one = { 1, 1, 1, 1, 1, 1, 1, 1 };

  for (int i = 0; i < n; i += PMT_RESIDUAL_STEP)
    {
      Eight    a = LOAD (f + i) - f0, b = LOAD (m + i) - m0, both = a + b;
      EightInt valid = both == both;
      Eight    k = WHERE (valid, weight != NULL ? LOAD (weight + i) : one);

      a = WHERE (valid, a);
      b = WHERE (valid, b);
      w += k;
      sf += k * a, sm += k * b;
      ff += k * a * a, mm += k * b * b, fm += k * a * b;
    }
  moments->n += TOTAL (w);
  moments->f += TOTAL (sf), moments->m += TOTAL (sm);
  moments->ff += TOTAL (ff), moments->mm += TOTAL (mm), moments->fm += TOTAL (fm);
}

gboolean
_pmt_grey_moments_finish (PmtGreyMoments *s, float f0, float m0)
{
  if (!(s->n > 0))
    return FALSE;
  s->f /= s->n, s->m /= s->n;
  s->ff = s->ff / s->n - s->f * s->f;
  s->mm = s->mm / s->n - s->m * s->m;
  s->fm = s->fm / s->n - s->f * s->m;
  s->f += f0, s->m += m0;
  return TRUE;
}

PMT_CLONES void
_pmt_grey_normal_add (PmtGreyNormal *normal, const float *f, gsize stride, const float *r, int n, float limit, float x,
                      float y)
{
  Eight       count = { 0 }, squares = { 0 }, xx = { 0 }, xy = { 0 }, yy = { 0 }, bx = { 0 }, by = { 0 }, at = { 0 };
  Eight       place = { 0, 1, 2, 3, 4, 5, 6, 7 };
  const Eight one = { 1, 1, 1, 1, 1, 1, 1, 1 }, most = one * limit;
  const EightInt magnitude = { G_MAXINT, G_MAXINT, G_MAXINT, G_MAXINT, G_MAXINT, G_MAXINT, G_MAXINT, G_MAXINT };

  for (int i = 0; i < n; i += PMT_RESIDUAL_STEP)
    {
      Eight    gx = 0.5f * (LOAD (f + i + 1) - LOAD (f + i - 1));
      Eight    gy = 0.5f * (LOAD (f + i + stride) - LOAD (f + i - stride)), e = LOAD (r + i), sum = gx + gy + e;
      EightInt valid = sum == sum;

      e = WHERE (valid, e);
      gx = WHERE (valid, gx);
      gy = WHERE (valid, gy);
      Eight    size = WHERE (magnitude, e);
      EightInt far = size > most;
      Eight    w = WHERE (valid, WHERE (far, most / (WHERE (far, size) + WHERE (~far, one))) + WHERE (~far, one));
      Eight    wx = w * gx, wy = w * gy, energy = wx * gx + wy * gy;

      count += w;
      squares += w * e * e;
      xx += wx * gx, xy += wx * gy, yy += wy * gy;
      bx += wx * e, by += wy * e;
      at += energy * place;
      place += (float) PMT_RESIDUAL_STEP;
    }
  double energy = TOTAL (xx) + TOTAL (yy);

  normal->n += TOTAL (count);
  normal->squares += TOTAL (squares);
  normal->xx += TOTAL (xx), normal->xy += TOTAL (xy), normal->yy += TOTAL (yy);
  normal->x += TOTAL (bx), normal->y += TOTAL (by);
  normal->energy_x += TOTAL (at) + energy * x;
  normal->energy_y += energy * y;
}
