/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pentimento:from-points draws what pentimento:warp draws through the transform that core fits to the same points. */
#include <math.h>
#include <string.h>

#include <gegl-plugin.h>

#include "fit/point-fit.h"
#include "fit/points.h"
#include "scene.h"

static const char points[] =
  "output_x,output_y,input_x,input_y\n12,8,3,5\n118,20,101,4\n110,88,107,77\n9,80;2,83\n# the "
  "middle\n60,45,55,41.5\n30 62 21 60\n90,30,80,22\n";

#define AFFINE     4   /* places in the list */
#define THIN_PLATE 6
#define NEAREST    0   /* of the samplers */

static const char *const models[] = { "auto", "translation", "rigid", "similarity", "affine", "homography",
                                      "thin-plate", "piecewise-affine" };

static char *
fitted_json (const char *model, double smoothing)
{
  g_autoptr (GArray)      from = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (GArray)      to = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (PmtPointFit) fit = NULL;
  g_autoptr (GError)      error = NULL;
  PmtPointOptions         options;

  pmt_point_options_init (&options);
  g_assert_true (pmt_point_model_from_nick (model, &options.model));
  options.smoothing = smoothing;
  g_assert_true (pmt_points_from_text (points, from, to, &error));
  fit = pmt_point_fit_new ((int) from->len, (const PmtPoint *) from->data, (const PmtPoint *) to->data,
                           (PmtSize) { 0, 0 },
                           (PmtSize) { 0, 0 }, &options, &error);
  g_assert_no_error (error);
  return pmt_transform_to_json (fit->transform);
}

/* The same bounds and the same pixels, to the bit. */
static void
assert_same (GeglNode *a, GeglNode *b, const Babl *format)
{
  GeglRectangle       roi = gegl_node_get_bounding_box (a);
  g_autofree gpointer pixels_a = NULL, pixels_b = NULL;

  scene_assert_rect (roi, gegl_node_get_bounding_box (b));
  pixels_a = scene_render (a, &roi, format);
  pixels_b = scene_render (b, &roi, format);
  g_assert_cmpmem (pixels_a, scene_bytes (&roi, format), pixels_b, scene_bytes (&roi, format));
}

static void
test_models (void)
{
  const Babl            *format = babl_format ("RGBA float");
  g_autoptr (GeglBuffer) input = scene_buffer_new (GEGL_RECTANGLE (0, 0, 110, 90), format, 3);

  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    {
      GeglNode            *ours, *warp;
      g_autofree char     *json = fitted_json (models[i], NAN);
      g_autoptr (GeglNode) a = scene_graph_new (input, "pentimento:from-points", &ours);
      g_autoptr (GeglNode) b = scene_graph_new (input, "pentimento:warp", &warp);

      gegl_node_set (ours, "points", points, "model", (int) i, NULL);
      gegl_node_set (warp, "transform", json, NULL);
      assert_same (ours, warp, format);
    }
}

/* Properties that change later on reach the picture, in any order. */
static void
test_changes (void)
{
  const Babl            *format = babl_format ("RGBA float");
  g_autoptr (GeglBuffer) input = scene_buffer_new (GEGL_RECTANGLE (-7, 5, 110, 90), format, 4);
  GeglNode              *ours, *warp;
  g_autofree char       *affine = fitted_json ("affine", NAN), *plate = fitted_json ("thin-plate", 0.05);
  g_autoptr (GeglNode)   a = scene_graph_new (input, "pentimento:from-points", &ours);
  g_autoptr (GeglNode)   b = scene_graph_new (input, "pentimento:warp", &warp);

  assert_same (ours, warp, format);                                   /* no points: as it is */
  gegl_node_set (ours, "model", AFFINE, "points", points, NULL);
  gegl_node_set (warp, "transform", affine, NULL);
  assert_same (ours, warp, format);
  gegl_node_set (ours, "sampler", NEAREST, "inverse", TRUE, NULL);
  gegl_node_set (warp, "sampler", NEAREST, "inverse", TRUE, NULL);
  assert_same (ours, warp, format);
  gegl_node_set (ours, "inverse", FALSE, "model", THIN_PLATE, "smoothing", 0.05, NULL);
  gegl_node_set (warp, "inverse", FALSE, "transform", plate, NULL);
  assert_same (ours, warp, format);
  gegl_node_set (ours, "points", "", NULL);
  gegl_node_set (warp, "transform", "", NULL);
  assert_same (ours, warp, format);
}

/* Through the pairs themselves: a shift by whole pixels moves them, unchanged. */
static void
test_direction (void)
{
  const Babl            *format = babl_format ("RaGaBaA float");   /* what is transparent has no colour */
  g_autoptr (GeglBuffer) input = scene_buffer_new (GEGL_RECTANGLE (0, 0, 40, 30), format, 5);
  GeglNode              *ours;
  g_autoptr (GeglNode)   a = scene_graph_new (input, "pentimento:from-points", &ours);
  g_autofree gpointer    moved = NULL, pixels = NULL;

  gegl_node_set (ours, "points", "13,7,10,9\n", NULL);                /* what is at (10, 9) shows at (13, 7) */
  scene_assert_rect (gegl_node_get_bounding_box (ours), *GEGL_RECTANGLE (3, -2, 40, 30));
  moved = scene_render (ours, GEGL_RECTANGLE (3, -2, 40, 30), format);
  pixels = scene_read (input, GEGL_RECTANGLE (0, 0, 40, 30), format);
  for (int k = 0; k < 40 * 30 * 4; k++)
    g_assert_cmpfloat_with_epsilon (((float *) moved)[k], ((float *) pixels)[k], 1e-5);
}

/* What fixes no transform: one warning, and the input comes through. */
static void
test_refusals (void)
{
  const Babl            *format = babl_format ("RGBA float");
  g_autoptr (GeglBuffer) input = scene_buffer_new (GEGL_RECTANGLE (0, 0, 40, 30), format, 6);
  const char *const      bad[] = { "1,2,3\n", "1,2,3,4\n5,6,7,8\n9,10,11,12\n", "1,2,3,nan\n" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      GeglNode            *ours;
      g_autoptr (GeglNode) a = scene_graph_new (input, "pentimento:from-points", &ours);

      gegl_node_set (ours, "model", AFFINE, NULL);
      g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING,
                             "pentimento:from-points: *the input is passed through*");
      gegl_node_set (ours, "points", bad[i], NULL);
      scene_assert_rect (gegl_node_get_bounding_box (ours), *GEGL_RECTANGLE (0, 0, 40, 30));
      g_test_assert_expected_messages ();
    }
}

int
main (int argc, char **argv)
{
  int status;

  gegl_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/from-points/models", test_models);
  g_test_add_func ("/from-points/changes", test_changes);
  g_test_add_func ("/from-points/direction", test_direction);
  g_test_add_func ("/from-points/refusals", test_refusals);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
