/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "fit/snap.h"
#include "job.h"
#include "layer-chain.h"
#include "overlay.h"
#include "point-list.h"
#include "register.h"

G_BEGIN_DECLS

/* Aligning one layer by control points: what the window and scripts work on. Points are those of the original pixels of the
 * reference (fixed) and of the layer (moving). */
typedef struct
{
  GimpImage       *image;
  GimpLayer       *reference, *layer;
  char            *reference_name, *layer_name;
  PmtSize          fixed_size, moving_size;
  PmtLayerChain   *before;         /* what the layer shows now, from the reference's frame … */
  PmtTransform    *start;          /* … and between the original pixels */
  PmtTransform    *shown;          /* of the reference */
  PmtSampler       sampler;
  PmtPointList    *list;
  PmtRegistration *refined;        /* found from the points on; NULL: the points count */

  /* what a window needs; NULL before pmt_points_load() */
  PmtSource       *fixed, *moving;
  PmtSnapper      *snapper;
  PmtOverlay      *fixed_view, *moving_view;
} PmtPoints;

/* NULL with an error where the layer may not be changed or has none to be laid on. */
PmtPoints    *pmt_points_new          (GimpImage *image, GimpLayer *layer, GimpLayer *reference, GError **error);
void          pmt_points_free         (PmtPoints *points);
/* Reads the pixels of both layers. */
gboolean      pmt_points_load         (PmtPoints *points, PmtJob *job, GError **error);

/* Fixed → moving as far as it is known: the refined map, that of the fit or of what the pairs allow, the layer's present place
 * moved by the only pair, that place. Never NULL; the caller's to release. *by_points: the fit's, or a refined one. */
PmtTransform *pmt_points_get_map      (PmtPoints *points, gboolean *by_points);
/* After a change of the list: what was refined before no longer holds. */
void          pmt_points_forget_refined (PmtPoints *points);

/* Lays the layer by the fit, or by what was refined, in one step to undo that keeps the points too. */
gboolean      pmt_points_apply        (PmtPoints *points, GError **error);

/* Registers both pictures from the present map on, and takes what it finds in place of the points' map. FALSE with an error that
 * tells why nothing came of it. */
gboolean      pmt_points_refine       (PmtPoints *points, PmtJob *job, GError **error);
/* Adds pairs that an automatic fit is sure of, well apart from each other and from those there are. *added: how many. */
gboolean      pmt_points_find         (PmtPoints *points, PmtJob *job, guint *added, GError **error);

/* A draft of the points in the layer, while the window is open: it adds no step to undo and marks no image as changed. */
void          pmt_points_save_draft   (PmtPoints *points);
/* The draft, or else the points that were applied last; nothing where there are none, or none of these two layers. */
void          pmt_points_restore      (PmtPoints *points);
/* Whether that would restore something for this reference; NULL: for any, which is returned. */
GimpLayer    *pmt_points_last_reference (GimpLayer *layer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtPoints, pmt_points_free)

G_END_DECLS
