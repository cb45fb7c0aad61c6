/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <json-glib/json-glib.h>

#include "transform/transform.h"

G_BEGIN_DECLS

/* A step of a chain: immutable, reference counted, shared between chains. A new kind is a file with a PmtStepClass and
 * a row in transform.c's table. Kinds embed PmtStep as their first member. */
typedef struct _PmtStepClass PmtStepClass;

typedef struct
{
  const PmtStepClass *klass;
  gatomicrefcount     references;
  PmtProvenance      *provenance;   /* NULL: none */
} PmtStep;

/* A box in continuous coordinates. */
typedef struct { double x0, y0, x1, y1; } PmtExtent;

struct _PmtStepClass
{
  const char *kind;   /* the word in JSON */

  /* n points, in may be out; NaN in both coordinates where there is no image, also for a NaN point. */
  void      (*map)      (const PmtStep *step, int n, const PmtPoint *in, PmtPoint *out);
  gboolean  (*jacobian) (const PmtStep *step, PmtPoint p, double j[2][2]);
  PmtStep  *(*invert)   (const PmtStep *step, GError **error);
  /* Replaces the extent by one that holds its image, and tells what no distance within it grows by more than; FALSE
   * when there is no bound (a horizon). */
  gboolean  (*reach)    (const PmtStep *step, PmtExtent *extent, double *stretch);
  /* Appends this kind's members, each followed by a comma and a newline at `indent`. */
  void      (*to_json)   (const PmtStep *step, GString *json, const char *indent);
  /* Reads them from `object`, which is at `place`. `members`, NULL-terminated: all that this kind may have. */
  PmtStep  *(*from_json) (JsonObject *object, const char *place, GError **error);
  const char *const *members;
  void      (*free)      (PmtStep *step);   /* the kind's own memory, not the base's */
  gboolean    numeric;   /* the inverse is followed to a tolerance, not given by a formula */
  /* Number of the part of the plane that p lies in: parts are convex, within them the map has no kink. NULL: it has none. */
  int       (*part)     (const PmtStep *step, PmtPoint p);
};

extern const PmtStepClass _pmt_step_projective_class;
extern const PmtStepClass _pmt_step_lattice_class;
extern const PmtStepClass _pmt_step_thin_plate_class;
extern const PmtStepClass _pmt_step_dense_class;
extern const PmtStepClass _pmt_step_velocity_class;
extern const PmtStepClass _pmt_step_radial_class;
extern const PmtStepClass _pmt_step_piecewise_affine_class;

/* The table's row for a kind, or NULL. */
const PmtStepClass *_pmt_step_class_by_kind (const char *kind);

void           _pmt_step_init  (PmtStep *step, const PmtStepClass *klass);
PmtStep       *_pmt_step_ref   (PmtStep *step);
void           _pmt_step_unref (PmtStep *step);
/* Copies the provenance into a step that nobody shares yet. */
void           _pmt_step_describe (PmtStep *step, const PmtProvenance *provenance);

/* Both take the step. The second is for a chain that is still being built and seen by nobody else. */
PmtTransform  *_pmt_transform_append (const PmtTransform *transform, PmtStep *step, PmtSize moving);
void           _pmt_transform_add    (PmtTransform *transform, PmtStep *step);
const PmtStep *_pmt_transform_get_step (const PmtTransform *transform, int index);
/* Reach and stretch of the whole chain. */
gboolean       _pmt_transform_reach    (const PmtTransform *transform, PmtExtent *extent, double *stretch);
/* TRUE where a step of the chain has kinks; and where one may lie between a and b. */
gboolean       _pmt_transform_has_kinks (const PmtTransform *transform);
gboolean       _pmt_transform_is_kinked (const PmtTransform *transform, PmtPoint a, PmtPoint b);

/* -- homographies -- */

/* A linear form a·x + b·y + c; a point is in front of it where it is > 0. */
typedef struct { double a, b, c; } PmtHorizon;

/* NULL with PMT_ERROR_BAD_INPUT when the matrix is not finite or singular. */
PmtStep *_pmt_step_projective_new (const PmtMatrix3 *matrix, GError **error);
/* Both in one, as flatten wants it; NULL unless both are projective. Horizons that the product's own denominator does
 * not imply are carried along, so that a point behind one of them stays without image. */
PmtStep *_pmt_step_projective_merge (const PmtStep *first, const PmtStep *second);
/* The matrix, and the horizons beside its own denominator; NULL for another kind. */
const PmtMatrix3 *_pmt_step_projective_get (const PmtStep *step, const PmtHorizon **horizons, int *n_horizons);

/* -- lattices -- */

/* PMT_ERROR_BAD_INPUT as for pmt_transform_append_lattice(). */
PmtStep *_pmt_step_lattice_new (const PmtLattice *lattice, GError **error);
/* The least Jacobian determinant of p + d(p) over a fine grid, and where. Only for a lattice step. */
double   _pmt_step_lattice_least_jacobian (const PmtStep *step, PmtPoint *where);
/* The controls, displacements to be freed; FALSE for another kind and for an inverse, which has none. */
gboolean _pmt_step_lattice_get (const PmtStep *step, PmtLattice *lattice);

/* -- thin plates -- */

/* PMT_ERROR_BAD_INPUT as for pmt_transform_append_thin_plate(); the box must hold all points. */
PmtStep *_pmt_step_thin_plate_new (const PmtThinPlate *plate, GError **error);

/* -- triangles -- */

/* PMT_ERROR_BAD_INPUT as for pmt_transform_append_piecewise_affine(); the box must hold all points. */
PmtStep *_pmt_step_piecewise_affine_new (const PmtPiecewiseAffine *pieces, GError **error);

/* -- lenses -- */

/* PMT_ERROR_BAD_INPUT as for pmt_transform_append_radial(), and for an empty box. */
PmtStep *_pmt_step_radial_new (const PmtRadial *radial, GError **error);

/* -- fields on a grid -- */

/* PMT_ERROR_BAD_INPUT as for pmt_transform_append_dense() and …_velocity(). */
PmtStep *_pmt_step_dense_new    (const PmtLattice *field, double quantum, GError **error);
/* As _pmt_step_lattice_get(). */
gboolean _pmt_step_dense_get    (const PmtStep *step, PmtLattice *field);
PmtStep *_pmt_step_velocity_new (const PmtLattice *field, double quantum, GError **error);
/* The flow that a step is, over an image of that size: transform/logarithm.c. *missed: as pmt_transform_to_velocities(), INFINITY where none was
 * found; NULL where it is above the tolerance. */
PmtStep *_pmt_step_logarithm    (const PmtStep *bend, PmtSize size, double tolerance, double *missed, GError **error);

/* -- reading JSON -- */

/* Text to a JSON tree, checked for size, nesting, number of values and UTF-8 before it is parsed. */
JsonNode   *_pmt_json_parse       (const char *text, gssize length, GError **error);
gboolean    _pmt_json_fail        (GError **error, const char *place, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* A member by name; NULL with an error that names the place when it is not there or of the wrong type. */
JsonObject *_pmt_json_object      (JsonObject *object, const char *member, const char *place, GError **error);
JsonArray  *_pmt_json_array       (JsonObject *object, const char *member, const char *place, GError **error);
const char *_pmt_json_string      (JsonObject *object, const char *member, const char *place, GError **error);
/* A finite number, and one within [low, high] without a fraction. */
gboolean    _pmt_json_number_node (JsonNode *node, const char *place, double *value, GError **error);
gboolean    _pmt_json_integer     (JsonObject *object, const char *member, const char *place, gint64 low, gint64 high,
                                   gint64 *value, GError **error);
/* Refuses members that are in neither list (either may be NULL). */
gboolean    _pmt_json_only        (JsonObject *object, const char *place, const char *const *known,
                                   const char *const *more, GError **error);

/* -- writing it -- */

void        _pmt_json_put_number  (GString *json, double value);        /* 17 significant digits; -0 as 0 */
void        _pmt_json_put_string  (GString *json, const char *utf8);    /* with quotes */

/* Members of an object that is being built, for JSON that need not be canonical. What is not finite, and no string, is null. */
void        _pmt_json_add_number  (JsonBuilder *builder, const char *name, double value);
void        _pmt_json_add_integer (JsonBuilder *builder, const char *name, gint64 value);
void        _pmt_json_add_string  (JsonBuilder *builder, const char *name, const char *value);
void        _pmt_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value);
/* The text of what was built, on many lines; g_free() it. */
char       *_pmt_json_builder_print (JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtStep, _pmt_step_unref)

G_END_DECLS
