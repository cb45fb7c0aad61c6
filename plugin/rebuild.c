/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Restore Alignment Filters: the records in the parasites are the truth, the filters follow. Filters get lost when
 * an image is opened where the operation is not installed. */

#include "layer-edit.h"
#include "layer-filter.h"
#include "layer-procedure.h"
#include "layers.h"
#include "plug-in.h"

static gboolean
change (PmtLayerTask *task, gpointer data, char **remark, GError **error)
{
  return pmt_layer_edit_chain (task->layer, task->chain, error);
}

/* The layers of the image whose filter is not what their record says. */
static GPtrArray *
broken_layers (GimpImage *image)
{
  g_autoptr (GPtrArray) all = pmt_layers_in_order (image);
  GPtrArray *broken = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    {
      GimpLayer *layer = g_ptr_array_index (all, i);
      g_autoptr (PmtLayerChain) chain = NULL;
      g_autoptr (PmtTransform) placed = NULL;
      g_autoptr (GError) error = NULL;

      if (!pmt_layer_chain_read (layer, &chain, &error))
        g_ptr_array_add (broken, layer);     /* the user is told why it can't be mended */
      if (chain == NULL)
        continue;
      placed = pmt_layer_chain_placed (chain, NULL);
      if (placed == NULL || !pmt_layer_filter_equal (layer, placed, chain->sampler))
        g_ptr_array_add (broken, layer);
    }
  return broken;
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer data)
{
  const PmtLayerWork work = { .title = _("Restoring alignment filters"), .change = change };
  g_autoptr (GPtrArray) layers = broken_layers (image);

  if (layers->len == 0 && mode != GIMP_RUN_NONINTERACTIVE)
    gimp_message (_("All alignment filters of this image are in place."));
  return pmt_layer_procedure_run (procedure, image, layers, &work, NULL);
}

GimpProcedure *
pmt_rebuild_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("Restore Alignment _Filters"), "pentimento-align",
                        _("Put lost alignment filters back on the layers of this image"),
                        _("Every layer whose record of an alignment does not agree with its live filter gets the "
                          "filter that the record states. Filters get lost when an image is opened by a GIMP in which "
                          "Pentimento is not installed; the records stay. The selection of layers does not matter."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE
                                                  | GIMP_PROCEDURE_SENSITIVE_DRAWABLES
                                                  | GIMP_PROCEDURE_SENSITIVE_NO_DRAWABLES);
  pmt_layer_procedure_declare (procedure);
  return procedure;
}
