/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells' lists stand one after the other, cell k's from start[k] to start[k + 1]. They are made in two rounds over the
 * triangles, one that counts and one that writes. In each row of cells a triangle reaches from the least to the largest x of
 * what the row's band cuts out of it: corners within the band, and where its sides cross the band's borders. */
#include "transform/triangle-finder-private.h"

#include <math.h>

#define MOST_CELLS 65536
#define SLACK      1e-6    /* of a cell: rounding must not lose a triangle that only touches it */

struct _PmtTriangleFinder
{
  const PmtTriangle *triangles;
  const PmtPoint    *places;
  PmtExtent          area;
  double             width, height;   /* of a cell */
  int                columns, rows;
  int               *start, *list;
};

static int
column_of (const PmtTriangleFinder *f, double x)
{
  return (int) fmin (fmax (floor ((x - f->area.x0) / f->width), 0), f->columns - 1);
}

static int
row_of (const PmtTriangleFinder *f, double y)
{
  return (int) fmin (fmax (floor ((y - f->area.y0) / f->height), 0), f->rows - 1);
}

/* Least and largest x of a triangle's part with low ≤ y ≤ high. */
static void
cut_band (const PmtPoint p[3], double low, double high, double *least, double *most)
{
  *least = INFINITY, *most = -INFINITY;
  for (int k = 0; k < 3; k++)
    {
      PmtPoint     a = p[k], b = p[(k + 1) % 3];
      const double border[2] = { low, high };

      if (a.y >= low && a.y <= high)
        *least = fmin (*least, a.x), *most = fmax (*most, a.x);
      for (int i = 0; i < 2; i++)
        if ((a.y < border[i]) != (b.y < border[i]))
          {
            double x = a.x + (b.x - a.x) * ((border[i] - a.y) / (b.y - a.y));

            *least = fmin (*least, x), *most = fmax (*most, x);
          }
    }
}

/* Counts a triangle's cells in count[k + 1] or, with `list`, writes it at count[k]. */
static void
enter (PmtTriangleFinder *f, int triangle, int *count, int *list)
{
  const int *c = f->triangles[triangle].corner;
  PmtPoint   p[3] = { f->places[c[0]], f->places[c[1]], f->places[c[2]] };
  double     low = fmin (fmin (p[0].y, p[1].y), p[2].y), high = fmax (fmax (p[0].y, p[1].y), p[2].y);
  double     slack = SLACK * f->height, wide = SLACK * f->width;

  if (high < f->area.y0 - slack || low > f->area.y1 + slack)
    return;
  for (int row = row_of (f, low - slack); row <= row_of (f, high + slack); row++)
    {
      double y = f->area.y0 + row * f->height, least, most;

      cut_band (p, y - slack, y + f->height + slack, &least, &most);
      if (!(least <= most) || most < f->area.x0 - wide || least > f->area.x1 + wide)
        continue;
      for (int column = column_of (f, least - wide); column <= column_of (f, most + wide); column++)
        {
          int k = row * f->columns + column;

          if (list == NULL)
            count[k + 1]++;
          else
            list[count[k]++] = triangle;
        }
    }
}

PmtTriangleFinder *
_pmt_triangle_finder_new (int n, const PmtTriangle *triangles, const PmtPoint *places, PmtExtent area)
{
  PmtTriangleFinder *f = g_new0 (PmtTriangleFinder, 1);
  double             width = fmax (area.x1 - area.x0, 1e-9), height = fmax (area.y1 - area.y0, 1e-9);
  double             side = sqrt (width * height / CLAMP (n, 1, MOST_CELLS));
  g_autofree int    *next = NULL;
  int                cells;

  *f = (PmtTriangleFinder) { .triangles = triangles, .places = places, .area = area };
  f->columns = (int) CLAMP (ceil (width / side), 1, n + 1);
  f->rows = (int) CLAMP (ceil (height / side), 1, n + 1);
  f->width = width / f->columns;
  f->height = height / f->rows;
  cells = f->columns * f->rows;
  f->start = g_new0 (int, cells + 1);
  for (int t = 0; t < n; t++)
    enter (f, t, f->start, NULL);
  for (int k = 0; k < cells; k++)
    f->start[k + 1] += f->start[k];
  f->list = g_new (int, MAX (f->start[cells], 1));
  next = g_memdup2 (f->start, sizeof (int) * (gsize) (cells + 1));
  for (int t = 0; t < n; t++)
    enter (f, t, next, f->list);
  return f;
}

void
_pmt_triangle_finder_free (PmtTriangleFinder *finder)
{
  if (finder == NULL)
    return;
  g_free (finder->start);
  g_free (finder->list);
  g_free (finder);
}

gboolean
_pmt_triangle_finder_has (const PmtTriangleFinder *f, PmtPoint p)
{
  return p.x >= f->area.x0 && p.x <= f->area.x1 && p.y >= f->area.y0 && p.y <= f->area.y1;
}

static inline double
turn (PmtPoint a, PmtPoint b, PmtPoint c)
{
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

int
_pmt_triangle_finder_at (const PmtTriangleFinder *f, PmtPoint p)
{
  int    k = row_of (f, p.y) * f->columns + column_of (f, p.x), nearest = -1;
  double best = -INFINITY;

  for (int i = f->start[k]; i < f->start[k + 1]; i++)
    {
      const int *corner = f->triangles[f->list[i]].corner;
      PmtPoint   a = f->places[corner[0]], b = f->places[corner[1]], c = f->places[corner[2]];
      double     u = turn (b, c, p), v = turn (c, a, p), w = turn (a, b, p), least = fmin (fmin (u, v), w);

      if (least >= 0)
        return f->list[i];
      least /= u + v + w;   /* the area, twice: so that shares of it are compared */
      if (least > best)
        best = least, nearest = f->list[i];
    }
  return nearest;
}

void
_pmt_triangle_finder_visit (const PmtTriangleFinder *f, PmtExtent box, PmtTriangleVisit func, gpointer data)
{
  for (int row = row_of (f, box.y0); row <= row_of (f, box.y1); row++)
    {
      int from = f->start[row * f->columns + column_of (f, box.x0)];
      int to = f->start[row * f->columns + column_of (f, box.x1) + 1];

      for (int i = from; i < to; i++)
        func (f->list[i], data);
    }
}
