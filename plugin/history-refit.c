/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A step refined again: Align Layers' own fit, from what the steps without this one give. */

#include "align.h"
#include "history.h"
#include "plug-in.h"

/* The movement that the step was found with, as far as a registration knows it. */
static PmtModel
model_of (const PmtTransform *step)
{
  const PmtProvenance *provenance = pmt_transform_get_provenance (step, 0);
  PmtModel model;

  if (provenance != NULL && provenance->model != NULL && pmt_model_from_nick (provenance->model, &model))
    return model;
  return PMT_MODEL_AUTO;
}

/* The record without the step, from the reference as it lies now: what the fit corrects. */
static PmtLayerChain *
start_without (const PmtHistory *history, int index, GError **error)
{
  g_autoptr (PmtStepList) steps = pmt_step_list_copy (history->steps);
  g_autoptr (PmtLayerChain) chain = NULL;

  pmt_step_list_remove (steps, index);
  chain = pmt_layer_chain_with (history->chain, pmt_step_list_get_chain (steps), pmt_step_list_get_off (steps));
  return pmt_history_get_present (history, chain, error);
}

/* The result as the new steps. */
static gboolean
take (PmtHistory *history, PmtAlignItem *item, PmtRegistration **registration, GError **error)
{
  g_autofree char *summary = NULL;

  if (item->skipped || item->refusal != NULL || item->chain == NULL)
    return pmt_plug_in_fail (error, _("“%s” was left out: %s."), item->name, item->refusal != NULL ? item->refusal : "");
  if (item->registration->verdict == PMT_VERDICT_FAILED)
    {
      summary = pmt_align_item_summary (item, FALSE);
      return pmt_plug_in_fail (error, "%s", summary);
    }
  pmt_layer_chain_free (history->chain);
  pmt_step_list_free (history->steps);
  history->chain = g_steal_pointer (&item->chain);
  history->steps = pmt_step_list_new (history->chain->transform, history->chain->off);
  *registration = g_steal_pointer (&item->registration);
  return TRUE;
}

gboolean
pmt_history_refit (PmtHistory *history, int index, PmtJob *job, PmtRegistration **registration, GError **error)
{
  GimpDrawable *drawables[] = { GIMP_DRAWABLE (history->layer), NULL };
  const char *refusal = pmt_history_refusal (history);
  g_autoptr (PmtAlignment) alignment = NULL;
  PmtAlignOptions options;
  PmtAlignItem *item;

  *registration = NULL;
  if (refusal != NULL)
    return pmt_plug_in_fail (error, _("“%s” was left out: %s."), history->layer_name, refusal);
  if (index < 0 || index >= pmt_step_list_get_length (history->steps))
    return pmt_plug_in_fail (error, _("There is no step %d."), index);
  if (history->reference == NULL)
    return pmt_plug_in_fail (error, _("The reference is no longer in the image."));
  pmt_align_options_init (&options);
  options.model = model_of (pmt_step_list_get_step (history->steps, index));
  options.sampler = history->chain->sampler;
  alignment = pmt_alignment_new (history->image, drawables, history->reference, &options, error);
  if (alignment == NULL)
    return FALSE;
  item = g_ptr_array_index (alignment->items, 0);
  item->start = start_without (history, index, error);
  if (item->start == NULL || !pmt_alignment_fit (alignment, job, error))
    return FALSE;
  return take (history, item, registration, error);
}
