/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "command.h"
#include "fit/rectify.h"

static const char summary[] = "Derives the transform that makes a photograph of something flat true to scale, from lengths measured on it.";

static const char description[] =
  "The corners are given clockwise from the upper left, in pixels of the photograph; lengths in any one unit. Five of the\n"
  "four sides and two diagonals fix the shape, the sixth tells how well they were measured. For a rectangle, such as a field\n"
  "of a target, two sides that meet are enough. The plan is the fixed image: an overview to align photographs to.\n\n"
  "Examples:\n"
  "  A panel, in millimetres: sides upper, right, lower, left, then both diagonals; 4 px a millimetre:\n"
  "    pentimento rectify panel.tif --corners \"312,208 5610,180 5702,4011 290,4090\" \\\n"
  "      --lengths \"812 612.5 811 611 1016 1017\" --resolution 4 -t plan.json\n"
  "    pentimento apply plan.json panel.tif -o overview.tif\n"
  "  A square of 50 mm on a target:\n"
  "    pentimento rectify shot.tif --corners \"100,90 480,96 470,500 92,488\" --lengths \"50 50\" -t plan.json\n";

#define CORNERS 4
#define LENGTHS 6

typedef struct { char *transform, *corners, *lengths; double resolution; gboolean quiet; } Options;

/* Up to `most` numbers, apart by blanks and commas, “-” for one that is not known; their number, −1 for other text. */
static int
read_numbers (const char *text, int most, double *number)
{
  g_auto (GStrv) words = g_strsplit_set (text, " ,\t\n", -1);
  int            n = 0;

  for (char **w = words; *w != NULL; w++)
    {
      char *end = *w + 1;

      if (**w == 0)
        continue;
      if (n == most)
        return -1;
      number[n] = g_str_equal (*w, "-") ? NAN : g_ascii_strtod (*w, &end);
      if (end == *w || *end != 0)
        return -1;
      n++;
    }
  return n;
}

static gboolean
read_words (const Command *command, const Options *o, PmtPoint corner[CORNERS], PmtMeasures *m, int *status)
{
  double at[2 * CORNERS], length[LENGTHS] = { NAN, NAN, NAN, NAN, NAN, NAN };
  int    n;

  if (o->corners == NULL || read_numbers (o->corners, 2 * CORNERS, at) != 2 * CORNERS)
    {
      *status = command_usage (command, "--corners are four points, “x,y x,y x,y x,y”");
      return FALSE;
    }
  n = o->lengths != NULL ? read_numbers (o->lengths, LENGTHS, length) : 0;
  if (n < 2)
    {
      *status = command_usage (command, "--lengths are two to six numbers: the sides from the upper one on, then the diagonals; “-” for one that "
                               "was not measured");
      return FALSE;
    }
  for (int i = 0; i < CORNERS; i++)
    corner[i] = (PmtPoint) { at[2 * i], at[2 * i + 1] };
  for (int i = 0; i < LENGTHS; i++)
    *(i < CORNERS ? &m->side[i] : &m->diagonal[i - CORNERS]) = length[i];
  return TRUE;
}

static int
run (const Command *command, const Options *o)
{
  g_autoptr (GError)           error = NULL;
  g_autoptr (PmtRectification) r = NULL;
  PmtPoint                     corner[CORNERS];
  PmtMeasures                  measures;
  PmtSize                      photograph, plan;
  int                          status = STATUS_OK;

  if (!read_words (command, o, corner, &measures, &status))
    return status;
  if (!command_read_size (command->arguments[0], &photograph, &error))
    return command_fail (command, error);
  r = pmt_rectify (corner, &measures, o->resolution, photograph, &error);
  if (r == NULL || !pmt_transform_save (r->transform, o->transform, &error))
    return command_fail (command, error);
  plan = pmt_transform_get_fixed_size (r->transform);
  if (!o->quiet)
    {
      printf ("plan: %d × %d px, %.6g px for a unit of length\n", plan.width, plan.height, r->resolution);
      if (isfinite (measures.diagonal[0]) && isfinite (measures.diagonal[1]))
        printf ("the measured lengths are off by %.3g (root mean square)\n", r->misfit);
    }
  return STATUS_OK;
}

static int
check_and_run (const Command *command, const Options *o)
{
  const CommandFile outputs[] = { { "--transform", o->transform }, { NULL, NULL } };
  const CommandFile inputs[] = { { "IMAGE", command->arguments[0] }, { NULL, NULL } };
  int               status = STATUS_OK;

  if (o->transform == NULL)
    return command_usage (command, "where to? Name a transform with -t");
  return command_check_files (command, outputs, inputs, &status) ? run (command, o) : status;
}

int
command_rectify (int argc, char **argv)
{
  Options            o = { 0 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "transform", 't', 0, G_OPTION_ARG_FILENAME, &o.transform, "Write the transform here", "T.json" },
      { "corners", 0, 0, G_OPTION_ARG_STRING, &o.corners, "Where they are in the photograph, px", "“x,y x,y x,y x,y”" },
      { "lengths", 0, 0, G_OPTION_ARG_STRING, &o.lengths, "Sides 1–2 2–3 3–4 4–1 and diagonals 1–3 2–4; “-”: not measured", "“…”" },
      { "resolution", 0, 0, G_OPTION_ARG_DOUBLE, &o.resolution, "Pixels of the plan for a unit of length (default: as the photograph has)", "X" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Print nothing", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "rectify", "IMAGE|WxH --corners … --lengths … -t T.json", summary, description, entries, 1, 1, &argc, &argv, &status))
    status = check_and_run (&command, &o);
  g_free (o.transform);
  g_free (o.corners);
  g_free (o.lengths);
  command_clear (&command);
  return status;
}
