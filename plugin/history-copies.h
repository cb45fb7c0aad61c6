/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gtk/gtk.h>

#include "history.h"

G_BEGIN_DECLS

/* Asks which other layers get which of the steps when the changes are applied. FALSE when cancelled. */
gboolean pmt_history_copies_run (PmtHistory *history, GtkWindow *parent);

G_END_DECLS
