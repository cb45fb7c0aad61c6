/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A penalised cubic B-spline. With control displacements c and d(p) = Σ B(p) c,
 *
 *     min  Σᵢ (tᵢ − d(pᵢ))ᵀ Wᵢ (tᵢ − d(pᵢ)) + Λ ∫ d_xx² + 2 d_xy² + d_yy² + T ∫ d²
 *
 * The integral of squared second derivatives (a thin plate's bending energy; over the box, exactly, by Gauss's quadrature) has
 * no dimension in two dimensions, and affine maps cost nothing. Where points of density w̄ (information per area)
 * pull, waves of length ℓ are followed by half when Λ = w̄·(ℓ/2π)⁴; ℓ/√area is what is called stiffness. T = TETHER·w̄ is so weak that it
 * matters only where no points are: there the bend goes back to none.
 *
 * The normal equations A are solved by conjugate gradients (Hestenes and Stiefel 1952). What they are preconditioned with, M,
 * is A with the mean of W's eigenvalues in W's place, so that x and y are apart and alike: an eighth of the work of factoring A. It is
 * kept as long as it does: robust weights change little from one solution to the next, and where points are left out it is still much
 * the same; M is made anew when more steps were needed than that costs.
 *
 * Where shapes are to be kept, A has a strain energy (strain-energy.c) besides, so strong that x and y can't be taken apart: a turn
 * costs nothing with it, and much without the other component. M is then all of A. */
#include "fit/lattice-system-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "base/select-private.h"
#include "fit/lattice-parts-private.h"

#define TETHER       3e-4
#define MIN_JACOBIAN 0.2
#define EXACT        1e-6    /* of the solution's energy norm, that a solution may be off by */
#define FEWEST_STEPS 6       /* that an old preconditioner may take, … */
#define BAND_A_STEP  8       /* … or the band over this: what factoring takes, in steps */
#define MOST_STEPS   400
#define ALIKE        0.8     /* a preconditioner serves stiffnesses as near as this */

PmtLatticeSystem *
_pmt_lattice_system_new (const PmtExtent *box, double spacing, gboolean even)
{
  PmtLatticeSystem *s = g_new0 (PmtLatticeSystem, 1);

  s->grid = _pmt_lattice_grid_new (box, spacing);
  s->even = even;
  s->solution = g_new0 (double, 2 * s->grid->nodes);
  return s;
}

static void
places_clear (gpointer data)
{
  PmtLatticePlaces *places = data;

  g_free (places->at);
  g_free (places->place);
}

PmtLatticeSystem *
_pmt_lattice_system_fork (const PmtLatticeSystem *from)
{
  PmtLatticeSystem *s = g_memdup2 (from, sizeof *from);

  _pmt_lattice_grid_ref (s->grid);
  if (s->places != NULL)
    g_atomic_rc_box_acquire (s->places);
  if (s->strain != NULL)
    _pmt_strain_energy_ref (s->strain);
  if (s->factor != NULL)
    _pmt_band_ref (s->factor);
  s->information = s->places != NULL ? g_memdup2 (from->information, 3 * sizeof (double) * from->places->n) : NULL;
  s->solution = g_memdup2 (from->solution, 2 * sizeof (double) * from->grid->nodes);
  return s;
}

void
_pmt_lattice_system_free (PmtLatticeSystem *s)
{
  if (s == NULL)
    return;
  _pmt_lattice_grid_unref (s->grid);
  if (s->places != NULL)
    g_atomic_rc_box_release_full (s->places, places_clear);
  _pmt_strain_energy_unref (s->strain);
  _pmt_band_unref (s->factor);
  g_free (s->information);
  g_free (s->solution);
  g_free (s);
}

void
_pmt_lattice_system_keep_shape (PmtLatticeSystem *s, PmtStrainWeight weight, gconstpointer data)
{
  const PmtLatticeGrid *g = s->grid;
  PmtStrainGrid         grid = { g->origin, g->spacing, g->columns, g->rows, g->by_columns };

  _pmt_strain_energy_unref (s->strain);
  s->strain = _pmt_strain_energy_new (&grid, weight, data);
}

static PmtPoint
solution_at (const PmtLatticeSystem *s, const PmtLatticePlace *place)
{
  const PmtLatticeGrid *g = s->grid;

  return (PmtPoint) { _pmt_lattice_place_value (place, g->fast.n, s->solution), _pmt_lattice_place_value (place, g->fast.n, s->solution + g->nodes) };
}

PmtPoint
_pmt_lattice_system_at (const PmtLatticeSystem *s, PmtPoint p)
{
  PmtLatticePlace place = _pmt_lattice_grid_place (s->grid, p);

  return solution_at (s, &place);
}

PmtPoint
_pmt_lattice_system_at_pull (const PmtLatticeSystem *s, int pull)
{
  return solution_at (s, &s->places->place[pull]);
}

/* -- the normal equations -- */

/* Where the pulls are, as far as they are not where those of the last time were. */
static void
take_places (PmtLatticeSystem *s, int n, const PmtPull *pulls)
{
  gboolean same = s->places != NULL && s->places->n == n;

  for (int i = 0; same && i < n; i++)
    same = s->places->at[i].x == pulls[i].at.x && s->places->at[i].y == pulls[i].at.y;
  if (same)
    return;
  if (s->places != NULL)
    g_atomic_rc_box_release_full (s->places, places_clear);
  g_free (s->information);
  s->information = g_new0 (double, 3 * n + 1);
  s->places = g_atomic_rc_box_new0 (PmtLatticePlaces);
  s->places->n = n;
  s->places->at = g_new (PmtPoint, n + 1);
  s->places->place = g_new (PmtLatticePlace, n + 1);
  for (int i = 0; i < n; i++)
    {
      s->places->at[i] = pulls[i].at;
      s->places->place[i] = _pmt_lattice_grid_place (s->grid, pulls[i].at);
    }
}

/* Σ of the pulls' information; `even`: none counts more than the median. */
static double
all_information (int n, const PmtPull *pulls, gboolean even)
{
  g_autofree double *size = g_new (double, n + 1), *sorted = g_new (double, n + 1);
  int                used = 0;
  double             median, sum = 0;

  for (int i = 0; i < n; i++)
    if (pulls[i].information[0] > 0 && !pulls[i].given)
      size[used++] = 0.5 * (pulls[i].information[0] + pulls[i].information[2]);
  memcpy (sorted, size, used * sizeof *sorted);
  median = used > 0 ? _pmt_quantile (sorted, used, 0.5) : 0;
  for (int i = 0; i < used; i++)
    sum += even ? MIN (size[i], median) : size[i];
  return sum;
}

/* How strong the penalties are; FALSE when nothing pulls. */
static gboolean
take_information (PmtLatticeSystem *s, double stiffness, int n, const PmtPull *pulls)
{
  double side = s->grid->side, length = stiffness * side / (2 * G_PI);
  double density = all_information (n, pulls, s->even) / (side * side);

  for (int i = 0; i < n; i++)
    for (int k = 0; k < 3; k++)
      s->information[3 * i + k] = pulls[i].information[0] > 0 ? pulls[i].information[k] : 0;
  s->penalty = (PmtLatticePenalty) { density * length * length * length * length, TETHER * density };
  s->strain_penalty = s->strain != NULL ? density * side * side : 0;
  return density > 0 && isfinite (density);
}

/* What one place adds to A x, of both components. */
PMT_CLONES static void
add_pulls (const PmtLatticePlaces *places, int stride, const double *information, const double *x, const double *y, double *ax, double *ay)
{
  for (int i = 0; i < places->n; i++)
    {
      const PmtLatticePlace *place = &places->place[i];
      const double          *w = information + 3 * i;
      double                 dx, dy;

      if (!(w[0] > 0))
        continue;
      dx = _pmt_lattice_place_value (place, stride, x);
      dy = _pmt_lattice_place_value (place, stride, y);
      _pmt_lattice_place_add (place, stride, w[0] * dx + w[1] * dy, ax);
      _pmt_lattice_place_add (place, stride, w[1] * dx + w[2] * dy, ay);
    }
}

static void
multiply (const PmtLatticeSystem *s, const double *x, double *ax, double *along)
{
  const PmtLatticeGrid *g = s->grid;

  memset (ax, 0, 2 * g->nodes * sizeof *ax);
  _pmt_lattice_grid_add_penalty (g, &s->penalty, x, ax, along);
  _pmt_lattice_grid_add_penalty (g, &s->penalty, x + g->nodes, ax + g->nodes, along);
  add_pulls (s->places, g->fast.n, s->information, x, x + g->nodes, ax, ax + g->nodes);
  if (s->strain != NULL)
    _pmt_strain_energy_multiply (s->strain, s->strain_penalty, x, x + g->nodes, ax, ax + g->nodes);
}

/* -- conjugate gradients -- */

typedef struct
{
  double *x, *r, *z, *p, *ap, *along, *pairs;
  int     n;
  double  energy;      /* of the solution, about: what errors are measured by */
} Descent;

static void
descent_init (Descent *d, PmtLatticeSystem *s)
{
  int n = 2 * s->grid->nodes;

  d->n = n;
  d->x = s->solution;
  d->r = g_new0 (double, 6 * n + 3 * s->grid->nodes);
  d->z = d->r + n;
  d->p = d->z + n;
  d->ap = d->p + n;
  d->pairs = d->ap + n;
  d->along = d->pairs + 2 * n;
}

/* The residual of the present solution to r. */
static void
begin (const PmtLatticeSystem *s, const PmtPull *pulls, Descent *d)
{
  const PmtLatticeGrid *g = s->grid;

  for (int i = 0; i < s->places->n; i++)
    {
      const double *w = s->information + 3 * i;
      PmtPoint      t = pulls[i].target;

      if (!(w[0] > 0))
        continue;
      _pmt_lattice_place_add (&s->places->place[i], g->fast.n, w[0] * t.x + w[1] * t.y, d->r);
      _pmt_lattice_place_add (&s->places->place[i], g->fast.n, w[1] * t.x + w[2] * t.y, d->r + g->nodes);
    }
  if (s->strain != NULL)
    _pmt_strain_energy_target (s->strain, s->strain_penalty, d->x, d->x + g->nodes, d->r, d->r + g->nodes);
  d->energy = _pmt_lattice_dot (d->n, d->x, d->r);
  multiply (s, d->x, d->ap, d->along);
  for (int i = 0; i < d->n; i++)
    d->r[i] -= d->ap[i];
}

/* z = M⁻¹ r. The band solves for two right hand sides at once; with x and y together there is but one. */
static void
precondition (const PmtLatticeSystem *s, Descent *d)
{
  int nodes = s->grid->nodes;

  if (s->strain == NULL)
    {
      memcpy (d->z, d->r, d->n * sizeof *d->z);
      _pmt_band_solve (s->factor, d->z, d->z + nodes);
      return;
    }
  memset (d->pairs + d->n, 0, d->n * sizeof *d->pairs);
  for (int i = 0; i < nodes; i++)
    {
      d->pairs[2 * i] = d->r[i];
      d->pairs[2 * i + 1] = d->r[nodes + i];
    }
  _pmt_band_solve (s->factor, d->pairs, d->pairs + d->n);
  for (int i = 0; i < nodes; i++)
    {
      d->z[i] = d->pairs[2 * i];
      d->z[nodes + i] = d->pairs[2 * i + 1];
    }
}

/* At most `most` steps; TRUE when that was enough. */
static gboolean
descend (const PmtLatticeSystem *s, Descent *d, int most)
{
  double last = 0;

  for (int step = 0; ; step++)
    {
      double rz, length;

      precondition (s, d);
      rz = _pmt_lattice_dot (d->n, d->r, d->z);
      d->energy = step == 0 ? MAX (d->energy, rz) : d->energy;
      if (!(rz > EXACT * EXACT * d->energy))
        return TRUE;
      if (step == most)
        return FALSE;
      for (int i = 0; i < d->n; i++)
        d->p[i] = d->z[i] + (step > 0 ? rz / last * d->p[i] : 0);
      multiply (s, d->p, d->ap, d->along);
      length = rz / _pmt_lattice_dot (d->n, d->p, d->ap);
      for (int i = 0; i < d->n; i++)
        {
          d->x[i] += length * d->p[i];
          d->r[i] -= length * d->ap[i];
        }
      last = rz;
    }
}

static gboolean
renew_factor (PmtLatticeSystem *s, double stiffness)
{
  _pmt_band_unref (s->factor);
  s->factor = s->strain != NULL ? _pmt_lattice_factor_all (s, &(PmtLatticeTrust) { 1, 1, 0, NULL }) : _pmt_lattice_factor_mean (s);
  s->factor_stiffness = stiffness;
  return s->factor != NULL;
}

gboolean
_pmt_lattice_system_solve (PmtLatticeSystem *s, double stiffness, int n, const PmtPull *pulls)
{
  Descent  d;
  gboolean done;

  take_places (s, n, pulls);
  if (!take_information (s, stiffness, n, pulls))
    return FALSE;
  descent_init (&d, s);
  begin (s, pulls, &d);
  done = s->factor != NULL && stiffness > ALIKE * s->factor_stiffness && s->factor_stiffness > ALIKE * stiffness
         && descend (s, &d, MAX (FEWEST_STEPS, (3 * s->grid->fast.n + 3) / BAND_A_STEP));
  done = done || (renew_factor (s, stiffness) && descend (s, &d, MOST_STEPS));
  g_free (d.r);
  return done;
}

/* A point load on a plate that rests on springs of density w̄ sinks by 1 / 8 √(Λ w̄) (Hertz 1884). */
double
_pmt_lattice_system_firmness (const PmtLatticeSystem *s)
{
  return 8 * sqrt (s->penalty.bending * s->penalty.tether / TETHER);
}

/* The solution as a step; NULL where it folds or nearly does. */
PmtStep *
_pmt_lattice_system_step (const PmtLatticeSystem *s, double *least_jacobian)
{
  const PmtLatticeGrid *g = s->grid;
  g_autofree PmtPoint  *d = g_new (PmtPoint, g->nodes);
  PmtLattice            lattice = { g->origin, g->spacing, g->columns, g->rows, d };
  g_autoptr (PmtStep)   step = NULL;
  PmtPoint              where;

  for (int j = 0; j < g->rows; j++)
    for (int i = 0; i < g->columns; i++)
      {
        int node = _pmt_lattice_grid_node (g, i, j);

        d[j * g->columns + i] = (PmtPoint) { s->solution[node], s->solution[g->nodes + node] };
      }
  step = _pmt_step_lattice_new (&lattice, NULL);
  *least_jacobian = step != NULL ? _pmt_step_lattice_least_jacobian (step, &where) : 0;
  return *least_jacobian > MIN_JACOBIAN ? g_steal_pointer (&step) : NULL;
}
