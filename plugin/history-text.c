/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The steps in words for people, and as JSON for programs. */

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "fit/point-fit.h"
#include "history.h"
#include "plug-in.h"
#include "words.h"

/* -- words -- */

static const char *
model_words (const char *nick)
{
  PmtPointModel point_model;
  PmtModel model;

  if (nick == NULL)
    return NULL;
  if (pmt_model_from_nick (nick, &model))
    return pmt_words_model (model);
  return pmt_point_model_from_nick (nick, &point_model) ? pmt_words_point_model (point_model) : nick;
}

static const char *
method_words (const char *method)
{
  static const struct { const char *method, *words; } rows[] =
  {
    { "registration", N_("Registered") }, { "placement", N_("Moved by hand") }, { "points", N_("Control points") },
    { "import", N_("Imported") }, { "manual", N_("Set by hand") }, { "rectified", N_("Rectified") }, { "held", N_("Held in place") }
  };

  for (gsize i = 0; method != NULL && i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].method, method))
      return _(rows[i].words);
  if (method != NULL && g_str_has_prefix (method, "group"))
    return _("Registered together with others");
  /* a score and its optimiser */
  return method != NULL && strchr (method, '/') != NULL ? _("Registered") : method;
}

/* What a step without a note of where it came from is. */
static const char *
kind_words (const PmtTransform *step)
{
  return g_strcmp0 (pmt_transform_get_kind (step, 0), "projective") == 0 ? _("A plane map") : _("A bend");
}

char *
pmt_history_title (const PmtTransform *step)
{
  const PmtProvenance *provenance = pmt_transform_get_provenance (step, 0);
  const char *method = provenance != NULL ? method_words (provenance->method) : NULL;
  const char *model = provenance != NULL ? model_words (provenance->model) : NULL;

  if (method == NULL)
    return g_strdup (model != NULL ? model : kind_words (step));
  if (model == NULL || g_strcmp0 (provenance->method, "placement") == 0)
    return g_strdup (method);
  /* Translators: how a step was made, and what movement it is. */
  return g_strdup_printf (_("%s: %s"), method, model);
}

static void
add (GString *text, char *part)
{
  if (part != NULL)
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
  g_free (part);
}

/* The least and the most that a corner moves; FALSE where a corner has no image. */
static gboolean
corner_range (const PmtPoint moved[4], double *least, double *most)
{
  *least = INFINITY;
  *most = 0;
  for (int i = 0; i < 4; i++)
    {
      double distance = hypot (moved[i].x, moved[i].y);

      if (!isfinite (distance))
        return FALSE;
      *least = fmin (*least, distance);
      *most = fmax (*most, distance);
    }
  return TRUE;
}

static char *
corner_words (const PmtPoint moved[4])
{
  double least, most;

  if (!corner_range (moved, &least, &most))
    return NULL;
  if (most - least < 0.1)
    return g_strdup_printf (_("moves it by %.1f px"), most);
  return g_strdup_printf (_("moves its corners by %.1f to %.1f px"), least, most);
}

static const char *
verdict_words (const char *verdict)
{
  if (g_strcmp0 (verdict, "ok") == 0)
    return _("fits");
  if (g_strcmp0 (verdict, "uncertain") == 0)
    return _("uncertain");
  return g_strcmp0 (verdict, "failed") == 0 ? _("failed") : NULL;
}

static char *
date_words (const char *date)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = date != NULL ? g_date_time_new_from_iso8601 (date, utc) : NULL;
  g_autoptr (GDateTime) local = time != NULL ? g_date_time_to_local (time) : NULL;

  /* Translators: a date and a time of the day, as g_date_time_format() writes them. */
  return local != NULL ? g_date_time_format (local, _("%Y-%m-%d %H:%M")) : NULL;
}

char *
pmt_history_figures (const PmtHistory *history, int index)
{
  const PmtProvenance *p = pmt_transform_get_provenance (pmt_step_list_get_step (history->steps, index), 0);
  GString *text = g_string_new (NULL);
  PmtPoint moved[4];

  pmt_step_list_measure (history->steps, index, moved);
  if (p != NULL && p->reference != NULL)
    add (text, g_strdup_printf (_("to “%s”"), p->reference));
  if (p != NULL && verdict_words (p->verdict) != NULL)
    add (text, g_strdup (verdict_words (p->verdict)));
  if (p != NULL && isfinite (p->error_median))
    add (text, g_strdup_printf (_("expected error %.2f px"), p->error_median));
  add (text, corner_words (moved));
  add (text, p != NULL ? date_words (p->date) : NULL);
  return g_string_free (text, FALSE);
}

/* -- JSON -- */

static void
add_text (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
}

static void
add_figure (JsonObject *object, const char *name, double value)
{
  if (isfinite (value))
    json_object_set_double_member (object, name, value);
}

static JsonArray *
pair_new (double x, double y)
{
  JsonArray *pair = json_array_new ();

  json_array_add_double_element (pair, x);
  json_array_add_double_element (pair, y);
  return pair;
}

static void
add_provenance (JsonObject *object, const PmtProvenance *p)
{
  if (p == NULL)
    return;
  add_text (object, "method", p->method);
  add_text (object, "model", p->model);
  add_text (object, "reference", p->reference);
  add_text (object, "verdict", p->verdict);
  add_text (object, "date", p->date);
  add_text (object, "version", p->version);
  add_figure (object, "error-median", p->error_median);
  add_figure (object, "error-p95", p->error_p95);
  add_figure (object, "overlap", p->overlap);
}

static JsonObject *
step_new (const PmtHistory *history, int index)
{
  const PmtTransform *step = pmt_step_list_get_step (history->steps, index);
  g_autofree char *up = pmt_history_obstacle (history, index, -1), *down = pmt_history_obstacle (history, index, 1);
  JsonObject *object = json_object_new ();
  PmtPoint moved[4];
  double least, most;

  json_object_set_int_member (object, "step", index);
  json_object_set_boolean_member (object, "on", pmt_step_list_is_on (history->steps, index));
  add_text (object, "kind", pmt_transform_get_kind (step, 0));
  add_provenance (object, pmt_transform_get_provenance (step, 0));
  pmt_step_list_measure (history->steps, index, moved);
  if (corner_range (moved, &least, &most))
    {
      JsonArray *corners = json_array_new ();

      for (int i = 0; i < 4; i++)
        json_array_add_array_element (corners, pair_new (moved[i].x, moved[i].y));
      json_object_set_array_member (object, "corners", corners);
    }
  add_text (object, "not-up", up);
  add_text (object, "not-down", down);
  return object;
}

static JsonObject *
reference_new (const PmtHistory *history)
{
  JsonObject *object = json_object_new ();

  add_text (object, "name", history->chain->reference_name);
  json_object_set_int_member (object, "tattoo", history->chain->reference_tattoo);
  json_object_set_boolean_member (object, "there", history->reference != NULL);
  return object;
}

char *
pmt_history_to_json (const PmtHistory *history)
{
  g_autoptr (PmtTransform) chain = pmt_step_list_get_chain (history->steps);
  g_autofree char *transform = pmt_transform_to_json (chain);
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  const char *refusal = pmt_history_refusal (history);
  JsonObject *object = json_object_new ();
  JsonArray *steps = json_array_new ();
  int x, y;

  json_node_take_object (root, object);
  add_text (object, "layer", history->layer_name);
  json_object_set_int_member (object, "layer-id", gimp_item_get_id (GIMP_ITEM (history->layer)));
  json_object_set_object_member (object, "reference", reference_new (history));
  add_text (object, "read-only", refusal);
  for (int i = 0; i < pmt_step_list_get_length (history->steps); i++)
    json_array_add_object_element (steps, step_new (history, i));
  json_object_set_array_member (object, "steps", steps);
  if (pmt_history_get_move (history, &x, &y))
    json_object_set_array_member (object, "moved-since", pair_new (x, y));
  json_object_set_member (object, "transform", json_from_string (transform, NULL));
  return json_to_string (root, FALSE);
}
