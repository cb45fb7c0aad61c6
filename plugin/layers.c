/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layers.h"

#include "plug-in.h"

static void
add_in_order (GPtrArray *all, GimpItem **items)
{
  for (int i = 0; items != NULL && items[i] != NULL; i++)
    {
      g_ptr_array_add (all, items[i]);
      if (gimp_item_is_group (items[i]))
        {
          g_autofree GimpItem **children = gimp_item_get_children (items[i]);

          add_in_order (all, children);
        }
    }
}

GPtrArray *
pmt_layers_in_order (GimpImage *image)
{
  GPtrArray *all = g_ptr_array_new ();
  g_autofree GimpLayer **layers = gimp_image_get_layers (image);

  add_in_order (all, (GimpItem **) layers);
  return all;
}

gboolean
pmt_layer_equal (gpointer a, gpointer b)
{
  return a == b || (a != NULL && b != NULL
                    && gimp_item_get_id (GIMP_ITEM (a)) == gimp_item_get_id (GIMP_ITEM (b)));
}

gboolean
pmt_layer_is_inside (GimpLayer *a, GimpLayer *b)
{
  for (GimpItem *item = gimp_item_get_parent (GIMP_ITEM (a)); item != NULL; item = gimp_item_get_parent (item))
    if (pmt_layer_equal (item, b))
      return TRUE;
  return FALSE;
}

GimpLayer *
pmt_layer_below (GimpLayer *layer)
{
  GimpItem *parent = gimp_item_get_parent (GIMP_ITEM (layer));
  g_autofree GimpItem **siblings = parent != NULL
    ? gimp_item_get_children (parent)
    : (GimpItem **) gimp_image_get_layers (gimp_item_get_image (GIMP_ITEM (layer)));

  for (int i = 0; siblings != NULL && siblings[i] != NULL; i++)
    if (pmt_layer_equal (siblings[i], layer))
      return siblings[i + 1] != NULL ? GIMP_LAYER (siblings[i + 1]) : NULL;
  return NULL;
}

static gboolean
self_or_parent (GimpLayer *layer, gboolean (*has) (GimpItem *item))
{
  for (GimpItem *item = GIMP_ITEM (layer); item != NULL; item = gimp_item_get_parent (item))
    if (has (item))
      return TRUE;
  return FALSE;
}

gboolean
pmt_layer_is_pinned (GimpLayer *layer)
{
  return self_or_parent (layer, gimp_item_get_lock_position);
}

const char *
pmt_layer_refusal (GimpLayer *layer)
{
  if (pmt_layer_is_pinned (layer))
    return _("its position is locked");
  if (self_or_parent (layer, gimp_item_get_lock_content))
    return _("its pixels are locked");
  if (gimp_layer_get_lock_alpha (layer))
    return _("its alpha channel is locked");
  return NULL;
}

const char *
pmt_layer_pixels_refusal (GimpLayer *layer)
{
  if (gimp_item_is_group (GIMP_ITEM (layer)))
    return _("a layer group has no pixels of its own; merge it first, or keep the live filter");
  if (gimp_item_is_text_layer (GIMP_ITEM (layer)))
    return _("a text layer would lose its text; keep the live filter");
  /* Later kinds (link and vector layers) are of types of their own. */
  if (G_OBJECT_TYPE (layer) != GIMP_TYPE_LAYER)
    return _("this kind of layer has no pixels of its own; keep the live filter");
  return NULL;
}

static gboolean
channels_active (GimpImage *image)
{
  if (gimp_image_get_base_type (image) == GIMP_GRAY)      /* where GIMP calls alpha inactive always */
    return gimp_image_get_component_active (image, GIMP_CHANNEL_GRAY);
  return gimp_image_get_component_active (image, GIMP_CHANNEL_RED)
         && gimp_image_get_component_active (image, GIMP_CHANNEL_GREEN)
         && gimp_image_get_component_active (image, GIMP_CHANNEL_BLUE)
         && gimp_image_get_component_active (image, GIMP_CHANNEL_ALPHA);
}

static gboolean
check_image (GimpImage *image, GError **error)
{
  if (gimp_image_get_floating_sel (image) != NULL)
    return pmt_plug_in_fail (error, _("Anchor the floating selection first."));
  if (gimp_image_get_base_type (image) == GIMP_INDEXED)
    return pmt_plug_in_fail (error, _("An indexed image has no colours between those of its palette. Convert it "
                                      "first: Image ▸ Mode ▸ RGB."));
  if (!channels_active (image))
    return pmt_plug_in_fail (error, _("Some colour channels are switched off, so that only the others would move. "
                                      "Select all of them in the Channels dialog first."));
  return TRUE;
}

static gboolean
contains (GimpDrawable **drawables, GimpLayer *layer)
{
  for (int i = 0; drawables[i] != NULL; i++)
    if (pmt_layer_equal (drawables[i], layer))
      return TRUE;
  return FALSE;
}

gboolean
pmt_layers_check (GimpImage *image, GimpDrawable **drawables, GPtrArray **layers, GError **error)
{
  g_autoptr (GPtrArray) all = NULL;

  if (!check_image (image, error))
    return FALSE;
  if (drawables == NULL || drawables[0] == NULL)
    return pmt_plug_in_fail (error, _("No layer is selected."));
  for (int i = 0; drawables[i] != NULL; i++)
    if (!GIMP_IS_LAYER (drawables[i]) || gimp_item_get_image (GIMP_ITEM (drawables[i])) != image)
      return pmt_plug_in_fail (error, _("Select layers, not masks or channels."));
  all = pmt_layers_in_order (image);
  *layers = g_ptr_array_new ();
  for (guint i = 0; i < all->len; i++)
    if (contains (drawables, g_ptr_array_index (all, i)))
      g_ptr_array_add (*layers, g_ptr_array_index (all, i));
  return TRUE;
}

void
pmt_edit_begin (PmtEdit *edit, GimpImage *image)
{
  edit->image = image;
  edit->selected = gimp_image_get_selected_layers (image);
  edit->selection = NULL;
  gimp_image_undo_group_start (image);
  if (gimp_selection_is_empty (image))
    return;
  edit->selection = gimp_selection_save (image);
  gimp_selection_none (image);
}

void
pmt_edit_end (PmtEdit *edit)
{
  if (edit->selection != NULL)
    {
      gimp_image_select_item (edit->image, GIMP_CHANNEL_OP_REPLACE, GIMP_ITEM (edit->selection));
      gimp_image_remove_channel (edit->image, edit->selection);
      gimp_image_set_selected_layers (edit->image, (const GimpLayer **) edit->selected);
    }
  g_clear_pointer (&edit->selected, g_free);
  gimp_image_undo_group_end (edit->image);
}
