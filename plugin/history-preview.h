/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "history.h"
#include "overlay.h"

G_BEGIN_DECLS

/* How a layer lies on its reference, before and after changes of its steps. */
typedef struct
{
  PmtTransform *shown;                /* of the reference */
  PmtOverlay   *reference, *layer;    /* the pictures; NULL where there is nothing to lay it on */
} PmtHistoryPreview;

/* Reads the pixels of both; TRUE with nothing where the reference is gone, or the layer's pixels are no longer those of the record. */
gboolean    pmt_history_preview_load  (PmtHistoryPreview *preview, const PmtHistory *history, PmtJob *job, GError **error);
void        pmt_history_preview_clear (PmtHistoryPreview *preview);
/* NULL where there is nothing to show. Takes some milliseconds. */
PmtOverlay *pmt_history_preview_draw  (const PmtHistoryPreview *preview, const PmtHistory *history);

G_END_DECLS
