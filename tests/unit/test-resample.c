/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast resampler against the definition, written as slowly and plainly as it can be; and against itself: any split
 * of the output, any number of threads, the same bits. */
#include <math.h>
#include <string.h>

#include "base/plane.h"
#include "image/resample.h"

/* Projective and asymmetric, shrinking here, growing there. */
static const PmtMatrix3 WARP = { { { 0.95, 0.16, -9 }, { -0.21, 1.04, 12 }, { 9e-4, -5e-4, 1 } } };
static const PmtMatrix3 SHRINK = { { { 3.1, 0.4, 2 }, { -0.3, 1.12, 1 }, { 1e-3, 2e-4, 1 } } };
static const PmtMatrix3 GROW = { { { 0.21, 0.02, 3.2 }, { -0.03, 0.34, 7.7 }, { -1e-4, 1e-4, 1 } } };

typedef struct
{
  int    width, height, bands, alpha;
  double alpha_max;
  float *pixels;
} Image;

static Image
image_new (int width, int height, int bands, int alpha, double alpha_max)
{
  Image  image = { width, height, bands, alpha, alpha_max, g_new (float, (gsize) width * height * bands) };
  GRand *random = g_rand_new_with_seed (7);

  for (gsize i = 0; i < (gsize) width * height * bands; i++)
    image.pixels[i] = (float) g_rand_double_range (random, -1, 3);
  if (alpha >= 0)
    for (gsize i = 0; i < (gsize) width * height; i++)
      image.pixels[i * bands + alpha] = (float) (alpha_max * fmin (fmax (g_rand_double_range (random, -0.5, 1.5), 0), 1));
  g_rand_free (random);
  return image;
}

static PmtSource *
source_of (const Image *image)
{
  PmtSource *source = pmt_source_memory_new (image->width, image->height, image->bands, image->alpha, image->alpha_max,
                                             image->pixels, (gsize) image->width * image->bands, NULL);

  g_assert_nonnull (source);
  return source;
}

static PmtTransform *
transform_of (const PmtMatrix3 *m)
{
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  PmtTransform            *t = pmt_transform_append_matrix (empty, m, (PmtSize) { 0, 0 }, NULL, NULL);

  g_assert_nonnull (t);
  return t;
}

/* -- the definition -- */

static double
kernel (PmtSampler sampler, double x)
{
  x = fabs (x);
  switch (sampler)
    {
    case PMT_SAMPLER_LINEAR:
      return fmax (0, 1 - x);
    case PMT_SAMPLER_CUBIC:
      return x < 1 ? 1 - 2.5 * x * x + 1.5 * x * x * x : x < 2 ? 2 - 4 * x + 2.5 * x * x - 0.5 * x * x * x : 0;
    default:
      return x == 0 ? 1 : x < 3 ? 3 * sin (G_PI * x) * sin (G_PI * x / 3) / (G_PI * G_PI * x * x) : 0;
    }
}

static double
widening (double n)
{
  return n <= 1.05 ? 1 : n >= 1.25 ? n : 1 + 1.25 * (n - 1.05);
}

static gboolean
is_hole (const Image *image, const float *p)
{
  for (int b = 0; b < image->bands; b++)
    if (!isfinite (p[b]))
      return TRUE;
  return FALSE;
}

/* FALSE where uncovered; *margin says how far the decision was from tipping. */
static gboolean
reference_pixel (const Image *image, const PmtTransform *t, PmtSampler sampler, int x, int y, double *out, double *margin)
{
  PmtPoint p = { x + 0.5, y + 0.5 }, q;
  double   j[2][2], su, sv, sum = 0, data = 0, alpha = 0;

  pmt_transform_map (t, 1, &p, &q);
  *margin = 1;
  if (!(q.x >= 0 && q.x <= image->width && q.y >= 0 && q.y <= image->height) || !pmt_transform_jacobian (t, p, j))
    return FALSE;
  su = widening (hypot (j[0][0], j[0][1]));
  sv = widening (hypot (j[1][0], j[1][1]));
  memset (out, 0, image->bands * sizeof (double));
  for (int i = 0; i < image->width * image->height; i++)
    {
      const float *c = image->pixels + (gsize) i * image->bands;
      double       w = kernel (sampler, (i % image->width + 0.5 - q.x) / su)
                       * kernel (sampler, (i / image->width + 0.5 - q.y) / sv);
      double       a = is_hole (image, c) ? 0 : image->alpha < 0 ? 1 : c[image->alpha] / image->alpha_max;

      sum += w;
      data += is_hole (image, c) ? 0 : w;
      alpha += w * a;
      for (int b = 0; b < image->bands && a != 0; b++)
        out[b] += w * a * c[b];
    }
  for (int b = 0; b < image->bands; b++)
    out[b] /= alpha;
  if (image->alpha >= 0)
    out[image->alpha] = fmin (alpha / sum, 1) * image->alpha_max;
  *margin = image->alpha >= 0 ? fabs (alpha / sum) : fabs (data / sum - 0.25);
  return image->alpha >= 0 ? alpha / sum > 0.5 / 65535 : data / sum >= 0.25;
}

/* q = N/A errs by (δN + |q|·δA) / A, where A is the weight on data; N's terms are up to 3, and 3e-6 covers some 50
 * roundings of them, and Lanczos's table. */
static void
compare (const Image *image, const PmtMatrix3 *m, PmtSampler sampler, PmtRect out)
{
  g_autoptr (PmtTransform) t = transform_of (m);
  g_autoptr (PmtSource)    source = source_of (image);
  g_autoptr (GError)       error = NULL;
  g_autofree float        *pixels = g_new (float, (gsize) out.width * out.height * image->bands);
  g_autofree guint8       *coverage = g_new (guint8, (gsize) out.width * out.height);
  g_autofree double       *expected = g_new (double, image->bands);
  int                      covered = 0;

  g_assert_true (pmt_resample (NULL, source, t, sampler, &out, -7, pixels, (gsize) out.width * image->bands, coverage,
                               &error));
  g_assert_no_error (error);
  for (int i = 0; i < out.width * out.height; i++)
    {
      double       margin;
      const float *p = pixels + (gsize) i * image->bands;
      gboolean     in = reference_pixel (image, t, sampler, out.x + i % out.width, out.y + i / out.width, expected,
                                         &margin);

      if (margin < 0.02)   /* ill-conditioned: divides by almost nothing, or may tip either way */
        continue;
      g_assert_cmpint (coverage[i], ==, in ? 255 : 0);
      covered += in;
      for (int b = 0; b < image->bands; b++)
        if (!in)
          g_assert_cmpfloat (p[b], ==, image->alpha >= 0 ? 0 : -7);
        else if (fabs (p[b] - expected[b]) > 3e-6 * (3 + fabs (expected[b])) / MIN (margin, 0.25))
          g_error ("map %g at %d,%d: %d bands, alpha %d, pixel %d band %d: %.8g instead of %.8g (margin %g)", m->m[0][0],
                   out.x + i % out.width, out.y + i / out.width, image->bands, image->alpha, i, b,
                   p[b], expected[b], margin);
    }
  g_assert_cmpint (covered, >, 100);
}

typedef struct { int bands, alpha; double alpha_max; gboolean holes; } Kind;

static const Kind image_kinds[] =
{
  { 1, -1, 0, FALSE }, { 2, -1, 0, FALSE }, { 3, -1, 0, FALSE }, { 4, -1, 0, FALSE }, { 7, -1, 0, FALSE },
  { 2, 1, 255, FALSE }, { 4, 3, 1, FALSE }, { 4, 3, 65535, FALSE }, { 5, 0, 1, FALSE },
  { 1, -1, 0, TRUE }, { 3, -1, 0, TRUE }, { 4, 3, 1, TRUE }, { 6, -1, 0, TRUE },
};

static void
make_holes (Image *image)
{
  const float bad[] = { NAN, INFINITY, -INFINITY };

  for (int i = 3; i < image->width * image->height; i += 41)
    image->pixels[(gsize) i * image->bands + i % image->bands] = bad[i % 3];
}

static void
test_against_definition (gconstpointer data)
{
  PmtSampler        sampler = GPOINTER_TO_INT (data);
  const PmtMatrix3 *maps[] = { &WARP, &SHRINK, &GROW };

  for (guint k = 0; k < G_N_ELEMENTS (image_kinds); k++)
    for (guint m = 0; m < G_N_ELEMENTS (maps); m++)
      {
        const Kind *kind = &image_kinds[k];
        Image       image = image_new (37, 26, kind->bands, kind->alpha, kind->alpha_max);

        if (kind->holes)
          make_holes (&image);
        compare (&image, maps[m], sampler, (PmtRect) { -13, -20, 77, 66 });
        g_free (image.pixels);
      }
}

static void
test_nearest (void)
{
  Image                    image = image_new (31, 17, 3, -1, 0);
  g_autoptr (PmtSource)    source = source_of (&image);
  g_autoptr (PmtTransform) t = transform_of (&WARP);
  PmtRect                  out = { -5, -5, 60, 40 };
  g_autofree float        *pixels = g_new (float, 60 * 40 * 3);

  g_assert_true (pmt_resample (NULL, source, t, PMT_SAMPLER_NEAREST, &out, 9, pixels, 180, NULL, NULL));
  for (int i = 0; i < 60 * 40; i++)
    {
      PmtPoint p = { out.x + i % 60 + 0.5, out.y + i / 60 + 0.5 };

      pmt_transform_map (t, 1, &p, &p);
      if (p.x >= 0 && p.x < 31 && p.y >= 0 && p.y < 17)
        g_assert_cmpmem (pixels + i * 3, 12, image.pixels + ((int) p.y * 31 + (int) p.x) * 3, 12);
      else
        g_assert_cmpfloat (pixels[i * 3], ==, 9);
    }
  g_free (image.pixels);
}

/* -- bits -- */

static void
test_whole_shifts_copy (void)
{
  const PmtMatrix3 chainlets[] = { pmt_matrix3_translation (3, -2), pmt_matrix3_translation (0, 0),
                                   { { { 2, 0, 6 }, { 0, 2, -4 }, { 0, 0, 2 } } } };

  for (guint k = 0; k < G_N_ELEMENTS (image_kinds); k++)
    for (guint c = 0; c < G_N_ELEMENTS (chainlets); c++)
      for (int sampler = PMT_SAMPLER_NEAREST; sampler <= PMT_SAMPLER_LANCZOS3; sampler++)
        {
          const Kind              *kind = &image_kinds[k];
          int                      bands = kind->bands, dx = c == 1 ? 0 : 3, dy = c == 1 ? 0 : -2;
          Image                    image = image_new (70, 67, bands, kind->alpha, kind->alpha_max);
          g_autoptr (PmtSource)    source = source_of (&image);
          g_autoptr (PmtTransform) t = transform_of (&chainlets[c]);
          g_autofree float        *pixels = g_new (float, 70 * 67 * bands);
          PmtRect                  out = { -dx, -dy, 70, 67 };

          g_assert_true (pmt_resample (NULL, source, t, sampler, &out, 0, pixels, 70 * bands, NULL, NULL));
          for (int i = 0; i < 70 * 67; i++)
            if (kind->alpha < 0 || image.pixels[i * bands + kind->alpha] > 0)
              g_assert_cmpmem (pixels + i * bands, bands * 4, image.pixels + i * bands, bands * 4);
            else
              g_assert_cmpfloat (pixels[i * bands], ==, 0);
          g_free (image.pixels);
        }
}

/* Any split into rectangles, whatever its corner, gives the same bits as one call. */
static void
test_splits_and_threads (void)
{
  const PmtMatrix3 *maps[] = { &WARP, &SHRINK };
  PmtRect           out = { -40, -33, 201, 150 };

  for (guint k = 0; k < G_N_ELEMENTS (image_kinds); k++)
    for (guint m = 0; m < 2; m++)
      for (int sampler = PMT_SAMPLER_NEAREST; sampler <= PMT_SAMPLER_LANCZOS3; sampler++)
        {
          const Kind              *kind = &image_kinds[k];
          int                      bands = kind->bands, row = out.width * bands;
          Image                    image = image_new (180, 140, bands, kind->alpha, kind->alpha_max);
          g_autoptr (PmtTransform) t = transform_of (maps[m]);
          g_autoptr (PmtSource)    source = NULL;
          g_autoptr (PmtContext)   serial = pmt_context_new (), parallel = pmt_context_new ();
          g_autofree float        *whole = g_new0 (float, row * out.height), *parts = g_new0 (float, row * out.height);
          g_autofree float        *threads = g_new0 (float, row * out.height);

          if (kind->holes)
            make_holes (&image);
          source = source_of (&image);
          pmt_context_set_threads (serial, 1);
          pmt_context_set_threads (parallel, 3);
          g_assert_true (pmt_resample (serial, source, t, sampler, &out, 0, whole, row, NULL, NULL));
          g_assert_true (pmt_resample (parallel, source, t, sampler, &out, 0, threads, row, NULL, NULL));
          for (int y = 0; y < out.height; y += 37)
            for (int x = 0; x < out.width; x += 23)
              {
                PmtRect part = { out.x + x, out.y + y, MIN (23, out.width - x), MIN (37, out.height - y) };

                g_assert_true (pmt_resample (serial, source, t, sampler, &part, 0, parts + y * row + x * bands, row,
                                             NULL, NULL));
              }
          g_assert_true (memcmp (whole, threads, sizeof (float) * row * out.height) == 0);
          g_assert_true (memcmp (whole, parts, sizeof (float) * row * out.height) == 0);
          g_free (image.pixels);
        }
}

/* A chain evaluated at once equals its product; ten steps are no more than one. */
static void
test_chain_is_one_resample (void)
{
  Image                    image = image_new (60, 50, 3, -1, 0);
  g_autoptr (PmtSource)    source = source_of (&image);
  g_autoptr (PmtTransform) a = transform_of (&WARP), back = pmt_transform_invert (a, NULL);
  g_autoptr (PmtTransform) there_and_back = pmt_transform_compose (a, back, NULL);
  g_autofree float        *pixels = g_new (float, 60 * 50 * 3);
  PmtRect                  out = { 0, 0, 60, 50 };

  g_assert_true (pmt_resample (NULL, source, there_and_back, PMT_SAMPLER_CUBIC, &out, 0, pixels, 180, NULL, NULL));
  for (int i = 0; i < 60 * 50 * 3; i++)
    g_assert_cmpfloat_with_epsilon (pixels[i], image.pixels[i], 1e-5);
  g_free (image.pixels);
}

/* -- properties -- */

static void
test_constant_stays_constant (void)
{
  const PmtMatrix3 *maps[] = { &WARP, &SHRINK, &GROW };

  for (int bands = 1; bands <= 5; bands += 2)
    for (guint m = 0; m < G_N_ELEMENTS (maps); m++)
      for (int sampler = 0; sampler <= PMT_SAMPLER_LANCZOS3; sampler++)
        {
          Image                    image = image_new (90, 80, bands, -1, 0);
          g_autoptr (PmtTransform) t = transform_of (maps[m]);
          g_autoptr (PmtSource)    source = NULL;
          g_autofree float        *pixels = g_new (float, 100 * 100 * bands);
          PmtRect                  out = { 0, 0, 100, 100 };

          for (int i = 0; i < 90 * 80 * bands; i++)
            image.pixels[i] = 1000;
          source = source_of (&image);
          g_assert_true (pmt_resample (NULL, source, t, sampler, &out, 1000, pixels, 100 * bands, NULL, NULL));
          for (int i = 0; i < 100 * 100 * bands; i++)
            g_assert_cmpfloat_with_epsilon (pixels[i], 1000, 1000 * 1e-6);
          g_free (image.pixels);
        }
}

/* A grating finer than the output can show must vanish, not alias: shrunk 4.3 times, period 3 px, amplitude 1. */
static void
test_no_alias (void)
{
  const PmtMatrix3         shrink = { { { 4.3, 0, 0 }, { 0, 4.3, 0 }, { 0, 0, 1 } } };
  g_autoptr (PmtTransform) t = transform_of (&shrink);
  const double             limit[] = { 2, 0.1, 0.05, 0.02 };

  for (int sampler = PMT_SAMPLER_NEAREST; sampler <= PMT_SAMPLER_LANCZOS3; sampler++)
    {
      Image                 image = image_new (430, 86, 1, -1, 0);
      g_autoptr (PmtSource) source = NULL;
      float                 pixels[20 * 80], largest = 0;
      PmtRect               out = { 10, 0, 80, 20 };

      for (int i = 0; i < 430 * 86; i++)
        image.pixels[i] = (float) sin (2 * G_PI * (i % 430) / 3);
      source = source_of (&image);
      g_assert_true (pmt_resample (NULL, source, t, sampler, &out, 0, pixels, 80, NULL, NULL));
      for (int i = 0; i < 20 * 80; i++)
        largest = fmaxf (largest, fabsf (pixels[i]));
      g_assert_cmpfloat (largest, <, limit[sampler]);
      if (sampler == PMT_SAMPLER_NEAREST)
        g_assert_cmpfloat (largest, >, 0.5);
      g_free (image.pixels);
    }
}

/* Opaque colour beside transparent green: no green may bleed in. */
static void
test_alpha_keeps_hidden_colours_hidden (void)
{
  Image                    image = image_new (40, 40, 4, 3, 1);
  g_autoptr (PmtTransform) t = transform_of (&WARP);
  g_autoptr (PmtSource)    source = NULL;
  g_autofree float        *pixels = g_new (float, 50 * 50 * 4);
  PmtRect                  out = { 0, 0, 50, 50 };

  for (int i = 0; i < 1600; i++)
    memcpy (image.pixels + 4 * i, i % 40 < 20 ? (float[]) { 1, 0, 0, 1 } : (float[]) { 0, 1, 0, 0 }, 16);
  source = source_of (&image);
  g_assert_true (pmt_resample (NULL, source, t, PMT_SAMPLER_LANCZOS3, &out, 0, pixels, 200, NULL, NULL));
  for (int i = 0; i < 2500; i++)
    {
      g_assert_cmpfloat (pixels[4 * i + 1], ==, 0);
      g_assert_cmpfloat (pixels[4 * i + 3], <=, 1);
      g_assert_cmpfloat (pixels[4 * i + 3], >=, 0);
      if (pixels[4 * i + 3] > 0.01f)
        g_assert_cmpfloat_with_epsilon (pixels[4 * i], 1, 1e-4);
    }
  g_free (image.pixels);
}

/* -- sources that watch -- */

typedef struct
{
  PmtRect allowed;
  gsize   largest;    /* bytes of one read; atomic use is not needed with one thread */
  int     reads, fail_after;
} Watcher;

static gboolean
watcher_read (gpointer self, const PmtRect *rect, float *dest, gsize stride, GError **error)
{
  Watcher *watcher = self;

  if (++watcher->reads > watcher->fail_after)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, "the disk is gone");
      return FALSE;
    }
  g_assert_cmpint (rect->x, >=, watcher->allowed.x);
  g_assert_cmpint (rect->y, >=, watcher->allowed.y);
  g_assert_cmpint (rect->x + rect->width, <=, watcher->allowed.x + watcher->allowed.width);
  g_assert_cmpint (rect->y + rect->height, <=, watcher->allowed.y + watcher->allowed.height);
  watcher->largest = MAX (watcher->largest, (gsize) rect->width * rect->height * sizeof (float));
  for (int y = 0; y < rect->height; y++)
    for (int x = 0; x < rect->width; x++)
      dest[y * stride + x] = (float) (rect->x + x);
  return TRUE;
}

static void
watcher_free (gpointer self)
{
}

static const PmtSourceClass watcher_class = { watcher_read, watcher_free };

static void
test_region_holds_all_reads (void)
{
  const PmtMatrix3 *maps[] = { &WARP, &SHRINK, &GROW };
  int               empty = 0, partial = 0;

  for (guint m = 0; m < 3; m++)
    for (int sampler = 0; sampler <= PMT_SAMPLER_LANCZOS3; sampler++)
      for (int x = -300; x < 700; x += 90)
        {
          g_autoptr (PmtTransform) t = transform_of (maps[m]);
          PmtRect                  out = { x, x / 2, 70, 50 };
          Watcher                  watcher = { .fail_after = G_MAXINT };
          g_autoptr (PmtSource)    source = pmt_source_new (500, 400, 1, -1, 0, &watcher_class, &watcher, NULL);
          g_autoptr (PmtContext)   serial = pmt_context_new ();
          float                    pixels[70 * 50];

          pmt_context_set_threads (serial, 1);
          watcher.allowed = pmt_resample_source_region (t, (PmtSize) { 500, 400 }, sampler, &out);
          g_assert_true (pmt_resample (serial, source, t, sampler, &out, 0, pixels, 70, NULL, NULL));
          if (pmt_rect_is_empty (watcher.allowed))
            g_assert_cmpint (watcher.reads, ==, 0);
          empty += pmt_rect_is_empty (watcher.allowed);
          partial += !pmt_rect_is_empty (watcher.allowed) && watcher.allowed.width < 400;
        }
  g_assert_cmpint (empty, >, 10);     /* the bound is of use */
  g_assert_cmpint (partial, >, 10);
}

/* 6000 × 6000 pixels into one, and into 4 × 4: read in blocks and strips that fit. */
static void
test_memory_is_bounded (void)
{
  for (int side = 1; side <= 4; side += 3)
    {
      const PmtMatrix3         m = pmt_matrix3_scaling (6000.0 / side, 6000.0 / side);
      g_autoptr (PmtTransform) t = transform_of (&m);
      Watcher                  watcher = { .allowed = { 0, 0, 6000, 6000 }, .fail_after = G_MAXINT };
      g_autoptr (PmtSource)    source = pmt_source_new (6000, 6000, 1, -1, 0, &watcher_class, &watcher, NULL);
      g_autoptr (PmtContext)   serial = pmt_context_new ();
      float                    pixels[16];
      PmtRect                  out = { 0, 0, side, side };

      pmt_context_set_threads (serial, 1);
      g_assert_true (pmt_resample (serial, source, t, PMT_SAMPLER_CUBIC, &out, 0, pixels, side, NULL, NULL));
      g_assert_cmpint (watcher.largest, <=, 48 << 20);
      g_assert_cmpint (watcher.reads, >, 1);
      if (side == 1)   /* the mean of a ramp; sums of 36 million floats in rows of 6000 */
        g_assert_cmpfloat_with_epsilon (pixels[0], 2999.5, 0.5);
    }
}

static void
test_errors (void)
{
  g_autoptr (PmtTransform) t = transform_of (&WARP);
  Watcher                  watcher = { .allowed = { 0, 0, 500, 400 }, .fail_after = 3 };
  g_autoptr (PmtSource)    source = pmt_source_new (500, 400, 1, -1, 0, &watcher_class, &watcher, NULL);
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError)       error = NULL;
  g_autofree float        *pixels = g_new (float, 500 * 400);
  PmtRect                  out = { 0, 0, 500, 400 }, bad = { 0, 0, 0, 5 }, far = { G_MAXINT - 3, 0, 10, 10 };

  pmt_context_set_threads (context, 1);
  pmt_context_set_cancellable (context, cancellable);
  g_assert_false (pmt_resample (context, source, t, PMT_SAMPLER_CUBIC, &out, 0, pixels, 500, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_IO);
  g_clear_error (&error);
  g_assert_false (pmt_resample (context, source, t, PMT_SAMPLER_CUBIC, &bad, 0, pixels, 500, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_clear_error (&error);
  g_assert_false (pmt_resample (context, source, t, PMT_SAMPLER_CUBIC, &far, 0, pixels, 500, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_clear_error (&error);
  g_assert_false (pmt_resample (context, source, t, 17, &out, 0, pixels, 500, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_false (pmt_resample (context, source, t, PMT_SAMPLER_CUBIC, &out, 0, pixels, 500, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_CANCELLED);
}

/* Odd sizes, and places where nothing is. */
static void
test_tiny_and_far (void)
{
  static const int sizes[][2] = { { 1, 1 }, { 1, 40 }, { 40, 1 }, { 2, 3 }, { 100000, 1 } };

  for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
    for (int sampler = 0; sampler <= PMT_SAMPLER_LANCZOS3; sampler++)
      {
        Image                    image = image_new (sizes[k][0], sizes[k][1], 1, -1, 0);
        g_autoptr (PmtSource)    source = source_of (&image);
        const PmtMatrix3         half = { { { 1, 0, 0.25 }, { 0, 1, -0.25 }, { 0, 0, 1 } } };
        g_autoptr (PmtTransform) t = transform_of (&half);
        float                    pixels[100];
        guint8                   coverage[100];
        PmtRect                  near = { 0, 0, 10, 10 }, far = { -2000000000, 1999999999, 10, 10 };

        g_assert_true (pmt_resample (NULL, source, t, sampler, &near, 0, pixels, 10, coverage, NULL));
        g_assert_cmpint (coverage[0], ==, 255);
        if (k == 0)   /* one pixel: all the weight is its own */
          g_assert_cmpfloat_with_epsilon (pixels[0], image.pixels[0], 1e-6);
        g_assert_true (pmt_resample (NULL, source, t, sampler, &far, 5, pixels, 10, coverage, NULL));
        g_assert_cmpint (coverage[0], ==, 0);
        g_assert_cmpfloat (pixels[99], ==, 5);
        g_free (image.pixels);
      }
}

static void
test_nicks (void)
{
  PmtSampler sampler;

  for (int i = 0; i <= PMT_SAMPLER_LANCZOS3; i++)
    {
      g_assert_true (pmt_sampler_from_nick (pmt_sampler_to_nick (i), &sampler));
      g_assert_cmpint (sampler, ==, i);
    }
  g_assert_false (pmt_sampler_from_nick ("bicubic", &sampler));
  g_assert_false (pmt_sampler_from_nick (NULL, &sampler));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/resample/definition/linear", GINT_TO_POINTER (PMT_SAMPLER_LINEAR), test_against_definition);
  g_test_add_data_func ("/resample/definition/cubic", GINT_TO_POINTER (PMT_SAMPLER_CUBIC), test_against_definition);
  g_test_add_data_func ("/resample/definition/lanczos3", GINT_TO_POINTER (PMT_SAMPLER_LANCZOS3),
                        test_against_definition);
  g_test_add_func ("/resample/nearest", test_nearest);
  g_test_add_func ("/resample/whole-shifts-copy", test_whole_shifts_copy);
  g_test_add_func ("/resample/splits-and-threads", test_splits_and_threads);
  g_test_add_func ("/resample/chain", test_chain_is_one_resample);
  g_test_add_func ("/resample/constant", test_constant_stays_constant);
  g_test_add_func ("/resample/no-alias", test_no_alias);
  g_test_add_func ("/resample/alpha", test_alpha_keeps_hidden_colours_hidden);
  g_test_add_func ("/resample/region", test_region_holds_all_reads);
  g_test_add_func ("/resample/memory", test_memory_is_bounded);
  g_test_add_func ("/resample/errors", test_errors);
  g_test_add_func ("/resample/tiny-and-far", test_tiny_and_far);
  g_test_add_func ("/resample/nicks", test_nicks);
  return g_test_run ();
}
