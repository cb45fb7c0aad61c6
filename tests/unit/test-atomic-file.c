/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/error.h"

typedef struct { char *folder, *path; } Place;

static void
setup (Place *place, gconstpointer data)
{
  place->folder = g_dir_make_tmp ("pmt-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "out.tif", NULL);
}

static int
count_entries (const char *folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  int   n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  g_dir_close (dir);
  return n;
}

static void
teardown (Place *place, gconstpointer data)
{
  g_unlink (place->path);
  g_assert_cmpint (g_rmdir (place->folder), ==, 0);   /* nothing was left behind */
  g_free (place->folder);
  g_free (place->path);
}

static void
assert_content (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_write_and_replace (Place *place, gconstpointer data)
{
  struct stat st;

  g_assert_true (pmt_atomic_file_write (place->path, "one", 3, NULL));
  assert_content (place->path, "one");
  g_assert_cmpint (g_chmod (place->path, 0640), ==, 0);
  g_assert_true (pmt_atomic_file_write (place->path, "two!", 4, NULL));
  assert_content (place->path, "two!");
  g_assert_cmpint (stat (place->path, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 0777, ==, 0640);
  g_assert_cmpint (count_entries (place->folder), ==, 1);
}

static void
test_abandon_keeps_the_old (Place *place, gconstpointer data)
{
  PmtAtomicFile *file;

  g_assert_true (pmt_atomic_file_write (place->path, "old", 3, NULL));
  file = pmt_atomic_file_new (place->path, NULL);
  g_assert_true (g_str_has_suffix (pmt_atomic_file_get_path (file), ".tif"));
  g_assert_true (g_file_set_contents (pmt_atomic_file_get_path (file), "half", 4, NULL));
  assert_content (place->path, "old");
  pmt_atomic_file_free (file);
  assert_content (place->path, "old");
  g_assert_cmpint (count_entries (place->folder), ==, 1);
}

static void
test_commit_without_temporary (Place *place, gconstpointer data)
{
  g_autoptr (PmtAtomicFile) file = pmt_atomic_file_new (place->path, NULL);
  g_autoptr (GError)        error = NULL;

  g_unlink (pmt_atomic_file_get_path (file));   /* someone took it away */
  g_assert_false (pmt_atomic_file_commit (file, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
  g_assert_cmpint (count_entries (place->folder), ==, 0);
}

/* A child that is killed while it writes. */
static void
leave_behind (const char *path, gboolean folder)
{
  pid_t child = fork ();
  int   status;

  if (child == 0)
    {
      PmtAtomicFile *file = folder ? pmt_atomic_file_new_folder (path, NULL) : pmt_atomic_file_new (path, NULL);

      if (folder)
        {
          g_autofree char *inner = g_build_filename (pmt_atomic_file_get_path (file), "part", NULL);

          g_file_set_contents (inner, "half", 4, NULL);
        }
      raise (SIGKILL);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
}

static void
test_killed (Place *place, gconstpointer data)
{
  for (int folder = 0; folder < 2; folder++)
    {
      g_autofree char *left = g_build_filename (place->folder, ".pentimento-0-out.tif", NULL);

      leave_behind (place->path, folder);
      g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
      g_assert_true (g_file_test (left, G_FILE_TEST_EXISTS));
      leave_behind (place->path, folder);
      g_assert_cmpint (count_entries (place->folder), ==, 1);   /* they do not pile up … */
    }
  g_assert_true (pmt_atomic_file_write (place->path, "whole", 5, NULL));
  assert_content (place->path, "whole");
  g_assert_cmpint (count_entries (place->folder), ==, 1);       /* … and are gone with the next */
}

static void
test_several_at_once (Place *place, gconstpointer data)
{
  PmtAtomicFile   *a = pmt_atomic_file_new (place->path, NULL), *b = pmt_atomic_file_new (place->path, NULL);
  g_autofree char *of_a = g_strdup (pmt_atomic_file_get_path (a));

  g_assert_cmpstr (of_a, !=, pmt_atomic_file_get_path (b));
  g_assert_true (g_file_set_contents (of_a, "a", 1, NULL));     /* renames: another file lies there now, and stays */
  g_assert_true (g_file_set_contents (pmt_atomic_file_get_path (b), "b", 1, NULL));
  g_assert_true (pmt_atomic_file_commit (b, NULL));
  assert_content (place->path, "b");
  g_assert_true (pmt_atomic_file_commit (a, NULL));
  assert_content (place->path, "a");
  pmt_atomic_file_free (a);
  pmt_atomic_file_free (b);
}

static void
test_abandon_all (Place *place, gconstpointer data)
{
  PmtAtomicFile     *file = pmt_atomic_file_new (place->path, NULL), *folder = pmt_atomic_file_new_folder (place->path, NULL);
  g_autoptr (GError) error = NULL;

  pmt_atomic_file_abandon_all ();
  g_assert_cmpint (count_entries (place->folder), ==, 0);
  g_assert_false (pmt_atomic_file_commit (file, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
  pmt_atomic_file_free (file);
  pmt_atomic_file_free (folder);
  g_assert_cmpint (count_entries (place->folder), ==, 0);
}

/* The ending chooses the format, so it must stay. */
static void
test_long_name (Place *place, gconstpointer data)
{
  g_autofree char          *stem = g_strnfill (250, 'x'), *leaf = g_strconcat (stem, ".tif", NULL);
  g_autofree char          *path = g_build_filename (place->folder, leaf, NULL);
  g_autoptr (PmtAtomicFile) file = pmt_atomic_file_new (path, NULL);

  g_assert_true (g_str_has_suffix (pmt_atomic_file_get_path (file), ".tif"));
  g_assert_true (pmt_atomic_file_commit (file, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_links_and_devices (Place *place, gconstpointer data)
{
  g_autofree char *link = g_build_filename (place->folder, "link", NULL);
  struct stat      st;

  g_assert_true (pmt_atomic_file_write (place->path, "old", 3, NULL));
  g_assert_cmpint (symlink ("out.tif", link), ==, 0);
  g_assert_true (pmt_atomic_file_write (link, "new", 3, NULL));
  assert_content (place->path, "new");
  g_assert_cmpint (lstat (link, &st), ==, 0);
  g_assert_true (S_ISLNK (st.st_mode));
  g_unlink (link);
  g_assert_true (pmt_atomic_file_write ("/dev/null", "gone", 4, NULL));
  g_assert_cmpint (stat ("/dev/null", &st), ==, 0);
  g_assert_true (S_ISCHR (st.st_mode));
}

static void
test_unwritable (Place *place, gconstpointer data)
{
  g_autofree char  *below = g_build_filename (place->path, "x.tif", NULL);
  const char *const paths[] = { place->folder, "/nonexistent/folder/x.tif", "/proc/x.tif", below };

  g_assert_true (pmt_atomic_file_write (place->path, "a file", 6, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pmt_atomic_file_new (paths[i], &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
      g_assert_nonnull (strstr (error->message, paths[i]));
    }
}

static void
test_full_device (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("no /dev/full");
      return;
    }
  g_assert_false (pmt_atomic_file_write ("/dev/full", "data", 4, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
}

#define ADD(path, func) g_test_add (path, Place, NULL, setup, func, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/atomic-file/write-and-replace", test_write_and_replace);
  ADD ("/atomic-file/abandon", test_abandon_keeps_the_old);
  ADD ("/atomic-file/commit-without-temporary", test_commit_without_temporary);
  ADD ("/atomic-file/killed", test_killed);
  ADD ("/atomic-file/several-at-once", test_several_at_once);
  ADD ("/atomic-file/abandon-all", test_abandon_all);
  ADD ("/atomic-file/long-name", test_long_name);
  ADD ("/atomic-file/links-and-devices", test_links_and_devices);
  ADD ("/atomic-file/unwritable", test_unwritable);
  ADD ("/atomic-file/full-device", test_full_device);
  return g_test_run ();
}
