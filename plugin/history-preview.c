/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history-preview.h"

#include "align-chain.h"
#include "layer-view.h"
#include "plug-in.h"

#define OVERVIEW 1000      /* px a side */

gboolean
pmt_history_preview_load (PmtHistoryPreview *preview, const PmtHistory *history, PmtJob *job, GError **error)
{
  GimpDrawable *layer = GIMP_DRAWABLE (history->layer);

  if (history->reference == NULL || history->baked || history->record->layer_width != gimp_drawable_get_width (layer)
      || history->record->layer_height != gimp_drawable_get_height (layer))
    return TRUE;
  preview->shown = pmt_align_chain_shown (history->reference, error);
  if (preview->shown == NULL)
    return FALSE;
  preview->reference = pmt_layer_view_new (history->reference, history->record->reference_name, OVERVIEW, 0, 0.5, job, error);
  if (preview->reference != NULL)
    preview->layer = pmt_layer_view_new (history->layer, history->layer_name, OVERVIEW, 0.5, 1, job, error);
  return preview->layer != NULL;
}

void
pmt_history_preview_clear (PmtHistoryPreview *preview)
{
  g_clear_pointer (&preview->shown, pmt_transform_unref);
  g_clear_pointer (&preview->reference, pmt_overlay_unref);
  g_clear_pointer (&preview->layer, pmt_overlay_unref);
}

/* From the reference's own pixels to the layer's. */
static PmtTransform *
pose_of (const PmtHistoryPreview *preview, const PmtHistory *history, const PmtLayerChain *chain)
{
  g_autoptr (PmtLayerChain) present = pmt_history_get_present (history, chain, NULL);

  return present != NULL ? pmt_align_chain_pose (present, preview->shown, NULL) : NULL;
}

PmtOverlay *
pmt_history_preview_draw (const PmtHistoryPreview *preview, const PmtHistory *history)
{
  g_autoptr (PmtLayerChain) chain = pmt_history_get_chain (history);
  g_autoptr (PmtTransform) before = NULL, after = NULL;
  PmtOverlay *overlay;

  if (preview->layer == NULL)
    return NULL;
  before = pose_of (preview, history, NULL);
  after = pose_of (preview, history, chain);
  if (before == NULL || after == NULL)
    return NULL;
  overlay = pmt_overlay_new_of (NULL, preview->reference, preview->layer, before, after, NULL);
  if (overlay != NULL)
    {
      overlay->sampler = chain->sampler;
      overlay->passing = TRUE;
    }
  return overlay;
}
