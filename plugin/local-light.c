/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The overview is divided into cells. In each the histogram h of the grey values is cut off at LIMIT times its mean, what was cut is
 * spread over all values, and the running sum maps values to 0 … 255. A pixel takes the bilinear mean of the maps of the four cells whose
 * middles surround its place. A cell that shows hardly anything has the map of all of the picture. */

#include "local-light.h"

#include <math.h>
#include <string.h>

#define CELLS     8        /* along each side: usual */
#define VALUES    256
#define LIMIT     4.0      /* times the mean: 3 … 4 is usual */
#define MIN_SHARE 0.0625   /* of a cell's area that shows something */

struct _PmtLocalLight
{
  guint8 maps[CELLS * CELLS][VALUES];
};

static int
grey_of (int a, int b, int c)
{
  return (a + b + c + 1) / 3;
}

/* The histogram of the overview's pixels from (x0, y0) up to (x1, y1); how many there are. */
static guint
count (const guint8 *overview, int width, int x0, int y0, int x1, int y1, guint histogram[VALUES])
{
  guint n = 0;

  memset (histogram, 0, VALUES * sizeof *histogram);
  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      {
        const guint8 *p = overview + 4 * ((gsize) y * width + x);

        if (p[3] < 128)
          continue;
        histogram[grey_of (p[0], p[1], p[2])]++;
        n++;
      }
  return n;
}

static void
make_map (const guint histogram[VALUES], guint n, guint8 map[VALUES])
{
  double limit = LIMIT * n / VALUES, excess = 0, sum = 0;

  for (int v = 0; v < VALUES; v++)
    excess += MAX (histogram[v] - limit, 0);
  for (int v = 0; v < VALUES; v++)
    {
      double share = (MIN (histogram[v], limit) + excess / VALUES) / n;

      map[v] = (guint8) (CLAMP (255 * (sum + share / 2), 0, 255) + 0.5);
      sum += share;
    }
}

PmtLocalLight *
pmt_local_light_new (const guint8 *overview, int width, int height)
{
  PmtLocalLight *light = g_new (PmtLocalLight, 1);
  guint histogram[VALUES], all[VALUES], n_all = count (overview, width, 0, 0, width, height, all);

  for (int j = 0; j < CELLS; j++)
    for (int i = 0; i < CELLS; i++)
      {
        int x0 = i * width / CELLS, y0 = j * height / CELLS, x1 = (i + 1) * width / CELLS, y1 = (j + 1) * height / CELLS;
        guint n = count (overview, width, x0, y0, x1, y1, histogram);
        guint8 *map = light->maps[j * CELLS + i];

        if (n > MIN_SHARE * (x1 - x0) * (y1 - y0))
          make_map (histogram, n, map);
        else if (n_all > 0)
          make_map (all, n_all, map);
        else
          for (int v = 0; v < VALUES; v++)
            map[v] = (guint8) v;
      }
  return light;
}

void
pmt_local_light_free (PmtLocalLight *light)
{
  g_free (light);
}

/* The cells before and after a pixel along one axis, and how far it is on the way. */
static void
between (int position, int size, int *before, int *after, float *share)
{
  double at = (position + 0.5) * CELLS / size - 0.5;

  *before = CLAMP ((int) floor (at), 0, CELLS - 1);
  *after = MIN (*before + 1, CELLS - 1);
  *share = (float) CLAMP (at - *before, 0, 1);
}

static guint8
moved (int value, float by)
{
  return (guint8) (CLAMP (value + by, 0, 255) + 0.5f);
}

void
pmt_local_light_apply (const PmtLocalLight *light, double strength, const PmtRect *rect, PmtSize frame, guint8 *pixels, gsize stride)
{
  for (int y = 0; y < rect->height; y++)
    {
      guint8 *p = pixels + y * stride;
      int above, below;
      float down;

      between (rect->y + y, frame.height, &above, &below, &down);
      for (int x = 0; x < rect->width; x++, p += 4)
        {
          int left, right, grey = grey_of (p[0], p[1], p[2]);
          float along, upper, lower, by;

          between (rect->x + x, frame.width, &left, &right, &along);
          upper = light->maps[above * CELLS + left][grey] * (1 - along) + light->maps[above * CELLS + right][grey] * along;
          lower = light->maps[below * CELLS + left][grey] * (1 - along) + light->maps[below * CELLS + right][grey] * along;
          by = (float) strength * (upper * (1 - down) + lower * down - grey);
          for (int b = 0; b < 3; b++)
            p[b] = moved (p[b], by);
        }
    }
}
