/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "points.h"

#include "align-chain.h"
#include "layer-view.h"
#include "layers.h"
#include "plug-in.h"

#define OVERVIEW 700       /* px a side, of the views' overviews */

static gboolean
check_layers (GimpImage *image, GimpLayer *layer, GimpLayer *reference, GError **error)
{
  const char *reason = pmt_layer_refusal (layer);
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (layer));

  if (gimp_item_get_image (GIMP_ITEM (reference)) != image)
    return pmt_plug_in_fail (error, _("The reference layer belongs to another image."));
  if (pmt_layer_equal (layer, reference))
    return pmt_plug_in_fail (error, _("Only the reference is selected: select the layers to align as well."));
  if (pmt_layer_is_inside (reference, layer))
    reason = _("the reference is inside this group");
  if (pmt_layer_is_inside (layer, reference))
    reason = _("it is inside the reference, which is a group");
  return reason == NULL || pmt_plug_in_fail (error, _("“%s” was left out: %s."), name, reason);
}

static PmtSize
size_of (GimpLayer *layer)
{
  return (PmtSize) { gimp_drawable_get_width (GIMP_DRAWABLE (layer)), gimp_drawable_get_height (GIMP_DRAWABLE (layer)) };
}

PmtPoints *
pmt_points_new (GimpImage *image, GimpLayer *layer, GimpLayer *reference, GError **error)
{
  g_autoptr (PmtPoints) points = g_new0 (PmtPoints, 1);

  if (!check_layers (image, layer, reference, error))
    return NULL;
  points->image = image;
  points->layer = layer;
  points->reference = reference;
  points->layer_name = gimp_item_get_name (GIMP_ITEM (layer));
  points->reference_name = gimp_item_get_name (GIMP_ITEM (reference));
  points->fixed_size = size_of (reference);
  points->moving_size = size_of (layer);
  points->sampler = PMT_SAMPLER_CUBIC;
  points->list = pmt_point_list_new (points->fixed_size, points->moving_size);
  if ((points->shown = pmt_align_chain_shown (reference, error)) == NULL
      || (points->before = pmt_align_chain_present (layer, reference, error)) == NULL
      || (points->start = pmt_align_chain_pose (points->before, points->shown, error)) == NULL)
    return NULL;
  return g_steal_pointer (&points);
}

void
pmt_points_free (PmtPoints *points)
{
  if (points == NULL)
    return;
  g_clear_pointer (&points->refined, pmt_registration_free);
  pmt_point_list_free (points->list);
  pmt_layer_chain_free (points->before);
  g_clear_pointer (&points->shown, pmt_transform_unref);
  g_clear_pointer (&points->start, pmt_transform_unref);
  pmt_snapper_free (points->snapper);
  pmt_overlay_unref (points->fixed_view);
  pmt_overlay_unref (points->moving_view);
  g_clear_pointer (&points->fixed, pmt_source_unref);
  g_clear_pointer (&points->moving, pmt_source_unref);
  g_free (points->reference_name);
  g_free (points->layer_name);
  g_free (points);
}

/* -- pixels -- */

static gboolean
find_details (PmtContext *context, gpointer data, GError **error)
{
  PmtPoints *points = data;

  pmt_context_stage (context, N_("reading the images"), 0, 1);
  points->snapper = pmt_snapper_new (context, points->fixed, points->moving, error);
  return points->snapper != NULL;
}

gboolean
pmt_points_load (PmtPoints *points, PmtJob *job, GError **error)
{
  points->fixed_view = pmt_layer_view_new (points->reference, points->reference_name, OVERVIEW, 0, 0.4, job, error);
  if (points->fixed_view == NULL)
    return FALSE;
  points->moving_view = pmt_layer_view_new (points->layer, points->layer_name, OVERVIEW, 0.4, 0.8, job, error);
  if (points->moving_view == NULL)
    return FALSE;
  points->fixed = pmt_source_ref (points->fixed_view->fixed_source);
  points->moving = pmt_source_ref (points->moving_view->fixed_source);
  pmt_job_set_part (job, NULL, 0.8, 1);
  return pmt_job_run (job, find_details, points, error);
}

/* -- the map -- */

/* The layer's present place, moved so that the pair lies on itself. */
static PmtTransform *
moved_start (const PmtPoints *points, const PmtPair *pair)
{
  PmtMatrix3 shift;
  PmtPoint at;

  pmt_transform_map (points->start, 1, &pair->fixed, &at);
  shift = pmt_matrix3_translation (pair->moving.x - at.x, pair->moving.y - at.y);
  return pmt_transform_append_matrix (points->start, &shift, points->moving_size, NULL, NULL);
}

static guint
used_pairs (const PmtPoints *points, const PmtPair **last)
{
  guint n = 0;

  for (guint i = 0; i < pmt_point_list_get_length (points->list); i++)
    if (pmt_point_list_get (points->list, i)->enabled)
      {
        *last = pmt_point_list_get (points->list, i);
        n++;
      }
  return n;
}

/* As free a map as so few or such odd pairs allow, where the model that was chosen does not go through them. */
static PmtTransform *
map_of_what_there_is (const PmtPoints *points)
{
  g_autofree PmtPoint *fixed = g_new (PmtPoint, PMT_PAIRS_MOST), *moving = g_new (PmtPoint, PMT_PAIRS_MOST);
  PmtPointOptions options = { PMT_POINT_MODEL_SIMILARITY, NAN };
  g_autoptr (PmtPointFit) fit = NULL;
  int n = 0;

  for (guint i = 0; i < pmt_point_list_get_length (points->list); i++)
    {
      const PmtPair *pair = pmt_point_list_get (points->list, i);

      if (!pair->enabled)
        continue;
      fixed[n] = pair->fixed;
      moving[n++] = pair->moving;
    }
  fit = pmt_point_fit_new (n, fixed, moving, points->fixed_size, points->moving_size, &options, NULL);
  return fit != NULL ? pmt_transform_ref (fit->transform) : NULL;
}

PmtTransform *
pmt_points_get_map (PmtPoints *points, gboolean *by_points)
{
  const PmtPair *last = NULL;
  guint n = used_pairs (points, &last);
  const PmtPointFit *fit = n > 1 ? pmt_point_list_get_fit (points->list, NULL) : NULL;
  PmtTransform *map = NULL;

  *by_points = points->refined != NULL || fit != NULL;
  if (points->refined != NULL)
    return pmt_transform_ref (points->refined->transform);
  if (fit != NULL)
    return pmt_transform_ref (fit->transform);
  if (n > 1)
    map = map_of_what_there_is (points);
  else if (n == 1)
    map = moved_start (points, last);
  return map != NULL ? map : pmt_transform_ref (points->start);
}

void
pmt_points_forget_refined (PmtPoints *points)
{
  g_clear_pointer (&points->refined, pmt_registration_free);
}
