/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "match/pose-private.h"
#include "register.h"

G_BEGIN_DECLS

/* Moves the pose to where all tiles of all levels together support it most: fit/support-climb.c. For images in which
 * hardly a tile has a peak of its own (speckle, noise, a few common edges) this finds what single tiles can't tell.
 * model: the freest motion allowed (AUTO: homography), added only as far as the support pays for it. *support: nats at
 * the new pose. Costs two or three score volumes at 256 and 512 px. FALSE, *pose untouched, with an error for memory
 * and cancellation, without one when the pose leaves nothing to compare. */
gboolean _pmt_support_climb (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, PmtModel model,
                             PmtMatrix3 *pose, double *support, GError **error);

/* The support of a pose as it is. */
gboolean _pmt_support_at    (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                             double *support, GError **error);

G_END_DECLS
