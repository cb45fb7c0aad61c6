/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/snap.h"

G_BEGIN_DECLS

/* What one piece about the point says. */
typedef struct
{
  gboolean any;             /* it has a peak within the radius */
  PmtPoint shift;           /* level px, from what was foretold */
  double   z, second;       /* of the peak, and of the best place well apart from it */
  double   deviation;       /* level px an axis, if the peak is the right one */
  double   correlation;     /* of grey values; 0 where these do not correspond */
} PmtSnapLook;

#define PMT_SNAP_LOOKS 3    /* from the smallest piece to the largest */

gboolean _pmt_snap_looks   (PmtSnapper *snapper, PmtContext *context, const PmtTransform *map, PmtPoint fixed,
                            PmtPoint foretold, double radius, PmtSnapLook looks[PMT_SNAP_LOOKS], PmtSnap *snap, GError **error);

G_END_DECLS
