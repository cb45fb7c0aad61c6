/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was fitted without a strain energy is given one: the lattice of lattice-system.c that as many pulls as it has cells draw to the
 * bend, everywhere equally, and that strain draws away from it where the map is painted. */
#include "fit/keep-shape-private.h"

#include <math.h>

#include "fit/lattice-system-private.h"

#define SPACING   (1.0 / PMT_LATTICE_MOST_NODES)   /* share of the √area */
#define PULLS     128      /* a side */
#define STIFFNESS 0.02     /* of what is not painted: follows all that the lattice can */
#define ROUNDS    4        /* turns are taken from the round before */

typedef struct { const PmtRigidMap *map; const PmtPath *along; } Painted;

static double
weight_at (PmtPoint p, gconstpointer data)
{
  const Painted *painted = data;

  p = _pmt_path_map (painted->along, p);
  return isnan (p.x) ? 0 : _pmt_rigid_map_weight (_pmt_rigid_map_at (painted->map, p));
}

static void
pull_along (const PmtPath *along, const PmtExtent *box, PmtPull pulls[PULLS * PULLS])
{
  for (int k = 0; k < PULLS * PULLS; k++)
    {
      PmtPoint p = { box->x0 + (box->x1 - box->x0) * (k % PULLS + 0.5) / PULLS,
                     box->y0 + (box->y1 - box->y0) * (k / PULLS + 0.5) / PULLS };
      PmtPoint q = _pmt_path_map (along, p);
      double   known = isnan (q.x) ? 0 : 1;

      pulls[k] = (PmtPull) { p, { known ? q.x - p.x : 0, known ? q.y - p.y : 0 }, { known, 0, known }, FALSE };
    }
}

PmtStep *
_pmt_keep_shape (const PmtRigidMap *map, const PmtExtent *box, const PmtPath *along, double *least_jacobian)
{
  g_autoptr (PmtLatticeSystem) system = _pmt_lattice_system_new (box, SPACING, FALSE);
  g_autofree PmtPull          *pulls = g_new (PmtPull, PULLS * PULLS);
  Painted                      painted = { map, along };
  gboolean                     ok = TRUE;

  pull_along (along, box, pulls);
  _pmt_lattice_system_keep_shape (system, weight_at, &painted);
  for (int k = 0; ok && k < ROUNDS; k++)
    ok = _pmt_lattice_system_solve (system, STIFFNESS, PULLS * PULLS, pulls);
  return ok ? _pmt_lattice_system_step (system, least_jacobian) : NULL;
}
