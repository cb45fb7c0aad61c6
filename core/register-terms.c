/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person says of a bend: which metric it follows, where it is to be rigid, and landmarks. */
#include "register-terms-private.h"

#include <math.h>

#include "base/error.h"
#include "base/select-private.h"
#include "judge/verdict-private.h"
#include "metric/metric-private.h"

#define SAME_PLACE 1e-6   /* px */
#define FAR        4.0    /* σ from a landmark: once in 3000 by chance */

gboolean
_pmt_terms_are_read (const PmtRegisterOptions *options)
{
  return pmt_model_may_bend (options->model) && options->optimiser == PMT_OPTIMISER_NONE;
}

PmtMetric
_pmt_terms_metric (const PmtRegisterOptions *options)
{
  return _pmt_terms_are_read (options) && options->model != PMT_MODEL_AUTO ? options->metric : PMT_METRIC_AUTO;
}

/* -- are they possible -- */

static gboolean
bad_landmark (GError **error, int which, const char *what)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "landmark %d %s", which + 1, what);
  return FALSE;
}

static gboolean
is_inside (PmtPoint p, PmtSize size)
{
  return p.x >= 0 && p.y >= 0 && p.x <= size.width && p.y <= size.height;
}

static gboolean
check_landmark (int k, const PmtLandmark *l, PmtSize fixed, PmtSize moving, GError **error)
{
  if (!isfinite (l->fixed.x) || !isfinite (l->fixed.y) || !isfinite (l->moving.x) || !isfinite (l->moving.y))
    return bad_landmark (error, k, "has a coordinate that is not a number");
  if (!(l->sigma > 0) || !isfinite (l->sigma))
    return bad_landmark (error, k, "must be stated to be off by more than 0 px");
  if (!is_inside (l->fixed, fixed))
    return bad_landmark (error, k, "lies outside of the fixed image");
  return is_inside (l->moving, moving) || bad_landmark (error, k, "lies outside of the moving image");
}

static gboolean
is_same_place (PmtPoint a, PmtPoint b)
{
  return hypot (a.x - b.x, a.y - b.y) < SAME_PLACE;
}

gboolean
pmt_landmarks_check (int n, const PmtLandmark *landmarks, PmtSize fixed, PmtSize moving, GError **error)
{
  if (n < 0 || n > PMT_LANDMARKS_MOST || (n > 0 && landmarks == NULL))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "at most %d landmarks can be given, not %d", PMT_LANDMARKS_MOST, n);
      return FALSE;
    }
  for (int k = 0; k < n; k++)
    {
      if (!check_landmark (k, &landmarks[k], fixed, moving, error))
        return FALSE;
      for (int other = 0; other < k; other++)
        if (is_same_place (landmarks[k].fixed, landmarks[other].fixed)
            || is_same_place (landmarks[k].moving, landmarks[other].moving))
          {
            g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "landmarks %d and %d lie at the same place", other + 1, k + 1);
            return FALSE;
          }
    }
  return TRUE;
}

GArray *
pmt_landmarks_from_points (const GArray *fixed, const GArray *moving, double sigma)
{
  GArray *landmarks = g_array_new (FALSE, FALSE, sizeof (PmtLandmark));

  for (guint k = 0; k < MIN (fixed->len, moving->len); k++)
    {
      PmtLandmark l = { g_array_index (fixed, PmtPoint, k), g_array_index (moving, PmtPoint, k), sigma };

      g_array_append_val (landmarks, l);
    }
  return landmarks;
}

static gboolean
check_rigid (PmtSource *rigid, PmtSize moving, GError **error)
{
  if (rigid == NULL || (pmt_source_get_width (rigid) == moving.width && pmt_source_get_height (rigid) == moving.height))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the map of what is to be rigid is %d × %d pixels, the moving image %d × %d", pmt_source_get_width (rigid),
               pmt_source_get_height (rigid), moving.width, moving.height);
  return FALSE;
}

static gboolean
check_metric (PmtMetric metric, GError **error)
{
  if (metric == PMT_METRIC_AUTO || _pmt_metric_class (metric)->analytic)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
               "a bend can't follow the metric %s, which has no derivatives: choose another, or auto", pmt_metric_to_nick (metric));
  return FALSE;
}

gboolean
_pmt_terms_check (const PmtRegisterOptions *options, PmtSource *fixed, PmtSource *moving, GError **error)
{
  PmtSize from = { pmt_source_get_width (fixed), pmt_source_get_height (fixed) };
  PmtSize to = { pmt_source_get_width (moving), pmt_source_get_height (moving) };

  return !_pmt_terms_are_read (options)
         || (check_metric (_pmt_terms_metric (options), error) && check_rigid (options->rigid, to, error)
             && pmt_landmarks_check (options->n_landmarks, options->landmarks, from, to, error));
}

/* -- what became of them -- */

static void
tell_far (int far, int worst, double distance, const PmtRegisterOptions *o, PmtRegistration *result)
{
  double sigma = o->landmarks[worst].sigma;
  char  *text = g_strdup_printf ("%d of %d landmarks lie far from where the result puts them, the worst (number %d) %.1f px, stated "
                                 "to within %.1f px.", far, o->n_landmarks, worst + 1, distance, sigma);

  _pmt_judge_add (result, "landmarks", text, "Check whether it is the same place in both images, or allow a softer bend.", distance,
                  FAR * sigma, FALSE);
  if (result->verdict == PMT_VERDICT_OK)
    result->verdict = PMT_VERDICT_UNCERTAIN;
}

static void
judge_landmarks (const PmtRegisterOptions *o, const PmtPath *path, PmtRegistration *result)
{
  int                n = o->n_landmarks, far = 0, worst = 0;
  g_autofree double *distance = g_new (double, n), *sorted = NULL;

  for (int k = 0; k < n; k++)
    {
      const PmtLandmark *l = &o->landmarks[k];
      PmtPoint           q = _pmt_path_map (path, l->fixed);

      distance[k] = isnan (q.x) ? INFINITY : hypot (q.x - l->moving.x, q.y - l->moving.y);
      far += distance[k] > FAR * l->sigma;
      if (distance[k] / l->sigma > distance[worst] / o->landmarks[worst].sigma)
        worst = k;
    }
  sorted = g_memdup2 (distance, n * sizeof *distance);
  result->terms.landmarks = n;
  result->terms.median = _pmt_quantile (sorted, n, 0.5);
  result->terms.worst = _pmt_quantile (sorted, n, 1);
  if (far > 0)
    tell_far (far, worst, distance[worst], o, result);
  else
    _pmt_judge_add (result, "landmarks", g_strdup_printf ("The landmarks lie %.2f px from where the result puts them, at the most.",
                                                          result->terms.worst), NULL, result->terms.worst, NAN, TRUE);
}

static void
judge_rigid (const PmtRigidMap *rigid, const PmtPath *path, PmtSize fixed, PmtSize moving, PmtRegistration *result)
{
  PmtTermsOutcome *t = &result->terms;
  gboolean         any;

  t->rigid_strain = _pmt_rigid_map_strain (rigid, path, fixed, moving, &t->rigid_share);
  any = t->rigid_share > 0;
  _pmt_judge_add (result, "rigid",
                  any ? g_strdup_printf ("What was to keep its shape, %.0f %% of the common area, is stretched by %.4f %%.",
                                         100 * t->rigid_share, 100 * t->rigid_strain)
                      : g_strdup ("Nothing of what was to keep its shape lies in the common area."),
                  "Paint the map over the moving image, where it lies on the fixed one.", 100 * t->rigid_strain, NAN, any);
}

void
_pmt_terms_judge (const PmtRegisterOptions *options, const PmtRigidMap *rigid, const PmtPath *path, PmtSize fixed, PmtSize moving,
                  PmtRegistration *result)
{
  PmtMetric metric = _pmt_terms_metric (options);

  if (!_pmt_terms_are_read (options))
    return;
  if (metric != PMT_METRIC_AUTO && path->bend != NULL)
    {
      g_free (result->method);
      result->method = g_strdup_printf ("%s/free-form", pmt_metric_to_nick (metric));
    }
  if (options->n_landmarks > 0)
    judge_landmarks (options, path, result);
  if (rigid != NULL)
    judge_rigid (rigid, path, fixed, moving, result);
}
