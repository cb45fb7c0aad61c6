/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Every layer ties its image's canvas p to its original pixels u: P: p → L = p − o → u = F(L), F its alignment; or u = p − o in the
 * geometry of the original pixels. Two layers of one picture have u in common, so that the way is P_to⁻¹ ∘ P_from. Others are tied by
 * an image in which layers with their pictures, A and B, lie on each other: (P_to⁻¹ ∘ P_B) ∘ (P_A⁻¹ ∘ P_from). */

#include "carry-map.h"

#include <math.h>

#include "layer-chain.h"
#include "layers.h"
#include "plug-in.h"

gboolean
pmt_geometry_from_nick (const char *nick, PmtGeometry *geometry)
{
  *geometry = g_strcmp0 (nick, "original") == 0 ? PMT_GEOMETRY_ORIGINAL : PMT_GEOMETRY_SEEN;
  return *geometry == PMT_GEOMETRY_ORIGINAL || g_strcmp0 (nick, "seen") == 0;
}

gboolean
pmt_relation_from_nick (const char *nick, PmtRelation *relation)
{
  static const char *const nicks[] = { "auto", "pixels", "canvas", NULL };

  for (int i = 0; nicks[i] != NULL; i++)
    if (g_strcmp0 (nicks[i], nick) == 0)
      {
        *relation = i;
        return TRUE;
      }
  return FALSE;
}

void
pmt_carry_map_free (PmtCarryMap *map)
{
  if (map == NULL)
    return;
  g_clear_pointer (&map->forward, pmt_transform_unref);
  g_clear_pointer (&map->backward, pmt_transform_unref);
  g_free (map->route);
  g_free (map);
}

/* -- one layer -- */

/* What a layer is made of. */
typedef struct
{
  PmtTransform *seen;      /* canvas → original pixels, as it is seen … */
  PmtPoint      origin;    /* … and where the first of them lies on the canvas without an alignment */
  PmtSize       size;      /* of the original */
  gboolean      baked;     /* so the layer's pixels are others */
} Tie;

static void
tie_clear (Tie *tie)
{
  g_clear_pointer (&tie->seen, pmt_transform_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Tie, tie_clear)

static PmtTransform *
shifted (double x, double y, const PmtTransform *then, GError **error)
{
  PmtMatrix3 shift = pmt_matrix3_translation (x, y);
  g_autoptr (PmtTransform) empty = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  g_autoptr (PmtTransform) first = pmt_transform_append_matrix (empty, &shift, (PmtSize) { 0, 0 }, NULL, error);

  return first == NULL || then == NULL ? g_steal_pointer (&first) : pmt_transform_compose (first, then, error);
}

static gboolean
tie_read (Tie *tie, GimpLayer *layer, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  g_autoptr (PmtLayerChain) chain = NULL;
  g_autoptr (PmtTransform) placed = NULL;
  PmtRect box;
  int x, y;

  if (!pmt_layer_chain_read (layer, &chain, error))
    return FALSE;
  tie->baked = chain == NULL && (chain = pmt_layer_chain_read_note (layer)) != NULL;
  gimp_drawable_get_offsets (drawable, &x, &y);
  tie->origin = (PmtPoint) { x, y };
  tie->size = (PmtSize) { gimp_drawable_get_width (drawable), gimp_drawable_get_height (drawable) };
  if (chain == NULL)
    return (tie->seen = shifted (-x, -y, NULL, error)) != NULL;
  placed = pmt_layer_chain_placed (chain, error);
  if (placed == NULL || !pmt_layer_chain_find_box (chain, layer, tie->baked, &box, error))
    return FALSE;
  tie->origin = (PmtPoint) { x - box.x, y - box.y };
  tie->size = (PmtSize) { chain->layer_width, chain->layer_height };
  tie->seen = shifted (-tie->origin.x, -tie->origin.y, placed, error);
  return tie->seen != NULL;
}

/* Canvas → original pixels. */
static PmtTransform *
tie_in (const Tie *tie, PmtGeometry geometry, GError **error)
{
  return geometry == PMT_GEOMETRY_SEEN ? pmt_transform_ref (tie->seen) : shifted (-tie->origin.x, -tie->origin.y, NULL, error);
}

/* -- pictures that are the same -- */

#define PATCHES    4         /* a side */
#define PATCH      32        /* px */
#define PATCH_SAME (1.0 / 255)   /* mean difference: what rounding to another precision may do */

static void
read_patch (GeglBuffer *buffer, int i, int j, float *pixels)
{
  const GeglRectangle *extent = gegl_buffer_get_extent (buffer);
  int x = (i + 0.5) / PATCHES * extent->width - PATCH / 2, y = (j + 0.5) / PATCHES * extent->height - PATCH / 2;

  gegl_buffer_get (buffer, GEGL_RECTANGLE (extent->x + x, extent->y + y, PATCH, PATCH), 1.0, babl_format ("R'G'B' float"), pixels,
                   GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_CLAMP);
}

/* The stored pixels of both, in places spread evenly. */
static gboolean
same_pixels (GimpLayer *a, GimpLayer *b)
{
  g_autoptr (GeglBuffer) first = gimp_drawable_get_buffer (GIMP_DRAWABLE (a)), second = gimp_drawable_get_buffer (GIMP_DRAWABLE (b));
  g_autofree float *p = g_new (float, 3 * PATCH * PATCH), *q = g_new (float, 3 * PATCH * PATCH);

  for (int i = 0; i < PATCHES * PATCHES; i++)
    {
      double sum = 0;

      read_patch (first, i % PATCHES, i / PATCHES, p);
      read_patch (second, i % PATCHES, i / PATCHES, q);
      for (int k = 0; k < 3 * PATCH * PATCH; k++)
        sum += fabsf (p[k] - q[k]);
      if (sum > PATCH_SAME * 3 * PATCH * PATCH)
        return FALSE;
    }
  return TRUE;
}

static gboolean
same_size (const Tie *a, const Tie *b)
{
  return a->size.width == b->size.width && a->size.height == b->size.height;
}

static gboolean
same_picture (GimpLayer *a, const Tie *tie_a, GimpLayer *b, const Tie *tie_b)
{
  if (pmt_layer_equal (a, b))
    return TRUE;
  return same_size (tie_a, tie_b) && !tie_a->baked && !tie_b->baked && same_pixels (a, b);
}

/* The layer of the image that holds the picture of `layer`, an aligned one sooner than others; else the only one of its size; else
 * NULL. */
static GimpLayer *
find_picture (GimpImage *image, GimpLayer *layer, const Tie *tie)
{
  g_autoptr (GPtrArray) all = pmt_layers_in_order (image);
  GimpLayer *same = NULL, *found = NULL;
  int n = 0;

  if (gimp_item_get_image (GIMP_ITEM (layer)) == image)
    return layer;
  for (guint i = 0; i < all->len; i++)
    {
      GimpLayer *other = g_ptr_array_index (all, i);
      g_auto (Tie) other_tie = { 0 };

      if (!tie_read (&other_tie, other, NULL) || !same_size (tie, &other_tie))
        continue;
      if (same_picture (layer, tie, other, &other_tie) && (same == NULL || !pmt_layer_chain_exists (same)))
        same = other;
      found = other;
      n++;
    }
  return same != NULL || n != 1 ? same : found;
}

/* -- the way -- */

typedef struct
{
  const PmtCarryEnd *from, *to;
  Tie                a, b;
  GimpImage         *between;      /* the image whose canvas relates them; NULL: the pixels do */
  GimpLayer         *there_a, *there_b;
} Way;

static void
way_clear (Way *way)
{
  tie_clear (&way->a);
  tie_clear (&way->b);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Way, way_clear)

/* The one canvas → the other, of two layers that hold the same picture. */
static PmtTransform *
by_pixels (const Tie *a, PmtGeometry from, const Tie *b, PmtGeometry to, GError **error)
{
  g_autoptr (PmtTransform) in = tie_in (a, from, error), out = in != NULL ? tie_in (b, to, error) : NULL;
  g_autoptr (PmtTransform) back = out != NULL ? pmt_transform_invert (out, error) : NULL;

  return back != NULL ? pmt_transform_compose (in, back, error) : NULL;
}

/* A layer's canvas → that of the image where `there` holds its picture; the way back where `back`. */
static PmtTransform *
to_between (const PmtCarryEnd *end, const Tie *tie, GimpLayer *there, gboolean back, GError **error)
{
  g_auto (Tie) other = { 0 };

  if (end->geometry == PMT_GEOMETRY_SEEN && pmt_layer_equal (end->layer, there))
    return pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  if (!tie_read (&other, there, error))
    return NULL;
  return back ? by_pixels (&other, PMT_GEOMETRY_SEEN, tie, end->geometry, error)
              : by_pixels (tie, end->geometry, &other, PMT_GEOMETRY_SEEN, error);
}

static PmtTransform *
forward_new (const Way *way, GError **error)
{
  g_autoptr (PmtTransform) first = NULL, second = NULL;

  if (way->between == NULL)
    return by_pixels (&way->a, way->from->geometry, &way->b, way->to->geometry, error);
  first = to_between (way->from, &way->a, way->there_a, FALSE, error);
  second = first != NULL ? to_between (way->to, &way->b, way->there_b, TRUE, error) : NULL;
  return second != NULL ? pmt_transform_compose (first, second, error) : NULL;
}

static gboolean
joins (Way *way, GimpImage *image)
{
  GimpLayer *a = find_picture (image, way->from->layer, &way->a), *b = find_picture (image, way->to->layer, &way->b);

  if (a == NULL || b == NULL || pmt_layer_equal (a, b))
    return FALSE;
  way->between = image;
  way->there_a = a;
  way->there_b = b;
  return TRUE;
}

static gboolean
find_between (Way *way, GimpImage *stated)
{
  g_autofree GimpImage **images = NULL;

  if (stated != NULL)
    return joins (way, stated);
  if (joins (way, gimp_item_get_image (GIMP_ITEM (way->from->layer)))
      || joins (way, gimp_item_get_image (GIMP_ITEM (way->to->layer))))
    return TRUE;
  images = gimp_get_images ();
  for (int i = 0; images != NULL && images[i] != NULL; i++)
    if (joins (way, images[i]))
      return TRUE;
  return FALSE;
}

static gboolean
fail_unrelated (const Way *way, gboolean pixels, GError **error)
{
  g_autofree char *a = gimp_item_get_name (GIMP_ITEM (way->from->layer)), *b = gimp_item_get_name (GIMP_ITEM (way->to->layer));

  if (pixels)
    return pmt_plug_in_fail (error, _("“%s” has %d × %d pixels and “%s” %d × %d, so they do not hold the same picture."), a,
                             way->a.size.width, way->a.size.height, b, way->b.size.width, way->b.size.height);
  return pmt_plug_in_fail (error, _("Nothing tells how “%s” and “%s” belong together: they do not hold the same picture, and no open "
                                    "image holds both pictures, aligned to each other. Open that image."), a, b);
}

static gboolean
relate (Way *way, PmtRelation relation, GimpImage *through, GError **error)
{
  gboolean related;

  if (through != NULL && relation == PMT_RELATION_AUTO)
    relation = PMT_RELATION_CANVAS;
  if (relation == PMT_RELATION_PIXELS)
    return same_size (&way->a, &way->b) || fail_unrelated (way, TRUE, error);
  if (relation == PMT_RELATION_AUTO && same_picture (way->from->layer, &way->a, way->to->layer, &way->b))
    return TRUE;
  related = find_between (way, through);
  if (!related && relation == PMT_RELATION_AUTO)
    related = same_size (&way->a, &way->b);
  return related || fail_unrelated (way, FALSE, error);
}

/* The way leads nowhere: one geometry of one layer, two layers as they lie on each other, or a map that is none. */
static gboolean
same_geometry (const Way *way, const PmtTransform *forward)
{
  g_autoptr (PmtTransform) flat = pmt_transform_flatten (forward);
  PmtMatrix3 matrix;

  if (gimp_item_get_image (GIMP_ITEM (way->from->layer)) != gimp_item_get_image (GIMP_ITEM (way->to->layer)))
    return FALSE;
  if (way->from->geometry == way->to->geometry && pmt_layer_equal (way->from->layer, way->to->layer))
    return TRUE;
  if (way->from->geometry == PMT_GEOMETRY_SEEN && way->to->geometry == PMT_GEOMETRY_SEEN && way->between != NULL
      && pmt_layer_equal (way->there_a, way->from->layer) && pmt_layer_equal (way->there_b, way->to->layer))
    return TRUE;
  if (!pmt_transform_get_matrix (flat, &matrix))
    return FALSE;
  matrix = pmt_matrix3_normalised (&matrix);
  for (int i = 0; i < 9; i++)
    if (fabs ((&matrix.m[0][0])[i] - (&pmt_matrix3_identity.m[0][0])[i]) > 1e-9)
      return FALSE;
  return TRUE;
}

static char *
route_new (const Way *way)
{
  g_autofree char *a = gimp_item_get_name (GIMP_ITEM (way->from->layer)), *b = gimp_item_get_name (GIMP_ITEM (way->to->layer));
  g_autofree char *image = NULL, *there_a = NULL, *there_b = NULL;

  if (pmt_layer_equal (way->from->layer, way->to->layer))
    return g_strdup_printf (_("Between what “%s” shows and its original pixels."), a);
  if (way->between == NULL)
    return g_strdup_printf (_("“%s” and “%s” are taken for the same picture, pixel by pixel."), a, b);
  image = gimp_image_get_name (way->between);
  there_a = gimp_item_get_name (GIMP_ITEM (way->there_a));
  there_b = gimp_item_get_name (GIMP_ITEM (way->there_b));
  return g_strdup_printf (_("As “%s” and “%s” lie on each other in the image “%s”."), there_a, there_b, image);
}

PmtCarryMap *
pmt_carry_map_new (const PmtCarryEnd *from, const PmtCarryEnd *to, PmtRelation relation, GimpImage *through, GError **error)
{
  g_auto (Way) way = { .from = from, .to = to };
  g_autoptr (PmtCarryMap) map = g_new0 (PmtCarryMap, 1);

  if (!tie_read (&way.a, from->layer, error) || !tie_read (&way.b, to->layer, error) || !relate (&way, relation, through, error))
    return NULL;
  map->forward = forward_new (&way, error);
  map->backward = map->forward != NULL ? pmt_transform_invert (map->forward, error) : NULL;
  if (map->backward == NULL)
    return NULL;
  if (same_geometry (&way, map->forward))
    {
      pmt_plug_in_fail (error, _("Both geometries are the same one, so there is nothing to carry."));
      return NULL;
    }
  map->route = route_new (&way);
  return g_steal_pointer (&map);
}
