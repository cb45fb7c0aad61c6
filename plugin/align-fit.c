/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Fitting. Frames, each with its origin at a layer's top-left corner (docs/gimp-layers.md has the whole of it):
 *
 *   L_r   where the reference lies, as one sees it       u_r   the reference's original pixels
 *   L_m   where the moving layer lies, as one sees it    u_m   the moving layer's original pixels
 *
 * u_r and u_m are what is registered: G: u_r → u_m. A reference that was aligned itself shows its pixels through
 * F_r: L_r → u_r, so the layer's whole map is G ∘ F_r: L_r → u_m. What the layer showed before is B: L_r → u_m, and
 * the correction D = (G ∘ F_r) ∘ B⁻¹ is appended to B's steps. */

#include <math.h>

#include "align.h"
#include "config.h"
#include "layers.h"
#include "plug-in.h"

typedef struct
{
  PmtSource    *pixels;
  PmtSource    *mask;        /* NULL: all of it */
  PmtTransform *shown;       /* F_r */
  PmtSize       size;
} Reference;

typedef struct
{
  const Reference    *reference;
  PmtSource          *moving;
  const PmtTransform *before;         /* the pose now, u_r → u_m, for the picture */
  PmtRegisterOptions  options;
  PmtRegistration    *registration;
  int                 overlay_size;
  PmtSampler          sampler;        /* of the result, so of the picture */
  PmtOverlay         *overlay;
} Fit;

static void
reference_clear (Reference *reference)
{
  g_clear_pointer (&reference->pixels, pmt_source_unref);
  g_clear_pointer (&reference->mask, pmt_source_unref);
  g_clear_pointer (&reference->shown, pmt_transform_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reference, reference_clear)

/* The selection as a mask on u_r: u_r → L_r → image. */
static gboolean
read_selection (PmtAlignment *alignment, Reference *reference, PmtJob *job, GError **error)
{
  PmtSize canvas = { gimp_image_get_width (alignment->image), gimp_image_get_height (alignment->image) };
  g_autoptr (PmtTransform) inverse = pmt_transform_invert (reference->shown, error);
  g_autoptr (PmtTransform) to_image = NULL;
  PmtMatrix3 shift;
  int x, y;

  if (inverse == NULL)
    return FALSE;
  gimp_drawable_get_offsets (GIMP_DRAWABLE (alignment->reference), &x, &y);
  shift = pmt_matrix3_translation (x, y);
  to_image = pmt_transform_append_matrix (inverse, &shift, canvas, NULL, error);
  if (to_image == NULL)
    return FALSE;
  reference->mask = pmt_pixels_selection_source (alignment->image, reference->size, to_image, job, error);
  return reference->mask != NULL;
}

static gboolean
read_reference (PmtAlignment *alignment, Reference *reference, PmtJob *job, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (alignment->reference);
  g_autoptr (PmtLayerChain) chain = NULL;
  g_autoptr (GeglBuffer) copy = NULL;

  reference->size = (PmtSize) { gimp_drawable_get_width (drawable), gimp_drawable_get_height (drawable) };
  if (!pmt_layer_chain_read (alignment->reference, &chain, error))
    return FALSE;
  reference->shown = chain != NULL ? pmt_layer_chain_placed (chain, error)
                                   : pmt_transform_new (reference->size, reference->size);
  copy = pmt_pixels_copy (drawable, job, error);
  if (reference->shown == NULL || copy == NULL)
    return FALSE;
  reference->pixels = pmt_pixels_match_source (copy, error);
  if (reference->pixels == NULL)
    return FALSE;
  return !alignment->options.use_selection || read_selection (alignment, reference, job, error);
}

static gboolean
fit_work (PmtContext *context, gpointer data, GError **error)
{
  Fit *fit = data;

  fit->registration = pmt_register (context, fit->reference->pixels, fit->moving, &fit->options, error);
  if (fit->registration == NULL)
    return FALSE;
  if (fit->overlay_size > 0)
    fit->overlay = pmt_overlay_new (context, fit->reference->pixels, fit->moving, fit->before,
                                    fit->registration->transform, fit->overlay_size, NULL);
  if (fit->overlay != NULL)
    fit->overlay->sampler = fit->sampler;
  return pmt_context_check (context, error);
}

/* `before` (B) seen from u_r: where the search starts. */
static PmtTransform *
initial_pose (const Reference *reference, const PmtLayerChain *before, GError **error)
{
  g_autoptr (PmtTransform) inverse = pmt_transform_invert (reference->shown, error);
  g_autoptr (PmtTransform) pose = inverse != NULL ? pmt_transform_compose (inverse, before->transform, error) : NULL;

  return pose != NULL ? pmt_transform_flatten (pose) : NULL;
}

/* The provenance of the step that an alignment adds; strings are the caller's to clear. */
static void
describe_step (PmtProvenance *provenance, const PmtRegistration *registration, const char *reference)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  pmt_provenance_init (provenance);
  provenance->method = g_strdup ("registration");
  provenance->model = g_strdup (pmt_model_to_nick (registration->model));
  provenance->reference = g_strdup (reference);
  provenance->verdict = g_strdup (pmt_verdict_to_nick (registration->verdict));
  provenance->date = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  provenance->version = g_strdup (PMT_VERSION);
  provenance->error_median = registration->error_median;
  provenance->error_p95 = registration->error_p95;
  provenance->overlap = registration->overlap;
}

/* B followed by D = B⁻¹ and the whole, where one of them bends; core has noted where the bend came from. */
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

/* G with our provenance, behind the reference's own steps. */
static PmtTransform *
fresh (const Reference *reference, const PmtTransform *found, const PmtProvenance *provenance, GError **error)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (reference->size, reference->size);
  g_autoptr (PmtTransform) frame = pmt_transform_get_length (reference->shown) > 0
    ? pmt_transform_compose (empty, reference->shown, error) : pmt_transform_ref (empty);
  PmtMatrix3 matrix;

  if (frame == NULL)
    return NULL;
  if (!pmt_transform_get_matrix (found, &matrix))
    return pmt_transform_compose (frame, found, error);
  return pmt_transform_append_matrix (frame, &matrix, pmt_transform_get_moving_size (found), provenance, error);
}

static gboolean
make_chain (PmtAlignment *alignment, PmtAlignItem *item, const Reference *reference, PmtLayerChain *before,
            GError **error)
{
  PmtProvenance provenance;
  g_autoptr (PmtTransform) whole = pmt_transform_compose (reference->shown, item->registration->transform, error);
  PmtTransform *transform;

  if (whole == NULL)
    return FALSE;
  describe_step (&provenance, item->registration, before->reference_name);
  transform = alignment->options.start_from_position
    ? corrected (before->transform, whole, &provenance, error)
    : fresh (reference, item->registration->transform, &provenance, error);
  pmt_provenance_clear (&provenance);
  if (transform == NULL)
    return FALSE;
  item->chain = pmt_layer_chain_copy (before);
  pmt_transform_unref (item->chain->transform);
  item->chain->transform = transform;
  item->chain->sampler = alignment->options.sampler;
  return TRUE;
}

/* What the layer shows now, from the reference's frame. A layer that was cropped or scaled since it was aligned no
 * longer has the pixels that its chain is about. */
static PmtLayerChain *
present_chain (PmtAlignment *alignment, PmtAlignItem *item, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (item->layer);
  g_autoptr (PmtLayerChain) chain = NULL;

  if (!pmt_layer_chain_read (item->layer, &chain, error))
    return NULL;
  if (chain != NULL && (chain->layer_width != gimp_drawable_get_width (drawable)
                        || chain->layer_height != gimp_drawable_get_height (drawable)))
    {
      pmt_plug_in_fail (error, _("it was resized after it had been aligned; bake or reset its alignment first"));
      return NULL;
    }
  return pmt_layer_chain_rebased (chain, item->layer, alignment->reference, error);
}

static gboolean
render_result (PmtAlignment *alignment, PmtAlignItem *item, GeglBuffer *copy, PmtJob *job, GError **error)
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

static gboolean
check_bounds (PmtAlignItem *item, GError **error)
{
  g_autoptr (PmtTransform) placed = pmt_layer_chain_placed (item->chain, error);
  PmtRect bounds;

  return placed != NULL && pmt_transform_bounds (placed, NULL, &bounds, error);
}

/* What is to keep its shape, seen from u_m: u_m → L_m, and from there to the image where the map is a channel. People
 * paint over the layer as they see it. *rigid is NULL where nothing was said of this layer. */
static gboolean
read_rigid (PmtAlignment *alignment, PmtAlignItem *item, PmtSource **rigid, PmtJob *job, GError **error)
{
  GimpChannel *mask = GIMP_CHANNEL (gimp_layer_get_mask (item->layer));
  GimpChannel *map = alignment->options.rigid_layer_masks ? mask : alignment->options.rigid;
  PmtSize size = { gimp_drawable_get_width (GIMP_DRAWABLE (item->layer)),
                   gimp_drawable_get_height (GIMP_DRAWABLE (item->layer)) };
  g_autoptr (PmtLayerChain) chain = NULL;
  g_autoptr (PmtTransform) shown = NULL, inverse = NULL, to_map = NULL;
  PmtMatrix3 shift = pmt_matrix3_identity;
  int x, y;

  *rigid = NULL;
  if (map == NULL || (GIMP_IS_LAYER_MASK (map) && !pmt_layer_equal (map, mask)))
    return TRUE;
  if (!pmt_layer_chain_read (item->layer, &chain, error))
    return FALSE;
  shown = chain != NULL ? pmt_layer_chain_placed (chain, error) : pmt_transform_new (size, size);
  if (shown == NULL || (inverse = pmt_transform_invert (shown, error)) == NULL)
    return FALSE;
  gimp_drawable_get_offsets (GIMP_DRAWABLE (item->layer), &x, &y);
  if (!GIMP_IS_LAYER_MASK (map))
    shift = pmt_matrix3_translation (x, y);
  to_map = pmt_transform_append_matrix (inverse, &shift, (PmtSize) { 0, 0 }, NULL, error);
  if (to_map != NULL)
    *rigid = pmt_pixels_map_source (GIMP_DRAWABLE (map), size, to_map, job, error);
  return *rigid != NULL;
}

/* The share of an item's part of the job that each stage takes, measured on photographs of 12 megapixels. */
#define READ_SHARE 0.15
#define FIT_SHARE  0.90

static gboolean
fit_item (PmtAlignment *alignment, PmtAlignItem *item, const Reference *reference, double from, double to, PmtJob *job,
          GError **error)
{
  Fit fit = { .reference = reference, .overlay_size = alignment->overlay_size, .sampler = alignment->options.sampler };
  g_autoptr (PmtLayerChain) before = present_chain (alignment, item, error);
  g_autoptr (PmtTransform) initial = NULL;
  g_autoptr (GeglBuffer) copy = NULL;
  g_autoptr (PmtSource) rigid = NULL;
  gboolean fitted;

  if (before == NULL)
    return FALSE;
  pmt_register_options_init (&fit.options);
  fit.options.model = alignment->options.model;
  fit.options.stiffness = alignment->options.stiffness;
  fit.options.modality = alignment->options.modality;
  fit.options.preparation = alignment->options.preparation;
  fit.options.mirror = alignment->options.allow_mirrored ? PMT_MIRROR_ALLOW : PMT_MIRROR_DETECT;
  fit.options.optimiser = alignment->options.optimiser;
  fit.options.metric = alignment->options.metric;
  fit.options.fixed_mask = reference->mask;
  fit.options.reference = before->reference_name;
  fit.before = initial = initial_pose (reference, before, error);
  if (initial == NULL)
    return FALSE;
  if (alignment->options.start_from_position)
    fit.options.initial = initial;
  if (pmt_model_may_bend (fit.options.model) && !read_rigid (alignment, item, &rigid, job, error))
    return FALSE;
  fit.options.rigid = rigid;
  pmt_job_set_part (job, item->name, from, from + READ_SHARE * (to - from));
  copy = pmt_pixels_copy (GIMP_DRAWABLE (item->layer), job, error);
  if (copy == NULL || (fit.moving = pmt_pixels_match_source (copy, error)) == NULL)
    return FALSE;
  pmt_job_set_part (job, item->name, from + READ_SHARE * (to - from), from + FIT_SHARE * (to - from));
  fitted = pmt_job_run (job, fit_work, &fit, error);
  pmt_source_unref (fit.moving);
  item->registration = fit.registration;
  item->overlay = fit.overlay;
  if (!fitted || !make_chain (alignment, item, reference, before, error) || !check_bounds (item, error))
    return FALSE;
  pmt_job_set_part (job, item->name, from + FIT_SHARE * (to - from), to);
  return render_result (alignment, item, copy, job, error);
}

static gboolean
wants (const PmtAlignment *alignment, const PmtAlignItem *item)
{
  if (item->refusal != NULL || item->registration == NULL)
    return FALSE;
  return item->registration->verdict == PMT_VERDICT_OK
         || (item->registration->verdict == PMT_VERDICT_UNCERTAIN && alignment->options.apply_uncertain);
}

gboolean
pmt_alignment_fit (PmtAlignment *alignment, PmtJob *job, GError **error)
{
  g_auto (Reference) reference = { 0 };
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (alignment->reference));
  double part = 0.95 / alignment->items->len;

  pmt_job_set_part (job, name, 0, 0.05);
  if (!read_reference (alignment, &reference, job, error))
    return FALSE;
  for (guint i = 0; i < alignment->items->len; i++)
    {
      PmtAlignItem *item = g_ptr_array_index (alignment->items, i);
      g_autoptr (GError) reason = NULL;
      double from = 0.05 + i * part;

      if (item->skipped)
        continue;
      if (!fit_item (alignment, item, &reference, from, from + part, job, &reason))
        {
          if (g_error_matches (reason, PMT_ERROR, PMT_ERROR_CANCELLED))
            {
              g_propagate_error (error, g_steal_pointer (&reason));
              return FALSE;
            }
          item->refusal = g_strdup (reason->message);
        }
      item->wanted = wants (alignment, item);
    }
  return TRUE;
}
