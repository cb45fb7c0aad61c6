/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform.h"

G_BEGIN_DECLS

/* A step that a person has switched off. It is no part of the chain, which is what counts; it is kept beside it, with the
 * place to which it goes back. */
typedef struct
{
  int           before;      /* how many steps of the chain come before it */
  PmtTransform *step;        /* a chain of this step alone */
} PmtOffStep;

GArray *pmt_off_steps_new   (void);
/* Adds a reference to the step. */
void    pmt_off_steps_add   (GArray *off, int before, PmtTransform *step);
/* NULL for none, as all arguments here may be. */
GArray *pmt_off_steps_copy  (const GArray *off);
/* n steps were put in front of the chain. */
void    pmt_off_steps_shift (GArray *off, int n);

/* All steps of a chain in their order, those that are switched off in between: what a history shows and changes. */
typedef struct _PmtStepList PmtStepList;

PmtStepList        *pmt_step_list_new        (const PmtTransform *chain, const GArray *off);
PmtStepList        *pmt_step_list_copy       (const PmtStepList *list);
void                pmt_step_list_free       (PmtStepList *list);
/* The same again: what is on as a chain between images of the same sizes, the caller's; and what is off, NULL for nothing. */
PmtTransform       *pmt_step_list_get_chain  (const PmtStepList *list);
GArray             *pmt_step_list_get_off    (const PmtStepList *list);

int                 pmt_step_list_get_length (const PmtStepList *list);
/* A chain of this step alone; owned by the list. */
const PmtTransform *pmt_step_list_get_step   (const PmtStepList *list, int index);
gboolean            pmt_step_list_is_on      (const PmtStepList *list, int index);

void                pmt_step_list_switch     (PmtStepList *list, int index, gboolean on);
void                pmt_step_list_remove     (PmtStepList *list, int index);
/* Removes all but the chosen ones; `chosen` has as many values as the list has steps. */
void                pmt_step_list_keep       (PmtStepList *list, const gboolean *chosen);

/* Why a step cannot change places with the one before it (towards = −1) or behind it (1). Steps are given in the pixels of what
 * the steps before them lead to. Two of them mean the same in each other's place only as long as neither turns, scales or
 * shears the picture by much: by a quarter of its size, or some 14°. */
typedef enum
{
  PMT_MOVE_POSSIBLE,
  PMT_MOVE_NO_NEIGHBOUR,     /* it is the first or the last */
  PMT_MOVE_OTHER_PIXELS,     /* this step leads to pixels of another size or direction … */
  PMT_MOVE_NEIGHBOUR_OTHER   /* … or the neighbour does */
} PmtMoveObstacle;

PmtMoveObstacle     pmt_step_list_find_obstacle (const PmtStepList *list, int index, int towards);
/* Only where there is no obstacle. */
void                pmt_step_list_move       (PmtStepList *list, int index, int towards);

/* How far a step moves what it is given, in the pixels that it leads to: from the four corners of the fixed image (left top,
 * right top, right bottom, left bottom) as the steps that are on before it lead there. NAN where there is no image, or where the
 * fixed image's size is not known. */
void                pmt_step_list_measure    (const PmtStepList *list, int index, PmtPoint moved[4]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtStepList, pmt_step_list_free)

G_END_DECLS
