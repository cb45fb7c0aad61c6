/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/source.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* `after`, but where `held`, a band as large as the fixed image, is at least ½, `before`: what is held stays where it was, to 0.05 px
 * where `before` and `after` differ smoothly, and around it the one goes over into the other. A new chain: `after` and a dense step behind,
 * which is none beyond *reach px (of the moving image) around what is held; *reach, may be NULL, is as short as the map allows
 * without folding, three times the largest difference at least. Both lead from the same frame to the same moving image, whose size must be
 * known. PMT_ERROR_BAD_INPUT where nothing is held that both show, and where the two differ so much that no way over is found.
 * O(1) in the images' sizes: 256 nodes along the longer side, so what is narrower than that may be missed. */
PmtTransform *pmt_hold_place (const PmtTransform *after, const PmtTransform *before, PmtSource *held, double *reach, GError **error);

G_END_DECLS
