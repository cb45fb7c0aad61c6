/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where commands that take many images put what they make of each. */
#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "command.h"

char *
command_stem (const char *path)
{
  g_autofree char *plain = vips_filename_get_filename (path);   /* no options of libvips */
  char            *name = g_path_get_basename (plain), *dot = strrchr (name, '.');

  if (dot != NULL && dot != name)
    *dot = '\0';
  return name;
}

static gboolean
is_folder (const char *where)
{
  return g_str_has_suffix (where, "/") || g_file_test (where, G_FILE_TEST_IS_DIR);
}

gboolean
command_is_many (const char *where)
{
  return is_folder (where) || strstr (where, "%s") != NULL;
}

/* What stands for %s, once. */
static char *
fill (const char *pattern, const char *stem)
{
  const char *place = strstr (pattern, "%s");

  return g_strdup_printf ("%.*s%s%s", (int) (place - pattern), pattern, stem, place + 2);
}

static char *
path_of (const char *where, const char *image, const char *suffix)
{
  g_autofree char *plain = vips_filename_get_filename (image), *name = g_path_get_basename (plain);
  g_autofree char *stem = command_stem (image), *file = NULL;

  if (!is_folder (where))
    return fill (where, stem);
  file = suffix != NULL ? g_strconcat (stem, suffix, NULL) : g_strdup (name);
  return g_build_filename (where, file, NULL);
}

char **
command_paths_of (const char *where, int n, char *const *images, const char *suffix, GError **error)
{
  g_auto (GStrv)         paths = g_new0 (char *, n + 1);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (int i = 0; i < n; i++)
    {
      const char *before;

      paths[i] = path_of (where, images[i], suffix);
      before = g_hash_table_lookup (seen, paths[i]);
      if (before != NULL)
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” and “%s” would both become “%s”", before, images[i], paths[i]);
          return NULL;
        }
      g_hash_table_insert (seen, paths[i], images[i]);
    }
  return g_steal_pointer (&paths);
}

gboolean
command_make_folder (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0777) == 0)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot make the folder “%s”: %s", folder, g_strerror (errno));
  return FALSE;
}
