/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer-chain.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "config.h"
#include "layer-filter.h"
#include "plug-in.h"

#define PARASITE_NAME   "pentimento-transform"
#define NOTE_NAME       "pentimento-baked"
#define RECORD_FORMAT   "pentimento-layer"
#define RECORD_VERSION  1
#define PARASITE_FLAGS  (GIMP_PARASITE_PERSISTENT | GIMP_PARASITE_UNDOABLE)
#define MAX_COORDINATE  (1 << 24)         /* GIMP's layers stay far below */

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
  return copy;
}

void
pmt_layer_chain_free (PmtLayerChain *chain)
{
  if (chain == NULL)
    return;
  if (chain->transform != NULL)
    pmt_transform_unref (chain->transform);
  g_free (chain->reference_name);
  g_free (chain);
}

static void
add_pair (JsonBuilder *builder, const char *name, int a, int b)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  json_builder_add_int_value (builder, a);
  json_builder_add_int_value (builder, b);
  json_builder_end_array (builder);
}

char *
pmt_layer_chain_to_json (const PmtLayerChain *chain)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *transform = pmt_transform_to_json (chain->transform);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "format");
  json_builder_add_string_value (builder, RECORD_FORMAT);
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, RECORD_VERSION);
  json_builder_set_member_name (builder, "layer");
  json_builder_begin_object (builder);
  add_pair (builder, "offset", chain->layer_x, chain->layer_y);
  add_pair (builder, "size", chain->layer_width, chain->layer_height);
  json_builder_set_member_name (builder, "had-alpha");
  json_builder_add_boolean_value (builder, chain->had_alpha);
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "reference");
  json_builder_begin_object (builder);
  add_pair (builder, "offset", chain->reference_x, chain->reference_y);
  if (chain->reference_name != NULL)
    {
      json_builder_set_member_name (builder, "name");
      json_builder_add_string_value (builder, chain->reference_name);
      json_builder_set_member_name (builder, "tattoo");
      json_builder_add_int_value (builder, chain->reference_tattoo);
    }
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "sampler");
  json_builder_add_string_value (builder, pmt_sampler_to_nick (chain->sampler));
  /* A string, so that core's canonical text comes back byte for byte. */
  json_builder_set_member_name (builder, "transform");
  json_builder_add_string_value (builder, transform);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

static JsonNode *
member (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && json_node_get_node_type (node) == type ? node : NULL;
}

static JsonObject *
object_member (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_OBJECT);

  return node != NULL ? json_node_get_object (node) : NULL;
}

static const char *
string_member (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_VALUE);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static gboolean
int_of (JsonNode *node, gint64 limit, gint64 *value)
{
  if (node == NULL || json_node_get_node_type (node) != JSON_NODE_VALUE
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *value = json_node_get_int (node);
  return *value >= -limit && *value <= limit;
}

static gboolean
get_pair (JsonObject *object, const char *name, int *a, int *b)
{
  JsonNode *node = member (object, name, JSON_NODE_ARRAY);
  JsonArray *array = node != NULL ? json_node_get_array (node) : NULL;
  gint64 first, second;

  if (array == NULL || json_array_get_length (array) != 2
      || !int_of (json_array_get_element (array, 0), MAX_COORDINATE, &first)
      || !int_of (json_array_get_element (array, 1), MAX_COORDINATE, &second))
    return FALSE;
  *a = first;
  *b = second;
  return TRUE;
}

static gboolean
get_boolean (JsonObject *object, const char *name, gboolean *value)
{
  JsonNode *node = member (object, name, JSON_NODE_VALUE);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return FALSE;
  *value = json_node_get_boolean (node);
  return TRUE;
}

/* Everything but the transform; the name of the first member that is wrong, NULL when all is well. */
static const char *
parse_record (JsonObject *object, PmtLayerChain *chain)
{
  JsonObject *layer = object_member (object, "layer"), *reference = object_member (object, "reference");
  gint64 version, tattoo = 0;

  if (g_strcmp0 (string_member (object, "format"), RECORD_FORMAT) != 0)
    return "format";
  if (!int_of (member (object, "version", JSON_NODE_VALUE), RECORD_VERSION, &version) || version != RECORD_VERSION)
    return "version";
  if (!get_pair (layer, "offset", &chain->layer_x, &chain->layer_y))
    return "layer.offset";
  if (!get_pair (layer, "size", &chain->layer_width, &chain->layer_height)
      || chain->layer_width < 1 || chain->layer_height < 1)
    return "layer.size";
  if (!get_boolean (layer, "had-alpha", &chain->had_alpha))
    return "layer.had-alpha";
  if (!get_pair (reference, "offset", &chain->reference_x, &chain->reference_y))
    return "reference.offset";
  chain->reference_name = g_strdup (string_member (reference, "name"));
  if (json_object_has_member (reference, "tattoo")
      && (!int_of (member (reference, "tattoo", JSON_NODE_VALUE), G_MAXUINT32, &tattoo) || tattoo < 0))
    return "reference.tattoo";
  chain->reference_tattoo = tattoo;
  if (string_member (object, "sampler") == NULL
      || !pmt_sampler_from_nick (string_member (object, "sampler"), &chain->sampler))
    return "sampler";
  return string_member (object, "transform") == NULL ? "transform" : NULL;
}

PmtLayerChain *
pmt_layer_chain_from_json (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (PmtLayerChain) chain = g_new0 (PmtLayerChain, 1);
  g_autoptr (GError) reason = NULL;
  JsonNode *root;
  const char *wrong;

  if (!g_utf8_validate (text, length, NULL) || !json_parser_load_from_data (parser, text, length, &reason))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, _("the layer's record of its alignment is damaged: %s"),
                   reason != NULL ? reason->message : "UTF-8");
      return NULL;
    }
  root = json_parser_get_root (parser);
  wrong = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? parse_record (json_node_get_object (root), chain) : "{";
  if (wrong != NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT,
                   _("the layer's record of its alignment is damaged: %s"), wrong);
      return NULL;
    }
  chain->transform = pmt_transform_from_json (string_member (json_node_get_object (root), "transform"), -1, error);
  return chain->transform != NULL ? g_steal_pointer (&chain) : NULL;
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

/* A chain with a translation in front, of provenance "placement"; the frame's size becomes `fixed`. */
static PmtTransform *
preceded (const PmtTransform *transform, PmtSize fixed, int dx, int dy, const char *reference, GError **error)
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
                                              chain->layer_y - chain->reference_y, NULL, error);

  return placed != NULL ? pmt_transform_flatten (placed) : NULL;
}

PmtLayerChain *
pmt_layer_chain_rebased (const PmtLayerChain *chain, GimpLayer *layer, GimpLayer *reference, GError **error)
{
  g_autoptr (PmtLayerChain) now = pmt_layer_chain_new (layer, reference);
  PmtSize fixed = pmt_transform_get_fixed_size (now->transform), before;
  /* frame now → layer now (= layer then) → frame then */
  int dx = now->reference_x - now->layer_x + (chain != NULL ? chain->layer_x - chain->reference_x : 0);
  int dy = now->reference_y - now->layer_y + (chain != NULL ? chain->layer_y - chain->reference_y : 0);
  const PmtTransform *steps = chain != NULL ? chain->transform : now->transform;
  PmtTransform *transform;

  if (chain != NULL)
    {
      now->had_alpha = chain->had_alpha;
      now->sampler = chain->sampler;
    }
  before = pmt_transform_get_fixed_size (steps);
  if (dx == 0 && dy == 0 && before.width == fixed.width && before.height == fixed.height)
    transform = pmt_transform_ref ((PmtTransform *) steps);
  else
    transform = preceded (steps, fixed, dx, dy, now->reference_name, error);
  if (transform == NULL)
    return NULL;
  pmt_transform_unref (now->transform);
  now->transform = transform;
  return g_steal_pointer (&now);
}
