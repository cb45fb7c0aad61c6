/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan as rules of engines that run steps side by side, on many machines, and again where they failed. A step's target is the file that
 * says that it is done. Which command and how many threads a step has come from the environment: PENTIMENTO, THREADS. */
#include <string.h>

#include "base/error.h"
#include "config.h"
#include "group/plan.h"

/* What stands in a rule as it is, in all three languages and in a shell. */
static gboolean
is_plain (const char *path)
{
  for (const guchar *c = (const guchar *) path; *c != '\0'; c++)
    if (*c < 128 && !g_ascii_isalnum (*c) && strchr ("/._-+@,", *c) == NULL)
      return FALSE;
  return *path != '\0';
}

static gboolean
check_paths (const PmtPlan *plan, const char *path, char *const *inputs, GError **error)
{
  const char *bad = is_plain (path) ? NULL : path;

  for (int i = 0; inputs[i] != NULL && bad == NULL; i++)
    bad = is_plain (inputs[i]) ? NULL : inputs[i];
  if (bad != NULL)
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s”: such files of rules hold names of letters, digits and /._-+@, alone; "
                 "rename it, or run the steps of the plan otherwise", bad);
  return bad == NULL;
}

typedef struct
{
  const PmtPlan *plan;
  const char    *path, *work;
  char *const   *inputs;
  GString       *text;
} Writer;

static const PmtPlanStage *
stage_at (const PmtPlan *plan, int k)
{
  return &g_array_index (plan->stages, PmtPlanStage, k);
}

/* Whether nothing comes after a stage. */
static gboolean
is_last (const PmtPlan *plan, int k)
{
  for (guint i = 0; i < plan->stages->len; i++)
    if (stage_at (plan, (int) i)->after == k)
      return FALSE;
  return TRUE;
}

static void
put_inputs (const Writer *w, const char *before, const char *after)
{
  for (int i = 0; w->inputs[i] != NULL; i++)
    g_string_append_printf (w->text, "%s%s%s", before, w->inputs[i], after);
}

/* -- make -- */

static void
put_make (const Writer *w)
{
  g_string_append_printf (w->text, "# Made by pentimento " PMT_VERSION ". To run all steps, eight at a time: make -j 8 -f THIS\n"
                          "PENTIMENTO ?= pentimento\nTHREADS ?= 1\nPLAN := %s\nWORK := %s\n\nall:\n", w->path, w->work);
  for (guint k = 0; k < w->plan->stages->len; k++)
    {
      const PmtPlanStage *s = stage_at (w->plan, (int) k);

      g_string_append_printf (w->text, "\nstage-%u := $(patsubst %%,$(WORK)/%s/%%.done,$(shell seq %d %d))\n", k, s->name, s->first,
                              s->first + s->count - 1);
      g_string_append_printf (w->text, "$(stage-%u): $(WORK)/%s/%%.done:", k, s->name);
      if (s->after >= 0)
        g_string_append_printf (w->text, " $(stage-%d)", s->after);
      else
        put_inputs (w, " ", "");
      g_string_append (w->text, "\n\t$(PENTIMENTO) run-step $(PLAN) $* --threads $(THREADS) --quiet\n");
    }
  g_string_append (w->text, "\nall:");
  for (guint k = 0; k < w->plan->stages->len; k++)
    if (is_last (w->plan, (int) k))
      g_string_append_printf (w->text, " $(stage-%u)", k);
  g_string_append (w->text, "\n.PHONY: all\n");
}

/* -- ninja -- */

static void
put_done (const Writer *w, const PmtPlanStage *s, int step)
{
  g_string_append_printf (w->text, " %s/%s/%d.done", w->work, s->name, step);
}

static void
put_ninja (const Writer *w)
{
  g_string_append_printf (w->text, "# Made by pentimento " PMT_VERSION ". To run all steps, eight at a time: ninja -j 8 -f THIS\n"
                          "rule step\n  command = $${PENTIMENTO:-pentimento} run-step %s $step --threads $${THREADS:-1} --quiet\n"
                          "  description = $stage, step $step\n\n", w->path);
  for (guint k = 0; k < w->plan->stages->len; k++)
    {
      const PmtPlanStage *s = stage_at (w->plan, (int) k), *needed = s->after >= 0 ? stage_at (w->plan, s->after) : NULL;

      for (int step = s->first; step < s->first + s->count; step++)
        {
          g_string_append (w->text, "build");
          put_done (w, s, step);
          g_string_append (w->text, ": step");
          if (needed == NULL)
            put_inputs (w, " ", "");
          for (int i = 0; needed != NULL && i < needed->count; i++)
            put_done (w, needed, needed->first + i);
          g_string_append_printf (w->text, "\n  stage = %s\n  step = %d\n", s->name, step);
        }
    }
  g_string_append (w->text, "build all: phony");
  for (guint k = 0; k < w->plan->stages->len; k++)
    for (int i = 0; is_last (w->plan, (int) k) && i < stage_at (w->plan, (int) k)->count; i++)
      put_done (w, stage_at (w->plan, (int) k), stage_at (w->plan, (int) k)->first + i);
  g_string_append (w->text, "\ndefault all\n");
}

/* -- Snakemake -- */

static void
put_all_of (const Writer *w, const PmtPlanStage *s)
{
  g_string_append_printf (w->text, "        expand(\"%s/%s/{step}.done\", step=range(%d, %d)),\n", w->work, s->name, s->first,
                          s->first + s->count);
}

static void
put_snakemake (const Writer *w)
{
  g_string_append (w->text, "# Made by pentimento " PMT_VERSION ". To run all steps, eight at a time: snakemake --cores 8 -s THIS\n"
                   "rule all:\n    input:\n");
  for (guint k = 0; k < w->plan->stages->len; k++)
    if (is_last (w->plan, (int) k))
      put_all_of (w, stage_at (w->plan, (int) k));
  for (guint k = 0; k < w->plan->stages->len; k++)
    {
      const PmtPlanStage *s = stage_at (w->plan, (int) k);

      g_string_append_printf (w->text, "\nrule stage_%u:\n", k);
      if (s->after >= 0 || w->inputs[0] != NULL)
        g_string_append (w->text, "    input:\n");
      if (s->after >= 0)
        put_all_of (w, stage_at (w->plan, s->after));
      else
        put_inputs (w, "        \"", "\",\n");
      g_string_append_printf (w->text, "    output: \"%s/%s/{step}.done\"\n    threads: 1\n"
                              "    shell: \"${{PENTIMENTO:-pentimento}} run-step %s {wildcards.step} --threads {threads} --quiet\"\n",
                              w->work, s->name, w->path);
    }
}

PmtRules
pmt_rules_of_path (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);

  if (g_str_has_suffix (name, ".ninja"))
    return PMT_RULES_NINJA;
  return g_str_equal (name, "Snakefile") || g_str_has_suffix (name, ".smk") ? PMT_RULES_SNAKEMAKE : PMT_RULES_MAKE;
}

char *
pmt_plan_to_rules (const PmtPlan *plan, const char *path, PmtRules rules, GError **error)
{
  static void (*const  put[]) (const Writer *) = { put_make, put_ninja, put_snakemake };
  g_autofree char     *work = pmt_plan_work_folder (path);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func (g_free);
  Writer               w;

  for (int i = 0; plan->inputs[i] != NULL; i++)
    g_ptr_array_add (inputs, g_canonicalize_filename (plan->inputs[i], plan->folder));
  g_ptr_array_add (inputs, NULL);
  if (!check_paths (plan, path, (char *const *) inputs->pdata, error))
    return NULL;
  w = (Writer) { plan, path, work, (char *const *) inputs->pdata, g_string_new (NULL) };
  put[rules] (&w);
  return g_string_free (w.text, FALSE);
}
