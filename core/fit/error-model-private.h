/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/control-points-private.h"

G_BEGIN_DECLS

/* What a fit through control points (with their weights and residuals as the fit left them) says of its own error:
 * fit/error-model.c. */
void     _pmt_error_model_init   (PmtErrorModel *model, const PmtModelFit *fit, const GArray *points, PmtSize moving);

/* Of a bend's model: the middle of a cell, moving px as the pose leads. */
PmtPoint _pmt_error_model_place  (const PmtErrorModel *model, int cell);

/* The error's covariance at a place of the fixed image, moving px²: xx, xy, yy. FALSE where it is not known. */
gboolean _pmt_error_model_covariance (const PmtErrorModel *model, PmtPoint fixed, double s[3]);

/* The probability that the error at a place of the fixed image is at most `distance` moving px, 0 … 1; NAN where that is
 * not known (size 0, no image). */
double   _pmt_error_model_share  (const PmtErrorModel *model, PmtPoint fixed, double distance);

/* The distance within which the error is with probability `share` (0 … 0.999), moving px; NAN where not known. */
double   _pmt_error_model_radius (const PmtErrorModel *model, PmtPoint fixed, double share);

/* The same for a place anywhere in the overlap of the two images, each as likely as the other. */
double   _pmt_error_model_over   (const PmtErrorModel *model, PmtSize fixed, double share);

/* The probability that the error is at most `distance` at such a place; NAN where not known. */
double   _pmt_error_model_within (const PmtErrorModel *model, PmtSize fixed, double distance);

/* What the residuals near a place have in common beyond what their scatter would by chance, moving px: a field that the
 * model does not follow. */
double   _pmt_local_misfit       (const GArray *points, PmtPoint at);

G_END_DECLS
