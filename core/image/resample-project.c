/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Output pixels to source pixels, a row of 64 at a time. With (U, V, W) = M·(x, y, 1) and u = U/W, v = V/W,
 *   ∂u/∂x = (m00 - u·m20) / W,  ∂u/∂y = (m01 - u·m21) / W,  and likewise for v.
 * n = |∂u/∂(x,y)| is how many source pixels a step of one output pixel can cross in u. The kernel is widened n times
 * where n ≥ 1.25, not at all where n ≤ 1.05, and by 1.25·(n - 0.2) … the straight line between these, so that a map
 * that hardly shrinks keeps the interpolating kernel and its speed.
 *
 * A chain with other steps than homographies is evaluated at every 16th pixel of a row, with its Jacobian; between them runs
 * the cubic with the same values and slopes. Where that misses the middle by 0.005 px or more, all pixels are exact, so that
 * errors stay below 0.02 px. They are exact as well where a step is known to have a kink between: a kink at a quarter of
 * the way would leave the middle as it is.
 *
 * Every lane is computed from its own absolute coordinates by the same instructions, whatever row it is in. */
#include "image/resample-private.h"

#include "base/clones.h"

#include <math.h>

#define NEVER_BELOW  1.05f
#define ALWAYS_ABOVE 1.25f
#define CELL         16      /* px between exact points of a chain … */
#define CLOSE        0.005   /* source px; … unless the cubic misses the middle by more: then every pixel is exact */

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
  projection->has_kinks = _pmt_transform_has_kinks (flat);
  if (matrix != NULL)
    projection->matrix = *matrix;
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

/* -- chains of other steps: exact at every CELL-th pixel of a row, cubic between -- */

/* What a chain comes to at a node of the row: where it leads, ∂(u, v)/∂x, the squared norms. */
typedef struct { PmtPoint at; double du, dv, su, sv; gboolean has; } Node;

static Node
node_at (const PmtTransform *chain, PmtPoint p)
{
  Node   node = { .at = { NAN, NAN } };
  double j[2][2];

  pmt_transform_map (chain, 1, &p, &node.at);
  node.has = isfinite (node.at.x) && isfinite (node.at.y) && pmt_transform_jacobian (chain, p, j);
  if (!node.has)
    return node;
  node.du = j[0][0], node.dv = j[1][0];
  node.su = j[0][0] * j[0][0] + j[0][1] * j[0][1];
  node.sv = j[1][0] * j[1][0] + j[1][1] * j[1][1];
  return node;
}

static void
project_exactly (const PmtTransform *chain, double x0, double y, int from, int to, double *u, double *v, PmtLookup *row)
{
  for (int i = from; i < to; i++)
    {
      Node node = node_at (chain, (PmtPoint) { x0 + i, y });

      u[i] = node.at.x;
      v[i] = node.at.y;
      row->su[i] = (float) node.su;
      row->sv[i] = (float) node.sv;
      row->covered[i] = node.has;
    }
}

/* Hermite's cubic from a to b, t of the way. */
static inline double
between (double a, double da, double b, double db, double t)
{
  double s = 1 - t;

  return s * s * ((1 + 2 * t) * a + t * CELL * da) + t * t * ((1 + 2 * s) * b - s * CELL * db);
}

/* TRUE where the cubic from a to b passes close to the truth half-way: a sharp bend within the cell shows there. */
static gboolean
is_smooth (const PmtProjection *projection, const Node *a, const Node *b, double x, double y)
{
  PmtPoint q = { x + 0.5 * CELL, y };

  if (!a->has || !b->has
      || (projection->has_kinks && _pmt_transform_is_kinked (projection->chain, (PmtPoint) { x, y }, (PmtPoint) { x + CELL, y })))
    return FALSE;
  pmt_transform_map (projection->chain, 1, &q, &q);
  return fabs (between (a->at.x, a->du, b->at.x, b->du, 0.5) - q.x) < CLOSE
         && fabs (between (a->at.y, a->dv, b->at.y, b->dv, 0.5) - q.y) < CLOSE;
}

/* Cells lie on multiples of CELL from column 0 on, whatever row is asked for, so a pixel is the same in all of them. */
static void
project_chain (const PmtProjection *projection, int x, double y, int width, double *u, double *v, PmtLookup *row)
{
  int  first = (int) floor ((double) x / CELL) * CELL - x;
  Node a = node_at (projection->chain, (PmtPoint) { x + first + 0.5, y });

  for (int i = width; i < PMT_TILE; i++)
    {
      u[i] = v[i] = NAN;
      row->su[i] = row->sv[i] = 1;
      row->covered[i] = 0;
    }
  for (int begin = first; begin < width; begin += CELL)
    {
      Node b = node_at (projection->chain, (PmtPoint) { x + begin + CELL + 0.5, y });
      int  from = MAX (begin, 0), to = MIN (begin + CELL, width);

      if (is_smooth (projection, &a, &b, x + begin + 0.5, y))
        for (int i = from; i < to; i++)
          {
            double t = (double) (i - begin) / CELL;

            u[i] = between (a.at.x, a.du, b.at.x, b.du, t);
            v[i] = between (a.at.y, a.dv, b.at.y, b.dv, t);
            row->su[i] = (float) (a.su + t * (b.su - a.su));
            row->sv[i] = (float) (a.sv + t * (b.sv - a.sv));
            row->covered[i] = 1;
          }
      else
        project_exactly (projection->chain, x + 0.5, y, from, to, u, v, row);
      a = b;
    }
}

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
_pmt_projection_row (const PmtProjection *projection, int x, int y, int width, PmtLookup *row)
{
  double u[PMT_TILE], v[PMT_TILE];

  if (projection->is_matrix)
    {
      project_matrix (&projection->matrix, x + 0.5, y + 0.5, u, v, row);
      apply_horizons (projection, x + 0.5, y + 0.5, row);
    }
  else
    project_chain (projection, x, y + 0.5, width, u, v, row);
  for (int i = width; i < PMT_TILE; i++)
    row->covered[i] = 0;
  split (u, v, projection->width, projection->height, projection->nearest ? 0 : 0.5, row);
  if (projection->nearest)
    clamp_nearest (projection, row);
}
