/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "sequence/frames.h"

G_BEGIN_DECLS

typedef enum
{
  PMT_FRAME_GOOD,
  PMT_FRAME_UNREADABLE,
  PMT_FRAME_DARK,        /* hardly any contrast beside the other frames: covered, blank, or between two shutters */
  PMT_FRAME_REPEATED     /* the same as the frame before, to the bit, while the other camera's went on */
} PmtFrameState;

typedef struct
{
  PmtFrameState state;
  char         *problem;      /* why it can't be read; NULL */
  PmtSize       size;
  double        deviation;    /* standard deviation of its values */
  double        contrast;     /* that over the median of all frames */
  guint64       sum;          /* of its bytes */
} PmtFrameLook;

const char *pmt_frame_state_to_nick (PmtFrameState state);   /* "good", "unreadable", "dark", "repeated" */

/* Looks at every frame once: an array of PmtFrameLook, good, dark or unreadable; PMT_ERROR_BAD_INPUT where frames differ in size.
 * The job goes from fraction `from` to `to`. */
GArray     *pmt_frames_look      (PmtContext *context, const char *where, double from, double to, GError **error);
/* Marks frames that are repeated, moving[i + offset] being fixed[i]'s. */
void        pmt_looks_compare    (GArray *fixed, GArray *moving, int offset);

G_END_DECLS
