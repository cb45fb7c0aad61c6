/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform.h"

G_BEGIN_DECLS

/* Transforms through pairs of points that a person placed: fixed → moving, by a model of choice, with what each pair says
 * of the others. From stiff to free. */
typedef enum
{
  PMT_POINT_MODEL_AUTO,
  PMT_POINT_MODEL_TRANSLATION,        /* from 1 pair on */
  PMT_POINT_MODEL_RIGID,              /* 2; turned and shifted, never mirrored */
  PMT_POINT_MODEL_SIMILARITY,         /* 2; scaled too */
  PMT_POINT_MODEL_AFFINE,             /* 3 */
  PMT_POINT_MODEL_HOMOGRAPHY,         /* 4 */
  PMT_POINT_MODEL_RADIAL,             /* 5; a homography, then the distortion of the moving image's lens about its middle:
                                       * k1, and from 12 on k2, where that predicts points left out better */
  PMT_POINT_MODEL_THIN_PLATE,         /* 3 … 1000 */
  PMT_POINT_MODEL_PIECEWISE_AFFINE,   /* 3 … 10000 */
  PMT_POINT_MODELS
} PmtPointModel;

gboolean    pmt_point_model_from_nick (const char *nick, PmtPointModel *model);   /* "piecewise-affine" */
const char *pmt_point_model_to_nick   (PmtPointModel model);

typedef struct
{
  PmtPointModel model;
  double        smoothing;   /* of a thin plate, as in PmtThinPlate; NAN: what predicts points left out best */
} PmtPointOptions;

void pmt_point_options_init (PmtPointOptions *options);   /* AUTO, NAN */

/* What became of a model. */
typedef struct
{
  double left_out;   /* root of the mean square of the errors of points left out, moving px; NAN where the model was not
                      * tried, did not fit, or has no point to spare */
  char  *why;        /* why it did not fit; NULL */
} PmtPointTrial;

typedef struct
{
  PmtTransform  *transform;
  PmtPointModel  model;       /* never AUTO */
  double         smoothing;   /* of a thin plate; else NAN */
  int            n;
  PmtPoint      *fixed, *moving;
  double        *residual;    /* |T(fixed) − moving|, moving px */
  double        *left_out;    /* the same with the model fitted to all other pairs; NAN where these do not fix it */
  PmtPointTrial  trial[PMT_POINT_MODELS];
} PmtPointFit;

/* Fits n pairs. Translation to affine by least squares of the error in the moving image, homography and lens likewise by
 * Levenberg and Marquardt's method; a thin plate goes through the pairs, or near them; pieces always through them. With
 * AUTO the stiffest model whose error of points left out is at most 1 + 1/√n times the best one's; below 5 pairs the freest
 * of translation, similarity, affine map and homography that they fix. Sizes of 0 × 0: unknown; a lens needs the moving
 * one. A thin plate whose smoothing is to be found and that folds is made smoother until it does not.
 * PMT_ERROR_BAD_INPUT for too few or too many pairs, numbers that are not finite, pairs that coincide or lie on a line where
 * the model cannot have that (the message says which), and where the map folds. The same bits each time. */
PmtPointFit *pmt_point_fit_new  (int n, const PmtPoint *fixed, const PmtPoint *moving, PmtSize fixed_size,
                                 PmtSize moving_size, const PmtPointOptions *options, GError **error);
void         pmt_point_fit_free (PmtPointFit *fit);
/* Model, what each other one came to, and the pairs with their errors; g_free() it. */
char        *pmt_point_fit_to_json (const PmtPointFit *fit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtPointFit, pmt_point_fit_free)

G_END_DECLS
