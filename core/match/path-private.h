/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* The transform at hand while it is being found: fixed → moving by a homography, then by a bend in moving px. */
typedef struct
{
  PmtMatrix3     pose;
  const PmtStep *bend;    /* borrowed; NULL: none, a plane */
} PmtPath;

/* NaN where there is no image. */
PmtPoint _pmt_path_map   (const PmtPath *path, PmtPoint p);
/* The homography that agrees with the path at p to first order, curvature aside; FALSE where there is no image. */
gboolean _pmt_path_local (const PmtPath *path, PmtPoint p, PmtMatrix3 *local);

G_END_DECLS
