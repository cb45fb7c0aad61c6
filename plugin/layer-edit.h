/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "layer-chain.h"
#include "pixels.h"

G_BEGIN_DECLS

/* The changes that procedures make to one layer, between pmt_edit_begin() and pmt_edit_end(). */

/* The layer shows its original pixels through the chain: alpha where edges are exposed, filter, parasite. */
gboolean pmt_layer_edit_chain  (GimpLayer *layer, const PmtLayerChain *chain, GError **error);
/* The rendering becomes the layer's pixels; filter and parasite go, a note stays. */
gboolean pmt_layer_edit_pixels (GimpLayer *layer, const PmtLayerChain *chain, const PmtRendering *rendering,
                                GError **error);
/* Filter, parasite and an alpha channel of ours go. *kept_alpha, may be NULL: the alpha had to stay. */
gboolean pmt_layer_edit_reset  (GimpLayer *layer, const PmtLayerChain *chain, gboolean *kept_alpha, GError **error);

/* How layers were before an edit, to go back to when it fails half way. Pixels that were replaced come back from
 * copies, which remember() makes only where `pixels` is TRUE. */
typedef struct _PmtLayerStates PmtLayerStates;

PmtLayerStates *pmt_layer_states_new      (void);
void            pmt_layer_states_free     (PmtLayerStates *states);
void            pmt_layer_states_remember (PmtLayerStates *states, GimpLayer *layer, gboolean pixels);
void            pmt_layer_states_restore  (PmtLayerStates *states);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtLayerStates, pmt_layer_states_free)

G_END_DECLS
