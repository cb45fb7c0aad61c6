/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"

G_BEGIN_DECLS

/* Pictures in which the eye finds misalignment: two images of one frame in one. */
typedef enum
{
  PMT_COMPARE_RED_CYAN,     /* fixed's lightness in red, moved's in green and blue: grey where they agree */
  PMT_COMPARE_CHECKER,      /* squares of the one and of the other in turn: edges must run on */
  PMT_COMPARE_CURTAIN,      /* fixed left of the curtain, moved right of it */
  PMT_COMPARE_DIFFERENCE,   /* |fixed - moved| · gain where there are both */
  PMT_COMPARE_BLEND         /* moved over fixed with an opacity */
} PmtCompareMode;

typedef struct
{
  int    size;      /* px, ≥ 1: a side of the checker's squares; 64 */
  double opacity;   /* 0 … 1: moved's in a blend; 0.5 */
  double curtain;   /* 0 … 1 of the width: where the curtain hangs; 0.5 */
  double gain;      /* > 0: the difference times this; 1 */
} PmtCompareOptions;

void     pmt_compare_options_init   (PmtCompareOptions *options);
/* "red-cyan", "checker", "curtain", "difference", "blend"; FALSE for any other word. */
gboolean pmt_compare_mode_from_nick (const char *nick, PmtCompareMode *mode);
const char *pmt_compare_mode_to_nick (PmtCompareMode mode);

/* One row piece: pixels (x … x+width-1, y) of a frame of `whole` pixels. fixed, moved and out are RGBA float with
 * straight alpha, display-referred, 0 … 1; out may be either input. Each pixel depends on its own place and the two
 * pixels there alone, so any split of the frame gives the same bits. NaN counts as alpha 0. Where only one image has
 * data: red-cyan shows its share of colour, checker and curtain are transparent on the missing one's ground, the
 * difference is transparent, the blend shows what there is. */
void     pmt_compare_row (PmtCompareMode mode, const PmtCompareOptions *options, int x, int y, int width,
                          PmtSize whole, const float *fixed, const float *moved, float *out);

G_END_DECLS
