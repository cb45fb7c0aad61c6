/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Applying: first everything that can fail without touching the image has been done, then one undo step. */

#include "align.h"
#include "layer-edit.h"
#include "layers.h"
#include "plug-in.h"

static gboolean
apply_item (PmtAlignItem *item, GError **error)
{
  if (item->region != NULL)
    return pmt_align_region_apply (item, error);
  item->result = item->layer;
  return item->rendering != NULL ? pmt_layer_edit_pixels (item->layer, item->chain, item->rendering, error)
                                 : pmt_layer_edit_chain (item->layer, item->chain, error);
}

static gboolean
was_shown_before (GPtrArray *shown, GimpLayer *layer)
{
  return g_ptr_array_find (shown, layer, NULL);
}

static void
take_regions_back (PmtAlignment *alignment, GPtrArray *shown)
{
  for (guint i = 0; i < alignment->items->len; i++)
    {
      PmtAlignItem *item = g_ptr_array_index (alignment->items, i);

      if (item->region != NULL && item->result != NULL)
        gimp_image_remove_layer (alignment->image, item->result);
      item->result = NULL;
    }
  for (guint i = 0; i < shown->len; i++)
    gimp_item_set_visible (g_ptr_array_index (shown, i), TRUE);
}

gboolean
pmt_alignment_apply (PmtAlignment *alignment, GError **error)
{
  g_autoptr (PmtLayerStates) states = pmt_layer_states_new ();
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();      /* layers whose regions are on layers of their own now */
  g_autofree GimpLayer **selected = gimp_image_get_selected_layers (alignment->image);
  gboolean succeeded = TRUE, any = FALSE;
  PmtEdit edit;

  for (guint i = 0; i < alignment->items->len; i++)
    any |= ((PmtAlignItem *) g_ptr_array_index (alignment->items, i))->wanted;
  if (!any)
    return TRUE;
  pmt_edit_begin (&edit, alignment->image);
  for (guint i = 0; succeeded && i < alignment->items->len; i++)
    {
      PmtAlignItem *item = g_ptr_array_index (alignment->items, i);

      if (!item->wanted)
        continue;
      if (item->region == NULL)
        pmt_layer_states_remember (states, item->layer, item->rendering != NULL);
      else if (!was_shown_before (shown, item->layer) && gimp_item_get_visible (GIMP_ITEM (item->layer)))
        g_ptr_array_add (shown, item->layer);
      succeeded = item->applied = apply_item (item, error);
    }
  if (!succeeded)
    {
      pmt_layer_states_restore (states);
      take_regions_back (alignment, shown);
    }
  if (alignment->regions != NULL)
    gimp_image_set_selected_layers (alignment->image, (const GimpLayer **) selected);
  pmt_edit_end (&edit);
  for (guint i = 0; !succeeded && i < alignment->items->len; i++)
    ((PmtAlignItem *) g_ptr_array_index (alignment->items, i))->applied = FALSE;
  return succeeded;
}
