/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels that are widened, but to no more than 16 × 16 pixels: what a map that shrinks a little needs. With R the kernel's
 * radius times the widening, r = ⌊R⌋ (the radius − 1 where the other axis alone is widened), and a sample point a fraction f
 * behind the centre of pixel i, the pixels under the kernel are i − r … i + r + 1.
 *
 * The order of additions is that of resample-sum.c, and depends on a pixel's own kernel alone. */
#include "image/resample-private.h"

#include "base/clones.h"

typedef float Four __attribute__ ((vector_size (16), aligned (4), may_alias));

#define INLINE static inline __attribute__ ((always_inline))

/* The top-left pixel of lane i's kernel. */
INLINE const float *
corner (const PmtSourceBox *box, const PmtLookup *row, const PmtWide *wide, int i, int bands)
{
  return box->pixels + ((gsize) (row->iv[i] - wide->ry - box->rect.y) * box->rect.width
                        + (row->iu[i] - wide->rx - box->rect.x)) * bands;
}

INLINE void
sum_bands (const PmtSourceBox *box, const PmtLookup *row, const PmtWide *wide, const int bands, int from, int to, float *out)
{
  gsize stride = (gsize) box->rect.width * bands;

  for (int i = from; i < to; i++)
    for (int b = 0; b < bands; b += 4)
      {
        const float *p = corner (box, row, wide, i, bands) + b;
        Four         sum = { 0, 0, 0, 0 };

        for (int y = 0; y < 2 * wide->ry + 2; y++, p += stride)
          {
            Four line = wide->wx[0][i] * *(const Four *) p;

            for (int x = 1; x < 2 * wide->rx + 2; x++)
              line += wide->wx[x][i] * *(const Four *) (p + x * bands);
            sum += wide->wy[y][i] * line;
          }
        *(Four *) (out + (gsize) i * bands + b) = sum;
      }
}

/* One band: four columns go through a vector, of which there are `groups`; rows first. */
INLINE void
sum_grey (const PmtSourceBox *box, const PmtLookup *row, const PmtWide *wide, const int groups, int from, int to, float *out)
{
  gsize stride = box->rect.width;
  int   taps = 2 * wide->rx + 2;

  for (int i = from; i < to; i++)
    {
      const float *p = corner (box, row, wide, i, 1);
      Four         columns[4] = { { 0 } };
      float        sum = 0;

      for (int y = 0; y < 2 * wide->ry + 2; y++, p += stride)
        for (int g = 0; g < groups; g++)
          columns[g] += wide->wy[y][i] * *(const Four *) (p + 4 * g);
      for (int x = 0; x < taps; x++)
        sum += wide->wx[x][i] * columns[x / 4][x % 4];
      out[i] = sum;
    }
}

PMT_CLONES void
_pmt_sum_wide (const PmtSourceBox *box, const PmtLookup *row, const PmtWide *wide, int from, int to, float *out)
{
  int groups = (2 * wide->rx + 5) / 4;

  if (box->bands == 1 && groups <= 2)
    sum_grey (box, row, wide, 2, from, to, out);
  else if (box->bands == 1)
    sum_grey (box, row, wide, 4, from, to, out);
  else if (box->bands == 3)
    sum_bands (box, row, wide, 3, from, to, out);
  else if (box->bands == 4)
    sum_bands (box, row, wide, 4, from, to, out);
  else
    sum_bands (box, row, wide, box->bands, from, to, out);
}
