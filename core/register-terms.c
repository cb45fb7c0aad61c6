/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person says of a bend: which metric it follows, where it is to be rigid, and landmarks. */
#include "register-terms-private.h"

#include <math.h>

#include "base/error.h"
#include "metric/metric-private.h"

#define SAME_PLACE 1e-6   /* px */

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
