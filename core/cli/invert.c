/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

static const char summary[] = "Turns a transform round: what was fixed becomes moving.";

static const char description[] =
  "Example:\n"
  "  Draw the visible photograph in the frame of the X-ray instead:\n"
  "    pentimento invert xray.json -o visible-on-xray.json\n"
  "    pentimento apply visible-on-xray.json visible.tif -o visible-aligned.tif\n";

static int
run (const Command *command, const char *path)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) loaded = pmt_transform_load (command->arguments[0], &error), inverse = NULL;

  if (loaded == NULL || (inverse = pmt_transform_invert (loaded, &error)) == NULL || !command_save_transform (inverse, path, &error))
    return command_fail (command, error);
  return STATUS_OK;
}

int
command_invert (int argc, char **argv)
{
  g_autofree char   *path = NULL;
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &path, "Write the transform here (default: standard output)", "T.json" },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "invert", "T.json -o T.json", summary, description, entries, 1, 1, &argc,
                     &argv, &status))
    status = run (&command, path);
  command_clear (&command);
  return status;
}
