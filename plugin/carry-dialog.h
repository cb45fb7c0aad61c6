/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Asks what to carry and where, from the layer's image; the answers are in the configuration and, since it cannot be kept there for
 * the next time, in *target. FALSE when cancelled. */
gboolean pmt_carry_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GimpLayer *layer, GimpLayer **target);

G_END_DECLS
