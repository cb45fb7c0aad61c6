/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* A triangle by the numbers of its corners, turning from x to y (clockwise on a screen, where y runs down). */
typedef struct { int corner[3]; } PmtTriangle;

/* Coordinates that points are rounded to: whole numbers from 0 to 2³⁰ along the longer side of the frame. */
#define PMT_DELAUNAY_STEPS (1 << 30)

/* The Delaunay triangles of n points and the frame's four corners (numbers n … n + 3: left top, right top, right bottom,
 * left bottom); all points lie within the frame, not on it. 2·n + 2 triangles, in an order that depends on the points
 * alone; g_free() them. FALSE with the numbers of two points that round to one place. Of four on a circle, the diagonal is
 * the one that does not end at the first of them in the list. Exact, hence never stuck; n·log n expected time. */
gboolean _pmt_delaunay (int n, const PmtPoint *points, PmtExtent frame, PmtTriangle **triangles, int same[2]);

G_END_DECLS
