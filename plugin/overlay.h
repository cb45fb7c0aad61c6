/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/resample.h"
#include "judge/compare.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* What is seen of two images in the fixed one's frame. */
typedef enum { PMT_SIDE_FIXED, PMT_SIDE_BEFORE, PMT_SIDE_AFTER } PmtSide;

typedef struct { float low, high; } PmtTones;      /* become black and white */

/* How two images lie on each other in the fixed one's frame, before and after an alignment, in any of core's ways of
 * comparing: an overview that is drawn once, and any part of it as large as it is wanted. */
typedef struct
{
  int           width, height;             /* of the overview */
  guint8       *fixed, *before, *after;    /* R'G'B'A, straight, rows of 4·width; alpha 0 where there is no data; the last
                                            * two NULL of a picture alone */
  PmtSize       whole;                     /* the fixed image */
  PmtSource    *fixed_source, *moving_source;
  PmtTransform *map_before, *map_after;    /* fixed → moving */
  PmtTones      fixed_tones, moving_tones;
  PmtSampler    sampler;                   /* of what is drawn at the fixed image's own resolution; linear */
  gboolean      plain;                     /* the tones are the images' own */
  gboolean      passing;                   /* another one will follow soon: its tiles need not be kept */
  gint          references;
} PmtOverlay;

/* The overview has at most `size` pixels a side. Both transforms map fixed to moving. Either image's tones are spread from
 * black to white, so that a dark infrared picture shows too. The sources are kept until the overlay is freed. */
PmtOverlay *pmt_overlay_new  (PmtContext *context, PmtSource *fixed, PmtSource *moving, const PmtTransform *before,
                              const PmtTransform *after, int size, GError **error);
/* One picture alone, in its own frame: it has the fixed side only. */
PmtOverlay *pmt_overlay_new_alone (PmtContext *context, PmtSource *source, int size, GError **error);
/* The same with its tones as they are. */
PmtOverlay *pmt_overlay_new_plain (PmtContext *context, PmtSource *source, int size, GError **error);
/* Two of these on each other. The overview is drawn from theirs, in some milliseconds, so that a map can be followed while it
 * changes. */
PmtOverlay *pmt_overlay_new_of (PmtContext *context, const PmtOverlay *fixed, const PmtOverlay *moving,
                                const PmtTransform *before, const PmtTransform *after, GError **error);
/* From any thread. */
PmtOverlay *pmt_overlay_ref   (PmtOverlay *overlay);
void        pmt_overlay_unref (PmtOverlay *overlay);
/* Whether it has a moving side. */
gboolean    pmt_overlay_is_alone (const PmtOverlay *overlay);

/* A frame in which 2^level pixels of the fixed image, a side, are one; at negative levels they are several. */
PmtSize     pmt_overlay_frame (const PmtOverlay *overlay, int level);
/* Draws `rect` of that frame, rows of 4·rect.width bytes as above, reading only what it shows. At negative levels pixels
 * are repeated, so that each is seen as it is. May be called from any thread. */
gboolean    pmt_overlay_read  (const PmtOverlay *overlay, PmtContext *context, PmtSide side, int level,
                               const PmtRect *rect, guint8 *rgba, GError **error);
/* Compares the pixels `rect` of a frame of `whole` pixels, rows of 4·rect.width bytes; `out` is as in
 * pmt_overlay_draw(). */
void        pmt_overlay_compare (PmtCompareMode mode, const PmtCompareOptions *options, const PmtRect *rect,
                                 PmtSize whole, const guint8 *fixed, const guint8 *moved, guint8 *out, gsize stride);

/* Pixels (0 … width-1, 0 … height-1) of the overview as cairo's RGB24 has them, rows `stride` bytes apart; where neither image has
 * data, or not what the mode needs, a dark grey shows. */
void        pmt_overlay_draw (const PmtOverlay *overlay, PmtCompareMode mode, const PmtCompareOptions *options,
                              gboolean after, guint8 *out, gsize stride);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtOverlay, pmt_overlay_unref)

G_END_DECLS
