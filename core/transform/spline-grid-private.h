/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "transform/transform-private.h"

G_BEGIN_DECLS

/* A field of two components, a uniform cubic B-spline whose controls are whole 16-bit multiples of a quantum: what dense
 * and velocity steps are made of. Control (i, j) lies at origin + (i·spacing.x, j·spacing.y); beyond the grid the
 * outermost controls repeat, so that from two spacings on nothing changes with the distance. Immutable, reference
 * counted. */
typedef struct
{
  PmtPoint origin, spacing;
  int      columns, rows, stride;   /* stride: of the padded controls */
  double   quantum;                 /* px */
  gint16 (*control)[2];             /* node (i, j) at [(j + PMT_GRID_PAD)·stride + i + PMT_GRID_PAD] */
  PmtPoint least, most;             /* of the controls, px: what no value lies outside of */
  double   slope;                   /* no Frobenius norm of the derivative is above it */
} PmtSplineGrid;

#define PMT_GRID_PAD       3
#define PMT_GRID_MAX_SIDE  8192
#define PMT_GRID_MAX_NODES (1 << 21)
#define PMT_GRID_MAX_TEXT  (7 << 20)   /* bytes of "data": leaves room for the rest below 8 MiB */

/* Controls rounded to the quantum; 0: 1/1024 px, or the next power of two at which all fit. PMT_ERROR_BAD_INPUT for sizes
 * and numbers out of range, PMT_ERROR_UNSUPPORTED where the text would be too long. */
PmtSplineGrid *_pmt_spline_grid_new   (const PmtLattice *controls, double quantum, GError **error);
PmtSplineGrid *_pmt_spline_grid_ref   (PmtSplineGrid *grid);
void           _pmt_spline_grid_unref (PmtSplineGrid *grid);
gboolean       _pmt_spline_grid_same_frame (const PmtSplineGrid *a, const PmtSplineGrid *b);

/* The value at p, finite, and its derivative as rows (∂x/∂x, ∂x/∂y), (∂y/∂x, ∂y/∂y). */
PmtPoint       _pmt_spline_grid_at    (const PmtSplineGrid *grid, PmtPoint p, double slope[2][2]);
/* TRUE where det ∂(p + value) is above `least` everywhere: proven by the differences of controls where these do, else at
 * the corners of quarter cells. Otherwise *where is the worst of these places and *found the determinant. */
gboolean       _pmt_spline_grid_folds_nowhere (const PmtSplineGrid *grid, double least, PmtPoint *where, double *found);

/* The members origin, spacing, columns, rows, quantum, data; docs/transform-format.md tells the coding. */
void           _pmt_spline_grid_to_json   (const PmtSplineGrid *grid, GString *json, const char *indent);
PmtSplineGrid *_pmt_spline_grid_from_json (JsonObject *object, const char *place, GError **error);
/* The same with the direction before them: all that steps on a grid have. make() takes the grid, also when it refuses. */
void           _pmt_grid_step_to_json     (const PmtSplineGrid *grid, gboolean inverse, GString *json, const char *indent);
PmtStep       *_pmt_grid_step_from_json   (JsonObject *object, const char *place,
                                           PmtStep *(*make) (PmtSplineGrid *grid, gboolean inverse, GError **error),
                                           GError **error);
#define PMT_GRID_MEMBERS "direction", "origin", "spacing", "columns", "rows", "quantum", "data"

/* The 16-bit numbers of one component, columns × rows, `step` apart, rows `stride` apart, appended to `bits` by Rice's code of
 * what a plane through three neighbours leaves: grid-code.c. */
typedef struct { GByteArray *bytes; guint64 pending; int n_pending; } PmtBitWriter;
typedef struct { const guint8 *bytes; gsize length, at; guint64 pending; int n_pending; } PmtBitReader;
void     _pmt_grid_code_write (PmtBitWriter *bits, const gint16 *values, int columns, int rows, gsize step, gsize stride);
/* FALSE where the bits end too soon or stand for a number that 16 bits don't hold. */
gboolean _pmt_grid_code_read  (PmtBitReader *bits, gint16 *values, int columns, int rows, gsize step, gsize stride);
void     _pmt_grid_code_flush (PmtBitWriter *bits);
/* TRUE when nothing is left but less than a byte of zero bits. */
gboolean _pmt_grid_code_ended (const PmtBitReader *bits);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtSplineGrid, _pmt_spline_grid_unref)

G_END_DECLS
