/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sums of the resampler, Σ_y wy Σ_x wx p(x, y). Four bands go through one vector; loads may reach beyond a pixel's
 * bands into its neighbour, whose lanes are then not stored or are overwritten by the next pixel. The order of additions
 * depends on a pixel's own kernel alone: x within y, both ascending. */
#include "image/resample-private.h"

#include "base/clones.h"

#include <string.h>

typedef float Four __attribute__ ((vector_size (16), aligned (4), may_alias));

static inline Four
load (const float *p)
{
  return *(const Four *) p;
}

static inline void
store (float *p, Four v)
{
  *(Four *) p = v;
}

#define INLINE static inline __attribute__ ((always_inline))

/* The top-left pixel of lane i's kernel. */
INLINE const float *
corner (const PmtSourceBox *box, const PmtLookup *row, int i, int taps, int bands)
{
  int reach = taps / 2 - 1;

  return box->pixels + ((gsize) (row->iv[i] - reach - box->rect.y) * box->rect.width
                        + (row->iu[i] - reach - box->rect.x)) * bands;
}

INLINE void
run_bands (const PmtSourceBox *box, const int taps, const int bands, const PmtLookup *row, float wx[][PMT_TILE],
           float wy[][PMT_TILE], int from, int to, float *out)
{
  gsize stride = (gsize) box->rect.width * bands;

  for (int i = from; i < to; i++)
    for (int b = 0; b < bands; b += 4)
      {
        const float *p = corner (box, row, i, taps, bands) + b;
        Four         sum = { 0, 0, 0, 0 };

        for (int y = 0; y < taps; y++, p += stride)
          {
            Four line = wx[0][i] * load (p);

            for (int x = 1; x < taps; x++)
              line += wx[x][i] * load (p + x * bands);
            sum += wy[y][i] * line;
          }
        store (out + (gsize) i * bands + b, sum);
      }
}

/* One band: four columns go through a vector instead, rows first. */
INLINE void
grey_columns (const PmtSourceBox *box, const int taps, const PmtLookup *row, float wy[][PMT_TILE], int i, Four *left, Four *right)
{
  const float *p = corner (box, row, i, taps, 1);
  gsize        stride = box->rect.width;

  *left = *right = (Four) { 0, 0, 0, 0 };
  for (int y = 0; y < taps; y++, p += stride)
    {
      *left += wy[y][i] * load (p);
      if (taps > 4)
        *right += wy[y][i] * load (p + 4);
    }
}

/* Rows to columns. */
INLINE void
transpose (Four m[4])
{
  typedef int Ints __attribute__ ((vector_size (16)));
  Four a = __builtin_shuffle (m[0], m[1], (Ints) { 0, 4, 1, 5 }), b = __builtin_shuffle (m[2], m[3], (Ints) { 0, 4, 1, 5 });
  Four c = __builtin_shuffle (m[0], m[1], (Ints) { 2, 6, 3, 7 }), d = __builtin_shuffle (m[2], m[3], (Ints) { 2, 6, 3, 7 });

  m[0] = __builtin_shuffle (a, b, (Ints) { 0, 1, 4, 5 });
  m[1] = __builtin_shuffle (a, b, (Ints) { 2, 3, 6, 7 });
  m[2] = __builtin_shuffle (c, d, (Ints) { 0, 1, 4, 5 });
  m[3] = __builtin_shuffle (c, d, (Ints) { 2, 3, 6, 7 });
}

/* Four pixels' columns are turned to four vectors of one column each, so that the sums along x go through vectors as well. */
INLINE void
run_grey (const PmtSourceBox *box, const int taps, const PmtLookup *row, float wx[][PMT_TILE], float wy[][PMT_TILE],
          int from, int to, float *out)
{
  int i = from;

  for (; i + 4 <= to; i += 4)
    {
      Four left[4], right[4], sum = { 0, 0, 0, 0 };   /* so that there is one way to fuse products and sums */

      for (int j = 0; j < 4; j++)
        grey_columns (box, taps, row, wy, i + j, &left[j], &right[j]);
      transpose (left);
      if (taps > 4)
        transpose (right);
      for (int x = 0; x < taps; x++)
        sum += load (wx[x] + i) * (x < 4 ? left[x] : right[x - 4]);
      store (out + i, sum);
    }
  for (; i < to; i++)
    {
      Four  left, right;
      float sum = 0;

      grey_columns (box, taps, row, wy, i, &left, &right);
      for (int x = 0; x < taps; x++)
        sum += wx[x][i] * (x < 4 ? left[x] : right[x - 4]);
      out[i] = sum;
    }
}

#define DEFINE_RUNS(taps)                                                                                           \
  PMT_CLONES static void                                                                                            \
  run_##taps (const PmtSourceBox *box, const PmtLookup *row, float wx[][PMT_TILE], float wy[][PMT_TILE], int from, int to, \
              float *out)                                                                                           \
  {                                                                                                                 \
    switch (box->bands)                                                                                             \
      {                                                                                                             \
      case 1: run_grey (box, taps, row, wx, wy, from, to, out); break;                                              \
      case 3: run_bands (box, taps, 3, row, wx, wy, from, to, out); break;                                          \
      case 4: run_bands (box, taps, 4, row, wx, wy, from, to, out); break;                                          \
      default: run_bands (box, taps, box->bands, row, wx, wy, from, to, out); break;                                \
      }                                                                                                             \
  }

DEFINE_RUNS (2)
DEFINE_RUNS (4)
DEFINE_RUNS (6)

void
_pmt_sum_run (const PmtSourceBox *box, int taps, const PmtLookup *row, float wx[][PMT_TILE], float wy[][PMT_TILE],
              int from, int to, float *out)
{
  if (taps == 2)
    run_2 (box, row, wx, wy, from, to, out);
  else if (taps == 4)
    run_4 (box, row, wx, wy, from, to, out);
  else
    run_6 (box, row, wx, wy, from, to, out);
}

PMT_CLONES static void
add_row (const float *p, const float *wx, int nx, int bands, float wy, float *sum)
{
  for (int b = 0; b < bands; b += 4)
    {
      Four line = { 0, 0, 0, 0 };

      for (int x = 0; x < nx; x++)
        line += wx[x] * load (p + (gsize) x * bands + b);
      store (sum + b, load (sum + b) + wy * line);
    }
}

PMT_CLONES static void
add_grey_row (const float *p, const float *wx, int nx, float wy, float *sum)
{
  Four  lanes = { 0, 0, 0, 0 };
  float rest = 0;
  int   x = 0;

  for (; x + 4 <= nx; x += 4)
    lanes += load (wx + x) * load (p + x);
  for (; x < nx; x++)
    rest += wx[x] * p[x];
  *sum += wy * ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest);
}

static void
add_holes (const guint8 *holes, const PmtSupport *support, float wy, float *missing)
{
  for (int x = 0; x < support->nx; x++)
    if (holes[x] != 0)
      *missing += wy * support->wx[x];
}

void
_pmt_sum_support (const PmtSourceBox *box, const PmtSupport *support, float *sum, float *missing)
{
  int y0 = MAX (support->y0, box->rect.y);
  int y1 = MIN (support->y0 + support->ny, box->rect.y + box->rect.height);

  for (int y = y0; y < y1; y++)
    {
      gsize        first = (gsize) (y - box->rect.y) * box->rect.width + (support->x0 - box->rect.x);
      const float *p = box->pixels + first * box->bands;
      float        wy = support->wy[y - support->y0];

      if (box->bands == 1)
        add_grey_row (p, support->wx, support->nx, wy, sum);
      else
        add_row (p, support->wx, support->nx, box->bands, wy, sum);
      if (box->holes != NULL)
        add_holes (box->holes + first, support, wy, missing);
    }
}
