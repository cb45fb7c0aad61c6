/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gio/gio.h>

#include "base/geometry.h"

G_BEGIN_DECLS

/* The programs ffmpeg and ffprobe, started with lists of arguments and never by a shell. Paths are given as “file:…”, so that
 * none is taken for an option or a protocol. */

/* What a video's first stream is. */
gboolean     _pmt_ffmpeg_probe  (const char *path, PmtSize *size, double *rate, GError **error);
/* Hands RGB of 8 bit, frame after frame, over through its standard output. */
GSubprocess *_pmt_ffmpeg_decode (const char *path, GError **error);
/* Takes them through its standard input. path: where to write; its ending chooses the format. */
GSubprocess *_pmt_ffmpeg_encode (const char *path, PmtSize size, double rate, GError **error);

G_END_DECLS
