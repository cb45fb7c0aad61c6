/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scene.h"

#include <string.h>

/* 0 … 1, from the coordinates alone: a white texture plus a coarse one. */
static float
texture (int x, int y, int band, guint32 seed)
{
  guint32 fine = seed + 2654435761u * (guint32) x + 2246822519u * (guint32) y + 3266489917u * (guint32) (band + 1);
  guint32 coarse = seed ^ (2654435761u * (guint32) (x / 16) + 2246822519u * (guint32) (y / 16));

  for (int k = 0; k < 2; k++)
    {
      fine = (fine ^ (fine >> 15)) * 2246822519u;
      coarse = (coarse ^ (coarse >> 13)) * 3266489917u;
    }
  return 0.4f * (float) (fine >> 8) / 16777216.0f + 0.6f * (float) (coarse >> 8) / 16777216.0f;
}

/* Written as RGBA or n floats, whatever converts to the format without ado. */
GeglBuffer *
scene_buffer_new (const GeglRectangle *extent, const Babl *format, guint32 seed)
{
  GeglBuffer      *buffer = gegl_buffer_new (extent, format);
  gboolean         unnamed = babl_format_is_format_n (format);
  int              bands = unnamed ? babl_format_get_n_components (format) : 4;
  const Babl      *source = unnamed ? babl_format_n (babl_type ("float"), bands) : babl_format ("R'G'B'A float");
  g_autofree float *row = g_new (float, (gsize) bands * extent->width);

  for (int y = extent->y; y < extent->y + extent->height; y++)
    {
      for (int x = 0; x < extent->width; x++)
        for (int b = 0; b < bands; b++)
          row[x * bands + b] = texture (extent->x + x, y, b, seed);
      if (!unnamed && babl_format_has_alpha (format))   /* holes, and full cover in half of the image */
        for (int x = 0; x < extent->width; x++)
          row[x * 4 + 3] = row[x * 4 + 3] > 0.5f ? 1 : row[x * 4 + 3] < 0.25f ? 0 : row[x * 4 + 3];
      gegl_buffer_set (buffer, GEGL_RECTANGLE (extent->x, y, extent->width, 1), 0, source, row, GEGL_AUTO_ROWSTRIDE);
    }
  return buffer;
}

PmtTransform *
scene_chain_new (const double m[9])
{
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  g_autoptr (GError) error = NULL;
  PmtMatrix3         matrix;
  PmtTransform      *chain;

  memcpy (matrix.m, m, sizeof matrix.m);
  chain = pmt_transform_append_matrix (empty, &matrix, (PmtSize) { 0, 0 }, NULL, &error);
  g_assert_no_error (error);
  return chain;
}

char *
scene_json_new (const double m[9])
{
  g_autoptr (PmtTransform) chain = scene_chain_new (m);

  return pmt_transform_to_json (chain);
}

GeglNode *
scene_graph_new (GeglBuffer *input, const char *operation, GeglNode **node)
{
  GeglNode *graph = gegl_node_new ();
  GeglNode *source = gegl_node_new_child (graph, "operation", "gegl:buffer-source", "buffer", input, NULL);

  *node = gegl_node_new_child (graph, "operation", operation, NULL);
  gegl_node_link (source, *node);
  return graph;
}

gsize
scene_bytes (const GeglRectangle *roi, const Babl *format)
{
  return (gsize) roi->width * roi->height * babl_format_get_bytes_per_pixel (format);
}

gpointer
scene_render (GeglNode *node, const GeglRectangle *roi, const Babl *format)
{
  gpointer pixels = g_malloc0 (scene_bytes (roi, format) + 1);

  gegl_node_blit (node, 1.0, roi, format, pixels, GEGL_AUTO_ROWSTRIDE, GEGL_BLIT_DEFAULT);
  return pixels;
}

gpointer
scene_read (GeglBuffer *buffer, const GeglRectangle *roi, const Babl *format)
{
  gpointer pixels = g_malloc0 (scene_bytes (roi, format) + 1);

  gegl_buffer_get (buffer, roi, 1.0, format, pixels, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  return pixels;
}

GeglRectangle
scene_random_rect (GRand *rand, const GeglRectangle *within)
{
  int x = g_rand_int_range (rand, 0, within->width), y = g_rand_int_range (rand, 0, within->height);

  return *GEGL_RECTANGLE (within->x + x, within->y + y, g_rand_int_range (rand, 1, within->width - x + 1),
                          g_rand_int_range (rand, 1, within->height - y + 1));
}
