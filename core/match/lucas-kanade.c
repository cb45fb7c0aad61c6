/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inverse-compositional Gauss–Newton for a shift (Lucas & Kanade 1981; Baker & Matthews 2004), gain and offset free:
 *
 *     minimise Σ (a·M(W(x + d)) + b − F(x))²   over d, a, b
 *     d ← d − (Σ ∇F ∇Fᵀ)⁻¹ Σ ∇F (a·M + b − F)
 *
 * F and M both blurred with σ = 0.7 px, M interpolated by the cubic B-spline (Unser 1999): with Keys' or linear
 * interpolation the sampling phase shows as a bias of 0.01–0.02 px; so it stays under 0.001. The border of every filter
 * lies in the piece's margin and does not count. */
#include "match/lucas-kanade-private.h"

#include <math.h>

#include "image/filter-private.h"

#define BLUR        0.7      /* px */
#define ITERATIONS  12
#define SETTLED     5e-4     /* px */
#define MAX_SHIFT   2.0      /* px from the start */
#define MIN_VALID   0.5      /* of the piece */
#define POLE        (-0.26794919243112270647)   /* √3 − 2 */
#define HORIZON     16       /* px after which POLE^k is below float precision */

/* -- cubic B-spline -- */

/* Coefficients of one line in place: causal and anti-causal recursion, mirrored ends. */
static void
prefilter_line (float *c, int n, gsize step)
{
  double z = POLE, sum = c[0], power = z;

  if (n < 2)
    return;
  for (int k = 1; k < MIN (n, HORIZON); k++, power *= z)
    sum += power * c[(gsize) k * step];
  c[0] = (float) (6 * sum);
  for (int k = 1; k < n; k++)
    c[(gsize) k * step] = (float) (6 * c[(gsize) k * step] + z * c[(gsize) (k - 1) * step]);
  c[(gsize) (n - 1) * step] = (float) (z / (z * z - 1)
                                       * (c[(gsize) (n - 1) * step] + z * c[(gsize) (n - 2) * step]));
  for (int k = n - 2; k >= 0; k--)
    c[(gsize) k * step] = (float) (z * (c[(gsize) (k + 1) * step] - c[(gsize) k * step]));
}

static void
prefilter (PmtPlane *plane)
{
  for (int y = 0; y < plane->height; y++)
    prefilter_line (pmt_plane_row (plane, y), plane->width, 1);
  for (int x = 0; x < plane->width; x++)
    prefilter_line (plane->data + x, plane->height, plane->stride);
}

static inline void
spline_weights (float t, float w[4])
{
  float s = 1 - t;

  w[0] = s * s * s / 6;
  w[1] = (4 - 6 * t * t + 3 * t * t * t) / 6;
  w[2] = (4 - 6 * s * s + 3 * s * s * s) / 6;
  w[3] = t * t * t / 6;
}

/* The spline at continuous (x, y); NAN within 2 px of the border. */
static float
spline_at (const PmtPlane *c, double x, double y)
{
  double u = x - 0.5, v = y - 0.5;
  int    i = (int) floor (u), j = (int) floor (v);
  float  wx[4], wy[4], sum = 0;

  if (!(i >= 1 && j >= 1 && i + 2 < c->width && j + 2 < c->height))
    return NAN;
  spline_weights ((float) (u - i), wx);
  spline_weights ((float) (v - j), wy);
  for (int k = 0; k < 4; k++)
    {
      const float *row = pmt_plane_row (c, j - 1 + k) + i - 1;

      sum += wy[k] * (wx[0] * row[0] + wx[1] * row[1] + wx[2] * row[2] + wx[3] * row[3]);
    }
  return sum;
}

/* -- the iteration -- */

typedef struct
{
  const PmtPatchSet *set;
  const PmtPatch    *patch;
  PmtMatrix3         map;         /* px of the fixed piece → px of the moving one */
  PmtPlane          *fixed, *gx, *gy, *spline, *valid, *moving_valid;
  float             *sample;      /* tile² */
} Piece;

static gboolean
piece_init (Piece *p, const PmtMatrix3 *pose, GError **error)
{
  int        n = p->patch->fixed->value->width, w = p->patch->moving->value->width, h = p->patch->moving->value->height;
  PmtMatrix3 origin = pmt_matrix3_translation (p->patch->origin.x, p->patch->origin.y), back;

  pmt_matrix3_invert (&p->set->to_level, &back);
  p->map = pmt_matrix3_then (&origin, &back);
  p->map = pmt_matrix3_then (&p->map, pose);
  p->map = pmt_matrix3_then (&p->map, &p->patch->to_moving);
  if ((p->fixed = pmt_plane_new (n, n, error)) == NULL || (p->gx = pmt_plane_new (n, n, error)) == NULL
      || (p->gy = pmt_plane_new (n, n, error)) == NULL || (p->valid = pmt_plane_new (n, n, error)) == NULL
      || (p->spline = pmt_plane_new (w, h, error)) == NULL || (p->moving_valid = pmt_plane_new (w, h, error)) == NULL
      || !_pmt_gaussian_blur (p->patch->fixed->value, BLUR, p->fixed, error)
      || !_pmt_gaussian_blur (p->patch->moving->value, BLUR, p->spline, error)
      || !_pmt_mask_erode (p->patch->fixed->mask, 3, TRUE, p->valid, error)
      || !_pmt_mask_erode (p->patch->moving->mask, 3, TRUE, p->moving_valid, error))
    return FALSE;
  _pmt_gradient (p->fixed, p->gx, p->gy);
  prefilter (p->spline);
  p->sample = g_new (float, p->set->tile * p->set->tile);
  return TRUE;
}

static void
piece_clear (Piece *p)
{
  pmt_plane_free (p->fixed);
  pmt_plane_free (p->gx);
  pmt_plane_free (p->gy);
  pmt_plane_free (p->valid);
  pmt_plane_free (p->spline);
  pmt_plane_free (p->moving_valid);
  g_free (p->sample);
}

typedef struct { double n, f, m, ff, mm, fm; } Moments;

/* Samples moving at the shift, NAN where invalid, and gathers moments. */
static void
sample (Piece *p, PmtPoint d, Moments *s)
{
  int margin = p->set->margin, tile = p->set->tile;

  *s = (Moments) { 0 };
  for (int y = 0; y < tile; y++)
    for (int x = 0; x < tile; x++)
      {
        double   u = x + margin + 0.5 + d.x, v = y + margin + 0.5 + d.y;
        double   w = 1 / (p->map.m[2][0] * u + p->map.m[2][1] * v + p->map.m[2][2]);
        PmtPoint at = { (p->map.m[0][0] * u + p->map.m[0][1] * v + p->map.m[0][2]) * w,
                        (p->map.m[1][0] * u + p->map.m[1][1] * v + p->map.m[1][2]) * w };
        float    m = spline_at (p->spline, at.x, at.y), f = pmt_plane_row (p->fixed, y + margin)[x + margin];

        p->sample[y * tile + x] = NAN;
        if (isnan (m) || !(pmt_plane_row (p->valid, y + margin)[x + margin] > 0)
            || !(pmt_plane_row (p->moving_valid, (int) at.y)[(int) at.x] > 0))
          continue;
        p->sample[y * tile + x] = m;
        s->n++;
        s->f += f, s->m += m;
        s->ff += (double) f * f, s->mm += (double) m * m, s->fm += (double) f * m;
      }
  s->f /= s->n, s->m /= s->n;
  s->ff = s->ff / s->n - s->f * s->f;
  s->mm = s->mm / s->n - s->m * s->m;
  s->fm = s->fm / s->n - s->f * s->m;
}

/* Normal equations of the shift: a = Σ∇F∇Fᵀ (xx, xy, yy), b = Σ∇F·r; returns Σr². */
static double
accumulate (const Piece *p, const Moments *s, double a[3], double b[2])
{
  int    margin = p->set->margin, tile = p->set->tile;
  double gain = s->fm / s->mm, sum = 0;

  a[0] = a[1] = a[2] = b[0] = b[1] = 0;
  for (int y = 0; y < tile; y++)
    for (int x = 0; x < tile; x++)
      {
        float m = p->sample[y * tile + x];

        if (isnan (m))
          continue;
        double gx = pmt_plane_row (p->gx, y + margin)[x + margin], gy = pmt_plane_row (p->gy, y + margin)[x + margin];
        double r = gain * (m - s->m) - (pmt_plane_row (p->fixed, y + margin)[x + margin] - s->f);

        a[0] += gx * gx, a[1] += gx * gy, a[2] += gy * gy;
        b[0] += gx * r, b[1] += gy * r;
        sum += r * r;
      }
  return sum;
}

static gboolean
iterate (Piece *p, PmtPoint start, PmtShift *shift)
{
  double   a[3], b[2], determinant, squares = 0, least = MIN_VALID * p->set->tile * p->set->tile;
  Moments  s;
  PmtPoint d = start;

  for (int i = 0; i < ITERATIONS; i++)
    {
      sample (p, d, &s);
      if (!(s.n > least) || !(s.ff > 1e-3) || !(s.mm > 1e-3) || !(s.fm > 0))
        return FALSE;
      squares = accumulate (p, &s, a, b);
      determinant = a[0] * a[2] - a[1] * a[1];
      if (!(determinant > 1e-6 * a[0] * a[2]) || !(determinant > 0))
        return FALSE;
      double dx = (a[2] * b[0] - a[1] * b[1]) / determinant, dy = (a[0] * b[1] - a[1] * b[0]) / determinant;

      d.x -= dx, d.y -= dy;
      if (!(hypot (d.x - start.x, d.y - start.y) < MAX_SHIFT))
        return FALSE;
      if (hypot (dx, dy) < SETTLED)
        break;
    }
  /* The blur correlates the noise over about 4πσ² px, so there are that many fewer of them. */
  squares *= (1 + 4 * G_PI * BLUR * BLUR) / MAX (s.n - 4, 1);
  shift->shift = d;
  shift->cxx = squares * a[2] / determinant;
  shift->cxy = -squares * a[1] / determinant;
  shift->cyy = squares * a[0] / determinant;
  shift->correlation = s.fm / sqrt (s.ff * s.mm);
  return TRUE;
}

gboolean
_pmt_lucas_kanade (const PmtPatchSet *set, const PmtPatch *patch, const PmtMatrix3 *pose, PmtPoint start,
                   PmtShift *shift, GError **error)
{
  Piece    p = { .set = set, .patch = patch };
  gboolean ok = piece_init (&p, pose, error) && iterate (&p, start, shift);

  piece_clear (&p);
  return ok;
}
