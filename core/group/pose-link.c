/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A registration as an observation of two poses. Its map, evaluated at K places x_k of the overlap, has errors that hang
 * together: with B the motion basis at the places, C the coefficients' covariance and f what no number of pixels
 * cures, all of them together have the covariance
 *
 *     Σ = B C Bᵀ + f²·(2K/m)·I,     m = size of C.
 *
 * to which a share of the mean of B C Bᵀ is added likewise. The factor keeps the floor from averaging out over places that were not measured independently: Σ holds as much
 * information as m numbers of variance f². Where the registration knows no C (found in overviews only, bent), the errors that
 * it states take f's place. */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "fit/error-model-private.h"
#include "fit/motion-private.h"
#include "fit/points.h"
#include "group/pose-solve-private.h"

#define DENSE        24        /* places a side that are tried for the overlap */
#define SMALL        8         /* one in so many places inside: fewer are too few to tell where the overlap ends */
#define LEAST_SIGMA  0.01      /* px: nothing is known better than this */
#define UNKNOWN      0.002     /* of the diagonal: σ where nothing is stated */
#define MEDIAN       1.1774    /* median radius over σ of a normal distribution in the plane */
#define SHRINK       0.5       /* of the mean variance, added: C comes from few parts, and has directions in which it is far too sure */
#define DOUBTFUL     2.0       /* times: σ of uncertain registrations */
#define INFLATE      1e-3      /* of the overlap's box, that points stay away from its edge */

static gboolean
lies_in (PmtPoint p, PmtSize size)
{
  return p.x >= 0 && p.y >= 0 && p.x <= size.width && p.y <= size.height;
}

typedef struct { double x0, y0, x1, y1; } Box;

/* Places of one image whose images lie in the other; the box round them, in `from`: of the places themselves, or of where they go. */
static int
sample_box (const PmtTransform *map, PmtSize size, PmtSize other, gboolean goes, Box *box)
{
  int inside = 0;

  *box = (Box) { INFINITY, INFINITY, -INFINITY, -INFINITY };
  for (int k = 0; k < DENSE * DENSE; k++)
    {
      PmtPoint p = { size.width * (k % DENSE + 0.5) / DENSE, size.height * (k / DENSE + 0.5) / DENSE }, q;

      pmt_transform_map (map, 1, &p, &q);
      if (!lies_in (q, other))
        continue;
      inside++;
      if (goes)
        p = q;
      *box = (Box) { MIN (box->x0, p.x), MIN (box->y0, p.y), MAX (box->x1, p.x), MAX (box->y1, p.y) };
    }
  return inside;
}

/* The box round what of `from` maps into `to`. Where that is a small part of it, as a tile is of an overview, the tile's places tell. */
static gboolean
overlap_box (const PmtPoseLink *link, PmtSize from, PmtSize to, Box *box)
{
  int inside = sample_box (link->map, from, to, FALSE, box);

  if (inside < DENSE * DENSE / SMALL)
    inside = sample_box (link->back, to, from, TRUE, box);
  return inside >= 4;
}

static void
choose_points (PmtPoseLink *link, PmtSize from, PmtSize to)
{
  Box box;

  link->n = 0;
  if (!overlap_box (link, from, to, &box))
    return;
  for (int k = 0; k < PMT_LINK_POINTS; k++)
    {
      double   u = INFLATE + (1 - 2 * INFLATE) * (k % PMT_LINK_SIDE) / (PMT_LINK_SIDE - 1);
      double   v = INFLATE + (1 - 2 * INFLATE) * (k / PMT_LINK_SIDE) / (PMT_LINK_SIDE - 1);
      PmtPoint p = { box.x0 + u * (box.x1 - box.x0), box.y0 + v * (box.y1 - box.y0) }, q;

      pmt_transform_map (link->map, 1, &p, &q);
      if (!lies_in (q, to))
        continue;
      link->from[link->n] = p;
      link->to[link->n++] = q;
    }
}

static gboolean
knows_coefficients (const PmtErrorModel *model)
{
  return model->size > 0 && !model->bent;
}

/* Σ without what hangs together, and the σ that it has in the mean. */
static void
add_floor (PmtPoseLink *link, const PmtRegistration *r, PmtSize to, double *s)
{
  const PmtErrorModel *m = &r->errors;
  int                  n = link->n, size = knows_coefficients (m) ? m->size : PMT_MOTION_MAX;
  double               stated = isfinite (r->error_median) ? r->error_median / MEDIAN : UNKNOWN * hypot (to.width, to.height);
  double               floor = knows_coefficients (m) ? hypot (m->floor, LEAST_SIGMA) : hypot (stated, LEAST_SIGMA);
  double               share = MAX (1, 2.0 * n / size);

  link->freedom = MIN (size, 2 * n);
  for (int k = 0; k < n; k++)
    {
      double c[3] = { floor * floor, 0, floor * floor };

      if (m->bent && !_pmt_error_model_covariance (m, link->from[k], c))
        c[0] = c[2] = floor * floor, c[1] = 0;
      s[(2 * k) * 2 * n + 2 * k] += share * c[0];
      s[(2 * k + 1) * 2 * n + 2 * k + 1] += share * c[2];
      s[(2 * k) * 2 * n + 2 * k + 1] += share * c[1];
      s[(2 * k + 1) * 2 * n + 2 * k] += share * c[1];
      link->sigma += 0.5 * (c[0] + c[2]) / n;
    }
}

/* B C Bᵀ, and a share of its mean variance everywhere. */
static void
add_coefficients (PmtPoseLink *link, const PmtErrorModel *m, double *s)
{
  int                n = link->n, size = m->size;
  double             trace = 0;
  g_autofree double *basis = g_new (double, 2 * n * PMT_MOTION_MAX);

  for (int k = 0; k < n; k++)
    _pmt_motion_basis (pmt_matrix3_map (&m->matrix, link->from[k]), m->moving.width, m->moving.height,
                       basis + 2 * k * PMT_MOTION_MAX, basis + (2 * k + 1) * PMT_MOTION_MAX);
  for (int i = 0; i < 2 * n; i++)
    for (int j = 0; j < 2 * n; j++)
      {
        double sum = 0;

        for (int k = 0; k < size; k++)
          for (int l = 0; l < size; l++)
            sum += basis[i * PMT_MOTION_MAX + k] * m->covariance[k * size + l] * basis[j * PMT_MOTION_MAX + l];
        s[i * 2 * n + j] += sum;
        if (i == j)
          trace += sum;
      }
  link->sigma += 0.5 * trace / n;
  for (int i = 0; i < 2 * n; i++)
    s[i * 2 * n + i] += SHRINK * MAX (1, 2.0 * n / size) * trace / (2 * n);
}

static gboolean
find_plane (PmtPoseLink *link)
{
  link->bent = !pmt_transform_get_matrix (link->map, &link->plane);
  return !link->bent || pmt_fit_points (link->n, link->from, link->to, &link->plane, NULL);
}

gboolean
_pmt_pose_link_init (PmtPoseLink *link, int a, int b, const PmtRegistration *r, PmtSize from, PmtSize to)
{
  int    n;
  double doubt = r->verdict == PMT_VERDICT_OK ? 1 : DOUBTFUL;

  *link = (PmtPoseLink) { .a = a, .b = b, .map = r->transform, .rms = NAN, .misfit = NAN, .doubtful = doubt > 1 };
  link->back = pmt_transform_invert (link->map, NULL);
  if (link->back != NULL)
    choose_points (link, from, to);
  n = link->n;
  if (n < 4 || !find_plane (link))
    {
      link->n = 0;
      return FALSE;
    }
  link->root = g_new0 (double, 4 * n * n);
  add_floor (link, r, to, link->root);
  if (knows_coefficients (&r->errors))
    add_coefficients (link, &r->errors, link->root);
  for (int i = 0; i < 4 * n * n; i++)
    link->root[i] *= doubt * doubt;
  link->sigma = doubt * sqrt (link->sigma);
  if (LAPACKE_dpotrf (LAPACK_ROW_MAJOR, 'L', 2 * n, link->root, 2 * n) != 0)
    link->n = 0;
  return link->n > 0;
}

void
_pmt_pose_link_clear (PmtPoseLink *link)
{
  g_clear_pointer (&link->back, pmt_transform_unref);
  g_clear_pointer (&link->root, g_free);
}
