/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a pose H and its inverse, all tiles of the fixed image find where they lie in the moving one, and all tiles of the moving
 * image, laid out anew, where they lie in the fixed one: affine corrections of H and of H⁻¹ by the soft fit. A right pose
 * gets none worth speaking of from either side, or two that cancel; a chance one gets what chance says, twice. */
#include "judge/round-trip-private.h"

#include <math.h>

#include "fit/soft-fit-private.h"
#include "judge/evidence-private.h"

gboolean
_pmt_round_trip (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose,
                 const PmtVolume *volume, double *distance, GError **error)
{
  g_autoptr (GError)    problem = NULL;
  g_autoptr (PmtVolume) other = NULL;
  PmtMatrix3            there = *pose, back, from_level;
  PmtSoftFit            fit;
  double                sum = 0;

  *distance = NAN;
  if (!pmt_matrix3_invert (pose, &back) || !pmt_matrix3_invert (&volume->to_level, &from_level))
    return TRUE;
  other = _pmt_evidence_volume (context, moving, fixed, &back, &problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (other == NULL || !_pmt_soft_fit (volume, PMT_MODEL_AFFINE, NULL, &fit) || !_pmt_soft_fit_apply (&fit, volume, &there)
      || !_pmt_soft_fit (other, PMT_MODEL_AFFINE, NULL, &fit) || !_pmt_soft_fit_apply (&fit, other, &back))
    return TRUE;
  for (int t = 0; t < volume->tiles; t++)
    {
      PmtPoint p = pmt_matrix3_map (&from_level, volume->centre[t]), q = pmt_matrix3_map (&there, p);

      q = pmt_matrix3_map (&back, q);
      sum += volume->to_level.m[0][0] * hypot (q.x - p.x, q.y - p.y);
    }
  *distance = sum / volume->tiles;
  return TRUE;
}
