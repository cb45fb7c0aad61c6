/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inverse-compositional Gauss–Newton for a shift (Lucas & Kanade 1981; Baker & Matthews 2004), gain and offset free:
 *
 *     minimise Σ (a·M(W(x + d)) + b − F(x))²   over d, a, b
 *     d ← d − (Σ ∇F ∇Fᵀ)⁻¹ Σ ∇F (a·M + b − F)
 *
 * F and M both blurred with σ = 0.7 px, M interpolated by the quintic B-spline (quintic-spline.c). The border of every filter
 * lies in the piece's margin and does not count. */
#include "match/lucas-kanade-private.h"

#include <math.h>

#include "image/filter-private.h"
#include "image/quintic-spline-private.h"
#include "match/grey-residual-private.h"

#define BLUR        0.7      /* px */
#define ITERATIONS  12
#define SETTLED     5e-4     /* px */
#define MAX_SHIFT   2.0      /* px from the start */
#define MIN_VALID   0.5      /* of the piece */
#define REACH       3        /* px that the blur reaches */

typedef struct
{
  const PmtPatchSet *set;
  const PmtPatch    *patch;
  PmtMatrix3         map;         /* px of the fixed piece → px of the moving one */
  PmtPlane          *fixed;       /* blurred; NAN where invalid */
  PmtPlane          *spline;      /* coefficients of the blurred moving piece … */
  PmtPlane          *valid;       /* … and where they count */
  int                width;       /* tile, up to a multiple of PMT_RESIDUAL_STEP */
  float             *sample;      /* width · tile; NAN where invalid and beyond the tile */
} Piece;

/* NAN where the mask, less `radius` px that filters reached into, is not valid. */
static gboolean
punch (PmtPlane *plane, const PmtPlane *mask, int radius, GError **error)
{
  g_autoptr (PmtPlane) valid = pmt_plane_new_unset (mask->width, mask->height, error);

  if (valid == NULL || !_pmt_mask_erode (mask, radius, TRUE, valid, error))
    return FALSE;
  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      if (!(pmt_plane_row (valid, y)[x] > 0))
        pmt_plane_row (plane, y)[x] = NAN;
  return TRUE;
}

static gboolean
piece_init (Piece *p, const PmtMatrix3 *pose, GError **error)
{
  const PmtPlane *fixed = p->patch->fixed->value, *moving = p->patch->moving->value;
  PmtMatrix3      origin = pmt_matrix3_translation (p->patch->origin.x, p->patch->origin.y), back;

  pmt_matrix3_invert (&p->set->to_level, &back);
  p->map = pmt_matrix3_then (&origin, &back);
  p->map = pmt_matrix3_then (&p->map, pose);
  p->map = pmt_matrix3_then (&p->map, &p->patch->to_moving);
  if ((p->fixed = pmt_plane_new_unset (fixed->width, fixed->height, error)) == NULL
      || (p->spline = pmt_plane_new_unset (moving->width, moving->height, error)) == NULL
      || (p->valid = pmt_plane_new_unset (moving->width, moving->height, error)) == NULL
      || !_pmt_gaussian_blur (fixed, BLUR, p->fixed, error) || !_pmt_gaussian_blur (moving, BLUR, p->spline, error))
    return FALSE;
  _pmt_quintic_spline_prefilter (p->spline);
  if (!punch (p->fixed, p->patch->fixed->mask, REACH, error)
      || !_pmt_mask_erode (p->patch->moving->mask, REACH + 1, TRUE, p->valid, error))
    return FALSE;
  p->width = (p->set->tile + PMT_RESIDUAL_STEP - 1) / PMT_RESIDUAL_STEP * PMT_RESIDUAL_STEP;
  p->sample = g_new (float, p->width * p->set->tile);
  return TRUE;
}

static void
piece_clear (Piece *p)
{
  pmt_plane_free (p->fixed);
  pmt_plane_free (p->spline);
  pmt_plane_free (p->valid);
  g_free (p->sample);
}

static const float *
fixed_row (const Piece *p, int y)
{
  return pmt_plane_row (p->fixed, y + p->set->margin) + p->set->margin;
}

/* Samples moving at the shift and gathers moments. */
static gboolean
sample (Piece *p, PmtPoint d, PmtGreyMoments *s)
{
  int   margin = p->set->margin, tile = p->set->tile;
  float f0 = 128, m0 = 128;      /* the middle of the common unit: close enough to the means for float sums */

  *s = (PmtGreyMoments) { 0 };
  for (int y = 0; y < tile; y++)
    {
      float *row = p->sample + y * p->width;

      _pmt_quintic_spline_sample_row (p->spline, p->valid, &p->map, margin + 0.5 + d.x, y + margin + 0.5 + d.y, tile, row);
      for (int x = tile; x < p->width; x++)
        row[x] = NAN;
      _pmt_grey_moments_add (s, fixed_row (p, y), row, NULL, p->width, f0, m0);
    }
  return _pmt_grey_moments_finish (s, f0, m0);
}

/* Normal equations of the shift; the samples become residuals. */
static void
accumulate (Piece *p, const PmtGreyMoments *s, PmtGreyNormal *normal)
{
  float gain = (float) (s->fm / s->mm), offset = (float) (s->f - s->fm / s->mm * s->m);

  *normal = (PmtGreyNormal) { 0 };
  for (int y = 0; y < p->set->tile; y++)
    {
      const float *f = fixed_row (p, y);
      float       *r = p->sample + y * p->width;

      for (int x = 0; x < p->width; x++)
        r[x] = gain * r[x] + offset - f[x];
      _pmt_grey_normal_add (normal, f, p->fixed->stride, r, p->width, INFINITY, 0, 0);
    }
}

static gboolean
iterate (Piece *p, PmtPoint start, PmtShift *shift)
{
  double         determinant = 0, squares, least = MIN_VALID * p->set->tile * p->set->tile;
  PmtGreyMoments s = { 0 };
  PmtGreyNormal  a = { 0 };
  PmtPoint       d = start;

  for (int i = 0; i < ITERATIONS; i++)
    {
      if (!sample (p, d, &s) || !(s.n > least) || !(s.ff > 1e-3) || !(s.mm > 1e-3) || !(s.fm > 0))
        return FALSE;
      accumulate (p, &s, &a);
      determinant = a.xx * a.yy - a.xy * a.xy;
      if (!(determinant > 1e-6 * a.xx * a.yy) || !(determinant > 0))
        return FALSE;
      double dx = (a.yy * a.x - a.xy * a.y) / determinant, dy = (a.xx * a.y - a.xy * a.x) / determinant;

      d.x -= dx, d.y -= dy;
      if (!(hypot (d.x - start.x, d.y - start.y) < MAX_SHIFT))
        return FALSE;
      if (hypot (dx, dy) < SETTLED)
        break;
    }
  /* The blur correlates the noise over about 4πσ² px, so there are that many fewer of them. */
  squares = a.squares * (1 + 4 * G_PI * BLUR * BLUR) / MAX (a.n - 4, 1);
  shift->shift = d;
  shift->cxx = squares * a.yy / determinant;
  shift->cxy = -squares * a.xy / determinant;
  shift->cyy = squares * a.xx / determinant;
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
