/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "match/path-private.h"

#include <math.h>

PmtPoint
_pmt_path_map (const PmtPath *path, PmtPoint p)
{
  PmtPoint q = pmt_matrix3_map (&path->pose, p);

  if (path->bend != NULL)
    path->bend->klass->map (path->bend, 1, &q, &q);
  return q;
}

gboolean
_pmt_path_local (const PmtPath *path, PmtPoint p, PmtMatrix3 *local)
{
  PmtPoint   q = pmt_matrix3_map (&path->pose, p), to;
  double     j[2][2];
  PmtMatrix3 tangent;

  *local = path->pose;
  if (isnan (q.x) || isnan (q.y))
    return FALSE;
  if (path->bend == NULL)
    return TRUE;
  if (!path->bend->klass->jacobian (path->bend, q, j))
    return FALSE;
  path->bend->klass->map (path->bend, 1, &q, &to);
  tangent = (PmtMatrix3) { { { j[0][0], j[0][1], to.x - j[0][0] * q.x - j[0][1] * q.y },
                             { j[1][0], j[1][1], to.y - j[1][0] * q.x - j[1][1] * q.y },
                             { 0, 0, 1 } } };
  *local = pmt_matrix3_then (&path->pose, &tangent);
  return TRUE;
}
