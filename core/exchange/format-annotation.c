/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A W3C Web Annotation: the target is the place in the fixed image where the moving one lies, as an SvgSelector's
 * polygon in pixels from the corner; the body is the moving image, with the transform as our JSON has it and, where
 * it is one matrix, that alone for viewers. The two are no terms of the annotation model; a context of our own names
 * them. */
#include <math.h>
#include <string.h>

#include "exchange/format-private.h"

#define SIDE 16   /* corners of the polygon along a side that may be bent */

static gboolean
recognise (const char *text)
{
  return _pmt_format_begins (text, 0, "{") && strstr (text, "\"Annotation\"") != NULL
    && strstr (text, "\"pentimento-transform\"") != NULL;
}

/* -- reading -- */

static gboolean
read_annotation (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  g_autoptr (JsonNode) root = _pmt_json_parse (text->text, (gssize) text->length, error);
  JsonObject          *body, *object;
  g_autofree char     *json = NULL;

  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    return _pmt_json_fail (error, "text", "must be a JSON object, not %s", json_node_type_name (root));
  body = _pmt_json_object (json_node_get_object (root), "body", "annotation", error);
  object = body != NULL ? _pmt_json_object (body, "transform", "annotation.body", error) : NULL;
  if (object == NULL)
    return FALSE;
  json = json_to_string (json_object_get_member (body, "transform"), FALSE);
  content->transform = pmt_transform_from_json (json, -1, error);
  if (content->transform == NULL)
    {
      g_prefix_error (error, "annotation.body.");
      return FALSE;
    }
  content->fixed = pmt_transform_get_fixed_size (content->transform);
  content->moving = pmt_transform_get_moving_size (content->transform);
  return TRUE;
}

/* -- writing -- */

/* Corner k of 4·n around an image of that size. */
static PmtPoint
corner (PmtSize size, int k, int n)
{
  double t = (double) (k % n) / n, w = size.width, h = size.height;

  switch (k / n)
    {
    case 0:  return (PmtPoint) { t * w, 0 };
    case 1:  return (PmtPoint) { w, t * h };
    case 2:  return (PmtPoint) { w - t * w, h };
    default: return (PmtPoint) { 0, h - t * h };
    }
}

static gboolean
put_outline (GString *text, const PmtFormatContent *content, GError **error)
{
  g_autoptr (PmtTransform) back = pmt_transform_invert (content->transform, error);
  PmtMatrix3               m;
  int                      n = pmt_transform_get_matrix (content->transform, &m) ? 1 : SIDE;

  if (back == NULL)
    return FALSE;
  for (int k = 0; k < 4 * n; k++)
    {
      PmtPoint p = corner (content->moving, k, n), q;

      pmt_transform_map (back, 1, &p, &q);
      if (isnan (q.x))
        return _pmt_format_refuse (error, "part of the moving image has no place in the fixed one, so its outline is "
                                          "none");
      g_string_append (text, k > 0 ? " " : "");
      _pmt_json_put_number (text, q.x);
      g_string_append_c (text, ',');
      _pmt_json_put_number (text, q.y);
    }
  return TRUE;
}

static void
put_matrix (GString *text, const PmtMatrix3 *m)
{
  g_string_append (text, "    \"matrix\": [");
  for (int k = 0; k < 9; k++)
    {
      g_string_append (text, k == 0 ? "[" : k % 3 == 0 ? "], [" : ", ");
      _pmt_json_put_number (text, m->m[k / 3][k % 3]);
    }
  g_string_append (text, "]],\n");
}

static gboolean
write_annotation (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  g_autofree char *json = pmt_transform_to_json (content->transform);
  PmtMatrix3       m;

  if (!_pmt_format_need_sizes (content, FALSE, error))
    return FALSE;
  g_string_append (text, "{\n  \"@context\": [\n    \"http://www.w3.org/ns/anno.jsonld\",\n"
                         "    { \"transform\": { \"@id\": \"urn:x-pentimento:transform\", \"@type\": \"@json\" },\n"
                         "      \"matrix\": { \"@id\": \"urn:x-pentimento:matrix\", \"@type\": \"@json\" } }\n  ],\n"
                         "  \"type\": \"Annotation\",\n  \"motivation\": \"linking\",\n  \"target\": {\n"
                         "    \"type\": \"SpecificResource\",\n    \"source\": ");
  _pmt_json_put_string (text, content->fixed_name);
  g_string_append (text, ",\n    \"selector\": {\n      \"type\": \"SvgSelector\",\n"
                         "      \"value\": \"<svg xmlns='http://www.w3.org/2000/svg'><polygon points='");
  if (!put_outline (text, content, error))
    return FALSE;
  g_string_append (text, "'/></svg>\"\n    }\n  },\n  \"body\": {\n    \"type\": \"Image\",\n    \"id\": ");
  _pmt_json_put_string (text, content->moving_name);
  g_string_append (text, ",\n");
  if (pmt_transform_get_matrix (content->transform, &m))
    put_matrix (text, &m);
  g_string_append_printf (text, "    \"transform\": %s  }\n}\n", json);
  return TRUE;
}

static const char *const endings[] = { ".jsonld", NULL };

const PmtFormat _pmt_format_annotation =
{
  .info = { "annotation", "a Web Annotation", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "every transform" },
  .reach = PMT_REACH_CHAIN,
  .recognise = recognise,
  .read = read_annotation,
  .write = write_annotation,
};
