/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "base/error.h"
#include "base/read-file.h"
#include "mosaic-step.h"

#define MOST_BYTES (64 << 20)

static const char summary[] =
  "Runs steps of a plan that “mosaic --plan” wrote. Steps are numbered from 0 on; what a step needs must have been run. A step that was\n"
  "done, from the same inputs, is not done again.";

static const char description[] =
  "Examples:\n"
  "  pentimento run-step plan.json 17\n"
  "All steps are best run by an engine, such as make, with rules that “mosaic --plan plan.json --rules steps.mk” writes.\n";

typedef struct
{
  int      threads;
  gboolean quiet;
} Options;

typedef struct
{
  MosaicOptions o;
  MosaicJob     job;
  Command       command;
  MosaicWork    work;
  PmtPlan      *plan;
} Run;

static PmtPlan *
load_plan (const char *path, GError **error)
{
  GString *text = pmt_file_read (path, MOST_BYTES, error);
  PmtPlan *plan = text != NULL ? pmt_plan_from_json (text->str, (gssize) text->len, error) : NULL;

  if (text != NULL)
    g_string_free (text, TRUE);
  if (plan == NULL)
    g_prefix_error (error, "%s: ", path);
  return plan;
}

/* The mosaic's own command line, as it was. */
static gboolean
parse_arguments (Run *run, int *status)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  char                **list;
  int                   argc;
  gboolean              good;

  g_ptr_array_add (argv, (gpointer) "mosaic");
  for (int i = 0; run->plan->arguments[i] != NULL; i++)
    g_ptr_array_add (argv, run->plan->arguments[i]);
  argc = (int) argv->len;
  g_ptr_array_add (argv, NULL);
  list = (char **) argv->pdata;
  good = mosaic_parse (&run->command, &run->o, &run->job, &argc, &list, status);
  g_set_prgname ("pentimento run-step");
  return good;
}

static gboolean
read_steps (const Command *command, const PmtPlan *plan, GArray *steps, int *status)
{
  for (int i = 1; command->arguments[i] != NULL; i++)
    {
      gint64 number;
      int    step;

      if (!g_ascii_string_to_signed (command->arguments[i], 10, 0, pmt_plan_steps (plan) - 1, &number, NULL))
        {
          *status = command_usage (command, "the plan's steps are 0 to %d, and not “%s”", pmt_plan_steps (plan) - 1,
                                   command->arguments[i]);
          return FALSE;
        }
      step = (int) number;
      g_array_append_val (steps, step);
    }
  return TRUE;
}

static int
run_steps (const Command *command, const Options *o, Run *run, const GArray *steps, PmtContext *context)
{
  g_autoptr (GError) error = NULL;
  MosaicStep         s = { .command = command, .o = &run->o, .job = &run->job, .work = &run->work, .context = context,
                           .plan = run->plan };
  int                status = STATUS_OK;

  run->o.quiet |= o->quiet;
  if (!mosaic_prepare (&run->o, &run->job, &error))
    return command_fail (command, error);
  run->job.options.store = &run->work.store;
  for (guint i = 0; i < steps->len && status == STATUS_OK; i++)
    {
      int      step = g_array_index (steps, int, i);
      gboolean again = FALSE;

      if (!mosaic_step_run (&s, step, &again, &status, &error))
        return command_fail (command, error);
      command_end_progress ();
      if (!o->quiet)
        g_print ("step %d of %d, %s: %s\n", step, pmt_plan_steps (run->plan), s.stage->name, again ? "done" : "was done");
      mosaic_job_forget (&run->job);
    }
  return status;
}

int
command_run_step (int argc, char **argv)
{
  Options            o = { 0 };
  Run                run = { .o = { .seed = 1 } };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (int));
  g_autofree char   *path = NULL, *folder = NULL;

  if (command_parse (&command, "run-step", "PLAN.json STEP…", summary, description, entries, 2, PMT_PLAN_STEPS_MOST, &argc, &argv, &status))
    {
      path = g_canonicalize_filename (command.arguments[0], NULL);
      folder = pmt_plan_work_folder (path);
      if (o.threads < 0)
        status = command_usage (&command, "--threads is 1 or more, or 0 for one per processor");
      else if ((run.plan = load_plan (path, &error)) == NULL)
        status = command_fail (&command, error);
      else if (g_chdir (run.plan->folder) != 0)
        status = command_usage (&command, "the folder “%s”, in which the plan was made, is not there", run.plan->folder);
      else if (read_steps (&command, run.plan, steps, &status) && parse_arguments (&run, &status))
        {
          g_autoptr (PmtContext) context = command_context (o.threads, run.o.seed, o.quiet || run.o.quiet);

          mosaic_work_init (&run.work, folder, &run.job, context);
          status = run_steps (&command, &o, &run, steps, context);
          mosaic_work_clear (&run.work);
        }
    }
  mosaic_clear (&run.o, &run.job);
  command_clear (&run.command);
  pmt_plan_free (run.plan);
  command_clear (&command);
  return status;
}
