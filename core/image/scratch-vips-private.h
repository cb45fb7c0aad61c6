/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <vips/vips.h>

/* How an image is opened anew for reading from top to bottom. NULL with libvips's message. */
typedef VipsImage *(*PmtVipsOpen) (const char *path, VipsAccess access);

/* TRUE for large files that can only be read from top to bottom: strips of a TIFF, PNG, JPEG and others. */
gboolean   _pmt_vips_wants_scratch (VipsImage *image, const char *path);

/* The image (its header is what counts), to be read anywhere: at the first pixel that is asked for all are written, in tiles, to a file
 * without a name in $TMPDIR, or in /var/tmp. It is gone with the process, however that ends. NULL with libvips's message. */
VipsImage *_pmt_vips_scratch_new   (VipsImage *image, const char *path, PmtVipsOpen open);
