/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "register.h"

G_BEGIN_DECLS

/* Many images of one thing, laid on one of them. Pairs are registered, as many as tell something new; all poses are then
 * solved for together, so that whichever way round the images are compared the same comes out. Images and pairs that
 * contradict the rest are left out and named, and bend nothing. */

typedef enum
{
  PMT_GROUP_SET,        /* in no order: filter-wheel bands, lightings */
  PMT_GROUP_SEQUENCE,   /* neighbours in the list are most alike: focus brackets, time series, video */
  PMT_GROUP_OVERVIEW,   /* image 0 shows all that the others, its tiles, show parts of, 1 … 30 times as finely: each is found on it
                         * on its own; where tiles overlap, that refines. The reference is image 0 */
  PMT_GROUP_TILES       /* images that overlap at their edges */
} PmtGroupOrder;

/* Opens image `index`; called from several threads, once for every pair that the image is in, so that no more
 * images are open than are looked at. */
typedef PmtSource *(*PmtGroupOpen) (int index, gpointer data, GError **error);

/* A pair to register, and from where: nowhere (NONE), only near `initial`, or everywhere with its scale. */
typedef enum { PMT_START_NONE, PMT_START_LOCAL, PMT_START_SCALE } PmtStart;

typedef struct
{
  int        a, b;                 /* fixed, moving */
  PmtStart   start;
  PmtMatrix3 initial;              /* a → b */
} PmtPairTodo;

/* Where registrations are kept from one run to the next, or come from when other processes make them. */
typedef struct
{
  /* Before each round of registrations, with its number from 0 on and all PmtPairTodo of it: FALSE with an error ends the job. NULL:
   * goes on. */
  gboolean         (*begin)  (int round, const GArray *pairs, gpointer data, GError **error);
  /* What was kept of a pair; NULL: nothing, it is registered. From several threads. */
  PmtRegistration *(*recall) (const PmtPairTodo *pair, gpointer data);
  /* Keeps one. From several threads. */
  gboolean         (*keep)   (const PmtPairTodo *pair, const PmtRegistration *registration, gpointer data, GError **error);
  gpointer           data;
} PmtPairStore;

#define PMT_TILE_ROUNDS 4            /* of OVERVIEW and TILES, whatever comes of them */

typedef struct
{
  PmtRegisterOptions pair;         /* for every pair; initial, masks, rigid and landmarks must be NULL. `search` is UPRIGHT
                                    * and `mirror` NEVER unless set otherwise after pmt_group_options_init() */
  PmtGroupOrder      order;        /* PMT_GROUP_SET */
  int                reference;    /* −1: the image from which all others are known best */
  int                most_pairs;   /* 0: two for each image. At least as many as tie all images together are tried */
  gboolean           mean;         /* FALSE; TRUE: at last every image is registered to the mean of the others as they lie,
                                    * where noise hides in one image what the mean of many shows */
  const PmtPoint    *position;     /* NULL, or about where each image's centre lies: a hint. OVERVIEW: in pixels of image 0; TILES: in
                                    * pixels of any common frame that is turned as the images are. NAN: not known; else not read */
  double             scale;        /* OVERVIEW: pixels of a tile for one of image 0; 0: as the files' resolutions say, or found */
  const char *const *names;        /* NULL, or n names for messages and provenance */
  const PmtTransform *const *pose; /* NULL, or n (NULL where not known), from any common frame to each image as it is thought to lie: pairs
                                    * are tried from there first. Not read with OVERVIEW and TILES */
  PmtGroupOpen       fixed_mask;   /* NULL, or opens what to look at of an image where it is the fixed one of a pair, as
                                    * `fixed_mask` of a registration; NULL without an error: all of it. Not read for `mean` */
  const PmtPairStore *store;       /* NULL, or what keeps registrations. With all of them recalled the outcome is the same, bit
                                    * for bit */
} PmtGroupOptions;

/* One registration between two of the images. */
typedef struct
{
  int              fixed, moving;
  PmtRegistration *registration;
  gboolean         used;           /* FALSE: failed, or contradicted by the others */
  double           misfit;         /* median distance of its map from the solved poses', px of `moving`; NAN where either is
                                    * not placed */
} PmtGroupPair;

typedef struct
{
  PmtTransform *transform;         /* reference → this image; NULL: left out */
  char         *reason;            /* why it was left out; NULL */
  int           parent;            /* the image that it hangs on in the tree of least error; −1: none */
  int           pairs;             /* that were used */
  gboolean      chained;           /* composed of the pairs' own maps along the tree, since one of them is bent: bends are not
                                    * solved together */
  gboolean      from_mean;         /* made exact against the mean of the others */
  double        error_median, error_p95;   /* predicted, px of this image; NAN when not known, 0 for the reference */
} PmtGroupImage;

#define PMT_GROUP_LOOP_MOST 12     /* images in a loop */

/* A way round through pairs that were used, back to where it began. */
typedef struct
{
  int    length, image[PMT_GROUP_LOOP_MOST];
  double median, p95;              /* how far from where they began places end, px of the first image */
} PmtGroupLoop;

typedef struct
{
  int            n;
  PmtGroupImage *images;
  GArray        *pairs;            /* of PmtGroupPair, as they were registered */
  GArray        *loops;            /* of PmtGroupLoop */
  int            reference;
  int            placed;           /* images, the reference among them */
  PmtModel       model;            /* of the poses: the freest of the pairs' */
  double         closure_median, closure_p95;   /* over all loops, px; OVERVIEW: those of tiles alone; NAN without loops */
  double         misfit_median, misfit_p95;     /* of the pairs' maps from the solved poses, px; OVERVIEW: of neighbouring tiles … */
  double         anchor_median, anchor_p95;     /* … and of tiles and overview, px of a tile; else NAN */
  PmtVerdict     verdict;
  GPtrArray     *reasons;          /* of PmtReason */
  double         seconds_pairs, seconds_solve;
} PmtGroup;

void      pmt_group_options_init (PmtGroupOptions *options);

/* Registers 2 … 10000 images. NULL with an error only for input that can't be tried (options out of range, unreadable, too
 * small, cancelled); images that fit nowhere are left out, and a group in which nothing fits has the verdict FAILED.
 * Pairs run side by side where memory allows. Deterministic for the context's seed at any number of threads. */
PmtGroup *pmt_group_register     (PmtContext *context, int n, PmtGroupOpen open, gpointer data,
                                  const PmtGroupOptions *options, GError **error);
void      pmt_group_free         (PmtGroup *group);
/* One pair, as the group registers it: nothing is recalled nor kept. */
PmtRegistration *pmt_group_register_pair (PmtContext *context, PmtGroupOpen open, gpointer data, const PmtGroupOptions *options,
                                          const PmtPairTodo *pair, GError **error);
/* All that a group reads of a pair's registration, as JSON, and back: numbers come back to the bit (but for the sign of zero).
 * PMT_ERROR_FORMAT for anything else. length: of text, −1 when it ends with 0. */
char            *pmt_group_pair_to_json   (const PmtRegistration *registration, PmtContext *context);
PmtRegistration *pmt_group_pair_from_json (const char *text, gssize length, GError **error);

/* What came of one image, in the terms of a registration to the reference: its transform (an empty chain where it was left
 * out) and a verdict of its own. OK: placed within what counts as aligned, and on the way to the reference every pair is certain or in a
 * way round that closes; FAILED: left out. */
PmtRegistration *pmt_group_image_registration (const PmtGroup *group, int index);

/* A JSON object: verdict, reasons, images, pairs, loops and figures. names: NULL or n of them. */
char     *pmt_group_to_json      (const PmtGroup *group, const char *const *names, PmtContext *context);

/* -- what the images have in common -- */

/* The largest rectangle of the reference's pixels that all of n frames cover, each seen through its transform (reference →
 * image, the image's size being stated in it). FALSE, *rect empty, where there is none. The corners of every pixel of
 * it lie within all images; alpha and masks are not looked at. */
gboolean  pmt_group_common_rect  (int n, const PmtTransform *const *transforms, PmtRect *rect);
/* Whether the corners of pixel (x, y) of the reference lie in all of them. */
gboolean  pmt_group_covers       (int n, const PmtTransform *const *transforms, int x, int y);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtGroup, pmt_group_free)

G_END_DECLS
