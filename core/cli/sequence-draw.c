/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both cameras' frames in one picture each: to a video, or to files. */
#include <string.h>

#include "base/error.h"
#include "report/picture.h"
#include "sequence.h"

#define RATE 25.0     /* frames a second where nothing tells */

/* "%04d" in a pattern: where it begins and ends, and its width. */
static gboolean
find_number (const char *pattern, const char **from, const char **to, int *width)
{
  const char *percent = strchr (pattern, '%'), *c = percent != NULL ? percent + 1 : NULL;

  *width = 0;
  while (c != NULL && g_ascii_isdigit (*c) && *width < 20)
    *width = 10 * *width + (*c++ - '0');
  if (c == NULL || *c != 'd' || *width > 20 || strchr (c, '%') != NULL)
    return FALSE;
  *from = percent;
  *to = c + 1;
  return TRUE;
}

static gboolean
is_folder (const char *out)
{
  return g_str_has_suffix (out, "/") || g_file_test (out, G_FILE_TEST_IS_DIR);
}

gboolean
sequence_check_output (const char *out, Merge merge, GError **error)
{
  const char *from, *to;
  int         width;

  if (is_folder (out) || pmt_movie_is_video (out) || find_number (out, &from, &to, &width))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
               "“%s”: frames go to a video (.mp4, .mkv, .mov, .avi, .webm), a folder (“%s/”), or a pattern with a number (“f-%%04d.png”)", out,
               out);
  return FALSE;
}

/* Numbers are FIXED's frames, from 1 on. */
static char *
name_of (const char *out, int number)
{
  const char      *from, *to;
  int              width;
  g_autofree char *leaf = g_strdup_printf ("frame-%06d.png", number);

  if (is_folder (out) || !find_number (out, &from, &to, &width))
    return g_build_filename (out, leaf, NULL);
  return g_strdup_printf ("%.*s%0*d%s", (int) (from - out), out, width, number, to);
}

static VipsImage *
beside (VipsImage *fixed, VipsImage *moved, GError **error)
{
  VipsImage *out = NULL;

  if (vips_join (fixed, moved, &out, VIPS_DIRECTION_HORIZONTAL, NULL) != 0)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot put two frames side by side: %s", vips_error_buffer ());
      vips_error_clear ();
    }
  return out;
}

static VipsImage *
merge_frames (const Sequence *s, VipsImage *fixed_image, VipsImage *moving, VipsImage *moved_image, GError **error)
{
  static const PmtCompareMode modes[] =
  { [MERGE_BLEND] = PMT_COMPARE_BLEND, [MERGE_RED_CYAN] = PMT_COMPARE_RED_CYAN, [MERGE_CHECKER] = PMT_COMPARE_CHECKER,
    [MERGE_DIFFERENCE] = PMT_COMPARE_DIFFERENCE };
  g_autoptr (VipsImage) fixed = pmt_picture_new (fixed_image, error), moved = NULL, before = NULL, laid = NULL;
  PmtCompareOptions     options;

  pmt_compare_options_init (&options);
  options.opacity = s->alpha;
  if (fixed == NULL || (moved = pmt_picture_new (moved_image, error)) == NULL)
    return NULL;
  if (s->merge == MERGE_SIDE)
    return beside (fixed, moved, error);
  if (s->merge != MERGE_PANELS)
    return pmt_picture_compare (modes[s->merge], &options, fixed, moved, error);
  before = pmt_picture_new (moving, error);
  laid = before != NULL ? pmt_picture_lay (before, s->size[0], error) : NULL;
  return laid != NULL ? pmt_picture_panels (&options, fixed, laid, moved, error) : NULL;
}

static VipsImage *
draw_frame (Sequence *s, int i, VipsImage *fixed, VipsImage *moving, GError **error)
{
  g_autoptr (PmtTransform) transform = sequence_transform (s, i, error);
  g_autoptr (VipsImage)    moved = NULL;

  s->warp.canvas = (PmtRect) { 0, 0, s->size[0].width, s->size[0].height };
  s->warp.add_alpha = s->merge != MERGE_MOVED;
  moved = transform != NULL ? pmt_vips_image_warp (moving, transform, &s->warp, error) : NULL;
  if (moved == NULL || (s->merge == MERGE_MOVED && !pmt_movie_is_video (s->out)))
    return g_steal_pointer (&moved);
  return s->merge == MERGE_MOVED ? pmt_picture_new (moved, error) : merge_frames (s, fixed, moving, moved, error);
}

static gboolean
put (PmtContext *context, Sequence *s, int i, VipsImage *picture, double rate, PmtMovie **movie, GError **error)
{
  g_autofree char *name = NULL;

  s->drawn++;
  if (pmt_movie_is_video (s->out))
    {
      if (*movie == NULL)
        *movie = pmt_movie_new (s->out, (PmtSize) { picture->Xsize, picture->Ysize }, rate, error);
      return *movie != NULL && pmt_movie_add (*movie, picture, error);
    }
  name = name_of (s->out, s->first + i + 1);
  return command_make_folder (name, error) && pmt_vips_image_save (context, picture, name, error);
}

/* A frame of each camera; drawn where both are there. */
static gboolean
draw_next (PmtContext *context, Sequence *s, int i, PmtFrames *frames[2], double rate, PmtMovie **movie, GError **error)
{
  g_autoptr (VipsImage)  fixed = NULL, moving = NULL, picture = NULL;
  g_autofree char       *problem = NULL, *other = NULL;
  g_autoptr (PmtContext) part = pmt_context_new_part (context, pmt_context_get_threads (context));
  gboolean               dark = sequence_look (s, i, 0)->state == PMT_FRAME_DARK || sequence_look (s, i, 1)->state == PMT_FRAME_DARK;

  if (!pmt_context_check (context, error) || !pmt_frames_next (frames[0], &fixed, &problem, error)
      || !pmt_frames_next (frames[1], &moving, &other, error))
    return FALSE;
  if (fixed == NULL || moving == NULL || (dark && !s->keep_dark))
    return TRUE;
  picture = draw_frame (s, i, fixed, moving, error);
  return picture != NULL && put (part, s, i, picture, rate, movie, error);
}

gboolean
sequence_draw (PmtContext *context, Sequence *s, GError **error)
{
  PmtFrames *frames[2] = { NULL, NULL };
  PmtMovie  *movie = NULL;
  gboolean   done = sequence_open (s, frames, error);
  double     rate = s->rate;

  pmt_context_stage (context, "drawing the frames", 0, 1);
  for (int camera = 0; done && camera < 2 && rate <= 0; camera++)
    rate = pmt_frames_get_rate (frames[camera]);
  for (int i = 0; done && i < s->n; i++)
    {
      done = draw_next (context, s, i, frames, rate > 0 ? rate : RATE, &movie, error);
      pmt_context_progress (context, (i + 1.0) / s->n);
    }
  done = done && (movie == NULL || pmt_movie_commit (movie, error));
  pmt_movie_free (movie);
  pmt_frames_free (frames[0]);
  pmt_frames_free (frames[1]);
  return done;
}
