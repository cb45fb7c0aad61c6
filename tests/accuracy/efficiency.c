/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How near to what is possible at all: pictures of the same kind, shifted by parts of a pixel or seen through a
 * homography, with noise in both; refined from a place nearby, and the error compared with the Cramér–Rao bound
 *
 *     F = Σ Jᵀ ∇I ∇Iᵀ J / σ²(1 + 1/det),    Cov ≥ F⁻¹,
 *
 * over all pixels of the overlap, with σ² the noise of each picture, and ∇I from noise-free pictures rendered a
 * twentieth of a pixel to either side. And the bias, which more pixels would not cure: by sub-pixel phase. */
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fit/refine-private.h"
#include "phantom.h"

#define SIDE     320      /* px */
#define MARGIN   80       /* units of painting round the picture */
#define PHASES   8        /* an axis; each is paired with one of the other axis */
#define DIFF     0.05     /* px */
#define ALMOST_NONE 0.005 /* noise below which every error is bias */

static int      draws = 2, pictures = 2, views = 8;
static double   psf = 0.5;
static gboolean verbose, no_tap;

static const GOptionEntry entries[] =
{
  { "draws", 'n', 0, G_OPTION_ARG_INT, &draws, "Draws of noise for each phase, half as many for each view (2)", "N" },
  { "pictures", 'p', 0, G_OPTION_ARG_INT, &pictures, "Paintings (2)", "N" },
  { "views", 0, 0, G_OPTION_ARG_INT, &views, "Homographies for each painting (8)", "N" },
  { "psf", 0, 0, G_OPTION_ARG_DOUBLE, &psf, "σ of the pictures' point spread function, px (0.5)", "S" },
  { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, "A line for each phase", NULL },
  { "measure", 0, 0, G_OPTION_ARG_NONE, &no_tap, "Only print; assert nothing", NULL },
  { NULL }
};

static int tests, failures;

static void
check (double value, double limit, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          list;
  gboolean         passed = value <= limit;

  va_start (list, format);
  text = g_strdup_vprintf (format, list);
  va_end (list);
  failures += !passed;
  if (no_tap)
    printf ("%s: %.4f (%.4f allowed)\n", text, value, limit);
  else
    printf ("%s %d - %s: %.4f (%.4f allowed)\n", passed ? "ok" : "not ok", ++tests, text, value, limit);
  fflush (stdout);
}

/* -- pictures -- */

static PmtPlane *
render (Phantom *phantom, const PmtMatrix3 *view)
{
  g_autoptr (GError) error = NULL;
  PhantomCamera      camera;
  PmtPlane          *plane;

  phantom_camera_init (&camera, SIDE, SIDE);
  camera.psf = psf;
  camera.view = *view;
  plane = phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, &error);
  g_assert_no_error (error);
  return plane;
}

static PmtSource *
with_noise (const PmtPlane *clean, double sigma, double gain, PhantomRandom *random)
{
  g_autoptr (GError)   error = NULL;
  g_autoptr (PmtPlane) plane = pmt_plane_copy (clean, &error);
  PmtSource           *source;

  g_assert_no_error (error);
  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      pmt_plane_row (plane, y)[x] += (float) (sigma * phantom_random_normal (random));
  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      pmt_plane_row (plane, y)[x] *= (float) gain;
  source = pmt_source_memory_new (plane->width, plane->height, 1, -1, 0, plane->data, plane->stride, &error);
  g_assert_no_error (error);
  return source;
}

/* -- the bound -- */

typedef struct { PmtPlane *gx, *gy; } Gradient;

static Gradient
find_gradient (Phantom *phantom, const PmtMatrix3 *view)
{
  Gradient g;

  for (int axis = 0; axis < 2; axis++)
    {
      PmtMatrix3 back = pmt_matrix3_translation (axis ? 0 : -DIFF, axis ? -DIFF : 0);
      PmtMatrix3 ahead = pmt_matrix3_translation (axis ? 0 : DIFF, axis ? DIFF : 0);

      back = pmt_matrix3_then (&back, view);
      ahead = pmt_matrix3_then (&ahead, view);
      PmtPlane           *plane = render (phantom, &ahead);
      g_autoptr (PmtPlane) before = render (phantom, &back);

      for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
          pmt_plane_row (plane, y)[x] = (float) ((pmt_plane_row (plane, y)[x] - pmt_plane_row (before, y)[x]) / (2 * DIFF));
      *(axis ? &g.gy : &g.gx) = plane;
    }
  return g;
}

/* Coefficients as fixed-frame displacements: 1, 1, u, v, u, v, … of the freedom of a homography; size 2 or 8. */
static void
basis (double px, double py, int size, double x[8], double y[8])
{
  double u = 2 * px / SIDE - 1, v = 2 * py / SIDE - 1;

  memcpy (x, (double[]) { 1, 0, u, v, 0, 0, u * u, u * v }, 8 * sizeof *x);
  memcpy (y, (double[]) { 0, 1, 0, 0, u, v, u * v, v * v }, 8 * sizeof *y);
}

/* Mean over the frame of the least possible variance of the displacement, px². */
static double
find_bound (const Gradient *g, const PmtMatrix3 *truth, int size, double sigma)
{
  double     f[64] = { 0 }, sum = 0;
  lapack_int pivots[8];

  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      {
        double   bx[8], by[8], d[8], j[2][2];
        PmtPoint p = { x + 0.5, y + 0.5 }, q = pmt_matrix3_map (truth, p);

        if (!(q.x >= 0 && q.y >= 0 && q.x <= SIDE && q.y <= SIDE) || !pmt_matrix3_jacobian (truth, p, j))
          continue;
        double variance = sigma * sigma * (1 + 1 / (j[0][0] * j[1][1] - j[0][1] * j[1][0]));

        basis (p.x, p.y, size, bx, by);
        for (int k = 0; k < size; k++)
          d[k] = pmt_plane_row (g->gx, y)[x] * bx[k] + pmt_plane_row (g->gy, y)[x] * by[k];
        for (int k = 0; k < size; k++)
          for (int l = 0; l < size; l++)
            f[k * size + l] += d[k] * d[l] / variance;
      }
  g_assert (LAPACKE_dgetrf (LAPACK_ROW_MAJOR, size, size, f, size, pivots) == 0
            && LAPACKE_dgetri (LAPACK_ROW_MAJOR, size, f, size, pivots) == 0);
  for (int i = 0; i < 100; i++)
    {
      double bx[8], by[8];

      basis ((i % 10 + 0.5) * SIDE / 10, (i / 10 + 0.5) * SIDE / 10, size, bx, by);
      for (int k = 0; k < size; k++)
        for (int l = 0; l < size; l++)
          sum += f[k * size + l] * (bx[k] * bx[l] + by[k] * by[l]) / 100;
    }
  return sum;
}

/* Displacement errors, fixed px, over the frame: mean and mean square. */
static void
find_errors (const PmtMatrix3 *found, const PmtMatrix3 *truth, PmtPoint *mean, double *square)
{
  *mean = (PmtPoint) { 0, 0 };
  *square = 0;
  for (int i = 0; i < 100; i++)
    {
      PmtPoint p = { (i % 10 + 0.5) * SIDE / 10, (i / 10 + 0.5) * SIDE / 10 };
      PmtPoint q = pmt_matrix3_map (found, p), r = pmt_matrix3_map (truth, p);
      double   dx = q.x - r.x, dy = q.y - r.y;

      mean->x += dx / 100, mean->y += dy / 100;
      *square += (dx * dx + dy * dy) / 100;
    }
}

/* -- one case: fixed and moving without noise, and the truth between them -- */

typedef struct { double square, bound; int n; } Sum;

typedef struct
{
  Phantom  *phantom;
  PmtPlane *fixed;
  Gradient  gradient;
} Target;

static void
run_case (const Target *target, const PmtPlane *moving, const PmtMatrix3 *truth, PmtModel model, double sigma,
          PhantomRandom *random, Sum *sum, PmtPoint *bias)
{
  int n = model == PMT_MODEL_TRANSLATION ? draws : (draws + 1) / 2;

  *bias = (PmtPoint) { 0, 0 };
  for (int i = 0; i < n; i++)
    {
      g_autoptr (GError)     error = NULL;
      g_autoptr (PmtSource)  a = with_noise (target->fixed, sigma, 1, random), b = with_noise (moving, sigma, 0.8, random);
      g_autoptr (PmtPyramid) pa = _pmt_pyramid_new (NULL, a, NULL, &error), pb = _pmt_pyramid_new (NULL, b, NULL, &error);
      PmtMatrix3             start = pmt_matrix3_translation (phantom_random_uniform (random, -0.7, 0.7),
                                                              phantom_random_uniform (random, -0.7, 0.7));
      g_auto (PmtRefined)    refined = { 0 };
      PmtPoint               mean;
      double                 square;

      g_assert_no_error (error);
      start = model == PMT_MODEL_TRANSLATION ? start : pmt_matrix3_then (truth, &start);
      g_assert_true (_pmt_refine (NULL, pa, pb, &start, model, PMT_MODALITY_AUTO, &refined, &error));
      find_errors (&refined.matrix, truth, &mean, &square);
      bias->x += mean.x / n, bias->y += mean.y / n;
      sum->square += square;
      sum->bound += find_bound (&target->gradient, truth, model == PMT_MODEL_TRANSLATION ? 2 : 8, sigma);
      sum->n++;
      if (verbose && i == 0)
        printf ("#     said %.4f, was %.4f, bound %.4f, %d tiles, modality %d\n", refined.error_median, sqrt (square),
                sqrt (sum->bound / sum->n), refined.tiles, refined.modality);
    }
}

static const PmtMatrix3 fixed_view = { { { 1, 0, MARGIN }, { 0, 1, MARGIN }, { 0, 0, 1 } } };

static void
target_init (Target *target, int index)
{
  g_autoptr (GError) error = NULL;
  PhantomOptions     options;

  phantom_options_init (&options);
  options.width = options.height = SIDE + 2 * MARGIN;
  target->phantom = phantom_new (700 + (guint64) index, &options, &error);
  g_assert_no_error (error);
  target->fixed = render (target->phantom, &fixed_view);
  target->gradient = find_gradient (target->phantom, &fixed_view);
}

static void
run_translations (const Target *targets, double sigma)
{
  Sum           sum = { 0 };
  PhantomRandom random = { 11 };
  double        worst = 0, allowance = 0;

  for (int phase = 0; phase < PHASES; phase++)
    {
      PmtMatrix3 truth = pmt_matrix3_translation ((double) phase / PHASES, (double) (3 * phase % PHASES) / PHASES), back;
      PmtPoint   bias = { 0, 0 };
      Sum        here = { 0 };

      pmt_matrix3_invert (&truth, &back);
      back = pmt_matrix3_then (&back, &fixed_view);
      for (int k = 0; k < pictures; k++)
        {
          g_autoptr (PmtPlane) moving = render (targets[k].phantom, &back);
          PmtPoint             b;

          run_case (&targets[k], moving, &truth, PMT_MODEL_TRANSLATION, sigma, &random, &here, &b);
          bias.x += b.x / pictures, bias.y += b.y / pictures;
        }
      if (verbose)
        printf ("#   phase %.2f %.2f: bias %+.4f %+.4f, RMSE %.4f, bound %.4f\n", truth.m[0][2], truth.m[1][2], bias.x,
                bias.y, sqrt (here.square / here.n), sqrt (here.bound / here.n));
      worst = MAX (worst, MAX (fabs (bias.x), fabs (bias.y)));
      sum.square += here.square, sum.bound += here.bound, sum.n += here.n;
    }
  if (sigma < ALMOST_NONE)
    {
      check (worst, 0.003, "translation, noise %.1f %%: worst bias of %d phases, px", 100 * sigma, PHASES);
      return;
    }
  /* Means of few draws scatter: three standard deviations of the mean of one axis, at the bound. */
  allowance = 3 * sqrt (0.5 * sum.bound / sum.n / (draws * pictures));
  check (sqrt (sum.square / sum.bound), 1.25, "translation, noise %.0f %%: RMSE %.5f px over the bound, %.5f px", 100 * sigma,
         sqrt (sum.square / sum.n), sqrt (sum.bound / sum.n));
  check (worst, 0.003 + allowance, "translation, noise %.0f %%: worst bias of %d phases, px", 100 * sigma, PHASES);
}

static void
run_homographies (const Target *targets, double sigma)
{
  PhantomRandom random = { 12 };
  Sum           sum = { 0 };

  for (int k = 0; k < pictures; k++)
    {
      for (int i = 0; i < views; i++)
        {
          double     angle = phantom_random_uniform (&random, -0.15, 0.15), scale = phantom_random_uniform (&random, 0.95, 1.05);
          double     c = scale * cos (angle), s = scale * sin (angle);
          PmtMatrix3 centre = pmt_matrix3_translation (-SIDE / 2.0, -SIDE / 2.0), truth, back;
          PmtMatrix3 turn = { { { c, -s, 0 }, { s, c, 0 },
                                { phantom_random_uniform (&random, -0.05, 0.05) / SIDE,
                                  phantom_random_uniform (&random, -0.05, 0.05) / SIDE, 1 } } };
          PmtMatrix3 home = pmt_matrix3_translation (SIDE / 2.0 + phantom_random_uniform (&random, -6, 6),
                                                     SIDE / 2.0 + phantom_random_uniform (&random, -6, 6));
          PmtPoint   bias;

          truth = pmt_matrix3_then (&centre, &turn);
          truth = pmt_matrix3_then (&truth, &home);
          pmt_matrix3_invert (&truth, &back);
          back = pmt_matrix3_then (&back, &fixed_view);
          g_autoptr (PmtPlane) moving = render (targets[k].phantom, &back);

          run_case (&targets[k], moving, &truth, PMT_MODEL_HOMOGRAPHY, sigma, &random, &sum, &bias);
        }
    }
  /* Few directions carry most of a homography's error, so that a case is worth about six numbers, and the RMSE of n cases
   * scatters by a share of 1/√(12 n). */
  check (sqrt (sum.square / sum.bound), 1.4 * (1 + 1 / sqrt (12.0 * sum.n)),
         "homography, noise %.0f %%: RMSE %.5f px over the bound, %.5f px", 100 * sigma, sqrt (sum.square / sum.n),
         sqrt (sum.bound / sum.n));
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("— errors against the Cramér–Rao bound");
  g_autoptr (GError)         error = NULL;
  static const double        noises[] = { 0.01, 0.05 };
  Target                     targets[16];

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || pictures < 1 || pictures > 16)
    {
      fprintf (stderr, "efficiency: %s\n", error ? error->message : "1 to 16 paintings");
      return 2;
    }
  for (int k = 0; k < pictures; k++)
    target_init (&targets[k], k);
  run_translations (targets, 0.001);
  for (gsize i = 0; i < G_N_ELEMENTS (noises); i++)
    {
      run_translations (targets, noises[i]);
      run_homographies (targets, noises[i]);
    }
  for (int k = 0; k < pictures; k++)
    {
      phantom_free (targets[k].phantom);
      pmt_plane_free (targets[k].fixed);
      pmt_plane_free (targets[k].gradient.gx);
      pmt_plane_free (targets[k].gradient.gy);
    }
  if (!no_tap)
    printf ("1..%d\n", tests);
  return failures && !no_tap ? 1 : 0;
}
