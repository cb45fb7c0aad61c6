/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer-chain.h"

#include <string.h>

#include "config.h"
#include "layer-filter.h"
#include "plug-in.h"

#define PARASITE_NAME   "pentimento-transform"
#define NOTE_NAME       "pentimento-baked"
#define PARASITE_FLAGS  (GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE)

PmtLayerChain *
pmt_layer_chain_new (GimpLayer *layer, GimpLayer *reference)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (layer);
  GimpDrawable *frame = GIMP_DRAWABLE (reference != NULL ? reference : layer);
  PmtLayerChain *chain = g_new0 (PmtLayerChain, 1);
  PmtSize fixed = { gimp_drawable_get_width (frame), gimp_drawable_get_height (frame) };

  chain->layer_width = gimp_drawable_get_width (drawable);
  chain->layer_height = gimp_drawable_get_height (drawable);
  chain->transform = pmt_transform_new (fixed, (PmtSize) { chain->layer_width, chain->layer_height });
  gimp_drawable_get_offsets (drawable, &chain->layer_x, &chain->layer_y);
  gimp_drawable_get_offsets (frame, &chain->reference_x, &chain->reference_y);
  chain->had_alpha = gimp_drawable_has_alpha (drawable);
  chain->sampler = PMT_SAMPLER_CUBIC;
  if (reference != NULL)
    {
      chain->reference_name = gimp_item_get_name (GIMP_ITEM (reference));
      chain->reference_tattoo = gimp_item_get_tattoo (GIMP_ITEM (reference));
    }
  return chain;
}

PmtLayerChain *
pmt_layer_chain_copy (const PmtLayerChain *chain)
{
  PmtLayerChain *copy = g_memdup2 (chain, sizeof *chain);

  copy->transform = pmt_transform_ref (chain->transform);
  copy->reference_name = g_strdup (chain->reference_name);
  copy->off = pmt_off_steps_copy (chain->off);
  return copy;
}

void
pmt_layer_chain_free (PmtLayerChain *chain)
{
  if (chain == NULL)
    return;
  if (chain->transform != NULL)
    pmt_transform_unref (chain->transform);
  g_clear_pointer (&chain->off, g_array_unref);
  g_free (chain->reference_name);
  g_free (chain);
}

PmtLayerChain *
pmt_layer_chain_with (const PmtLayerChain *chain, PmtTransform *transform, GArray *off)
{
  PmtLayerChain *other;

  if (transform == NULL)
    {
      g_clear_pointer (&off, g_array_unref);
      return NULL;
    }
  other = pmt_layer_chain_copy (chain);
  pmt_transform_unref (other->transform);
  other->transform = transform;
  g_clear_pointer (&other->off, g_array_unref);
  other->off = off;
  return other;
}

static PmtLayerChain *
chain_from_filter (GimpLayer *layer, GError **error)
{
  g_autoptr (PmtTransform) transform = NULL;
  PmtSampler sampler;
  PmtLayerChain *chain;

  if (!pmt_layer_filter_read (layer, &transform, &sampler, error) || transform == NULL)
    return NULL;
  chain = pmt_layer_chain_new (layer, NULL);
  pmt_transform_unref (chain->transform);
  chain->transform = g_steal_pointer (&transform);
  chain->sampler = sampler;
  return chain;
}

gboolean
pmt_layer_chain_exists (GimpLayer *layer)
{
  GimpParasite *parasite = gimp_item_get_parasite (GIMP_ITEM (layer), PARASITE_NAME);
  gboolean exists = parasite != NULL || pmt_layer_filter_find (layer) != NULL;

  if (parasite != NULL)
    gimp_parasite_free (parasite);
  return exists;
}

/* A record in a parasite, which is freed. */
static PmtLayerChain *
chain_from_parasite (GimpParasite *parasite, GError **error)
{
  guint32 size = 0;
  gconstpointer data = gimp_parasite_get_data (parasite, &size);
  PmtLayerChain *chain;

  while (size > 0 && ((const char *) data)[size - 1] == '\0')
    size--;
  chain = pmt_layer_chain_from_json (data != NULL ? data : "", size, error);
  gimp_parasite_free (parasite);
  return chain;
}

gboolean
pmt_layer_chain_read (GimpLayer *layer, PmtLayerChain **chain, GError **error)
{
  GimpParasite *parasite = gimp_item_get_parasite (GIMP_ITEM (layer), PARASITE_NAME);
  g_autoptr (GError) reason = NULL;

  *chain = NULL;
  if (parasite == NULL)
    {
      *chain = chain_from_filter (layer, &reason);
      if (reason == NULL)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&reason));
      return FALSE;
    }
  *chain = chain_from_parasite (parasite, error);
  return *chain != NULL;
}

PmtLayerChain *
pmt_layer_chain_read_note (GimpLayer *layer)
{
  GimpParasite *parasite = gimp_item_get_parasite (GIMP_ITEM (layer), NOTE_NAME);

  return parasite != NULL ? chain_from_parasite (parasite, NULL) : NULL;
}

static gboolean
attach (GimpLayer *layer, const char *name, const PmtLayerChain *chain, GError **error)
{
  g_autofree char *text = pmt_layer_chain_to_json (chain);
  gsize length = strlen (text);
  GimpParasite *parasite;
  gboolean attached;

  if (length > PMT_LAYER_TEXT_MAX)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                           _("the transform is too large to be kept in an XCF file"));
      return FALSE;
    }
  parasite = gimp_parasite_new (name, PARASITE_FLAGS, length + 1, text);
  attached = gimp_item_attach_parasite (GIMP_ITEM (layer), parasite);
  gimp_parasite_free (parasite);
  return attached || pmt_plug_in_fail (error, _("GIMP did not attach the transform to the layer"));
}

static void
detach (GimpLayer *layer, const char *name)
{
  GimpParasite *parasite = gimp_item_get_parasite (GIMP_ITEM (layer), name);

  if (parasite == NULL)
    return;
  gimp_parasite_free (parasite);
  gimp_item_detach_parasite (GIMP_ITEM (layer), name);
}

gboolean
pmt_layer_chain_attach (GimpLayer *layer, const PmtLayerChain *chain, GError **error)
{
  if (chain != NULL)
    return attach (layer, PARASITE_NAME, chain, error);
  detach (layer, PARASITE_NAME);
  return TRUE;
}

gboolean
pmt_layer_chain_attach_note (GimpLayer *layer, const PmtLayerChain *chain, GError **error)
{
  return attach (layer, NOTE_NAME, chain, error);
}

/* A chain with a translation in front, of provenance "placement"; the frame's size becomes `fixed`. `date`: NULL for none. */
static PmtTransform *
preceded (const PmtTransform *transform, PmtSize fixed, int dx, int dy, const char *reference, const char *date,
          GError **error)
{
  PmtSize size = pmt_transform_get_fixed_size (transform);
  PmtMatrix3 matrix = pmt_matrix3_translation (dx, dy);
  PmtProvenance provenance;
  g_autoptr (PmtTransform) empty = pmt_transform_new (fixed, fixed);
  g_autoptr (PmtTransform) first = NULL;

  pmt_provenance_init (&provenance);
  provenance.method = g_strdup ("placement");
  provenance.model = g_strdup ("translation");
  provenance.reference = g_strdup (reference);
  provenance.date = g_strdup (date);
  provenance.version = g_strdup (PMT_VERSION);
  first = pmt_transform_append_matrix (empty, &matrix, size, &provenance, error);
  pmt_provenance_clear (&provenance);
  return first != NULL ? pmt_transform_compose (first, transform, error) : NULL;
}

PmtTransform *
pmt_layer_chain_placed (const PmtLayerChain *chain, GError **error)
{
  PmtSize own = { chain->layer_width, chain->layer_height };
  g_autoptr (PmtTransform) placed = preceded (chain->transform, own, chain->layer_x - chain->reference_x,
                                              chain->layer_y - chain->reference_y, NULL, NULL, error);

  return placed != NULL ? pmt_transform_flatten (placed) : NULL;
}

gboolean
pmt_layer_chain_find_box (const PmtLayerChain *chain, GimpLayer *layer, gboolean baked, PmtRect *box, GError **error)
{
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (layer));
  g_autoptr (PmtTransform) placed = baked ? pmt_layer_chain_placed (chain, error) : NULL;

  *box = (PmtRect) { 0, 0, chain->layer_width, chain->layer_height };
  if (baked && (placed == NULL || !pmt_transform_bounds (placed, NULL, box, error)))
    return FALSE;
  return (box->width == gimp_drawable_get_width (GIMP_DRAWABLE (layer))
          && box->height == gimp_drawable_get_height (GIMP_DRAWABLE (layer)))
         || pmt_plug_in_fail (error, _("“%s” was resized after it had been aligned, so where its pixels belong is not known."), name);
}

/* The record `now`, which is taken, with the steps of `chain` behind a move by (dx, dy) in its frame, recorded today. */
static PmtLayerChain *
moved_record (PmtLayerChain *now, const PmtTransform *steps, const GArray *off, int dx, int dy, GError **error)
{
  PmtSize fixed = pmt_transform_get_fixed_size (now->transform), before = pmt_transform_get_fixed_size (steps);
  g_autoptr (PmtLayerChain) owned = now;
  g_autoptr (GDateTime) today = g_date_time_new_now_utc ();
  g_autofree char *date = g_date_time_format (today, "%Y-%m-%dT%H:%M:%SZ");
  GArray *still_off;

  if (dx == 0 && dy == 0 && before.width == fixed.width && before.height == fixed.height)
    return pmt_layer_chain_with (now, pmt_transform_ref ((PmtTransform *) steps), pmt_off_steps_copy (off));
  still_off = pmt_off_steps_copy (off);
  pmt_off_steps_shift (still_off, 1);
  return pmt_layer_chain_with (now, preceded (steps, fixed, dx, dy, now->reference_name, date, error), still_off);
}

PmtLayerChain *
pmt_layer_chain_rebased (const PmtLayerChain *chain, GimpLayer *layer, GimpLayer *reference, GError **error)
{
  PmtLayerChain *now = pmt_layer_chain_new (layer, reference);
  g_autoptr (PmtTransform) none = pmt_transform_ref (now->transform);
  /* frame now → layer now (= layer then) → frame then */
  int dx = now->reference_x - now->layer_x + (chain != NULL ? chain->layer_x - chain->reference_x : 0);
  int dy = now->reference_y - now->layer_y + (chain != NULL ? chain->layer_y - chain->reference_y : 0);

  if (chain != NULL)
    {
      now->had_alpha = chain->had_alpha;
      now->sampler = chain->sampler;
    }
  return moved_record (now, chain != NULL ? chain->transform : none, chain != NULL ? chain->off : NULL, dx, dy, error);
}

PmtLayerChain *
pmt_layer_chain_moved (const PmtLayerChain *chain, GimpLayer *layer, GError **error)
{
  PmtLayerChain *now = pmt_layer_chain_copy (chain);

  gimp_drawable_get_offsets (GIMP_DRAWABLE (layer), &now->layer_x, &now->layer_y);
  return moved_record (now, chain->transform, chain->off, chain->layer_x - now->layer_x, chain->layer_y - now->layer_y,
                       error);
}

PmtLayerChain *
pmt_layer_chain_copied (const PmtLayerChain *chain, GimpLayer *from, GimpLayer *layer)
{
  PmtLayerChain *copy = pmt_layer_chain_copy (chain);
  g_autoptr (PmtLayerChain) present = NULL;
  int x, y;

  gimp_drawable_get_offsets (GIMP_DRAWABLE (from), &x, &y);
  gimp_drawable_get_offsets (GIMP_DRAWABLE (layer), &copy->layer_x, &copy->layer_y);
  /* A layer that was moved after its alignment took its picture along, as if the reference had moved. */
  copy->reference_x += x - chain->layer_x;
  copy->reference_y += y - chain->layer_y;
  copy->had_alpha = pmt_layer_chain_read (layer, &present, NULL) && present != NULL
                    ? present->had_alpha : gimp_drawable_has_alpha (GIMP_DRAWABLE (layer));
  return copy;
}
