/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "command.h"
#include "sequence/look.h"
#include "sequence/rig.h"

/* What `sequence` works on, shared by its three files. */
typedef enum { MERGE_BLEND, MERGE_SIDE, MERGE_PANELS, MERGE_RED_CYAN, MERGE_CHECKER, MERGE_DIFFERENCE, MERGE_MOVED } Merge;

typedef struct
{
  const char        *where[2];        /* FIXED, MOVING */
  char              *out;             /* a video, a folder, or a pattern; NULL */
  Merge              merge;
  double             alpha, rate;
  gboolean           keep_dark;
  int                offset, most_pairs;
  double             smooth;          /* frames; 0: a quarter of them */
  PmtRegisterOptions options;
  PmtWarpOptions     warp;
  /* what is found */
  GArray            *look[2];         /* of PmtFrameLook */
  int                first, n;        /* frames of FIXED that have one of MOVING: first … first + n - 1 */
  PmtSize            size[2];
  GArray            *chosen;          /* of int: frames to register, from 0 on within these */
  GArray            *pairs;           /* of PmtRigPair */
  int                failed;          /* pairs that were tried and are none */
  PmtMatrix3         rig, *frame;     /* n of them */
  PmtVerdict         verdict;
  int                used, drawn;
} Sequence;

/* The looks of the i-th common frame. */
PmtFrameLook *sequence_look     (const Sequence *s, int i, int camera);
gboolean      sequence_is_good  (const Sequence *s, int i);
/* Both streams at their first common frame. */
gboolean      sequence_open     (const Sequence *s, PmtFrames *frames[2], GError **error);
PmtTransform *sequence_transform (const Sequence *s, int i, GError **error);

/* sequence-measure.c. Looks at all frames, registers some, solves for all. */
gboolean      sequence_measure  (PmtContext *context, Sequence *s, GError **error);
/* sequence-draw.c. */
gboolean      sequence_draw     (PmtContext *context, Sequence *s, GError **error);
gboolean      sequence_check_output (const char *out, Merge merge, GError **error);
/* sequence-report.c */
gboolean      sequence_report   (const Sequence *s, const char *path, GError **error);
