/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libintl.h>

#include "config.h"

/* The domain is named each time: the process's default one is libgimp's business. */
#undef ngettext
#define _(text)                     dgettext (GETTEXT_PACKAGE, text)
#define N_(text)                    (text)
#define ngettext(one, many, count)  dngettext (GETTEXT_PACKAGE, one, many, count)
