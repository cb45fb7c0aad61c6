/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/source.h"
#include "transform/transform.h"

G_BEGIN_DECLS

typedef enum
{
  PMT_SAMPLER_NEAREST,
  PMT_SAMPLER_LINEAR,
  PMT_SAMPLER_CUBIC,     /* Keys 1981, a = -1/2 */
  PMT_SAMPLER_LANCZOS3
} PmtSampler;

/* Nick ("nearest", "linear", "cubic", "lanczos3") to value; FALSE for any other word. */
gboolean    pmt_sampler_from_nick (const char *nick, PmtSampler *sampler);
const char *pmt_sampler_to_nick   (PmtSampler sampler);

/* Renders `out` (a rectangle in the fixed image's pixels, may lie anywhere) of the source seen through the transform:
 * output pixel p takes the source's value at transform(p). dest has out.height rows of bands·out.width floats.
 *
 * Kernel: separable, renormalised to sum 1 over the source pixels inside the image that hold data (edge rule: nothing is
 * invented beyond the border, nothing mirrored). Where the map shrinks, the kernel widens by the local Jacobian's row
 * norms (∂u/∂(x,y), ∂v/∂(x,y)), so that nothing aliases; up to 1.05 it is left alone and from 1.25 on it has the full
 * width, so a map that hardly shrinks does not soften. Nearest never widens. With an alpha band, colours are weighted by
 * alpha and divided by it again. A pixel with a band that is not finite is a hole; with an alpha band, as if alpha 0.
 * A shift by whole pixels copies, with any sampler, to the bit.
 * Uncovered (transform(p) outside [0,w] × [0,h], no image, less than a quarter of the kernel on data, or alpha below
 * half a 16-bit step of it): all bands 0, alpha 0, or `background` in all bands when the source has no alpha band.
 * coverage, NULL or out.width·out.height bytes: 255 where covered, 0 elsewhere.
 *
 * Each pixel depends on its own coordinates alone: any split into rectangles, any number of threads, the same bits.
 * Memory: a thread holds 0.2 MB and the source box of a 64 × 64 output tile, of smaller blocks where that box would
 * exceed 48 MiB; at least one row of it. Fails only by a failing source, memory, cancellation or an absurd rectangle. */
gboolean pmt_resample (PmtContext *context, PmtSource *source, const PmtTransform *transform, PmtSampler sampler,
                       const PmtRect *out, float background, float *dest, gsize stride, guint8 *coverage,
                       GError **error);

/* A rectangle that holds all source pixels that pmt_resample() may read for `out`; empty when there are none. The whole
 * image where a horizon crosses `out`. */
PmtRect  pmt_resample_source_region (const PmtTransform *transform, PmtSize source, PmtSampler sampler,
                                     const PmtRect *out);

G_END_DECLS
