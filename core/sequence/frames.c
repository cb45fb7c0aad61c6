/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sequence/frames.h"

#include <glob.h>
#include <string.h>

#include "base/error.h"
#include "image/source-vips.h"
#include "sequence/ffmpeg-private.h"

struct _PmtFrames
{
  char        *where;
  GPtrArray   *paths;       /* NULL: a video */
  guint        next;
  PmtSize      size;        /* of a video */
  double       rate;
  GSubprocess *process;
};

/* Numbers in names by their value: "f2" before "f10". */
static int
compare_names (gconstpointer a, gconstpointer b)
{
  g_autofree char *key_a = g_utf8_collate_key_for_filename (*(char *const *) a, -1);
  g_autofree char *key_b = g_utf8_collate_key_for_filename (*(char *const *) b, -1);

  return strcmp (key_a, key_b);
}

/* A folder's files that are no others' by their endings; which of them can be read, reading tells. */
static gboolean
is_picture (const char *path)
{
  static const char *const endings[] = { ".tif", ".tiff", ".png", ".jpg", ".jpeg", ".webp", ".pgm", ".ppm", ".pfm", ".exr", ".jp2",
                                         ".jxl", ".heic", ".avif", ".gif", ".fits", ".hdr", ".v", NULL };
  const char              *dot = strrchr (path, '.');
  g_autofree char         *low = g_ascii_strdown (dot != NULL ? dot : "", -1);

  return g_strv_contains (endings, low);
}

static GPtrArray *
list_files (const char *where)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);

  if (g_file_test (where, G_FILE_TEST_IS_DIR))
    {
      g_autoptr (GDir) folder = g_dir_open (where, 0, NULL);
      const char      *name;

      while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
        if (name[0] != '.' && is_picture (name))
          g_ptr_array_add (paths, g_build_filename (where, name, NULL));
    }
  else
    {
      glob_t found = { 0 };

      if (glob (where, 0, NULL, &found) == 0)
        for (gsize i = 0; i < found.gl_pathc; i++)
          g_ptr_array_add (paths, g_strdup (found.gl_pathv[i]));
      globfree (&found);
    }
  g_ptr_array_sort (paths, compare_names);
  return paths;
}

PmtFrames *
pmt_frames_open (const char *where, GError **error)
{
  g_autoptr (PmtFrames) frames = g_new0 (PmtFrames, 1);

  frames->where = g_strdup (where);
  if (g_file_test (where, G_FILE_TEST_IS_REGULAR))
    {
      if (!_pmt_ffmpeg_probe (where, &frames->size, &frames->rate, error)
          || (frames->process = _pmt_ffmpeg_decode (where, error)) == NULL)
        return NULL;
      return g_steal_pointer (&frames);
    }
  frames->paths = list_files (where);
  if (frames->paths->len > 0)
    return g_steal_pointer (&frames);
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "there are no frames at “%s”: it is neither a folder of images, a pattern that finds "
               "some, nor a video", where);
  return NULL;
}

void
pmt_frames_free (PmtFrames *frames)
{
  if (frames == NULL)
    return;
  if (frames->process != NULL)
    {
      g_subprocess_force_exit (frames->process);
      g_subprocess_wait (frames->process, NULL, NULL);
      g_object_unref (frames->process);
    }
  g_clear_pointer (&frames->paths, g_ptr_array_unref);
  g_free (frames->where);
  g_free (frames);
}

static gboolean
next_of_video (PmtFrames *frames, VipsImage **image, char **problem, GError **error)
{
  gsize              bytes = (gsize) frames->size.width * (gsize) frames->size.height * 3, got = 0;
  g_autofree guint8 *pixels = g_try_malloc (bytes);
  g_autoptr (VipsImage) raw = NULL;

  if (pixels == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "not enough memory for a frame of “%s”", frames->where);
      return FALSE;
    }
  if (!g_input_stream_read_all (g_subprocess_get_stdout_pipe (frames->process), pixels, bytes, &got, NULL, error))
    return FALSE;
  if (got < bytes)
    {
      g_subprocess_wait (frames->process, NULL, NULL);
      if (frames->next > 0 && got == 0)
        return TRUE;
      g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "ffmpeg cannot decode “%s” beyond frame %u", frames->where, frames->next);
      return FALSE;
    }
  frames->next++;
  raw = vips_image_new_from_memory_copy (pixels, bytes, frames->size.width, frames->size.height, 3, VIPS_FORMAT_UCHAR);
  if (raw == NULL || vips_copy (raw, image, "interpretation", VIPS_INTERPRETATION_sRGB, NULL) != 0)
    *problem = g_strdup (vips_error_buffer ());
  return TRUE;
}

gboolean
pmt_frames_next (PmtFrames *frames, VipsImage **image, char **problem, GError **error)
{
  g_autoptr (GError)    why = NULL;
  g_autoptr (VipsImage) opened = NULL;

  *image = NULL;
  *problem = NULL;
  if (frames->paths == NULL)
    return next_of_video (frames, image, problem, error);
  if (frames->next == frames->paths->len)
    return TRUE;
  opened = pmt_vips_image_open (g_ptr_array_index (frames->paths, frames->next++), &why);
  *image = opened != NULL ? vips_image_copy_memory (opened) : NULL;     /* what is broken shows now */
  if (*image == NULL)
    {
      *problem = g_strdup (why != NULL ? why->message : vips_error_buffer ());
      g_strdelimit (g_strstrip (*problem), "\n", ';');
      vips_error_clear ();
    }
  return TRUE;
}

gboolean
pmt_frames_skip (PmtFrames *frames, GError **error)
{
  g_autoptr (VipsImage) image = NULL;
  g_autofree char      *problem = NULL;

  if (frames->paths == NULL)
    return next_of_video (frames, &image, &problem, error);
  frames->next = MIN (frames->next + 1, frames->paths->len);
  return TRUE;
}

double
pmt_frames_get_rate (const PmtFrames *frames)
{
  return frames->rate;
}
