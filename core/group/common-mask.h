/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <vips/vips.h>

#include "group/group.h"

G_BEGIN_DECLS

/* An image of the canvas (pixels of the reference), 8 bit, computed when its pixels are asked for: 255 where the centre of a
 * pixel lies in all of n frames, each seen through its transform (reference → image), else 0. */
VipsImage *pmt_group_common_mask (int n, const PmtTransform *const *transforms, const PmtRect *canvas, GError **error);

G_END_DECLS
