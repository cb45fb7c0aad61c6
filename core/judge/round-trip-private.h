/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "match/score-volume-private.h"

G_BEGIN_DECLS

/* Forward–backward: how far from where they began places end up that are matched from the fixed image into the moving one and
 * back, mean over the overlap, level px: judge/round-trip.c. volume: the evidence's, at the pose. NAN when one of the
 * two ways finds nothing to hold on to. FALSE only with an error (memory, reading, cancellation). */
gboolean _pmt_round_trip (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                          const PmtVolume *volume, double *distance, GError **error);

G_END_DECLS
