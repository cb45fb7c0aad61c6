/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer-edit.h"

#include "layer-filter.h"
#include "plug-in.h"

/* Anything but the identity leaves a part of the layer's box uncovered or shows some outside of it. */
static gboolean
exposes_edges (const PmtTransform *placed)
{
  PmtMatrix3 matrix;

  if (pmt_transform_get_length (placed) == 0)
    return FALSE;
  if (!pmt_transform_get_matrix (placed, &matrix))
    return TRUE;
  matrix = pmt_matrix3_normalised (&matrix);
  for (int row = 0; row < 3; row++)
    for (int column = 0; column < 3; column++)
      if (matrix.m[row][column] != pmt_matrix3_identity.m[row][column])
        return TRUE;
  return FALSE;
}

gboolean
pmt_layer_edit_chain (GimpLayer *layer, const PmtLayerChain *chain, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  g_autoptr (PmtTransform) placed = pmt_layer_chain_placed (chain, error);

  if (placed == NULL)
    return FALSE;
  if (!gimp_drawable_has_alpha (drawable) && exposes_edges (placed) && !gimp_layer_add_alpha (layer))
    return pmt_plug_in_fail (error, _("GIMP did not add an alpha channel"));
  return pmt_layer_filter_set (layer, placed, chain->sampler, error) && pmt_layer_chain_attach (layer, chain, error);
}

gboolean
pmt_layer_edit_pixels (GimpLayer *layer, const PmtLayerChain *chain, const PmtRendering *rendering, GError **error)
{
  return pmt_layer_filter_remove (layer, error)
         && pmt_pixels_replace (layer, rendering, error)
         && pmt_layer_chain_attach (layer, NULL, error)
         && pmt_layer_chain_attach_note (layer, chain, error);
}

gboolean
pmt_layer_edit_reset (GimpLayer *layer, const PmtLayerChain *chain, gboolean *kept_alpha, GError **error)
{
  gboolean ours;

  if (!pmt_layer_filter_remove (layer, error) || !pmt_layer_chain_attach (layer, NULL, error))
    return FALSE;
  ours = chain != NULL && !chain->had_alpha && gimp_drawable_has_alpha (GIMP_DRAWABLE (layer))
         && !gimp_item_is_group (GIMP_ITEM (layer));
  ours = ours && !pmt_pixels_drop_alpha (layer);
  if (kept_alpha != NULL)
    *kept_alpha = ours;
  return TRUE;
}

typedef struct
{
  GimpLayer     *layer;
  gboolean       had_alpha;
  int            x, y, width, height;
  PmtLayerChain *chain;
  PmtTransform  *filter;
  PmtSampler     sampler;
  PmtRendering   original;     /* buffer NULL unless the pixels are replaced */
} State;

struct _PmtLayerStates
{
  GArray *states;
};

static void
state_clear (gpointer data)
{
  State *state = data;

  pmt_layer_chain_free (state->chain);
  g_clear_pointer (&state->filter, pmt_transform_unref);
  g_clear_object (&state->original.buffer);
}

PmtLayerStates *
pmt_layer_states_new (void)
{
  PmtLayerStates *states = g_new0 (PmtLayerStates, 1);

  states->states = g_array_new (FALSE, TRUE, sizeof (State));
  g_array_set_clear_func (states->states, state_clear);
  return states;
}

void
pmt_layer_states_free (PmtLayerStates *states)
{
  if (states == NULL)
    return;
  g_array_unref (states->states);
  g_free (states);
}

void
pmt_layer_states_remember (PmtLayerStates *states, GimpLayer *layer, gboolean pixels)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  State state = { .layer = layer };

  state.had_alpha = gimp_drawable_has_alpha (drawable);
  state.width = gimp_drawable_get_width (drawable);
  state.height = gimp_drawable_get_height (drawable);
  gimp_drawable_get_offsets (drawable, &state.x, &state.y);
  pmt_layer_chain_read (layer, &state.chain, NULL);
  pmt_layer_filter_read (layer, &state.filter, &state.sampler, NULL);
  if (pixels)
    {
      g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (drawable);

      state.original.buffer = gegl_buffer_dup (buffer);
    }
  g_array_append_val (states->states, state);
}

static void
restore (State *state)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (state->layer);

  if (state->original.buffer != NULL)
    {
      int x, y;

      gimp_drawable_get_offsets (drawable, &x, &y);
      state->original.bounds = (PmtRect) { state->x - x, state->y - y, state->width, state->height };
      pmt_pixels_replace (state->layer, &state->original, NULL);
    }
  if (state->filter != NULL)
    pmt_layer_filter_set (state->layer, state->filter, state->sampler, NULL);
  else
    pmt_layer_filter_remove (state->layer, NULL);
  pmt_layer_chain_attach (state->layer, state->chain, NULL);
  if (!state->had_alpha && gimp_drawable_has_alpha (drawable))
    pmt_pixels_drop_alpha (state->layer);
}

void
pmt_layer_states_restore (PmtLayerStates *states)
{
  for (guint i = states->states->len; i > 0; i--)
    restore (&g_array_index (states->states, State, i - 1));
}
