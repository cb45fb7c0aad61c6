/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "judge/deformation.h"

G_BEGIN_DECLS

#define PMT_DEFORMATION_COLOURS 1024

struct _PmtDeformation
{
  PmtTransform         *map;          /* T, flattened */
  PmtMatrix3            back;         /* H⁻¹ */
  PmtRect               area;
  PmtSize               moving;       /* 0 × 0: not known */
  PmtDeformationOptions options;
  PmtDeformationFigures figures;
  GArray               *strokes;      /* of the lines and arrows: deformation-draw.c */
  GArray               *groups;
  double                halo;         /* px: width of the dark edge */
  float                 colour[PMT_DEFORMATION_COLOURS + 1][3];   /* from the range's lower end to its upper one */
};

double _pmt_deformation_side    (const PmtDeformation *deformation);   /* px: the area's longer one */
/* Makes what drawing needs, once figures and options are there. */
void   _pmt_deformation_prepare (PmtDeformation *deformation);

G_END_DECLS
