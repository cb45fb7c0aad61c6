/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rectify-corners.h"

#include <math.h>

#include "plug-in.h"

#define LENGTHS 6

/* Up to `most` numbers, apart by blanks, commas and semicolons, “-” for one that is not known; their number, −1 for other text. */
static int
read_numbers (const char *text, int most, double *number)
{
  g_auto (GStrv) words = g_strsplit_set (text != NULL ? text : "", " ,;\t\n", -1);
  int n = 0;

  for (char **word = words; *word != NULL; word++)
    {
      char *end = *word + 1;

      if (**word == '\0')
        continue;
      if (n == most)
        return -1;
      number[n] = g_str_equal (*word, "-") ? NAN : g_ascii_strtod (*word, &end);
      if (end == *word || *end != '\0')
        return -1;
      n++;
    }
  return n;
}

gboolean
pmt_rectify_read_corners (const char *text, PmtPoint corner[4], GError **error)
{
  double at[8];

  if (read_numbers (text, 8, at) != 8)
    return pmt_plug_in_fail (error, _("The corners are four places, “x,y x,y x,y x,y”."));
  for (int i = 0; i < 4; i++)
    {
      if (!isfinite (at[2 * i]) || !isfinite (at[2 * i + 1]))
        return pmt_plug_in_fail (error, _("The corners are four places, “x,y x,y x,y x,y”."));
      corner[i] = (PmtPoint) { at[2 * i], at[2 * i + 1] };
    }
  return TRUE;
}

char *
pmt_rectify_corners_text (const PmtPoint corner[4])
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < 4; i++)
    {
      char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, "%s%s,%s", i > 0 ? "  " : "", g_ascii_formatd (x, sizeof x, "%.6g", corner[i].x),
                              g_ascii_formatd (y, sizeof y, "%.6g", corner[i].y));
    }
  return g_string_free (text, FALSE);
}

gboolean
pmt_rectify_read_lengths (const char *text, PmtMeasures *measures, GError **error)
{
  double length[LENGTHS] = { NAN, NAN, NAN, NAN, NAN, NAN };

  if (read_numbers (text, LENGTHS, length) < 2)
    return pmt_plug_in_fail (error, _("Two lengths are needed for a rectangle, and five of the six for another shape."));
  for (int i = 0; i < LENGTHS; i++)
    *(i < 4 ? &measures->side[i] : &measures->diagonal[i - 4]) = length[i];
  return TRUE;
}

/* -- from the image -- */

/* Clockwise around their middle, from the one that is most to the upper left. */
static void
put_in_order (PmtPoint corner[4])
{
  PmtPoint middle = { 0, 0 }, sorted[4];
  int first = 0;

  for (int i = 0; i < 4; i++)
    middle = (PmtPoint) { middle.x + corner[i].x / 4, middle.y + corner[i].y / 4 };
  for (int i = 1; i < 4; i++)
    for (int k = i; k > 0 && atan2 (corner[k].y - middle.y, corner[k].x - middle.x)
                             < atan2 (corner[k - 1].y - middle.y, corner[k - 1].x - middle.x); k--)
      {
        PmtPoint swapped = corner[k];

        corner[k] = corner[k - 1];
        corner[k - 1] = swapped;
      }
  for (int i = 1; i < 4; i++)
    if (corner[i].x + corner[i].y < corner[first].x + corner[first].y)
      first = i;
  for (int i = 0; i < 4; i++)
    sorted[i] = corner[(first + i) % 4];
  for (int i = 0; i < 4; i++)
    corner[i] = sorted[i];
}

static gboolean
corners_of_path (GimpPath *path, PmtPoint corner[4])
{
  gsize strokes = 0, n = 0;
  g_autofree int *ids = gimp_path_get_strokes (path, &strokes);
  g_autofree double *values = NULL;
  gboolean closed;

  if (strokes != 1)
    return FALSE;
  gimp_path_stroke_get_points (path, ids[0], &n, &values, &closed);
  if (n != 24)
    return FALSE;
  for (int i = 0; i < 4; i++)
    corner[i] = (PmtPoint) { values[6 * i + 2], values[6 * i + 3] };
  put_in_order (corner);
  return TRUE;
}

/* The first of these paths that has four anchors; *n: how many have. */
static GimpPath *
find_path (GimpPath **paths, PmtPoint corner[4], int *n)
{
  GimpPath *found = NULL;

  *n = 0;
  for (int i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      PmtPoint own[4];

      if (!corners_of_path (paths[i], own) || (*n)++ > 0)
        continue;
      found = paths[i];
      for (int k = 0; k < 4; k++)
        corner[k] = own[k];
    }
  return found;
}

/* The outermost places of what is selected along both diagonals, at the corners of their pixels. */
static gboolean
corners_of_selection (GimpImage *image, PmtPoint corner[4])
{
  static const int ways[4][2] = { { -1, -1 }, { 1, -1 }, { 1, 1 }, { -1, 1 } };      /* clockwise from the upper left */
  g_autoptr (GeglBuffer) selection = gimp_drawable_get_buffer (GIMP_DRAWABLE (gimp_image_get_selection (image)));
  int width = gegl_buffer_get_width (selection), height = gegl_buffer_get_height (selection);
  g_autofree float *row = g_new (float, width);
  double best[4] = { -HUGE_VAL, -HUGE_VAL, -HUGE_VAL, -HUGE_VAL };

  for (int y = 0; y < height; y++)
    {
      int from = 0, to = width;

      gegl_buffer_get (selection, GEGL_RECTANGLE (0, y, width, 1), 1.0, babl_format ("Y float"), row, GEGL_AUTO_ROWSTRIDE,
                       GEGL_ABYSS_NONE);
      while (from < width && row[from] < 0.5f)
        from++;
      while (to > from && row[to - 1] < 0.5f)
        to--;
      for (int k = 0; from < to && k < 4; k++)
        {
          PmtPoint p = { ways[k][0] < 0 ? from : to, ways[k][1] < 0 ? y : y + 1 };

          if (ways[k][0] * p.x + ways[k][1] * p.y > best[k])
            {
              best[k] = ways[k][0] * p.x + ways[k][1] * p.y;
              corner[k] = p;
            }
        }
    }
  return isfinite (best[0]);
}

gboolean
pmt_rectify_find_corners (GimpImage *image, PmtPoint corner[4], char **from)
{
  g_autofree GimpPath **selected = gimp_image_get_selected_paths (image), **all = gimp_image_get_paths (image);
  int n;
  GimpPath *path = find_path (selected, corner, &n);

  if (path == NULL)
    {
      path = find_path (all, corner, &n);
      if (n > 1)
        path = NULL;
    }
  if (path != NULL)
    {
      g_autofree char *name = gimp_item_get_name (GIMP_ITEM (path));

      *from = g_strdup_printf (_("The anchors of the path “%s”"), name);
      return TRUE;
    }
  if (gimp_selection_is_empty (image) || !corners_of_selection (image, corner))
    return FALSE;
  *from = g_strdup (_("The corners of the selection"));
  return TRUE;
}
