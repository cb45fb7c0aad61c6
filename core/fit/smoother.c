/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit/smoother-private.h"

#include <math.h>

#define LEAST_BOX      16      /* px a side, of the overlap in moving */
#define EDGE_POINTS    16
#define A_SIDE         48

G_STATIC_ASSERT (A_SIDE * A_SIDE == PMT_SMOOTHER_PLACES);

void
_pmt_smoother_take_bend (PmtSmoother *s, PmtStep *bend)
{
  if (s->bend != NULL)
    _pmt_step_unref (s->bend);
  s->bend = bend;
  s->path.bend = bend;
}

gboolean
_pmt_smoother_find_box (PmtSmoother *s)
{
  PmtOverlap overlap;
  PmtExtent  e = { INFINITY, INFINITY, -INFINITY, -INFINITY };

  if (!_pmt_pose_overlap_valid (&s->path.pose, s->fixed, s->moving, &overlap))
    return FALSE;
  for (int j = 0; j <= EDGE_POINTS; j++)
    for (int i = 0; i <= EDGE_POINTS; i++)
      {
        PmtPoint p = { overlap.box.x + overlap.box.width * i / EDGE_POINTS,
                       overlap.box.y + overlap.box.height * j / EDGE_POINTS };

        p = pmt_matrix3_map (&s->path.pose, p);
        if (!isnan (p.x))
          e = (PmtExtent) { fmin (e.x0, p.x), fmin (e.y0, p.y), fmax (e.x1, p.x), fmax (e.y1, p.y) };
      }
  s->box = (PmtExtent) { fmax (e.x0, 0), fmax (e.y0, 0), fmin (e.x1, s->moving->width), fmin (e.y1, s->moving->height) };
  s->ratio = _pmt_pose_scale (&s->path.pose, (PmtPoint) { overlap.box.x + overlap.box.width / 2,
                                                          overlap.box.y + overlap.box.height / 2 });
  s->finest = MIN (1, s->ratio) * sqrt (overlap.box.width * overlap.box.height);
  return s->box.x1 - s->box.x0 > LEAST_BOX && s->box.y1 - s->box.y0 > LEAST_BOX && isfinite (s->finest);
}

PmtPoint
_pmt_smoother_place (const PmtSmoother *s, int k)
{
  return (PmtPoint) { s->fixed->width * (k % A_SIDE + 0.5) / A_SIDE, s->fixed->height * (k / A_SIDE + 0.5) / A_SIDE };
}

gboolean
_pmt_smoother_fit_lattice (PmtSmoother *s, GArray *points, const PmtLatticeAsk *ask, PmtLatticeFit *fit, GError **error)
{
  PmtSize       moving = { s->moving->width, s->moving->height };
  PmtLatticeAsk all = *ask;

  all.n_landmarks = s->landmarks->len;
  all.landmarks = (const PmtPull *) s->landmarks->data;
  return _pmt_lattice_fit (points, &s->path.pose, &s->box, &all, moving, fit) && pmt_context_check (s->context, error);
}

void
_pmt_smoother_take_fit (PmtSmoother *s, GArray *points, PmtLatticeFit *fit)
{
  PmtSmooth *out = s->out;

  if (s->points != points)
    g_clear_pointer (&s->points, g_array_unref);
  s->points = points;
  _pmt_smoother_take_bend (s, g_steal_pointer (&fit->bend));
  _pmt_lattice_fit_clear (&s->fit);
  s->fit = *fit;
  *fit = (PmtLatticeFit) { 0 };
  out->stiffness = s->fit.stiffness;
  out->spacing = s->fit.spacing;
  out->least_jacobian = s->fit.least_jacobian;
  out->tiles = points->len;
  out->inliers = s->fit.inliers;
  if (isnan (s->fit.held_out))
    return;
  out->held_out = s->fit.held_out;
  out->held_out_plane = s->fit.held_out_plane;
}

gboolean
_pmt_smoother_fit_as_told (PmtSmoother *s, GError **error)
{
  g_autoptr (GError)     problem = NULL;
  g_auto (PmtLatticeFit) fit = { 0 };

  if (s->points != NULL && _pmt_smoother_fit_lattice (s, s->points, &s->ask, &fit, &problem))
    _pmt_smoother_take_fit (s, s->points, &fit);
  else
    _pmt_smoother_take_bend (s, NULL);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

gboolean
_pmt_smoother_state_error (PmtSmoother *s, GError **error)
{
  return s->fit.system == NULL || _pmt_lattice_error (s->context, &s->fit, s->points, &s->path.pose, s->independent,
                                                      &s->out->error_median, &s->out->error_p95, error);
}

gboolean
_pmt_smoother_model_error (PmtSmoother *s, GError **error)
{
  PmtSize moving = { s->moving->width, s->moving->height };

  return s->fit.system == NULL || _pmt_lattice_error_model (s->context, &s->fit, s->points, &s->path.pose, &s->box, moving,
                                                            s->independent, &s->out->errors, error);
}
