/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON for transform files: a guarded parse, accessors whose errors name the place, and the canonical writer's words.
 * The parser builds a node of some 100 bytes for each value and recurses for each bracket, so a hostile file of a few
 * megabytes could take all memory or the whole stack. A scan of the text beforehand bounds both. */
#include "transform/transform-private.h"

#include <math.h>
#include <string.h>

#define MAX_BYTES  (64 << 20)
#define MAX_DEPTH  32
#define MAX_VALUES 2000000

gboolean
_pmt_json_fail (GError **error, const char *place, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "%s: %s", place, text);
  return FALSE;
}

/* The character after the string that starts at text[i], a quote; length when it never ends. */
static gsize
skip_string (const char *text, gsize length, gsize i)
{
  for (i++; i < length && text[i] != '"'; i++)
    if (text[i] == '\\')
      i++;
  return MIN (i + 1, length);
}

static gboolean
scan (const char *text, gsize length, GError **error)
{
  int depth = 0, values = 0;

  for (gsize i = 0; i < length;)
    {
      char c = text[i];

      if (c == '"')
        {
          i = skip_string (text, length, i);
          continue;
        }
      if (c == '[' || c == '{')
        depth++;
      else if (c == ']' || c == '}')
        depth--;
      if (c == '[' || c == '{' || c == ',')
        values++;
      if (depth > MAX_DEPTH)
        return _pmt_json_fail (error, "text", "brackets are nested more than %d deep", MAX_DEPTH);
      if (values > MAX_VALUES)
        return _pmt_json_fail (error, "text", "more than %d values", MAX_VALUES);
      i++;
    }
  return TRUE;
}

JsonNode *
_pmt_json_parse (const char *text, gssize length, GError **error)
{
  gsize                  bytes = length < 0 ? strlen (text) : (gsize) length;
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError)     why = NULL;
  JsonNode              *root;

  if (bytes > MAX_BYTES)
    {
      _pmt_json_fail (error, "text", "%" G_GSIZE_FORMAT " bytes are more than the %d allowed", bytes, MAX_BYTES);
      return NULL;
    }
  if (!g_utf8_validate_len (text, bytes, NULL))
    {
      _pmt_json_fail (error, "text", "is not UTF-8");
      return NULL;
    }
  if (!scan (text, bytes, error))
    return NULL;
  parser = json_parser_new ();
#if JSON_CHECK_VERSION (1, 10, 0)
  json_parser_set_strict (parser, TRUE);
#endif
  if (!json_parser_load_from_data (parser, text, (gssize) bytes, &why))
    {
      _pmt_json_fail (error, "text", "is no JSON: %s", g_strchomp (why->message));
      return NULL;
    }
  root = json_parser_steal_root (parser);
  if (root == NULL)
    _pmt_json_fail (error, "text", "is empty");
  return root;
}

static JsonNode *
member_node (JsonObject *object, const char *member, const char *place, GError **error)
{
  if (!json_object_has_member (object, member))
    {
      _pmt_json_fail (error, place, "the member “%s” is missing", member);
      return NULL;
    }
  return json_object_get_member (object, member);
}

static char *
place_of (const char *place, const char *member)
{
  return g_strdup_printf ("%s.%s", place, member);
}

JsonObject *
_pmt_json_object (JsonObject *object, const char *member, const char *place, GError **error)
{
  JsonNode        *node = member_node (object, member, place, error);
  g_autofree char *here = place_of (place, member);

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  _pmt_json_fail (error, here, "must be an object, not %s", json_node_type_name (node));
  return NULL;
}

JsonArray *
_pmt_json_array (JsonObject *object, const char *member, const char *place, GError **error)
{
  JsonNode        *node = member_node (object, member, place, error);
  g_autofree char *here = place_of (place, member);

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  _pmt_json_fail (error, here, "must be an array, not %s", json_node_type_name (node));
  return NULL;
}

const char *
_pmt_json_string (JsonObject *object, const char *member, const char *place, GError **error)
{
  JsonNode        *node = member_node (object, member, place, error);
  g_autofree char *here = place_of (place, member);

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    return json_node_get_string (node);
  _pmt_json_fail (error, here, "must be a string, not %s", json_node_type_name (node));
  return NULL;
}

gboolean
_pmt_json_number_node (JsonNode *node, const char *place, double *value, GError **error)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return _pmt_json_fail (error, place, "must be a number, not %s", json_node_type_name (node));
  *value = json_node_get_double (node);
  if (!isfinite (*value))
    return _pmt_json_fail (error, place, "is too large a number");
  return TRUE;
}

gboolean
_pmt_json_integer (JsonObject *object, const char *member, const char *place, gint64 low, gint64 high, gint64 *value,
                   GError **error)
{
  JsonNode        *node = member_node (object, member, place, error);
  g_autofree char *here = place_of (place, member);
  double           number;

  if (node == NULL || !_pmt_json_number_node (node, here, &number, error))
    return FALSE;
  if (number != floor (number) || number < low || number > high)
    return _pmt_json_fail (error, here, "must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, low, high);
  *value = (gint64) number;
  return TRUE;
}

static gboolean
is_in (const char *word, const char *const *list)
{
  return list != NULL && g_strv_contains (list, word);
}

gboolean
_pmt_json_only (JsonObject *object, const char *place, const char *const *known, const char *const *more,
                GError **error)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node))
    if (!is_in (name, known) && !is_in (name, more))
      return _pmt_json_fail (error, place, "the member “%.100s” is not known", name);
  return TRUE;
}

void
_pmt_json_put_number (GString *json, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (text, sizeof text, "%.17g", value + 0.0);
  g_string_append (json, text);
}

void
_pmt_json_put_string (GString *json, const char *utf8)
{
  g_string_append_c (json, '"');
  for (const char *c = utf8; *c != 0; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (json, "\\%c", *c);
    else if ((guchar) *c < 0x20 || *c == 0x7f)
      g_string_append_printf (json, "\\u%04x", (guchar) *c);
    else
      g_string_append_c (json, *c);
  g_string_append_c (json, '"');
}

void
_pmt_json_add_number (JsonBuilder *builder, const char *name, double value)
{
  json_builder_set_member_name (builder, name);
  if (isfinite (value))
    json_builder_add_double_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
_pmt_json_add_integer (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

void
_pmt_json_add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
_pmt_json_add_boolean (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

char *
_pmt_json_builder_print (JsonBuilder *builder)
{
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode)      root = json_builder_get_root (builder);

  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_data (generator, NULL);
}
