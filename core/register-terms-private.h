/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/rigid-map-private.h"
#include "register.h"

G_BEGIN_DECLS

/* What a person says of a bend: register-terms.c. */

/* Whether any of it is read. */
gboolean _pmt_terms_are_read (const PmtRegisterOptions *options);
/* The metric of a bend of all pixels at once; PMT_METRIC_AUTO where pieces are matched. */
PmtMetric _pmt_terms_metric  (const PmtRegisterOptions *options);
/* FALSE with PMT_ERROR_BAD_INPUT or PMT_ERROR_UNSUPPORTED for terms that can't be. */
gboolean _pmt_terms_check    (const PmtRegisterOptions *options, PmtSource *fixed, PmtSource *moving, GError **error);
/* What became of them: fills result->terms, adds reasons, and names what made the bend. rigid: what options->rigid shows, or NULL;
 * path: of the result, its bend NULL where none is kept. An ok result that lies far from a landmark becomes uncertain. */
void     _pmt_terms_judge    (const PmtRegisterOptions *options, const PmtRigidMap *rigid, const PmtPath *path, PmtSize fixed,
                              PmtSize moving, PmtRegistration *result);

G_END_DECLS
