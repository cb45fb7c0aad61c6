/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer-filter.h"

#include <string.h>

#include "plug-in.h"

/* Shown in the layer's list of filters; not translated, since it is how we know our filter again. */
#define FILTER_NAME "Pentimento alignment"

GimpDrawableFilter *
pmt_layer_filter_find (GimpLayer *layer)
{
  g_autofree GimpDrawableFilter **filters = gimp_drawable_get_filters (GIMP_DRAWABLE (layer));
  GimpDrawableFilter *found = NULL;

  for (int i = 0; filters != NULL && filters[i] != NULL; i++)
    {
      g_autofree char *operation = gimp_drawable_filter_get_operation_name (filters[i]);
      g_autofree char *name = gimp_drawable_filter_get_name (filters[i]);

      if (g_strcmp0 (operation, PMT_WARP_OPERATION) != 0)
        continue;
      if (g_strcmp0 (name, FILTER_NAME) == 0)
        return filters[i];
      if (found == NULL)
        found = filters[i];
    }
  return found;
}

gboolean
pmt_layer_filter_read (GimpLayer *layer, PmtTransform **transform, PmtSampler *sampler, GError **error)
{
  GimpDrawableFilter *filter = pmt_layer_filter_find (layer);
  GimpDrawableFilterConfig *config;
  g_autofree char *text = NULL, *nick = NULL;
  g_autoptr (PmtTransform) parsed = NULL;
  gboolean inverse = FALSE;

  *transform = NULL;
  if (filter == NULL)
    return TRUE;
  config = gimp_drawable_filter_get_config (filter);
  g_object_get (config, "transform", &text, "sampler", &nick, "inverse", &inverse, NULL);
  if (nick == NULL || !pmt_sampler_from_nick (nick, sampler))
    *sampler = PMT_SAMPLER_CUBIC;
  if (text == NULL || *text == '\0')     /* a warp without a transform shows its input */
    return TRUE;
  parsed = pmt_transform_from_json (text, -1, error);
  if (parsed != NULL)
    *transform = inverse ? pmt_transform_invert (parsed, error) : g_steal_pointer (&parsed);
  return *transform != NULL;
}

gboolean
pmt_layer_filter_equal (GimpLayer *layer, const PmtTransform *transform, PmtSampler sampler)
{
  g_autoptr (PmtTransform) present = NULL;
  g_autofree char *wanted = NULL, *found = NULL;
  PmtSampler present_sampler;
  GimpDrawableFilter *filter = pmt_layer_filter_find (layer);

  if (filter == NULL || !pmt_layer_filter_read (layer, &present, &present_sampler, NULL) || present == NULL)
    return FALSE;
  wanted = pmt_transform_to_json (transform);
  found = pmt_transform_to_json (present);
  return present_sampler == sampler && strcmp (wanted, found) == 0;
}

static gboolean
append (GimpLayer *layer, const char *text, PmtSampler sampler, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  GimpDrawableFilter *filter = gimp_drawable_filter_new (drawable, PMT_WARP_OPERATION, FILTER_NAME);
  GimpDrawableFilterConfig *config;

  if (filter == NULL)
    return pmt_plug_in_fail (error, _("GIMP does not know the operation “%s”: is Pentimento's GEGL module "
                                      "installed?"), PMT_WARP_OPERATION);
  config = gimp_drawable_filter_get_config (filter);
  g_object_set (config, "transform", text, "sampler", pmt_sampler_to_nick (sampler), NULL);
  gimp_drawable_append_filter (drawable, filter);
  if (pmt_layer_filter_find (layer) == NULL)
    return pmt_plug_in_fail (error, _("GIMP did not accept the live filter on this layer"));
  return TRUE;
}

gboolean
pmt_layer_filter_set (GimpLayer *layer, const PmtTransform *transform, PmtSampler sampler, GError **error)
{
  g_autofree char *text = pmt_transform_to_json (transform);

  if (strlen (text) > PMT_LAYER_TEXT_MAX)
    return pmt_plug_in_fail (error, _("the transform is too large to be kept in an XCF file"));
  /* Changing a filter's settings leaves no trace in GIMP's history, replacing the filter does. */
  return pmt_layer_filter_remove (layer, error) && append (layer, text, sampler, error);
}

gboolean
pmt_layer_filter_remove (GimpLayer *layer, GError **error)
{
  GimpDrawableFilter *filter = pmt_layer_filter_find (layer);

  if (filter != NULL && !gimp_drawable_filter_delete (filter))
    return pmt_plug_in_fail (error, _("GIMP did not remove the live filter"));
  return TRUE;
}
