/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/point-fit.h"
#include "judge/compare.h"
#include "judge/deformation.h"
#include "register.h"

G_BEGIN_DECLS

/* Core's terms in the user's language. */
const char *pmt_words_model   (PmtModel model);
const char *pmt_words_point_model (PmtPointModel model);
/* What speaks against a result; in core's own English where the reason's code isn't known here. */
char       *pmt_words_reason  (const PmtReason *reason);
/* What to try about it; may be NULL. */
char       *pmt_words_advice  (const PmtReason *reason);

/* What a picture of a deformation shows. */
const char *pmt_words_compare (PmtCompareMode mode);
const char *pmt_words_deformation (PmtDeformationMode mode);

G_END_DECLS
