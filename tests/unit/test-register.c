/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The front door: promises of core/register.h that do not need a distribution. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "briefly.h"
#include "phantom.h"
#include "register.h"

#define SIDE 240

static Phantom *
painting (guint64 seed)
{
  PhantomOptions options;

  phantom_options_init (&options);
  options.width = options.height = 500;
  options.density = 1;
  return phantom_new (seed, &options, NULL);
}

static PmtSource *
picture (Phantom *phantom, PhantomBand band, const PmtMatrix3 *view, double gain, double offset, guint64 noise)
{
  PhantomCamera camera;

  phantom_camera_init (&camera, SIDE, SIDE);
  camera.view = *view;
  camera.gain = gain;
  camera.offset = offset;
  camera.noise = 0.01;
  camera.noise_seed = noise;
  camera.bits = 16;
  return phantom_render_source (NULL, phantom, band, &camera, NULL);
}

typedef struct
{
  Phantom   *phantom;
  PmtSource *fixed, *moving;
  PmtMatrix3 truth;
} Scene;

static void
scene_init (Scene *s, PhantomBand band)
{
  PmtMatrix3 fixed = pmt_matrix3_translation (120, 130), moving, inverse;

  moving = (PmtMatrix3) { { { 0.99, -0.1, 124 }, { 0.09, 1.01, 116 }, { 2e-5, -1e-5, 1 } } };
  s->phantom = painting (11);
  s->fixed = picture (s->phantom, PHANTOM_BAND_VISIBLE, &fixed, 1, 0, 1);
  s->moving = picture (s->phantom, band, &moving, 0.7, 0.1, 2);
  pmt_matrix3_invert (&moving, &inverse);
  s->truth = pmt_matrix3_then (&fixed, &inverse);
}

static void
scene_clear (Scene *s)
{
  phantom_free (s->phantom);
  pmt_source_unref (s->fixed);
  pmt_source_unref (s->moving);
}

static double
error_of (const PmtRegistration *r, const PmtMatrix3 *truth)
{
  double sum = 0;

  for (int i = 0; i < 9; i++)
    {
      PmtPoint p = { 60 + 60 * (i % 3), 60 + 60 * (i / 3) }, q, t = pmt_matrix3_map (truth, p);

      pmt_transform_map (r->transform, 1, &p, &q);
      sum += hypot (q.x - t.x, q.y - t.y) / 9;
    }
  return sum;
}

static gboolean
has_reason (const PmtRegistration *r, const char *code)
{
  for (guint i = 0; i < r->reasons->len; i++)
    if (g_str_equal (((PmtReason *) r->reasons->pdata[i])->code, code))
      return TRUE;
  return FALSE;
}

static void
test_finds (void)
{
  Scene                       s;
  g_autoptr (PmtRegistration) r = NULL;
  g_autofree char            *report = NULL;

  scene_init (&s, PHANTOM_BAND_VISIBLE);
  r = pmt_register (NULL, s.fixed, s.moving, NULL, NULL);
  g_assert_cmpint (r->verdict, ==, PMT_VERDICT_OK);
  g_assert_cmpfloat (error_of (r, &s.truth), <, 0.05);
  g_assert_cmpint (r->modality, ==, PMT_MODALITY_SAME);
  g_assert_cmpint (pmt_transform_get_length (r->transform), ==, 1);
  g_assert_cmpstr (pmt_transform_get_provenance (r->transform, 0)->verdict, ==, "ok");
  report = pmt_registration_to_json (r, NULL);
  g_assert_nonnull (strstr (report, "\"verdict\" : \"ok\""));
  scene_clear (&s);
}

/* A plate that lies the wrong way up is recognised, and aligned where that is allowed. */
static void
test_turned_over (void)
{
  Scene                       s;
  g_autoptr (PmtSource)       turned = NULL;
  g_autoptr (PmtRegistration) refused = NULL, allowed = NULL, again = NULL;
  PmtRegisterOptions          options;
  PmtMatrix3                  mirror = { { { -1, 0, SIDE }, { 0, 1, 0 }, { 0, 0, 1 } } };

  scene_init (&s, PHANTOM_BAND_VISIBLE);
  turned = pmt_source_mirror_new (s.moving, NULL);
  s.truth = pmt_matrix3_then (&s.truth, &mirror);
  pmt_register_options_init (&options);
  options.search = PMT_SEARCH_FRONTAL;
  refused = pmt_register (NULL, s.fixed, turned, &options, NULL);
  g_assert_cmpint (refused->verdict, ==, PMT_VERDICT_FAILED);
  g_assert_false (refused->mirrored);
  g_assert_true (has_reason (refused, "mirrored"));
  options.mirror = PMT_MIRROR_ALLOW;
  allowed = pmt_register (NULL, s.fixed, turned, &options, NULL);
  g_assert_cmpint (allowed->verdict, ==, PMT_VERDICT_OK);
  g_assert_true (allowed->mirrored);
  g_assert_cmpfloat (error_of (allowed, &s.truth), <, 0.05);
  pmt_register_options_init (&options);
  options.initial = allowed->transform;
  options.search = PMT_SEARCH_LOCAL;
  again = pmt_register (NULL, s.fixed, turned, &options, NULL);
  g_assert_cmpint (again->verdict, ==, PMT_VERDICT_OK);
  g_assert_true (again->mirrored);
  g_assert_cmpfloat (error_of (again, &s.truth), <, 0.05);
  scene_clear (&s);
}

/* Registering the other way round gives the inverse. */
static void
test_swap (void)
{
  Scene                       s;
  g_autoptr (PmtRegistration) there = NULL, back = NULL;
  g_autoptr (PmtTransform)    round = NULL;
  PmtPoint                    p = { 110, 130 }, q;

  scene_init (&s, PHANTOM_BAND_VISIBLE);
  there = pmt_register (NULL, s.fixed, s.moving, NULL, NULL);
  back = pmt_register (NULL, s.moving, s.fixed, NULL, NULL);
  round = pmt_transform_compose (there->transform, back->transform, NULL);
  pmt_transform_map (round, 1, &p, &q);
  g_assert_cmpfloat (hypot (p.x - q.x, p.y - q.y), <, 0.05);
  scene_clear (&s);
}

static void
test_models_stay_in_class (void)
{
  Scene s;

  scene_init (&s, PHANTOM_BAND_VISIBLE);
  for (int m = PMT_MODEL_TRANSLATION; m <= PMT_MODEL_HOMOGRAPHY; m += BRIEFLY ? 2 : 1)
    {
      PmtRegisterOptions          options;
      g_autoptr (PmtRegistration) r = NULL;
      PmtMatrix3                  h;

      pmt_register_options_init (&options);
      options.model = m;
      options.search = PMT_SEARCH_LOCAL;       /* a translation alone does not do, and would be searched for everywhere */
      r = pmt_register (NULL, s.fixed, s.moving, &options, NULL);
      g_assert_cmpint (r->model, ==, m);
      g_assert_true (pmt_transform_get_matrix (r->transform, &h));
      if (m <= PMT_MODEL_AFFINE)
        g_assert_cmpfloat (fabs (h.m[2][0]) + fabs (h.m[2][1]), <, 1e-12);
      if (m <= PMT_MODEL_SIMILARITY)
        g_assert_cmpfloat (fabs (h.m[0][0] - h.m[1][1]) + fabs (h.m[0][1] + h.m[1][0]), <, 1e-9);
      if (m <= PMT_MODEL_RIGID)
        g_assert_cmpfloat_with_epsilon (hypot (h.m[0][0], h.m[1][0]), 1, 1e-9);
      if (m == PMT_MODEL_TRANSLATION)
        g_assert_cmpfloat_with_epsilon (h.m[0][0], 1, 1e-9);
    }
  scene_clear (&s);
}

static void
test_threads_agree (void)
{
  Scene                  s;
  g_autofree char       *text[2] = { NULL, NULL };

  scene_init (&s, PHANTOM_BAND_INFRARED);
  for (int k = 0; k < 2; k++)
    {
      g_autoptr (PmtContext)      context = pmt_context_new ();
      g_autoptr (PmtRegistration) r = NULL;

      pmt_context_set_threads (context, 1 + 2 * k);
      r = pmt_register (context, s.fixed, s.moving, NULL, NULL);
      text[k] = pmt_transform_to_json (r->transform);
    }
  g_assert_cmpstr (text[0], ==, text[1]);
  g_free (text[1]);
  text[1] = NULL;
  scene_clear (&s);
}

static void
test_unrelated_is_not_ok (void)
{
  PmtMatrix3                  view = pmt_matrix3_translation (130, 140);
  Phantom                    *a = painting (21), *b = painting (22);
  g_autoptr (PmtSource)       fixed = picture (a, PHANTOM_BAND_VISIBLE, &view, 1, 0, 1);
  g_autoptr (PmtSource)       moving = picture (b, PHANTOM_BAND_INFRARED, &view, 1, 0, 2);
  g_autoptr (PmtRegistration) r = pmt_register (NULL, fixed, moving, NULL, NULL);

  g_assert_cmpint (r->verdict, !=, PMT_VERDICT_OK);
  g_assert_cmpuint (r->reasons->len, >, 0);
  phantom_free (a);
  phantom_free (b);
}

/* Half of the picture is replaced by another's; a mask that leaves it out brings the answer back. */
static void
test_mask (void)
{
  Scene                       s;
  PmtRegisterOptions          options;
  g_autofree float           *mask = g_new0 (float, SIDE * SIDE);
  g_autoptr (PmtSource)       mask_source = NULL;
  g_autoptr (PmtRegistration) r = NULL;
  g_autoptr (GError)          error = NULL;

  scene_init (&s, PHANTOM_BAND_VISIBLE);
  for (int i = 0; i < SIDE * SIDE; i++)
    mask[i] = i % SIDE < 150 ? 255 : 0;
  mask_source = pmt_source_memory_new (SIDE, SIDE, 1, -1, 1, mask, SIDE, NULL);
  pmt_register_options_init (&options);
  options.fixed_mask = mask_source;
  r = pmt_register (NULL, s.fixed, s.moving, &options, NULL);
  g_assert_cmpfloat (error_of (r, &s.truth), <, 0.1);

  g_clear_pointer (&mask_source, pmt_source_unref);
  memset (mask, 0, SIDE * SIDE * sizeof *mask);
  options.fixed_mask = mask_source = pmt_source_memory_new (SIDE, SIDE, 1, -1, 1, mask, SIDE, NULL);
  g_assert_null (pmt_register (NULL, s.fixed, s.moving, &options, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  scene_clear (&s);
}

static void
test_hostile (void)
{
  static const struct { int width, height; float value; } cases[] = {
    { 1, 1, 0 }, { 100000, 1, 1 }, { 64, 64, NAN }, { 64, 64, INFINITY }, { 64, 64, 7 }, { 8, 8, 1e30f }, { 9, 3000, 2 },
  };
  g_autoptr (PmtSource) other = NULL;
  g_autofree float     *noise = g_new (float, 64 * 64);

  for (int i = 0; i < 64 * 64; i++)
    noise[i] = (float) ((i * 7919) % 251);
  other = pmt_source_memory_new (64, 64, 1, -1, 1, noise, 64, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize                       n = (gsize) cases[i].width * cases[i].height;
      g_autofree float           *pixels = g_new (float, n);
      g_autoptr (PmtSource)       source = NULL;
      g_autoptr (PmtRegistration) r = NULL;
      g_autoptr (GError)          error = NULL;

      for (gsize k = 0; k < n; k++)
        pixels[k] = cases[i].value;
      source = pmt_source_memory_new (cases[i].width, cases[i].height, 1, -1, 1, pixels, cases[i].width, NULL);
      r = pmt_register (NULL, source, other, NULL, &error);
      g_assert_null (r);
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
    }
}

/* A number that is no stiffness is refused, whatever the model. */
static void
test_stiffness_range (void)
{
  static const double good[] = { 0, 0.05, 0.7, 5 }, bad[] = { NAN, INFINITY, -INFINITY, -1, -0.5, 0.049, 5.01 };
  Scene               s;

  scene_init (&s, PHANTOM_BAND_VISIBLE);
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (pmt_stiffness_check (good[i], NULL));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      PmtRegisterOptions options;

      pmt_register_options_init (&options);
      options.model = i % 3 == 0 ? PMT_MODEL_SMOOTH : i % 3 == 1 ? PMT_MODEL_RIGID : PMT_MODEL_DEFORMABLE;
      options.stiffness = bad[i];
      g_assert_null (pmt_register (NULL, s.fixed, s.moving, &options, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
      g_assert_nonnull (strstr (error->message, "stiffness"));
    }
  scene_clear (&s);
}

/* The report tells it, and is read back; a plane has none. */
static void
test_stiffness_is_told (void)
{
  Scene                       s;
  PmtRegisterOptions          options;
  g_autoptr (PmtRegistration) smooth = NULL, plane = NULL;

  scene_init (&s, PHANTOM_BAND_VISIBLE);
  pmt_register_options_init (&options);
  options.model = PMT_MODEL_SMOOTH;
  options.stiffness = 0.75;
  smooth = pmt_register (NULL, s.fixed, s.moving, &options, NULL);
  options.model = PMT_MODEL_AFFINE;
  plane = pmt_register (NULL, s.fixed, s.moving, &options, NULL);
  g_assert_cmpfloat (smooth->stiffness, ==, 0.75);
  g_assert_true (isnan (plane->stiffness));
  for (int k = 0; k < 2; k++)
    {
      g_autofree char            *json = pmt_registration_to_json (k == 0 ? smooth : plane, NULL);
      g_autoptr (PmtRegistration) read = pmt_registration_from_json (json, -1, NULL);

      g_assert_nonnull (strstr (json, k == 0 ? "\"stiffness\" : 0.75" : "\"stiffness\" : null"));
      g_assert_nonnull (read);
      g_assert_true (k == 0 ? read->stiffness == 0.75 : isnan (read->stiffness));
    }
  scene_clear (&s);
}

static void
test_cancel (void)
{
  Scene                       s;
  g_autoptr (GCancellable)    cancellable = g_cancellable_new ();
  g_autoptr (PmtContext)      context = pmt_context_new ();
  g_autoptr (GError)          error = NULL;

  scene_init (&s, PHANTOM_BAND_VISIBLE);
  pmt_context_set_cancellable (context, cancellable);
  g_cancellable_cancel (cancellable);
  g_assert_null (pmt_register (context, s.fixed, s.moving, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_CANCELLED);
  scene_clear (&s);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/register/finds", test_finds);
  g_test_add_func ("/register/turned-over", test_turned_over);
  g_test_add_func ("/register/swap", test_swap);
  g_test_add_func ("/register/models", test_models_stay_in_class);
  g_test_add_func ("/register/threads", test_threads_agree);
  if (!BRIEFLY)          /* the mirrored pair is searched for in vain as well */
    g_test_add_func ("/register/unrelated", test_unrelated_is_not_ok);
  g_test_add_func ("/register/mask", test_mask);
  g_test_add_func ("/register/hostile", test_hostile);
  g_test_add_func ("/register/stiffness-range", test_stiffness_range);
  g_test_add_func ("/register/stiffness-is-told", test_stiffness_is_told);
  g_test_add_func ("/register/cancel", test_cancel);
  return g_test_run ();
}
