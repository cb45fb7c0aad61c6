/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/refine-private.h"
#include "fit/smooth-private.h"
#include "match/find-private.h"

G_BEGIN_DECLS

/* The error to state where no control points at full resolution tell it: register-error.c. */

/* One of which no more than a middle size is known, moving px. */
void _pmt_state_error          (PmtRefined *refined, double median);
/* What the overviews allow to say: how far two halves of them disagree. */
void _pmt_state_overview_error (const PmtPyramid *fixed, const PmtFound *pose, PmtRefined *refined);
/* Adds what the object itself is off by where the finest levels see nothing in common: volume is the evidence's along the
 * path, NULL where there is too little overlap for one; smooth->bend NULL for a plane. Errors from control points at full resolution stay as they are. */
void _pmt_add_object_error     (const PmtPyramid *fixed, const PmtVolume *volume, const PmtFound *pose,
                                const PmtSmooth *smooth, PmtRefined *refined);

/* Along a bend that is known by places (smooth->errors): where most parts that are to be seen do not lie along it, it may be off by as much
 * as it bends at all. The radii in *refined follow. */
void _pmt_add_guesses          (const PmtPyramid *fixed, const PmtVolume *volume, const PmtSmooth *smooth, PmtRefined *refined);

G_END_DECLS
