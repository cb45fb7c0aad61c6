/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dense fields of displacements are no text: exchange.c hands them on to exchange/field.h. */
#include "exchange/format-private.h"

static const char *const endings[] = { ".tif", ".tiff", ".nii", NULL };

const PmtFormat _pmt_format_field =
{
  .info = { "field", "a dense field", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "a displacement for every pixel" },
  .reach = PMT_REACH_FIELD,
};
