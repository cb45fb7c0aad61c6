/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/kernel.h"
#include "transform/transform-private.h"

G_BEGIN_DECLS

#define PMT_TILE PMT_KERNEL_LANES

/* Where a row of 64 output pixels looks: source pixel (u, v) lies `fu`, `fv` behind the centre of pixel (iu, iv); with
 * nearest (iu, iv) is the pixel itself. Lanes that are not covered hold 0. */
typedef struct
{
  gint32 iu[PMT_TILE], iv[PMT_TILE];
  float  fu[PMT_TILE], fv[PMT_TILE];   /* 0 … 1 */
  float  su[PMT_TILE], sv[PMT_TILE];   /* how much the kernel is widened, ≥ 1 */
  gint32 covered[PMT_TILE];            /* 0 or 1 */
} PmtLookup;

/* A transform made ready: one matrix, or a chain for anything else. */
typedef struct
{
  const PmtTransform *chain;
  PmtMatrix3          matrix;
  gboolean            is_matrix, is_affine, has_kinks;   /* affine: the last row is (0, 0, 1) */
  const PmtHorizon   *horizons;
  int                 n_horizons;
  int                 width, height;   /* the source's */
  gboolean            nearest;
} PmtProjection;

void _pmt_projection_init (PmtProjection *projection, const PmtTransform *flat, PmtSize source, PmtSampler sampler);
/* The rows of a tile of at most 64 × 64 pixels. */
void _pmt_projection_tile (const PmtProjection *projection, const PmtRect *tile, PmtLookup *rows);

/* TRUE where the map is a shift by whole pixels: source = output + (dx, dy). */
gboolean _pmt_projection_get_shift (const PmtProjection *projection, int *dx, int *dy);

/* A rectangle of the source, ready for sums: holes (pixels with a band that is not finite) are 0 in all bands,
 * colours are multiplied by alpha, and alpha runs from 0 to 1. */
typedef struct
{
  PmtRect  rect;
  int      bands;
  float   *pixels;   /* rect.width · bands a row, and 16 floats more at the end */
  guint8  *holes;    /* 1 where there is a hole; NULL when there is none, or when alpha tells */
} PmtSourceBox;

/* A pixel's kernel: weights of the columns x0 … and rows y0 …, each summing to 1. */
typedef struct
{
  float *wx, *wy;
  int    x0, nx, y0, ny;
} PmtSupport;

/* Pixels from … to-1 of the row, whose kernels are not widened and lie within the box; out holds `bands` floats a
 * pixel and 4 more. weights as from _pmt_kernel_phases(), for both axes. */
void _pmt_sum_run     (const PmtSourceBox *box, int taps, const PmtLookup *row, float wx[][PMT_TILE], float wy[][PMT_TILE],
                       int from, int to, float *out);
#define PMT_WIDE_TAPS 16

/* Kernels of a row that reach from r pixels before to r + 1 behind the lanes' pixels, 2r + 2 ≤ PMT_WIDE_TAPS on each axis; the weights
 * of an axis sum to 1. */
typedef struct
{
  int   rx, ry;
  float wx[PMT_WIDE_TAPS][PMT_TILE], wy[PMT_WIDE_TAPS][PMT_TILE];
} PmtWide;

/* As _pmt_sum_run(). */
void _pmt_sum_wide    (const PmtSourceBox *box, const PmtLookup *row, const PmtWide *wide, int from, int to, float *out);

/* Adds rows that are both in the support and in the box to sum (bands rounded up to 4, and 4 more), top to bottom, and
 * the weight of holes to *missing. */
void _pmt_sum_support (const PmtSourceBox *box, const PmtSupport *support, float *sum, float *missing);

G_END_DECLS
