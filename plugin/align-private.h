/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "align.h"

G_BEGIN_DECLS

/* What the ways of fitting share: align-picture.c. */

/* A layer as it is compared: its original pixels. */
typedef struct
{
  GimpLayer    *layer;
  char         *name;
  GeglBuffer   *copy;
  PmtTransform *shown;       /* F: from where it lies, as one sees it, to its pixels */
  PmtSize       size;
} PmtAlignPicture;

/* Takes the job's part from 0 to 1. */
gboolean   pmt_align_picture_read  (PmtAlignPicture *picture, GimpLayer *layer, PmtJob *job, GError **error);
void       pmt_align_picture_clear (PmtAlignPicture *picture);

/* The reference as others are compared with it. */
typedef struct
{
  const PmtAlignPicture *picture;
  PmtSource             *pixels;
  PmtSource             *mask;      /* the selection; NULL: all of it */
  PmtSource             *hold;      /* what must not move; NULL: nothing */
  PmtTransform          *to_image;  /* from its pixels to where they are seen; NULL where no item has a region */
} PmtAlignReference;

/* One layer with the reference, all of it: the job goes from `from` to `to`. */
gboolean   pmt_align_item_fit      (PmtAlignItem *item, PmtAlignment *alignment, const PmtAlignReference *reference,
                                    double from, double to, PmtJob *job, GError **error);

/* Each layer with the reference: align-fit.c; all together: align-group.c. */
gboolean   pmt_alignment_fit_each     (PmtAlignment *alignment, PmtJob *job, GError **error);
gboolean   pmt_alignment_fit_together (PmtAlignment *alignment, PmtJob *job, GError **error);

/* For the record: that all were solved together, on how many pairs the layer rests, and how well ways round close. */
char      *pmt_alignment_group_method (const PmtGroup *group, int pairs);

/* Options of a registration that both state alike. */
void       pmt_align_options_to_core  (const PmtAlignOptions *options, PmtRegisterOptions *core);

/* What item->registration means for the layer: its new record and, where asked for, its new pixels. `shown`: the reference's;
 * `method`: for the record. */
gboolean   pmt_align_item_conclude    (PmtAlignItem *item, PmtAlignment *alignment, const PmtTransform *shown,
                                       const PmtLayerChain *before, const char *method, GError **error);
gboolean   pmt_align_item_render      (PmtAlignItem *item, const PmtAlignment *alignment, GeglBuffer *copy, PmtJob *job,
                                       GError **error);
/* To be applied unless the user says otherwise. */
gboolean   pmt_align_item_is_wanted   (const PmtAlignItem *item, const PmtAlignment *alignment);
/* A failure of one layer is told of that layer; FALSE, with the error, for what stops all: cancellation. Takes `reason`, which may be
 * NULL. */
gboolean   pmt_align_item_note        (PmtAlignItem *item, GError *reason, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PmtAlignPicture, pmt_align_picture_clear)

G_END_DECLS
