/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "job.h"
#include "overlay.h"

G_BEGIN_DECLS

/* The layer's original pixels as a picture alone (overlay.h), whose overview has at most `size` pixels a side: what a window reads
 * of a layer once. `name` is told with the progress. Takes the job from `from` to `to`. */
PmtOverlay *pmt_layer_view_new (GimpLayer *layer, const char *name, int size, double from, double to, PmtJob *job,
                                GError **error);

G_END_DECLS
