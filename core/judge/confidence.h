/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <glib.h>

G_BEGIN_DECLS

/* Where a transform is supported by what the images show, where it only follows from elsewhere, and how exact it is there:
 * a grid of cells over the fixed image, about 20 along its longer side. */
typedef enum
{
  PMT_CONFIDENCE_OUTSIDE,        /* the moving image does not reach the cell's centre */
  PMT_CONFIDENCE_SUPPORTED,      /* the parts around agree with the transform */
  PMT_CONFIDENCE_INTERPOLATED,   /* little to go by here, but supported cells lie on all sides */
  PMT_CONFIDENCE_EXTRAPOLATED,   /* little to go by here, and supported cells lie on one side only */
  PMT_CONFIDENCE_CONTRADICTED    /* the parts around agree with one another on another place */
} PmtConfidenceKind;

#define PMT_CONFIDENCE_KINDS (PMT_CONFIDENCE_CONTRADICTED + 1)

typedef struct
{
  PmtConfidenceKind kind;
  float             support;   /* 0 … 1: share of the evidence around that lies at the transform; 0 where there is none */
  float             error;     /* predicted, moving px, holds 95 times of 100; NAN when not known */
} PmtConfidenceCell;

typedef struct
{
  int               columns, rows;   /* 1 … 64 each */
  PmtConfidenceCell cell[];          /* row-major; cell (c, r) covers the c-th of `columns` equal parts of the width */
} PmtConfidence;

/* All cells OUTSIDE; for reading it back. NULL for a size out of range. Free with g_free(). */
PmtConfidence *pmt_confidence_new  (int columns, int rows);
PmtConfidence *pmt_confidence_copy (const PmtConfidence *confidence);

/* One character a kind, as in reports: . + o - x. */
char           pmt_confidence_kind_to_letter   (PmtConfidenceKind kind);
gboolean       pmt_confidence_kind_from_letter (char letter, PmtConfidenceKind *kind);
/* The colour that pictures of it have, 8-bit sRGB: bluish green for supported, vermilion for extrapolated … */
void           pmt_confidence_kind_colour      (PmtConfidenceKind kind, guint8 rgb[3]);

/* The cell that holds a place of an image of width × height px. */
const PmtConfidenceCell *pmt_confidence_at (const PmtConfidence *confidence, int width, int height, double x, double y);

G_END_DECLS
