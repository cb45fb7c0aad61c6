/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/read-file.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "base/error.h"

GString *
pmt_file_read (const char *path, gsize most, GError **error)
{
  FILE               *file;
  g_autoptr (GString) text = g_string_new (NULL);
  char                block[65536];
  gsize               n;
  int                 code = 0;

  errno = 0;
  file = g_fopen (path, "rbe");
  while (file != NULL && text->len <= most && (n = fread (block, 1, sizeof block, file)) > 0)
    g_string_append_len (text, block, n);
  if (file == NULL || ferror (file))
    code = errno != 0 ? errno : EIO;
  if (file != NULL)
    fclose (file);
  if (code == 0 && text->len <= most)
    return g_steal_pointer (&text);
  if (code == 0)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "%s: more than the %" G_GSIZE_FORMAT " bytes allowed", path, most);
      return NULL;
    }
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot read “%s”: %s", path, g_strerror (code));
  return NULL;
}
