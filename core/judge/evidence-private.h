/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/soft-fit-private.h"

G_BEGIN_DECLS

/* What speaks for a pose, from the score volume at the pose itself: judge/evidence.c. */
typedef struct
{
  int    tiles;
  double support;        /* Σ log(0.7 + 0.3·P̄(≤ 1.6 px)/P̄(all)) / √tiles: right poses are above 8, and tens above */
  double inliers;        /* share of tiles whose highest peak lies within 1.6 px */
  double peak_margin;    /* the mean z at shift 0 over the best elsewhere, in standard deviations over shifts */
  double nfa;            /* −log10 of the expected number of chance poses with as many inliers */
  double halves;         /* median distance between affine fits to complementary halves of the tiles, level px */
  double returns;        /* judge/round-trip.c, level px; NAN: not known */
  double misfit;         /* 90th percentile of how far neighbouring tiles' best matches lie off together, level px */
  int    quadrants;      /* of the overlap, that hold at least 15 % inliers */
  double overlap;        /* share of the fixed image */
  double side;           /* √area of the level, px: what there was to compare */
  double level_scale;    /* level px for a fixed px */
} PmtEvidence;

/* Support alone: the cheap one, for ranking. fit: where in the volume the pose is, NULL for shift 0 everywhere. */
double   _pmt_support  (const PmtVolume *volume, const PmtSoftFit *fit, double *inliers);
/* FALSE when there are fewer than 8 tiles or nothing overlaps; *error only for memory and cancellation. */
gboolean _pmt_evidence (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                        PmtEvidence *evidence, GError **error);
/* The same of a volume that is there. */
gboolean _pmt_evidence_of (const PmtVolume *volume, PmtEvidence *evidence);
/* The volume that _pmt_evidence() looks at; NULL without error when there is too little overlap. */
PmtVolume *_pmt_evidence_volume (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                                 GError **error);
/* The same along a path that bends. */
PmtVolume *_pmt_evidence_volume_along (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path,
                                       GError **error);

/* How much of a tile's likelihood lies within 1.6 px of the pose, of all shifts: 0 … 1. */
double   _pmt_tile_trust (const PmtVolume *volume, int tile);

/* Whether a tile's highest peak lies within 1.6 px of the pose. */
gboolean _pmt_tile_agrees (const PmtVolume *volume, int tile);

/* Where the best matches of a tile and its neighbours agree to lie (vector median of those with z ≥ 4 within two blocks,
 * at least four, at least half of them within 2 px of it); FALSE when they do not agree. Level px. */
gboolean _pmt_tile_drift (const PmtVolume *volume, int tile, PmtPoint *drift);

G_END_DECLS
