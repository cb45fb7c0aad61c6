/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output pixels to source pixels, a row of 64 at a time. With (U, V, W) = M·(x, y, 1) and u = U/W, v = V/W,
 *   ∂u/∂x = (m00 - u·m20) / W,  ∂u/∂y = (m01 - u·m21) / W,  and likewise for v.
 * n = |∂u/∂(x,y)| is how many source pixels a step of one output pixel can cross in u. The kernel is widened n times
 * where n ≥ 1.25, not at all where n ≤ 1.05, and by 1.25·(n - 0.2) … the straight line between these, so that a map
 * that hardly shrinks keeps the interpolating kernel and its speed.
 *
 * A chain with other steps than homographies is evaluated at the corners of cells of 16 × 16 pixels, with its Jacobian. Along a
 * cell's edges runs the cubic with the same values and slopes, and in between Coons' patch (1967): with the values D₀(t), D₁(t)
 * of the left and the right edge and L₀(t), L₁(t) straight between their ends, a row at t is the cubic that begins at D₀(t), ends at
 * D₁(t), and whose slopes are those at the corners, straight between top and bottom, and (D₁ − L₁) − (D₀ − L₀) more. Where that
 * misses the middle of the cell or of an edge by 0.005 px or more, the same is tried along each row by itself; where that fails
 * as well all pixels are exact, so that errors stay below 0.02 px. They are exact as well where a step is known to have a kink
 * between: a kink at a quarter of the way would leave the middle as it is.
 *
 * Every pixel is computed from its own absolute coordinates by the same instructions, whatever tile it is in. */
#include "image/resample-private.h"

#include "base/clones.h"

#include <math.h>
#include <string.h>

#define NEVER_BELOW  1.05f
#define ALWAYS_ABOVE 1.25f
#define CELL         16      /* px between exact points of a chain … */
#define CLOSE        0.005   /* source px; … unless what is drawn between them misses the middle by more */
#define MOST_CELLS   (PMT_TILE / CELL + 1)   /* that a tile touches along an axis */

static inline float
widening (float squared)
{
  float n = sqrtf (squared);
  float between = 1 + (n - NEVER_BELOW) * ((ALWAYS_ABOVE - 1) / (ALWAYS_ABOVE - NEVER_BELOW));

  return n <= NEVER_BELOW ? 1 : n >= ALWAYS_ABOVE ? n : between;
}

void
_pmt_projection_init (PmtProjection *projection, const PmtTransform *flat, PmtSize source, PmtSampler sampler)
{
  const PmtMatrix3 *matrix = NULL;

  *projection = (PmtProjection) { .chain = flat, .width = source.width, .height = source.height };
  projection->nearest = sampler == PMT_SAMPLER_NEAREST;
  if (pmt_transform_get_length (flat) == 0)
    matrix = &pmt_matrix3_identity;
  else if (pmt_transform_get_length (flat) == 1)
    matrix = _pmt_step_projective_get (_pmt_transform_get_step (flat, 0), &projection->horizons,
                                       &projection->n_horizons);
  projection->is_matrix = matrix != NULL;
  projection->is_affine = matrix != NULL && matrix->m[2][0] == 0 && matrix->m[2][1] == 0 && matrix->m[2][2] == 1;
  projection->has_kinks = _pmt_transform_has_kinks (flat);
  if (matrix != NULL)
    projection->matrix = *matrix;
}

/* The same as below where W is 1 everywhere, to the bit. */
PMT_CLONES static void
project_affine (const PmtMatrix3 *matrix, double x0, double y, double *u, double *v, PmtLookup *row)
{
  const double (*m)[3] = matrix->m;
  double cu = m[0][1] * y + m[0][2], cv = m[1][1] * y + m[1][2];
  float  su = (float) (m[0][0] * m[0][0] + m[0][1] * m[0][1]), sv = (float) (m[1][0] * m[1][0] + m[1][1] * m[1][1]);

  for (int i = 0; i < PMT_TILE; i++)
    {
      double x = x0 + i;

      u[i] = m[0][0] * x + cu;
      v[i] = m[1][0] * x + cv;
      row->su[i] = su;
      row->sv[i] = sv;
      row->covered[i] = 1;
    }
}

/* u, v and the squared norms n of all lanes; covered where W > 0. */
PMT_CLONES static void
project_matrix (const PmtMatrix3 *matrix, double x0, double y, double *u, double *v, PmtLookup *row)
{
  const double (*m)[3] = matrix->m;
  double cu = m[0][1] * y + m[0][2], cv = m[1][1] * y + m[1][2], cw = m[2][1] * y + m[2][2];

  for (int i = 0; i < PMT_TILE; i++)
    {
      double x = x0 + i, w = m[2][0] * x + cw, r = 1 / w;
      double a, b, c, d;

      u[i] = (m[0][0] * x + cu) * r;
      v[i] = (m[1][0] * x + cv) * r;
      a = (m[0][0] - u[i] * m[2][0]) * r;
      b = (m[0][1] - u[i] * m[2][1]) * r;
      c = (m[1][0] - v[i] * m[2][0]) * r;
      d = (m[1][1] - v[i] * m[2][1]) * r;
      row->su[i] = (float) (a * a + b * b);
      row->sv[i] = (float) (c * c + d * d);
      row->covered[i] = w > 0;
    }
}

static void
apply_horizons (const PmtProjection *projection, double x0, double y, PmtLookup *row)
{
  for (int h = 0; h < projection->n_horizons; h++)
    for (int i = 0; i < PMT_TILE; i++)
      row->covered[i] &= projection->horizons[h].a * (x0 + i) + projection->horizons[h].b * y
                         + projection->horizons[h].c > 0;
}

/* -- chains of other steps -- */

/* What a chain comes to at a corner: where it leads, ∂(u, v)/∂x and ∂(u, v)/∂y, the squared norms. */
typedef struct { double at[2], dx[2], dy[2], norm[2]; gboolean has; } Node;

static Node
node_at (const PmtTransform *chain, double x, double y)
{
  Node     node = { .has = FALSE };
  PmtPoint p = { x, y }, q;
  double   j[2][2];

  pmt_transform_map (chain, 1, &p, &q);
  node.has = isfinite (q.x) && isfinite (q.y) && pmt_transform_jacobian (chain, p, j);
  if (!node.has)
    return node;
  node.at[0] = q.x, node.at[1] = q.y;
  for (int k = 0; k < 2; k++)
    {
      node.dx[k] = j[k][0], node.dy[k] = j[k][1];
      node.norm[k] = j[k][0] * j[k][0] + j[k][1] * j[k][1];
    }
  return node;
}

static void
project_exactly (const PmtTransform *chain, double x0, double y, int from, int to, double *u, double *v, PmtLookup *row)
{
  for (int i = from; i < to; i++)
    {
      Node node = node_at (chain, x0 + i, y);

      u[i] = node.has ? node.at[0] : NAN;
      v[i] = node.has ? node.at[1] : NAN;
      row->su[i] = (float) node.norm[0];
      row->sv[i] = (float) node.norm[1];
      row->covered[i] = node.has;
    }
}

/* Hermite's cubic from a to b, t of the way; slopes a cell. */
static inline double
between (double a, double da, double b, double db, double t)
{
  double s = 1 - t;

  return s * s * ((1 + 2 * t) * a + t * da) + t * t * ((1 + 2 * s) * b - s * db);
}

/* A row of a cell: cubics from one end to the other, the norms straight between. */
typedef struct { double a[2], da[2], b[2], db[2], norm[2], rise[2]; } Line;

static Line
line_between (const Node *a, const Node *b)
{
  Line line;

  for (int k = 0; k < 2; k++)
    {
      line.a[k] = a->at[k], line.b[k] = b->at[k];
      line.da[k] = CELL * a->dx[k], line.db[k] = CELL * b->dx[k];
      line.norm[k] = a->norm[k], line.rise[k] = b->norm[k] - a->norm[k];
    }
  return line;
}

static inline double
straight (double a, double b, double t)
{
  return a + t * (b - a);
}

/* The row t of the way down Coons' patch; corners as they are read. */
static Line
patch_line (const Node *const corner[4], double t)
{
  const Node *a = corner[0], *b = corner[1], *c = corner[2], *d = corner[3];
  Line        line;

  for (int k = 0; k < 2; k++)
    {
      double more;

      line.a[k] = between (a->at[k], CELL * a->dy[k], c->at[k], CELL * c->dy[k], t);
      line.b[k] = between (b->at[k], CELL * b->dy[k], d->at[k], CELL * d->dy[k], t);
      more = (line.b[k] - straight (b->at[k], d->at[k], t)) - (line.a[k] - straight (a->at[k], c->at[k], t));
      line.da[k] = CELL * straight (a->dx[k], c->dx[k], t) + more;
      line.db[k] = CELL * straight (b->dx[k], d->dx[k], t) + more;
      line.norm[k] = straight (a->norm[k], c->norm[k], t);
      line.rise[k] = straight (b->norm[k], d->norm[k], t) - line.norm[k];
    }
  return line;
}

static PmtPoint
line_middle (const Line *line)
{
  return (PmtPoint) { between (line->a[0], line->da[0], line->b[0], line->db[0], 0.5),
                      between (line->a[1], line->da[1], line->b[1], line->db[1], 0.5) };
}

static gboolean
is_close (const PmtTransform *chain, double x, double y, PmtPoint q)
{
  PmtPoint p = { x, y };

  pmt_transform_map (chain, 1, &p, &p);
  return fabs (p.x - q.x) < CLOSE && fabs (p.y - q.y) < CLOSE;
}

static gboolean
has_kink (const PmtProjection *projection, PmtPoint a, PmtPoint b)
{
  return projection->has_kinks && _pmt_transform_is_kinked (projection->chain, a, b);
}

/* The corners of the cells that a tile touches, and whether their edges' middles are where the cubic is. */
typedef struct
{
  double   x0, y0;             /* the first corner */
  int      columns, rows;      /* of cells */
  Node     node[MOST_CELLS + 1][MOST_CELLS + 1];
  gboolean across[MOST_CELLS + 1][MOST_CELLS + 1], down[MOST_CELLS + 1][MOST_CELLS + 1];   /* from a corner to the next */
  gboolean smooth[MOST_CELLS][MOST_CELLS];
} Cells;

static gboolean
edge_is_close (const PmtProjection *projection, const Node *a, const Node *b, double x, double y, gboolean down)
{
  PmtPoint q;

  if (!a->has || !b->has)
    return FALSE;
  for (int k = 0; k < 2; k++)
    {
      double middle = between (a->at[k], CELL * (down ? a->dy[k] : a->dx[k]), b->at[k], CELL * (down ? b->dy[k] : b->dx[k]), 0.5);

      *(k == 0 ? &q.x : &q.y) = middle;
    }
  return is_close (projection->chain, x + (down ? 0 : 0.5 * CELL), y + (down ? 0.5 * CELL : 0), q);
}

static gboolean
cell_is_smooth (const PmtProjection *projection, const Cells *cells, int i, int j)
{
  double      x = cells->x0 + i * CELL, y = cells->y0 + j * CELL;
  PmtPoint    a = { x, y }, b = { x + CELL, y }, c = { x, y + CELL }, d = { x + CELL, y + CELL };
  const Node *corner[4] = { &cells->node[j][i], &cells->node[j][i + 1], &cells->node[j + 1][i], &cells->node[j + 1][i + 1] };
  Line        line;

  if (!cells->across[j][i] || !cells->across[j + 1][i] || !cells->down[j][i] || !cells->down[j][i + 1]
      || has_kink (projection, a, b) || has_kink (projection, b, d) || has_kink (projection, d, c))
    return FALSE;
  line = patch_line (corner, 0.5);
  return is_close (projection->chain, x + 0.5 * CELL, y + 0.5 * CELL, line_middle (&line));
}

static int
cell_before (int x)
{
  return (int) floor ((double) x / CELL) * CELL;
}

/* Cells lie on multiples of CELL from column and row 0 on, whatever tile is asked for, so a pixel is the same in all of them. */
static void
cells_init (Cells *cells, const PmtProjection *projection, const PmtRect *tile)
{
  int x0 = cell_before (tile->x), y0 = cell_before (tile->y);

  cells->x0 = x0 + 0.5;
  cells->y0 = y0 + 0.5;
  cells->columns = (tile->x + tile->width - x0 + CELL - 1) / CELL;
  cells->rows = (tile->y + tile->height - y0 + CELL - 1) / CELL;
  for (int j = 0; j <= cells->rows; j++)
    for (int i = 0; i <= cells->columns; i++)
      cells->node[j][i] = node_at (projection->chain, cells->x0 + i * CELL, cells->y0 + j * CELL);
  for (int j = 0; j <= cells->rows; j++)
    for (int i = 0; i <= cells->columns; i++)
      {
        double x = cells->x0 + i * CELL, y = cells->y0 + j * CELL;

        cells->across[j][i] = i < cells->columns
                              && edge_is_close (projection, &cells->node[j][i], &cells->node[j][i + 1], x, y, FALSE);
        cells->down[j][i] = j < cells->rows
                            && edge_is_close (projection, &cells->node[j][i], &cells->node[j + 1][i], x, y, TRUE);
      }
  for (int j = 0; j < cells->rows; j++)
    for (int i = 0; i < cells->columns; i++)
      cells->smooth[j][i] = cell_is_smooth (projection, cells, i, j);
}

/* All pixels of a line, whether they are wanted or not, so that each comes from the same instructions. */
PMT_CLONES static void
draw_line (const Line *line, double *u, double *v, float *su, float *sv)
{
  for (int i = 0; i < CELL; i++)
    {
      double t = (double) i / CELL;

      u[i] = between (line->a[0], line->da[0], line->b[0], line->db[0], t);
      v[i] = between (line->a[1], line->da[1], line->b[1], line->db[1], t);
      su[i] = (float) (line->norm[0] + t * line->rise[0]);
      sv[i] = (float) (line->norm[1] + t * line->rise[1]);
    }
}

/* Lanes from … to−1 of the row, of a cell that begins at lane `begin`. */
static void
copy_line (const Line *line, int begin, int from, int to, double *u, double *v, PmtLookup *row)
{
  double  lu[CELL], lv[CELL];
  float   su[CELL], sv[CELL];
  gsize   n = (gsize) (to - from);

  draw_line (line, lu, lv, su, sv);
  memcpy (u + from, lu + (from - begin), n * sizeof *u);
  memcpy (v + from, lv + (from - begin), n * sizeof *v);
  memcpy (row->su + from, su + (from - begin), n * sizeof *su);
  memcpy (row->sv + from, sv + (from - begin), n * sizeof *sv);
  for (int i = from; i < to; i++)
    row->covered[i] = 1;
}

/* The same row of a cell that is not smooth as a whole. */
static void
project_alone (const PmtProjection *projection, double x0, double y, int begin, int from, int to, double *u, double *v,
               PmtLookup *row)
{
  double x = x0 + begin;
  Node   a = node_at (projection->chain, x, y), b = node_at (projection->chain, x + CELL, y);
  Line   line = line_between (&a, &b);

  if (edge_is_close (projection, &a, &b, x, y, FALSE) && !has_kink (projection, (PmtPoint) { x, y }, (PmtPoint) { x + CELL, y }))
    copy_line (&line, begin, from, to, u, v, row);
  else
    project_exactly (projection->chain, x0, y, from, to, u, v, row);
}

static void
project_chain (const PmtProjection *projection, const Cells *cells, int x, int y, int width, double *u, double *v, PmtLookup *row)
{
  int    j = (cell_before (y) - (int) floor (cells->y0)) / CELL, first = cell_before (x) - x;
  double t = (double) (y - cell_before (y)) / CELL;

  for (int i = width; i < PMT_TILE; i++)
    {
      u[i] = v[i] = NAN;
      row->su[i] = row->sv[i] = 1;
      row->covered[i] = 0;
    }
  for (int i = 0; i < cells->columns; i++)
    {
      int         begin = first + i * CELL, from = MAX (begin, 0), to = MIN (begin + CELL, width);
      const Node *corner[4] = { &cells->node[j][i], &cells->node[j][i + 1], &cells->node[j + 1][i], &cells->node[j + 1][i + 1] };

      if (cells->smooth[j][i])
        {
          Line line = patch_line (corner, t);

          copy_line (&line, begin, from, to, u, v, row);
        }
      else
        project_alone (projection, x + 0.5, y + 0.5, begin, from, to, u, v, row);
    }
}

/* -- rows of any transform -- */

/* Coordinates to pixel and fraction, norms to widenings, and nothing outside the image counts as covered. */
PMT_CLONES static void
split (const double *u, const double *v, double width, double height, double centre, PmtLookup *row)
{
  for (int i = 0; i < PMT_TILE; i++)
    {
      gboolean in = row->covered[i] & (u[i] >= 0) & (u[i] <= width) & (v[i] >= 0) & (v[i] <= height);
      double   a = (in ? u[i] : 0.5) - centre, b = (in ? v[i] : 0.5) - centre;
      double   fa = floor (a), fb = floor (b);

      row->covered[i] = in;
      row->iu[i] = (gint32) fa;
      row->iv[i] = (gint32) fb;
      row->fu[i] = (float) (a - fa);
      row->fv[i] = (float) (b - fb);
      row->su[i] = in ? widening (row->su[i]) : 1;
      row->sv[i] = in ? widening (row->sv[i]) : 1;
    }
}

static void
clamp_nearest (const PmtProjection *projection, PmtLookup *row)
{
  for (int i = 0; i < PMT_TILE; i++)   /* the far border itself belongs to the last pixel */
    {
      row->iu[i] = MIN (row->iu[i], projection->width - 1);
      row->iv[i] = MIN (row->iv[i], projection->height - 1);
      row->su[i] = row->sv[i] = 1;
    }
}

void
_pmt_projection_tile (const PmtProjection *projection, const PmtRect *tile, PmtLookup *rows)
{
  double u[PMT_TILE], v[PMT_TILE];
  Cells  cells;

  if (!projection->is_matrix)
    cells_init (&cells, projection, tile);
  for (int k = 0; k < tile->height; k++)
    {
      PmtLookup *row = rows + k;
      int        x = tile->x, y = tile->y + k;

      if (!projection->is_matrix)
        project_chain (projection, &cells, x, y, tile->width, u, v, row);
      else if (projection->is_affine)
        project_affine (&projection->matrix, x + 0.5, y + 0.5, u, v, row);
      else
        project_matrix (&projection->matrix, x + 0.5, y + 0.5, u, v, row);
      if (projection->is_matrix)
        apply_horizons (projection, x + 0.5, y + 0.5, row);
      for (int i = tile->width; i < PMT_TILE; i++)
        row->covered[i] = 0;
      split (u, v, projection->width, projection->height, projection->nearest ? 0 : 0.5, row);
      if (projection->nearest)
        clamp_nearest (projection, row);
    }
}

gboolean
_pmt_projection_get_shift (const PmtProjection *projection, int *dx, int *dy)
{
  const double (*m)[3] = projection->matrix.m;
  double w = m[2][2], x = m[0][2] / w, y = m[1][2] / w;

  if (!projection->is_matrix || !(w > 0) || m[0][0] != w || m[1][1] != w || m[0][1] != 0 || m[1][0] != 0 || m[2][0] != 0
      || m[2][1] != 0 || x != floor (x) || y != floor (y) || !(fabs (x) < G_MAXINT) || !(fabs (y) < G_MAXINT))
    return FALSE;
  *dx = (int) x;
  *dy = (int) y;
  return TRUE;
}
