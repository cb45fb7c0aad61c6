/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/lattice-private.h"
#include "match/patches-private.h"

G_BEGIN_DECLS

/* A bend from the score volumes of a patch set, without deciding first where each piece went: fit/soft-bend.c. */
typedef struct _PmtSoftBend PmtSoftBend;

/* volume: of the set, at the pieces' own poses. pose: what the bend follows, fixed → moving. box: where it is wanted, moving px.
 * earlier: NULL, or of PmtPull, what coarser levels said. All are borrowed. */
PmtSoftBend      *_pmt_soft_bend_new    (const PmtVolume *volume, const PmtPatchSet *set, const PmtMatrix3 *pose,
                                         const PmtExtent *box, const GArray *earlier);
void              _pmt_soft_bend_free   (PmtSoftBend *soft);

/* The bend of that stiffness; NULL where the tiles hold no information. */
PmtLatticeSystem *_pmt_soft_bend_fit    (PmtSoftBend *soft, double stiffness);
/* After _pmt_soft_bend_fit(): appends what the tiles said, for a finer level. */
void              _pmt_soft_bend_tell   (const PmtSoftBend *soft, GArray *pulls);

/* Which of n stiffnesses (stiffest first) to take: of those whose bend the tiles support better than it does where they are, by two
 * standard errors more than one does after their shifts were mirrored at random, the stiffest within a standard error of the
 * best. −1: none, or cancelled. gain: n numbers, by how much. */
int               _pmt_soft_bend_choose (PmtContext *context, PmtSoftBend *soft, int n, const double *stiffness, double *gain);

/* Where a tile of the volume should go under a bend: a shift, level px. */
PmtPoint          _pmt_soft_bend_shift  (const PmtSoftBend *soft, const PmtLatticeSystem *bend, int tile);

/* The share of tiles whose best match of all lies within 1.6 px of where the path is already, which chance does for some 5 %. */
double            _pmt_soft_bend_agreement (const PmtSoftBend *soft);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtSoftBend, _pmt_soft_bend_free)

G_END_DECLS
