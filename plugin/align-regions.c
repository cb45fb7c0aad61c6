/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Regions of the reference, as one sees it, that are each fitted by themselves: a drawing whose parts went to different places. Each
 * result is a copy of the layer with its own record and the region as its mask. */

#include "align.h"
#include "buffer-source.h"
#include "image/parts.h"
#include "layer-edit.h"
#include "layers.h"
#include "plug-in.h"

#define LEAST_PIXELS 1024      /* of a part: 32 × 32; less says nothing */

gboolean
pmt_regions_from_nick (const char *nick, PmtRegions *regions)
{
  static const char *const nicks[] = { "together", "parts", "channels", NULL };

  for (int i = 0; nicks[i] != NULL; i++)
    if (g_strcmp0 (nicks[i], nick) == 0)
      {
        *regions = i;
        return TRUE;
      }
  return FALSE;
}

/* -- finding them -- */

static void
region_free (gpointer data)
{
  PmtRegion *region = data;

  g_free (region->name);
  g_object_unref (region->area);
  g_free (region);
}

static PmtRegion *
region_new (GimpImage *image, char *name)
{
  PmtRegion *region = g_new0 (PmtRegion, 1);

  region->name = name;
  region->area = gegl_buffer_new (GEGL_RECTANGLE (0, 0, gimp_image_get_width (image), gimp_image_get_height (image)),
                                  babl_format ("Y u8"));
  return region;
}

static gboolean
fail_count (int n, GError **error)
{
  if (n > PMT_REGIONS_MOST)
    return pmt_plug_in_fail (error, ngettext ("There is %d region; at most %d can be aligned by themselves.",
                                              "There are %d regions; at most %d can be aligned by themselves.", n), n,
                             PMT_REGIONS_MOST);
  return pmt_plug_in_fail (error, _("There is no region to align by itself: select something, or paint channels and make them visible."));
}

static void
copy_runs (const PmtParts *parts, GeglBuffer *selection, GPtrArray *regions)
{
  for (guint i = 0; i < parts->runs->len; i++)
    {
      const PmtPartRun *run = &g_array_index (parts->runs, PmtPartRun, i);
      PmtRegion *region = g_ptr_array_index (regions, run->part);
      GeglRectangle line = { run->from, run->y, run->to - run->from, 1 };

      gegl_buffer_copy (selection, &line, GEGL_ABYSS_NONE, region->area, &line);
      region->box = pmt_rect_union (region->box, (PmtRect) { line.x, line.y, line.width, 1 });
    }
}

static GPtrArray *
parts_of_selection (GimpImage *image, GError **error)
{
  g_autoptr (GPtrArray) regions = g_ptr_array_new_with_free_func (region_free);
  g_autoptr (GeglBuffer) selection = gimp_drawable_get_buffer (GIMP_DRAWABLE (gimp_image_get_selection (image)));
  g_autoptr (PmtSource) source = NULL;
  g_autoptr (PmtParts) parts = NULL;

  if (gimp_selection_is_empty (image))
    {
      fail_count (0, error);
      return NULL;
    }
  source = pmt_gegl_source_new (selection, NULL, babl_format ("Y float"), error);
  parts = source != NULL ? pmt_parts_new (source, LEAST_PIXELS, error) : NULL;
  if (parts == NULL || ((parts->n == 0 || parts->n > PMT_REGIONS_MOST) && !fail_count (parts->n, error)))
    return NULL;
  for (int i = 0; i < parts->n; i++)
    g_ptr_array_add (regions, region_new (image, g_strdup_printf (_("part %d"), i + 1)));
  copy_runs (parts, selection, regions);
  return g_steal_pointer (&regions);
}

static GPtrArray *
visible_channels (GimpImage *image, const PmtAlignOptions *options, GError **error)
{
  g_autoptr (GPtrArray) regions = g_ptr_array_new_with_free_func (region_free);
  g_autofree GimpChannel **channels = gimp_image_get_channels (image);

  for (int i = 0; channels != NULL && channels[i] != NULL; i++)
    {
      g_autoptr (GeglBuffer) pixels = gimp_drawable_get_buffer (GIMP_DRAWABLE (channels[i]));
      PmtRegion *region;

      if (channels[i] == options->hold || channels[i] == options->rigid || !gimp_item_get_visible (GIMP_ITEM (channels[i])))
        continue;
      region = region_new (image, gimp_item_get_name (GIMP_ITEM (channels[i])));
      gegl_buffer_copy (pixels, NULL, GEGL_ABYSS_NONE, region->area, NULL);
      region->box = (PmtRect) { 0, 0, gegl_buffer_get_width (region->area), gegl_buffer_get_height (region->area) };
      g_ptr_array_add (regions, region);
    }
  if ((regions->len == 0 || regions->len > PMT_REGIONS_MOST) && !fail_count (regions->len, error))
    return NULL;
  return g_steal_pointer (&regions);
}

GPtrArray *
pmt_regions_new (GimpImage *image, const PmtAlignOptions *options, GError **error)
{
  return options->regions == PMT_REGIONS_PARTS ? parts_of_selection (image, error) : visible_channels (image, options, error);
}

/* -- the new layer -- */

/* Where along one axis a box of `size` from `at` has to begin to cover from … to, as far as it can, moving as little as it has to. */
static int
cover (int at, int size, int from, int to)
{
  if (to - from >= size)
    return (from + to - size) / 2;
  return CLAMP (at, to - size, from);
}

/* GIMP 3.0 cuts what a filter shows under a mask to the layer's box, so the box is laid over the region; the record makes up for that. */
static void
lay_box (GimpLayer *layer, PmtLayerChain *chain, const PmtRegion *region)
{
  if (gimp_item_is_group (GIMP_ITEM (layer)))
    return;
  chain->layer_x = cover (chain->layer_x, chain->layer_width, region->box.x, region->box.x + region->box.width);
  chain->layer_y = cover (chain->layer_y, chain->layer_height, region->box.y, region->box.y + region->box.height);
  gimp_layer_set_offsets (layer, chain->layer_x, chain->layer_y);
}

static gboolean
add_mask (GimpLayer *layer, const PmtRegion *region, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  GimpLayerMask *mask = gimp_layer_create_mask (layer, GIMP_ADD_MASK_BLACK);
  g_autoptr (GeglBuffer) buffer = NULL;
  int x, y, width = gimp_drawable_get_width (drawable), height = gimp_drawable_get_height (drawable);

  if (mask == NULL || !gimp_layer_add_mask (layer, mask))
    return pmt_plug_in_fail (error, _("GIMP did not add a layer mask."));
  gimp_drawable_get_offsets (drawable, &x, &y);
  buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (mask));
  if (buffer == NULL)
    return pmt_plug_in_fail (error, _("GIMP gave no buffer to write to"));
  gegl_buffer_copy (region->area, GEGL_RECTANGLE (x, y, width, height), GEGL_ABYSS_NONE, buffer, GEGL_RECTANGLE (0, 0, width, height));
  gegl_buffer_flush (buffer);
  gimp_drawable_update (GIMP_DRAWABLE (mask), 0, 0, width, height);
  return TRUE;
}

gboolean
pmt_align_region_apply (PmtAlignItem *item, GError **error)
{
  GimpItem *source = GIMP_ITEM (item->layer);
  GimpImage *image = gimp_item_get_image (source);
  GimpLayer *copy = gimp_layer_copy (item->layer);
  g_autoptr (PmtLayerChain) chain = pmt_layer_chain_copy (item->chain);

  if (copy == NULL || !gimp_image_insert_layer (image, copy, GIMP_LAYER (gimp_item_get_parent (source)),
                                                gimp_image_get_item_position (image, source)))
    return pmt_plug_in_fail (error, _("GIMP did not add a layer"));
  item->result = copy;
  gimp_item_set_name (GIMP_ITEM (copy), item->name);
  gimp_item_set_visible (GIMP_ITEM (copy), TRUE);
  if (gimp_layer_get_mask (copy) != NULL)
    gimp_layer_remove_mask (copy, GIMP_MASK_DISCARD);
  if (item->rendering == NULL)
    lay_box (copy, chain, item->region);
  if (item->rendering != NULL ? !pmt_layer_edit_pixels (copy, chain, item->rendering, error)
                              : !pmt_layer_edit_chain (copy, chain, error))
    return FALSE;
  gimp_item_set_visible (source, FALSE);
  return add_mask (copy, item->region, error);
}
