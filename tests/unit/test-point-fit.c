/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "fit/point-fit.h"
#include "fit/point-models-private.h"

#define MOST 60

static const PmtSize    FIXED = { 5000, 3600 }, MOVING = { 5200, 3800 };
static const PmtMatrix3 TILT = { { { 0.95, 0.06, 120 }, { -0.04, 1.03, 60 }, { 1e-5, -6e-6, 1 } } };
static const PmtMatrix3 SHEAR = { { { 0.95, 0.06, 120 }, { -0.02, 1.03, 60 }, { 0, 0, 1 } } };

typedef struct { int n; PmtPoint fixed[MOST], moving[MOST]; } Pairs;

static Pairs
draw (int n, guint32 seed, const PmtTransform *truth, double noise)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  Pairs             p = { .n = n };

  for (int i = 0; i < n; i++)
    {
      p.fixed[i] = (PmtPoint) { g_rand_double_range (random, 100, 4900), g_rand_double_range (random, 100, 3500) };
      pmt_transform_map (truth, 1, &p.fixed[i], &p.moving[i]);
      for (int k = 0; k < 4; k++)   /* four uniform numbers: near enough to a bell, of unit variance */
        {
          p.moving[i].x += noise * sqrt (0.75) * g_rand_double_range (random, -1, 1);
          p.moving[i].y += noise * sqrt (0.75) * g_rand_double_range (random, -1, 1);
        }
    }
  return p;
}

static PmtPointFit *
try_fit (const Pairs *p, PmtPointModel model, double smoothing, GError **error)
{
  PmtPointOptions options = { model, smoothing };

  return pmt_point_fit_new (p->n, p->fixed, p->moving, FIXED, MOVING, &options, error);
}

static PmtPointFit *
fit (const Pairs *p, PmtPointModel model, double smoothing)
{
  g_autoptr (GError) error = NULL;
  PmtPointFit       *found = try_fit (p, model, smoothing, &error);

  g_assert_no_error (error);
  return found;
}

static PmtTransform *
plane (const PmtMatrix3 *m)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new (FIXED, MOVING);

  return pmt_transform_append_matrix (empty, m, MOVING, NULL, NULL);
}

/* Chains that each model can follow exactly. */
static PmtTransform *
truth_of (PmtPointModel model)
{
  const double             c = cos (0.2), s = sin (0.2);
  const PmtMatrix3         linear[] =
    {
      [PMT_POINT_MODEL_TRANSLATION] = { { { 1, 0, 31 }, { 0, 1, -17 }, { 0, 0, 1 } } },
      [PMT_POINT_MODEL_RIGID] = { { { c, -s, 300 }, { s, c, -200 }, { 0, 0, 1 } } },
      [PMT_POINT_MODEL_SIMILARITY] = { { { 0.4 * c, -0.4 * s, 300 }, { 0.4 * s, 0.4 * c, 200 }, { 0, 0, 1 } } },
      [PMT_POINT_MODEL_AFFINE] = SHEAR,
      [PMT_POINT_MODEL_HOMOGRAPHY] = TILT
    };
  g_autoptr (PmtTransform) tilted = plane (&TILT);
  PmtRadial                lens = { { 2600, 1900 }, -0.06, 0.01, { -520, -380 }, { 5720, 4180 } };

  return model <= PMT_POINT_MODEL_HOMOGRAPHY ? plane (&linear[model])
         : model == PMT_POINT_MODEL_RADIAL   ? pmt_transform_append_radial (tilted, &lens, MOVING, NULL, NULL)
                                             : plane (&SHEAR);
}

/* No noise: the truth, everywhere; residuals and errors of points left out are nothing. */
static void
test_truth (void)
{
  for (int m = PMT_POINT_MODEL_TRANSLATION; m < PMT_POINT_MODELS; m++)
    {
      g_autoptr (PmtTransform) truth = truth_of (m);
      Pairs                    p = draw (20, 7, truth, 0);
      g_autoptr (PmtPointFit)  f = fit (&p, m, m == PMT_POINT_MODEL_THIN_PLATE ? 0 : NAN);

      g_assert_cmpint (f->model, ==, m);
      for (int i = 0; i < 100; i++)
        {
          PmtPoint at = { 500 * (i % 10) + 250, 360 * (i / 10) + 180 }, a, b;

          pmt_transform_map (truth, 1, &at, &a);
          pmt_transform_map (f->transform, 1, &at, &b);
          g_assert_cmpfloat (hypot (a.x - b.x, a.y - b.y), <, 1e-5);
        }
      for (int i = 0; i < p.n; i++)
        g_assert_true (f->residual[i] < 1e-5 && f->left_out[i] < 1e-5);
      g_assert_cmpstr (pmt_transform_get_provenance (f->transform, 0)->method, ==, "points");
    }
}

/* Small enough numbers of pairs are met exactly, or nearly where the model is stiffer than they are. */
static void
test_fewest (void)
{
  const struct { PmtPointModel model; int n; } cases[] =
    {
      { PMT_POINT_MODEL_TRANSLATION, 1 }, { PMT_POINT_MODEL_SIMILARITY, 2 }, { PMT_POINT_MODEL_AFFINE, 3 },
      { PMT_POINT_MODEL_HOMOGRAPHY, 4 }, { PMT_POINT_MODEL_THIN_PLATE, 3 }, { PMT_POINT_MODEL_PIECEWISE_AFFINE, 3 }
    };
  g_autoptr (PmtTransform) truth = truth_of (PMT_POINT_MODEL_HOMOGRAPHY);

  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      Pairs                   p = draw (cases[k].n, 3, truth, 0);
      g_autoptr (PmtPointFit) f = fit (&p, cases[k].model, NAN);
      g_autoptr (GError)      error = NULL;

      for (int i = 0; i < p.n; i++)
        {
          g_assert_cmpfloat (f->residual[i], <, 1e-6);
          g_assert_true (isnan (f->left_out[i]));
        }
      g_assert_true (isnan (f->trial[f->model].left_out));
      p.n--;
      g_assert_null (try_fit (&p, cases[k].model, NAN, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
    }
}

/* A mirrored image: the rigid map and the similarity stay turned, not mirrored. */
static void
test_no_reflection (void)
{
  const PmtMatrix3         mirror = { { { -1, 0, 5000 }, { 0, 1, 0 }, { 0, 0, 1 } } };
  g_autoptr (PmtTransform) truth = plane (&mirror);
  Pairs                    p = draw (12, 5, truth, 0);

  for (int m = PMT_POINT_MODEL_RIGID; m <= PMT_POINT_MODEL_AFFINE; m++)
    {
      g_autoptr (PmtPointFit) f = fit (&p, m, NAN);
      double                  j[2][2];

      g_assert_true (pmt_transform_jacobian (f->transform, (PmtPoint) { 9, 9 }, j));
      g_assert_cmpint (j[0][0] * j[1][1] - j[0][1] * j[1][0] > 0, ==, m != PMT_POINT_MODEL_AFFINE);
      if (m == PMT_POINT_MODEL_RIGID)
        g_assert_cmpfloat_with_epsilon (hypot (j[0][0], j[1][0]), 1, 1e-12);
    }
}

/* Moving a homography's or a lens's unknowns a little either way makes the sum of squares larger: it is the geometric
 * error that is least. Tried through small projective maps of the moving image. */
static void
test_least_geometric_error (void)
{
  g_autoptr (PmtTransform) truth = truth_of (PMT_POINT_MODEL_HOMOGRAPHY);
  Pairs                    p = draw (15, 11, truth, 3);
  g_autoptr (PmtPointFit)  f = fit (&p, PMT_POINT_MODEL_HOMOGRAPHY, NAN);
  double                   least = 0;

  for (int i = 0; i < p.n; i++)
    least += f->residual[i] * f->residual[i];
  for (int k = 0; k < 16; k++)
    {
      PmtMatrix3 small = pmt_matrix3_identity;
      double     sum = 0, unit[9] = { 1e-5, 1e-5, 1e-2, 1e-5, 1e-5, 1e-2, 1e-9, 1e-9, 0 };

      small.m[k / 2 / 3][k / 2 % 3] += (k % 2 ? 1 : -1) * unit[k / 2];
      for (int i = 0; i < p.n; i++)
        {
          PmtPoint q;

          pmt_transform_map (f->transform, 1, &p.fixed[i], &q);
          q = pmt_matrix3_map (&small, q);
          sum += pow (q.x - p.moving[i].x, 2) + pow (q.y - p.moving[i].y, 2);
        }
      g_assert_cmpfloat (sum, >, least);
    }
}

/* Each point really left out, and the model fitted to the rest. With a plate, nλ stays what it was. */
static void
test_left_out_by_force (void)
{
  g_autoptr (PmtTransform) truth = truth_of (PMT_POINT_MODEL_RADIAL);

  for (int m = PMT_POINT_MODEL_TRANSLATION; m < PMT_POINT_MODELS; m++)
    for (int smooth = 0; smooth < (m == PMT_POINT_MODEL_THIN_PLATE ? 3 : 1); smooth++)
      {
        Pairs                   p = draw (11, 23, truth, 2);   /* 11: one term of the lens */
        double                  smoothing = m == PMT_POINT_MODEL_THIN_PLATE ? 0.001 * smooth : NAN;
        g_autoptr (PmtPointFit) f = fit (&p, m, smoothing);

        for (int i = 0; i < p.n; i++)
          {
            Pairs                   rest = p;
            g_autoptr (PmtPointFit) without = NULL;
            PmtPoint                q;

            rest.n--;
            rest.fixed[i] = p.fixed[rest.n];
            rest.moving[i] = p.moving[rest.n];
            without = fit (&rest, m, smoothing * p.n / rest.n);
            pmt_transform_map (without->transform, 1, &p.fixed[i], &q);
            g_assert_cmpfloat_with_epsilon (hypot (q.x - p.moving[i].x, q.y - p.moving[i].y), f->left_out[i],
                                            1e-5 * (1 + f->left_out[i]));
          }
      }
}

/* Many pairs are left out by a formula: next to the truth, which is nearly linear. */
static void
test_left_out_of_many (void)
{
  g_autoptr (PmtTransform) truth = truth_of (PMT_POINT_MODEL_HOMOGRAPHY);
  g_autofree PmtPoint     *from = g_new (PmtPoint, 400), *to = g_new (PmtPoint, 400);
  PmtPointOptions          options = { PMT_POINT_MODEL_HOMOGRAPHY, NAN };
  g_autoptr (PmtPointFit)  all = NULL, without = NULL;
  PmtPoint                 q;

  for (int i = 0; i < 400; i++)
    {
      from[i] = (PmtPoint) { fmod (1223.7 * i, 5000), fmod (977.3 * i, 3600) };
      pmt_transform_map (truth, 1, &from[i], &to[i]);
      to[i].x += 2 * sin (1.0 * i * i), to[i].y += 2 * cos (3.0 * i * i);
    }
  all = pmt_point_fit_new (400, from, to, FIXED, MOVING, &options, NULL);
  without = pmt_point_fit_new (399, from, to, FIXED, MOVING, &options, NULL);
  pmt_transform_map (without->transform, 1, &from[399], &q);
  g_assert_cmpfloat (all->left_out[399], >, all->residual[399]);
  g_assert_cmpfloat_with_epsilon (hypot (q.x - to[399].x, q.y - to[399].y), all->left_out[399], 1e-3);
}

/* The model that made the points, or one that is as stiff, and a pair that is wrong is the most suspicious. */
static void
test_auto (void)
{
  const PmtPointModel made[] = { PMT_POINT_MODEL_TRANSLATION, PMT_POINT_MODEL_RIGID, PMT_POINT_MODEL_SIMILARITY,
                                 PMT_POINT_MODEL_AFFINE, PMT_POINT_MODEL_HOMOGRAPHY, PMT_POINT_MODEL_RADIAL };

  for (guint k = 0; k < G_N_ELEMENTS (made); k++)
    for (guint32 seed = 1; seed <= 5; seed++)
      {
        g_autoptr (PmtTransform) truth = truth_of (made[k]);
        Pairs                    p = draw (30, seed, truth, 1);
        g_autoptr (PmtPointFit)  f = NULL;
        int                      worst = 0;

        p.moving[13].x += 30;
        f = fit (&p, PMT_POINT_MODEL_AUTO, NAN);
        g_assert_cmpint (f->model, ==, made[k]);
        for (int i = 0; i < p.n; i++)
          worst = f->left_out[i] > f->left_out[worst] ? i : worst;
        g_assert_cmpint (worst, ==, 13);
      }
}

/* A bend that no plane has: a thin plate; too few pairs to tell: as free as they allow. */
static void
test_auto_bends (void)
{
  g_autoptr (PmtTransform) truth = truth_of (PMT_POINT_MODEL_AFFINE);
  Pairs                    p = draw (60, 4, truth, 0.5);
  g_autoptr (PmtPointFit)  f = NULL;

  for (int i = 0; i < p.n; i++)
    p.moving[i].x += 60 * sin (p.fixed[i].y / 900), p.moving[i].y += 60 * sin (p.fixed[i].x / 1100);
  f = fit (&p, PMT_POINT_MODEL_AUTO, NAN);
  g_assert_cmpint (f->model, ==, PMT_POINT_MODEL_THIN_PLATE);
  g_assert_cmpfloat (f->trial[PMT_POINT_MODEL_THIN_PLATE].left_out, <, 0.5 * f->trial[PMT_POINT_MODEL_RADIAL].left_out);
  for (int n = 1; n <= 4; n++)
    {
      const PmtPointModel expected[] = { 0, PMT_POINT_MODEL_TRANSLATION, PMT_POINT_MODEL_SIMILARITY, PMT_POINT_MODEL_AFFINE,
                                         PMT_POINT_MODEL_HOMOGRAPHY };

      g_clear_pointer (&f, pmt_point_fit_free);
      p.n = n;
      f = fit (&p, PMT_POINT_MODEL_AUTO, NAN);
      g_assert_cmpint (f->model, ==, expected[n]);
    }
}

/* Noise asks for smoothing, and gets it; what would fold is smoothed until it does not. */
static void
test_smoothing (void)
{
  g_autoptr (PmtTransform) truth = truth_of (PMT_POINT_MODEL_AFFINE);
  Pairs                    exact = draw (40, 4, truth, 0), noisy = draw (40, 4, truth, 10);
  g_autoptr (PmtPointFit)  a = NULL, b = fit (&noisy, PMT_POINT_MODEL_THIN_PLATE, NAN), c = NULL, folded = NULL;
  g_autoptr (GError)       error = NULL;

  for (int i = 0; i < exact.n; i++)
    exact.moving[i].x += 60 * sin (exact.fixed[i].y / 900);
  a = fit (&exact, PMT_POINT_MODEL_THIN_PLATE, NAN);
  g_assert_cmpfloat (a->smoothing, <, 1e-4);
  g_assert_cmpfloat (b->smoothing, >=, 0.01);
  exact.fixed[1] = (PmtPoint) { exact.fixed[0].x + 20, exact.fixed[0].y };
  exact.moving[1] = (PmtPoint) { exact.moving[0].x - 20, exact.moving[0].y };
  c = try_fit (&exact, PMT_POINT_MODEL_THIN_PLATE, 0, &error);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_nonnull (strstr (error->message, "folds"));
  folded = fit (&exact, PMT_POINT_MODEL_THIN_PLATE, NAN);
  g_assert_cmpfloat (folded->smoothing, >, 0);
}

static void
refuse (const Pairs *p, PmtPointModel model, const char *words)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (PmtPointFit) none = try_fit (p, model, NAN, &error);

  g_assert_null (none);
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” is not in “%s”", words, error->message);
}

static void
test_degenerate (void)
{
  g_autoptr (PmtTransform) truth = truth_of (PMT_POINT_MODEL_AFFINE);
  Pairs                    p = draw (6, 8, truth, 0), line = p, most = p, same = p, twin = p, none = p;
  PmtPointOptions          options = { PMT_POINT_MODEL_RADIAL, NAN };
  g_autoptr (GError)       error = NULL;

  for (int i = 0; i < 6; i++)
    {
      line.fixed[i] = (PmtPoint) { 10 + 7 * i, 20 + 9 * i };
      same.moving[i] = (PmtPoint) { 100, 200 };
      if (i != 4)
        most.moving[i] = (PmtPoint) { 10 + 7 * i, 20 + 9 * i };
    }
  most.moving[4] = (PmtPoint) { 1000, 15 };
  twin.fixed[5] = twin.fixed[2];
  refuse (&same, PMT_POINT_MODEL_SIMILARITY, "all points coincide at (100.0, 200.0) of the moving image");
  refuse (&line, PMT_POINT_MODEL_AFFINE, "all points lie on one line of the fixed image, through points 0 (10.0, 20.0)");
  refuse (&line, PMT_POINT_MODEL_THIN_PLATE, "lie on one line of the fixed image");
  refuse (&line, PMT_POINT_MODEL_PIECEWISE_AFFINE, "lie on one line of the fixed image");
  refuse (&line, PMT_POINT_MODEL_HOMOGRAPHY, "all points lie on one line");
  refuse (&most, PMT_POINT_MODEL_HOMOGRAPHY, "all points but point 4 (1000.0, 15.0) lie on one line of the moving image");
  refuse (&twin, PMT_POINT_MODEL_THIN_PLATE, "points 2 and 5");
  refuse (&twin, PMT_POINT_MODEL_PIECEWISE_AFFINE, "points 2 and 5");
  none.n = 0;
  refuse (&none, PMT_POINT_MODEL_AUTO, "no points");
  none.n = 2;
  refuse (&none, PMT_POINT_MODEL_AFFINE, "2 pairs of points: a model “affine” needs at least 3");
  none.n = 6;
  none.moving[3].y = NAN;
  refuse (&none, PMT_POINT_MODEL_AFFINE, "point 3");
  g_assert_null (pmt_point_fit_new (6, p.fixed, p.moving, FIXED, (PmtSize) { 0, 0 }, &options, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

/* The point beside a line of many others is found wherever it lies. */
static void
test_spread (void)
{
  PmtPoint points[40];
  int      odd;

  for (int k = 0; k < 40; k++)
    for (double off = 1; off < 1e5; off *= 7)
      {
        for (int i = 0; i < 40; i++)
          points[i] = (PmtPoint) { 100 + 30 * i, 500 - 20 * i };
        g_assert_cmpint (_pmt_points_spread (40, points, -1, &odd), ==, 1);
        points[k].x += off;
        g_assert_cmpint (_pmt_points_spread (40, points, k, &odd), ==, 1);
        g_assert_cmpint (_pmt_points_spread (40, points, -1, &odd), ==, 2);
        g_assert_cmpint (odd, ==, k);
        points[(k + 5) % 40].y += 300;
        g_assert_cmpint (_pmt_points_spread (40, points, -1, &odd), ==, 3);
      }
}

static void
test_same_bits (void)
{
  g_autoptr (PmtTransform) truth = truth_of (PMT_POINT_MODEL_RADIAL);
  Pairs                    p = draw (40, 9, truth, 1);
  g_autofree char         *a = NULL, *b = NULL;

  for (int k = 0; k < 2; k++)
    {
      g_autoptr (PmtPointFit) f = fit (&p, PMT_POINT_MODEL_AUTO, NAN);
      g_autofree char        *report = pmt_point_fit_to_json (f), *chain = pmt_transform_to_json (f->transform);

      *(k == 0 ? &a : &b) = g_strconcat (report, chain, NULL);
    }
  g_assert_cmpstr (a, ==, b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/point-fit/truth", test_truth);
  g_test_add_func ("/point-fit/fewest", test_fewest);
  g_test_add_func ("/point-fit/no-reflection", test_no_reflection);
  g_test_add_func ("/point-fit/geometric", test_least_geometric_error);
  g_test_add_func ("/point-fit/left-out", test_left_out_by_force);
  g_test_add_func ("/point-fit/left-out-of-many", test_left_out_of_many);
  g_test_add_func ("/point-fit/auto", test_auto);
  g_test_add_func ("/point-fit/auto-bends", test_auto_bends);
  g_test_add_func ("/point-fit/smoothing", test_smoothing);
  g_test_add_func ("/point-fit/degenerate", test_degenerate);
  g_test_add_func ("/point-fit/spread", test_spread);
  g_test_add_func ("/point-fit/same-bits", test_same_bits);
  return g_test_run ();
}
