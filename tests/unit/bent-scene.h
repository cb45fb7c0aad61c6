/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "phantom.h"
#include "register.h"

G_BEGIN_DECLS

/* A small painting that bends between its pictures, by a known amount; both cameras look straight. */

#define BENT_WIDTH  560
#define BENT_HEIGHT 440

/* How the painting lies where the moving camera looks, in px of the picture: waves everywhere; within `panel`, if there is one, a shift and
 * a turn (radians) instead, blended over `blend`; within bump_radius of `bump`, if it is not 0, a shift that waves do not tell of. */
typedef struct
{
  double   amplitude;
  PmtRect  panel;
  double   blend, turn;
  PmtPoint bump, bump_shift;
  double   bump_radius;
} Bend;

typedef struct { Bend bend; PmtSource *fixed, *moving; } BentScene;

/* The fixed picture is in visible light. */
void             bent_scene_init  (BentScene *scene, const Bend *bend, PhantomBand moving, double private_share, guint64 seed);
void             bent_scene_clear (BentScene *scene);

/* fixed → moving. */
PmtPoint         bent_truth       (const Bend *bend, PmtPoint p);
/* A one-band picture of the moving one's size. */
PmtSource       *bent_map         (const PmtRect *rect, float inside, float outside);
/* From where the pictures lie; threads: 0 for the default. */
PmtRegistration *bent_fit         (const BentScene *scene, PmtRegisterOptions *options, int threads);
/* The quantile of the distance from the truth over places whose image lies in the rectangle; NULL: all but a margin. */
double           bent_error       (const PmtTransform *transform, const Bend *bend, const PmtRect *rect, double share);
/* NULL where it is not there. */
const PmtReason *bent_reason      (const PmtRegistration *registration, const char *code);

G_END_DECLS
