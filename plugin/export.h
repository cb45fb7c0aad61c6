/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "layer-chain.h"

G_BEGIN_DECLS

/* Writes the transform of a record of the layer to a file, as the configuration of Export Transform says or, interactively, a
 * person. *remark, the caller's: what to know of the file, empty for nothing. */
gboolean pmt_export_chain (GimpLayer *layer, const PmtLayerChain *chain, GimpProcedureConfig *config, GimpRunMode mode,
                           char **remark, GError **error);

G_END_DECLS
