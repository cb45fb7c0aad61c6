/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

G_BEGIN_DECLS

/* Asks for reference and options; the latter go to config. *reference, *rigid, the channel that says what keeps its shape, and *hold, that
 * of what must not move: what the caller was given, then what was chosen. FALSE with an error: cancelled, or there is nothing to align. */
gboolean pmt_align_dialog_run (GimpProcedure *procedure, GimpProcedureConfig *config, GimpImage *image,
                               GimpDrawable **drawables, GimpLayer **reference, GimpChannel **rigid, GimpChannel **hold,
                               GError **error);

G_END_DECLS
