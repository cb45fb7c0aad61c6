/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "image/source.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* Dense fields of displacements in files: what other programs read and write of a transform, docs/fields.md. Sample
 * (i, j) is the displacement, in pixels, fixed → moving, at ((i + ½)·stride, (j + ½)·stride) of the fixed frame, of
 * which it stands for stride × stride pixels (less at the right and lower edge). The ending of a file's name chooses
 * the format: .tif and .tiff (two bands of floats), .nii (NIfTI-1). */

#define PMT_FIELD_MAX_STRIDE 4096

typedef struct
{
  PmtSize fixed, moving;   /* moving 0 × 0: not known */
  int     stride;          /* 1 … PMT_FIELD_MAX_STRIDE, fixed px */
} PmtFieldFrame;

/* FALSE with PMT_ERROR_UNSUPPORTED where the ending names no format. For asking before a long computation. */
gboolean pmt_field_knows (const char *path, GError **error);

/* Writes the whole chain as a field on frame->fixed, atomically; the moving size is the chain's. Streamed: memory is
 * tiles or a strip. NaN where the chain has no image. PMT_ERROR_BAD_INPUT for a frame that is unknown, empty or out
 * of range, PMT_ERROR_UNSUPPORTED for what the format cannot hold, PMT_ERROR_IO. */
gboolean pmt_field_save  (PmtContext *context, const PmtTransform *transform, PmtSize fixed, int stride, const char *path,
                          GError **error);

/* A field in a file, read by rectangle. */
typedef struct _PmtField PmtField;

/* stride: of a file that does not state it; 0 for 1. PMT_ERROR_IO, PMT_ERROR_FORMAT, PMT_ERROR_UNSUPPORTED,
 * PMT_ERROR_BAD_INPUT with the path; a file that turns out truncated may be an error only when its samples are read. */
PmtField            *pmt_field_open       (const char *path, int stride, GError **error);
void                 pmt_field_free       (PmtField *field);
const PmtFieldFrame *pmt_field_get_frame  (const PmtField *field);
/* Two bands, the displacement in px; owned by the field. */
PmtSource           *pmt_field_get_source (const PmtField *field);

typedef struct
{
  double   worst, rms;   /* what the transform misses the field's samples by, moving px */
  int      spacing;      /* of the dense step's grid, fixed px; 0: none was needed */
  double   quantum;      /* of the dense step, px; 0 likewise */
  gboolean met;          /* worst is within the tolerance */
} PmtFieldFit;

/* The field as a chain: a dense step and the affine map that is nearest to the field, or that alone. The grid is the
 * coarsest, of spacings 64, 32, … 1 times the stride, that misses no sample by more than `tolerance` px (1e-4 …
 * 100), or the finest that a dense step may have; what is missed then, *fit tells. Between samples it is smooth,
 * beyond them it goes on. The samples are read once for each grid that is tried. PMT_ERROR_BAD_INPUT where a sample
 * is not finite or more than 1e9 px, fewer than 2 × 2 samples, and where the field folds or collapses;
 * PMT_ERROR_MEMORY, PMT_ERROR_CANCELLED, PMT_ERROR_IO. */
PmtTransform        *pmt_field_to_transform (PmtContext *context, const PmtField *field, double tolerance, PmtFieldFit *fit,
                                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtField, pmt_field_free)

G_END_DECLS
