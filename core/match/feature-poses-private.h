/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "match/pose-private.h"

G_BEGIN_DECLS

/* Poses from matched keypoints (match/feature-poses.c): up to two homographies, the one with more evidence first, are
 * appended to `poses` with `matches` set and score 0. They bear perspective, changes of scale and small overlaps,
 * but need details that look alike in both images, light and dark apart. TRUE with nothing appended where there are
 * none. */
gboolean _pmt_feature_poses (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, GArray *poses,
                             GError **error);

/* Poses of planes that were photographed from the side (match/tilted-poses.c): keypoints of views of either image that
 * are squeezed along several directions, matched with the other image as it is, and then with the other's squeezed
 * views (affine SIFT: Yu & Morel 2011). Bears 60° and more between the views, for some seconds of work. */
gboolean _pmt_tilted_poses  (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, GArray *poses,
                             GError **error);

G_END_DECLS
