/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Fitting each layer to the reference: what is registered are the layers' original pixels, G: u_r → u_m; align-chain.c makes the
 * layer's chain of it. */

#include <math.h>

#include "align-chain.h"
#include "align-private.h"
#include "deform/hold.h"
#include "layers.h"
#include "plug-in.h"

typedef struct
{
  const PmtAlignReference *reference;
  PmtSource          *moving;
  const PmtTransform *before;         /* the pose now, u_r → u_m, for the picture */
  PmtRegisterOptions  options;
  PmtRegistration    *registration;
  int                 overlay_size;
  PmtSampler          sampler;        /* of the result, so of the picture */
  PmtOverlay         *overlay;
  double              reach;          /* px around what must not move that go over to the map that was found */
} Fit;

static void
reference_clear (PmtAlignReference *reference)
{
  g_clear_pointer (&reference->pixels, pmt_source_unref);
  g_clear_pointer (&reference->mask, pmt_source_unref);
  g_clear_pointer (&reference->hold, pmt_source_unref);
  g_clear_pointer (&reference->to_image, pmt_transform_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PmtAlignReference, reference_clear)

/* The selection, and what must not move, as masks on u_r. */
static gboolean
read_areas (PmtAlignment *alignment, PmtAlignReference *reference, PmtJob *job, GError **error)
{
  const PmtAlignPicture *picture = reference->picture;
  gboolean selection = alignment->options.use_selection && alignment->regions == NULL;
  GimpDrawable *const maps[2] = { selection ? GIMP_DRAWABLE (gimp_image_get_selection (alignment->image)) : NULL,
                                  alignment->options.hold != NULL ? GIMP_DRAWABLE (alignment->options.hold) : NULL };
  PmtSource **const sources[2] = { &reference->mask, &reference->hold };

  reference->to_image = pmt_align_chain_to_image (picture->layer, picture->shown, error);
  if (reference->to_image == NULL)
    return FALSE;
  for (int i = 0; i < 2; i++)
    {
      g_autoptr (GeglBuffer) copy = maps[i] != NULL ? pmt_pixels_copy (maps[i], job, error) : NULL;

      if (maps[i] == NULL)
        continue;
      if (copy != NULL)
        *sources[i] = pmt_pixels_area_source (copy, picture->size, reference->to_image, error);
      if (*sources[i] == NULL)
        return FALSE;
    }
  return TRUE;
}

/* The mask for one item: of its region or the selection, without what must not move, whose place is known. *mask is NULL for all of it. */
static gboolean
mask_for (const PmtAlignItem *item, const PmtAlignReference *reference, PmtSource **mask, GError **error)
{
  g_autoptr (PmtSource) area = NULL;

  *mask = NULL;
  if (item->region != NULL)
    area = pmt_pixels_area_source (item->region->area, reference->picture->size, reference->to_image, error);
  else if (reference->mask != NULL)
    area = pmt_source_ref (reference->mask);
  if (item->region != NULL && area == NULL)
    return FALSE;
  if (reference->hold == NULL)
    {
      *mask = g_steal_pointer (&area);
      return TRUE;
    }
  *mask = pmt_pixels_without (area, reference->hold, error);
  return *mask != NULL;
}

static gboolean
read_reference (PmtAlignment *alignment, PmtAlignPicture *picture, PmtAlignReference *reference, PmtJob *job, GError **error)
{
  if (!pmt_align_picture_read (picture, alignment->reference, job, error))
    return FALSE;
  reference->picture = picture;
  reference->pixels = pmt_pixels_match_source (picture->copy, error);
  if (reference->pixels == NULL)
    return FALSE;
  return read_areas (alignment, reference, job, error);
}

/* The map that was found, but where nothing must move. */
static gboolean
hold_place (Fit *fit, GError **error)
{
  PmtRegistration *r = fit->registration;
  PmtTransform *held;

  if (fit->reference->hold == NULL || r->verdict == PMT_VERDICT_FAILED)
    return TRUE;
  held = pmt_hold_place (r->transform, fit->before, fit->reference->hold, &fit->reach, error);
  if (held == NULL)
    return FALSE;
  pmt_transform_unref (r->transform);
  r->transform = held;
  return TRUE;
}

static gboolean
fit_work (PmtContext *context, gpointer data, GError **error)
{
  Fit *fit = data;

  fit->registration = pmt_register (context, fit->reference->pixels, fit->moving, &fit->options, error);
  if (fit->registration == NULL || !hold_place (fit, error))
    return FALSE;
  if (fit->overlay_size > 0)
    fit->overlay = pmt_overlay_new (context, fit->reference->pixels, fit->moving, fit->before,
                                    fit->registration->transform, fit->overlay_size, NULL);
  if (fit->overlay != NULL)
    fit->overlay->sampler = fit->sampler;
  return pmt_context_check (context, error);
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
  g_autoptr (PmtTransform) shown = NULL, to_map = NULL;

  *rigid = NULL;
  if (map == NULL || (GIMP_IS_LAYER_MASK (map) && !pmt_layer_equal (map, mask)))
    return TRUE;
  shown = pmt_align_chain_shown (item->layer, error);
  if (shown != NULL)
    to_map = GIMP_IS_LAYER_MASK (map) ? pmt_transform_invert (shown, error)
                                      : pmt_align_chain_to_image (item->layer, shown, error);
  if (to_map != NULL)
    *rigid = pmt_pixels_map_source (GIMP_DRAWABLE (map), size, to_map, job, error);
  return *rigid != NULL;
}

static void
tell_held (PmtAlignItem *item, double reach)
{
  g_autofree char *before = item->remark;
  g_autofree char *held = g_strdup_printf (_("What must not move stays; within %.0f pixels around it the layer goes over to its new place."),
                                           reach);

  item->remark = g_strjoin (" ", held, before, NULL);
}

/* The share of an item's part of the job that each stage takes, measured on photographs of 12 megapixels. */
#define READ_SHARE 0.15
#define FIT_SHARE  0.90

gboolean
pmt_align_item_fit (PmtAlignItem *item, PmtAlignment *alignment, const PmtAlignReference *reference, double from, double to,
                    PmtJob *job, GError **error)
{
  Fit fit = { .reference = reference, .overlay_size = alignment->overlay_size, .sampler = alignment->options.sampler };
  g_autoptr (PmtLayerChain) before = item->start != NULL ? pmt_layer_chain_copy (item->start)
    : pmt_align_chain_present (item->layer, alignment->reference, error);
  g_autoptr (PmtTransform) initial = NULL;
  g_autoptr (GeglBuffer) copy = NULL;
  g_autoptr (PmtSource) rigid = NULL, mask = NULL;
  gboolean fitted;

  if (before == NULL || !mask_for (item, reference, &mask, error))
    return FALSE;
  pmt_register_options_init (&fit.options);
  pmt_align_options_to_core (&alignment->options, &fit.options);
  fit.options.fixed_mask = mask;
  fit.options.reference = before->reference_name;
  fit.before = initial = pmt_align_chain_pose (before, reference->picture->shown, error);
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
  if (fitted && fit.reach > 0)
    tell_held (item, fit.reach);
  if (!fitted || !pmt_align_item_conclude (item, alignment, reference->picture->shown, before, "registration", error))
    return FALSE;
  pmt_job_set_part (job, item->name, from + FIT_SHARE * (to - from), to);
  return pmt_align_item_render (item, alignment, copy, job, error);
}

gboolean
pmt_alignment_fit_each (PmtAlignment *alignment, PmtJob *job, GError **error)
{
  g_auto (PmtAlignPicture) picture = { 0 };
  g_auto (PmtAlignReference) reference = { 0 };
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (alignment->reference));
  double part = 0.95 / alignment->items->len;

  pmt_job_set_part (job, name, 0, 0.05);
  if (!read_reference (alignment, &picture, &reference, job, error))
    return FALSE;
  for (guint i = 0; i < alignment->items->len; i++)
    {
      PmtAlignItem *item = g_ptr_array_index (alignment->items, i);
      GError *reason = NULL;
      double from = 0.05 + i * part;

      if (item->skipped)
        continue;
      pmt_align_item_fit (item, alignment, &reference, from, from + part, job, &reason);
      if (!pmt_align_item_note (item, reason, error))
        return FALSE;
      item->wanted = pmt_align_item_is_wanted (item, alignment);
    }
  return TRUE;
}
