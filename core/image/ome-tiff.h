/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <vips/vips.h>

G_BEGIN_DECLS

/* TRUE for names that end with .ome.tif or .ome.tiff, options of libvips in brackets apart. */
gboolean   pmt_is_ome_tiff (const char *path);

/* What libvips writes as an OME-TIFF: planes one below the other, each a page, and the OME-XML in the description. `planes` are
 * images of one size, number of bands and format, each a channel of the name at its place (names NULL: numbers). A plane of three bands
 * is one RGB channel. The pixel size is the first plane's resolution, where it states one. Everything else is left to libvips.
 * PMT_ERROR_BAD_INPUT where planes are unlike. */
VipsImage *pmt_ome_tiff_image  (int n, VipsImage **planes, const char *const *names, const char *title, GError **error);
/* The same from the bands of one image; RGB stays together. */
VipsImage *pmt_ome_tiff_bands  (VipsImage *image, const char *title, GError **error);
/* Options for the file, in brackets: tiles, smaller versions in sub-directories, no loss. */
char      *pmt_ome_tiff_options (const VipsImage *image);

G_END_DECLS
