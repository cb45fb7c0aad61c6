/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/source.h"
#include "judge/confidence.h"
#include "prepare/preparation.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* The front door: derive a transform from two images and judge it. Applying it is image/resample.h. */

typedef enum
{
  PMT_MODEL_AUTO,          /* the simplest that explains held-out tiles as well as a freer one does */
  PMT_MODEL_TRANSLATION,
  PMT_MODEL_RIGID,         /* rotation, translation */
  PMT_MODEL_SIMILARITY,    /* and one scale */
  PMT_MODEL_AFFINE,
  PMT_MODEL_HOMOGRAPHY,
  PMT_MODEL_SMOOTH,        /* a homography, and a smooth bend of what it leaves: canvas, paper, tissue, lenses */
  PMT_MODEL_DEFORMABLE     /* to be asked for, never the outcome: a bend is always looked for, and kept where it proves
                            * better than none; else the outcome is that of AUTO. SMOOTH insists */
} PmtModel;

#define PMT_MODELS (PMT_MODEL_DEFORMABLE + 1)

/* Whether the outcome may be bent. */
static inline gboolean
pmt_model_may_bend (PmtModel model)
{
  return model == PMT_MODEL_AUTO || model == PMT_MODEL_SMOOTH || model == PMT_MODEL_DEFORMABLE;
}

/* How stiff a bend is: a length as a share of the √area that the images have in common. Waves of that
 * length are followed by half, longer ones more, shorter ones hardly, whatever the size of the images: 3 is practically a
 * plane, 0.1 very soft. Below 0.1 there must be points enough: all pixels of images of the same kind give them, pieces of
 * unlike ones hardly. */
#define PMT_STIFFNESS_LEAST 0.05
#define PMT_STIFFNESS_MOST  5.0

typedef enum
{
  PMT_MODALITY_AUTO,       /* find out */
  PMT_MODALITY_SAME,       /* same kind: grey values correspond up to gain and offset */
  PMT_MODALITY_DIFFERENT   /* different kinds: only structure corresponds */
} PmtModality;

typedef enum
{
  /* from the widest to the narrowest */
  PMT_SEARCH_AUTO,         /* the initial pose first, then wider: all rotations, scales 1/3 … 3, all shifts */
  PMT_SEARCH_FRONTAL,      /* the same without views from far aside, which take seconds to try */
  PMT_SEARCH_UPRIGHT,      /* the same for images that lie much alike: unless details match, turned by ±20° at most,
                            * scaled by 0.6 … 1.6; a fraction of the time */
  PMT_SEARCH_LOCAL         /* only near the initial pose: ±20°, 0.6 … 1.6×, shifts that leave an eighth of overlap */
} PmtSearch;

typedef enum
{
  PMT_MIRROR_DETECT,       /* tried where nothing else fits; said, but not done */
  PMT_MIRROR_ALLOW,        /* the moving image may turn out to have been turned over */
  PMT_MIRROR_NEVER         /* not tried */
} PmtMirror;

/* Scores of how like two pictures are, for optimisers to climb: docs/optimisers.md. */
typedef enum
{
  PMT_METRIC_AUTO,         /* ncc for pictures of the same kind, mind otherwise */
  PMT_METRIC_SSD,          /* squared differences */
  PMT_METRIC_NCC,          /* correlation: one gain and offset free */
  PMT_METRIC_LOCAL_NCC,    /* correlation squared in windows: gain, its sign and offset free everywhere */
  PMT_METRIC_NMI,          /* normalised mutual information */
  PMT_METRIC_NGF,          /* edges parallel */
  PMT_METRIC_MIND,         /* neighbourhoods alike */
  PMT_METRIC_DD            /* pixels that come nearer, against the start */
} PmtMetric;

typedef enum
{
  PMT_OPTIMISER_NONE,          /* none: pieces are matched and a model is fitted through them */
  PMT_OPTIMISER_BRUTE_FORCE,   /* all shifts on an overview, then all parameters without derivatives */
  PMT_OPTIMISER_GRADIENT,      /* steepest descent */
  PMT_OPTIMISER_LBFGS,         /* quasi-Newton with limited memory */
  PMT_OPTIMISER_EVOLUTIONARY   /* a population on an overview, then without derivatives */
} PmtOptimiser;

/* A place of the object that a person knows in both images. */
typedef struct
{
  PmtPoint fixed, moving;   /* px of each full-resolution image */
  double   sigma;           /* moving px, > 0: how far off the person may be */
} PmtLandmark;

#define PMT_LANDMARKS_MOST 1000

typedef enum { PMT_VERDICT_OK, PMT_VERDICT_UNCERTAIN, PMT_VERDICT_FAILED } PmtVerdict;

typedef struct
{
  PmtModel            model;        /* PMT_MODEL_AUTO */
  double              stiffness;    /* 0: of the bend, found by error on left-out blocks; or PMT_STIFFNESS_LEAST … MOST. Read
                                     * with models that may bend only: AUTO and DEFORMABLE decide as ever whether there is
                                     * a bend, and one that they keep is that stiff */
  PmtModality         modality;     /* PMT_MODALITY_AUTO */
  PmtSearch           search;       /* PMT_SEARCH_AUTO */
  PmtMirror           mirror;       /* PMT_MIRROR_DETECT; with search LOCAL never tried. An initial transform that
                                     * mirrors is a mirrored start whatever this says */
  PmtOptimiser        optimiser;    /* PMT_OPTIMISER_NONE. Another one climbs `metric` in place of matching pieces: from
                                       the pose that was found, with a local search from the initial one. The model AUTO
                                       is then SIMILARITY */
  PmtMetric           metric;       /* PMT_METRIC_AUTO. With an optimiser what it climbs; without one and the models SMOOTH and
                                     * DEFORMABLE, what a bend of all pixels at once makes best in place of matching pieces
                                     * (not DD, PMT_ERROR_UNSUPPORTED); else not read */
  const PmtTransform *initial;      /* NULL: each image's top-left corner on the other's */
  PmtSource          *fixed_mask;   /* NULL, or as large as fixed: 0 outside, its maximum inside what to align */
  PmtSource          *moving_mask;  /* likewise */
  /* What a person says of a bend; read with models that may bend only, and without an optimiser. It moves no
   * plane, and keeps no bend that would not be kept. */
  PmtSource          *rigid;        /* NULL, or as large as moving: 0 where it is as soft as anywhere … its maximum where it keeps its
                                     * shape: there a bend may move and turn what the plane gives and nothing else. Between,
                                     * s of the maximum is as stiff as waves of s / (2 (1 − s)) of the √area are long */
  const PmtLandmark  *landmarks;    /* n_landmarks of them, at most PMT_LANDMARKS_MOST: pmt_landmarks_check(). Never thrown out as
                                     * mistakes; one that a result lies far from is told (reason "landmarks") */
  int                 n_landmarks;
  const char         *reference;    /* NULL, or fixed's name for the provenance */
  const char         *preparation;  /* NULL for "auto", or a name: prepare/preparation.h */
} PmtRegisterOptions;

void pmt_register_options_init (PmtRegisterOptions *options);

/* TRUE for 0 (found) and PMT_STIFFNESS_LEAST … MOST; PMT_ERROR_BAD_INPUT that tells the range otherwise. */
gboolean pmt_stiffness_check (double stiffness, GError **error);

/* TRUE where all landmarks are finite, lie in their images, have a σ > 0 and no two share a place in either image;
 * PMT_ERROR_BAD_INPUT that tells which one (from 1 on) is wrong otherwise. */
gboolean pmt_landmarks_check (int n, const PmtLandmark *landmarks, PmtSize fixed, PmtSize moving, GError **error);

/* An array of PmtLandmark of two of PmtPoint that are equally long: pmt_points_from_text() in fit/points.h. */
GArray  *pmt_landmarks_from_points (const GArray *fixed, const GArray *moving, double sigma);

/* One thing that speaks for or against the result. */
typedef struct
{
  char    *code;       /* stable, for programs: "inliers", "halves", … */
  char    *text;       /* a sentence with its number, in plain English, translatable by code */
  char    *advice;     /* what to try; NULL when nothing */
  double   value, threshold;
  gboolean passed;
} PmtReason;

#define PMT_ERROR_PLACES 24

/* The error that a transform is expected to have, as a distribution over places: pmt_registration_error_at(). */
typedef struct
{
  PmtMatrix3 matrix;           /* fixed → moving */
  PmtSize    moving;
  int        size;             /* coefficients of small motions about `matrix`, 2 … 8; 0: nothing is known */
  double     covariance[64];   /* theirs, size × size */
  double     floor;            /* σ, moving px an axis, of what more pixels would not cure */
  double     spread, common;   /* of the tiles: scatter beyond their noise, and what neighbours have in common, moving px */
  gboolean   bent;             /* of a bend, of which is known, in place of the coefficients, … */
  PmtPoint   from, to;         /* … over this box of the moving image … */
  float      bend[PMT_ERROR_PLACES * PMT_ERROR_PLACES][3];   /* … the covariance at the middles of as many cells: xx, xy, yy,
                                * px²; beyond the box it goes on as at its edge */
} PmtErrorModel;

/* What came of looking for a bend of what the best plane leaves. Large pieces decide: what many small ones follow, they follow in
 * a scene of several depths too. */
typedef struct
{
  gboolean tried, taken;
  double   held_out_plane;      /* mean distance of large pieces left out of the fit from where the plane puts them, moving px; */
  double   held_out;            /* … and from where the bend does; both NAN where nothing spoke for a bend */
  double   gain;                /* of pieces' support by bending, over what bending gains with the pieces' shifts mirrored at
                                 * random, a mean over pieces; 0: nothing */
  double   log_area_deviation;  /* standard deviation of ln det ∂ of the bend over the overlap: 0.01 is areas that change by
                                 * 1 % from place to place; NAN without a bend */
  double   left_out, left_out_plane;   /* where all pixels together were asked: how like parts are that were left out of the fit, with
                                 * the bend and without, greater is liker; else NAN */
  double   equivariance;        /* how far pieces are found elsewhere, a median, moving px, when they are looked for from a pixel
                                 * aside of the bend: what is found must not depend on where the search begins. NAN without a bend
                                 * through pieces */
} PmtBendTrial;

/* What became of what a person said of the bend. */
typedef struct
{
  int    landmarks;              /* so many were given */
  double median, worst;          /* moving px, from where the result puts them; NAN without any */
  double rigid_share;            /* of the overlap, painted at more than half of the maximum; NAN without a map */
  double rigid_strain;           /* there: root mean square of the change of length, in the direction in which it is largest;
                                  * 0.001 is 1 px in 1000; NAN without a map, 0 without a bend */
} PmtTermsOutcome;

typedef struct
{
  PmtTransform *transform;      /* the best there is, also when the verdict is failed; never a silent identity */
  PmtVerdict    verdict;
  GPtrArray    *reasons;        /* of PmtReason */
  PmtModel      model;          /* chosen; never AUTO nor DEFORMABLE */
  double        stiffness;      /* of the bend: what was told, stiffer where that would fold, or what was found; NAN without one */
  PmtModality   modality;       /* found; never AUTO */
  char         *proposer;       /* which search found the pose */
  char         *method;         /* what made it exact: "pieces", or a metric and its optimiser, "ncc/l-bfgs", or "ncc/free-form" */
  char         *preparation;    /* of the images when it was found; never "auto" */
  PmtSize       fixed_size, moving_size;   /* 0 × 0 when not known */
  gboolean      mirrored;       /* the transform turns the moving image over */
  int           tiles, inliers;
  double        error_median, error_p90, error_p95;   /* radii, moving px, within which the error lies in 50, 90 and 95 of
                                                       * 100 places of the overlap; NAN when unknown */
  double        within_pixel;              /* probability that the error at a place of the overlap is at most 1 px of the
                                            * moving image; NAN when unknown */
  PmtErrorModel errors;
  double        overlap;                   /* share of the fixed image that the moving one covers */
  double        held_out[PMT_MODELS];      /* by model: mean residual of tiles left out of the fit, moving px; NAN where
                                            * it was not tried */
  PmtBendTrial  bend;
  PmtTermsOutcome terms;
  PmtConfidence *confidence;               /* where it is supported; NULL when no placement was found */
  GArray       *timings;        /* of PmtTiming, in order */
} PmtRegistration;

typedef struct { const char *stage; double seconds; } PmtTiming;

/* Images of 8 × 8 pixels or more; each is read by rectangle and area-averaged, full resolution only where it refines.
 * NULL with an error for input that can't be tried at all (too small, no valid pixel, a mask of another size, an option
 * out of its range, unreadable, cancelled); a pair that has nothing in common is a result with verdict FAILED.
 * Deterministic for the context's seed at any number of threads. */
PmtRegistration *pmt_register (PmtContext *context, PmtSource *fixed, PmtSource *moving,
                               const PmtRegisterOptions *options, GError **error);
void             pmt_registration_free (PmtRegistration *registration);

/* The report: JSON object with verdict, reasons, model, figures, timings, version, seed. */
char            *pmt_registration_to_json (const PmtRegistration *registration, PmtContext *context);
/* Reads a report back; `transform`, which it does not hold, is NULL. Members that are not known are passed over, and
 * those that are missing are NULL, NAN or 0: reports of other versions can be read. PMT_ERROR_FORMAT for what is no
 * report, or a report with a member of the wrong kind. length: of text, −1 when it ends with 0. */
PmtRegistration *pmt_registration_from_json (const char *text, gssize length, GError **error);

/* The radius, moving px, within which the error at a place of the fixed image lies with probability `share`, 0 … 0.999.
 * FALSE, *radius NAN, where it is not known: nothing was found, or only in the overview; the object does not lie in the plane that
 * was asked for; a report read back; a place that has no image. */
gboolean pmt_registration_error_at (const PmtRegistration *registration, PmtPoint fixed, double share, double *radius);

gboolean    pmt_model_from_nick    (const char *nick, PmtModel *model);
const char *pmt_model_to_nick      (PmtModel model);
gboolean    pmt_modality_from_nick (const char *nick, PmtModality *modality);   /* "auto", "same", "different" */
const char *pmt_modality_to_nick   (PmtModality modality);
gboolean    pmt_search_from_nick   (const char *nick, PmtSearch *search);       /* "auto", "frontal", "upright", "local" */
gboolean    pmt_mirror_from_nick   (const char *nick, PmtMirror *mirror);       /* "detect", "allow", "never" */
/* "auto", "ssd", "ncc", "local-ncc", "nmi", "ngf", "mind", "dd" */
gboolean    pmt_metric_from_nick    (const char *nick, PmtMetric *metric);
const char *pmt_metric_to_nick      (PmtMetric metric);
/* "none", "brute-force", "gradient", "l-bfgs", "evolutionary" */
gboolean    pmt_optimiser_from_nick (const char *nick, PmtOptimiser *optimiser);
const char *pmt_optimiser_to_nick   (PmtOptimiser optimiser);
const char *pmt_verdict_to_nick    (PmtVerdict verdict);                        /* "ok", "uncertain", "failed" */
gboolean    pmt_verdict_from_nick  (const char *nick, PmtVerdict *verdict);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtRegistration, pmt_registration_free)

G_END_DECLS
