/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lens is stiffer than any lattice: where it explains the points as well, it is what bends the picture, and holds where there are
 * none. */
#include <math.h>

#include "fit/lens-points-private.h"
#include "fit/smoother-private.h"

#define AS_GOOD        1.01    /* times the lattice's error, … */
#define AS_GOOD_PX     0.003   /* … and so much more, may a lens's be */
#define FOLLOW         0.2     /* of the points, a lens for whose sake is looked again, … */
#define STRAYED        2.0     /* … and so many px of the finest level it must lead away from the lattice somewhere */
#define LOOKS          5       /* along it at most, as long as … */
#define GAIN           0.98    /* … each brings the error down to so much */

/* Through the last points; FALSE, and *lens is cleared, where they fix none. */
static gboolean
fit_lens (const PmtSmoother *s, PmtLensFit *lens)
{
  PmtSize fixed = { s->fixed->width, s->fixed->height }, moving = { s->moving->width, s->moving->height };

  *lens = (PmtLensFit) { 0 };
  return s->points != NULL && s->bend != NULL
         && _pmt_lens_fit_points (s->context, s->points, &s->path.pose, fixed, moving, s->fit.spread, s->independent, lens);
}

/* Being stiffer, it need only predict about as well (as lattice.c chooses among stiffnesses). */
static gboolean
predicts_as_well (const PmtSmooth *lattice, const PmtLensFit *lens)
{
  return lens->held_out <= AS_GOOD * lattice->held_out + AS_GOOD_PX;
}

static void
take_lens (PmtSmoother *s, PmtLensFit *lens)
{
  PmtSmooth *out = s->out;

  s->path.pose = lens->matrix;
  _pmt_smoother_take_bend (s, g_steal_pointer (&lens->step));
  out->held_out = lens->held_out;
  out->inliers = lens->inliers;
  out->error_median = lens->error_median;
  out->error_p95 = lens->error_p95;
  out->errors.bent = FALSE;
  out->stiffness = out->spacing = NAN;
}

/* Many points follow the lens, and somewhere it leads farther from the lattice than points are looked for. */
static gboolean
may_have_strayed (const PmtSmoother *s, const PmtLensFit *lens)
{
  PmtPath along = { .pose = lens->matrix, .bend = lens->step };
  double  most = 0, unit = sqrt ((s->box.x1 - s->box.x0) * (s->box.y1 - s->box.y0)) / s->finest;

  for (int k = 0; k < PMT_SMOOTHER_PLACES; k++)
    {
      PmtPoint p = _pmt_smoother_place (s, k), a = _pmt_path_map (&along, p), b = _pmt_path_map (&s->path, p);

      if (b.x >= s->box.x0 && b.y >= s->box.y0 && b.x <= s->box.x1 && b.y <= s->box.y1)
        most = fmax (most, hypot (a.x - b.x, a.y - b.y));
    }
  return lens->inliers > FOLLOW * s->points->len && most > STRAYED * unit;
}

/* Points along the lens, which becomes the one through them. FALSE where they cannot be had. */
static gboolean
follow_lens (PmtSmoother *s, PmtLensFit *lens, GError **error)
{
  g_autoptr (GArray)     points = NULL;
  g_auto (PmtLatticeFit) fit = { 0 };

  s->path.pose = lens->matrix;
  _pmt_smoother_take_bend (s, g_steal_pointer (&lens->step));
  points = _pmt_smoother_find_box (s) ? _pmt_smoother_find_points (s, error) : NULL;
  if (points == NULL || !_pmt_smoother_fit_lattice (s, points, &s->ask, &fit, error))
    return FALSE;
  _pmt_smoother_take_fit (s, g_steal_pointer (&points), &fit);
  return fit_lens (s, lens);
}

/* Coarse levels look for points near the plane, and a lens may move corners by more: there the lattice goes astray, and its points with
 * it. Along the lens that the others speak for more of them are found, and along theirs the rest. Points that
 * were looked for along a lens speak for it more than they should: it must predict them as well as the first lattice did its own, too. */
static gboolean
look_along_lens (PmtSmoother *s, PmtLensFit *lens, GError **error)
{
  g_autoptr (GError)  problem = NULL;
  g_autoptr (PmtStep) bend = _pmt_step_ref (s->bend);
  PmtSmooth           out = *s->out;
  PmtMatrix3          pose = s->path.pose;
  PmtExtent           box = s->box;
  double              before = INFINITY;

  for (int look = 0; look < LOOKS && lens->step != NULL && lens->held_out < GAIN * before; look++)
    {
      before = lens->held_out;
      follow_lens (s, lens, &problem);
    }
  if (problem == NULL && lens->step != NULL && predicts_as_well (s->out, lens) && predicts_as_well (&out, lens))
    {
      take_lens (s, lens);
      return TRUE;
    }
  s->path.pose = pose;
  s->box = box;
  _pmt_smoother_take_bend (s, g_steal_pointer (&bend));
  *s->out = out;
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* A lens in the lattice's place, where it explains the points. Who tells a stiffness, landmarks or what is rigid asks for a lattice. */
gboolean
_pmt_smoother_try_lens (PmtSmoother *s, GError **error)
{
  PmtLensFit lens;
  gboolean   ok = TRUE;

  if (s->asked->stiffness > 0 || s->asked->rigid != NULL || s->asked->n_landmarks > 0 || s->out->free_form || s->out->coarse)
    return TRUE;
  if (fit_lens (s, &lens) && may_have_strayed (s, &lens))
    ok = look_along_lens (s, &lens, error);
  else if (lens.step != NULL && predicts_as_well (s->out, &lens))
    take_lens (s, &lens);
  _pmt_lens_fit_clear (&lens);
  return ok;
}
