/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "command.h"
#include "report/picture.h"

static const char summary[] = "Tells whether AFTER lies nearer to FIXED than BEFORE did: the DD score, as JSON.";

static const char description[] =
  "score is the share of the changed pixels that became better, 0 to 1; null where too few changed to tell. It is\n"
  "given for the whole and for 5 × 5 blocks. It compares grey values, so it is for images of the same kind.\n\n"
  "Example:\n"
  "    pentimento score visible.tif ir.tif ir-aligned.tif\n\n"
  "FIXED and AFTER must have the same size. BEFORE lies with its top left corner on FIXED's; one that lay elsewhere\n"
  "is first drawn there with “pentimento apply”. A picture of it: “pentimento compare --mode better-worse”.\n";

typedef struct { int threads; gboolean quiet; } Options;

gboolean
command_print_score (const PmtDdScore *score, GError **error)
{
  g_autofree char *json = pmt_dd_score_to_json (score);

  command_end_progress ();
  if (printf ("%s\n", json) >= 0 && fflush (stdout) == 0)
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, "cannot write to the standard output");
  return FALSE;
}

static PmtDdScore *
score (const Command *command, PmtContext *context, GError **error)
{
  g_autoptr (VipsImage) fixed = pmt_picture_open (command->arguments[0], error), before = NULL, laid = NULL, after = NULL;

  before = fixed != NULL ? pmt_picture_open (command->arguments[1], error) : NULL;
  after = before != NULL ? pmt_picture_open (command->arguments[2], error) : NULL;
  if (after == NULL)
    return NULL;
  if (after->Xsize != fixed->Xsize || after->Ysize != fixed->Ysize)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "“%s” has %d × %d pixels and “%s” %d × %d; AFTER must lie in FIXED's frame, as “register -o” writes it",
                   command->arguments[0], fixed->Xsize, fixed->Ysize, command->arguments[2], after->Xsize, after->Ysize);
      return NULL;
    }
  laid = pmt_picture_lay (before, (PmtSize) { fixed->Xsize, fixed->Ysize }, error);
  return laid != NULL ? pmt_picture_dd_score (context, fixed, laid, after, NULL, error) : NULL;
}

static int
run (const Command *command, const Options *o)
{
  g_autoptr (PmtContext) context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)     error = NULL;
  g_autoptr (PmtDdScore) result = score (command, context, &error);

  if (result == NULL || !command_print_score (result, &error))
    return command_fail (command, error);
  return STATUS_OK;
}

int
command_score (int argc, char **argv)
{
  Options            o = { 0 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "score", "FIXED BEFORE AFTER", summary, description, entries, 3, 3, &argc, &argv, &status))
    status = o.threads < 0 ? command_usage (&command, "--threads is 1 or more, or 0 for one per processor")
                           : run (&command, &o);
  command_clear (&command);
  return status;
}
