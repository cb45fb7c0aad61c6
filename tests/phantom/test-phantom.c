/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the truth true? Marks whose places are known must appear where the map says, and the same request must give the
 * same bits. */
#include <math.h>
#include <string.h>

#include "phantom.h"

/* Coefficients of a sum of round Gaussian spots, σ 3 units, at density 2: their centres are exact by symmetry only for
 * the continuous spline, whose first moment is that of the coefficients. */
static Phantom *
spots_new (const PmtPoint *centres, int n, int side)
{
  g_autoptr (PmtPlane) plane = pmt_plane_new (2 * side, 2 * side, NULL);

  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      for (int k = 0; k < n; k++)
        {
          double dx = (x + 0.5) / 2 - centres[k].x, dy = (y + 0.5) / 2 - centres[k].y;

          if (dx * dx + dy * dy < 24 * 24)
            pmt_plane_row (plane, y)[x] += (float) exp (-(dx * dx + dy * dy) / 18);
        }
  return phantom_new_from_plane (plane, 2, NULL);
}

/* First moment of the picture within `radius` of `at`. */
static PmtPoint
centroid (const PmtPlane *picture, PmtPoint at, double radius)
{
  double sum = 0, x_sum = 0, y_sum = 0;

  for (int y = MAX ((int) (at.y - radius), 0); y < MIN (at.y + radius, picture->height); y++)
    for (int x = MAX ((int) (at.x - radius), 0); x < MIN (at.x + radius, picture->width); x++)
      if (hypot (x + 0.5 - at.x, y + 0.5 - at.y) < radius)
        {
          double value = pmt_plane_row (picture, y)[x];

          sum += value;
          x_sum += value * (x + 0.5);
          y_sum += value * (y + 0.5);
        }
  return (PmtPoint) { x_sum / sum, y_sum / sum };
}

static const PmtPoint spots[] = { { 60.3, 71.9 }, { 150.25, 60.5 }, { 101.1, 140.7 }, { 180.6, 178.2 }, { 66, 190.4 } };

static void
check_spots (const PmtMatrix3 *view, double bound)
{
  g_autoptr (Phantom)  phantom = spots_new (spots, G_N_ELEMENTS (spots), 240);
  g_autoptr (PmtPlane) picture = NULL;
  PhantomCamera        camera;
  PmtMatrix3           inverse;
  GError              *error = NULL;

  phantom_camera_init (&camera, 420, 420);
  camera.view = *view;
  g_assert_true (pmt_matrix3_invert (view, &inverse));
  picture = phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, &error);
  g_assert_no_error (error);
  for (guint k = 0; k < G_N_ELEMENTS (spots); k++)
    {
      PmtPoint truth = pmt_matrix3_map (&inverse, spots[k]), seen = centroid (picture, truth, 32);

      g_assert_cmpfloat (hypot (seen.x - truth.x, seen.y - truth.y), <, bound);
    }
}

/* Affine maps move first moments exactly; what is left is the window's edge and rounding. An asymmetric one, so that
 * no transposition hides. */
static void
test_affine_truth (void)
{
  PmtMatrix3 plain = pmt_matrix3_identity;
  PmtMatrix3 shift = { { { 1, 0, -12.37 }, { 0, 1, 7.81 }, { 0, 0, 1 } } };
  PmtMatrix3 turn = { { { 0.71, -0.42, 60 }, { 0.39, 0.66, -20.3 }, { 0, 0, 1 } } };
  PmtMatrix3 enlarge = { { { 0.55, 0.02, 12.2 }, { -0.03, 0.6, 9.1 }, { 0, 0, 1 } } };

  check_spots (&plain, 0.005);
  check_spots (&shift, 0.005);
  check_spots (&turn, 0.005);
  check_spots (&enlarge, 0.005);
}

/* A spot seen in perspective is no longer symmetric: its first moment moves by about σ²·(curvature of the map), here
 * 1e-4·σ² = 0.002 px; the bound leaves as much again for the window. */
static void
test_perspective_truth (void)
{
  PmtMatrix3 view = { { { 0.8, -0.12, 20 }, { 0.15, 0.75, -6.5 }, { 4e-5, -6e-5, 1 } } };

  check_spots (&view, 0.005);
}

static PmtPoint
wave (PmtPoint p, gpointer data)
{
  return (PmtPoint) { p.x + 3 * sin (p.y / 40), p.y + 2 * cos (p.x / 50) };
}

/* A callback that does what a matrix does must give the matrix's bits; one that waves must move the spots. */
static PmtPoint
moved (PmtPoint p, gpointer data)
{
  return (PmtPoint) { p.x + 8, p.y - 4 };
}

static void
test_map_callback (void)
{
  g_autoptr (Phantom)  phantom = spots_new (spots, G_N_ELEMENTS (spots), 240);
  g_autoptr (PmtPlane) by_matrix = NULL, by_map = NULL, by_wave = NULL;
  PhantomCamera        camera;

  phantom_camera_init (&camera, 200, 210);
  camera.map = moved;
  by_map = phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  camera.map = NULL;
  camera.view = pmt_matrix3_translation (8, -4);
  by_matrix = phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  for (int y = 0; y < by_map->height; y++)
    g_assert_cmpmem (pmt_plane_row (by_map, y), 200 * sizeof (float), pmt_plane_row (by_matrix, y), 200 * sizeof (float));

  camera.view = pmt_matrix3_identity;
  camera.map = wave;
  by_wave = phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  for (int k = 0; k < 3; k++)
    {
      PmtPoint truth = spots[k], seen;

      for (int i = 0; i < 50; i++)   /* wave⁻¹ by fixed point */
        {
          PmtPoint image = wave (truth, NULL);

          truth.x += spots[k].x - image.x;
          truth.y += spots[k].y - image.y;
        }
      seen = centroid (by_wave, truth, 20);
      g_assert_cmpfloat (hypot (seen.x - truth.x, seen.y - truth.y), <, 0.03);   /* curvature 3/40² · σ² / 2 */
    }
}

/* An edge is as far from the origin as the scale says, wherever it falls within a pixel. */
static void
test_edge_position (void)
{
  g_autoptr (PmtPlane) plane = pmt_plane_new (400, 64, NULL);
  g_autoptr (Phantom)  phantom = NULL;

  for (int y = 0; y < 64; y++)
    for (int x = 0; x < 400; x++)
      pmt_plane_row (plane, y)[x] = x < 220 ? 1 : 0;   /* the edge is at 110 units */
  phantom = phantom_new_from_plane (plane, 2, NULL);
  for (int k = 0; k < 9; k++)
    {
      double               scale = 0.6 + 0.17 * k, sum = 0;
      g_autoptr (PmtPlane) picture = NULL;
      PhantomCamera        camera;

      phantom_camera_init (&camera, (int) (150 * scale), 4);
      camera.view = (PmtMatrix3) { { { 1 / scale, 0, 20 }, { 0, 1, 14 }, { 0, 0, 1 } } };
      picture = phantom_render (NULL, phantom, PHANTOM_BAND_RED, &camera, NULL);
      for (int x = 0; x < picture->width; x++)
        sum += pmt_plane_row (picture, 1)[x];
      g_assert_cmpfloat (fabs (sum - 90 * scale), <, 0.005);
    }
}

static Phantom *
small_phantom (guint64 seed, double share, PhantomKind kind)
{
  PhantomOptions options;

  phantom_options_init (&options);
  options.kind = kind;
  options.width = 330;
  options.height = 290;
  options.private_share = share;
  return phantom_new (seed, &options, NULL);
}

static void
assert_same_bits (const PmtPlane *a, const PmtPlane *b, int dx, int dy)
{
  int width = MIN (a->width - dx, b->width), height = MIN (a->height - dy, b->height);

  for (int y = 0; y < height; y++)
    g_assert_cmpmem (pmt_plane_row (a, y + dy) + dx, width * sizeof (float), pmt_plane_row (b, y), width * sizeof (float));
}

static void
test_same_seed_same_bits (void)
{
  g_autoptr (PmtContext) one = pmt_context_new (), two = pmt_context_new ();
  g_autoptr (Phantom)    a = small_phantom (5, 0.4, PHANTOM_KIND_FIGURES), b = small_phantom (5, 0.4, PHANTOM_KIND_FIGURES);
  g_autoptr (Phantom)    c = small_phantom (6, 0.4, PHANTOM_KIND_FIGURES);
  PhantomCamera          camera;

  pmt_context_set_threads (one, 1);
  pmt_context_set_threads (two, 3);
  phantom_camera_init (&camera, 300, 280);
  camera.view = (PmtMatrix3) { { { 0.9, -0.1, 20 }, { 0.1, 0.9, -6.5 }, { 4e-5, -6e-5, 1 } } };
  camera.noise = 0.01;
  camera.electrons = 9000;
  camera.bits = 16;
  for (int band = 0; band < PHANTOM_N_BANDS; band++)
    {
      g_autoptr (PmtPlane) x = phantom_render (one, a, band, &camera, NULL), y = phantom_render (two, b, band, &camera, NULL);

      assert_same_bits (x, y, 0, 0);
      if (band == PHANTOM_BAND_XRAY)
        {
          g_autoptr (PmtPlane) z = phantom_render (two, c, band, &camera, NULL);

          g_assert_cmpint (memcmp (pmt_plane_row (x, 100), pmt_plane_row (z, 100), 300 * sizeof (float)), !=, 0);
        }
    }
}

/* Moving the camera by whole pixels moves the picture and changes nothing else: every number on the way is dyadic. */
static void
test_integer_shift (void)
{
  g_autoptr (Phantom)  phantom = small_phantom (9, 0, PHANTOM_KIND_FIGURES);
  g_autoptr (PmtPlane) here = NULL, there = NULL;
  PhantomCamera        camera;

  phantom_camera_init (&camera, 200, 180);
  camera.view = pmt_matrix3_translation (30, 40);
  here = phantom_render (NULL, phantom, PHANTOM_BAND_XRAY, &camera, NULL);
  camera.view = pmt_matrix3_translation (47, 45);
  there = phantom_render (NULL, phantom, PHANTOM_BAND_XRAY, &camera, NULL);
  assert_same_bits (here, there, 17, 5);
}

static void
test_private_share (void)
{
  static const double shares[] = { 0.1, 0.5, 0.9, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (shares); i++)
    {
      g_autoptr (Phantom) phantom = small_phantom (3, shares[i], PHANTOM_KIND_FIGURES);

      for (int band = 0; band < PHANTOM_N_BANDS; band++)
        if (band == PHANTOM_BAND_VISIBLE || band > PHANTOM_BAND_BLUE)
          g_assert_cmpfloat_with_epsilon (phantom_measured_share (NULL, phantom, band, NULL), shares[i], 1e-3);
    }
}

/* Rec. 709 luma of the colours is the visible band, but where a colour is clipped. */
static void
test_luma (void)
{
  g_autoptr (Phantom)   phantom = small_phantom (12, 0.3, PHANTOM_KIND_FIGURES);
  g_autoptr (PmtPlane)  grey = NULL;
  g_autoptr (PmtSource) colour = NULL;
  g_autofree float     *pixels = g_new (float, 3 * 150 * 150);
  PmtRect               all = { 0, 0, 150, 150 };
  PhantomCamera         camera;
  int                   compared = 0;

  phantom_camera_init (&camera, 150, 150);
  camera.view = pmt_matrix3_translation (60, 70);
  grey = phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  colour = phantom_render_rgb (NULL, phantom, &camera, NULL);
  g_assert_true (pmt_source_read (colour, &all, pixels, 450, NULL));
  for (int i = 0; i < 150 * 150; i++)
    {
      const float *p = pixels + 3 * i;
      double       luma = 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2];

      if (MIN (p[0], MIN (p[1], p[2])) < 0.1 || MAX (p[0], MAX (p[1], p[2])) > 0.9)
        continue;
      compared++;
      g_assert_cmpfloat_with_epsilon (luma, pmt_plane_row (grey, i / 150)[i % 150], 0.02);   /* cracks depend on value */
    }
  g_assert_cmpint (compared, >, 1000);
}

static void
test_noise_figures (void)
{
  g_autoptr (PmtPlane) flat = pmt_plane_new (260, 260, NULL), picture = NULL;
  g_autoptr (Phantom)  phantom = NULL;
  PhantomCamera        camera;
  double               sum = 0, squares = 0;
  const int            n = 200 * 200;

  for (int y = 0; y < 260; y++)
    for (int x = 0; x < 260; x++)
      pmt_plane_row (flat, y)[x] = 0.5f;
  phantom = phantom_new_from_plane (flat, 1, NULL);
  phantom_camera_init (&camera, 200, 200);
  camera.view = pmt_matrix3_translation (30, 30);
  camera.noise = 0.01;
  camera.electrons = 5000;   /* σ² = 1e-4 + 0.5/5000 */
  picture = phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  for (int i = 0; i < n; i++)
    {
      double d = pmt_plane_row (picture, i / 200)[i % 200] - 0.5;

      sum += d;
      squares += d * d;
    }
  g_assert_cmpfloat (fabs (sum / n), <, 5 * sqrt (2e-4 / n));
  g_assert_cmpfloat_with_epsilon (squares / n, 2e-4, 2e-4 * 5 * sqrt (2.0 / n));
}

static void
test_quantised (void)
{
  g_autoptr (Phantom)  phantom = small_phantom (2, 0, PHANTOM_KIND_COLOUR_FIELD);
  g_autoptr (PmtPlane) picture = NULL;
  PhantomCamera        camera;

  phantom_camera_init (&camera, 120, 90);
  camera.bits = 8;
  camera.gain = 3;
  camera.gamma = 2.2;
  camera.vignetting = 0.5;
  picture = phantom_render (NULL, phantom, PHANTOM_BAND_ULTRAVIOLET, &camera, NULL);
  for (int i = 0; i < 120 * 90; i++)
    {
      float value = pmt_plane_row (picture, i / 120)[i % 120];

      g_assert_true (value >= 0 && value <= 255 && value == floorf (value));
    }
}

static void
test_bad_input (void)
{
  g_autoptr (Phantom) phantom = small_phantom (2, 0, PHANTOM_KIND_FIGURES);
  g_autoptr (GError)  error = NULL;
  PhantomOptions      options;
  PhantomCamera       camera;

  phantom_options_init (&options);
  options.private_share = 1.5;
  g_assert_null (phantom_new (1, &options, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  phantom_camera_init (&camera, 0, 90);
  g_assert_null (phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  phantom_camera_init (&camera, 90, 90);
  camera.view.m[0][0] = NAN;
  g_assert_null (phantom_render (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/phantom/affine-truth", test_affine_truth);
  g_test_add_func ("/phantom/perspective-truth", test_perspective_truth);
  g_test_add_func ("/phantom/map-callback", test_map_callback);
  g_test_add_func ("/phantom/edge-position", test_edge_position);
  g_test_add_func ("/phantom/same-seed-same-bits", test_same_seed_same_bits);
  g_test_add_func ("/phantom/integer-shift", test_integer_shift);
  g_test_add_func ("/phantom/private-share", test_private_share);
  g_test_add_func ("/phantom/luma", test_luma);
  g_test_add_func ("/phantom/noise-figures", test_noise_figures);
  g_test_add_func ("/phantom/quantised", test_quantised);
  g_test_add_func ("/phantom/bad-input", test_bad_input);
  return g_test_run ();
}
