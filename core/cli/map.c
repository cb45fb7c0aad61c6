/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

#define LONGEST_LINE 4096

static const char summary[] = "Maps points from the fixed to the moving image: lines “x,y” or “x y” in, the same lines out.";

static const char description[] =
  "Examples:\n"
  "  Where does the fixed image's point (120.5, 80) lie in the moving one?\n"
  "    echo 120.5,80 | pentimento map t.json\n"
  "  Carry an outline drawn on the moving image to the fixed one:\n"
  "    pentimento map t.json --inverse < outline.csv > outline-fixed.csv\n\n"
  "Blank lines and lines that begin with # pass through. Points that have no image, behind the horizon of a\n"
  "perspective, come out as nan,nan. Numbers have as many digits as it takes to bring them back exactly.\n";

/* Two numbers and what stands between them, which is kept. */
typedef struct
{
  PmtPoint point;
  char     separator[16];
} Line;

static int
count_marks (const char *separator)
{
  int n = 0;

  for (; *separator != 0; separator++)
    n += *separator == ',' || *separator == ';';
  return n;
}

static gboolean
parse_line (const char *text, Line *line)
{
  const char *start = text + strspn (text, " \t");
  char       *end;
  gsize       between;

  line->point.x = g_ascii_strtod (start, &end);
  between = strspn (end, " \t,;");
  if (end == start || between == 0 || between >= sizeof line->separator)
    return FALSE;
  memcpy (line->separator, end, between);
  line->separator[between] = 0;
  if (count_marks (line->separator) > 1)
    return FALSE;
  start = end + between;
  line->point.y = g_ascii_strtod (start, &end);
  return end != start && end[strspn (end, " \t\r\n")] == 0;
}

static gboolean
map_line (const PmtTransform *transform, const char *text, FILE *out)
{
  char     x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];
  Line     line;
  PmtPoint image;

  if (!parse_line (text, &line))
    return FALSE;
  pmt_transform_map (transform, 1, &line.point, &image);
  fprintf (out, "%s%s%s\n", command_number (image.x, x), line.separator, command_number (image.y, y));
  return TRUE;
}

static int
map_stream (const Command *command, const PmtTransform *transform, FILE *in, FILE *out)
{
  char   text[LONGEST_LINE];
  gint64 number = 0;

  while (fgets (text, sizeof text, in) != NULL)
    {
      const char *first = text + strspn (text, " \t\r\n");
      gboolean    whole = strchr (text, '\n') != NULL || feof (in);

      number++;
      if (whole && (*first == 0 || *first == '#'))
        fputs (text, out);
      else if (!whole || !map_line (transform, text, out))
        {
          g_autoptr (GError) error = g_error_new (PMT_ERROR, PMT_ERROR_FORMAT,
                                                  "line %" G_GINT64_FORMAT " is not “x,y”: %.60s", number,
                                                  g_strchomp (text));

          fflush (out);
          return command_fail (command, error);
        }
    }
  if (ferror (in) || fflush (out) != 0 || ferror (out))
    {
      g_autoptr (GError) error = g_error_new (PMT_ERROR, PMT_ERROR_IO, "cannot %s points: %s",
                                              ferror (in) ? "read" : "write", g_strerror (errno));

      return command_fail (command, error);
    }
  return STATUS_OK;
}

static int
run (const Command *command, gboolean inverse)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) loaded = pmt_transform_load (command->arguments[0], &error), transform = NULL;

  if (loaded != NULL)
    transform = inverse ? pmt_transform_invert (loaded, &error) : pmt_transform_ref (loaded);
  if (transform == NULL)
    return command_fail (command, error);
  return map_stream (command, transform, stdin, stdout);
}

int
command_map (int argc, char **argv)
{
  gboolean           inverse = FALSE;
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "inverse", 'i', 0, G_OPTION_ARG_NONE, &inverse, "Map from the moving to the fixed image", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "map", "T.json < POINTS", summary, description, entries, 1, 1, &argc, &argv, &status))
    status = run (&command, inverse);
  command_clear (&command);
  return status;
}
