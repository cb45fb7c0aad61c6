/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <math.h>

#include "base/read-file.h"
#include "command.h"
#include "fit/points.h"

#define MAX_BYTES (16 << 20)

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

static gboolean
parse (char **lines, GArray *fixed, GArray *moving, const char *path, GError **error)
{
  for (int i = 0; lines[i] != NULL; i++)
    {
      const char *text = g_strstrip (lines[i]);
      double      v[4];
      PmtPoint    p;

      if (*text == 0 || *text == '#' || (fixed->len == 0 && is_header (text)))
        continue;
      if (!parse_line (text, v))
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT,
                       "%s: line %d is not “fixed_x,fixed_y,moving_x,moving_y”: %.60s", path, i + 1, text);
          return FALSE;
        }
      p = (PmtPoint) { v[0], v[1] };
      g_array_append_val (fixed, p);
      p = (PmtPoint) { v[2], v[3] };
      g_array_append_val (moving, p);
    }
  return TRUE;
}

gboolean
command_read_points (const char *path, GArray *fixed, GArray *moving, GError **error)
{
  g_autoptr (GString) text = pmt_file_read (path, MAX_BYTES, error);
  g_auto (GStrv)      lines = NULL;

  if (text == NULL)
    return FALSE;
  lines = g_strsplit (text->str, "\n", -1);
  return parse (lines, fixed, moving, path, error);
}

PmtTransform *
command_load_points (const char *path, PmtSize fixed_size, PmtSize moving_size, GError **error)
{
  g_autoptr (GArray)       fixed = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (GArray)       moving = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (PmtTransform) empty = pmt_transform_new (fixed_size, moving_size);
  PmtProvenance            provenance;
  PmtMatrix3               matrix;
  PmtTransform            *transform;

  if (!command_read_points (path, fixed, moving, error))
    return NULL;
  if (!pmt_fit_points ((int) fixed->len, (PmtPoint *) fixed->data, (PmtPoint *) moving->data, &matrix, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  pmt_provenance_init (&provenance);
  provenance.method = g_strdup ("points");
  transform = pmt_transform_append_matrix (empty, &matrix, moving_size, &provenance, error);
  pmt_provenance_clear (&provenance);
  return transform;
}
