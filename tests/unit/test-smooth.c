/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paintings that bend between the pictures, by a known amount; and one that does not. */
#include <math.h>

#include "phantom.h"
#include "register.h"

#define WIDTH  720
#define HEIGHT 560
#define MARGIN 60     /* painting units kept round the picture */

typedef struct { double amplitude; } Bend;

/* Painting → painting: where the moving camera looks when the painting has bent. */
static PmtPoint
bend (PmtPoint p, gpointer data)
{
  double a = ((Bend *) data)->amplitude, x = p.x / WIDTH, y = p.y / HEIGHT;

  return (PmtPoint) { p.x + a * sin (2 * G_PI * (0.9 * y + 0.1)) * cos (2 * G_PI * 0.7 * x),
                      p.y + a * sin (2 * G_PI * (0.8 * x + 0.3)) * cos (2 * G_PI * 0.6 * y) };
}

/* fixed → moving: the p with view·p bent to where fixed looks, by fixed-point iteration. */
static PmtPoint
truth (const Bend *b, const PmtMatrix3 *fixed, const PmtMatrix3 *moving, PmtPoint p)
{
  PmtPoint   target = pmt_matrix3_map (fixed, p), q = target;
  PmtMatrix3 back;

  for (int i = 0; i < 60; i++)
    {
      PmtPoint at = bend (q, (gpointer) b);

      q = (PmtPoint) { q.x + target.x - at.x, q.y + target.y - at.y };
    }
  pmt_matrix3_invert (moving, &back);
  return pmt_matrix3_map (&back, q);
}

typedef struct { double median, p95; PmtModel model; PmtVerdict verdict; double inverse; } Outcome;

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static Outcome
measure (double amplitude, PhantomBand band, PmtModel model, guint64 seed)
{
  PmtMatrix3                  fixed = pmt_matrix3_translation (MARGIN, MARGIN);
  PmtMatrix3                  moving = { { { 0.995, -0.03, MARGIN + 14 }, { 0.03, 1.004, MARGIN - 9 }, { 0, 0, 1 } } };
  Bend                        b = { amplitude };
  PhantomOptions              options;
  PhantomCamera               camera;
  PmtRegisterOptions          register_options;
  g_autoptr (Phantom)         phantom = NULL;
  g_autoptr (PmtSource)       f = NULL, m = NULL;
  g_autoptr (PmtRegistration) r = NULL;
  g_autoptr (PmtTransform)    back = NULL;
  g_autoptr (GError)          error = NULL;
  g_autoptr (GArray)          errors = g_array_new (FALSE, FALSE, sizeof (double));
  Outcome                     o = { 0 };

  phantom_options_init (&options);
  options.width = WIDTH + 2 * MARGIN;
  options.height = HEIGHT + 2 * MARGIN;
  options.density = 1;
  phantom = phantom_new (seed, &options, NULL);
  phantom_camera_init (&camera, WIDTH, HEIGHT);
  camera.view = fixed;
  camera.noise = 0.01;
  camera.noise_seed = seed;
  f = phantom_render_source (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  camera.view = moving;
  camera.map = bend;
  camera.map_data = &b;
  camera.noise_seed = seed + 100;
  m = phantom_render_source (NULL, phantom, band, &camera, NULL);
  pmt_register_options_init (&register_options);
  register_options.model = model;
  r = pmt_register (NULL, f, m, &register_options, &error);
  g_assert_no_error (error);
  back = pmt_transform_invert (r->transform, &error);
  g_assert_no_error (error);
  for (int y = 50; y < HEIGHT - 49; y += 20)
    for (int x = 50; x < WIDTH - 49; x += 20)
      {
        PmtPoint p = { x, y }, q, t = truth (&b, &fixed, &moving, p);
        double   e;

        pmt_transform_map (r->transform, 1, &p, &q);
        e = hypot (q.x - t.x, q.y - t.y);
        g_array_append_val (errors, e);
        pmt_transform_map (back, 1, &q, &q);
        o.inverse = fmax (o.inverse, hypot (q.x - p.x, q.y - p.y));
      }
  g_array_sort (errors, compare);
  o.median = g_array_index (errors, double, errors->len / 2);
  o.p95 = g_array_index (errors, double, errors->len * 95 / 100);
  o.model = r->model;
  o.verdict = r->verdict;
  g_test_message ("bend %g px, model %s (asked: %s): median error %.3f px, 95 %% below %.3f px, %s", amplitude,
                  pmt_model_to_nick (r->model), pmt_model_to_nick (model), o.median, o.p95,
                  pmt_verdict_to_nick (r->verdict));
  return o;
}

static void
test_bent (void)
{
  static const double amplitude[] = { 5, 12 };

  for (guint i = 0; i < G_N_ELEMENTS (amplitude); i++)
    {
      Outcome plane = measure (amplitude[i], PHANTOM_BAND_VISIBLE, PMT_MODEL_HOMOGRAPHY, 3 + i);
      Outcome smooth = measure (amplitude[i], PHANTOM_BAND_VISIBLE, PMT_MODEL_AUTO, 3 + i);

      g_assert_cmpint (smooth.model, ==, PMT_MODEL_SMOOTH);
      g_assert_cmpfloat (smooth.median, <, 0.25);
      g_assert_cmpfloat (smooth.p95, <, 1.5);
      g_assert_cmpfloat (plane.median, >, 6 * smooth.median);
      g_assert_cmpint (smooth.verdict, ==, PMT_VERDICT_OK);
      g_assert_cmpfloat (smooth.inverse, <, 1e-3);
    }
}

static void
test_bent_infrared (void)
{
  Outcome plane = measure (12, PHANTOM_BAND_INFRARED, PMT_MODEL_HOMOGRAPHY, 5);
  Outcome smooth = measure (12, PHANTOM_BAND_INFRARED, PMT_MODEL_AUTO, 5);

  g_assert_cmpint (smooth.model, ==, PMT_MODEL_SMOOTH);
  g_assert_cmpfloat (smooth.median, <, 0.5);
  g_assert_cmpfloat (plane.median, >, 4 * smooth.median);
}

/* A plane stays a plane; and where a bend is insisted on, it is next to none. */
static void
test_planar (void)
{
  Outcome plane = measure (0, PHANTOM_BAND_INFRARED, PMT_MODEL_HOMOGRAPHY, 6);
  Outcome by_itself = measure (0, PHANTOM_BAND_INFRARED, PMT_MODEL_AUTO, 6);
  Outcome told = measure (0, PHANTOM_BAND_INFRARED, PMT_MODEL_SMOOTH, 6);

  g_assert_cmpint (by_itself.model, !=, PMT_MODEL_SMOOTH);
  g_assert_cmpfloat (by_itself.median, <, plane.median + 0.05);
  g_assert_cmpint (told.model, ==, PMT_MODEL_SMOOTH);
  g_assert_cmpfloat (told.median, <, plane.median + 0.2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/smooth/bent", test_bent);
  g_test_add_func ("/smooth/bent-infrared", test_bent_infrared);
  g_test_add_func ("/smooth/planar", test_planar);
  return g_test_run ();
}
