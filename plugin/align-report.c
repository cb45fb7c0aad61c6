/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What came of an alignment, in words and for programs. */

#include <json-glib/json-glib.h>
#include <math.h>

#include "align-private.h"
#include "plug-in.h"
#include "words.h"

const char *
pmt_align_item_verdict (const PmtAlignItem *item)
{
  if (item->skipped)
    return "skipped";
  if (item->refusal != NULL || item->registration == NULL)
    return "failed";
  return pmt_verdict_to_nick (item->registration->verdict);
}

static void
add_sentence (GString *text, const char *sentence)
{
  if (sentence == NULL || *sentence == '\0')
    return;
  if (text->len > 0)
    g_string_append_c (text, ' ');
  g_string_append (text, sentence);
}

/* How many reasons a person is told; the report has all of them. */
#define MAX_REASONS 2

static gboolean
is_about_freedom (const PmtReason *reason)
{
  static const char *const codes[] = { "freedom", "softness", "softness-doubtful", "bend-refused", "bend-doubtful", "no-bend",
                                       "rigid", NULL };

  return g_strv_contains (codes, reason->code);
}

/* Tells what speaks against the result unless enough has been told; the first advice is the one to keep. */
static void
add_reason (GString *text, const PmtReason *reason, int *told, char **advice)
{
  g_autofree char *sentence = NULL;

  if (reason->passed || *told == MAX_REASONS || is_about_freedom (reason))
    return;
  sentence = pmt_words_reason (reason);
  add_sentence (text, sentence);
  if ((*told)++ == 0)
    *advice = pmt_words_advice (reason);
}

/* The first reasons that speak against the result, core's order being by weight, and what to try about the first. That
 * the picture was turned over comes before all: it explains the others. */
static void
add_reasons (GString *text, const PmtRegistration *registration)
{
  g_autofree char *advice = NULL;
  int told = 0;

  for (int pass = 0; pass < 2; pass++)
    for (guint i = 0; i < registration->reasons->len; i++)
      {
        const PmtReason *reason = g_ptr_array_index (registration->reasons, i);

        if ((g_strcmp0 (reason->code, "mirrored") == 0) == (pass == 0))
          add_reason (text, reason, &told, &advice);
      }
  add_sentence (text, advice);
}

/* Figures below this are more exact than a person needs, and than they are. */
#define SMALL_ERROR 0.05

/* Where errors differ this much from place to place, as along a bend, the median alone would mislead. */
#define UNEVEN_ERROR 3.0      /* of the radius of 9 places in 10 over that of half of them; evenly spread it is 1.8 */
#define SEEN_ERROR   0.3      /* px, below which nobody sees it */

/* What a person who allows much movement should know also of a result that is applied: that the movement may take away what
 * is real, or was not made. What passed is told where it answers the wish for a bend. */
static void
add_freedom (GString *text, const PmtRegistration *registration)
{
  for (guint i = 0; i < registration->reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (registration->reasons, i);
      g_autofree char *sentence = NULL, *advice = NULL;

      if (!is_about_freedom (reason) || (reason->passed && g_strcmp0 (reason->code, "freedom") == 0))
        continue;
      sentence = pmt_words_reason (reason);
      add_sentence (text, sentence);
      advice = reason->passed ? NULL : pmt_words_advice (reason);
      add_sentence (text, advice);
    }
}

/* What proves a bend right. */
static void
add_proof (GString *text, const PmtBendTrial *bend)
{
  g_autofree char *sentence = NULL;

  if (!bend->taken || !(bend->held_out < bend->held_out_plane))
    return;
  sentence = g_strdup_printf (_("Parts left out of the fit lie %.2f pixels off with the bend, %.2f without it."),
                              bend->held_out, bend->held_out_plane);
  add_sentence (text, sentence);
}

static void
add_spread (GString *text, const PmtRegistration *registration)
{
  g_autofree char *sentence = NULL;

  if (!(registration->error_p90 > SEEN_ERROR) || registration->error_p90 < UNEVEN_ERROR * registration->error_median)
    return;
  sentence = g_strdup_printf (_("In one place of ten it may be above %.1f pixels: look for it."), registration->error_p90);
  add_sentence (text, sentence);
}

static void
add_figures (GString *text, const PmtRegistration *registration)
{
  const char *model = pmt_words_model (registration->model);
  g_autofree char *sentence = NULL, *bent = NULL;

  if (isfinite (registration->stiffness))
    model = bent = g_strdup_printf (_("%s, stiffness %.2g (bends of %.0f %% of the picture)"), model, registration->stiffness,
                                    100 * registration->stiffness);
  if (registration->mirrored)
    add_sentence (text, _("Turned over (mirrored)."));
  if (!isfinite (registration->error_median))
    sentence = g_strdup_printf ("%s.", model);
  else if (registration->error_median < SMALL_ERROR)
    sentence = g_strdup_printf (_("%s; expected error below 0.05 pixels."), model);
  else
    sentence = g_strdup_printf (_("%s; expected error %.2f pixels."), model, registration->error_median);
  add_sentence (text, sentence);
  add_spread (text, registration);
  add_proof (text, &registration->bend);
}

/* What bears it out where all were compared together. */
static void
add_pairs (GString *text, int pairs)
{
  g_autofree char *sentence = NULL;

  if (pairs == 0)
    return;
  sentence = g_strdup_printf (ngettext ("%d pair of layers says so.", "%d pairs of layers say so.", (gulong) pairs), pairs);
  add_sentence (text, sentence);
}

char *
pmt_align_item_summary (const PmtAlignItem *item, gboolean decided)
{
  GString *text = g_string_new (NULL);
  g_autofree char *sentence = NULL;

  if (item->refusal != NULL)
    {
      sentence = g_strdup_printf (item->skipped ? _("Left out: %s.") : _("Not aligned: %s."), item->refusal);
      add_sentence (text, sentence);
      return g_string_free (text, FALSE);
    }
  switch (item->registration->verdict)
    {
    case PMT_VERDICT_OK:
      add_sentence (text, item->applied ? _("Aligned.") : _("Fits."));
      add_figures (text, item->registration);
      add_pairs (text, item->pairs);
      add_freedom (text, item->registration);
      break;
    case PMT_VERDICT_UNCERTAIN:
      if (!decided)
        add_sentence (text, _("Uncertain: look at it closely before you use it."));
      else
        add_sentence (text, item->applied ? _("Aligned, but uncertain: look at it closely.")
                                          : _("Uncertain, so left untouched."));
      add_reasons (text, item->registration);
      add_freedom (text, item->registration);
      break;
    default:
      add_sentence (text, _("No alignment found that can be trusted; left untouched."));
      add_reasons (text, item->registration);
    }
  add_sentence (text, item->remark);
  return g_string_free (text, FALSE);
}

static void
add_string (JsonObject *object, const char *name, const char *value)
{
  if (value != NULL)
    json_object_set_string_member (object, name, value);
}

/* How all layers together came out. */
static JsonNode *
group_report (const PmtGroup *group, int pairs)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (object, "verdict", pmt_verdict_to_nick (group->verdict));
  json_object_set_int_member (object, "layers", group->n);
  json_object_set_int_member (object, "placed", group->placed);
  json_object_set_int_member (object, "pairs", group->pairs->len);
  json_object_set_int_member (object, "pairs-of-layer", pairs);
  json_object_set_int_member (object, "loops", group->loops->len);
  if (isfinite (group->closure_median))
    json_object_set_double_member (object, "closure-median-px", group->closure_median);
  if (isfinite (group->closure_p95))
    json_object_set_double_member (object, "closure-p95-px", group->closure_p95);
  if (isfinite (group->misfit_median))
    json_object_set_double_member (object, "misfit-median-px", group->misfit_median);
  json_node_take_object (node, object);
  return node;
}

char *
pmt_alignment_group_method (const PmtGroup *group, int pairs)
{
  char closure[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (group->closure_median))
    return g_strdup_printf ("group (%d layers, %d of %u pairs)", group->n, pairs, group->pairs->len);
  g_ascii_formatd (closure, sizeof closure, "%.3f", group->closure_median);
  return g_strdup_printf ("group (%d layers, %d of %u pairs, closure %s px)", group->n, pairs, group->pairs->len, closure);
}

char *
pmt_align_item_report (const PmtAlignItem *item, const PmtAlignment *alignment)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  g_autofree char *reference = gimp_item_get_name (GIMP_ITEM (alignment->reference));
  g_autofree char *message = pmt_align_item_summary (item, TRUE);

  json_node_take_object (root, object);
  add_string (object, "layer", item->name);
  json_object_set_int_member (object, "layer-id", gimp_item_get_id (GIMP_ITEM (item->layer)));
  add_string (object, "region", item->region != NULL ? item->region->name : NULL);
  if (item->region != NULL && item->applied)
    json_object_set_int_member (object, "result-id", gimp_item_get_id (GIMP_ITEM (item->result)));
  add_string (object, "reference", reference);
  add_string (object, "verdict", pmt_align_item_verdict (item));
  json_object_set_boolean_member (object, "applied", item->applied);
  add_string (object, "result", !item->applied ? "none" : item->rendering != NULL ? "pixels" : "filter");
  add_string (object, "message", message);
  if (item->chain != NULL)
    {
      g_autofree char *transform = pmt_transform_to_json (item->chain->transform);

      json_object_set_member (object, "transform", json_from_string (transform, NULL));
    }
  if (item->registration != NULL)
    {
      g_autofree char *report = pmt_registration_to_json (item->registration, NULL);

      json_object_set_member (object, "registration", json_from_string (report, NULL));
    }
  if (alignment->group != NULL)
    json_object_set_member (object, "group", group_report (alignment->group, item->pairs));
  return json_to_string (root, FALSE);
}
