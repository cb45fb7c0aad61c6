/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Sums over rows of pixels that Gauss–Newton on grey values needs: match/grey-residual.c. Rows hold a multiple of
 * PMT_RESIDUAL_STEP pixels; a pixel that does not count has NAN as its moving value (or residual). */
#define PMT_RESIDUAL_STEP 8

typedef struct { double n, f, m, ff, mm, fm; } PmtGreyMoments;   /* about the values f0, m0 */

/* Adds n pixels' weighted moments of f − f0 and m − m0. weight: NULL for 1 everywhere. */
void _pmt_grey_moments_add (PmtGreyMoments *moments, const float *f, const float *m, const float *weight, int n,
                            float f0, float m0);
/* Sums to means and central second moments (of f and m themselves). FALSE when nothing counted. */
gboolean _pmt_grey_moments_finish (PmtGreyMoments *moments, float f0, float m0);

typedef struct
{
  double n, squares;        /* Σ w, Σ w r² */
  double xx, xy, yy;        /* Σ w ∇F ∇Fᵀ */
  double x, y;              /* Σ w ∇F r */
  double energy_x, energy_y;/* Σ w |∇F|² i and … y: where the gradients lie */
} PmtGreyNormal;

/* Adds n pixels at f (whose neighbours at ±1 and ±stride are read for central differences), at height y, with the
 * residuals r. limit: Huber's; residuals beyond it weigh limit/|r|. */
void _pmt_grey_normal_add  (PmtGreyNormal *normal, const float *f, gsize stride, const float *r, int n, float limit,
                            float x, float y);

G_END_DECLS
