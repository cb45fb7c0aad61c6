/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A camera's picture of a phantom.
 *
 * Picture(i, j) = Σ w(k) w(l) f(map(i + ½ + k/n…, j + ½ + l/n…)), with f the painting's cubic B-spline and w the Gaussian
 * point spread function over the n × n points of each pixel, normalised to sum 1. A point belongs to all pixels within
 * 4 σ, so each row of points is evaluated once, gathered along the row, then into the picture's rows. The weights are
 * symmetric about the pixel's centre: nothing is displaced. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "phantom-private.h"

#define STRIP     32   /* rows of the picture rendered at a time */
#define MAX_POINTS 16  /* along a pixel's side */

typedef float Four __attribute__ ((vector_size (16)));

typedef struct
{
  const PmtPlane      *plane;       /* coefficients with their border */
  double               density;
  const PhantomCamera *camera;
  int                  points;      /* n */
  int                  reach;       /* pixels on either side that a point reaches */
  const float         *weights;     /* (2·reach + 1)·n, of the points from i - reach on */
  PmtPlane            *out;
} RenderJob;

void
phantom_camera_init (PhantomCamera *camera, int width, int height)
{
  *camera = (PhantomCamera) { .width = width, .height = height, .view = pmt_matrix3_identity, .psf = 0.5, .gain = 1,
                              .gamma = 1 };
}

static inline void
spline_weights (float t, float w[4])
{
  float s = 1 - t, t2 = t * t, s2 = s * s;

  w[0] = s2 * s * (1 / 6.0f);
  w[1] = 2 / 3.0f - t2 + 0.5f * t2 * t;
  w[2] = 2 / 3.0f - s2 + 0.5f * s2 * s;
  w[3] = t2 * t * (1 / 6.0f);
}

static inline Four
load (const float *from)
{
  Four four;

  memcpy (&four, from, sizeof four);
  return four;
}

/* The painting at p; the wall, which is the border's value, where there is none. */
static inline float
painting_at (const RenderJob *job, PmtPoint p)
{
  const PmtPlane *plane = job->plane;
  double          x = p.x * job->density + (PHANTOM_BORDER - 0.5), y = p.y * job->density + (PHANTOM_BORDER - 0.5);
  const float    *from;
  float           wx[4], wy[4];
  int             i, j;
  Four            sum;

  if (!(x >= 1 && y >= 1 && x < plane->width - 2 && y < plane->height - 2))
    return plane->data[0];
  i = (int) x;
  j = (int) y;
  spline_weights ((float) (x - i), wx);
  spline_weights ((float) (y - j), wy);
  from = pmt_plane_row (plane, j - 1) + i - 1;
  sum = wy[0] * load (from) + wy[1] * load (from + plane->stride) + wy[2] * load (from + 2 * plane->stride)
        + wy[3] * load (from + 3 * plane->stride);
  sum *= load (wx);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static inline PmtPoint
look (const PhantomCamera *camera, double x, double y)
{
  PmtPoint p = pmt_matrix3_map (&camera->view, (PmtPoint) { x, y });

  return camera->map != NULL ? camera->map (p, camera->map_data) : p;
}

/* Row `line` of points (0 is the topmost of pixel row 0), gathered along the row into `width` sums. */
static void
render_line (const RenderJob *job, int line, float *points, float *sums)
{
  int    n = job->points, count = (job->camera->width + 2 * job->reach) * n, taps = (2 * job->reach + 1) * n;
  double y = (line + 0.5) / n;

  for (int k = 0; k < count; k++)
    points[k] = painting_at (job, look (job->camera, (k + 0.5) / n - job->reach, y));
  for (int i = 0; i < job->camera->width; i++)
    {
      const float *from = points + i * n;
      float        sum = 0;

      for (int k = 0; k < taps; k++)
        sum += job->weights[k] * from[k];
      sums[i] = sum;
    }
}

static gboolean
render_strip (int index, int thread, gpointer data, GError **error)
{
  const RenderJob *job = data;
  int              width = job->camera->width, n = job->points, reach = job->reach;
  int              row0 = index * STRIP, row1 = MIN (row0 + STRIP, job->camera->height);
  float           *points = pmt_buffer_new ((gsize) (width + 2 * reach) * n, sizeof (float), error);
  float           *sums = points ? pmt_buffer_new (width, sizeof (float), error) : NULL;

  for (int line = (row0 - reach) * n; sums != NULL && line < (row1 + reach) * n; line++)
    {
      int row = line >= 0 ? line / n : -((n - 1 - line) / n);   /* the pixel row the points lie in */

      render_line (job, line, points, sums);
      for (int j = MAX (row - reach, row0); j <= MIN (row + reach, row1 - 1); j++)
        {
          float  weight = job->weights[line - (j - reach) * n];
          float *out = pmt_plane_row (job->out, j);

          for (int i = 0; i < width; i++)
            out[i] += weight * sums[i];
        }
    }
  pmt_buffer_free (points);
  pmt_buffer_free (sums);
  return sums != NULL;
}

/* The largest number of coefficients that a step of one pixel passes, over a grid of the picture. */
static double
largest_step (const PhantomCamera *camera, double density)
{
  double largest = 0;

  for (int j = 0; j <= 8; j++)
    for (int i = 0; i <= 8; i++)
      {
        double   x = camera->width * i / 8.0, y = camera->height * j / 8.0;
        PmtPoint p = look (camera, x, y), right = look (camera, x + 1, y), below = look (camera, x, y + 1);
        double   along = hypot (right.x - p.x, right.y - p.y), down = hypot (below.x - p.x, below.y - p.y);

        if (isfinite (along) && isfinite (down))
          largest = MAX (largest, MAX (along, down));
      }
  return largest * density;
}

static int
points_for (const PhantomCamera *camera, double density)
{
  double step = largest_step (camera, density);
  int    n = 2;

  while (n < MAX_POINTS && n < 2 * step - 0.2)   /* two to a coefficient, near enough */
    n *= 2;
  return n;
}

static float *
psf_weights (const PhantomCamera *camera, int n, int reach)
{
  int    taps = (2 * reach + 1) * n;
  float *weights = g_new (float, taps);
  double sum = 0;

  for (int k = 0; k < taps; k++)
    {
      double at = ((k + 0.5) / n - reach - 0.5) / camera->psf;

      sum += exp (-0.5 * at * at);
    }
  for (int k = 0; k < taps; k++)
    {
      double at = ((k + 0.5) / n - reach - 0.5) / camera->psf;

      weights[k] = (float) (exp (-0.5 * at * at) / sum);
    }
  return weights;
}

/* -- the sensor -- */

/* A number with mean 0 and σ 1 that depends on the pixel alone. */
static double
pixel_normal (guint64 seed, int x, int y, int what)
{
  PhantomRandom random = { phantom_hash (seed ^ ((guint64) (guint32) y << 34 | (guint64) (guint32) x << 2 | what)) };

  return phantom_random_normal (&random);
}

static double
sensed (const PhantomCamera *c, int x, int y, double value)
{
  double u = (2 * x + 1.0) / c->width - 1, v = (2 * y + 1.0) / c->height - 1;   /* -1 … 1 */

  value *= (1 - 0.5 * c->vignetting * (u * u + v * v)) * (1 + 0.5 * (c->gradient_x * u + c->gradient_y * v));
  value = value * c->gain + c->offset;
  if (c->electrons > 0)   /* counts are many enough to be normal */
    value += sqrt (MAX (value, 0) / c->electrons) * pixel_normal (c->noise_seed, x, y, 1);
  if (c->noise > 0)
    value += c->noise * pixel_normal (c->noise_seed, x, y, 0);
  if (c->gamma != 1)
    value = value > 0 ? pow (value, 1 / c->gamma) : 0;
  if (c->bits > 0)
    value = floor (CLAMP (value, 0, 1) * ((1 << c->bits) - 1) + 0.5);
  return value;
}

static gboolean
sense_strip (int index, int thread, gpointer data, GError **error)
{
  const RenderJob *job = data;

  for (int y = index * STRIP; y < MIN ((index + 1) * STRIP, job->out->height); y++)
    for (int x = 0; x < job->out->width; x++)
      {
        float *value = pmt_plane_row (job->out, y) + x;

        *value = (float) sensed (job->camera, x, y, *value);
      }
  return TRUE;
}

static gboolean
camera_is_sane (const PhantomCamera *c)
{
  return c->width >= 1 && c->height >= 1 && c->width <= 32768 && c->height <= 32768 && c->psf >= 0.25 && c->psf <= 4
         && pmt_matrix3_is_finite (&c->view) && c->gamma > 0 && c->noise >= 0 && c->electrons >= 0
         && (c->bits == 0 || c->bits == 8 || c->bits == 16);
}

PmtPlane *
phantom_render (PmtContext *context, Phantom *phantom, PhantomBand band, const PhantomCamera *camera, GError **error)
{
  g_autoptr (PmtPlane) out = NULL;
  g_autofree float    *weights = NULL;
  RenderJob            job = { .density = phantom->options.density, .camera = camera };

  if (!camera_is_sane (camera))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "camera settings out of range");
      return NULL;
    }
  job.plane = phantom_get_band (context, phantom, band, error);
  if (job.plane == NULL || (out = pmt_plane_new (camera->width, camera->height, error)) == NULL)
    return NULL;
  job.out = out;
  job.points = points_for (camera, job.density);
  job.reach = (int) ceil (4 * camera->psf);
  job.weights = weights = psf_weights (camera, job.points, job.reach);
  if (!pmt_parallel_for (context, (camera->height + STRIP - 1) / STRIP, render_strip, &job, error)
      || !pmt_parallel_for (context, (camera->height + STRIP - 1) / STRIP, sense_strip, &job, error))
    return NULL;
  return g_steal_pointer (&out);
}

PmtSource *
phantom_render_source (PmtContext *context, Phantom *phantom, PhantomBand band, const PhantomCamera *camera, GError **error)
{
  g_autoptr (PmtPlane) plane = phantom_render (context, phantom, band, camera, error);

  if (plane == NULL)
    return NULL;
  return pmt_source_memory_new (plane->width, plane->height, 1, -1, 0, plane->data, plane->stride, error);
}

PmtSource *
phantom_render_rgb (PmtContext *context, Phantom *phantom, const PhantomCamera *camera, GError **error)
{
  float     *pixels = pmt_buffer_new ((gsize) MAX (camera->width, 1) * MAX (camera->height, 1), 3 * sizeof (float), error);
  PmtSource *source = NULL;
  int        band;

  for (band = 0; pixels != NULL && band < 3; band++)
    {
      PhantomCamera        own = *camera;
      g_autoptr (PmtPlane) plane = NULL;

      own.noise_seed = phantom_hash (camera->noise_seed + band + 1);
      plane = phantom_render (context, phantom, PHANTOM_BAND_RED + band, &own, error);
      if (plane == NULL)
        break;
      for (int y = 0; y < plane->height; y++)
        for (int x = 0; x < plane->width; x++)
          pixels[3 * ((gsize) y * plane->width + x) + band] = pmt_plane_row (plane, y)[x];
    }
  if (band == 3)
    source = pmt_source_memory_new (camera->width, camera->height, 3, -1, 0, pixels, 3 * (gsize) camera->width, error);
  pmt_buffer_free (pixels);
  return source;
}
