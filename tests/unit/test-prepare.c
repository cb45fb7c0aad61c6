/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filters against slow, obvious ones, and what all of them promise: masks, ranges, threads, sizes. */
#include <math.h>
#include <string.h>

#include "prepare/prepare-private.h"

typedef struct { const char *name; PmtPrepareFunc prepare; } Filter;

static const Filter filters[] = {
  { "downsample", _pmt_prepare_downsample },
  { "clahe", _pmt_prepare_clahe },
  { "bilateral", _pmt_prepare_bilateral },
  { "non-local-means", _pmt_prepare_non_local_means },
  { "sobel", _pmt_prepare_sobel },
  { "canny", _pmt_prepare_canny },
  { "adaptive-threshold", _pmt_prepare_adaptive_threshold },
  { "laplacian", _pmt_prepare_laplacian },
};

static float
value_at (const PmtGrey *grey, int x, int y)
{
  return pmt_plane_row (grey->value, y)[x];
}

static float
mask_at (const PmtGrey *grey, int x, int y)
{
  return pmt_plane_row (grey->mask, y)[x];
}

static gboolean
is_inside (const PmtGrey *grey, int x, int y)
{
  return x >= 0 && y >= 0 && x < grey->value->width && y < grey->value->height;
}

static PmtGrey *
make_scene (int width, int height, double noise, guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  PmtGrey          *grey = _pmt_grey_new (width, height, NULL);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        double wave = 60 * sin (x * 0.23 + 1.5 * sin (y * 0.07)) + 40 * cos (y * 0.19 - x * 0.05);
        double disc = hypot (x - 0.6 * width, y - 0.4 * height) < 0.2 * width ? 50 : 0;

        pmt_plane_row (grey->value, y)[x] = (float) (110 + wave + disc + noise * (g_rand_double (rand) - 0.5));
        pmt_plane_row (grey->mask, y)[x] = 1;
      }
  return grey;
}

/* A hole and a corner that don't count, a few pixels that count in part; junk underneath. */
static void
punch (PmtGrey *grey, float junk)
{
  int width = grey->value->width, height = grey->value->height;

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      if ((x > width / 4 && x < width / 2 && y > height / 3 && y < 2 * height / 3) || x + y > 0.85 * (width + height))
        {
          pmt_plane_row (grey->mask, y)[x] = 0;
          pmt_plane_row (grey->value, y)[x] = junk * (1 + (x * 7 + y * 3) % 5);
        }
      else if ((x * 31 + y * 17) % 97 == 0)
        pmt_plane_row (grey->mask, y)[x] = 0.7f;
}

/* -- what all promise -- */

static void
test_contract (gconstpointer data)
{
  const Filter         *filter = data;
  g_autoptr (PmtContext) one = pmt_context_new (), three = pmt_context_new ();
  g_autoptr (PmtGrey)   in = make_scene (83, 61, 20, 3), other = make_scene (83, 61, 20, 3);
  g_autoptr (PmtGrey)   a = NULL, b = NULL, c = NULL;
  int                   valid = 0;
  double                low = INFINITY, high = -INFINITY;

  punch (in, 30);
  punch (other, -400);
  pmt_context_set_threads (one, 1);
  pmt_context_set_threads (three, 3);
  a = filter->prepare (one, in, NULL);
  b = filter->prepare (three, in, NULL);
  c = filter->prepare (three, other, NULL);
  g_assert_nonnull (a);
  g_assert_cmpint (a->value->width, ==, 83);
  g_assert_cmpint (a->value->height, ==, 61);
  for (int y = 0; y < 61; y++)
    for (int x = 0; x < 83; x++)
      {
        g_assert_true (isfinite (value_at (a, x, y)));
        g_assert_cmpfloat (value_at (a, x, y), >=, -32);
        g_assert_cmpfloat (value_at (a, x, y), <=, 287);
        g_assert_true (memcmp (&pmt_plane_row (a->value, y)[x], &pmt_plane_row (b->value, y)[x], sizeof (float)) == 0);
        g_assert_cmpfloat (mask_at (a, x, y), ==, mask_at (b, x, y));
        g_assert_true (mask_at (in, x, y) > 0 || mask_at (a, x, y) == 0);
        g_assert_cmpfloat (mask_at (a, x, y), ==, mask_at (c, x, y));
        if (mask_at (a, x, y) > 0)
          {
            g_assert_cmpfloat (value_at (a, x, y), ==, value_at (c, x, y));
            low = MIN (low, value_at (a, x, y));
            high = MAX (high, value_at (a, x, y));
            valid++;
          }
      }
  g_assert_cmpint (valid, >, 83 * 61 / 2);
  g_assert_cmpfloat (high - low, >, 100);
}

static void
test_odd_sizes (gconstpointer data)
{
  static const PmtSize sizes[] = { { 1, 1 }, { 1, 9 }, { 7, 1 }, { 2, 2 }, { 3, 5 }, { 16, 17 } };
  const Filter        *filter = data;

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (int invalid = 0; invalid < 2; invalid++)
      {
        g_autoptr (PmtGrey) in = make_scene (sizes[i].width, sizes[i].height, 5, 1), out = NULL;

        for (int y = 0; invalid && y < sizes[i].height; y++)
          memset (pmt_plane_row (in->mask, y), 0, sizes[i].width * sizeof (float));
        out = filter->prepare (NULL, in, NULL);
        g_assert_nonnull (out);
        for (int y = 0; y < sizes[i].height; y++)
          for (int x = 0; x < sizes[i].width; x++)
            {
              g_assert_true (isfinite (value_at (out, x, y)));
              g_assert_true (!invalid || mask_at (out, x, y) == 0);
            }
      }
}

/* A step in an even picture is found; the border of what is valid, with any contrast underneath, is not. */
static void
test_masks_make_no_edges (gconstpointer data)
{
  const Filter       *filter = data;
  g_autoptr (PmtGrey) in = _pmt_grey_new (140, 64, NULL), out = NULL;
  float               even;

  for (int y = 0; y < 64; y++)
    for (int x = 0; x < 140; x++)
      {
        pmt_plane_row (in->mask, y)[x] = hypot (x - 28, y - 32) > 12;
        pmt_plane_row (in->value, y)[x] = hypot (x - 28, y - 32) > 12 ? (x < 110 ? 100 : 130) : 287;
      }
  out = filter->prepare (NULL, in, NULL);
  even = value_at (out, 5, 5);
  for (int y = 2; y < 62; y++)
    for (int x = 2; x < 54; x++)
      if (mask_at (out, x, y) > 0)
        g_assert_cmpfloat_with_epsilon (value_at (out, x, y), even, 0.5);
  g_assert_cmpfloat (fabsf (value_at (out, 109, 32) - even) + fabsf (value_at (out, 110, 32) - even), >, 20);
}

/* -- one by one -- */

/* CLAHE from its definition, every map made anew for every pixel. */
static double
slow_map (const PmtGrey *in, int x0, int y0, int x1, int y1, float value)
{
  double histogram[256] = { 0 }, total = 0, excess = 0, sum = 0, at = (value + 32.0) / 319 * 256;

  for (int y = y0; y < y1; y++)
    for (int x = x0; x < x1; x++)
      {
        histogram[CLAMP ((int) ((value_at (in, x, y) + 32.f) / 319.f * 256), 0, 255)] += mask_at (in, x, y);
        total += mask_at (in, x, y);
      }
  for (int b = 0; b < 256; b++)
    excess += MAX (histogram[b] - 3 * total / 256, 0) / 256;
  for (int b = 0; b < 256; b++)
    sum += CLAMP (at - b, 0, 1) * (MIN (histogram[b], 3 * total / 256) + excess);
  return 255 * sum / total;
}

static void
test_clahe_reference (void)
{
  g_autoptr (PmtGrey) in = make_scene (72, 48, 30, 5), out = NULL;     /* 8 × 6 tiles of 9 × 8 */
  int                 tw = 9, th = 8, columns = 8, rows = 6;

  pmt_plane_row (in->mask, 20)[33] = 0.25f;
  out = _pmt_prepare_clahe (NULL, in, NULL);
  for (int y = 0; y < 48; y++)
    for (int x = 0; x < 72; x++)
      {
        double expected = 0, u = (x + 0.5) / tw - 0.5, v = (y + 0.5) / th - 0.5;

        for (int k = 0; k < 4; k++)
          {
            int    i = (int) floor (u) + (k & 1), j = (int) floor (v) + (k >> 1);
            double weight = (1 - fabs (u - i)) * (1 - fabs (v - j));
            int    ci = CLAMP (i, 0, columns - 1), cj = CLAMP (j, 0, rows - 1);

            expected += weight * slow_map (in, ci * tw, cj * th, (ci + 1) * tw, (cj + 1) * th, value_at (in, x, y));
          }
        g_assert_cmpfloat_with_epsilon (value_at (out, x, y), expected, 0.01);   /* float bins */
      }
}

static void
test_bilateral_reference (void)
{
  g_autoptr (PmtGrey) in = make_scene (31, 26, 60, 7), out = NULL;

  punch (in, 5);
  out = _pmt_prepare_bilateral (NULL, in, NULL);
  for (int y = 0; y < 26; y++)
    for (int x = 0; x < 31; x++)
      {
        double sum = 0, weight = 0;

        for (int v = y - 4; v <= y + 4; v++)
          for (int u = x - 4; u <= x + 4; u++)
            if (is_inside (in, u, v))
              {
                double d = value_at (in, x, y) - value_at (in, u, v), t = MAX (1 - d * d / (64 * 64), 0);
                double w = exp (-((u - x) * (u - x) + (v - y) * (v - y)) / 8.0) * t * t * mask_at (in, u, v);

                sum += w * value_at (in, u, v);
                weight += w;
              }
        if (mask_at (out, x, y) > 0)
          g_assert_cmpfloat_with_epsilon (value_at (out, x, y), sum / weight, 1e-3);
      }
}

static double
slow_patch_distance (const PmtGrey *in, int x, int y, int u, int v)
{
  double sum = 0, n = 0;

  for (int j = -2; j <= 2; j++)
    for (int i = -2; i <= 2; i++)
      if (is_inside (in, x + i, y + j) && is_inside (in, u + i, v + j))
        {
          double m = mask_at (in, x + i, y + j) * mask_at (in, u + i, v + j);
          double d = value_at (in, x + i, y + j) - value_at (in, u + i, v + j);

          sum += m * d * d;
          n += m;
        }
  return n > 0 ? sum / n : INFINITY;
}

static int
by_value (gconstpointer a, gconstpointer b)
{
  return (*(const double *) a > *(const double *) b) - (*(const double *) a < *(const double *) b);
}

static double
slow_noise (const PmtGrey *in)
{
  double n[3] = { 1, -2, 1 }, all[4096];
  int    count = 0;

  for (int y = 0; y < in->value->height; y++)
    for (int x = 0; x < in->value->width; x++)
      {
        double   sum = 0;
        gboolean whole = TRUE;

        for (int k = 0; k < 9; k++)
          {
            int u = x + k % 3 - 1, v = y + k / 3 - 1;

            whole = whole && (!is_inside (in, u, v) || mask_at (in, u, v) > 0.6f);
            sum += is_inside (in, u, v) ? n[k % 3] * n[k / 3] * value_at (in, u, v) : 0;
          }
        if (x == 0 || y == 0 || x == in->value->width - 1 || y == in->value->height - 1)
          sum = 0;       /* nothing to be said there, and few enough */
        if (whole)
          all[count++] = fabs (sum);
      }
  qsort (all, count, sizeof *all, by_value);
  return all[count / 2] / (6 * 0.6745);
}

static void
test_non_local_means_reference (void)
{
  g_autoptr (PmtGrey) in = make_scene (29, 33, 30, 9), out = NULL;
  double              variance;

  punch (in, 5);
  variance = slow_noise (in) * slow_noise (in);
  g_assert_cmpfloat (variance, >, 10);      /* uniform over 30: 75; the scene is small and curved */
  g_assert_cmpfloat (variance, <, 300);
  out = _pmt_prepare_non_local_means (NULL, in, NULL);
  for (int y = 0; y < 33; y++)
    for (int x = 0; x < 29; x++)
      {
        double sum = 0, weight = 0;

        for (int v = y - 5; v <= y + 5; v++)
          for (int u = x - 5; u <= x + 5; u++)
            if (is_inside (in, u, v))
              {
                double d = slow_patch_distance (in, x, y, u, v);
                double t = MAX (1 - MAX (d - 2 * variance, 0) / (2 * variance), 0), w = t * t * mask_at (in, u, v);

                sum += w * value_at (in, u, v);
                weight += w;
              }
        if (mask_at (out, x, y) > 0)
          g_assert_cmpfloat_with_epsilon (value_at (out, x, y), sum / weight, 0.01);
      }
}

/* Both denoisers: an even ground becomes evener, a step stays a step. */
static void
test_denoisers (void)
{
  g_autoptr (PmtGrey) in = _pmt_grey_new (64, 64, NULL);
  g_autoptr (GRand)   rand = g_rand_new_with_seed (4);
  double              before = 0;

  for (int y = 0; y < 64; y++)
    for (int x = 0; x < 64; x++)
      {
        double noise = 30 * (g_rand_double (rand) - 0.5);

        pmt_plane_row (in->mask, y)[x] = 1;
        pmt_plane_row (in->value, y)[x] = (float) ((x < 32 ? 60 : 190) + noise);
        before += noise * noise;
      }
  for (int k = 2; k <= 3; k++)
    {
      g_autoptr (PmtGrey) out = filters[k].prepare (NULL, in, NULL);
      double              after = 0;

      for (int y = 0; y < 64; y++)
        for (int x = 0; x < 64; x++)
          after += pow (value_at (out, x, y) - (x < 32 ? 60 : 190), 2);
      g_assert_cmpfloat (sqrt (after), <, 0.3 * sqrt (before));
    }
}

/* Direct sums with the normalised blur: Σ over everything. */
static void
test_sobel_and_laplacian_reference (void)
{
  g_autoptr (PmtGrey) in = make_scene (40, 30, 10, 2), sobel = NULL, laplacian = NULL;
  double              s[2][40 * 30], top[2] = { 0, 0 };

  sobel = _pmt_prepare_sobel (NULL, in, NULL);
  laplacian = _pmt_prepare_laplacian (NULL, in, NULL);
  for (int k = 0; k < 2; k++)
    {
      double sigma = k == 0 ? 1 : 1.4, blurred[30][40];

      for (int y = 0; y < 30; y++)
        for (int x = 0; x < 40; x++)
          {
            double sum = 0, weight = 0;

            for (int v = -8; v < 38; v++)       /* the mirrored border counts once more */
              for (int u = -8; u < 48; u++)
                {
                  int    a = u < 0 ? -1 - u : u >= 40 ? 79 - u : u, b = v < 0 ? -1 - v : v >= 30 ? 59 - v : v;
                  double g = exp (-((u - x) * (u - x) + (v - y) * (v - y)) / (2 * sigma * sigma));

                  sum += g * value_at (in, a, b);
                  weight += g;
                }
            blurred[y][x] = sum / weight;
          }
      for (int y = 1; y < 29; y++)
        for (int x = 1; x < 39; x++)
          {
            double gx = 0, gy = 0, l = -4 * blurred[y][x];

            for (int d = -1; d <= 1; d++)
              {
                gx += (2 - abs (d)) * (blurred[y + d][x + 1] - blurred[y + d][x - 1]) / 8;
                gy += (2 - abs (d)) * (blurred[y + 1][x + d] - blurred[y - 1][x + d]) / 8;
              }
            l += blurred[y - 1][x] + blurred[y + 1][x] + blurred[y][x - 1] + blurred[y][x + 1];
            s[k][y * 40 + x] = k == 0 ? hypot (gx, gy) : fabs (l);
            top[k] = MAX (top[k], s[k][y * 40 + x]);
          }
    }
  for (int k = 0; k < 2; k++)      /* proportional, up to where it is clipped */
    {
      const PmtGrey *out = k == 0 ? sobel : laplacian;
      double         gain = 0;

      for (int y = 1; y < 29; y++)
        for (int x = 1; x < 39; x++)
          if (value_at (out, x, y) < 254 && s[k][y * 40 + x] > 0.3 * top[k])
            gain = MAX (gain, value_at (out, x, y) / s[k][y * 40 + x]);
      g_assert_cmpfloat (gain * top[k], >=, 254);
      for (int y = 1; y < 29; y++)
        for (int x = 1; x < 39; x++)
          g_assert_cmpfloat_with_epsilon (value_at (out, x, y), MIN (gain * s[k][y * 40 + x], 255), 0.2);
    }
}

/* The rim of a disc, one pixel wide and nearly everywhere; nothing inside or outside. */
static void
test_canny_disc (void)
{
  g_autoptr (PmtGrey) in = _pmt_grey_new (100, 100, NULL), out = NULL;
  double              radius = 30.3;
  int                 edges = 0, seen = 0;

  for (int y = 0; y < 100; y++)
    for (int x = 0; x < 100; x++)
      {
        pmt_plane_row (in->mask, y)[x] = 1;
        pmt_plane_row (in->value, y)[x] = (float) (100 + 50 * CLAMP (radius - hypot (x - 50.2, y - 48.7), -0.5, 0.5));
      }
  out = _pmt_prepare_canny (NULL, in, NULL);
  for (int y = 0; y < 100; y++)
    for (int x = 0; x < 100; x++)
      {
        g_assert_true (value_at (out, x, y) == 0 || value_at (out, x, y) == 255);
        if (value_at (out, x, y) > 0)
          g_assert_cmpfloat_with_epsilon (hypot (x - 50.2, y - 48.7), radius, 1);
        edges += value_at (out, x, y) > 0;
      }
  for (int a = 0; a < 360; a++)
    {
      gboolean any = FALSE;

      for (int k = 0; k < 9; k++)
        any = any || value_at (out, (int) lround (50.2 + radius * cos (a * G_PI / 180)) + k % 3 - 1,
                               (int) lround (48.7 + radius * sin (a * G_PI / 180)) + k / 3 - 1) > 0;
      seen += any;
    }
  g_assert_cmpint (seen, >=, 355);
  g_assert_cmpint (edges, <, (int) (1.3 * 2 * G_PI * radius));
}

/* A weak edge is one where it hangs together with a strong one, and is none by itself. Stripes above set the threshold;
 * below, two steps of 40 that both fade out to the right: at x = 40 one that is higher further up, at x = 80 one that
 * comes up slowly. */
static void
test_canny_hysteresis (void)
{
  g_autoptr (PmtGrey) in = _pmt_grey_new (120, 120, NULL), out = NULL;
  int                 joined = 0, alone = 0;

  for (int y = 0; y < 120; y++)
    for (int x = 0; x < 120; x++)
      {
        double stripes = x % 8 < 4 ? 60 : 0;
        double left = x >= 40 ? (90 - 50 * CLAMP ((y - 45) / 40.0, 0, 1)) * (1 - CLAMP ((x - 40) / 35.0, 0, 1)) : 0;
        double right = x >= 80 ? 40 * CLAMP ((y - 40) / 50.0, 0, 1) * (1 - (x - 80) / 40.0) : 0;

        pmt_plane_row (in->mask, y)[x] = 1;
        pmt_plane_row (in->value, y)[x] = (float) (50 + (y < 30 ? stripes : left + right));
      }
  out = _pmt_prepare_canny (NULL, in, NULL);
  for (int y = 90; y < 118; y++)
    for (int x = 37; x < 83; x++)
      {
        joined += x < 43 && value_at (out, x, y) > 0;
        alone += x >= 43 && value_at (out, x, y) > 0;
      }
  g_assert_cmpint (joined, >=, 28);
  g_assert_cmpint (alone, ==, 0);
}

/* Strokes on a ground whose light falls by a factor of three come out black wherever they are. */
static void
test_adaptive_threshold_shading (void)
{
  g_autoptr (PmtGrey) in = _pmt_grey_new (160, 60, NULL), out = NULL;

  for (int y = 0; y < 60; y++)
    for (int x = 0; x < 160; x++)
      {
        pmt_plane_row (in->mask, y)[x] = 1;
        pmt_plane_row (in->value, y)[x] = (230 - x) * (x % 20 < 5 ? 0.7f : 1.f);
      }
  out = _pmt_prepare_adaptive_threshold (NULL, in, NULL);
  for (int x = 20; x < 140; x++)
    if (x % 20 == 2)
      g_assert_cmpfloat (value_at (out, x, 30), ==, 0);
    else if (x % 20 >= 7 && x % 20 <= 17)
      g_assert_cmpfloat (value_at (out, x, 30), >, 250);
}

/* Means of blocks at their centres (between four pixels); a checkerboard vanishes, a slope stays. */
static void
test_downsample (void)
{
  g_autoptr (PmtGrey) in = _pmt_grey_new (40, 24, NULL), out = NULL;

  for (int y = 0; y < 24; y++)
    for (int x = 0; x < 40; x++)
      {
        pmt_plane_row (in->mask, y)[x] = 1;
        pmt_plane_row (in->value, y)[x] = 40 + 3.f * x + 2.f * y + ((x + y) % 2 ? 10 : -10);
      }
  out = _pmt_prepare_downsample (NULL, in, NULL);
  for (int y = 2; y < 22; y++)
    for (int x = 2; x < 38; x++)
      g_assert_cmpfloat_with_epsilon (value_at (out, x, y), 40 + 3.f * x + 2.f * y, 1e-3);
}

/* -- names, bands, pyramids -- */

static void
test_names (void)
{
  static const char *const bad[] = { "", "grey", "band:", "band:0", "band:x", "band:-1", "clahe+red", "red+", "+clahe",
                                     "red+clahe+sobel", "auto+clahe", "none+clahe", "CLAHE" };
  static const char *const good[] = { "band:1", "band:12", "red+clahe", "principal-component+laplacian", "band:3+canny" };
  PmtPreparation           p;

  for (const char *const *name = pmt_preparation_names (); *name != NULL; name++)
    g_assert_true (pmt_preparation_check (*name, NULL));
  for (gsize k = 0; k < G_N_ELEMENTS (good); k++)
    g_assert_true (pmt_preparation_check (good[k], NULL));
  for (gsize k = 0; k < G_N_ELEMENTS (bad); k++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (pmt_preparation_check (bad[k], &error));
      g_assert_nonnull (strstr (error->message, "adaptive-threshold"));
    }
  g_assert_true (pmt_preparation_check (NULL, NULL));
  g_assert_true (_pmt_preparation_parse ("band:3+canny", &p, NULL));
  g_assert_cmpint (p.choice, ==, PMT_BAND_NUMBER);
  g_assert_cmpint (p.band, ==, 2);
  g_assert_true (p.filter == _pmt_prepare_canny);
}

/* Five bands of which one is alpha: a base of rank one and a little noise. */
static PmtSource *
make_bands (int width, int height, const double *direction, int alpha)
{
  g_autofree float *pixels = g_new (float, width * height * 5);
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);

  for (int i = 0; i < width * height; i++)
    {
      double t = g_rand_double (rand) - 0.5;

      for (int b = 0, k = 0; b < 5; b++)
        pixels[i * 5 + b] = b == alpha ? 255 : (float) (1000 + 200 * t * direction[k++] + g_rand_double (rand));
      if (i % 11 == 0)                /* transparent pixels would turn the component */
        {
          pixels[i * 5 + alpha] = 0;
          pixels[i * 5 + (alpha + 1) % 5] = (float) (1e5 * t);
        }
      if (i % 13 == 0)
        pixels[i * 5 + (alpha + 2) % 5] = NAN;
    }
  return pmt_source_memory_new (width, height, 5, alpha, 255, pixels, width * 5, NULL);
}

static void
test_principal_component (void)
{
  static const double directions[2][4] = { { 0.5, 0.5, -0.1, 0.7 }, { -0.8, 0.1, 0.3, 0.2 } };

  for (int k = 0; k < 2; k++)
    for (int alpha = 0; alpha < 5; alpha += 2)
      {
        g_autoptr (PmtSource) source = make_bands (90, 70, directions[k], alpha);
        double                w[4], dot = 0, length = 0, mean = 0;

        g_assert_true (_pmt_principal_component (source, NULL, w, NULL));
        for (int b = 0; b < 4; b++)
          {
            dot += w[b] * directions[k][b];
            length += directions[k][b] * directions[k][b];
            mean += w[b];
          }
        g_assert_cmpfloat (mean, >, 0);
        g_assert_cmpfloat (fabs (dot) / sqrt (length), >, 0.9999);
      }
}

static void
test_band_choice (void)
{
  static const double   direction[4] = { 1, 2, 3, 4 };
  g_autoptr (PmtSource) source = make_bands (20, 10, direction, 4), band = NULL, same = NULL;
  PmtPreparation        p;
  g_autoptr (GError)    error = NULL;
  PmtRect               rect = { 3, 2, 9, 5 };
  float                 all[45][5], one[45][2];

  g_assert_true (_pmt_preparation_parse ("band:3", &p, NULL));
  band = _pmt_prepare_source (&p, source, NULL, NULL);
  g_assert_cmpint (pmt_source_get_bands (band), ==, 2);
  g_assert_cmpint (pmt_source_get_alpha (band), ==, 1);
  g_assert_true (pmt_source_read (source, &rect, &all[0][0], 45, NULL));
  g_assert_true (pmt_source_read (band, &rect, &one[0][0], 18, NULL));
  for (int i = 0; i < 45; i++)
    {
      g_assert_true (one[i][0] == all[i][2] || (isnan (one[i][0]) && isnan (all[i][2])));
      g_assert_cmpfloat (one[i][1], ==, all[i][4]);
    }
  g_assert_true (_pmt_preparation_parse ("band:5", &p, NULL));
  g_assert_null (_pmt_prepare_source (&p, source, NULL, &error));      /* the fifth is alpha */
  g_assert_cmpstr (error->message, ==, "there is no band 5: the image has 4");
  same = _pmt_prepare_source (&p, band, NULL, NULL);                   /* one band: as it is */
  g_assert_true (same == band);
}

static PmtPyramid *
prepared_scene (const Filter *filter, int width, int height)
{
  g_autofree float      *pixels = g_new (float, width * height);
  g_autoptr (PmtSource)  source = NULL;
  g_autoptr (PmtPyramid) plain = NULL;

  for (int i = 0; i < width * height; i++)
    {
      double x = (i % width + 0.5) * 180 / width, y = (i / width + 0.5) * 120 / height;

      pixels[i] = (float) (sin (x * 0.31 + 2 * sin (y * 0.11)) + cos (y * 0.27 - x * 0.12) + (hypot (x - 80, y - 70) < 30));
    }
  source = pmt_source_memory_new (width, height, 1, -1, 1, pixels, width, NULL);
  plain = _pmt_pyramid_new (NULL, source, NULL, NULL);
  return _pmt_prepare_pyramid (NULL, plain, filter->prepare, NULL);
}

/* The same scene with twice the pixels has the same levels below its own: √area 294, 128 … and 588, 256, 128 …. */
static void
test_pyramid_of_any_size (gconstpointer data)
{
  g_autoptr (PmtPyramid) small = prepared_scene (data, 360, 240), large = prepared_scene (data, 720, 480);
  const PmtGrey         *a = small->level[1], *b = large->level[2];
  double                 difference = 0, squares = 0, sum = 0, n = (double) a->value->width * a->value->height;

  g_assert_cmpint (a->value->width, ==, b->value->width);
  g_assert_cmpint (a->value->height, ==, b->value->height);
  for (int y = 0; y < a->value->height; y++)
    for (int x = 0; x < a->value->width; x++)
      {
        difference += fabs (value_at (a, x, y) - value_at (b, x, y)) / n;
        sum += value_at (a, x, y) / n;
        squares += value_at (a, x, y) * value_at (a, x, y) / n;
      }
  g_assert_cmpfloat (difference, <, 0.1 * sqrt (squares - sum * sum));
}

static void
add (const char *what, const Filter *filter, GTestDataFunc test)
{
  g_autofree char *path = g_strdup_printf ("/prepare/%s/%s", filter->name, what);

  g_test_add_data_func (path, filter, test);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize k = 0; k < G_N_ELEMENTS (filters); k++)
    {
      add ("contract", &filters[k], test_contract);
      add ("odd-sizes", &filters[k], test_odd_sizes);
      add ("any-size", &filters[k], test_pyramid_of_any_size);
      if (k >= 4)
        add ("masks-make-no-edges", &filters[k], test_masks_make_no_edges);
    }
  g_test_add_func ("/prepare/clahe/reference", test_clahe_reference);
  g_test_add_func ("/prepare/bilateral/reference", test_bilateral_reference);
  g_test_add_func ("/prepare/non-local-means/reference", test_non_local_means_reference);
  g_test_add_func ("/prepare/denoisers", test_denoisers);
  g_test_add_func ("/prepare/derivatives/reference", test_sobel_and_laplacian_reference);
  g_test_add_func ("/prepare/canny/disc", test_canny_disc);
  g_test_add_func ("/prepare/canny/hysteresis", test_canny_hysteresis);
  g_test_add_func ("/prepare/adaptive-threshold/shading", test_adaptive_threshold_shading);
  g_test_add_func ("/prepare/downsample/means", test_downsample);
  g_test_add_func ("/prepare/names", test_names);
  g_test_add_func ("/prepare/principal-component", test_principal_component);
  g_test_add_func ("/prepare/band-choice", test_band_choice);
  return g_test_run ();
}
