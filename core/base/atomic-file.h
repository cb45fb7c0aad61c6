/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* A file that appears complete or not at all: written under another name in the same folder, then synced and renamed.
 * What is there already stays until then, and keeps its permissions. A symbolic link is followed. Where the path is no
 * regular file (/dev/stdout, a pipe) there is nothing to rename: it is written directly.
 *
 * The other name is “.pentimento-K-NAME”, K a number. A process that is killed leaves it behind; the next that writes to
 * the same name removes it. Files that others are writing at the time are locked, and stay. */
typedef struct _PmtAtomicFile PmtAtomicFile;

/* Creates the temporary file, empty. PMT_ERROR_IO with the path when the folder can't be written or path is a folder. */
PmtAtomicFile *pmt_atomic_file_new      (const char *path, GError **error);
/* The same for a folder, which is removed with all that is in it. What is at the path is not looked at, and pmt_atomic_file_commit()
 * fails where there is anything but an empty folder. */
PmtAtomicFile *pmt_atomic_file_new_folder (const char *path, GError **error);
/* The same, but the temporary is “.part-NAME”, is neither locked nor held open (there may be thousands), and what is in it already
 * stays; *there: it was there. keep: it outlives a file that is not committed, for work that is gone on with. The caller sees to it
 * that nobody else is at work on it. No devices. */
PmtAtomicFile *pmt_atomic_file_new_part (const char *path, gboolean keep, gboolean *there, GError **error);
/* Where to write; ends like the final name, so that writers that choose a format by suffix choose the right one. */
const char    *pmt_atomic_file_get_path (const PmtAtomicFile *file);
/* Syncs and renames. On failure the temporary file is gone and what was there before is untouched. */
gboolean       pmt_atomic_file_commit   (PmtAtomicFile *file, GError **error);
/* Removes the temporary file unless it was committed or is kept. */
void           pmt_atomic_file_free     (PmtAtomicFile *file);

/* Removes all temporary files of this process, from any thread: for a process that ends without waiting for the others. */
void           pmt_atomic_file_abandon_all (void);

/* All of it for `length` bytes in memory. */
gboolean       pmt_atomic_file_write    (const char *path, const char *data, gsize length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtAtomicFile, pmt_atomic_file_free)

G_END_DECLS
