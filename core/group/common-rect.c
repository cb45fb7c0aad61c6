/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The largest rectangle that all images cover. A raster of at most some 1000 cells a side is marked where all four corners
 * of a cell lie in every image; the largest rectangle of marked cells comes from the histogram of marked cells above
 * each row with a stack (linear in cells); then its sides are moved out pixel by pixel as far as they go, in turn. */
#include <math.h>
#include <string.h>

#include "group/group.h"

#define CELLS 1000     /* a side */
#define EDGE  64       /* places of a side that are looked at when it is moved */

typedef struct { int n; const PmtTransform *const *transform; } Frames;

static gboolean
covers_point (const Frames *f, PmtPoint p)
{
  for (int i = 0; i < f->n; i++)
    {
      PmtSize  size = pmt_transform_get_moving_size (f->transform[i]);
      PmtPoint q;

      pmt_transform_map (f->transform[i], 1, &p, &q);
      if (!(q.x >= -1e-9 && q.y >= -1e-9 && q.x <= size.width + 1e-9 && q.y <= size.height + 1e-9))
        return FALSE;
    }
  return TRUE;
}

gboolean
pmt_group_covers (int n, const PmtTransform *const *transforms, int x, int y)
{
  Frames f = { n, transforms };

  return covers_point (&f, (PmtPoint) { x, y }) && covers_point (&f, (PmtPoint) { x + 1, y })
         && covers_point (&f, (PmtPoint) { x, y + 1 }) && covers_point (&f, (PmtPoint) { x + 1, y + 1 });
}

typedef struct { PmtRect rect; gint64 area; } Best;

/* Rectangles that end in row y, from how many cells are marked upwards of it. */
static void
try_row (const int *height, int columns, int y, int *stack, Best *best)
{
  int depth = 0;

  for (int x = 0; x <= columns; x++)
    {
      int h = x < columns ? height[x] : 0;

      while (depth > 0 && height[stack[depth - 1]] >= h)
        {
          int    tall = height[stack[--depth]], left = depth > 0 ? stack[depth - 1] + 1 : 0;
          gint64 area = (gint64) tall * (x - left);

          if (area > best->area)
            *best = (Best) { { left, y - tall + 1, x - left, tall }, area };
        }
      stack[depth++] = x;
    }
}

/* The best of cells of `cell` px from (x0, y0) on. */
static Best
best_cells (const Frames *f, PmtRect area, int cell)
{
  int               columns = area.width / cell, rows = area.height / cell;
  g_autofree int   *height = g_new0 (int, columns + 1), *stack = g_new (int, columns + 1);
  g_autofree guint8 *corner = g_new (guint8, 2 * ((gsize) columns + 1));
  guint8           *above = corner, *below = corner + columns + 1;
  Best              best = { { 0, 0, 0, 0 }, 0 };

  for (int y = 0; y <= rows; y++)
    {
      guint8 *swap = above;

      for (int x = 0; x <= columns; x++)
        below[x] = covers_point (f, (PmtPoint) { area.x + (double) x * cell, area.y + (double) y * cell });
      for (int x = 0; x < columns && y > 0; x++)
        height[x] = above[x] && above[x + 1] && below[x] && below[x + 1] ? height[x] + 1 : 0;
      if (y > 0)
        try_row (height, columns, y - 1, stack, &best);
      above = below;
      below = swap;
    }
  return best;
}

/* Whether all of the line from a to b is covered, looked at in places. */
static gboolean
covers_line (const Frames *f, PmtPoint a, PmtPoint b)
{
  for (int k = 0; k <= EDGE; k++)
    if (!covers_point (f, (PmtPoint) { a.x + (b.x - a.x) * k / EDGE, a.y + (b.y - a.y) * k / EDGE }))
      return FALSE;
  return TRUE;
}

/* One side (0 left, 1 top, 2 right, 3 bottom) out by a pixel where that is covered. */
static gboolean
grow (const Frames *f, int side, PmtRect *r)
{
  PmtRect  wider = { r->x - (side == 0), r->y - (side == 1), r->width + (side % 2 == 0), r->height + (side % 2 == 1) };
  PmtPoint corner[4] = { { wider.x, wider.y }, { wider.x + wider.width, wider.y },
                         { wider.x + wider.width, wider.y + wider.height }, { wider.x, wider.y + wider.height } };
  int      from[4] = { 3, 0, 1, 2 };

  if (!covers_line (f, corner[from[side]], corner[(from[side] + 1) % 4]))
    return FALSE;
  *r = wider;
  return TRUE;
}

gboolean
pmt_group_common_rect (int n, const PmtTransform *const *transforms, PmtRect *rect)
{
  Frames  f = { n, transforms };
  PmtSize size = n > 0 ? pmt_transform_get_fixed_size (transforms[0]) : (PmtSize) { 0, 0 };
  PmtRect area = { 0, 0, size.width, size.height };
  int     cell = MAX (1, (MAX (size.width, size.height) + CELLS - 1) / CELLS);
  Best    best;

  *rect = (PmtRect) { 0, 0, 0, 0 };
  if (pmt_rect_is_empty (area))
    return FALSE;
  best = best_cells (&f, area, cell);
  if (best.area == 0)
    return FALSE;
  *rect = (PmtRect) { area.x + best.rect.x * cell, area.y + best.rect.y * cell, best.rect.width * cell, best.rect.height * cell };
  for (int step = 0, moved = 1; step < cell && moved; step++)
    {
      moved = 0;
      for (int side = 0; side < 4; side++)
        {
          PmtRect wider = *rect;

          if (grow (&f, side, &wider) && wider.x >= 0 && wider.y >= 0 && wider.x + wider.width <= size.width
              && wider.y + wider.height <= size.height)
            {
              *rect = wider;
              moved = 1;
            }
        }
    }
  return TRUE;
}
