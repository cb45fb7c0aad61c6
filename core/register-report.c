/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report as JSON; register-read.c reads it. */
#include <math.h>

#include "config.h"
#include "register-report-private.h"
#include "transform/transform-private.h"

void
_pmt_reasons_to_json (JsonBuilder *b, const GPtrArray *reasons)
{
  json_builder_set_member_name (b, "reasons");
  json_builder_begin_array (b);
  for (guint i = 0; i < reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (reasons, i);

      json_builder_begin_object (b);
      _pmt_json_add_string (b, "code", reason->code);
      _pmt_json_add_boolean (b, "passed", reason->passed);
      _pmt_json_add_number (b, "value", reason->value);
      _pmt_json_add_number (b, "threshold", reason->threshold);
      _pmt_json_add_string (b, "text", reason->text);
      _pmt_json_add_string (b, "advice", reason->advice);
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
    _pmt_json_add_number (b, g_array_index (timings, PmtTiming, i).stage, g_array_index (timings, PmtTiming, i).seconds);
  json_builder_end_object (b);
}

static void
add_size (JsonBuilder *b, const char *name, PmtSize size)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_object (b);
  _pmt_json_add_integer (b, "width", size.width);
  _pmt_json_add_integer (b, "height", size.height);
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
        _pmt_json_add_string (b, "model", pmt_model_to_nick (m));
        _pmt_json_add_number (b, "error-px", held_out[m]);
        json_builder_end_object (b);
      }
  json_builder_end_array (b);
}

/* What came of looking for a bend; null when none was looked for. */
static void
add_bend (JsonBuilder *b, const PmtBendTrial *bend)
{
  json_builder_set_member_name (b, "bend");
  if (!bend->tried)
    {
      json_builder_add_null_value (b);
      return;
    }
  json_builder_begin_object (b);
  _pmt_json_add_boolean (b, "taken", bend->taken);
  _pmt_json_add_number (b, "held-out-plane-px", bend->held_out_plane);
  _pmt_json_add_number (b, "held-out-px", bend->held_out);
  _pmt_json_add_number (b, "gain-over-null", bend->gain);
  _pmt_json_add_number (b, "left-out-likeness-plane", bend->left_out_plane);
  _pmt_json_add_number (b, "left-out-likeness", bend->left_out);
  _pmt_json_add_number (b, "log-area-deviation", bend->log_area_deviation);
  _pmt_json_add_number (b, "equivariance-px", bend->equivariance);
  json_builder_end_object (b);
}

/* What became of landmarks and of a map of what is rigid; null without them. */
static void
add_terms (JsonBuilder *b, const PmtTermsOutcome *t)
{
  json_builder_set_member_name (b, "landmarks");
  if (t->landmarks > 0)
    {
      json_builder_begin_object (b);
      _pmt_json_add_integer (b, "count", t->landmarks);
      _pmt_json_add_number (b, "median-px", t->median);
      _pmt_json_add_number (b, "worst-px", t->worst);
      json_builder_end_object (b);
    }
  else
    json_builder_add_null_value (b);
  json_builder_set_member_name (b, "rigid");
  if (!isnan (t->rigid_share))
    {
      json_builder_begin_object (b);
      _pmt_json_add_number (b, "share", t->rigid_share);
      _pmt_json_add_number (b, "strain", t->rigid_strain);
      json_builder_end_object (b);
    }
  else
    json_builder_add_null_value (b);
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
  _pmt_json_add_integer (b, "columns", map->columns);
  _pmt_json_add_integer (b, "rows", map->rows);
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
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  _pmt_json_add_string (b, "format", "pentimento-report");
  _pmt_json_add_integer (b, "version", 1);
  _pmt_json_add_string (b, "program", "pentimento " PMT_VERSION);
  _pmt_json_add_string (b, "verdict", pmt_verdict_to_nick (registration->verdict));
  _pmt_json_add_string (b, "model", pmt_model_to_nick (registration->model));
  _pmt_json_add_number (b, "stiffness", registration->stiffness);
  _pmt_json_add_string (b, "modality", pmt_modality_to_nick (registration->modality));
  _pmt_json_add_string (b, "found-by", registration->proposer);
  _pmt_json_add_string (b, "method", registration->method);
  _pmt_json_add_string (b, "preparation", registration->preparation);
  add_size (b, "fixed", registration->fixed_size);
  add_size (b, "moving", registration->moving_size);
  _pmt_json_add_boolean (b, "mirrored", registration->mirrored);
  _pmt_json_add_integer (b, "tiles", registration->tiles);
  _pmt_json_add_integer (b, "inliers", registration->inliers);
  _pmt_json_add_number (b, "overlap", registration->overlap);
  _pmt_json_add_number (b, "error-median-px", registration->error_median);
  _pmt_json_add_number (b, "probability-within-1-px", registration->within_pixel);
  _pmt_json_add_number (b, "error-p90-px", registration->error_p90);
  _pmt_json_add_number (b, "error-p95-px", registration->error_p95);
  _pmt_reasons_to_json (b, registration->reasons);
  add_held_out (b, registration->held_out);
  add_bend (b, &registration->bend);
  add_terms (b, &registration->terms);
  add_timings (b, registration->timings);
  _pmt_json_add_integer (b, "seed", (gint64) pmt_context_get_seed (context));
  _pmt_json_add_integer (b, "threads", pmt_context_get_threads (context));
  add_confidence (b, registration->confidence);
  json_builder_end_object (b);
  return _pmt_json_builder_print (b);
}
