/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/resample.h"

G_BEGIN_DECLS

/* Weights of the interpolation kernels. Distances are in source pixels from the sample point. */

#define PMT_KERNEL_LANES 64   /* phases are turned into weights so many at a time, always all of them */

/* Half the kernel's width where it is not widened: 1, 2, 3; nearest has none and counts as 1. */
int  _pmt_kernel_radius  (PmtSampler sampler);

/* weights[k][i] is pixel k's for phase[i], 0 ≤ phase < 1: of 2·radius pixels the sample point lies between number
 * radius-1 and radius, `phase` behind the former. They sum to 1. Exactly 0 and 1 at phase 0. Not for nearest. */
void _pmt_kernel_phases  (PmtSampler sampler, const float phase[PMT_KERNEL_LANES],
                          float weights[][PMT_KERNEL_LANES]);

/* weights[k], k < count, of pixels at distances first + k from the sample point under the kernel widened `scale` ≥ 1
 * times; not normalised. Writes up to 7 elements more than count. Not for nearest. */
void _pmt_kernel_widened (PmtSampler sampler, float first, float scale, int count, float *weights);

/* weights[k][i], k = 0 … 2r + 1, of pixels r before to r + 1 behind lane i's sample point, which lies phase[i] behind a pixel's
 * centre, under the kernel widened scale[i] ≥ 1 times. They sum to 1 where r ≥ ⌊radius · scale⌋, and
 * at scale 1 where r ≥ radius − 1. Not for nearest. */
void _pmt_kernel_wide    (PmtSampler sampler, const float phase[PMT_KERNEL_LANES], const float scale[PMT_KERNEL_LANES], int r,
                          float weights[][PMT_KERNEL_LANES]);

/* Pixels first … first + count - 1 of a side of `size` under the kernel widened `scale` ≥ 1 times, the sample point lying `phase`
 * behind the centre of pixel `place`, and their weights, which sum to 1: `size` floats and 8 more. Not for nearest. */
void _pmt_kernel_support (PmtSampler sampler, int place, float phase, float scale, int size, float *weights, int *first,
                          int *count);

/* The smallest whole number ≥ x ≥ 0, not beyond 10⁹. */
static inline int
_pmt_kernel_round_up (float x)
{
  int n = x < 1e9f ? (int) x : 1000000000;

  return n + (n < x && n < 1000000000);
}

G_END_DECLS
