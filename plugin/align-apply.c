/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Applying: first everything that can fail without touching the image has been done, then one undo step. */

#include "align.h"
#include "layer-edit.h"
#include "layers.h"
#include "plug-in.h"

static gboolean
apply_item (PmtAlignment *alignment, PmtAlignItem *item, GError **error)
{
  return item->rendering != NULL ? pmt_layer_edit_pixels (item->layer, item->chain, item->rendering, error)
                                 : pmt_layer_edit_chain (item->layer, item->chain, error);
}

gboolean
pmt_alignment_apply (PmtAlignment *alignment, GError **error)
{
  g_autoptr (PmtLayerStates) states = pmt_layer_states_new ();
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
      pmt_layer_states_remember (states, item->layer, item->rendering != NULL);
      succeeded = item->applied = apply_item (alignment, item, error);
    }
  if (!succeeded)
    pmt_layer_states_restore (states);
  pmt_edit_end (&edit);
  for (guint i = 0; !succeeded && i < alignment->items->len; i++)
    ((PmtAlignItem *) g_ptr_array_index (alignment->items, i))->applied = FALSE;
  return succeeded;
}
