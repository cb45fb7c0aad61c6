/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "sequence/ffmpeg-private.h"
#include "sequence/frames.h"

struct _PmtMovie
{
  char          *path;
  PmtSize        size;
  PmtAtomicFile *file;
  GSubprocess   *process;
};

gboolean
pmt_movie_is_video (const char *path)
{
  static const char *const endings[] = { ".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v", NULL };
  const char              *dot = strrchr (path, '.');
  g_autofree char         *low = g_ascii_strdown (dot != NULL ? dot : "", -1);

  return g_strv_contains (endings, low);
}

PmtMovie *
pmt_movie_new (const char *path, PmtSize size, double rate, GError **error)
{
  g_autoptr (PmtMovie) movie = g_new0 (PmtMovie, 1);

  movie->path = g_strdup (path);
  movie->size = size;
  movie->file = pmt_atomic_file_new (path, error);
  movie->process = movie->file != NULL ? _pmt_ffmpeg_encode (pmt_atomic_file_get_path (movie->file), size, rate, error) : NULL;
  return movie->process != NULL ? g_steal_pointer (&movie) : NULL;
}

static gboolean
fail (const PmtMovie *movie, const char *words, GError **error)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot write “%s”: %s", movie->path, words);
  return FALSE;
}

gboolean
pmt_movie_add (PmtMovie *movie, VipsImage *picture, GError **error)
{
  g_autoptr (VipsImage) flat = NULL;
  g_autofree void      *pixels = NULL;
  size_t                bytes = 0;

  if (picture->Xsize != movie->size.width || picture->Ysize != movie->size.height)
    return fail (movie, "its frames are not of one size", error);
  if ((vips_image_hasalpha (picture) ? vips_flatten (picture, &flat, NULL) : vips_copy (picture, &flat, NULL)) != 0
      || flat->Bands != 3 || (pixels = vips_image_write_to_memory (flat, &bytes)) == NULL
      || bytes != (size_t) movie->size.width * (size_t) movie->size.height * 3)
    return fail (movie, "a frame cannot be drawn", error);
  if (!g_output_stream_write_all (g_subprocess_get_stdin_pipe (movie->process), pixels, bytes, NULL, NULL, NULL))
    return fail (movie, "ffmpeg ended early; does it have an encoder for this kind of file?", error);
  return TRUE;
}

gboolean
pmt_movie_commit (PmtMovie *movie, GError **error)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (movie->process), NULL, NULL);
  if (!g_subprocess_wait (movie->process, NULL, NULL) || !g_subprocess_get_successful (movie->process))
    return fail (movie, "ffmpeg failed", error);
  return pmt_atomic_file_commit (movie->file, error);
}

void
pmt_movie_free (PmtMovie *movie)
{
  if (movie == NULL)
    return;
  if (movie->process != NULL)
    {
      g_subprocess_force_exit (movie->process);
      g_subprocess_wait (movie->process, NULL, NULL);
      g_object_unref (movie->process);
    }
  pmt_atomic_file_free (movie->file);
  g_free (movie->path);
  g_free (movie);
}
