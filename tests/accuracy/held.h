/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether errors are as large as they were said to be. */
#pragma once
#include <stdio.h>

#include "register.h"

G_BEGIN_DECLS

#define HELD_LEVELS 3            /* 50, 90, 95 of 100 */
#define HELD_BINS   20           /* of the stated share at which an error lies */

typedef struct
{
  int    pairs, mapped;          /* mapped: those whose error is predicted at each place */
  double over[HELD_LEVELS], over_squares[HELD_LEVELS];   /* sums over pairs: share of places within the overlap's radius */
  double at[HELD_LEVELS], at_squares[HELD_LEVELS];       /* … within the radius at the place itself */
  double bins[HELD_BINS];                                /* … whose error lies at this stated share */
  FILE  *raw;                                            /* NULL, or where every place is written to */
} Held;

extern const double held_levels[HELD_LEVELS];

/* One pair's places: where they are in the fixed image, and by how much the transform misses there, moving px. */
void   held_add            (Held *held, const char *name, const PmtErrorModel *errors, const double over[HELD_LEVELS],
                            int n, const PmtPoint *places, const double *misses);
/* Mean share and its standard error, pairs being what is independent. */
double held_share          (const double *sums, const double *squares, int level, int pairs, double *error);
/* A table, and the bins as a line that draw-reliability reads. */
void   held_print          (const Held *held, const char *title);

G_END_DECLS
