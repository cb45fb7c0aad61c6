/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands that take many images have in common: where they put what they make of each, and what they say. */
#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/error.h"
#include "command.h"

#define TELL 0.5     /* px: by less than this a pair that was left out is no news */

/* The number behind "[page=", from 1 on; 0: none is named. */
static int
page_of (const char *path)
{
  g_autofree char *options = vips_filename_get_options (path);
  const char      *page = strstr (options, "page=");

  return page != NULL ? (int) CLAMP (g_ascii_strtoll (page + strlen ("page="), NULL, 10), 0, G_MAXINT - 1) + 1 : 0;
}

char *
command_stem (const char *path)
{
  g_autofree char *plain = vips_filename_get_filename (path);   /* no options of libvips */
  g_autofree char *name = g_path_get_basename (plain);
  char            *dot = strrchr (name, '.');
  int              page = page_of (path);

  if (dot != NULL && dot != name)
    *dot = '\0';
  return page > 0 ? g_strdup_printf ("%s-page%d", name, page) : g_steal_pointer (&name);
}

/* A file's ending with its dot, or nothing. */
static const char *
ending_of (const char *name)
{
  const char *dot = strrchr (name, '.');

  return dot != NULL && dot != name ? dot : "";
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
  file = g_strconcat (stem, suffix != NULL ? suffix : ending_of (name), NULL);
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

gboolean
command_read_choice (const Command *command, const char *option, const char *word, const char *const *words, int *choice,
                     int *status)
{
  g_autofree char *all = NULL;

  *choice = 0;
  if (word == NULL)
    return TRUE;
  for (int i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], word))
      {
        *choice = i;
        return TRUE;
      }
  all = g_strjoinv (", ", (char **) words);
  *status = command_usage (command, "--%s is one of %s, not “%s”", option, all, word);
  return FALSE;
}

static void
explain_images (const Command *command, const PmtGroup *g, char *const *path)
{
  for (int i = 0; i < g->n; i++)
    {
      if (g->images[i].transform == NULL)
        command_warn (command, "“%s” is left out: %s", path[i], g->images[i].reason);
      if (g->images[i].chained)
        command_warn (command, "“%s” is reached through pairs that bend, which are chained and not solved together", path[i]);
    }
  for (guint k = 0; k < g->pairs->len; k++)
    {
      const PmtGroupPair *p = &g_array_index (g->pairs, PmtGroupPair, k);

      if (!p->used && p->misfit > TELL && p->registration->verdict == PMT_VERDICT_OK)
        command_warn (command, "“%s” and “%s” were registered %.1f px off from what all others say; the pair is left out",
                      path[p->fixed], path[p->moving], p->misfit);
    }
}

int
command_finish_group (const Command *command, const char *what, const PmtGroup *group, char *const *path, gboolean force)
{
  explain_images (command, group, path);
  command_explain (command, group->reasons);
  if (group->verdict == PMT_VERDICT_OK)
    return STATUS_OK;
  if (group->verdict == PMT_VERDICT_UNCERTAIN)
    {
      command_warn (command, "the result is uncertain: look at it before you use it");
      return STATUS_UNCERTAIN;
    }
  command_warn (command, force && group->placed > 1 ? "the %s failed; the best guess is written because of --force"
                                                    : "the %s failed; no transforms and no images are written", what);
  return STATUS_FAILED;
}
