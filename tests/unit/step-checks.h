/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform-private.h"

/* What holds for a chain of steps of any kind; each aborts the test where it does not. `box`: where to look, fixed px. */

/* Jacobians of the chain and of its inverse, against differences. */
void check_jacobian  (const PmtTransform *chain, PmtExtent box);
/* There and back, in both orders, within `tolerance` px; the worst is returned. */
double check_inverse (const PmtTransform *chain, PmtExtent box, double tolerance);
/* NaN and infinite coordinates have no image, in either direction. */
void check_no_number (const PmtTransform *chain);
/* The chain and its inverse to text and back: the same bytes, and the same bits of the map. */
void check_text      (const PmtTransform *chain, PmtExtent box);
/* No point of the moving image lies outside of the bounds, and they are no more than a pixel too wide. */
void check_bounds    (const PmtTransform *chain, PmtSize moving);
/* Where the resampler looks, against the chain's own word; the region that it says it reads holds all of that. */
void check_lookup    (const PmtTransform *chain, PmtSize fixed, PmtSize moving);
/* Texts made of the chain's by small changes are read or refused with PMT_ERROR_FORMAT; what is read maps points and
 * comes back from its own text. Returns how many were refused. */
int  check_mutations (const PmtTransform *chain, PmtExtent box, guint32 seed, int rounds);
/* Each text is refused with words that hold `words`. */
typedef struct { const char *text, *words; } HostileText;
void check_hostile   (int n, const HostileText *texts);

/* A chain file's text around the members of its only step. */
#define STEP_HEAD "{\"format\":\"pentimento-transform\",\"version\":1,\"from\":\"fixed\",\"to\":\"moving\"," \
                  "\"pixel-centre\":0.5,\"axes\":\"x right, y down\",\"fixed\":{\"width\":4,\"height\":3}," \
                  "\"moving\":{\"width\":5,\"height\":6},\"steps\":[{"
#define STEP_TAIL "}]}"
