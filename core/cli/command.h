/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <vips/vips.h>

#include "group/group.h"
#include "image/warp-vips.h"
#include "judge/dd-score.h"
#include "register.h"

/* What every subcommand shares. A subcommand is a file with one function of this kind and a row in main.c's table. */
typedef int (*CommandFunc) (int argc, char **argv);

int command_register    (int argc, char **argv);
int command_apply       (int argc, char **argv);
int command_map         (int argc, char **argv);
int command_compose     (int argc, char **argv);
int command_invert      (int argc, char **argv);
int command_convert     (int argc, char **argv);
int command_compare     (int argc, char **argv);
int command_deformation (int argc, char **argv);
int command_score       (int argc, char **argv);
int command_field       (int argc, char **argv);
int command_points      (int argc, char **argv);
int command_rectify     (int argc, char **argv);
int command_report      (int argc, char **argv);

/* The contract of exit codes; scripts rely on it. */
enum
{
  STATUS_OK = 0,
  STATUS_BAD = 1,          /* the input or a file is bad */
  STATUS_USAGE = 2,
  STATUS_UNCERTAIN = 3,    /* results written */
  STATUS_FAILED = 4,       /* nothing written but the report, unless forced */
  STATUS_SIGNAL = 128      /* plus the signal's number: 130 for SIGINT */
};

/* A parsed command line. */
typedef struct
{
  const char *name;         /* "register" */
  char      **arguments;    /* those that are no options; NULL-terminated */
} Command;

/* Parses options: entries' own, and help. `usage` names the arguments, of which there must be low … high. FALSE with
 * *status set where the command ends here. */
gboolean command_parse  (Command *command, const char *name, const char *usage, const char *summary,
                         const char *description, const GOptionEntry *entries, int low, int high,
                         int *argc, char ***argv, int *status);
void     command_clear  (Command *command);

/* Messages on stderr, and the status that goes with them. */
int      command_usage  (const Command *command, const char *format, ...) G_GNUC_PRINTF (2, 3);
int      command_fail   (const Command *command, const GError *error);
/* Reasons that speak against a result. */
void     command_explain (const Command *command, const GPtrArray *reasons);
void     command_warn   (const Command *command, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* A file on the command line, and what the command line calls it. path NULL: not given. */
typedef struct { const char *name, *path; } CommandFile;

/* FALSE with *status set when two of the outputs are one file, or one of them is an input: what the first wrote would be
 * lost, or the picture that all began with. Both lists end with a name of NULL. */
gboolean command_check_files (const Command *command, const CommandFile *outputs, const CommandFile *inputs, int *status);

/* A context with threads and seed, progress on stderr where it is a terminal and not quiet, and cancelled by SIGINT and
 * SIGTERM. Once a process. threads 0: one per processor. */
PmtContext *command_context (int threads, gint64 seed, gboolean quiet);
/* Removes the progress line, before anything else is said. */
void        command_end_progress (void);

/* -- options that more than one subcommand has -- */

typedef struct
{
  char    *canvas, *sampler, *light;
  double   background;
  gboolean alpha;
} OutputOptions;

#define OUTPUT_ENTRIES(o) \
  { "canvas", 0, 0, G_OPTION_ARG_STRING, &(o).canvas, \
    "What the output shows: fixed (default), union or intersection of both frames", "AREA" }, \
  SAMPLING_ENTRIES (o)

/* The same for a command with a canvas of its own. */
#define SAMPLING_ENTRIES(o) \
  { "sampler", 0, 0, G_OPTION_ARG_STRING, &(o).sampler, \
    "nearest, linear, cubic (default) or lanczos3", "NAME" }, \
  { "light", 0, 0, G_OPTION_ARG_STRING, &(o).light, \
    "Resample in linear light: auto (default; 8- and 16-bit RGB), stored or linear", "HOW" }, \
  { "background", 0, 0, G_OPTION_ARG_DOUBLE, &(o).background, \
    "Value of pixels that show nothing, in images without alpha (default 0)", "VALUE" }, \
  { "alpha", 0, 0, G_OPTION_ARG_NONE, &(o).alpha, \
    "Add an alpha band that tells which pixels show something", NULL }

typedef enum { CANVAS_FIXED, CANVAS_UNION, CANVAS_INTERSECTION } Canvas;

typedef struct
{
  PmtWarpOptions warp;
  Canvas         canvas;
} Output;

/* FALSE with *status set for a word that is not known. */
gboolean command_read_output (const Command *command, const OutputOptions *options, Output *output, int *status);
void     command_clear_output (OutputOptions *options);
/* Fills output->warp.canvas. */
gboolean command_choose_canvas (const PmtTransform *transform, Output *output, GError **error);
/* The moving image through the transform to a file. */
gboolean command_write_image (PmtContext *context, VipsImage *moving, const PmtTransform *transform, Output *output,
                              const char *path, GError **error);

/* "640x480", or the size of an image file; NULL: 0 × 0, not known. */
gboolean command_read_size (const char *text, PmtSize *size, GError **error);
/* The image file's name; NULL where it was a size. */
const char *command_image_name (const char *text);

/* -- what is said of pairs, by commands that register -- */

typedef struct { const char *model, *modality, *search, *preparation; } PairWords;

/* To options that were initialised; NULL leaves what is there. FALSE with *status set for a word that is not known. */
gboolean command_read_pair_words (const Command *command, const PairWords *words, PmtRegisterOptions *options, int *status);

/* A file, upright, and a source over it, in its own unit; image may be NULL. */
gboolean command_open_source (const char *path, VipsImage **image, PmtSource **source, GError **error);

/* -- many images -- */

int command_stack       (int argc, char **argv);
int command_mosaic      (int argc, char **argv);
int command_run_step    (int argc, char **argv);
int command_cube        (int argc, char **argv);
int command_sequence    (int argc, char **argv);

/* group-files.c. The last part of a path without its ending; with a page's number where one is named. */
char    *command_stem         (const char *path);
/* A path for each of n images: in a folder ("dir/", or one that is there) under its own name with `suffix` (NULL: its own), or a
 * pattern whose %s stands for the name without ending. NULL with an error where two would be one. */
char   **command_paths_of     (const char *where, int n, char *const *images, const char *suffix, GError **error);
/* Files of several pages, all of one size, to their pages among a command's arguments ("x.tif" to "x.tif[page=0]" …); of others the
 * first page is used, which is said. image-pages.c */
void     command_expand_pages (Command *command);
/* Whether `where` is a folder or a pattern, and not one file. */
gboolean command_is_many      (const char *where);
/* One of a NULL-terminated list of words, by number; 0 where none was given. FALSE with *status set for another word. */
gboolean command_read_choice  (const Command *command, const char *option, const char *word, const char *const *words,
                               int *choice, int *status);
/* Says on stderr what was left out and what is in doubt; the exit status of it. what: "stack" */
int      command_finish_group (const Command *command, const char *what, const PmtGroup *group, char *const *path, gboolean force);
/* The folder that a path of command_paths_of() lies in, made. */
gboolean command_make_folder  (const char *path, GError **error);

/* To a file, or to the standard output where path is NULL. */
gboolean command_save_transform (const PmtTransform *transform, const char *path, GError **error);

/* A number with as few digits as bring it back exactly. buffer: G_ASCII_DTOSTR_BUF_SIZE. */
const char *command_number (double value, char *buffer);

/* The score as JSON to the standard output. */
gboolean command_print_score (const PmtDdScore *score, GError **error);

/* Hints of where n tiles lie, "NAME,X,Y" a line, NAME being a path, its last part, or that without ending; others stay as they
 * are. mosaic-positions.c. */
gboolean command_read_positions    (const char *file, int n, char *const *path, PmtPoint *position, GError **error);
/* By the last two numbers of each name, row and column. FALSE where one has none, or two the same. */
gboolean command_positions_by_name (int n, char *const *path, PmtSize size, PmtPoint *position);

/* A file of point pairs, "fixed_x,fixed_y,moving_x,moving_y" a line, appended to two arrays of PmtPoint. */
gboolean command_read_points (const char *path, GArray *fixed, GArray *moving, GError **error);
/* Such a file to an array of PmtLandmark, each known to within sigma moving px; checked. */
GArray  *command_load_landmarks (const char *path, double sigma, PmtSize fixed, PmtSize moving, GError **error);
/* Such a file to a transform through the pairs. */
PmtTransform *command_load_points (const char *path, PmtSize fixed, PmtSize moving, GError **error);
