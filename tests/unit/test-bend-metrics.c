/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bends of all pixels at once, by each metric. */
#include "deform/free-form-private.h"
#include "bent-scene.h"
#include "briefly.h"

/* By grey values where they are the same, by structure where they are not. Twice the error of a run at the time of writing. */
static void
test_metrics (void)
{
  static const struct { PmtMetric metric; PhantomBand band; double most; } cases[] =
  {
    { PMT_METRIC_SSD, PHANTOM_BAND_VISIBLE, 0.1 }, { PMT_METRIC_NCC, PHANTOM_BAND_VISIBLE, 0.14 },
    { PMT_METRIC_LOCAL_NCC, PHANTOM_BAND_INFRARED, 0.2 }, { PMT_METRIC_NMI, PHANTOM_BAND_INFRARED, 0.4 },
    { PMT_METRIC_NGF, PHANTOM_BAND_INFRARED, 0.2 }, { PMT_METRIC_MIND, PHANTOM_BAND_INFRARED, 0.2 },
  };
  static const Bend b = { 8, { 0, 0, 0, 0 }, 0, 0, { 0, 0 }, { 0, 0 }, 0 };
  static const PmtExtent frame = { 0, 0, BENT_WIDTH, BENT_HEIGHT };
  BentScene         scene[2];

  bent_scene_init (&scene[0], &b, PHANTOM_BAND_VISIBLE, 0, 9);
  bent_scene_init (&scene[1], &b, PHANTOM_BAND_INFRARED, 0, 9);
  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      const BentScene         *s = &scene[cases[k].band != PHANTOM_BAND_VISIBLE];
      PmtSize                  size = { BENT_WIDTH, BENT_HEIGHT };
      g_autoptr (PmtTransform) plane = pmt_transform_new (size, size), bent = NULL;
      PmtPyramid              *fixed = _pmt_pyramid_new (NULL, s->fixed, NULL, NULL), *moving = _pmt_pyramid_new (NULL, s->moving, NULL, NULL);
      PmtFreeFormAsk           ask = { .stiffness = PMT_FREE_FORM_STIFFNESS, .metric = cases[k].metric };
      g_auto (PmtFreeForm)     form = { 0 };
      double                   median;

      g_assert_true (_pmt_free_form_fit (NULL, fixed, moving, &pmt_matrix3_identity, &frame, &ask, &form, NULL));
      g_assert_nonnull (form.bend);
      bent = _pmt_transform_append (plane, _pmt_step_ref (form.bend), size);
      median = bent_error (bent, &b, NULL, 0.5);
      g_test_message ("%s: %.3f px, 95 %% below %.3f px; plane %.3f px", pmt_metric_to_nick (cases[k].metric), median,
                      bent_error (bent, &b, NULL, 0.95), bent_error (plane, &b, NULL, 0.5));
      g_assert_cmpfloat (median, <, cases[k].most);
      _pmt_pyramid_free (fixed);
      _pmt_pyramid_free (moving);
    }
  bent_scene_clear (&scene[0]);
  bent_scene_clear (&scene[1]);
}

/* Through the front door, with a panel and a landmark in a hole. */
static void
test_registered (void)
{
  static const Bend           b = { 7, { 60, 70, 200, 260 }, 60, 0.015, { 0, 0 }, { 0, 0 }, 0 };
  g_autoptr (PmtSource)       map = bent_map (&b.panel, 1, 0);
  const PmtLandmark           landmark = { { 400, 300 }, bent_truth (&b, (PmtPoint) { 400, 300 }), 2 };
  PmtRegisterOptions          options = { .model = PMT_MODEL_DEFORMABLE, .metric = PMT_METRIC_NGF, .rigid = map,
                                          .landmarks = &landmark, .n_landmarks = 1 };
  g_autoptr (PmtRegistration) r = NULL;
  BentScene                   s;

  bent_scene_init (&s, &b, PHANTOM_BAND_INFRARED, 0, 5);
  r = bent_fit (&s, &options, 0);
  g_test_message ("%s: %.3f px, 95 %% below %.3f px; panel %.3f px, strain %.2g; %.2f px from the landmark", r->method,
                  bent_error (r->transform, &b, NULL, 0.5), bent_error (r->transform, &b, NULL, 0.95),
                  bent_error (r->transform, &b, &b.panel, 0.5), r->terms.rigid_strain, r->terms.worst);
  g_assert_cmpstr (r->method, ==, "ngf/free-form");
  g_assert_cmpint (r->model, ==, PMT_MODEL_SMOOTH);
  g_assert_cmpfloat (bent_error (r->transform, &b, NULL, 0.5), <, 0.4);
  g_assert_cmpfloat (r->terms.rigid_strain, <, 1e-4);
  g_assert_cmpfloat (r->terms.worst, <, 1);
  bent_scene_clear (&s);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bend-metrics/metrics", test_metrics);
  if (!BRIEFLY)
    g_test_add_func ("/bend-metrics/registered", test_registered);
  return g_test_run ();
}
