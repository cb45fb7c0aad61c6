/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "group/plan.h"
#include "mosaic.h"

typedef enum { STEP_CHOOSE, STEP_REGISTER, STEP_SOLVE, STEP_DRAW, STEP_JOIN } MosaicStepKind;

typedef struct
{
  const Command       *command;
  const MosaicOptions *o;
  MosaicJob           *job;
  MosaicWork          *work;
  PmtContext          *context;
  const PmtPlan       *plan;
  /* of one step */
  const PmtPlanStage  *stage;
  MosaicStepKind       kind;
  int                  index, round, band;
} MosaicStep;

/* The steps of a mosaic whose command line `arguments` are, relative to `folder`. */
PmtPlan *mosaic_plan     (const MosaicOptions *o, const MosaicJob *job, const char *folder, char *const *arguments);
/* Runs one, a number of the plan; *again FALSE: it had been done, from the same inputs. *status: STATUS_FAILED where tiles fit nowhere,
 * else STATUS_OK. */
gboolean mosaic_step_run (MosaicStep *s, int step, gboolean *again, int *status, GError **error);
