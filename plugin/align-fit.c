/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Fitting: what is registered are the layers' original pixels, G: u_r → u_m; align-chain.c makes the layer's chain of it. */

#include <math.h>

#include "align-chain.h"
#include "align.h"
#include "layers.h"
#include "plug-in.h"

typedef struct
{
  PmtSource    *pixels;
  PmtSource    *mask;        /* NULL: all of it */
  PmtTransform *shown;       /* F_r: from where it lies, as one sees it, to its pixels */
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
  g_autoptr (GeglBuffer) copy = NULL;

  reference->size = (PmtSize) { gimp_drawable_get_width (drawable), gimp_drawable_get_height (drawable) };
  reference->shown = pmt_align_chain_shown (alignment->reference, error);
  copy = reference->shown != NULL ? pmt_pixels_copy (drawable, job, error) : NULL;
  if (copy == NULL)
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

static gboolean
make_chain (PmtAlignment *alignment, PmtAlignItem *item, const Reference *reference, PmtLayerChain *before,
            GError **error)
{
  PmtProvenance provenance;
  PmtTransform *found = item->registration->transform;

  pmt_align_chain_describe (&provenance, item->registration, before->reference_name);
  item->chain = alignment->options.start_from_position
    ? pmt_align_chain_corrected (before, reference->shown, found, &provenance, error)
    : pmt_align_chain_fresh (before, reference->shown, found, &provenance, error);
  pmt_provenance_clear (&provenance);
  if (item->chain == NULL)
    return FALSE;
  item->chain->sampler = alignment->options.sampler;
  return pmt_align_chain_check (item->chain, error);
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

/* What is to keep its shape, seen from u_m: u_m → L_m, and from there to the image where the map is a channel. People
 * paint over the layer as they see it. *rigid is NULL where nothing was said of this layer. */
static gboolean
read_rigid (PmtAlignment *alignment, PmtAlignItem *item, PmtSource **rigid, PmtJob *job, GError **error)
{
  GimpChannel *mask = GIMP_CHANNEL (gimp_layer_get_mask (item->layer));
  GimpChannel *map = alignment->options.rigid_layer_masks ? mask : alignment->options.rigid;
  PmtSize size = { gimp_drawable_get_width (GIMP_DRAWABLE (item->layer)),
                   gimp_drawable_get_height (GIMP_DRAWABLE (item->layer)) };
  g_autoptr (PmtTransform) shown = NULL, inverse = NULL, to_map = NULL;
  PmtMatrix3 shift = pmt_matrix3_identity;
  int x, y;

  *rigid = NULL;
  if (map == NULL || (GIMP_IS_LAYER_MASK (map) && !pmt_layer_equal (map, mask)))
    return TRUE;
  shown = pmt_align_chain_shown (item->layer, error);
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
  g_autoptr (PmtLayerChain) before = pmt_align_chain_present (item->layer, alignment->reference, error);
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
  fit.before = initial = pmt_align_chain_pose (before, reference->shown, error);
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
  if (!fitted || !make_chain (alignment, item, reference, before, error))
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
