/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"
#include "fit/lattice-grid-private.h"
#include "fit/strain-energy-private.h"
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* A smooth bend that pulls ask for, as a linear system: fit/lattice-system.c. */

/* A displacement that the bend should have at a place, px, and how surely: xx, xy, yy of the inverse covariance. What is given by
 * a person does not count in how strong the penalties are. */
typedef struct { PmtPoint at, target; double information[3]; gboolean given; } PmtPull;

/* The bend that pulls over a box ask for: controls, normal equations, solution. A box: where the bend is wanted, in which
 * all pulls should lie; pulls outside count at the nearest place of it. */
typedef struct _PmtLatticeSystem PmtLatticeSystem;

/* spacing: of the controls, share of the box's √area; no more than PMT_LATTICE_MOST_NODES a side. even: what is
 * called stiff goes by the pulls of median information, so that few strong ones, at the frame of a picture, do not make the bend stiff between all
 * others; else by their mean. The solution is no displacement at all until it is solved. */
PmtLatticeSystem *_pmt_lattice_system_new   (const PmtExtent *box, double spacing, gboolean even);
/* One that is to be solved with other pulls at the same places, beginning with this one's solution; it shares what does not change,
 * and may be used on another thread. */
PmtLatticeSystem *_pmt_lattice_system_fork  (const PmtLatticeSystem *system);
void              _pmt_lattice_system_free  (PmtLatticeSystem *system);
/* Before the first solution: strain costs `weight` times what pulls of the mean density per unit of area do, displacements being
 * measured in units of the √area (fit/strain-energy.c). */
void              _pmt_lattice_system_keep_shape (PmtLatticeSystem *system, PmtStrainWeight weight, gconstpointer data);
/* From the present solution on. FALSE when the pulls hold no information. */
gboolean          _pmt_lattice_system_solve (PmtLatticeSystem *system, double stiffness, int n, const PmtPull *pulls);
PmtPoint          _pmt_lattice_system_at    (const PmtLatticeSystem *system, PmtPoint p);
/* At the place of a pull of the last solution. */
PmtPoint          _pmt_lattice_system_at_pull (const PmtLatticeSystem *system, int pull);

/* Of the last solution: the pull, information, that moves the bend half way to a target where it has as many others as anywhere. */
double            _pmt_lattice_system_firmness (const PmtLatticeSystem *system);

/* As a step; NULL where it folds or nearly does (Jacobian ≤ 0.2). */
PmtStep          *_pmt_lattice_system_step  (const PmtLatticeSystem *system, double *least_jacobian);

/* How the solution's covariance is taken: the pulls' information counts `data` times, less `blind` of the first n pulls (px⁻²
 * an axis; none is left below 0), and the penalty, as a prior, `prior` times. */
typedef struct { double data, prior; int n; const double *blind; } PmtLatticeTrust;

/* The covariances of the solved displacement at n places, px²: xx, xy, yy of each. FALSE with an error only (cancellation). */
gboolean          _pmt_lattice_system_covariances (PmtContext *context, const PmtLatticeSystem *system, const PmtLatticeTrust *trust,
                                                   int n, const PmtPoint *p, double (*c)[3], GError **error);
/* Sets trust->prior, no more than it is, so that the solution is as bent as the prior expects: the fixed point θ·xᵀPx = γ(θ) of the evidence
 * (MacKay 1992), γ the number of parameters that the pulls determine, from its value at trust->prior and γ ∝ θ^(−1/2), since waves are
 * followed from a length ∝ θ^(1/4) on. FALSE with an error only. */
gboolean          _pmt_lattice_system_prior (PmtContext *context, const PmtLatticeSystem *system, PmtLatticeTrust *trust, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtLatticeSystem, _pmt_lattice_system_free)

G_END_DECLS
