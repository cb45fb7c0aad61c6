/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "group/group.h"
#include "image/resample.h"
#include "job.h"
#include "layer-chain.h"
#include "overlay.h"
#include "pixels.h"
#include "register.h"

G_BEGIN_DECLS

/* Aligning layers: plan (who, to whom), fit (nothing in the image changes), apply (one undo step). */

/* What is compared with what. */
typedef enum
{
  PMT_COMPARE_AUTO,        /* together from three layers on, where that can be */
  PMT_COMPARE_EACH,        /* each layer with the reference alone */
  PMT_COMPARE_TOGETHER,    /* pairs of all layers, solved together: core/group */
  PMT_COMPARE_SEQUENCE     /* likewise; layers one above the other, as the frames of an animation, are most alike */
} PmtAlignCompare;

typedef enum
{
  PMT_REGIONS_TOGETHER,      /* a layer has one map */
  PMT_REGIONS_PARTS,         /* one for each connected part of the selection, on a layer of its own */
  PMT_REGIONS_CHANNELS       /* one for each visible channel that says nothing else */
} PmtRegions;

typedef struct
{
  PmtAlignCompare compare;
  gboolean    reference_by_pairs;    /* the layer from which the others are known best is the reference */
  PmtModel    model;
  double      stiffness;             /* of a bend; 0: found */
  PmtModality modality;
  PmtOptimiser optimiser;            /* NONE: pieces are matched */
  PmtMetric   metric;
  gboolean    use_selection;         /* the fit looks only at what is selected on the reference */
  gboolean    start_from_position;   /* else earlier alignments of the layer are forgotten */
  gboolean    apply_uncertain;
  gboolean    pixels;                /* else a live filter */
  PmtSampler  sampler;
  gboolean    allow_mirrored;        /* the layer may have been turned over */
  const char *preparation;           /* interned; a name of prepare/preparation.h */
  /* What of a bent layer keeps its shape: where these are white, as they lie on what the layer shows before. */
  GimpChannel *rigid;                /* of the image, or the mask of one layer, then for that one only; NULL */
  gboolean    rigid_layer_masks;     /* each layer's own mask */
  PmtRegions  regions;               /* what is fitted by itself */
  GimpChannel *hold;                 /* of the image: what is seen where it is white stays where it is; NULL */
} PmtAlignOptions;

/* What is fitted by itself, of the reference as one sees it. */
typedef struct
{
  char       *name;      /* "part 1", a channel's name */
  GeglBuffer *area;      /* of the canvas, "Y u8", origin (0, 0) */
  PmtRect     box;       /* that holds all of it */
} PmtRegion;

/* What came of one layer, or of one of a layer's regions. */
typedef struct
{
  GimpLayer       *layer;
  const PmtRegion *region;         /* NULL: the layer as a whole; else the result is a new layer */
  GimpLayer       *result;         /* where it was applied */
  char            *name;
  PmtLayerChain   *start;          /* what is corrected, from the reference's frame as it lies now; NULL: what the layer shows */
  char            *refusal;        /* why it was not tried or could not be fitted, translated; NULL */
  gboolean         skipped;        /* it was not tried */
  char            *remark;         /* what else the user should know, translated; NULL */
  PmtRegistration *registration;   /* NULL when refused */
  PmtLayerChain   *chain;          /* the layer's new record; NULL when refused */
  PmtRendering    *rendering;      /* for the result as pixels */
  PmtOverlay      *overlay;        /* NULL unless asked for */
  int              pairs;          /* of layers, on which it rests, where all were compared together; else 0 */
  gboolean         wanted;         /* to be applied: the verdict is ok, or uncertain and wanted */
  gboolean         applied;
} PmtAlignItem;

typedef enum
{
  PMT_REFERENCE_CHOSEN, PMT_REFERENCE_LOCKED, PMT_REFERENCE_LOWEST, PMT_REFERENCE_BELOW, PMT_REFERENCE_PAIRS
} PmtReferenceRule;

typedef struct
{
  GimpImage        *image;
  GimpLayer        *reference;     /* NULL before the fit where the pairs choose it */
  PmtReferenceRule  rule;          /* by which it became the reference */
  PmtAlignOptions   options;
  GPtrArray        *regions;       /* of PmtRegion; NULL: everything together */
  GPtrArray        *items;         /* of PmtAlignItem, from top to bottom, for each layer its regions in their order */
  int               overlay_size;  /* pixels a side of the items' pictures; 0: none are made */
  PmtGroup         *group;         /* where all were compared together; NULL */
} PmtAlignment;

void          pmt_align_options_init   (PmtAlignOptions *options);

/* The reference of `layers` (as pmt_layers_check() gives them): `chosen` unless NULL, else a position-locked one among
 * them (the lowest), else the lowest; the one below where there is only one. NULL with an error when there is none. */
GimpLayer    *pmt_align_find_reference (GPtrArray *layers, GimpLayer *chosen, PmtReferenceRule *rule, GError **error);

PmtAlignment *pmt_alignment_new        (GimpImage *image, GimpDrawable **drawables, GimpLayer *reference,
                                        const PmtAlignOptions *options, GError **error);
void          pmt_alignment_free       (PmtAlignment *alignment);
/* Whether the layers are compared all together. */
gboolean      pmt_alignment_is_together (const PmtAlignment *alignment);
/* Fits every layer that isn't skipped. FALSE only for what concerns all of them: the reference, cancellation. */
gboolean      pmt_alignment_fit        (PmtAlignment *alignment, PmtJob *job, GError **error);
/* Applies what is wanted: all of it or, on an error, nothing. */
gboolean      pmt_alignment_apply      (PmtAlignment *alignment, GError **error);

gboolean      pmt_align_compare_from_nick (const char *nick, PmtAlignCompare *compare);
/* Nick ("together", "parts", "channels") to value; FALSE for any other word. */
gboolean      pmt_regions_from_nick    (const char *nick, PmtRegions *regions);
/* The regions of an image, of PmtRegion; an error where there is none, or more than PMT_REGIONS_MOST. */
#define PMT_REGIONS_MOST 16
GPtrArray    *pmt_regions_new          (GimpImage *image, const PmtAlignOptions *options, GError **error);
/* Puts the item's result on a new layer above the layer, with the region as its mask, and hides the layer. On an error the new layer,
 * where there is one, is in item->result. */
gboolean      pmt_align_region_apply   (PmtAlignItem *item, GError **error);

/* "ok", "uncertain", "failed" or "skipped". */
const char   *pmt_align_item_verdict   (const PmtAlignItem *item);
/* The verdict in a sentence or two, translated; `decided`: after it was applied or not. */
char         *pmt_align_item_summary   (const PmtAlignItem *item, gboolean decided);
/* For programs: JSON with layer, verdict, applied, message and core's report. */
char         *pmt_align_item_report    (const PmtAlignItem *item, const PmtAlignment *alignment);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtAlignment, pmt_alignment_free)

G_END_DECLS
