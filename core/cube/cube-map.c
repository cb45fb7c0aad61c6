/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the pixels of a tile look, once for all bands. Coordinates and kernels are the resampler's (image/resample.c). A plain pixel,
 * whose kernel is neither widened nor cut by the border, has a place in the box and fractions or weights of fixed number; any
 * other one has a support of its own. */
#include "cube/cube-private.h"

#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "image/resample-private.h"

#define CHUNK 16     /* rows */

typedef struct { GArray *support, *weights; guint32 count[CHUNK]; } Part;

typedef struct
{
  PmtCubeMap   *map;
  PmtProjection projection;
  PmtSampler    sampler;
  gboolean      is_shift;
  int           dx, dy;
  Part         *part;
} Job;

gsize
_pmt_cube_map_cost (PmtSampler sampler)
{
  int taps = sampler == PMT_SAMPLER_NEAREST ? 0 : 2 * _pmt_kernel_radius (sampler);

  return sizeof (gint32) + 1 + (taps == 2 ? 2 : 2 * taps) * sizeof (float);
}

/* Rows of a piece of at most 64 pixels across. */
static void
look_up (const Job *job, const PmtRect *piece, PmtLookup *rows)
{
  const PmtProjection *p = &job->projection;

  if (!job->is_shift)
    {
      _pmt_projection_tile (p, piece, rows);
      return;
    }
  for (int y = 0; y < piece->height; y++)
    for (int i = 0; i < PMT_TILE; i++)
      {
        gint64 u = (gint64) piece->x + i + job->dx, v = (gint64) piece->y + y + job->dy;

        rows[y].covered[i] = i < piece->width && u >= 0 && v >= 0 && u < p->width && v < p->height;
        rows[y].iu[i] = rows[y].covered[i] ? (gint32) u : 0;
        rows[y].iv[i] = rows[y].covered[i] ? (gint32) v : 0;
      }
}

static void
add_support (const Job *job, Part *part, const PmtLookup *row, int i, guint32 pixel)
{
  const PmtRect *box = &job->map->box;
  int            w = job->projection.width, h = job->projection.height, x0, y0, nx, ny;
  guint          at = part->weights->len;
  int            most = 2 * _pmt_kernel_radius (job->sampler) + 4, room_x, room_y;

  room_x = MIN (w, (int) (most * row->su[i]) + 4) + 8;
  room_y = MIN (h, (int) (most * row->sv[i]) + 4) + 8;
  g_array_set_size (part->weights, at + (guint) (room_x + room_y));
  _pmt_kernel_support (job->sampler, row->iu[i], row->fu[i], row->su[i], w, &g_array_index (part->weights, float, at), &x0, &nx);
  _pmt_kernel_support (job->sampler, row->iv[i], row->fv[i], row->sv[i], h, &g_array_index (part->weights, float, at + (guint) nx),
                       &y0, &ny);
  g_array_set_size (part->weights, at + (guint) (nx + ny));
  g_array_append_val (part->support,
                      ((PmtCubeSupport) { pixel, (guint32) ((gsize) (y0 - box->y) * (gsize) box->width + (gsize) (x0 - box->x)), at,
                                          (guint16) nx, (guint16) ny }));
}

static void
fill_lanes (const Job *job, Part *part, const PmtLookup *row, int width, guint32 pixel)
{
  PmtCubeMap *map = job->map;
  int         before = MAX (map->taps / 2 - 1, 0), after = map->taps / 2;
  int         right = job->projection.width - after, bottom = job->projection.height - after;
  float       wx[6][PMT_TILE], wy[6][PMT_TILE];

  if (map->taps > 2)
    {
      _pmt_kernel_phases (job->sampler, row->fu, wx);
      _pmt_kernel_phases (job->sampler, row->fv, wy);
    }
  for (int i = 0; i < width; i++, pixel++)
    {
      gboolean plain = row->covered[i] && (map->taps == 1 || (row->su[i] <= 1 && row->sv[i] <= 1 && row->iu[i] >= before
                       && row->iv[i] >= before && row->iu[i] < right && row->iv[i] < bottom));

      map->covered[pixel] = plain ? 1 : row->covered[i] ? 2 : 0;
      map->place[pixel] = plain ? (gint32) ((gsize) (row->iv[i] - before - map->box.y) * (gsize) map->box.width
                                            + (gsize) (row->iu[i] - before - map->box.x)) : 0;
      if (row->covered[i] && !plain)
        add_support (job, part, row, i, pixel);
      if (map->taps == 2)
        {
          map->phase[2 * (gsize) pixel] = row->fu[i];
          map->phase[2 * (gsize) pixel + 1] = row->fv[i];
        }
      for (int k = 0; map->taps > 2 && k < map->taps; k++)
        {
          map->phase[2 * (gsize) map->taps * pixel + (gsize) k] = wx[k][i];
          map->phase[2 * (gsize) map->taps * pixel + (gsize) (map->taps + k)] = wy[k][i];
        }
    }
}

static gboolean
fill_chunk (int index, int thread, gpointer data, GError **error)
{
  Job           *job = data;
  Part          *part = &job->part[index];
  const PmtRect *tile = &job->map->tile;
  int            top = index * CHUNK, height = MIN (CHUNK, tile->height - top), pieces = (tile->width + PMT_TILE - 1) / PMT_TILE;
  PmtLookup     *rows = pmt_buffer_new ((gsize) pieces * CHUNK, sizeof (PmtLookup), error);

  part->support = g_array_new (FALSE, FALSE, sizeof (PmtCubeSupport));
  part->weights = g_array_new (FALSE, FALSE, sizeof (float));
  if (rows == NULL)
    return FALSE;
  for (int k = 0; k < pieces; k++)
    {
      PmtRect piece = { tile->x + k * PMT_TILE, tile->y + top, MIN (PMT_TILE, tile->width - k * PMT_TILE), height };

      look_up (job, &piece, rows + (gsize) k * CHUNK);
    }
  for (int y = 0; y < height; y++)
    {
      guint before = part->support->len;

      for (int k = 0; k < pieces; k++)
        fill_lanes (job, part, rows + (gsize) k * CHUNK + y, MIN (PMT_TILE, tile->width - k * PMT_TILE),
                    (guint32) ((gsize) (top + y) * (gsize) tile->width + (gsize) k * PMT_TILE));
      part->count[y] = part->support->len - before;
    }
  pmt_buffer_free (rows);
  return TRUE;
}

/* The chunks' supports into one list. */
static void
gather (const Job *job, int chunks)
{
  PmtCubeMap *map = job->map;
  guint32     n = 0;

  for (int c = 0; c < chunks; c++)
    {
      Part *part = &job->part[c];

      for (guint i = 0; part->support != NULL && i < part->support->len; i++)
        g_array_index (part->support, PmtCubeSupport, i).weights += map->weights->len;
      for (int y = c * CHUNK; y < MIN (map->tile.height, (c + 1) * CHUNK); y++)
        {
          map->first[y] = n;
          n += part->count[y - c * CHUNK];
        }
      if (part->support != NULL && part->support->len > 0)
        {
          g_array_append_vals (map->support, part->support->data, part->support->len);
          g_array_append_vals (map->weights, part->weights->data, part->weights->len);
        }
      g_clear_pointer (&part->support, g_array_unref);
      g_clear_pointer (&part->weights, g_array_unref);
    }
  map->first[map->tile.height] = n;
}

static gboolean
allocate (PmtCubeMap *map, GError **error)
{
  gsize pixels = (gsize) map->tile.width * (gsize) map->tile.height;
  gsize phases = map->taps == 1 ? 1 : map->taps == 2 ? 2 * pixels : 2 * (gsize) map->taps * pixels;

  map->place = pmt_buffer_new (pixels, sizeof (gint32), error);
  map->covered = map->place != NULL ? pmt_buffer_new (pixels, 1, error) : NULL;
  map->phase = map->covered != NULL ? pmt_buffer_new (phases, sizeof (float), error) : NULL;
  map->first = g_new0 (guint32, map->tile.height + 1);
  map->support = g_array_new (FALSE, FALSE, sizeof (PmtCubeSupport));
  map->weights = g_array_new (FALSE, FALSE, sizeof (float));
  return map->phase != NULL;
}

PmtCubeMap *
_pmt_cube_map_new (PmtContext *context, const PmtTransform *flat, PmtSize source, PmtSampler sampler, const PmtRect *tile,
                   GError **error)
{
  g_autoptr (PmtCubeMap) map = g_new0 (PmtCubeMap, 1);
  int                    chunks = (tile->height + CHUNK - 1) / CHUNK;
  Job                    job = { .map = map, .sampler = sampler };
  gboolean               done;

  _pmt_projection_init (&job.projection, flat, source, sampler);
  job.projection.width = source.width;
  job.projection.height = source.height;
  job.is_shift = _pmt_projection_get_shift (&job.projection, &job.dx, &job.dy);
  map->tile = *tile;
  map->box = pmt_resample_source_region (flat, source, sampler, tile);
  map->taps = job.is_shift || sampler == PMT_SAMPLER_NEAREST ? 1 : 2 * _pmt_kernel_radius (sampler);
  if (!allocate (map, error))
    return NULL;
  job.part = g_new0 (Part, chunks);
  done = pmt_rect_is_empty (map->box) || pmt_parallel_for (context, chunks, fill_chunk, &job, error);
  gather (&job, chunks);
  g_free (job.part);
  return done ? g_steal_pointer (&map) : NULL;
}

void
_pmt_cube_map_free (PmtCubeMap *map)
{
  if (map == NULL)
    return;
  pmt_buffer_free (map->place);
  pmt_buffer_free (map->covered);
  pmt_buffer_free (map->phase);
  g_free (map->first);
  g_clear_pointer (&map->support, g_array_unref);
  g_clear_pointer (&map->weights, g_array_unref);
  g_free (map);
}
