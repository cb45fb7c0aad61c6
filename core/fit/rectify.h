/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform.h"

G_BEGIN_DECLS

/* A photograph of something flat made true to scale, from lengths that were measured on the thing itself: the sides and
 * diagonals of a panel, a square of a target. */

/* Of four corners in their order around, lengths in any one unit; NAN: not measured. */
typedef struct
{
  double side[4];       /* 1–2, 2–3, 3–4, 4–1 */
  double diagonal[2];   /* 1–3, 2–4 */
} PmtMeasures;

typedef struct
{
  PmtTransform *transform;    /* plan → photograph; the plan is the fixed image, corner 1 at its upper left */
  PmtPoint      plan[4];      /* the corners in it, px */
  double        resolution;   /* px of the plan for a unit of length */
  double        misfit;       /* root mean square of what the measured lengths differ by from the plan's, in their unit; 0 where no more
                               * were measured than fix it */
} PmtRectification;

/* corner: in the photograph, px; in the order of the measures, clockwise from the upper left as the plan is to show
 * them. Two sides next to each other, and nothing else, make a rectangle; else at least five of the six lengths are needed, of six the
 * plan is fitted to all by least squares (Gauss–Newton). resolution: px for a unit of length; 0: as many as keep the area in
 * pixels. photograph: its size, 0 × 0 where it is not known. PMT_ERROR_BAD_INPUT for lengths that are not
 * positive, too few of them or such that no four corners have, and corners that lie in a line, cross over or turn in. */
PmtRectification *pmt_rectify            (const PmtPoint corner[4], const PmtMeasures *measures, double resolution,
                                          PmtSize photograph, GError **error);
void              pmt_rectification_free (PmtRectification *rectification);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtRectification, pmt_rectification_free)

G_END_DECLS
