/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/pyramid-private.h"
#include "phantom.h"

G_BEGIN_DECLS

/* Two square pictures of one painting, 16 bit, with noise of 1 %, as the pipeline reads them. */
typedef struct
{
  Phantom    *phantom;
  PmtSource  *fixed, *moving;
  PmtPyramid *fixed_pyramid, *moving_pyramid;
  PmtMatrix3  truth;              /* fixed → moving */
} PhantomPair;

typedef struct
{
  guint64     seed, noise;        /* of the painting; of the fixed picture's noise, the moving one's being the next */
  int         painting, side;     /* px, of the painting and of the pictures */
  PmtPoint    corner;             /* of the fixed picture in the painting */
  PhantomBand moving;             /* the fixed one is in visible light */
  double      private_share;      /* of structure, that each band has alone */
} PhantomPairOptions;

void phantom_pair_init  (PhantomPair *pair, const PhantomPairOptions *options, const PmtMatrix3 *truth);
void phantom_pair_clear (PhantomPair *pair);

G_END_DECLS
