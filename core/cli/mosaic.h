/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "command.h"

/* What the files of `mosaic` and `run-step` share. */

typedef struct
{
  char         *out, *transforms, *report, *positions, *canvas, *with, *with_out;
  char         *model, *modality, *search, *preparation;
  char         *plan, *rules, *resume;
  OutputOptions output;
  double        scale;
  int           threads;
  gint64        seed;
  gboolean      no_overview, balance, force, quiet;
} MosaicOptions;

/* The tiles themselves, and those of --with. */
enum { BAND_TILES, BAND_WITH, BANDS };

typedef struct
{
  int             n, first;        /* images, and the first tile among them */
  char          **path;
  char          **transform_path, **with_path;
  PmtPoint       *position;
  PmtGroupOptions options;
  Output          output;
  gboolean        whole;           /* the canvas is the overview's frame, else the tiles' */
  PmtGroup       *group;
  /* What is drawn: from the group, or read back. */
  PmtTransform  **pose;            /* n, reference → image; NULL: left out */
  double         *gain[BANDS];     /* n of them; NULL: not balanced */
  double          scale;           /* output px for one of the reference */
} MosaicJob;

/* -- mosaic.c -- */

/* The command line to options and a job over command->arguments; FALSE with *status set where the command ends here. */
gboolean mosaic_parse (Command *command, MosaicOptions *o, MosaicJob *job, int *argc, char ***argv, int *status);
void     mosaic_clear (MosaicOptions *o, MosaicJob *job);
/* What came of the work; the job can be done again. */
void     mosaic_job_forget (MosaicJob *job);
/* What must hold before any work: formats that can hold the tiles, hints that can be read. */
gboolean mosaic_prepare (const MosaicOptions *o, MosaicJob *job, GError **error);
PmtSource *mosaic_open_image (int index, gpointer job, GError **error);
/* Poses, report and transforms of a registered group; *draw: whether there is something to draw. */
gboolean mosaic_write_poses (PmtContext *context, const MosaicOptions *o, MosaicJob *job, gboolean *draw, GError **error);
void     mosaic_summarise  (const MosaicJob *job);

/* -- mosaic-draw.c -- */

const char *mosaic_output (const MosaicOptions *o, int band);      /* NULL: not asked for */
/* Fills job->gain[band]. */
gboolean mosaic_balance    (PmtContext *context, MosaicJob *job, int band, GError **error);
gboolean mosaic_draw       (PmtContext *context, const MosaicOptions *o, const MosaicJob *job, int band, GError **error);
/* Rows of the mosaic, the index-th of `count` strips, to a file of libvips's own. */
gboolean mosaic_draw_strip (PmtContext *context, const MosaicJob *job, int band, int index, int count, const char *path, GError **error);
/* The same mosaic from strips that were drawn. */
gboolean mosaic_join       (PmtContext *context, const MosaicOptions *o, const MosaicJob *job, int band, int count, char *const *strips,
                            GError **error);
int      mosaic_strips     (const MosaicJob *job);

/* -- mosaic-work.c: the folder in which work is kept -- */

typedef struct
{
  char            *folder;
  const MosaicJob *job;
  PmtContext      *context;
  char            *about;       /* all that a registration depends on beside its images */
  int              stop;        /* before this round the group stops; −1: never */
  GArray          *todo;        /* of PmtPairTodo: what that round would do; NULL before */
  PmtPairStore     store;
} MosaicWork;

void     mosaic_work_init      (MosaicWork *work, const char *folder, const MosaicJob *job, PmtContext *context);
void     mosaic_work_clear     (MosaicWork *work);
/* What identifies a registration: images, by path, size and time of change, options, and start. */
char    *mosaic_work_key       (const MosaicWork *work, const PmtPairTodo *pair);
gboolean mosaic_work_has       (const MosaicWork *work, const PmtPairTodo *pair);
/* A file's path, size and time of change, or that it is not there, to a checksum. */
void     mosaic_work_add_file  (GChecksum *sum, const char *path);
/* A path in the folder, which is made. */
char    *mosaic_work_path      (const MosaicWork *work, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A round's pairs, and the poses with gains, to the folder and back. */
gboolean mosaic_work_save_round (const MosaicWork *work, int round, GError **error);
GArray  *mosaic_work_load_round (const MosaicWork *work, int round, GError **error);
gboolean mosaic_work_save_poses (const MosaicWork *work, gboolean draw, GError **error);
gboolean mosaic_work_draws      (const MosaicWork *work);     /* whether the poses that were saved are to be drawn */
/* The mosaic in strips that are kept until it is whole; those that were drawn of the same poses are taken. */
gboolean mosaic_work_draw       (const MosaicWork *work, const MosaicOptions *o, int band, GError **error);
gboolean mosaic_work_load_poses (const MosaicWork *work, MosaicJob *job, gboolean *draw, GError **error);
