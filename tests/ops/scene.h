/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gegl.h>

#include "transform/transform.h"

/* Buffers, chains and small graphs for the tests of the operations. */

/* A buffer of `format` over `extent` filled with noise that has detail at all scales and alpha from 0 to full; the same
 * seed, the same pixels. */
GeglBuffer   *scene_buffer_new  (const GeglRectangle *extent, const Babl *format, guint32 seed);

/* A chain of one homography, row-major. */
PmtTransform *scene_chain_new   (const double m[9]);
char         *scene_json_new    (const double m[9]);

/* buffer-source → operation. The graph owns both nodes; unref it. */
GeglNode     *scene_graph_new   (GeglBuffer *input, const char *operation, GeglNode **node);

/* Pixels of roi in format, packed; g_free() it. */
gpointer      scene_render      (GeglNode *node, const GeglRectangle *roi, const Babl *format);
gpointer      scene_read        (GeglBuffer *buffer, const GeglRectangle *roi, const Babl *format);
gsize         scene_bytes       (const GeglRectangle *roi, const Babl *format);

GeglRectangle scene_random_rect (GRand *rand, const GeglRectangle *within);

#define scene_assert_rect(a, b)                              \
  G_STMT_START {                                             \
    GeglRectangle a_ = (a), b_ = (b);                        \
    g_assert_cmpint (a_.x, ==, b_.x);                        \
    g_assert_cmpint (a_.y, ==, b_.y);                        \
    g_assert_cmpint (a_.width, ==, b_.width);                \
    g_assert_cmpint (a_.height, ==, b_.height);              \
  } G_STMT_END
