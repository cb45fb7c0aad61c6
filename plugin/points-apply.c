/* SPDX-License-Identifier: GPL-3.0-or-later */

/* From the points to the layer, and the points as the layer keeps them. */

#include <math.h>
#include <string.h>

#include "align-chain.h"
#include "config.h"
#include "layer-edit.h"
#include "layers.h"
#include "plug-in.h"
#include "points.h"

#define APPLIED_NAME  "pentimento-points"
#define DRAFT_NAME    "pentimento-points-draft"
#define REFERENCE_TAG "#reference "

/* -- what the layer keeps -- */

static char *
text_of (const PmtPoints *points)
{
  g_autofree char *list = pmt_point_list_to_text (points->list);

  return g_strdup_printf (REFERENCE_TAG "%u\n%s", gimp_item_get_tattoo (GIMP_ITEM (points->reference)), list);
}

static gboolean
attach (PmtPoints *points, const char *name, gulong flags)
{
  g_autofree char *text = text_of (points);
  GimpParasite *parasite = gimp_parasite_new (name, flags, (guint32) strlen (text) + 1, text);
  gboolean attached = gimp_item_attach_parasite (GIMP_ITEM (points->layer), parasite);

  gimp_parasite_free (parasite);
  return attached;
}

static char *
read_text (GimpLayer *layer, const char *name)
{
  GimpParasite *parasite = gimp_item_get_parasite (GIMP_ITEM (layer), name);
  gconstpointer data;
  guint32 size;
  char *text;

  if (parasite == NULL)
    return NULL;
  data = gimp_parasite_get_data (parasite, &size);
  text = g_strndup (data != NULL ? data : "", size);
  gimp_parasite_free (parasite);
  if (g_utf8_validate (text, -1, NULL))
    return text;
  g_free (text);
  return NULL;
}

static char *
last_text (GimpLayer *layer)
{
  char *draft = read_text (layer, DRAFT_NAME);

  return draft != NULL ? draft : read_text (layer, APPLIED_NAME);
}

static guint
reference_of (const char *text)
{
  return g_str_has_prefix (text, REFERENCE_TAG) ? (guint) g_ascii_strtoull (text + strlen (REFERENCE_TAG), NULL, 10) : 0;
}

void
pmt_points_save_draft (PmtPoints *points)
{
  if (!gimp_item_is_valid (GIMP_ITEM (points->layer)))
    return;
  /* neither persistent nor undoable: anything else would be a step to undo */
  attach (points, DRAFT_NAME, 0);
}

static void
drop_draft (PmtPoints *points)
{
  GimpParasite *parasite = gimp_item_get_parasite (GIMP_ITEM (points->layer), DRAFT_NAME);

  if (parasite == NULL)
    return;
  gimp_parasite_free (parasite);
  gimp_item_detach_parasite (GIMP_ITEM (points->layer), DRAFT_NAME);
}

void
pmt_points_restore (PmtPoints *points)
{
  g_autofree char *text = last_text (points->layer);

  if (text != NULL && reference_of (text) == gimp_item_get_tattoo (GIMP_ITEM (points->reference)))
    pmt_point_list_read_text (points->list, text, NULL);
}

GimpLayer *
pmt_points_last_reference (GimpLayer *layer)
{
  g_autofree char *text = last_text (layer);
  guint tattoo = text != NULL ? reference_of (text) : 0;

  return tattoo != 0 ? gimp_image_get_layer_by_tattoo (gimp_item_get_image (GIMP_ITEM (layer)), tattoo) : NULL;
}

/* -- applying -- */

static void
describe (PmtProvenance *provenance, const PmtPointFit *fit, const char *reference)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  pmt_provenance_init (provenance);
  provenance->method = g_strdup ("points");
  provenance->model = g_strdup (pmt_point_model_to_nick (fit->model));
  provenance->reference = g_strdup (reference);
  provenance->date = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  provenance->version = g_strdup (PMT_VERSION);
  provenance->error_median = fit->trial[fit->model].left_out;
}

static PmtLayerChain *
chain_of (PmtPoints *points, GError **error)
{
  const PmtPointFit *fit = points->refined == NULL ? pmt_point_list_get_fit (points->list, error) : NULL;
  PmtProvenance provenance;
  g_autoptr (PmtLayerChain) chain = NULL;

  if (points->refined == NULL && fit == NULL)
    return NULL;
  if (fit != NULL)
    describe (&provenance, fit, points->reference_name);
  else
    pmt_align_chain_describe (&provenance, points->refined, "registration", points->reference_name);
  chain = pmt_align_chain_corrected (points->before, points->shown,
                                     fit != NULL ? fit->transform : points->refined->transform, &provenance, error);
  pmt_provenance_clear (&provenance);
  if (chain == NULL || !pmt_align_chain_check (chain, error))
    return NULL;
  chain->sampler = points->sampler;
  return g_steal_pointer (&chain);
}

static gboolean
keep_points (PmtPoints *points, GError **error)
{
  return attach (points, APPLIED_NAME, GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE)
         || pmt_plug_in_fail (error, _("GIMP did not attach the points to the layer"));
}

static gboolean
is_as_it_was (GimpLayer *layer, PmtSize size)
{
  return gimp_item_is_valid (GIMP_ITEM (layer)) && gimp_drawable_get_width (GIMP_DRAWABLE (layer)) == size.width
         && gimp_drawable_get_height (GIMP_DRAWABLE (layer)) == size.height;
}

/* People work on in the image while the window is open: where the layers lie, and how they are aligned, is read anew. */
static gboolean
read_anew (PmtPoints *points, GError **error)
{
  if (!is_as_it_was (points->layer, points->moving_size) || !is_as_it_was (points->reference, points->fixed_size))
    return pmt_plug_in_fail (error, _("A layer was removed or resized meanwhile. Open the window anew."));
  pmt_layer_chain_free (points->before);
  points->before = NULL;
  g_clear_pointer (&points->shown, pmt_transform_unref);
  return (points->shown = pmt_align_chain_shown (points->reference, error)) != NULL
         && (points->before = pmt_align_chain_present (points->layer, points->reference, error)) != NULL;
}

gboolean
pmt_points_apply (PmtPoints *points, GError **error)
{
  g_autoptr (PmtLayerChain) chain = NULL;
  g_autoptr (PmtLayerStates) states = pmt_layer_states_new ();
  const char *refusal;
  gboolean succeeded;
  PmtEdit edit;

  if (!read_anew (points, error))
    return FALSE;
  refusal = pmt_layer_refusal (points->layer);
  if (refusal != NULL)
    return pmt_plug_in_fail (error, _("“%s” was left out: %s."), points->layer_name, refusal);
  chain = chain_of (points, error);
  if (chain == NULL)
    return FALSE;
  pmt_edit_begin (&edit, points->image);
  pmt_layer_states_remember (states, points->layer, FALSE);
  succeeded = pmt_layer_edit_chain (points->layer, chain, error) && keep_points (points, error);
  if (!succeeded)
    pmt_layer_states_restore (states);
  pmt_edit_end (&edit);
  if (succeeded)
    drop_draft (points);
  gimp_displays_flush ();
  return succeeded;
}
