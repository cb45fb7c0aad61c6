/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contrast-limited adaptive histogram equalisation (Zuiderveld 1994, Graphics Gems IV).
 *
 * The image is divided into TILES × TILES tiles. In each, the histogram h of the valid pixels (weighted by mask) is clipped
 * at LIMIT times its mean, what was cut off is spread over all bins, and its running sum maps values to 0 … 255. A pixel
 * takes the bilinear mean of the maps of the four tiles whose centres surround it. Unlike in the paper the running sum is
 * interpolated between bins, so that no steps arise, and the excess is spread once. A tile that is mostly invalid uses the
 * map of the whole image. */
#include "prepare/prepare-private.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"

#define TILES     8        /* along each side: usual */
#define MIN_TILE  8        /* px: smaller images have fewer tiles */
#define BINS      256
#define LOWEST    (-32.f)  /* the common unit's range, headroom included */
#define HIGHEST   287.f
#define LIMIT     3.0      /* times the mean bin; 3 … 4 is usual */
#define MIN_VALID 0.0625   /* of a tile's area */

typedef struct { double sum[BINS + 1]; } Map;   /* at the bins' edges, 0 … 255 */

typedef struct
{
  const PmtGrey *in;
  PmtGrey       *out;
  int            columns, rows;
  Map           *maps;
} Equaliser;

static float
bin_position (float value)
{
  return CLAMP ((value - LOWEST) / (HIGHEST - LOWEST) * BINS, 0, BINS);
}

/* FALSE when less than `least` px are valid. */
static gboolean
make_map (const PmtGrey *in, const PmtRect *tile, double least, Map *map)
{
  double histogram[BINS] = { 0 }, total = 0, excess = 0, limit;

  for (int y = tile->y; y < tile->y + tile->height; y++)
    for (int x = tile->x; x < tile->x + tile->width; x++)
      {
        float m = pmt_plane_row (in->mask, y)[x];

        histogram[MIN ((int) bin_position (pmt_plane_row (in->value, y)[x]), BINS - 1)] += m;
        total += m;
      }
  if (total < least || !(total > 0))
    return FALSE;
  limit = LIMIT * total / BINS;
  for (int b = 0; b < BINS; b++)
    {
      excess += MAX (histogram[b] - limit, 0);
      histogram[b] = MIN (histogram[b], limit);
    }
  map->sum[0] = 0;
  for (int b = 0; b < BINS; b++)
    map->sum[b + 1] = map->sum[b] + (histogram[b] + excess / BINS) * 255 / total;
  return TRUE;
}

static double
look_up (const Map *map, float value)
{
  float position = bin_position (value);
  int   bin = MIN ((int) position, BINS - 1);

  return map->sum[bin] + (position - bin) * (map->sum[bin + 1] - map->sum[bin]);
}

static PmtRect
tile_rect (const Equaliser *e, int column, int row)
{
  int width = e->in->value->width, height = e->in->value->height;
  int x = column * width / e->columns, y = row * height / e->rows;

  return (PmtRect) { x, y, (column + 1) * width / e->columns - x, (row + 1) * height / e->rows - y };
}

static gboolean
map_job (int index, int thread, gpointer data, GError **error)
{
  Equaliser *e = data;
  PmtRect    tile = tile_rect (e, index % e->columns, index / e->columns);
  PmtRect    all = { 0, 0, e->in->value->width, e->in->value->height };

  if (!make_map (e->in, &tile, MIN_VALID * tile.width * tile.height, &e->maps[index]))
    make_map (e->in, &all, 0, &e->maps[index]);
  return TRUE;
}

/* The tiles before and after a pixel along one axis, and how far it is on the way. */
static void
between (int position, int size, int tiles, int *before, int *after, double *share)
{
  double at = (position + 0.5) * tiles / size - 0.5;

  *before = CLAMP ((int) floor (at), 0, tiles - 1);
  *after = MIN (*before + 1, tiles - 1);
  *share = CLAMP (at - *before, 0, 1);
}

static gboolean
row_job (int y, int thread, gpointer data, GError **error)
{
  Equaliser *e = data;
  int        width = e->in->value->width, above, below;
  double     v;

  between (y, e->in->value->height, e->rows, &above, &below, &v);
  for (int x = 0; x < width; x++)
    {
      float  value = pmt_plane_row (e->in->value, y)[x];
      int    left, right;
      double u, top, bottom;

      between (x, width, e->columns, &left, &right, &u);
      top = (1 - u) * look_up (&e->maps[above * e->columns + left], value)
            + u * look_up (&e->maps[above * e->columns + right], value);
      bottom = (1 - u) * look_up (&e->maps[below * e->columns + left], value)
               + u * look_up (&e->maps[below * e->columns + right], value);
      pmt_plane_row (e->out->value, y)[x] = (float) ((1 - v) * top + v * bottom);
    }
  memcpy (pmt_plane_row (e->out->mask, y), pmt_plane_row (e->in->mask, y), width * sizeof (float));
  return TRUE;
}

PmtGrey *
_pmt_prepare_clahe (PmtContext *context, const PmtGrey *in, GError **error)
{
  g_autoptr (PmtGrey) out = _pmt_grey_new (in->value->width, in->value->height, error);
  Equaliser           e = { .in = in, .out = out };
  g_autofree Map     *maps = NULL;

  if (out == NULL)
    return NULL;
  e.columns = CLAMP (in->value->width / MIN_TILE, 1, TILES);
  e.rows = CLAMP (in->value->height / MIN_TILE, 1, TILES);
  e.maps = maps = g_new0 (Map, e.columns * e.rows);
  if (!pmt_parallel_for (context, e.columns * e.rows, map_job, &e, error)
      || !pmt_parallel_for (context, in->value->height, row_job, &e, error))
    return NULL;
  _pmt_prepare_fill (out);
  return g_steal_pointer (&out);
}
