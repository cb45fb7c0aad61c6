/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/point-fit.h"

G_BEGIN_DECLS

/* What a model is fitted to, and what it comes to. */
typedef struct
{
  int             n;
  const PmtPoint *fixed, *moving;
  PmtSize         fixed_size, moving_size;
  double          smoothing;   /* NAN: to be found */
} PmtPointPairs;

typedef struct
{
  PmtTransform *transform;   /* without provenance */
  double       *left_out;    /* n, NAN on entry */
  double        smoothing;   /* NAN on entry */
} PmtPointResult;

/* A model is a function of this kind and a row in point-fit.c's table. The numbers of pairs are checked, and all finite. */
typedef gboolean (*PmtPointModelFit) (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);

gboolean _pmt_point_fit_translation (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);
gboolean _pmt_point_fit_rigid       (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);
gboolean _pmt_point_fit_similarity  (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);
gboolean _pmt_point_fit_affine      (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);
gboolean _pmt_point_fit_homography  (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);
gboolean _pmt_point_fit_radial      (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);
gboolean _pmt_point_fit_plate       (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);
gboolean _pmt_point_fit_pieces      (const PmtPointPairs *pairs, PmtPointResult *result, GError **error);

/* How far points spread: 0: all in one place; 1: on a line; 2: on a line but for one; 3: in the plane. Point `skip` (−1: none)
 * does not count. *odd: the one beside the line. */
int      _pmt_points_spread         (int n, const PmtPoint *points, int skip, int *odd);
/* FALSE, with an error that says which points are at fault, where they spread less than that in either image. */
gboolean _pmt_point_pairs_check     (const PmtPointPairs *pairs, int spread, GError **error);
/* Root of the mean square, without NaNs; NaN where more than half are NaN. */
double   _pmt_point_typical_error   (int n, const double *errors);

G_END_DECLS
