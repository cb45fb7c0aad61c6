/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of a sequence, as JSON: frames, pairs, the rig. Frames are counted from 1 on, as FIXED has them. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/atomic-file.h"
#include "sequence.h"

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
add_integer (JsonBuilder *b, const char *name, int value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_int_value (b, value);
}

static void
add_string (JsonBuilder *b, const char *name, const char *value)
{
  json_builder_set_member_name (b, name);
  json_builder_add_string_value (b, value);
}

static void
add_matrix (JsonBuilder *b, const char *name, const PmtMatrix3 *matrix)
{
  PmtMatrix3 m = pmt_matrix3_normalised (matrix);

  json_builder_set_member_name (b, name);
  json_builder_begin_array (b);
  for (int i = 0; i < 3; i++)
    {
      json_builder_begin_array (b);
      for (int j = 0; j < 3; j++)
        json_builder_add_double_value (b, m.m[i][j]);
      json_builder_end_array (b);
    }
  json_builder_end_array (b);
}

/* How far the frame's map is from the rig's, in the middle of FIXED, moving px. */
static double
drift_of (const Sequence *s, int i)
{
  PmtPoint middle = { s->size[0].width / 2.0, s->size[0].height / 2.0 };
  PmtPoint p = pmt_matrix3_map (&s->rig, middle), q = pmt_matrix3_map (&s->frame[i], middle);

  return hypot (p.x - q.x, p.y - q.y);
}

static void
add_frame (JsonBuilder *b, const Sequence *s, int i)
{
  json_builder_begin_object (b);
  add_integer (b, "frame", s->first + i + 1);
  add_integer (b, "of-moving", s->first + i + s->offset + 1);
  add_string (b, "fixed", pmt_frame_state_to_nick (sequence_look (s, i, 0)->state));
  add_string (b, "moving", pmt_frame_state_to_nick (sequence_look (s, i, 1)->state));
  for (int camera = 0; camera < 2; camera++)
    if (sequence_look (s, i, camera)->problem != NULL)
      {
        g_autofree char *valid = g_utf8_make_valid (sequence_look (s, i, camera)->problem, -1);

        add_string (b, camera == 0 ? "fixed-problem" : "moving-problem", valid);
      }
  if (s->frame != NULL)
    {
      add_number (b, "drift-px", drift_of (s, i));
      add_matrix (b, "matrix", &s->frame[i]);
    }
  json_builder_end_object (b);
}

static void
add_pair (JsonBuilder *b, const Sequence *s, const PmtRigPair *pair)
{
  json_builder_begin_object (b);
  add_integer (b, "frame", s->first + pair->frame + 1);
  json_builder_set_member_name (b, "used");
  json_builder_add_boolean_value (b, pair->weight > 0);
  add_number (b, "weight", pair->weight);
  add_number (b, "sigma-px", pair->sigma);
  add_number (b, "misfit-px", pair->misfit);
  json_builder_end_object (b);
}

gboolean
sequence_report (const Sequence *s, const char *path, GError **error)
{
  g_autoptr (JsonBuilder)   b = json_builder_new ();
  g_autoptr (JsonNode)      root = NULL;
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autofree char          *text = NULL;

  json_builder_begin_object (b);
  add_string (b, "format", "pentimento-sequence-report");
  add_string (b, "verdict", pmt_verdict_to_nick (s->verdict));
  add_integer (b, "offset", s->offset);
  add_integer (b, "tried", (int) s->chosen->len);
  add_integer (b, "failed", s->failed);
  add_integer (b, "used", s->used);
  if (s->frame != NULL)
    add_matrix (b, "rig", &s->rig);
  json_builder_set_member_name (b, "pairs");
  json_builder_begin_array (b);
  for (guint k = 0; k < s->pairs->len; k++)
    add_pair (b, s, &g_array_index (s->pairs, PmtRigPair, k));
  json_builder_end_array (b);
  json_builder_set_member_name (b, "frames");
  json_builder_begin_array (b);
  for (int i = 0; i < s->n; i++)
    add_frame (b, s, i);
  json_builder_end_array (b);
  json_builder_end_object (b);
  root = json_builder_get_root (b);
  json_generator_set_root (generator, root);
  json_generator_set_pretty (generator, TRUE);
  text = json_generator_to_data (generator, NULL);
  return pmt_atomic_file_write (path, text, strlen (text), error);
}
