/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/resample.h"
#include "image/source-vips.h"

G_BEGIN_DECLS

typedef enum
{
  PMT_LIGHT_CHOICE_AUTO,     /* linear for 8- and 16-bit RGB (interpretation sRGB, RGB16), stored for all else */
  PMT_LIGHT_CHOICE_STORED,
  PMT_LIGHT_CHOICE_LINEAR
} PmtLightChoice;

typedef struct
{
  PmtRect        canvas;      /* what to render, in the fixed image's pixels */
  PmtSampler     sampler;     /* PMT_SAMPLER_CUBIC */
  PmtLightChoice light;       /* PMT_LIGHT_CHOICE_AUTO */
  double         background;  /* 0: in all bands where uncovered, in the image's unit; images with alpha get alpha 0 */
  gboolean       add_alpha;   /* FALSE: to images without alpha, a band that holds the coverage */
} PmtWarpOptions;

void       pmt_warp_options_init (PmtWarpOptions *options);

/* The image seen through the transform, computed when its pixels are asked for, on libvips's threads: memory is tiles,
 * not the image. Format, number of bands (one more with add_alpha), ICC profile, EXIF and all other metadata are the
 * image's; integers are rounded and clipped. Values go through float: of 32-bit integers and doubles, 24 bits count.
 * NULL with PMT_ERROR_BAD_INPUT, PMT_ERROR_UNSUPPORTED; a failing read shows when pixels are asked for. */
VipsImage *pmt_vips_image_warp   (VipsImage *image, const PmtTransform *transform, const PmtWarpOptions *options,
                                  GError **error);

/* Writes the image to a file, atomically; the suffix chooses the format, and options of libvips may follow it in
 * brackets ("out.tif[compression=zstd]"). JPEG is written at quality 95, TIFF as BigTIFF where it must. Progress and
 * cancellation are the context's. PMT_ERROR_IO with the path, PMT_ERROR_UNSUPPORTED as below. */
gboolean   pmt_vips_image_save   (PmtContext *context, VipsImage *image, const char *path, GError **error);

/* FALSE with PMT_ERROR_UNSUPPORTED where the format that path's suffix names cannot hold such pixels as they are (say,
 * 16 bit in a JPEG) or is not known. For asking before a long computation. */
gboolean   pmt_vips_image_can_save (VipsImage *image, gboolean add_alpha, const char *path, GError **error);

G_END_DECLS
