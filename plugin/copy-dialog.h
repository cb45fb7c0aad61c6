/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Asks which aligned layer to copy from, starting with *source (may be NULL). FALSE when cancelled. */
gboolean pmt_copy_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GPtrArray *layers,
                              GimpLayer **source);
/* What a person should know who copies the alignment of `source` to `target`, translated, NULL for nothing; and whether it can be. */
char    *pmt_copy_dialog_note (GimpLayer *source, GimpLayer *target, gboolean *possible);

G_END_DECLS
