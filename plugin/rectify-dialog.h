/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Asks for corners, lengths and resolution; they go to the configuration. FALSE when cancelled. */
gboolean pmt_rectify_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GimpImage *image);

G_END_DECLS
