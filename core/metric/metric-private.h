/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/pyramid-private.h"
#include "register.h"

G_BEGIN_DECLS

/* How like two pictures are, as one number, and how that number changes with every pixel. A metric is a file with a
 * PmtMetricClass and a row in metric.c's table. It sees the fixed picture and the moving one drawn into the same grid,
 * and says nothing of poses: metric-pair.c draws, and turns derivatives by pixels into derivatives by the map. */

/* One comparison. Planes are width · height floats, rows packed, values about 0 … 255 and finite everywhere. */
typedef struct
{
  PmtContext   *context;
  int           width, height;
  const float  *fixed, *moving;
  const float  *weight;                  /* 0 … 1: how far the pixel and what lies within the class's reach is valid */
  float        *by_moving, *by_weight;   /* both NULL, or where ∂score/∂moving and ∂score/∂weight of each pixel go */
  float *const *work;                    /* the class's scratch planes */
  gconstpointer state;                   /* what prepare() returned */
} PmtMetricView;

typedef struct
{
  const char *nick;
  gboolean    maximise;     /* the greater the liker; else the smaller */
  gboolean    analytic;     /* evaluate() gives derivatives */
  gboolean    same;         /* for pictures of the same kind: grey values are compared, not structure */
  double      blur;         /* σ, px, of both pictures beforehand */
  int         reach;        /* px: how far from a pixel its own term looks */
  int         planes;       /* of scratch */
  /* NULL, or what depends on the fixed picture and on where the climb began; `start` shows that. NULL with an error. */
  gpointer  (*prepare)  (const PmtMetricView *start, GError **error);
  void      (*release)  (gpointer state);
  /* FALSE without an error when the pictures say nothing (flat, no weight). */
  gboolean  (*evaluate) (const PmtMetricView *view, double *score, GError **error);
} PmtMetricClass;

extern const PmtMetricClass _pmt_metric_ssd, _pmt_metric_ncc, _pmt_metric_local_ncc, _pmt_metric_nmi, _pmt_metric_ngf,
  _pmt_metric_mind, _pmt_metric_dd;

/* The row of a metric; NULL for PMT_METRIC_AUTO. */
const PmtMetricClass *_pmt_metric_class (PmtMetric metric);

/* -- loops over rows -- */

/* Works on rows y0 … y1-1 and adds to sums, which start at 0. */
typedef void (*PmtBandFunc) (int y0, int y1, gpointer data, double *sums);

/* Bands of `rows` rows, on all threads where that is worth it; their sums are added in order, so that the result does
 * not depend on the threads. FALSE only when cancelled. */
gboolean _pmt_metric_bands (const PmtMetricView *view, int rows, PmtBandFunc func, gpointer data, int n, double *sums,
                            GError **error);
/* out = sum of `in` over (2·radius+1)² px, nothing outside; in place allowed; `between` is scratch. */
gboolean _pmt_metric_box (const PmtMetricView *view, const float *in, int radius, float *between, float *out,
                          GError **error);

/* -- two levels and a map -- */

/* The two images at one scale, ready to be compared at any pose near the one they were read for. */
typedef struct
{
  const PmtMetricClass *klass;
  PmtContext           *context;         /* borrowed */
  int                   width, height;   /* of the fixed level */
  float                *fixed, *fixed_weight;
  PmtPlane             *moving;          /* spline coefficients */
  PmtPlane             *moving_weight;
  PmtMatrix3            to_fixed, to_moving;   /* full-resolution px → level px */
  double                area;            /* the smaller of the two levels' weights, px */
  double                scale;           /* fixed level px for a fixed px */
  PmtPoint              centre;          /* of the fixed level, fixed px */
  gpointer              state;
} PmtMetricPair;

/* Reads both images about where they overlap at `pose` (all of them where they don't), the overlap grown by `margin` of its size on each
 * side, at √area `size` or what they have. before: the pose that a metric which compares with the start compares with.
 * NULL with an error. */
PmtMetricPair *_pmt_metric_pair_new  (PmtContext *context, const PmtMetricClass *klass, PmtPyramid *fixed,
                                      PmtPyramid *moving, const PmtMatrix3 *pose, const PmtMatrix3 *before, int size,
                                      double margin, GError **error);
void           _pmt_metric_pair_free (PmtMetricPair *pair);
/* The map from the fixed level to the moving one that a pose stands for. */
PmtMatrix3     _pmt_metric_pair_map  (const PmtMetricPair *pair, const PmtMatrix3 *pose);

/* Scratch memory for one evaluation at a time. */
typedef struct _PmtMetricWork PmtMetricWork;
PmtMetricWork *_pmt_metric_work_new  (const PmtMetricPair *pair, gboolean derivatives, GError **error);
void           _pmt_metric_work_free (PmtMetricWork *work);

/* The metric's own number, in its own direction; `overlap` is the share of pair->area that was compared. by_map: NULL,
 * or the derivatives of the score by the nine elements of `map`; by_overlap: NULL, or those of the overlap (only
 * with by_map). FALSE without an error when there is nothing to say at this pose. */
gboolean _pmt_metric_evaluate (const PmtMetricPair *pair, PmtMetricWork *work, const PmtMatrix3 *map, double *score,
                               double *overlap, double by_map[9], double by_overlap[9], GError **error);

/* The same where each fixed pixel has a place of its own: x and y, moving level px, one for each pixel of the fixed level, finite.
 * by_x: NULL, or the derivatives of the score by the places, in the work's memory until it is used again (only where the
 * class is analytic). */
gboolean _pmt_metric_evaluate_at (const PmtMetricPair *pair, PmtMetricWork *work, const float *x, const float *y,
                                  double *score, double *overlap, const float **by_x, const float **by_y, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtMetricPair, _pmt_metric_pair_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtMetricWork, _pmt_metric_work_free)

G_END_DECLS
