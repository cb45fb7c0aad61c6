/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/control-points-private.h"
#include "fit/rigid-map-private.h"

G_BEGIN_DECLS

/* Replaces *plane (fixed → moving) by the one that the points of the largest rigid part show, up to `freest`; leaves it where they are
 * too few, or where that plane would lead far away over the fixed image. */
void _pmt_rigid_plane (const PmtRigidMap *map, const GArray *points, PmtModel freest, PmtSize fixed, PmtSize moving,
                       PmtMatrix3 *plane);

G_END_DECLS
