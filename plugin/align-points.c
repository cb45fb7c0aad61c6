/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Align with Control Points: arguments, the order of events, return values. */

#include <math.h>

#include "align.h"
#include "layers.h"
#include "plug-in.h"
#include "points-window.h"
#include "points.h"

/* The layer and its reference among what is selected: the layer below, or the one of its last points, where it is one layer. */
static gboolean
find_layers (GimpImage *image, GimpDrawable **drawables, GimpLayer *chosen, GimpLayer **layer, GimpLayer **reference,
             GError **error)
{
  g_autoptr (GPtrArray) layers = NULL;
  PmtReferenceRule rule;

  if (!pmt_layers_check (image, drawables, &layers, error))
    return FALSE;
  if (chosen == NULL && layers->len == 1)
    chosen = pmt_points_last_reference (g_ptr_array_index (layers, 0));
  *reference = pmt_align_find_reference (layers, chosen, &rule, error);
  if (*reference == NULL)
    return FALSE;
  *layer = NULL;
  for (guint i = 0; i < layers->len; i++)
    {
      GimpLayer *candidate = g_ptr_array_index (layers, i);

      if (pmt_layer_equal (candidate, *reference))
        continue;
      if (*layer != NULL)
        return pmt_plug_in_fail (error, _("Control points lay one layer on its reference. Select that layer alone, or these "
                                          "two."));
      *layer = candidate;
    }
  return *layer != NULL
         || pmt_plug_in_fail (error, _("Only the reference is selected: select the layers to align as well."));
}

static gboolean
read_options (GimpProcedureConfig *config, PmtPointOptions *options, PmtSampler *sampler, GError **error)
{
  g_autofree char *model = NULL, *nick = NULL;
  double smoothing;

  g_object_get (config, "model", &model, "sampler", &nick, "smoothing", &smoothing, NULL);
  pmt_point_options_init (options);
  if (model == NULL || !pmt_point_model_from_nick (model, &options->model))
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), model != NULL ? model : "", "model");
  if (nick == NULL || !pmt_sampler_from_nick (nick, sampler))
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), nick != NULL ? nick : "", "sampler");
  if (isnan (smoothing) || smoothing > 1e6)
    return pmt_plug_in_fail (error, _("The argument “%s” is a number from 0 to 1000000, or negative."), "smoothing");
  if (smoothing >= 0)
    options->smoothing = smoothing;
  return TRUE;
}

/* The points of the call, or those that the layer has. */
static gboolean
read_points (GimpProcedureConfig *config, PmtPoints *points, GError **error)
{
  g_autofree char *text = NULL;
  PmtPointOptions options;

  g_object_get (config, "points", &text, NULL);
  if (text == NULL || *text == '\0')
    pmt_points_restore (points);
  else if (!pmt_point_list_read_text (points->list, text, error))
    return FALSE;
  if (!read_options (config, &options, &points->sampler, error))
    return FALSE;
  if (options.model != PMT_POINT_MODEL_AUTO || !isnan (options.smoothing))
    pmt_point_list_set_options (points->list, &options);
  return TRUE;
}

static GimpValueArray *
report (GimpProcedure *procedure, PmtPoints *points)
{
  GimpValueArray *values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  const PmtPointFit *fit = pmt_point_list_get_fit (points->list, NULL);
  g_autofree char *text = fit != NULL ? pmt_point_fit_to_json (fit) : g_strdup ("{}");

  GIMP_VALUES_SET_STRING (values, 1, text);
  return values;
}

/* The window; changing the reference opens it anew. */
static gboolean
run_window (PmtPoints **points, GError **error)
{
  for (;;)
    {
      g_autoptr (PmtJob) job = pmt_plug_in_job (_("Reading the layers"));
      GimpLayer *other = NULL;
      PmtPoints *next;

      if (!pmt_points_load (*points, job, error))
        return FALSE;
      gimp_progress_end ();
      pmt_points_restore (*points);
      if (pmt_points_window_run (*points, &other))
        return TRUE;
      if (other == NULL)
        {
          g_set_error_literal (error, PMT_ERROR, PMT_ERROR_CANCELLED, "cancelled");
          return FALSE;
        }
      next = pmt_points_new ((*points)->image, (*points)->layer, other, error);
      if (next == NULL)
        return FALSE;
      pmt_points_free (*points);
      *points = next;
    }
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode run_mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer data)
{
  g_autoptr (PmtPoints) points = NULL;
  GimpLayer *chosen = NULL, *reference, *layer;
  GError *error = NULL;
  gboolean done;

  gegl_init (NULL, NULL);
  g_object_get (config, "reference", &chosen, NULL);
  if (chosen != NULL)
    g_object_unref (chosen);      /* libgimp owns it */
  if (!find_layers (image, drawables, chosen, &layer, &reference, &error)
      || (points = pmt_points_new (image, layer, reference, &error)) == NULL)
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_CALLING_ERROR);
  if (run_mode == GIMP_RUN_INTERACTIVE)
    done = run_window (&points, &error);
  else if (!read_points (config, points, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_CALLING_ERROR);
  else
    done = pmt_points_apply (points, &error);
  return done ? report (procedure, points) : pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
}

static void
add_arguments (GimpProcedure *procedure)
{
  gimp_procedure_add_layer_argument (procedure, "reference", _("Reference"),
                                     _("The layer that stays where it is. None: that of the layer's last points; of two selected "
                                       "layers the one whose position is locked, else the lower one; else the layer below"),
                                     TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "points", _("Points"),
                                      _("A pair a line, reference_x,reference_y,layer_x,layer_y, counted in the two layers' own "
                                        "pixels from their top-left corners. Empty: the points that the layer has"), "",
                                      G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "model", _("Movement"),
                                      _("What goes through the points: “translation”, “rigid”, “similarity”, “affine”, “homography”, "
                                        "“radial” (a lens), “thin-plate”, “piecewise-affine”; “auto”: what predicts points left out "
                                        "best"), "auto", G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "smoothing", _("Smoothing"),
                                      _("Of “thin-plate”: 0 goes through all points, 0.01 is much; negative: what predicts points left "
                                        "out best"), -G_MAXDOUBLE, G_MAXDOUBLE, -1, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "sampler", _("Interpolation"),
                                      _("How values between pixels are found: “nearest”, “linear”, “cubic” or “lanczos3”"), "cubic",
                                      G_PARAM_READWRITE);
}

GimpProcedure *
pmt_points_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("Align with _Control Points…"), "pentimento-align",
                        _("Lay the selected layer on its reference by pairs of points that you set in both"),
                        _("Shows reference and layer side by side. You set a point in one and its partner in the other; from the "
                          "third pair on partners are foretold and found by what the pictures show. The layer gets a live filter; "
                          "its pixels stay what they are, and the points are kept with it. Call it with run-mode non-interactive "
                          "and the points as text for the same without a window."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  add_arguments (procedure);
  gimp_procedure_add_string_return_value (procedure, "report", _("Report"),
                                          _("A JSON object: the model, its errors, and those of each point"), "",
                                          G_PARAM_READWRITE);
  return procedure;
}
