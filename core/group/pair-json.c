/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pair's registration for another process: its report and its transform as they are anywhere, and the model of its errors, of which
 * the report holds figures only. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "group/group.h"
#include "transform/transform-private.h"

#define BEND (PMT_ERROR_PLACES * PMT_ERROR_PLACES * 3)

/* -- writing -- */

static void
add_numbers (JsonBuilder *b, const char *name, int n, const double *value)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_array (b);
  for (int i = 0; i < n; i++)
    if (isfinite (value[i]))
      json_builder_add_double_value (b, value[i]);
    else
      json_builder_add_null_value (b);
  json_builder_end_array (b);
}

static void
add_bend (JsonBuilder *b, const PmtErrorModel *e)
{
  const float       *from = &e->bend[0][0];
  g_autofree double *value = g_new (double, BEND);

  for (int i = 0; i < BEND; i++)
    value[i] = from[i];
  add_numbers (b, "box", 4, (double[]) { e->from.x, e->from.y, e->to.x, e->to.y });
  add_numbers (b, "bend", BEND, value);
}

static void
add_errors (JsonBuilder *b, const PmtErrorModel *e)
{
  json_builder_set_member_name (b, "errors");
  json_builder_begin_object (b);
  add_numbers (b, "matrix", 9, &e->matrix.m[0][0]);
  _pmt_json_add_integer (b, "width", e->moving.width);
  _pmt_json_add_integer (b, "height", e->moving.height);
  _pmt_json_add_integer (b, "size", e->size);
  add_numbers (b, "covariance", 64, e->covariance);
  add_numbers (b, "figures", 3, (double[]) { e->floor, e->spread, e->common });
  if (e->bent)
    add_bend (b, e);
  json_builder_end_object (b);
}

char *
pmt_group_pair_to_json (const PmtRegistration *r, PmtContext *context)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();
  g_autofree char        *report = pmt_registration_to_json (r, context);
  g_autofree char        *transform = r->transform != NULL ? pmt_transform_to_json (r->transform) : NULL;

  json_builder_begin_object (b);
  _pmt_json_add_string (b, "format", "pentimento-pair");
  _pmt_json_add_integer (b, "version", 1);
  _pmt_json_add_string (b, "report", report);
  _pmt_json_add_string (b, "transform", transform);
  add_errors (b, &r->errors);
  json_builder_end_object (b);
  return _pmt_json_builder_print (b);
}

/* -- reading -- */

static gboolean
read_numbers (JsonObject *object, const char *name, int n, double *value, GError **error)
{
  JsonArray *array = _pmt_json_array (object, name, "errors", error);

  if (array == NULL)
    return FALSE;
  if ((int) json_array_get_length (array) != n)
    return _pmt_json_fail (error, "errors", "“%s” has %u numbers, not %d", name, json_array_get_length (array), n);
  for (int i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      value[i] = NAN;
      if (!json_node_is_null (node) && !_pmt_json_number_node (node, "errors", &value[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_bend (JsonObject *object, PmtErrorModel *e, GError **error)
{
  float             *to = &e->bend[0][0];
  double             box[4];
  g_autofree double *value = g_new (double, BEND);

  e->bent = json_object_has_member (object, "bend");
  if (!e->bent)
    return TRUE;
  if (!read_numbers (object, "box", 4, box, error) || !read_numbers (object, "bend", BEND, value, error))
    return FALSE;
  e->from = (PmtPoint) { box[0], box[1] };
  e->to = (PmtPoint) { box[2], box[3] };
  for (int i = 0; i < BEND; i++)
    to[i] = (float) value[i];
  return TRUE;
}

static gboolean
read_errors (JsonObject *object, PmtErrorModel *e, GError **error)
{
  double figures[3];
  gint64 width, height, size;

  if (!read_numbers (object, "matrix", 9, &e->matrix.m[0][0], error)
      || !_pmt_json_integer (object, "width", "errors", 0, G_MAXINT, &width, error)
      || !_pmt_json_integer (object, "height", "errors", 0, G_MAXINT, &height, error)
      || !_pmt_json_integer (object, "size", "errors", 0, 8, &size, error)
      || !read_numbers (object, "covariance", 64, e->covariance, error)
      || !read_numbers (object, "figures", 3, figures, error))
    return FALSE;
  e->moving = (PmtSize) { (int) width, (int) height };
  e->size = (int) size;
  e->floor = figures[0];
  e->spread = figures[1];
  e->common = figures[2];
  return read_bend (object, e, error);
}

static PmtRegistration *
read_pair (JsonObject *object, GError **error)
{
  const char                 *report = _pmt_json_string (object, "report", "pair", error), *transform = NULL;
  JsonObject                 *errors;
  g_autoptr (PmtRegistration) r = report != NULL ? pmt_registration_from_json (report, -1, error) : NULL;

  if (r == NULL || (errors = _pmt_json_object (object, "errors", "pair", error)) == NULL || !read_errors (errors, &r->errors, error))
    return NULL;
  if (json_object_has_member (object, "transform") && !json_object_get_null_member (object, "transform")
      && ((transform = _pmt_json_string (object, "transform", "pair", error)) == NULL
          || (r->transform = pmt_transform_from_json (transform, -1, error)) == NULL))
    return NULL;
  return g_steal_pointer (&r);
}

PmtRegistration *
pmt_group_pair_from_json (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonNode) root = _pmt_json_parse (text, length, error);
  const char          *format;

  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_FORMAT, "no registration of a pair");
      return NULL;
    }
  format = _pmt_json_string (json_node_get_object (root), "format", "pair", error);
  if (format != NULL && g_str_equal (format, "pentimento-pair"))
    return read_pair (json_node_get_object (root), error);
  if (format != NULL)
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_FORMAT, "no registration of a pair");
  return NULL;
}
