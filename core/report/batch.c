/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many pairs on one page: how they came out, by strategy and each. */
#include <json-glib/json-glib.h>
#include <math.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "base/read-file.h"
#include "report/html-private.h"
#include "report/subject-private.h"
#include "transform/transform-private.h"

#define MOST_BYTES (16 << 20)
#define MOST_PAIRS 10000

/* -- the list -- */

static gboolean
take_string (JsonObject *object, const char *member, const char *place, const char *folder, char **value, GError **error)
{
  const char *text;

  if (!json_object_has_member (object, member) || json_object_get_null_member (object, member))
    return TRUE;
  text = _pmt_json_string (object, member, place, error);
  if (text == NULL)
    return FALSE;
  *value = folder == NULL || g_path_is_absolute (text) ? g_strdup (text) : g_build_filename (folder, text, NULL);
  return TRUE;
}

static PmtReportPair *
read_pair (JsonNode *node, const char *place, const char *folder, GError **error)
{
  g_autoptr (PmtReportPair) pair = g_new0 (PmtReportPair, 1);
  JsonObject               *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (object == NULL)
    _pmt_json_fail (error, place, "must be an object, not %s", json_node_type_name (node));
  else if (take_string (object, "name", place, NULL, &pair->name, error)
           && take_string (object, "fixed", place, folder, &pair->fixed, error)
           && take_string (object, "moving", place, folder, &pair->moving, error)
           && take_string (object, "report", place, folder, &pair->report, error)
           && take_string (object, "transform", place, folder, &pair->transform, error)
           && take_string (object, "before", place, folder, &pair->before, error))
    {
      if (pair->fixed != NULL && pair->moving != NULL && pair->report != NULL)
        return g_steal_pointer (&pair);
      _pmt_json_fail (error, place, "fixed, moving and report are needed");
    }
  return NULL;
}

static GPtrArray *
read_list (JsonNode *root, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) pairs = g_ptr_array_new_with_free_func ((GDestroyNotify) pmt_report_pair_free);
  JsonArray            *array = JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;

  if (array == NULL && JSON_NODE_HOLDS_OBJECT (root))
    array = _pmt_json_array (json_node_get_object (root), "pairs", "list", error);
  else if (array == NULL)
    _pmt_json_fail (error, "list", "must be an array of pairs");
  if (array == NULL)
    return NULL;
  if (json_array_get_length (array) > MOST_PAIRS)
    {
      _pmt_json_fail (error, "list", "more than %d pairs", MOST_PAIRS);
      return NULL;
    }
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_autofree char *place = g_strdup_printf ("list[%u]", i);
      PmtReportPair   *pair = read_pair (json_array_get_element (array, i), place, folder, error);

      if (pair == NULL)
        return NULL;
      g_ptr_array_add (pairs, pair);
    }
  return g_steal_pointer (&pairs);
}

GPtrArray *
pmt_report_list_load (const char *path, GError **error)
{
  g_autoptr (GString)  text = pmt_file_read (path, MOST_BYTES, error);
  g_autofree char     *folder = g_path_get_dirname (path);
  g_autoptr (JsonNode) root = NULL;
  GPtrArray           *pairs;

  if (text == NULL)
    return NULL;
  root = _pmt_json_parse (text->str, (gssize) text->len, error);
  pairs = root != NULL ? read_list (root, folder, error) : NULL;
  if (pairs == NULL)
    g_prefix_error (error, "“%s”: ", path);
  return pairs;
}

/* -- counting -- */

typedef enum { IMPROVED, WORSE, UNSCORED, OUTCOMES } Outcome;

/* What stays of a pair once its pictures are on the page. */
typedef struct
{
  char       *name, *problem;           /* problem: why it was left out; all below is empty then */
  PmtVerdict  verdict;
  PmtModel    model;
  PmtModality modality;
  char       *proposer, *preparation;
  double      error_p95, score, seconds;
  Outcome     outcome;
} Line;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->name);
  g_free (line->problem);
  g_free (line->proposer);
  g_free (line->preparation);
  g_free (line);
}

static void
fill_line (Line *line, const Subject *s)
{
  const PmtRegistration *r = s->registration;

  line->verdict = r->verdict;
  line->model = r->model;
  line->modality = r->modality;
  line->proposer = g_strdup (r->proposer);
  line->preparation = g_strdup (r->preparation);
  line->error_p95 = r->error_p95;
  line->score = s->score != NULL ? s->score->score : NAN;
  line->outcome = s->score == NULL || !s->score->scored ? UNSCORED : s->score->score > 0.5 ? IMPROVED : WORSE;
  for (guint i = 0; i < r->timings->len; i++)
    line->seconds += g_array_index (r->timings, PmtTiming, i).seconds;
}

typedef struct { int all, outcome[OUTCOMES], verdict[PMT_VERDICT_FAILED + 1]; } Count;

static void
count_line (Count *count, const Line *line)
{
  count->all++;
  count->outcome[line->outcome]++;
  count->verdict[line->verdict]++;
}

typedef const char *(*Key) (const Line *line);

static const char *
key_proposer (const Line *line)
{
  return line->proposer != NULL ? line->proposer : "not said";
}

static const char *
key_preparation (const Line *line)
{
  return line->preparation != NULL ? line->preparation : "not said";
}

static const char *
key_model (const Line *line)
{
  return pmt_model_to_nick (line->model);
}

static const char *
key_modality (const Line *line)
{
  return pmt_modality_to_nick (line->modality);
}

static const struct { const char *title; Key key; } groupings[] =
{
  { "Found by", key_proposer }, { "Preparation", key_preparation }, { "Model", key_model }, { "Kinds of image", key_modality }
};

static void
count_row (GString *page, const char *name, const Count *c)
{
  _pmt_html_printf (page, "<tr><th scope=\"row\">%s</th><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%d</td>"
                    "<td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%d</td><td class=\"n\">%d</td></tr>\n", name,
                    c->all, c->outcome[IMPROVED], c->outcome[WORSE], c->outcome[UNSCORED], c->verdict[PMT_VERDICT_OK],
                    c->verdict[PMT_VERDICT_UNCERTAIN], c->verdict[PMT_VERDICT_FAILED]);
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

static void
grouping_rows (GString *page, const GPtrArray *lines, const char *title, Key key)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_autoptr (GPtrArray)  names = g_ptr_array_new ();

  for (guint i = 0; i < lines->len; i++)
    {
      const Line *line = g_ptr_array_index (lines, i);
      Count      *count;

      if (line->problem != NULL)
        continue;
      count = g_hash_table_lookup (counts, key (line));
      if (count == NULL)
        {
          count = g_new0 (Count, 1);
          g_hash_table_insert (counts, (gpointer) key (line), count);
          g_ptr_array_add (names, (gpointer) key (line));
        }
      count_line (count, line);
    }
  g_ptr_array_sort (names, compare_keys);
  _pmt_html_printf (page, "<tbody>\n<tr><th class=\"group\" scope=\"rowgroup\" colspan=\"8\">%s</th></tr>\n", title);
  for (guint i = 0; i < names->len; i++)
    count_row (page, g_ptr_array_index (names, i), g_hash_table_lookup (counts, g_ptr_array_index (names, i)));
  g_string_append (page, "</tbody>\n");
}

static void
strategies (GString *page, const GPtrArray *lines)
{
  Count all = { 0 };

  for (guint i = 0; i < lines->len; i++)
    if (((const Line *) g_ptr_array_index (lines, i))->problem == NULL)
      count_line (&all, g_ptr_array_index (lines, i));
  g_string_append (page, "<h2>By strategy</h2>\n<div class=\"scroll\"><table>\n<caption>Improved and worse by the DD score: more or "
                   "fewer than half of the changed pixels came nearer to the fixed image. Unscored: too few changed, or there is "
                   "no transform. Between images of different kinds the score says little.</caption>\n<thead><tr>"
                   "<th scope=\"col\">Strategy</th><th scope=\"col\" class=\"n\">Pairs</th><th scope=\"col\" class=\"n\">Improved"
                   "</th><th scope=\"col\" class=\"n\">Worse</th><th scope=\"col\" class=\"n\">Unscored</th><th scope=\"col\" "
                   "class=\"n\">ok</th><th scope=\"col\" class=\"n\">uncertain</th><th scope=\"col\" class=\"n\">failed</th></tr>"
                   "</thead>\n<tbody>\n");
  count_row (page, "All", &all);
  g_string_append (page, "</tbody>\n");
  for (guint g = 0; g < G_N_ELEMENTS (groupings); g++)
    grouping_rows (page, lines, groupings[g].title, groupings[g].key);
  g_string_append (page, "</table></div>\n");
}

/* -- the page -- */

static void
pair_row (GString *page, const Line *line, guint index)
{
  static const char *const outcomes[OUTCOMES] = { "improved", "worse", "unscored" };

  _pmt_html_printf (page, "<tr><th scope=\"row\"><a href=\"#pair-%d\">%s</a></th>", (int) index, line->name);
  if (line->problem != NULL)
    {
      _pmt_html_printf (page, "<td colspan=\"7\">left out: %s</td></tr>\n", line->problem);
      return;
    }
  g_string_append (page, "<td>");
  _pmt_subject_verdict (page, line->verdict);
  g_string_append (page, "</td><td class=\"n\">");
  if (isfinite (line->error_p95))
    _pmt_html_printf (page, "%.2f px", line->error_p95);
  g_string_append (page, "</td><td class=\"n\">");
  if (isfinite (line->score))
    _pmt_html_printf (page, "%.0f %%", 100 * line->score);
  _pmt_html_printf (page, "</td><td>%s</td><td>%s</td><td>%s</td><td class=\"n\">%.1f s</td></tr>\n", outcomes[line->outcome],
                    key_proposer (line), key_preparation (line), line->seconds);
}

static void
pair_table (GString *page, const GPtrArray *lines)
{
  g_string_append (page, "<h2>Pairs</h2>\n<div class=\"scroll\"><table>\n<caption>Follow a name to its pictures.</caption>\n<thead><tr>"
                   "<th scope=\"col\">Pair</th><th scope=\"col\">Verdict</th><th scope=\"col\" class=\"n\">Error, 95 %</th>"
                   "<th scope=\"col\" class=\"n\">DD score</th><th scope=\"col\">Outcome</th><th scope=\"col\">Found by</th>"
                   "<th scope=\"col\">Preparation</th><th scope=\"col\" class=\"n\">Time</th></tr></thead>\n<tbody>\n");
  for (guint i = 0; i < lines->len; i++)
    pair_row (page, g_ptr_array_index (lines, i), i);
  g_string_append (page, "</tbody></table></div>\n");
}

/* One pair's details; a bad file becomes line->problem. FALSE only when cancelled. */
static gboolean
add_details (GString *page, PmtContext *context, const PmtReportPair *pair, guint index, Line *line, GError **error)
{
  g_auto (Subject)   s = { 0 };
  g_autoptr (GError) problem = NULL;
  gsize              start = page->len;

  if (!pmt_context_check (context, error))
    return FALSE;
  if (_pmt_subject_load (&s, context, pair, &problem))
    {
      line->name = g_strdup (s.name);
      _pmt_html_printf (page, "<details id=\"pair-%d\"><summary>%s – ", (int) index, s.name);
      _pmt_subject_verdict (page, s.registration->verdict);
      g_string_append (page, "</summary>\n");
      if (_pmt_subject_brief (page, context, &s, &problem))
        {
          g_string_append (page, "</details>\n");
          fill_line (line, &s);
          return TRUE;
        }
    }
  else
    {
      g_autofree char *fixed = g_path_get_basename (pair->fixed), *moving = g_path_get_basename (pair->moving);

      line->name = pair->name != NULL ? g_strdup (pair->name) : g_strdup_printf ("%s on %s", moving, fixed);
    }
  g_string_truncate (page, start);
  if (g_error_matches (problem, PMT_ERROR, PMT_ERROR_CANCELLED))
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  line->problem = g_strdup (problem->message);
  _pmt_html_printf (page, "<details id=\"pair-%d\"><summary>%s – left out</summary><p>%s</p></details>\n", (int) index,
                    line->name, line->problem);
  return TRUE;
}

static gboolean
write_page (const GPtrArray *lines, const GString *details, const char *title, const char *path, GError **error)
{
  g_autoptr (GString) page = g_string_new (NULL);

  _pmt_html_begin (page, title);
  _pmt_html_printf (page, "<h1>%s</h1>\n<p class=\"soft\">%d pairs.</p>\n", title, (int) lines->len);
  strategies (page, lines);
  pair_table (page, lines);
  g_string_append (page, "<h2>Details</h2>\n");
  g_string_append_len (page, details->str, (gssize) details->len);
  _pmt_html_end (page);
  return pmt_atomic_file_write (path, page->str, page->len, error);
}

gboolean
pmt_report_write_batch (PmtContext *context, const GPtrArray *pairs, const char *title, const char *path, int *skipped,
                        GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (line_free);
  g_autoptr (GString)   details = g_string_new (NULL);

  *skipped = 0;
  pmt_context_stage (context, "reading and drawing", 0, 1);
  for (guint i = 0; i < pairs->len; i++)
    {
      Line *line = g_new0 (Line, 1);

      g_ptr_array_add (lines, line);
      if (!add_details (details, context, g_ptr_array_index (pairs, i), i, line, error))
        return FALSE;
      *skipped += line->problem != NULL;
      pmt_context_progress (context, (i + 1.0) / pairs->len);
    }
  if (*skipped == (int) pairs->len)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%s%s", pairs->len == 0 ? "the list is empty" : "no pair could be read: ",
                   pairs->len == 0 ? "" : ((Line *) g_ptr_array_index (lines, 0))->problem);
      return FALSE;
    }
  return write_page (lines, details, title, path, error);
}
