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
  int            x, y;       /* where the layer lies now */
} Source;

/* The record by which `layer` shows its pixels at the same places of the image as the source shows its own. */
static PmtLayerChain *
chain_for (const Source *source, GimpLayer *layer)
{
  PmtLayerChain *chain = pmt_layer_chain_copy (source->chain);

  gimp_drawable_get_offsets (GIMP_DRAWABLE (layer), &chain->layer_x, &chain->layer_y);
  /* A source that was moved after its alignment took its picture along, as if the reference had moved. */
  chain->reference_x += source->x - source->chain->layer_x;
  chain->reference_y += source->y - source->chain->layer_y;
  return chain;
}

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
  g_autoptr (PmtLayerChain) chain = chain_for (data, task->layer);

  chain->had_alpha = task->chain != NULL ? task->chain->had_alpha
                                         : gimp_drawable_has_alpha (GIMP_DRAWABLE (task->layer));
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
  gimp_drawable_get_offsets (GIMP_DRAWABLE (source->layer), &source->x, &source->y);
  if (source->chain != NULL)
    return TRUE;
  name = gimp_item_get_name (GIMP_ITEM (source->layer));
  return pmt_plug_in_fail (error, _("“%s” is not aligned."), name);
}

static gboolean
find_source (GimpProcedure *procedure, GimpProcedureConfig *config, GimpRunMode mode, GPtrArray *layers,
             Source *source, GError **error)
{
  g_object_get (config, "source", &source->layer, NULL);
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
  if (!read_source (source, error))
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
  pmt_layer_procedure_declare (procedure);
  return procedure;
}
