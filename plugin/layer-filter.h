/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "image/resample.h"
#include "transform/transform.h"

G_BEGIN_DECLS

#define PMT_WARP_OPERATION "pentimento:warp"
/* XCF strings end at 16 MiB and a longer one corrupts the file without a word: we stay at half of it. */
#define PMT_LAYER_TEXT_MAX (8 * 1024 * 1024)

/* The live filter on a layer that shows its original pixels through a transform. Its coordinates are the layer's own,
 * whose origin is the layer's top-left corner. */

/* The layer's filter of ours, NULL when there is none; owned by libgimp. */
GimpDrawableFilter *pmt_layer_filter_find   (GimpLayer *layer);
/* *transform is NULL where the layer has no filter of ours. */
gboolean            pmt_layer_filter_read   (GimpLayer *layer, PmtTransform **transform, PmtSampler *sampler,
                                             GError **error);
/* TRUE when the layer carries exactly this filter. */
gboolean            pmt_layer_filter_equal  (GimpLayer *layer, const PmtTransform *transform, PmtSampler sampler);
/* Puts the filter on the layer, in place of an earlier one of ours; on top of the layer's other filters. No selection
 * may be active (see PmtEdit). The layer must have alpha where the transform exposes edges. */
gboolean            pmt_layer_filter_set    (GimpLayer *layer, const PmtTransform *transform, PmtSampler sampler,
                                             GError **error);
gboolean            pmt_layer_filter_remove (GimpLayer *layer, GError **error);

G_END_DECLS
