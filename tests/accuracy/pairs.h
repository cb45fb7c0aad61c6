/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pairs of pictures whose true transform is known, by suite and seed. */
#pragma once
#include "phantom.h"

G_BEGIN_DECLS

typedef enum
{
  POSE_HOMOGRAPHY,   /* rotation ±10°, scale 0.9 … 1.1, perspective ±10 % across, shift ±5 % of the side */
  POSE_OBLIQUE,      /* the moving camera looks from 45 … 65° aside, turned by ±15°; perspective ±10 % across */
  POSE_SIMILARITY    /* rotation ±180°, scale 0.4 … 2.5, shift ±8 % */
} PoseKind;

typedef struct
{
  const char  *name, *title;
  PhantomKind  kind;
  PhantomBand  fixed, moving;
  double       private_share;
  PoseKind     pose;
  int          side;           /* of the fixed picture; the moving one shows as large a piece of the painting */
  double       coarseness;     /* the moving picture's pixel is this much larger again */
  double       noise;          /* σ, share of full scale */
  double       electrons;      /* counts in the moving picture; 0 for no Poisson noise */
  gboolean     unrelated;      /* two different paintings or photographs: nothing to find */
  double       goal_right;     /* share that must be right; 0: measured, not asserted */
  double       goal_median;    /* px; 0: not asserted */
  int          test_count;     /* pairs in the everyday test */
} Suite;

extern const Suite suites[];
extern const int   n_suites;

typedef struct
{
  PmtSource  *fixed, *moving;
  PmtMatrix3  truth;           /* fixed → moving pixels; of no meaning when unrelated */
  double      scale;           /* moving pixels to a fixed one */
  char       *what;            /* for people */
} Pair;

/* The pair is a function of suite and seed alone. Paintings are kept between calls (a painting serves PAINTING_PAIRS
 * seeds in a row), so ascending seeds are fast. `photographs`: paths for unrelated pairs, may be empty. */
#define PAINTING_PAIRS 5

typedef struct _PairMaker PairMaker;
PairMaker *pair_maker_new  (void);
void       pair_maker_free (PairMaker *maker);
/* Drops the painting it keeps: for a suite that changed under the same address. */
void       pair_maker_forget (PairMaker *maker);
Pair      *pair_maker_make (PairMaker *maker, PmtContext *context, const Suite *suite, int seed, GError **error);
void       pair_free       (Pair *pair);

/* Mean distance between transform(p) and truth(p) over a 15 × 15 grid of the fixed picture's points that the moving one
 * shows, in pixels of the coarser picture. HUGE_VAL where a point has no image, NAN when the pictures share nothing. */
typedef void (*PairMapFunc) (gpointer data, int n, const PmtPoint *in, PmtPoint *out);
double     pair_error      (const Pair *pair, PairMapFunc map, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PairMaker, pair_maker_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)

G_END_DECLS
