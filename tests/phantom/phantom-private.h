/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "phantom.h"

typedef enum
{
  PIGMENT_LEAD_WHITE,
  PIGMENT_BONE_BLACK,
  PIGMENT_YELLOW_OCHRE,
  PIGMENT_UMBER,
  PIGMENT_VERMILION,
  PIGMENT_RED_LAKE,
  PIGMENT_AZURITE,
  PIGMENT_ULTRAMARINE,
  PIGMENT_VERDIGRIS,
  PIGMENT_TIN_YELLOW,
  PIGMENT_FLESH,
  PIGMENT_EARTH_GREEN,
  N_PIGMENTS
} Pigment;

typedef enum
{
  MARK_SHAPE,     /* star-shaped closed curve: radius by angle, on half axes a, b */
  MARK_BOX,       /* rectangle of half sides a, b */
  MARK_STROKE     /* half length a, half width b, spine v = bend·(u/a)² */
} MarkKind;

/* Radii of a star-shaped curve by diamond angle (0 … 4), relative to the ellipse. */
#define OUTLINE_SIZE 256
typedef struct { float radius[OUTLINE_SIZE + 1]; } Outline;

/* One thing put on the painting. Local frame: u along, v across, from centre (x, y). */
typedef struct
{
  MarkKind       kind;
  Pigment        pigment;
  float          x, y, cosine, sine, a, b, bend;
  float          soft;            /* width of the edge, units */
  float          opacity;         /* 0 … 1 */
  float          shade;           /* > 0 towards lead white, < 0 towards bone black, -1 … 1 */
  float          shade_u, shade_v;/* added at the end of the half axes */
  float          fold, fold_frequency;   /* shade += fold·sin(frequency·v + noise) */
  float          bristle;         /* shade varies across the brush by this much */
  float          grain_x, grain_y;/* where in the noise table its texture begins */
  const Outline *outline;
  float          x0, y0, x1, y1;  /* bounds, units */
} Mark;

typedef struct
{
  GArray    *marks;      /* of Mark, painted in order */
  GPtrArray *outlines;   /* owned */
} Scene;

/* Value noise is looked up in a table of random numbers, -1 … 1. */
#define NOISE_SIZE 256
typedef struct { float value[NOISE_SIZE * NOISE_SIZE]; } NoiseTable;

struct _Phantom
{
  guint64        seed;
  PhantomOptions options;
  NoiseTable    *noise;
  PmtPlane      *cracks;                    /* 0 … 1, shared by all bands */
  PmtPlane      *bands[PHANTOM_N_BANDS];    /* coefficients, with a border of PHANTOM_BORDER */
  float          measured_share[PHANTOM_N_BANDS];
  gboolean       given;                     /* bands[0] was given and serves all */
  /* Set when the visible band is mixed, for the other three. */
  float          visible_ratio, visible_low, visible_high;
};

#define PHANTOM_BORDER 4   /* coefficients of wall round the painting */

guint64 phantom_hash (guint64 x);

Scene  *scene_new_shared  (const Phantom *phantom);
Scene  *scene_new_private (const Phantom *phantom, PhantomBand band);
void    scene_free        (Scene *scene);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Scene, scene_free)

/* Shade of the mark at local (u, v), bristles left out: what a stroke over it takes up. */
float   mark_shade    (const Mark *mark, const NoiseTable *noise, float u, float v);
/* Distance inside (> 0) or outside the mark's edge, units, and the local coordinates of (x, y). */
float   mark_distance (const Mark *mark, float x, float y, float *u, float *v);

NoiseTable *noise_table_new (guint64 seed);
float       noise_at        (const NoiseTable *noise, float x, float y);              /* -1 … 1, one lattice step a unit */
float       noise_fractal   (const NoiseTable *noise, float x, float y, int octaves); /* about -1 … 1 */

/* A scene as one band sees it: plane of the painting's size without border. */
PmtPlane *paint_scene  (PmtContext *context, const Phantom *phantom, const Scene *scene, PhantomBand band, GError **error);
/* The network of cracks, 0 … 1. */
PmtPlane *paint_cracks (PmtContext *context, const Phantom *phantom, GError **error);
/* Threads added, cracks cut: what happens to the painted surface. */
gboolean  paint_surface (PmtContext *context, const Phantom *phantom, PhantomBand band, PmtPlane *plane, GError **error);

/* The finished coefficients of a band, painted on first use. */
const PmtPlane *phantom_get_band (PmtContext *context, Phantom *phantom, PhantomBand band, GError **error);
