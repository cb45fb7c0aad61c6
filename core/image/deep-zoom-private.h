/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/warp-vips.h"

G_BEGIN_DECLS

typedef int (*PmtVipsWrite) (VipsImage *image, const char *target);

/* Runs a writer of libvips with the context's progress and cancellation; path is for messages: image/warp-vips.c. */
gboolean _pmt_vips_run_save  (PmtContext *context, VipsImage *image, PmtVipsWrite write, const char *target, const char *path,
                              GError **error);

gboolean _pmt_is_deep_zoom   (const char *name);
/* FALSE where the folder of its tiles is there already. */
gboolean _pmt_deep_zoom_can_save (const char *name, GError **error);
/* "a/b.dzi" and the folder of its tiles, "a/b_files", which must not be there. Both are made under another name and renamed, the
 * folder first: who sees the .dzi sees all of it. */
gboolean _pmt_deep_zoom_save (PmtContext *context, VipsImage *image, const char *path, GError **error);

G_END_DECLS
