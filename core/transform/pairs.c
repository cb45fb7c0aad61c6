/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transform/pairs-private.h"

#include <math.h>

gboolean
_pmt_pairs_refuse (GError **error, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, text);
  return FALSE;
}

gboolean
_pmt_pairs_is_place (PmtPoint p)
{
  return fabs (p.x) <= PMT_PAIRS_MAX_PLACE && fabs (p.y) <= PMT_PAIRS_MAX_PLACE;
}

static void
put_row (GString *json, const double numbers[4])
{
  g_string_append_c (json, '[');
  for (int k = 0; k < 4; k++)
    {
      _pmt_json_put_number (json, numbers[k]);
      g_string_append (json, k < 3 ? ", " : "]");
    }
}

static gboolean
read_row (JsonNode *node, const char *place, double numbers[4], GError **error)
{
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) != 4)
    return _pmt_json_fail (error, place, "must be a row of 4 numbers");
  for (int k = 0; k < 4; k++)
    if (!_pmt_json_number_node (json_array_get_element (array, k), place, &numbers[k], error))
      return FALSE;
  return TRUE;
}

void
_pmt_pairs_put_box (GString *json, const char *indent, PmtExtent box)
{
  const double row[4] = { box.x0, box.y0, box.x1, box.y1 };

  g_string_append_printf (json, "%s\"box\": ", indent);
  put_row (json, row);
  g_string_append (json, ",\n");
}

gboolean
_pmt_pairs_read_box (JsonObject *object, const char *place, PmtExtent *box, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.box", place);
  double           row[4];

  if (!read_row (json_object_get_member (object, "box"), here, row, error))
    return FALSE;
  *box = (PmtExtent) { row[0], row[1], row[2], row[3] };
  return TRUE;
}

void
_pmt_pairs_put_points (GString *json, const char *indent, int n, const PmtPoint *from, const PmtPoint *to)
{
  g_string_append_printf (json, "%s\"points\": [\n", indent);
  for (int i = 0; i < n; i++)
    {
      const double row[4] = { from[i].x, from[i].y, to[i].x, to[i].y };

      g_string_append_printf (json, "%s  ", indent);
      put_row (json, row);
      g_string_append (json, i + 1 < n ? ",\n" : "\n");
    }
  g_string_append_printf (json, "%s],\n", indent);
}

gboolean
_pmt_pairs_read_points (JsonObject *object, const char *place, int least, int most, int *n, PmtPoint **from,
                        PmtPoint **to, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.points", place);
  JsonArray       *rows = _pmt_json_array (object, "points", place, error);

  if (rows == NULL)
    return FALSE;
  *n = (int) MIN (json_array_get_length (rows), G_MAXINT / 2);
  if (*n < least || *n > most)
    return _pmt_json_fail (error, here, "must be %d to %d pairs, not %d", least, most, *n);
  *from = g_new (PmtPoint, *n);
  *to = g_new (PmtPoint, *n);
  for (int i = 0; i < *n; i++)
    {
      g_autofree char *row = g_strdup_printf ("%s[%d]", here, i);
      double           v[4];

      if (!read_row (json_array_get_element (rows, i), row, v, error))
        return FALSE;
      (*from)[i] = (PmtPoint) { v[0], v[1] };
      (*to)[i] = (PmtPoint) { v[2], v[3] };
    }
  return TRUE;
}
