/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who is aligned to whom. */

#include "align.h"
#include "layers.h"
#include "plug-in.h"

#define TOGETHER_FROM 3     /* layers, the reference among them: so many can go round */

void
pmt_align_options_init (PmtAlignOptions *options)
{
  *options = (PmtAlignOptions) { .start_from_position = TRUE, .sampler = PMT_SAMPLER_CUBIC, .preparation = "auto" };
}

GimpLayer *
pmt_align_find_reference (GPtrArray *layers, GimpLayer *chosen, PmtReferenceRule *rule, GError **error)
{
  GimpLayer *below;

  if (chosen != NULL)
    {
      *rule = PMT_REFERENCE_CHOSEN;
      return chosen;
    }
  if (layers->len == 1)
    {
      *rule = PMT_REFERENCE_BELOW;
      below = pmt_layer_below (g_ptr_array_index (layers, 0));
      if (below == NULL)
        pmt_plug_in_fail (error, _("There is no layer below the selected one to align it to. Choose a reference, or "
                                   "select two layers or more."));
      return below;
    }
  *rule = PMT_REFERENCE_LOCKED;
  for (int i = (int) layers->len - 1; i >= 0; i--)
    if (gimp_item_get_lock_position (g_ptr_array_index (layers, i)))
      return g_ptr_array_index (layers, i);
  *rule = PMT_REFERENCE_LOWEST;
  return g_ptr_array_index (layers, layers->len - 1);
}

static void
item_free (gpointer data)
{
  PmtAlignItem *item = data;

  g_free (item->name);
  g_free (item->refusal);
  g_free (item->remark);
  g_clear_pointer (&item->registration, pmt_registration_free);
  pmt_layer_chain_free (item->start);
  pmt_layer_chain_free (item->chain);
  pmt_rendering_free (item->rendering);
  pmt_overlay_unref (item->overlay);
  g_free (item);
}

void
pmt_alignment_free (PmtAlignment *alignment)
{
  if (alignment == NULL)
    return;
  g_ptr_array_unref (alignment->items);
  pmt_group_free (alignment->group);
  g_clear_pointer (&alignment->regions, g_ptr_array_unref);
  g_free (alignment);
}

/* Why the layer isn't tried: its locks and kind, or its place among the others. */
static char *
refusal (const PmtAlignment *alignment, GimpLayer *layer, GPtrArray *layers)
{
  const char *reason = pmt_layer_refusal (layer);

  if (reason == NULL && alignment->options.pixels)
    reason = pmt_layer_pixels_refusal (layer);
  if (alignment->reference != NULL && pmt_layer_is_inside (alignment->reference, layer))
    reason = _("the reference is inside this group");
  if (alignment->reference != NULL && pmt_layer_is_inside (layer, alignment->reference))
    reason = _("it is inside the reference, which is a group");
  for (guint i = 0; reason == NULL && i < layers->len; i++)
    if (pmt_layer_is_inside (layer, g_ptr_array_index (layers, i)))
      reason = _("it is inside a selected group, which is aligned as a whole");
  return g_strdup (reason);
}

static char *
remark (GimpLayer *layer, const PmtAlignOptions *options)
{
  if (options->rigid_layer_masks && pmt_model_may_bend (options->model) && gimp_layer_get_mask (layer) == NULL)
    return g_strdup (_("It has no mask, so nothing of it was kept rigid."));
  if (gimp_layer_get_mask (layer) != NULL)
    return g_strdup (_("Its layer mask stays where it is and masks the aligned picture."));
  return NULL;
}

static gboolean
check_rigid (const PmtAlignment *alignment, GError **error)
{
  GimpChannel *rigid = alignment->options.rigid;

  if (rigid != NULL && alignment->options.rigid_layer_masks)
    return pmt_plug_in_fail (error, _("Either the layers’ masks or one map says what keeps its shape, not both."));
  if (rigid != NULL && gimp_item_get_image (GIMP_ITEM (rigid)) != alignment->image)
    return pmt_plug_in_fail (error, _("The map of what keeps its shape belongs to another image."));
  return TRUE;
}

/* A map that holds something belongs to the image whose places it paints. */
static gboolean
check_hold (const PmtAlignment *alignment, GError **error)
{
  GimpChannel *hold = alignment->options.hold;

  return hold == NULL || gimp_item_get_image (GIMP_ITEM (hold)) == alignment->image
         || pmt_plug_in_fail (error, _("The map of what must not move belongs to another image."));
}

static void
add_item (PmtAlignment *alignment, GimpLayer *layer, const PmtRegion *region, GPtrArray *layers)
{
  PmtAlignItem *item = g_new0 (PmtAlignItem, 1);
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (layer));

  item->layer = layer;
  item->region = region;
  item->name = region != NULL ? g_strdup_printf (_("%s, %s"), name, region->name) : g_steal_pointer (&name);
  item->refusal = refusal (alignment, layer, layers);
  item->skipped = item->refusal != NULL;
  item->remark = region == NULL ? remark (layer, &alignment->options) : NULL;
  g_ptr_array_add (alignment->items, item);
}

static gboolean
add_regions (PmtAlignment *alignment, GError **error)
{
  if (alignment->options.regions == PMT_REGIONS_TOGETHER)
    return TRUE;
  alignment->regions = pmt_regions_new (alignment->image, &alignment->options, error);
  return alignment->regions != NULL;
}

static void
add_items (PmtAlignment *alignment, GimpLayer *layer, GPtrArray *layers)
{
  if (alignment->regions == NULL)
    add_item (alignment, layer, NULL, layers);
  for (guint i = 0; alignment->regions != NULL && i < alignment->regions->len; i++)
    add_item (alignment, layer, g_ptr_array_index (alignment->regions, i), layers);
}

/* The reference, unless the pairs will choose it. */
static gboolean
find_reference (PmtAlignment *alignment, GPtrArray *layers, GimpLayer *chosen, GError **error)
{
  if (!alignment->options.reference_by_pairs)
    {
      alignment->reference = pmt_align_find_reference (layers, chosen, &alignment->rule, error);
      return alignment->reference != NULL;
    }
  alignment->rule = PMT_REFERENCE_PAIRS;
  if (chosen != NULL)
    return pmt_plug_in_fail (error, _("Either a layer is chosen as the reference, or the pairs choose it, not both."));
  if (alignment->options.compare == PMT_COMPARE_EACH)
    return pmt_plug_in_fail (error, _("Only layers that are compared all together can choose the reference."));
  return layers->len > 1 || pmt_plug_in_fail (error, _("Select two layers or more."));
}

static guint
count_tried (const PmtAlignment *alignment)
{
  guint n = 0;

  for (guint i = 0; i < alignment->items->len; i++)
    n += !((PmtAlignItem *) g_ptr_array_index (alignment->items, i))->skipped;
  return n;
}

static gboolean
keeps_rigid (const PmtAlignOptions *options)
{
  return (options->rigid != NULL || options->rigid_layer_masks) && pmt_model_may_bend (options->model);
}

/* Regions, and places that are held, are of the reference as one sees it. */
static gboolean
needs_places (const PmtAlignOptions *options)
{
  return options->regions != PMT_REGIONS_TOGETHER || options->hold != NULL;
}

/* Bends are not solved together, so who asks for one has each layer compared with the reference. */
gboolean
pmt_alignment_is_together (const PmtAlignment *alignment)
{
  const PmtAlignOptions *options = &alignment->options;

  if (options->compare != PMT_COMPARE_AUTO)
    return options->compare != PMT_COMPARE_EACH;
  if (options->reference_by_pairs)
    return TRUE;
  return count_tried (alignment) + 1 >= TOGETHER_FROM && !keeps_rigid (options) && !needs_places (options)
         && options->optimiser == PMT_OPTIMISER_NONE
         && options->model != PMT_MODEL_SMOOTH && options->model != PMT_MODEL_DEFORMABLE;
}

static gboolean
check_together (const PmtAlignment *alignment, GError **error)
{
  if (!pmt_alignment_is_together (alignment))
    return TRUE;
  if (needs_places (&alignment->options))
    return pmt_plug_in_fail (error, _("Regions, and what must not move, can be told only where each layer is compared with the "
                                      "reference alone."));
  if (!keeps_rigid (&alignment->options))
    return TRUE;
  return pmt_plug_in_fail (error, _("What keeps its shape can be told only where each layer is compared with the reference "
                                    "alone."));
}

gboolean
pmt_align_compare_from_nick (const char *nick, PmtAlignCompare *compare)
{
  static const char *const nicks[] = { "auto", "each", "together", "sequence" };

  for (guint i = 0; i < G_N_ELEMENTS (nicks); i++)
    if (g_strcmp0 (nick, nicks[i]) == 0)
      {
        *compare = (PmtAlignCompare) i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
check_reference (GimpImage *image, GimpLayer *reference, GError **error)
{
  if (reference == NULL)
    return TRUE;
  if (gimp_item_get_image (GIMP_ITEM (reference)) != image)
    return pmt_plug_in_fail (error, _("The reference layer belongs to another image."));
  return TRUE;
}

PmtAlignment *
pmt_alignment_new (GimpImage *image, GimpDrawable **drawables, GimpLayer *reference, const PmtAlignOptions *options,
                   GError **error)
{
  g_autoptr (PmtAlignment) alignment = g_new0 (PmtAlignment, 1);
  g_autoptr (GPtrArray) layers = NULL;

  alignment->image = image;
  alignment->options = *options;
  alignment->items = g_ptr_array_new_with_free_func (item_free);
  if (!pmt_layers_check (image, drawables, &layers, error))
    return NULL;
  if (!find_reference (alignment, layers, reference, error) || !check_reference (image, alignment->reference, error)
      || !check_rigid (alignment, error) || !check_hold (alignment, error) || !add_regions (alignment, error))
    return NULL;
  for (guint i = 0; i < layers->len; i++)
    if (!pmt_layer_equal (g_ptr_array_index (layers, i), alignment->reference))
      add_items (alignment, g_ptr_array_index (layers, i), layers);
  if (alignment->items->len == 0)
    {
      pmt_plug_in_fail (error, _("Only the reference is selected: select the layers to align as well."));
      return NULL;
    }
  if (!check_together (alignment, error))
    return NULL;
  if (options->use_selection && options->regions == PMT_REGIONS_TOGETHER && gimp_selection_is_empty (image))
    {
      pmt_plug_in_fail (error, _("The fit is to look at the selection only, but nothing is selected."));
      return NULL;
    }
  return g_steal_pointer (&alignment);
}
