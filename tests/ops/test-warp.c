/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include <gegl-plugin.h>

#include "base/error.h"
#include "buffer-source.h"
#include "image/resample.h"
#include "scene.h"

/* Asymmetric in every entry, so that neither a transposition nor a swapped direction can hide. */
static const double homography[9] = { 0.93, 0.21, -14.3, -0.17, 1.06, 21.7, 4e-4, -3e-4, 1 };
static const double rotation[9]   = { 0.8, -0.6, 60.25, 0.6, 0.8, -31.5, 0, 0, 1 };
static const double shift[9]      = { 1, 0, -7.375, 0, 1, 4.5, 0, 0, 1 };
static const double shrink[9]     = { 2.7, 0.3, 5, -0.2, 3.1, 9, 0, 0, 1 };
static const double identity[9]   = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };

static const char *const sampler_nicks[] = { "nearest", "linear", "cubic", "lanczos3" };
static const char *const format_names[] =
  { "R'G'B' u8", "R'G'B'A u16", "RGBA float", "RaGaBaA half", "Y' u8", "Y'A u16", "Y float", "cmyk u8", "n1", "n5", "n2" };

static const Babl *
format_by_name (const char *name)
{
  if (name[0] == 'n')
    return babl_format_n (babl_type (name[1] == '5' ? "u16" : "float"), name[1] - '0');
  return babl_format (name);
}

static GeglNode *
warp_graph_new (GeglBuffer *input, const double m[9], const char *sampler, GeglNode **node)
{
  g_autofree char *json = scene_json_new (m);
  GeglNode        *graph = scene_graph_new (input, "pentimento:warp", node);
  PmtSampler       value;

  g_assert_true (pmt_sampler_from_nick (sampler, &value));
  gegl_node_set (*node, "transform", json, "sampler", (int) value, NULL);
  return graph;
}

/* What the operation must give: pmt_resample() of the whole input, in one call, through the chain with its homographies as one
 * matrix (which rounds otherwise than its steps one by one). */
static float *
reference_through (GeglBuffer *input, const PmtTransform *at_zero, const char *sampler, const GeglRectangle *roi)
{
  const GeglRectangle     *extent = gegl_buffer_get_extent (input);
  const Babl              *format = pmt_gegl_working_format (gegl_buffer_get_format (input));
  int                      bands = babl_format_get_n_components (format);
  g_autofree float        *pixels = scene_read (input, extent, format);
  g_autoptr (PmtTransform) steps = NULL, chain = NULL;
  g_autoptr (PmtSource)    source = NULL;
  g_autoptr (GError)       error = NULL;
  PmtMatrix3               corner = pmt_matrix3_translation (-extent->x, -extent->y);
  PmtRect                  out = { roi->x, roi->y, roi->width, roi->height };
  PmtSampler               value;
  float                   *dest = g_malloc0 (scene_bytes (roi, format) + 1);

  g_assert_true (pmt_sampler_from_nick (sampler, &value));
  source = pmt_source_memory_new (extent->width, extent->height, bands, pmt_gegl_alpha_band (format), 1, pixels,
                                  (gsize) bands * extent->width, &error);
  g_assert_no_error (error);
  steps = extent->x == 0 && extent->y == 0
          ? pmt_transform_ref ((PmtTransform *) at_zero)
          : pmt_transform_append_matrix (at_zero, &corner, (PmtSize) { 0, 0 }, NULL, &error);
  g_assert_no_error (error);
  chain = pmt_transform_flatten (steps);
  pmt_resample (NULL, source, chain, value, &out, 0, dest, (gsize) bands * roi->width, NULL, &error);
  g_assert_no_error (error);
  return dest;
}

static float *
reference_new (GeglBuffer *input, const double m[9], const char *sampler, const GeglRectangle *roi)
{
  g_autoptr (PmtTransform) chain = scene_chain_new (m);

  return reference_through (input, chain, sampler, roi);
}

/* -- tests -- */

static void
test_metadata (void)
{
  GParamSpec *pspec = gegl_operation_find_property ("pentimento:warp", "sampler");
  GEnumClass *enum_class = G_ENUM_CLASS (g_type_class_ref (pspec->value_type));
  const char *categories = gegl_operation_get_key ("pentimento:warp", "categories");
  PmtSampler  sampler;

  g_assert_nonnull (categories);
  g_assert_null (strstr (categories, "transform"));   /* GIMP 3.2 would hide it */
  g_assert_cmpuint (enum_class->n_values, ==, G_N_ELEMENTS (sampler_nicks));
  for (guint i = 0; i < enum_class->n_values; i++)
    {
      g_assert_true (pmt_sampler_from_nick (enum_class->values[i].value_nick, &sampler));
      g_assert_cmpint (sampler, ==, enum_class->values[i].value);
    }
  g_assert_cmpint (G_PARAM_SPEC_ENUM (pspec)->default_value, ==, PMT_SAMPLER_CUBIC);
  g_type_class_unref (enum_class);
}

static void
check_untouched (GeglBuffer *input, const char *json)
{
  const Babl          *format = gegl_buffer_get_format (input);
  const GeglRectangle *extent = gegl_buffer_get_extent (input);
  GeglNode            *node;
  g_autoptr (GeglNode) graph = scene_graph_new (input, "pentimento:warp", &node);
  g_autofree guint8   *before = scene_read (input, extent, format), *after = NULL;

  gegl_node_set (node, "transform", json, NULL);
  scene_assert_rect (gegl_node_get_bounding_box (node), *extent);
  after = scene_render (node, extent, format);
  g_assert_cmpmem (before, scene_bytes (extent, format), after, scene_bytes (extent, format));
}

/* Nothing set, no step, or an identity step: the stored bytes come out, in their own format. */
static void
test_identity (void)
{
  g_autoptr (PmtTransform) none = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  g_autofree char         *no_steps = pmt_transform_to_json (none), *one_step = scene_json_new (identity);

  for (guint i = 0; i < G_N_ELEMENTS (format_names); i++)
    {
      g_autoptr (GeglBuffer) input = scene_buffer_new (GEGL_RECTANGLE (-5, 9, 67, 41),
                                                       format_by_name (format_names[i]), i);

      check_untouched (input, "");
      check_untouched (input, no_steps);
      check_untouched (input, one_step);
    }
}

static void
check_against_reference (GeglBuffer *input, const double m[9], const char *sampler)
{
  const Babl              *format = pmt_gegl_working_format (gegl_buffer_get_format (input));
  const GeglRectangle     *extent = gegl_buffer_get_extent (input);
  GeglNode                *node;
  g_autoptr (GeglNode)     graph = warp_graph_new (input, m, sampler, &node);
  g_autoptr (PmtTransform) chain = scene_chain_new (m);
  g_autoptr (GError)       error = NULL;
  PmtRect                  moving = { extent->x, extent->y, extent->width, extent->height }, bounds;
  GeglRectangle            box = gegl_node_get_bounding_box (node);
  g_autofree float        *got = NULL, *expected = NULL;

  pmt_transform_bounds (chain, &moving, &bounds, &error);
  g_assert_no_error (error);
  scene_assert_rect (box, *GEGL_RECTANGLE (bounds.x, bounds.y, bounds.width, bounds.height));
  got = scene_render (node, &box, format);
  expected = reference_new (input, m, sampler, &box);
  g_assert_cmpmem (got, scene_bytes (&box, format), expected, scene_bytes (&box, format));
}

static void
test_reference (void)
{
  static const double *const maps[] = { shift, rotation, homography, shrink };

  for (guint f = 0; f < G_N_ELEMENTS (format_names); f++)
    for (guint k = 0; k < G_N_ELEMENTS (maps); k++)
      {
        const Babl            *format = format_by_name (format_names[f]);
        g_autoptr (GeglBuffer) plain = scene_buffer_new (GEGL_RECTANGLE (0, 0, 150, 131), format, f);
        g_autoptr (GeglBuffer) offset = scene_buffer_new (GEGL_RECTANGLE (-23, 37, 150, 131), format, f);

        g_test_message ("%s, map %u", format_names[f], k);
        for (guint s = 0; s < G_N_ELEMENTS (sampler_nicks); s++)
          check_against_reference (plain, maps[k], sampler_nicks[s]);
        check_against_reference (offset, maps[k], "cubic");
      }
}

/* A homography, then a bend of each kind, in turn or all of them (kind BENDS). */
#define BENDS 6

static PmtTransform *
bent_chain_new (int kind)
{
  PmtPoint                 d[6 * 6], from[5] = { { 0, 0 }, { 150, 0 }, { 0, 130 }, { 150, 130 }, { 70, 60 } }, to[5];
  PmtLattice               field = { { -40, -30 }, { 45, 42 }, 6, 6, d };
  PmtThinPlate             plate = { 5, from, to, 0, { 0, 0 }, { 150, 130 } };
  PmtRadial                radial = { { 80, 60 }, -0.1, 0.02, { 0, 0 }, { 150, 130 } };
  PmtPiecewiseAffine       pieces = { 5, from, to, { 0, 0 }, { 150, 130 } };
  PmtSize                  unknown = { 0, 0 };
  g_autoptr (GError)       error = NULL;
  PmtTransform            *chain = scene_chain_new (homography);

  for (int i = 0; i < 36; i++)
    d[i] = (PmtPoint) { 5 * sin (1.7 * i), 6 * cos (2.3 * i) };
  for (int i = 0; i < 5; i++)
    to[i] = (PmtPoint) { from[i].x + 3 * sin (2.1 * i), from[i].y + 4 * cos (1.9 * i) };
  for (int k = 0; k < BENDS; k++)
    {
      g_autoptr (PmtTransform) before = chain;

      if (k != kind && kind < BENDS)
        chain = pmt_transform_ref (before);
      else
        chain = k == 0   ? pmt_transform_append_lattice (before, &field, unknown, NULL, &error)
                : k == 1 ? pmt_transform_append_thin_plate (before, &plate, unknown, NULL, &error)
                : k == 2 ? pmt_transform_append_dense (before, &field, 0, unknown, NULL, &error)
                : k == 3 ? pmt_transform_append_velocity (before, &field, 0, unknown, NULL, &error)
                : k == 4 ? pmt_transform_append_radial (before, &radial, unknown, NULL, &error)
                         : pmt_transform_append_piecewise_affine (before, &pieces, unknown, NULL, &error);
      g_assert_no_error (error);
    }
  return chain;
}

static void
check_bend (GeglBuffer *input, const PmtTransform *chain)
{
  const Babl          *format = pmt_gegl_working_format (gegl_buffer_get_format (input));
  g_autofree char     *json = pmt_transform_to_json (chain);
  GeglNode            *node;
  g_autoptr (GeglNode) graph = scene_graph_new (input, "pentimento:warp", &node);
  GeglRectangle        box;
  g_autofree float    *got = NULL, *expected = NULL;

  gegl_node_set (node, "transform", json, "sampler", (int) PMT_SAMPLER_CUBIC, NULL);
  box = gegl_node_get_bounding_box (node);
  g_assert_cmpint (box.width, >, 100);
  g_assert_cmpint (box.width, <, 400);
  got = scene_render (node, &box, format);
  expected = reference_through (input, chain, "cubic", &box);
  g_assert_cmpmem (got, scene_bytes (&box, format), expected, scene_bytes (&box, format));
}

/* Steps of every kind, there and back, are drawn as the resampler draws them. */
static void
test_bends (void)
{
  for (int kind = 0; kind <= BENDS; kind++)
    {
      const Babl              *format = babl_format ("RGBA float");
      g_autoptr (GeglBuffer)   plain = scene_buffer_new (GEGL_RECTANGLE (0, 0, 150, 131), format, kind);
      g_autoptr (GeglBuffer)   offset = scene_buffer_new (GEGL_RECTANGLE (-23, 37, 150, 131), format, kind);
      g_autoptr (PmtTransform) chain = bent_chain_new (kind), inverse = pmt_transform_invert (chain, NULL);

      check_bend (plain, chain);
      check_bend (offset, chain);
      check_bend (plain, inverse);
    }
}

static void
set_threads (int threads)
{
  g_object_set (gegl_config (), "threads", threads, NULL);
}

static void
check_crop (GeglNode *node, const GeglRectangle *box, const float *whole, const Babl *format, const GeglRectangle *roi)
{
  gsize             pixel = babl_format_get_bytes_per_pixel (format);
  g_autofree float *crop = scene_render (node, roi, format);

  for (int y = 0; y < roi->height; y++)
    {
      const guint8 *row = (const guint8 *) whole
                          + ((gsize) (roi->y - box->y + y) * box->width + (roi->x - box->x)) * pixel;

      g_assert_cmpmem ((guint8 *) crop + y * roi->width * pixel, roi->width * pixel, row, roi->width * pixel);
    }
}

/* A crop of the output is the output's crop, to the bit: any rectangle, one thread or two, with the cache cold. */
static void
test_crops (void)
{
  static const double *const maps[] = { rotation, homography, shrink };
  g_autoptr (GRand)          rand = g_rand_new_with_seed (7);
  int                        threads;

  g_object_get (gegl_config (), "threads", &threads, NULL);
  for (guint k = 0; k < G_N_ELEMENTS (maps); k++)
    {
      const Babl            *format = babl_format ("RGBA float");
      g_autoptr (GeglBuffer) input = scene_buffer_new (GEGL_RECTANGLE (0, 0, 500, 400),
                                                       babl_format ("R'G'B'A u16"), k);
      GeglNode              *node;
      g_autoptr (GeglNode)   whole_graph = warp_graph_new (input, maps[k], "cubic", &node);
      GeglRectangle          box = gegl_node_get_bounding_box (node);
      g_autofree float      *whole = NULL;

      set_threads (1);
      whole = scene_render (node, &box, format);
      for (int i = 0; i < 24; i++)
        {
          g_autoptr (GeglNode) graph = warp_graph_new (input, maps[k], "cubic", &node);
          GeglRectangle        roi = scene_random_rect (rand, &box);

          set_threads (1 + i % 2);
          check_crop (node, &box, whole, format, &roi);
        }
      set_threads (2);
      {
        g_autoptr (GeglNode) graph = warp_graph_new (input, maps[k], "cubic", &node);

        check_crop (node, &box, whole, format, &box);
      }
    }
  set_threads (threads);
}

/* Pixels outside the required region may be anything: the output does not see them. */
static void
test_required (void)
{
  static const double *const maps[] = { shift, rotation, homography, shrink };
  const Babl                *format = babl_format ("RGBA float");
  const GeglRectangle        extent = { 12, -8, 300, 240 };
  g_autoptr (GRand)          rand = g_rand_new_with_seed (11);

  for (guint i = 0; i < 64; i++)
    {
      g_autoptr (GeglBuffer) input = scene_buffer_new (&extent, format, i);
      g_autoptr (GeglBuffer) spoilt = scene_buffer_new (&extent, format, i + 1000);
      GeglNode              *node, *spoilt_node;
      const char            *sampler = sampler_nicks[i % 4];
      g_autoptr (GeglNode)   graph = warp_graph_new (input, maps[i / 4 % 4], sampler, &node);
      g_autoptr (GeglNode)   spoilt_graph = warp_graph_new (spoilt, maps[i / 4 % 4], sampler, &spoilt_node);
      GeglRectangle          box = gegl_node_get_bounding_box (node);
      GeglRectangle          roi = scene_random_rect (rand, &box), required;
      g_autofree float      *expected = NULL, *got = NULL;

      roi.width = MIN (roi.width, 60);
      roi.height = MIN (roi.height, 60);
      expected = scene_render (node, &roi, format);
      required = gegl_operation_get_required_for_output (gegl_node_get_gegl_operation (node), "input", &roi);
      g_assert_true (gegl_rectangle_is_empty (&required) || gegl_rectangle_contains (&extent, &required));
      if (!gegl_rectangle_is_empty (&required))
        gegl_buffer_copy (input, &required, GEGL_ABYSS_NONE, spoilt, &required);
      got = scene_render (spoilt_node, &roi, format);
      g_assert_cmpmem (got, scene_bytes (&roi, format), expected, scene_bytes (&roi, format));
    }
}

/* Where the output changes is inside what is said to be invalidated, and that is not simply everything. */
static void
test_invalidated (void)
{
  static const double *const maps[] = { shift, rotation, homography, shrink };
  const Babl                *format = babl_format ("RGBA float");
  const GeglRectangle        extent = { 0, 0, 600, 500 };
  g_autoptr (GRand)          rand = g_rand_new_with_seed (13);

  for (guint i = 0; i < 32; i++)
    {
      g_autoptr (GeglBuffer) input = scene_buffer_new (&extent, format, i);
      g_autoptr (GeglBuffer) other = scene_buffer_new (&extent, format, i + 1000);
      GeglNode              *node;
      g_autoptr (GeglNode)   graph = warp_graph_new (input, maps[i / 4 % 4], sampler_nicks[i % 4], &node);
      GeglRectangle          box = gegl_node_get_bounding_box (node), dab = scene_random_rect (rand, &extent), touched;
      g_autofree float      *before = scene_render (node, &box, format), *after = NULL;

      dab.width = MIN (dab.width, 20);
      dab.height = MIN (dab.height, 20);
      touched = gegl_operation_get_invalidated_by_change (gegl_node_get_gegl_operation (node), "input", &dab);
      g_assert_cmpint (touched.width * touched.height, <, box.width * box.height / 2);
      gegl_buffer_copy (other, &dab, GEGL_ABYSS_NONE, input, &dab);   /* the graph must notice by itself */
      after = scene_render (node, &box, format);
      for (int y = 0; y < box.height; y++)
        for (int x = 0; x < box.width; x++)
          {
            gsize p = 4 * ((gsize) y * box.width + x);

            if (memcmp (before + p, after + p, 4 * sizeof (float)) != 0)
              g_assert_true (gegl_rectangle_contains (&touched, GEGL_RECTANGLE (box.x + x, box.y + y, 1, 1)));
          }
      g_free (before);
      before = reference_new (input, maps[i / 4 % 4], sampler_nicks[i % 4], &box);
      g_assert_cmpmem (after, scene_bytes (&box, format), before, scene_bytes (&box, format));
    }
}

/* A new transform in a graph that has been rendered, bounds and all, and back; and the inverse flag. */
static void
test_changes (void)
{
  const Babl              *format = babl_format ("RGBA float");
  g_autoptr (GeglBuffer)   input = scene_buffer_new (GEGL_RECTANGLE (0, 0, 120, 90), babl_format ("R'G'B'A u8"), 1);
  GeglNode                *node;
  g_autoptr (GeglNode)     graph = warp_graph_new (input, shift, "cubic", &node);
  g_autoptr (PmtTransform) chain = scene_chain_new (homography), inverse = NULL;
  g_autoptr (GError)       error = NULL;
  g_autofree char         *forward = pmt_transform_to_json (chain), *backward = NULL;
  const double *const      steps[] = { shift, homography, rotation };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autofree char  *json = scene_json_new (steps[i]);
      GeglRectangle     box;
      g_autofree float *got = NULL, *expected = NULL;

      gegl_node_set (node, "transform", json, NULL);
      box = gegl_node_get_bounding_box (node);
      got = scene_render (node, &box, format);
      expected = reference_new (input, steps[i], "cubic", &box);
      g_assert_cmpmem (got, scene_bytes (&box, format), expected, scene_bytes (&box, format));
    }

  inverse = pmt_transform_invert (chain, &error);
  g_assert_no_error (error);
  backward = pmt_transform_to_json (inverse);
  {
    g_autofree float *by_flag = NULL, *by_text = NULL;
    GeglRectangle     box;

    gegl_node_set (node, "transform", forward, "inverse", TRUE, NULL);
    box = gegl_node_get_bounding_box (node);
    by_flag = scene_render (node, &box, format);
    gegl_node_set (node, "transform", backward, "inverse", FALSE, NULL);
    scene_assert_rect (gegl_node_get_bounding_box (node), box);
    by_text = scene_render (node, &box, format);
    g_assert_cmpmem (by_flag, scene_bytes (&box, format), by_text, scene_bytes (&box, format));
  }
}

/* Text and transforms that can't be used: one warning, and the input comes through. */
static void
test_refused (void)
{
  static const double bad[][9] =
  {
    { 1e-6, 0, 0, 0, 1e-6, 0, 0, 0, 1 },          /* a million times as large */
    { 1, 0, 0, 0, 1, 0, 0.02, 0, -1 },            /* a horizon across the image */
    { 1, 0, 3e6, 0, 1, 0, 0, 0, 1 }               /* as large, but beyond any drawing */
  };
  g_autoptr (GeglBuffer) input = scene_buffer_new (GEGL_RECTANGLE (0, 0, 90, 70), babl_format ("R'G'B' u8"), 3);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *json = scene_json_new (bad[i]);

      g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:warp: *the input is passed through*");
      check_untouched (input, json);
      g_test_assert_expected_messages ();
    }
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:warp: *the input is passed through*");
  check_untouched (input, "{ \"format\": \"something else\" }");
  g_test_assert_expected_messages ();
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:warp: *the input is passed through*");
  check_untouched (input, "\x01 not JSON");
  g_test_assert_expected_messages ();
}

/* A plane without end has no bounds to transform. */
static void
test_infinite (void)
{
  GeglNode            *graph = gegl_node_new ();
  GeglNode            *colour = gegl_node_new_child (graph, "operation", "gegl:color", NULL);
  GeglNode            *node = gegl_node_new_child (graph, "operation", "pentimento:warp", NULL);
  g_autofree char     *json = scene_json_new (homography);
  GeglRectangle        box;

  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:warp: *crop it*");
  gegl_node_link (colour, node);
  gegl_node_set (node, "transform", json, NULL);
  box = gegl_node_get_bounding_box (node);
  g_test_assert_expected_messages ();
  g_assert_true (gegl_rectangle_is_infinite_plane (&box));
  g_object_unref (graph);
}

static void
test_empty (void)
{
  GeglNode             *graph = gegl_node_new ();
  GeglNode             *node = gegl_node_new_child (graph, "operation", "pentimento:warp", NULL);
  g_autoptr (GeglBuffer) tiny = scene_buffer_new (GEGL_RECTANGLE (0, 0, 1, 1), babl_format ("RGBA float"), 3);
  g_autofree char       *json = scene_json_new (rotation);
  GeglRectangle          box;

  gegl_node_set (node, "transform", json, NULL);
  box = gegl_node_get_bounding_box (node);
  g_assert_true (gegl_rectangle_is_empty (&box));
  g_object_unref (graph);
  check_against_reference (tiny, rotation, "lanczos3");
}

static void
test_source (void)
{
  const GeglRectangle    extent = { -3, 4, 40, 30 };
  g_autoptr (GeglBuffer) buffer = scene_buffer_new (&extent, babl_format ("R'G'B'A u16"), 5);
  g_autoptr (PmtSource)  source = NULL, wider = NULL;
  g_autoptr (GError)     error = NULL;
  g_autofree float      *expected = scene_read (buffer, &extent, babl_format ("RGBA float"));
  float                  got[2 * 3 * 4], beyond[4] = { 9, 9, 9, 9 };

  source = pmt_gegl_source_new (buffer, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (pmt_source_get_width (source), ==, 40);
  g_assert_cmpint (pmt_source_get_height (source), ==, 30);
  g_assert_cmpint (pmt_source_get_bands (source), ==, 4);
  g_assert_cmpint (pmt_source_get_alpha (source), ==, 3);
  pmt_source_read (source, &(PmtRect) { 11, 7, 2, 3 }, got, 2 * 4, &error);
  g_assert_no_error (error);
  for (int y = 0; y < 3; y++)
    g_assert_cmpmem (got + y * 8, 32, expected + ((7 + y) * 40 + 11) * 4, 32);

  wider = pmt_gegl_source_new (buffer, GEGL_RECTANGLE (-3, 4, 41, 30), NULL, &error);
  pmt_source_read (wider, &(PmtRect) { 40, 0, 1, 1 }, beyond, 4, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (beyond[3], ==, 0);

  g_assert_null (pmt_gegl_source_new (buffer, NULL, babl_format ("R'G'B'A u8"), &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (pmt_gegl_source_new (buffer, GEGL_RECTANGLE (0, 0, 0, 5), NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gegl_init (NULL, NULL);
  g_object_set (gegl_config (), "swap", "RAM", "use-opencl", FALSE, NULL);
  if (!gegl_has_operation ("pentimento:warp"))
    g_error ("pentimento:warp is not on GEGL_PATH");

  g_test_add_func ("/ops/source", test_source);
  g_test_add_func ("/ops/warp/metadata", test_metadata);
  g_test_add_func ("/ops/warp/identity", test_identity);
  g_test_add_func ("/ops/warp/reference", test_reference);
  g_test_add_func ("/ops/warp/bends", test_bends);
  g_test_add_func ("/ops/warp/crops", test_crops);
  g_test_add_func ("/ops/warp/required", test_required);
  g_test_add_func ("/ops/warp/invalidated", test_invalidated);
  g_test_add_func ("/ops/warp/changes", test_changes);
  g_test_add_func ("/ops/warp/refused", test_refused);
  g_test_add_func ("/ops/warp/infinite", test_infinite);
  g_test_add_func ("/ops/warp/empty", test_empty);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
