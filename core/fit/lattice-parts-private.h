/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "fit/lattice-grid-private.h"
#include "fit/lattice-system-private.h"

G_BEGIN_DECLS

/* What the files that solve a lattice's system share. */

typedef struct { int n; PmtPoint *at; PmtLatticePlace *place; } PmtLatticePlaces;

struct _PmtLatticeSystem
{
  PmtLatticeGrid   *grid;             /* shared by forks */
  PmtLatticePlaces *places;           /* of the pulls; shared */
  PmtStrainEnergy  *strain;           /* shared; NULL: none */
  PmtBand          *factor;           /* of M, x and y of a node following each other where M is A; shared; NULL: none yet */
  double            factor_stiffness;
  PmtLatticePenalty penalty;          /* of the last solution, as all below */
  double            strain_penalty;
  gboolean          even;
  double           *information;      /* three a pull; zeros where left out */
  double           *solution;         /* x of all nodes, then y */
};

/* The matrix with the mean of every pull's information, x and y apart and alike: one of a component, factored. NULL when it is not
 * positive definite. */
PmtBand *_pmt_lattice_factor_mean (const PmtLatticeSystem *system);
/* The whole matrix by what is trusted, factored, x and y of a node following each other. NULL as above. */
PmtBand *_pmt_lattice_factor_all  (const PmtLatticeSystem *system, const PmtLatticeTrust *trust);
/* What a pull is trusted to know: xx, xy, yy. */
void     _pmt_lattice_trusted     (const PmtLatticeSystem *system, const PmtLatticeTrust *trust, int pull, double w[3]);

/* Summed in an order of its own, always the same. */
static inline double
_pmt_lattice_dot (int n, const double *a, const double *b)
{
  double sum[4] = { 0 };

  for (int i = 0; i + 4 <= n; i += 4)
    for (int k = 0; k < 4; k++)
      sum[k] += a[i + k] * b[i + k];
  for (int i = n / 4 * 4; i < n; i++)
    sum[0] += a[i] * b[i];
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

G_END_DECLS
