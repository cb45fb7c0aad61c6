/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* One band of float pixels. Row y starts at data + y·stride; stride is in elements, ≥ width. */
typedef struct
{
  int    width, height;
  gsize  stride;
  float *data;          /* 64-byte aligned */
} PmtPlane;

/* A zeroed plane of width × height ≥ 1. PMT_ERROR_MEMORY when it can't be had, PMT_ERROR_BAD_INPUT for a size < 1. */
PmtPlane *pmt_plane_new  (int width, int height, GError **error);
/* The same with whatever was in memory, for who writes every pixel. */
PmtPlane *pmt_plane_new_unset (int width, int height, GError **error);
PmtPlane *pmt_plane_copy (const PmtPlane *plane, GError **error);
void      pmt_plane_free (PmtPlane *plane);

static inline float *
pmt_plane_row (const PmtPlane *plane, int y)
{
  return plane->data + (gsize) y * plane->stride;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtPlane, pmt_plane_free)

/* `count` elements of `size` bytes, zeroed and 64-byte aligned, for pixel-sized buffers; free with pmt_buffer_free().
 * NULL with PMT_ERROR_MEMORY when the product overflows or memory is short. */
gpointer  pmt_buffer_new  (gsize count, gsize size, GError **error);
/* The same with whatever was in memory. */
gpointer  pmt_buffer_new_unset (gsize count, gsize size, GError **error);
void      pmt_buffer_free (gpointer buffer);

G_END_DECLS
