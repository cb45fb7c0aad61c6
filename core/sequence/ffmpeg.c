/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sequence/ffmpeg-private.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define MOST_SIDE 32768

static GSubprocess *
start (const char *program, const char *path, GSubprocessFlags flags, const char *const *arguments, GError **error)
{
  g_autofree char       *found = g_find_program_in_path (program);
  g_autoptr (GPtrArray)  argv = g_ptr_array_new ();
  g_autoptr (GError)     why = NULL;
  GSubprocess           *process;

  if (found == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
                   "“%s” is a video, for which the program %s is needed, and it is not installed (Debian: apt install ffmpeg)", path,
                   program);
      return NULL;
    }
  g_ptr_array_add (argv, found);
  for (int i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer) arguments[i]);
  g_ptr_array_add (argv, NULL);
  process = g_subprocess_newv ((const char *const *) argv->pdata, flags, &why);
  if (process == NULL)
    g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot start %s for “%s”: %s", program, path, why->message);
  return process;
}

/* "WIDTH,HEIGHT,NUM/DEN" */
gboolean
_pmt_ffmpeg_probe (const char *path, PmtSize *size, double *rate, GError **error)
{
  g_autofree char         *file = g_strconcat ("file:", path, NULL), *out = NULL, *words = NULL;
  const char *const        arguments[] = { "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,r_frame_rate",
                                           "-of", "csv=p=0", file, NULL };
  g_autoptr (GSubprocess)  process = start ("ffprobe", path, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, arguments,
                                            error);
  int                      over = 0, under = 0;

  if (process == NULL)
    return FALSE;
  if (g_subprocess_communicate_utf8 (process, NULL, NULL, &out, &words, NULL) && g_subprocess_get_successful (process) && out != NULL
      && sscanf (out, "%d,%d,%d/%d", &size->width, &size->height, &over, &under) >= 2 && size->width > 0 && size->height > 0
      && size->width <= MOST_SIDE && size->height <= MOST_SIDE)
    {
      *rate = over > 0 && under > 0 ? (double) over / under : 0;
      return TRUE;
    }
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot read “%s” as a video: %.300s", path,
               words != NULL && *g_strstrip (words) != '\0' ? words : "it holds no pictures");
  return FALSE;
}

GSubprocess *
_pmt_ffmpeg_decode (const char *path, GError **error)
{
  g_autofree char   *file = g_strconcat ("file:", path, NULL);
  const char *const  arguments[] = { "-nostdin", "-v", "fatal", "-noautorotate", "-i", file, "-map", "0:v:0", "-f", "rawvideo", "-pix_fmt", "rgb24",
                                     "-fps_mode", "passthrough", "pipe:1", NULL };

  return start ("ffmpeg", path, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, arguments, error);
}

GSubprocess *
_pmt_ffmpeg_encode (const char *path, PmtSize size, double rate, GError **error)
{
  g_autofree char   *file = g_strconcat ("file:", path, NULL), *sides = g_strdup_printf ("%dx%d", size.width, size.height);
  char               number[G_ASCII_DTOSTR_BUF_SIZE];
  const char *const  arguments[] = { "-v", "fatal", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", sides, "-r",
                                     g_ascii_formatd (number, sizeof number, "%.6f", rate), "-i", "pipe:0", "-an",
                                     "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p", file, NULL };

  return start ("ffmpeg", path, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, arguments, error);
}
