/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/error.h"
#include "base/geometry.h"

G_BEGIN_DECLS

/* A transform is a chain of steps that maps points of the fixed image to points of the moving image; step 0 is
 * applied first. To draw the moving image in the fixed frame, each output pixel is looked up at its image under the
 * transform. An empty chain is the identity. Values are immutable after building; reference counted. */
typedef struct _PmtTransform PmtTransform;

/* Where a step came from; strings may be NULL, figures NAN when not known. */
typedef struct
{
  char  *method;      /* "registration", "placement", "manual", "import", … */
  char  *model;       /* "homography", … */
  char  *reference;   /* name of the fixed image or layer */
  char  *verdict;     /* "ok", "uncertain", "failed" */
  char  *date;        /* ISO 8601, UTC */
  char  *version;     /* of the program that derived it */
  double error_median, error_p95;   /* predicted, moving px */
  double overlap;                   /* 0 … 1 of the fixed image */
} PmtProvenance;

PmtTransform *pmt_transform_new   (PmtSize fixed, PmtSize moving);   /* the identity chain; a size of 0 × 0: unknown */
PmtTransform *pmt_transform_ref   (PmtTransform *transform);
void          pmt_transform_unref (PmtTransform *transform);

PmtSize       pmt_transform_get_fixed_size  (const PmtTransform *transform);
PmtSize       pmt_transform_get_moving_size (const PmtTransform *transform);
int           pmt_transform_get_length      (const PmtTransform *transform);
/* Step index's provenance, owned by the transform; NULL when it has none. */
const PmtProvenance *pmt_transform_get_provenance (const PmtTransform *transform, int index);
/* The word for step index's kind, as in JSON ("projective", …); NULL beyond the chain. */
const char   *pmt_transform_get_kind        (const PmtTransform *transform, int index);
/* The chain of the n steps from `first` on, with their provenance; what is out of range is cut off. A size is that of the whole
 * where the slice begins or ends with it, else unknown. Slices side by side compose to the whole again. */
PmtTransform *pmt_transform_slice           (const PmtTransform *transform, int first, int n);

/* A new chain: `transform` followed by a homography step (moving size replaced by `moving` unless 0 × 0).
 * PMT_ERROR_BAD_INPUT when the matrix is not finite or singular. Provenance is copied, may be NULL. */
PmtTransform *pmt_transform_append_matrix (const PmtTransform *transform, const PmtMatrix3 *matrix, PmtSize moving,
                                           const PmtProvenance *provenance, GError **error);

/* A smooth bend p ↦ p + d(p), d a uniform cubic B-spline: control (i, j) lies at origin + (i·spacing.x, j·spacing.y)
 * and displaces by displacement[j·columns + i], all in the pixels of the image that the chain led to so far. Beyond
 * the lattice the outermost controls repeat: from two spacings on, d does not change any more with the distance. */
typedef struct
{
  PmtPoint        origin, spacing;
  int             columns, rows;      /* ≥ 1 each, at most 65536 nodes in all */
  const PmtPoint *displacement;
} PmtLattice;

/* A new chain: `transform` followed by a lattice step. Displacements are rounded to 0.001 px. PMT_ERROR_BAD_INPUT for
 * sizes out of range, numbers that are not finite, and where the map folds or nearly does: its Jacobian must be above
 * 0.05 everywhere (checked on a grid of quarter cells). So its inverse always exists. */
PmtTransform *pmt_transform_append_lattice (const PmtTransform *transform, const PmtLattice *lattice, PmtSize moving,
                                            const PmtProvenance *provenance, GError **error);

/* A thin-plate spline through n pairs of points `from` → `to`, both in the pixels of the image that the chain led to
 * so far: the map that bends least of all that go through them or, with smoothing λ > 0, that minimises (1/n)·Σ
 * |f(from) − to|² + λ/(8π)·L²·∫∫ |∂²f|², L the root of the box's area. Beyond the box the bend fades: from L/4
 * beyond it on it does not change any more with the distance, and only the affine map goes on that is part of every
 * thin plate. */
typedef struct
{
  int             n;          /* 3 … 1000 */
  const PmtPoint *from, *to;
  double          smoothing;  /* 0 … 1e6; 0.01 is much */
  PmtPoint        low, high;  /* the box's corners; equal: the image, if its size is known, and all the points */
} PmtThinPlate;

/* A new chain: `transform` followed by a thin plate. PMT_ERROR_BAD_INPUT for numbers out of range, points that
 * coincide, lie on a line or outside of the box, and where the map folds or nearly does: its Jacobian must be above
 * 0.05, times that of the affine map that is part of it where this is below 1, at the points and on a grid of 129 places along
 * the longer side of the box and L/8 around it, as densely along the shorter one. The message says where. O(n³) time to make, O(n) a point to evaluate. */
PmtTransform *pmt_transform_append_thin_plate (const PmtTransform *transform, const PmtThinPlate *plate, PmtSize moving,
                                               const PmtProvenance *provenance, GError **error);

/* A map through n pairs of points `from` → `to`, both in the pixels of the image that the chain led to so far, affine in
 * each of the Delaunay triangles of `from`. Around them lies a frame, as far from the box as that is long; its corners follow
 * the affine map that fits all pairs best, which goes on beyond it. The map is continuous, and exact at the points. */
typedef struct
{
  int             n;          /* 3 … 10000 */
  const PmtPoint *from, *to;
  PmtPoint        low, high;  /* the box's corners; equal: the image, if its size is known, and all the points */
} PmtPiecewiseAffine;

/* A new chain: `transform` followed by a piecewise affine step. PMT_ERROR_BAD_INPUT for numbers out of range, points that
 * coincide, lie on a line, outside of the box, or are mirrored, and where a triangle is turned over, or squeezed to a
 * thousandth of the area that the affine map through all would give it; the message names its points. The inverse is exact.
 * O(n·log n) time to make, O(1) a point to evaluate. */
PmtTransform *pmt_transform_append_piecewise_affine (const PmtTransform *transform, const PmtPiecewiseAffine *pieces,
                                                     PmtSize moving, const PmtProvenance *provenance, GError **error);

/* A lens's radial distortion: p ↦ c + (p − c)·(1 + k1·r² + k2·r⁴), r = |p − c| over half the box's diagonal; beyond the
 * distance of the box's farthest corner r·(1 + k1·r² + k2·r⁴) goes on along its tangent. */
typedef struct
{
  PmtPoint centre;      /* c */
  double   k1, k2;      /* < 0: points move towards the centre, the more the farther from it */
  PmtPoint low, high;   /* the box's corners; equal: the image, whose size must then be known */
} PmtRadial;

/* A new chain: `transform` followed by a radial step. PMT_ERROR_BAD_INPUT for numbers out of range, and where the map folds
 * or nearly does within the box: its derivative along the radius, 1 + 3·k1·r² + 5·k2·r⁴, must be above 0.05 there. The
 * message says at which radius. */
PmtTransform *pmt_transform_append_radial (const PmtTransform *transform, const PmtRadial *radial, PmtSize moving,
                                           const PmtProvenance *provenance, GError **error);

/* A new chain: `transform` followed by a dense step, p ↦ p + d(p) as with lattices but of up to 2,097,152 nodes, at
 * most 8,192 a side, in a compact code. Displacements are whole multiples, of 16 bits, of `quantum` px (1e-6 … 1e4);
 * 0: 1/1024 px, or the next power of two at which all fit. PMT_ERROR_BAD_INPUT for what is out of range and where
 * the map folds or nearly does: its Jacobian must be above 0.05, by the differences of the controls or else at all
 * corners of quarter cells; PMT_ERROR_UNSUPPORTED where its text would take more than 7 MiB. */
PmtTransform *pmt_transform_append_dense (const PmtTransform *transform, const PmtLattice *field, double quantum,
                                          PmtSize moving, const PmtProvenance *provenance, GError **error);

/* A new chain: `transform` followed by a velocity step: a point goes to where the flow dx/dt = v(x) carries it by
 * the time 1, v as the field of a dense step, in px. It never folds, and its inverse is the same with −v.
 * PMT_ERROR_BAD_INPUT for what is out of range and a field so steep or fast that it takes more than 256 steps to
 * follow: the bound of its slope by differences of controls above 64, or a point may cross more than 128 cells. */
PmtTransform *pmt_transform_append_velocity (const PmtTransform *transform, const PmtLattice *field, double quantum,
                                             PmtSize moving, const PmtProvenance *provenance, GError **error);
/* The same map with every step that is neither projective nor a velocity replaced by a velocity step, its logarithm, on a grid of 128 cells along
 * the longer side of the moving image (Bossa, Zacur and Olmos 2008): what can be averaged in the log-domain, and inverted by a sign.
 * *missed: the farthest that a place of that image ends from where it did, px. PMT_ERROR_UNSUPPORTED where that would be more than
 * PMT_VELOCITY_TOLERANCE; PMT_ERROR_BAD_INPUT where the moving image's size is not known. */
#define PMT_VELOCITY_TOLERANCE 0.05
PmtTransform *pmt_transform_to_velocities (const PmtTransform *transform, double *missed, GError **error);

/* The mean in the log-domain of n ≥ 1 chains that are each one velocity step, all on one grid: the flow of the mean
 * velocity. A map and its inverse make the identity; n times the same makes that. Sizes are the first's, no provenance.
 * PMT_ERROR_BAD_INPUT for other chains. */
PmtTransform *pmt_transform_average_velocities (int n, const PmtTransform *const *transforms, GError **error);

/* A → B then B → C makes A → C: all steps of both, provenance kept. PMT_ERROR_BAD_INPUT when first's moving size and
 * second's fixed size are both known and differ. */
PmtTransform *pmt_transform_compose (const PmtTransform *first, const PmtTransform *second, GError **error);
PmtTransform *pmt_transform_invert  (const PmtTransform *transform, GError **error);

typedef struct
{
  gboolean numeric;   /* a step has no formula for its inverse, which is found in steps */
  double   worst;     /* how far from where they began places end, fixed px; 0 where none has a way there and back */
  PmtPoint where;     /* of the worst */
  double   reached;   /* 0 … 1 of the places have an image … */
  double   lost;      /* … and 0 … 1 of these no way back */
} PmtRoundTrip;

/* What the chain's inverse is worth, measured: a grid of 65 × 65 places over the fixed image there and back.
 * PMT_ERROR_BAD_INPUT where a step has no inverse, and where the fixed image's size is not known. */
gboolean      pmt_transform_round_trip (const PmtTransform *transform, PmtRoundTrip *trip, GError **error);

/* The same map with adjacent homographies multiplied into one step: what to evaluate; the chain is what to keep. */
PmtTransform *pmt_transform_flatten (const PmtTransform *transform);
/* TRUE and the product when the chain is homographies only. */
gboolean      pmt_transform_get_matrix (const PmtTransform *transform, PmtMatrix3 *matrix);

/* Maps n points, in ≠ out or in = out; NaN in both coordinates where a point has no image. */
void          pmt_transform_map      (const PmtTransform *transform, int n, const PmtPoint *in, PmtPoint *out);
/* ∂(x', y')/∂(x, y) at p; FALSE where the map has no image. */
gboolean      pmt_transform_jacobian (const PmtTransform *transform, PmtPoint p, double j[2][2]);

/* The largest size, in pixels a side, that an output may get, and the largest growth in area against both images
 * together: what saves the disk from a transform gone wild. */
#define PMT_BOUNDS_MAX_SIDE   1000000
#define PMT_BOUNDS_MAX_GROWTH 64.0

/* The fixed-frame pixels that show any of the moving rectangle: the smallest rectangle around its inverse image.
 * PMT_ERROR_BAD_INPUT, *bounds untouched, when part of it has no inverse image (a horizon crosses it) or the bounds
 * exceed PMT_BOUNDS_MAX_*. `moving`: NULL for the whole moving image, whose size must then be known. */
gboolean      pmt_transform_bounds   (const PmtTransform *transform, const PmtRect *moving, PmtRect *bounds,
                                      GError **error);

/* JSON, format "pentimento-transform", see docs/transform-format.md. The text is canonical: the same transform, the
 * same bytes; doubles at 17 significant digits. Parsing checks everything, refuses unknown versions and step kinds,
 * more than 10,000 steps and more than 64 MiB of text, with PMT_ERROR_FORMAT naming the place. */
char         *pmt_transform_to_json   (const PmtTransform *transform);
PmtTransform *pmt_transform_from_json (const char *text, gssize length, GError **error);
PmtTransform *pmt_transform_load      (const char *path, GError **error);
gboolean      pmt_transform_save      (const PmtTransform *transform, const char *path, GError **error);  /* atomic */

void          pmt_provenance_init  (PmtProvenance *provenance);   /* NULLs and NANs */
void          pmt_provenance_clear (PmtProvenance *provenance);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtTransform, pmt_transform_unref)

G_END_DECLS
