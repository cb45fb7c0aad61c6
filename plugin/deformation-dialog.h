/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Asks for what the configuration holds: mode, whole, spacing, exaggeration, range, opacity. FALSE when cancelled. */
gboolean pmt_deformation_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GimpImage *image);

G_END_DECLS
