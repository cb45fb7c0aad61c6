/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Export Transform: a layer's alignment in a file, for other programs. */

#include <math.h>

#include "exchange-dialog.h"
#include "export.h"
#include "exchange/exchange.h"
#include "layer-chain.h"
#include "layers.h"
#include "plug-in.h"

typedef struct
{
  PmtTransform      *transform;
  char              *path, *format;      /* format NULL: by the path's ending */
  char              *fixed_name, *moving_name;
  PmtExchangeOptions options;
  PmtExchangeReport  report;
} Export;

static void
export_clear (Export *export)
{
  g_clear_pointer (&export->transform, pmt_transform_unref);
  g_free (export->path);
  g_free (export->format);
  g_free (export->fixed_name);
  g_free (export->moving_name);
}

/* The chain, with the offset that the layer had if it lay then as it lies now: baking cuts a layer to the box of what is seen, and so
 * moves its corner. */
static PmtLayerChain *
chain_as_seen (const PmtLayerChain *chain, GimpLayer *layer, GError **error)
{
  g_autoptr (PmtLayerChain) record = NULL, copy = pmt_layer_chain_copy (chain);
  PmtRect box;

  if (pmt_layer_chain_read (layer, &record, NULL) && record != NULL)
    return g_steal_pointer (&copy);
  if (!pmt_layer_chain_find_box (chain, layer, TRUE, &box, error))
    return NULL;
  copy->layer_x += box.x;
  copy->layer_y += box.y;
  return g_steal_pointer (&copy);
}

/* From the reference, where that still is in the image, to the layer's original pixels, as both lie now; else as
 * they lay when the layer was aligned. */
static gboolean
take_transform (Export *export, GimpLayer *layer, const PmtLayerChain *chain, GError **error)
{
  GimpImage *image = gimp_item_get_image (GIMP_ITEM (layer));
  g_autoptr (PmtLayerChain) then = chain_as_seen (chain, layer, error), now = NULL;
  GimpLayer *reference;

  if (then == NULL)
    return FALSE;
  reference = chain->reference_tattoo != 0 ? gimp_image_get_layer_by_tattoo (image, chain->reference_tattoo) : NULL;
  now = reference != NULL ? pmt_layer_chain_rebased (then, layer, reference, error) : pmt_layer_chain_copy (chain);
  if (now == NULL)
    return FALSE;
  export->transform = pmt_transform_ref (now->transform);
  export->moving_name = gimp_item_get_name (GIMP_ITEM (layer));
  export->fixed_name = g_strdup (now->reference_name);
  return TRUE;
}

static gboolean
take_arguments (Export *export, GimpProcedureConfig *config, GError **error)
{
  g_autoptr (GFile) file = NULL;

  g_object_get (config, "file", &file, "format", &export->format, "nearest", &export->options.nearest, "pairs",
                &export->options.pairs,
                NULL);
  export->path = file != NULL ? g_file_get_path (file) : NULL;
  if (export->path == NULL)
    return pmt_plug_in_fail (error, _("Name a file on this computer."));
  if (export->format != NULL && *export->format == '\0')
    g_clear_pointer (&export->format, g_free);
  if (export->format != NULL && pmt_exchange_find_format (export->format) == NULL)
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), export->format, "format");
  export->options.fixed_name = export->fixed_name;
  export->options.moving_name = export->moving_name;
  return TRUE;
}

static gboolean
save (PmtContext *context, gpointer data, GError **error)
{
  Export *export = data;

  return pmt_exchange_save (context, export->transform, export->path, export->format, &export->options, &export->report,
                            error);
}

/* What cannot be held is a question to a person, and an error to a script. */
static gboolean
write_file (Export *export, GimpRunMode mode, GError **error)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (_("Exporting the transform"));
  g_autoptr (GError) why = NULL;

  if (pmt_job_run (job, save, export, &why))
    return TRUE;
  if (mode == GIMP_RUN_INTERACTIVE && export->report.inexact && !export->options.nearest
      && pmt_exchange_dialog_ask (why->message, _("The file cannot hold this transform. Write the nearest that it can?"),
                                  _("_Write the Nearest")))
    {
      export->options.nearest = TRUE;
      return pmt_job_run (job, save, export, error);
    }
  if (mode == GIMP_RUN_INTERACTIVE && export->report.inexact)
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_CANCELLED, "cancelled");
  else
    g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

/* What is to be known of the file; empty where it holds the transform. */
static char *
remark_new (const PmtExchangeReport *r)
{
  if (r->pairs > 0 && isnan (r->worst))
    return g_strdup_printf (_("%d pairs of points were written."), r->pairs);
  if (r->pairs > 0)
    return g_strdup_printf (_("%d pairs of points were written. A map of kind “%s” through them leads up to %.3g px, "
                              "in the mean %.3g "
                              "px, from where the alignment does."), r->pairs, pmt_point_model_to_nick (r->model),
                                r->worst, r->mean);
  if (r->inexact)
    return g_strdup_printf (_("The nearest map of kind “%s” was written. It leads up to %.3g px, in the mean %.3g px, "
                              "from where the "
                              "alignment does."), pmt_point_model_to_nick (r->model), r->worst, r->mean);
  return g_strdup ("");
}

static gboolean
cancelled (GError **error)
{
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_CANCELLED, "cancelled");
  return FALSE;
}

gboolean
pmt_export_chain (GimpLayer *layer, const PmtLayerChain *chain, GimpProcedureConfig *config, GimpRunMode mode, char **remark,
                  GError **error)
{
  Export export = { 0 };
  gboolean written = FALSE;

  pmt_exchange_options_init (&export.options);
  if (take_transform (&export, layer, chain, error))
    written = (mode != GIMP_RUN_INTERACTIVE || pmt_export_dialog_run (config, export.moving_name) || cancelled (error))
              && take_arguments (&export, config, error) && write_file (&export, mode, error);
  if (written)
    *remark = remark_new (&export.report);
  gimp_progress_end ();
  export_clear (&export);
  return written;
}

static gboolean
read_chain (GimpLayer *layer, PmtLayerChain **chain, GError **error)
{
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (layer));

  if (!pmt_layer_chain_read (layer, chain, error))
    return FALSE;
  if (*chain == NULL)
    *chain = pmt_layer_chain_read_note (layer);
  return *chain != NULL || pmt_plug_in_fail (error, _("“%s” is not aligned."), name);
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config,
     gpointer data)
{
  g_autoptr (GPtrArray) layers = NULL;
  g_autoptr (PmtLayerChain) chain = NULL;
  g_autofree char *remark = NULL;
  GimpValueArray *values;
  GError *error = NULL;

  gegl_init (NULL, NULL);
  if (!pmt_layers_check (image, drawables, &layers, &error)
      || (layers->len != 1 && !pmt_plug_in_fail (&error, _("Select one aligned layer.")))
      || !read_chain (g_ptr_array_index (layers, 0), &chain, &error)
      || !pmt_export_chain (g_ptr_array_index (layers, 0), chain, config, mode, &remark, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  if (mode == GIMP_RUN_INTERACTIVE && *remark != '\0')
    gimp_message (remark);
  values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  GIMP_VALUES_SET_STRING (values, 1, remark);
  return values;
}

GimpProcedure *
pmt_export_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("_Export Transform…"), "pentimento-align",
                        _("Write a layer's alignment to a file for other programs"),
                        _("The map from the reference's pixels to those of the selected layer, as a file of "
                          "Pentimento, ITK, elastix, Hugin, "
                          "BigWarp, QGIS, GDAL, TrakEM2, an SVG, an annotation, or a dense field."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
  gimp_procedure_add_file_argument (procedure, "file", _("File"), _("The file to write"), GIMP_FILE_CHOOSER_ACTION_SAVE,
                                    TRUE, NULL,
                                    G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "format", _("Format"), _("Nick of the format; empty: by the ending of "
                                                                          "the file's name"), "",
                                      G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "nearest", _("Nearest"),
                                       _("Write the nearest that the format can hold, where it cannot hold the "
                                         "alignment"), FALSE,
                                       G_PARAM_READWRITE);
  gimp_procedure_add_int_argument (procedure, "pairs", _("Pairs"), _("How many pairs of points along the longer side, "
                                                                     "in formats of pairs"), 2,
                                   PMT_EXCHANGE_MAX_PAIRS, 10, G_PARAM_READWRITE);
  gimp_procedure_add_string_return_value (procedure, "remark", _("Remark"),
                                          _("What to know of the file; empty where it holds the alignment"), "",
                                            G_PARAM_READWRITE);
  return procedure;
}
