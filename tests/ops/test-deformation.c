/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include <gegl-plugin.h>

#include "judge/deformation.h"
#include "scene.h"

static const char *const mode_nicks[] = { "grid", "arrows", "jacobian", "strain" };

/* Larger than the fixed image on two sides, smaller on the others. */
static const GeglRectangle extent = { -31, 12, 200, 140 };

/* A perspective and a bend; of 160 × 170 pixels unless that is not to be known. */
static PmtTransform *
bent_new (gboolean sized)
{
  static const PmtMatrix3  tilt = { { { 1.04, 0.06, 2 }, { -0.05, 0.97, 11 }, { 2e-4, -3e-4, 1 } } };
  const PmtSize            unknown = { 0, 0 };
  PmtPoint                 d[6 * 6] = { 0 };
  PmtLattice               lattice = { { -40, -30 }, { 45, 42 }, 6, 6, d };
  g_autoptr (PmtTransform) empty = pmt_transform_new (sized ? (PmtSize) { 160, 170 } : unknown, unknown), tilted = NULL;
  g_autoptr (GError)       error = NULL;
  PmtTransform            *bent;

  d[2 * 6 + 3] = (PmtPoint) { 9, -5 };
  d[4 * 6 + 2] = (PmtPoint) { -6, 4 };
  tilted = pmt_transform_append_matrix (empty, &tilt, unknown, NULL, &error);
  g_assert_no_error (error);
  bent = pmt_transform_append_lattice (tilted, &lattice, unknown, NULL, &error);
  g_assert_no_error (error);
  return bent;
}

static GeglNode *
bend_graph_new (GeglBuffer *input, const PmtTransform *transform, int mode, GeglNode **node)
{
  g_autofree char *json = pmt_transform_to_json (transform);
  GeglNode        *graph = scene_graph_new (input, "pentimento:deformation", node);

  gegl_node_set (*node, "transform", json, "mode", mode, "spacing", 0.1, "opacity", 0.7, NULL);
  return graph;
}

/* The deformation drawn over the whole input in one piece, colours converted here. */
static float *
reference_new (GeglBuffer *input, const PmtTransform *transform, const PmtRect *area, int mode, const Babl *format)
{
  PmtDeformationOptions      options = { .mode = mode, .spacing = 0.1, .opacity = 0.7 };
  g_autoptr (GError)         error = NULL;
  g_autoptr (PmtDeformation) d = pmt_deformation_new (transform, area, &options, &error);
  g_autofree float          *overlay = g_malloc0 (scene_bytes (&extent, format));
  g_autofree float          *converted = g_malloc0 (scene_bytes (&extent, format));
  float                     *image = scene_read (input, &extent, format);
  const PmtRect              all = { extent.x, extent.y, extent.width, extent.height };

  g_assert_no_error (error);
  pmt_deformation_draw (d, &all, overlay, (gsize) 4 * all.width);
  babl_process (babl_fish (babl_format ("R'G'B'A float"), format), overlay, converted, all.width * all.height);
  pmt_deformation_lay (d, (gsize) all.width * all.height, converted, image, image);
  return image;
}

static void
test_metadata (void)
{
  GParamSpec           *pspec = gegl_operation_find_property ("pentimento:deformation", "mode");
  GEnumClass           *enum_class = G_ENUM_CLASS (g_type_class_ref (pspec->value_type));
  static const char    *names[] = { "spacing", "exaggeration", "range", "opacity" };
  PmtDeformationOptions options;
  double               *values[] = { &options.spacing, &options.exaggeration, &options.range, &options.opacity };
  PmtDeformationMode    mode;

  g_assert_cmpuint (enum_class->n_values, ==, G_N_ELEMENTS (mode_nicks));
  for (guint i = 0; i < enum_class->n_values; i++)
    {
      g_assert_true (pmt_deformation_mode_from_nick (enum_class->values[i].value_nick, &mode));
      g_assert_cmpint (mode, ==, enum_class->values[i].value);
    }
  g_type_class_unref (enum_class);

  pmt_deformation_options_init (&options);   /* the operation repeats these: they must not part */
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      GParamSpecDouble *found = G_PARAM_SPEC_DOUBLE (gegl_operation_find_property ("pentimento:deformation", names[i]));

      g_assert_cmpfloat (found->default_value, ==, *values[i]);
      *values[i] = found->minimum;
      g_assert_true (pmt_deformation_options_check (&options, NULL));
      *values[i] = found->maximum;
      g_assert_true (pmt_deformation_options_check (&options, NULL));
    }
  pspec = gegl_operation_find_property ("pentimento:deformation", "whole");
  g_assert_cmpint (G_PARAM_SPEC_BOOLEAN (pspec)->default_value, ==, options.whole);
  g_assert_null (strstr (gegl_operation_get_key ("pentimento:deformation", "categories"), "transform"));
}

static const Babl *
format_by_index (int i)
{
  static const char *const names[] = { "R'G'B' u8", "R'G'B'A u16", "RGBA float", "Y' u8", "Y'A float" };

  if (i < (int) G_N_ELEMENTS (names))
    return babl_format (names[i]);
  g_assert_nonnull (babl_space ("Adobish"));
  return babl_format_with_space ("R'G'B'A u16", babl_space ("Adobish"));
}

/* Every format and mode gives what the core draws over the input's pixels; the box is the input's. */
static void
test_reference (void)
{
  g_autoptr (PmtTransform) transform = bent_new (TRUE);

  for (int f = 0; f < 6; f++)
    for (guint mode = 0; mode < G_N_ELEMENTS (mode_nicks); mode++)
      {
        g_autoptr (GeglBuffer) input = scene_buffer_new (&extent, format_by_index (f), 1);
        const Babl            *format = babl_format_with_space ("R'G'B'A float", format_by_index (f));
        GeglNode              *node;
        g_autoptr (GeglNode)   graph = bend_graph_new (input, transform, mode, &node);
        g_autofree float      *got = NULL, *expected = NULL;

        scene_assert_rect (gegl_node_get_bounding_box (node), extent);
        got = scene_render (node, &extent, format);
        expected = reference_new (input, transform, NULL, mode, format);
        g_assert_cmpmem (got, scene_bytes (&extent, format), expected, scene_bytes (&extent, format));
      }
}

/* Where the transform does not tell its fixed image's size, the input is all of it. */
static void
test_unknown_size (void)
{
  const Babl              *format = babl_format ("R'G'B'A float");
  const PmtRect            area = { extent.x, extent.y, extent.width, extent.height };
  g_autoptr (PmtTransform) transform = bent_new (FALSE);
  g_autoptr (GeglBuffer)   input = scene_buffer_new (&extent, babl_format ("RGBA float"), 1);
  GeglNode                *node;
  g_autoptr (GeglNode)     graph = bend_graph_new (input, transform, PMT_DEFORMATION_STRAIN, &node);
  g_autofree float        *got = scene_render (node, &extent, format);
  g_autofree float        *expected = reference_new (input, transform, &area, PMT_DEFORMATION_STRAIN, format);

  g_assert_cmpmem (got, scene_bytes (&extent, format), expected, scene_bytes (&extent, format));
}

static void
test_crops (void)
{
  g_autoptr (GRand)        rand = g_rand_new_with_seed (3);
  g_autoptr (PmtTransform) transform = bent_new (TRUE);
  int                      threads;

  g_object_get (gegl_config (), "threads", &threads, NULL);
  for (int i = 0; i < 32; i++)
    {
      const Babl            *stored = format_by_index (i % 3 == 0 ? 5 : 0);
      const Babl            *format = babl_format_with_space ("R'G'B'A float", stored);
      g_autoptr (GeglBuffer) input = scene_buffer_new (&extent, stored, 1);
      GeglNode              *node;
      g_autoptr (GeglNode)   graph = bend_graph_new (input, transform, i % 4, &node);
      GeglRectangle          roi = scene_random_rect (rand, &extent);
      g_autofree float      *crop = NULL, *whole = reference_new (input, transform, NULL, i % 4, format);

      g_object_set (gegl_config (), "threads", 1 + i / 4 % 2, NULL);
      crop = scene_render (node, &roi, format);
      for (int y = 0; y < roi.height; y++)
        g_assert_cmpmem (crop + (gsize) 4 * y * roi.width, roi.width * 16,
                         whole + 4 * ((gsize) (roi.y - extent.y + y) * extent.width + roi.x - extent.x), roi.width * 16);
    }
  g_object_set (gegl_config (), "threads", threads, NULL);
}

/* Unnamed bands are shown as pentimento:compare shows them. */
static void
test_bands (void)
{
  const Babl              *format = babl_format ("R'G'B'A float"), *stored = babl_format_n (babl_type ("float"), 5);
  g_autoptr (PmtTransform) transform = bent_new (TRUE);
  g_autoptr (GeglBuffer)   five = scene_buffer_new (&extent, stored, 2);
  GeglNode                *node;
  g_autoptr (GeglNode)     graph = bend_graph_new (five, transform, PMT_DEFORMATION_GRID, &node);
  g_autofree float        *got = scene_render (node, &extent, format), *bands = scene_read (five, &extent, stored);
  int                      same = 0;

  for (int i = 0; i < extent.width * extent.height; i++)
    {
      gboolean outside = i % extent.width + extent.x < 0 || i % extent.width + extent.x >= 160;

      g_assert_cmpfloat (got[4 * i + 3], ==, 1);
      same += memcmp (&got[4 * i], &bands[5 * i], 3 * sizeof (float)) == 0;
      g_assert_true (!outside || memcmp (&got[4 * i], &bands[5 * i], 3 * sizeof (float)) == 0);
    }
  g_assert_cmpint (same, >, extent.width * extent.height / 2);
  g_assert_cmpint (same, <, extent.width * extent.height);
}

static void
check_untouched (GeglNode *node, GeglBuffer *input)
{
  const Babl          *format = gegl_buffer_get_format (input);
  g_autofree gpointer  got = NULL, expected = scene_read (input, &extent, format);

  scene_assert_rect (gegl_node_get_bounding_box (node), extent);
  got = scene_render (node, &extent, format);
  g_assert_cmpmem (got, scene_bytes (&extent, format), expected, scene_bytes (&extent, format));
}

/* An empty text, and one that can't be used (told once): the input's own bytes come through; then a good one draws. */
static void
test_passed_through (void)
{
  const Babl              *format = babl_format ("R'G'B'A float");
  g_autoptr (GeglBuffer)   input = scene_buffer_new (&extent, babl_format ("R'G'B'A u16"), 3);
  g_autoptr (PmtTransform) transform = bent_new (TRUE), far = NULL;
  g_autofree char         *json = pmt_transform_to_json (transform), *far_json = NULL;
  g_autofree float        *got = NULL, *expected = NULL;
  GeglNode                *node;
  g_autoptr (GeglNode)     graph = scene_graph_new (input, "pentimento:deformation", &node);
  PmtMatrix3               away = pmt_matrix3_translation (1000, 0);

  check_untouched (node, input);
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:deformation: *the input is passed through*");
  gegl_node_set (node, "transform", "{ \"format\": \"something else\" }", NULL);
  check_untouched (node, input);
  gegl_node_set (node, "opacity", 0.7, "spacing", 0.1, NULL);
  check_untouched (node, input);
  g_test_assert_expected_messages ();

  far = pmt_transform_append_matrix (transform, &away, (PmtSize) { 100, 100 }, NULL, NULL);   /* nothing in common */
  far_json = pmt_transform_to_json (far);
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:deformation: *too little in common*");
  gegl_node_set (node, "transform", far_json, NULL);
  check_untouched (node, input);
  g_test_assert_expected_messages ();

  gegl_node_set (node, "transform", json, NULL);
  got = scene_render (node, &extent, format);
  expected = reference_new (input, transform, NULL, PMT_DEFORMATION_GRID, format);
  g_assert_cmpmem (got, scene_bytes (&extent, format), expected, scene_bytes (&extent, format));
}

/* An input without end has no longer side; with a transform that tells the size, it is drawn on. */
static void
test_endless (void)
{
  const Babl              *format = babl_format ("R'G'B'A float");
  const GeglRectangle      roi = { 0, 0, 160, 170 };
  g_autoptr (PmtTransform) sized = bent_new (TRUE), sizeless = bent_new (FALSE);
  g_autofree char         *json = pmt_transform_to_json (sized), *sizeless_json = pmt_transform_to_json (sizeless);
  g_autoptr (GeglNode)     graph = gegl_node_new ();
  GeglNode                *colour = gegl_node_new_child (graph, "operation", "gegl:color", NULL);   /* black */
  GeglNode                *node = gegl_node_new_child (graph, "operation", "pentimento:deformation", NULL);
  g_autofree float        *plain = NULL, *drawn = NULL;
  int                      bright = 0;

  gegl_node_link (colour, node);
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:deformation: *too many to be drawn*");
  gegl_node_set (node, "transform", sizeless_json, NULL);
  plain = scene_render (node, &roi, format);
  g_test_assert_expected_messages ();
  gegl_node_set (node, "transform", json, NULL);
  drawn = scene_render (node, &roi, format);
  for (int i = 0; i < roi.width * roi.height; i++)
    {
      g_assert_cmpfloat (plain[4 * i], ==, 0);
      bright += drawn[4 * i] > 0.3f;
    }
  g_assert_cmpint (bright, >, 500);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gegl_init (NULL, NULL);
  g_object_set (gegl_config (), "swap", "RAM", "use-opencl", FALSE, NULL);
  if (!gegl_has_operation ("pentimento:deformation"))
    g_error ("pentimento:deformation is not on GEGL_PATH");

  g_test_add_func ("/ops/deformation/metadata", test_metadata);
  g_test_add_func ("/ops/deformation/reference", test_reference);
  g_test_add_func ("/ops/deformation/unknown-size", test_unknown_size);
  g_test_add_func ("/ops/deformation/crops", test_crops);
  g_test_add_func ("/ops/deformation/bands", test_bands);
  g_test_add_func ("/ops/deformation/passed-through", test_passed_through);
  g_test_add_func ("/ops/deformation/endless", test_endless);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
