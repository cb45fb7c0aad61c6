/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* The whole file, but never more than `most` bytes of it: it may be a device without an end. Zero-terminated.
 * PMT_ERROR_IO with the path when it can't be read, PMT_ERROR_FORMAT when it is longer. */
GString *pmt_file_read (const char *path, gsize most, GError **error);

G_END_DECLS
