/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All poses at once. H_i maps the reference to image i; a small motion of it is H_i ← M(c_i) ∘ H_i, with the basis B of
 * fit/soft-fit-private.h over the image, of which the model has its own columns. A link (a, b) that puts x_k of a at y_k
 * of b leaves
 *
 *     r_k = y_k − H_b(H_a⁻¹(x_k)),   r_k(c) ≈ r_k − B(y) c_b + J B(x_k) c_a,   J = ∂(H_b ∘ H_a⁻¹)/∂x,
 *
 * and Gauss–Newton steps minimise Σ w·rᵀ Σ⁻¹ r over all links, Σ from pose-link.c, by sparse Cholesky (block-cholesky.c). w is Cauchy's of a
 * link's root mean square over what it states, so that one that is off by more than it says counts less. Stated errors
 * that are too small throughout show in the sum that is left: it scales them.
 *
 * For n tiles that overlap their neighbours, n^1.5 time and n·log n memory; where all are linked with all, n³ and n². */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/select-private.h"
#include "fit/error-model-private.h"
#include "fit/motion-private.h"
#include "group/pose-solve-private.h"

#define STEPS     12
#define SETTLED   1e-4     /* px */
#define CAUCHY    2.4      /* Huber's 95 % efficiency */
#define FREE      0.1      /* px: links this near are never weighed down */
#define PRIOR     1e-10    /* px⁻²: keeps the system definite where links leave something open */
#define SCALE     4.0      /* stated errors may be too small by this, no more */
#define COLUMNS   (2 * PMT_MOTION_MAX + 1)

/* Columns of the basis that a model moves. */
static int
model_columns (PmtModel model, int column[PMT_MOTION_MAX])
{
  static const int rigid[3] = { 0, 1, 3 };
  int              n = model == PMT_MODEL_RIGID ? 3 : _pmt_motion_size (model);

  for (int k = 0; k < n; k++)
    column[k] = model == PMT_MODEL_RIGID ? rigid[k] : k;
  return n;
}

/* -- one link -- */

typedef struct
{
  int    rows;
  double a[2 * PMT_LINK_POINTS][COLUMNS];   /* of c_a, then c_b, then the residual; whitened or not */
} Rows;

/* FALSE where a point has no image. */
static gboolean
linearise (const PmtPoseGraph *g, const PmtPoseLink *link, Rows *rows)
{
  const PmtPoseNode *a = &g->node[link->a], *b = &g->node[link->b];
  int                column[PMT_MOTION_MAX], m = model_columns (g->model, column);
  PmtMatrix3         back, both;

  if (!pmt_matrix3_invert (&a->matrix, &back))
    return FALSE;
  both = pmt_matrix3_then (&back, &b->matrix);
  rows->rows = 2 * link->n;
  memset (rows->a, 0, sizeof rows->a);
  for (int k = 0; k < link->n; k++)
    {
      PmtPoint x = link->from[k], y = pmt_matrix3_map (&both, x);
      double   j[2][2], ax[PMT_MOTION_MAX], ay[PMT_MOTION_MAX], bx[PMT_MOTION_MAX], by[PMT_MOTION_MAX];

      if (isnan (y.x) || !pmt_matrix3_jacobian (&both, x, j))
        return FALSE;
      _pmt_motion_basis (x, a->size.width, a->size.height, ax, ay);
      _pmt_motion_basis (y, b->size.width, b->size.height, bx, by);
      for (int i = 0; i < m; i++)
        for (int axis = 0; axis < 2; axis++)
          {
            rows->a[2 * k + axis][i] = -(j[axis][0] * ax[column[i]] + j[axis][1] * ay[column[i]]);
            rows->a[2 * k + axis][m + i] = axis == 0 ? bx[column[i]] : by[column[i]];
          }
      rows->a[2 * k][2 * m] = link->to[k].x - y.x;
      rows->a[2 * k + 1][2 * m] = link->to[k].y - y.y;
    }
  return TRUE;
}

static void
measure (PmtPoseLink *link, const Rows *rows, int m)
{
  double distance[PMT_LINK_POINTS], sum = 0;

  for (int k = 0; k < link->n; k++)
    {
      distance[k] = hypot (rows->a[2 * k][2 * m], rows->a[2 * k + 1][2 * m]);
      sum += distance[k] * distance[k];
    }
  link->rms = sqrt (sum / (2 * link->n));
  link->misfit = _pmt_quantile (distance, link->n, 0.5);
}

static double
cauchy (const PmtPoseLink *link, double scale)
{
  double d = link->rms / (CAUCHY * hypot (scale * link->sigma, FREE));

  return 1 / (1 + d * d);
}

/* -- all of them -- */

typedef struct { PmtBlockMatrix *a; double *b, sum; int freedom; } Normal;

/* Of c_a (side 0) or c_b (1) with either. */
static void
add_block (PmtBlockMatrix *a, const Rows *rows, double weight, int m, const int *first, int side, int other)
{
  double sum[PMT_MOTION_MAX][PMT_MOTION_MAX] = { 0 };

  if (first[side] < 0 || first[other] < 0)
    return;
  for (int r = 0; r < rows->rows; r++)
    for (int i = 0; i < m; i++)
      for (int k = 0; k < m; k++)
        sum[i][k] += weight * rows->a[r][side * m + i] * rows->a[r][other * m + k];
  for (int i = 0; i < m; i++)
    for (int k = 0; k < m; k++)
      *_pmt_block_matrix_at (a, first[side] / m, first[other] / m, i, k) += sum[i][k];
}

static void
add_link (const PmtPoseGraph *g, const PmtPoseLink *link, Rows *rows, int m, Normal *n)
{
  int first[2] = { g->first[link->a], g->first[link->b] };

  LAPACKE_dtrtrs (LAPACK_ROW_MAJOR, 'L', 'N', 'N', rows->rows, 2 * m + 1, link->root, rows->rows, &rows->a[0][0], COLUMNS);
  n->freedom += link->freedom;
  for (int r = 0; r < rows->rows; r++)
    {
      const double *row = rows->a[r];

      n->sum += link->weight * row[2 * m] * row[2 * m];
      for (int i = 0; i < 2 * m; i++)
        if (first[i / m] >= 0)
          n->b[first[i / m] + i % m] += link->weight * row[i] * row[2 * m];
    }
  add_block (n->a, rows, link->weight, m, first, 0, 0);
  add_block (n->a, rows, link->weight, m, first, 1, 1);
  add_block (n->a, rows, link->weight, m, first, 1, 0);
}

static void
number_unknowns (PmtPoseGraph *g, int m)
{
  g_free (g->first);
  g->first = g_new (int, g->n);
  g->unknowns = 0;
  for (int i = 0; i < g->n; i++)
    {
      g->first[i] = g->node[i].placed && i != g->reference ? g->unknowns : -1;
      g->unknowns += g->first[i] >= 0 ? m : 0;
    }
}

/* Moves a pose by its step; a rigid one stays rigid. */
static gboolean
move (PmtPoseNode *node, PmtModel model, int m, const double *step)
{
  int        column[PMT_MOTION_MAX] = { 0 };
  double     c[PMT_MOTION_MAX] = { 0 }, s = 0.5 * MAX (node->size.width, node->size.height);
  PmtMatrix3 motion;

  model_columns (model, column);
  for (int k = 0; k < m; k++)
    c[column[k]] = step[k];
  if (model == PMT_MODEL_RIGID)
    c[2] = fabs (c[3]) < s ? s * (sqrt (1 - c[3] * c[3] / (s * s)) - 1) : 0;
  if (!_pmt_motion_matrix (c, model == PMT_MODEL_HOMOGRAPHY ? 8 : 6, node->size.width, node->size.height, &motion))
    return FALSE;
  node->matrix = pmt_matrix3_then (&node->matrix, &motion);
  node->matrix = pmt_matrix3_normalised (&node->matrix);
  return pmt_matrix3_is_finite (&node->matrix);
}

/* One step; normal->a is left as the factor of the system. */
static gboolean
step (PmtPoseGraph *g, int m, Normal *normal, double *largest)
{
  int  n = g->unknowns;
  Rows rows;

  _pmt_block_matrix_clear (normal->a);
  memset (normal->b, 0, n * sizeof *normal->b);
  normal->sum = normal->freedom = 0;
  for (int l = 0; l < g->n_links; l++)
    if (g->link[l].used)
      {
        if (!linearise (g, &g->link[l], &rows))
          return FALSE;
        measure (&g->link[l], &rows, m);
        g->link[l].weight = cauchy (&g->link[l], MAX (g->scale, 1));
        add_link (g, &g->link[l], &rows, m, normal);
      }
  for (int i = 0; i < n; i++)
    *_pmt_block_matrix_at (normal->a, i / m, i / m, i % m, i % m) += PRIOR;
  *largest = 0;
  if (!_pmt_block_matrix_factor (normal->a))
    return FALSE;
  _pmt_block_matrix_solve (normal->a, normal->b);
  for (int i = 0; i < n; i++)
    *largest = MAX (*largest, fabs (normal->b[i]));
  for (int i = 0; i < g->n; i++)
    if (g->first[i] >= 0 && !move (&g->node[i], g->model, m, normal->b + g->first[i]))
      return FALSE;
  return isfinite (*largest);
}

/* The factor to the covariance where there are links, but for what stated errors were too small by. */
static void
keep_inverse (PmtPoseGraph *g, Normal *normal)
{
  int    n = g->unknowns;
  double over = normal->freedom > n ? normal->sum / (normal->freedom - n) : 1;

  g->scale = CLAMP (sqrt (over), 1, SCALE);
  _pmt_block_matrix_invert (normal->a);
  g_clear_pointer (&g->inverse, _pmt_block_matrix_free);
  g->inverse = g_steal_pointer (&normal->a);
}

/* Of two unknowns of images that are linked, or one. */
static double
covariance (const PmtPoseGraph *g, int m, int i, int j)
{
  return g->scale * g->scale * *_pmt_block_matrix_at (g->inverse, i / m, j / m, i % m, j % m);
}

static void
keep_covariances (PmtPoseGraph *g, int m)
{
  int column[PMT_MOTION_MAX];

  model_columns (g->model, column);
  for (int i = 0; i < g->n; i++)
    {
      memset (g->node[i].covariance, 0, sizeof g->node[i].covariance);
      for (int k = 0; k < m && g->first[i] >= 0; k++)
        for (int l = 0; l < m; l++)
          g->node[i].covariance[column[k] * PMT_MOTION_MAX + column[l]] = covariance (g, m, g->first[i] + k, g->first[i] + l);
    }
}

static void
measure_all (PmtPoseGraph *g, int m)
{
  Rows rows;

  for (int l = 0; l < g->n_links; l++)
    {
      PmtPoseLink *link = &g->link[l];

      link->rms = link->misfit = NAN;
      if (link->n > 0 && g->node[link->a].placed && g->node[link->b].placed && linearise (g, link, &rows))
        measure (link, &rows, m);
    }
}

/* Room for every link between images that move, used or not: what it contradicts is asked later. */
static PmtBlockMatrix *
system_new (const PmtPoseGraph *g, int m, GError **error)
{
  int (*pair)[2] = g_malloc_n ((gsize) g->n_links + 1, sizeof *pair), pairs = 0;
  PmtBlockMatrix *a;

  for (int l = 0; l < g->n_links; l++)
    if (g->link[l].n > 0 && g->first[g->link[l].a] >= 0 && g->first[g->link[l].b] >= 0)
      {
        pair[pairs][0] = g->first[g->link[l].a] / m;
        pair[pairs++][1] = g->first[g->link[l].b] / m;
      }
  a = _pmt_block_matrix_new (g->unknowns / m, m, pairs, (const int (*)[2]) pair, error);
  g_free (pair);
  return a;
}

/* Until nothing moves. */
static gboolean
run_steps (PmtPoseGraph *g, int m, Normal *normal, PmtContext *context, GError **error)
{
  double largest = INFINITY;

  for (int k = 0; k < STEPS && g->unknowns > 0 && largest > SETTLED; k++)
    {
      if (!pmt_context_check (context, error))
        return FALSE;
      if (!step (g, m, normal, &largest))
        {
          g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the pairs do not determine the poses");
          return FALSE;
        }
    }
  return TRUE;
}

gboolean
_pmt_pose_graph_solve (PmtPoseGraph *g, PmtContext *context, GError **error)
{
  int      column[PMT_MOTION_MAX], m = model_columns (g->model, column);
  Normal   normal = { 0 };
  gboolean good;

  number_unknowns (g, m);
  normal.a = system_new (g, m, error);
  normal.b = g_new0 (double, g->unknowns + 1);
  good = normal.a != NULL && run_steps (g, m, &normal, context, error);
  if (good && g->unknowns > 0)
    {
      keep_inverse (g, &normal);
      keep_covariances (g, m);
    }
  if (good)
    measure_all (g, m);
  _pmt_block_matrix_free (normal.a);
  g_free (normal.b);
  return good;
}

void
_pmt_pose_graph_chain (PmtPoseGraph *g)
{
  gboolean more = TRUE;

  for (int i = 0; i < g->n; i++)
    g->node[i].placed = i == g->reference;
  g->node[g->reference].matrix = pmt_matrix3_identity;
  while (more)
    {
      more = FALSE;
      for (int i = 0; i < g->n; i++)
        {
          PmtPoseNode       *node = &g->node[i];
          const PmtPoseLink *link = node->parent_link >= 0 ? &g->link[node->parent_link] : NULL;
          PmtMatrix3         plane;

          if (node->placed || link == NULL || !g->node[node->parent].placed)
            continue;
          plane = link->plane;
          if (link->a == i && !pmt_matrix3_invert (&link->plane, &plane))
            continue;
          node->matrix = pmt_matrix3_then (&g->node[node->parent].matrix, &plane);
          node->placed = more = TRUE;
        }
    }
}

/* -- what the solution says -- */

double
_pmt_pose_graph_predict (const PmtPoseGraph *g, const PmtPoseLink *link)
{
  int    column[PMT_MOTION_MAX], m = model_columns (g->model, column), first[2] = { g->first[link->a], g->first[link->b] };
  double c[2 * PMT_MOTION_MAX][2 * PMT_MOTION_MAX] = { 0 }, sum = 0;
  Rows   rows;

  if (g->inverse == NULL || !linearise (g, link, &rows))
    return 0;
  for (int i = 0; i < 2 * m; i++)
    for (int k = 0; k < 2 * m; k++)
      if (first[i / m] >= 0 && first[k / m] >= 0)
        c[i][k] = covariance (g, m, first[i / m] + i % m, first[k / m] + k % m);
  for (int r = 0; r < rows.rows; r++)
    for (int i = 0; i < 2 * m; i++)
      for (int k = 0; k < 2 * m; k++)
        sum += rows.a[r][i] * rows.a[r][k] * c[i][k];
  return sqrt (MAX (sum, 0) / rows.rows);
}

double
_pmt_pose_graph_error (const PmtPoseGraph *g, int node, double share)
{
  const PmtPoseNode *p = &g->node[node];
  PmtErrorModel      model = { .matrix = p->matrix, .moving = p->size, .size = PMT_MOTION_MAX, .floor = p->floor };
  double             radius;

  if (node == g->reference)
    return 0;
  memcpy (model.covariance, p->covariance, sizeof model.covariance);
  radius = _pmt_error_model_over (&model, g->node[g->reference].size, share);
  if (!isnan (radius))
    return radius;
  model.matrix = pmt_matrix3_identity;     /* nothing in common: all of the image itself */
  return _pmt_error_model_over (&model, p->size, share);
}

void
_pmt_pose_graph_clear (PmtPoseGraph *g)
{
  for (int l = 0; l < g->n_links; l++)
    _pmt_pose_link_clear (&g->link[l]);
  g_clear_pointer (&g->link, g_free);
  g_clear_pointer (&g->node, g_free);
  g_clear_pointer (&g->inverse, _pmt_block_matrix_free);
  g_clear_pointer (&g->first, g_free);
}
