/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

#include "transform/transform.h"

G_BEGIN_DECLS

/* A transform that an operation gets as the text of a property, and what the operation has to say against it. Zeroes to begin
 * with. Updated in prepare(), only read while pixels are computed. */
typedef struct
{
  char         *text;         /* that `transform` was made from; NULL before the first time */
  gboolean      inverse;
  PmtTransform *transform;    /* NULL: empty, or not usable */
  char         *complaint;    /* the last one, so that it comes once */
} PmtTransformText;

/* operation: its name, for the warning about text that can't be used or inverted. text: NULL is empty. inverse: whether
 * the transform's inverse is wanted. TRUE when anything is new, FALSE when all is as it was the last time. */
gboolean pmt_transform_text_update   (PmtTransformText *t, const char *operation, const char *text, gboolean inverse);

/* Warns, unless the last complaint about this text was the same. */
void     pmt_transform_text_complain (PmtTransformText *t, const char *operation, const GError *error);

void     pmt_transform_text_clear    (PmtTransformText *t);

G_END_DECLS
