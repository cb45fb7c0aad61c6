/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "exchange/field.h"

G_BEGIN_DECLS

/* A chain as a field that is yet to be computed. */
typedef struct
{
  PmtTransform *chain;            /* flat */
  PmtFieldFrame frame;
  int           columns, rows;    /* samples */
} PmtFieldView;

/* Samples from … from + n − 1 of row j: dx, dy after each other, `step` floats from pair to pair. dy: where dy goes. */
void _pmt_field_row (const PmtFieldView *view, int from, int n, int j, float *dx, float *dy, gsize step);

struct _PmtField
{
  PmtFieldFrame frame;
  PmtSource    *source;
};

/* A format: a file with these functions and a row in field.c's table. */
typedef struct
{
  const char *const *endings;     /* ".tif", …, NULL-terminated, lower case */
  gboolean (*save) (PmtContext *context, const PmtFieldView *view, const char *path, GError **error);
  /* Fills field->source and, where the file tells (its stride is > 0 then), field->frame. stride: where it does not, ≥ 1. */
  gboolean (*open) (const char *path, int stride, PmtField *field, GError **error);
} PmtFieldFormat;

extern const PmtFieldFormat _pmt_field_tiff, _pmt_field_nifti;

/* The line in which a file tells its frame: what cannot be told from the samples. Fewer than 80 bytes, or an error. */
char    *_pmt_field_describe (const PmtFieldFrame *frame, GError **error);
/* TRUE and the frame when the text is such a line. */
gboolean _pmt_field_recognise (const char *text, PmtFieldFrame *frame);

G_END_DECLS
