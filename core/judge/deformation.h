/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform.h"

G_BEGIN_DECLS

/* What a transform does to the image beyond laying a plane on a plane: how canvas sagged and paper swelled.
 *
 * With T the transform (fixed → moving) and H the plane's share of it, a homography, R = H⁻¹ ∘ T maps the fixed frame to
 * itself: what the fixed image shows at p lies at R(p) in the moving image once that is laid on the fixed one by H
 * alone. All that is said here is about R: lengths are pixels of the fixed image, and the camera's scale, turn and
 * perspective are no part of it. Where T is homographies only, R is the identity; otherwise H is the homography that is
 * nearest to T by least squares in pixels of the moving image, over places spread evenly over what both images show. */
typedef enum
{
  PMT_DEFORMATION_GRID,       /* a square grid of the fixed image as R bends it */
  PMT_DEFORMATION_ARROWS,     /* from p towards R(p), on a square grid; a dot at p */
  PMT_DEFORMATION_JACOBIAN,   /* colours of det ∂R: red where R stretches, blue where it shrinks, light grey at 1 */
  PMT_DEFORMATION_STRAIN      /* colours of the strain: pale yellow at 0, by red to dark violet */
} PmtDeformationMode;

typedef struct
{
  PmtDeformationMode mode;    /* PMT_DEFORMATION_GRID */
  gboolean whole;             /* FALSE; TRUE: H is the identity, so that R is all of T */
  double   spacing;           /* 0.01 … 0.5 of the area's longer side: of the grid; 0.04 */
  double   exaggeration;      /* 0 … 10000: displacements are drawn this many times as long; 0, the default: so that the
                                 largest is as long as the spacing, but as it is where none is above 0.002 px */
  double   range;             /* 0 … 10: |ln det ∂R| or strain at which colours end; 0, the default: the largest there
                                 is, at least 0.001, rounded up to 1, 2 or 5 times a power of ten */
  double   opacity;           /* 0 … 1: of what is drawn; 0.8 */
} PmtDeformationOptions;

typedef struct
{
  PmtPoint displacement;      /* R(p) − p, px of the fixed image */
  double   area;              /* det ∂R > 0: how many times as large things are in the moving image as the plane says */
  double   strain;            /* largest |ln σ| of the singular values of ∂R, ≥ 0: 0.01 is a length off by 1 % */
} PmtDeformationPlace;

/* Over a square grid of places, 129 along the longer side; those that pmt_deformation_at() refuses are not counted. */
typedef struct
{
  double     largest, p95;          /* length of the displacement, px of the fixed image */
  PmtPoint   where;                 /* of the largest */
  double     area_least, area_most;
  double     strain;                /* the largest */
  double     covered;               /* 0 … 1 of the places are counted */
  double     exaggeration, range;   /* as drawn: never 0 */
  PmtMatrix3 plane;                 /* H */
} PmtDeformationFigures;

/* Immutable after making: everything but making and freeing is re-entrant. */
typedef struct _PmtDeformation PmtDeformation;

void        pmt_deformation_options_init   (PmtDeformationOptions *options);
/* PMT_ERROR_BAD_INPUT for what is out of range or not finite. */
gboolean    pmt_deformation_options_check  (const PmtDeformationOptions *options, GError **error);
/* "grid", "arrows", "jacobian", "strain"; FALSE for any other word. */
gboolean    pmt_deformation_mode_from_nick (const char *nick, PmtDeformationMode *mode);
const char *pmt_deformation_mode_to_nick   (PmtDeformationMode mode);

/* area: what is looked at, in pixels of the fixed image; NULL for all of it, whose size the transform must then tell.
 * options: NULL for the defaults. Some 20,000 evaluations of the transform, some 20 MiB at the smallest spacing.
 * PMT_ERROR_BAD_INPUT for options out of range or not finite, an area that is empty, unknown or more than
 * PMT_BOUNDS_MAX_SIDE a side, and where too little of it has an image to fit a plane to. */
PmtDeformation *pmt_deformation_new  (const PmtTransform *transform, const PmtRect *area,
                                      const PmtDeformationOptions *options, GError **error);
void            pmt_deformation_free (PmtDeformation *deformation);

const PmtDeformationFigures *pmt_deformation_get_figures (const PmtDeformation *deformation);

/* At p, continuous coordinates of the fixed image. FALSE, *place untouched, where nothing can be said: outside of the area, no
 * image under T or H⁻¹ (a horizon), an image beyond the moving image's edge (where its size is known), and where R
 * folds or turns over (det ∂R ≤ 0). */
gboolean        pmt_deformation_at   (const PmtDeformation *deformation, PmtPoint p, PmtDeformationPlace *place);

/* Pixels of `rect`, in pixels of the fixed image: RGBA float, straight alpha, sRGB as it is displayed (encoded, not linear),
 * 0 … 1; row y of the rectangle at rgba + y·stride, stride in floats. Any rectangle gives the same bits as the whole.
 * What pmt_deformation_at() refuses is transparent (0, 0, 0, 0): whole pixels in the colour modes, by their centres; lines
 * and arrows end at the edge of it. They are as wide as a share of the area's longer side (0.16 %, at least 1 px; with a
 * dark edge of 0.1 %, at least 0.75 px, on either side), so a picture looks the same at every resolution. Left out are
 * displacements that would be drawn longer than the longer side, and pieces of lines drawn more than 40 times as long as
 * they are. */
void            pmt_deformation_draw (const PmtDeformation *deformation, const PmtRect *rect, float *rgba, gsize stride);

/* n pixels of what was drawn over those of an image, all RGBA float with straight alpha in one encoding; out may be either.
 * The image is unchanged to the bit where nothing was drawn; elsewhere NaN in it counts as alpha 0, and under colours it
 * turns grey, so that red paint is not taken for growth. */
void            pmt_deformation_lay  (const PmtDeformation *deformation, gsize n, const float *overlay, const float *image,
                                      float *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtDeformation, pmt_deformation_free)

G_END_DECLS
