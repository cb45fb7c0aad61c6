/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "fit/error-model-private.h"
#include "fit/lattice-private.h"

#define WIDTH  1200
#define HEIGHT 900

static const PmtSize    size = { WIDTH, HEIGHT };
static const PmtExtent  box = { 0, 0, WIDTH, HEIGHT };
static const PmtMatrix3 projective = { { { 0.98, -0.05, 41 }, { 0.04, 1.01, -23 }, { 1e-5, -2e-5, 1 } } };

/* The field that `scale` times the picture would have, at the same place of it. */
static PmtPoint
wave (PmtPoint p, double amplitude, double scale)
{
  double x = p.x / (scale * WIDTH), y = p.y / (scale * HEIGHT);

  return (PmtPoint) { scale * amplitude * sin (2 * G_PI * (y * 1.3 + 0.1)) * cos (2 * G_PI * x * 1.1),
                      scale * amplitude * sin (2 * G_PI * (x * 1.2 + 0.3)) * cos (2 * G_PI * y * 0.9) };
}

static double
normal (GRand *random)
{
  return sqrt (-2 * log (1 - g_rand_double (random))) * cos (2 * G_PI * g_rand_double (random));
}

typedef struct { double amplitude, noise, outliers, scale; gboolean hole; } Case;

/* Points on a grid over the moving frame, seen in fixed through the inverse of the pose. */
static GArray *
make_points (const Case *c, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  GArray           *points = g_array_new (FALSE, TRUE, sizeof (PmtControlPoint));
  PmtMatrix3        back;

  pmt_matrix3_invert (&projective, &back);
  for (int j = 0; j < 18; j++)
    for (int i = 0; i < 24; i++)
      {
        PmtPoint        at = { c->scale * (i + 0.5) * WIDTH / 24, c->scale * (j + 0.5) * HEIGHT / 18 };
        PmtPoint        d = wave (at, c->amplitude, c->scale);
        PmtControlPoint p = { .fixed = pmt_matrix3_map (&back, at) };

        if (c->hole && i < 10 && j < 9)
          continue;
        p.cxx = p.cyy = c->noise * c->noise + 1e-8;
        p.moving = (PmtPoint) { at.x + d.x + c->noise * normal (random), at.y + d.y + c->noise * normal (random) };
        if (g_rand_double (random) < c->outliers)
          {
            p.moving.x += g_rand_double_range (random, -40, 40);
            p.moving.y += g_rand_double_range (random, -40, 40);
          }
        g_array_append_val (points, p);
      }
  return points;
}

/* RMS error of the bend over the part of the box where x > from. */
static double
rms_error (const PmtStep *bend, const Case *c, double from)
{
  double sum = 0;
  int    n = 0;

  for (double y = 20; y < c->scale * HEIGHT - 20; y += 17 * c->scale)
    for (double x = from + 20; x < c->scale * WIDTH - 20; x += 17 * c->scale)
      {
        PmtPoint p = { x, y }, q, d = wave (p, c->amplitude, c->scale);

        bend->klass->map (bend, 1, &p, &q);
        sum += (q.x - p.x - d.x) * (q.x - p.x - d.x) + (q.y - p.y - d.y) * (q.y - p.y - d.y);
        n++;
      }
  return sqrt (sum / n);
}

static gboolean
fit_case (const Case *c, guint32 seed, double stiffness, PmtLatticeFit *fit)
{
  g_autoptr (GArray) points = make_points (c, seed);
  PmtExtent          whole = { 0, 0, c->scale * WIDTH, c->scale * HEIGHT };

  return _pmt_lattice_fit (points, &projective, &whole, &(PmtLatticeAsk) { .reach = c->scale * 30, .stiffness = stiffness },
                           (PmtSize) { c->scale * WIDTH, c->scale * HEIGHT }, fit);
}

/* A wave of 12 px and a wave length of the picture through points with 0.5 px of noise: better than a single point by far,
 * and the plane's error is what the wave is. */
static void
test_known_field (void)
{
  Case c = { 12, 0.5, 0, 1, FALSE };

  for (guint32 seed = 0; seed < 4; seed++)
    {
      g_auto (PmtLatticeFit) fit = { 0 };

      g_assert_true (fit_case (&c, seed, PMT_STIFFNESS_AUTO, &fit));
      g_test_message ("stiffness %g, spacing %g: error %.3f px, held out %.3f px, plane %.3f px", fit.stiffness, fit.spacing,
                      rms_error (fit.bend, &c, 0), fit.held_out, fit.held_out_plane);
      g_assert_cmpfloat (rms_error (fit.bend, &c, 0), <, 0.35);      /* the noise of a point is 0.7 px */
      g_assert_cmpfloat (fit.held_out, <, 1.1);                      /* that of the noise alone is 0.63 px */
      g_assert_cmpfloat (fit.held_out_plane, >, 5);
      g_assert_cmpfloat (fit.least_jacobian, >, 0.5);
    }
}

static void
test_outliers (void)
{
  Case c = { 12, 0.5, 0.25, 1, FALSE };

  for (guint32 seed = 0; seed < 4; seed++)
    {
      g_auto (PmtLatticeFit) fit = { 0 };

      g_assert_true (fit_case (&c, seed, PMT_STIFFNESS_AUTO, &fit));
      g_test_message ("stiffness %g, spacing %g: error %.3f px, %d inliers", fit.stiffness, fit.spacing,
                      rms_error (fit.bend, &c, 0), fit.inliers);
      g_assert_cmpfloat (rms_error (fit.bend, &c, 0), <, 0.6);
      g_assert_cmpint (fit.inliers, >, 0.7 * 432);
      g_assert_cmpint (fit.inliers, <, 0.85 * 432);
    }
}

/* Where a plane is true, the bend stays within a fraction of the points' noise, and buys nothing. */
static void
test_planar_truth (void)
{
  Case c = { 0, 0.5, 0.1, 1, FALSE };

  for (guint32 seed = 0; seed < 4; seed++)
    {
      g_auto (PmtLatticeFit) fit = { 0 };

      g_assert_true (fit_case (&c, seed, PMT_STIFFNESS_AUTO, &fit));
      g_test_message ("stiffness %g: error %.3f px, held out %.3f px, plane %.3f px", fit.stiffness,
                      rms_error (fit.bend, &c, 0), fit.held_out, fit.held_out_plane);
      g_assert_cmpfloat (rms_error (fit.bend, &c, 0), <, 0.15);
      g_assert_cmpfloat (fit.held_out, >, 0.97 * fit.held_out_plane);
      g_assert_cmpfloat (fit.stiffness, >=, 0.9);
    }
}

/* A corner without points: nothing runs away there, and the rest is as good as without the hole. */
static void
test_unsupported_corner (void)
{
  Case                   c = { 12, 0.3, 0, 1, TRUE };
  g_auto (PmtLatticeFit) fit = { 0 };
  double                 here[3], there[3];

  g_assert_true (fit_case (&c, 3, PMT_STIFFNESS_AUTO, &fit));
  g_assert_cmpfloat (rms_error (fit.bend, &c, WIDTH / 2.0), <, 0.35);
  for (double y = 0; y < HEIGHT / 2.0; y += 20)
    for (double x = 0; x < WIDTH * 0.4; x += 20)
      {
        PmtPoint p = { x, y }, q;

        fit.bend->klass->map (fit.bend, 1, &p, &q);
        g_assert_cmpfloat (hypot (q.x - p.x, q.y - p.y), <, 40);
      }
  _pmt_lattice_covariance (&fit, (PmtPoint) { 900, 600 }, 1, here);
  _pmt_lattice_covariance (&fit, (PmtPoint) { 100, 100 }, 1, there);
  g_assert_cmpfloat (there[0], >, 20 * here[0]);
  g_assert_cmpfloat (here[0], >, 0);
}

static double
radius_at (const PmtErrorModel *model, PmtPoint moving)
{
  PmtMatrix3 back;

  pmt_matrix3_invert (&projective, &back);
  return _pmt_error_model_radius (model, pmt_matrix3_map (&back, moving), 0.95);
}

/* The stated error: true to a factor where points are, as wide as the bend where they are not, and blind points do not count. */
static void
test_error_anywhere (void)
{
  Case                   c = { 12, 0.3, 0, 1, TRUE };
  g_autoptr (GArray)     points = make_points (&c, 3);
  g_auto (PmtLatticeFit) fit = { 0 };
  PmtErrorModel          model;
  PmtPoint               seen = { 900, 600 }, unseen = { 120, 120 };
  double                 before;

  g_assert_true (_pmt_lattice_fit (points, &projective, &box, &(PmtLatticeAsk) { .reach = 30, .stiffness = PMT_STIFFNESS_AUTO }, size,
                                   &fit));
  g_assert_true (_pmt_lattice_error_model (NULL, &fit, points, &projective, &box, size, 1, &model, NULL));
  g_test_message ("95 %% radius %.2f px among points, %.2f px in the hole", radius_at (&model, seen), radius_at (&model, unseen));
  g_assert_cmpfloat (radius_at (&model, seen), >, 0.1);
  g_assert_cmpfloat (radius_at (&model, seen), <, 1.2);
  g_assert_cmpfloat (radius_at (&model, unseen), >, 5);
  g_assert_cmpfloat (radius_at (&model, unseen), <, 60);
  before = radius_at (&model, seen);
  for (guint i = 0; i < points->len; i++)
    g_array_index (points, PmtControlPoint, i).blind = 0.9 / (c.noise * c.noise);
  g_assert_true (_pmt_lattice_error_model (NULL, &fit, points, &projective, &box, size, 1, &model, NULL));
  g_assert_cmpfloat (radius_at (&model, seen), >, 1.5 * before);
}

/* The same stiffness does the same to a picture of three times the size. */
static void
test_stiffness_has_no_size (void)
{
  static const double stiffness[] = { 1.5, 0.6, 0.3 };

  for (guint k = 0; k < G_N_ELEMENTS (stiffness); k++)
    {
      Case                   small = { 12, 0.2, 0, 1, FALSE }, large = { 12, 0.6, 0, 3, FALSE };
      g_auto (PmtLatticeFit) a = { 0 }, b = { 0 };

      g_assert_true (fit_case (&small, 9, stiffness[k], &a));
      g_assert_true (fit_case (&large, 9, stiffness[k], &b));
      for (int i = 0; i < 30; i++)
        {
          PmtPoint p = { 38.0 * i + 9, 28.0 * ((7 * i) % 30) + 5 }, q = { 3 * p.x, 3 * p.y }, x, y;

          a.bend->klass->map (a.bend, 1, &p, &x);
          b.bend->klass->map (b.bend, 1, &q, &y);
          g_assert_cmpfloat (hypot (3 * x.x - y.x, 3 * x.y - y.y), <, 0.06);
        }
    }
}

/* A stiff bend follows less, and the very stiff one next to nothing of what an affine map can't. */
static void
test_stiffness_has_an_order (void)
{
  Case   c = { 12, 0.3, 0, 1, FALSE };
  double stiffness[] = { 0.3, 0.8, 2, 6 }, last = 0;

  for (guint k = 0; k < G_N_ELEMENTS (stiffness); k++)
    {
      g_auto (PmtLatticeFit) fit = { 0 };
      double                 error;

      g_assert_true (fit_case (&c, 1, stiffness[k], &fit));
      error = rms_error (fit.bend, &c, 0);
      g_assert_cmpfloat (error, >, last);
      last = error;
    }
  g_assert_cmpfloat (last, >, 4);
}

static PmtPoint
bump (PmtPoint p)
{
  double x = (p.x - 700) / 55, y = (p.y - 400) / 55, w = exp (-0.5 * (x * x + y * y));

  return (PmtPoint) { 4 * w, -3 * w };
}

/* Many exact points: where a twentieth of them lie off by 5 px, together, they are followed and not taken for outliers; a tenth that
 * lie off each for itself are. */
static void
test_local (void)
{
  g_autoptr (GRand)      random = g_rand_new_with_seed (5);
  g_autoptr (GArray)     points = g_array_new (FALSE, TRUE, sizeof (PmtControlPoint));
  g_auto (PmtLatticeFit) fit = { 0 };
  PmtMatrix3             back;

  pmt_matrix3_invert (&projective, &back);
  for (int i = 0; i < 48 * 36; i++)
    {
      PmtPoint        at = { (i % 48 + 0.5) * WIDTH / 48, (i / 48 + 0.5) * HEIGHT / 36 }, d = wave (at, 10, 1), e = bump (at);
      PmtControlPoint p = { .fixed = pmt_matrix3_map (&back, at), .cxx = 4e-4, .cyy = 4e-4 };
      double          off = g_rand_double (random) < 0.1 ? 20 : 0.02;

      p.moving = (PmtPoint) { at.x + d.x + e.x + off * normal (random), at.y + d.y + e.y + off * normal (random) };
      g_array_append_val (points, p);
    }
  g_assert_true (_pmt_lattice_fit (points, &projective, &box, &(PmtLatticeAsk) { .stiffness = PMT_STIFFNESS_AUTO, .together = TRUE }, size, &fit));
  g_test_message ("stiffness %g, spacing %g, %d inliers of %u", fit.stiffness, fit.spacing, fit.inliers, points->len);
  for (double y = 300; y < 500; y += 10)
    for (double x = 600; x < 800; x += 10)
      {
        PmtPoint p = { x, y }, q, d = wave (p, 10, 1), e = bump (p);

        fit.bend->klass->map (fit.bend, 1, &p, &q);
        g_assert_cmpfloat (hypot (q.x - p.x - d.x - e.x, q.y - p.y - d.y - e.y), <, 0.35);
      }
  g_assert_cmpint (fit.inliers, >, 0.85 * points->len);
  g_assert_cmpint (fit.inliers, <, 0.93 * points->len);
}

/* The same bits on one thread and on three. */
static void
test_threads (void)
{
  g_autoptr (GArray)     one = make_points (&(Case) { 12, 0.5, 0.1, 1, FALSE }, 4), three = make_points (&(Case) { 12, 0.5, 0.1, 1, FALSE }, 4);
  g_autoptr (PmtContext) serial = pmt_context_new (), parallel = pmt_context_new ();
  PmtLatticeAsk          ask = { .context = serial, .reach = 30, .stiffness = PMT_STIFFNESS_AUTO, .together = TRUE };
  g_auto (PmtLatticeFit) a = { 0 }, b = { 0 };
  double                 median[2], p95[2];

  pmt_context_set_threads (serial, 1);
  pmt_context_set_threads (parallel, 3);
  g_assert_true (_pmt_lattice_fit (one, &projective, &box, &ask, size, &a));
  ask.context = parallel;
  g_assert_true (_pmt_lattice_fit (three, &projective, &box, &ask, size, &b));
  g_assert_cmpfloat (a.stiffness, ==, b.stiffness);
  g_assert_cmpfloat (a.held_out, ==, b.held_out);
  g_assert_cmpfloat (a.held_out_plane, ==, b.held_out_plane);
  for (double y = 0; y < HEIGHT; y += 40)
    for (double x = 0; x < WIDTH; x += 40)
      {
        PmtPoint p = { x, y }, q, r;

        a.bend->klass->map (a.bend, 1, &p, &q);
        b.bend->klass->map (b.bend, 1, &p, &r);
        g_assert_true (q.x == r.x && q.y == r.y);
      }
  g_assert_true (_pmt_lattice_error (serial, &a, one, &projective, 1, &median[0], &p95[0], NULL));
  g_assert_true (_pmt_lattice_error (parallel, &b, three, &projective, 1, &median[1], &p95[1], NULL));
  g_assert_cmpfloat (median[0], ==, median[1]);
  g_assert_cmpfloat (p95[0], ==, p95[1]);
}

/* A fit that is cancelled is none. */
static void
test_cancelled (void)
{
  g_autoptr (GArray)       points = make_points (&(Case) { 12, 0.5, 0.1, 1, FALSE }, 4);
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  PmtLatticeFit            fit;

  pmt_context_set_cancellable (context, cancellable);
  g_cancellable_cancel (cancellable);
  g_assert_false (_pmt_lattice_fit (points, &projective, &box, &(PmtLatticeAsk) { .context = context, .reach = 30, .stiffness = PMT_STIFFNESS_AUTO },
                                    size, &fit));
}

/* Points that ask for a fold get a bend without one. */
static void
test_never_folds (void)
{
  g_autoptr (GArray)     points = make_points (&(Case) { 0, 0.2, 0, 1, FALSE }, 1);
  g_auto (PmtLatticeFit) fit = { 0 };
  PmtMatrix3             back;

  pmt_matrix3_invert (&projective, &back);
  for (guint i = 0; i < points->len; i++)
    {
      PmtControlPoint *p = &g_array_index (points, PmtControlPoint, i);
      PmtPoint         at = pmt_matrix3_map (&projective, p->fixed);

      p->moving.x += at.x < WIDTH / 2.0 ? 250 : -250;
    }
  g_assert_true (_pmt_lattice_fit (points, &projective, &box, &(PmtLatticeAsk) { .reach = 30, .stiffness = 0.15 }, size, &fit));
  g_assert_cmpfloat (fit.least_jacobian, >, 0.2);
  g_assert_cmpfloat (fit.stiffness, >, 0.15);
}

static void
test_too_few (void)
{
  g_autoptr (GArray) points = make_points (&(Case) { 0, 0.2, 0, 1, FALSE }, 1);
  PmtLatticeFit      fit;

  g_array_set_size (points, 11);
  g_assert_false (_pmt_lattice_fit (points, &projective, &box, &(PmtLatticeAsk) { .reach = 30, .stiffness = PMT_STIFFNESS_AUTO }, size, &fit));
  g_array_set_size (points, 0);
  g_assert_false (_pmt_lattice_fit (points, &projective, &box, &(PmtLatticeAsk) { .reach = 30, .stiffness = PMT_STIFFNESS_AUTO }, size, &fit));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lattice/known-field", test_known_field);
  g_test_add_func ("/lattice/outliers", test_outliers);
  g_test_add_func ("/lattice/planar-truth", test_planar_truth);
  g_test_add_func ("/lattice/unsupported-corner", test_unsupported_corner);
  g_test_add_func ("/lattice/error-anywhere", test_error_anywhere);
  g_test_add_func ("/lattice/stiffness-has-no-size", test_stiffness_has_no_size);
  g_test_add_func ("/lattice/stiffness-has-an-order", test_stiffness_has_an_order);
  g_test_add_func ("/lattice/local", test_local);
  g_test_add_func ("/lattice/threads", test_threads);
  g_test_add_func ("/lattice/cancelled", test_cancelled);
  g_test_add_func ("/lattice/never-folds", test_never_folds);
  g_test_add_func ("/lattice/too-few", test_too_few);
  return g_test_run ();
}
