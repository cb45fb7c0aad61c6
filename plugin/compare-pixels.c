/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is seen of two layers. GIMP itself shows each of them alone, in a copy of the image that is thrown away: so filters,
 * masks, groups and texts look as they do on its canvas. */

#include "compare.h"
#include "layer-chain.h"
#include "layer-filter.h"
#include "layers.h"
#include "pixels.h"
#include "plug-in.h"

#define OVERVIEW 1400      /* px a side */
#define MOST_PIXELS 1e9    /* of the frame */

/* Where the layer's pixels are to be seen, in the image. */
static PmtRect
bounds_of (GimpLayer *layer)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  PmtRect bounds = { 0, 0, gimp_drawable_get_width (drawable), gimp_drawable_get_height (drawable) }, drawn;
  g_autoptr (PmtLayerChain) chain = NULL;
  g_autoptr (PmtTransform) placed = NULL;
  int x, y;

  gimp_drawable_get_offsets (drawable, &x, &y);
  if (pmt_layer_chain_read (layer, &chain, NULL) && chain != NULL)
    placed = pmt_layer_chain_placed (chain, NULL);
  if (placed != NULL && pmt_transform_bounds (placed, NULL, &drawn, NULL))
    bounds = drawn;
  bounds.x += x;
  bounds.y += y;
  return bounds;
}

PmtComparison *
pmt_comparison_new (GimpLayer *reference, GimpLayer *layer, GError **error)
{
  g_autoptr (PmtComparison) comparison = g_new0 (PmtComparison, 1);

  if (pmt_layer_equal (reference, layer))
    {
      pmt_plug_in_fail (error, _("Choose two different layers to compare."));
      return NULL;
    }
  comparison->image = gimp_item_get_image (GIMP_ITEM (layer));
  if (gimp_item_get_image (GIMP_ITEM (reference)) != comparison->image)
    {
      pmt_plug_in_fail (error, _("The reference layer belongs to another image."));
      return NULL;
    }
  comparison->reference = reference;
  comparison->layer = layer;
  comparison->reference_name = gimp_item_get_name (GIMP_ITEM (reference));
  comparison->layer_name = gimp_item_get_name (GIMP_ITEM (layer));
  comparison->aligned = pmt_layer_filter_find (layer) != NULL;
  comparison->frame = pmt_rect_union (bounds_of (reference), bounds_of (layer));
  if (comparison->frame.width > GIMP_MAX_IMAGE_SIZE || comparison->frame.height > GIMP_MAX_IMAGE_SIZE
      || (double) comparison->frame.width * comparison->frame.height > MOST_PIXELS)
    {
      pmt_plug_in_fail (error, _("the picture would be %d × %d pixels"), comparison->frame.width, comparison->frame.height);
      return NULL;
    }
  return g_steal_pointer (&comparison);
}

void
pmt_comparison_free (PmtComparison *comparison)
{
  if (comparison == NULL)
    return;
  for (int i = 0; i < 2; i++)
    {
      pmt_overlay_unref (comparison->reference_views[i]);
      pmt_overlay_unref (comparison->layer_views[i]);
    }
  g_clear_pointer (&comparison->before, pmt_source_unref);
  g_free (comparison->reference_name);
  g_free (comparison->layer_name);
  g_free (comparison);
}

/* -- one layer alone -- */

/* The layer of the copy that stands where this one stands in its image. */
static GimpLayer *
twin_of (GimpLayer *layer, GimpImage *copy)
{
  g_autoptr (GPtrArray) all = pmt_layers_in_order (gimp_item_get_image (GIMP_ITEM (layer)));
  g_autoptr (GPtrArray) twins = pmt_layers_in_order (copy);

  for (guint i = 0; i < MIN (all->len, twins->len); i++)
    if (pmt_layer_equal (g_ptr_array_index (all, i), layer))
      return g_ptr_array_index (twins, i);
  return NULL;
}

/* Only this layer and what it is made of are to be seen, as they are and not as they are blended. */
static void
show_alone (GimpLayer *layer)
{
  GimpItem *item = GIMP_ITEM (layer);

  for (; item != NULL; item = gimp_item_get_parent (item))
    {
      GimpItem *parent = gimp_item_get_parent (item);
      g_autofree GimpItem **siblings = parent != NULL ? gimp_item_get_children (parent)
        : (GimpItem **) gimp_image_get_layers (gimp_item_get_image (item));

      for (int i = 0; siblings != NULL && siblings[i] != NULL; i++)
        gimp_item_set_visible (siblings[i], pmt_layer_equal (siblings[i], item));
      gimp_layer_set_mode (GIMP_LAYER (item), GIMP_LAYER_MODE_NORMAL);
      gimp_layer_set_opacity (GIMP_LAYER (item), 100);
    }
}

/* What is seen of it in the frame of the copy. `bare`: without its alignment. */
static PmtSource *
read_alone (GimpLayer *layer, const char *name, GimpImage *copy, gboolean bare, double from, double to, PmtJob *job,
            GError **error)
{
  GimpLayer *twin = twin_of (layer, copy), *seen;
  g_autoptr (GeglBuffer) buffer = NULL;

  if (twin == NULL || (bare && !pmt_layer_filter_remove (twin, error)))
    return NULL;
  show_alone (twin);
  seen = gimp_layer_new_from_visible (copy, copy, "seen");
  if (seen == NULL || !gimp_image_insert_layer (copy, seen, NULL, 0))
    {
      pmt_plug_in_fail (error, _("GIMP did not show the layer “%s”"), name);
      return NULL;
    }
  pmt_job_set_part (job, name, from, to);
  buffer = pmt_pixels_copy (GIMP_DRAWABLE (seen), job, error);
  gimp_image_remove_layer (copy, seen);
  return buffer != NULL ? pmt_pixels_match_source (buffer, error) : NULL;
}

typedef struct
{
  PmtSource  *source;
  PmtOverlay **views;
} Look;

static gboolean
look (PmtContext *context, gpointer data, GError **error)
{
  Look *self = data;

  pmt_context_stage (context, N_("reading the images"), 0, 1);
  self->views[0] = pmt_overlay_new_alone (context, self->source, OVERVIEW, error);
  if (self->views[0] != NULL)
    self->views[1] = pmt_overlay_new_plain (context, self->source, OVERVIEW, error);
  return self->views[1] != NULL;
}

static gboolean
view (PmtSource *source, PmtOverlay **views, const char *name, double from, double to, PmtJob *job, GError **error)
{
  Look work = { source, views };

  if (source == NULL)
    return FALSE;
  pmt_job_set_part (job, name, from, to);
  return pmt_job_run (job, look, &work, error);
}

static gboolean
read_both (PmtComparison *self, GimpImage *copy, gboolean before, PmtJob *job, GError **error)
{
  g_autoptr (PmtSource) reference = read_alone (self->reference, self->reference_name, copy, FALSE, 0, 0.25, job, error);
  g_autoptr (PmtSource) layer = NULL;

  if (!view (reference, self->reference_views, self->reference_name, 0.25, 0.45, job, error))
    return FALSE;
  layer = read_alone (self->layer, self->layer_name, copy, FALSE, 0.45, 0.7, job, error);
  if (!view (layer, self->layer_views, self->layer_name, 0.7, 0.9, job, error))
    return FALSE;
  if (before && self->aligned)
    self->before = read_alone (self->layer, self->layer_name, copy, TRUE, 0.9, 1, job, error);
  return !before || !self->aligned || self->before != NULL;
}

gboolean
pmt_comparison_load (PmtComparison *self, gboolean before, PmtJob *job, GError **error)
{
  GimpImage *copy = gimp_image_duplicate (self->image);
  gboolean read;

  if (copy == NULL)
    return pmt_plug_in_fail (error, _("GIMP did not copy the image"));
  gimp_image_undo_disable (copy);
  gimp_selection_none (copy);
  read = gimp_image_resize (copy, self->frame.width, self->frame.height, -self->frame.x, -self->frame.y)
         && read_both (self, copy, before, job, error);
  gimp_image_delete (copy);
  if (!read && error != NULL && *error == NULL)
    pmt_plug_in_fail (error, _("GIMP did not copy the image"));
  return read;
}

PmtOverlay *
pmt_comparison_view (const PmtComparison *self, gboolean plain, GError **error)
{
  PmtSize size = { self->frame.width, self->frame.height };
  g_autoptr (PmtTransform) same = pmt_transform_new (size, size);

  return pmt_overlay_new_of (NULL, self->reference_views[plain ? 1 : 0], self->layer_views[plain ? 1 : 0], same, same, error);
}
