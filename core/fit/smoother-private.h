/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/smooth-private.h"
#include "match/patches-private.h"

/* A bend in the making: what the files smooth*.c work on. */

G_BEGIN_DECLS

#define PMT_SMOOTHER_MARGIN 10   /* px kept beyond a piece's radius for the filters */
#define PMT_SMOOTHER_PLACES (48 * 48)   /* that stand for a bend */

/* How finely control points are taken at a level. */
typedef struct
{
  double size;        /* √px; 0: the finest */
  int    tile;        /* level px */
  int    pieces;
  double softest;     /* that points from score peaks may ask for */
  gboolean together;  /* as PmtLatticeAsk */
} PmtGrain;

typedef struct
{
  PmtContext *context;
  PmtPyramid *fixed, *moving;
  PmtPath     path;
  PmtStep    *bend;              /* what path.bend borrows */
  PmtExtent   box;               /* the overlap, moving px */
  double      ratio;             /* moving px for a fixed px */
  double      finest;            /* √area of the overlap at the finest level */
  int         softest;           /* index of what the last level supported */
  PmtGrain       grain;             /* of the last points from pieces */
  double      agreement;         /* at the last level: share of pieces that see what coarser levels said */
  gboolean    local;             /* the bend is through small pieces of a level: what only large ones say does not replace it */
  PmtFieldFunc feature;          /* what is compared, as the first level found best */
  GArray     *pulls;             /* of PmtPull: what the levels so far said */
  const PmtSmoothAsk *asked;
  GArray     *landmarks;         /* of PmtPull: what a person says */
  GArray     *points;            /* of the last fit; NULL: none yet */
  PmtLatticeFit fit;             /* the last one, but for its bend */
  PmtLatticeAsk ask;             /* of it, … */
  double      independent;       /* … and the share of them that err on their own */
  PmtModality modality;
  PmtSmooth  *out;
} PmtSmoother;

/* -- fit/smoother.c -- */

/* Takes the bend, NULL for none. */
void     _pmt_smoother_take_bend   (PmtSmoother *s, PmtStep *bend);
/* The overlap as the moving image sees it; FALSE where there is next to none. */
gboolean _pmt_smoother_find_box    (PmtSmoother *s);
/* The k-th of PMT_SMOOTHER_PLACES, which lie in rows all over the fixed image. */
PmtPoint _pmt_smoother_place       (const PmtSmoother *s, int k);
/* FALSE without an error when there are too few points. */
gboolean _pmt_smoother_fit_lattice (PmtSmoother *s, GArray *points, const PmtLatticeAsk *ask, PmtLatticeFit *fit, GError **error);
/* The fit's bend from now on; takes the points, of which ask and independent tell already. */
void     _pmt_smoother_take_fit    (PmtSmoother *s, GArray *points, PmtLatticeFit *fit);
/* The last points' bend with the stiffness that was told; none where they are too few for that. */
gboolean _pmt_smoother_fit_as_told (PmtSmoother *s, GError **error);
/* The error to expect of the last fit, if there is one; and that anywhere. */
gboolean _pmt_smoother_state_error (PmtSmoother *s, GError **error);
gboolean _pmt_smoother_model_error (PmtSmoother *s, GError **error);

/* -- fit/smooth-points.c -- */

/* Control points from pieces, and the bend through them, … */
gboolean _pmt_smoother_fit_points      (PmtSmoother *s, const PmtGrain *grain, GError **error);
/* … or from all pixels of images of the same kind. */
gboolean _pmt_smoother_fit_whole_frame (PmtSmoother *s, GError **error);
/* Control points along the path as it is, either way. */
GArray  *_pmt_smoother_find_points     (PmtSmoother *s, GError **error);
/* How far pieces are found elsewhere when they are looked for from aside of the path: PmtBendTrial's equivariance. */
gboolean _pmt_smoother_look_from_aside (PmtSmoother *s, GError **error);

/* -- fit/smooth-terms.c -- */

void     _pmt_smoother_take_landmarks (PmtSmoother *s);
/* The last fit once more, keeping shapes and led by landmarks. */
gboolean _pmt_smoother_fit_terms      (PmtSmoother *s, GError **error);
/* All pixels at once, where pieces have little to say; and by the metric that was asked for. */
gboolean _pmt_smoother_fit_free_form  (PmtSmoother *s, GError **error);
gboolean _pmt_smoother_fit_metric     (PmtSmoother *s, GError **error);

/* -- fit/smooth-lens.c -- */

/* A lens in the lattice's place, where it explains the points. */
gboolean _pmt_smoother_try_lens (PmtSmoother *s, GError **error);

G_END_DECLS
