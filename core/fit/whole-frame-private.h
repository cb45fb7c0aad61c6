/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/control-points-private.h"
#include "image/pyramid-private.h"
#include "match/path-private.h"

G_BEGIN_DECLS

/* All of the overlap of two images of the same kind at full resolution (beyond some megapixels, tiles spread evenly over
 * it), read and filtered once, to be matched by grey values at one pose after another: fit/whole-frame.c. */
typedef struct _PmtWholeFrame PmtWholeFrame;

/* blocks: about as many control points at most. NULL without error when there is too little overlap. Memory: 12 bytes for each
 * pixel used. */
PmtWholeFrame *_pmt_whole_frame_new    (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving,
                                        const PmtPath *path, int blocks, GError **error);
void           _pmt_whole_frame_free   (PmtWholeFrame *frame);

/* One Gauss–Newton step of every block along the path, which may have moved by some px since, as a control point with a covariance from its residuals; blocks
 * without information are left out. NULL with an error only (memory, cancellation). */
GArray        *_pmt_whole_frame_points (PmtContext *context, PmtWholeFrame *frame, const PmtPath *path,
                                        GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtWholeFrame, _pmt_whole_frame_free)

G_END_DECLS
