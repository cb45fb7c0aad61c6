/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "base/geometry.h"
#include "image/grey.h"

G_BEGIN_DECLS

/* grey squeezed by `tilt` ≥ 1 along the direction `angle` (radians, x towards y), as a plane looks that is turned away
 * from the viewer by arccos (1/tilt): blurred by 0.8·√(tilt² − 1) px along it, then resampled, on the smallest canvas that
 * holds it; what lies outside grey is invalid. *matrix: grey px → its px. image/squeeze.c */
PmtGrey *_pmt_grey_squeeze (PmtContext *context, const PmtGrey *grey, double tilt, double angle, PmtMatrix3 *matrix,
                            GError **error);

G_END_DECLS
