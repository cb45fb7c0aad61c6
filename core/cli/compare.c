/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "report/picture.h"
#include "report/report.h"

static const char summary[] = "Draws FIXED and MOVED, an aligned image of the same frame, into one picture.";

static const char description[] =
  "Modes:\n"
  "  red-cyan      fixed in red, moved in cyan: grey where they agree (default)\n"
  "  checker       squares of the one and of the other in turn: edges must run on\n"
  "  curtain       fixed on the left, moved on the right\n"
  "  difference    the absolute difference\n"
  "  blend         moved over fixed\n"
  "  panels        side by side: fixed, MOVING as it lay before, moved, the difference before and after;\n"
  "                without MOVING fixed, moved, difference\n"
  "  better-worse  the pixels that came nearer to fixed (green) and those that went away from it (red);\n"
  "                needs MOVING\n"
  "  confidence    fixed, coloured by how well MOVED is supported there: green supported, yellow between supported\n"
  "                places, red extrapolated, purple contradicted; needs --report\n\n"
  "Examples:\n"
  "    pentimento compare visible.tif ir-aligned.tif -o check.png --mode checker --size 200\n"
  "    pentimento compare visible.tif ir-aligned.tif ir.tif -o check.png --mode panels\n\n"
  "FIXED and MOVED must have the same size: MOVED is what “register -o” or “apply -o” wrote. MOVING is the image\n"
  "that MOVED was made from, with its top left corner on FIXED's, or as “apply -o” draws it where it lay before.\n"
  "--score prints the DD score as JSON, as “pentimento score FIXED MOVING MOVED” does. Colours are converted\n"
  "to sRGB for the picture; images in other units are stretched from their smallest to their largest value.\n";

typedef struct
{
  char    *image, *mode, *report;
  double   alpha, curtain, gain;
  int      size, threads;
  gboolean score, quiet;
} Options;

/* -- the command -- */

static gboolean
same_size (const Command *command, VipsImage *fixed, VipsImage *moved, GError **error)
{
  if (fixed->Xsize == moved->Xsize && fixed->Ysize == moved->Ysize)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "“%s” has %d × %d pixels and “%s” %d × %d; MOVED must lie in FIXED's frame, as “register -o” writes it",
               command->arguments[0], fixed->Xsize, fixed->Ysize, command->arguments[1], moved->Xsize, moved->Ysize);
  return FALSE;
}

typedef enum { PICTURE_TWO, PICTURE_PANELS, PICTURE_BETTER_WORSE, PICTURE_CONFIDENCE } Kind;

/* Everything that lives until the picture is written. */
typedef struct
{
  VipsImage  *fixed, *moved, *before, *picture;
  PmtDdScore *score;
  PmtGrey    *grey;
} Work;

static void
work_clear (Work *w)
{
  g_clear_object (&w->picture);
  g_clear_object (&w->fixed);
  g_clear_object (&w->moved);
  g_clear_object (&w->before);
  g_clear_pointer (&w->score, pmt_dd_score_free);
  g_clear_pointer (&w->grey, pmt_grey_free);
}

static gboolean
open_all (const Command *command, Work *w, GError **error)
{
  g_autoptr (VipsImage) moving = NULL;

  w->fixed = pmt_picture_open (command->arguments[0], error);
  w->moved = w->fixed != NULL ? pmt_picture_open (command->arguments[1], error) : NULL;
  if (w->moved == NULL || !same_size (command, w->fixed, w->moved, error))
    return FALSE;
  if (command->arguments[2] == NULL)
    return TRUE;
  moving = pmt_picture_open (command->arguments[2], error);
  w->before = moving != NULL ? pmt_picture_lay (moving, (PmtSize) { w->fixed->Xsize, w->fixed->Ysize }, error) : NULL;
  return w->before != NULL;
}

static VipsImage *
draw_confidence (const Options *o, VipsImage *fixed, GError **error)
{
  g_autoptr (PmtRegistration) r = pmt_report_load (o->report, error);

  if (r == NULL)
    return NULL;
  if (r->fixed_size.width != 0 && (r->fixed_size.width != fixed->Xsize || r->fixed_size.height != fixed->Ysize))
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” is for a fixed image of %d × %d pixels, and this one has %d × %d",
                 o->report, r->fixed_size.width, r->fixed_size.height, fixed->Xsize, fixed->Ysize);
  else if (r->confidence == NULL)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” has no confidence map: no placement was found", o->report);
  else
    return pmt_picture_confidence (fixed, r->confidence, error);
  return NULL;
}

static gboolean
draw (const Options *o, Kind kind, PmtCompareMode mode, Work *w, GError **error)
{
  PmtCompareOptions options;

  pmt_compare_options_init (&options);
  options.size = o->size;
  options.opacity = o->alpha;
  options.curtain = o->curtain;
  options.gain = o->gain;
  if (kind == PICTURE_PANELS)
    w->picture = pmt_picture_panels (&options, w->fixed, w->before, w->moved, error);
  else if (kind == PICTURE_BETTER_WORSE)
    w->picture = pmt_picture_dd_draw (w->score, w->grey, error);
  else if (kind == PICTURE_CONFIDENCE)
    w->picture = draw_confidence (o, w->fixed, error);
  else
    w->picture = pmt_picture_compare (mode, &options, w->fixed, w->moved, error);
  return w->picture != NULL;
}

static int
run (const Command *command, const Options *o, Kind kind, PmtCompareMode mode)
{
  g_autoptr (PmtContext) context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)     error = NULL;
  Work                   w = { 0 };
  gboolean               ok = open_all (command, &w, &error);

  if (ok && (o->score || kind == PICTURE_BETTER_WORSE))
    {
      pmt_context_stage (context, "scoring", 0, 0.5);
      w.score = pmt_picture_dd_score (context, w.fixed, w.before, w.moved, &w.grey, &error);
      ok = w.score != NULL;
    }
  if (ok && o->image != NULL)
    {
      ok = draw (o, kind, mode, &w, &error);
      pmt_context_stage (context, "drawing", 0.5, 1);
      ok = ok && pmt_vips_image_save (context, w.picture, o->image, &error);
    }
  if (ok && o->score)
    ok = command_print_score (w.score, &error);
  work_clear (&w);
  return ok ? STATUS_OK : command_fail (command, error);
}

static gboolean
check_files (const Command *command, const Options *o, int *status)
{
  const CommandFile outputs[] = { { "--output", o->image }, { NULL, NULL } };
  const CommandFile inputs[] = { { "FIXED", command->arguments[0] }, { "MOVED", command->arguments[1] },
                                 { "MOVING", command->arguments[2] }, { "--report", o->report }, { NULL, NULL } };

  return command_check_files (command, outputs, inputs, status);
}

static int
check_and_run (const Command *command, const Options *o)
{
  Kind           kind = g_strcmp0 (o->mode, "panels") == 0 ? PICTURE_PANELS
                        : g_strcmp0 (o->mode, "better-worse") == 0 ? PICTURE_BETTER_WORSE
                        : g_strcmp0 (o->mode, "confidence") == 0 ? PICTURE_CONFIDENCE : PICTURE_TWO;
  PmtCompareMode mode = PMT_COMPARE_RED_CYAN;
  int            status = STATUS_OK;

  if (o->image == NULL && !o->score)
    return command_usage (command, "where to? Name a picture with -o");
  if (kind == PICTURE_TWO && o->mode != NULL && !pmt_compare_mode_from_nick (o->mode, &mode))
    return command_usage (command, "--mode is red-cyan, checker, curtain, difference, blend, panels, better-worse "
                          "or confidence, not “%s”", o->mode);
  if (kind == PICTURE_CONFIDENCE && o->report == NULL)
    return command_usage (command, "whose confidence? Name what “register --report” wrote with --report");
  if ((kind == PICTURE_BETTER_WORSE || o->score) && command->arguments[2] == NULL)
    return command_usage (command, "better or worse than what? Name MOVING as well, the image as it lay before");
  if (o->size < 1 || !(o->alpha >= 0 && o->alpha <= 1) || !(o->curtain >= 0 && o->curtain <= 1) || !(o->gain > 0)
      || o->threads < 0)
    return command_usage (command, "--size and --gain must be above 0, --alpha and --curtain between 0 and 1");
  return check_files (command, o, &status) ? run (command, o, kind, mode) : status;
}

int
command_compare (int argc, char **argv)
{
  Options            o = { .alpha = 0.5, .curtain = 0.5, .gain = 1, .size = 64 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.image, "Write the picture here", "P.png" },
      { "mode", 'm', 0, G_OPTION_ARG_STRING, &o.mode, "What to draw: see below (default red-cyan)", "MODE" },
      { "size", 0, 0, G_OPTION_ARG_INT, &o.size, "Side of the checker's squares in pixels (default 64)", "PX" },
      { "alpha", 0, 0, G_OPTION_ARG_DOUBLE, &o.alpha, "Opacity of MOVED in a blend, 0 to 1 (default 0.5)", "SHARE" },
      { "curtain", 0, 0, G_OPTION_ARG_DOUBLE, &o.curtain, "Where the curtain hangs, 0 to 1 of the width (default 0.5)",
        "SHARE" },
      { "gain", 0, 0, G_OPTION_ARG_DOUBLE, &o.gain, "The difference times this (default 1)", "FACTOR" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o.report, "What “register --report” wrote, for the mode confidence", "R.json" },
      { "score", 0, 0, G_OPTION_ARG_NONE, &o.score, "Print the DD score, before against after, as JSON; needs MOVING",
        NULL },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "compare", "FIXED MOVED [MOVING] -o P.png", summary, description, entries, 2, 3, &argc,
                     &argv, &status))
    status = check_and_run (&command, &o);
  g_free (o.image);
  g_free (o.mode);
  g_free (o.report);
  command_clear (&command);
  return status;
}
