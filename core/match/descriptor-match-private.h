/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "feature/keypoints-private.h"

G_BEGIN_DECLS

typedef struct
{
  int      fixed, moving;   /* indices of keypoints */
  double   ratio;           /* distance to the nearest over that to the second nearest at another place, the better of
                               both directions */
  gboolean turned;          /* either contrast only: the moving keypoint's angle is π more */
} PmtDescriptorMatch;

/* Pairs that are each other's nearest, in descriptor distance, with a ratio ≤ max_ratio; best first. Exhaustive:
 * n·m·128 multiplications (twice as many for either contrast), each in integers, so the same everywhere. NULL on
 * cancellation or lack of memory only. */
GArray *_pmt_descriptor_match (PmtContext *context, const PmtKeypoints *fixed, const PmtKeypoints *moving,
                               double max_ratio, GError **error);

G_END_DECLS
