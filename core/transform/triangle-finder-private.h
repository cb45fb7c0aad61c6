/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/delaunay-private.h"

G_BEGIN_DECLS

/* Which of many triangles a point lies in: a grid over `area`, about a cell a triangle, each cell with the list of the
 * triangles that reach into it. Places and triangles are the caller's and must outlive the finder. */
typedef struct _PmtTriangleFinder PmtTriangleFinder;

PmtTriangleFinder *_pmt_triangle_finder_new  (int n, const PmtTriangle *triangles, const PmtPoint *places, PmtExtent area);
void               _pmt_triangle_finder_free (PmtTriangleFinder *finder);
/* TRUE where p lies in the area. */
gboolean           _pmt_triangle_finder_has  (const PmtTriangleFinder *finder, PmtPoint p);
/* The triangle that p in the area lies in, or is nearest to lie in; −1 where none reaches into its cell. */
int                _pmt_triangle_finder_at   (const PmtTriangleFinder *finder, PmtPoint p);
/* Calls back at least once with each triangle that has a point in common with the box. */
typedef void     (*PmtTriangleVisit) (int triangle, gpointer data);
void               _pmt_triangle_finder_visit (const PmtTriangleFinder *finder, PmtExtent box, PmtTriangleVisit func,
                                               gpointer data);

G_END_DECLS
