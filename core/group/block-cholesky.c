/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sparse Cholesky over blocks. Rows are eliminated in the order of least degree (Tinney and Walker 1967): the one with the fewest
 * neighbours, whose neighbours then become each other's. What neighbours a row has then, S_k, are the places of its column of the factor L:
 *
 *     L_kk L_kkᵀ = A_kk,   L_ik = A_ik L_kk⁻ᵀ,   A_ij ← A_ij − L_ik L_jkᵀ   for i ≥ j in S_k,
 *
 * and S_k without j is part of S_j. The inverse at the factor's places, from the last column to the first (Takahashi, Fagan and Chen
 * 1973; Erisman and Tinney 1975), with U_ik = L_ik L_kk⁻¹:
 *
 *     Z_ik = − Σ_j Z_ij U_jk,   Z_kk = (L_kk L_kkᵀ)⁻¹ − Σ_j U_jkᵀ Z_jk,   j in S_k.
 *
 * Tiles in a square of n have about 3 n log₂ n blocks, and take time as n^1.5. One thread, always the same bits. */
#include "group/block-cholesky-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/plane.h"

#define M_MOST 8

struct _PmtBlockMatrix
{
  int     n, m;
  int    *order, *position;     /* order[k]: the block row that is eliminated k-th; position: back */
  gsize  *start;                /* of each column's places in `row` and `below`, n + 1 */
  int    *row;                  /* positions, ascending within a column */
  double *diagonal, *below;     /* m × m each, row-major */
};

/* -- order -- */

typedef struct
{
  int     n;
  GArray **next;                /* of int, ascending: neighbours that are left */
} Graph;

static int
by_number (const void *a, const void *b)
{
  return *(const int *) a - *(const int *) b;
}

static void
sort_unique (GArray *list)
{
  guint n = 0;

  if (list->len > 1)
    qsort (list->data, list->len, sizeof (int), by_number);
  for (guint k = 0; k < list->len; k++)
    if (n == 0 || g_array_index (list, int, n - 1) != g_array_index (list, int, k))
      g_array_index (list, int, n++) = g_array_index (list, int, k);
  g_array_set_size (list, n);
}

static void
graph_init (Graph *g, int n, int pairs, const int (*pair)[2])
{
  *g = (Graph) { n, g_new (GArray *, n) };
  for (int i = 0; i < n; i++)
    g->next[i] = g_array_new (FALSE, FALSE, sizeof (int));
  for (int k = 0; k < pairs; k++)
    {
      g_array_append_val (g->next[pair[k][0]], pair[k][1]);
      g_array_append_val (g->next[pair[k][1]], pair[k][0]);
    }
  for (int i = 0; i < n; i++)
    sort_unique (g->next[i]);
}

/* What `list` and `more` hold together, without two. */
static GArray *
join (const GArray *list, const GArray *more, int without, int other)
{
  GArray *all = g_array_sized_new (FALSE, FALSE, sizeof (int), list->len + more->len);
  guint   i = 0, j = 0;

  while (i < list->len || j < more->len)
    {
      int a = i < list->len ? g_array_index (list, int, i) : G_MAXINT, b = j < more->len ? g_array_index (more, int, j) : G_MAXINT;
      int least = MIN (a, b);

      i += a == least;
      j += b == least;
      if (least != without && least != other)
        g_array_append_val (all, least);
    }
  return all;
}

/* Makes the neighbours of i each other's. */
static void
eliminate (Graph *g, int i)
{
  for (guint k = 0; k < g->next[i]->len; k++)
    {
      int     j = g_array_index (g->next[i], int, k);
      GArray *all = join (g->next[j], g->next[i], i, j);

      g_array_unref (g->next[j]);
      g->next[j] = all;
    }
}

/* Fills order and position; next[i] becomes what i had when its turn came. */
static void
choose_order (PmtBlockMatrix *a, Graph *g)
{
  for (int i = 0; i < a->n; i++)
    a->position[i] = -1;
  for (int k = 0; k < a->n; k++)
    {
      int best = -1;

      for (int i = 0; i < a->n; i++)
        if (a->position[i] < 0 && (best < 0 || g->next[i]->len < g->next[best]->len))
          best = i;
      a->order[k] = best;
      a->position[best] = k;
      eliminate (g, best);
    }
}

/* -- making it -- */

static void
fill_places (PmtBlockMatrix *a, const Graph *g)
{
  for (int k = 0; k < a->n; k++)
    {
      const GArray *list = g->next[a->order[k]];
      int          *row = a->row + a->start[k];

      for (guint i = 0; i < list->len; i++)
        row[i] = a->position[g_array_index (list, int, i)];
      qsort (row, list->len, sizeof *row, by_number);
    }
}

PmtBlockMatrix *
_pmt_block_matrix_new (int n, int m, int pairs, const int (*pair)[2], GError **error)
{
  PmtBlockMatrix *a = g_new0 (PmtBlockMatrix, 1);
  Graph           g;

  *a = (PmtBlockMatrix) { .n = n, .m = m, .order = g_new (int, n), .position = g_new (int, n), .start = g_new0 (gsize, n + 1) };
  graph_init (&g, n, pairs, pair);
  choose_order (a, &g);
  for (int k = 0; k < n; k++)
    a->start[k + 1] = a->start[k] + g.next[a->order[k]]->len;
  a->row = g_new (int, a->start[n] + 1);
  fill_places (a, &g);
  for (int i = 0; i < n; i++)
    g_array_unref (g.next[i]);
  g_free (g.next);
  a->diagonal = pmt_buffer_new ((gsize) n * m * m + 1, sizeof (double), error);
  a->below = a->diagonal != NULL ? pmt_buffer_new (a->start[n] * m * m + 1, sizeof (double), error) : NULL;
  if (a->below != NULL)
    return a;
  _pmt_block_matrix_free (a);
  return NULL;
}

void
_pmt_block_matrix_free (PmtBlockMatrix *a)
{
  if (a == NULL)
    return;
  g_free (a->order);
  g_free (a->position);
  g_free (a->start);
  g_free (a->row);
  pmt_buffer_free (a->diagonal);
  pmt_buffer_free (a->below);
  g_free (a);
}

void
_pmt_block_matrix_clear (PmtBlockMatrix *a)
{
  memset (a->diagonal, 0, (gsize) a->n * a->m * a->m * sizeof *a->diagonal);
  memset (a->below, 0, a->start[a->n] * a->m * a->m * sizeof *a->below);
}

static double *
diagonal_at (const PmtBlockMatrix *a, int k)
{
  return a->diagonal + (gsize) k * a->m * a->m;
}

static double *
below_at (const PmtBlockMatrix *a, gsize place)
{
  return a->below + place * a->m * a->m;
}

double *
_pmt_block_matrix_at (const PmtBlockMatrix *a, int i, int j, int r, int c)
{
  int   p = a->position[i], q = a->position[j];
  gsize low, high;

  if (p == q)
    return diagonal_at (a, p) + r * a->m + c;
  if (p < q)
    return _pmt_block_matrix_at (a, j, i, c, r);
  low = a->start[q];
  high = a->start[q + 1];
  while (low + 1 < high)
    {
      gsize middle = (low + high) / 2;

      if (a->row[middle] <= p)
        low = middle;
      else
        high = middle;
    }
  return below_at (a, low) + r * a->m + c;
}

gsize
_pmt_block_matrix_fill (const PmtBlockMatrix *a)
{
  return a->start[a->n];
}

/* -- blocks -- */

/* c ← c − a·b, a·bᵀ or aᵀ·b; `m` is a constant in each branch, so that loops unroll. */
typedef enum { AB, ABT, ATB } Product;

static inline __attribute__ ((always_inline)) void
subtract (int m, Product kind, double *restrict c, const double *restrict a, const double *restrict b)
{
  for (int i = 0; i < m; i++)
    for (int k = 0; k < m; k++)
      {
        double x = kind == ATB ? a[k * m + i] : a[i * m + k];

        for (int j = 0; j < m; j++)
          c[i * m + j] -= x * (kind == ABT ? b[j * m + k] : b[k * m + j]);
      }
}

#define BY_SIZE(kind)                        \
  switch (m)                                 \
    {                                        \
    case 1:  subtract (1, kind, c, a, b); break; \
    case 2:  subtract (2, kind, c, a, b); break; \
    case 3:  subtract (3, kind, c, a, b); break; \
    case 4:  subtract (4, kind, c, a, b); break; \
    case 6:  subtract (6, kind, c, a, b); break; \
    case 8:  subtract (8, kind, c, a, b); break; \
    default: subtract (m, kind, c, a, b); break; \
    }

PMT_CLONES static void
subtract_ab (int m, double *c, const double *a, const double *b)
{
  BY_SIZE (AB)
}

PMT_CLONES static void
subtract_abt (int m, double *c, const double *a, const double *b)
{
  BY_SIZE (ABT)
}

PMT_CLONES static void
subtract_atb (int m, double *c, const double *a, const double *b)
{
  BY_SIZE (ATB)
}

/* A block to its own lower factor; above the diagonal it is zero. */
static gboolean
factor_block (int m, double *a)
{
  for (int j = 0; j < m; j++)
    {
      double pivot = a[j * m + j];

      for (int k = 0; k < j; k++)
        pivot -= a[j * m + k] * a[j * m + k];
      if (!(pivot > 0) || !isfinite (pivot))
        return FALSE;
      a[j * m + j] = sqrt (pivot);
      for (int i = j + 1; i < m; i++)
        {
          double sum = a[i * m + j];

          for (int k = 0; k < j; k++)
            sum -= a[i * m + k] * a[j * m + k];
          a[i * m + j] = sum / a[j * m + j];
          a[j * m + i] = 0;
        }
    }
  return TRUE;
}

/* Rows of b to b·L⁻ᵀ. */
static void
divide_by_transposed (int m, const double *l, double *b)
{
  for (int r = 0; r < m; r++)
    for (int j = 0; j < m; j++)
      {
        double sum = b[r * m + j];

        for (int k = 0; k < j; k++)
          sum -= b[r * m + k] * l[j * m + k];
        b[r * m + j] = sum / l[j * m + j];
      }
}

/* Rows of b to b·L⁻¹. */
static void
divide (int m, const double *l, double *b)
{
  for (int r = 0; r < m; r++)
    for (int j = m - 1; j >= 0; j--)
      {
        double sum = b[r * m + j];

        for (int k = j + 1; k < m; k++)
          sum -= b[r * m + k] * l[k * m + j];
        b[r * m + j] = sum / l[j * m + j];
      }
}

/* -- factor -- */

/* What column k takes from the columns of its places. */
static void
update_others (PmtBlockMatrix *a, int k)
{
  for (gsize q = a->start[k]; q < a->start[k + 1]; q++)
    {
      int   j = a->row[q];
      gsize at = a->start[j];

      subtract_abt (a->m, diagonal_at (a, j), below_at (a, q), below_at (a, q));
      for (gsize p = q + 1; p < a->start[k + 1]; p++)
        {
          while (a->row[at] < a->row[p])
            at++;
          subtract_abt (a->m, below_at (a, at), below_at (a, p), below_at (a, q));
        }
    }
}

gboolean
_pmt_block_matrix_factor (PmtBlockMatrix *a)
{
  for (int k = 0; k < a->n; k++)
    {
      if (!factor_block (a->m, diagonal_at (a, k)))
        return FALSE;
      for (gsize p = a->start[k]; p < a->start[k + 1]; p++)
        divide_by_transposed (a->m, diagonal_at (a, k), below_at (a, p));
      update_others (a, k);
    }
  return TRUE;
}

/* y ← y − B x, or Bᵀ x. */
static void
subtract_product (int m, const double *b, gboolean transposed, const double *x, double *y)
{
  for (int i = 0; i < m; i++)
    for (int j = 0; j < m; j++)
      y[i] -= (transposed ? b[j * m + i] : b[i * m + j]) * x[j];
}

/* L⁻¹ y, then L⁻ᵀ of it, in the order of elimination. */
static void
solve_down (const PmtBlockMatrix *a, double *y)
{
  int m = a->m;

  for (int k = 0; k < a->n; k++)
    {
      const double *l = diagonal_at (a, k);
      double       *v = y + (gsize) k * m;

      for (int i = 0; i < m; i++)
        {
          for (int j = 0; j < i; j++)
            v[i] -= l[i * m + j] * v[j];
          v[i] /= l[i * m + i];
        }
      for (gsize p = a->start[k]; p < a->start[k + 1]; p++)
        subtract_product (m, below_at (a, p), FALSE, v, y + (gsize) a->row[p] * m);
    }
}

static void
solve_up (const PmtBlockMatrix *a, double *y)
{
  int m = a->m;

  for (int k = a->n - 1; k >= 0; k--)
    {
      const double *l = diagonal_at (a, k);
      double       *v = y + (gsize) k * m;

      for (gsize p = a->start[k]; p < a->start[k + 1]; p++)
        subtract_product (m, below_at (a, p), TRUE, y + (gsize) a->row[p] * m, v);
      for (int i = m - 1; i >= 0; i--)
        {
          for (int j = i + 1; j < m; j++)
            v[i] -= l[j * m + i] * v[j];
          v[i] /= l[i * m + i];
        }
    }
}

void
_pmt_block_matrix_solve (const PmtBlockMatrix *a, double *x)
{
  gsize              m = a->m;
  g_autofree double *y = g_new (double, a->n * m + 1);

  for (int k = 0; k < a->n; k++)
    memcpy (y + k * m, x + a->order[k] * m, m * sizeof *y);
  solve_down (a, y);
  solve_up (a, y);
  for (int k = 0; k < a->n; k++)
    memcpy (x + a->order[k] * m, y + k * m, m * sizeof *y);
}

/* -- inverse -- */

/* Z_ik of all places of column k, from U_ik, which is given and stays; the column's blocks of `a` are overwritten. */
static void
invert_column (PmtBlockMatrix *a, int k, const double *u)
{
  gsize first = a->start[k], count = a->start[k + 1] - first, size = (gsize) a->m * a->m;

  memset (below_at (a, first), 0, count * size * sizeof *a->below);
  for (gsize q = 0; q < count; q++)
    {
      int   j = a->row[first + q];
      gsize at = a->start[j];

      subtract_ab (a->m, below_at (a, first + q), diagonal_at (a, j), u + q * size);
      for (gsize p = q + 1; p < count; p++)
        {
          while (a->row[at] < a->row[first + p])
            at++;
          subtract_ab (a->m, below_at (a, first + p), below_at (a, at), u + q * size);
          subtract_atb (a->m, below_at (a, first + q), below_at (a, at), u + p * size);
        }
    }
}

/* L to (L Lᵀ)⁻¹. */
static void
invert_block (int m, double *l)
{
  double inverse[M_MOST * M_MOST] = { 0 }, out[M_MOST * M_MOST] = { 0 };

  for (int i = 0; i < m; i++)
    inverse[i * m + i] = 1;
  divide (m, l, inverse);                                  /* L⁻¹ */
  for (int k = 0; k < m; k++)
    for (int i = 0; i < m; i++)
      for (int j = 0; j < m; j++)
        out[i * m + j] += inverse[k * m + i] * inverse[k * m + j];
  memcpy (l, out, (gsize) m * m * sizeof *l);
}

void
_pmt_block_matrix_invert (PmtBlockMatrix *a)
{
  gsize              size = (gsize) a->m * a->m, most = 0;
  g_autofree double *u = NULL;

  for (int k = 0; k < a->n; k++)
    most = MAX (most, a->start[k + 1] - a->start[k]);
  u = g_new (double, most * size + 1);
  for (int k = a->n - 1; k >= 0; k--)
    {
      gsize first = a->start[k], count = a->start[k + 1] - first;

      for (gsize p = 0; p < count; p++)
        {
          memcpy (u + p * size, below_at (a, first + p), size * sizeof *u);
          divide (a->m, diagonal_at (a, k), u + p * size);
        }
      invert_column (a, k, u);
      invert_block (a->m, diagonal_at (a, k));
      for (gsize p = 0; p < count; p++)
        subtract_atb (a->m, diagonal_at (a, k), u + p * size, below_at (a, first + p));
    }
}
