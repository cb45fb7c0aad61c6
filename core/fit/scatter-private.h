/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/soft-fit-private.h"

G_BEGIN_DECLS

/* How far single tiles have their best match from where the path, moved by a fit, puts them: fit/scatter.c. */
typedef struct
{
  double belong;    /* share of tiles that see the same thing in both images; the rest peak anywhere */
  double scale;     /* of these: level px, of a Student t with PMT_SCATTER_FREEDOM degrees in the plane */
} PmtScatter;

#define PMT_SCATTER_FREEDOM 3.0

/* fit: NULL, or the motion that was fitted to the volume. FALSE when hardly any tile belongs. */
gboolean _pmt_scatter        (const PmtVolume *volume, const PmtSoftFit *fit, PmtScatter *scatter);

/* The radius that holds a share of what belongs, level px. */
double   _pmt_scatter_radius (const PmtScatter *scatter, double share);

G_END_DECLS
