/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A map that is affine in each of the Delaunay triangles of its points. A frame lies around the points' box, as far from it
 * as the box is long. Its four corners are points too, and move with A, the affine map that fits all pairs best; beyond the
 * frame A goes on. On the frame both agree, since its sides' ends move with A: the map is continuous, and what the outermost
 * points are off from A fades towards the frame.
 *
 * Triangles that keep their sense of turning, within a frame whose border is mapped one to one, are mapped one to one
 * all together. So the inverse is the same triangles with the two sets of points changed, and is exact. */
#include "transform/bend-private.h"

#include <math.h>
#include <string.h>

#include "transform/delaunay-private.h"
#include "transform/pairs-private.h"
#include "transform/triangle-finder-private.h"

#define MIN_POINTS   3
#define MAX_POINTS   10000
#define MIN_SIDE     1e-3    /* px, of the box */
#define MIN_DISTANCE 1e-6    /* of the box's longer side: nearer points are one */
#define MIN_SPREAD   1e-4    /* least over largest spread of points that do not lie on a line */
#define LEAST_AREA   1e-3    /* of what A makes of it: a triangle that shrinks to less is as good as turned over */
#define CORNERS      4

/* at → to: p ↦ to + l·(p − at). */
typedef struct { PmtPoint at, to; double l[2][2]; } Piece;

/* Index 0: forward, and the points' places in the image that it starts from; 1: back, and where it leads. */
typedef struct
{
  gatomicrefcount    references;
  int                n, triangles;
  PmtPoint          *place[2];      /* n points, then the frame's corners */
  PmtTriangle       *triangle;
  Piece             *piece[2], all[2];   /* all: A */
  PmtExtent          box, frame;
  PmtTriangleFinder *near[2], *far[2];   /* over the points; over the frame */
} Mesh;

typedef struct
{
  PmtStep  base;
  Mesh    *mesh;
  gboolean inverse;
} PiecewiseAffine;

/* -- the map -- */

static inline PmtPoint
follow (const Piece *piece, PmtPoint p)
{
  double x = p.x - piece->at.x, y = p.y - piece->at.y;

  return (PmtPoint) { piece->to.x + piece->l[0][0] * x + piece->l[0][1] * y,
                      piece->to.y + piece->l[1][0] * x + piece->l[1][1] * y };
}

/* The triangle, or −1 beyond the frame. */
static int
find (const Mesh *mesh, int way, PmtPoint p)
{
  PmtPoint q = way == 0 ? p : follow (&mesh->all[1], p);

  if (!(q.x >= mesh->frame.x0 && q.x <= mesh->frame.x1 && q.y >= mesh->frame.y0 && q.y <= mesh->frame.y1))
    return -1;
  return _pmt_triangle_finder_at (_pmt_triangle_finder_has (mesh->near[way], p) ? mesh->near[way] : mesh->far[way], p);
}

static const Piece *
piece_at (const Mesh *mesh, int way, PmtPoint p)
{
  int t = find (mesh, way, p);

  return t < 0 ? &mesh->all[way] : &mesh->piece[way][t];
}

static void
map (const PmtStep *step, int n, const PmtPoint *in, PmtPoint *out)
{
  const PiecewiseAffine *self = (const PiecewiseAffine *) step;
  int                    way = self->inverse ? 1 : 0;

  for (int i = 0; i < n; i++)
    out[i] = isfinite (in[i].x) && isfinite (in[i].y) ? follow (piece_at (self->mesh, way, in[i]), in[i])
                                                      : (PmtPoint) { NAN, NAN };
}

static gboolean
jacobian (const PmtStep *step, PmtPoint p, double j[2][2])
{
  const PiecewiseAffine *self = (const PiecewiseAffine *) step;

  if (!isfinite (p.x) || !isfinite (p.y))
    return FALSE;
  memcpy (j, piece_at (self->mesh, self->inverse ? 1 : 0, p)->l, sizeof (double[2][2]));
  return TRUE;
}

static int
smooth_part (const PmtStep *step, PmtPoint p)
{
  const PiecewiseAffine *self = (const PiecewiseAffine *) step;

  return isfinite (p.x) && isfinite (p.y) ? find (self->mesh, self->inverse ? 1 : 0, p) : -1;
}

/* -- bounds -- */

static double
longest_stretch (const double l[2][2])
{
  return 0.5 * (hypot (l[0][0] + l[1][1], l[0][1] - l[1][0]) + hypot (l[0][0] - l[1][1], l[0][1] + l[1][0]));
}

/* What pieces are off from A within a box. */
typedef struct
{
  const Mesh *mesh;
  int         way;
  PmtExtent   box, off;
  double      stretch;
} Reach;

static PmtPoint
off_at (const Reach *r, const Piece *piece, PmtPoint p)
{
  PmtPoint a = follow (&r->mesh->all[r->way], p), q = follow (piece, p);

  return (PmtPoint) { q.x - a.x, q.y - a.y };
}

static PmtExtent
off_over (const Reach *r, const Piece *piece, int n, const PmtPoint *places)
{
  PmtExtent e = { INFINITY, INFINITY, -INFINITY, -INFINITY };

  for (int i = 0; i < n; i++)
    {
      PmtPoint d = off_at (r, piece, places[i]);

      e = (PmtExtent) { fmin (e.x0, d.x), fmin (e.y0, d.y), fmax (e.x1, d.x), fmax (e.y1, d.y) };
    }
  return e;
}

/* No more than at the triangle's corners, and no more than at the box's. */
static void
add_piece (int t, gpointer data)
{
  Reach       *r = data;
  const Mesh  *mesh = r->mesh;
  const Piece *piece = &mesh->piece[r->way][t];
  PmtPoint     own[3], corners[4] = { { r->box.x0, r->box.y0 }, { r->box.x1, r->box.y0 }, { r->box.x1, r->box.y1 },
                                      { r->box.x0, r->box.y1 } };
  PmtExtent    a, b;

  for (int k = 0; k < 3; k++)
    own[k] = mesh->place[r->way][mesh->triangle[t].corner[k]];
  a = off_over (r, piece, 3, own);
  b = off_over (r, piece, 4, corners);
  r->off = (PmtExtent) { fmin (r->off.x0, fmax (a.x0, b.x0)), fmin (r->off.y0, fmax (a.y0, b.y0)),
                         fmax (r->off.x1, fmin (a.x1, b.x1)), fmax (r->off.y1, fmin (a.y1, b.y1)) };
  r->stretch = fmax (r->stretch, longest_stretch (piece->l));
}

static gboolean
reach (const PmtStep *step, PmtExtent *extent, double *stretch)
{
  const PiecewiseAffine *self = (const PiecewiseAffine *) step;
  const Mesh            *mesh = self->mesh;
  int                    way = self->inverse ? 1 : 0;
  PmtExtent              e = *extent, image = { INFINITY, INFINITY, -INFINITY, -INFINITY };
  Reach                  r = { mesh, way, e, { INFINITY, INFINITY, -INFINITY, -INFINITY }, 0 };

  if (_pmt_triangle_finder_has (mesh->near[way], (PmtPoint) { e.x0, e.y0 })
      && _pmt_triangle_finder_has (mesh->near[way], (PmtPoint) { e.x1, e.y1 }))
    _pmt_triangle_finder_visit (mesh->near[way], e, add_piece, &r);
  else
    {
      r.off = (PmtExtent) { 0, 0, 0, 0 };
      r.stretch = longest_stretch (mesh->all[way].l);
      _pmt_triangle_finder_visit (mesh->far[way], e, add_piece, &r);
    }
  for (int corner = 0; corner < 4; corner++)
    {
      PmtPoint q = follow (&mesh->all[way], (PmtPoint) { corner & 1 ? e.x1 : e.x0, corner & 2 ? e.y1 : e.y0 });

      image = (PmtExtent) { fmin (image.x0, q.x), fmin (image.y0, q.y), fmax (image.x1, q.x), fmax (image.y1, q.y) };
    }
  *extent = (PmtExtent) { image.x0 + r.off.x0, image.y0 + r.off.y0, image.x1 + r.off.x1, image.y1 + r.off.y1 };
  *stretch = r.stretch;
  return TRUE;
}

/* -- memory -- */

static void
mesh_unref (Mesh *mesh)
{
  if (mesh == NULL || !g_atomic_ref_count_dec (&mesh->references))
    return;
  for (int way = 0; way < 2; way++)
    {
      g_free (mesh->place[way]);
      g_free (mesh->piece[way]);
      _pmt_triangle_finder_free (mesh->near[way]);
      _pmt_triangle_finder_free (mesh->far[way]);
    }
  g_free (mesh->triangle);
  g_free (mesh);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Mesh, mesh_unref)

static void
free_piecewise_affine (PmtStep *step)
{
  mesh_unref (((PiecewiseAffine *) step)->mesh);
}

/* Takes the mesh. */
static PmtStep *
step_new (Mesh *mesh, gboolean inverse)
{
  PiecewiseAffine *self = g_new0 (PiecewiseAffine, 1);

  _pmt_step_init (&self->base, &_pmt_step_piecewise_affine_class);
  self->mesh = mesh;
  self->inverse = inverse;
  return &self->base;
}

static PmtStep *
invert (const PmtStep *step, GError **error)
{
  const PiecewiseAffine *self = (const PiecewiseAffine *) step;

  g_atomic_ref_count_inc (&self->mesh->references);
  return step_new (self->mesh, !self->inverse);
}

/* -- making one -- */

static gboolean
check_input (const PmtPiecewiseAffine *p, GError **error)
{
  if (p->n < MIN_POINTS || p->n > MAX_POINTS)
    return _pmt_pairs_refuse (error, "a piecewise affine map takes %d to %d pairs of points, not %d", MIN_POINTS, MAX_POINTS, p->n);
  if (!_pmt_pairs_is_place (p->low) || !_pmt_pairs_is_place (p->high)
      || !(p->high.x - p->low.x >= MIN_SIDE && p->high.y - p->low.y >= MIN_SIDE))
    return _pmt_pairs_refuse (error, "the piecewise affine map's box is empty or out of range");
  for (int i = 0; i < p->n; i++)
    {
      if (!_pmt_pairs_is_place (p->from[i]) || !_pmt_pairs_is_place (p->to[i]))
        return _pmt_pairs_refuse (error, "point %d is out of range", i);
      if (!(p->from[i].x >= p->low.x && p->from[i].y >= p->low.y && p->from[i].x <= p->high.x && p->from[i].y <= p->high.y))
        return _pmt_pairs_refuse (error, "point %d lies outside of its box", i);
    }
  return TRUE;
}

static double
determinant (const double l[2][2])
{
  return l[0][0] * l[1][1] - l[0][1] * l[1][0];
}

static Piece
piece_back (const Piece *piece)
{
  double whole = determinant (piece->l);

  return (Piece) { piece->to, piece->at, { { piece->l[1][1] / whole, -piece->l[0][1] / whole },
                                           { -piece->l[1][0] / whole, piece->l[0][0] / whole } } };
}

static PmtPoint
mean (int n, const PmtPoint *points)
{
  PmtPoint m = { 0, 0 };

  for (int i = 0; i < n; i++)
    m = (PmtPoint) { m.x + points[i].x / n, m.y + points[i].y / n };
  return m;
}

/* A: least squares, Σ (q − q̄)(p − p̄)ᵀ times the inverse of Σ (p − p̄)(p − p̄)ᵀ. */
static gboolean
fit_all (Mesh *mesh, GError **error)
{
  PmtPoint a = mean (mesh->n, mesh->place[0]), b = mean (mesh->n, mesh->place[1]);
  double   xx = 0, xy = 0, yy = 0, c[2][2] = { { 0, 0 }, { 0, 0 } }, whole, half, root;
  Piece   *all = &mesh->all[0];

  for (int i = 0; i < mesh->n; i++)
    {
      double x = mesh->place[0][i].x - a.x, y = mesh->place[0][i].y - a.y;
      double u = mesh->place[1][i].x - b.x, v = mesh->place[1][i].y - b.y;

      xx += x * x, xy += x * y, yy += y * y;
      c[0][0] += u * x, c[0][1] += u * y, c[1][0] += v * x, c[1][1] += v * y;
    }
  half = 0.5 * (xx + yy), root = hypot (0.5 * (xx - yy), xy), whole = xx * yy - xy * xy;
  if (!(half - root > MIN_SPREAD * MIN_SPREAD * (half + root)))
    return _pmt_pairs_refuse (error, "the points lie on a line, or nearly");
  *all = (Piece) { a, b, { { (c[0][0] * yy - c[0][1] * xy) / whole, (c[0][1] * xx - c[0][0] * xy) / whole },
                           { (c[1][0] * yy - c[1][1] * xy) / whole, (c[1][1] * xx - c[1][0] * xy) / whole } } };
  whole = determinant (all->l);
  if (whole < 0)
    return _pmt_pairs_refuse (error, "the points are mirrored in the image that they lead to: mirror one of the images first");
  if (!(whole > MIN_SPREAD * pow (longest_stretch (all->l), 2)))
    return _pmt_pairs_refuse (error, "the points lie on a line, or nearly, in the image that they lead to");
  mesh->all[1] = piece_back (all);
  return TRUE;
}

static gboolean
check_distance (const Mesh *mesh, int a, int b, GError **error)
{
  double   least = MIN_DISTANCE * fmax (mesh->box.x1 - mesh->box.x0, mesh->box.y1 - mesh->box.y0);
  PmtPoint p = mesh->place[0][a], q = mesh->place[0][b];

  return hypot (p.x - q.x, p.y - q.y) >= least
         || _pmt_pairs_refuse (error, "points %d and %d coincide at (%.1f, %.1f)", MIN (a, b), MAX (a, b), p.x, p.y);
}

/* The point nearest to another is one of its neighbours. */
static gboolean
triangulate (Mesh *mesh, GError **error)
{
  int same[2];

  if (!_pmt_delaunay (mesh->n, mesh->place[0], mesh->frame, &mesh->triangle, same))
    return _pmt_pairs_refuse (error, "points %d and %d coincide at (%.1f, %.1f)", MIN (same[0], same[1]), MAX (same[0], same[1]),
                 mesh->place[0][same[0]].x, mesh->place[0][same[0]].y);
  mesh->triangles = 2 * mesh->n + 2;
  for (int t = 0; t < mesh->triangles; t++)
    for (int k = 0; k < 3; k++)
      if (!check_distance (mesh, mesh->triangle[t].corner[k], mesh->triangle[t].corner[(k + 1) % 3], error))
        return FALSE;
  return TRUE;
}

/* "3 (12.0, 40.5), 7 (…, …)": a triangle's points, without the frame's corners. */
static char *
name_points (const Mesh *mesh, const PmtTriangle *triangle, int *named)
{
  GString *text = g_string_new (NULL);

  *named = 0;
  for (int k = 0; k < 3; k++)
    {
      int      i = triangle->corner[k];
      PmtPoint p = mesh->place[0][i];

      if (i < mesh->n)
        g_string_append_printf (text, "%s%d (%.1f, %.1f)", (*named)++ > 0 ? ", " : "", i, p.x, p.y);
    }
  return g_string_free (text, FALSE);
}

static gboolean
refuse (const Mesh *mesh, int count, int worst, GError **error)
{
  int              named;
  g_autofree char *points = name_points (mesh, &mesh->triangle[worst], &named);
  g_autofree char *more = count > 1 ? g_strdup_printf (" (the worst of %d)", count) : g_strdup ("");

  return _pmt_pairs_refuse (error, "the triangle of %s %s%s is turned over or squeezed flat in the image that it leads to%s: these points "
               "contradict one another", named > 1 ? "points" : "point", points,
               named < 3 ? " and the frame around all points" : "", more);
}

/* Each triangle's map. Refused where its area, against what A makes of it, is too small or negative. */
static gboolean
fit_pieces (Mesh *mesh, GError **error)
{
  double whole = determinant (mesh->all[0].l), least = LEAST_AREA;
  int    count = 0, worst = 0;

  mesh->piece[0] = g_new (Piece, mesh->triangles);
  mesh->piece[1] = g_new (Piece, mesh->triangles);
  for (int t = 0; t < mesh->triangles; t++)
    {
      const int *c = mesh->triangle[t].corner;
      PmtPoint   p = mesh->place[0][c[0]], q = mesh->place[1][c[0]], a[2], b[2];
      Piece     *piece = &mesh->piece[0][t];
      double     area, share;

      for (int k = 0; k < 2; k++)
        {
          PmtPoint from = mesh->place[0][c[k + 1]], to = mesh->place[1][c[k + 1]];

          a[k] = (PmtPoint) { from.x - p.x, from.y - p.y };
          b[k] = (PmtPoint) { to.x - q.x, to.y - q.y };
        }
      area = a[0].x * a[1].y - a[0].y * a[1].x;
      share = area > 0 ? (b[0].x * b[1].y - b[0].y * b[1].x) / (area * whole) : -INFINITY;
      count += !(share > LEAST_AREA);
      if (!(share >= least))
        least = share, worst = t;
      *piece = (Piece) { p, q, { { (b[0].x * a[1].y - b[1].x * a[0].y) / area, (b[1].x * a[0].x - b[0].x * a[1].x) / area },
                                 { (b[0].y * a[1].y - b[1].y * a[0].y) / area, (b[1].y * a[0].x - b[0].y * a[1].x) / area } } };
      mesh->piece[1][t] = piece_back (piece);
    }
  return count == 0 || refuse (mesh, count, worst, error);
}

static PmtExtent
extent_of (int n, const PmtPoint *points)
{
  PmtExtent e = { INFINITY, INFINITY, -INFINITY, -INFINITY };

  for (int i = 0; i < n; i++)
    e = (PmtExtent) { fmin (e.x0, points[i].x), fmin (e.y0, points[i].y), fmax (e.x1, points[i].x), fmax (e.y1, points[i].y) };
  return e;
}

/* -0 becomes 0: equal maps, equal files. */
static Mesh *
mesh_new (const PmtPiecewiseAffine *p)
{
  Mesh  *mesh = g_new0 (Mesh, 1);
  double side;

  g_atomic_ref_count_init (&mesh->references);
  mesh->n = p->n;
  mesh->box = (PmtExtent) { p->low.x + 0.0, p->low.y + 0.0, p->high.x + 0.0, p->high.y + 0.0 };
  side = fmax (mesh->box.x1 - mesh->box.x0, mesh->box.y1 - mesh->box.y0);
  mesh->frame = (PmtExtent) { mesh->box.x0 - side, mesh->box.y0 - side, mesh->box.x1 + side, mesh->box.y1 + side };
  for (int way = 0; way < 2; way++)
    {
      const PmtPoint *points = way == 0 ? p->from : p->to;

      mesh->place[way] = g_new (PmtPoint, p->n + CORNERS);
      for (int i = 0; i < p->n; i++)
        mesh->place[way][i] = (PmtPoint) { points[i].x + 0.0, points[i].y + 0.0 };
    }
  return mesh;
}

static void
place_corners (Mesh *mesh)
{
  PmtExtent      f = mesh->frame;
  const PmtPoint corners[CORNERS] = { { f.x0, f.y0 }, { f.x1, f.y0 }, { f.x1, f.y1 }, { f.x0, f.y1 } };

  for (int k = 0; k < CORNERS; k++)
    {
      mesh->place[0][mesh->n + k] = corners[k];
      mesh->place[1][mesh->n + k] = follow (&mesh->all[0], corners[k]);
    }
}

static void
make_finders (Mesh *mesh)
{
  for (int way = 0; way < 2; way++)
    {
      const PmtPoint *places = mesh->place[way];

      mesh->near[way] = _pmt_triangle_finder_new (mesh->triangles, mesh->triangle, places, extent_of (mesh->n, places));
      mesh->far[way] = _pmt_triangle_finder_new (mesh->triangles, mesh->triangle, places,
                                                 extent_of (mesh->n + CORNERS, places));
    }
}

PmtStep *
_pmt_step_piecewise_affine_new (const PmtPiecewiseAffine *p, GError **error)
{
  g_autoptr (Mesh) mesh = NULL;

  if (!check_input (p, error))
    return NULL;
  mesh = mesh_new (p);
  if (!fit_all (mesh, error))
    return NULL;
  place_corners (mesh);
  if (!triangulate (mesh, error) || !fit_pieces (mesh, error))
    return NULL;
  make_finders (mesh);
  return step_new (g_steal_pointer (&mesh), FALSE);
}

/* -- JSON -- */

static void
to_json (const PmtStep *step, GString *json, const char *indent)
{
  const PiecewiseAffine *self = (const PiecewiseAffine *) step;

  _pmt_bend_put_direction (json, indent, self->inverse);
  _pmt_pairs_put_box (json, indent, self->mesh->box);
  _pmt_pairs_put_points (json, indent, self->mesh->n, self->mesh->place[0], self->mesh->place[1]);
}

static PmtStep *
from_json (JsonObject *object, const char *place, GError **error)
{
  g_autofree PmtPoint *from = NULL, *to = NULL;
  g_autoptr (GError)   why = NULL;
  PmtPiecewiseAffine   p = { 0 };
  PmtExtent            box;
  gboolean             inverse;
  PmtStep             *step;

  if (!_pmt_bend_read_direction (object, place, &inverse, error) || !_pmt_pairs_read_box (object, place, &box, error)
      || !_pmt_pairs_read_points (object, place, MIN_POINTS, MAX_POINTS, &p.n, &from, &to, error))
    return NULL;
  p.from = from, p.to = to;
  p.low = (PmtPoint) { box.x0, box.y0 }, p.high = (PmtPoint) { box.x1, box.y1 };
  step = _pmt_step_piecewise_affine_new (&p, &why);
  if (step != NULL)
    ((PiecewiseAffine *) step)->inverse = inverse;
  else
    _pmt_json_fail (error, place, "%s", why->message);
  return step;
}

static const char *const members[] = { "direction", "box", "points", NULL };

const PmtStepClass _pmt_step_piecewise_affine_class =
{
  "piecewise-affine", map, jacobian, invert, reach, to_json, from_json, members, free_piecewise_affine, FALSE, smooth_part
};
