/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A field of displacements D as a chain. With A the affine map that is nearest to p + D(p) over all samples, the
 * rest e(p) = A⁻¹·(p + D(p)) − p is what a dense step must show, before A. e is taken at the samples of every m-th
 * column and row, one node further than the field on all sides, where it goes on along a parabola; the controls of
 * the cubic B-spline through these nodes come from a tridiagonal system along each row, then each column (Unser
 * 1999; the ends lie outside of the field, so that the step's repeated controls matter there only). m is halved
 * until no sample of the field is missed by more than the tolerance. */
#include "exchange/field-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "transform/spline-grid-private.h"

#define STRIP         64        /* rows of samples that are read at a time */
#define COARSEST      64        /* samples a node, to begin with */
#define BASE          3         /* samples from one to the next of the three that tell how it goes on beyond the border */
#define FARTHEST      1e9       /* px */
#define FLATTEST      1e-6      /* |det| of the affine map, of its squared norm */
#define SHARE         0.5       /* of the tolerance, which the quantum may have at most: rounding errs by half a quantum */
#define MIN_TOLERANCE 1e-4
#define MAX_TOLERANCE 100.0
#define MOMENTS       10        /* Σ 1, x, y, xx, xy, yy and Σ of … */
#define SUMS          (MOMENTS + 2)

typedef struct
{
  PmtSource    *source;
  int           columns, rows, stride;
  PmtMatrix3    affine, back;
  /* for a pass over all samples */
  PmtTransform *chain;            /* NULL: sums for the affine map are wanted */
  double        limit;            /* give up where more is missed */
  gint          given_up;         /* atomic */
  double      (*sums)[SUMS];      /* of a strip; or [0] the worst, [1] the squares */
} Fit;

/* -- passes over the samples -- */

static PmtPoint
place (const Fit *fit, int i, int j)
{
  return (PmtPoint) { (i + 0.5) * fit->stride, (j + 0.5) * fit->stride };
}

static gboolean
check_sample (const Fit *fit, const float *d, int i, int j, GError **error)
{
  PmtPoint p = place (fit, i, j);

  if (fabsf (d[0]) <= FARTHEST && fabsf (d[1]) <= FARTHEST)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the field has no displacement at (%g, %g): its sample at column %d, row %d is (%g, %g)", p.x, p.y, i, j,
               d[0], d[1]);
  return FALSE;
}

/* Moments about the middle of the field, so that nothing cancels. */
static void
add_moments (const Fit *fit, const float *d, int i, int j, double sums[SUMS])
{
  double       x = i - 0.5 * (fit->columns - 1), y = j - 0.5 * (fit->rows - 1);
  const double one[SUMS] = { 1, x, y, x * x, x * y, y * y, d[0], d[0] * x, d[0] * y, d[1], d[1] * x, d[1] * y };

  for (int k = 0; k < SUMS; k++)
    sums[k] += one[k];
}

/* What the chain misses the samples of a row by. */
static gboolean
compare_row (Fit *fit, const float *row, int j, double sums[SUMS])
{
  enum { CHUNK = 256 };

  for (int begin = 0; begin < fit->columns; begin += CHUNK)
    {
      int      n = MIN (CHUNK, fit->columns - begin);
      PmtPoint p[CHUNK], q[CHUNK];

      for (int i = 0; i < n; i++)
        p[i] = place (fit, begin + i, j);
      pmt_transform_map (fit->chain, n, p, q);
      for (int i = 0; i < n; i++)
        {
          const float *d = row + 2 * (begin + i);
          double       miss = hypot (q[i].x - p[i].x - d[0], q[i].y - p[i].y - d[1]);

          sums[0] = fmax (sums[0], miss);
          sums[1] += miss * miss;
        }
    }
  return sums[0] <= fit->limit;
}

static gboolean
visit_strip (int index, int thread, gpointer data, GError **error)
{
  Fit     *fit = data;
  PmtRect  rect = { 0, index * STRIP, fit->columns, MIN (STRIP, fit->rows - index * STRIP) };
  gsize    stride = 2 * (gsize) fit->columns;
  float   *samples;
  gboolean good;

  if (g_atomic_int_get (&fit->given_up))
    return TRUE;
  samples = pmt_buffer_new (stride * (gsize) rect.height, sizeof (float), error);
  good = samples != NULL && pmt_source_read (fit->source, &rect, samples, stride, error);
  for (int y = 0; good && y < rect.height; y++)
    {
      const float *row = samples + (gsize) y * stride;

      for (int i = 0; fit->chain == NULL && good && i < fit->columns; i++)
        {
          good = check_sample (fit, row + 2 * i, i, rect.y + y, error);
          add_moments (fit, row + 2 * i, i, rect.y + y, fit->sums[index]);
        }
      if (fit->chain != NULL && !compare_row (fit, row, rect.y + y, fit->sums[index]))
        {
          g_atomic_int_set (&fit->given_up, 1);
          break;
        }
    }
  pmt_buffer_free (samples);
  return good;
}

/* Sums of all strips, in order; by the greatest where `chain` is compared. */
static gboolean
visit_all (PmtContext *context, Fit *fit, PmtTransform *chain, double limit, double total[SUMS], GError **error)
{
  int      strips = (fit->rows - 1) / STRIP + 1;
  gboolean good;

  fit->chain = chain;
  fit->limit = limit;
  fit->given_up = 0;
  fit->sums = g_malloc0_n ((gsize) strips, sizeof *fit->sums);
  good = pmt_parallel_for (context, strips, visit_strip, fit, error);
  memset (total, 0, SUMS * sizeof (double));
  for (int s = 0; good && s < strips; s++)
    for (int k = 0; k < SUMS; k++)
      total[k] = chain != NULL && k == 0 ? fmax (total[0], fit->sums[s][0]) : total[k] + fit->sums[s][k];
  g_free (fit->sums);
  return good;
}

/* -- the affine map -- */

/* x of [a b c; b d e; c e f]·x = r by Cramer's rule: moments about the mean, far from singular. */
static void
solve_three (const double s[6], const double r[3], double x[3])
{
  double a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5];
  double whole = a * (d * f - e * e) - b * (b * f - e * c) + c * (b * e - d * c);

  x[0] = (r[0] * (d * f - e * e) - b * (r[1] * f - e * r[2]) + c * (r[1] * e - d * r[2])) / whole;
  x[1] = (a * (r[1] * f - e * r[2]) - r[0] * (b * f - e * c) + c * (b * r[2] - r[1] * c)) / whole;
  x[2] = (a * (d * r[2] - r[1] * e) - b * (b * r[2] - r[1] * c) + r[0] * (b * e - d * c)) / whole;
}

static gboolean
find_affine (PmtContext *context, Fit *fit, GError **error)
{
  double total[SUMS], rows[2][3], norm, (*m)[3] = fit->affine.m;
  double cx = 0.5 * (fit->columns - 1) + 0.5, cy = 0.5 * (fit->rows - 1) + 0.5;

  if (!visit_all (context, fit, NULL, INFINITY, total, error))
    return FALSE;
  for (int axis = 0; axis < 2; axis++)
    {
      double *row = rows[axis];

      solve_three (total, total + 6 + 3 * axis, row);
      m[axis][0] = row[1] / fit->stride + (axis == 0);
      m[axis][1] = row[2] / fit->stride + (axis == 1);
      m[axis][2] = row[0] - row[1] * cx - row[2] * cy;
    }
  m[2][0] = m[2][1] = 0, m[2][2] = 1;
  norm = m[0][0] * m[0][0] + m[0][1] * m[0][1] + m[1][0] * m[1][0] + m[1][1] * m[1][1];
  if (pmt_matrix3_is_finite (&fit->affine) && fabs (m[0][0] * m[1][1] - m[0][1] * m[1][0]) > FLATTEST * norm
      && pmt_matrix3_invert (&fit->affine, &fit->back))
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the field collapses the image to a line or a point");
  return FALSE;
}

/* -- nodes -- */

/* A value at index i of n samples as a sum of some: itself, or beyond the ends the parabola through three of them, m
 * apart (BASE at least, or noise would be blown up) where there is room. Returns how many. */
static int
blend (int n, int i, int m, int at[3], double weight[3])
{
  int    end = CLAMP (i, 0, n - 1), step = MIN (MAX (m, BASE), (n - 1) / 2) * (i < 0 ? 1 : -1);
  double t = step != 0 ? (double) (i - end) / step : 0;

  if (i == end || step == 0)   /* two samples: the nearer one */
    {
      at[0] = end;
      weight[0] = 1;
      return 1;
    }
  for (int k = 0; k < 3; k++)
    at[k] = end + k * step;
  weight[0] = 0.5 * (t - 1) * (t - 2), weight[1] = -t * (t - 2), weight[2] = 0.5 * t * (t - 1);
  return 3;
}

static PmtPoint
rest_at (const Fit *fit, const float *row, int i, int j)
{
  PmtPoint p = place (fit, i, j), q = pmt_matrix3_map (&fit->back, (PmtPoint) { p.x + row[2 * i], p.y + row[2 * i + 1] });

  return (PmtPoint) { q.x - p.x, q.y - p.y };
}

/* Adds row j of samples, times `share`, to a row of nodes. */
static void
add_row (const Fit *fit, const float *row, int j, int m, double share, int nodes, PmtPoint *e)
{
  for (int k = 0; k < nodes; k++)
    {
      int    at[3], n;
      double weight[3];

      n = blend (fit->columns, (k - 1) * m, m, at, weight);
      for (int s = 0; s < n; s++)
        {
          PmtPoint r = rest_at (fit, row, at[s], j);

          e[k].x += share * weight[s] * r.x;
          e[k].y += share * weight[s] * r.y;
        }
    }
}

/* Nodes along an axis of n samples: node k at sample (k − 1)·m; the last but one at the last sample or beyond. */
static int
count_nodes (int n, int m)
{
  return (n - 2) / m + 4;
}

static gboolean
take_nodes (const Fit *fit, int m, int columns, int rows, PmtPoint *e, GError **error)
{
  g_autofree float *row = g_new (float, 2 * (gsize) fit->columns);

  for (int k = 0; k < rows; k++)
    {
      int    at[3], n;
      double weight[3];

      n = blend (fit->rows, (k - 1) * m, m, at, weight);
      for (int s = 0; s < n; s++)
        {
          PmtRect rect = { 0, at[s], fit->columns, 1 };

          if (!pmt_source_read (fit->source, &rect, row, 2 * (gsize) fit->columns, error))
            return FALSE;
          add_row (fit, row, at[s], m, weight[s], columns, e + (gsize) k * (gsize) columns);
        }
    }
  return TRUE;
}

/* Values to controls along a line of n ≥ 4, in place: (cᵢ₋₁ + 4cᵢ + cᵢ₊₁)/6 = vᵢ within; at the ends c = v − v''/6,
 * as of a parabola. */
static void
to_controls (PmtPoint *v, int n, gsize step, double *scratch)
{
  PmtPoint *last = v + (gsize) (n - 1) * step, *l1 = last - step, *l2 = l1 - step;
  double    pivot;

  *last = (PmtPoint) { (5 * last->x + 2 * l1->x - l2->x) / 6, (5 * last->y + 2 * l1->y - l2->y) / 6 };
  v[0] = (PmtPoint) { (5 * v[0].x + 2 * v[step].x - v[2 * step].x) / 6, (5 * v[0].y + 2 * v[step].y - v[2 * step].y) / 6 };
  scratch[0] = 0;
  for (int i = 1; i < n - 1; i++)
    {
      PmtPoint *c = v + (gsize) i * step, before = v[(gsize) (i - 1) * step];

      pivot = 4 - scratch[i - 1];
      scratch[i] = 1 / pivot;
      *c = (PmtPoint) { (6 * c->x - before.x) / pivot, (6 * c->y - before.y) / pivot };
    }
  for (int i = n - 2; i > 0; i--)
    {
      PmtPoint *c = v + (gsize) i * step, after = v[(gsize) (i + 1) * step];

      *c = (PmtPoint) { c->x - scratch[i] * after.x, c->y - scratch[i] * after.y };
    }
}

/* -- trying a grid -- */

static double
quantum_for (const PmtPoint *control, gsize n, double tolerance)
{
  double most = 0, quantum = exp2 (floor (log2 (SHARE * tolerance)));

  for (gsize i = 0; i < n; i++)
    most = fmax (most, fmax (fabs (control[i].x), fabs (control[i].y)));
  while (most > quantum * (G_MAXINT16 - 1) && quantum < 4096)
    quantum *= 2;
  return quantum;
}

static PmtTransform *
with_affine (const Fit *fit, const PmtFieldFrame *frame, PmtTransform *before, GError **error)
{
  g_autoptr (PmtTransform) empty = before == NULL ? pmt_transform_new (frame->fixed, frame->moving) : before;
  PmtProvenance            provenance;
  PmtTransform            *chain;

  pmt_provenance_init (&provenance);
  provenance.method = g_strdup ("import");
  chain = pmt_transform_append_matrix (empty, &fit->affine, frame->moving, &provenance, error);
  pmt_provenance_clear (&provenance);
  return chain;
}

/* The chain with every m-th sample as a node; NULL with PMT_ERROR_UNSUPPORTED for more nodes or text than there may be,
 * PMT_ERROR_BAD_INPUT for folds. */
static PmtTransform *
try_grid (const Fit *fit, const PmtFieldFrame *frame, int m, double tolerance, double *quantum, GError **error)
{
  int                      columns = count_nodes (fit->columns, m), rows = count_nodes (fit->rows, m);
  gsize                    n = (gsize) columns * (gsize) rows;
  g_autofree PmtPoint     *e = NULL;
  g_autofree double       *scratch = NULL;
  g_autoptr (PmtTransform) empty = pmt_transform_new (frame->fixed, frame->moving);
  PmtTransform            *bent;
  double                   spacing = (double) m * fit->stride;
  PmtLattice               field = { place (fit, -m, -m), { spacing, spacing }, columns, rows, NULL };
  PmtProvenance            provenance;

  if (columns > PMT_GRID_MAX_SIDE || rows > PMT_GRID_MAX_SIDE || n > PMT_GRID_MAX_NODES)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "a field of %d × %d samples is too large", fit->columns, fit->rows);
      return NULL;
    }
  e = g_new0 (PmtPoint, n);
  scratch = g_new (double, MAX (columns, rows));
  if (!take_nodes (fit, m, columns, rows, e, error))
    return NULL;
  for (int j = 0; j < rows; j++)
    to_controls (e + (gsize) j * (gsize) columns, columns, 1, scratch);
  for (int i = 0; i < columns; i++)
    to_controls (e + i, rows, (gsize) columns, scratch);
  *quantum = quantum_for (e, n, tolerance);
  field.displacement = e;
  pmt_provenance_init (&provenance);
  provenance.method = g_strdup ("import");
  bent = pmt_transform_append_dense (empty, &field, *quantum, frame->moving, &provenance, error);
  pmt_provenance_clear (&provenance);
  return bent != NULL ? with_affine (fit, frame, bent, error) : NULL;
}

static void
note (PmtFieldFit *result, const Fit *fit, const double total[SUMS], int spacing, double quantum, double tolerance)
{
  result->worst = total[0];
  result->rms = sqrt (total[1] / ((double) fit->columns * fit->rows));
  result->spacing = spacing;
  result->quantum = quantum;
  result->met = total[0] <= tolerance;
}

/* One grid; FALSE for an error that ends the search. Otherwise *chain is what it gave, or *fold tells why it is
 * nothing: with neither, the grid would be too large. */
static gboolean
take_grid (PmtContext *context, Fit *fit, const PmtFieldFrame *frame, int m, double tolerance, PmtFieldFit *result,
           PmtTransform **chain, GError **fold, GError **error)
{
  g_autoptr (GError)       why = NULL;
  double                   quantum = 0, total[SUMS];
  g_autoptr (PmtTransform) next = try_grid (fit, frame, m, tolerance, &quantum, &why);

  if (next == NULL && g_error_matches (why, PMT_ERROR, PMT_ERROR_UNSUPPORTED))
    return TRUE;
  g_clear_error (fold);
  if (next == NULL)
    {
      g_propagate_error (g_error_matches (why, PMT_ERROR, PMT_ERROR_BAD_INPUT) ? fold : error, g_steal_pointer (&why));
      return *fold != NULL;
    }
  g_clear_pointer (chain, pmt_transform_unref);
  *chain = g_steal_pointer (&next);
  if (!visit_all (context, fit, *chain, tolerance, total, error))
    return FALSE;
  note (result, fit, total, m * fit->stride, quantum, tolerance);
  return TRUE;
}

/* Coarse to fine, until the tolerance is met. What comes nearest to it is kept, unless the field folds when it is seen
 * more finely; a coarse grid smooths folds away. */
static PmtTransform *
search (PmtContext *context, Fit *fit, const PmtFieldFrame *frame, double tolerance, PmtFieldFit *result, GError **error)
{
  g_autoptr (PmtTransform) best = NULL;
  g_autoptr (GError)       fold = NULL;
  double                   total[SUMS];

  for (int m = COARSEST; m >= 1 && !result->met; m /= 2)
    if ((m == 1 || m <= MIN (fit->columns, fit->rows) / 2)
        && !take_grid (context, fit, frame, m, tolerance, result, &best, &fold, error))
      return NULL;
  if (fold != NULL)
    g_propagate_error (error, g_steal_pointer (&fold));
  else if (best == NULL)
    g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "a field of %d × %d samples is too large, however coarse the grid",
                 fit->columns, fit->rows);
  else if (result->met)
    return g_steal_pointer (&best);
  else if (visit_all (context, fit, best, INFINITY, total, error))
    {
      note (result, fit, total, result->spacing, result->quantum, tolerance);
      return g_steal_pointer (&best);
    }
  return NULL;
}

PmtTransform *
pmt_field_to_transform (PmtContext *context, const PmtField *field, double tolerance, PmtFieldFit *result, GError **error)
{
  Fit                      fit = { .source = field->source, .columns = pmt_source_get_width (field->source),
                                   .rows = pmt_source_get_height (field->source), .stride = field->frame.stride };
  g_autoptr (PmtTransform) plane = NULL;
  double                   total[SUMS];

  *result = (PmtFieldFit) { 0 };
  if (!(tolerance >= MIN_TOLERANCE && tolerance <= MAX_TOLERANCE) || fit.columns < 2 || fit.rows < 2)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   fit.columns < 2 || fit.rows < 2 ? "a field has at least 2 × 2 samples"
                                                   : "the tolerance lies between %g and %g px", MIN_TOLERANCE, MAX_TOLERANCE);
      return NULL;
    }
  if (!find_affine (context, &fit, error))
    return NULL;
  plane = with_affine (&fit, &field->frame, NULL, error);
  if (plane == NULL || !visit_all (context, &fit, plane, tolerance, total, error))
    return NULL;
  note (result, &fit, total, 0, 0, tolerance);
  if (result->met)
    return g_steal_pointer (&plane);
  return search (context, &fit, &field->frame, tolerance, result, error);
}
