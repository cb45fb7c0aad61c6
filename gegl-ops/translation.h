/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib/gi18n-lib.h>

#include "config.h"

/* The host knows nothing of our catalogue, and gegl-op.h looks labels up while the type is made: the domain has to be
 * bound when the module is loaded. */
static void bind_translations (void) __attribute__ ((constructor));

static void
bind_translations (void)
{
  bindtextdomain (GETTEXT_PACKAGE, PMT_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}
