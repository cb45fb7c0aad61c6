/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person adds to a bend: landmarks, what keeps its shape, the metric it is to make best. */
#include <math.h>

#include "deform/free-form-private.h"
#include "fit/keep-shape-private.h"
#include "fit/rigid-plane-private.h"
#include "fit/smoother-private.h"
#include "metric/metric-private.h"

/* Landmarks as pulls over the pose. */
void
_pmt_smoother_take_landmarks (PmtSmoother *s)
{
  g_array_set_size (s->landmarks, 0);
  for (int k = 0; k < s->asked->n_landmarks; k++)
    {
      const PmtLandmark *l = &s->asked->landmarks[k];
      PmtPoint           at = pmt_matrix3_map (&s->path.pose, l->fixed);
      double             w = 1 / (l->sigma * l->sigma);
      PmtPull            pull = { at, { l->moving.x - at.x, l->moving.y - at.y }, { w, 0, w }, TRUE };

      if (!isnan (at.x))
        g_array_append_val (s->landmarks, pull);
    }
}

/* The plane of what is rigid in place of the pose; *along leads from where it puts places to where the path so far has them. FALSE where
 * there is no such plane, or none that overlaps. */
static gboolean
change_plane (PmtSmoother *s, const GArray *points, PmtModel freest, PmtPath *along)
{
  PmtMatrix3 before = s->path.pose, back = pmt_matrix3_identity;

  *along = s->path;
  along->pose = pmt_matrix3_identity;
  _pmt_rigid_plane (s->asked->rigid, points, freest, (PmtSize) { s->fixed->width, s->fixed->height },
                    (PmtSize) { s->moving->width, s->moving->height }, &s->path.pose);
  if (!pmt_matrix3_invert (&s->path.pose, &back) || !_pmt_smoother_find_box (s))
    {
      s->path.pose = before;
      return _pmt_smoother_find_box (s);
    }
  along->pose = pmt_matrix3_then (&back, &before);
  _pmt_smoother_take_landmarks (s);
  return TRUE;
}

/* The last fit once more, keeping shapes and led by landmarks. */
gboolean
_pmt_smoother_fit_terms (PmtSmoother *s, GError **error)
{
  g_autoptr (PmtStep) before = s->bend != NULL ? _pmt_step_ref (s->bend) : NULL;
  PmtPath             along;
  gboolean            ok;

  if (s->bend == NULL || s->fit.system == NULL
      || (s->asked->rigid != NULL && !change_plane (s, s->points, PMT_MODEL_HOMOGRAPHY, &along)))
    {
      _pmt_smoother_take_bend (s, NULL);
      return TRUE;
    }
  s->ask.stiffness = s->fit.stiffness;
  s->ask.spacing = s->fit.spacing;
  s->ask.led = TRUE;
  s->ask.rigid = s->asked->rigid;
  s->ask.along = &along;
  ok = _pmt_smoother_fit_as_told (s, error);
  s->ask.along = NULL;
  return ok;
}

/* As if the bend so far were points everywhere. */
static GArray *
points_along (const PmtSmoother *s)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (PmtControlPoint));

  for (int k = 0; k < PMT_SMOOTHER_PLACES; k++)
    {
      PmtControlPoint p = { .fixed = _pmt_smoother_place (s, k), .cxx = 1, .cyy = 1, .fold = k % PMT_FOLDS };

      p.moving = _pmt_path_map (&s->path, p.fixed);
      if (p.moving.x >= s->box.x0 && p.moving.y >= s->box.y0 && p.moving.x <= s->box.x1 && p.moving.y <= s->box.y1)
        g_array_append_val (points, p);
    }
  return points;
}

/* The present bend, made to keep shapes; FALSE, and there is none, where that would fold. */
static gboolean
keep_shape (PmtSmoother *s, double *least_jacobian)
{
  g_autoptr (PmtStep) before = _pmt_step_ref (s->bend);
  g_autoptr (GArray)  points = points_along (s);
  PmtPath             along;

  if (change_plane (s, points, PMT_MODEL_AFFINE, &along))
    _pmt_smoother_take_bend (s, _pmt_keep_shape (s->asked->rigid, &s->box, &along, least_jacobian));
  else
    _pmt_smoother_take_bend (s, NULL);
  return s->bend != NULL;
}

/* Where only what is coarse is common to the images, pieces have little to say, each for itself, and all pixels together more. */
gboolean
_pmt_smoother_fit_free_form (PmtSmoother *s, GError **error)
{
  g_auto (PmtFreeForm) form = { 0 };
  double               stiffness = s->asked->stiffness > 0 ? s->asked->stiffness : PMT_FREE_FORM_STIFFNESS;
  PmtFreeFormAsk       ask = { stiffness, s->asked->metric, TRUE, s->asked->n_landmarks, s->asked->landmarks };

  if (!_pmt_free_form_fit (s->context, s->fixed, s->moving, &s->path.pose, &s->box, &ask, &form, error))
    return FALSE;
  if (form.bend == NULL)
    return TRUE;
  _pmt_smoother_take_bend (s, g_steal_pointer (&form.bend));
  if (s->asked->rigid != NULL && !keep_shape (s, &form.least_jacobian))
    return TRUE;
  s->out->free_form = TRUE;
  s->out->errors.bent = FALSE;
  s->out->stiffness = stiffness;
  s->out->spacing = form.spacing;
  s->out->least_jacobian = form.least_jacobian;
  s->out->left_out = form.left_out;
  s->out->left_out_plane = form.left_out_plane;
  return TRUE;
}

/* By the metric that was asked for. What is known of how exact it is, is what the overview's tiles say. */
gboolean
_pmt_smoother_fit_metric (PmtSmoother *s, GError **error)
{
  s->out->coarse = TRUE;
  s->out->modality = _pmt_metric_class (s->asked->metric)->same ? PMT_MODALITY_SAME : PMT_MODALITY_DIFFERENT;
  s->out->error_median = s->out->error_p95 = 0;
  return _pmt_smoother_fit_free_form (s, error);
}
