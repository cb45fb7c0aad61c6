/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* What steps of the form p ↦ p + d(p) share: their inverse by Newton's method, Jacobians of both directions, and the
 * members of the file that all of them have. */

/* d(p), finite for every finite p, and ∂d as rows (∂dx/∂x, ∂dx/∂y), (∂dy/∂x, ∂dy/∂y). */
typedef PmtPoint (*PmtBend) (const PmtStep *step, PmtPoint p, double slope[2][2]);

/* det ∂(p + d(p)): what must be above this everywhere in a step that promises not to fold. */
#define PMT_LEAST_JACOBIAN 0.05
double   _pmt_bend_determinant (double slope[2][2]);

/* p with p + d(p) = q, to rounding where the map does not fold; NaN where Newton's method, with steps halved until they
 * help, does not get there from `start`. */
PmtPoint _pmt_bend_origin   (const PmtStep *step, PmtBend bend, PmtPoint q, PmtPoint start);
/* The same from q − d(q). */
PmtPoint _pmt_bend_back     (const PmtStep *step, PmtBend bend, PmtPoint q);
/* n points there, or back where `inverse`. */
void     _pmt_bend_map      (const PmtStep *step, PmtBend bend, gboolean inverse, int n, const PmtPoint *in, PmtPoint *out);
/* slope of d to the Jacobian of the map, or of its inverse. */
void     _pmt_bend_tangent  (double slope[2][2], gboolean inverse, double j[2][2]);
gboolean _pmt_bend_jacobian (const PmtStep *step, PmtBend bend, gboolean inverse, PmtPoint p, double j[2][2]);
/* For reach(): displacements within least … most, no Frobenius norm of ∂d above slope. Where ‖∂d‖ ≤ s, the map stretches
 * no more than 1 + s, its inverse no more than 1/(1 − s). */
gboolean _pmt_bend_reach    (PmtPoint least, PmtPoint most, double slope, gboolean inverse, PmtExtent *extent,
                             double *stretch);

/* -- JSON -- */

/* "direction": "forward" or "inverse". */
void     _pmt_bend_put_direction  (GString *json, const char *indent, gboolean inverse);
gboolean _pmt_bend_read_direction (JsonObject *object, const char *place, gboolean *inverse, GError **error);
/* A member of two numbers. */
void     _pmt_bend_put_pair       (GString *json, const char *indent, const char *name, PmtPoint pair);
gboolean _pmt_bend_read_pair      (JsonObject *object, const char *member, const char *place, PmtPoint *pair,
                                   GError **error);

G_END_DECLS
