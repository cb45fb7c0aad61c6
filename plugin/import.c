/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Import Transform: layers aligned by a file of this program or another. */

#include <math.h>

#include "align-chain.h"
#include "exchange-dialog.h"
#include "exchange/exchange.h"
#include "layer-edit.h"
#include "layer-procedure.h"
#include "layers.h"
#include "plug-in.h"

typedef struct
{
  GimpImage    *image;
  char         *path, *format;     /* format NULL: by what the file begins with */
  gboolean      append;
  PmtPointModel model;
  GimpLayer    *reference;         /* NULL: each layer's own, as recorded */
  GHashTable   *chains, *remarks;  /* PmtLayerTask → PmtLayerChain, text: what becomes of it */
} Import;

/* -- one layer -- */

static GimpLayer *
reference_of (const Import *import, const PmtLayerChain *chain)
{
  if (import->reference != NULL || chain == NULL || chain->reference_tattoo == 0)
    return import->reference;
  return gimp_image_get_layer_by_tattoo (import->image, chain->reference_tattoo);
}

typedef struct
{
  const Import      *import;
  PmtExchangeOptions options;
  PmtExchangeReport  report;
  PmtTransform      *transform;
} Reading;

static gboolean
read_work (PmtContext *context, gpointer data, GError **error)
{
  Reading *reading = data;

  reading->transform = pmt_exchange_load (context, reading->import->path, reading->import->format, &reading->options,
                                          &reading->report,
                                          error);
  return reading->transform != NULL;
}

/* The file's transform: from the reference, where there is one, to the layer's original pixels, or to the frame of
 * its alignment. */
static PmtTransform *
read_file (const Import *import, PmtSize fixed, PmtSize moving, PmtJob *job, char **remark, GError **error)
{
  Reading reading = { .import = import };

  pmt_exchange_options_init (&reading.options);
  reading.options.fixed = fixed;
  reading.options.moving = moving;
  reading.options.model = import->model;
  if (!pmt_job_run (job, read_work, &reading, error))
    return NULL;
  if (reading.report.pairs > 0)
    *remark = g_strdup_printf (_("a map of kind “%s” through %d pairs of points, whose residuals are up to %.3g px."),
                               pmt_point_model_to_nick (reading.report.model), reading.report.pairs,
                                 reading.report.worst);
  else if (reading.report.inexact)
    *remark = g_strdup_printf (_("the field is finer than an alignment can be; up to %.3g px are missed."),
                               reading.report.worst);
  return reading.transform;
}

static PmtLayerChain *
chain_for (const Import *import, PmtLayerTask *task, PmtJob *job, char **remark, GError **error)
{
  GimpLayer *reference = reference_of (import, task->chain);
  gboolean append = import->append && task->chain != NULL;
  g_autoptr (PmtLayerChain) base = append ? pmt_layer_chain_rebased (task->chain, task->layer, reference, error)
                                          : pmt_layer_chain_new (task->layer, reference);
  g_autoptr (PmtTransform) read = NULL;
  PmtSize fixed = { 0, 0 }, moving;
  GArray *off;

  if (base == NULL)
    return NULL;
  if (task->chain != NULL)
    {
      base->had_alpha = task->chain->had_alpha;
      base->sampler = task->chain->sampler;
    }
  if (reference != NULL)
    fixed = pmt_transform_get_fixed_size (base->transform);
  moving = append ? pmt_transform_get_fixed_size (base->transform)
    : (PmtSize) { base->layer_width, base->layer_height };
  read = read_file (import, fixed, moving, job, remark, error);
  if (read == NULL)
    return NULL;
  if (!append)
    return pmt_layer_chain_with (base, pmt_transform_ref (read), NULL);
  off = pmt_off_steps_copy (base->off);
  pmt_off_steps_shift (off, pmt_transform_get_length (read));
  return pmt_layer_chain_with (base, pmt_transform_compose (read, base->transform, error), off);
}

static gboolean
prepare (PmtLayerTask *task, PmtJob *job, gpointer data, GError **error)
{
  const Import *import = data;
  g_autofree char *remark = NULL;
  g_autoptr (PmtLayerChain) chain = NULL;

  if (import->reference != NULL && pmt_layer_equal (task->layer, import->reference))
    return pmt_plug_in_fail (error, _("it is the reference"));
  chain = chain_for (import, task, job, &remark, error);
  if (chain == NULL || !pmt_align_chain_check (chain, error))
    return FALSE;
  g_hash_table_insert (import->chains, task, g_steal_pointer (&chain));
  if (remark != NULL)
    g_hash_table_insert (import->remarks, task, g_steal_pointer (&remark));
  return TRUE;
}

static gboolean
change (PmtLayerTask *task, gpointer data, char **remark, GError **error)
{
  const Import *import = data;

  *remark = g_strdup (g_hash_table_lookup (import->remarks, task));
  return pmt_layer_edit_chain (task->layer, g_hash_table_lookup (import->chains, task), error);
}

/* -- the call -- */

/* The reference is the caller's already where a window was asked. */
static gboolean
take_arguments (Import *import, GimpProcedureConfig *config, GError **error)
{
  g_autoptr (GFile) file = NULL;
  g_autofree char *mode = NULL, *model = NULL;

  g_object_get (config, "file", &file, "format", &import->format, "mode", &mode, "model", &model, NULL);
  import->path = file != NULL ? g_file_get_path (file) : NULL;
  if (import->path == NULL)
    return pmt_plug_in_fail (error, _("Name a file on this computer."));
  if (import->format != NULL && *import->format == '\0')
    g_clear_pointer (&import->format, g_free);
  if (import->format != NULL && pmt_exchange_find_format (import->format) == NULL)
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), import->format, "format");
  if (g_strcmp0 (mode, "replace") != 0 && g_strcmp0 (mode, "append") != 0)
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), mode != NULL ? mode : "", "mode");
  import->append = g_str_equal (mode, "append");
  if (model == NULL || !pmt_point_model_from_nick (model, &import->model))
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), model != NULL ? model : "", "model");
  return TRUE;
}

/* The layers that are not selected; the recorded reference of the first selected one, else what lies below it, is
 * chosen at first. */
static gboolean
ask (GimpProcedureConfig *config, GimpImage *image, GPtrArray *layers, GimpLayer **reference)
{
  g_autoptr (GPtrArray) all = pmt_layers_in_order (image), others = g_ptr_array_new ();
  g_autoptr (PmtLayerChain) chain = NULL;
  GimpLayer *first = g_ptr_array_index (layers, 0);
  gboolean aligned = FALSE;

  for (guint i = 0; i < layers->len; i++)
    aligned = aligned || pmt_layer_chain_exists (g_ptr_array_index (layers, i));
  for (guint i = 0; i < all->len; i++)
    {
      gboolean selected = FALSE;

      for (guint k = 0; k < layers->len; k++)
        selected = selected || pmt_layer_equal (g_ptr_array_index (all, i), g_ptr_array_index (layers, k));
      if (!selected)
        g_ptr_array_add (others, g_ptr_array_index (all, i));
    }
  if (pmt_layer_chain_read (first, &chain, NULL) && chain != NULL && chain->reference_tattoo != 0)
    *reference = gimp_image_get_layer_by_tattoo (image, chain->reference_tattoo);
  else
    *reference = pmt_layer_below (first);
  return pmt_import_dialog_run (config, others, reference, aligned);
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config,
     gpointer data)
{
  const PmtLayerWork work = { .title = _("Importing the transform"), .prepare = prepare, .change = change };
  g_autoptr (GHashTable) chains = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) pmt_layer_chain_free);
  g_autoptr (GHashTable) remarks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GPtrArray) layers = NULL;
  Import import = { .image = image, .chains = chains, .remarks = remarks };
  GimpValueArray *values;
  GError *error = NULL;

  gegl_init (NULL, NULL);
  if (!pmt_layers_check (image, drawables, &layers, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  g_object_get (config, "reference", &import.reference, NULL);
  if (mode == GIMP_RUN_INTERACTIVE && !ask (config, image, layers, &import.reference))
    return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
  if (take_arguments (&import, config, &error))
    values = pmt_layer_procedure_run (procedure, image, layers, &work, &import);
  else
    values = pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  g_free (import.path);
  g_free (import.format);
  return values;
}

GimpProcedure *
pmt_import_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("_Import Transform…"), "pentimento-align",
                        _("Align layers by a file of this program or another"),
                        _("The selected layers get the transform in a file as live filters: of Pentimento, ITK, "
                          "elastix, Hugin, BigWarp, QGIS, GDAL, "
                          "TrakEM2, an SVG in which both pictures were placed, an annotation, or a dense field. Pairs "
                          "of points are fitted."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  gimp_procedure_add_file_argument (procedure, "file", _("File"), _("The file to read"), GIMP_FILE_CHOOSER_ACTION_OPEN,
                                    TRUE, NULL,
                                    G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "format", _("Format"), _("Nick of the format; empty: by what the file "
                                                                          "begins with"), "",
                                      G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "mode", _("Mode"),
                                      _("replace: the file is the alignment; append: it goes from the reference to "
                                        "what the layer shows now"),
                                      "replace", G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "model", _("Model"),
                                      _("What to fit to pairs of points: auto, translation, rigid, similarity, affine, "
                                        "homography, radial, "
                                        "thin-plate or piecewise-affine"), "auto", G_PARAM_READWRITE);
  gimp_procedure_add_layer_argument (procedure, "reference", _("Reference"),
                                     _("The layer that the file's fixed image is; none: the recorded one, else the "
                                       "layer's own frame"), TRUE,
                                     G_PARAM_READWRITE);
  pmt_layer_procedure_declare (procedure);
  return procedure;
}
