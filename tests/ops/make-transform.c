/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make-transform M00 M01 M02 M10 M11 M12 M20 M21 M22: the chain of that one homography, as JSON on stdout. */
#include <stdio.h>

#include "scene.h"

int
main (int argc, char **argv)
{
  double           m[9];
  g_autofree char *json = NULL;

  if (argc != 10)
    return 2;
  for (int i = 0; i < 9; i++)
    m[i] = g_ascii_strtod (argv[i + 1], NULL);
  json = scene_json_new (m);
  return fputs (json, stdout) < 0;
}
