/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A homography as a step: (x, y) → (X/W, Y/W) with (X, Y, W) = M·(x, y, 1), where W > 0. Points with W ≤ 0 lie behind
 * the horizon and have no image.
 *
 * The product of two homographies has the denominator W₁·W₂ and would give an image to points behind both horizons.
 * In a chain they have none, since W₁ ≤ 0 already ends it. W₁ is linear in the fixed image's coordinates, so a merged
 * step keeps it as a PmtHorizon, unless it is constant or a multiple of the product's own denominator. */
#include "transform/transform-private.h"

#include <math.h>

typedef struct
{
  PmtStep     base;
  PmtMatrix3  matrix;
  PmtHorizon *horizons;
  int         n_horizons;
} Projective;

static inline gboolean
in_front (const Projective *self, PmtPoint p)
{
  for (int i = 0; i < self->n_horizons; i++)
    if (!(self->horizons[i].a * p.x + self->horizons[i].b * p.y + self->horizons[i].c > 0))
      return FALSE;
  return TRUE;
}

static void
map (const PmtStep *step, int n, const PmtPoint *in, PmtPoint *out)
{
  const Projective *self = (const Projective *) step;

  for (int i = 0; i < n; i++)
    out[i] = in_front (self, in[i]) ? pmt_matrix3_map (&self->matrix, in[i]) : (PmtPoint) { NAN, NAN };
}

static gboolean
jacobian (const PmtStep *step, PmtPoint p, double j[2][2])
{
  const Projective *self = (const Projective *) step;

  return in_front (self, p) && pmt_matrix3_jacobian (&self->matrix, p, j);
}

static PmtStep *
invert (const PmtStep *step, GError **error)
{
  const Projective *self = (const Projective *) step;
  PmtMatrix3        inverse;

  if (!pmt_matrix3_invert (&self->matrix, &inverse))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the matrix has no inverse");
      return NULL;
    }
  return _pmt_step_projective_new (&inverse, error);
}

/* Lines stay lines, so the corners' images bound the rest. With W the denominator, |W²·∂u/∂(x,y)| is linear in (x, y): its
 * largest at a corner over the smallest W² bounds the stretch in u, and likewise in v. */
static gboolean
reach (const PmtStep *step, PmtExtent *extent, double *stretch)
{
  const double (*m)[3] = ((const Projective *) step)->matrix.m;
  PmtExtent image = { INFINITY, INFINITY, -INFINITY, -INFINITY };
  double    least = INFINITY, nu = 0, nv = 0;

  for (int corner = 0; corner < 4; corner++)
    {
      double x = corner & 1 ? extent->x1 : extent->x0, y = corner & 2 ? extent->y1 : extent->y0;
      double w = m[2][0] * x + m[2][1] * y + m[2][2];
      double u = (m[0][0] * x + m[0][1] * y + m[0][2]) / w, v = (m[1][0] * x + m[1][1] * y + m[1][2]) / w;

      if (!(w > 0))
        return FALSE;
      least = fmin (least, w);
      nu = fmax (nu, w * hypot (m[0][0] - u * m[2][0], m[0][1] - u * m[2][1]));
      nv = fmax (nv, w * hypot (m[1][0] - v * m[2][0], m[1][1] - v * m[2][1]));
      image = (PmtExtent) { fmin (image.x0, u), fmin (image.y0, v), fmax (image.x1, u), fmax (image.y1, v) };
    }
  *extent = image;
  *stretch = hypot (nu, nv) / (least * least);
  return TRUE;
}

static void
to_json (const PmtStep *step, GString *json, const char *indent)
{
  const Projective *self = (const Projective *) step;

  g_string_append_printf (json, "%s\"matrix\": [\n", indent);
  for (int i = 0; i < 3; i++)
    {
      g_string_append_printf (json, "%s  [", indent);
      for (int j = 0; j < 3; j++)
        {
          _pmt_json_put_number (json, self->matrix.m[i][j]);
          g_string_append (json, j < 2 ? ", " : i < 2 ? "],\n" : "]\n");
        }
    }
  g_string_append_printf (json, "%s],\n", indent);
}

static gboolean
read_row (JsonArray *rows, int i, const char *place, double row[3], GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.matrix[%d]", place, i);
  JsonNode        *node = json_array_get_element (rows, i);
  JsonArray       *numbers = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (numbers == NULL || json_array_get_length (numbers) != 3)
    return _pmt_json_fail (error, here, "must be a row of 3 numbers");
  for (int j = 0; j < 3; j++)
    {
      g_autofree char *cell = g_strdup_printf ("%s[%d]", here, j);

      if (!_pmt_json_number_node (json_array_get_element (numbers, j), cell, &row[j], error))
        return FALSE;
    }
  return TRUE;
}

static PmtStep *
from_json (JsonObject *object, const char *place, GError **error)
{
  JsonArray         *rows = _pmt_json_array (object, "matrix", place, error);
  PmtMatrix3         matrix;
  g_autoptr (GError) why = NULL;
  PmtStep           *step;

  if (rows == NULL)
    return NULL;
  if (json_array_get_length (rows) != 3)
    {
      g_autofree char *here = g_strdup_printf ("%s.matrix", place);

      _pmt_json_fail (error, here, "must have 3 rows, not %u", json_array_get_length (rows));
      return NULL;
    }
  for (int i = 0; i < 3; i++)
    if (!read_row (rows, i, place, matrix.m[i], error))
      return NULL;
  step = _pmt_step_projective_new (&matrix, &why);
  if (step == NULL)
    {
      g_autofree char *here = g_strdup_printf ("%s.matrix", place);

      _pmt_json_fail (error, here, "%s", why->message);
    }
  return step;
}

static void
free_projective (PmtStep *step)
{
  g_free (((Projective *) step)->horizons);
}

static const char *const members[] = { "matrix", NULL };

const PmtStepClass _pmt_step_projective_class =
{
  "projective", map, jacobian, invert, reach, to_json, from_json, members, free_projective, FALSE, NULL
};

static Projective *
projective_new (const PmtMatrix3 *matrix)
{
  Projective *self = g_new0 (Projective, 1);

  _pmt_step_init (&self->base, &_pmt_step_projective_class);
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      self->matrix.m[i][j] = matrix->m[i][j] + 0.0;   /* -0 becomes 0: equal maps, equal files */
  return self;
}

PmtStep *
_pmt_step_projective_new (const PmtMatrix3 *matrix, GError **error)
{
  PmtMatrix3 inverse;

  if (!pmt_matrix3_is_finite (matrix))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the matrix holds a number that is not finite");
      return NULL;
    }
  if (!pmt_matrix3_invert (matrix, &inverse) || !pmt_matrix3_is_finite (&inverse))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the matrix is singular: it has no inverse");
      return NULL;
    }
  return &projective_new (matrix)->base;
}

/* TRUE where `row` > 0 follows from nothing or from `denominator` > 0. */
static gboolean
is_implied (const PmtHorizon *row, const double denominator[3])
{
  double dot = row->a * denominator[0] + row->b * denominator[1] + row->c * denominator[2];
  double cross_x = row->b * denominator[2] - row->c * denominator[1];
  double cross_y = row->c * denominator[0] - row->a * denominator[2];
  double cross_z = row->a * denominator[1] - row->b * denominator[0];

  if (row->a == 0 && row->b == 0 && row->c > 0)
    return TRUE;
  return dot > 0 && hypot (hypot (cross_x, cross_y), cross_z) <= 1e-15 * dot;
}

static void
add_horizon (Projective *self, const PmtHorizon *horizon)
{
  if (!is_implied (horizon, self->matrix.m[2]))
    self->horizons[self->n_horizons++] = *horizon;
}

PmtStep *
_pmt_step_projective_merge (const PmtStep *first, const PmtStep *second)
{
  const Projective *a = (const Projective *) first, *b = (const Projective *) second;
  Projective       *product;
  PmtMatrix3        m;

  if (first->klass != &_pmt_step_projective_class || second->klass != &_pmt_step_projective_class)
    return NULL;
  m = pmt_matrix3_then (&a->matrix, &b->matrix);
  if (!pmt_matrix3_is_finite (&m))
    return NULL;
  product = projective_new (&m);
  product->horizons = g_new (PmtHorizon, a->n_horizons + b->n_horizons + 1);
  for (int i = 0; i < a->n_horizons; i++)
    add_horizon (product, &a->horizons[i]);
  add_horizon (product, &(PmtHorizon) { a->matrix.m[2][0], a->matrix.m[2][1], a->matrix.m[2][2] });
  for (int i = 0; i < b->n_horizons; i++)   /* pulled back through the first: still linear */
    {
      const double *h = (const double[3]) { b->horizons[i].a, b->horizons[i].b, b->horizons[i].c };
      double        row[3];

      for (int j = 0; j < 3; j++)
        row[j] = h[0] * a->matrix.m[0][j] + h[1] * a->matrix.m[1][j] + h[2] * a->matrix.m[2][j];
      add_horizon (product, &(PmtHorizon) { row[0], row[1], row[2] });
    }
  return &product->base;
}

const PmtMatrix3 *
_pmt_step_projective_get (const PmtStep *step, const PmtHorizon **horizons, int *n_horizons)
{
  const Projective *self = (const Projective *) step;

  if (step->klass != &_pmt_step_projective_class)
    return NULL;
  *horizons = self->horizons;
  *n_horizons = self->n_horizons;
  return &self->matrix;
}
