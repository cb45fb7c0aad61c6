/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Reset Alignment: the layer as it was before it was ever aligned. */

#include "layer-edit.h"
#include "layer-procedure.h"
#include "layers.h"
#include "plug-in.h"

/* A layer whose record can't be read is reset too: that is what a user needs who has one. */
static gboolean
change (PmtLayerTask *task, gpointer data, char **remark, GError **error)
{
  gboolean kept_alpha;

  if (!pmt_layer_edit_reset (task->layer, task->chain, &kept_alpha, error))
    return FALSE;
  if (kept_alpha)
    *remark = g_strdup (_("its alpha channel stays, since parts of the layer were made transparent."));
  return TRUE;
}

static gboolean
prepare (PmtLayerTask *task, PmtJob *job, gpointer data, GError **error)
{
  if (!pmt_layer_chain_exists (task->layer))
    return pmt_plug_in_fail (error, _("it is not aligned"));
  return TRUE;
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer data)
{
  const PmtLayerWork work = { .title = _("Resetting the alignment"), .forgives = TRUE, .prepare = prepare, .change = change };
  g_autoptr (GPtrArray) layers = NULL;
  GError *error = NULL;

  if (!pmt_layers_check (image, drawables, &layers, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  return pmt_layer_procedure_run (procedure, image, layers, &work, NULL);
}

GimpProcedure *
pmt_reset_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("_Reset Alignment"), "pentimento-reset",
                        _("Remove the alignment of the selected layers"),
                        _("The live filter and the record of the transform are removed from each selected layer. Its "
                          "original pixels, which were never changed, show again."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE
                                                  | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  pmt_layer_procedure_declare (procedure);
  return procedure;
}
