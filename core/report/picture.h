/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <vips/vips.h>

#include "judge/compare.h"
#include "judge/confidence.h"
#include "judge/dd-score.h"
#include "judge/deformation.h"

G_BEGIN_DECLS

/* Pictures for people: 8-bit sRGB with alpha, computed by rows when they are written, so that their size is no matter.
 * Errors are PMT_ERROR_IO with libvips's words unless said otherwise. */

/* A file. Display-referred images are converted by their profile or interpretation; images in other units are
 * stretched from their smallest to their largest value. PMT_ERROR_UNSUPPORTED for complex numbers. */
VipsImage  *pmt_picture_open       (const char *path, GError **error);
/* The same of an image that is open. */
VipsImage  *pmt_picture_new        (VipsImage *image, GError **error);

/* Two pictures of one size as one: pmt_compare_row() of every row. */
VipsImage  *pmt_picture_compare    (PmtCompareMode mode, const PmtCompareOptions *options, VipsImage *fixed,
                                    VipsImage *moved, GError **error);
/* The picture in a frame of `size`, its top-left corner on the frame's, transparent where it does not reach. */
VipsImage  *pmt_picture_lay        (VipsImage *picture, PmtSize size, GError **error);
/* No side longer than `side` ≥ 1 px, opaque (on black), three bands. */
VipsImage  *pmt_picture_small      (VipsImage *picture, int side, GError **error);
/* Side by side, with words above where libvips can write and the panels are wide enough: fixed, before, moved, the
 * difference before and the difference after; without `before` (NULL) three of them. All of one size. */
VipsImage  *pmt_picture_panels     (const PmtCompareOptions *options, VipsImage *fixed, VipsImage *before,
                                    VipsImage *moved, GError **error);

/* The DD score of three pictures of one size, of which at most 16 megapixels are looked at: larger ones are averaged
 * down by a whole factor first. grey, may be NULL: fixed as it was looked at, owned by the caller. */
PmtDdScore *pmt_picture_dd_score   (PmtContext *context, VipsImage *fixed, VipsImage *before, VipsImage *moved,
                                    PmtGrey **grey, GError **error);
/* The picture of pixels that became better or worse; takes neither argument, which must outlive it. */
VipsImage  *pmt_picture_dd_draw    (const PmtDdScore *score, const PmtGrey *grey, GError **error);

/* The picture under the colours of a confidence map, opaque; RGBA as above. */
VipsImage  *pmt_picture_confidence (VipsImage *picture, const PmtConfidence *map, GError **error);

/* What a transform does to a picture of `size`, drawn over it, or over white where there is none (NULL); RGBA as above. Takes
 * neither argument; the deformation must outlive the result. */
VipsImage  *pmt_picture_deformation (VipsImage *picture, PmtSize size, const PmtDeformation *deformation, GError **error);

/* Appends the picture as a data: URI, no side longer than `side` px: WebP with alpha (PNG where libvips can't), or
 * JPEG on black. */
gboolean    pmt_picture_append_uri (VipsImage *picture, int side, gboolean alpha, GString *text, GError **error);

G_END_DECLS
