/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include <gegl-plugin.h>

#include "phantom.h"
#include "register.h"
#include "scene.h"

/* Neither image at the origin: the operation works in GEGL's coordinates, the fit in each image's own. */
static const GeglRectangle fixed_extent  = { 30, -14, 460, 400 };
static const GeglRectangle moving_extent = { -25, 40, 440, 430 };

/* Pixels of the fixed and the moving picture to the painting; asymmetric, so that no direction can be mistaken. */
static const PmtMatrix3 fixed_view  = { { { 1, 0, 60 }, { 0, 1, 75 }, { 0, 0, 1 } } };
static const PmtMatrix3 moving_view = { { { 0.98, -0.12, 82 }, { 0.1, 1.03, 49 }, { 2e-5, -4e-5, 1 } } };

static GeglBuffer *
picture_new (guint64 seed, const PmtMatrix3 *view, const GeglRectangle *extent)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (Phantom)  phantom = NULL;
  g_autoptr (PmtPlane) plane = NULL;
  PhantomOptions       options;
  PhantomCamera        camera;
  GeglBuffer          *buffer = gegl_buffer_new (extent, babl_format ("Y' u16"));

  phantom_options_init (&options);
  options.width = options.height = 600;
  phantom = phantom_new (seed, &options, &error);
  g_assert_no_error (error);
  phantom_camera_init (&camera, extent->width, extent->height);
  camera.view = *view;
  plane = phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, &error);
  g_assert_no_error (error);
  gegl_buffer_set (buffer, extent, 0, babl_format ("Y' float"), plane->data, (int) (plane->stride * sizeof (float)));
  return buffer;
}

/* GEGL's coordinates of the fixed picture to those of the moving one. */
static PmtMatrix3
truth (void)
{
  PmtMatrix3 from_corner = pmt_matrix3_translation (-fixed_extent.x, -fixed_extent.y);
  PmtMatrix3 to_corner = pmt_matrix3_translation (moving_extent.x, moving_extent.y), back, map;

  g_assert_true (pmt_matrix3_invert (&moving_view, &back));
  map = pmt_matrix3_then (&from_corner, &fixed_view);
  map = pmt_matrix3_then (&map, &back);
  return pmt_matrix3_then (&map, &to_corner);
}

static GeglNode *
register_graph_new (GeglBuffer *moving, GeglBuffer *fixed, GeglNode **node)
{
  GeglNode *graph = scene_graph_new (moving, "pentimento:register", node);
  GeglNode *aux = gegl_node_new_child (graph, "operation", "gegl:buffer-source", "buffer", fixed, NULL);

  gegl_node_connect (aux, "output", *node, "aux");
  return graph;
}

static char *
get_string (GeglNode *node, const char *name)
{
  char *value = NULL;

  gegl_node_get (node, name, &value, NULL);
  return value;
}

/* The largest distance from the truth over a grid on the fixed picture. */
static double
worst_error (const PmtTransform *transform)
{
  PmtMatrix3 map = truth ();
  double     worst = 0;

  for (int j = 0; j <= 4; j++)
    for (int i = 0; i <= 4; i++)
      {
        PmtPoint p = { fixed_extent.x + fixed_extent.width * i / 4.0,
                       fixed_extent.y + fixed_extent.height * j / 4.0 };
        PmtPoint expected = pmt_matrix3_map (&map, p), got;

        pmt_transform_map (transform, 1, &p, &got);
        worst = fmax (worst, hypot (got.x - expected.x, got.y - expected.y));
      }
  return worst;
}

/* -- tests -- */

static void
check_enum (const char *property, int default_value, const char *const *nicks)
{
  GParamSpec *pspec = gegl_operation_find_property ("pentimento:register", property);
  GEnumClass *enum_class = G_ENUM_CLASS (g_type_class_ref (pspec->value_type));

  g_assert_cmpuint (enum_class->n_values, ==, g_strv_length ((char **) nicks));
  for (guint i = 0; i < enum_class->n_values; i++)
    g_assert_cmpstr (enum_class->values[i].value_nick, ==, nicks[i]);
  g_assert_cmpint (G_PARAM_SPEC_ENUM (pspec)->default_value, ==, default_value);
  g_type_class_unref (enum_class);
}

/* The words are those of the core, and the defaults too. */
static void
test_metadata (void)
{
  const char        *models[PMT_MODELS + 1] = { NULL };
  const char        *modalities[PMT_MODALITY_DIFFERENT + 2] = { NULL };
  const char        *optimisers[PMT_OPTIMISER_EVOLUTIONARY + 2] = { NULL };
  const char        *metrics[PMT_METRIC_DD + 2] = { NULL };
  const char *const  searches[] = { "auto", "frontal", "upright", "local", NULL };
  GParamSpecDouble  *stiffness;
  PmtRegisterOptions options;

  for (int i = 0; i < PMT_MODELS; i++)
    models[i] = pmt_model_to_nick (i);
  for (int i = 0; i <= PMT_MODALITY_DIFFERENT; i++)
    modalities[i] = pmt_modality_to_nick (i);
  for (int i = 0; i <= PMT_OPTIMISER_EVOLUTIONARY; i++)
    optimisers[i] = pmt_optimiser_to_nick (i);
  for (int i = 0; i <= PMT_METRIC_DD; i++)
    metrics[i] = pmt_metric_to_nick (i);
  pmt_register_options_init (&options);
  check_enum ("optimiser", options.optimiser, optimisers);
  check_enum ("metric", options.metric, metrics);
  check_enum ("model", options.model, models);
  check_enum ("modality", options.modality, modalities);
  check_enum ("search", options.search, searches);
  g_assert_cmpstr (G_PARAM_SPEC_STRING (gegl_operation_find_property ("pentimento:register", "preparation"))->default_value,
                   ==, *pmt_preparation_names ());
  stiffness = G_PARAM_SPEC_DOUBLE (gegl_operation_find_property ("pentimento:register", "stiffness"));
  g_assert_cmpfloat (stiffness->default_value, ==, options.stiffness);
  g_assert_cmpfloat (stiffness->minimum, ==, 0);
  g_assert_cmpfloat (stiffness->maximum, ==, PMT_STIFFNESS_MOST);
  g_assert_null (strstr (gegl_operation_get_key ("pentimento:register", "categories"), "transform"));
}

static double
told_stiffness (GeglNode *node)
{
  g_autofree char            *report = NULL;
  g_autoptr (PmtRegistration) read = NULL;
  g_autoptr (GError)          error = NULL;

  gegl_node_get_bounding_box (node);
  report = get_string (node, "report");
  read = pmt_registration_from_json (report, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read->model, ==, PMT_MODEL_SMOOTH);
  return read->stiffness;
}

/* The property reaches the core, and another value is another question. */
static void
test_stiffness (void)
{
  g_autoptr (GeglBuffer) fixed = picture_new (1, &fixed_view, &fixed_extent);
  g_autoptr (GeglBuffer) moving = picture_new (1, &moving_view, &moving_extent);
  GeglNode              *node;
  g_autoptr (GeglNode)   graph = register_graph_new (moving, fixed, &node);
  g_autofree char       *verdict = NULL;

  gegl_node_set (node, "model", 6, "stiffness", 2.0, NULL);
  g_assert_cmpfloat (told_stiffness (node), ==, 2);
  gegl_node_set (node, "stiffness", 0.5, NULL);
  g_assert_cmpfloat (told_stiffness (node), ==, 0.5);
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:register: a stiffness is*0.05*");
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:register: *unmoved");
  gegl_node_set (node, "stiffness", 0.01, NULL);
  scene_assert_rect (gegl_node_get_bounding_box (node), moving_extent);
  g_test_assert_expected_messages ();
  verdict = get_string (node, "verdict");
  g_assert_cmpstr (verdict, ==, "failed");
}

/* The properties reach the core: the report names the method. */
static void
test_climbs (void)
{
  g_autoptr (GeglBuffer) fixed = picture_new (1, &fixed_view, &fixed_extent);
  g_autoptr (GeglBuffer) moving = picture_new (1, &moving_view, &moving_extent);
  GeglNode              *node;
  g_autoptr (GeglNode)   graph = register_graph_new (moving, fixed, &node);
  g_autofree char       *report = NULL, *json = NULL;
  g_autoptr (PmtTransform) transform = NULL;

  gegl_node_set (node, "optimiser", 3, "metric", 2, "model", 5, NULL);   /* l-bfgs, ncc, homography */
  gegl_node_get_bounding_box (node);
  report = get_string (node, "report");
  json = get_string (node, "transform");
  g_assert_nonnull (strstr (report, "\"ncc/l-bfgs\""));
  transform = pmt_transform_from_json (json, -1, NULL);
  g_assert_nonnull (transform);
  g_assert_cmpfloat (worst_error (transform), <, 0.5);
}

static void
test_found (void)
{
  g_autoptr (GeglBuffer)   fixed = picture_new (1, &fixed_view, &fixed_extent);
  g_autoptr (GeglBuffer)   moving = picture_new (1, &moving_view, &moving_extent);
  GeglNode                *node, *warp;
  g_autoptr (GeglNode)     graph = register_graph_new (moving, fixed, &node);
  g_autoptr (GeglNode)     warp_graph = scene_graph_new (moving, "pentimento:warp", &warp);
  g_autoptr (PmtTransform) transform = NULL;
  g_autoptr (GError)       error = NULL;
  GeglRectangle            box = gegl_node_get_bounding_box (node);
  const Babl              *format = babl_format ("YA float");
  g_autofree float        *got = scene_render (node, &box, format), *warped = NULL;
  g_autofree char         *verdict = get_string (node, "verdict"), *json = get_string (node, "transform");
  g_autofree char         *report = get_string (node, "report"), *again = NULL;

  g_assert_cmpstr (verdict, ==, "ok");
  g_assert_nonnull (strstr (report, "\"verdict\""));
  transform = pmt_transform_from_json (json, -1, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (worst_error (transform), <, 0.5);   /* how exact it is, the accuracy suite measures */

  gegl_node_set (warp, "transform", json, NULL);         /* the transform is the one that was applied */
  scene_assert_rect (gegl_node_get_bounding_box (warp), box);
  warped = scene_render (warp, &box, format);
  g_assert_cmpmem (got, scene_bytes (&box, format), warped, scene_bytes (&box, format));

  again = get_string (node, "report");                   /* it holds timings: no two fits have the same */
  g_assert_cmpstr (again, ==, report);
  g_free (again);
  gegl_buffer_clear (moving, GEGL_RECTANGLE (0, 60, 4, 4));
  gegl_node_get_bounding_box (node);
  again = get_string (node, "report");
  g_assert_cmpstr (again, !=, report);
}

/* What came of what a person says. */
static PmtTermsOutcome
get_terms (GeglNode *node)
{
  g_autofree char            *report = NULL;
  g_autoptr (PmtRegistration) read = NULL;

  gegl_node_get_bounding_box (node);
  report = get_string (node, "report");
  read = pmt_registration_from_json (report, -1, NULL);
  g_assert_nonnull (read);
  return read->terms;
}

/* What became of landmarks at three places, all moved by `off` px. */
static PmtTermsOutcome
told_terms (GeglNode *node, double off)
{
  static const PmtPoint       at[] = { { 0.3, 0.3 }, { 0.7, 0.4 }, { 0.4, 0.7 } };
  PmtMatrix3                  map = truth ();
  g_autoptr (GString)         text = g_string_new ("# in GEGL's coordinates\n");

  for (guint k = 0; k < G_N_ELEMENTS (at); k++)
    {
      PmtPoint p = { fixed_extent.x + at[k].x * fixed_extent.width, fixed_extent.y + at[k].y * fixed_extent.height };
      PmtPoint q = pmt_matrix3_map (&map, p);

      g_string_append_printf (text, "%.3f,%.3f,%.3f,%.3f\n", p.x, p.y, q.x + off, q.y);
    }
  gegl_node_set (node, "landmarks", text->str, NULL);
  return get_terms (node);
}

static void
test_landmarks (void)
{
  g_autoptr (GeglBuffer) fixed = picture_new (1, &fixed_view, &fixed_extent);
  g_autoptr (GeglBuffer) moving = picture_new (1, &moving_view, &moving_extent);
  GeglNode              *node;
  g_autoptr (GeglNode)   graph = register_graph_new (moving, fixed, &node);
  PmtTermsOutcome        terms;
  g_autofree char       *report = NULL;

  gegl_node_set (node, "model", 6, "allow-uncertain", TRUE, NULL);
  terms = told_terms (node, 0);
  g_assert_cmpint (terms.landmarks, ==, 3);
  g_assert_cmpfloat (terms.worst, <, 0.5);
  g_assert_cmpfloat (told_terms (node, 12).median, >, 6);      /* another text is another question */
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:register: landmarks: line 1*");
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:register: *unmoved");
  gegl_node_set (node, "landmarks", "1,2", NULL);
  gegl_node_get_bounding_box (node);
  g_test_assert_expected_messages ();
  gegl_node_set (node, "landmarks", "", "metric", 5, NULL);    /* ngf, which a bend follows */
  gegl_node_get_bounding_box (node);
  report = get_string (node, "report");
  g_assert_nonnull (strstr (report, "\"ngf/free-form\""));
}

/* The third input says where the moving picture keeps its shape; another one is another question. */
static void
test_rigid (void)
{
  g_autoptr (GeglBuffer)  fixed = picture_new (1, &fixed_view, &fixed_extent);
  g_autoptr (GeglBuffer)  moving = picture_new (1, &moving_view, &moving_extent);
  g_autoptr (GeglBuffer)  map = gegl_buffer_new (&moving_extent, babl_format ("Y float"));
  GeglColor              *white = gegl_color_new ("white");
  GeglRectangle           left = moving_extent;
  PmtTermsOutcome         terms;
  GeglNode               *node, *source;
  g_autoptr (GeglNode)    graph = register_graph_new (moving, fixed, &node);

  left.width /= 2;
  gegl_buffer_set_color (map, &left, white);
  g_object_unref (white);
  source = gegl_node_new_child (graph, "operation", "gegl:buffer-source", "buffer", map, NULL);
  gegl_node_connect (source, "output", node, "aux2");
  gegl_node_set (node, "model", 6, "stiffness", 0.5, "allow-uncertain", TRUE, NULL);
  terms = get_terms (node);
  g_assert_cmpfloat (terms.rigid_share, >, 0.3);
  g_assert_cmpfloat (terms.rigid_share, <, 0.7);
  g_assert_cmpfloat (terms.rigid_strain, <, 1e-3);
  gegl_node_disconnect (node, "aux2");
  g_assert_true (isnan (get_terms (node).rigid_share));
}

/* Of two pictures that have nothing in common nothing is applied, and it is said. */
static void
test_unrelated (void)
{
  g_autoptr (GeglBuffer) fixed = picture_new (2, &fixed_view, &fixed_extent);
  g_autoptr (GeglBuffer) moving = picture_new (3, &moving_view, &moving_extent);
  GeglNode              *node;
  g_autoptr (GeglNode)   graph = register_graph_new (moving, fixed, &node);
  const Babl            *format = babl_format ("Y' u16");
  g_autofree guint16    *before = scene_read (moving, &moving_extent, format), *after = NULL;
  g_autofree char       *verdict = NULL, *json = NULL, *report = NULL;

  gegl_node_set (node, "search", 1, NULL);   /* the operation's own “local”, to be done sooner */
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:register: the verdict is*unmoved");
  scene_assert_rect (gegl_node_get_bounding_box (node), moving_extent);
  g_test_assert_expected_messages ();
  after = scene_render (node, &moving_extent, format);
  g_assert_cmpmem (before, scene_bytes (&moving_extent, format), after, scene_bytes (&moving_extent, format));
  verdict = get_string (node, "verdict");
  json = get_string (node, "transform");
  report = get_string (node, "report");
  g_assert_cmpstr (verdict, !=, "ok");
  g_assert_cmpstr (json, ==, "");
  g_assert_cmpstr (report, !=, "");
}

static void
test_incomplete (void)
{
  g_autoptr (GeglBuffer) moving = picture_new (1, &moving_view, &moving_extent);
  GeglNode              *node, *colour;
  g_autoptr (GeglNode)   graph = scene_graph_new (moving, "pentimento:register", &node);
  const Babl            *format = babl_format ("Y' u16");
  g_autofree guint16    *before = scene_read (moving, &moving_extent, format), *after = NULL;

  scene_assert_rect (gegl_node_get_bounding_box (node), moving_extent);
  after = scene_render (node, &moving_extent, format);
  g_assert_cmpmem (before, scene_bytes (&moving_extent, format), after, scene_bytes (&moving_extent, format));

  colour = gegl_node_new_child (graph, "operation", "gegl:color", NULL);   /* a plane without end */
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:register: *crop it*");
  g_test_expect_message ("pentimento", G_LOG_LEVEL_WARNING, "pentimento:register: *unmoved");
  gegl_node_connect (colour, "output", node, "aux");
  scene_assert_rect (gegl_node_get_bounding_box (node), moving_extent);
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  gegl_init (NULL, NULL);
  g_object_set (gegl_config (), "swap", "RAM", "use-opencl", FALSE, NULL);
  if (!gegl_has_operation ("pentimento:register"))
    g_error ("pentimento:register is not on GEGL_PATH");

  g_test_add_func ("/ops/register/metadata", test_metadata);
  g_test_add_func ("/ops/register/found", test_found);
  g_test_add_func ("/ops/register/climbs", test_climbs);
  g_test_add_func ("/ops/register/stiffness", test_stiffness);
  g_test_add_func ("/ops/register/landmarks", test_landmarks);
  g_test_add_func ("/ops/register/rigid", test_rigid);
  g_test_add_func ("/ops/register/unrelated", test_unrelated);
  g_test_add_func ("/ops/register/incomplete", test_incomplete);
  status = g_test_run ();
  gegl_exit ();
  return status;
}
