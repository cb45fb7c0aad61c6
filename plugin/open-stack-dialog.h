/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Asks for the files and how they are compared, and fills in the configuration; FALSE: cancelled. */
gboolean pmt_open_stack_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config);

G_END_DECLS
