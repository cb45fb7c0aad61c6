/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "job.h"
#include "judge/compare.h"
#include "overlay.h"

G_BEGIN_DECLS

/* Any two layers of an image as one sees them, each alone: with filters and masks, where they lie. Their frame is the smallest
 * rectangle of the canvas, and beyond it, that holds both. The layers are only read. */
typedef struct
{
  GimpImage  *image;
  GimpLayer  *reference, *layer;
  char       *reference_name, *layer_name;
  PmtRect     frame;               /* in the image */
  gboolean    aligned;             /* the layer has a live filter of ours */

  /* the pictures alone, with their tones spread (0) and as they are (1); NULL before pmt_comparison_load() */
  PmtOverlay *reference_views[2], *layer_views[2];
  PmtSource  *before;              /* the layer without its alignment; NULL unless it was asked for and has one */
} PmtComparison;

typedef struct
{
  gboolean          panels;        /* side by side: reference, layer (before and after its alignment), difference; else … */
  PmtCompareMode    mode;          /* … both in one */
  PmtCompareOptions options;
  gboolean          plain;         /* tones as they are, not spread from black to white */
} PmtComparisonPicture;

/* NULL with an error for a layer and itself, or one of another image. */
PmtComparison *pmt_comparison_new  (GimpLayer *reference, GimpLayer *layer, GError **error);
void           pmt_comparison_free (PmtComparison *comparison);
/* Reads what is seen of both, and with `before` of the layer without its alignment. */
gboolean       pmt_comparison_load (PmtComparison *comparison, gboolean before, PmtJob *job, GError **error);
/* One on the other, for a preview. */
PmtOverlay    *pmt_comparison_view (const PmtComparison *comparison, gboolean plain, GError **error);

/* The picture in full size, through core's comparison, as a new layer on top of all, in one step to undo … */
GimpLayer     *pmt_comparison_add_layer (const PmtComparison *comparison, const PmtComparisonPicture *picture, PmtJob *job,
                                         GError **error);
/* … or as a file whose ending tells the format. */
gboolean       pmt_comparison_save (const PmtComparison *comparison, const PmtComparisonPicture *picture, const char *path,
                                    PmtJob *job, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtComparison, pmt_comparison_free)

G_END_DECLS
