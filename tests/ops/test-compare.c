/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <gegl-plugin.h>

#include "judge/compare.h"
#include "scene.h"

static const char *const mode_nicks[] = { "red-cyan", "checker", "curtain", "difference", "blend" };

/* Overlapping, neither inside the other, neither at the origin. */
static const GeglRectangle moved_extent = { -31, 12, 170, 140 };
static const GeglRectangle fixed_extent = { 20, -9, 150, 130 };

static GeglNode *
compare_graph_new (GeglBuffer *moved, GeglBuffer *fixed, int mode, GeglNode **node)
{
  GeglNode *graph = scene_graph_new (moved, "pentimento:compare", node);
  GeglNode *aux = gegl_node_new_child (graph, "operation", "gegl:buffer-source", "buffer", fixed, NULL);

  gegl_node_connect (aux, "output", *node, "aux");
  gegl_node_set (*node, "mode", mode, "size", 24, "curtain", 0.3, "opacity", 0.7, "gain", 3.0, NULL);
  return graph;
}

/* pmt_compare_row() over the whole frame, from pixels converted here. */
static float *
reference_new (GeglBuffer *moved, GeglBuffer *fixed, PmtCompareMode mode, const GeglRectangle *frame)
{
  const Babl       *format = babl_format_with_space ("R'G'B'A float", gegl_buffer_get_format (fixed));
  g_autofree float *f = scene_read (fixed, frame, format);
  float            *m = scene_read (moved, frame, format);
  PmtCompareOptions options = { .size = 24, .opacity = 0.7, .curtain = 0.3, .gain = 3 };
  PmtSize           whole = { frame->width, frame->height };

  for (int y = 0; y < frame->height; y++)
    {
      gsize row = (gsize) 4 * y * frame->width;

      pmt_compare_row (mode, &options, 0, y, frame->width, whole, f + row, m + row, m + row);
    }
  return m;
}

static void
test_metadata (void)
{
  GParamSpec       *pspec = gegl_operation_find_property ("pentimento:compare", "mode");
  GEnumClass       *enum_class = G_ENUM_CLASS (g_type_class_ref (pspec->value_type));
  PmtCompareOptions options;
  PmtCompareMode    mode;

  g_assert_cmpuint (enum_class->n_values, ==, G_N_ELEMENTS (mode_nicks));
  for (guint i = 0; i < enum_class->n_values; i++)
    {
      g_assert_true (pmt_compare_mode_from_nick (enum_class->values[i].value_nick, &mode));
      g_assert_cmpint (mode, ==, enum_class->values[i].value);
    }
  g_type_class_unref (enum_class);

  pmt_compare_options_init (&options);   /* the operation repeats these: they must not part */
  g_assert_cmpint (G_PARAM_SPEC_INT (gegl_operation_find_property ("pentimento:compare", "size"))->default_value, ==,
                   options.size);
  pspec = gegl_operation_find_property ("pentimento:compare", "curtain");
  g_assert_cmpfloat (G_PARAM_SPEC_DOUBLE (pspec)->default_value, ==, options.curtain);
  pspec = gegl_operation_find_property ("pentimento:compare", "opacity");
  g_assert_cmpfloat (G_PARAM_SPEC_DOUBLE (pspec)->default_value, ==, options.opacity);
  pspec = gegl_operation_find_property ("pentimento:compare", "gain");
  g_assert_cmpfloat (G_PARAM_SPEC_DOUBLE (pspec)->default_value, ==, options.gain);
}

static void
test_reference (void)
{
  static const char *const formats[] = { "R'G'B' u8", "R'G'B'A u16", "RGBA float", "Y' u8", "Y'A float" };

  for (guint a = 0; a < G_N_ELEMENTS (formats); a++)
    for (guint mode = 0; mode < G_N_ELEMENTS (mode_nicks); mode++)
      {
        const Babl            *format = babl_format ("R'G'B'A float");
        const char            *other = formats[(a + mode) % G_N_ELEMENTS (formats)];
        g_autoptr (GeglBuffer) moved = scene_buffer_new (&moved_extent, babl_format (formats[a]), 1);
        g_autoptr (GeglBuffer) fixed = scene_buffer_new (&fixed_extent, babl_format (other), 2);
        GeglNode              *node;
        g_autoptr (GeglNode)   graph = compare_graph_new (moved, fixed, mode, &node);
        GeglRectangle          frame, box = gegl_node_get_bounding_box (node);
        g_autofree float      *got = NULL, *expected = NULL;

        gegl_rectangle_bounding_box (&frame, &moved_extent, &fixed_extent);
        scene_assert_rect (box, frame);
        got = scene_render (node, &frame, format);
        expected = reference_new (moved, fixed, mode, &frame);
        g_assert_cmpmem (got, scene_bytes (&frame, format), expected, scene_bytes (&frame, format));
      }
}

static void
test_crops (void)
{
  const Babl            *format = babl_format ("R'G'B'A float");
  g_autoptr (GRand)      rand = g_rand_new_with_seed (3);
  g_autoptr (GeglBuffer) moved = scene_buffer_new (&moved_extent, babl_format ("R'G'B'A u16"), 1);
  g_autoptr (GeglBuffer) fixed = scene_buffer_new (&fixed_extent, babl_format ("R'G'B' u8"), 2);
  int                    threads;

  g_object_get (gegl_config (), "threads", &threads, NULL);
  for (int i = 0; i < 30; i++)
    {
      GeglNode            *node;
      g_autoptr (GeglNode) graph = compare_graph_new (moved, fixed, i % 5, &node);
      GeglRectangle        box = gegl_node_get_bounding_box (node), roi = scene_random_rect (rand, &box);
      g_autofree float    *crop = NULL, *whole = reference_new (moved, fixed, i % 5, &box);

      g_object_set (gegl_config (), "threads", 1 + i % 2, NULL);
      crop = scene_render (node, &roi, format);
      for (int y = 0; y < roi.height; y++)
        g_assert_cmpmem (crop + (gsize) 4 * y * roi.width, roi.width * 16,
                         whole + 4 * ((gsize) (roi.y - box.y + y) * box.width + roi.x - box.x), roi.width * 16);
    }
  g_object_set (gegl_config (), "threads", threads, NULL);
}

/* Unnamed bands: one is grey, of more the first three are colours; opaque inside the image only. */
static void
test_bands (void)
{
  const Babl            *format = babl_format ("R'G'B'A float");
  g_autoptr (GeglBuffer) one = scene_buffer_new (&fixed_extent, babl_format_n (babl_type ("float"), 1), 1);
  g_autoptr (GeglBuffer) five = scene_buffer_new (&moved_extent, babl_format_n (babl_type ("float"), 5), 2);
  GeglNode              *node;
  g_autoptr (GeglNode)   graph = compare_graph_new (five, one, PMT_COMPARE_CURTAIN, &node);
  GeglRectangle          box = gegl_node_get_bounding_box (node);
  g_autofree float      *got = scene_render (node, &box, format);
  g_autofree float      *grey = scene_read (one, &box, babl_format_n (babl_type ("float"), 1));
  g_autofree float      *bands = scene_read (five, &box, babl_format_n (babl_type ("float"), 5));

  for (int y = 0; y < box.height; y++)
    for (int x = 0; x < box.width; x++)
      {
        gsize         i = (gsize) y * box.width + x;
        GeglRectangle pixel = { box.x + x, box.y + y, 1, 1 };
        gboolean      left = x + 0.5 < 0.3 * box.width;

        if (!gegl_rectangle_contains (left ? &fixed_extent : &moved_extent, &pixel))
          g_assert_cmpfloat (got[4 * i + 3], ==, 0);
        else
          for (int c = 0; c < 4; c++)
            g_assert_cmpfloat (got[4 * i + c], ==, c == 3 ? 1 : left ? grey[i] : bands[5 * i + c]);
      }
}

/* One image missing, or without end: the other still shows, and nothing is endless but what has to be. */
static void
test_partial (void)
{
  const Babl            *format = babl_format ("R'G'B'A float");
  g_autoptr (GeglBuffer) moved = scene_buffer_new (&moved_extent, babl_format ("RGBA float"), 1);
  GeglNode              *node, *colour;
  g_autoptr (GeglNode)   graph = scene_graph_new (moved, "pentimento:compare", &node);
  g_autofree float      *alone = NULL, *on_colour = NULL;
  g_autofree float      *expected = scene_read (moved, &moved_extent, format);
  gsize                  right = 100, row = 50 * moved_extent.width;

  gegl_node_set (node, "mode", PMT_COMPARE_CURTAIN, NULL);
  scene_assert_rect (gegl_node_get_bounding_box (node), moved_extent);
  alone = scene_render (node, &moved_extent, format);
  g_assert_cmpmem (alone + 4 * (row + right), 16, expected + 4 * (row + right), 16);
  g_assert_cmpfloat (alone[4 * row + 3], ==, 0);

  colour = gegl_node_new_child (graph, "operation", "gegl:color", NULL);   /* black */
  gegl_node_connect (colour, "output", node, "aux");
  on_colour = scene_render (node, &moved_extent, format);
  g_assert_cmpmem (on_colour + 4 * (row + right), 16, expected + 4 * (row + right), 16);
  g_assert_cmpfloat (on_colour[4 * row], ==, 0);
  g_assert_cmpfloat (on_colour[4 * row + 3], ==, 1);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gegl_init (NULL, NULL);
  g_object_set (gegl_config (), "swap", "RAM", "use-opencl", FALSE, NULL);
  if (!gegl_has_operation ("pentimento:compare"))
    g_error ("pentimento:compare is not on GEGL_PATH");

  g_test_add_func ("/ops/compare/metadata", test_metadata);
  g_test_add_func ("/ops/compare/reference", test_reference);
  g_test_add_func ("/ops/compare/crops", test_crops);
  g_test_add_func ("/ops/compare/bands", test_bands);
  g_test_add_func ("/ops/compare/partial", test_partial);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
