/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"
#include "fit/band-cholesky-private.h"
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* The nodes of a lattice of cubic B-splines over a box, and the bending energy between them: fit/lattice-grid.c. Numbers of nodes come
 * one component after the other, each `nodes` long. */

#define PMT_LATTICE_MOST_NODES 64     /* a side, within the box */
#define PMT_LATTICE_DIAGONALS  7      /* of a one-dimensional integral */

/* One axis of the lattice. */
typedef struct
{
  int     n;                 /* nodes */
  double *integral[3];       /* ∫ of products of values, first, second derivatives; n numbers a diagonal, from −3 on */
} PmtLatticeAxis;

/* What follows from the box and the spacing alone. Along `fast`, the shorter side, nodes follow each other. */
typedef struct
{
  PmtExtent      box;
  double         side;            /* √area */
  PmtPoint       origin, spacing;
  int            columns, rows;
  gboolean       by_columns;      /* nodes run down columns */
  int            nodes;
  PmtLatticeAxis fast, slow;
} PmtLatticeGrid;

/* The sixteen nodes about a place: four runs of four. */
typedef struct { int base; double fast[4], slow[4]; } PmtLatticePlace;

/* How strongly bends are held back, and displacements. */
typedef struct { double bending, tether; } PmtLatticePenalty;

/* spacing: of the nodes, share of the box's √area. */
PmtLatticeGrid *_pmt_lattice_grid_new   (const PmtExtent *box, double spacing);
PmtLatticeGrid *_pmt_lattice_grid_ref   (PmtLatticeGrid *grid);
void            _pmt_lattice_grid_unref (PmtLatticeGrid *grid);
int             _pmt_lattice_grid_node  (const PmtLatticeGrid *grid, int column, int row);

/* The nodes about a point within the box (or at its nearest place), and their weights. */
PmtLatticePlace _pmt_lattice_grid_place (const PmtLatticeGrid *grid, PmtPoint p);

/* out += (bending ∫∂²·∂² + tether ∫BB) x, of one component. `along` holds three numbers a node. */
void            _pmt_lattice_grid_add_penalty  (const PmtLatticeGrid *grid, const PmtLatticePenalty *penalty, const double *x, double *out,
                                                double *along);
/* Adds the penalty to the lower part of a matrix of `components` unknowns a node. */
void            _pmt_lattice_grid_fill_penalty (const PmtLatticeGrid *grid, const PmtLatticePenalty *penalty, int components, PmtBand *band);

/* Of one component at a place; `stride`: nodes along `fast`. */
static inline double
_pmt_lattice_place_value (const PmtLatticePlace *place, int stride, const double *node)
{
  double sum[4] = { 0 };

  for (int s = 0; s < 4; s++)
    for (int f = 0; f < 4; f++)
      sum[f] += place->slow[s] * node[place->base + s * stride + f];
  return (place->fast[0] * sum[0] + place->fast[2] * sum[2]) + (place->fast[1] * sum[1] + place->fast[3] * sum[3]);
}

/* The reverse: a value at a place to the nodes about it. */
static inline void
_pmt_lattice_place_add (const PmtLatticePlace *place, int stride, double value, double *node)
{
  double along[4];

  for (int f = 0; f < 4; f++)
    along[f] = value * place->fast[f];
  for (int s = 0; s < 4; s++)
    for (int f = 0; f < 4; f++)
      node[place->base + s * stride + f] += place->slow[s] * along[f];
}

G_END_DECLS
