/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit/point-fit.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "config.h"
#include "fit/point-models-private.h"
#include "transform/transform-private.h"

#define MANY     10000
#define TOO_FEW  5       /* pairs below which one left out tells nothing of the freest models */

typedef struct
{
  const char      *nick;
  int              fewest, most;
  PmtPointModelFit fit;
} Row;

static const Row rows[PMT_POINT_MODELS] =
{
  { "auto", 1, MANY, NULL },
  { "translation", 1, MANY, _pmt_point_fit_translation },
  { "rigid", 2, MANY, _pmt_point_fit_rigid },
  { "similarity", 2, MANY, _pmt_point_fit_similarity },
  { "affine", 3, MANY, _pmt_point_fit_affine },
  { "homography", 4, MANY, _pmt_point_fit_homography },
  { "radial", 5, MANY, _pmt_point_fit_radial },
  { "thin-plate", 3, 1000, _pmt_point_fit_plate },
  { "piecewise-affine", 3, MANY, _pmt_point_fit_pieces },
};

gboolean
pmt_point_model_from_nick (const char *nick, PmtPointModel *model)
{
  for (int k = 0; nick != NULL && k < PMT_POINT_MODELS; k++)
    if (g_str_equal (nick, rows[k].nick))
      {
        *model = (PmtPointModel) k;
        return TRUE;
      }
  return FALSE;
}

const char *
pmt_point_model_to_nick (PmtPointModel model)
{
  return rows[model].nick;
}

void
pmt_point_options_init (PmtPointOptions *options)
{
  *options = (PmtPointOptions) { PMT_POINT_MODEL_AUTO, NAN };
}

/* Not trimmed: a pair that is set wrong spoils what a free model predicts around it as well, and that must count. */
double
_pmt_point_typical_error (int n, const double *errors)
{
  double sum = 0;
  int    found = 0;

  for (int i = 0; i < n; i++)
    if (!isnan (errors[i]))
      {
        sum += errors[i] * errors[i];
        found++;
      }
  return found > 0 && 2 * found >= n ? sqrt (sum / found) : NAN;
}

/* -- one model -- */

static void
result_clear (PmtPointResult *result)
{
  g_clear_pointer (&result->transform, pmt_transform_unref);
  g_clear_pointer (&result->left_out, g_free);
}

static gboolean
check_number (int n, const Row *row, GError **error)
{
  if (n >= row->fewest && n <= row->most)
    return TRUE;
  if (n < row->fewest)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%d pair%s of points: a model “%s” needs at least %d", n,
                 n == 1 ? "" : "s", row->nick, row->fewest);
  else
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%d pairs of points: a model “%s” takes at most %d", n, row->nick,
                 row->most);
  return FALSE;
}

/* FALSE with the trial's reason where the model does not fit; *result is to be cleared in any case. */
static gboolean
try_model (const PmtPointPairs *pairs, PmtPointModel model, PmtPointTrial *trial, PmtPointResult *result, GError **error)
{
  g_autoptr (GError) why = NULL;

  *result = (PmtPointResult) { .left_out = g_new (double, pairs->n), .smoothing = NAN };
  for (int i = 0; i < pairs->n; i++)
    result->left_out[i] = NAN;
  if (check_number (pairs->n, &rows[model], &why) && rows[model].fit (pairs, result, &why))
    {
      trial->left_out = _pmt_point_typical_error (pairs->n, result->left_out);
      return TRUE;
    }
  trial->why = g_strdup (why->message);
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* -- all models -- */

/* Too few pairs to leave one out: as free as they allow. */
static PmtPointModel
freest (int n)
{
  return n == 1   ? PMT_POINT_MODEL_TRANSLATION
         : n == 2 ? PMT_POINT_MODEL_SIMILARITY
         : n == 3 ? PMT_POINT_MODEL_AFFINE
                  : PMT_POINT_MODEL_HOMOGRAPHY;
}

/* The stiffest model that predicts points left out about as well as the best one does. The margin is about the uncertainty
 * of such an error from n points. */
static PmtPointModel
choose (const PmtPointTrial *trial, int n)
{
  double best = INFINITY;

  for (int m = PMT_POINT_MODEL_TRANSLATION; m < PMT_POINT_MODELS; m++)
    if (trial[m].left_out < best)
      best = trial[m].left_out;
  for (int m = PMT_POINT_MODEL_TRANSLATION; m < PMT_POINT_MODELS; m++)
    if (trial[m].left_out <= best * (1 + 1 / sqrt (n)))
      return (PmtPointModel) m;
  return PMT_POINT_MODEL_AUTO;
}

static gboolean
try_all (const PmtPointPairs *pairs, PmtPointFit *fit, PmtPointResult *result, GError **error)
{
  PmtPointResult all[PMT_POINT_MODELS] = { 0 };

  for (int m = PMT_POINT_MODEL_TRANSLATION; m < PMT_POINT_MODELS; m++)
    try_model (pairs, (PmtPointModel) m, &fit->trial[m], &all[m], NULL);
  fit->model = choose (fit->trial, pairs->n);
  if (fit->model != PMT_POINT_MODEL_AUTO)
    {
      *result = all[fit->model];
      all[fit->model] = (PmtPointResult) { 0 };
    }
  else
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "no model fits the points: %s",
                 fit->trial[PMT_POINT_MODEL_SIMILARITY].why != NULL ? fit->trial[PMT_POINT_MODEL_SIMILARITY].why
                                                                    : "none predicts a point from the others");
  for (int m = 0; m < PMT_POINT_MODELS; m++)
    result_clear (&all[m]);
  return fit->model != PMT_POINT_MODEL_AUTO;
}

static gboolean
check_pairs (int n, const PmtPoint *fixed, const PmtPoint *moving, const PmtPointOptions *options, GError **error)
{
  if (n < 1)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "there are no points");
      return FALSE;
    }
  if (n > MANY)
    return check_number (n, &rows[options->model], error);
  for (int i = 0; i < n; i++)
    if (!(fabs (fixed[i].x) <= 1e9 && fabs (fixed[i].y) <= 1e9 && fabs (moving[i].x) <= 1e9 && fabs (moving[i].y) <= 1e9))
      {
        g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "point %d is out of range", i);
        return FALSE;
      }
  return TRUE;
}

/* The same steps, the last of them with a record of where they came from. */
static PmtTransform *
describe (PmtTransform *chain, PmtPointModel model)
{
  PmtTransform *described = pmt_transform_new (pmt_transform_get_fixed_size (chain), pmt_transform_get_moving_size (chain));
  PmtProvenance provenance;

  pmt_provenance_init (&provenance);
  provenance.method = (char *) "points";
  provenance.model = (char *) rows[model].nick;
  provenance.version = (char *) PMT_VERSION;
  for (int i = 0; i < pmt_transform_get_length (chain); i++)
    {
      PmtStep *step = _pmt_step_ref ((PmtStep *) _pmt_transform_get_step (chain, i));

      _pmt_step_describe (step, &provenance);   /* nobody else has the chain yet */
      _pmt_transform_add (described, step);
    }
  return described;
}

static PmtPointFit *
fit_alloc (int n, const PmtPoint *fixed, const PmtPoint *moving)
{
  PmtPointFit *fit = g_new0 (PmtPointFit, 1);

  fit->n = n;
  fit->smoothing = NAN;
  fit->fixed = g_memdup2 (fixed, sizeof *fixed * (gsize) n);
  fit->moving = g_memdup2 (moving, sizeof *moving * (gsize) n);
  fit->residual = g_new (double, n);
  for (int m = 0; m < PMT_POINT_MODELS; m++)
    fit->trial[m].left_out = NAN;
  return fit;
}

/* Takes what the result holds. */
static void
take_result (PmtPointFit *fit, PmtPointResult *result)
{
  g_autofree PmtPoint *image = g_new (PmtPoint, fit->n);

  fit->transform = describe (result->transform, fit->model);
  fit->left_out = g_steal_pointer (&result->left_out);
  fit->smoothing = result->smoothing;
  pmt_transform_map (fit->transform, fit->n, fit->fixed, image);
  for (int i = 0; i < fit->n; i++)
    fit->residual[i] = hypot (image[i].x - fit->moving[i].x, image[i].y - fit->moving[i].y);
}

PmtPointFit *
pmt_point_fit_new (int n, const PmtPoint *fixed, const PmtPoint *moving, PmtSize fixed_size, PmtSize moving_size,
                   const PmtPointOptions *options, GError **error)
{
  PmtPointPairs           pairs = { n, fixed, moving, fixed_size, moving_size, options->smoothing };
  PmtPointResult          result = { 0 };
  g_autoptr (PmtPointFit) fit = NULL;
  gboolean                done;

  if (!check_pairs (n, fixed, moving, options, error))
    return NULL;
  fit = fit_alloc (n, fixed, moving);
  if (options->model == PMT_POINT_MODEL_AUTO && n >= TOO_FEW)
    done = try_all (&pairs, fit, &result, error);
  else
    {
      fit->model = options->model != PMT_POINT_MODEL_AUTO ? options->model : freest (n);
      done = try_model (&pairs, fit->model, &fit->trial[fit->model], &result, error);
    }
  if (done)
    take_result (fit, &result);
  result_clear (&result);
  return done ? g_steal_pointer (&fit) : NULL;
}

void
pmt_point_fit_free (PmtPointFit *fit)
{
  if (fit == NULL)
    return;
  g_clear_pointer (&fit->transform, pmt_transform_unref);
  for (int m = 0; m < PMT_POINT_MODELS; m++)
    g_free (fit->trial[m].why);
  g_free (fit->fixed);
  g_free (fit->moving);
  g_free (fit->residual);
  g_free (fit->left_out);
  g_free (fit);
}

/* -- report -- */

static void
add_trials (JsonBuilder *b, const PmtPointFit *fit)
{
  json_builder_set_member_name (b, "tried");
  json_builder_begin_array (b);
  for (int m = PMT_POINT_MODEL_TRANSLATION; m < PMT_POINT_MODELS; m++)
    if (m == (int) fit->model || fit->trial[m].why != NULL || !isnan (fit->trial[m].left_out))
      {
        json_builder_begin_object (b);
        _pmt_json_add_string (b, "model", rows[m].nick);
        _pmt_json_add_number (b, "left-out", fit->trial[m].left_out);
        _pmt_json_add_string (b, "why-not", fit->trial[m].why);
        json_builder_end_object (b);
      }
  json_builder_end_array (b);
}

static void
add_point (JsonBuilder *b, const char *name, PmtPoint p)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_array (b);
  json_builder_add_double_value (b, p.x);
  json_builder_add_double_value (b, p.y);
  json_builder_end_array (b);
}

char *
pmt_point_fit_to_json (const PmtPointFit *fit)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  _pmt_json_add_string (b, "version", PMT_VERSION);
  _pmt_json_add_string (b, "model", rows[fit->model].nick);
  _pmt_json_add_number (b, "smoothing", fit->smoothing);
  _pmt_json_add_number (b, "residual", _pmt_point_typical_error (fit->n, fit->residual));
  _pmt_json_add_number (b, "left-out", fit->trial[fit->model].left_out);
  add_trials (b, fit);
  json_builder_set_member_name (b, "points");
  json_builder_begin_array (b);
  for (int i = 0; i < fit->n; i++)
    {
      json_builder_begin_object (b);
      add_point (b, "fixed", fit->fixed[i]);
      add_point (b, "moving", fit->moving[i]);
      _pmt_json_add_number (b, "residual", fit->residual[i]);
      _pmt_json_add_number (b, "left-out", fit->left_out[i]);
      json_builder_end_object (b);
    }
  json_builder_end_array (b);
  json_builder_end_object (b);
  return _pmt_json_builder_print (b);
}
