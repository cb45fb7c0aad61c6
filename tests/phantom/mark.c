/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks: how far a point lies inside one, and how light the paint is there. */
#include <math.h>

#include "phantom-private.h"

/* A number that grows with the angle of (u, v) from 0 to 4: as good as atan2() to index a table, and much cheaper. */
static inline float
diamond_angle (float u, float v)
{
  float sum = fabsf (u) + fabsf (v), t;

  if (!(sum > 0))
    return 0;
  t = v / sum;
  if (u < 0)
    return 2 - t;
  return t >= 0 ? t : 4 + t;
}

static inline float
outline_radius (const Outline *outline, float u, float v)
{
  float at = diamond_angle (u, v) * (OUTLINE_SIZE / 4.0f);
  int   i = MIN ((int) at, OUTLINE_SIZE - 1);

  return outline->radius[i] + (outline->radius[i + 1] - outline->radius[i]) * (at - i);
}

float
mark_distance (const Mark *mark, float x, float y, float *u, float *v)
{
  float dx = x - mark->x, dy = y - mark->y;
  float p = dx * mark->cosine + dy * mark->sine, q = dy * mark->cosine - dx * mark->sine;

  *u = p / mark->a;
  switch (mark->kind)
    {
    case MARK_BOX:
      *v = q / mark->b;
      return MIN (mark->a - fabsf (p), mark->b - fabsf (q));

    case MARK_STROKE:
      {
        float t = *u * *u, taper = 1 - 0.55f * t * t;

        q -= mark->bend * t;
        *v = q / mark->b;
        return MIN (mark->a - fabsf (p), mark->b * taper - fabsf (q));
      }

    default:
      {
        float radius;

        *v = q / mark->b;
        radius = sqrtf (*u * *u + *v * *v);
        return ((mark->outline ? outline_radius (mark->outline, *u, *v) : 1) - radius) * MIN (mark->a, mark->b);
      }
    }
}

float
mark_shade (const Mark *mark, const NoiseTable *noise, float u, float v)
{
  float shade = mark->shade + mark->shade_u * u + mark->shade_v * v;

  if (mark->fold != 0)
    shade += mark->fold * sinf (mark->fold_frequency * (v + 0.35f * noise_at (noise, 2 * u + mark->grain_x,
                                                                            2 * v + mark->grain_y)));
  return shade;
}
