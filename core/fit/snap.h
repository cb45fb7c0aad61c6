/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "image/source.h"
#include "transform/transform.h"

G_BEGIN_DECLS

/* Where the partner of a point lies that a person set roughly, or that other pairs foretell: what surrounds the point is looked
 * for near there. It goes by structure, so the images may be of different kinds. */
typedef struct _PmtSnapper PmtSnapper;

/* Both images are looked at once; they are kept until the snapper is freed. PMT_ERROR_BAD_INPUT as pmt_register(). */
PmtSnapper *pmt_snapper_new  (PmtContext *context, PmtSource *fixed, PmtSource *moving, GError **error);
void        pmt_snapper_free (PmtSnapper *snapper);

typedef struct
{
  gboolean found;        /* FALSE: nothing there is sure, and `moving` is what was foretold */
  PmtPoint moving;       /* px of the moving image, at most the radius from what was foretold */
  double   confidence;   /* 0 … 1: how likely it is the right place, by what was measured on real pairs; 0 unless found */
  double   sigma;        /* px of the moving image an axis: how exact it is, if right; NAN unless found */
} PmtSnap;

/* map: fixed → moving, as far as it is known; near the point it only says how the moving image is turned, scaled and sheared.
 * radius: px of the moving image, > 0. FALSE with an error for lack of memory, failed reading, cancellation, a radius that is not
 * positive and points that are not finite; that nothing is found is no error. The same bits each time. May be called from
 * several threads. */
gboolean    pmt_snap (PmtSnapper *snapper, PmtContext *context, const PmtTransform *map, PmtPoint fixed, PmtPoint foretold,
                      double radius, PmtSnap *snap, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtSnapper, pmt_snapper_free)

G_END_DECLS
