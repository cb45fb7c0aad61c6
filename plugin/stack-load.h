/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "job.h"

G_BEGIN_DECLS

/* Many files as layers of one new image, without a display: each picture upright and in its own size, its top-left corner on the image's,
 * the first one lowest. Files that can't be read are told in `unreadable` (a line each) and make no layer. */
typedef struct
{
  GimpImage *image;
  GPtrArray *layers;        /* of GimpLayer, in the order of the files; owned by libgimp */
  GArray    *file;          /* of int: each layer's place in the list of files */
  GString   *unreadable;
  GString   *remarks;       /* a line for each picture whose profile could not be used */
} PmtStackImage;

/* `first` is the file (−1: none stated) that the image's profile and metadata are taken of, else the first that has them. The
 * precision is the highest of the pictures: 8 bit, 16 bit, or float in linear light. Colours of other profiles are converted; values of
 * files without one count as sRGB. NULL: cancelled, or fewer than two pictures. */
PmtStackImage *pmt_stack_image_load     (const char *const *paths, int first, PmtJob *job, GError **error);
void           pmt_stack_image_free     (PmtStackImage *stack);      /* not the GimpImage */
/* The file's EXIF, XMP, IPTC and resolution become the image's. */
void           pmt_stack_image_describe (PmtStackImage *stack, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtStackImage, pmt_stack_image_free)

G_END_DECLS
