/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lenses that distort: through control points, and found between two pictures of one painting. */
#include <math.h>
#include <string.h>

#include "fit/lens-points-private.h"
#include "briefly.h"
#include "phantom.h"
#include "register.h"

#define WIDTH  720
#define HEIGHT 560
#define MARGIN 90     /* painting units kept round the picture */

static const PmtSize    SIZE = { WIDTH, HEIGHT };
static const PmtMatrix3 TURN = { { { 0.995, -0.03, 14 }, { 0.03, 1.004, -9 }, { 0, 0, 1 } } };
static const PmtMatrix3 GROWN = { { { 1.02, -0.03, 14 }, { 0.03, 1.02, -9 }, { 0, 0, 1 } } };
static const PmtMatrix3 TILT = { { { 0.96, 0.05, 14 }, { -0.04, 1.03, -9 }, { 3e-5, -2e-5, 1 } } };

/* Terms for half the image's diagonal, in a box that has room for what lies beyond the corners without the lens. */
static PmtTransform *
lens_new (double k1, double k2)
{
  g_autoptr (PmtTransform) none = pmt_transform_new (SIZE, SIZE);
  const double             t = 1.25, x = 0.5 * WIDTH, y = 0.5 * HEIGHT;
  PmtRadial                radial = { { x, y }, k1 * t * t, k2 * t * t * t * t, { x - t * x, y - t * y }, { x + t * x, y + t * y } };
  g_autoptr (GError)       error = NULL;
  PmtTransform            *lens = pmt_transform_append_radial (none, &radial, SIZE, NULL, &error);

  g_assert_no_error (error);
  return lens;
}

static PmtPoint
mapped (const PmtTransform *t, PmtPoint p)
{
  pmt_transform_map (t, 1, &p, &p);
  return p;
}

/* -- control points -- */

#define SIDE 20

/* Points on a grid, uncertain by 0.1 px, of which one in eight is wrong; true: fixed → moving. */
static GArray *
draw_points (const PmtTransform *truth, GRand *random)
{
  GArray *points = g_array_new (FALSE, TRUE, sizeof (PmtControlPoint));

  for (int i = 0; i < SIDE * SIDE; i++)
    {
      PmtControlPoint p = { .cxx = 0.01, .cyy = 0.01, .weight = 1, .fold = (i % SIDE / 3 + 2 * (i / SIDE / 3)) % PMT_FOLDS };

      p.fixed = (PmtPoint) { WIDTH * (i % SIDE + 0.5) / SIDE, HEIGHT * (i / SIDE + 0.5) / SIDE };
      p.moving = mapped (truth, p.fixed);
      for (int k = 0; k < 4; k++)
        {
          p.moving.x += 0.1 * sqrt (0.75) * g_rand_double_range (random, -1, 1);
          p.moving.y += 0.1 * sqrt (0.75) * g_rand_double_range (random, -1, 1);
        }
      if (i % 8 == 3)
        p.moving = (PmtPoint) { p.moving.x + g_rand_double_range (random, -6, 6), p.moving.y + g_rand_double_range (random, -6, 6) };
      g_array_append_val (points, p);
    }
  return points;
}

static double
worst_error (const PmtTransform *truth, const PmtLensFit *fit)
{
  double worst = 0;

  for (int i = 0; i < SIDE * SIDE; i++)
    {
      PmtPoint p = { WIDTH * (i % SIDE) / (SIDE - 1.0), HEIGHT * (i / SIDE) / (SIDE - 1.0) }, a = mapped (truth, p);
      PmtPoint q = pmt_matrix3_map (&fit->matrix, p);

      fit->step->klass->map (fit->step, 1, &q, &q);
      worst = fmax (worst, hypot (q.x - a.x, q.y - a.y));
    }
  return worst;
}

/* The moving camera's lens after a tilt, the fixed camera's before a similarity: found, with the error that was stated. */
static void
test_points (void)
{
  for (int k = 0; k < 6; k++)
    {
      g_autoptr (GRand)        random = g_rand_new_with_seed (k);
      g_autoptr (PmtTransform) lens = lens_new (k % 3 == 0 ? -0.08 : 0.03, k % 3 == 2 ? -0.02 : 0), before = NULL, truth = NULL;
      g_autoptr (GArray)       points = NULL;
      PmtLensFit               fit = { 0 };

      before = k < 3 ? pmt_transform_new (SIZE, SIZE) : pmt_transform_invert (lens, NULL);
      truth = pmt_transform_append_matrix (before, k < 3 ? &TILT : &GROWN, SIZE, NULL, NULL);
      if (k < 3)
        {
          g_autoptr (PmtTransform) tilted = truth;

          truth = pmt_transform_compose (tilted, lens, NULL);
        }
      points = draw_points (truth, random);
      g_assert_true (_pmt_lens_fit_points (NULL, points, k < 3 ? &TILT : &GROWN, SIZE, SIZE, 0, 1, &fit));
      g_test_message ("off by %.3f px at most; held out %.3f, said %.3f and %.3f", worst_error (truth, &fit), fit.held_out,
                      fit.error_median, fit.error_p95);
      g_assert_cmpfloat (worst_error (truth, &fit), <, 0.2);   /* at the corners, beyond the last points */
      g_assert_cmpfloat (fit.error_median, <, 0.2);
      g_assert_cmpint (fit.inliers, >, SIDE * SIDE * 3 / 4);
      _pmt_lens_fit_clear (&fit);
    }
}

/* The variance that is told is that of many fits to the same places with other noise. */
static void
test_variance (void)
{
  g_autoptr (GRand)   random = g_rand_new_with_seed (3);
  g_autoptr (PmtTransform) lens = lens_new (-0.05, 0), turn = pmt_transform_append_matrix (lens, &TURN, SIZE, NULL, NULL);
  PmtPoint            fixed[60], moving[60];
  double              information[60][3], told[60], sum = 0, told_sum = 0;
  PmtLens             fit = { 60, fixed, moving, (const double (*)[3]) information, 2, FALSE, { 360, 280 },
                              0.5 * hypot (WIDTH, HEIGHT), 1, TURN, { 0, 0 } };

  for (int round = 0; round < 300; round++)
    {
      PmtLens one = fit;

      for (int i = 0; i < 60; i++)
        {
          fixed[i] = (PmtPoint) { 90 * (i % 8) + 45, 70 * (i / 8) + 35 };
          moving[i] = pmt_matrix3_map (&TURN, fixed[i]);
          information[i][0] = 1 / 0.04, information[i][1] = 0, information[i][2] = 1 / 0.25;
          for (int k = 0; k < 4; k++)
            {
              moving[i].x += 0.2 * sqrt (0.75) * g_rand_double_range (random, -1, 1);
              moving[i].y += 0.5 * sqrt (0.75) * g_rand_double_range (random, -1, 1);
            }
        }
      g_assert_true (_pmt_lens_fit (&one, -1));
      for (int i = 0; i < 60; i++)
        {
          PmtPoint r = _pmt_lens_residual (&one, i), q = pmt_matrix3_map (&TURN, fixed[i]);

          sum += pow (r.x + moving[i].x - q.x, 2) + pow (r.y + moving[i].y - q.y, 2);
        }
      if (round == 0)
        {
          g_assert_true (_pmt_lens_variance (&one, told));
          for (int i = 0; i < 60; i++)
            told_sum += told[i];
        }
    }
  g_assert_cmpfloat_with_epsilon (sum / 300 / told_sum, 1, 0.1);   /* 3000 degrees of freedom: 0.026 is one standard deviation */
}

static void
test_too_few (void)
{
  g_autoptr (GRand)        random = g_rand_new_with_seed (1);
  g_autoptr (PmtTransform) lens = lens_new (-0.05, 0);
  g_autoptr (GArray)       points = draw_points (lens, random);
  PmtLensFit               fit = { 0 };

  g_array_set_size (points, 20);
  g_assert_false (_pmt_lens_fit_points (NULL, points, &pmt_matrix3_identity, SIZE, SIZE, 0, 1, &fit));
  g_assert_null (fit.step);
}

/* -- pictures -- */

typedef struct { const PmtTransform *unlens; PmtMatrix3 view, back; } Camera;

/* Painting → painting: from where the camera would look without its distortion. */
static PmtPoint
look (PmtPoint p, gpointer data)
{
  const Camera *c = data;

  return pmt_matrix3_map (&c->view, mapped (c->unlens, pmt_matrix3_map (&c->back, p)));
}

static PmtSource *
photograph (Phantom *phantom, PhantomBand band, const PmtMatrix3 *view, const PmtTransform *unlens, guint64 seed)
{
  PhantomCamera camera;
  Camera        own = { unlens, *view, *view };

  pmt_matrix3_invert (view, &own.back);
  phantom_camera_init (&camera, WIDTH, HEIGHT);
  camera.view = *view;
  camera.map = unlens != NULL ? look : NULL;
  camera.map_data = &own;
  camera.noise = 0.01;
  camera.noise_seed = seed;
  return phantom_render_source (NULL, phantom, band, &camera, NULL);
}

/* One lens distorts: the moving camera's, or the fixed one's. The chain is a homography and the lens; no lattice. */
static void
check_pictures (double k1, gboolean fixed_distorts, PhantomBand band, double limit)
{
  g_autoptr (PmtTransform)    lens = lens_new (k1, 0), unlens = pmt_transform_invert (lens, NULL);
  PmtMatrix3                  fixed_view = pmt_matrix3_translation (MARGIN, MARGIN), moving_view, back;
  PhantomOptions              options;
  PmtRegisterOptions          ask;
  g_autoptr (Phantom)         phantom = NULL;
  g_autoptr (PmtRegistration) r = NULL;
  g_autoptr (GError)          error = NULL;
  PmtSource                  *fixed, *moving;
  g_autofree char            *text = NULL;
  double                      worst = 0;

  moving_view = pmt_matrix3_then (&TURN, &fixed_view);
  pmt_matrix3_invert (&moving_view, &back);
  phantom_options_init (&options);
  options.width = WIDTH + 2 * MARGIN;
  options.height = HEIGHT + 2 * MARGIN;
  options.density = 1;
  phantom = phantom_new (7, &options, NULL);
  fixed = photograph (phantom, PHANTOM_BAND_VISIBLE, &fixed_view, fixed_distorts ? unlens : NULL, 1);
  moving = photograph (phantom, band, &moving_view, fixed_distorts ? NULL : unlens, 2);
  pmt_register_options_init (&ask);
  r = pmt_register (NULL, fixed, moving, &ask, &error);
  g_assert_no_error (error);
  g_assert_cmpint (r->verdict, ==, PMT_VERDICT_OK);
  g_assert_cmpint (r->model, ==, PMT_MODEL_SMOOTH);
  text = pmt_transform_to_json (r->transform);
  g_assert_nonnull (strstr (text, "\"kind\": \"radial\""));
  g_assert_null (strstr (text, "\"kind\": \"lattice\""));
  for (int y = 20; y < HEIGHT; y += 20)
    for (int x = 20; x < WIDTH; x += 20)
      {
        PmtPoint p = { x, y }, q = mapped (r->transform, p);

        p = pmt_matrix3_map (&back, pmt_matrix3_map (&fixed_view, fixed_distorts ? mapped (unlens, p) : p));
        p = fixed_distorts ? p : mapped (lens, p);
        if (p.x > 10 && p.y > 10 && p.x < WIDTH - 10 && p.y < HEIGHT - 10)
          worst = fmax (worst, hypot (p.x - q.x, p.y - q.y));
      }
  g_test_message ("off by %.3f px at most, said %.3f and %.3f", worst, r->error_median, r->error_p95);
  g_assert_cmpfloat (worst, <, limit);
  pmt_source_unref (fixed);
  pmt_source_unref (moving);
}

static void
test_pictures (void)
{
  check_pictures (-0.05, FALSE, PHANTOM_BAND_VISIBLE, 0.05);
}

/* Corners farther off than coarse levels look for: the lattice loses them, and they are found along the lens. */
static void
test_pictures_strong (void)
{
  check_pictures (-0.11, FALSE, PHANTOM_BAND_VISIBLE, 0.05);
}

static void
test_pictures_infrared (void)
{
  check_pictures (-0.05, TRUE, PHANTOM_BAND_INFRARED, 0.5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lens/points", test_points);
  g_test_add_func ("/lens/variance", test_variance);
  g_test_add_func ("/lens/too-few", test_too_few);
  g_test_add_func ("/lens/pictures", test_pictures);
  if (!BRIEFLY)
    {
      g_test_add_func ("/lens/pictures-infrared", test_pictures_infrared);
      g_test_add_func ("/lens/pictures-strong", test_pictures_strong);
    }
  return g_test_run ();
}
