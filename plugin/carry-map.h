/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <libgimp/gimp.h>

#include "transform/transform.h"

G_BEGIN_DECLS

/* The way from one layer's geometry to another's. A layer has two: as it is seen, through its alignment, and that of its original
 * pixels, which is where it would be seen without one. */
typedef enum { PMT_GEOMETRY_SEEN, PMT_GEOMETRY_ORIGINAL } PmtGeometry;

/* What tells which places of two layers belong together. */
typedef enum
{
  PMT_RELATION_AUTO,
  PMT_RELATION_PIXELS,     /* they hold the same picture: pixel by pixel */
  PMT_RELATION_CANVAS      /* they, or layers of an image that hold their pictures, are aligned to each other: place by place */
} PmtRelation;

typedef struct
{
  GimpLayer   *layer;
  PmtGeometry  geometry;
} PmtCarryEnd;

typedef struct
{
  PmtTransform *forward, *backward;      /* canvas of the one layer's image → canvas of the other's; and back */
  char         *route;                   /* by which layers, translated, for a person */
} PmtCarryMap;

/* Nick ("seen", "original"; "auto", "pixels", "canvas") to value; FALSE for any other word. */
gboolean     pmt_geometry_from_nick (const char *nick, PmtGeometry *geometry);
gboolean     pmt_relation_from_nick (const char *nick, PmtRelation *relation);

/* `through`: the image in which both pictures are aligned to each other, for the relation by canvas; NULL: looked for. AUTO: layers of
 * equal pixels belong together by these; else by an image that holds both; else by their sizes, where these are equal. An error where
 * nothing relates them, or where they are the same geometry. */
PmtCarryMap *pmt_carry_map_new      (const PmtCarryEnd *from, const PmtCarryEnd *to, PmtRelation relation, GimpImage *through,
                                     GError **error);
void         pmt_carry_map_free     (PmtCarryMap *map);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtCarryMap, pmt_carry_map_free)

G_END_DECLS
