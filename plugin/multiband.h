/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>
#include <vips/vips.h>

#include "image/resample.h"
#include "job.h"

G_BEGIN_DECLS

/* Layers as bands of one file, on the image's canvas, each resampled once from its original pixels through its record; or from the
 * file that Open as Aligned Stack read it from, where neither that nor the layer's colours have changed since and its numbers are of the image's
 * kind. */
typedef struct
{
  GimpImage *image;
  GPtrArray *parts;        /* private */
  GPtrArray *names;        /* of the bands, strings */
  int        from_files;   /* layers */
} PmtMultiband;

/* `layers`: GimpLayer, as pmt_layers_check() gives them; the lowest one's bands come first. `grey`: each layer is one band, its luminance;
 * else as many as it has colours. */
PmtMultiband *pmt_multiband_new  (GimpImage *image, const GPtrArray *layers, gboolean grey, PmtJob *job, GError **error);
void          pmt_multiband_free (PmtMultiband *multiband);
/* Writes a TIFF or, where the path ends in .hdr, ENVI's header and data, whole or not at all. ENVI's goes by a temporary TIFF. *remark: what could not be kept, NULL for nothing. */
gboolean      pmt_multiband_save (PmtMultiband *multiband, const char *path, PmtSampler sampler, PmtJob *job, char **remark,
                                  GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtMultiband, pmt_multiband_free)

G_END_DECLS
