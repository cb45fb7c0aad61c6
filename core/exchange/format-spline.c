/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Uniform cubic B-splines as ITK and elastix have them, p + d(p) with d = Σ c_ij·B(…), which is zero where a place
 * lacks any of its 16 nodes. With one affine map A after the spline, A(p + d(p)) = p + d'(p) with the displacements
 * c'_ij = A(n_ij + c_ij) − n_ij at the nodes n_ij: cubic B-splines reproduce affine maps. So a file's spline is
 * split into the affine map that is nearest to n + c over the nodes, and what remains as a dense step before it, and
 * ours can be written with the map that follows. */
#include <math.h>

#include "exchange/format-private.h"

#define MAX_SIDE   8192          /* nodes, of a dense step */
#define MAX_NODES  (1 << 21)
#define SUPPORT    2             /* nodes beyond the cell that a place lies in, one of them to spare */
#define NOTHING    1e-9          /* px: a bend that is none */
#define STEPS      32000         /* quanta that the largest displacement has: 16 bits with a sign */
#define LEAST      1e-6          /* px, of a quantum */
#define FLATTEST   1e-9          /* |det| of the affine map */

static PmtPoint
node_at (const PmtLattice *l, int k)
{
  return (PmtPoint) { l->origin.x + k % l->columns * l->spacing.x, l->origin.y + k / l->columns * l->spacing.y };
}

gboolean
_pmt_spline_check (double columns, double rows, double n_parameters, GError **error)
{
  if (!(columns >= 4 && rows >= 4 && columns <= MAX_SIDE && rows <= MAX_SIDE && columns * rows <= MAX_NODES
        && columns == floor (columns) && rows == floor (rows)))
    return _pmt_format_refuse (error, "a spline of %g × %g nodes: 4 to %d a side are read, and %d in all", columns,
                               rows, MAX_SIDE,
                               MAX_NODES);
  if (n_parameters != 2 * columns * rows)
    return _pmt_format_fail (error, 0, "a spline of %g × %g nodes has %g parameters, not %g", columns, rows,
                             2 * columns * rows,
                             n_parameters);
  return TRUE;
}

/* -- reading -- */

/* Of u and v over the nodes, about the grid's middle: columns and rows are uncorrelated, so slopes are quotients. */
static gboolean
nearest_affine (const PmtLattice *l, PmtMatrix3 *m)
{
  int      n = l->columns * l->rows;
  PmtPoint middle = { l->origin.x + 0.5 * (l->columns - 1) * l->spacing.x,
                      l->origin.y + 0.5 * (l->rows - 1) * l->spacing.y };
  double   xx = 0, yy = 0, ux = 0, uy = 0, vx = 0, vy = 0, u = 0, v = 0, a[4];

  for (int k = 0; k < n; k++)
    {
      PmtPoint p = node_at (l, k), d = l->displacement[k];
      double   x = p.x - middle.x, y = p.y - middle.y;

      xx += x * x, yy += y * y;
      ux += d.x * x, uy += d.x * y, vx += d.y * x, vy += d.y * y;
      u += d.x / n, v += d.y / n;
    }
  a[0] = 1 + ux / xx, a[1] = uy / yy, a[2] = vx / xx, a[3] = 1 + vy / yy;
  *m = _pmt_linear_about (a, (PmtPoint) { u, v }, middle);
  return pmt_matrix3_is_finite (m) && fabs (a[0] * a[3] - a[1] * a[2]) > FLATTEST;
}

/* What is left of the displacements before the map whose inverse this is; the largest component. */
static double
take_off (const PmtLattice *l, const PmtMatrix3 *back, PmtPoint *rest)
{
  double most = 0;

  for (int k = 0; k < l->columns * l->rows; k++)
    {
      PmtPoint p = node_at (l, k), q = pmt_matrix3_map (back, (PmtPoint) { p.x + l->displacement[k].x,
                                                                           p.y + l->displacement[k].y });

      rest[k] = (PmtPoint) { q.x - p.x, q.y - p.y };
      most = fmax (most, fmax (fabs (rest[k].x), fabs (rest[k].y)));
    }
  return most;
}

gboolean
_pmt_spline_append (PmtFormatContent *content, const PmtLattice *nodes, const char *format, GError **error)
{
  int                 n = nodes->columns * nodes->rows;
  g_autofree PmtPoint *rest = g_try_new (PmtPoint, n);
  PmtLattice          ours = *nodes;
  PmtMatrix3          m, back;
  PmtProvenance       provenance;
  double              most;

  if (rest == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "no memory for a spline of %d nodes", n);
      return FALSE;
    }
  ours.origin = (PmtPoint) { nodes->origin.x + 0.5, nodes->origin.y + 0.5 };
  if (!nearest_affine (&ours, &m) || !pmt_matrix3_invert (&m, &back))
    return _pmt_format_fail (error, 0, "the spline leaves no area: it cannot be a map of an image");
  most = take_off (&ours, &back, rest);
  ours.displacement = rest;
  if (content->transform == NULL)
    content->transform = pmt_transform_new (content->fixed, content->moving);
  if (most > NOTHING)
    {
      PmtTransform *longer;

      pmt_provenance_init (&provenance);
      provenance.method = (char *) "import";
      provenance.model = (char *) format;
      longer = pmt_transform_append_dense (content->transform, &ours, fmax (most / STEPS, LEAST), (PmtSize) { 0, 0 },
                                           &provenance,
                                           error);
      if (longer == NULL)
        return FALSE;
      pmt_transform_unref (content->transform);
      content->transform = longer;
    }
  return _pmt_linear_append (content, &m, format, error);
}

/* -- writing -- */

/* The part of the plane that the fixed image reaches before step index. */
static gboolean
reached (const PmtTransform *flat, int index, PmtSize fixed, PmtExtent *extent)
{
  g_autoptr (PmtTransform) before = pmt_transform_new (fixed, (PmtSize) { 0, 0 });
  double                   stretch;

  for (int i = 0; i < index; i++)
    _pmt_transform_add (before, _pmt_step_ref ((PmtStep *) _pmt_transform_get_step (flat, i)));
  *extent = (PmtExtent) { 0, 0, fixed.width, fixed.height };
  return _pmt_transform_reach (before, extent, &stretch);
}

/* First node, and how many, that places from low to high stand on; FALSE: too many. */
static gboolean
cover (double origin, double spacing, double low, double high, int *first, int *count)
{
  double a = floor ((low - origin) / spacing) - SUPPORT, b = floor ((high - origin) / spacing) + SUPPORT + 1;

  if (!(fabs (a) < 1e6 && b - a < MAX_SIDE))
    return FALSE;
  *first = (int) a;
  *count = (int) (b - a) + 1;
  return TRUE;
}

/* The grid again from node (i, j) on, outermost displacements repeated. */
static PmtLattice *
widen (const PmtLattice *l, int i0, int columns, int j0, int rows)
{
  PmtLattice *wide = g_new (PmtLattice, 1);
  PmtPoint   *d = g_new (PmtPoint, (gsize) columns * (gsize) rows);

  for (int j = 0; j < rows; j++)
    for (int i = 0; i < columns; i++)
      d[(gsize) j * columns + i] = l->displacement[(gsize) CLAMP (j0 + j, 0, l->rows - 1) * l->columns + CLAMP (i0 + i,
                                                                                                                0, l->columns - 1)];
  *wide = (PmtLattice) { { l->origin.x + i0 * l->spacing.x - 0.5, l->origin.y + j0 * l->spacing.y - 0.5 }, l->spacing,
                         columns, rows, d };
  return wide;
}

PmtLattice *
_pmt_spline_nodes (const PmtTransform *flat, int index, PmtSize fixed, GError **error)
{
  const PmtStep *step = _pmt_transform_get_step (flat, index);
  PmtLattice     own, *nodes = NULL;
  PmtExtent      extent;
  int            i0, j0, columns, rows;

  if (fixed.width <= 0)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the fixed image's size is not known, and a spline "
                                                                  "needs it");
      return NULL;
    }
  if (!_pmt_step_lattice_get (step, &own) && !_pmt_step_dense_get (step, &own))
    {
      _pmt_format_refuse (error, "only affine maps and bends of lattice and dense steps can be written as a spline");
      return NULL;
    }
  if (reached (flat, index, fixed, &extent) && cover (own.origin.x, own.spacing.x, extent.x0, extent.x1, &i0, &columns)
      && cover (own.origin.y, own.spacing.y, extent.y0, extent.y1, &j0, &rows) && (gint64) columns * rows <= MAX_NODES)
    nodes = widen (&own, i0, columns, j0, rows);
  else
    _pmt_format_refuse (error, "the bend would take too many nodes over all that the fixed image covers");
  g_free ((PmtPoint *) own.displacement);
  return nodes;
}

void
_pmt_spline_follow (PmtLattice *nodes, const PmtMatrix3 *m)
{
  PmtMatrix3 centres = _pmt_linear_to_centres (m);
  PmtPoint  *d = (PmtPoint *) nodes->displacement;

  for (int k = 0; k < nodes->columns * nodes->rows; k++)
    {
      PmtPoint p = node_at (nodes, k), q = pmt_matrix3_map (&centres, (PmtPoint) { p.x + d[k].x, p.y + d[k].y });

      d[k] = (PmtPoint) { q.x - p.x, q.y - p.y };
    }
}

void
_pmt_spline_free (PmtLattice *nodes)
{
  g_free ((PmtPoint *) nodes->displacement);
  g_free (nodes);
}
