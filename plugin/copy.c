/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Copy Alignment to Layers: what was learned on one layer applied to others of the same geometry, such as the other
 * bands of one camera. */

#include "copy-dialog.h"
#include "layer-edit.h"
#include "layer-procedure.h"
#include "layers.h"
#include "plug-in.h"

typedef struct
{
  GimpLayer     *layer;
  PmtLayerChain *chain;
} Source;

static gboolean
prepare (PmtLayerTask *task, PmtJob *job, gpointer data, GError **error)
{
  const Source *source = data;
  int width = gimp_drawable_get_width (GIMP_DRAWABLE (task->layer));
  int height = gimp_drawable_get_height (GIMP_DRAWABLE (task->layer));

  if (width == source->chain->layer_width && height == source->chain->layer_height)
    return TRUE;
  return pmt_plug_in_fail (error, _("it has %d × %d pixels, the aligned layer %d × %d"), width, height,
                           source->chain->layer_width, source->chain->layer_height);
}

static gboolean
change (PmtLayerTask *task, gpointer data, char **remark, GError **error)
{
  const Source *source = data;
  g_autoptr (PmtLayerChain) chain = pmt_layer_chain_copied (source->chain, source->layer, task->layer);

  return pmt_layer_edit_chain (task->layer, chain, error);
}

static gboolean
is_aligned (GimpLayer *layer)
{
  g_autoptr (PmtLayerChain) chain = NULL;

  return pmt_layer_chain_read (layer, &chain, NULL) && chain != NULL;
}

/* The only one of the layers that is aligned; NULL when there is none or more than one. */
static GimpLayer *
only_aligned (GPtrArray *layers)
{
  GimpLayer *found = NULL;

  for (guint i = 0; i < layers->len; i++)
    {
      if (!is_aligned (g_ptr_array_index (layers, i)))
        continue;
      if (found != NULL)
        return NULL;
      found = g_ptr_array_index (layers, i);
    }
  return found;
}

static gboolean
read_source (Source *source, GError **error)
{
  g_autofree char *name = NULL;

  if (source->layer == NULL)
    return pmt_plug_in_fail (error, _("Choose the aligned layer to copy from, or select it, and no other aligned "
                                      "one, along with the layers to copy to."));
  if (!pmt_layer_chain_read (source->layer, &source->chain, error))
    return FALSE;
  if (source->chain != NULL)
    return TRUE;
  name = gimp_item_get_name (GIMP_ITEM (source->layer));
  return pmt_plug_in_fail (error, _("“%s” is not aligned."), name);
}

/* Leaves of the source's steps only those that `steps` names: numbers from 0, with spaces or commas between; empty: all of them. */
static gboolean
choose_steps (Source *source, const char *steps, GError **error)
{
  g_autoptr (PmtStepList) list = pmt_step_list_new (source->chain->transform, source->chain->off);
  int length = pmt_step_list_get_length (list);
  g_autofree gboolean *chosen = g_new0 (gboolean, MAX (length, 1));
  g_auto (GStrv) words = g_strsplit_set (steps != NULL ? steps : "", " ,", -1);
  gboolean any = FALSE;
  PmtLayerChain *chain;

  for (int i = 0; words[i] != NULL; i++)
    {
      gint64 number;

      if (*words[i] == '\0')
        continue;
      if (!g_ascii_string_to_signed (words[i], 10, 0, G_MAXINT, &number, NULL) || number >= length)
        return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), words[i], "steps");
      any = chosen[number] = TRUE;
    }
  if (any)
    pmt_step_list_keep (list, chosen);
  chain = pmt_layer_chain_with (source->chain, pmt_step_list_get_chain (list), pmt_step_list_get_off (list));
  pmt_layer_chain_free (source->chain);
  source->chain = chain;
  return TRUE;
}

static gboolean
find_source (GimpProcedure *procedure, GimpProcedureConfig *config, GimpRunMode mode, GPtrArray *layers,
             Source *source, GError **error)
{
  g_autofree char *steps = NULL;

  g_object_get (config, "source", &source->layer, "steps", &steps, NULL);
  if (source->layer == NULL || mode == GIMP_RUN_INTERACTIVE)
    source->layer = only_aligned (layers);
  if (mode == GIMP_RUN_INTERACTIVE)
    {
      if (!pmt_copy_dialog_run (procedure, config, layers, &source->layer))
        {
          g_set_error_literal (error, PMT_ERROR, PMT_ERROR_CANCELLED, "cancelled");
          return FALSE;
        }
    }
  if (!read_source (source, error) || !choose_steps (source, mode == GIMP_RUN_INTERACTIVE ? "" : steps, error))
    return FALSE;
  for (guint i = layers->len; i > 0; i--)
    if (pmt_layer_equal (g_ptr_array_index (layers, i - 1), source->layer))
      g_ptr_array_remove_index (layers, i - 1);
  return layers->len > 0
         || pmt_plug_in_fail (error, _("Select the layers to copy the alignment to."));
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer data)
{
  const PmtLayerWork work = { .title = _("Copying the alignment"), .prepare = prepare, .change = change };
  g_autoptr (GPtrArray) layers = NULL;
  Source source = { 0 };
  GimpValueArray *values;
  GError *error = NULL;

  gegl_init (NULL, NULL);
  if (pmt_layers_check (image, drawables, &layers, &error)
      && find_source (procedure, config, mode, layers, &source, &error))
    values = pmt_layer_procedure_run (procedure, image, layers, &work, &source);
  else
    values = pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  pmt_layer_chain_free (source.chain);
  return values;
}

GimpProcedure *
pmt_copy_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("_Copy Alignment to Layers…"), "pentimento-align",
                        _("Apply one layer's alignment to other layers of the same size"),
                        _("The selected layers get the transform of an aligned layer as live filters of their own. "
                          "They must have as many pixels as that layer: other bands of the same camera, say. An "
                          "alignment that they had before is replaced."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE
                                                  | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  gimp_procedure_add_layer_argument (procedure, "source", _("Copy from"),
                                     _("The aligned layer; none: the only aligned one among the selected layers"),
                                     TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "steps", _("Steps"),
                                      _("Numbers of the steps to copy, from 0, as “0 2”; empty: all of them"), "",
                                      G_PARAM_READWRITE);
  pmt_layer_procedure_declare (procedure);
  return procedure;
}
