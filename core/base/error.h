/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* One error domain for the whole core. Whoever detects an error reports it, with what and where; callers propagate.
 * A fit that was estimated but is not to be trusted is no error: it is a result with a verdict. */
typedef enum
{
  PMT_ERROR_BAD_INPUT,   /* an argument, image or file content that can't be used */
  PMT_ERROR_IO,          /* a file could not be read or written */
  PMT_ERROR_FORMAT,      /* a transform or point file is malformed */
  PMT_ERROR_MEMORY,      /* a pixel-sized buffer could not be had */
  PMT_ERROR_CANCELLED,   /* the context's cancellable was triggered */
  PMT_ERROR_UNSUPPORTED  /* valid, but this build or model cannot do it */
} PmtError;

#define PMT_ERROR (pmt_error_quark ())
GQuark pmt_error_quark (void);

G_END_DECLS
