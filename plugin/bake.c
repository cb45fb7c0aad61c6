/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Bake Alignment: what the live filter shows becomes the layer's pixels, resampled once from the original ones. */

#include "layer-edit.h"
#include "layer-filter.h"
#include "layer-procedure.h"
#include "layers.h"
#include "plug-in.h"

/* What the layer shows: its record, unless the layer was resized after it was made; then the filter knows. */
static PmtTransform *
shown (PmtLayerTask *task, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (task->layer);
  PmtTransform *transform = NULL;

  if (task->chain->layer_width == gimp_drawable_get_width (drawable)
      && task->chain->layer_height == gimp_drawable_get_height (drawable))
    return pmt_layer_chain_placed (task->chain, error);
  if (!pmt_layer_filter_read (task->layer, &transform, &task->chain->sampler, error))
    return NULL;
  if (transform == NULL)
    pmt_plug_in_fail (error, _("it was resized after it had been aligned, and its live filter is gone"));
  return transform;
}

static gboolean
prepare (PmtLayerTask *task, PmtJob *job, gpointer data, GError **error)
{
  const char *refusal = pmt_layer_pixels_refusal (task->layer);
  g_autoptr (PmtTransform) transform = NULL;
  g_autoptr (GeglBuffer) copy = NULL;

  if (task->chain == NULL)
    return pmt_plug_in_fail (error, _("it is not aligned"));
  if (refusal != NULL)
    return pmt_plug_in_fail (error, "%s", refusal);
  transform = shown (task, error);
  copy = transform != NULL ? pmt_pixels_copy (GIMP_DRAWABLE (task->layer), job, error) : NULL;
  if (copy != NULL)
    task->rendering = pmt_pixels_render (copy, transform, task->chain->sampler, job, error);
  return task->rendering != NULL;
}

static gboolean
change (PmtLayerTask *task, gpointer data, char **remark, GError **error)
{
  return pmt_layer_edit_pixels (task->layer, task->chain, task->rendering, error);
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer data)
{
  const PmtLayerWork work = { .title = _("Baking the alignment"), .replaces_pixels = TRUE, .prepare = prepare, .change = change };
  g_autoptr (GPtrArray) layers = NULL;
  GError *error = NULL;

  if (!pmt_layers_check (image, drawables, &layers, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  return pmt_layer_procedure_run (procedure, image, layers, &work, NULL);
}

GimpProcedure *
pmt_bake_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("_Bake Alignment"), "pentimento-align",
                        _("Turn the live alignment of the selected layers into pixels"),
                        _("Each selected layer that carries an alignment is resampled once, from its original pixels, "
                          "and its live filter is removed. A note on the transform stays with the layer."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE
                                                  | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  pmt_layer_procedure_declare (procedure);
  return procedure;
}
