/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <vips/vips.h>
#include "image/source.h"

G_BEGIN_DECLS

/* How stored values become the source's floats. */
typedef enum
{
  PMT_LIGHT_STORED,   /* as in the file, in its own unit (0 … 255, 0 … 65535, physical units) */
  PMT_LIGHT_LINEAR    /* sRGB-encoded bands decoded to linear light, 0 … 1; alpha to 0 … 1 */
} PmtLight;

/* A source over a libvips image (taken by reference). Alpha is recognised by vips_image_hasalpha().
 * PMT_LIGHT_LINEAR needs interpretation sRGB, RGB16, B_W or GREY16 (PMT_ERROR_UNSUPPORTED otherwise). Complex formats
 * are refused. Reading is thread-safe. */
PmtSource *pmt_source_vips_new (VipsImage *image, PmtLight light, GError **error);

/* The metadata item in which pmt_vips_image_open() keeps the path, for messages. */
#define PMT_VIPS_PATH "pentimento-path"

/* Opens a file for reading by rectangle: upright (EXIF orientation applied), page 0, random access, decoded to memory
 * where the format can't be read by rectangle and it is small enough (100 MB), else to a temporary file at the first pixel. PMT_ERROR_IO with the path and libvips's words; a file
 * that turns out truncated is an error when its pixels are read, likewise with the path. */
VipsImage *pmt_vips_image_open (const char *path, GError **error);

G_END_DECLS
