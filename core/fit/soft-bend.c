/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As fit/soft-fit.c, with a bend in the place of eight motion parameters. Each tile's likelihood of a shift is
 * P = exp(½·min(z₊, 6)²). With σ falling from 0.6·R to 0.9 px and stiffness from SOFTEN_FROM to what is wanted, in turn: the posterior
 * mean m and covariance V of each tile's shift under a Gaussian of σ round what the bend says there, which is what its
 * neighbours say; and the bend that these ask for, each with the information that the tile adds, direction by direction,
 *
 *     V⁻¹ − (σ² + PIXEL_VARIANCE)⁻¹,    times the probability that it is no outlier.
 *
 * So a tile whose best match is a look-alike is outvoted by those round it, one on a straight edge counts across the edge only,
 * and one that sees nothing goes where the others go. */
#include "fit/soft-bend-private.h"

#include <math.h>
#include <string.h>

#define Z_CAP          6.0     /* as soft-fit.c */
#define ITERATIONS     14
#define SIGMA_START    0.6     /* radii */
#define SIGMA_FACTOR   0.8
#define SIGMA_END      0.9     /* px */
#define FLAT_TILE      10.0
#define PIXEL_VARIANCE 0.15    /* px², an axis */
#define SOFTEN_FROM    2.0     /* stiffness */
#define NEAR           1.6     /* px: what counts as at the predicted shift, as judge/evidence.c */
#define BLOCKS_A_SIDE  7       /* of the null, a √area */
#define NULLS          2       /* draws of it */
#define SURE           2.0     /* standard errors by which a bend must beat the null */

typedef struct
{
  PmtPoint base;               /* moving px: where the piece's own pose puts its centre, from where `pose` does */
  double   forward[2][2];      /* level shift → moving px */
  double   back[2][2];
} Place;

struct _PmtSoftBend
{
  const PmtVolume *volume;
  PmtExtent        box;
  int              count;      /* of pulls: one a tile, then the earlier ones, which stay as they are */
  PmtPull         *pulls, *earlier;
  Place           *places;
  float           *likelihood;
  int             *block;      /* of the tile, for the null: neighbours that err together share one */
  int              blocks;
  guint8          *flip;       /* of the block: 1 mirrors its shifts in x, 2 in y; 0 as they are */
};

void
_pmt_soft_bend_free (PmtSoftBend *soft)
{
  if (soft == NULL)
    return;
  g_free (soft->pulls);
  g_free (soft->earlier);
  g_free (soft->places);
  g_free (soft->likelihood);
  g_free (soft->block);
  g_free (soft->flip);
  g_free (soft);
}

static gboolean
place_tile (PmtSoftBend *soft, int t, const PmtPatchSet *set, const PmtMatrix3 *pose)
{
  const PmtPatch *patch = g_ptr_array_index (set->patches, soft->volume->piece[t]);
  PmtPoint        centre = { patch->centre.x / set->scale, patch->centre.y / set->scale };
  PmtPoint        at = pmt_matrix3_map (pose, centre), to = pmt_matrix3_map (&patch->pose, centre);
  Place          *place = &soft->places[t];
  double          determinant;

  soft->pulls[t].at = isnan (at.x) ? (PmtPoint) { 0, 0 } : at;
  place->base = (PmtPoint) { to.x - at.x, to.y - at.y };
  if (!pmt_matrix3_jacobian (&patch->pose, centre, place->forward) || isnan (at.x))
    return FALSE;
  for (int k = 0; k < 4; k++)
    place->forward[k / 2][k % 2] /= set->scale;
  determinant = place->forward[0][0] * place->forward[1][1] - place->forward[0][1] * place->forward[1][0];
  place->back[0][0] = place->forward[1][1] / determinant, place->back[0][1] = -place->forward[0][1] / determinant;
  place->back[1][0] = -place->forward[1][0] / determinant, place->back[1][1] = place->forward[0][0] / determinant;
  return determinant > 0;
}

/* Squares of a seventh of the √area. */
static void
find_blocks (PmtSoftBend *soft)
{
  double width = MAX (soft->box.x1 - soft->box.x0, 1), height = MAX (soft->box.y1 - soft->box.y0, 1);
  double side = sqrt (width * height) / BLOCKS_A_SIDE;
  int    columns = (int) ceil (width / side), rows = (int) ceil (height / side);

  for (int t = 0; t < soft->volume->tiles; t++)
    {
      PmtPoint at = soft->pulls[t].at;

      soft->block[t] = CLAMP ((int) ((at.y - soft->box.y0) / side), 0, rows - 1) * columns
                       + CLAMP ((int) ((at.x - soft->box.x0) / side), 0, columns - 1);
    }
  soft->blocks = columns * rows;
  soft->flip = g_new0 (guint8, soft->blocks);
}

PmtSoftBend *
_pmt_soft_bend_new (const PmtVolume *volume, const PmtPatchSet *set, const PmtMatrix3 *pose, const PmtExtent *box,
                    const GArray *earlier)
{
  PmtSoftBend *soft = g_new0 (PmtSoftBend, 1);
  int          n = volume->side * volume->side;

  soft->volume = volume;
  soft->box = *box;
  soft->count = volume->tiles + (earlier != NULL ? (int) earlier->len : 0);
  soft->pulls = g_new0 (PmtPull, soft->count);
  soft->places = g_new0 (Place, volume->tiles);
  soft->likelihood = g_new0 (float, (gsize) volume->tiles * n);
  soft->block = g_new0 (int, volume->tiles + 1);
  if (earlier != NULL && earlier->len > 0)
    soft->earlier = g_memdup2 (earlier->data, earlier->len * sizeof (PmtPull));
  for (int i = volume->tiles; i < soft->count; i++)
    soft->pulls[i] = soft->earlier[i - volume->tiles];
  for (int t = 0; t < volume->tiles; t++)
    {
      if (!place_tile (soft, t, set, pose))
        continue;        /* its likelihood stays 0 everywhere: it says nothing */
      for (int i = 0; i < n; i++)
        {
          double z = CLAMP (volume->z[(gsize) t * n + i], 0, Z_CAP);

          soft->likelihood[(gsize) t * n + i] = (float) exp (0.5 * z * z);
        }
    }
  find_blocks (soft);
  return soft;
}

PmtPoint
_pmt_soft_bend_shift (const PmtSoftBend *soft, const PmtLatticeSystem *bend, int tile)
{
  const Place *place = &soft->places[tile];
  PmtPoint     d = _pmt_lattice_system_at (bend, soft->pulls[tile].at);

  d.x -= place->base.x;
  d.y -= place->base.y;
  return (PmtPoint) { place->back[0][0] * d.x + place->back[0][1] * d.y,
                      place->back[1][0] * d.x + place->back[1][1] * d.y };
}

/* -- one tile -- */

typedef struct { double all, prior, x, y, xx, xy, yy; } Moments;

static PmtPoint
mirrored (const PmtSoftBend *soft, int t, PmtPoint shift)
{
  guint8 flip = soft->flip[soft->block[t]];

  return (PmtPoint) { flip & 1 ? -shift.x : shift.x, flip & 2 ? -shift.y : shift.y };
}

static Moments
moments (const PmtSoftBend *soft, int t, PmtPoint predicted, double sigma)
{
  int          side = soft->volume->side, radius = soft->volume->radius;
  const float *p = soft->likelihood + (gsize) t * side * side;
  double       gx[64];
  Moments      m = { 0 };

  for (int k = 0; k < side; k++)
    gx[k] = exp (-(k - radius - predicted.x) * (k - radius - predicted.x) / (2 * sigma * sigma));
  for (int y = 0; y < side; y++)
    {
      double gy = exp (-(y - radius - predicted.y) * (y - radius - predicted.y) / (2 * sigma * sigma));
      double g = 0, s = 0, sx = 0, sxx = 0, v = y - radius;

      for (int x = 0; x < side; x++)
        {
          double q = gx[x] * p[y * side + x], u = x - radius;

          g += gx[x];
          s += q;
          sx += q * u;
          sxx += q * u * u;
        }
      m.prior += gy * g;
      m.all += gy * s;
      m.x += gy * sx;
      m.y += gy * s * v;
      m.xx += gy * sxx;
      m.xy += gy * sx * v;
      m.yy += gy * s * v * v;
    }
  return m;
}

/* max(V⁻¹ − prior⁻¹, 0) by the eigenvectors of V, as xx, xy, yy. */
static void
added_information (double xx, double xy, double yy, double prior, double w[3])
{
  double half = 0.5 * (xx + yy), root = hypot (0.5 * (xx - yy), xy), angle = 0.5 * atan2 (2 * xy, xx - yy);
  double c = cos (angle), s = sin (angle);
  double major = MAX (1 / (half + root) - 1 / prior, 0), minor = MAX (1 / MAX (half - root, 1e-9) - 1 / prior, 0);

  w[0] = major * c * c + minor * s * s;
  w[1] = (major - minor) * c * s;
  w[2] = major * s * s + minor * c * c;
}

/* Sets the tile's pull: where its posterior under the present bend lies, in moving px. */
static void
expect (PmtSoftBend *soft, int t, PmtPoint predicted, double sigma)
{
  PmtPull *pull = &soft->pulls[t];
  Place   *place = &soft->places[t];
  Moments  m = moments (soft, t, mirrored (soft, t, predicted), sigma);
  double   w[3], inlier, level[2][2], half[2][2];
  PmtPoint mean, seen;

  memset (pull->information, 0, sizeof pull->information);
  if (!(m.prior > 0.3) || !(m.all > 1e-9))     /* the bend leads out of what was searched */
    return;
  seen = (PmtPoint) { m.x / m.all, m.y / m.all };
  mean = mirrored (soft, t, seen);
  inlier = m.all / m.prior / (m.all / m.prior + FLAT_TILE);
  added_information (MAX (m.xx / m.all - seen.x * seen.x, 0) + PIXEL_VARIANCE, m.xy / m.all - seen.x * seen.y,
                     MAX (m.yy / m.all - seen.y * seen.y, 0) + PIXEL_VARIANCE, sigma * sigma + PIXEL_VARIANCE, w);
  if (soft->flip[soft->block[t]] == 1 || soft->flip[soft->block[t]] == 2)
    w[1] = -w[1];
  pull->target = (PmtPoint) { place->base.x + place->forward[0][0] * mean.x + place->forward[0][1] * mean.y,
                              place->base.y + place->forward[1][0] * mean.x + place->forward[1][1] * mean.y };
  level[0][0] = inlier * w[0], level[0][1] = level[1][0] = inlier * w[1], level[1][1] = inlier * w[2];
  for (int r = 0; r < 2; r++)
    for (int k = 0; k < 2; k++)
      half[r][k] = level[r][0] * place->back[0][k] + level[r][1] * place->back[1][k];
  pull->information[0] = place->back[0][0] * half[0][0] + place->back[1][0] * half[1][0];
  pull->information[1] = place->back[0][0] * half[0][1] + place->back[1][0] * half[1][1];
  pull->information[2] = place->back[0][1] * half[0][1] + place->back[1][1] * half[1][1];
}

/* -- all tiles -- */

static PmtLatticeSystem *
anneal (PmtSoftBend *soft, double stiffness)
{
  g_autoptr (PmtLatticeSystem) bend = _pmt_lattice_system_new (&soft->box, _pmt_lattice_spacing (stiffness), FALSE);
  double                       sigma = SIGMA_START * soft->volume->radius, now = MAX (stiffness, SOFTEN_FROM);
  double                       soften = pow (stiffness / now, 1.0 / (ITERATIONS - 4));

  for (int i = 0; i < ITERATIONS; i++)
    {
      for (int t = 0; t < soft->count; t++)
        if (t >= soft->volume->tiles)
          soft->pulls[t] = soft->earlier[t - soft->volume->tiles];
        else
          expect (soft, t, _pmt_soft_bend_shift (soft, bend, t), sigma);
      if (!_pmt_lattice_system_solve (bend, now, soft->count, soft->pulls))
        return NULL;
      sigma = MAX (SIGMA_FACTOR * sigma, SIGMA_END);
      now = MAX (now * soften, stiffness);
    }
  return g_steal_pointer (&bend);
}

PmtLatticeSystem *
_pmt_soft_bend_fit (PmtSoftBend *soft, double stiffness)
{
  return anneal (soft, stiffness);
}

void
_pmt_soft_bend_tell (const PmtSoftBend *soft, GArray *pulls)
{
  g_array_append_vals (pulls, soft->pulls, soft->volume->tiles);
}

double
_pmt_soft_bend_agreement (const PmtSoftBend *soft)
{
  const PmtVolume *v = soft->volume;
  int              count = 0;

  for (int t = 0; t < v->tiles; t++)
    {
      const float *z = v->z + (gsize) t * v->side * v->side;
      int          best = 0;

      for (int i = 1; i < v->side * v->side; i++)
        if (z[i] > z[best])
          best = i;
      count += hypot (best % v->side - v->radius, best / v->side - v->radius) <= NEAR;
    }
  return (double) count / v->tiles;
}

/* -- how stiff --
 *
 * Freedom always finds something to follow. What it finds where there is nothing is measured with the same tiles, the shifts of whole
 * blocks mirrored in x, y or both at random: each block says as much as before, and as surely that it stays where it is, but what
 * neighbours say does not fit together any more. */

/* The likelihood near a shift against everywhere, as judge/evidence.c measures a pose. */
static double
support_at (const PmtSoftBend *soft, int t, PmtPoint at)
{
  const PmtVolume *v = soft->volume;
  const float     *p = soft->likelihood + (gsize) t * v->side * v->side;
  double           near = 0, all = 0;
  int              count = 0;

  for (int i = 0; i < v->side * v->side; i++)
    {
      double x = i % v->side - v->radius - at.x, y = i / v->side - v->radius - at.y;

      all += p[i];
      if (x * x + y * y > NEAR * NEAR)
        continue;
      near += p[i];
      count++;
    }
  return all > 0 ? log (0.7 + 0.3 * (near / MAX (count, 1)) / (all / (v->side * v->side))) : 0;
}

/* What every tile gains by a bend of that stiffness, over staying where it is; added, times `weight`, to gain. */
static gboolean
add_gain (PmtSoftBend *soft, double stiffness, double weight, double *gain)
{
  g_autoptr (PmtLatticeSystem) bend = anneal (soft, stiffness);

  if (bend == NULL)
    return FALSE;
  for (int t = 0; t < soft->volume->tiles; t++)
    gain[t] += weight * (support_at (soft, t, mirrored (soft, t, _pmt_soft_bend_shift (soft, bend, t)))
                         - support_at (soft, t, (PmtPoint) { 0, 0 }));
  return TRUE;
}

/* Mean and standard error over tiles, blocks taken as what is independent. */
static void
summarise (const PmtSoftBend *soft, const double *gain, double *mean, double *error)
{
  g_autofree double *sum = g_new0 (double, soft->blocks);
  int                tiles = soft->volume->tiles;

  *mean = *error = 0;
  for (int t = 0; t < tiles; t++)
    *mean += gain[t] / tiles;
  for (int t = 0; t < tiles; t++)
    sum[soft->block[t]] += gain[t] - *mean;
  for (int b = 0; b < soft->blocks; b++)
    *error += sum[b] * sum[b];
  *error = sqrt (*error) / tiles;
}

static gboolean
gain_over_null (PmtContext *context, PmtSoftBend *soft, double stiffness, double *gain)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  gboolean          ok = add_gain (soft, stiffness, 1, gain);

  for (int k = 0; ok && k < NULLS; k++)
    {
      for (int b = 0; b < soft->blocks; b++)
        soft->flip[b] = g_rand_int_range (random, 0, 4);
      ok = pmt_context_check (context, NULL) && add_gain (soft, stiffness, -1.0 / NULLS, gain);
    }
  memset (soft->flip, 0, soft->blocks);
  return ok;
}

int
_pmt_soft_bend_choose (PmtContext *context, PmtSoftBend *soft, int n, const double *stiffness, double *support)
{
  int                tiles = soft->volume->tiles, best = -1;
  g_autofree double *all = g_new0 (double, (gsize) n * tiles), *difference = g_new (double, tiles);
  double             mean, error, most = 0;

  for (int k = 0; k < n; k++)
    {
      if (!gain_over_null (context, soft, stiffness[k], all + (gsize) k * tiles))
        return -1;
      summarise (soft, all + (gsize) k * tiles, &mean, &error);
      support[k] = mean;
      if (mean > most && mean > SURE * error)
        {
          most = mean;
          best = k;
        }
    }
  for (int k = 0; k < best; k++)
    {
      for (int t = 0; t < tiles; t++)
        difference[t] = all[(gsize) best * tiles + t] - all[(gsize) k * tiles + t];
      summarise (soft, difference, &mean, &error);
      if (mean < error)
        return k;
    }
  return best;
}
