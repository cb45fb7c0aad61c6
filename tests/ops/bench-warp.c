/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench-warp [MEGAPIXELS]: time of one warp of an RGBA float image, pentimento:warp beside gegl:transform. Renders the
 * frame of the input and no more: gegl:transform's own bounding box may be all but endless. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gegl-plugin.h>

#include "scene.h"

#define REPEATS 5

/* A rotation by 2°, a little scale and perspective: what an alignment looks like. */
static const double tilt[9] = { 0.99, 0.035, -60, -0.035, 0.99, 80, 1e-6, -1e-6, 1 };

static int
compare_times (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Seconds of REPEATS renderings after one to warm up, sorted. */
static void
time_node (GeglBuffer *input, const char *operation, const char *property, const char *value, int sampler,
           double seconds[REPEATS])
{
  const GeglRectangle *frame = gegl_buffer_get_extent (input);

  for (int i = -1; i < REPEATS; i++)
    {
      GeglNode              *node;
      g_autoptr (GeglNode)   graph = scene_graph_new (input, operation, &node);
      g_autoptr (GeglBuffer) output = gegl_buffer_new (frame, babl_format ("RGBA float"));
      gint64                 start;

      gegl_node_set (node, property, value, "sampler", sampler, NULL);
      start = g_get_monotonic_time ();
      gegl_node_blit_buffer (node, output, frame, 0, GEGL_ABYSS_NONE);
      if (i >= 0)
        seconds[i] = (g_get_monotonic_time () - start) / 1e6;
    }
  qsort (seconds, REPEATS, sizeof *seconds, compare_times);
}

static void
compare_operations (GeglBuffer *input, const char *json, const char *matrix)
{
  static const struct { const char *name; int ours, gegls; } samplers[] =
    { { "nearest", 0, GEGL_SAMPLER_NEAREST }, { "linear", 1, GEGL_SAMPLER_LINEAR }, { "cubic", 2, GEGL_SAMPLER_CUBIC } };

  for (guint i = 0; i < G_N_ELEMENTS (samplers); i++)
    for (int threads = 1; threads <= 2; threads++)
      {
        double ours[REPEATS], gegls[REPEATS];

        g_object_set (gegl_config (), "threads", threads, NULL);
        time_node (input, "pentimento:warp", "transform", json, samplers[i].ours, ours);
        time_node (input, "gegl:transform", "transform", matrix, samplers[i].gegls, gegls);
        printf ("%-8s %d thread%s  pentimento:warp %.3f / %.3f / %.3f   gegl:transform %.3f / %.3f / %.3f\n",
                samplers[i].name, threads, threads > 1 ? "s" : " ", ours[0], ours[REPEATS / 2], ours[REPEATS - 1],
                gegls[0], gegls[REPEATS / 2], gegls[REPEATS - 1]);
      }
}

int
main (int argc, char **argv)
{
  double           megapixels = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 24;
  int              height = (int) (1000 * sqrt (megapixels / 1.5)), width = height * 3 / 2;
  g_autofree char *json = scene_json_new (tilt), *matrix = NULL;
  GeglBuffer      *input;
  PmtMatrix3       m, inverse;

  memcpy (m.m, tilt, sizeof m.m);
  if (!pmt_matrix3_invert (&m, &inverse))
    return 1;
  matrix = g_strdup_printf ("matrix(%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g,%.17g)",
                            inverse.m[0][0], inverse.m[0][1], inverse.m[0][2], inverse.m[1][0], inverse.m[1][1],
                            inverse.m[1][2], inverse.m[2][0], inverse.m[2][1], inverse.m[2][2]);
  gegl_init (NULL, NULL);
  g_object_set (gegl_config (), "swap", "RAM", "use-opencl", FALSE, "tile-cache-size", (guint64) 4 << 30, NULL);
  input = scene_buffer_new (GEGL_RECTANGLE (0, 0, width, height), babl_format ("RGBA float"), 1);
  printf ("%d × %d RGBA float, seconds: min / median / max of %d\n", width, height, REPEATS);
  compare_operations (input, json, matrix);
  g_object_unref (input);
  gegl_exit ();
  return 0;
}
