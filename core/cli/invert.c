/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

static const char summary[] = "Turns a transform round: what was fixed becomes moving.";

static const char description[] =
  "Example:\n"
  "  Draw the visible photograph in the frame of the X-ray instead:\n"
  "    pentimento invert xray.json -o visible-on-xray.json\n"
  "    pentimento apply visible-on-xray.json visible.tif -o visible-aligned.tif\n\n"
  "Homographies have an exact inverse. Where other steps are among them, the way there and back is measured over the\n"
  "fixed image, and how far it ends from where it began is told. What cannot be inverted is an error.\n";

/* What the inverse is worth, where that is not a matter of course. */
static void
tell (const Command *command, const PmtTransform *transform, gboolean quiet)
{
  PmtRoundTrip trip;

  if (!pmt_transform_round_trip (transform, &trip, NULL))   /* no size to measure over: the steps were measured each */
    return;
  if (trip.lost > 0)
    command_warn (command, "%.2g %% of the fixed image have no way back", 100 * trip.lost);
  if (trip.numeric && !quiet)
    g_printerr ("there and back: within %.2g px over the fixed image, worst at (%.1f, %.1f)\n", trip.worst, trip.where.x,
                trip.where.y);
}

static int
run (const Command *command, const char *path, gboolean quiet)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) loaded = pmt_transform_load (command->arguments[0], &error), inverse = NULL;

  if (loaded == NULL || (inverse = pmt_transform_invert (loaded, &error)) == NULL
      || !command_save_transform (inverse, path, &error))
    return command_fail (command, error);
  tell (command, loaded, quiet);
  return STATUS_OK;
}

int
command_invert (int argc, char **argv)
{
  g_autofree char   *path = NULL;
  gboolean           quiet = FALSE;
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &path, "Write the transform here (default: standard output)", "T.json" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "invert", "T.json -o T.json", summary, description, entries, 1, 1, &argc,
                     &argv, &status))
    status = run (&command, path, quiet);
  command_clear (&command);
  return status;
}
