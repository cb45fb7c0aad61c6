/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/refine-private.h"
#include "judge/confidence.h"
#include "match/score-volume-private.h"

G_BEGIN_DECLS

/* volume: scores at refined->matrix, may be NULL where the images have too little in common: then no cell is supported. */
PmtConfidence *_pmt_confidence_map (const PmtVolume *volume, const PmtRefined *refined, PmtSize fixed, PmtSize moving);

G_END_DECLS
