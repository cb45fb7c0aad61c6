/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that hold several pictures, for commands that take many images. */
#include <string.h>

#include "command.h"

/* Whether all pages of a file are as large as its first: not the smaller versions of one picture, nor a thumbnail. */
static gboolean
are_alike (const char *path, const VipsImage *first, int pages)
{
  for (int k = 1; k < pages; k++)
    {
      g_autofree char      *name = g_strdup_printf ("%s[page=%d]", path, k);
      g_autoptr (VipsImage) page = vips_image_new_from_file (name, NULL);

      if (page == NULL || page->Xsize != first->Xsize || page->Ysize != first->Ysize)
        {
          vips_error_clear ();
          return FALSE;
        }
    }
  return TRUE;
}

/* Of one file; what can't be opened is reported by who uses it. */
static void
add_pages (const Command *command, const char *path, GPtrArray *out)
{
  g_autoptr (VipsImage) first = strchr (path, '[') == NULL ? vips_image_new_from_file (path, NULL) : NULL;
  int                   pages = first != NULL ? vips_image_get_n_pages (first) : 1;
  gboolean              alike = pages > 1 && are_alike (path, first, pages);

  vips_error_clear ();
  if (pages > 1 && !alike)
    command_warn (command, "“%s” has %d pages of unlike sizes: the first is used; others are named as “%s[page=1]”", path, pages, path);
  if (!alike)
    g_ptr_array_add (out, g_strdup (path));
  for (int k = 0; k < pages && alike; k++)
    g_ptr_array_add (out, g_strdup_printf ("%s[page=%d]", path, k));
}

void
command_expand_pages (Command *command)
{
  GPtrArray *out = g_ptr_array_new ();

  for (int i = 0; command->arguments[i] != NULL; i++)
    add_pages (command, command->arguments[i], out);
  g_ptr_array_add (out, NULL);
  g_strfreev (command->arguments);
  command->arguments = (char **) g_ptr_array_free (out, FALSE);
}
