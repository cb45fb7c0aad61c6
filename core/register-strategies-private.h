/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "match/find-private.h"

G_BEGIN_DECLS

/* How the options' preparation acts on the pipeline: register-strategies.c. */

/* The overviews of one image, in the band that is asked for. *view: the source behind them, which is to be released after
 * them. */
PmtPyramid *_pmt_read_prepared (PmtContext *context, const PmtRegisterOptions *options, PmtSource *source,
                                PmtSource *mask, PmtSource **view, GError **error);

/* As _pmt_find_pose(), with the preparation that is asked for, or, if that is auto, with others where the images as they
 * are do not give a clear answer. Whatever found the pose, its evidence is taken from `fixed` and `moving`. *preparation:
 * what it was found with, to be freed. */
gboolean    _pmt_find_prepared (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *initial,
                                const PmtRegisterOptions *options, PmtFound *found, char **preparation, GError **error);

G_END_DECLS
