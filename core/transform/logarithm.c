/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stationary velocity whose flow a bend is: its logarithm. With φ the bend's step and v_k the velocity so far,
 *
 *     v_{k+1}(p) = v_k(p) + φ(exp(−v_k)(p)) − p
 *
 * at the nodes of a grid, the first term of the Baker–Campbell–Hausdorff series (Bossa, Zacur and Olmos 2008); a spline is put through
 * the nodes each time. A bend that folds nowhere need not have a logarithm; those that are not far from the identity do. What the flow
 * misses is measured between the nodes, and told. */
#include <math.h>

#include "transform/bend-private.h"

#define LONGER_SIDE 128        /* cells of the grid along the image's longer side */
#define AROUND      16         /* cells beyond it: places on their way leave the image */
#define ROUNDS      12
#define SETTLED     1e-4       /* px, by which no velocity changes any more */
#define SPLINE      16         /* passes: each makes what the spline misses at its nodes a third or less */
#define BETWEEN     193        /* places a side where the outcome is compared */

typedef struct
{
  const PmtStep *bend;
  PmtSize        size;
  PmtLattice     grid;         /* its displacements are the controls, … */
  PmtPoint      *control;
  PmtPoint      *value;        /* … these the velocities at the nodes */
} Log;

static PmtPoint
node_place (const Log *l, int k)
{
  return (PmtPoint) { l->grid.origin.x + l->grid.spacing.x * (k % l->grid.columns),
                      l->grid.origin.y + l->grid.spacing.y * (k / l->grid.columns) };
}

/* (1, 4, 1)/6 along both axes, the outermost controls repeated. */
static PmtPoint
spline_at_node (const Log *l, int i, int j)
{
  static const double weight[3] = { 1 / 6.0, 4 / 6.0, 1 / 6.0 };
  PmtPoint            sum = { 0, 0 };

  for (int b = -1; b <= 1; b++)
    for (int a = -1; a <= 1; a++)
      {
        PmtPoint c = l->control[CLAMP (j + b, 0, l->grid.rows - 1) * l->grid.columns + CLAMP (i + a, 0, l->grid.columns - 1)];

        sum.x += weight[a + 1] * weight[b + 1] * c.x;
        sum.y += weight[a + 1] * weight[b + 1] * c.y;
      }
  return sum;
}

/* Controls of the spline through the values: each takes on what its node lacks. */
static void
interpolate (Log *l)
{
  for (int pass = 0; pass < SPLINE; pass++)
    for (int k = 0; k < l->grid.columns * l->grid.rows; k++)
      {
        PmtPoint has = spline_at_node (l, k % l->grid.columns, k / l->grid.columns);

        l->control[k].x += l->value[k].x - has.x;
        l->control[k].y += l->value[k].y - has.y;
      }
}

/* One round of the series; the greatest change, px, or INFINITY where a place has no image. */
static double
improve (Log *l, const PmtStep *flow)
{
  g_autoptr (PmtStep) back = flow->klass->invert (flow, NULL);
  double              most = 0;

  for (int k = 0; back != NULL && k < l->grid.columns * l->grid.rows; k++)
    {
      PmtPoint p = node_place (l, k), q;

      back->klass->map (back, 1, &p, &q);
      l->bend->klass->map (l->bend, 1, &q, &q);
      if (isnan (q.x))
        return INFINITY;
      l->value[k].x += q.x - p.x;
      l->value[k].y += q.y - p.y;
      most = fmax (most, hypot (q.x - p.x, q.y - p.y));
    }
  return back != NULL ? most : INFINITY;
}

/* How far flow and bend put the same place apart, over the image, px. */
static double
greatest_distance (const Log *l, const PmtStep *flow)
{
  double worst = 0;

  for (int k = 0; k < BETWEEN * BETWEEN; k++)
    {
      PmtPoint p = { l->size.width * (double) (k % BETWEEN) / (BETWEEN - 1), l->size.height * (double) (k / BETWEEN) / (BETWEEN - 1) };
      PmtPoint a, b;

      flow->klass->map (flow, 1, &p, &a);
      l->bend->klass->map (l->bend, 1, &p, &b);
      worst = fmax (worst, hypot (a.x - b.x, a.y - b.y));
    }
  return worst;
}

static void
lay_grid (Log *l)
{
  double cell = fmax (l->size.width, l->size.height) / (double) LONGER_SIDE;

  l->grid.origin = (PmtPoint) { -AROUND * cell, -AROUND * cell };
  l->grid.spacing = (PmtPoint) { cell, cell };
  l->grid.columns = (int) ceil (l->size.width / cell) + 2 * AROUND + 1;
  l->grid.rows = (int) ceil (l->size.height / cell) + 2 * AROUND + 1;
  l->control = g_new0 (PmtPoint, (gsize) l->grid.columns * l->grid.rows);
  l->value = g_new0 (PmtPoint, (gsize) l->grid.columns * l->grid.rows);
  l->grid.displacement = l->control;
}

static PmtStep *
fail (GError **error, double missed)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "the bend is too strong to be the flow of a steady velocity: the nearest "
               "one found misses it by %.3g px", missed);
  return NULL;
}

PmtStep *
_pmt_step_logarithm (const PmtStep *bend, PmtSize size, double tolerance, double *missed, GError **error)
{
  Log                 l = { .bend = bend, .size = size };
  g_autoptr (PmtStep) flow = NULL;
  double              change = INFINITY;

  *missed = INFINITY;
  lay_grid (&l);
  flow = _pmt_step_velocity_new (&l.grid, 0, NULL);      /* of nothing yet */
  for (int k = 0; k < ROUNDS && flow != NULL && change > SETTLED; k++)
    {
      change = improve (&l, flow);
      if (!isfinite (change))
        break;
      interpolate (&l);
      _pmt_step_unref (flow);
      flow = _pmt_step_velocity_new (&l.grid, 0, NULL);
    }
  if (flow != NULL && isfinite (change))
    *missed = greatest_distance (&l, flow);
  g_free (l.control);
  g_free (l.value);
  return *missed <= tolerance ? g_steal_pointer (&flow) : fail (error, *missed);
}

PmtTransform *
pmt_transform_to_velocities (const PmtTransform *transform, double *missed, GError **error)
{
  PmtSize                  size = pmt_transform_get_moving_size (transform);
  g_autoptr (PmtTransform) out = pmt_transform_new (pmt_transform_get_fixed_size (transform), size);

  *missed = 0;
  if (size.width <= 0 || size.height <= 0)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the moving image's size is not known, over which velocities are to be found");
      return NULL;
    }
  for (int k = 0; k < pmt_transform_get_length (transform); k++)
    {
      const PmtStep       *step = _pmt_transform_get_step (transform, k);
      const PmtProvenance *provenance = pmt_transform_get_provenance (transform, k);
      PmtStep             *flow;
      double               worst;

      if (step->klass == &_pmt_step_projective_class || step->klass == &_pmt_step_velocity_class)
        {
          _pmt_transform_add (out, _pmt_step_ref ((PmtStep *) step));
          continue;
        }
      flow = _pmt_step_logarithm (step, size, PMT_VELOCITY_TOLERANCE, &worst, error);
      if (flow == NULL)
        {
          g_prefix_error (error, "step %d: ", k);
          return NULL;
        }
      if (provenance != NULL)
        _pmt_step_describe (flow, provenance);
      *missed = fmax (*missed, worst);
      _pmt_transform_add (out, flow);
    }
  return g_steal_pointer (&out);
}
