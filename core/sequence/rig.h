/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"
#include "base/error.h"

G_BEGIN_DECLS

/* A registration of frame `frame` of two cameras. */
typedef struct
{
  int        frame;
  PmtMatrix3 matrix;     /* fixed → moving, as registered */
  double     sigma;      /* px: how far off it may be, > 0 */
  gboolean   sure;       /* its registration was called ok; handed through */
  double     weight;     /* set: 0 … 1; 0: it contradicts its neighbours in time, and is not listened to */
  double     misfit;     /* set: median distance from the solution, moving px */
} PmtRigPair;

/* Two cameras on one rig: one map for all frames, and a slow drift of it, a small similarity.
 *
 * The map is that of the pair from which all others are least far, moved to the robust mean of all. The drift of each pair is the
 * similarity that is left; over time it is smoothed by local lines (Cleveland 1979, robust locally weighted regression) that
 * reach `window` > 0 frames to either side, farther where there are fewer than five pairs. A pair that is far from its neighbours in time gets
 * no weight, however sure it is of itself. frames: `n_frames` matrices, fixed → moving, set. PMT_ERROR_BAD_INPUT without two pairs. */
gboolean pmt_rig_solve (GArray *pairs, PmtSize fixed, int n_frames, double window, PmtMatrix3 *rig, PmtMatrix3 *frames,
                        GError **error);

G_END_DECLS
