/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Score volumes. The overlap is cut into square blocks; a tile is 5 × 5 blocks (outer ones weighted 0.6), one tile a
 * block, so tiles overlap. For every tile t and shift d, over gradient-direction fields z with masks m and energies e,
 *
 *     S_t(d) = Σ_t Re z_A*(x) z_B(x+d) / √( Σ_t e_A(x) m_B(x+d) · Σ_t m_A(x) e_B(x+d) )
 *
 * 0 where less than 35 % of the tile is valid in both. Standardised over its own shifts, z_t = (S_t − median)/(1.4826·MAD),
 * a tile is comparable with every other, whatever its contrast. */
#include "match/score-volume-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/parallel.h"
#include "base/select-private.h"
#include "image/filter-private.h"

#define BLOCKS        20       /* a √area */
#define MIN_BLOCK     4        /* px */
#define TILE          5        /* blocks a side */
#define EDGE_WEIGHT   0.6f
#define MIN_VALID     0.35f    /* of the tile's area */
#define MIN_ENERGY    0.15f    /* of the median tile's: flat tiles say nothing */
#define MIN_TILES     6
#define MIN_SPREAD    0.02f    /* NCC; a tile that is flat over all shifts does not become significant */
#define PLANES        4        /* re and im of two channels */

/* A field as separate padded planes: `PLANES` of the components, the energy, the mask. */
typedef struct { int stride; float *plane[PLANES + 2]; float *all; } Planes;

typedef struct
{
  Planes     fixed, moving;
  int        width, height, block, columns, rows, radius, side;
  float     *score, *valid, *energy;   /* score: side² · blocks; the others at shift 0 */
  float     *scratch;
  gsize      scratch_size;             /* floats a thread */
} Work;

static gboolean
planes_init (Planes *p, const PmtField *field, int pad, GError **error)
{
  gsize n;

  p->stride = field->width + 2 * pad;
  n = (gsize) p->stride * (field->height + 2 * pad);
  p->all = pmt_buffer_new (n * (PLANES + 2), sizeof (float), error);
  if (p->all == NULL)
    return FALSE;
  for (int k = 0; k < PLANES + 2; k++)
    p->plane[k] = p->all + k * n;
  for (int y = 0; y < field->height; y++)
    for (int x = 0; x < field->width; x++)
      {
        gsize from = 2 * ((gsize) y * field->width + x), to = (gsize) (y + pad) * p->stride + x + pad;
        float energy = 0;

        for (int k = 0; k < PLANES; k++)
          {
            float v = field->data[k / 2][from + k % 2];

            p->plane[k][to] = v;
            energy += v * v;
          }
        p->plane[PLANES][to] = energy;
        p->plane[PLANES + 1][to] = pmt_plane_row (field->mask, y)[x];
      }
  return TRUE;
}

/* Adds a row's products, column by column, to the four running rows. */
__attribute__ ((target_clones ("default", "arch=x86-64-v3"))) static void
add_products (const Planes *a, gsize i, const Planes *b, gsize j, int n, float *restrict sum, float *restrict fixed,
              float *restrict moving, float *restrict valid)
{
  const float *a0 = a->plane[0] + i, *a1 = a->plane[1] + i, *a2 = a->plane[2] + i, *a3 = a->plane[3] + i;
  const float *b0 = b->plane[0] + j, *b1 = b->plane[1] + j, *b2 = b->plane[2] + j, *b3 = b->plane[3] + j;
  const float *ea = a->plane[4] + i, *eb = b->plane[4] + j, *ma = a->plane[5] + i, *mb = b->plane[5] + j;

  for (int x = 0; x < n; x++)
    {
      sum[x] += a0[x] * b0[x] + a1[x] * b1[x] + a2[x] * b2[x] + a3[x] * b3[x];
      fixed[x] += ea[x] * mb[x];
      moving[x] += ma[x] * eb[x];
      valid[x] += ma[x] * mb[x];
    }
}

/* Sums over tiles from sums over blocks, in place: separable weights 0.6 1 1 1 0.6, nothing beyond the frame. */
static void
blocks_to_tiles (float *grid, int columns, int rows, float *line)
{
  for (int axis = 0; axis < 2; axis++)
    {
      int n = axis ? rows : columns, lines = axis ? columns : rows;
      int step = axis ? columns : 1, next = axis ? 1 : columns;

      for (int l = 0; l < lines; l++)
        {
          float *g = grid + (gsize) l * next;

          for (int k = 0; k < n; k++)
            line[k] = g[k * step];
          for (int k = 0; k < n; k++)
            {
              float s = 0;

              for (int d = -(TILE / 2); d <= TILE / 2; d++)
                if (k + d >= 0 && k + d < n)
                  s += (abs (d) == TILE / 2 ? EDGE_WEIGHT : 1) * line[k + d];
              g[k * step] = s;
            }
        }
    }
}

/* All tiles at one shift. */
static gboolean
score_shift (int index, int thread, gpointer data, GError **error)
{
  Work  *w = data;
  int    dx = index % w->side - w->radius, dy = index / w->side - w->radius, used = w->columns * w->block;
  int    blocks = w->columns * w->rows;
  float *line[4], *grid[4], *scratch = w->scratch + (gsize) thread * w->scratch_size;
  float  area = (float) (TILE * w->block) * (TILE * w->block);

  for (int k = 0; k < 4; k++)
    {
      line[k] = scratch + k * used;
      grid[k] = scratch + 4 * used + k * blocks;
    }
  for (int r = 0; r < w->rows; r++)
    {
      memset (line[0], 0, 4 * used * sizeof (float));
      for (int y = r * w->block; y < (r + 1) * w->block; y++)
        add_products (&w->fixed, (gsize) y * w->fixed.stride, &w->moving,
                      (gsize) (y + w->radius + dy) * w->moving.stride + w->radius + dx, used, line[0], line[1], line[2],
                      line[3]);
      for (int k = 0; k < 4; k++)
        for (int c = 0; c < w->columns; c++)
          {
            float s = 0;

            for (int x = c * w->block; x < (c + 1) * w->block; x++)
              s += line[k][x];
            grid[k][r * w->columns + c] = s;
          }
    }
  for (int k = 0; k < 4; k++)
    blocks_to_tiles (grid[k], w->columns, w->rows, scratch);
  for (int t = 0; t < blocks; t++)
    {
      float e = grid[1][t] * grid[2][t];

      w->score[(gsize) t * w->side * w->side + index]
        = grid[3][t] > MIN_VALID * area ? grid[0][t] / sqrtf (MAX (e, 1e-6f) + 1e-3f * area) : 0;
      if (dx == 0 && dy == 0)
        {
          w->valid[t] = grid[3][t] / area;
          w->energy[t] = sqrtf (MAX (e, 0)) / MAX (grid[3][t], 1);
        }
    }
  return TRUE;
}

typedef struct { PmtVolume *volume; float *scratch; } Standardise;

static gboolean
standardise_tile (int t, int thread, gpointer data, GError **error)
{
  Standardise *s = data;
  int          n = s->volume->side * s->volume->side;
  const float *in = s->volume->score + (gsize) t * n;
  float       *out = s->volume->z + (gsize) t * n, *sorted = s->scratch + (gsize) thread * n, centre, spread;

  memcpy (sorted, in, n * sizeof *sorted);
  centre = _pmt_median_float (sorted, n);
  for (int i = 0; i < n; i++)
    sorted[i] = fabsf (in[i] - centre);
  spread = MAX (1.4826f * _pmt_median_float (sorted, n) + 1e-4f, MIN_SPREAD);
  for (int i = 0; i < n; i++)
    out[i] = (in[i] - centre) / spread;
  return TRUE;
}

/* Keeps the tiles that have enough valid pixels and structure. */
static PmtVolume *
select_tiles (const Work *w)
{
  PmtVolume        *v = g_new0 (PmtVolume, 1);
  int               blocks = w->columns * w->rows, n = w->side * w->side, used = 0;
  g_autofree float *sorted = g_new (float, blocks);
  float             typical;

  for (int t = 0; t < blocks; t++)
    if (w->valid[t] > 0)
      sorted[used++] = w->energy[t];
  typical = _pmt_median_float (sorted, used);
  v->radius = w->radius;
  v->side = w->side;
  v->width = w->width;
  v->height = w->height;
  v->block = w->block;
  v->centre = g_new (PmtPoint, blocks);
  v->column = g_new (int, blocks);
  v->row = g_new (int, blocks);
  for (int t = 0; t < blocks; t++)
    {
      if (!(w->valid[t] > MIN_VALID) || !(w->energy[t] > MIN_ENERGY * typical))
        continue;
      memmove (w->score + (gsize) v->tiles * n, w->score + (gsize) t * n, n * sizeof (float));
      v->column[v->tiles] = t % w->columns;
      v->row[v->tiles] = t / w->columns;
      v->centre[v->tiles++] = (PmtPoint) { (t % w->columns + 0.5) * w->block, (t / w->columns + 0.5) * w->block };
    }
  return v;
}

static PmtVolume *
correlate (PmtContext *context, const PmtFramePair *pair, int radius, GError **error)
{
  g_autoptr (PmtField)  fixed = _pmt_gradient_direction (pair->fixed, error);
  g_autoptr (PmtField)  moving = fixed ? _pmt_gradient_direction (pair->moving, error) : NULL;
  g_autoptr (PmtVolume) volume = NULL;
  Work                  w = { .radius = radius, .side = 2 * radius + 1 };
  int                   blocks, threads = pmt_context_get_threads (context), shifts = w.side * w.side;
  gboolean              ok = moving != NULL;

  if (!ok)
    return NULL;
  w.width = fixed->width;
  w.height = fixed->height;
  w.block = MAX ((int) lround (sqrt ((double) w.width * w.height) / BLOCKS), MIN_BLOCK);
  w.columns = w.width / w.block;
  w.rows = w.height / w.block;
  blocks = w.columns * w.rows;
  if (blocks < MIN_TILES)
    return NULL;
  w.scratch_size = 4 * (gsize) w.columns * w.block + 4 * (gsize) blocks + MAX (w.columns, w.rows);
  ok = planes_init (&w.fixed, fixed, 0, error) && planes_init (&w.moving, moving, radius, error)
       && (w.score = pmt_buffer_new ((gsize) shifts * blocks, sizeof (float), error)) != NULL
       && (w.valid = pmt_buffer_new (2 * (gsize) blocks, sizeof (float), error)) != NULL
       && (w.scratch = pmt_buffer_new (w.scratch_size * threads, sizeof (float), error)) != NULL;
  w.energy = w.valid + blocks;
  if (ok && pmt_parallel_for (context, shifts, score_shift, &w, error))
    {
      volume = select_tiles (&w);
      volume->score = g_steal_pointer (&w.score);
    }
  pmt_buffer_free (w.fixed.all);
  pmt_buffer_free (w.moving.all);
  pmt_buffer_free (w.score);
  pmt_buffer_free (w.valid);
  pmt_buffer_free (w.scratch);
  return g_steal_pointer (&volume);
}

gboolean
_pmt_volume_standardise (PmtContext *context, PmtVolume *volume, GError **error)
{
  gsize       shifts = (gsize) volume->side * volume->side;
  Standardise s = { volume, pmt_buffer_new (shifts * pmt_context_get_threads (context), sizeof (float), error) };
  gboolean    ok = s.scratch != NULL
                   && (volume->z = pmt_buffer_new (shifts * volume->tiles, sizeof (float), error)) != NULL
                   && pmt_parallel_for (context, volume->tiles, standardise_tile, &s, error);

  pmt_buffer_free (s.scratch);
  return ok;
}

PmtVolume *
_pmt_score_volume (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtMatrix3 *pose, int size,
                   int radius, GError **error)
{
  return _pmt_score_volume_along (context, fixed, moving, &(PmtPath) { .pose = *pose }, size, radius, error);
}

PmtVolume *
_pmt_score_volume_along (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtPath *path, int size,
                         int radius, GError **error)
{
  PmtFramePair          pair = { 0 };
  g_autoptr (PmtVolume) volume = NULL;

  if (!_pmt_frame_pair (context, fixed, moving, path, size, &pair, error))
    return NULL;
  volume = correlate (context, &pair, radius, error);
  _pmt_frame_pair_clear (&pair);
  if (volume == NULL || volume->tiles < MIN_TILES)
    return NULL;
  volume->to_level = pair.to_level;
  volume->overlap = pair.overlap;
  return _pmt_volume_standardise (context, volume, error) ? g_steal_pointer (&volume) : NULL;
}

/* -- pieces -- */

typedef float Eight __attribute__ ((vector_size (32), aligned (4), may_alias));

#define LOAD(k, which, at) (*(const Eight *) (which->plane[k] + at))
#define OF_EIGHT(k)        (LOAD (k, a, p) * LOAD (k, b, q))
#define OF_ONE(k)          (a->plane[k][p] * b->plane[k][q])

/* Σ of products over width × height pixels: columns of eight pixels, then what is left of the width. */
#define DEFINE_PRODUCTS(NAME, OF_VECTOR, OF_PIXEL)                                                   \
  PMT_CLONES static float                                                                            \
  NAME (const Planes *a, gsize i, const Planes *b, gsize j, int width, int height)                   \
  {                                                                                                  \
    Eight sum = { 0 };                                                                               \
    float rest = 0;                                                                                  \
                                                                                                     \
    for (int y = 0; y < height; y++)                                                                 \
      {                                                                                              \
        gsize p = i + (gsize) y * a->stride, q = j + (gsize) y * b->stride;                          \
        int   x = 0;                                                                                 \
                                                                                                     \
        for (; x + 8 <= width; x += 8, p += 8, q += 8)                                               \
          sum += OF_VECTOR;                                                                          \
        for (; x < width; x++, p++, q++)                                                             \
          rest += OF_PIXEL;                                                                          \
      }                                                                                              \
    return (((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]))) + rest; \
  }

DEFINE_PRODUCTS (product_of_four, (OF_EIGHT (0) + OF_EIGHT (1)) + (OF_EIGHT (2) + OF_EIGHT (3)),
                 (OF_ONE (0) + OF_ONE (1)) + (OF_ONE (2) + OF_ONE (3)))
DEFINE_PRODUCTS (product_of_one, OF_EIGHT (0), OF_ONE (0))

/* The energy of `planes` in the box of width × height pixels at every shift: sums over columns, then over those. */
static void
shifted_energies (const Planes *planes, int margin, int radius, int width, int height, float *energy)
{
  int               side = 2 * radius + 1, n = width + 2 * radius;
  g_autofree float *column = g_new (float, n);

  for (int dy = -radius; dy <= radius; dy++)
    {
      memset (column, 0, n * sizeof *column);
      for (int y = margin + dy; y < margin + dy + height; y++)
        {
          const float *row = planes->plane[PLANES] + (gsize) y * planes->stride + margin - radius;

          for (int x = 0; x < n; x++)
            column[x] += row[x];
        }
      for (int dx = 0; dx < side; dx++)
        {
          float sum = 0;

          for (int x = 0; x < width; x++)
            sum += column[dx + x];
          energy[(dy + radius) * side + dx] = sum;
        }
    }
}

/* Where everything is valid in both: only the products depend on both images, and a field of spin 0 has one plane. */
static gboolean
score_whole (const Planes *a, const Planes *b, gboolean one, int margin, int radius, int width, int height, float *score)
{
  int               side = 2 * radius + 1;
  g_autofree float *energy = g_new (float, side * side);
  gsize             i = (gsize) margin * a->stride + margin;
  float             own;

  shifted_energies (a, margin, 0, width, height, &own);
  shifted_energies (b, margin, radius, width, height, energy);
  for (int k = 0; k < side * side; k++)
    {
      gsize j = (gsize) (margin + k / side - radius) * b->stride + margin + k % side - radius;
      float sum = (one ? product_of_one : product_of_four) (a, i, b, j, width, height);

      score[k] = sum / sqrtf (MAX (own * energy[k], 1e-6f) + 1e-3f * width * height);
    }
  return TRUE;
}

/* FALSE where too little is valid. */
static gboolean
score_masked (const Planes *a, const Planes *b, int margin, int radius, int width, int height, float *score)
{
  int               side = 2 * radius + 1;
  g_autofree float *line = g_new (float, 4 * width);
  gboolean          enough = TRUE;

  for (int i = 0; i < side * side; i++)
    {
      int   dx = i % side - radius, dy = i / side - radius;
      float sum[4] = { 0 };

      memset (line, 0, 4 * width * sizeof *line);
      for (int y = margin; y < margin + height; y++)
        add_products (a, (gsize) y * a->stride + margin, b, (gsize) (y + dy) * b->stride + margin + dx, width, line,
                      line + width, line + 2 * width, line + 3 * width);
      for (int k = 0; k < 4; k++)
        for (int x = 0; x < width; x++)
          sum[k] += line[k * width + x];
      score[i] = sum[0] / sqrtf (MAX (sum[1] * sum[2], 1e-6f) + 1e-3f * width * height);
      if (dx == 0 && dy == 0)
        enough = sum[3] > MIN_VALID * width * height;
    }
  return enough;
}

gboolean
_pmt_field_scores (const PmtField *fixed, const PmtField *moving, int margin, int radius, float *score,
                   GError **error)
{
  Planes   a = { 0 }, b = { 0 };
  int      width = fixed->width - 2 * margin, height = fixed->height - 2 * margin;
  gboolean ok = planes_init (&a, fixed, 0, error) && planes_init (&b, moving, 0, error);

  if (ok && _pmt_mask_all_valid (fixed->mask, 0.5f) && _pmt_mask_all_valid (moving->mask, 0.5f))
    ok = score_whole (&a, &b, fixed->spin[0] == 0, margin, radius, width, height, score);
  else if (ok)
    ok = score_masked (&a, &b, margin, radius, width, height, score);
  pmt_buffer_free (a.all);
  pmt_buffer_free (b.all);
  return ok;
}

void
_pmt_volume_free (PmtVolume *volume)
{
  if (volume == NULL)
    return;
  g_free (volume->centre);
  g_free (volume->column);
  g_free (volume->row);
  g_free (volume->piece);
  pmt_buffer_free (volume->score);
  pmt_buffer_free (volume->z);
  g_free (volume);
}
