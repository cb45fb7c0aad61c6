/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "history.h"

G_BEGIN_DECLS

/* Shows the steps beside a preview and changes them; what a person applies is applied. FALSE with PMT_ERROR_CANCELLED when it is
 * left otherwise. */
gboolean pmt_history_window_run (PmtHistory *history, GError **error);

G_END_DECLS
