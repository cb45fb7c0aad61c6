/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain: T = Sₙ ∘ … ∘ S₁ ∘ S₀, each step a map of the plane. Points go through step by step; Jacobians multiply
 * (chain rule, evaluated at each step's own input). Steps are shared between chains, never changed. */
#include "transform/transform-private.h"

#include <math.h>
#include <string.h>

#define EDGE_POINTS 512      /* points a side on the moving rectangle's border, where steps are not all homographies */
#define BOUNDS_SLACK 1e-6    /* px: rounding in the inverse must not add a row of pixels */

struct _PmtTransform
{
  gatomicrefcount references;
  PmtSize         fixed, moving;
  GPtrArray      *steps;          /* of PmtStep */
};

/* Every kind of step there is. */
static const PmtStepClass *const kinds[] =
{
  &_pmt_step_projective_class,
  &_pmt_step_lattice_class,
  &_pmt_step_thin_plate_class,
  &_pmt_step_dense_class,
  &_pmt_step_velocity_class,
  &_pmt_step_radial_class,
  &_pmt_step_piecewise_affine_class,
};

const PmtStepClass *
_pmt_step_class_by_kind (const char *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i]->kind, kind))
      return kinds[i];
  return NULL;
}

/* -- provenance -- */

void
pmt_provenance_init (PmtProvenance *provenance)
{
  *provenance = (PmtProvenance) { .error_median = NAN, .error_p95 = NAN, .overlap = NAN };
}

void
pmt_provenance_clear (PmtProvenance *provenance)
{
  g_free (provenance->method);
  g_free (provenance->model);
  g_free (provenance->reference);
  g_free (provenance->verdict);
  g_free (provenance->date);
  g_free (provenance->version);
  pmt_provenance_init (provenance);
}

static char *
copy_text (const char *text)
{
  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;   /* file names may be anything; JSON may not */
}

static PmtProvenance *
provenance_copy (const PmtProvenance *from)
{
  PmtProvenance *copy;

  if (from == NULL)
    return NULL;
  copy = g_new (PmtProvenance, 1);
  *copy = (PmtProvenance)
    {
      copy_text (from->method), copy_text (from->model), copy_text (from->reference), copy_text (from->verdict),
      copy_text (from->date), copy_text (from->version), from->error_median, from->error_p95, from->overlap
    };
  return copy;
}

static void
provenance_free (PmtProvenance *provenance)
{
  if (provenance == NULL)
    return;
  pmt_provenance_clear (provenance);
  g_free (provenance);
}

/* What still holds of the opposite direction: not the reference's name, nor figures in pixels of the moving image. */
static PmtProvenance *
provenance_of_inverse (const PmtProvenance *from)
{
  PmtProvenance *copy = provenance_copy (from);

  if (copy == NULL)
    return NULL;
  g_clear_pointer (&copy->reference, g_free);
  copy->error_median = copy->error_p95 = copy->overlap = NAN;
  return copy;
}

/* -- steps -- */

void
_pmt_step_init (PmtStep *step, const PmtStepClass *klass)
{
  step->klass = klass;
  g_atomic_ref_count_init (&step->references);
}

PmtStep *
_pmt_step_ref (PmtStep *step)
{
  g_atomic_ref_count_inc (&step->references);
  return step;
}

void
_pmt_step_unref (PmtStep *step)
{
  if (step == NULL || !g_atomic_ref_count_dec (&step->references))
    return;
  provenance_free (step->provenance);
  step->klass->free (step);
  g_free (step);
}

void
_pmt_step_describe (PmtStep *step, const PmtProvenance *provenance)
{
  provenance_free (step->provenance);
  step->provenance = provenance_copy (provenance);
}

/* -- chains -- */

PmtTransform *
pmt_transform_new (PmtSize fixed, PmtSize moving)
{
  PmtTransform *transform = g_new0 (PmtTransform, 1);

  g_atomic_ref_count_init (&transform->references);
  transform->fixed = fixed;
  transform->moving = moving;
  transform->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) _pmt_step_unref);
  return transform;
}

PmtTransform *
pmt_transform_ref (PmtTransform *transform)
{
  g_atomic_ref_count_inc (&transform->references);
  return transform;
}

void
pmt_transform_unref (PmtTransform *transform)
{
  if (transform == NULL || !g_atomic_ref_count_dec (&transform->references))
    return;
  g_ptr_array_unref (transform->steps);
  g_free (transform);
}

PmtSize
pmt_transform_get_fixed_size (const PmtTransform *transform)
{
  return transform->fixed;
}

PmtSize
pmt_transform_get_moving_size (const PmtTransform *transform)
{
  return transform->moving;
}

int
pmt_transform_get_length (const PmtTransform *transform)
{
  return (int) transform->steps->len;
}

const PmtStep *
_pmt_transform_get_step (const PmtTransform *transform, int index)
{
  return g_ptr_array_index (transform->steps, index);
}

const PmtProvenance *
pmt_transform_get_provenance (const PmtTransform *transform, int index)
{
  if (index < 0 || index >= pmt_transform_get_length (transform))
    return NULL;
  return _pmt_transform_get_step (transform, index)->provenance;
}

static void
add_steps (PmtTransform *to, const PmtTransform *from)
{
  for (guint i = 0; i < from->steps->len; i++)
    g_ptr_array_add (to->steps, _pmt_step_ref (g_ptr_array_index (from->steps, i)));
}

void
_pmt_transform_add (PmtTransform *transform, PmtStep *step)
{
  g_ptr_array_add (transform->steps, step);
}

static gboolean
is_known (PmtSize size)
{
  return size.width > 0 && size.height > 0;
}

PmtTransform *
_pmt_transform_append (const PmtTransform *transform, PmtStep *step, PmtSize moving)
{
  PmtTransform *longer = pmt_transform_new (transform->fixed, is_known (moving) ? moving : transform->moving);

  add_steps (longer, transform);
  _pmt_transform_add (longer, step);
  return longer;
}

/* Takes the step, NULL where there is none because of an error. */
static PmtTransform *
append_described (const PmtTransform *transform, PmtStep *step, PmtSize moving, const PmtProvenance *provenance)
{
  if (step == NULL)
    return NULL;
  _pmt_step_describe (step, provenance);
  return _pmt_transform_append (transform, step, moving);
}

PmtTransform *
pmt_transform_append_matrix (const PmtTransform *transform, const PmtMatrix3 *matrix, PmtSize moving,
                             const PmtProvenance *provenance, GError **error)
{
  return append_described (transform, _pmt_step_projective_new (matrix, error), moving, provenance);
}

PmtTransform *
pmt_transform_append_lattice (const PmtTransform *transform, const PmtLattice *lattice, PmtSize moving,
                              const PmtProvenance *provenance, GError **error)
{
  return append_described (transform, _pmt_step_lattice_new (lattice, error), moving, provenance);
}

PmtTransform *
pmt_transform_append_dense (const PmtTransform *transform, const PmtLattice *field, double quantum, PmtSize moving,
                            const PmtProvenance *provenance, GError **error)
{
  return append_described (transform, _pmt_step_dense_new (field, quantum, error), moving, provenance);
}

PmtTransform *
pmt_transform_append_velocity (const PmtTransform *transform, const PmtLattice *field, double quantum, PmtSize moving,
                               const PmtProvenance *provenance, GError **error)
{
  return append_described (transform, _pmt_step_velocity_new (field, quantum, error), moving, provenance);
}

/* The size, if known, of the image that the chain led to. */
static PmtSize
image_of (const PmtTransform *transform)
{
  return transform->steps->len > 0 ? transform->moving : transform->fixed;
}

PmtTransform *
pmt_transform_append_radial (const PmtTransform *transform, const PmtRadial *radial, PmtSize moving,
                             const PmtProvenance *provenance, GError **error)
{
  PmtRadial boxed = *radial;
  PmtSize   image = image_of (transform);

  if (radial->low.x == radial->high.x && radial->low.y == radial->high.y)
    {
      boxed.low = (PmtPoint) { 0, 0 };
      boxed.high = (PmtPoint) { image.width, image.height };
    }
  return append_described (transform, _pmt_step_radial_new (&boxed, error), moving, provenance);
}

/* The image that the chain led to, as far as its size is known, and all the points. */
static void
box_of_points (const PmtTransform *transform, int n, const PmtPoint *from, PmtPoint *low, PmtPoint *high)
{
  PmtSize image = image_of (transform);

  if (low->x != high->x || low->y != high->y)
    return;
  *low = is_known (image) ? (PmtPoint) { 0, 0 } : (PmtPoint) { INFINITY, INFINITY };
  *high = is_known (image) ? (PmtPoint) { image.width, image.height } : (PmtPoint) { -INFINITY, -INFINITY };
  for (int i = 0; i < n; i++)
    {
      *low = (PmtPoint) { fmin (low->x, from[i].x), fmin (low->y, from[i].y) };
      *high = (PmtPoint) { fmax (high->x, from[i].x), fmax (high->y, from[i].y) };
    }
}

PmtTransform *
pmt_transform_append_thin_plate (const PmtTransform *transform, const PmtThinPlate *plate, PmtSize moving,
                                 const PmtProvenance *provenance, GError **error)
{
  PmtThinPlate boxed = *plate;

  box_of_points (transform, plate->n, plate->from, &boxed.low, &boxed.high);
  return append_described (transform, _pmt_step_thin_plate_new (&boxed, error), moving, provenance);
}

PmtTransform *
pmt_transform_append_piecewise_affine (const PmtTransform *transform, const PmtPiecewiseAffine *pieces, PmtSize moving,
                                       const PmtProvenance *provenance, GError **error)
{
  PmtPiecewiseAffine boxed = *pieces;

  box_of_points (transform, pieces->n, pieces->from, &boxed.low, &boxed.high);
  return append_described (transform, _pmt_step_piecewise_affine_new (&boxed, error), moving, provenance);
}

PmtTransform *
pmt_transform_compose (const PmtTransform *first, const PmtTransform *second, GError **error)
{
  PmtSize       middle = first->moving, other = second->fixed;
  PmtTransform *composed;

  if (is_known (middle) && is_known (other) && (middle.width != other.width || middle.height != other.height))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "the first transform leads to an image of %d × %d pixels, the second starts from one of %d × %d",
                   middle.width, middle.height, other.width, other.height);
      return NULL;
    }
  composed = pmt_transform_new (first->fixed, second->moving);
  add_steps (composed, first);
  add_steps (composed, second);
  return composed;
}

PmtTransform *
pmt_transform_invert (const PmtTransform *transform, GError **error)
{
  g_autoptr (PmtTransform) inverse = pmt_transform_new (transform->moving, transform->fixed);

  for (guint i = transform->steps->len; i-- > 0;)
    {
      const PmtStep *step = g_ptr_array_index (transform->steps, i);
      PmtStep       *back = step->klass->invert (step, error);

      if (back == NULL)
        {
          g_prefix_error (error, "step %u: ", i);
          return NULL;
        }
      back->provenance = provenance_of_inverse (step->provenance);
      g_ptr_array_add (inverse->steps, back);
    }
  return g_steal_pointer (&inverse);
}

PmtTransform *
pmt_transform_flatten (const PmtTransform *transform)
{
  PmtTransform *flat = pmt_transform_new (transform->fixed, transform->moving);
  GPtrArray    *steps = flat->steps;

  for (guint i = 0; i < transform->steps->len; i++)
    {
      PmtStep *step = g_ptr_array_index (transform->steps, i);
      PmtStep *merged = steps->len > 0
                        ? _pmt_step_projective_merge (g_ptr_array_index (steps, steps->len - 1), step) : NULL;

      if (merged == NULL)
        {
          g_ptr_array_add (steps, _pmt_step_ref (step));
          continue;
        }
      g_ptr_array_set_size (steps, steps->len - 1);
      g_ptr_array_add (steps, merged);
    }
  return flat;
}

gboolean
pmt_transform_get_matrix (const PmtTransform *transform, PmtMatrix3 *matrix)
{
  PmtMatrix3 product = pmt_matrix3_identity;

  for (guint i = 0; i < transform->steps->len; i++)
    {
      const PmtHorizon *horizons;
      int               n;
      const PmtMatrix3 *m = _pmt_step_projective_get (g_ptr_array_index (transform->steps, i), &horizons, &n);

      if (m == NULL)
        return FALSE;
      product = i == 0 ? *m : pmt_matrix3_then (&product, m);
    }
  *matrix = product;
  return TRUE;
}

void
pmt_transform_map (const PmtTransform *transform, int n, const PmtPoint *in, PmtPoint *out)
{
  for (int i = 0; i < n; i++)
    out[i] = isnan (in[i].x) || isnan (in[i].y) ? (PmtPoint) { NAN, NAN } : in[i];
  for (guint i = 0; i < transform->steps->len; i++)
    {
      const PmtStep *step = g_ptr_array_index (transform->steps, i);

      step->klass->map (step, n, out, out);
    }
}

gboolean
pmt_transform_jacobian (const PmtTransform *transform, PmtPoint p, double j[2][2])
{
  double total[2][2] = { { 1, 0 }, { 0, 1 } };

  for (guint i = 0; i < transform->steps->len; i++)
    {
      const PmtStep *step = g_ptr_array_index (transform->steps, i);
      double         own[2][2], product[2][2];

      if (!step->klass->jacobian (step, p, own))
        return FALSE;
      step->klass->map (step, 1, &p, &p);
      for (int r = 0; r < 2; r++)
        for (int c = 0; c < 2; c++)
          product[r][c] = own[r][0] * total[0][c] + own[r][1] * total[1][c];
      memcpy (total, product, sizeof total);
    }
  memcpy (j, total, sizeof total);
  return isfinite (p.x) && isfinite (p.y);
}

gboolean
_pmt_transform_has_kinks (const PmtTransform *transform)
{
  for (guint i = 0; i < transform->steps->len; i++)
    if (_pmt_transform_get_step (transform, (int) i)->klass->part != NULL)
      return TRUE;
  return FALSE;
}

gboolean
_pmt_transform_is_kinked (const PmtTransform *transform, PmtPoint a, PmtPoint b)
{
  for (guint i = 0; i < transform->steps->len; i++)
    {
      const PmtStep *step = g_ptr_array_index (transform->steps, i);

      if (step->klass->part != NULL && step->klass->part (step, a) != step->klass->part (step, b))
        return TRUE;
      step->klass->map (step, 1, &a, &a);
      step->klass->map (step, 1, &b, &b);
    }
  return FALSE;
}

/* -- bounds -- */

gboolean
_pmt_transform_reach (const PmtTransform *transform, PmtExtent *extent, double *stretch)
{
  *stretch = 1;
  for (guint i = 0; i < transform->steps->len; i++)
    {
      const PmtStep *step = g_ptr_array_index (transform->steps, i);
      double         own;

      if (!step->klass->reach (step, extent, &own))
        return FALSE;
      *stretch *= own;
    }
  return isfinite (*stretch) && isfinite (extent->x0) && isfinite (extent->y0) && isfinite (extent->x1)
         && isfinite (extent->y1);
}

/* Grows `extent` by the images of `n` points along the segment a–b; FALSE where one has none. */
static gboolean
add_edge (const PmtTransform *inverse, PmtPoint a, PmtPoint b, int n, PmtExtent *extent)
{
  for (int i = 0; i <= n; i++)
    {
      double   t = (double) i / n;
      PmtPoint p = { a.x + (b.x - a.x) * t, a.y + (b.y - a.y) * t };

      pmt_transform_map (inverse, 1, &p, &p);
      if (!isfinite (p.x) || !isfinite (p.y))
        return FALSE;
      *extent = (PmtExtent) { fmin (extent->x0, p.x), fmin (extent->y0, p.y), fmax (extent->x1, p.x),
                           fmax (extent->y1, p.y) };
    }
  return TRUE;
}

static gboolean
inverse_extent (const PmtTransform *transform, const PmtRect *moving, PmtExtent *extent, GError **error)
{
  g_autoptr (PmtTransform) inverse = pmt_transform_invert (transform, error);
  PmtMatrix3 matrix;
  double     x0 = moving->x, y0 = moving->y, x1 = x0 + moving->width, y1 = y0 + moving->height;
  PmtPoint   corners[4] = { { x0, y0 }, { x1, y0 }, { x1, y1 }, { x0, y1 } };
  int        n;

  if (inverse == NULL)
    return FALSE;
  n = pmt_transform_get_matrix (inverse, &matrix) ? 1 : EDGE_POINTS;   /* lines stay lines under a homography */
  *extent = (PmtExtent) { INFINITY, INFINITY, -INFINITY, -INFINITY };
  for (int i = 0; i < 4; i++)
    if (!add_edge (inverse, corners[i], corners[(i + 1) % 4], n, extent))
      {
        g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                             "a part of the moving image lies at or behind the transform's horizon, infinitely far");
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_extent (const PmtTransform *transform, const PmtRect *moving, const PmtExtent *e, GError **error)
{
  double width = ceil (e->x1 - BOUNDS_SLACK) - floor (e->x0 + BOUNDS_SLACK);
  double height = ceil (e->y1 - BOUNDS_SLACK) - floor (e->y0 + BOUNDS_SLACK);
  double far = fmax (fmax (fabs (e->x0), fabs (e->x1)), fmax (fabs (e->y0), fabs (e->y1)));
  double area = (double) moving->width * moving->height
                + (double) transform->fixed.width * transform->fixed.height;

  if (width > PMT_BOUNDS_MAX_SIDE || height > PMT_BOUNDS_MAX_SIDE || far > G_MAXINT / 4
      || width * height > PMT_BOUNDS_MAX_GROWTH * area)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                   "the moving image of %d × %d pixels would become %.0f × %.0f: this transform is out of all proportion",
                   moving->width, moving->height, width, height);
      return FALSE;
    }
  return TRUE;
}

gboolean
pmt_transform_bounds (const PmtTransform *transform, const PmtRect *moving, PmtRect *bounds, GError **error)
{
  PmtRect whole = { 0, 0, transform->moving.width, transform->moving.height };
  PmtExtent  e;

  if (moving == NULL)
    moving = &whole;
  if (pmt_rect_is_empty (*moving))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the moving image's size is not known");
      return FALSE;
    }
  if (!inverse_extent (transform, moving, &e, error) || !check_extent (transform, moving, &e, error))
    return FALSE;
  bounds->x = (int) floor (e.x0 + BOUNDS_SLACK);
  bounds->y = (int) floor (e.y0 + BOUNDS_SLACK);
  bounds->width = MAX (1, (int) ceil (e.x1 - BOUNDS_SLACK) - bounds->x);
  bounds->height = MAX (1, (int) ceil (e.y1 - BOUNDS_SLACK) - bounds->y);
  return TRUE;
}
