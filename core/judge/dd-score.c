/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The difference of differences, see the header for the formula. The constants are those of the museum imaging group
 * whose notebook the score comes from; the softening of "before" is ours.
 *
 * A cubic kernel (Keys, a = −1/2) at a phase of half a pixel is (−1, 9, 9, −1)/16, whose gain at frequency f is
 * H(f) = (9/8) cos πf − (1/8) cos 3πf. Applying it as it stands would shift the image by half a pixel and so make an
 * aligned "before" look misaligned. The kernel below has the gain H and no phase: its taps are ∫ H(f) cos 2πkf df over
 * |f| ≤ ½, for k = 0 … 4, normalised. Half a pixel is the worst phase, so "before" is a little softer than "after" is on
 * average: the score errs on the side of "worse". */
#include "judge/dd-score.h"

#include <math.h>

#include "base/error.h"
#include "base/parallel.h"
#include "image/filter-private.h"
#include "transform/transform-private.h"

#define WINDOW           50      /* px, of the local standard deviation */
#define WINDOW_VALID     0.5     /* share of a window */
#define TOLERANCE_FACTOR 1.12
#define TOLERANCE_OFFSET 1.88    /* 8-bit units */
#define BLOCK_CHANGED    20      /* px: fewer say nothing */
#define FRAME_CHANGED    100
#define BORDER           8       /* px; at least the reach of softening and median */
#define BORDER_SHARE     0.01    /* of the shorter side */
#define MAJORITY         5       /* of nine: the median of a mask */
#define REACH            4       /* of the softening kernel */
#define BLOCKS           (PMT_DD_BLOCKS * PMT_DD_BLOCKS)

typedef struct
{
  const PmtGrey *fixed, *after;
  const PmtPlane *before;        /* softened */
  PmtPlane      *valid;          /* 0 or 1 */
  PmtDdScore    *score;
  guint8        *raw;            /* `change` before the median */
} Scorer;

/* -- softening -- */

static void
soft_taps (double taps[REACH + 1])
{
  double sum = 0;

  for (int k = 0; k <= REACH; k++)
    {
      /* ∫ cos(aπf) cos(2πkf) df over |f| ≤ ½, for odd a: 2a·(−1)^(k+(a−1)/2) / (π (a² − 4k²)) */
      double sign = k % 2 ? -1 : 1, first = 2 * sign / (G_PI * (1 - 4.0 * k * k));
      double third = -6 * sign / (G_PI * (9 - 4.0 * k * k));

      taps[k] = 9.0 / 8 * first - third / 8;
      sum += k == 0 ? taps[k] : 2 * taps[k];
    }
  for (int k = 0; k <= REACH; k++)
    taps[k] /= sum;
}

static int
mirrored (int i, int n)
{
  while (i < 0 || i >= n)
    i = i < 0 ? -1 - i : 2 * n - 1 - i;
  return i;
}

typedef struct { const PmtPlane *in; PmtPlane *out; gboolean vertical; double taps[REACH + 1]; } Softener;

static gboolean
soften_row (int y, int thread, gpointer data, GError **error)
{
  const Softener *s = data;
  int             width = s->in->width, height = s->in->height;
  float          *out = pmt_plane_row (s->out, y);

  for (int x = 0; x < width; x++)
    {
      double sum = s->taps[0] * pmt_plane_row (s->in, y)[x];

      for (int k = 1; k <= REACH; k++)
        if (s->vertical)
          sum += s->taps[k] * ((double) pmt_plane_row (s->in, mirrored (y - k, height))[x]
                               + pmt_plane_row (s->in, mirrored (y + k, height))[x]);
        else
          sum += s->taps[k] * ((double) pmt_plane_row (s->in, y)[mirrored (x - k, width)]
                               + pmt_plane_row (s->in, y)[mirrored (x + k, width)]);
      out[x] = (float) sum;
    }
  return TRUE;
}

static PmtPlane *
soften (PmtContext *context, const PmtPlane *in, GError **error)
{
  g_autoptr (PmtPlane) rows = pmt_plane_new (in->width, in->height, error), out = NULL;
  Softener             s = { in, rows, FALSE, { 0 } };

  out = rows != NULL ? pmt_plane_new (in->width, in->height, error) : NULL;
  if (out == NULL)
    return NULL;
  soft_taps (s.taps);
  if (!pmt_parallel_for (context, in->height, soften_row, &s, error))
    return NULL;
  s = (Softener) { rows, out, TRUE, { s.taps[0], s.taps[1], s.taps[2], s.taps[3], s.taps[4] } };
  return pmt_parallel_for (context, in->height, soften_row, &s, error) ? g_steal_pointer (&out) : NULL;
}

/* -- what counts -- */

static PmtPlane *
common_mask (const PmtGrey *fixed, const PmtGrey *before, const PmtGrey *after, int border, GError **error)
{
  g_autoptr (PmtPlane) all = pmt_plane_new (fixed->value->width, fixed->value->height, error);
  g_autoptr (PmtPlane) eroded = all != NULL ? pmt_plane_new (all->width, all->height, error) : NULL;

  if (eroded == NULL)
    return NULL;
  for (int y = 0; y < all->height; y++)
    for (int x = 0; x < all->width; x++)
      pmt_plane_row (all, y)[x] = MIN (MIN (pmt_plane_row (fixed->mask, y)[x], pmt_plane_row (before->mask, y)[x]),
                                       pmt_plane_row (after->mask, y)[x]);
  return _pmt_mask_erode (all, border, FALSE, eroded, error) ? g_steal_pointer (&eroded) : NULL;
}

/* Standard deviation of the valid pixels of a window; FALSE where they are too few. */
static gboolean
window_deviation (const PmtPlane *value, const PmtPlane *valid, const PmtRect *window, double *deviation)
{
  double sum = 0, squares = 0;
  int    n = 0;

  for (int pass = 0; pass < 2; pass++)
    for (int y = window->y; y < window->y + window->height; y++)
      for (int x = window->x; x < window->x + window->width; x++)
        if (pmt_plane_row (valid, y)[x] > 0)
          {
            double v = pmt_plane_row (value, y)[x];

            if (pass == 0)
              n++, sum += v;
            else
              squares += (v - sum / n) * (v - sum / n);
          }
  if (n < WINDOW_VALID * window->width * window->height || n == 0)
    return FALSE;
  *deviation = sqrt (squares / n);
  return TRUE;
}

static double
find_tolerance (const PmtPlane *value, const PmtPlane *valid, const PmtRect *frame)
{
  double sum = 0;
  int    n = 0;

  for (int y = frame->y; y < frame->y + frame->height; y += WINDOW)
    for (int x = frame->x; x < frame->x + frame->width; x += WINDOW)
      {
        PmtRect window = pmt_rect_intersect ((PmtRect) { x, y, WINDOW, WINDOW }, *frame);
        double  deviation;

        if (window_deviation (value, valid, &window, &deviation))
          {
            sum += deviation;
            n++;
          }
      }
  return TOLERANCE_FACTOR * (n > 0 ? sum / n : 0) + TOLERANCE_OFFSET;
}

/* -- a block -- */

static PmtRect
block_rect (const PmtRect *frame, int index)
{
  int column = index % PMT_DD_BLOCKS, row = index / PMT_DD_BLOCKS;
  int left = (int) ((gint64) frame->width * column / PMT_DD_BLOCKS), top = (int) ((gint64) frame->height * row / PMT_DD_BLOCKS);
  int right = (int) ((gint64) frame->width * (column + 1) / PMT_DD_BLOCKS);
  int bottom = (int) ((gint64) frame->height * (row + 1) / PMT_DD_BLOCKS);

  return (PmtRect) { frame->x + left, frame->y + top, right - left, bottom - top };
}

/* Mean of a − b over the valid pixels of a block: a difference of exposure is no misalignment. */
static double
mean_offset (const PmtPlane *a, const PmtPlane *b, const PmtPlane *valid, const PmtRect *r)
{
  double sum = 0;
  gint64 n = 0;

  for (int y = r->y; y < r->y + r->height; y++)
    for (int x = r->x; x < r->x + r->width; x++)
      if (pmt_plane_row (valid, y)[x] > 0)
        {
          sum += (double) pmt_plane_row (a, y)[x] - pmt_plane_row (b, y)[x];
          n++;
        }
  return n > 0 ? sum / n : 0;
}

static gboolean
mark_block (int index, int thread, gpointer data, GError **error)
{
  Scorer *s = data;
  PmtRect r = block_rect (&s->score->frame, index);
  double  before = mean_offset (s->before, s->fixed->value, s->valid, &r);
  double  after = mean_offset (s->after->value, s->fixed->value, s->valid, &r), t = s->score->tolerance;

  for (int y = r.y; y < r.y + r.height; y++)
    for (int x = r.x; x < r.x + r.width; x++)
      if (pmt_plane_row (s->valid, y)[x] > 0)
        {
          double fixed = pmt_plane_row (s->fixed->value, y)[x];
          double d = fabs (pmt_plane_row (s->before, y)[x] - fixed - before)
                     - fabs (pmt_plane_row (s->after->value, y)[x] - fixed - after);

          s->raw[(gsize) y * s->score->width + x] = d > t ? 1 : d < -t ? 2 : 0;
        }
  return TRUE;
}

/* The 3 × 3 median of the two masks, and the counts. Nothing is marked within BORDER of the image's edge. */
static gboolean
count_block (int index, int thread, gpointer data, GError **error)
{
  Scorer     *s = data;
  PmtRect     r = block_rect (&s->score->frame, index);
  PmtDdBlock *block = &s->score->block[index];
  gsize       stride = s->score->width;

  for (int y = r.y; y < r.y + r.height; y++)
    for (int x = r.x; x < r.x + r.width; x++)
      {
        int    count[3] = { 0 };
        guint8 change;

        for (int k = 0; k < 9; k++)
          count[s->raw[(gsize) (y + k / 3 - 1) * stride + x + k % 3 - 1]]++;
        change = count[1] >= MAJORITY ? 1 : count[2] >= MAJORITY ? 2 : 0;
        s->score->change[(gsize) y * stride + x] = change;
        block->better += change == 1;
        block->worse += change == 2;
      }
  block->scored = block->better + block->worse >= BLOCK_CHANGED;
  block->score = block->better + block->worse > 0 ? (double) block->better / (block->better + block->worse) : NAN;
  return TRUE;
}

static void
sum_blocks (PmtDdScore *score)
{
  for (int k = 0; k < BLOCKS; k++)
    if (score->block[k].scored)
      {
        score->better += score->block[k].better;
        score->worse += score->block[k].worse;
      }
  score->scored = score->better + score->worse >= FRAME_CHANGED;
  score->score = score->scored ? (double) score->better / (score->better + score->worse) : NAN;
}

/* -- the entry -- */

static gboolean
same_size (const PmtGrey *a, const PmtGrey *b)
{
  return a->value->width == b->value->width && a->value->height == b->value->height;
}

static void
clear_blocks (PmtDdScore *score)
{
  for (int k = 0; k < BLOCKS; k++)
    score->block[k].score = NAN;
  score->score = NAN;
}

PmtDdScore *
pmt_dd_score_new (PmtContext *context, const PmtGrey *fixed, const PmtGrey *before, const PmtGrey *after, GError **error)
{
  g_autoptr (PmtDdScore) score = g_new0 (PmtDdScore, 1);
  g_autoptr (PmtPlane)   valid = NULL, softened = NULL;
  Scorer                 s = { fixed, after, NULL, NULL, score, NULL };
  int                    border;
  gboolean               ok;

  if (!same_size (fixed, before) || !same_size (fixed, after))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the images to score have different sizes");
      return NULL;
    }
  score->width = fixed->value->width;
  score->height = fixed->value->height;
  clear_blocks (score);
  score->change = pmt_buffer_new ((gsize) score->width * score->height, 1, error);
  if (score->change == NULL)
    return NULL;
  border = MAX (BORDER, (int) (BORDER_SHARE * MIN (score->width, score->height)));
  score->frame = (PmtRect) { border, border, score->width - 2 * border, score->height - 2 * border };
  if (pmt_rect_is_empty (score->frame))
    {
      score->frame = (PmtRect) { 0, 0, 0, 0 };
      return g_steal_pointer (&score);
    }
  s.valid = valid = common_mask (fixed, before, after, border, error);
  s.before = softened = valid != NULL ? soften (context, before->value, error) : NULL;
  s.raw = softened != NULL ? pmt_buffer_new ((gsize) score->width * score->height, 1, error) : NULL;
  if (s.raw == NULL)
    return NULL;
  score->tolerance = find_tolerance (fixed->value, valid, &score->frame);
  ok = pmt_parallel_for (context, BLOCKS, mark_block, &s, error)
       && pmt_parallel_for (context, BLOCKS, count_block, &s, error);
  pmt_buffer_free (s.raw);
  sum_blocks (score);
  return ok ? g_steal_pointer (&score) : NULL;
}

void
pmt_dd_score_free (PmtDdScore *score)
{
  if (score == NULL)
    return;
  pmt_buffer_free (score->change);
  g_free (score);
}

/* -- to look at -- */

void
pmt_dd_score_draw (const PmtDdScore *score, const PmtGrey *fixed, int x, int y, int n, guint8 *rgb)
{
  /* bluish green and vermilion of Okabe and Ito 2008 */
  static const float colour[2][3] = { { 0, 158, 115 }, { 213, 94, 0 } };
  const float       *value = pmt_plane_row (fixed->value, y) + x;
  const guint8      *change = score->change + (gsize) y * score->width + x;

  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      {
        float pale = 96 + 0.55f * CLAMP (value[i], 0, 255);

        rgb[3 * i + k] = (guint8) (change[i] == 0 ? pale : 0.85f * colour[change[i] - 1][k] + 0.15f * pale);
      }
}

static void
add_scored (JsonBuilder *b, gboolean scored, double score, gint64 better, gint64 worse)
{
  _pmt_json_add_boolean (b, "scored", scored);
  _pmt_json_add_number (b, "score", score);
  _pmt_json_add_integer (b, "better", better);
  _pmt_json_add_integer (b, "worse", worse);
}

char *
pmt_dd_score_to_json (const PmtDdScore *score)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  add_scored (b, score->scored, score->score, score->better, score->worse);
  _pmt_json_add_number (b, "tolerance", score->tolerance);
  json_builder_set_member_name (b, "blocks");
  json_builder_begin_array (b);
  for (int k = 0; k < BLOCKS; k++)
    {
      const PmtDdBlock *block = &score->block[k];

      json_builder_begin_object (b);
      _pmt_json_add_integer (b, "column", k % PMT_DD_BLOCKS);
      _pmt_json_add_integer (b, "row", k / PMT_DD_BLOCKS);
      add_scored (b, block->scored, block->score, block->better, block->worse);
      json_builder_end_object (b);
    }
  json_builder_end_array (b);
  json_builder_end_object (b);
  return _pmt_json_builder_print (b);
}
