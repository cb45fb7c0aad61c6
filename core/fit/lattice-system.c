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
 * Over a rectangle the integrals are sums of products of one-dimensional ones, F ⊗ S, each a matrix of seven diagonals, and are applied
 * as such. The normal equations A are solved by conjugate gradients (Hestenes and Stiefel 1952). What they are preconditioned with, M,
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
#include "fit/band-cholesky-private.h"

#define TETHER       3e-4
#define MIN_JACOBIAN 0.2
#define DIAGONALS    7       /* of a one-dimensional integral */
#define EXACT        1e-6    /* of the solution's energy norm, that a solution may be off by */
#define FEWEST_STEPS 6       /* that an old preconditioner may take, … */
#define BAND_A_STEP  8       /* … or the band over this: what factoring takes, in steps */
#define MOST_STEPS   400
#define LEAST_PRIOR  1e-6    /* of the penalty */
#define ALIKE        0.8     /* a preconditioner serves stiffnesses as near as this */

/* One axis of the lattice. */
typedef struct
{
  int     n;                 /* nodes */
  double *integral[3];       /* ∫ of products of values, first, second derivatives; n numbers a diagonal, from −3 on */
} Axis;

/* What follows from the box and the spacing alone. Along `fast`, the shorter side, nodes follow each other. */
typedef struct
{
  PmtExtent box;
  double    side;            /* √area */
  PmtPoint  origin, spacing;
  int       columns, rows;
  gboolean  by_columns;      /* nodes run down columns */
  int       nodes;
  Axis      fast, slow;
} Grid;

/* The sixteen nodes about a place: four runs of four. */
typedef struct { int base; double fast[4], slow[4]; } Place;

typedef struct { int n; PmtPoint *at; Place *place; } Places;

/* Of the last solution. */
typedef struct { double bending, tether, strain; } Penalty;

struct _PmtLatticeSystem
{
  Grid    *grid;             /* shared by forks */
  Places  *places;           /* of the pulls; shared */
  PmtStrainEnergy *strain;   /* shared; NULL: none */
  PmtBand *factor;           /* of M, x and y of a node following each other where M is A; shared; NULL: none yet */
  double   factor_stiffness;
  Penalty  penalty;
  gboolean even;
  double  *information;      /* of the last solution, three a pull; zeros where left out */
  double  *solution;         /* x of all nodes, then y */
};

/* -- the lattice and its integrals -- */

static void
weights (double f, double w[4], double d1[4], double d2[4])
{
  double g = 1 - f;

  memcpy (w, (double[]) { g * g * g / 6, (4 + f * f * (3 * f - 6)) / 6, (4 + g * g * (3 * g - 6)) / 6, f * f * f / 6 },
          4 * sizeof *w);
  memcpy (d1, (double[]) { -0.5 * g * g, f * (1.5 * f - 2), -g * (1.5 * g - 2), 0.5 * f * f }, 4 * sizeof *d1);
  memcpy (d2, (double[]) { g, 3 * f - 2, 3 * g - 2, f }, 4 * sizeof *d2);
}

/* ∫ of products of the four splines over a cell of length 1: values, first, second derivatives. Four points are exact for
 * these polynomials. */
static void
cell_integrals (double k[3][4][4])
{
  static const double at[4] = { 0.06943184420297371, 0.33000947820757187, 0.66999052179242813, 0.93056815579702629 };
  static const double weight[4] = { 0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693 };

  memset (k, 0, 3 * sizeof *k);
  for (int q = 0; q < 4; q++)
    {
      double w[3][4];

      weights (at[q], w[0], w[1], w[2]);
      for (int order = 0; order < 3; order++)
        for (int a = 0; a < 4; a++)
          for (int b = 0; b < 4; b++)
            k[order][a][b] += weight[q] * w[order][a] * w[order][b];
    }
}

/* n nodes that are h apart. */
static void
axis_init (Axis *axis, int n, double h, double k[3][4][4])
{
  static const int power[3] = { 1, -1, -3 };

  axis->n = n;
  for (int order = 0; order < 3; order++)
    {
      axis->integral[order] = g_new0 (double, DIAGONALS * n);
      for (int cell = 0; cell + 3 < n; cell++)
        for (int a = 0; a < 4; a++)
          for (int b = 0; b < 4; b++)
            axis->integral[order][(b - a + 3) * n + cell + a] += pow (h, power[order]) * k[order][a][b];
    }
}

static void
grid_clear (gpointer data)
{
  Grid *grid = data;

  for (int order = 0; order < 3; order++)
    {
      g_free (grid->fast.integral[order]);
      g_free (grid->slow.integral[order]);
    }
}

/* Whole cells tile the box; one more node before and one behind complete the splines at its edge. */
static Grid *
grid_new (const PmtExtent *box, double spacing)
{
  Grid  *g = g_atomic_rc_box_new0 (Grid);
  double width = MAX (box->x1 - box->x0, 1), height = MAX (box->y1 - box->y0, 1), k[3][4][4];
  int    nx, ny;

  g->box = *box;
  g->side = sqrt (width * height);
  nx = CLAMP ((int) lround (width / (spacing * g->side)), 1, PMT_LATTICE_MOST_NODES);
  ny = CLAMP ((int) lround (height / (spacing * g->side)), 1, PMT_LATTICE_MOST_NODES);
  g->spacing = (PmtPoint) { width / nx, height / ny };
  g->origin = (PmtPoint) { box->x0 - g->spacing.x, box->y0 - g->spacing.y };
  g->columns = nx + 3;
  g->rows = ny + 3;
  g->by_columns = g->rows < g->columns;
  g->nodes = g->columns * g->rows;
  cell_integrals (k);
  axis_init (g->by_columns ? &g->slow : &g->fast, g->columns, g->spacing.x, k);
  axis_init (g->by_columns ? &g->fast : &g->slow, g->rows, g->spacing.y, k);
  return g;
}

static int
node_index (const Grid *g, int i, int j)
{
  return g->by_columns ? i * g->rows + j : j * g->columns + i;
}

PmtLatticeSystem *
_pmt_lattice_system_new (const PmtExtent *box, double spacing, gboolean even)
{
  PmtLatticeSystem *s = g_new0 (PmtLatticeSystem, 1);

  s->grid = grid_new (box, spacing);
  s->even = even;
  s->solution = g_new0 (double, 2 * s->grid->nodes);
  return s;
}

static void
places_clear (gpointer data)
{
  Places *places = data;

  g_free (places->at);
  g_free (places->place);
}

PmtLatticeSystem *
_pmt_lattice_system_fork (const PmtLatticeSystem *from)
{
  PmtLatticeSystem *s = g_memdup2 (from, sizeof *from);

  g_atomic_rc_box_acquire (s->grid);
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
  g_atomic_rc_box_release_full (s->grid, grid_clear);
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
  const Grid   *g = s->grid;
  PmtStrainGrid grid = { g->origin, g->spacing, g->columns, g->rows, g->by_columns };

  _pmt_strain_energy_unref (s->strain);
  s->strain = _pmt_strain_energy_new (&grid, weight, data);
}

/* The nodes about a point within the box (or at its nearest place), and their weights. */
static Place
find_place (const Grid *g, PmtPoint p)
{
  double tx = CLAMP ((p.x - g->origin.x) / g->spacing.x, 1, g->columns - 2), unused[4];
  double ty = CLAMP ((p.y - g->origin.y) / g->spacing.y, 1, g->rows - 2);
  int    i = MIN ((int) tx, g->columns - 3), j = MIN ((int) ty, g->rows - 3);
  Place  place = { .base = node_index (g, i - 1, j - 1) };

  weights (tx - i, g->by_columns ? place.slow : place.fast, unused, unused);
  weights (ty - j, g->by_columns ? place.fast : place.slow, unused, unused);
  return place;
}

static double
value_at (const Place *place, int stride, const double *node)
{
  double sum[4] = { 0 };

  for (int s = 0; s < 4; s++)
    for (int f = 0; f < 4; f++)
      sum[f] += place->slow[s] * node[place->base + s * stride + f];
  return (place->fast[0] * sum[0] + place->fast[2] * sum[2]) + (place->fast[1] * sum[1] + place->fast[3] * sum[3]);
}

static void
add_at (const Place *place, int stride, double value, double *node)
{
  double along[4];

  for (int f = 0; f < 4; f++)
    along[f] = value * place->fast[f];
  for (int s = 0; s < 4; s++)
    for (int f = 0; f < 4; f++)
      node[place->base + s * stride + f] += place->slow[s] * along[f];
}

static PmtPoint
solution_at (const PmtLatticeSystem *s, const Place *place)
{
  const Grid *g = s->grid;

  return (PmtPoint) { value_at (place, g->fast.n, s->solution), value_at (place, g->fast.n, s->solution + g->nodes) };
}

PmtPoint
_pmt_lattice_system_at (const PmtLatticeSystem *s, PmtPoint p)
{
  Place place = find_place (s->grid, p);

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
  s->places = g_atomic_rc_box_new0 (Places);
  s->places->n = n;
  s->places->at = g_new (PmtPoint, n + 1);
  s->places->place = g_new (Place, n + 1);
  for (int i = 0; i < n; i++)
    {
      s->places->at[i] = pulls[i].at;
      s->places->place[i] = find_place (s->grid, pulls[i].at);
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
  s->penalty = (Penalty) { density * length * length * length * length, TETHER * density,
                           s->strain != NULL ? density * side * side : 0 };
  return density > 0 && isfinite (density);
}

/* Seven diagonals times a line that has three zeros before and behind. */
PMT_CLONES static void
multiply_line (int n, const double *restrict diagonals, const double *restrict line, double *restrict out)
{
  for (int i = 0; i < n; i++)
    out[i] = diagonals[i] * line[i];
  for (int k = 1; k < DIAGONALS; k++)
    for (int i = 0; i < n; i++)
      out[i] += diagonals[k * n + i] * line[i + k];
}

PMT_CLONES static void
add_three (int n, const double *restrict a, const double *restrict b, const double *restrict c, const double factor[3],
           double *restrict out)
{
  double fa = factor[0], fb = factor[1], fc = factor[2];

  for (int i = 0; i < n; i++)
    out[i] += fa * a[i] + fb * b[i] + fc * c[i];
}

/* out += (Λ ∫∂²·∂² + T ∫BB) x, of one component. `along` holds three lines a line of the lattice: x times the fast integrals. */
static void
add_penalty (const Grid *g, const Penalty *p, const double *x, double *out, double *along)
{
  int    fast = g->fast.n, slow = g->slow.n;
  double line[PMT_LATTICE_MOST_NODES + 9] = { 0 };

  for (int s = 0; s < slow; s++)
    {
      memcpy (line + 3, x + s * fast, fast * sizeof *line);
      for (int order = 0; order < 3; order++)
        multiply_line (fast, g->fast.integral[order], line, along + (3 * s + order) * fast);
    }
  for (int s = 0; s < slow; s++)
    for (int k = MAX (-3, -s); k <= MIN (3, slow - 1 - s); k++)
      {
        int           at = (k + 3) * slow + s;
        const double *from = along + 3 * (s + k) * fast;
        double        factor[3] = { p->bending * g->slow.integral[2][at] + p->tether * g->slow.integral[0][at],
                                    2 * p->bending * g->slow.integral[1][at], p->bending * g->slow.integral[0][at] };

        add_three (fast, from, from + fast, from + 2 * fast, factor, out + s * fast);
      }
}

/* What one place adds to A x, of both components. */
PMT_CLONES static void
add_pulls (const Places *places, int stride, const double *information, const double *x, const double *y, double *ax, double *ay)
{
  for (int i = 0; i < places->n; i++)
    {
      const Place  *place = &places->place[i];
      const double *w = information + 3 * i;
      double        dx, dy;

      if (!(w[0] > 0))
        continue;
      dx = value_at (place, stride, x);
      dy = value_at (place, stride, y);
      add_at (place, stride, w[0] * dx + w[1] * dy, ax);
      add_at (place, stride, w[1] * dx + w[2] * dy, ay);
    }
}

static void
multiply (const PmtLatticeSystem *s, const double *x, double *ax, double *along)
{
  const Grid *g = s->grid;

  memset (ax, 0, 2 * g->nodes * sizeof *ax);
  add_penalty (g, &s->penalty, x, ax, along);
  add_penalty (g, &s->penalty, x + g->nodes, ax + g->nodes, along);
  add_pulls (s->places, g->fast.n, s->information, x, x + g->nodes, ax, ax + g->nodes);
  if (s->strain != NULL)
    _pmt_strain_energy_multiply (s->strain, s->penalty.strain, x, x + g->nodes, ax, ax + g->nodes);
}

/* -- matrices -- */

/* Of the penalty, between a node and the one `ds` lines and `df` places on. */
static double
penalty_between (const Grid *g, const Penalty *p, int slow, int fast, int ds, int df)
{
  double f[3], s[3];

  for (int order = 0; order < 3; order++)
    {
      f[order] = g->fast.integral[order][(df + 3) * g->fast.n + fast];
      s[order] = g->slow.integral[order][(ds + 3) * g->slow.n + slow];
    }
  return p->bending * (f[2] * s[0] + 2 * f[1] * s[1] + f[0] * s[2]) + p->tether * f[0] * s[0];
}

/* Adds the penalty to the lower part of a matrix of `components` unknowns a node. */
static void
fill_penalty (const Grid *g, const Penalty *p, int components, PmtBand *band)
{
  for (int slow = 0; slow < g->slow.n; slow++)
    for (int fast = 0; fast < g->fast.n; fast++)
      for (int ds = 0; ds <= MIN (3, g->slow.n - 1 - slow); ds++)
        for (int df = ds > 0 ? MAX (-3, -fast) : 0; df <= MIN (3, g->fast.n - 1 - fast); df++)
          {
            gsize  column = (gsize) components * (slow * g->fast.n + fast);
            double value = penalty_between (g, p, slow, fast, ds, df);

            for (int c = 0; c < components; c++)
              band->column[(column + c) * band->stride + components * (ds * g->fast.n + df)] += value;
          }
}

/* A node's x and y with those of another: four entries of the lower part of a matrix in which they follow each other. */
static void
add_block (PmtBand *band, int node, int ahead, const double k[4])
{
  double *at = band->column + 2 * node * band->stride + 2 * ahead;

  at[0] += k[0];
  at[1] += k[1];                          /* x's column, y's row */
  at[band->stride] += k[3];
  if (ahead > 0)
    at[band->stride - 1] += k[2];         /* y's column, x's row */
}

static void
fill_strain (const PmtLatticeSystem *s, PmtBand *band)
{
  const Grid *g = s->grid;
  const int   reach = PMT_STRAIN_REACH;

  for (int slow = 0; slow < g->slow.n; slow++)
    for (int fast = 0; fast < g->fast.n; fast++)
      for (int ds = 0; ds <= MIN (reach, g->slow.n - 1 - slow); ds++)
        for (int df = ds > 0 ? MAX (-reach, -fast) : 0; df <= MIN (reach, g->fast.n - 1 - fast); df++)
          {
            double k[4];

            _pmt_strain_energy_between (s->strain, slow * g->fast.n + fast, ds, df, k);
            for (int c = 0; c < 4; c++)
              k[c] *= s->penalty.strain;
            add_block (band, slow * g->fast.n + fast, ds * g->fast.n + df, k);
          }
}

/* M, factored. NULL when it is not positive definite. */
static PmtBand *
factor_mean (const PmtLatticeSystem *s)
{
  const Grid          *g = s->grid;
  g_autoptr (PmtBand)  band = _pmt_band_new (g->nodes, 3 * g->fast.n + 3);

  fill_penalty (g, &s->penalty, 1, band);
  for (int i = 0; i < s->places->n; i++)
    {
      const Place *place = &s->places->place[i];
      double       mean = 0.5 * (s->information[3 * i] + s->information[3 * i + 2]);

      for (int b = 0; mean > 0 && b < 16; b++)
        for (int a = b; a < 16; a++)
          {
            int distance = (a / 4 - b / 4) * g->fast.n + a % 4 - b % 4;

            band->column[(place->base + b / 4 * g->fast.n + b % 4) * band->stride + distance]
              += mean * place->slow[a / 4] * place->fast[a % 4] * place->slow[b / 4] * place->fast[b % 4];
          }
    }
  return _pmt_band_factor (band) ? g_steal_pointer (&band) : NULL;
}

/* What a pull is trusted to know: xx, xy, yy. */
static void
trusted_information (const PmtLatticeSystem *s, const PmtLatticeTrust *trust, int pull, double w[3])
{
  const double *own = s->information + 3 * pull;
  double        blind = pull < trust->n ? trust->blind[pull] : 0, mean = 0.5 * (own[0] + own[2]);
  double        half = hypot (0.5 * (own[0] - own[2]), own[1]);
  double        large = MAX (mean + half - blind, 0), small = MAX (mean - half - blind, 0);
  double        cosine = half > 0 ? 0.5 * (own[0] - own[2]) / half : 1, sine = half > 0 ? own[1] / half : 0;

  w[0] = 0.5 * trust->data * (large + small + (large - small) * cosine);
  w[1] = 0.5 * trust->data * (large - small) * sine;
  w[2] = 0.5 * trust->data * (large + small - (large - small) * cosine);
}

/* A by what is trusted, factored, x and y of a node following each other. */
static PmtBand *
factor_all (const PmtLatticeSystem *s, const PmtLatticeTrust *trust)
{
  const Grid          *g = s->grid;
  g_autoptr (PmtBand)  band = _pmt_band_new (2 * g->nodes, 2 * (3 * g->fast.n + 3) + 1);

  fill_penalty (g, &(Penalty) { trust->prior * s->penalty.bending, trust->prior * s->penalty.tether, 0 }, 2, band);
  if (s->strain != NULL)
    fill_strain (s, band);
  for (int i = 0; i < s->places->n; i++)
    {
      const Place *place = &s->places->place[i];
      double       w[3];

      trusted_information (s, trust, i, w);
      for (int b = 0; w[0] + w[2] > 0 && b < 16; b++)
        for (int a = b; a < 16; a++)
          {
            int     distance = 2 * ((a / 4 - b / 4) * g->fast.n + a % 4 - b % 4);
            double  product = place->slow[a / 4] * place->fast[a % 4] * place->slow[b / 4] * place->fast[b % 4];
            double *at = band->column + 2 * (place->base + b / 4 * g->fast.n + b % 4) * band->stride + distance;

            at[0] += product * w[0];
            at[1] += product * w[1];
            at[band->stride] += product * w[2];
            if (a > b)
              at[band->stride - 1] += product * w[1];     /* y's column, x's row */
          }
    }
  return _pmt_band_factor (band) ? g_steal_pointer (&band) : NULL;
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

static double
product (int n, const double *a, const double *b)
{
  double sum[4] = { 0 };

  for (int i = 0; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++)
      sum[k] += a[i + k] * b[i + k];
  for (int i = n / 4 * 4; i < n; i++)
    sum[0] += a[i] * b[i];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* The residual of the present solution to r. */
static void
begin (const PmtLatticeSystem *s, const PmtPull *pulls, Descent *d)
{
  const Grid *g = s->grid;

  for (int i = 0; i < s->places->n; i++)
    {
      const double *w = s->information + 3 * i;
      PmtPoint      t = pulls[i].target;

      if (!(w[0] > 0))
        continue;
      add_at (&s->places->place[i], g->fast.n, w[0] * t.x + w[1] * t.y, d->r);
      add_at (&s->places->place[i], g->fast.n, w[1] * t.x + w[2] * t.y, d->r + g->nodes);
    }
  if (s->strain != NULL)
    _pmt_strain_energy_target (s->strain, s->penalty.strain, d->x, d->x + g->nodes, d->r, d->r + g->nodes);
  d->energy = product (d->n, d->x, d->r);
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
      rz = product (d->n, d->r, d->z);
      d->energy = step == 0 ? MAX (d->energy, rz) : d->energy;
      if (!(rz > EXACT * EXACT * d->energy))
        return TRUE;
      if (step == most)
        return FALSE;
      for (int i = 0; i < d->n; i++)
        d->p[i] = d->z[i] + (step > 0 ? rz / last * d->p[i] : 0);
      multiply (s, d->p, d->ap, d->along);
      length = rz / product (d->n, d->p, d->ap);
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
  s->factor = s->strain != NULL ? factor_all (s, &(PmtLatticeTrust) { 1, 1, 0, NULL }) : factor_mean (s);
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
  const Grid          *g = s->grid;
  g_autofree PmtPoint *d = g_new (PmtPoint, g->nodes);
  PmtLattice           lattice = { g->origin, g->spacing, g->columns, g->rows, d };
  g_autoptr (PmtStep)  step = NULL;
  PmtPoint             where;

  for (int j = 0; j < g->rows; j++)
    for (int i = 0; i < g->columns; i++)
      {
        int node = node_index (g, i, j);

        d[j * g->columns + i] = (PmtPoint) { s->solution[node], s->solution[g->nodes + node] };
      }
  step = _pmt_step_lattice_new (&lattice, NULL);
  *least_jacobian = step != NULL ? _pmt_step_lattice_least_jacobian (step, &where) : 0;
  return *least_jacobian > MIN_JACOBIAN ? g_steal_pointer (&step) : NULL;
}

/* B A⁻¹ Bᵀ at one place: the posterior covariance under the penalty as a prior. */
static void
covariance_at (const PmtBand *inverse, const Place *place, int stride, double c[3])
{
  c[0] = c[1] = c[2] = 0;
  for (int b = 0; b < 16; b++)
    for (int a = b; a < 16; a++)
      {
        int           distance = 2 * ((a / 4 - b / 4) * stride + a % 4 - b % 4);
        const double *at = inverse->column + 2 * (place->base + b / 4 * stride + b % 4) * inverse->stride + distance;
        double        w = place->slow[a / 4] * place->fast[a % 4] * place->slow[b / 4] * place->fast[b % 4] * (a > b ? 2 : 1);

        c[0] += w * at[0];
        c[1] += w * (a > b ? 0.5 * (at[1] + at[inverse->stride - 1]) : at[1]);
        c[2] += w * at[inverse->stride];
      }
}

gboolean
_pmt_lattice_system_covariances (PmtContext *context, const PmtLatticeSystem *s, const PmtLatticeTrust *trust, int n,
                                 const PmtPoint *p, double (*c)[3], GError **error)
{
  g_autoptr (PmtBand) band = factor_all (s, trust);

  memset (c, 0, n * sizeof *c);
  if (band == NULL)
    return TRUE;
  if (!_pmt_band_invert (context, band, error))
    return FALSE;
  for (int i = 0; i < n; i++)
    {
      Place place = find_place (s->grid, p[i]);

      covariance_at (band, &place, s->grid->fast.n, c[i]);
    }
  return TRUE;
}

/* xᵀPx of both components. */
static double
penalty_of (const PmtLatticeSystem *s)
{
  const Grid         *g = s->grid;
  g_autofree double  *out = g_new0 (double, 5 * g->nodes);
  double             *along = out + 2 * g->nodes;

  add_penalty (g, &s->penalty, s->solution, out, along);
  add_penalty (g, &s->penalty, s->solution + g->nodes, out + g->nodes, along);
  return product (2 * g->nodes, s->solution, out);
}

/* Σ tr C W over the pulls. */
static double
determined (const PmtLatticeSystem *s, const PmtLatticeTrust *trust, const double (*c)[3])
{
  double sum = 0;

  for (int i = 0; i < s->places->n; i++)
    {
      double w[3];

      trusted_information (s, trust, i, w);
      sum += w[0] * c[i][0] + 2 * w[1] * c[i][1] + w[2] * c[i][2];
    }
  return sum;
}

gboolean
_pmt_lattice_system_prior (PmtContext *context, const PmtLatticeSystem *s, PmtLatticeTrust *trust, GError **error)
{
  double (*c)[3] = g_malloc ((s->places->n + 1) * sizeof *c);
  gboolean ok = _pmt_lattice_system_covariances (context, s, trust, s->places->n, s->places->at, c, error);

  if (ok)
    trust->prior *= pow (CLAMP (determined (s, trust, (const double (*)[3]) c) / (trust->prior * penalty_of (s)), LEAST_PRIOR, 1), 2 / 3.0);
  g_free (c);
  return ok;
}
