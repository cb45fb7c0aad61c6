/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>
#include <vips/vips.h>

G_BEGIN_DECLS

/* Which file a layer's pixels came from, kept in the layer's parasite "pentimento-file" (format: docs/gimp-layers.md): a whole
 * picture, a page of several, or one band of many. */
typedef struct
{
  char  *path;
  int    page;              /* from 0 */
  int    band;              /* from 0; −1: all, a picture in grey or colours */
  int    width, height;     /* upright */
  gint64 bytes, modified;   /* of the file; microseconds since 1970 */
  char  *digest;            /* of the layer's colours as they were loaded; NULL */
} PmtPictureFile;

/* Pictures in a file, as an array of PmtPictureFile: pages, but not the smaller copies of a pyramid, and each band by itself where they are
 * no picture in grey or colours. PMT_ERROR_IO. */
GPtrArray      *pmt_picture_file_list      (const char *path, GError **error);
void            pmt_picture_file_free      (PmtPictureFile *file);
/* The file's name, with page and band where there are several. */
char           *pmt_picture_file_name      (const PmtPictureFile *file, gboolean several);

/* Upright, 1 or 3 bands and maybe alpha, of 8 or 16 bits or float, in the file's own values; an RGB space for what is in another
 * one. */
VipsImage      *pmt_picture_file_open      (const PmtPictureFile *file, GError **error);

gboolean        pmt_picture_file_attach    (const PmtPictureFile *file, GimpLayer *layer);
/* NULL where there is none that can be read. */
PmtPictureFile *pmt_picture_file_of        (GimpLayer *layer);
/* Size and time of the file are what they were. */
gboolean        pmt_picture_file_is_unchanged (const PmtPictureFile *file);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtPictureFile, pmt_picture_file_free)

G_END_DECLS
