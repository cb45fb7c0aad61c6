/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/geometry.h"

G_BEGIN_DECLS

/* What it costs a bend to change shape: fit/strain-energy.c. */
typedef struct _PmtStrainEnergy PmtStrainEnergy;

/* The lattice of the bend's controls: node (i, j) at origin + (i, j)·spacing. Along `fast` nodes follow each other in memory: y when
 * by_columns, else x. */
typedef struct { PmtPoint origin, spacing; int columns, rows; gboolean by_columns; } PmtStrainGrid;

/* The weight of the strain at a place; called for places in a fixed order. */
typedef double (*PmtStrainWeight) (PmtPoint p, gconstpointer data);

#define PMT_STRAIN_REACH 3      /* nodes along each axis, between which there are entries */

/* Reference counted; what is shared is only read. */
PmtStrainEnergy *_pmt_strain_energy_new   (const PmtStrainGrid *grid, PmtStrainWeight weight, gconstpointer data);
PmtStrainEnergy *_pmt_strain_energy_ref   (PmtStrainEnergy *energy);
void             _pmt_strain_energy_unref (PmtStrainEnergy *energy);

/* (ax, ay) += factor·K (x, y). */
void             _pmt_strain_energy_multiply (const PmtStrainEnergy *energy, double factor, const double *x, const double *y,
                                              double *ax, double *ay);
/* K's entries xx, xy, yx, yy between a node's x or y and those of the node ds lines and df places on, |ds|, |df| ≤ PMT_STRAIN_REACH. */
void             _pmt_strain_energy_between  (const PmtStrainEnergy *energy, int node, int ds, int df, double k[4]);
/* (bx, by) += factor·(what K has to be equal to for a bend near (x, y) that turns and does nothing else). */
void             _pmt_strain_energy_target   (const PmtStrainEnergy *energy, double factor, const double *x, const double *y,
                                              double *bx, double *by);
/* ∫ weight·|strain|² of the linear strain. */
double           _pmt_strain_energy_of       (const PmtStrainEnergy *energy, const double *x, const double *y);

G_END_DECLS
