/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nearest and second-nearest neighbours by brute force. Descriptors have one length, so the nearest is that of the
 * largest product, |a − b|² = 2·(1 − a·b); and products of 16-bit integers are what processors do fastest. The second
 * nearest must lie elsewhere: one place is often found twice, at two scales or angles. */
#include "match/descriptor-match-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/parallel.h"

#define ROWS      128      /* descriptors of the fixed image an item */
#define TOGETHER  4        /* rows of products computed at once */
#define TILE      512      /* columns of products kept */
#define ELSEWHERE 2.0      /* σ */

typedef struct { gint32 best, second; int index; } Nearest;

typedef struct
{
  const PmtKeypoints *fixed, *moving;
  int                 columns;          /* of products: twice the moving keypoints when they are turned too */
  const gint16       *descriptor;       /* of the columns */
  Nearest            *row;              /* of each fixed one, among the columns */
  Nearest            *column;           /* of each moving one, among the rows of each block */
} Search;

/* out[r·TILE + j] = a_r · b_j */
__attribute__ ((target_clones ("default", "arch=x86-64-v3"))) static void
multiply (const gint16 *restrict a, const gint16 *restrict b, int n, gint32 *restrict out)
{
  for (int j = 0; j < n; j++)
    {
      const gint16 *v = b + (gsize) j * PMT_DESCRIPTOR_SIZE;
      gint32        s0 = 0, s1 = 0, s2 = 0, s3 = 0;

      for (int k = 0; k < PMT_DESCRIPTOR_SIZE; k++)
        {
          s0 += a[k] * v[k];
          s1 += a[PMT_DESCRIPTOR_SIZE + k] * v[k];
          s2 += a[2 * PMT_DESCRIPTOR_SIZE + k] * v[k];
          s3 += a[3 * PMT_DESCRIPTOR_SIZE + k] * v[k];
        }
      out[j] = s0;
      out[TILE + j] = s1;
      out[2 * TILE + j] = s2;
      out[3 * TILE + j] = s3;
    }
}

static gboolean
is_elsewhere (const PmtKeypoint *p, const PmtKeypoint *q)
{
  return hypot (p->x - q->x, p->y - q->y) > ELSEWHERE * MIN (p->sigma, q->sigma);
}

static void
offer (Nearest *nearest, gint32 product, int index, const PmtKeypoint *points, int n)
{
  gboolean elsewhere = nearest->index < 0 || is_elsewhere (&points[index % n], &points[nearest->index % n]);

  if (product > nearest->best)
    {
      if (elsewhere)
        nearest->second = nearest->best;
      nearest->best = product;
      nearest->index = index;
    }
  else if (elsewhere)
    nearest->second = product;
}

static gboolean
search_rows (int index, int thread, gpointer data, GError **error)
{
  const Search       *s = data;
  int                 first = index * ROWS, last = MIN (first + ROWS, s->fixed->n), n = s->moving->n;
  Nearest            *column = s->column + (gsize) index * n;
  gint32              products[TOGETHER * TILE];
  gint16              rows[TOGETHER * PMT_DESCRIPTOR_SIZE] __attribute__ ((aligned (64)));

  for (int from = 0; from < s->columns; from += TILE)
    for (int i = first; i < last; i += TOGETHER)
      {
        int tile = MIN (TILE, s->columns - from), together = MIN (TOGETHER, last - i);

        memset (rows, 0, sizeof rows);
        memcpy (rows, s->fixed->descriptor + (gsize) i * PMT_DESCRIPTOR_SIZE,
                (gsize) together * PMT_DESCRIPTOR_SIZE * sizeof *rows);
        multiply (rows, s->descriptor + (gsize) from * PMT_DESCRIPTOR_SIZE, tile, products);
        for (int r = 0; r < together; r++)
          {
            Nearest *row = &s->row[i + r];

            for (int j = 0; j < tile; j++)
              {
                gint32 product = products[r * TILE + j];

                if (product > row->second)
                  offer (row, product, from + j, s->moving->point, n);
                if (product > column[(from + j) % n].second)
                  offer (&column[(from + j) % n], product, i + r, s->fixed->point, s->fixed->n);
              }
          }
      }
  return TRUE;
}

/* One block's best and second best added to those of the blocks before. */
static void
merge (Nearest *all, const Nearest *block, const PmtKeypoint *points, int n)
{
  if (block->index < 0)
    return;
  if (block->best > all->second)
    offer (all, block->best, block->index, points, n);
  if (block->second > all->second)      /* elsewhere than the block's best; taken to be elsewhere than the winner */
    all->second = block->second;
}

static double
ratio (const Nearest *nearest)
{
  double one = (double) PMT_DESCRIPTOR_ONE * PMT_DESCRIPTOR_ONE;

  return nearest->second < 0 ? 0
         : sqrt (MAX (one - nearest->best, 0) / MAX (one - MIN (nearest->second, nearest->best), 1));
}

static int
by_ratio (gconstpointer a, gconstpointer b)
{
  const PmtDescriptorMatch *p = a, *q = b;

  return p->ratio != q->ratio ? (p->ratio > q->ratio) - (p->ratio < q->ratio) : p->fixed - q->fixed;
}

static GArray *
mutual (const Search *s, int blocks, double max_ratio)
{
  GArray *matches = g_array_new (FALSE, FALSE, sizeof (PmtDescriptorMatch));
  int     n = s->moving->n;

  for (int b = 1; b < blocks; b++)
    for (int j = 0; j < n; j++)
      merge (&s->column[j], &s->column[(gsize) b * n + j], s->fixed->point, s->fixed->n);
  for (int i = 0; i < s->fixed->n; i++)
    {
      const Nearest     *row = &s->row[i];
      PmtDescriptorMatch match = { .fixed = i };

      if (row->index < 0 || s->column[row->index % n].index != i)
        continue;
      match.moving = row->index % n;
      match.turned = row->index >= n;
      match.ratio = MIN (ratio (row), ratio (&s->column[match.moving]));
      if (match.ratio <= max_ratio)
        g_array_append_val (matches, match);
    }
  g_array_sort (matches, by_ratio);
  return matches;
}

GArray *
_pmt_descriptor_match (PmtContext *context, const PmtKeypoints *fixed, const PmtKeypoints *moving, double max_ratio,
                       GError **error)
{
  int      n = moving->n, blocks = (fixed->n + ROWS - 1) / ROWS;
  Search   s = { fixed, moving, n, moving->descriptor, NULL, NULL };
  gint16  *both = NULL;
  GArray  *matches = NULL;

  if (fixed->n == 0 || n == 0)
    return g_array_new (FALSE, FALSE, sizeof (PmtDescriptorMatch));
  if (fixed->either_contrast)
    {
      both = pmt_buffer_new ((gsize) 2 * n * PMT_DESCRIPTOR_SIZE, sizeof *both, error);
      if (both == NULL)
        return NULL;
      memcpy (both, moving->descriptor, (gsize) n * PMT_DESCRIPTOR_SIZE * sizeof *both);
      for (int j = 0; j < n; j++)
        _pmt_descriptor_turn (both + (gsize) j * PMT_DESCRIPTOR_SIZE, both + (gsize) (n + j) * PMT_DESCRIPTOR_SIZE);
      s.descriptor = both;
      s.columns = 2 * n;
    }
  s.row = g_new (Nearest, fixed->n);
  s.column = g_new (Nearest, (gsize) blocks * n);
  for (int i = 0; i < fixed->n; i++)
    s.row[i] = (Nearest) { -1, -1, -1 };
  for (gsize j = 0; j < (gsize) blocks * n; j++)
    s.column[j] = (Nearest) { -1, -1, -1 };
  if (pmt_parallel_for (context, blocks, search_rows, &s, error))
    matches = mutual (&s, blocks, max_ratio);
  g_free (s.row);
  g_free (s.column);
  pmt_buffer_free (both);
  return matches;
}
