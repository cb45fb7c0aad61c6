/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inverse-compositional Gauss–Newton over the whole frame, for images of the same kind. With F the fixed image, M the
 * moving one, both blurred, H the path, the residual at a pixel is
 *
 *     r(p) = a(p)·M(H p) + b(p) − F(p),
 *
 * and a block B of pixels has moved by δ = −(Σ_B w ∇F ∇Fᵀ)⁻¹ Σ_B w ∇F r: the content of F at p lies at H (p + δ). The
 * blocks' δ with their covariances go to the model's fit (fit/control-points.c), which is Gauss–Newton on all pixels as
 * long as the residuals are noise, and knows what to do when they are not: where blocks scatter more than their noise
 * allows (parallax, bent paper), they count alike instead of by contrast.
 *
 * Gain a and offset b vary from place to place, since light does, and a gain that is wrong by a slope of 1 % over a
 * correlation length shows as a shift. They are found on nodes 32 px apart (16 in small images that may bend), from moments
 * over 3 × 3 nodes, and
 * interpolated. a is the ratio of standard deviations: the regression of one noisy image on another is too flat, and
 * what remains of the image in the residual would count as displacement.
 *
 * w is Huber's. No filter's border counts: pixels that a filter saw through a mask or the frame's edge are NAN. */
#include "fit/whole-frame-private.h"

#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "base/select-private.h"
#include "image/filter-private.h"
#include "image/quintic-spline-private.h"
#include "match/grey-residual-private.h"
#include "match/pose-private.h"

#define MARGIN     8            /* px of a tile of fixed beyond what counts */
#define SURROUND   16           /* px of moving beyond the image of the tile: blur, spline, the pose's last moves */
#define NODE       32           /* px */
#define SMALL_NODE 16           /* … where a bend would have but few blocks */
#define FEW_BLOCKS 0.25         /* of what was asked for */
#define TILE       256          /* px, at most; of whole nodes */
#define BUDGET     (4 << 20)    /* px used in all */
#define CELL       16           /* px: so much follows a bend by one local homography */
#define EDGE       4            /* places a side by which a bend's reach is found */
#define FOLD       128          /* px that share a fold */
#define LIKE       1.5          /* scales that differ by less are left alone */
#define HUBER      3.0          /* standard deviations */
#define FEWEST     24           /* px of a block that counts */
#define RINGING    1            /* px beyond the blur's reach in which the spline still sees what is masked */
#define EXTEND     6            /* px that values are continued beyond what is valid, so that no filter sees a cliff */
#define SAMPLES    4            /* tiles that the blur is chosen from, about */
#define TILE_SHARE 0.05         /* of a node's moments that come from the whole tile */
#define PRIOR      1.0          /* px; a block is not believed to have moved farther than this */
#define UNSEEN     30.0         /* px: what is not known at all */

/* σ in px, and the variance that it leaves in both central differences together of white noise of variance 1. */
static const struct { double sigma, noise_gradient; } blurs[] = { { 0.5, 0.4038 }, { 0.7, 0.1458 }, { 1, 0.0503 }, { 1.4, 0.0162 } };

#define N_BLURS G_N_ELEMENTS (blurs)

typedef struct
{
  PmtPlane   *fixed;            /* blurred, MARGIN on all sides; NAN where invalid */
  PmtPlane   *spline, *valid;   /* coefficients of the blurred moving image, and where they count */
  PmtPoint    origin;           /* of the tile proper, level px */
  PmtMatrix3  to_fixed;         /* px of the tile proper → fixed px */
  PmtMatrix3  to_spline;        /* moving px → px of `spline` */
  int         node;             /* px */
  int         columns, rows;    /* nodes */
} Tile;

static double
noise_gradient (double sigma)
{
  guint k = 0;

  while (k + 1 < N_BLURS && blurs[k].sigma < sigma)
    k++;
  return blurs[k].noise_gradient;
}

struct _PmtWholeFrame
{
  PmtPyramid *fixed, *moving;
  PmtPath     path;             /* at which it was read; its bend is borrowed until then */
  double      scale;            /* level px to a fixed px: 1, ½, ⅓, … */
  double      moving_scale;     /* likewise for moving */
  double      blur;             /* px; of both images */
  int         node, block;      /* px; nodes a side of a block */
  int         n_tiles;
  Tile       *tile;
};

/* -- reading -- */

/* Widths in nodes of `parts` tiles that cover `nodes`. */
static int
part (int nodes, int parts, int index)
{
  return nodes * (index + 1) / parts - nodes * index / parts;
}

/* Tiles side by side where the budget allows, else spread evenly. */
static void
lay_tiles (PmtWholeFrame *w, const PmtBox *overlap)
{
  double x0 = floor (overlap->x * w->scale), y0 = floor (overlap->y * w->scale);
  double width = ceil (overlap->width * w->scale), height = ceil (overlap->height * w->scale);
  double step = MAX (TILE, TILE * sqrt (width * height / BUDGET));
  int    columns = MAX ((int) ceil (width / step), 1), rows = MAX ((int) ceil (height / step), 1);
  int    across = (int) ceil (width / w->node), down = (int) ceil (height / w->node);

  w->n_tiles = columns * rows;
  w->tile = g_new0 (Tile, w->n_tiles);
  for (int k = 0; k < w->n_tiles; k++)
    {
      Tile *t = &w->tile[k];
      int   c = k % columns, r = k / columns;

      t->node = w->node;
      if (step > TILE)
        {
          t->columns = t->rows = TILE / w->node;
          t->origin.x = x0 + floor ((c + 0.5) * width / columns - TILE / 2);
          t->origin.y = y0 + floor ((r + 0.5) * height / rows - TILE / 2);
        }
      else
        {
          t->columns = part (across, columns, c);
          t->rows = part (down, rows, r);
          t->origin.x = x0 + w->node * (across * c / columns);
          t->origin.y = y0 + w->node * (down * r / rows);
        }
      t->to_fixed = pmt_matrix3_translation (t->origin.x, t->origin.y);
      PmtMatrix3 back = pmt_matrix3_scaling (1 / w->scale, 1 / w->scale);

      t->to_fixed = pmt_matrix3_then (&t->to_fixed, &back);
    }
}

/* NAN where the mask, less what the filters reached into, is not valid. */
static gboolean
punch (PmtPlane *plane, const PmtPlane *mask, int radius, GError **error)
{
  g_autoptr (PmtPlane) valid = pmt_plane_new_unset (mask->width, mask->height, error);

  if (valid == NULL || !_pmt_mask_erode (mask, radius, FALSE, valid, error))
    return FALSE;
  for (int y = 0; y < plane->height; y++)
    {
      const float *ok = pmt_plane_row (valid, y);
      float       *row = pmt_plane_row (plane, y);

      for (int x = 0; x < plane->width; x++)
        row[x] = ok[x] > 0 ? row[x] : NAN;
    }
  return TRUE;
}

/* Gives invalid pixels next to valid ones the mean of these, `rounds` pixels far. */
static gboolean
extend (PmtGrey *grey, int rounds, GError **error)
{
  int                  width = grey->value->width, height = grey->value->height;
  g_autoptr (PmtPlane) known = pmt_plane_copy (grey->mask, error), before = NULL;
  gboolean             more = known != NULL;

  for (int k = 0; more && k < rounds; k++)
    {
      g_clear_pointer (&before, pmt_plane_free);
      before = pmt_plane_copy (known, error);
      more = FALSE;
      for (int y = 0; before != NULL && y < height; y++)
        for (int x = 0; x < width; x++)
          if (!(pmt_plane_row (before, y)[x] > 0.6f))
            {
              float sum = 0, n = 0;

              for (int v = MAX (y - 1, 0); v <= MIN (y + 1, height - 1); v++)
                for (int u = MAX (x - 1, 0); u <= MIN (x + 1, width - 1); u++)
                  if (pmt_plane_row (before, v)[u] > 0.6f)
                    {
                      sum += pmt_plane_row (grey->value, v)[u];
                      n++;
                    }
              if (n > 0)
                {
                  pmt_plane_row (grey->value, y)[x] = sum / n;
                  pmt_plane_row (known, y)[x] = 1;
                  more = TRUE;
                }
            }
    }
  return known != NULL && (rounds == 0 || before != NULL);
}

static gboolean
any_valid (const PmtPlane *mask)
{
  for (int y = 0; y < mask->height; y++)
    for (int x = 0; x < mask->width; x++)
      if (pmt_plane_row (mask, y)[x] > 0.6f)
        return TRUE;
  return FALSE;
}

/* The box of moving pixels, whole multiples of a level px, round the image of the tile. FALSE when it has none inside. */
static gboolean
moving_box (const PmtWholeFrame *w, const Tile *t, PmtRect *box)
{
  double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY, unit = 1 / w->moving_scale;
  int    step = (int) lround (unit), places = w->path.bend != NULL ? EDGE : 1;

  for (int k = 0; k < (places + 1) * (places + 1); k++)
    {
      PmtPoint p = { k % (places + 1) * t->columns * t->node / places, k / (places + 1) * t->rows * t->node / places }, q;

      p = pmt_matrix3_map (&t->to_fixed, p);
      q = _pmt_path_map (&w->path, p);
      if (isnan (q.x))
        return FALSE;
      x0 = MIN (x0, q.x), x1 = MAX (x1, q.x);
      y0 = MIN (y0, q.y), y1 = MAX (y1, q.y);
    }
  if (!(x1 - x0 < 8 * TILE * unit && y1 - y0 < 8 * TILE * unit)
      || x1 < 0 || y1 < 0 || x0 > w->moving->width || y0 > w->moving->height)
    return FALSE;
  x0 = MAX (x0, 0) - SURROUND * unit, y0 = MAX (y0, 0) - SURROUND * unit;
  x1 = MIN (x1, w->moving->width) + SURROUND * unit, y1 = MIN (y1, w->moving->height) + SURROUND * unit;
  box->x = (int) floor (x0 / step) * step;
  box->y = (int) floor (y0 / step) * step;
  box->width = (int) ceil ((x1 - box->x) / step) * step;
  box->height = (int) ceil ((y1 - box->y) / step) * step;
  return TRUE;
}

static int
reach (const PmtWholeFrame *w)
{
  return (int) ceil (4 * w->blur);
}

/* NULL without error when nothing in it is valid. */
static PmtGrey *
read_fixed (const PmtWholeFrame *w, const Tile *t, GError **error)
{
  int                 width = t->columns * t->node + 2 * MARGIN, height = t->rows * t->node + 2 * MARGIN;
  PmtBox              box = { (t->origin.x - MARGIN) / w->scale, (t->origin.y - MARGIN) / w->scale, width / w->scale,
                              height / w->scale };
  g_autoptr (PmtGrey) fixed = _pmt_pyramid_read_finest (NULL, w->fixed, &box, width, height, error);

  return fixed != NULL && any_valid (fixed->mask) ? g_steal_pointer (&fixed) : NULL;
}

static gboolean
read_moving (const PmtWholeFrame *w, Tile *t, const PmtRect *around, GError **error)
{
  PmtBox              box = { around->x, around->y, around->width, around->height };
  g_autoptr (PmtGrey) moving = _pmt_pyramid_read_finest (NULL, w->moving, &box,
                                                         (int) lround (around->width * w->moving_scale),
                                                         (int) lround (around->height * w->moving_scale), error);
  PmtMatrix3          origin = pmt_matrix3_translation (-around->x, -around->y);
  PmtMatrix3          scale = pmt_matrix3_scaling (w->moving_scale, w->moving_scale);

  t->to_spline = pmt_matrix3_then (&origin, &scale);
  if (moving == NULL || !extend (moving, EXTEND, error)
      || !_pmt_gaussian_blur (moving->value, w->blur, moving->value, error)
      || !_pmt_mask_erode (moving->mask, reach (w) + RINGING, FALSE, moving->mask, error))
    return FALSE;
  _pmt_quintic_spline_prefilter (moving->value);
  t->spline = g_steal_pointer (&moving->value);
  t->valid = g_steal_pointer (&moving->mask);
  return TRUE;
}

static gboolean
read_tile (int index, int thread, gpointer data, GError **error)
{
  PmtWholeFrame      *w = data;
  Tile               *t = &w->tile[index];
  PmtRect             around;
  g_autoptr (GError)  problem = NULL;
  g_autoptr (PmtGrey) fixed = moving_box (w, t, &around) ? read_fixed (w, t, &problem) : NULL;

  if (fixed != NULL && read_moving (w, t, &around, &problem)
      && _pmt_gaussian_blur (fixed->value, w->blur, fixed->value, &problem)
      && punch (fixed->value, fixed->mask, reach (w), &problem))
    t->fixed = g_steal_pointer (&fixed->value);
  if (problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

/* -- how much to blur -- */

/* Σ |∇f|² over the tile proper. */
static double
gradient_energy (const PmtPlane *f)
{
  PmtGreyNormal s = { 0 };

  for (int y = MARGIN; y < f->height - MARGIN; y++)
    _pmt_grey_normal_add (&s, pmt_plane_row (f, y) + MARGIN, f->stride, pmt_plane_row (f, y) + MARGIN,
                          f->width - 2 * MARGIN, INFINITY, 0, 0);
  return s.xx + s.yy;
}

/* White noise, standard deviation, from the median of a filter that sees no slopes (Immerkær 1996). */
static double
find_noise (const PmtPlane *f)
{
  int               width = f->width - 2 * MARGIN, height = f->height - 2 * MARGIN, n = 0;
  g_autofree float *size = g_new (float, width * height);

  for (int y = MARGIN; y < MARGIN + height; y++)
    for (int x = MARGIN; x < MARGIN + width; x++)
      {
        const float *a = pmt_plane_row (f, y - 1) + x, *b = pmt_plane_row (f, y) + x, *c = pmt_plane_row (f, y + 1) + x;

        size[n++] = fabsf (a[-1] + a[1] + c[-1] + c[1] - 2 * (a[0] + c[0] + b[-1] + b[1]) + 4 * b[0]);
      }
  return _pmt_median_float (size, n) * 1.4826 / 6;
}

/* Per blur the noise's part of Σ |∇f|² a pixel and the variance of Σ ∇f·r that one tile predicts, added to `sums`. */
static gboolean
add_tile_prediction (const PmtPlane *fixed, PmtPlane *once, PmtPlane *twice, double energy[N_BLURS],
                     double scatter[N_BLURS], GError **error)
{
  double noise = find_noise (fixed), pixels = (double) (fixed->width - 2 * MARGIN) * (fixed->height - 2 * MARGIN);

  for (gsize k = 0; k < N_BLURS; k++)
    {
      if (!_pmt_gaussian_blur (fixed, blurs[k].sigma, once, error)
          || !_pmt_gaussian_blur (once, blurs[k].sigma, twice, error))
        return FALSE;
      energy[k] += MAX (gradient_energy (once) - blurs[k].noise_gradient * noise * noise * pixels, 0);
      scatter[k] += gradient_energy (twice);
    }
  return TRUE;
}

/* The blur with the smallest variance of the shift, scatter/energy²: blurred noise makes Σ ∇F·r scatter by the energy of
 * the gradient blurred once more (∇F's own noise included), while only the picture's gradients pull. Sharp and clean
 * pictures want little, soft and noisy ones more. */
static gboolean
choose_blur (PmtWholeFrame *w, GError **error)
{
  double energy[N_BLURS] = { 0 }, scatter[N_BLURS] = { 0 };
  gsize  best = 0;
  int    step = MAX (w->n_tiles / SAMPLES, 1);

  for (int k = step / 2; k < w->n_tiles; k += step)
    {
      g_autoptr (GError)   problem = NULL;
      g_autoptr (PmtGrey)  fixed = read_fixed (w, &w->tile[k], &problem);
      g_autoptr (PmtPlane) once = fixed ? pmt_plane_copy (fixed->value, &problem) : NULL;
      g_autoptr (PmtPlane) twice = once ? pmt_plane_copy (once, &problem) : NULL;

      if (twice != NULL)
        add_tile_prediction (fixed->value, once, twice, energy, scatter, &problem);
      if (problem != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
    }
  for (gsize k = 1; k < N_BLURS; k++)
    if (scatter[k] * energy[best] * energy[best] < scatter[best] * energy[k] * energy[k])
      best = k;
  w->blur = blurs[best].sigma;
  return TRUE;
}

/* 1 for scales that are nearly alike, else 1 over a whole number: pixels averaged in whole groups keep their places. */
static double
shrink (double ratio)
{
  return ratio < LIKE ? 1 : 1 / round (ratio);
}

static double
nodes_in (const PmtWholeFrame *w, const PmtBox *overlap)
{
  return overlap->width * overlap->height * w->scale * w->scale / (NODE * NODE);
}

PmtWholeFrame *
_pmt_whole_frame_new (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path, int blocks,
                      GError **error)
{
  g_autoptr (PmtWholeFrame) w = g_new0 (PmtWholeFrame, 1);
  PmtSize                   fixed_size = { fixed->width, fixed->height };
  PmtSize                   moving_size = { moving->width, moving->height };
  PmtOverlap                overlap;
  double                    ratio;
  int                       per_tile;

  if (!_pmt_pose_overlap (&path->pose, fixed_size, moving_size, &overlap))
    return NULL;
  ratio = _pmt_pose_scale (&path->pose, (PmtPoint) { overlap.box.x + overlap.box.width / 2,
                                              overlap.box.y + overlap.box.height / 2 });
  if (!(ratio > 1e-4 && ratio < 1e4))
    return NULL;
  w->fixed = fixed;
  w->moving = moving;
  w->path = *path;
  w->scale = shrink (1 / ratio);
  w->moving_scale = shrink (ratio);
  w->node = path->bend != NULL && nodes_in (w, &overlap.box) < FEW_BLOCKS * blocks ? SMALL_NODE : NODE;
  lay_tiles (w, &overlap.box);
  per_tile = (TILE / w->node) * (TILE / w->node);
  w->block = CLAMP ((int) lround (sqrt (w->n_tiles * (double) per_tile / blocks)), 1, TILE / w->node);
  if (!choose_blur (w, error) || !pmt_parallel_for (context, w->n_tiles, read_tile, w, error))
    return NULL;
  return g_steal_pointer (&w);
}

void
_pmt_whole_frame_free (PmtWholeFrame *w)
{
  if (w == NULL)
    return;
  for (int k = 0; k < w->n_tiles; k++)
    {
      pmt_plane_free (w->tile[k].fixed);
      pmt_plane_free (w->tile[k].spline);
      pmt_plane_free (w->tile[k].valid);
    }
  g_free (w->tile);
  g_free (w);
}

/* -- matching one tile -- */

typedef struct { float gain, offset, limit; } Light;

typedef struct
{
  const Tile     *tile;
  int             width, height;    /* px */
  float          *sample;           /* moving at the pose; NAN where invalid */
  float          *weight, *residual;
  PmtGreyMoments *moments;          /* a node */
  Light          *light;            /* a node */
  PmtGreyNormal  *normal;           /* a node */
} Matcher;

static const float *
fixed_row (const Matcher *m, int y)
{
  return pmt_plane_row (m->tile->fixed, y + MARGIN) + MARGIN;
}

static void
take_moments (Matcher *m, const float *weight)
{
  int node = m->tile->node;
  memset (m->moments, 0, m->tile->columns * m->tile->rows * sizeof *m->moments);
  for (int y = 0; y < m->height; y++)
    for (int c = 0; c < m->tile->columns; c++)
      _pmt_grey_moments_add (&m->moments[y / node * m->tile->columns + c], fixed_row (m, y) + c * node,
                             m->sample + (gsize) y * m->width + c * node,
                             weight ? weight + (gsize) y * m->width + c * node : NULL, node, 128, 128);
}

static void
add_moments (PmtGreyMoments *sum, const PmtGreyMoments *s, double weight)
{
  sum->n += weight * s->n;
  sum->f += weight * s->f, sum->m += weight * s->m;
  sum->ff += weight * s->ff, sum->mm += weight * s->mm, sum->fm += weight * s->fm;
}

/* Gain and offset of every node from its neighbourhood; FALSE where the tile has nothing in common. */
static gboolean
find_light (Matcher *m)
{
  int            columns = m->tile->columns, rows = m->tile->rows;
  PmtGreyMoments all = { 0 };

  for (int k = 0; k < columns * rows; k++)
    add_moments (&all, &m->moments[k], 1);
  if (!_pmt_grey_moments_finish (&all, 128, 128) || !(all.fm > 0) || !(all.n > FEWEST))
    return FALSE;
  for (int k = 0; k < columns * rows; k++)
    {
      PmtGreyMoments s = { 0 };
      double         gain = sqrt (all.ff / all.mm), f = all.f, g = all.m, spread = all.ff;

      for (int r = MAX (k / columns - 1, 0); r <= MIN (k / columns + 1, rows - 1); r++)
        for (int c = MAX (k % columns - 1, 0); c <= MIN (k % columns + 1, columns - 1); c++)
          add_moments (&s, &m->moments[r * columns + c], 1);
      if (_pmt_grey_moments_finish (&s, 128, 128))
        {
          double ff = s.ff + TILE_SHARE * all.ff, mm = s.mm + TILE_SHARE * all.mm;

          gain = s.fm + TILE_SHARE * all.fm > 0.3 * sqrt (ff * mm) ? sqrt (ff / mm) : gain;
          f = s.f, g = s.m;
          spread = MAX (s.ff - 2 * gain * s.fm + gain * gain * s.mm, 0);
        }
      m->light[k] = (Light) { (float) gain, (float) (f - gain * g), (float) (HUBER * sqrt (spread) + 1e-3) };
    }
  return TRUE;
}

/* a·M + b − F along a row, light interpolated between the nodes' centres. */
static void
find_residuals (const Matcher *m, int y)
{
  int node = m->tile->node;
  int          columns = m->tile->columns;
  double       v = (y + 0.5) / node - 0.5;
  int          r = CLAMP ((int) floor (v), 0, MAX (m->tile->rows - 2, 0)), below = MIN (r + 1, m->tile->rows - 1);
  float        t = (float) CLAMP (v - r, 0, 1);
  const Light *up = m->light + r * columns, *down = m->light + below * columns;
  const float *f = fixed_row (m, y), *s = m->sample + (gsize) y * m->width;
  float       *out = m->residual + (gsize) y * m->width;

  for (int half = 0; half < 2 * columns; half++)
    {
      int   left = CLAMP ((half - 1) >> 1, 0, columns - 1), right = CLAMP (((half - 1) >> 1) + 1, 0, columns - 1);
      float ga = up[left].gain + t * (down[left].gain - up[left].gain);
      float gb = up[right].gain + t * (down[right].gain - up[right].gain);
      float oa = up[left].offset + t * (down[left].offset - up[left].offset);
      float ob = up[right].offset + t * (down[right].offset - up[right].offset);
      float begin = (half & 1) ? 0.5f / node : 0.5f + 0.5f / node, step = 1.f / node;

      for (int i = 0; i < node / 2; i++)
        {
          int   x = half * (node / 2) + i;
          float u = begin + i * step;

          out[x] = (ga + u * (gb - ga)) * s[x] + oa + u * (ob - oa) - f[x];
        }
    }
}

/* Huber's weights, and the moments again with them: what is only in one image shall not bend the light. */
static void
find_weights (Matcher *m)
{
  int node = m->tile->node;
  for (int y = 0; y < m->height; y++)
    {
      find_residuals (m, y);
      for (int x = 0; x < m->width; x++)
        {
          float size = fabsf (m->residual[(gsize) y * m->width + x]);
          float limit = m->light[y / node * m->tile->columns + x / node].limit;

          m->weight[(gsize) y * m->width + x] = size <= limit ? 1 : size > limit ? limit / size : 0;
        }
    }
}

static void
accumulate (Matcher *m)
{
  int node = m->tile->node;
  int columns = m->tile->columns;

  memset (m->normal, 0, columns * m->tile->rows * sizeof *m->normal);
  for (int y = 0; y < m->height; y++)
    {
      find_residuals (m, y);
      for (int c = 0; c < columns; c++)
        {
          int k = y / node * columns + c;

          _pmt_grey_normal_add (&m->normal[k], fixed_row (m, y) + c * node, m->tile->fixed->stride,
                                m->residual + (gsize) y * m->width + c * node, node, m->light[k].limit,
                                c * node + 0.5f, y + 0.5f);
        }
    }
}

/* The moving image at a rectangle of the tile proper, by the homography that the path is at its centre. */
static void
sample (Matcher *m, const PmtPath *path, int x0, int y0, int width, int height)
{
  PmtPoint   centre = pmt_matrix3_map (&m->tile->to_fixed, (PmtPoint) { x0 + width / 2.0, y0 + height / 2.0 });
  PmtMatrix3 map;
  gboolean   seen = _pmt_path_local (path, centre, &map);

  map = pmt_matrix3_then (&m->tile->to_fixed, &map);
  map = pmt_matrix3_then (&map, &m->tile->to_spline);
  for (int y = y0; y < y0 + height; y++)
    {
      float *out = m->sample + (gsize) y * m->width + x0;

      if (seen)
        _pmt_quintic_spline_sample_row (m->tile->spline, m->tile->valid, &map, x0 + 0.5, y + 0.5, width, out);
      else
        for (int x = 0; x < width; x++)
          out[x] = NAN;
    }
}

static gboolean
match_tile (Matcher *m, const PmtPath *path)
{
  if (path->bend == NULL)
    sample (m, path, 0, 0, m->width, m->height);
  else
    for (int y = 0; y < m->height; y += CELL)
      for (int x = 0; x < m->width; x += CELL)
        sample (m, path, x, y, CELL, CELL);
  take_moments (m, NULL);
  if (!find_light (m))
    return FALSE;
  find_weights (m);
  take_moments (m, m->weight);
  if (!find_light (m))
    return FALSE;
  accumulate (m);
  return TRUE;
}

/* -- control points -- */

typedef struct
{
  PmtWholeFrame   *frame;
  const PmtPath   *path;
  PmtControlPoint *points;      /* of tile k from k·per_tile; weight 0: none */
  int              per_tile;
} Finder;

/* The covariance of a block's move, level px², by the gradients alone: no prior counts, so that a bend is not held by many blocks that
 * see nothing. */
static void
free_covariance (const PmtGreyNormal *s, double noise, double c[3])
{
  double mean = 0.5 * (s->xx + s->yy), half = hypot (0.5 * (s->xx - s->yy), s->xy), least = noise / (UNSEEN * UNSEEN);
  double large = 1 / MAX (mean + half, least), small = 1 / MAX (mean - half, least);
  double cosine = half > 0 ? 0.5 * (s->xx - s->yy) / half : 1, sine = half > 0 ? s->xy / half : 0;

  c[0] = 0.5 * noise * (large + small + (large - small) * cosine);
  c[1] = 0.5 * noise * (large - small) * sine;
  c[2] = 0.5 * noise * (large + small - (large - small) * cosine);
}

/* The information an axis, level px⁻², that gradients of nothing but noise would give, half of the residuals being the fixed image's. */
static double
blind_information (const PmtWholeFrame *w, const PmtGreyNormal *s, double noise)
{
  double white = 0.5 * s->squares * 4 * G_PI * w->blur * w->blur;

  return 0.5 * white * noise_gradient (w->blur) / noise;
}

/* One block's normal equations as a control point; weight stays 0 where they say nothing. */
static void
solve_block (const PmtWholeFrame *w, const Tile *t, const PmtPath *path, const PmtGreyNormal *s, PmtControlPoint *point)
{
  /* The blur correlates the noise over about 4πσ² px, so there are that many fewer of them. */
  double   noise = s->squares * (1 + 4 * G_PI * w->blur * w->blur) / MAX (s->n - 4, 1), ridge = noise / (PRIOR * PRIOR);
  double   xx = s->xx + ridge, yy = s->yy + ridge, xy = s->xy, determinant = xx * yy - xy * xy, j[2][2];
  PmtPoint at = { s->energy_x / (s->xx + s->yy), s->energy_y / (s->xx + s->yy) }, moved;
  double     dx, dy, k = 1 / w->scale, c[3] = { noise * yy / determinant, -noise * xy / determinant, noise * xx / determinant };
  PmtMatrix3 local;

  if (!(s->n > FEWEST) || !(determinant > 0) || !(s->xx + s->yy > 0))
    return;
  dx = -(yy * s->x - xy * s->y) / determinant, dy = -(xx * s->y - xy * s->x) / determinant;
  point->fixed = pmt_matrix3_map (&t->to_fixed, at);
  if (!(hypot (dx, dy) < 2 * PRIOR) || !_pmt_path_local (path, point->fixed, &local)
      || !pmt_matrix3_jacobian (&local, point->fixed, j))
    return;
  moved = (PmtPoint) { point->fixed.x + k * dx, point->fixed.y + k * dy };
  point->moving = _pmt_path_map (path, moved);
  if (isnan (point->moving.x))
    return;
  if (path->bend != NULL)
    {
      free_covariance (s, noise, c);
      point->blind = blind_information (w, s, noise) / (k * k * fabs (j[0][0] * j[1][1] - j[0][1] * j[1][0]));
    }
  _pmt_control_point_spread (point, k * k * c[0], k * k * c[1], k * k * c[2], j);
  point->fold = ((int) (point->fixed.x * w->scale / FOLD) + 2 * (int) (point->fixed.y * w->scale / FOLD)) % PMT_FOLDS;
  point->weight = 1;
}

static void
add_normal (PmtGreyNormal *sum, const PmtGreyNormal *s)
{
  sum->n += s->n, sum->squares += s->squares;
  sum->xx += s->xx, sum->xy += s->xy, sum->yy += s->yy;
  sum->x += s->x, sum->y += s->y;
  sum->energy_x += s->energy_x, sum->energy_y += s->energy_y;
}

static void
collect_points (const Finder *finder, const Matcher *m, PmtControlPoint *points)
{
  int block = finder->frame->block, columns = m->tile->columns, rows = m->tile->rows;
  int across = MAX (columns / block, 1), down = MAX (rows / block, 1);

  for (int b = 0; b < across * down; b++)
    {
      PmtGreyNormal s = { 0 };
      int           c0 = columns * (b % across) / across, c1 = columns * (b % across + 1) / across;
      int           r0 = rows * (b / across) / down, r1 = rows * (b / across + 1) / down;

      for (int r = r0; r < r1; r++)
        for (int c = c0; c < c1; c++)
          add_normal (&s, &m->normal[r * columns + c]);
      solve_block (finder->frame, m->tile, finder->path, &s, &points[b]);
    }
}

static gboolean
find_points (int index, int thread, gpointer data, GError **error)
{
  Finder     *finder = data;
  const Tile *t = &finder->frame->tile[index];
  int         nodes = t->columns * t->rows;
  Matcher     m = { .tile = t, .width = t->columns * t->node, .height = t->rows * t->node };
  PmtPlane   *buffer;

  if (t->fixed == NULL)
    return TRUE;
  buffer = pmt_plane_new_unset (m.width, 3 * m.height, error);
  if (buffer == NULL)
    return FALSE;
  m.sample = buffer->data;       /* whole nodes wide, so rows are not padded */
  m.weight = pmt_plane_row (buffer, m.height);
  m.residual = pmt_plane_row (buffer, 2 * m.height);
  m.moments = g_new (PmtGreyMoments, nodes);
  m.light = g_new (Light, nodes);
  m.normal = g_new (PmtGreyNormal, nodes);
  if (match_tile (&m, finder->path))
    collect_points (finder, &m, finder->points + (gsize) index * finder->per_tile);
  pmt_plane_free (buffer);
  g_free (m.moments);
  g_free (m.light);
  g_free (m.normal);
  return TRUE;
}

GArray *
_pmt_whole_frame_points (PmtContext *context, PmtWholeFrame *w, const PmtPath *path, GError **error)
{
  Finder                      finder = { w, path, NULL, (TILE / w->node) * (TILE / w->node) };
  g_autofree PmtControlPoint *found = g_new0 (PmtControlPoint, (gsize) w->n_tiles * finder.per_tile);
  GArray                     *points;

  finder.points = found;
  if (!pmt_parallel_for (context, w->n_tiles, find_points, &finder, error))
    return NULL;
  points = g_array_new (FALSE, TRUE, sizeof (PmtControlPoint));
  for (int k = 0; k < w->n_tiles * finder.per_tile; k++)
    if (found[k].weight > 0)
      g_array_append_val (points, found[k]);
  return points;
}
