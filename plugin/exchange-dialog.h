/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Each asks for a file and what goes with it, and fills in the configuration; FALSE: cancelled. */

/* file, format. `name` is suggested, without an ending. */
gboolean pmt_export_dialog_run (GimpProcedureConfig *config, const char *name);
/* file, format, mode (asked where `aligned`); and *reference, one of `references`, GimpLayer, NULL for none: which
 * is chosen at first. */
gboolean pmt_import_dialog_run (GimpProcedureConfig *config, GPtrArray *references, GimpLayer **reference,
                                gboolean aligned);
/* file, bands, sampler, for `layers` layers of the image `name`. */
gboolean pmt_multiband_dialog_run (GimpProcedureConfig *config, const char *name, int layers);
/* TRUE when the person wants what the text says. */
gboolean pmt_exchange_dialog_ask (const char *text, const char *question, const char *yes);

G_END_DECLS
