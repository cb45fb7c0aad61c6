/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* A long job as steps that are run one by one, in any process, by an engine that is made for it: make, ninja, Snakemake, Slurm. */

/* Steps of one kind, first … first + count − 1, none of which needs another; they need all of stage `after` (−1: nothing). */
typedef struct
{
  char *name;                 /* letters, digits and - */
  int   first, count, after;
} PmtPlanStage;

typedef struct
{
  char   *folder;             /* absolute: where relative paths among the arguments begin */
  char  **arguments;          /* of the command whose steps these are */
  char  **inputs;             /* files that the first stage depends on */
  GArray *stages;             /* of PmtPlanStage */
} PmtPlan;

#define PMT_PLAN_STEPS_MOST 1000000

typedef enum { PMT_RULES_MAKE, PMT_RULES_NINJA, PMT_RULES_SNAKEMAKE } PmtRules;

PmtPlan *pmt_plan_new       (const char *folder, char *const *arguments, char *const *inputs);
void     pmt_plan_free      (PmtPlan *plan);
/* Appends a stage after all others; returns its index. count ≥ 1 */
int      pmt_plan_add       (PmtPlan *plan, const char *name, int count, int after);
int      pmt_plan_steps     (const PmtPlan *plan);
/* The stage that a step belongs to; −1 for none. */
int      pmt_plan_stage_of  (const PmtPlan *plan, int step);

char    *pmt_plan_to_json   (const PmtPlan *plan);
/* PMT_ERROR_FORMAT for what is no plan. length: of text, −1 when it ends with 0. */
PmtPlan *pmt_plan_from_json (const char *text, gssize length, GError **error);

/* The folder in which the work of a plan at `path` is kept, and in it the file whose presence says that a step is done. */
char    *pmt_plan_work_folder (const char *path);
char    *pmt_plan_done_path   (const PmtPlan *plan, const char *work, int step);

/* Which engine a file is for, by its name: *.ninja, Snakefile or *.smk, else make. */
PmtRules pmt_rules_of_path (const char *path);
/* A file for that engine that runs all steps of the plan at `path` (absolute): group/plan-rules.c. PMT_ERROR_UNSUPPORTED where a path
 * holds characters that such files can't. */
char    *pmt_plan_to_rules (const PmtPlan *plan, const char *path, PmtRules rules, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtPlan, pmt_plan_free)

G_END_DECLS
