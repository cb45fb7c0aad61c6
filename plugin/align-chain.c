/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Frames, each with its origin at a layer's top-left corner (docs/gimp-layers.md has the whole of it):
 *
 *   L_r   where the reference lies, as one sees it       u_r   the reference's original pixels
 *   L_m   where the moving layer lies, as one sees it    u_m   the moving layer's original pixels
 *
 * What is found is G: u_r → u_m. A reference that was aligned itself shows its pixels through F_r: L_r → u_r, so the
 * layer's whole map is G ∘ F_r: L_r → u_m. What the layer showed before is B: L_r → u_m, and the correction
 * D = (G ∘ F_r) ∘ B⁻¹ is appended to B's steps. */

#include "align-chain.h"

#include "config.h"
#include "plug-in.h"

PmtTransform *
pmt_align_chain_shown (GimpLayer *layer, GError **error)
{
  PmtSize size = { gimp_drawable_get_width (GIMP_DRAWABLE (layer)), gimp_drawable_get_height (GIMP_DRAWABLE (layer)) };
  g_autoptr (PmtLayerChain) chain = NULL;

  if (!pmt_layer_chain_read (layer, &chain, error))
    return NULL;
  return chain != NULL ? pmt_layer_chain_placed (chain, error) : pmt_transform_new (size, size);
}

PmtTransform *
pmt_align_chain_to_image (GimpLayer *layer, const PmtTransform *shown, GError **error)
{
  GimpImage *image = gimp_item_get_image (GIMP_ITEM (layer));
  PmtSize canvas = { gimp_image_get_width (image), gimp_image_get_height (image) };
  g_autoptr (PmtTransform) inverse = pmt_transform_invert (shown, error);
  PmtMatrix3 shift;
  int x, y;

  if (inverse == NULL)
    return NULL;
  gimp_drawable_get_offsets (GIMP_DRAWABLE (layer), &x, &y);
  shift = pmt_matrix3_translation (x, y);
  return pmt_transform_append_matrix (inverse, &shift, canvas, NULL, error);
}

PmtLayerChain *
pmt_align_chain_present (GimpLayer *layer, GimpLayer *reference, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  g_autoptr (PmtLayerChain) chain = NULL;

  if (!pmt_layer_chain_read (layer, &chain, error))
    return NULL;
  if (chain != NULL && (chain->layer_width != gimp_drawable_get_width (drawable)
                        || chain->layer_height != gimp_drawable_get_height (drawable)))
    {
      pmt_plug_in_fail (error, _("it was resized after it had been aligned; bake or reset its alignment first"));
      return NULL;
    }
  return pmt_layer_chain_rebased (chain, layer, reference, error);
}

PmtTransform *
pmt_align_chain_pose (const PmtLayerChain *before, const PmtTransform *shown, GError **error)
{
  g_autoptr (PmtTransform) inverse = pmt_transform_invert (shown, error);
  g_autoptr (PmtTransform) pose = inverse != NULL ? pmt_transform_compose (inverse, before->transform, error) : NULL;

  return pose != NULL ? pmt_transform_flatten (pose) : NULL;
}

/* B followed by D = B⁻¹ and the whole, where one of them bends; core has noted where a bend came from. */
static PmtTransform *
corrected_bend (const PmtTransform *before, const PmtTransform *whole, GError **error)
{
  g_autoptr (PmtTransform) back = pmt_transform_invert (before, error);
  g_autoptr (PmtTransform) correction = back != NULL ? pmt_transform_compose (back, whole, error) : NULL;
  g_autoptr (PmtTransform) flat = correction != NULL ? pmt_transform_flatten (correction) : NULL;

  return flat != NULL ? pmt_transform_compose (before, flat, error) : NULL;
}

/* B followed by D. */
static PmtTransform *
corrected (const PmtTransform *before, const PmtTransform *whole, const PmtProvenance *provenance, GError **error)
{
  PmtMatrix3 old, new, inverse, correction;

  if (!pmt_transform_get_matrix (before, &old) || !pmt_transform_get_matrix (whole, &new))
    return corrected_bend (before, whole, error);
  if (!pmt_matrix3_invert (&old, &inverse))
    {
      pmt_plug_in_fail (error, _("the layer's earlier alignment can't be corrected; reset it first"));
      return NULL;
    }
  correction = pmt_matrix3_then (&inverse, &new);
  correction = pmt_matrix3_normalised (&correction);
  return pmt_transform_append_matrix (before, &correction, pmt_transform_get_moving_size (whole), provenance, error);
}

PmtLayerChain *
pmt_align_chain_corrected (const PmtLayerChain *before, const PmtTransform *shown, const PmtTransform *found,
                           const PmtProvenance *provenance, GError **error)
{
  g_autoptr (PmtTransform) whole = pmt_transform_compose (shown, found, error);

  if (whole == NULL)
    return NULL;
  return pmt_layer_chain_with (before, corrected (before->transform, whole, provenance, error),
                               pmt_off_steps_copy (before->off));
}

/* G with our provenance, behind the reference's own steps. */
static PmtTransform *
fresh (const PmtTransform *shown, const PmtTransform *found, const PmtProvenance *provenance, GError **error)
{
  PmtSize size = pmt_transform_get_fixed_size (found);
  g_autoptr (PmtTransform) empty = pmt_transform_new (size, size);
  g_autoptr (PmtTransform) frame = pmt_transform_get_length (shown) > 0 ? pmt_transform_compose (empty, shown, error)
                                                                        : pmt_transform_ref (empty);
  PmtMatrix3 matrix;

  if (frame == NULL)
    return NULL;
  if (!pmt_transform_get_matrix (found, &matrix))
    return pmt_transform_compose (frame, found, error);
  return pmt_transform_append_matrix (frame, &matrix, pmt_transform_get_moving_size (found), provenance, error);
}

PmtLayerChain *
pmt_align_chain_fresh (const PmtLayerChain *before, const PmtTransform *shown, const PmtTransform *found,
                       const PmtProvenance *provenance, GError **error)
{
  return pmt_layer_chain_with (before, fresh (shown, found, provenance, error), NULL);
}

gboolean
pmt_align_chain_check (const PmtLayerChain *chain, GError **error)
{
  g_autoptr (PmtTransform) placed = pmt_layer_chain_placed (chain, error);
  PmtRect bounds;

  return placed != NULL && pmt_transform_bounds (placed, NULL, &bounds, error);
}

void
pmt_align_chain_describe (PmtProvenance *provenance, const PmtRegistration *registration,
                          const char *method, const char *reference)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  pmt_provenance_init (provenance);
  provenance->method = g_strdup (method);
  provenance->model = g_strdup (pmt_model_to_nick (registration->model));
  provenance->reference = g_strdup (reference);
  provenance->verdict = g_strdup (pmt_verdict_to_nick (registration->verdict));
  provenance->date = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  provenance->version = g_strdup (PMT_VERSION);
  provenance->error_median = registration->error_median;
  provenance->error_p95 = registration->error_p95;
  provenance->overlap = registration->overlap;
}
