/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "job.h"
#include "layer-chain.h"
#include "register.h"
#include "step-list.h"

G_BEGIN_DECLS

/* The steps by which a layer came to lie where it lies, and changes of them. Nothing in the image changes before
 * pmt_history_apply(). */
typedef struct
{
  GimpImage     *image;
  GimpLayer     *layer, *reference;      /* the recorded reference; NULL where it is gone or there was none */
  char          *layer_name;
  PmtLayerChain *record;                 /* as the layer has it */
  gboolean       baked;                  /* it is a note about pixels: to be read only */
  PmtLayerChain *chain;                  /* the record that the changes lead to, but for its steps … */
  PmtStepList   *steps;                  /* … which are these */
  GPtrArray     *copies;                 /* of PmtHistoryCopy: what other layers get when the changes are applied */
} PmtHistory;

typedef struct
{
  GimpLayer     *layer;
  PmtLayerChain *chain;
} PmtHistoryCopy;

/* NULL with an error where the layer has no record that can be read. */
PmtHistory    *pmt_history_new         (GimpLayer *layer, GError **error);
void           pmt_history_free        (PmtHistory *history);

/* NULL where the steps may be changed, else why not, translated. */
const char    *pmt_history_refusal     (const PmtHistory *history);
/* How far the layer was moved, on the reference, since the chain was recorded: a step that is still to be recorded. */
gboolean       pmt_history_get_move    (const PmtHistory *history, int *x, int *y);
/* The record with the steps as they are now. */
PmtLayerChain *pmt_history_get_chain   (const PmtHistory *history);
/* The same from the reference's frame as both lie now; `chain` NULL: as the layer had it. */
PmtLayerChain *pmt_history_get_present (const PmtHistory *history, const PmtLayerChain *chain, GError **error);

/* Changes; each FALSE with an error that tells why not, and then nothing has changed. */
gboolean       pmt_history_switch      (PmtHistory *history, int index, gboolean on, GError **error);
gboolean       pmt_history_remove      (PmtHistory *history, int index, GError **error);
/* To before the step before it (towards = −1), or behind the one behind it (1). */
gboolean       pmt_history_move        (PmtHistory *history, int index, int towards, GError **error);
/* What the layer was moved by hand since becomes a step, the first. */
gboolean       pmt_history_record_move (PmtHistory *history, GError **error);
/* Registers anew from what the steps without this one give; what is found takes its place in the list, as the last step, and
 * the move by hand is recorded. *registration, the caller's: what was found, also where it is not to be trusted: a failed
 * one changes nothing and is an error. */
gboolean       pmt_history_refit       (PmtHistory *history, int index, PmtJob *job, PmtRegistration **registration,
                                        GError **error);
/* "off 1; remove 0; record-move": ACTION STEP, steps counted from 0 as they are after the actions before. An uncertain refit is
 * an error unless `uncertain`. */
gboolean       pmt_history_do          (PmtHistory *history, const char *actions, gboolean uncertain, PmtJob *job,
                                        GError **error);

/* The layer will get the chosen steps, as they are now: as many values as there are steps; NULL: it will get nothing. */
void           pmt_history_copy_to     (PmtHistory *history, GimpLayer *layer, const gboolean *chosen);

/* Why the step cannot be moved, translated; NULL where it can. */
char          *pmt_history_obstacle    (const PmtHistory *history, int index, int towards);

/* Whether there is anything to apply. */
gboolean       pmt_history_is_changed  (const PmtHistory *history);
/* Filter and record of the layer, and of `copies`, in one step to undo; all of it or nothing. */
gboolean       pmt_history_apply       (PmtHistory *history, GError **error);

/* For programs: docs/gimp-layers.md describes it. */
char          *pmt_history_to_json     (const PmtHistory *history);
/* What a step is, in a few words, translated; and its figures, a line, empty where there are none. */
char          *pmt_history_title       (const PmtTransform *step);
char          *pmt_history_figures     (const PmtHistory *history, int index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtHistory, pmt_history_free)

G_END_DECLS
