/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Paths and guides, carried. GIMP keeps a stroke as triples of points: the handle before an anchor, the anchor, the handle behind. */

#include "carry.h"

#include <math.h>

#include "plug-in.h"
#include "transform/bezier.h"

#define GUIDE_TOLERANCE 0.5      /* px: guides lie between whole pixels */

typedef struct
{
  GArray  *points;      /* of PmtPoint, three an anchor */
  gboolean closed;
} Stroke;

typedef struct
{
  char    *name;
  gboolean visible;
  GArray  *strokes;
} Path;

typedef struct
{
  gboolean horizontal;
  int      position;
} Guide;

struct _PmtCarryCurves
{
  GPtrArray *paths;      /* of Path */
  GArray    *guides;     /* of Guide */
};

static void
stroke_clear (gpointer data)
{
  g_array_unref (((Stroke *) data)->points);
}

static void
path_free (gpointer data)
{
  Path *path = data;

  g_free (path->name);
  g_array_unref (path->strokes);
  g_free (path);
}

static Path *
path_new (char *name, gboolean visible)
{
  Path *path = g_new0 (Path, 1);

  path->name = name;
  path->visible = visible;
  path->strokes = g_array_new (FALSE, FALSE, sizeof (Stroke));
  g_array_set_clear_func (path->strokes, stroke_clear);
  return path;
}

/* -- mapping -- */

/* A handle at an end that nothing continues: by the map's derivative, or none. */
static PmtPoint
map_loose (const PmtTransform *map, PmtPoint anchor, PmtPoint handle, PmtPoint image)
{
  double j[2][2], dx = handle.x - anchor.x, dy = handle.y - anchor.y;

  if (!pmt_transform_jacobian (map, anchor, j))
    return image;
  return (PmtPoint) { image.x + j[0][0] * dx + j[0][1] * dy, image.y + j[1][0] * dx + j[1][1] * dy };
}

static GArray *
anchors_of (const PmtTransform *map, const Stroke *stroke, const GArray *pieces)
{
  const PmtPoint *points = (const PmtPoint *) stroke->points->data;
  guint n = stroke->points->len / 3;
  GArray *mapped = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  const PmtBezier *first = &g_array_index (pieces, PmtBezier, 0), *last = &g_array_index (pieces, PmtBezier, pieces->len - 1);
  PmtPoint before = stroke->closed ? last->p[2] : map_loose (map, points[1], points[0], first->p[0]);
  PmtPoint behind = map_loose (map, points[3 * n - 2], points[3 * n - 1], last->p[3]);

  g_array_append_val (mapped, before);
  g_array_append_val (mapped, first->p[0]);
  for (guint i = 0; i < pieces->len; i++)
    {
      const PmtBezier *piece = &g_array_index (pieces, PmtBezier, i);

      g_array_append_val (mapped, piece->p[1]);
      if (stroke->closed && i + 1 == pieces->len)
        return mapped;
      g_array_append_vals (mapped, &piece->p[2], 2);
    }
  g_array_append_val (mapped, behind);
  return mapped;
}

/* A stroke of one anchor. */
static GArray *
map_place (const PmtTransform *map, const PmtPoint *points)
{
  GArray *mapped;
  PmtPoint image[3];

  pmt_transform_map (map, 1, &points[1], &image[1]);
  if (!isfinite (image[1].x) || !isfinite (image[1].y))
    return NULL;
  image[0] = map_loose (map, points[1], points[0], image[1]);
  image[2] = map_loose (map, points[1], points[2], image[1]);
  mapped = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_array_append_vals (mapped, image, 3);
  return mapped;
}

/* The points of its image; NULL where a part of it has none. */
static GArray *
map_stroke (const PmtTransform *map, const Stroke *stroke)
{
  const PmtPoint *p = (const PmtPoint *) stroke->points->data;
  guint n = stroke->points->len / 3, segments = stroke->closed ? n : n - 1;
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (PmtBezier));

  if (segments == 0)
    return map_place (map, p);
  for (guint i = 0; i < segments; i++)
    {
      guint next = (i + 1) % n;
      PmtBezier segment = { { p[3 * i + 1], p[3 * i + 2], p[3 * next], p[3 * next + 1] } };

      if (!pmt_bezier_map (map, &segment, PMT_CARRY_TOLERANCE, pieces))
        return NULL;
    }
  return anchors_of (map, stroke, pieces);
}

/* FALSE where it has no image. */
static gboolean
append_image (Path *path, const PmtTransform *map, const Stroke *stroke)
{
  Stroke image = { map_stroke (map, stroke), stroke->closed };

  if (image.points == NULL)
    return FALSE;
  g_array_append_val (path->strokes, image);
  return TRUE;
}

static gboolean
on_canvas (const PmtCarry *carry, PmtPoint p)
{
  return p.x >= 0 && p.y >= 0 && p.x <= gimp_image_get_width (carry->target) && p.y <= gimp_image_get_height (carry->target);
}

static void
remark_outside (PmtCarry *carry, const Path *path)
{
  guint inside = 0, all = 0;

  for (guint i = 0; i < path->strokes->len; i++)
    {
      const GArray *points = g_array_index (path->strokes, Stroke, i).points;

      for (guint k = 1; k < points->len; k += 3, all++)
        inside += on_canvas (carry, g_array_index (points, PmtPoint, k));
    }
  if (inside == 0 && all > 0)
    pmt_carry_remark (carry, _("The path “%s” lies outside of the image."), path->name);
  else if (inside < all)
    pmt_carry_remark (carry, _("The path “%s” lies outside of the image in part."), path->name);
}

static void
keep (PmtCarryCurves *curves, PmtCarry *carry, Path *path, guint lost)
{
  if (lost > 0)
    pmt_carry_remark (carry, ngettext ("%u stroke of the path “%s” has no place there and was left out.",
                                       "%u strokes of the path “%s” have no place there and were left out.", lost), lost, path->name);
  if (path->strokes->len == 0)
    {
      path_free (path);
      return;
    }
  remark_outside (carry, path);
  g_ptr_array_add (curves->paths, path);
}

/* -- paths -- */

static gboolean
read_stroke (GimpPath *path, int id, Stroke *stroke)
{
  g_autofree double *values = NULL;
  gsize n = 0;

  gimp_path_stroke_get_points (path, id, &n, &values, &stroke->closed);
  if (values == NULL || n < 6)
    return FALSE;
  stroke->points = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  for (gsize i = 0; i + 6 <= n; i += 6)
    for (int k = 0; k < 6; k += 2)
      {
        PmtPoint p = { values[i + k], values[i + k + 1] };

        g_array_append_val (stroke->points, p);
      }
  return TRUE;
}

static void
carry_path (PmtCarryCurves *curves, PmtCarry *carry, GimpPath *source)
{
  Path *path = path_new (gimp_item_get_name (GIMP_ITEM (source)), gimp_item_get_visible (GIMP_ITEM (source)));
  gsize n = 0;
  g_autofree int *ids = gimp_path_get_strokes (source, &n);
  guint lost = 0;

  for (gsize i = 0; i < n; i++)
    {
      Stroke stroke;

      if (!read_stroke (source, ids[i], &stroke))
        continue;
      lost += !append_image (path, carry->map->forward, &stroke);
      stroke_clear (&stroke);
    }
  keep (curves, carry, path, lost);
}

/* -- guides -- */

/* As long as the layer's box is. */
static Stroke
line_of (const Guide *guide, GimpLayer *layer)
{
  int x, y, width = gimp_drawable_get_width (GIMP_DRAWABLE (layer)), height = gimp_drawable_get_height (GIMP_DRAWABLE (layer));
  Stroke stroke = { g_array_new (FALSE, FALSE, sizeof (PmtPoint)), FALSE };

  gimp_drawable_get_offsets (GIMP_DRAWABLE (layer), &x, &y);
  for (int i = 0; i < 6; i++)
    {
      PmtPoint p = guide->horizontal ? (PmtPoint) { i < 3 ? x : x + width, guide->position }
                                     : (PmtPoint) { guide->position, i < 3 ? y : y + height };

      g_array_append_val (stroke.points, p);
    }
  return stroke;
}

/* TRUE where the line's image stays within half a pixel of a guide's place. */
static gboolean
is_guide (const Stroke *image, Guide *guide)
{
  const PmtPoint *p = (const PmtPoint *) image->points->data;
  guint n = image->points->len / 3;
  PmtPoint first = p[1], last = p[3 * n - 2];
  double middle;

  guide->horizontal = fabs (last.x - first.x) >= fabs (last.y - first.y);
  middle = guide->horizontal ? (first.y + last.y) / 2 : (first.x + last.x) / 2;
  guide->position = (int) floor (middle + 0.5);
  for (guint i = 0; i < 3 * n; i++)
    if (fabs ((guide->horizontal ? p[i].y : p[i].x) - middle) > GUIDE_TOLERANCE)
      return FALSE;
  return TRUE;
}

static void
carry_guide (PmtCarryCurves *curves, PmtCarry *carry, const Guide *source)
{
  Path *path = path_new (g_strdup_printf (source->horizontal ? _("Guide at y = %d") : _("Guide at x = %d"), source->position), TRUE);
  Stroke line = line_of (source, carry->from);
  gboolean mapped = append_image (path, carry->map->forward, &line);
  Guide guide;

  stroke_clear (&line);
  if (!mapped || !is_guide (&g_array_index (path->strokes, Stroke, 0), &guide))
    {
      keep (curves, carry, path, !mapped);
      return;
    }
  if (guide.position >= 0 && guide.position <= (guide.horizontal ? gimp_image_get_height (carry->target)
                                                                 : gimp_image_get_width (carry->target)))
    g_array_append_val (curves->guides, guide);
  else
    pmt_carry_remark (carry, _("%s: it would lie outside of the image and was left out."), path->name);
  path_free (path);
}

static void
carry_guides (PmtCarryCurves *curves, PmtCarry *carry)
{
  guint paths = curves->paths->len, straight;

  for (guint id = gimp_image_find_next_guide (carry->source, 0); id != 0; id = gimp_image_find_next_guide (carry->source, id))
    {
      Guide guide = { gimp_image_get_guide_orientation (carry->source, id) == GIMP_ORIENTATION_HORIZONTAL,
                      gimp_image_get_guide_position (carry->source, id) };

      carry_guide (curves, carry, &guide);
    }
  straight = curves->paths->len - paths;
  if (straight > 0)
    pmt_carry_remark (carry, ngettext ("%u guide became a path, since it is not parallel to a side of the image there.",
                                       "%u guides became paths, since they are not parallel to a side of the image there.",
                                       straight), straight);
}

/* -- both -- */

PmtCarryCurves *
pmt_carry_curves_new (PmtCarry *carry, const PmtCarryOptions *options)
{
  PmtCarryCurves *curves = g_new0 (PmtCarryCurves, 1);
  g_autofree GimpPath **paths = options->paths == PMT_CARRY_SELECTED ? gimp_image_get_selected_paths (carry->source)
                                                                      : gimp_image_get_paths (carry->source);

  curves->paths = g_ptr_array_new_with_free_func (path_free);
  curves->guides = g_array_new (FALSE, FALSE, sizeof (Guide));
  for (int i = 0; options->paths != PMT_CARRY_NONE && paths != NULL && paths[i] != NULL; i++)
    carry_path (curves, carry, paths[i]);
  if (options->guides)
    carry_guides (curves, carry);
  return curves;
}

void
pmt_carry_curves_free (PmtCarryCurves *curves)
{
  if (curves == NULL)
    return;
  g_ptr_array_unref (curves->paths);
  g_array_unref (curves->guides);
  g_free (curves);
}

guint
pmt_carry_curves_count (const PmtCarryCurves *curves)
{
  return curves->paths->len + curves->guides->len;
}

static gboolean
add_path (const Path *path, int position, PmtCarry *carry, GError **error)
{
  GimpPath *added = gimp_path_new (carry->target, path->name);

  if (added == NULL || !gimp_image_insert_path (carry->target, added, NULL, position))
    return pmt_plug_in_fail (error, _("GIMP did not add a path."));
  g_ptr_array_add (carry->added, added);
  for (guint i = 0; i < path->strokes->len; i++)
    {
      const Stroke *stroke = &g_array_index (path->strokes, Stroke, i);

      if (gimp_path_stroke_new_from_points (added, GIMP_PATH_STROKE_TYPE_BEZIER, 2 * stroke->points->len,
                                            (const double *) stroke->points->data, stroke->closed) < 0)
        return pmt_plug_in_fail (error, _("GIMP did not add a path."));
    }
  gimp_item_set_visible (GIMP_ITEM (added), path->visible);
  return TRUE;
}

gboolean
pmt_carry_curves_add (const PmtCarryCurves *curves, PmtCarry *carry, GError **error)
{
  for (guint i = 0; i < curves->paths->len; i++)
    if (!add_path (g_ptr_array_index (curves->paths, i), i, carry, error))
      return FALSE;
  for (guint i = 0; i < curves->guides->len; i++)
    {
      const Guide *guide = &g_array_index (curves->guides, Guide, i);
      guint id = guide->horizontal ? gimp_image_add_hguide (carry->target, guide->position)
                                   : gimp_image_add_vguide (carry->target, guide->position);

      g_array_append_val (carry->guides, id);
    }
  return TRUE;
}
