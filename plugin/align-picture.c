/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What fitting each layer and fitting all together have in common: a layer's pixels, and what a result means for it. */

#include "align-chain.h"
#include "align-private.h"
#include "plug-in.h"

gboolean
pmt_align_picture_read (PmtAlignPicture *picture, GimpLayer *layer, PmtJob *job, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);

  picture->layer = layer;
  picture->name = gimp_item_get_name (GIMP_ITEM (layer));
  picture->size = (PmtSize) { gimp_drawable_get_width (drawable), gimp_drawable_get_height (drawable) };
  picture->shown = pmt_align_chain_shown (layer, error);
  if (picture->shown != NULL)
    picture->copy = pmt_pixels_copy (drawable, job, error);
  return picture->copy != NULL;
}

void
pmt_align_picture_clear (PmtAlignPicture *picture)
{
  g_clear_pointer (&picture->name, g_free);
  g_clear_object (&picture->copy);
  g_clear_pointer (&picture->shown, pmt_transform_unref);
}

void
pmt_align_options_to_core (const PmtAlignOptions *options, PmtRegisterOptions *core)
{
  core->model = options->model;
  core->stiffness = options->stiffness;
  core->modality = options->modality;
  core->preparation = options->preparation;
  core->mirror = options->allow_mirrored ? PMT_MIRROR_ALLOW : PMT_MIRROR_DETECT;
  core->optimiser = options->optimiser;
  core->metric = options->metric;
}

gboolean
pmt_align_item_conclude (PmtAlignItem *item, PmtAlignment *alignment, const PmtTransform *shown, const PmtLayerChain *before,
                         const char *method, GError **error)
{
  PmtProvenance provenance;
  PmtTransform *found = item->registration->transform;

  pmt_align_chain_describe (&provenance, item->registration, method, before->reference_name);
  item->chain = alignment->options.start_from_position
    ? pmt_align_chain_corrected (before, shown, found, &provenance, error)
    : pmt_align_chain_fresh (before, shown, found, &provenance, error);
  pmt_provenance_clear (&provenance);
  if (item->chain == NULL)
    return FALSE;
  item->chain->sampler = alignment->options.sampler;
  return pmt_align_chain_check (item->chain, error);
}

gboolean
pmt_align_item_render (PmtAlignItem *item, const PmtAlignment *alignment, GeglBuffer *copy, PmtJob *job, GError **error)
{
  g_autoptr (PmtTransform) placed = NULL;

  if (!alignment->options.pixels || item->registration->verdict == PMT_VERDICT_FAILED)
    return TRUE;
  placed = pmt_layer_chain_placed (item->chain, error);
  if (placed == NULL)
    return FALSE;
  item->rendering = pmt_pixels_render (copy, placed, item->chain->sampler, job, error);
  return item->rendering != NULL;
}

gboolean
pmt_align_item_is_wanted (const PmtAlignItem *item, const PmtAlignment *alignment)
{
  if (item->refusal != NULL || item->registration == NULL)
    return FALSE;
  return item->registration->verdict == PMT_VERDICT_OK
         || (item->registration->verdict == PMT_VERDICT_UNCERTAIN && alignment->options.apply_uncertain);
}

gboolean
pmt_align_item_note (PmtAlignItem *item, GError *reason, GError **error)
{
  if (reason == NULL)
    return TRUE;
  if (g_error_matches (reason, PMT_ERROR, PMT_ERROR_CANCELLED))
    {
      g_propagate_error (error, reason);
      return FALSE;
    }
  item->refusal = g_strdup (reason->message);
  g_error_free (reason);
  return TRUE;
}

gboolean
pmt_alignment_fit (PmtAlignment *alignment, PmtJob *job, GError **error)
{
  return pmt_alignment_is_together (alignment) ? pmt_alignment_fit_together (alignment, job, error)
                                               : pmt_alignment_fit_each (alignment, job, error);
}
