/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two levels and a map: the moving level is drawn into the fixed one's grid by its cubic B-spline, the metric compares,
 * and the chain rule carries its derivatives by pixels back to the map. With q = (X, Y)/Z the image of p = (x, y),
 * m(p) = M(q(p)) and w(p) = W_f(p)·W_m(q(p)):
 *
 *     g(p) = ∂s/∂m · ∇M(q) + ∂s/∂w · W_f·∇W_m(q)
 *     ∂s/∂H = Σ ( g_x/Z, g_y/Z, −(g·q)/Z )ᵀ · (x, y, 1)
 *
 * W_m is the moving mask without what the metric's reach makes doubtful, tapered over 3 px, so that the score has a
 * derivative where the frame cuts the picture too. */
#include "metric/metric-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "image/filter-private.h"
#include "image/cubic-spline-private.h"
#include "match/pose-private.h"

#define MIN_LEVEL    16            /* px a side */
#define READ_PIXELS  (4 << 20)     /* a box of at most so many pixels is read at full resolution */
#define GRID         9             /* points a side when the fixed box is mapped */
#define BAND         16            /* rows */
#define LEAST_WEIGHT 16.0          /* px of overlap, below which nothing is compared */

struct _PmtMetricWork
{
  float *moving, *weight, *dx, *dy, *weight_dx, *weight_dy, *by_moving, *by_weight;
  float *planes[16];
};

/* -- which part of the images -- */

static PmtBox
grown (PmtBox box, double margin, int width, int height)
{
  double x0 = floor (MAX (box.x - margin * box.width, 0)), y0 = floor (MAX (box.y - margin * box.height, 0));
  double x1 = ceil (MIN (box.x + (1 + margin) * box.width, width));
  double y1 = ceil (MIN (box.y + (1 + margin) * box.height, height));

  return (PmtBox) { x0, y0, x1 - x0, y1 - y0 };
}

/* What of the moving image the fixed box sees; all of it when that can't be said. */
static PmtBox
seen_box (const PmtMatrix3 *pose, const PmtBox *box, int width, int height)
{
  double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;

  for (int k = 0; k < GRID * GRID; k++)
    {
      PmtPoint p = { box->x + box->width * (k % GRID) / (GRID - 1), box->y + box->height * (k / GRID) / (GRID - 1) };
      PmtPoint q = pmt_matrix3_map (pose, p);

      if (!isfinite (q.x) || !isfinite (q.y))
        return (PmtBox) { 0, 0, width, height };
      x0 = MIN (x0, q.x), x1 = MAX (x1, q.x);
      y0 = MIN (y0, q.y), y1 = MAX (y1, q.y);
    }
  x0 = CLAMP (x0, 0, width), x1 = CLAMP (x1, 0, width), y0 = CLAMP (y0, 0, height), y1 = CLAMP (y1, 0, height);
  if (!(x1 - x0 >= MIN_LEVEL && y1 - y0 >= MIN_LEVEL))
    return (PmtBox) { 0, 0, width, height };
  return (PmtBox) { x0, y0, x1 - x0, y1 - y0 };
}

static void
choose_boxes (const PmtPyramid *fixed, const PmtPyramid *moving, const PmtMatrix3 *pose, double margin, PmtBox *f,
              PmtBox *m)
{
  PmtSize    fixed_size = { fixed->width, fixed->height }, moving_size = { moving->width, moving->height };
  PmtOverlap overlap;

  *f = (PmtBox) { 0, 0, fixed->width, fixed->height };
  *m = (PmtBox) { 0, 0, moving->width, moving->height };
  if (!_pmt_pose_overlap (pose, fixed_size, moving_size, &overlap) || overlap.box.width < MIN_LEVEL
      || overlap.box.height < MIN_LEVEL)
    return;
  *f = grown (overlap.box, margin, fixed->width, fixed->height);
  *m = grown (seen_box (pose, f, moving->width, moving->height), margin, moving->width, moving->height);
}

static double
finest_scale (const PmtPyramid *image, const PmtBox *box)
{
  return box->width * box->height <= READ_PIXELS ? 1 : MIN (image->scale_x[0], image->scale_y[0]);
}

/* -- reading -- */

/* box at `scale` as blurred values and a mask without what lies within `reach` of an invalid pixel or the frame. */
static PmtGrey *
read_level (PmtContext *context, PmtPyramid *image, const PmtBox *box, double scale, double blur, int reach,
            PmtMatrix3 *to_level, GError **error)
{
  int                  width = MAX ((int) lround (box->width * scale), MIN_LEVEL);
  int                  height = MAX ((int) lround (box->height * scale), MIN_LEVEL);
  PmtMatrix3           origin = pmt_matrix3_translation (-box->x, -box->y);
  PmtMatrix3           scaling = pmt_matrix3_scaling (width / box->width, height / box->height);
  g_autoptr (PmtGrey)  level = NULL;
  g_autoptr (PmtPlane) mask = pmt_plane_new (width, height, error);

  if (mask == NULL)
    return NULL;
  if (box->width * box->height <= READ_PIXELS)
    level = _pmt_pyramid_read_finest (context, image, box, width, height, error);
  else
    level = _pmt_pyramid_read (context, image, box, width, height, error);
  if (level == NULL || !_pmt_gaussian_blur (level->value, blur, level->value, error)
      || !_pmt_mask_erode (level->mask, reach, FALSE, mask, error))
    return NULL;
  *to_level = pmt_matrix3_then (&origin, &scaling);
  pmt_plane_free (level->mask);
  level->mask = g_steal_pointer (&mask);
  return g_steal_pointer (&level);
}

static float *
packed (const PmtPlane *plane, GError **error)
{
  float *out = pmt_buffer_new ((gsize) plane->width * plane->height, sizeof *out, error);

  for (int y = 0; out != NULL && y < plane->height; y++)
    memcpy (out + (gsize) y * plane->width, pmt_plane_row (plane, y), plane->width * sizeof *out);
  return out;
}

/* The mean over 3 × 3 px; the border of an eroded mask is 0. */
static PmtPlane *
tapered (const PmtPlane *mask, GError **error)
{
  PmtPlane *out = pmt_plane_new (mask->width, mask->height, error);

  for (int y = 1; out != NULL && y < mask->height - 1; y++)
    for (int x = 1; x < mask->width - 1; x++)
      for (int v = -1; v <= 1; v++)
        for (int u = -1; u <= 1; u++)
          pmt_plane_row (out, y)[x] += pmt_plane_row (mask, y + v)[x + u] / 9;
  return out;
}

static double
sum_of (const PmtPlane *plane)
{
  double sum = 0;

  for (int y = 0; y < plane->height; y++)
    for (int x = 0; x < plane->width; x++)
      sum += pmt_plane_row (plane, y)[x];
  return sum;
}

static gboolean
read_pair (PmtMetricPair *pair, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, int size,
           double margin, GError **error)
{
  const PmtMetricClass *klass = pair->klass;
  PmtBox                f, m;
  double                ratio, scale;
  g_autoptr (PmtGrey)   fixed_level = NULL, moving_level = NULL;

  choose_boxes (fixed, moving, pose, margin, &f, &m);
  pair->centre = (PmtPoint) { f.x + f.width / 2, f.y + f.height / 2 };
  ratio = _pmt_pose_scale (pose, pair->centre);
  if (!(ratio > 1e-3 && ratio < 1e3))
    ratio = 1;
  scale = MIN (size / sqrt (f.width * f.height), MIN (finest_scale (fixed, &f), ratio * finest_scale (moving, &m)));
  fixed_level = read_level (pair->context, fixed, &f, scale, klass->blur, klass->reach, &pair->to_fixed, error);
  if (fixed_level == NULL)
    return FALSE;
  moving_level = read_level (pair->context, moving, &m, MIN (scale / ratio, 1), klass->blur, klass->reach + 1,
                             &pair->to_moving, error);
  if (moving_level == NULL)
    return FALSE;
  pair->scale = pair->to_fixed.m[0][0];
  pair->width = fixed_level->value->width;
  pair->height = fixed_level->value->height;
  pair->area = MIN (sum_of (fixed_level->mask), sum_of (moving_level->mask));
  pair->fixed = packed (fixed_level->value, error);
  pair->fixed_weight = pair->fixed != NULL ? packed (fixed_level->mask, error) : NULL;
  pair->moving_weight = pair->fixed_weight != NULL ? tapered (moving_level->mask, error) : NULL;
  pair->moving = g_steal_pointer (&moving_level->value);
  moving_level->value = NULL;
  _pmt_cubic_spline_prefilter (pair->moving);
  return pair->moving_weight != NULL;
}

PmtMatrix3
_pmt_metric_pair_map (const PmtMetricPair *pair, const PmtMatrix3 *pose)
{
  PmtMatrix3 back = pmt_matrix3_identity, map;

  pmt_matrix3_invert (&pair->to_fixed, &back);
  map = pmt_matrix3_then (&back, pose);
  return pmt_matrix3_then (&map, &pair->to_moving);
}

/* -- drawing -- */

typedef struct
{
  const PmtMetricPair *pair;
  PmtMetricWork       *work;
  PmtMatrix3           map;
  double              *by_map;
} Draw;

/* Bilinear, 0 outside the plane's pixel centres (where the taper has reached 0 anyway). */
static inline float
weight_at (const PmtPlane *plane, double x, double y, float *dx, float *dy)
{
  double u = x - 0.5, v = y - 0.5;

  *dx = *dy = 0;
  if (!(u >= 0 && v >= 0 && u < plane->width - 1 && v < plane->height - 1))
    return 0;
  int          i = (int) u, j = (int) v;
  float        s = (float) (u - i), t = (float) (v - j);
  const float *a = pmt_plane_row (plane, j) + i, *b = pmt_plane_row (plane, j + 1) + i;

  *dx = (1 - t) * (a[1] - a[0]) + t * (b[1] - b[0]);
  *dy = (1 - s) * (b[0] - a[0]) + s * (b[1] - a[1]);
  return (1 - t) * ((1 - s) * a[0] + s * a[1]) + t * ((1 - s) * b[0] + s * b[1]);
}

/* Pixel i shows what lies at q of the moving level; returns its weight. */
static inline float
draw_pixel (const PmtMetricPair *pair, PmtMetricWork *work, gsize i, double qx, double qy)
{
  float dx, dy, weight_dx, weight_dy, of_fixed = pair->fixed_weight[i];

  work->moving[i] = _pmt_cubic_spline_at (pair->moving, qx, qy, &dx, &dy);
  work->weight[i] = of_fixed * weight_at (pair->moving_weight, qx, qy, &weight_dx, &weight_dy);
  if (work->dx != NULL)
    {
      work->dx[i] = dx;
      work->dy[i] = dy;
      work->weight_dx[i] = of_fixed * weight_dx;
      work->weight_dy[i] = of_fixed * weight_dy;
    }
  return work->weight[i];
}

static void
draw_band (int y0, int y1, gpointer data, double *sums)
{
  const Draw          *d = data;
  const PmtMetricPair *pair = d->pair;
  const double       (*h)[3] = d->map.m;

  for (int y = y0; y < y1; y++)
    for (int x = 0; x < pair->width; x++)
      {
        double u = x + 0.5, v = y + 0.5, z = 1 / (h[2][0] * u + h[2][1] * v + h[2][2]);

        sums[0] += draw_pixel (pair, d->work, (gsize) y * pair->width + x,
                               (h[0][0] * u + h[0][1] * v + h[0][2]) * z, (h[1][0] * u + h[1][1] * v + h[1][2]) * z);
      }
}

/* The horizon must not cross the level. */
static gboolean
in_front (const PmtMetricPair *pair, const PmtMatrix3 *map)
{
  for (int k = 0; k < 4; k++)
    if (!(map->m[2][0] * (k & 1) * pair->width + map->m[2][1] * (k >> 1) * pair->height + map->m[2][2] > 1e-6))
      return FALSE;
  return pmt_matrix3_is_finite (map);
}

/* sums: nine of the score, nine of the weight. */
static void
chain_band (int y0, int y1, gpointer data, double *sums)
{
  const Draw          *d = data;
  const PmtMetricWork *work = d->work;
  const double       (*h)[3] = d->map.m;

  for (int y = y0; y < y1; y++)
    for (int x = 0; x < d->pair->width; x++)
      {
        gsize  i = (gsize) y * d->pair->width + x;
        double u = x + 0.5, v = y + 0.5, z = 1 / (h[2][0] * u + h[2][1] * v + h[2][2]);
        double qx = (h[0][0] * u + h[0][1] * v + h[0][2]) * z, qy = (h[1][0] * u + h[1][1] * v + h[1][2]) * z;
        double wx = work->weight_dx[i] * z, wy = work->weight_dy[i] * z;
        double gx = (double) work->by_moving[i] * work->dx[i] * z + work->by_weight[i] * wx;
        double gy = (double) work->by_moving[i] * work->dy[i] * z + work->by_weight[i] * wy;
        double gz = -(gx * qx + gy * qy);

        sums[0] += gx * u, sums[1] += gx * v, sums[2] += gx;
        sums[3] += gy * u, sums[4] += gy * v, sums[5] += gy;
        sums[6] += gz * u, sums[7] += gz * v, sums[8] += gz;
        if (wx == 0 && wy == 0)
          continue;
        gz = -(wx * qx + wy * qy);
        sums[9] += wx * u, sums[10] += wx * v, sums[11] += wx;
        sums[12] += wy * u, sums[13] += wy * v, sums[14] += wy;
        sums[15] += gz * u, sums[16] += gz * v, sums[17] += gz;
      }
}

static PmtMetricView
make_view (const PmtMetricPair *pair, PmtMetricWork *work, gboolean derivatives)
{
  return (PmtMetricView) { .context = pair->context, .width = pair->width, .height = pair->height,
                           .fixed = pair->fixed, .moving = work->moving, .weight = work->weight,
                           .by_moving = derivatives ? work->by_moving : NULL,
                           .by_weight = derivatives ? work->by_weight : NULL,
                           .work = work->planes, .state = pair->state };
}

gboolean
_pmt_metric_evaluate (const PmtMetricPair *pair, PmtMetricWork *work, const PmtMatrix3 *map, double *score,
                      double *overlap, double by_map[9], double by_overlap[9], GError **error)
{
  Draw          draw = { .pair = pair, .work = work, .map = *map };
  PmtMetricView view = make_view (pair, work, by_map != NULL);
  double        sum, sums[18];

  *overlap = 0;
  if (!in_front (pair, map) || !_pmt_metric_bands (&view, BAND, draw_band, &draw, 1, &sum, error))
    return FALSE;
  *overlap = sum / MAX (pair->area, 1);
  if (!(sum >= LEAST_WEIGHT) || !pair->klass->evaluate (&view, score, error) || !isfinite (*score))
    return FALSE;
  if (by_map == NULL)
    return TRUE;
  if (!_pmt_metric_bands (&view, BAND, chain_band, &draw, 18, sums, error))
    return FALSE;
  for (int k = 0; k < 9; k++)
    {
      by_map[k] = sums[k];
      by_overlap[k] = sums[9 + k] / MAX (pair->area, 1);
    }
  return TRUE;
}

/* -- any map: a place for every pixel -- */

typedef struct
{
  const PmtMetricPair *pair;
  PmtMetricWork       *work;
  const float         *x, *y;
} DrawAt;

static void
draw_at_band (int y0, int y1, gpointer data, double *sums)
{
  const DrawAt *d = data;

  for (gsize i = (gsize) y0 * d->pair->width; i < (gsize) y1 * d->pair->width; i++)
    sums[0] += draw_pixel (d->pair, d->work, i, d->x[i], d->y[i]);
}

/* Derivatives by places take the room of those of the drawn picture. */
static void
chain_at_band (int y0, int y1, gpointer data, double *sums)
{
  PmtMetricWork *work = ((const DrawAt *) data)->work;
  int            width = ((const DrawAt *) data)->pair->width;

  for (gsize i = (gsize) y0 * width; i < (gsize) y1 * width; i++)
    {
      work->dx[i] = work->by_moving[i] * work->dx[i] + work->by_weight[i] * work->weight_dx[i];
      work->dy[i] = work->by_moving[i] * work->dy[i] + work->by_weight[i] * work->weight_dy[i];
    }
}

gboolean
_pmt_metric_evaluate_at (const PmtMetricPair *pair, PmtMetricWork *work, const float *x, const float *y, double *score,
                         double *overlap, const float **by_x, const float **by_y, GError **error)
{
  DrawAt        draw = { pair, work, x, y };
  PmtMetricView view = make_view (pair, work, by_x != NULL);
  double        sum;

  *overlap = 0;
  if (!_pmt_metric_bands (&view, BAND, draw_at_band, &draw, 1, &sum, error))
    return FALSE;
  *overlap = sum / MAX (pair->area, 1);
  if (!(sum >= LEAST_WEIGHT) || !pair->klass->evaluate (&view, score, error) || !isfinite (*score))
    return FALSE;
  if (by_x == NULL)
    return TRUE;
  if (!_pmt_metric_bands (&view, BAND, chain_at_band, &draw, 0, NULL, error))
    return FALSE;
  *by_x = work->dx;
  *by_y = work->dy;
  return TRUE;
}

/* -- memory -- */

PmtMetricWork *
_pmt_metric_work_new (const PmtMetricPair *pair, gboolean derivatives, GError **error)
{
  g_autoptr (PmtMetricWork) work = g_new0 (PmtMetricWork, 1);
  gsize                     n = (gsize) pair->width * pair->height;
  float                   **all[] = { &work->moving, &work->weight, &work->dx, &work->dy, &work->weight_dx,
                                      &work->weight_dy, &work->by_moving, &work->by_weight };

  for (guint k = 0; k < (derivatives ? G_N_ELEMENTS (all) : 2); k++)
    if ((*all[k] = pmt_buffer_new (n, sizeof (float), error)) == NULL)
      return NULL;
  for (int k = 0; k < pair->klass->planes; k++)
    if ((work->planes[k] = pmt_buffer_new (n, sizeof (float), error)) == NULL)
      return NULL;
  return g_steal_pointer (&work);
}

void
_pmt_metric_work_free (PmtMetricWork *work)
{
  if (work == NULL)
    return;
  for (guint k = 0; k < G_N_ELEMENTS (work->planes); k++)
    pmt_buffer_free (work->planes[k]);
  pmt_buffer_free (work->moving);
  pmt_buffer_free (work->weight);
  pmt_buffer_free (work->dx);
  pmt_buffer_free (work->dy);
  pmt_buffer_free (work->weight_dx);
  pmt_buffer_free (work->weight_dy);
  pmt_buffer_free (work->by_moving);
  pmt_buffer_free (work->by_weight);
  g_free (work);
}

/* The state that depends on the fixed picture, and on how the pair looked before. */
static gboolean
prepare (PmtMetricPair *pair, const PmtMatrix3 *before, GError **error)
{
  g_autoptr (PmtMetricWork) work = NULL;
  PmtMetricView             view;
  Draw                      draw = { .pair = pair, .map = _pmt_metric_pair_map (pair, before) };
  double                    sum;

  if (pair->klass->prepare == NULL)
    return TRUE;
  draw.work = work = _pmt_metric_work_new (pair, FALSE, error);
  if (work == NULL)
    return FALSE;
  if (!in_front (pair, &draw.map))
    draw.map = pmt_matrix3_translation (10.0 * pair->moving->width, 0);
  view = make_view (pair, work, FALSE);
  if (!_pmt_metric_bands (&view, BAND, draw_band, &draw, 1, &sum, error))
    return FALSE;
  pair->state = pair->klass->prepare (&view, error);
  return pair->state != NULL;
}

PmtMetricPair *
_pmt_metric_pair_new (PmtContext *context, const PmtMetricClass *klass, PmtPyramid *fixed, PmtPyramid *moving,
                      const PmtMatrix3 *pose, const PmtMatrix3 *before, int size, double margin, GError **error)
{
  g_autoptr (PmtMetricPair) pair = g_new0 (PmtMetricPair, 1);

  pair->klass = klass;
  pair->context = context;
  if (!read_pair (pair, fixed, moving, pose, size, margin, error) || !prepare (pair, before, error))
    return NULL;
  return g_steal_pointer (&pair);
}

void
_pmt_metric_pair_free (PmtMetricPair *pair)
{
  if (pair == NULL)
    return;
  if (pair->state != NULL)
    pair->klass->release (pair->state);
  pmt_buffer_free (pair->fixed);
  pmt_buffer_free (pair->fixed_weight);
  pmt_plane_free (pair->moving);
  pmt_plane_free (pair->moving_weight);
  g_free (pair);
}
