/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <vips/vips.h>

#include "base/context.h"
#include "base/geometry.h"

G_BEGIN_DECLS

/* The frames of a camera, one after the other: files of a folder or a pattern ("ir_*.tif") in the order of their names (numbers by
 * value), or a video, which the program ffmpeg decodes to 8-bit RGB and hands over through a pipe. */
typedef struct _PmtFrames PmtFrames;

/* PMT_ERROR_IO where there are none; PMT_ERROR_UNSUPPORTED where ffmpeg would be needed and is not there. */
PmtFrames *pmt_frames_open   (const char *where, GError **error);
void       pmt_frames_free   (PmtFrames *frames);
/* The next one. *image NULL with *problem, to be freed: a frame that can't be read; NULL without: the end. FALSE with an error where nothing
 * more can be had. */
gboolean   pmt_frames_next   (PmtFrames *frames, VipsImage **image, char **problem, GError **error);
/* Leaves one out, which is then not decoded where it is a file's. */
gboolean   pmt_frames_skip   (PmtFrames *frames, GError **error);
/* Frames a second; 0 where nothing tells. */
double     pmt_frames_get_rate (const PmtFrames *frames);

/* A video that is written by ffmpeg, frame after frame, and appears when it is complete. */
typedef struct _PmtMovie PmtMovie;

gboolean   pmt_movie_is_video (const char *path);      /* by its ending */
PmtMovie  *pmt_movie_new      (const char *path, PmtSize size, double rate, GError **error);
/* A picture of that size, 8-bit sRGB; alpha is laid on black. */
gboolean   pmt_movie_add      (PmtMovie *movie, VipsImage *picture, GError **error);
gboolean   pmt_movie_commit   (PmtMovie *movie, GError **error);
void       pmt_movie_free     (PmtMovie *movie);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtFrames, pmt_frames_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtMovie, pmt_movie_free)

G_END_DECLS
