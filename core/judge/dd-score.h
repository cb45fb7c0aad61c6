/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "image/grey.h"

G_BEGIN_DECLS

/* Did moving an image bring its pixels nearer to the fixed one's? The difference of differences counts the pixels that
 * became better and those that became worse. It compares grey values, so it speaks of like images, and for people's
 * eyes; between unlike kinds it says little. */

#define PMT_DD_BLOCKS 5   /* a side */

typedef struct
{
  gboolean scored;         /* at least 20 pixels changed */
  int      better, worse;  /* pixels */
  double   score;          /* better / (better + worse); NAN where nothing changed */
} PmtDdBlock;

typedef struct
{
  gboolean   scored;          /* at least 100 pixels changed in blocks that are scored */
  double     score;           /* 0 … 1: share of the changed pixels that improved; NAN when not scored */
  gint64     better, worse;   /* of the blocks that are scored */
  double     tolerance;       /* 8-bit units: smaller changes count as none */
  PmtRect    frame;           /* what was compared: the image less its borders */
  PmtDdBlock block[PMT_DD_BLOCKS * PMT_DD_BLOCKS];   /* row-major over `frame` */
  int        width, height;
  guint8    *change;          /* width · height: 0 neither, 1 better, 2 worse */
} PmtDdScore;

/* The three images lie in one frame and have one size; values on the 8-bit scale (0 … 255), masks their valid parts.
 * before: the moving image as it lay; after: as it lies now. With b the mean over a block of the valid pixels,
 *
 *     D = |l₁ − l₂ − b(l₁ − l₂)| − |l₁' − l₂ − b(l₁' − l₂)|,   l₂ fixed, l₁ before, l₁' after
 *     better: D > t, worse: D < −t,   t = 1.12·(mean standard deviation of l₂ in 50 px windows) + 1.88
 *
 * then a 3 × 3 median of either mask. Pixels count where all three images are valid, 8 px (or 1 % of the shorter side)
 * away from what is not. Resampling softens l₁', and what is soft differs less from anything: so l₁ is softened by what
 * a cubic kernel takes away at half a pixel, without being shifted. Deterministic at any number of threads; needs some
 * 20 bytes a pixel. NULL with PMT_ERROR_BAD_INPUT when the sizes differ, PMT_ERROR_MEMORY, PMT_ERROR_CANCELLED. */
PmtDdScore *pmt_dd_score_new     (PmtContext *context, const PmtGrey *fixed, const PmtGrey *before,
                                  const PmtGrey *after, GError **error);
void        pmt_dd_score_free    (PmtDdScore *score);

/* The better/worse picture's pixels (x … x+n-1, y): fixed's grey, pale, with better pixels bluish green and worse ones
 * vermilion, which people who see few colours can tell apart. rgb: 3·n bytes. */
void        pmt_dd_score_draw    (const PmtDdScore *score, const PmtGrey *fixed, int x, int y, int n, guint8 *rgb);

/* A JSON object: scored, score, better, worse, tolerance, blocks. */
char       *pmt_dd_score_to_json (const PmtDdScore *score);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtDdScore, pmt_dd_score_free)

G_END_DECLS
