/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Align Layers: arguments, the order of events, return values. */

#include "align.h"
#include "align-dialog.h"
#include "align-window.h"
#include "layers.h"
#include "plug-in.h"

static gboolean
read_nick (GimpProcedureConfig *config, const char *name, char **nick)
{
  g_free (*nick);
  *nick = NULL;
  g_object_get (config, name, nick, NULL);
  return *nick != NULL;
}

/* *nick: what was given, for the message. */
static gboolean
read_preparation (GimpProcedureConfig *config, const char **preparation, char **nick)
{
  if (!read_nick (config, "preparation", nick) || !pmt_preparation_check (*nick, NULL))
    return FALSE;
  *preparation = g_intern_string (*nick);
  return TRUE;
}

static gboolean
read_choices (GimpProcedureConfig *config, PmtAlignOptions *options, GError **error)
{
  g_autofree char *nick = NULL;
  const char *wrong = NULL;

  if (!read_nick (config, "compare", &nick) || !pmt_align_compare_from_nick (nick, &options->compare))
    wrong = "compare";
  else if (!read_nick (config, "model", &nick) || !pmt_model_from_nick (nick, &options->model))
    wrong = "model";
  else if (!read_nick (config, "modality", &nick) || !pmt_modality_from_nick (nick, &options->modality))
    wrong = "modality";
  else if (!read_preparation (config, &options->preparation, &nick))
    wrong = "preparation";
  else if (!read_nick (config, "optimiser", &nick) || !pmt_optimiser_from_nick (nick, &options->optimiser))
    wrong = "optimiser";
  else if (!read_nick (config, "metric", &nick) || !pmt_metric_from_nick (nick, &options->metric))
    wrong = "metric";
  else if (!read_nick (config, "sampler", &nick) || !pmt_sampler_from_nick (nick, &options->sampler))
    wrong = "sampler";
  else if (!read_nick (config, "result", &nick)
           || (g_strcmp0 (nick, "filter") != 0 && g_strcmp0 (nick, "pixels") != 0))
    wrong = "result";
  if (wrong != NULL)
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), nick != NULL ? nick : "", wrong);
  options->pixels = g_strcmp0 (nick, "pixels") == 0;
  return (read_nick (config, "regions", &nick) && pmt_regions_from_nick (nick, &options->regions))
         || pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), nick != NULL ? nick : "", "regions");
}

static gboolean
read_stiffness (GimpProcedureConfig *config, PmtAlignOptions *options, GError **error)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_object_get (config, "stiffness", &options->stiffness, NULL);
  if (pmt_stiffness_check (options->stiffness, NULL))
    return TRUE;
  g_ascii_formatd (text, sizeof text, "%g", options->stiffness);
  return pmt_plug_in_fail (error, _("The argument “%s” is 0 or a number from %s to %s, not %s."), "stiffness",
                           G_STRINGIFY (PMT_STIFFNESS_LEAST), G_STRINGIFY (PMT_STIFFNESS_MOST), text);
}

/* An argument that names a channel or, where `masks`, a layer's mask, both of which GIMP calls channels; NULL where it names nothing. */
static gboolean
read_channel (GimpProcedureConfig *config, const char *argument, gboolean masks, GimpChannel **channel, GError **error)
{
  GimpDrawable *map = NULL;

  g_object_get (config, argument, &map, NULL);
  if (map == NULL)
    return TRUE;
  g_object_unref (map);      /* libgimp owns it */
  if (!GIMP_IS_CHANNEL (map) || (!masks && GIMP_IS_LAYER_MASK (map)))
    return pmt_plug_in_fail (error, masks ? _("The argument “%s” is a channel or a layer’s mask.")
                                          : _("The argument “%s” is a channel."), argument);
  *channel = GIMP_CHANNEL (map);
  return TRUE;
}

static gboolean
read_options (GimpProcedureConfig *config, PmtAlignOptions *options, GError **error)
{
  pmt_align_options_init (options);
  g_object_get (config, "reference-by-pairs", &options->reference_by_pairs, "use-selection", &options->use_selection,
                "start-from-position",
                &options->start_from_position, "apply-uncertain", &options->apply_uncertain,
                "allow-mirrored", &options->allow_mirrored, "rigid-from-layer-masks", &options->rigid_layer_masks, NULL);
  return read_choices (config, options, error) && read_stiffness (config, options, error)
         && read_channel (config, "rigid-mask", TRUE, &options->rigid, error)
         && read_channel (config, "hold-mask", FALSE, &options->hold, error);
}

/* The dialog's answers: those in config are read anew. */
static gboolean
ask (GimpProcedure *procedure, GimpProcedureConfig *config, GimpImage *image, GimpDrawable **drawables,
     GimpLayer **reference, PmtAlignOptions *options, GError **error)
{
  GimpChannel *rigid = options->rigid, *hold = options->hold;

  if (!pmt_align_dialog_run (procedure, config, image, drawables, reference, &rigid, &hold, error)
      || !read_options (config, options, error))
    return FALSE;
  options->rigid = rigid;
  options->hold = hold;
  return TRUE;
}

static GimpValueArray *
return_values (GimpProcedure *procedure, const PmtAlignment *alignment)
{
  GimpValueArray *values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  g_autoptr (GStrvBuilder) verdicts = g_strv_builder_new (), reports = g_strv_builder_new ();

  for (guint i = 0; i < alignment->items->len; i++)
    {
      const PmtAlignItem *item = g_ptr_array_index (alignment->items, i);
      g_autofree char *report = pmt_align_item_report (item, alignment);

      g_strv_builder_add (verdicts, pmt_align_item_verdict (item));
      g_strv_builder_add (reports, report);
    }
  g_value_take_boxed (gimp_value_array_index (values, 1), g_strv_builder_end (verdicts));
  g_value_take_boxed (gimp_value_array_index (values, 2), g_strv_builder_end (reports));
  return values;
}

/* Tells of the layers that did not simply become aligned. */
static void
tell (const PmtAlignment *alignment)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < alignment->items->len; i++)
    {
      const PmtAlignItem *item = g_ptr_array_index (alignment->items, i);
      g_autofree char *summary = pmt_align_item_summary (item, TRUE);

      if (item->applied && item->remark == NULL && item->registration->verdict == PMT_VERDICT_OK)
        continue;
      g_string_append_printf (text, _("“%s”: %s\n"), item->name, summary);
    }
  if (text->len > 0)
    gimp_message (g_strchomp (text->str));
}

/* Fits with GIMP's own progress; the interactive way is the window's. */
static gboolean
fit_quietly (PmtAlignment *alignment, GError **error)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (_("Aligning layers"));

  return pmt_alignment_fit (alignment, job, error);
}

static gboolean
align (PmtAlignment *alignment, GimpRunMode mode, GError **error)
{
  gboolean interactive = mode == GIMP_RUN_INTERACTIVE;

  if (interactive ? !pmt_align_window_run (alignment, error) : !fit_quietly (alignment, error))
    return FALSE;
  if (!pmt_alignment_apply (alignment, error))
    return FALSE;
  if (!interactive)
    tell (alignment);
  gimp_displays_flush ();
  return TRUE;
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer data)
{
  g_autoptr (PmtAlignment) alignment = NULL;
  GimpLayer *reference = NULL;
  PmtAlignOptions options;
  GError *error = NULL;

  gegl_init (NULL, NULL);
  g_object_get (config, "reference", &reference, NULL);
  if (!read_options (config, &options, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_CALLING_ERROR);
  if (mode == GIMP_RUN_INTERACTIVE && !ask (procedure, config, image, drawables, &reference, &options, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  alignment = pmt_alignment_new (image, drawables, reference, &options, &error);
  if (alignment == NULL || !align (alignment, mode, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  return return_values (procedure, alignment);
}

static void
add_arguments (GimpProcedure *procedure)
{
  gimp_procedure_add_layer_argument (procedure, "reference", _("Reference"),
                                     _("The layer that stays where it is. None: a selected layer whose position is "
                                       "locked, else the lowest selected layer; the layer below where only one is "
                                       "selected"),
                                     TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "reference-by-pairs", _("The la_yers choose the reference"),
                                       _("Where all are compared together, the layer from which the others are known best stays "
                                         "where it is; “reference” must be none"), FALSE, G_PARAM_READWRITE);
  /* Plain strings, not choices: for a word that is no choice libgimp warns and quietly calls with the default. */
  gimp_procedure_add_string_argument (procedure, "compare", _("Compare"),
                                      _("“each”: each layer with the reference alone; “together”: pairs of all layers, solved "
                                        "together, so that what contradicts the rest is left out and bends nothing; “sequence”: "
                                        "likewise, where layers one above the other are most alike, such as frames of an animation; "
                                        "“auto”: together from three layers on, unless a bend, what keeps its shape or an optimiser "
                                        "is asked for"), "auto", G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "model", _("Movement"),
                                      _("What the layers may do to lie on the reference: “auto” (the simplest that "
                                        "explains the pictures), “translation”, “rigid”, “similarity”, “affine”, "
                                        "“homography”, “smooth” (canvas, paper, tissue that bends) or “deformable” "
                                        "(the same where a bend proves better than none)"), "auto", G_PARAM_READWRITE);
  /* Any number, for the same reason: one out of the range of a narrower argument would not be set. */
  gimp_procedure_add_double_argument (procedure, "stiffness", _("Stiffness"),
                                      _("How stiff a bend is, for the movements “auto”, “smooth” and “deformable”: the "
                                        "length of waves that are followed by half, from 0.05 to 5 as a share of the common area's mean side, "
                                        "whatever the size of the pictures. 3 is practically a plane, 0.1 very soft; 0: "
                                        "found"), -G_MAXDOUBLE, G_MAXDOUBLE, 0, G_PARAM_READWRITE);
  gimp_procedure_add_drawable_argument (procedure, "rigid-mask", _("Keep rigid"),
                                        _("What keeps its shape where a layer bends, for the movements “auto”, “smooth” and "
                                          "“deformable”: a channel of the image, or the mask of one of the layers, which then "
                                          "counts for that layer only, painted over the layers as they are seen now. White "
                                          "moves and turns but does not bend, black is as soft as anywhere, grey is between. "
                                          "None: nothing"), TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "rigid-from-layer-masks", _("Keep rigid what is white in layer masks"),
                                       _("Instead of “rigid-mask”: of each layer that bends its own mask tells what keeps its "
                                         "shape"), FALSE, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "modality", _("The pictures are"),
                                      _("“same”: of the same kind, such as photographs in the same light; "
                                        "“different”: of different kinds, such as visible light and infrared, X-ray "
                                        "or a drawing; “auto”: find out"), "auto", G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "preparation", _("Prepared as"),
                                      _("What is done to copies of the pictures before the search: “none”, "
                                        "“downsample”, “clahe”, “bilateral”, “non-local-means”, “sobel”, “canny”, "
                                        "“adaptive-threshold”, “laplacian”, “red”, “green”, “blue”, "
                                        "“principal-component”, or a colour and a filter, such as “red+clahe”; "
                                        "“auto”: find out"), "auto", G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "use-selection", _("_Look only at what is selected"),
                                       _("The selection restricts what is compared, not what is moved"), FALSE,
                                       G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "regions", _("Regions"),
                                      _("“together”: a layer has one movement; “parts”: each connected part of the selection gets one of "
                                        "its own, on a new layer; “channels”: each visible channel does"), "together", G_PARAM_READWRITE);
  gimp_procedure_add_drawable_argument (procedure, "hold-mask", _("Must not move"),
                                        _("A channel: what the layers show where it is white stays where it is"), TRUE,
                                        G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "start-from-position", _("_Start from the present position"),
                                       _("Where the layer lies now, by hand or by an earlier alignment, is tried "
                                         "first and corrected. Otherwise an earlier alignment is forgotten"), TRUE,
                                       G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "allow-mirrored", _("The layer may be _turned over"),
                                       _("Also lays pictures that were turned over, as an X-ray plate seen from "
                                         "behind, on the reference; otherwise this is told but not done"), FALSE,
                                       G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "result", _("Keep as"),
                                      _("“filter”: a live filter, which can be aligned again, copied, baked or reset "
                                        "without loss; “pixels”: new pixels, resampled now"), "filter",
                                      G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "sampler", _("Interpolation"),
                                      _("How values between pixels are found: “nearest”, “linear”, “cubic” or "
                                        "“lanczos3”"), "cubic", G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "apply-uncertain", _("_Apply uncertain results too"),
                                       _("A result that is not to be trusted is otherwise told but not applied"),
                                       FALSE, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "optimiser", _("Optimiser"),
                                      _("“none”: pieces of the pictures are matched; “brute-force”, “gradient”, “l-bfgs” "
                                        "or “evolutionary”: the picture is moved until a score is best"), "none",
                                      G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "metric", _("Score"),
                                      _("What an optimiser makes best: “auto”, “ssd”, “ncc”, “local-ncc”, “nmi”, “ngf”, "
                                        "“mind” or “dd”"), "auto", G_PARAM_READWRITE);
}

GimpProcedure *
pmt_align_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("_Align Layers…"), "pentimento-align",
                        _("Move the selected layers so that their pictures lie on that of a reference layer"),
                        _("Finds for each selected layer the movement that lays its picture on the reference's: "
                          "photographs of one object, also in different light, infrared or X-ray. Layers get a live "
                          "filter; their pixels stay what they are. Each layer gets a verdict; what failed is left "
                          "untouched. Call it with run-mode non-interactive for the same without a window."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE
                                                  | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  add_arguments (procedure);
  gimp_procedure_add_string_array_return_value (procedure, "verdicts", _("Verdicts"),
                                                _("“ok”, “uncertain”, “failed” or “skipped” for each layer but the "
                                                  "reference, from top to bottom"), G_PARAM_READWRITE);
  gimp_procedure_add_string_array_return_value (procedure, "reports", _("Reports"),
                                                _("For each of them a JSON object: layer, verdict, applied, message, "
                                                  "transform, registration"), G_PARAM_READWRITE);
  return procedure;
}
