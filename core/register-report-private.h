/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <json-glib/json-glib.h>

#include "register.h"

G_BEGIN_DECLS

/* The member "reasons", an array of PmtReason, in an object that is being built. */
void _pmt_reasons_to_json (JsonBuilder *builder, const GPtrArray *reasons);

G_END_DECLS
