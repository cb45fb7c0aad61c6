/* SPDX-License-Identifier: GPL-3.0-or-later */
/* R = H⁻¹ ∘ T, its displacement and its Jacobian ∂R(p) = ∂H⁻¹(T(p)) · ∂T(p).
 *
 * The plane H is fitted twice. The direct linear transform minimises an algebraic error, each point's true one times its
 * denominator. Fitted to H₀(p) → T(p) instead of p → T(p), what is left for it to find is nearly the identity, whose
 * denominator is 1 everywhere: the errors are those in pixels then, to first order.
 *
 * With Q = hypot(a + d, b − c)/2 and S = hypot(a − d, b + c)/2 the singular values of (a b; c d) are Q + S and |Q − S|. */
#include "judge/deformation-private.h"

#include <math.h>

#include "base/select-private.h"
#include "fit/points.h"

#define PLACES         129     /* along the longer side */
#define FEWEST_PLACES  9       /* on the shorter side */
#define NOTHING        0.002   /* px: lattices are rounded to 0.001 */
#define LEAST_RANGE    0.001

static const char *const nicks[] = { "grid", "arrows", "jacobian", "strain" };

void
pmt_deformation_options_init (PmtDeformationOptions *options)
{
  *options = (PmtDeformationOptions) { .mode = PMT_DEFORMATION_GRID, .spacing = 0.04, .opacity = 0.8 };
}

gboolean
pmt_deformation_mode_from_nick (const char *nick, PmtDeformationMode *mode)
{
  for (guint i = 0; nick != NULL && i < G_N_ELEMENTS (nicks); i++)
    if (g_str_equal (nick, nicks[i]))
      {
        *mode = i;
        return TRUE;
      }
  return FALSE;
}

const char *
pmt_deformation_mode_to_nick (PmtDeformationMode mode)
{
  return nicks[mode];
}

double
_pmt_deformation_side (const PmtDeformation *d)
{
  return MAX (d->area.width, d->area.height);
}

/* -- at a place -- */

static gboolean
is_within (double x, double y, double x0, double y0, double width, double height)
{
  return x >= x0 && y >= y0 && x <= x0 + width && y <= y0 + height;
}

/* T(p); FALSE outside of the area, where there is no image, and beyond the moving image's edge. */
static gboolean
find_image (const PmtDeformation *d, PmtPoint p, PmtPoint *image)
{
  if (!is_within (p.x, p.y, d->area.x, d->area.y, d->area.width, d->area.height))
    return FALSE;
  pmt_transform_map (d->map, 1, &p, image);
  if (!isfinite (image->x) || !isfinite (image->y))
    return FALSE;
  return d->moving.width <= 0 || d->moving.height <= 0
         || is_within (image->x, image->y, 0, 0, d->moving.width, d->moving.height);
}

/* ∂R at p, whose image under T is `image`. */
static gboolean
find_slope (const PmtDeformation *d, PmtPoint p, PmtPoint image, double slope[2][2])
{
  double there[2][2], back[2][2];

  if (!pmt_transform_jacobian (d->map, p, there) || !pmt_matrix3_jacobian (&d->back, image, back))
    return FALSE;
  for (int r = 0; r < 2; r++)
    for (int c = 0; c < 2; c++)
      slope[r][c] = back[r][0] * there[0][c] + back[r][1] * there[1][c];
  return TRUE;
}

gboolean
pmt_deformation_at (const PmtDeformation *d, PmtPoint p, PmtDeformationPlace *place)
{
  double   slope[2][2], area, widest;
  PmtPoint image, to;

  if (!find_image (d, p, &image) || !find_slope (d, p, image, slope))
    return FALSE;
  to = pmt_matrix3_map (&d->back, image);
  area = slope[0][0] * slope[1][1] - slope[0][1] * slope[1][0];
  widest = (hypot (slope[0][0] + slope[1][1], slope[0][1] - slope[1][0])
            + hypot (slope[0][0] - slope[1][1], slope[0][1] + slope[1][0])) / 2;
  if (!isfinite (to.x) || !isfinite (to.y) || !(area > 0) || !isfinite (area) || !isfinite (widest))
    return FALSE;
  *place = (PmtDeformationPlace) { { to.x - p.x, to.y - p.y }, area, fmax (fabs (log (widest)), fabs (log (area / widest))) };
  return TRUE;
}

/* -- the plane -- */

/* A square grid of places over the area, at least FEWEST_PLACES either way. */
static PmtPoint *
places_new (const PmtDeformation *d, int *n)
{
  double    side = _pmt_deformation_side (d);
  int       columns = MAX ((int) lround (PLACES * d->area.width / side), FEWEST_PLACES);
  int       rows = MAX ((int) lround (PLACES * d->area.height / side), FEWEST_PLACES);
  PmtPoint *places = g_new (PmtPoint, columns * rows);

  *n = columns * rows;
  for (int i = 0; i < *n; i++)
    places[i] = (PmtPoint) { d->area.x + (i % columns + 0.5) * d->area.width / columns,
                             d->area.y + (i / columns + 0.5) * d->area.height / rows };
  return places;
}

/* Two fits, as told above. */
static gboolean
fit_twice (int n, const PmtPoint *fixed, const PmtPoint *moving, PmtMatrix3 *plane, GError **error)
{
  g_autofree PmtPoint *laid = g_new (PmtPoint, n);
  PmtMatrix3           first, rest;

  if (!pmt_fit_points (n, fixed, moving, &first, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    laid[i] = pmt_matrix3_map (&first, fixed[i]);
  if (!pmt_fit_points (n, laid, moving, &rest, error))
    return FALSE;
  *plane = pmt_matrix3_then (&first, &rest);
  return TRUE;
}

static gboolean
fit_plane (const PmtDeformation *d, int n, const PmtPoint *places, PmtMatrix3 *plane, GError **error)
{
  g_autofree PmtPoint *fixed = g_new (PmtPoint, n), *moving = g_new (PmtPoint, n);
  int                  found = 0;

  for (int i = 0; i < n; i++)
    if (find_image (d, places[i], &moving[found]))
      fixed[found++] = places[i];
  if (found >= 4)
    return fit_twice (found, fixed, moving, plane, error);
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the two images have too little in common");
  return FALSE;
}

static gboolean
find_plane (PmtDeformation *d, int n, const PmtPoint *places, GError **error)
{
  PmtMatrix3 *plane = &d->figures.plane;

  if (d->options.whole)
    *plane = pmt_matrix3_identity;
  else if (!pmt_transform_get_matrix (d->map, plane) && !fit_plane (d, n, places, plane, error))
    {
      g_prefix_error (error, "no plane fits the transform: ");
      return FALSE;
    }
  if (pmt_matrix3_invert (plane, &d->back))
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the plane that fits the transform has no inverse");
  return FALSE;
}

/* -- figures -- */

static void
count_place (PmtDeformationFigures *f, PmtPoint p, const PmtDeformationPlace *place, double length)
{
  if (length >= f->largest)
    {
      f->largest = length;
      f->where = p;
    }
  f->area_least = fmin (f->area_least, place->area);
  f->area_most = fmax (f->area_most, place->area);
  f->strain = fmax (f->strain, place->strain);
}

static gboolean
measure (PmtDeformation *d, int n, const PmtPoint *places, GError **error)
{
  g_autofree double     *lengths = g_new (double, n);
  PmtDeformationFigures *f = &d->figures;
  int                    found = 0;

  f->area_least = INFINITY;
  for (int i = 0; i < n; i++)
    {
      PmtDeformationPlace place;

      if (!pmt_deformation_at (d, places[i], &place))
        continue;
      lengths[found] = hypot (place.displacement.x, place.displacement.y);
      count_place (f, places[i], &place, lengths[found++]);
    }
  if (found == 0)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                           "no place of the fixed image has an image in the moving one that is not turned over");
      return FALSE;
    }
  f->p95 = _pmt_quantile (lengths, found, 0.95);
  f->covered = (double) found / n;
  return TRUE;
}

/* The least of 1, 2, 5, 10, … times a power of ten that is not below x > 0. */
static double
round_up (double x)
{
  static const double steps[] = { 1, 2, 5, 10 };
  double              power = pow (10, floor (log10 (x)));

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i] * power >= x)
      return steps[i] * power;
  return 10 * power;
}

static void
choose_scales (PmtDeformation *d)
{
  PmtDeformationFigures *f = &d->figures;
  double                 change = fmax (fabs (log (f->area_least)), fabs (log (f->area_most)));
  double                 most = d->options.mode == PMT_DEFORMATION_STRAIN ? f->strain : change;

  f->exaggeration = d->options.exaggeration;
  if (!(f->exaggeration > 0))
    f->exaggeration = f->largest > NOTHING ? d->options.spacing * _pmt_deformation_side (d) / f->largest : 1;
  f->range = d->options.range > 0 ? d->options.range : round_up (fmax (most, LEAST_RANGE));
}

/* -- making one -- */

/* Comparisons are so that NaN is out of range. */
gboolean
pmt_deformation_options_check (const PmtDeformationOptions *o, GError **error)
{
  const char *wrong = (guint) o->mode >= G_N_ELEMENTS (nicks) ? "there is no such mode"
                      : !(o->spacing >= 0.01 && o->spacing <= 0.5) ? "the spacing must be between 0.01 and 0.5"
                      : !(o->exaggeration >= 0 && o->exaggeration <= 10000) ? "the exaggeration must be between 0 and 10000"
                      : !(o->range >= 0 && o->range <= 10) ? "the range must be between 0 and 10"
                      : !(o->opacity >= 0 && o->opacity <= 1) ? "the opacity must be between 0 and 1" : NULL;

  if (wrong != NULL)
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, wrong);
  return wrong == NULL;
}

static gboolean
check_area (const PmtRect *area, GError **error)
{
  if (pmt_rect_is_empty (*area))
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the fixed image's size is not known");
  else if (area->width > PMT_BOUNDS_MAX_SIDE || area->height > PMT_BOUNDS_MAX_SIDE
           || ABS ((gint64) area->x) > PMT_BOUNDS_MAX_SIDE || ABS ((gint64) area->y) > PMT_BOUNDS_MAX_SIDE)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%d × %d pixels at %d, %d are too many to be drawn", area->width,
                 area->height, area->x, area->y);
  else
    return TRUE;
  return FALSE;
}

PmtDeformation *
pmt_deformation_new (const PmtTransform *transform, const PmtRect *area, const PmtDeformationOptions *options,
                     GError **error)
{
  g_autoptr (PmtDeformation) d = g_new0 (PmtDeformation, 1);
  g_autofree PmtPoint       *places = NULL;
  PmtSize                    fixed = pmt_transform_get_fixed_size (transform);
  int                        n;

  pmt_deformation_options_init (&d->options);
  if (options != NULL)
    d->options = *options;
  d->area = area != NULL ? *area : (PmtRect) { 0, 0, fixed.width, fixed.height };
  if (!pmt_deformation_options_check (&d->options, error) || !check_area (&d->area, error))
    return NULL;
  d->map = pmt_transform_flatten (transform);
  d->moving = pmt_transform_get_moving_size (transform);
  places = places_new (d, &n);
  if (!find_plane (d, n, places, error) || !measure (d, n, places, error))
    return NULL;
  choose_scales (d);
  _pmt_deformation_prepare (d);
  return g_steal_pointer (&d);
}

void
pmt_deformation_free (PmtDeformation *d)
{
  if (d == NULL)
    return;
  g_clear_pointer (&d->map, pmt_transform_unref);
  g_clear_pointer (&d->strokes, g_array_unref);
  g_clear_pointer (&d->groups, g_array_unref);
  g_free (d);
}

const PmtDeformationFigures *
pmt_deformation_get_figures (const PmtDeformation *d)
{
  return &d->figures;
}
