/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of a group, as JSON. */
#include <math.h>

#include "config.h"
#include "group/group.h"
#include "register-report-private.h"
#include "transform/transform-private.h"

static void
add_image (JsonBuilder *b, const PmtGroup *g, int i, const char *name)
{
  const PmtGroupImage *image = &g->images[i];

  json_builder_begin_object (b);
  if (name != NULL)
    _pmt_json_add_string (b, "name", name);
  _pmt_json_add_boolean (b, "placed", image->transform != NULL);
  _pmt_json_add_string (b, "left-out-because", image->reason);
  _pmt_json_add_integer (b, "pairs", image->pairs);
  if (image->parent >= 0)
    _pmt_json_add_integer (b, "hangs-on", image->parent);
  _pmt_json_add_boolean (b, "chained", image->chained);
  _pmt_json_add_boolean (b, "from-mean", image->from_mean);
  _pmt_json_add_number (b, "error-median-px", image->error_median);
  _pmt_json_add_number (b, "error-p95-px", image->error_p95);
  json_builder_end_object (b);
}

static void
add_pair (JsonBuilder *b, const PmtGroupPair *pair)
{
  const PmtRegistration *r = pair->registration;

  json_builder_begin_object (b);
  _pmt_json_add_integer (b, "fixed", pair->fixed);
  _pmt_json_add_integer (b, "moving", pair->moving);
  _pmt_json_add_string (b, "verdict", pmt_verdict_to_nick (r->verdict));
  _pmt_json_add_string (b, "model", pmt_model_to_nick (r->model));
  _pmt_json_add_boolean (b, "used", pair->used);
  _pmt_json_add_number (b, "misfit-px", pair->misfit);
  _pmt_json_add_number (b, "overlap", r->overlap);
  _pmt_json_add_number (b, "error-median-px", r->error_median);
  _pmt_json_add_number (b, "error-p95-px", r->error_p95);
  json_builder_end_object (b);
}

static void
add_loop (JsonBuilder *b, const PmtGroupLoop *loop)
{
  json_builder_begin_object (b);
  json_builder_set_member_name (b, "images");
  json_builder_begin_array (b);
  for (int i = 0; i < loop->length; i++)
    json_builder_add_int_value (b, loop->image[i]);
  json_builder_end_array (b);
  _pmt_json_add_number (b, "median-px", loop->median);
  _pmt_json_add_number (b, "p95-px", loop->p95);
  json_builder_end_object (b);
}

static void
add_spread (JsonBuilder *b, const char *name, double median, double p95)
{
  json_builder_set_member_name (b, name);
  json_builder_begin_object (b);
  _pmt_json_add_number (b, "median-px", median);
  _pmt_json_add_number (b, "p95-px", p95);
  json_builder_end_object (b);
}

static void
add_lists (JsonBuilder *b, const PmtGroup *g, const char *const *names)
{
  json_builder_set_member_name (b, "images");
  json_builder_begin_array (b);
  for (int i = 0; i < g->n; i++)
    add_image (b, g, i, names != NULL ? names[i] : NULL);
  json_builder_end_array (b);
  json_builder_set_member_name (b, "pairs");
  json_builder_begin_array (b);
  for (guint i = 0; i < g->pairs->len; i++)
    add_pair (b, &g_array_index (g->pairs, PmtGroupPair, i));
  json_builder_end_array (b);
  json_builder_set_member_name (b, "loops");
  json_builder_begin_array (b);
  for (guint i = 0; i < g->loops->len; i++)
    add_loop (b, &g_array_index (g->loops, PmtGroupLoop, i));
  json_builder_end_array (b);
}

char *
pmt_group_to_json (const PmtGroup *g, const char *const *names, PmtContext *context)
{
  g_autoptr (JsonBuilder) b = json_builder_new ();

  json_builder_begin_object (b);
  _pmt_json_add_string (b, "format", "pentimento-group-report");
  _pmt_json_add_integer (b, "version", 1);
  _pmt_json_add_string (b, "program", "pentimento " PMT_VERSION);
  _pmt_json_add_string (b, "verdict", pmt_verdict_to_nick (g->verdict));
  _pmt_json_add_string (b, "model", pmt_model_to_nick (g->model));
  _pmt_json_add_integer (b, "reference", g->reference);
  _pmt_json_add_integer (b, "placed", g->placed);
  add_spread (b, "closure", g->closure_median, g->closure_p95);
  add_spread (b, "misfit", g->misfit_median, g->misfit_p95);
  if (!isnan (g->anchor_median))
    add_spread (b, "misfit-of-overview", g->anchor_median, g->anchor_p95);
  _pmt_reasons_to_json (b, g->reasons);
  add_lists (b, g, names);
  json_builder_set_member_name (b, "seconds");
  json_builder_begin_object (b);
  _pmt_json_add_number (b, "pairs", g->seconds_pairs);
  _pmt_json_add_number (b, "solve", g->seconds_solve);
  json_builder_end_object (b);
  _pmt_json_add_integer (b, "seed", (gint64) pmt_context_get_seed (context));
  _pmt_json_add_integer (b, "threads", pmt_context_get_threads (context));
  json_builder_end_object (b);
  return _pmt_json_builder_print (b);
}
