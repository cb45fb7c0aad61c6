/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "register.h"

G_BEGIN_DECLS

/* The pipeline for images that lie the same way up, options not NULL: register.c. */
PmtRegistration *_pmt_register_once (PmtContext *context, PmtSource *fixed, PmtSource *moving,
                                     const PmtRegisterOptions *options, GError **error);

G_END_DECLS
