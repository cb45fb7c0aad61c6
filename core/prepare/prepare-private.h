/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/pyramid-private.h"
#include "prepare/preparation.h"

G_BEGIN_DECLS

/* One filter. `in` is one level of an image in the pyramid's common unit; what comes back is a new image of the same size
 * in that unit (0 … 255), with a mask that is nowhere more valid than in's. Lengths within filters are px of the level.
 * What an invalid pixel (mask 0) holds has no influence on any valid one, and where valid pixels end there is no edge.
 * The same bits for any number of threads. */
typedef PmtGrey *(*PmtPrepareFunc) (PmtContext *context, const PmtGrey *in, GError **error);

PmtGrey *_pmt_prepare_adaptive_threshold (PmtContext *context, const PmtGrey *in, GError **error);
PmtGrey *_pmt_prepare_bilateral          (PmtContext *context, const PmtGrey *in, GError **error);
PmtGrey *_pmt_prepare_canny              (PmtContext *context, const PmtGrey *in, GError **error);
PmtGrey *_pmt_prepare_clahe              (PmtContext *context, const PmtGrey *in, GError **error);
PmtGrey *_pmt_prepare_downsample         (PmtContext *context, const PmtGrey *in, GError **error);
PmtGrey *_pmt_prepare_laplacian          (PmtContext *context, const PmtGrey *in, GError **error);
PmtGrey *_pmt_prepare_non_local_means    (PmtContext *context, const PmtGrey *in, GError **error);
PmtGrey *_pmt_prepare_sobel              (PmtContext *context, const PmtGrey *in, GError **error);

/* What the edge filters share: prepare/valid.c. */

/* Gaussian of the valid pixels alone, Σ G·mask·value / Σ G·mask; 0 beyond the kernel's reach of any. */
gboolean _pmt_valid_blur     (const PmtGrey *in, double sigma, PmtPlane *out, GError **error);

/* A new image with in's mask eroded by `radius` px, its value 0. */
PmtGrey *_pmt_prepare_eroded (const PmtGrey *in, int radius, GError **error);

/* The value of `plane` below which `share` of the valid pixels lie; 0 when there is none. */
float    _pmt_valid_quantile (const PmtPlane *plane, const PmtPlane *mask, double share, GError **error);

/* Multiplies so that the 99th percentile of the valid pixels becomes 255, clips there, and fills as below. */
gboolean _pmt_prepare_stretch (PmtGrey *grey, GError **error);

/* Invalid pixels take the mean of the valid ones. */
void     _pmt_prepare_fill    (PmtGrey *grey);

/* -- names -- */

typedef enum { PMT_BAND_ALL, PMT_BAND_NUMBER, PMT_BAND_PRINCIPAL } PmtBandChoice;

typedef struct
{
  PmtBandChoice  choice;
  int            band;      /* 0 … for PMT_BAND_NUMBER */
  gboolean       colour;    /* the number stands for a colour: three bands are needed */
  PmtPrepareFunc filter;    /* NULL: none */
} PmtPreparation;

/* Any name but "auto"; NULL is none. As pmt_preparation_check(). */
gboolean _pmt_preparation_parse (const char *name, PmtPreparation *preparation, GError **error);

/* -- bands -- */

/* A view of the source as one band Σ weights[b]·band[b] (weights for every band but alpha, copied) with its alpha. A pixel
 * with a NaN in a band that counts is NaN. Holds a reference to the source. */
PmtSource *_pmt_band_mix_new (PmtSource *source, const double *weights, GError **error);

/* The chosen band of a source; the source itself (a new reference) when all are wanted or it has only one. `valid`: NULL,
 * or where the image is valid, the whole of it at any size; for the principal component alone.
 * PMT_ERROR_BAD_INPUT when the band does not exist. */
PmtSource *_pmt_prepare_source (const PmtPreparation *preparation, PmtSource *source, const PmtPlane *valid,
                                GError **error);

/* Weights (unit length, one for each band but alpha) of the first principal component over valid pixels, a sample of some
 * 2^15 on a regular grid. The sign is such that it rises with the bands' mean. */
gboolean _pmt_principal_component (PmtSource *source, const PmtPlane *valid, double *weights, GError **error);

/* -- a pyramid of filtered levels -- */

/* The finest level filtered, and below it levels of √area 1024, 512, 256 … 64 px, each averaged from the unfiltered image
 * and filtered in its own pixels, so that what a filter does at a scale does not depend on the image's size. For finding
 * only: full resolution remains unfiltered. Shares the source with `pyramid`, which may be freed before. */
PmtPyramid *_pmt_prepare_pyramid (PmtContext *context, PmtPyramid *pyramid, PmtPrepareFunc filter, GError **error);

G_END_DECLS
