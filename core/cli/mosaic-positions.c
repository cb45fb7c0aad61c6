/* SPDX-License-Identifier: GPL-3.0-or-later */
/* About where tiles lie: from a table, or from the last two numbers of their names. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/read-file.h"
#include "command.h"

#define MAX_BYTES (16 << 20)
#define STEP      0.85      /* of a tile, from one row or column to the next, where only names tell */

static int
find_tile (int n, char *const *path, const char *name)
{
  for (int i = 0; i < n; i++)
    {
      g_autofree char *base = g_path_get_basename (path[i]), *stem = command_stem (path[i]);

      if (g_str_equal (name, base) || g_str_equal (name, stem) || g_str_equal (name, path[i]))
        return i;
    }
  return -1;
}

static gboolean
read_line (char *line, int n, char *const *path, PmtPoint *position, int number, GError **error)
{
  g_auto (GStrv) field = g_strsplit (line, ",", -1);
  char          *ends[2] = { NULL, NULL };
  PmtPoint       p;
  int            i;

  if (g_strv_length (field) < 3)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "line %d: a position is NAME,X,Y", number);
      return FALSE;
    }
  p.x = g_ascii_strtod (field[1], &ends[0]);
  p.y = g_ascii_strtod (field[2], &ends[1]);
  if (ends[0] == field[1] || ends[1] == field[2] || !isfinite (p.x) || !isfinite (p.y))
    {
      if (number == 1)                  /* the names of the columns */
        return TRUE;
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "line %d: “%s,%s” are no coordinates", number, field[1], field[2]);
      return FALSE;
    }
  i = find_tile (n, path, g_strstrip (field[0]));
  if (i >= 0)
    position[i] = p;
  return TRUE;
}

gboolean
command_read_positions (const char *file, int n, char *const *path, PmtPoint *position, GError **error)
{
  g_autoptr (GString) text = pmt_file_read (file, MAX_BYTES, error);
  g_auto (GStrv)      lines = text != NULL ? g_strsplit (text->str, "\n", -1) : NULL;

  for (int i = 0; lines != NULL && lines[i] != NULL; i++)
    if (*g_strstrip (lines[i]) != '\0' && lines[i][0] != '#' && !read_line (lines[i], n, path, position, i + 1, error))
      {
        g_prefix_error (error, "%s: ", file);
        return FALSE;
      }
  return lines != NULL;
}

/* The last two numbers of a name. */
static gboolean
row_and_column (const char *path, int *row, int *column)
{
  g_autofree char *name = command_stem (path);
  int              numbers[2] = { -1, -1 }, found = 0;

  for (int i = (int) strlen (name) - 1; i >= 0 && found < 2; i--)
    if (g_ascii_isdigit (name[i]))
      {
        while (i > 0 && g_ascii_isdigit (name[i - 1]))
          i--;
        numbers[found++] = (int) MIN (g_ascii_strtoull (name + i, NULL, 10), 100000);
      }
  *row = numbers[1];
  *column = numbers[0];
  return found == 2;
}

gboolean
command_positions_by_name (int n, char *const *path, PmtSize size, PmtPoint *position)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (int i = 0; i < n; i++)
    {
      int row, column;

      if (!row_and_column (path[i], &row, &column) || row > 9999 || column > 9999
          || !g_hash_table_add (seen, GINT_TO_POINTER (row * 10000 + column + 1)))
        return FALSE;
      position[i] = (PmtPoint) { STEP * size.width * column, STEP * size.height * row };
    }
  return TRUE;
}
