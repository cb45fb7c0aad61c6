/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paintings that bend between the pictures, by a known amount; and one that does not. */
#include <math.h>

#include "fit/points.h"
#include "transform/transform-private.h"
#include "briefly.h"
#include "phantom.h"
#include "register.h"

/* The sanitizers take their time: with them one bend must do. */
#define WIDTH  720
#define HEIGHT 560
#define MARGIN 60     /* painting units kept round the picture */
#define GRID   12     /* points a side at which a bend's size is taken */

typedef struct { double amplitude, scale; } Bend;    /* scale: of the picture, which has WIDTH × HEIGHT at 1 */

/* Painting → painting: where the moving camera looks when the painting has bent. */
static PmtPoint
bend (PmtPoint p, gpointer data)
{
  const Bend *b = data;
  double      a = b->amplitude * b->scale, x = p.x / b->scale / WIDTH, y = p.y / b->scale / HEIGHT;

  return (PmtPoint) { p.x + a * sin (2 * G_PI * (0.9 * y + 0.1)) * cos (2 * G_PI * 0.7 * x),
                      p.y + a * sin (2 * G_PI * (0.8 * x + 0.3)) * cos (2 * G_PI * 0.6 * y) };
}

typedef struct { double median, p95; PmtModel model; PmtVerdict verdict; double inverse, area_deviation; PmtBendTrial trial; } Outcome;

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* A painting of that size, bent by `b`, as two cameras see it. */
typedef struct
{
  Bend       bend;
  int        width, height;
  PmtMatrix3 fixed_view, moving_view;
  PmtSource *fixed, *moving;
} Scene;

static void
scene_init (Scene *s, double amplitude, double scale, PhantomBand band, guint64 seed)
{
  double              margin = MARGIN * scale;
  PhantomOptions      options;
  PhantomCamera       camera;
  g_autoptr (Phantom) phantom = NULL;

  s->bend = (Bend) { amplitude, scale };
  s->width = (int) lround (WIDTH * scale);
  s->height = (int) lround (HEIGHT * scale);
  s->fixed_view = pmt_matrix3_translation (margin, margin);
  s->moving_view = (PmtMatrix3) { { { 0.995, -0.03, margin + 14 * scale }, { 0.03, 1.004, margin - 9 * scale }, { 0, 0, 1 } } };
  phantom_options_init (&options);
  options.width = (int) lround (s->width + 2 * margin);
  options.height = (int) lround (s->height + 2 * margin);
  options.density = 1;
  phantom = phantom_new (seed, &options, NULL);
  phantom_camera_init (&camera, s->width, s->height);
  camera.view = s->fixed_view;
  camera.noise = 0.01;
  camera.noise_seed = seed;
  s->fixed = phantom_render_source (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  camera.view = s->moving_view;
  camera.map = bend;
  camera.map_data = &s->bend;
  camera.noise_seed = seed + 100;
  s->moving = phantom_render_source (NULL, phantom, band, &camera, NULL);
}

/* fixed → moving: the p with view·p bent to where fixed looks, by fixed-point iteration. */
static PmtPoint
scene_truth (const Scene *s, PmtPoint p)
{
  PmtPoint   target = pmt_matrix3_map (&s->fixed_view, p), q = target;
  PmtMatrix3 back;

  for (int i = 0; i < 60; i++)
    {
      PmtPoint at = bend (q, (gpointer) &s->bend);

      q = (PmtPoint) { q.x + target.x - at.x, q.y + target.y - at.y };
    }
  pmt_matrix3_invert (&s->moving_view, &back);
  return pmt_matrix3_map (&back, q);
}

static void
scene_clear (Scene *s)
{
  pmt_source_unref (s->fixed);
  pmt_source_unref (s->moving);
}

/* The standard deviation of ln det ∂ of what is left to bend after the plane that was found. */
static double
area_deviation (const Scene *s, const PmtStep *plane)
{
  const double step = 0.5;
  double       sum = 0, squares = 0;
  int          n = 0;

  for (int y = 10; y < HEIGHT; y += 20)
    for (int x = 10; x < WIDTH; x += 20, n++)
      {
        PmtPoint left = scene_truth (s, (PmtPoint) { x - step, y }), right = scene_truth (s, (PmtPoint) { x + step, y });
        PmtPoint above = scene_truth (s, (PmtPoint) { x, y - step }), below = scene_truth (s, (PmtPoint) { x, y + step });
        double   whole = (right.x - left.x) * (below.y - above.y) - (right.y - left.y) * (below.x - above.x);
        double   j[2][2], area;

        g_assert_true (plane->klass->jacobian (plane, (PmtPoint) { x, y }, j));
        area = log (whole / (j[0][0] * j[1][1] - j[0][1] * j[1][0]));
        sum += area;
        squares += area * area;
      }
  return sqrt (squares / n - sum / n * (sum / n));
}

static Outcome
measure (double amplitude, PhantomBand band, PmtModel model, guint64 seed)
{
  Scene                       s;
  PmtRegisterOptions          options;
  g_autoptr (PmtRegistration) r = NULL;
  g_autoptr (PmtTransform)    back = NULL;
  g_autoptr (GError)          error = NULL;
  g_autoptr (GArray)          errors = g_array_new (FALSE, FALSE, sizeof (double));
  Outcome                     o = { 0 };

  scene_init (&s, amplitude, 1, band, seed);
  pmt_register_options_init (&options);
  options.model = model;
  r = pmt_register (NULL, s.fixed, s.moving, &options, &error);
  g_assert_no_error (error);
  back = pmt_transform_invert (r->transform, &error);
  g_assert_no_error (error);
  for (int y = 50; y < HEIGHT - 49; y += 20)
    for (int x = 50; x < WIDTH - 49; x += 20)
      {
        PmtPoint p = { x, y }, q, t = scene_truth (&s, p);
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
  o.trial = r->bend;
  o.area_deviation = area_deviation (&s, _pmt_transform_get_step (r->transform, 0));
  g_test_message ("bend %g px, model %s (asked: %s): median error %.3f px, 95 %% below %.3f px, %s", amplitude,
                  pmt_model_to_nick (r->model), pmt_model_to_nick (model), o.median, o.p95,
                  pmt_verdict_to_nick (r->verdict));
  scene_clear (&s);
  return o;
}

static void
test_bent (void)
{
  static const double amplitude[] = { 5, 12 };

  for (guint i = 0; i < (BRIEFLY ? 1 : G_N_ELEMENTS (amplitude)); i++)
    {
      Outcome plane = measure (amplitude[i], PHANTOM_BAND_VISIBLE, PMT_MODEL_HOMOGRAPHY, 3 + i);
      Outcome smooth = measure (amplitude[i], PHANTOM_BAND_VISIBLE, i == 0 ? PMT_MODEL_AUTO : PMT_MODEL_DEFORMABLE, 3 + i);

      g_assert_cmpint (smooth.model, ==, PMT_MODEL_SMOOTH);
      g_assert_cmpfloat (smooth.median, <, 0.05);
      g_assert_cmpfloat (smooth.p95, <, 0.4);
      g_assert_cmpfloat (plane.median, >, 6 * smooth.median);
      g_assert_cmpint (smooth.verdict, ==, PMT_VERDICT_OK);
      g_assert_cmpfloat (smooth.inverse, <, 1e-3);
      g_assert_true (smooth.trial.tried && smooth.trial.taken && smooth.trial.gain > 0);
      g_assert_cmpfloat (smooth.trial.held_out, <, 0.5 * smooth.trial.held_out_plane);
      g_test_message ("found from aside %.4f px elsewhere", smooth.trial.equivariance);
      g_assert_cmpfloat (smooth.trial.equivariance, <, 0.05);     /* the second decimal of what is looked for from a pixel aside */
      g_test_message ("areas change by %.4f, in truth by %.4f", smooth.trial.log_area_deviation, smooth.area_deviation);
      g_assert_cmpfloat (fabs (log (smooth.trial.log_area_deviation / smooth.area_deviation)), <, log (1.1));
    }
}

static void
test_bent_infrared (void)
{
  Outcome plane = measure (12, PHANTOM_BAND_INFRARED, PMT_MODEL_HOMOGRAPHY, 5);
  Outcome smooth = measure (12, PHANTOM_BAND_INFRARED, PMT_MODEL_AUTO, 5);

  g_assert_cmpint (smooth.model, ==, PMT_MODEL_SMOOTH);
  g_assert_cmpfloat (smooth.median, <, 0.3);
  g_assert_cmpfloat (plane.median, >, 4 * smooth.median);
}

/* A plane stays a plane, also where a bend is wished for; and where one is insisted on, it is next to none. */
static void
test_planar (void)
{
  Outcome plane = measure (0, PHANTOM_BAND_INFRARED, PMT_MODEL_HOMOGRAPHY, 6);
  Outcome by_itself = measure (0, PHANTOM_BAND_INFRARED, PMT_MODEL_AUTO, 6);
  Outcome wished = measure (0, PHANTOM_BAND_INFRARED, PMT_MODEL_DEFORMABLE, 6);
  Outcome told = measure (0, PHANTOM_BAND_INFRARED, PMT_MODEL_SMOOTH, 6);

  g_assert_cmpint (wished.model, !=, PMT_MODEL_SMOOTH);
  g_assert_cmpint (wished.model, !=, PMT_MODEL_DEFORMABLE);
  g_assert_cmpfloat (wished.median, <, plane.median + 0.05);
  g_assert_true (wished.trial.tried && !wished.trial.taken);
  g_assert_true (told.trial.tried && told.trial.taken);
  g_assert_cmpint (by_itself.model, !=, PMT_MODEL_SMOOTH);
  g_assert_cmpfloat (by_itself.median, <, plane.median + 0.05);
  g_assert_cmpint (told.model, ==, PMT_MODEL_SMOOTH);
  g_assert_cmpfloat (told.median, <, plane.median + 0.2);
}

/* What of a transform no homography explains: the mean distance from the nearest one, on a grid, in a picture of scale 1. */
static double
bend_of (const PmtTransform *transform, const Scene *s)
{
  PmtPoint   from[GRID * GRID], to[GRID * GRID];
  PmtMatrix3 plane;
  double     sum = 0;

  for (int i = 0; i < GRID * GRID; i++)
    from[i] = (PmtPoint) { s->width * (i % GRID + 0.5) / GRID, s->height * (i / GRID + 0.5) / GRID };
  pmt_transform_map (transform, GRID * GRID, from, to);
  g_assert_true (pmt_fit_points (GRID * GRID, from, to, &plane, NULL));
  for (int i = 0; i < GRID * GRID; i++)
    {
      PmtPoint flat = pmt_matrix3_map (&plane, from[i]);

      sum += hypot (to[i].x - flat.x, to[i].y - flat.y);
    }
  return sum / (GRID * GRID) / s->bend.scale;
}

/* The bend that is found near the truth, as stiff as told. */
static double
bend_as_told (const Scene *s, PmtModel model, double stiffness)
{
  PmtSize                     size = { s->width, s->height };
  g_autoptr (PmtTransform)    identity = pmt_transform_new (size, size), initial = NULL;
  g_autoptr (PmtRegistration) r = NULL;
  g_autoptr (GError)          error = NULL;
  PmtRegisterOptions          options;
  PmtMatrix3                  start;

  pmt_matrix3_invert (&s->moving_view, &start);
  start = pmt_matrix3_then (&s->fixed_view, &start);
  initial = pmt_transform_append_matrix (identity, &start, size, NULL, &error);
  g_assert_no_error (error);
  pmt_register_options_init (&options);
  options.model = model;
  options.stiffness = stiffness;
  options.initial = initial;
  options.search = PMT_SEARCH_LOCAL;
  r = pmt_register (NULL, s->fixed, s->moving, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpint (r->model, ==, PMT_MODEL_SMOOTH);
  g_assert_cmpfloat (r->stiffness, ==, stiffness);
  g_test_message ("scale %g, stiffness %g: bend %.3f px, %s", s->bend.scale, stiffness, bend_of (r->transform, s),
                  pmt_verdict_to_nick (r->verdict));
  return bend_of (r->transform, s);
}

/* The stiffer, the less of the bend is left, and the same of it in a picture of half the size. */
static void
test_stiffness (void)
{
  static const double stiffness[] = { 3, 1, 0.3 };
  double              less = 0;
  Scene               small, large;

  scene_init (&small, 8, 0.5, PHANTOM_BAND_VISIBLE, 3);
  scene_init (&large, 8, 1, PHANTOM_BAND_VISIBLE, 3);
  for (guint i = 0; i < G_N_ELEMENTS (stiffness); i++)
    {
      double a = bend_as_told (&small, PMT_MODEL_SMOOTH, stiffness[i]);
      double b = bend_as_told (&large, PMT_MODEL_SMOOTH, stiffness[i]);

      g_assert_cmpfloat (a, >, 1.5 * less);
      g_assert_cmpfloat (a, <, i == 0 ? 0.2 : 8);     /* the stiffest is practically a plane */
      g_assert_cmpfloat (fabs (a - b), <, 0.1 * a);
      less = a;
    }
  bend_as_told (&small, PMT_MODEL_AUTO, 0.6);     /* auto bends too, and as it was told */
  scene_clear (&small);
  scene_clear (&large);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/smooth/bent", test_bent);
  if (!BRIEFLY)
    {
      g_test_add_func ("/smooth/bent-infrared", test_bent_infrared);
      g_test_add_func ("/smooth/planar", test_planar);
      g_test_add_func ("/smooth/stiffness", test_stiffness);
    }
  return g_test_run ();
}
