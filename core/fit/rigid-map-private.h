/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/source.h"
#include "match/path-private.h"

G_BEGIN_DECLS

/* Where a person wants the moving image to keep its shape: fit/rigid-map.c. */
typedef struct _PmtRigidMap PmtRigidMap;

/* Reads a map as large as the moving image, its maximum being 1. *map is NULL where nothing is painted. FALSE with an error only. */
gboolean _pmt_rigid_map_read   (PmtContext *context, PmtSource *source, PmtRigidMap **map, GError **error);
void     _pmt_rigid_map_free   (PmtRigidMap *map);

/* 0 … 1 at a place of the moving image; beyond it, what lies at its border. */
double   _pmt_rigid_map_at     (const PmtRigidMap *map, PmtPoint p);
/* Which of its parts, from 1 on, that are painted at more than half and hang together, the place belongs to; 0: none. */
int      _pmt_rigid_map_part   (const PmtRigidMap *map, PmtPoint p);
int      _pmt_rigid_map_parts  (const PmtRigidMap *map);
/* What `painted` weighs in the strain energy, in units of information per area times area: (ℓ/2π)², where ℓ = ½ s/(1 − s) is the
 * length of the waves that it halves, a share of the √area. */
double   _pmt_rigid_map_weight (double painted);

/* The root mean square, over places of the overlap painted at more than half, of the largest change of length in any direction that
 * the path's bend makes there, rotations being none; *share: of the overlap, such places. */
double   _pmt_rigid_map_strain (const PmtRigidMap *map, const PmtPath *path, PmtSize fixed, PmtSize moving, double *share);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtRigidMap, _pmt_rigid_map_free)

G_END_DECLS
