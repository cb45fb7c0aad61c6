/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the steps of a layer are, how they are changed, and how the layer gets them. */

#include "history.h"

#include <string.h>

#include "align-chain.h"
#include "layer-edit.h"
#include "layers.h"
#include "plug-in.h"

static void
copy_free (gpointer data)
{
  PmtHistoryCopy *copy = data;

  pmt_layer_chain_free (copy->chain);
  g_free (copy);
}

/* The steps of `chain`, which is taken. */
static void
take_chain (PmtHistory *history, PmtLayerChain *chain)
{
  pmt_layer_chain_free (history->chain);
  pmt_step_list_free (history->steps);
  history->chain = chain;
  history->steps = pmt_step_list_new (chain->transform, chain->off);
}

PmtHistory *
pmt_history_new (GimpLayer *layer, GError **error)
{
  g_autoptr (PmtHistory) history = g_new0 (PmtHistory, 1);

  history->layer = layer;
  history->image = gimp_item_get_image (GIMP_ITEM (layer));
  history->layer_name = gimp_item_get_name (GIMP_ITEM (layer));
  history->copies = g_ptr_array_new_with_free_func (copy_free);
  if (!pmt_layer_chain_read (layer, &history->record, error))
    return NULL;
  if (history->record == NULL)
    {
      history->record = pmt_layer_chain_read_note (layer);
      history->baked = TRUE;
    }
  if (history->record == NULL)
    {
      pmt_plug_in_fail (error, _("“%s” is not aligned."), history->layer_name);
      return NULL;
    }
  if (history->record->reference_tattoo != 0)
    history->reference = gimp_image_get_layer_by_tattoo (history->image, history->record->reference_tattoo);
  take_chain (history, pmt_layer_chain_copy (history->record));
  return g_steal_pointer (&history);
}

void
pmt_history_free (PmtHistory *history)
{
  if (history == NULL)
    return;
  pmt_layer_chain_free (history->record);
  pmt_layer_chain_free (history->chain);
  pmt_step_list_free (history->steps);
  g_ptr_array_unref (history->copies);
  g_free (history->layer_name);
  g_free (history);
}

const char *
pmt_history_refusal (const PmtHistory *history)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (history->layer);

  if (history->baked)
    return _("its alignment is in its pixels now");
  if (history->record->layer_width != gimp_drawable_get_width (drawable)
      || history->record->layer_height != gimp_drawable_get_height (drawable))
    return _("it was resized after it had been aligned; bake or reset its alignment first");
  return pmt_layer_refusal (history->layer);
}

gboolean
pmt_history_get_move (const PmtHistory *history, int *x, int *y)
{
  const PmtLayerChain *chain = history->chain;
  int reference_x = chain->reference_x, reference_y = chain->reference_y, layer_x, layer_y;

  *x = *y = 0;
  if (history->baked || chain->reference_tattoo == 0)      /* its own frame moves with it */
    return FALSE;
  gimp_drawable_get_offsets (GIMP_DRAWABLE (history->layer), &layer_x, &layer_y);
  if (history->reference != NULL)
    gimp_drawable_get_offsets (GIMP_DRAWABLE (history->reference), &reference_x, &reference_y);
  *x = layer_x - reference_x - (chain->layer_x - chain->reference_x);
  *y = layer_y - reference_y - (chain->layer_y - chain->reference_y);
  return *x != 0 || *y != 0;
}

static PmtLayerChain *
chain_of (const PmtHistory *history, const PmtStepList *steps)
{
  return pmt_layer_chain_with (history->chain, pmt_step_list_get_chain (steps), pmt_step_list_get_off (steps));
}

PmtLayerChain *
pmt_history_get_chain (const PmtHistory *history)
{
  return chain_of (history, history->steps);
}

PmtLayerChain *
pmt_history_get_present (const PmtHistory *history, const PmtLayerChain *chain, GError **error)
{
  if (chain == NULL)
    chain = history->record;
  return history->reference != NULL ? pmt_layer_chain_rebased (chain, history->layer, history->reference, error)
                                    : pmt_layer_chain_moved (chain, history->layer, error);
}

/* -- changes -- */

static gboolean
check (const PmtHistory *history, int index, GError **error)
{
  const char *refusal = pmt_history_refusal (history);

  if (refusal != NULL)
    return pmt_plug_in_fail (error, _("“%s” was left out: %s."), history->layer_name, refusal);
  if (index < 0 || index >= pmt_step_list_get_length (history->steps))
    return pmt_plug_in_fail (error, _("There is no step %d."), index);
  return TRUE;
}

/* The new steps, which are taken, unless what they show is absurd. */
static gboolean
take_steps (PmtHistory *history, PmtStepList *steps, GError **error)
{
  g_autoptr (PmtLayerChain) chain = chain_of (history, steps);

  if (!pmt_align_chain_check (chain, error))
    {
      pmt_step_list_free (steps);
      return FALSE;
    }
  pmt_step_list_free (history->steps);
  history->steps = steps;
  return TRUE;
}

gboolean
pmt_history_switch (PmtHistory *history, int index, gboolean on, GError **error)
{
  PmtStepList *steps;

  if (!check (history, index, error))
    return FALSE;
  steps = pmt_step_list_copy (history->steps);
  pmt_step_list_switch (steps, index, on);
  return take_steps (history, steps, error);
}

gboolean
pmt_history_remove (PmtHistory *history, int index, GError **error)
{
  PmtStepList *steps;

  if (!check (history, index, error))
    return FALSE;
  steps = pmt_step_list_copy (history->steps);
  pmt_step_list_remove (steps, index);
  return take_steps (history, steps, error);
}

char *
pmt_history_obstacle (const PmtHistory *history, int index, int towards)
{
  g_autofree char *title = NULL;

  switch (pmt_step_list_find_obstacle (history->steps, index, towards))
    {
    case PMT_MOVE_NO_NEIGHBOUR:
      return g_strdup (towards < 0 ? _("It is the first step.") : _("It is the last step."));
    case PMT_MOVE_OTHER_PIXELS:
      return g_strdup (_("This step turns or scales the picture: the steps before it count in other pixels than those behind it."));
    case PMT_MOVE_NEIGHBOUR_OTHER:
      title = pmt_history_title (pmt_step_list_get_step (history->steps, index + towards));
      return g_strdup_printf (_("“%s” turns or scales the picture: the steps before it count in other pixels than those behind "
                                "it."), title);
    default:
      return NULL;
    }
}

gboolean
pmt_history_move (PmtHistory *history, int index, int towards, GError **error)
{
  g_autofree char *obstacle = NULL;
  PmtStepList *steps;

  if (!check (history, index, error))
    return FALSE;
  obstacle = pmt_history_obstacle (history, index, towards);
  if (obstacle != NULL)
    return pmt_plug_in_fail (error, "%s", obstacle);
  steps = pmt_step_list_copy (history->steps);
  pmt_step_list_move (steps, index, towards);
  return take_steps (history, steps, error);
}

gboolean
pmt_history_record_move (PmtHistory *history, GError **error)
{
  const char *refusal = pmt_history_refusal (history);
  g_autoptr (PmtLayerChain) chain = NULL;
  PmtLayerChain *moved;
  int x, y;

  if (refusal != NULL)
    return pmt_plug_in_fail (error, _("“%s” was left out: %s."), history->layer_name, refusal);
  if (!pmt_history_get_move (history, &x, &y))
    return pmt_plug_in_fail (error, _("The layer was not moved since its last step."));
  chain = pmt_history_get_chain (history);
  moved = pmt_history_get_present (history, chain, error);
  if (moved == NULL)
    return FALSE;
  take_chain (history, moved);
  return TRUE;
}

void
pmt_history_copy_to (PmtHistory *history, GimpLayer *layer, const gboolean *chosen)
{
  g_autoptr (PmtStepList) steps = pmt_step_list_copy (history->steps);
  PmtHistoryCopy *copy;

  for (guint i = history->copies->len; i > 0; i--)
    if (pmt_layer_equal (((PmtHistoryCopy *) g_ptr_array_index (history->copies, i - 1))->layer, layer))
      g_ptr_array_remove_index (history->copies, i - 1);
  if (chosen == NULL)
    return;
  pmt_step_list_keep (steps, chosen);
  copy = g_new0 (PmtHistoryCopy, 1);
  copy->layer = layer;
  copy->chain = chain_of (history, steps);
  g_ptr_array_add (history->copies, copy);
}

/* -- applying -- */

gboolean
pmt_history_is_changed (const PmtHistory *history)
{
  g_autoptr (PmtLayerChain) chain = pmt_history_get_chain (history);
  g_autofree char *now = pmt_layer_chain_to_json (chain), *before = pmt_layer_chain_to_json (history->record);

  return history->copies->len > 0 || strcmp (now, before) != 0;
}

static gboolean
apply_copy (PmtHistory *history, const PmtHistoryCopy *copy, PmtLayerStates *states, GError **error)
{
  g_autoptr (PmtLayerChain) chain = NULL;

  if (!gimp_item_is_valid (GIMP_ITEM (copy->layer)))
    return pmt_plug_in_fail (error, _("A layer was removed or resized meanwhile. Open the window anew."));
  chain = pmt_layer_chain_copied (copy->chain, history->layer, copy->layer);
  pmt_layer_states_remember (states, copy->layer, FALSE);
  return pmt_layer_edit_chain (copy->layer, chain, error);
}

/* People work on in the image while a window is open. */
static gboolean
is_as_it_was (const PmtHistory *history, GError **error)
{
  g_autoptr (PmtLayerChain) record = NULL;
  g_autofree char *now = NULL, *then = pmt_layer_chain_to_json (history->record);

  if (gimp_item_is_valid (GIMP_ITEM (history->layer)) && pmt_layer_chain_read (history->layer, &record, NULL) && record != NULL)
    now = pmt_layer_chain_to_json (record);
  return g_strcmp0 (now, then) == 0
         || pmt_plug_in_fail (error, _("The layer was removed or aligned anew meanwhile. Open the window anew."));
}

gboolean
pmt_history_apply (PmtHistory *history, GError **error)
{
  const char *refusal;
  g_autoptr (PmtLayerStates) states = pmt_layer_states_new ();
  g_autoptr (PmtLayerChain) chain = pmt_history_get_chain (history);
  gboolean succeeded;
  PmtEdit edit;

  if (!is_as_it_was (history, error))
    return FALSE;
  refusal = pmt_history_refusal (history);
  if (refusal != NULL)
    return pmt_plug_in_fail (error, _("“%s” was left out: %s."), history->layer_name, refusal);
  pmt_edit_begin (&edit, history->image);
  pmt_layer_states_remember (states, history->layer, FALSE);
  succeeded = pmt_layer_edit_chain (history->layer, chain, error);
  for (guint i = 0; succeeded && i < history->copies->len; i++)
    succeeded = apply_copy (history, g_ptr_array_index (history->copies, i), states, error);
  if (!succeeded)
    pmt_layer_states_restore (states);
  pmt_edit_end (&edit);
  gimp_displays_flush ();
  return succeeded;
}
