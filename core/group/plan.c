/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan is a list of stages: what one of its steps needs is all of an earlier stage, which takes a number to say and not ten thousand. */
#include "group/plan.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/error.h"
#include "config.h"
#include "transform/transform-private.h"

#define FORMAT      "pentimento-plan"
#define MOST_STAGES 1000

static void
stage_clear (gpointer data)
{
  g_free (((PmtPlanStage *) data)->name);
}

PmtPlan *
pmt_plan_new (const char *folder, char *const *arguments, char *const *inputs)
{
  PmtPlan *plan = g_new0 (PmtPlan, 1);

  plan->folder = g_strdup (folder);
  plan->arguments = g_strdupv ((char **) arguments);
  plan->inputs = g_strdupv ((char **) inputs);
  plan->stages = g_array_new (FALSE, FALSE, sizeof (PmtPlanStage));
  g_array_set_clear_func (plan->stages, stage_clear);
  return plan;
}

void
pmt_plan_free (PmtPlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->folder);
  g_strfreev (plan->arguments);
  g_strfreev (plan->inputs);
  g_array_unref (plan->stages);
  g_free (plan);
}

int
pmt_plan_steps (const PmtPlan *plan)
{
  const PmtPlanStage *last;

  if (plan->stages->len == 0)
    return 0;
  last = &g_array_index (plan->stages, PmtPlanStage, plan->stages->len - 1);
  return last->first + last->count;
}

int
pmt_plan_add (PmtPlan *plan, const char *name, int count, int after)
{
  PmtPlanStage stage = { g_strdup (name), pmt_plan_steps (plan), count, after };

  g_array_append_val (plan->stages, stage);
  return (int) plan->stages->len - 1;
}

int
pmt_plan_stage_of (const PmtPlan *plan, int step)
{
  for (guint k = 0; k < plan->stages->len; k++)
    {
      const PmtPlanStage *stage = &g_array_index (plan->stages, PmtPlanStage, k);

      if (step >= stage->first && step < stage->first + stage->count)
        return (int) k;
    }
  return -1;
}

char *
pmt_plan_work_folder (const char *path)
{
  gsize length = strlen (path) - (g_str_has_suffix (path, ".json") ? strlen (".json") : 0);

  return g_strdup_printf ("%.*s.work", (int) length, path);
}

char *
pmt_plan_done_path (const PmtPlan *plan, const char *work, int step)
{
  int stage = pmt_plan_stage_of (plan, step);

  return g_strdup_printf ("%s/%s/%d.done", work, g_array_index (plan->stages, PmtPlanStage, stage).name, step);
}

/* -- JSON -- */

static void
add_strings (JsonBuilder *b, const char *name, char *const *strings)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_array (b);
  for (int i = 0; strings[i] != NULL; i++)
    json_builder_add_string_value (b, strings[i]);
  json_builder_end_array (b);
}

char *
pmt_plan_to_json (const PmtPlan *plan)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  _pmt_json_add_string (b, "format", FORMAT);
  _pmt_json_add_integer (b, "version", 1);
  _pmt_json_add_string (b, "program", "pentimento " PMT_VERSION);
  _pmt_json_add_string (b, "command", "mosaic");
  _pmt_json_add_string (b, "folder", plan->folder);
  add_strings (b, "arguments", plan->arguments);
  add_strings (b, "inputs", plan->inputs);
  json_builder_set_member_name (b, "stages");
  json_builder_begin_array (b);
  for (guint k = 0; k < plan->stages->len; k++)
    {
      const PmtPlanStage *stage = &g_array_index (plan->stages, PmtPlanStage, k);

      json_builder_begin_object (b);
      _pmt_json_add_string (b, "name", stage->name);
      _pmt_json_add_integer (b, "first-step", stage->first);
      _pmt_json_add_integer (b, "steps", stage->count);
      if (stage->after >= 0)
        _pmt_json_add_string (b, "after-all-of", g_array_index (plan->stages, PmtPlanStage, stage->after).name);
      json_builder_end_object (b);
    }
  json_builder_end_array (b);
  json_builder_end_object (b);
  return _pmt_json_builder_print (b);
}

static char **
read_strings (JsonObject *object, const char *name, GError **error)
{
  JsonArray               *array = _pmt_json_array (object, name, "plan", error);
  guint                    n = array != NULL ? json_array_get_length (array) : 0;
  g_autoptr (GStrvBuilder) strings = g_strv_builder_new ();

  for (guint i = 0; i < n; i++)
    {
      JsonNode *node = json_array_get_element (array, i);

      if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
        {
          _pmt_json_fail (error, name, "is a list of strings");
          return NULL;
        }
      g_strv_builder_add (strings, json_node_get_string (node));
    }
  return array != NULL ? g_strv_builder_end (strings) : NULL;
}

static int
stage_by_name (const PmtPlan *plan, const char *name)
{
  for (guint k = 0; k < plan->stages->len; k++)
    if (g_str_equal (g_array_index (plan->stages, PmtPlanStage, k).name, name))
      return (int) k;
  return -1;
}

/* Names become names of folders. */
static gboolean
is_name (const char *name)
{
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && *c != '-')
      return FALSE;
  return *name != '\0';
}

static gboolean
read_stage (PmtPlan *plan, JsonNode *node, GError **error)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *name, *needed = NULL;
  gint64      first, count;

  if (object == NULL)
    return _pmt_json_fail (error, "stages", "a stage is an object");
  if ((name = _pmt_json_string (object, "name", "stages", error)) == NULL
      || !_pmt_json_integer (object, "first-step", "stages", 0, PMT_PLAN_STEPS_MOST, &first, error)
      || !_pmt_json_integer (object, "steps", "stages", 1, PMT_PLAN_STEPS_MOST, &count, error)
      || (json_object_has_member (object, "after-all-of")
          && (needed = _pmt_json_string (object, "after-all-of", "stages", error)) == NULL))
    return FALSE;
  if (first != pmt_plan_steps (plan) || first + count > PMT_PLAN_STEPS_MOST || !is_name (name) || stage_by_name (plan, name) >= 0
      || (needed != NULL && stage_by_name (plan, needed) < 0))
    return _pmt_json_fail (error, "stages", "“%s” is out of place", name);
  pmt_plan_add (plan, name, (int) count, needed != NULL ? stage_by_name (plan, needed) : -1);
  return TRUE;
}

PmtPlan *
pmt_plan_from_json (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonNode) root = _pmt_json_parse (text, length, error);
  g_autoptr (PmtPlan)  plan = NULL;
  g_auto (GStrv)       arguments = NULL, inputs = NULL;
  JsonObject          *object;
  JsonArray           *stages;
  const char          *format, *folder;

  if (root == NULL)
    return NULL;
  object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  format = object != NULL ? _pmt_json_string (object, "format", "plan", NULL) : NULL;
  if (format == NULL || !g_str_equal (format, FORMAT))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_FORMAT, "no plan: “format” is not “" FORMAT "”");
      return NULL;
    }
  if ((folder = _pmt_json_string (object, "folder", "plan", error)) == NULL
      || (arguments = read_strings (object, "arguments", error)) == NULL || (inputs = read_strings (object, "inputs", error)) == NULL
      || (stages = _pmt_json_array (object, "stages", "plan", error)) == NULL)
    return NULL;
  plan = pmt_plan_new (folder, arguments, inputs);
  if (json_array_get_length (stages) > MOST_STAGES)
    _pmt_json_fail (error, "stages", "at most %d", MOST_STAGES);
  else
    for (guint k = 0; k < json_array_get_length (stages); k++)
      if (!read_stage (plan, json_array_get_element (stages, k), error))
        return NULL;
  return json_array_get_length (stages) <= MOST_STAGES ? g_steal_pointer (&plan) : NULL;
}
