/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports read back: register-report.c's JSON to a PmtRegistration. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "register.h"
#include "transform/transform-private.h"

#define MOST_REASONS 1000
#define MOST_STAGES  100

static gboolean
is_null (JsonObject *object, const char *name)
{
  return !json_object_has_member (object, name) || json_object_get_null_member (object, name);
}

/* A missing member or null leaves *value alone. */
static gboolean
read_number (JsonObject *object, const char *name, const char *place, double *value, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.%s", place, name);

  return is_null (object, name) || _pmt_json_number_node (json_object_get_member (object, name), here, value, error);
}

static gboolean
read_string (JsonObject *object, const char *name, const char *place, char **value, GError **error)
{
  const char *text;

  if (is_null (object, name))
    return TRUE;
  text = _pmt_json_string (object, name, place, error);
  *value = g_strdup (text);
  return text != NULL;
}

static gboolean
read_count (JsonObject *object, const char *name, int *value, GError **error)
{
  gint64 number = 0;

  if (!is_null (object, name) && !_pmt_json_integer (object, name, "report", 0, G_MAXINT, &number, error))
    return FALSE;
  *value = (int) number;
  return TRUE;
}

/* -- words -- */

typedef gboolean (*NickFunc) (const char *nick, int *value);

static gboolean
model_nick (const char *nick, int *value)
{
  PmtModel model = PMT_MODEL_AUTO;
  gboolean ok = pmt_model_from_nick (nick, &model);

  *value = model;
  return ok;
}

static gboolean
modality_nick (const char *nick, int *value)
{
  PmtModality modality = PMT_MODALITY_AUTO;
  gboolean    ok = pmt_modality_from_nick (nick, &modality);

  *value = modality;
  return ok;
}

static gboolean
verdict_nick (const char *nick, int *value)
{
  PmtVerdict verdict = PMT_VERDICT_FAILED;
  gboolean   ok = pmt_verdict_from_nick (nick, &verdict);

  *value = verdict;
  return ok;
}

static gboolean
read_nick (JsonObject *object, const char *name, const char *place, NickFunc func, int *value, GError **error)
{
  const char      *nick = _pmt_json_string (object, name, place, error);
  g_autofree char *here = g_strdup_printf ("%s.%s", place, name);

  return nick != NULL && (func (nick, value) || _pmt_json_fail (error, here, "“%.100s” is not known", nick));
}

/* -- parts -- */

static JsonObject *
element_object (JsonArray *array, guint i, const char *place, GError **error)
{
  JsonNode *node = json_array_get_element (array, i);

  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  _pmt_json_fail (error, place, "must be an object, not %s", json_node_type_name (node));
  return NULL;
}

static void
reason_free (gpointer data)
{
  PmtReason *reason = data;

  g_free (reason->code);
  g_free (reason->text);
  g_free (reason->advice);
  g_free (reason);
}

static gboolean
read_reason (JsonObject *object, const char *place, PmtReason *reason, GError **error)
{
  JsonNode *passed = json_object_get_member (object, "passed");

  reason->value = reason->threshold = NAN;
  if (!read_string (object, "code", place, &reason->code, error) || !read_string (object, "text", place, &reason->text, error)
      || !read_string (object, "advice", place, &reason->advice, error)
      || !read_number (object, "value", place, &reason->value, error)
      || !read_number (object, "threshold", place, &reason->threshold, error))
    return FALSE;
  if (passed == NULL || !JSON_NODE_HOLDS_VALUE (passed) || json_node_get_value_type (passed) != G_TYPE_BOOLEAN)
    return _pmt_json_fail (error, place, "passed must be true or false");
  reason->passed = json_node_get_boolean (passed);
  if (reason->code == NULL || reason->text == NULL)
    return _pmt_json_fail (error, place, "code and text are needed");
  return TRUE;
}

static gboolean
read_reasons (JsonObject *root, PmtRegistration *r, GError **error)
{
  JsonArray *array;

  if (is_null (root, "reasons"))
    return TRUE;
  array = _pmt_json_array (root, "reasons", "report", error);
  if (array == NULL)
    return FALSE;
  if (json_array_get_length (array) > MOST_REASONS)
    return _pmt_json_fail (error, "report.reasons", "more than %d", MOST_REASONS);
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *place = g_strdup_printf ("report.reasons[%u]", i);
      JsonObject      *object = element_object (array, i, place, error);
      PmtReason       *reason = g_new0 (PmtReason, 1);

      g_ptr_array_add (r->reasons, reason);
      if (object == NULL || !read_reason (object, place, reason, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_held_out (JsonObject *root, PmtRegistration *r, GError **error)
{
  JsonArray *array;

  if (is_null (root, "held-out"))
    return TRUE;
  array = _pmt_json_array (root, "held-out", "report", error);
  for (guint i = 0; array != NULL && i < MIN (json_array_get_length (array), PMT_MODELS); i++)
    {
      g_autofree char *place = g_strdup_printf ("report.held-out[%u]", i);
      JsonObject      *object = element_object (array, i, place, error);
      int              model;

      if (object == NULL || !read_nick (object, "model", place, model_nick, &model, error)
          || !read_number (object, "error-px", place, &r->held_out[model], error))
        return FALSE;
    }
  return array != NULL;
}

static gboolean
read_timings (JsonObject *root, PmtRegistration *r, GError **error)
{
  JsonObject       *object;
  g_autoptr (GList) names = NULL;
  int               n = 0;

  if (is_null (root, "seconds"))
    return TRUE;
  object = _pmt_json_object (root, "seconds", "report", error);
  if (object == NULL)
    return FALSE;
  names = json_object_get_members (object);
  for (GList *l = names; l != NULL && n < MOST_STAGES; l = l->next, n++)
    {
      PmtTiming timing = { g_intern_string (l->data), 0 };

      if (!read_number (object, l->data, "report.seconds", &timing.seconds, error))
        return FALSE;
      g_array_append_val (r->timings, timing);
    }
  return TRUE;
}

/* -- the map -- */

static gboolean
read_kinds (JsonArray *lines, PmtConfidence *map, GError **error)
{
  for (int row = 0; row < map->rows; row++)
    {
      const char *letters = (int) json_array_get_length (lines) == map->rows
                            && JSON_NODE_HOLDS_VALUE (json_array_get_element (lines, row))
                            ? json_array_get_string_element (lines, row) : NULL;

      if (letters == NULL || (int) strlen (letters) != map->columns)
        return _pmt_json_fail (error, "report.confidence.kinds", "must be %d strings of %d letters", map->rows, map->columns);
      for (int k = 0; k < map->columns; k++)
        if (!pmt_confidence_kind_from_letter (letters[k], &map->cell[row * map->columns + k].kind))
          return _pmt_json_fail (error, "report.confidence.kinds", "the letter “%c” is not known",
                                 g_ascii_isprint (letters[k]) ? letters[k] : '?');
    }
  return TRUE;
}

static gboolean
read_grid (JsonArray *lines, const char *place, PmtConfidence *map, gboolean support, GError **error)
{
  for (int row = 0; row < map->rows; row++)
    {
      JsonNode  *node = (int) json_array_get_length (lines) == map->rows ? json_array_get_element (lines, row) : NULL;
      JsonArray *line = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

      if (line == NULL || (int) json_array_get_length (line) != map->columns)
        return _pmt_json_fail (error, place, "must be %d rows of %d numbers", map->rows, map->columns);
      for (int k = 0; k < map->columns; k++)
        {
          PmtConfidenceCell *cell = &map->cell[row * map->columns + k];
          double             number = NAN;

          if (!json_array_get_null_element (line, k)
              && !_pmt_json_number_node (json_array_get_element (line, k), place, &number, error))
            return FALSE;
          if (support)
            cell->support = (float) CLAMP (number / 100, 0, 1);
          else
            cell->error = (float) number;
        }
    }
  return TRUE;
}

static gboolean
read_confidence (JsonObject *root, PmtRegistration *r, GError **error)
{
  const char *place = "report.confidence";
  JsonObject *object;
  JsonArray  *kinds, *support, *errors;
  gint64      columns, rows;

  if (is_null (root, "confidence"))
    return TRUE;
  object = _pmt_json_object (root, "confidence", "report", error);
  if (object == NULL || !_pmt_json_integer (object, "columns", place, 1, 64, &columns, error)
      || !_pmt_json_integer (object, "rows", place, 1, 64, &rows, error)
      || (kinds = _pmt_json_array (object, "kinds", place, error)) == NULL
      || (support = _pmt_json_array (object, "support-percent", place, error)) == NULL
      || (errors = _pmt_json_array (object, "error-p95-px", place, error)) == NULL)
    return FALSE;
  r->confidence = pmt_confidence_new ((int) columns, (int) rows);
  return read_kinds (kinds, r->confidence, error)
         && read_grid (support, "report.confidence.support-percent", r->confidence, TRUE, error)
         && read_grid (errors, "report.confidence.error-p95-px", r->confidence, FALSE, error);
}

/* -- the whole -- */

static gboolean
read_size (JsonObject *root, const char *name, PmtSize *size, GError **error)
{
  g_autofree char *place = g_strdup_printf ("report.%s", name);
  JsonObject      *object;
  gint64           width, height;

  if (is_null (root, name))
    return TRUE;
  object = _pmt_json_object (root, name, "report", error);
  if (object == NULL || !_pmt_json_integer (object, "width", place, 0, G_MAXINT, &width, error)
      || !_pmt_json_integer (object, "height", place, 0, G_MAXINT, &height, error))
    return FALSE;
  *size = (PmtSize) { (int) width, (int) height };
  return TRUE;
}

/* Missing is FALSE. */
static gboolean
read_truth (JsonObject *object, const char *name, const char *place, gboolean *value, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.%s", place, name);
  JsonNode        *node = json_object_get_member (object, name);

  if (is_null (object, name))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return _pmt_json_fail (error, here, "must be true or false");
  *value = json_node_get_boolean (node);
  return TRUE;
}

/* Reports of older versions have none. */
static gboolean
read_bend (JsonObject *root, PmtBendTrial *bend, GError **error)
{
  JsonObject *object;

  *bend = (PmtBendTrial) { .held_out_plane = NAN, .held_out = NAN, .left_out = NAN, .left_out_plane = NAN,
                            .log_area_deviation = NAN, .equivariance = NAN };
  if (is_null (root, "bend"))
    return TRUE;
  object = _pmt_json_object (root, "bend", "report", error);
  bend->tried = TRUE;
  return object != NULL && read_truth (object, "taken", "report.bend", &bend->taken, error)
         && read_number (object, "held-out-plane-px", "report.bend", &bend->held_out_plane, error)
         && read_number (object, "held-out-px", "report.bend", &bend->held_out, error)
         && read_number (object, "gain-over-null", "report.bend", &bend->gain, error)
         && read_number (object, "left-out-likeness-plane", "report.bend", &bend->left_out_plane, error)
         && read_number (object, "left-out-likeness", "report.bend", &bend->left_out, error)
         && read_number (object, "log-area-deviation", "report.bend", &bend->log_area_deviation, error)
         && (!json_object_has_member (object, "equivariance-px")
             || read_number (object, "equivariance-px", "report.bend", &bend->equivariance, error));
}

/* Null without such terms, missing in reports of older versions. */
static gboolean
read_terms (JsonObject *root, PmtTermsOutcome *t, GError **error)
{
  JsonObject *landmarks = NULL, *rigid = NULL;
  gint64      count = 0;

  if ((!is_null (root, "landmarks") && (landmarks = _pmt_json_object (root, "landmarks", "report", error)) == NULL)
      || (!is_null (root, "rigid") && (rigid = _pmt_json_object (root, "rigid", "report", error)) == NULL))
    return FALSE;
  if (landmarks != NULL
      && (!_pmt_json_integer (landmarks, "count", "report.landmarks", 0, PMT_LANDMARKS_MOST, &count, error)
          || !read_number (landmarks, "median-px", "report.landmarks", &t->median, error)
          || !read_number (landmarks, "worst-px", "report.landmarks", &t->worst, error)))
    return FALSE;
  t->landmarks = (int) count;
  return rigid == NULL || (read_number (rigid, "share", "report.rigid", &t->rigid_share, error)
                           && read_number (rigid, "strain", "report.rigid", &t->rigid_strain, error));
}

static gboolean
read_figures (JsonObject *root, PmtRegistration *r, GError **error)
{
  int verdict, model, modality;

  if (!read_nick (root, "verdict", "report", verdict_nick, &verdict, error)
      || !read_nick (root, "model", "report", model_nick, &model, error)
      || !read_nick (root, "modality", "report", modality_nick, &modality, error))
    return FALSE;
  r->verdict = (PmtVerdict) verdict;
  r->model = (PmtModel) model;
  r->modality = (PmtModality) modality;
  return read_number (root, "stiffness", "report", &r->stiffness, error)
         && read_string (root, "found-by", "report", &r->proposer, error)
         && (!json_object_has_member (root, "method") || read_string (root, "method", "report", &r->method, error))
         && read_string (root, "preparation", "report", &r->preparation, error)
         && read_truth (root, "mirrored", "report", &r->mirrored, error)
         && read_size (root, "fixed", &r->fixed_size, error) && read_size (root, "moving", &r->moving_size, error)
         && read_count (root, "tiles", &r->tiles, error) && read_count (root, "inliers", &r->inliers, error)
         && read_number (root, "overlap", "report", &r->overlap, error)
         && read_number (root, "error-median-px", "report", &r->error_median, error)
         && read_number (root, "probability-within-1-px", "report", &r->within_pixel, error)
         && read_number (root, "error-p90-px", "report", &r->error_p90, error)
         && read_number (root, "error-p95-px", "report", &r->error_p95, error);
}

static gboolean
is_report (JsonObject *root, GError **error)
{
  gint64 version;

  if (json_object_has_member (root, "format") && JSON_NODE_HOLDS_VALUE (json_object_get_member (root, "format"))
      && g_strcmp0 (json_object_get_string_member (root, "format"), "pentimento-report") == 0)
    return _pmt_json_integer (root, "version", "report", 1, 1, &version, error);
  return _pmt_json_fail (error, "report", "is not a report as “register --report” writes it");
}

PmtRegistration *
pmt_registration_from_json (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonNode)        node = _pmt_json_parse (text, length, error);
  g_autoptr (PmtRegistration) r = g_new0 (PmtRegistration, 1);
  JsonObject                 *root;

  r->reasons = g_ptr_array_new_with_free_func (reason_free);
  r->timings = g_array_new (FALSE, FALSE, sizeof (PmtTiming));
  r->terms = (PmtTermsOutcome) { 0, NAN, NAN, NAN, NAN };
  r->stiffness = r->within_pixel = r->error_median = r->error_p90 = r->error_p95 = r->overlap = NAN;
  for (int m = 0; m < PMT_MODELS; m++)
    r->held_out[m] = NAN;
  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      _pmt_json_fail (error, "report", "must be an object, not %s", json_node_type_name (node));
      return NULL;
    }
  root = json_node_get_object (node);
  if (is_report (root, error) && read_figures (root, r, error)
      && read_reasons (root, r, error) && read_held_out (root, r, error) && read_bend (root, &r->bend, error)
      && read_terms (root, &r->terms, error)
      && read_timings (root, r, error) && read_confidence (root, r, error))
    return g_steal_pointer (&r);
  return NULL;
}
