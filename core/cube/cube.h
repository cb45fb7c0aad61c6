/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "base/geometry.h"
#include "base/plane.h"
#include "image/resample.h"

G_BEGIN_DECLS

/* A cube: many bands of one frame, in the type of their own values. Read by rectangle; from any thread. */
typedef struct _PmtCube PmtCube;

typedef enum
{
  PMT_CUBE_UINT8, PMT_CUBE_INT8, PMT_CUBE_UINT16, PMT_CUBE_INT16, PMT_CUBE_UINT32, PMT_CUBE_INT32, PMT_CUBE_UINT64,
  PMT_CUBE_INT64, PMT_CUBE_FLOAT, PMT_CUBE_DOUBLE
} PmtCubeType;

/* How values follow each other in a file. */
typedef enum
{
  PMT_LAYOUT_AUTO,   /* as the cube's */
  PMT_LAYOUT_BSQ,    /* band after band; TIFF: pages */
  PMT_LAYOUT_BIL,    /* row after row, in each band after band; not for TIFF */
  PMT_LAYOUT_BIP     /* pixel after pixel, in each band after band; TIFF: one page of many bands */
} PmtCubeLayout;

/* "auto", "bsq" or "pages", "bil", "bip" or "bands" */
gboolean       pmt_cube_layout_from_nick (const char *nick, PmtCubeLayout *layout);

/* Opens ENVI (either file of the pair), a TIFF of many pages or bands, any other image that libvips reads, or a folder of
 * images of one size and one band each, in the order of their names (numbers by value). Errors name the file, and the field or
 * page. PMT_ERROR_IO, PMT_ERROR_FORMAT (a malformed header), PMT_ERROR_BAD_INPUT (parts that don't fit each other),
 * PMT_ERROR_UNSUPPORTED (complex numbers, compressed ENVI). */
PmtCube       *pmt_cube_open       (const char *path, GError **error);
PmtCube       *pmt_cube_ref        (PmtCube *cube);
void           pmt_cube_unref      (PmtCube *cube);

/* Whether the path is that of an ENVI header, of raw data beside one, or of a folder. */
gboolean       pmt_cube_is_envi    (const char *path);

const char    *pmt_cube_get_path   (const PmtCube *cube);
PmtSize        pmt_cube_get_size   (const PmtCube *cube);
int            pmt_cube_get_bands  (const PmtCube *cube);
PmtCubeType    pmt_cube_get_type   (const PmtCube *cube);
PmtCubeLayout  pmt_cube_get_layout (const PmtCube *cube);      /* never AUTO */
/* What the header says of it, as written there (a list with its braces); NULL where it says nothing. Keys in lower case. */
const char    *pmt_cube_get_field  (const PmtCube *cube, const char *key);
/* The value that stands for no data. FALSE where none is stated. NaN and infinite values always are no data. */
gboolean       pmt_cube_get_ignore (const PmtCube *cube, double *value);
/* The names of the files that it is read from, NULL-terminated; owned by the cube. */
char *const   *pmt_cube_get_files  (const PmtCube *cube);

/* One picture of a cube, to register by; NaN where there is no data. `words`:
 *   mean              of all bands
 *   band:N            the N-th, from 1 on            bands:A-B              the mean of these
 *   wavelength:W      the band nearest to it         wavelengths:A-B        the mean of those within, in the header's unit
 *   pca, pca:K        the first or K-th principal component (K ≤ 8), from up to 16,384 pixels of a grid
 *   FILE              an image of the same frame (an element map), its first band, or all of an ENVI file's mean
 * Deterministic at any number of threads. PMT_ERROR_BAD_INPUT tells what of the words is wrong. Memory: 4 bytes a pixel and some
 * tens of MB. */
PmtPlane      *pmt_cube_proxy      (PmtContext *context, PmtCube *cube, const char *words, GError **error);

typedef struct
{
  PmtRect       canvas;       /* what to render, in the fixed image's pixels */
  PmtSampler    sampler;      /* PMT_SAMPLER_LINEAR: stays within the range of values */
  PmtCubeLayout layout;       /* PMT_LAYOUT_AUTO */
  double        background;   /* NAN: pixels that show nothing are no data: the cube's own value for that, else NaN in floats and 0
                               * in integers. Another one is written as the output's value for no data */
  PmtCube      *frame;        /* NULL, or a cube of the canvas's frame, whose map info the output takes */
  gboolean      resume;       /* FALSE. TRUE: what an interrupted run of the same options left is gone on with, and an interrupted
                               * run leaves it */
  double        interval;     /* 2: seconds between notes of what is done, ≥ 0, with `resume` */
} PmtCubeWarpOptions;

typedef struct
{
  gboolean resumed;           /* gone on with what was there */
  double   kept;              /* 0 … 1 of it */
  gboolean dropped_map;       /* map info was left out, as it is not true any more */
} PmtCubeWarpOutcome;

void           pmt_cube_warp_options_init (PmtCubeWarpOptions *options);

/* Every band of the cube seen through the transform (output pixel p takes the value at transform(p)) to a file: ENVI (".hdr", or
 * any ending but .tif, with a header beside it), TIFF (".tif"; uncompressed), or a folder ("x/"; a TIFF a band). Values keep their type:
 * integers are rounded and clipped, 32- and 64-bit ones and doubles go through doubles; nearest, and a shift by whole pixels, copy.
 * Each band has its own holes: kernels are those of pmt_resample(), renormalised over pixels with data; with less than a quarter
 * on data there is none. A sum that happens to be the value for no data becomes the one next to it.
 *
 * Coordinates are computed once for all bands. Memory: some 400 MB at most, whatever the size. The output appears complete or not at
 * all; of the ENVI pair the header comes last. outcome may be NULL. */
gboolean       pmt_cube_warp       (PmtContext *context, PmtCube *cube, const PmtTransform *transform,
                                    const PmtCubeWarpOptions *options, const char *path, PmtCubeWarpOutcome *outcome, GError **error);
/* FALSE with an error where the path can't hold such a cube; for asking before a long computation. */
gboolean       pmt_cube_can_save   (const PmtCube *cube, const PmtCubeWarpOptions *options, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtCube, pmt_cube_unref)

G_END_DECLS
