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
  const char *stated = g_getenv ("PENTIMENTO_LOCALEDIR");     /* an uninstalled build */
  const char *bound = bindtextdomain (GETTEXT_PACKAGE, NULL);
  const char *unbound = bindtextdomain ("pentimento-never-bound", NULL);

  /* Our own plug-in loads the modules too, and knows better where its catalogue lies. */
  if (g_strcmp0 (bound, unbound) != 0)
    return;
  bindtextdomain (GETTEXT_PACKAGE, stated != NULL && *stated != '\0' ? stated : PMT_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}
