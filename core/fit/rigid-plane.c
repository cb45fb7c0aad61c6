/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plane that a bend follows is the best one through everything, and so it has some of the bend's own stretch and shear in it. What
 * keeps its shape keeps none of these: over such a plane it would have the wrong shape all over. So the plane is taken anew from the
 * points of what is rigid; of several parts, which may have moved against each other, from the one with the most points. All
 * else bends about that plane as it did about the other. */
#include "fit/rigid-plane-private.h"

#include <math.h>

#include "match/pose-private.h"

#define FEWEST 24       /* points, of which a plane can be chosen by leaving some out */
#define FAR    0.04     /* of the fixed image's diagonal in moving px: a small part must not tell how the rest is tilted */

static int
part_of (const PmtRigidMap *map, const GArray *points, guint i)
{
  return _pmt_rigid_map_part (map, g_array_index (points, PmtControlPoint, i).moving);
}

static GArray *
points_of_largest (const PmtRigidMap *map, const GArray *points)
{
  int              parts = _pmt_rigid_map_parts (map), largest = 0;
  g_autofree int  *count = g_new0 (int, parts + 1);
  GArray          *of_largest = g_array_new (FALSE, FALSE, sizeof (PmtControlPoint));

  for (guint i = 0; i < points->len; i++)
    count[part_of (map, points, i)]++;
  for (int k = 1; k <= parts; k++)
    if (largest == 0 || count[k] > count[largest])
      largest = k;
  for (guint i = 0; largest > 0 && i < points->len; i++)
    if (part_of (map, points, i) == largest)
      g_array_append_val (of_largest, g_array_index (points, PmtControlPoint, i));
  return of_largest;
}

void
_pmt_rigid_plane (const PmtRigidMap *map, const GArray *points, PmtModel freest, PmtSize fixed, PmtSize moving, PmtMatrix3 *plane)
{
  g_autoptr (GArray) inside = points_of_largest (map, points);
  PmtPoint           centre = { 0.5 * fixed.width, 0.5 * fixed.height };
  double             far = FAR * hypot (fixed.width, fixed.height) * _pmt_pose_scale (plane, centre);

  if (inside->len < FEWEST)
    return;
  for (PmtModel model = _pmt_model_choose (inside, freest, plane, moving); model >= PMT_MODEL_TRANSLATION; model--)
    {
      PmtModelFit fit;

      if (!_pmt_model_fit (model, inside, -1, plane, moving, &fit) || !(_pmt_pose_distance (&fit.matrix, plane, fixed) < far))
        continue;
      *plane = fit.matrix;
      return;
    }
}
