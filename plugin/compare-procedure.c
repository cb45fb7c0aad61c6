/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Compare Layers: arguments, the order of events, return values. */

#include "compare-window.h"
#include "compare.h"
#include "layer-chain.h"
#include "layers.h"
#include "plug-in.h"

/* What a call is about. */
typedef struct
{
  PmtComparisonPicture picture;
  char                *path;      /* NULL: a new layer is wanted */
} Request;

static gboolean
wrong (const char *value, const char *argument, GError **error)
{
  return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), value != NULL ? value : "", argument);
}

static gboolean
check_figures (const PmtCompareOptions *options, GError **error)
{
  const char *argument = NULL;

  if (!(options->opacity >= 0 && options->opacity <= 1))
    argument = "opacity";
  else if (!(options->curtain >= 0 && options->curtain <= 1))
    argument = "curtain";
  else if (!(options->gain > 0 && options->gain <= 1000))
    argument = "gain";
  else if (options->size < 1)
    argument = "size";
  return argument == NULL || pmt_plug_in_fail (error, _("The argument “%s” is out of its range."), argument);
}

static gboolean
read_request (GimpProcedureConfig *config, Request *request, GError **error)
{
  g_autofree char *mode = NULL, *output = NULL;
  g_autoptr (GFile) file = NULL;
  gboolean spread;

  pmt_compare_options_init (&request->picture.options);
  g_object_get (config, "mode", &mode, "output", &output, "file", &file, "spread-tones", &spread, "opacity",
                &request->picture.options.opacity, "curtain", &request->picture.options.curtain, "gain",
                &request->picture.options.gain, "size", &request->picture.options.size, NULL);
  request->picture.plain = !spread;
  request->picture.panels = g_strcmp0 (mode, "panels") == 0;
  if (!request->picture.panels && (mode == NULL || !pmt_compare_mode_from_nick (mode, &request->picture.mode)))
    return wrong (mode, "mode", error);
  if (g_strcmp0 (output, "layer") != 0 && g_strcmp0 (output, "file") != 0)
    return wrong (output, "output", error);
  request->path = g_strcmp0 (output, "file") == 0 && file != NULL ? g_file_get_path (file) : NULL;
  if (g_strcmp0 (output, "file") == 0 && request->path == NULL)
    return pmt_plug_in_fail (error, _("Name a file on this computer."));
  return check_figures (&request->picture.options, error);
}

/* The upper one of two selected layers lies on the lower one; one alone on the reference that it was aligned to, else on what
 * lies below it. `chosen`: may be NULL. */
static gboolean
find_layers (GimpImage *image, GimpDrawable **drawables, GimpLayer *chosen, GimpLayer **reference, GimpLayer **layer,
             GError **error)
{
  g_autoptr (GPtrArray) layers = NULL;
  g_autoptr (PmtLayerChain) chain = NULL;

  if (!pmt_layers_check (image, drawables, &layers, error))
    return FALSE;
  if (layers->len > 2)
    return pmt_plug_in_fail (error, _("Select two layers to compare, or one and a reference."));
  *layer = g_ptr_array_index (layers, 0);
  *reference = chosen;
  if (layers->len == 2 && pmt_layer_equal (chosen, *layer))
    *layer = g_ptr_array_index (layers, 1);
  else if (layers->len == 2 && chosen == NULL)
    *reference = g_ptr_array_index (layers, 1);
  if (*reference == NULL && pmt_layer_chain_read (*layer, &chain, NULL) && chain != NULL && chain->reference_tattoo != 0)
    *reference = gimp_image_get_layer_by_tattoo (image, chain->reference_tattoo);
  if (*reference == NULL)
    *reference = pmt_layer_below (*layer);
  return *reference != NULL || pmt_plug_in_fail (error, _("Select two layers to compare, or one and a reference."));
}

static gboolean
make (PmtComparison *comparison, const Request *request, GimpLayer **made, GError **error)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (_("Comparing layers"));
  gboolean done = pmt_comparison_load (comparison, request->picture.panels, job, error);

  if (done && request->path != NULL)
    done = pmt_comparison_save (comparison, &request->picture, request->path, job, error);
  else if (done)
    {
      *made = pmt_comparison_add_layer (comparison, &request->picture, job, error);
      done = *made != NULL;
    }
  gimp_progress_end ();
  return done;
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer data)
{
  g_autoptr (PmtComparison) comparison = NULL;
  GimpLayer *chosen = NULL, *reference = NULL, *layer = NULL, *made = NULL;
  Request request = { 0 };
  GError *error = NULL;
  gboolean done;
  GimpValueArray *values;

  gegl_init (NULL, NULL);
  g_object_get (config, "reference", &chosen, NULL);
  if (chosen != NULL)
    g_object_unref (chosen);      /* libgimp owns it */
  if (!read_request (config, &request, &error) || !find_layers (image, drawables, chosen, &reference, &layer, &error)
      || (comparison = pmt_comparison_new (reference, layer, &error)) == NULL)
    {
      g_free (request.path);
      return pmt_plug_in_failure (procedure, error, GIMP_PDB_CALLING_ERROR);
    }
  done = mode == GIMP_RUN_INTERACTIVE ? pmt_compare_window_run (&comparison, request.picture.plain, &made, &error)
                                      : make (comparison, &request, &made, &error);
  g_free (request.path);
  if (mode == GIMP_RUN_INTERACTIVE)      /* which libgimp would try to keep for the next time, and warn that it can't */
    g_object_set (config, "reference", NULL, NULL);
  if (!done)
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  GIMP_VALUES_SET_LAYER (values, 1, made);
  return values;
}

static void
add_arguments (GimpProcedure *procedure)
{
  PmtCompareOptions options;

  pmt_compare_options_init (&options);
  gimp_procedure_add_layer_argument (procedure, "reference", _("Reference"),
                                     _("The layer to compare with. None: the lower one of two selected layers; the reference that "
                                       "a single one was aligned to, else the layer below it"), TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "mode", _("Show as"),
                                      _("“red-cyan”, “checker”, “curtain”, “difference”, “blend”, or “panels”: side by side the "
                                        "reference, the layer without its alignment (where it has one) and with it, and the "
                                        "differences"), "red-cyan", G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "opacity", _("Opacity"), _("Of the layer in a blend, 0 to 1"), -G_MAXDOUBLE,
                                      G_MAXDOUBLE, options.opacity, G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "curtain", _("Curtain"), _("Where the curtain hangs, 0 to 1 of the width"),
                                      -G_MAXDOUBLE, G_MAXDOUBLE, options.curtain, G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "gain", _("Gain"), _("The difference times this, up to 1000"), -G_MAXDOUBLE,
                                      G_MAXDOUBLE, options.gain, G_PARAM_READWRITE);
  gimp_procedure_add_int_argument (procedure, "size", _("Squares"), _("Side of the checkerboard's squares in pixels"), G_MININT,
                                   G_MAXINT, options.size, G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "spread-tones", _("Spread the _tones"),
                                       _("Each layer's tones are spread from black to white, so that a dark one shows as well. "
                                         "Without it the layers are compared as they are"), TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "output", _("Keep as"), _("“layer”: a new layer on top; “file”: a picture in a "
                                                                           "file"), "layer", G_PARAM_READWRITE);
  gimp_procedure_add_file_argument (procedure, "file", _("File"), _("The picture to write, such as a PNG, for “file”"),
                                    GIMP_FILE_CHOOSER_ACTION_SAVE, TRUE, NULL, G_PARAM_READWRITE);
}

GimpProcedure *
pmt_compare_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("Co_mpare Layers…"), "pentimento-align",
                        _("Look at two layers in one picture: where they agree and where they do not"),
                        _("Any two layers of an image as they are seen, in red and cyan, as a checkerboard, with a curtain, as a "
                          "difference, blended, or in turn. What is seen can be kept as a new layer or a file in full size. The "
                          "layers stay what they are."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  add_arguments (procedure);
  gimp_procedure_add_layer_return_value (procedure, "layer", _("Layer"), _("The new layer; none where a file was written"), TRUE,
                                         G_PARAM_READWRITE);
  return procedure;
}
