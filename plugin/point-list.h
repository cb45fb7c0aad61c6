/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/point-fit.h"

G_BEGIN_DECLS

/* Pairs of control points of a reference (fixed) and a layer (moving), in px of their own pixels, with the model that goes
 * through them: what a person edits, with every step to be undone. Knows no window. */
typedef struct _PmtPointList PmtPointList;

typedef enum { PMT_PAIR_HAND, PMT_PAIR_SNAPPED, PMT_PAIR_AUTOMATIC } PmtPairSource;

typedef struct
{
  guint         id;                /* a number from 1 on that no other pair of the list ever had */
  PmtPoint      fixed, moving;
  gboolean      enabled;           /* takes part in the fit */
  PmtPairSource source;
  double        confidence;        /* of a place that was matched, 0 … 1; NAN of one that a person placed */
  PmtPoint      unsnapped;         /* where the end that was snapped was before; NAN of a pair that was not */
  gboolean      snapped_fixed;     /* which end that is */
} PmtPair;

/* What the fit says of a pair. */
typedef struct
{
  double   residual;     /* moving px, from where the fit puts it; NAN without a fit */
  double   left_out;     /* the same with the fit to all other pairs; of one that is switched off the residual; NAN where unknown */
  gboolean suspect;      /* far worse than most others are */
} PmtPairError;

#define PMT_PAIRS_MOST 1000

PmtPointList  *pmt_point_list_new        (PmtSize fixed, PmtSize moving);
void           pmt_point_list_free       (PmtPointList *list);

guint          pmt_point_list_get_length (const PmtPointList *list);
/* In the order in which they were added; gone with the next change. */
const PmtPair *pmt_point_list_get        (const PmtPointList *list, guint index);
/* NULL where there is none of that number. */
const PmtPair *pmt_point_list_find       (const PmtPointList *list, guint id);
const PmtPointOptions *pmt_point_list_get_options (const PmtPointList *list);

/* Each of these is one step to undo. What a setter leaves as it was is none. */
/* The new pair's number; 0 when there are PMT_PAIRS_MOST or a coordinate is not finite. */
guint          pmt_point_list_add        (PmtPointList *list, PmtPoint fixed, PmtPoint moving, PmtPairSource source,
                                          double confidence);
/* All or none; their ids are given anew. */
gboolean       pmt_point_list_add_many   (PmtPointList *list, const PmtPair *pairs, guint n);
/* Moves one end. With `going_on` a move of the same end becomes one step with the one before: a drag, a row of nudges. What a
 * person moves is a person's from then on. */
void           pmt_point_list_move       (PmtPointList *list, guint id, gboolean of_fixed, PmtPoint to, gboolean going_on);
/* One end goes to a place that was matched. */
void           pmt_point_list_snap       (PmtPointList *list, guint id, gboolean of_fixed, PmtPoint to, double confidence);
/* … and back to where it was; FALSE where it was not snapped. */
gboolean       pmt_point_list_unsnap     (PmtPointList *list, guint id);
void           pmt_point_list_switch     (PmtPointList *list, guint id, gboolean enabled);
void           pmt_point_list_remove     (PmtPointList *list, guint id);
void           pmt_point_list_set_options (PmtPointList *list, const PmtPointOptions *options);

/* What is changed between these is one step. */
void           pmt_point_list_begin_step (PmtPointList *list);
void           pmt_point_list_end_step   (PmtPointList *list);

gboolean       pmt_point_list_can_undo   (const PmtPointList *list);
gboolean       pmt_point_list_can_redo   (const PmtPointList *list);
gboolean       pmt_point_list_undo       (PmtPointList *list);
gboolean       pmt_point_list_redo       (PmtPointList *list);

/* The fit through the pairs that are switched on; made when first asked for after a change. NULL with an error where there is
 * none: too few of them, or what pmt_point_fit_new() refuses. */
const PmtPointFit *pmt_point_list_get_fit (PmtPointList *list, GError **error);
PmtPairError   pmt_point_list_get_error  (PmtPointList *list, guint id);
/* Numbers of all pairs, the most suspicious first: by error of points left out, where it is not known by residual; those that are
 * switched off last. */
GArray        *pmt_point_list_suspicion  (PmtPointList *list);     /* of guint; free it */

/* A line a pair: fixed_x,fixed_y,moving_x,moving_y,used,source,confidence; sizes and model in lines that begin with #. What is read
 * may also be four numbers a line, as fit/points.h has them; such pairs are a person's, and used. Text without sizes or a
 * model leaves those as they are. PMT_ERROR_FORMAT that names the line, PMT_ERROR_BAD_INPUT for points of images of other
 * sizes; the list is then unchanged. Reading is one step to undo. */
char          *pmt_point_list_to_text    (const PmtPointList *list);
gboolean       pmt_point_list_read_text  (PmtPointList *list, const char *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtPointList, pmt_point_list_free)

G_END_DECLS
