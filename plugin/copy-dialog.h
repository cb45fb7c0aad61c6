/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Asks which aligned layer to copy from, starting with *source (may be NULL). FALSE when cancelled. */
gboolean pmt_copy_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GPtrArray *layers,
                              GimpLayer **source);

G_END_DECLS
