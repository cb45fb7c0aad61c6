/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A painted map of what is to keep its shape. Grey is a length: what is painted at s of the maximum is as stiff as if waves of
 * ½ s/(1 − s) sides of the image were halved there, so that half is half of a side and nothing is nothing. */
#include "fit/rigid-map-private.h"

#include <math.h>

#include "image/grey.h"

#define MOST_SIDE 1024     /* px of the map as it is kept */
#define STIFFEST  200.0    /* √area: the length that full paint stands for. Strains left are some (size of the region / side)² · 1e-5
                            * of what the pieces ask for; more would only cost digits */
#define PAINTED   0.5      /* what counts as rigid when strain is told, and as one part with its neighbours */
#define PLACES    128      /* a side */

struct _PmtRigidMap
{
  PmtGrey *grey;
  double   scale_x, scale_y;   /* map px for a moving px */
  double   maximum;
  int     *part;               /* of each map px */
  int      parts;
};

static double
find_maximum (const PmtPlane *plane)
{
  double maximum = 0;

  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      maximum = fmax (maximum, pmt_plane_row (plane, y)[x]);
  return maximum;
}

static double
painted (const PmtRigidMap *map, int x, int y)
{
  return pmt_plane_row (map->grey->mask, y)[x] > 0 ? pmt_plane_row (map->grey->value, y)[x] : 0;
}

/* Gives the number to what hangs together with pixel `first`, sides touching. */
static void
flood (PmtRigidMap *map, int first, GArray *reached)
{
  int width = map->grey->value->width, height = map->grey->value->height;

  g_array_set_size (reached, 0);
  g_array_append_val (reached, first);
  map->part[first] = map->parts;
  for (guint next = 0; next < reached->len; next++)
    for (int side = 0; side < 4; side++)
      {
        static const int dx[4] = { 1, -1, 0, 0 }, dy[4] = { 0, 0, 1, -1 };
        int              k = g_array_index (reached, int, next), x = k % width + dx[side], y = k / width + dy[side];

        k = y * width + x;
        if (x < 0 || y < 0 || x >= width || y >= height || map->part[k] != 0 || !(painted (map, x, y) > PAINTED * map->maximum))
          continue;
        map->part[k] = map->parts;
        g_array_append_val (reached, k);
      }
}

static void
find_parts (PmtRigidMap *map)
{
  int                width = map->grey->value->width, height = map->grey->value->height;
  g_autoptr (GArray) reached = g_array_new (FALSE, FALSE, sizeof (int));

  map->part = g_new0 (int, (gsize) width * height);
  for (int k = 0; k < width * height; k++)
    if (map->part[k] == 0 && painted (map, k % width, k / width) > PAINTED * map->maximum)
      {
        map->parts++;
        flood (map, k, reached);
      }
}

int
_pmt_rigid_map_parts (const PmtRigidMap *map)
{
  return map->parts;
}

int
_pmt_rigid_map_part (const PmtRigidMap *map, PmtPoint p)
{
  const PmtPlane *plane = map->grey->value;
  int             x = (int) floor (p.x * map->scale_x), y = (int) floor (p.y * map->scale_y);

  return x >= 0 && y >= 0 && x < plane->width && y < plane->height ? map->part[y * plane->width + x] : 0;
}

gboolean
_pmt_rigid_map_read (PmtContext *context, PmtSource *source, PmtRigidMap **map, GError **error)
{
  PmtRect  all = { 0, 0, pmt_source_get_width (source), pmt_source_get_height (source) };
  int      width = MIN (all.width, MOST_SIDE), height = MIN (all.height, MOST_SIDE);
  PmtGrey *grey = pmt_grey_read (context, source, &all, width, height, error);
  double   maximum;

  *map = NULL;
  if (grey == NULL)
    return FALSE;
  maximum = find_maximum (grey->value);
  if (!(maximum > 0))
    {
      pmt_grey_free (grey);
      return TRUE;
    }
  *map = g_new (PmtRigidMap, 1);
  **map = (PmtRigidMap) { grey, (double) width / all.width, (double) height / all.height, maximum, NULL, 0 };
  find_parts (*map);
  return TRUE;
}

void
_pmt_rigid_map_free (PmtRigidMap *map)
{
  if (map == NULL)
    return;
  pmt_grey_free (map->grey);
  g_free (map->part);
  g_free (map);
}

double
_pmt_rigid_map_at (const PmtRigidMap *map, PmtPoint p)
{
  const PmtPlane *plane = map->grey->value;
  double          x = CLAMP (p.x * map->scale_x - 0.5, 0, plane->width - 1);
  double          y = CLAMP (p.y * map->scale_y - 0.5, 0, plane->height - 1);
  int             i = MIN ((int) x, MAX (plane->width - 2, 0)), j = MIN ((int) y, MAX (plane->height - 2, 0));
  int             right = MIN (i + 1, plane->width - 1), below = MIN (j + 1, plane->height - 1);
  double          u = x - i, v = y - j;
  double          above = (1 - u) * painted (map, i, j) + u * painted (map, right, j);
  double          under = (1 - u) * painted (map, i, below) + u * painted (map, right, below);

  return CLAMP (((1 - v) * above + v * under) / map->maximum, 0, 1);
}

double
_pmt_rigid_map_weight (double s)
{
  double length = s > 0 ? MIN (0.5 * s / MAX (1 - s, 1e-9), STIFFEST) : 0;

  return length / (2 * G_PI) * (length / (2 * G_PI));
}

/* The larger |e| of the eigenvalues e of ½(JᵀJ − 1), which turning leaves alone. */
static double
largest_strain (double j[2][2])
{
  double xx = 0.5 * (j[0][0] * j[0][0] + j[1][0] * j[1][0] - 1), yy = 0.5 * (j[0][1] * j[0][1] + j[1][1] * j[1][1] - 1);
  double xy = 0.5 * (j[0][0] * j[0][1] + j[1][0] * j[1][1]);

  return fabs (0.5 * (xx + yy)) + hypot (0.5 * (xx - yy), xy);
}

static double
strain_at (const PmtPath *path, PmtPoint fixed)
{
  PmtPoint p = pmt_matrix3_map (&path->pose, fixed);
  double   j[2][2];

  return path->bend != NULL && path->bend->klass->jacobian (path->bend, p, j) ? largest_strain (j) : 0;
}

double
_pmt_rigid_map_strain (const PmtRigidMap *map, const PmtPath *path, PmtSize fixed, PmtSize moving, double *share)
{
  double sum = 0;
  int    rigid = 0, all = 0;

  for (int k = 0; k < PLACES * PLACES; k++)
    {
      PmtPoint p = { fixed.width * (k % PLACES + 0.5) / PLACES, fixed.height * (k / PLACES + 0.5) / PLACES };
      PmtPoint q = _pmt_path_map (path, p);
      double   strain;

      if (!(q.x >= 0 && q.y >= 0 && q.x <= moving.width && q.y <= moving.height))
        continue;
      all++;
      if (!(_pmt_rigid_map_at (map, q) > PAINTED))
        continue;
      strain = strain_at (path, p);
      sum += strain * strain;
      rigid++;
    }
  *share = all > 0 ? (double) rigid / all : 0;
  return rigid > 0 ? sqrt (sum / rigid) : 0;
}
