/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sums over a box of REAL pixels; included once for floats and once for doubles, NAME (x) being x_float or x_double. */

/* Over what data there is under wx × wy; NaN where that is less than MIN_DATA of the weight. */
static REAL
NAME (sum_data) (const REAL *p, gsize stride, const float *wx, int nx, const float *wy, int ny)
{
  REAL sum = 0, missing = 0;

  for (int y = 0; y < ny; y++, p += stride)
    for (int x = 0; x < nx; x++)
      {
        REAL w = (REAL) wx[x] * (REAL) wy[y];

        if (isfinite (p[x]))
          sum += w * p[x];
        else
          missing += w;
      }
  return 1 - missing >= MIN_DATA ? sum / (1 - missing) : (REAL) NAN;
}

PMT_CLONES static void
NAME (linear_row) (const REAL *box, gsize stride, const gint32 *place, const float *phase, int n, REAL *out)
{
  for (int i = 0; i < n; i++)
    {
      const REAL *p = box + place[i], *q = p + stride;
      REAL        fu = phase[2 * i], fv = phase[2 * i + 1];
      REAL        above = p[0] + fu * (p[1] - p[0]), below = q[0] + fu * (q[1] - q[0]);

      out[i] = above + fv * (below - above);
    }
}

PMT_CLONES static void
NAME (wide_row) (const REAL *box, gsize stride, const gint32 *place, const float *phase, int taps, int n, REAL *out)
{
  for (int i = 0; i < n; i++)
    {
      const REAL  *p = box + place[i];
      const float *wx = phase + (gsize) i * 2 * (gsize) taps, *wy = wx + taps;
      REAL         sum = 0;

      for (int y = 0; y < taps; y++, p += stride)
        {
          REAL row = 0;

          for (int x = 0; x < taps; x++)
            row += wx[x] * p[x];
          sum += wy[y] * row;
        }
      out[i] = sum;
    }
}

PMT_CLONES static gboolean
NAME (all_finite) (const REAL *values, int n)
{
  int bad = 0;

  for (int i = 0; i < n; i++)
    bad |= !(values[i] - values[i] == 0);
  return !bad;
}

/* Plain pixels whose sum came out as no number: a hole lies under them. */
static void
NAME (mend_row) (const PmtCubeMap *map, const REAL *box, gsize at, REAL *out)
{
  for (int i = 0; i < map->tile.width; i++)
    {
      const float *phase = map->phase + (map->taps == 2 ? 2 : 2 * (gsize) map->taps) * (at + (gsize) i);
      const float  linear[4] = { 1 - phase[0], phase[0], 1 - phase[1], phase[1] };
      const float *weights = map->taps == 2 ? linear : phase;

      if (map->covered[at + (gsize) i] == 1 && !isfinite (out[i]))
        out[i] = NAME (sum_data) (box + map->place[at + (gsize) i], (gsize) map->box.width, weights, map->taps, weights + map->taps,
                                  map->taps);
    }
}

void
NAME (_pmt_cube_sample) (const PmtCubeMap *map, const REAL *box, int from, int to, REAL *out)
{
  gsize stride = (gsize) map->box.width;
  int   width = map->tile.width;

  for (int y = from; y < to; y++)
    {
      gsize at = (gsize) y * (gsize) width;

      if (map->taps == 2)
        NAME (linear_row) (box, stride, map->place + at, map->phase + 2 * at, width, out + at);
      else
        NAME (wide_row) (box, stride, map->place + at, map->phase + 2 * (gsize) map->taps * at, map->taps, width, out + at);
      if (!NAME (all_finite) (out + at, width))
        NAME (mend_row) (map, box, at, out + at);
      if (memchr (map->covered + at, 0, (gsize) width) != NULL)
        for (int i = 0; i < width; i++)
          out[at + (gsize) i] = map->covered[at + (gsize) i] != 0 ? out[at + (gsize) i] : (REAL) NAN;
      for (guint32 k = map->first[y]; k < map->first[y + 1]; k++)
        {
          const PmtCubeSupport *s = &g_array_index (map->support, PmtCubeSupport, k);
          const float          *w = &g_array_index (map->weights, float, s->weights);

          out[s->pixel] = NAME (sum_data) (box + s->place, stride, w, s->nx, w + s->nx, s->ny);
        }
    }
}
