/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>
#include <libgimp/gimpui.h>

G_BEGIN_DECLS

/* A combo box of the configuration's "stiffness", a number of which a few have words. */
GtkWidget *pmt_stiffness_chooser_new (GimpProcedureConfig *config);

G_END_DECLS
