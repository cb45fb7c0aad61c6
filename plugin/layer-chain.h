/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "image/resample.h"
#include "step-list.h"

G_BEGIN_DECLS

/* What a layer knows of its alignment: the truth, kept in the layer's parasite "pentimento-transform" (format:
 * docs/gimp-layers.md). The filter on the layer is made from it and can be made again at any time.
 *
 * `transform` maps points of the reference layer's own frame to the layer's original pixels. Both frames have their
 * origin at the layer's top-left corner; `*_x`, `*_y` say where those corners were in the image when the layer was
 * last aligned, so that what the filter needs follows from this record alone. */
typedef struct
{
  PmtTransform *transform;
  GArray       *off;                  /* of PmtOffStep: what a person has switched off, no part of `transform`; NULL for nothing */
  int           layer_x, layer_y, layer_width, layer_height;
  gboolean      had_alpha;            /* before we added one */
  PmtSampler    sampler;
  char         *reference_name;       /* NULL when there is none */
  guint         reference_tattoo;     /* 0 when there is none */
  int           reference_x, reference_y;
} PmtLayerChain;

/* A record of an empty chain for a layer as it lies now, `reference` NULL: in the layer's own frame. */
PmtLayerChain *pmt_layer_chain_new       (GimpLayer *layer, GimpLayer *reference);
PmtLayerChain *pmt_layer_chain_copy      (const PmtLayerChain *chain);
void           pmt_layer_chain_free      (PmtLayerChain *chain);
/* The record with another transform and other steps that are off (NULL for none); takes both. NULL for no transform. */
PmtLayerChain *pmt_layer_chain_with      (const PmtLayerChain *chain, PmtTransform *transform, GArray *off);

char          *pmt_layer_chain_to_json   (const PmtLayerChain *chain);
/* PMT_ERROR_FORMAT for text that isn't such a record. */
PmtLayerChain *pmt_layer_chain_from_json (const char *text, gssize length, GError **error);

/* TRUE when the layer has a record, readable or not, or a filter of ours. */
gboolean       pmt_layer_chain_exists    (GimpLayer *layer);
/* *chain is NULL where the layer was never aligned. A layer that carries the filter but no parasite (made by hand, or
 * the parasite was removed) has a record made from the filter. */
gboolean       pmt_layer_chain_read      (GimpLayer *layer, PmtLayerChain **chain, GError **error);
/* Attaches the record, undoably; NULL removes it. PMT_ERROR_BAD_INPUT for one too large for an XCF file. */
gboolean       pmt_layer_chain_attach    (GimpLayer *layer, const PmtLayerChain *chain, GError **error);
/* Keeps the record as a note on how the pixels came about, for a layer whose alignment is in its pixels now. */
gboolean       pmt_layer_chain_attach_note (GimpLayer *layer, const PmtLayerChain *chain, GError **error);

/* The note that pmt_layer_chain_attach_note() left; NULL where there is none that can be read. */
PmtLayerChain *pmt_layer_chain_read_note (GimpLayer *layer);

/* The layer's own frame → its original pixels, at the time of the record: what the filter applies. */
PmtTransform  *pmt_layer_chain_placed    (const PmtLayerChain *chain, GError **error);

/* What of the frame of its live filter a layer covers: all of the original pixels' size, or, where the chain was baked into its pixels,
 * the box of what that showed. FALSE with an error where the layer was resized since. */
gboolean       pmt_layer_chain_find_box  (const PmtLayerChain *chain, GimpLayer *layer, gboolean baked, PmtRect *box,
                                          GError **error);

/* The chain that shows the same at the same places of the image as the layer does now, its frame that of `reference`
 * (NULL: the layer's own): moves of the layer, of the reference and another reference become a step of provenance
 * "placement" in front. `chain` NULL: the layer without an alignment. */
PmtLayerChain *pmt_layer_chain_rebased   (const PmtLayerChain *chain, GimpLayer *layer, GimpLayer *reference,
                                          GError **error);
/* The same where the reference is gone: only moves of the layer become a step, in the frame that the record has. */
PmtLayerChain *pmt_layer_chain_moved     (const PmtLayerChain *chain, GimpLayer *layer, GError **error);

/* The record by which `layer` shows its pixels at the same places of the image as `from`, whose record `chain` is, its own. */
PmtLayerChain *pmt_layer_chain_copied    (const PmtLayerChain *chain, GimpLayer *from, GimpLayer *layer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtLayerChain, pmt_layer_chain_free)

G_END_DECLS
