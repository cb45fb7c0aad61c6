/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "judge/evidence-private.h"
#include "match/pose-private.h"
#include "register.h"

G_BEGIN_DECLS

/* The pose that the overviews support best, refined to a level of √area 512 (or the images' own), and the runner-up
 * that means something else. */
typedef struct
{
  PmtMatrix3  matrix;
  PmtEvidence evidence;
  const char *proposer;
  double      second_support;   /* of the best distinct other pose, 0 when none */
  double      matches;          /* nats that matched keypoints speak for it with, 0 when it came from elsewhere */
} PmtFound;

/* initial: where to begin, fixed → moving. model: no freer motion than this is fitted. FALSE without error when no
 * pose leaves enough overlap to speak of: nothing was found. */
gboolean _pmt_find_pose (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *initial,
                         PmtSearch search, PmtModel model, PmtFound *found, GError **error);

/* The proposers alone, for benchmarks: their poses as they come, before anything is ranked. */
int         _pmt_proposers     (void);
const char *_pmt_proposer_name (int proposer);
gboolean    _pmt_propose       (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *initial,
                                int proposer, GArray *poses, GError **error);

G_END_DECLS
