/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/plane.h"

G_BEGIN_DECLS

/* Gaussian blur, standard deviation sigma > 0 px, truncated at 4·sigma, borders mirrored (… c b a | a b c …: filters
 * only; what a border touches is masked out afterwards by _pmt_mask_erode()). in = out allowed. */
gboolean _pmt_gaussian_blur (const PmtPlane *in, double sigma, PmtPlane *out, GError **error);

/* Central differences (f(x+1) − f(x−1))/2, borders mirrored. */
void     _pmt_gradient (const PmtPlane *in, PmtPlane *gx, PmtPlane *gy);

/* out = 1 where every pixel within the (2·radius+1)² square has mask > 0.6, else 0; outside the frame counts as
 * valid when `frame` is TRUE and as invalid otherwise. */
gboolean _pmt_mask_erode (const PmtPlane *mask, int radius, gboolean frame, PmtPlane *out, GError **error);

/* Whether every pixel of the mask is above `share`. */
gboolean _pmt_mask_all_valid (const PmtPlane *mask, float share);

G_END_DECLS
