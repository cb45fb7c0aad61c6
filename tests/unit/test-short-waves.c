/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A painting in waves of a quarter of its side: too short for large pieces to predict one another, too weak for the overview to show
 * them. A plane must know that it is off, and a bend must be found where it may be. */
#include <math.h>

#include "briefly.h"
#include "phantom.h"
#include "register.h"

#define WIDTH  1000
#define HEIGHT 900
#define MARGIN 30      /* painting units round the picture */
#define HIGH   2.5     /* px */
#define LONG   250.0   /* px */

static PmtPoint
bend (PmtPoint p, gpointer data)
{
  double k = 2 * G_PI / LONG;

  return (PmtPoint) { p.x + HIGH * sin (k * p.x + 0.5) * cos (k * p.y), p.y + HIGH * cos (k * p.x) * sin (k * p.y + 1) };
}

/* The place that bends to where the fixed picture looks. */
static PmtPoint
truth (PmtPoint p)
{
  PmtPoint target = { p.x + MARGIN, p.y + MARGIN }, q = target;

  for (int i = 0; i < 60; i++)
    {
      PmtPoint at = bend (q, NULL);

      q = (PmtPoint) { q.x + target.x - at.x, q.y + target.y - at.y };
    }
  return (PmtPoint) { q.x - MARGIN, q.y - MARGIN };
}

static PmtSource *
picture (Phantom *phantom, gboolean bent)
{
  PhantomCamera camera;

  phantom_camera_init (&camera, WIDTH, HEIGHT);
  camera.view = pmt_matrix3_translation (MARGIN, MARGIN);
  camera.noise = 0.01;
  camera.noise_seed = bent;
  camera.map = bent ? bend : NULL;
  return phantom_render_source (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
}

static int
ascending (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Half of all places are off by less. */
static double
median_error (const PmtTransform *transform)
{
  double error[400];

  for (int k = 0; k < 400; k++)
    {
      PmtPoint p = { WIDTH * (0.06 + 0.88 * (k % 20) / 19.0), HEIGHT * (0.06 + 0.88 * (k / 20) / 19.0) }, q, t = truth (p);

      pmt_transform_map (transform, 1, &p, &q);
      error[k] = hypot (q.x - t.x, q.y - t.y);
    }
  qsort (error, 400, sizeof *error, ascending);
  return error[200];
}

static PmtRegistration *
fit (PmtSource *const pictures[2], PmtModel model)
{
  PmtRegisterOptions options;
  PmtRegistration   *r;

  pmt_register_options_init (&options);
  options.model = model;
  options.search = PMT_SEARCH_LOCAL;
  r = pmt_register (NULL, pictures[0], pictures[1], &options, NULL);
  g_assert_nonnull (r);
  g_test_message ("%s, %s: %.3f px off, %.3f said", pmt_model_to_nick (r->model), pmt_verdict_to_nick (r->verdict),
                  median_error (r->transform), r->error_median);
  return r;
}

static void
test_plane_knows (gconstpointer data)
{
  g_autoptr (PmtRegistration) r = fit ((PmtSource *const *) data, PMT_MODEL_HOMOGRAPHY);
  double                      error = median_error (r->transform), radius;

  g_assert_cmpfloat (error, >, 1.5);
  g_assert_cmpfloat (r->error_median, >, 0.6 * error);
  g_assert_cmpfloat (r->error_median, <, 1.7 * error);
  g_assert_false (pmt_registration_error_at (r, (PmtPoint) { WIDTH / 3.0, HEIGHT / 3.0 }, 0.5, &radius));
}

static void
test_bend_is_found (gconstpointer data)
{
  g_autoptr (PmtRegistration) r = fit ((PmtSource *const *) data, PMT_MODEL_AUTO);

  g_assert_cmpint (r->model, ==, PMT_MODEL_SMOOTH);
  g_assert_cmpint (r->verdict, ==, PMT_VERDICT_OK);
  g_assert_cmpfloat (median_error (r->transform), <, 0.15);
}

int
main (int argc, char **argv)
{
  PhantomOptions options;
  Phantom       *phantom;
  PmtSource     *pictures[2];
  int            status;

  g_test_init (&argc, &argv, NULL);
  phantom_options_init (&options);
  options.width = WIDTH + 2 * MARGIN;
  options.height = HEIGHT + 2 * MARGIN;
  options.density = 1;
  phantom = phantom_new (4, &options, NULL);
  for (int k = 0; k < 2; k++)
    pictures[k] = picture (phantom, k);
  g_test_add_data_func ("/short-waves/plane-knows", pictures, test_plane_knows);
  if (!BRIEFLY)
    g_test_add_data_func ("/short-waves/bend-is-found", pictures, test_bend_is_found);
  status = g_test_run ();
  for (int k = 0; k < 2; k++)
    pmt_source_unref (pictures[k]);
  phantom_free (phantom);
  return status;
}
