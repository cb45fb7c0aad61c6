/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line with the job's fingerprint, then a line for each time that something was done, appended: the last whole line counts. A line
 * is written when what it tells of is on the disk. */
#include "cube/cube-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/read-file.h"

#define FORM      "pentimento-cube-journal 1 "
#define MOST_TEXT (64 << 20)

struct _PmtCubeJournal
{
  char *path;
  int   file;
};

static gboolean
fail (const PmtCubeJournal *journal, GError **error)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot write “%s”: %s", journal->path, g_strerror (errno));
  return FALSE;
}

static gboolean
append (PmtCubeJournal *journal, const char *line, GError **error)
{
  gsize length = strlen (line);

  return write (journal->file, line, length) == (gssize) length && fdatasync (journal->file) == 0 ? TRUE : fail (journal, error);
}

/* The last whole line's number, where the first is this job's; −1 where it is another's. */
static gint64
read_done (const char *path, const char *first)
{
  g_autoptr (GString) text = pmt_file_read (path, MOST_TEXT, NULL);
  char               *end = text != NULL ? strrchr (text->str, '\n') : NULL;
  gint64              done = 0;

  if (end == NULL || !g_str_has_prefix (text->str, first))
    return -1;
  *end = '\0';
  end = strrchr (text->str, '\n');
  if (end != NULL && g_str_has_prefix (end + 1, "done "))
    done = g_ascii_strtoll (end + 6, NULL, 10);
  return MAX (done, 0);
}

PmtCubeJournal *
_pmt_cube_journal_open (const char *output, const char *fingerprint, guint64 *done, GError **error)
{
  g_autoptr (PmtCubeJournal) journal = g_new0 (PmtCubeJournal, 1);
  g_autofree char           *folder = g_path_get_dirname (output), *name = g_path_get_basename (output);
  g_autofree char           *leaf = g_strdup_printf (".journal-%.200s", name);
  g_autofree char           *first = g_strdup_printf (FORM "%s\n", fingerprint);
  gint64                     known;

  journal->path = g_build_filename (folder, leaf, NULL);
  journal->file = g_open (journal->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (journal->file < 0)
    {
      fail (journal, error);
      return NULL;
    }
  if (flock (journal->file, LOCK_EX | LOCK_NB) != 0)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot write “%s”: another run is at work on it", output);
      return NULL;
    }
  known = read_done (journal->path, first);
  *done = (guint64) MAX (known, 0);
  if (known < 0 && (ftruncate (journal->file, 0) != 0 || !append (journal, first, error)))
    {
      if (error != NULL && *error == NULL)
        fail (journal, error);
      return NULL;
    }
  return g_steal_pointer (&journal);
}

gboolean
_pmt_cube_journal_note (PmtCubeJournal *journal, guint64 done, GError **error)
{
  char line[64];

  g_snprintf (line, sizeof line, "done %" G_GUINT64_FORMAT "\n", done);
  return append (journal, line, error);
}

void
_pmt_cube_journal_finish (PmtCubeJournal *journal)
{
  g_unlink (journal->path);
}

void
_pmt_cube_journal_free (PmtCubeJournal *journal)
{
  if (journal == NULL)
    return;
  if (journal->file >= 0)
    close (journal->file);
  g_free (journal->path);
  g_free (journal);
}

/* -- the fingerprint -- */

static void
add_files (GString *text, const PmtCube *cube)
{
  for (int i = 0; cube->files[i] != NULL; i++)
    {
      struct stat there = { 0 };

      if (stat (cube->files[i], &there) != 0)
        there.st_size = -1;
      g_string_append_printf (text, "%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld\n", cube->files[i], (gint64) there.st_size,
                              (gint64) there.st_mtim.tv_sec, there.st_mtim.tv_nsec);
    }
}

char *
_pmt_cube_fingerprint (PmtCube *cube, const PmtTransform *transform, const PmtCubeForm *form, const PmtCubeWarpOptions *o)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char    *json = pmt_transform_to_json (transform);
  char                number[G_ASCII_DTOSTR_BUF_SIZE];

  add_files (text, cube);
  if (o->frame != NULL)
    add_files (text, o->frame);
  g_string_append_printf (text, "%s\n%d %d %d %d %d sampler %d canvas %d %d background %s\n", json, form->size.width,
                          form->size.height, form->bands, form->type, form->layout, o->sampler, o->canvas.x, o->canvas.y,
                          g_ascii_dtostr (number, sizeof number, o->background));
  for (guint i = 0; i < form->fields->len; i++)
    {
      const PmtCubeField *f = &g_array_index (form->fields, PmtCubeField, i);

      g_string_append_printf (text, "%s = %s\n", f->key, f->value);
    }
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text->str, (gssize) text->len);
}
