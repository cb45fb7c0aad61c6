/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The homography, and the homography with a lens, through pairs placed by hand: fit/lens.c from the direct linear transform. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "fit/lens-private.h"
#include "fit/point-models-private.h"
#include "fit/points.h"

#define BOTH_TERMS 12      /* pairs from which on a second term is tried */

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                       "the points fix no homography: they lie nearly on a line, or contradict each other");
  return FALSE;
}

/* The homography. Without a lens c and R only scale: the points' middle, and how far they reach. */
static gboolean
begin (PmtLens *f, const PmtPointPairs *p, GError **error)
{
  double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;

  *f = (PmtLens) { .n = p->n, .fixed = p->fixed, .moving = p->moving, .end = 1 };
  for (int i = 0; i < p->n; i++)
    {
      x0 = fmin (x0, p->moving[i].x), x1 = fmax (x1, p->moving[i].x);
      y0 = fmin (y0, p->moving[i].y), y1 = fmax (y1, p->moving[i].y);
    }
  f->centre = (PmtPoint) { 0.5 * (x0 + x1), 0.5 * (y0 + y1) };
  f->size = 0.5 * hypot (x1 - x0, y1 - y0);
  return _pmt_point_pairs_check (p, 3, error) && pmt_fit_points (p->n, p->fixed, p->moving, &f->matrix, error)
         && (_pmt_lens_fit (f, -1) || refuse (error));
}

static PmtTransform *
chain_of (const PmtLens *f, const PmtPointPairs *p, GError **error)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (p->fixed_size, p->moving_size), flat = NULL;
  PmtMatrix3               m = f->matrix, unit = pmt_matrix3_normalised (&f->matrix);
  PmtStep                 *lens;

  if (m.m[2][2] > 0)   /* scaled by a positive number: the signs tell what lies behind the horizon */
    m = unit;
  flat = pmt_transform_append_matrix (empty, &m, p->moving_size, NULL, error);
  if (flat == NULL || f->terms == 0)
    return g_steal_pointer (&flat);
  lens = _pmt_lens_step (f, p->moving_size, error);
  return lens != NULL ? _pmt_transform_append (flat, lens, p->moving_size) : NULL;
}

gboolean
_pmt_point_fit_homography (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  PmtLens f;

  if (!begin (&f, pairs, error))
    return FALSE;
  result->transform = chain_of (&f, pairs, error);
  if (result->transform == NULL)
    return FALSE;
  _pmt_lens_leave_out (&f, result->left_out);
  return TRUE;
}

/* A second term, where it predicts better. */
static void
try_both_terms (PmtLens *f, double *left_out)
{
  int                n = f->n;
  PmtLens            both = *f;
  g_autofree double *other = g_new (double, n);

  both.terms = 2;
  if (n < BOTH_TERMS || !_pmt_lens_fit (&both, -1))
    return;
  _pmt_lens_leave_out (&both, other);
  if (!(_pmt_point_typical_error (n, other) < _pmt_point_typical_error (n, left_out)))
    return;
  *f = both;
  memcpy (left_out, other, sizeof (double) * (gsize) n);
}

gboolean
_pmt_point_fit_radial (const PmtPointPairs *pairs, PmtPointResult *result, GError **error)
{
  PmtSize size = pairs->moving_size;
  PmtLens f;

  if (size.width <= 0 || size.height <= 0)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                           "the distortion of a lens needs the moving image's size: its axis is taken to meet the middle");
      return FALSE;
    }
  if (!begin (&f, pairs, error))
    return FALSE;
  f.terms = 1;
  f.centre = (PmtPoint) { 0.5 * size.width, 0.5 * size.height };
  f.size = 0.5 * hypot (size.width, size.height);
  if (!_pmt_lens_fit (&f, -1))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the points do not tell a lens's distortion from a tilt");
      return FALSE;
    }
  _pmt_lens_leave_out (&f, result->left_out);
  try_both_terms (&f, result->left_out);
  result->transform = chain_of (&f, pairs, error);
  return result->transform != NULL;
}
