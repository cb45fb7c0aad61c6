/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/grey.h"

G_BEGIN_DECLS

/* A rectangle with fractional sides, continuous coordinates. */
typedef struct { double x, y, width, height; } PmtBox;

/* Averages `box` of (value, mask) over a grid of out_width × out_height cells: each output value is the mean of value
 * over its cell weighted by mask and covered area, the output mask the mean of mask. Parts of the box outside the
 * planes count as invalid. Where a cell has no valid pixel, the output value is 0 and its mask 0. Cells narrower than
 * a pixel are allowed (nearest-area enlargement). */
PmtGrey *_pmt_area_reduce (PmtContext *context, const PmtGrey *grey, const PmtBox *box, int out_width, int out_height,
                           GError **error);

/* Horizontal then vertical box weights of one axis: cell k of `cells` covers source pixels first[k] … first[k]+n-1.
 * Used by the streaming reader too. */
typedef struct
{
  int    first, count;
  float *weights;       /* count of them, into PmtAreaAxis.all; sum = cell width in source pixels inside the image */
} PmtAreaCell;

typedef struct
{
  int          cells;
  double       cell_width;
  PmtAreaCell *cell;
  float       *all;
} PmtAreaAxis;

void _pmt_area_axis_init  (PmtAreaAxis *axis, double start, double length, int cells, int source_size);
void _pmt_area_axis_clear (PmtAreaAxis *axis);

PmtGrey *_pmt_grey_new (int width, int height, GError **error);

G_END_DECLS
