/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "layer-chain.h"
#include "register.h"

G_BEGIN_DECLS

/* From what was found between two layers' original pixels to the moving layer's record: align-chain.c. `shown`: of the reference,
 * `found`: its original pixels → the moving layer's. */

/* The layer's own frame, as one sees it → its original pixels. */
PmtTransform  *pmt_align_chain_shown     (GimpLayer *layer, GError **error);
/* The layer's original pixels → the image's canvas, as it shows them. */
PmtTransform  *pmt_align_chain_to_image  (GimpLayer *layer, const PmtTransform *shown, GError **error);
/* What the layer shows now, from the reference's frame. A layer that was cropped or scaled since it was aligned no longer has
 * the pixels that its chain is about: an error. */
PmtLayerChain *pmt_align_chain_present   (GimpLayer *layer, GimpLayer *reference, GError **error);
/* The same between the original pixels: where a search starts. */
PmtTransform  *pmt_align_chain_pose      (const PmtLayerChain *before, const PmtTransform *shown, GError **error);
/* The record with a step behind that corrects what was shown before to what was found; … */
PmtLayerChain *pmt_align_chain_corrected (const PmtLayerChain *before, const PmtTransform *shown, const PmtTransform *found,
                                          const PmtProvenance *provenance, GError **error);
/* … or with what was found alone. */
PmtLayerChain *pmt_align_chain_fresh     (const PmtLayerChain *before, const PmtTransform *shown, const PmtTransform *found,
                                          const PmtProvenance *provenance, GError **error);
/* FALSE with an error where what it shows has absurd bounds. */
gboolean       pmt_align_chain_check     (const PmtLayerChain *chain, GError **error);
/* The provenance of the step that a registration adds; strings are the caller's to clear. */
void           pmt_align_chain_describe  (PmtProvenance *provenance, const PmtRegistration *registration,
                                          const char *method, const char *reference);

G_END_DECLS
