/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pairs of points as text. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "fit/points.h"

/* Four numbers between commas or white space; FALSE for anything else. */
static gboolean
parse_line (const char *line, double v[4])
{
  for (int k = 0; k < 4; k++)
    {
      char *end;

      line += strspn (line, " \t");
      if (k > 0 && (*line == ',' || *line == ';'))
        line += 1 + strspn (line + 1, " \t");
      v[k] = g_ascii_strtod (line, &end);
      if (end == line || !isfinite (v[k]))
        return FALSE;
      line = end;
    }
  return line[strspn (line, " \t\r")] == 0;
}

/* A first line of words; “nan” is a number, if not one to use. */
static gboolean
is_header (const char *line)
{
  char *end;

  g_ascii_strtod (line, &end);
  return end == line && g_ascii_isalpha (line[strspn (line, " \t\"")]);
}

gboolean
pmt_points_from_text (const char *text, GArray *fixed, GArray *moving, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (int i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);
      double      v[4];
      PmtPoint    p;

      if (*line == 0 || *line == '#' || (fixed->len == 0 && is_header (line)))
        continue;
      if (!parse_line (line, v))
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT,
                       "line %d is not “fixed_x,fixed_y,moving_x,moving_y”: %.60s", i + 1, line);
          return FALSE;
        }
      p = (PmtPoint) { v[0], v[1] };
      g_array_append_val (fixed, p);
      p = (PmtPoint) { v[2], v[3] };
      g_array_append_val (moving, p);
    }
  return TRUE;
}
