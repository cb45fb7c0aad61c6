/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nicks of the enumerations, and the report as JSON. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "config.h"
#include "register.h"

static const char *const models[] = { "auto", "translation", "rigid", "similarity", "affine", "homography",
                                      "smooth" };
static const char *const modalities[] = { "auto", "same", "different" };
static const char *const searches[] = { "auto", "frontal", "upright", "local" };
static const char *const mirrors[] = { "detect", "allow", "never" };
static const char *const verdicts[] = { "ok", "uncertain", "failed" };

static gboolean
from_nick (const char *const *nicks, int n, const char *nick, int *value)
{
  for (int k = 0; k < n; k++)
    if (g_strcmp0 (nick, nicks[k]) == 0)
      {
        *value = k;
        return TRUE;
      }
  return FALSE;
}

gboolean
pmt_model_from_nick (const char *nick, PmtModel *model)
{
  int      value = 0;
  gboolean ok = from_nick (models, G_N_ELEMENTS (models), nick, &value);

  if (ok)
    *model = (PmtModel) value;
  return ok;
}

const char *
pmt_model_to_nick (PmtModel model)
{
  return models[model];
}

gboolean
pmt_modality_from_nick (const char *nick, PmtModality *modality)
{
  int      value = 0;
  gboolean ok = from_nick (modalities, G_N_ELEMENTS (modalities), nick, &value);

  if (ok)
    *modality = (PmtModality) value;
  return ok;
}

const char *
pmt_modality_to_nick (PmtModality modality)
{
  return modalities[modality];
}

gboolean
pmt_search_from_nick (const char *nick, PmtSearch *search)
{
  int      value = 0;
  gboolean ok = from_nick (searches, G_N_ELEMENTS (searches), nick, &value);

  if (ok)
    *search = (PmtSearch) value;
  return ok;
}

gboolean
pmt_mirror_from_nick (const char *nick, PmtMirror *mirror)
{
  int      value = 0;
  gboolean ok = from_nick (mirrors, G_N_ELEMENTS (mirrors), nick, &value);

  if (ok)
    *mirror = (PmtMirror) value;
  return ok;
}

gboolean
pmt_verdict_from_nick (const char *nick, PmtVerdict *verdict)
{
  int      value = 0;
  gboolean ok = from_nick (verdicts, G_N_ELEMENTS (verdicts), nick, &value);

  if (ok)
    *verdict = (PmtVerdict) value;
  return ok;
}

const char *
pmt_verdict_to_nick (PmtVerdict verdict)
{
  return verdicts[verdict];
}

/* JSON has no NaN: null. */
static void
add_number (JsonBuilder *b, const char *name, double value)
{
  json_builder_set_member_name (b, name);
  if (isfinite (value))
    json_builder_add_double_value (b, value);
  else
    json_builder_add_null_value (b);
}

static void
add_string (JsonBuilder *b, const char *name, const char *value)
{
  json_builder_set_member_name (b, name);
  if (value != NULL)
    json_builder_add_string_value (b, value);
  else
    json_builder_add_null_value (b);
}

static void
add_reasons (JsonBuilder *b, const GPtrArray *reasons)
{
  json_builder_set_member_name (b, "reasons");
  json_builder_begin_array (b);
  for (guint i = 0; i < reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (reasons, i);

      json_builder_begin_object (b);
      add_string (b, "code", reason->code);
      json_builder_set_member_name (b, "passed");
      json_builder_add_boolean_value (b, reason->passed);
      add_number (b, "value", reason->value);
      add_number (b, "threshold", reason->threshold);
      add_string (b, "text", reason->text);
      add_string (b, "advice", reason->advice);
      json_builder_end_object (b);
    }
  json_builder_end_array (b);
}

static void
add_timings (JsonBuilder *b, const GArray *timings)
{
  json_builder_set_member_name (b, "seconds");
  json_builder_begin_object (b);
  for (guint i = 0; i < timings->len; i++)
    add_number (b, g_array_index (timings, PmtTiming, i).stage, g_array_index (timings, PmtTiming, i).seconds);
  json_builder_end_object (b);
}

static void
add_int (JsonBuilder *b, const char *name, gint64 value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, value);
}

static void
add_size (JsonBuilder *b, const char *name, PmtSize size)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_object (b);
  add_int (b, "width", size.width);
  add_int (b, "height", size.height);
  json_builder_end_object (b);
}

/* The models that were tried, stiff to free. */
static void
add_held_out (JsonBuilder *b, const double held_out[PMT_MODELS])
{
  json_builder_set_member_name (b, "held-out");
  json_builder_begin_array (b);
  for (int m = PMT_MODEL_TRANSLATION; m < PMT_MODELS; m++)
    if (!isnan (held_out[m]))
      {
        json_builder_begin_object (b);
        add_string (b, "model", models[m]);
        add_number (b, "error-px", held_out[m]);
        json_builder_end_object (b);
      }
  json_builder_end_array (b);
}

/* Rounded up to 1/64 px, which has few digits. */
static void
add_error (JsonBuilder *b, double error)
{
  if (isfinite (error))
    json_builder_add_double_value (b, ceil (error * 64) / 64);
  else
    json_builder_add_null_value (b);
}

/* A string of letters a row for the kinds; an array of numbers a row for support in percent and error. */
static void
add_confidence (JsonBuilder *b, const PmtConfidence *map)
{
  static const char *const names[] = { "kinds", "support-percent", "error-p95-px" };

  json_builder_set_member_name (b, "confidence");
  if (map == NULL)
    {
      json_builder_add_null_value (b);
      return;
    }
  json_builder_begin_object (b);
  add_int (b, "columns", map->columns);
  add_int (b, "rows", map->rows);
  for (int what = 0; what < 3; what++)
    {
      json_builder_set_member_name (b, names[what]);
      json_builder_begin_array (b);
      for (int row = 0; row < map->rows; row++)
        {
          const PmtConfidenceCell *cell = &map->cell[row * map->columns];
          char                     letters[65] = "";

          if (what > 0)
            json_builder_begin_array (b);
          for (int k = 0; k < map->columns; k++)
            if (what == 0)
              letters[k] = pmt_confidence_kind_to_letter (cell[k].kind);
            else if (what == 1)
              json_builder_add_int_value (b, lround (100 * cell[k].support));
            else
              add_error (b, cell[k].error);
          if (what > 0)
            json_builder_end_array (b);
          else
            json_builder_add_string_value (b, letters);
        }
      json_builder_end_array (b);
    }
  json_builder_end_object (b);
}

char *
pmt_registration_to_json (const PmtRegistration *registration, PmtContext *context)
{
  g_autoptr (JsonBuilder)   b = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode)      root = NULL;

  json_builder_begin_object (b);
  add_string (b, "format", "pentimento-report");
  add_int (b, "version", 1);
  add_string (b, "program", "pentimento " PMT_VERSION);
  add_string (b, "verdict", pmt_verdict_to_nick (registration->verdict));
  add_string (b, "model", pmt_model_to_nick (registration->model));
  add_number (b, "stiffness", registration->stiffness);
  add_string (b, "modality", pmt_modality_to_nick (registration->modality));
  add_string (b, "found-by", registration->proposer);
  add_string (b, "method", registration->method);
  add_string (b, "preparation", registration->preparation);
  add_size (b, "fixed", registration->fixed_size);
  add_size (b, "moving", registration->moving_size);
  json_builder_set_member_name (b, "mirrored");
  json_builder_add_boolean_value (b, registration->mirrored);
  add_int (b, "tiles", registration->tiles);
  add_int (b, "inliers", registration->inliers);
  add_number (b, "overlap", registration->overlap);
  add_number (b, "error-median-px", registration->error_median);
  add_number (b, "probability-within-1-px", registration->within_pixel);
  add_number (b, "error-p90-px", registration->error_p90);
  add_number (b, "error-p95-px", registration->error_p95);
  add_reasons (b, registration->reasons);
  add_held_out (b, registration->held_out);
  add_timings (b, registration->timings);
  add_int (b, "seed", (gint64) pmt_context_get_seed (context));
  add_int (b, "threads", pmt_context_get_threads (context));
  add_confidence (b, registration->confidence);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  return json_generator_to_data (generator, NULL);
}
