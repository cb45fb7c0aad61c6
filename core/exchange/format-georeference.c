/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A IIIF Georeference Annotation (iiif.io/api/extension/georef): ground control points as GeoJSON features,
 * resourceCoords in pixels of the picture that is being placed, our moving one, and a point on the map. The
 * extension wants the map in WGS84; between images it is our fixed one as (x, −y), y upwards as on maps. A page of
 * one annotation is read, too. */
#include <string.h>

#include "exchange/format-private.h"

static gboolean
recognise (const char *text)
{
  return _pmt_format_begins (text, 0, "{") && strstr (text, "\"resourceCoords\"") != NULL;
}

/* -- reading -- */

static JsonObject *
element (JsonArray *array, guint index, const char *place, GError **error)
{
  JsonNode *node = json_array_get_element (array, index);

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  _pmt_json_fail (error, place, "element %u must be an object, not %s", index, json_node_type_name (node));
  return NULL;
}

/* The annotation, or the only one of a page. */
static JsonObject *
find_annotation (JsonObject *object, GError **error)
{
  JsonArray *items;

  if (!json_object_has_member (object, "items"))
    return object;
  items = _pmt_json_array (object, "items", "page", error);
  if (items == NULL)
    return NULL;
  if (json_array_get_length (items) == 1)
    return element (items, 0, "page.items", error);
  _pmt_format_refuse (error, "the page holds %u annotations, not one", json_array_get_length (items));
  return NULL;
}

static gboolean
read_point (JsonObject *object, const char *member, const char *place, PmtPoint *p, GError **error)
{
  JsonArray *pair = _pmt_json_array (object, member, place, error);

  if (pair == NULL)
    return FALSE;
  if (json_array_get_length (pair) < 2)
    return _pmt_json_fail (error, place, "“%s” must be two numbers", member);
  return _pmt_json_number_node (json_array_get_element (pair, 0), member, &p->x, error)
         && _pmt_json_number_node (json_array_get_element (pair, 1), member, &p->y, error);
}

static gboolean
read_feature (JsonObject *feature, guint index, PmtFormatContent *content, GError **error)
{
  g_autofree char *place = g_strdup_printf ("annotation.body.features[%u]", index);
  JsonObject      *properties = _pmt_json_object (feature, "properties", place, error);
  JsonObject      *geometry = properties != NULL ? _pmt_json_object (feature, "geometry", place, error) : NULL;
  PmtPoint         map, resource;

  if (geometry == NULL || !read_point (properties, "resourceCoords", place, &resource, error)
      || !read_point (geometry, "coordinates", place, &map, error))
    return FALSE;
  _pmt_format_add_pair (content, (PmtPoint) { map.x, -map.y }, resource);
  return TRUE;
}

/* Where the target's source tells width and height. */
static gboolean
read_size (JsonObject *annotation, PmtSize *size, GError **error)
{
  JsonNode   *target = json_object_get_member (annotation, "target"), *source = NULL;
  JsonObject *object;
  gint64      width, height;

  if (target != NULL && JSON_NODE_HOLDS_OBJECT (target))
    source = json_object_get_member (json_node_get_object (target), "source");
  if (source == NULL || !JSON_NODE_HOLDS_OBJECT (source))
    return TRUE;
  object = json_node_get_object (source);
  if (!json_object_has_member (object, "width") || !json_object_has_member (object, "height"))
    return TRUE;
  if (!_pmt_json_integer (object, "width", "annotation.target.source", 1, G_MAXINT, &width, error)
      || !_pmt_json_integer (object, "height", "annotation.target.source", 1, G_MAXINT, &height, error))
    return FALSE;
  *size = (PmtSize) { (int) width, (int) height };
  return TRUE;
}

static gboolean
read_georeference (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  g_autoptr (JsonNode) root = _pmt_json_parse (text->text, (gssize) text->length, error);
  JsonObject          *annotation, *body;
  JsonArray           *features;

  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    return _pmt_json_fail (error, "text", "must be a JSON object, not %s", json_node_type_name (root));
  annotation = find_annotation (json_node_get_object (root), error);
  body = annotation != NULL ? _pmt_json_object (annotation, "body", "annotation", error) : NULL;
  features = body != NULL ? _pmt_json_array (body, "features", "annotation.body", error) : NULL;
  if (features == NULL || !read_size (annotation, &content->moving, error))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (features); i++)
    {
      JsonObject *feature = element (features, i, "annotation.body.features", error);

      if (feature == NULL || !read_feature (feature, i, content, error))
        return FALSE;
    }
  return TRUE;
}

/* -- writing -- */

static void
put_feature (GString *text, PmtPoint p, PmtPoint q, gboolean last)
{
  g_string_append (text, "      { \"type\": \"Feature\", \"properties\": { \"resourceCoords\": [");
  _pmt_json_put_number (text, q.x);
  g_string_append (text, ", ");
  _pmt_json_put_number (text, q.y);
  g_string_append (text, "] }, \"geometry\": { \"type\": \"Point\", \"coordinates\": [");
  _pmt_json_put_number (text, p.x);
  g_string_append (text, ", ");
  _pmt_json_put_number (text, -p.y);
  g_string_append_printf (text, "] } }%s\n", last ? "" : ",");
}

static gboolean
write_georeference (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  int        w = content->moving.width, h = content->moving.height;
  PmtMatrix3 m;

  if (!_pmt_format_need_sizes (content, FALSE, error))
    return FALSE;
  g_string_append (text, "{\n  \"@context\": [\n    \"http://iiif.io/api/extension/georef/1/context.json\",\n"
                         "    \"http://iiif.io/api/presentation/3/context.json\"\n  ],\n  \"type\": \"Annotation\",\n"
                         "  \"motivation\": \"georeferencing\",\n  \"target\": {\n    \"type\": \"SpecificResource\",\n"
                         "    \"source\": { \"id\": ");
  _pmt_json_put_string (text, content->moving_name);
  g_string_append_printf (text, ", \"type\": \"Image\", \"width\": %d, \"height\": %d },\n    \"selector\": {\n"
                                "      \"type\": \"SvgSelector\",\n      \"value\": \"<svg width='%d' "
                                "height='%d'><polygon points='0,0 %d,0 %d,%d "
                                "0,%d'/></svg>\"\n    }\n  },\n  \"body\": {\n    \"type\": \"FeatureCollection\",\n   "
                                " \"transformation\": %s,\n"
                                "    \"features\": [\n",
                          w, h, w, h, w, w, h, h,
                          _pmt_linear_get (content->transform, &m) ? "{ \"type\": \"polynomial\", \"options\": { "
                                                                     "\"order\": 1 } }"
                                                                   : "{ \"type\": \"thinPlateSpline\" }");
  for (guint i = 0; i < content->from->len; i++)
    put_feature (text, g_array_index (content->from, PmtPoint, i), g_array_index (content->to, PmtPoint, i),
                 i + 1 == content->from->len);
  g_string_append (text, "    ]\n  }\n}\n");
  return TRUE;
}

static const char *const endings[] = { NULL };

const PmtFormat _pmt_format_georeference =
{
  .info = { "georeference", "a IIIF Georeference Annotation", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES,
            "pairs of points" },
  .reach = PMT_REACH_PAIRS,
  .target = PMT_POINT_MODEL_THIN_PLATE,
  .recognise = recognise,
  .read = read_georeference,
  .write = write_georeference,
};
