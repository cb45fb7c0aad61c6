/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "report/report.h"

static const char summary[] =
  "Makes one HTML page of a registration, or of many: pictures, verdict, reasons, figures, curves. It holds everything\n"
  "in itself and opens offline in any browser.";

static const char description[] =
  "Examples:\n"
  "  One pair, as “register” left it:\n"
  "    pentimento register visible.tif ir.tif -t ir.json --report ir-report.json\n"
  "    pentimento report visible.tif ir.tif -t ir.json --report ir-report.json -o ir.html\n"
  "  Many, from a list:\n"
  "    pentimento report --batch pairs.json -o all.html\n\n"
  "The list is JSON, an array of objects with the members fixed, moving, report, and where there is one transform;\n"
  "name and before (a transform: where MOVING lay) may be given. Relative paths start from the list. A pair with a bad\n"
  "file is named on the page and left out. For a single pair, files that can't be read or belong to images of another\n"
  "size are errors, and nothing is written.\n";

typedef struct
{
  char    *transform, *report, *before, *page, *batch, *title;
  int      threads;
  gboolean quiet;
} Options;

static int
run_pair (const Command *command, const Options *o)
{
  g_autoptr (PmtContext) context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)     error = NULL;
  PmtReportPair          pair = { o->title, command->arguments[0], command->arguments[1], o->report, o->transform, o->before };

  return pmt_report_write_pair (context, &pair, o->page, &error) ? STATUS_OK : command_fail (command, error);
}

static int
run_batch (const Command *command, const Options *o)
{
  g_autoptr (PmtContext) context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)     error = NULL;
  g_autoptr (GPtrArray)  pairs = pmt_report_list_load (o->batch, &error);
  int                    skipped = 0;

  if (pairs == NULL
      || !pmt_report_write_batch (context, pairs, o->title != NULL ? o->title : "Registrations", o->page, &skipped, &error))
    return command_fail (command, error);
  if (skipped > 0)
    command_warn (command, "%d of %u pairs could not be read and are left out; the page says why", skipped, pairs->len);
  return STATUS_OK;
}

static gboolean
check_files (const Command *command, const Options *o, int *status)
{
  const CommandFile outputs[] = { { "--output", o->page }, { NULL, NULL } };
  const CommandFile inputs[] = { { "FIXED", command->arguments[0] }, { "MOVING", command->arguments[1] },
                                 { "--transform", o->transform }, { "--report", o->report }, { "--before", o->before },
                                 { NULL, NULL } };

  return command_check_files (command, outputs, inputs, status);
}

static int
check_and_run (const Command *command, const Options *o)
{
  guint n = g_strv_length (command->arguments);
  int   status = STATUS_OK;

  if (o->page == NULL)
    return command_usage (command, "where to? Name a page with -o");
  if (o->threads < 0)
    return command_usage (command, "--threads is 1 or more, or 0 for one per processor");
  if (o->batch != NULL)
    return n == 0 && o->report == NULL && o->transform == NULL && o->before == NULL
      ? run_batch (command, o) : command_usage (command, "with --batch the list names all files");
  if (n != 2)
    return command_usage (command, "which images? Name FIXED and MOVING, or a list with --batch");
  if (o->report == NULL)
    return command_usage (command, "which registration? Name its report with --report");
  return check_files (command, o, &status) ? run_pair (command, o) : status;
}

int
command_report (int argc, char **argv)
{
  Options            o = { 0 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.page, "Write the page here", "PAGE.html" },
      { "transform", 't', 0, G_OPTION_ARG_FILENAME, &o.transform, "The transform; without it nothing is shown as moved",
        "T.json" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o.report, "What “register --report” wrote", "R.json" },
      { "before", 0, 0, G_OPTION_ARG_FILENAME, &o.before,
        "A transform: where MOVING lay before (default: its top left corner on FIXED's)", "T.json" },
      { "batch", 0, 0, G_OPTION_ARG_FILENAME, &o.batch, "A list of pairs, for a page of many", "LIST.json" },
      { "title", 0, 0, G_OPTION_ARG_STRING, &o.title, "The page's title", "TEXT" },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "report", "[FIXED MOVING] -o PAGE.html", summary, description, entries, 0, 2, &argc, &argv,
                     &status))
    status = check_and_run (&command, &o);
  g_free (o.transform);
  g_free (o.report);
  g_free (o.before);
  g_free (o.page);
  g_free (o.batch);
  g_free (o.title);
  command_clear (&command);
  return status;
}
