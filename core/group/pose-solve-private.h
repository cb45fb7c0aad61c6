/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "group/block-cholesky-private.h"
#include "group/group.h"

G_BEGIN_DECLS

#define PMT_LINK_SIDE   5
#define PMT_LINK_POINTS (PMT_LINK_SIDE * PMT_LINK_SIDE)

/* What a registration of two images says of their poses: where points of the one lie in the other, and how surely. */
typedef struct
{
  int           a, b;             /* from image a to image b */
  PmtTransform *map, *back;       /* borrowed, and its inverse, owned (NULL: has none) */
  PmtMatrix3    plane;            /* the map, or the homography nearest to it */
  gboolean      bent;
  int           n;                /* points; 0: they have too little in common, and the link says nothing */
  PmtPoint      from[PMT_LINK_POINTS], to[PMT_LINK_POINTS];   /* px of a, px of b */
  double       *root;             /* lower Cholesky factor of the covariance of all x, y in `to`, 2n × 2n, row-major */
  double        sigma;            /* root of the mean variance an axis, px of b */
  int           freedom;          /* independent numbers that it tells */
  gboolean      doubtful;         /* its registration is uncertain */
  gboolean      barred;           /* … and no loop bears it out: it is not listened to */
  int           loops, closed;    /* loops through it, and those of them that close as they should … */
  double        closest;          /* … and the median of the one that closes best, px; INFINITY */
  gboolean      tree, used;
  double        weight;           /* 0 … 1, by the last fit */
  double        rms, misfit;      /* of to − solved poses: root mean square, and median, px of b */
} PmtPoseLink;

/* An image and where it lies. */
typedef struct
{
  PmtSize    size;
  gboolean   placed;
  int        parent, parent_link;   /* in the tree; −1 */
  PmtMatrix3 matrix;                /* reference → image */
  double     covariance[64];        /* of the eight coefficients of motions about it (fit/soft-fit-private.h's basis over the
                                     * image): zero where the model does not move */
  double     floor;                 /* σ, px an axis, of what no number of pairs would cure */
} PmtPoseNode;

typedef struct
{
  PmtModel     model;               /* TRANSLATION … HOMOGRAPHY */
  int          reference;
  int          n, n_links;
  PmtPoseNode *node;
  PmtPoseLink *link;
  double       scale;               /* stated errors were too small by this factor, ≥ 1 */
  PmtBlockMatrix *inverse;          /* of the system that was solved, a block for each pose and link; NULL before */
  int         *first;               /* of each node's unknowns; −1: has none */
  int          unknowns;
} PmtPoseGraph;

/* Whether it has something to say. */
static inline gboolean
_pmt_pose_link_speaks (const PmtPoseLink *link)
{
  return link->n > 0 && !link->barred;
}

/* Errors are drawn from the registration's error model. FALSE where too little is common to both frames. */
gboolean _pmt_pose_link_init  (PmtPoseLink *link, int a, int b, const PmtRegistration *registration, PmtSize from, PmtSize to);
void     _pmt_pose_link_clear (PmtPoseLink *link);

/* Places all nodes of the tree by its links alone. */
void     _pmt_pose_graph_chain (PmtPoseGraph *graph);
/* Weighted least squares for all placed nodes through the links that are used, until nothing moves; then `weight`, `rms`,
 * `misfit` of every link between placed nodes, `scale` and `inverse`. FALSE where it degenerates. */
gboolean _pmt_pose_graph_solve (PmtPoseGraph *graph, PmtContext *context, GError **error);
/* Root of the mean variance an axis of what the solution says of a link's points, px of b. */
double   _pmt_pose_graph_predict (const PmtPoseGraph *graph, const PmtPoseLink *link);
/* The solution through links that agree, from the tree on: group/pose-consensus.c. */
gboolean _pmt_pose_graph_agree (PmtPoseGraph *graph, PmtContext *context, GError **error);
void     _pmt_pose_graph_clear (PmtPoseGraph *graph);

/* Error radii over what image `node` and the reference have in common, or all of the image where that is nothing, px of
 * the image; NAN when not known. */
double   _pmt_pose_graph_error (const PmtPoseGraph *graph, int node, double share);

G_END_DECLS
