/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "fit/error-model-private.h"

static const PmtSize size = { 900, 700 };

/* Asymmetric and projective, so that a transposition or a swapped direction shows. */
static const PmtMatrix3 projective = { { { 0.93, -0.21, 41 }, { 0.17, 1.06, -23 }, { 3e-5, -5e-5, 1 } } };

static double
normal (GRand *random)
{
  return sqrt (-2 * log (1 - g_rand_double (random))) * cos (2 * G_PI * g_rand_double (random));
}

/* A grid of points through `truth`, with noise and a share of gross errors. */
static GArray *
make_points (const PmtMatrix3 *truth, double noise, double outliers, guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  GArray           *points = g_array_new (FALSE, TRUE, sizeof (PmtControlPoint));

  for (int i = 0; i < 15; i++)
    for (int j = 0; j < 12; j++)
      {
        PmtControlPoint p = { .fixed = { 30 + 60 * i, 30 + 58 * j }, .fold = (i / 2 + 2 * (j / 2)) % PMT_FOLDS };

        p.moving = pmt_matrix3_map (truth, p.fixed);
        p.cxx = p.cyy = noise * noise + 1e-8;
        p.moving.x += noise * normal (random);
        p.moving.y += noise * normal (random);
        if (g_rand_double (random) < outliers)
          {
            p.moving.x += g_rand_double_range (random, -40, 40);
            p.moving.y += g_rand_double_range (random, -40, 40);
          }
        g_array_append_val (points, p);
      }
  return points;
}

static double
mean_distance (const PmtMatrix3 *a, const PmtMatrix3 *b)
{
  double sum = 0;

  for (int i = 0; i <= 10; i++)
    for (int j = 0; j <= 10; j++)
      {
        PmtPoint p = { size.width * i / 10.0, size.height * j / 10.0 }, q = pmt_matrix3_map (a, p), r = pmt_matrix3_map (b, p);

        sum += hypot (q.x - r.x, q.y - r.y) / 121;
      }
  return sum;
}

static PmtMatrix3
truth_of (PmtModel model)
{
  double c = cos (0.3), s = sin (0.3);

  switch (model)
    {
    case PMT_MODEL_TRANSLATION: return pmt_matrix3_translation (12.3, -7.9);
    case PMT_MODEL_RIGID:       return (PmtMatrix3) { { { c, -s, 30 }, { s, c, -12 }, { 0, 0, 1 } } };
    case PMT_MODEL_SIMILARITY:  return (PmtMatrix3) { { { 1.4 * c, -1.4 * s, 30 }, { 1.4 * s, 1.4 * c, -12 }, { 0, 0, 1 } } };
    case PMT_MODEL_AFFINE:      return (PmtMatrix3) { { { 0.9, 0.2, 5 }, { -0.1, 1.1, 8 }, { 0, 0, 1 } } };
    default:                    return projective;
    }
}

static void
test_exact (void)
{
  for (int m = PMT_MODEL_TRANSLATION; m <= PMT_MODEL_HOMOGRAPHY; m++)
    {
      PmtMatrix3         truth = truth_of (m), start = truth;
      g_autoptr (GArray) points = make_points (&truth, 0, 0.2, 5);
      PmtModelFit        fit;

      start.m[0][2] += 1.5;
      start.m[1][2] -= 1;
      g_assert_true (_pmt_model_fit (m, points, -1, &start, size, &fit));
      g_assert_cmpfloat (mean_distance (&fit.matrix, &truth), <, 2e-3);
    }
}

/* With known noise and no outliers, the error is what the covariance says, and no more than 1.1 times the bound
 * σ·√(k/2N) of k coefficients from N points. */
static void
test_efficiency (void)
{
  double squares = 0, bound = 0.2 * sqrt (8.0 / (15 * 12));

  for (guint32 seed = 0; seed < 40; seed++)
    {
      g_autoptr (GArray) points = make_points (&projective, 0.2, 0, seed);
      PmtModelFit        fit;
      double             sum = 0;

      g_assert_true (_pmt_model_fit (PMT_MODEL_HOMOGRAPHY, points, -1, &projective, size, &fit));
      for (guint i = 0; i < points->len; i++)
        {
          PmtPoint f = g_array_index (points, PmtControlPoint, i).fixed;
          PmtPoint p = pmt_matrix3_map (&fit.matrix, f), q = pmt_matrix3_map (&projective, f);

          sum += ((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y)) / points->len;
        }
      squares += sum / 40;
    }
  g_test_message ("RMSE %.4f px, bound %.4f", sqrt (squares), bound);
  g_assert_cmpfloat (sqrt (squares), <, 1.1 * bound);
}

static void
test_choice (void)
{
  for (int m = PMT_MODEL_TRANSLATION; m <= PMT_MODEL_HOMOGRAPHY; m++)
    {
      PmtMatrix3         truth = truth_of (m);
      g_autoptr (GArray) points = make_points (&truth, 0.15, 0.1, 77 + m);

      g_assert_cmpint (_pmt_model_choose (points, PMT_MODEL_HOMOGRAPHY, &truth, size), ==, m);
    }
}

/* What every model misses on folds that it has not seen: it falls until the truth is reached, and then no more. */
static void
test_held_out (void)
{
  PmtMatrix3         truth = truth_of (PMT_MODEL_SIMILARITY);
  g_autoptr (GArray) points = make_points (&truth, 0.15, 0.1, 9);
  double             error[PMT_MODELS];

  _pmt_model_try (points, PMT_MODEL_AFFINE, &truth, size, error);
  g_assert_true (isnan (error[PMT_MODEL_AUTO]) && isnan (error[PMT_MODEL_HOMOGRAPHY]));
  g_assert_cmpfloat (error[PMT_MODEL_TRANSLATION], >, 20);
  g_assert_cmpfloat (error[PMT_MODEL_RIGID], >, 20);
  g_assert_cmpfloat (error[PMT_MODEL_SIMILARITY], <, 0.4);     /* a tenth of the points are gross errors, capped */
  g_assert_cmpfloat (error[PMT_MODEL_AFFINE], >, error[PMT_MODEL_SIMILARITY] * 0.99 - 0.003);
  g_assert_cmpint (_pmt_model_supported (error, PMT_MODEL_AFFINE), ==, PMT_MODEL_SIMILARITY);
  g_assert_cmpint (_pmt_model_supported (error, PMT_MODEL_RIGID), ==, PMT_MODEL_RIGID);
}

/* A field that no homography follows must show in the predicted error. */
static void
test_misfit_shows (void)
{
  g_autoptr (GArray) points = make_points (&projective, 0.1, 0, 3);
  PmtModelFit        fit;
  PmtErrorModel      errors;
  double             plane_p95;

  g_assert_true (_pmt_model_fit (PMT_MODEL_HOMOGRAPHY, points, -1, &projective, size, &fit));
  _pmt_error_model_init (&errors, &fit, points, size);
  plane_p95 = _pmt_error_model_over (&errors, size, 0.95);
  for (guint i = 0; i < points->len; i++)
    g_array_index (points, PmtControlPoint, i).moving.x += 3 * sin (g_array_index (points, PmtControlPoint, i).fixed.y / 90);
  g_assert_true (_pmt_model_fit (PMT_MODEL_HOMOGRAPHY, points, -1, &projective, size, &fit));
  _pmt_error_model_init (&errors, &fit, points, size);
  g_assert_cmpfloat (plane_p95, <, 0.2);
  g_assert_cmpfloat (_pmt_error_model_over (&errors, size, 0.95), >, 1.5);
}

static void
test_too_few (void)
{
  g_autoptr (GArray) points = make_points (&projective, 0, 0, 1);
  PmtModelFit        fit;

  g_array_set_size (points, 15);
  g_assert_false (_pmt_model_fit (PMT_MODEL_HOMOGRAPHY, points, -1, &projective, size, &fit));
  g_array_set_size (points, 0);
  g_assert_false (_pmt_model_fit (PMT_MODEL_TRANSLATION, points, -1, &projective, size, &fit));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control-points/exact", test_exact);
  g_test_add_func ("/control-points/efficiency", test_efficiency);
  g_test_add_func ("/control-points/choice", test_choice);
  g_test_add_func ("/control-points/held-out", test_held_out);
  g_test_add_func ("/control-points/misfit", test_misfit_shows);
  g_test_add_func ("/control-points/too-few", test_too_few);
  return g_test_run ();
}
