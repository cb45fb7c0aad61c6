/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define TRIES 100   /* of names that may be taken already */

struct _PmtAtomicFile
{
  char    *path;        /* as the caller named it, for messages */
  char    *target;      /* links followed */
  char    *temporary;   /* NULL: the target is written directly, or the file is committed */
};

static gboolean
fail (const char *verb, const char *path, int code, GError **error)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot %s “%s”: %s", verb, path, g_strerror (code));
  return FALSE;
}

/* An empty file of a name nobody has, beside the target; its mode is that of the file it will replace. */
static gboolean
create_beside (PmtAtomicFile *file, const struct stat *old, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->target);
  g_autofree char *name = g_path_get_basename (file->target);

  for (int i = 0; i < TRIES; i++)
    {
      g_autofree char *leaf = g_strdup_printf (".%08x-%.200s", g_random_int (), name);
      g_autofree char *path = g_build_filename (folder, leaf, NULL);
      int              fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

      if (fd < 0 && errno == EEXIST)
        continue;
      if (fd < 0)
        return fail ("write", file->path, errno, error);
      if (old != NULL && fchmod (fd, old->st_mode & 07777) != 0)
        g_debug ("the mode of %s is not kept: %s", file->path, g_strerror (errno));
      close (fd);
      file->temporary = g_steal_pointer (&path);
      return TRUE;
    }
  return fail ("write", file->path, EEXIST, error);
}

PmtAtomicFile *
pmt_atomic_file_new (const char *path, GError **error)
{
  g_autoptr (PmtAtomicFile) file = g_new0 (PmtAtomicFile, 1);
  struct stat old;
  gboolean    exists = stat (path, &old) == 0;
  char       *real = exists ? realpath (path, NULL) : NULL;

  file->path = g_strdup (path);
  file->target = g_strdup (real != NULL ? real : path);
  free (real);
  if (exists && S_ISDIR (old.st_mode))
    {
      fail ("write", path, EISDIR, error);
      return NULL;
    }
  if (exists && !S_ISREG (old.st_mode))
    return g_steal_pointer (&file);
  if (exists && access (path, W_OK) != 0)   /* a rename would replace even a read-only file: respect its owner's wish */
    {
      fail ("write", path, errno, error);
      return NULL;
    }
  return create_beside (file, exists ? &old : NULL, error) ? g_steal_pointer (&file) : NULL;
}

const char *
pmt_atomic_file_get_path (const PmtAtomicFile *file)
{
  return file->temporary != NULL ? file->temporary : file->target;
}

static gboolean
sync_path (const char *path, int flags)
{
  int      fd = g_open (path, flags | O_CLOEXEC, 0);
  gboolean done = fd >= 0 && fsync (fd) == 0;
  int      code = errno;

  if (fd >= 0)
    close (fd);
  errno = code;
  return done;
}

gboolean
pmt_atomic_file_commit (PmtAtomicFile *file, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->target);

  if (file->temporary == NULL)
    return TRUE;
  if (!sync_path (file->temporary, O_RDONLY) || g_rename (file->temporary, file->target) != 0)
    {
      int code = errno;

      g_unlink (file->temporary);
      g_clear_pointer (&file->temporary, g_free);
      return fail ("write", file->path, code, error);
    }
  g_clear_pointer (&file->temporary, g_free);
  sync_path (folder, O_RDONLY | O_DIRECTORY);   /* best effort: some file systems refuse it */
  return TRUE;
}

void
pmt_atomic_file_free (PmtAtomicFile *file)
{
  if (file == NULL)
    return;
  if (file->temporary != NULL)
    g_unlink (file->temporary);
  g_free (file->temporary);
  g_free (file->target);
  g_free (file->path);
  g_free (file);
}

static gboolean
write_all (const char *path, const char *data, gsize length)
{
  int fd = g_open (path, O_WRONLY | O_TRUNC | O_CLOEXEC, 0);
  int code = 0;

  if (fd < 0)
    return FALSE;
  while (length > 0 && code == 0)
    {
      gssize n = write (fd, data, length);

      if (n > 0)
        {
          data += n;
          length -= n;
        }
      else if (n == 0 || errno != EINTR)
        code = n == 0 ? ENOSPC : errno;
    }
  if (close (fd) != 0 && code == 0)
    code = errno;
  errno = code;
  return code == 0;
}

gboolean
pmt_atomic_file_write (const char *path, const char *data, gsize length, GError **error)
{
  g_autoptr (PmtAtomicFile) file = pmt_atomic_file_new (path, error);

  if (file == NULL)
    return FALSE;
  if (!write_all (pmt_atomic_file_get_path (file), data, length))
    return fail ("write", path, errno, error);
  return pmt_atomic_file_commit (file, error);
}
