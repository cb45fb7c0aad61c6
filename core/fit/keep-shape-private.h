/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/rigid-map-private.h"

G_BEGIN_DECLS

/* The bend that is nearest to `along` over the box and keeps shapes where the map says so: each such part moves and turns as it does on
 * the whole. along: from where the pose leads to the moving image, px. NULL where that would fold. */
PmtStep *_pmt_keep_shape (const PmtRigidMap *map, const PmtExtent *box, const PmtPath *along, double *least_jacobian);

G_END_DECLS
