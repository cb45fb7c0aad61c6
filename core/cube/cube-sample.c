/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A band's pixels through a map: out = Σ wx wy p / Σ wx wy, over pixels with data. */
#include "cube/cube-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

#define MIN_DATA 0.25f     /* of the kernel's weight, as in image/resample.c */

#define REAL     float
#define NAME(x)  x##_float
#include "cube/cube-sample-kernel.h"
#undef REAL
#undef NAME
#define REAL     double
#define NAME(x)  x##_double
#include "cube/cube-sample-kernel.h"

static inline __attribute__ ((always_inline)) void
copy (const PmtCubeMap *map, const gsize size, const guint8 *box, gsize in_step, const guint8 *fill, gsize out_step, guint8 *out)
{
  gsize n = (gsize) map->tile.width * (gsize) map->tile.height;

  for (gsize i = 0; i < n; i++)
    memcpy (out + i * out_step * size, map->covered[i] ? box + (gsize) map->place[i] * in_step * size : fill, size);
}

void
_pmt_cube_copy (const PmtCubeMap *map, gsize size, const guint8 *box, gsize in_step, const guint8 *fill, gsize out_step, guint8 *out)
{
  if (size == 1)
    copy (map, 1, box, in_step, fill, out_step, out);
  else if (size == 2)
    copy (map, 2, box, in_step, fill, out_step, out);
  else if (size == 4)
    copy (map, 4, box, in_step, fill, out_step, out);
  else
    copy (map, 8, box, in_step, fill, out_step, out);
}
