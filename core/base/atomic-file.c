/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A temporary is called “.pentimento-K-NAME”, K = 0, 1, … the first that nobody writes to, and is locked (flock) for as
 * long as its writer lives. The kernel takes the lock away from a process that is killed: what is there and can be
 * locked is left over, and is removed by the next writer of the same name.
 *
 * Who has locked a file that is still at its path is the only one to remove or rename it; so it cannot be taken for
 * another one that is made at the same path in the meantime. */
#include "base/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

#define TRIES 1000   /* of names that may be taken by others who write the same file */
#define TAIL  230    /* bytes of the name that are kept, its end, which tells the format; file systems take 255 */

struct _PmtAtomicFile
{
  char    *path;        /* as the caller named it, for messages */
  char    *target;      /* links followed */
  char    *temporary;   /* NULL: the target is written directly, or the file is committed */
  int      lock;        /* a descriptor of the temporary; −1 without one */
  gboolean is_folder;
  gboolean is_kept;     /* the temporary outlives an abandoned file */
};

/* The temporaries of this process, for pmt_atomic_file_abandon_all(). */
static GMutex     live_lock;
static GPtrArray *live;

static void
set_live (PmtAtomicFile *file, gboolean is_live)
{
  g_mutex_lock (&live_lock);
  if (live == NULL)
    live = g_ptr_array_new ();
  if (is_live)
    g_ptr_array_add (live, file);
  else
    g_ptr_array_remove_fast (live, file);
  g_mutex_unlock (&live_lock);
}

static gboolean
fail (const char *verb, const char *path, int code, GError **error)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot %s “%s”: %s", verb, path, g_strerror (code));
  return FALSE;
}

/* A file, or a folder and all that is in it. */
static void
remove_all (const char *path)
{
  gboolean    is_folder = g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  GDir       *dir = is_folder ? g_dir_open (path, 0, NULL) : NULL;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_all (inner);
    }
  g_clear_pointer (&dir, g_dir_close);
  if (is_folder)
    g_rmdir (path);
  else
    g_unlink (path);
}

/* Forgets the temporary, and with it its lock. */
static void
let_go (PmtAtomicFile *file)
{
  if (file->temporary == NULL)
    return;
  if (!file->is_kept)
    set_live (file, FALSE);
  g_clear_pointer (&file->temporary, g_free);
  if (file->lock >= 0)
    close (file->lock);
  file->lock = -1;
}

/* -- making a temporary -- */

/* TRUE where the descriptor is what lies at the path. */
static gboolean
is_at (int fd, const char *path)
{
  struct stat mine, there;

  return fstat (fd, &mine) == 0 && lstat (path, &there) == 0 && mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
}

/* Removes what a process that was killed left at the path. */
static void
remove_leftover (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0);

  if (fd < 0)
    return;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0 && is_at (fd, path))
    remove_all (path);
  close (fd);
}

/* Something empty at a path where nothing is: its descriptor, or −1 with errno. */
static int
create (const char *path, gboolean is_folder)
{
  if (!is_folder)
    return g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  return g_mkdir (path, 0777) == 0 ? g_open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0) : -1;
}

/* FALSE where a neighbour took it for left over before it was locked. File systems without locks have no such neighbours. */
static gboolean
keep (int fd, const char *path)
{
  return (flock (fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) && is_at (fd, path);
}

static gboolean
create_beside (PmtAtomicFile *file, const struct stat *old, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (file->target), *name = g_path_get_basename (file->target);
  gsize            length = strlen (name);

  for (int i = 0; i < TRIES; i++)
    {
      g_autofree char *leaf = g_strdup_printf (".pentimento-%d-%s", i, name + (length > TAIL ? length - TAIL : 0));
      g_autofree char *path = g_build_filename (folder, leaf, NULL);
      int              fd;

      remove_leftover (path);
      fd = create (path, file->is_folder);
      if (fd < 0 && errno == EEXIST)
        continue;
      if (fd < 0)
        return fail ("write", file->path, errno, error);
      if (!keep (fd, path))
        {
          close (fd);
          continue;
        }
      if (old != NULL && fchmod (fd, old->st_mode & 07777) != 0)
        g_debug ("the mode of %s is not kept: %s", file->path, g_strerror (errno));
      file->lock = fd;
      file->temporary = g_steal_pointer (&path);
      set_live (file, TRUE);
      return TRUE;
    }
  return fail ("write", file->path, EEXIST, error);
}

/* The file, without a temporary one yet. */
static PmtAtomicFile *
begin (const char *path, struct stat *old, gboolean *exists)
{
  PmtAtomicFile *file = g_new0 (PmtAtomicFile, 1);
  char          *real;

  *exists = stat (path, old) == 0;
  real = *exists ? realpath (path, NULL) : NULL;
  file->path = g_strdup (path);
  file->target = g_strdup (real != NULL ? real : path);
  file->lock = -1;
  free (real);
  return file;
}

PmtAtomicFile *
pmt_atomic_file_new_part (const char *path, gboolean keep, gboolean *there, GError **error)
{
  struct stat               old;
  gboolean                  exists;
  g_autoptr (PmtAtomicFile) file = begin (path, &old, &exists);
  g_autofree char          *folder = g_path_get_dirname (file->target), *name = g_path_get_basename (file->target);
  gsize                     length = strlen (name);
  g_autofree char          *leaf = g_strdup_printf (".part-%s", name + (length > TAIL ? length - TAIL : 0)), *part = NULL;
  int                       fd;

  part = g_build_filename (folder, leaf, NULL);
  *there = g_file_test (part, G_FILE_TEST_IS_REGULAR);
  fd = exists && !S_ISREG (old.st_mode) ? -1 : g_open (part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0)
    {
      fail ("write", path, exists && S_ISDIR (old.st_mode) ? EISDIR : errno != 0 ? errno : EINVAL, error);
      return NULL;
    }
  close (fd);
  file->is_kept = keep;
  file->temporary = g_steal_pointer (&part);
  if (!keep)
    set_live (file, TRUE);
  return g_steal_pointer (&file);
}

PmtAtomicFile *
pmt_atomic_file_new (const char *path, GError **error)
{
  struct stat               old;
  gboolean                  exists;
  g_autoptr (PmtAtomicFile) file = begin (path, &old, &exists);

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

PmtAtomicFile *
pmt_atomic_file_new_folder (const char *path, GError **error)
{
  g_autoptr (PmtAtomicFile) file = g_new0 (PmtAtomicFile, 1);

  file->path = g_strdup (path);
  file->target = g_strdup (path);
  file->lock = -1;
  file->is_folder = TRUE;
  return create_beside (file, NULL, error) ? g_steal_pointer (&file) : NULL;
}

const char *
pmt_atomic_file_get_path (const PmtAtomicFile *file)
{
  return file->temporary != NULL ? file->temporary : file->target;
}

/* -- the end -- */

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

      if (!file->is_kept)
        remove_all (file->temporary);
      let_go (file);
      return fail ("write", file->path, code, error);
    }
  let_go (file);
  sync_path (folder, O_RDONLY | O_DIRECTORY);   /* best effort: some file systems refuse it */
  return TRUE;
}

void
pmt_atomic_file_free (PmtAtomicFile *file)
{
  if (file == NULL)
    return;
  if (file->temporary != NULL && !file->is_kept)
    remove_all (file->temporary);
  let_go (file);
  g_free (file->target);
  g_free (file->path);
  g_free (file);
}

void
pmt_atomic_file_abandon_all (void)
{
  g_mutex_lock (&live_lock);
  for (guint i = 0; live != NULL && i < live->len; i++)
    remove_all (((PmtAtomicFile *) g_ptr_array_index (live, i))->temporary);
  g_mutex_unlock (&live_lock);
}

/* -- all at once -- */

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
