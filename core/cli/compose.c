/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

static const char summary[] = "Joins transforms: from A's fixed image through A, then B, to B's moving image.";

static const char description[] =
  "Example:\n"
  "  X-ray to infrared and infrared to visible make X-ray to visible, with one resampling:\n"
  "    pentimento compose visible-infrared.json infrared-xray.json -o visible-xray.json\n"
  "    pentimento apply visible-xray.json xray.tif -o xray-aligned.tif\n\n"
  "  A bend as a steady flow, which is inverted by its sign:\n"
  "    pentimento compose canvas.json --velocities -o canvas-flow.json\n\n"
  "All steps are kept with their provenance. The image in the middle must have the same size in both.\n";

/* Takes the transform. */
static PmtTransform *
to_velocities (PmtTransform *transform, GError **error)
{
  g_autoptr (PmtTransform) owned = transform;
  double                   missed;
  PmtTransform            *flows = pmt_transform_to_velocities (owned, &missed, error);

  if (flows != NULL)
    g_printerr ("the flow leads to within %.3g px of where the bend does\n", missed);
  return flows;
}

static int
run (const Command *command, const char *path, gboolean velocities)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) all = pmt_transform_load (command->arguments[0], &error);

  for (int i = 1; all != NULL && command->arguments[i] != NULL; i++)
    {
      g_autoptr (PmtTransform) next = pmt_transform_load (command->arguments[i], &error);
      PmtTransform            *longer = next != NULL ? pmt_transform_compose (all, next, &error) : NULL;

      pmt_transform_unref (all);
      all = longer;
    }
  if (all != NULL && velocities)
    all = to_velocities (all, &error);
  if (all == NULL || !command_save_transform (all, path, &error))
    return command_fail (command, error);
  return STATUS_OK;
}

int
command_compose (int argc, char **argv)
{
  g_autofree char   *path = NULL;
  gboolean           velocities = FALSE;
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &path, "Write the transform here (default: standard output)", "T.json" },
      { "velocities", 0, 0, G_OPTION_ARG_NONE, &velocities, "Replace every bend by the steady velocity whose flow it is", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "compose", "A.json B.json … -o T.json", summary, description, entries, 1, G_MAXINT, &argc,
                     &argv, &status))
    status = velocities || command.arguments[1] != NULL
             ? run (&command, path, velocities) : command_usage (&command, "one transform alone is composed with --velocities only");
  command_clear (&command);
  return status;
}
