/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "image/resample.h"
#include "job.h"

G_BEGIN_DECLS

/* Pixels of layers, as they are without any filter, and back. */

/* A copy of the drawable's own pixels (a group's: its projection), in its format, origin (0, 0); release with
 * g_object_unref(). Takes the job's part from 0 to 1. */
GeglBuffer *pmt_pixels_copy    (GimpDrawable *drawable, PmtJob *job, GError **error);

/* A source over such a copy for matching: perceptual encoding, as stored in most files, so that shadows and lights
 * weigh alike. Alpha is its validity. */
PmtSource  *pmt_pixels_match_source (GeglBuffer *copy, GError **error);

/* An area of the image (a buffer of its canvas, "Y" and origin (0, 0)) seen from a frame: width × height pixels, its (x, y) lies at
 * `to_image` of (x, y). */
PmtSource  *pmt_pixels_area_source (GeglBuffer *area, PmtSize frame, const PmtTransform *to_image, GError **error);

/* `area` (NULL: all) without what `hole` covers; bands of 0 … 1, as large as each other. It is made where it is read. */
PmtSource  *pmt_pixels_without     (PmtSource *area, PmtSource *hole, GError **error);

/* A painted map (a channel, a layer's mask), a band of 0 … 1, as light as it was painted, seen from a frame likewise: (x, y) lies at
 * `to_map` of (x, y); beyond the map it is 0. It is drawn where it is read, so the frame may be large. */
PmtSource  *pmt_pixels_map_source (GimpDrawable *map, PmtSize frame, const PmtTransform *to_map, PmtJob *job,
                                   GError **error);

/* `map` seen from a frame: (x, y) lies at `to_map` of (x, y); drawn where it is read. */
PmtSource  *pmt_pixels_seen_source (PmtSource *map, PmtSize frame, const PmtTransform *to_map, GError **error);

/* The same format with an alpha band: "R'G'B' u8" → "R'G'B'A u8". */
const Babl *pmt_pixels_with_alpha (const Babl *format);

/* The same format without it. */
const Babl *pmt_pixels_without_alpha (const Babl *format);
/* A digest of the colours of such a copy, whatever its alpha: the same bytes, the same digest. From any thread; NULL when cancelled. */
char       *pmt_pixels_digest (GeglBuffer *copy, PmtContext *context, GError **error);

/* Pixels seen through a transform, ready to become a layer's. */
typedef struct
{
  GeglBuffer *buffer;     /* extent = bounds, in the original's precision and space, with alpha */
  PmtRect     bounds;     /* in the layer's frame */
} PmtRendering;

/* Resamples once, in linear light and float, from the copy of the original; on the job's thread. */
PmtRendering *pmt_pixels_render    (GeglBuffer *copy, const PmtTransform *placed, PmtSampler sampler, PmtJob *job,
                                    GError **error);
void          pmt_rendering_free   (PmtRendering *rendering);

/* Makes the rendering the layer's pixels and bounds, undoably. No selection may be active. */
gboolean      pmt_pixels_replace   (GimpLayer *layer, const PmtRendering *rendering, GError **error);

/* Removes an alpha channel that we added; the other bytes stay what they are. Alpha that is no longer opaque
 * everywhere (somebody erased) stays, and FALSE is returned. No selection may be active. */
gboolean      pmt_pixels_drop_alpha (GimpLayer *layer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtRendering, pmt_rendering_free)

G_END_DECLS
