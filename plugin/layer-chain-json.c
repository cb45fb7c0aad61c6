/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A layer's record as text: docs/gimp-layers.md describes it. */
#include <json-glib/json-glib.h>

#include "base/error.h"
#include "i18n.h"
#include "layer-chain.h"

#define RECORD_FORMAT   "pentimento-layer"
#define RECORD_VERSION  1
#define MAX_COORDINATE  (1 << 24)         /* GIMP's layers stay far below */

static void
add_pair (JsonBuilder *builder, const char *name, int a, int b)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  json_builder_add_int_value (builder, a);
  json_builder_add_int_value (builder, b);
  json_builder_end_array (builder);
}

static void
add_off (JsonBuilder *builder, const GArray *off)
{
  json_builder_set_member_name (builder, "off");
  json_builder_begin_array (builder);
  for (guint i = 0; i < off->len; i++)
    {
      const PmtOffStep *step = &g_array_index (off, PmtOffStep, i);
      g_autofree char *text = pmt_transform_to_json (step->step);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "before");
      json_builder_add_int_value (builder, step->before);
      json_builder_set_member_name (builder, "transform");
      json_builder_add_string_value (builder, text);
      json_builder_end_object (builder);
    }
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
  if (chain->off != NULL && chain->off->len > 0)
    add_off (builder, chain->off);
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

static gboolean
damaged (GError **error, const char *what)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, _("the layer's record of its alignment is damaged: %s"), what);
  return FALSE;
}

/* Steps that are off: each a chain of one step, and a place in the chain. */
static gboolean
parse_off (JsonArray *array, PmtLayerChain *chain, GError **error)
{
  chain->off = pmt_off_steps_new ();
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
      const char *text = string_member (object, "transform");
      g_autoptr (PmtTransform) step = NULL;
      gint64 before;

      if (text == NULL || !int_of (member (object, "before", JSON_NODE_VALUE), MAX_COORDINATE, &before) || before < 0
          || before > pmt_transform_get_length (chain->transform))
        return damaged (error, "off");
      step = pmt_transform_from_json (text, -1, error);
      if (step == NULL)
        return FALSE;
      if (pmt_transform_get_length (step) != 1)
        return damaged (error, "off.transform");
      pmt_off_steps_add (chain->off, (int) before, step);
    }
  return TRUE;
}

PmtLayerChain *
pmt_layer_chain_from_json (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (PmtLayerChain) chain = g_new0 (PmtLayerChain, 1);
  g_autoptr (GError) reason = NULL;
  JsonObject *object = NULL;
  JsonNode *root;
  const char *wrong;

  if (!g_utf8_validate (text, length, NULL) || !json_parser_load_from_data (parser, text, length, &reason))
    {
      damaged (error, reason != NULL ? reason->message : "UTF-8");
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    object = json_node_get_object (root);
  wrong = object != NULL ? parse_record (object, chain) : "{";
  if (wrong == NULL && json_object_has_member (object, "off") && member (object, "off", JSON_NODE_ARRAY) == NULL)
    wrong = "off";
  if (wrong != NULL)
    {
      damaged (error, wrong);
      return NULL;
    }
  chain->transform = pmt_transform_from_json (string_member (object, "transform"), -1, error);
  if (chain->transform == NULL)
    return NULL;
  if (json_object_has_member (object, "off")
      && !parse_off (json_node_get_array (member (object, "off", JSON_NODE_ARRAY)), chain, error))
    return NULL;
  return g_steal_pointer (&chain);
}
