/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Lists of control points as text: what a layer keeps of them, and what a script gives. Not translated. */

#include "point-list-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

static const char *const sources[] = { "hand", "snapped", "automatic" };      /* by PmtPairSource */

static void
add_number (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, g_ascii_dtostr (digits, sizeof digits, value));
}

static void
add_pair (GString *text, const PmtPair *pair)
{
  const double numbers[] = { pair->fixed.x, pair->fixed.y, pair->moving.x, pair->moving.y };

  for (guint k = 0; k < G_N_ELEMENTS (numbers); k++)
    {
      add_number (text, numbers[k]);
      g_string_append_c (text, ',');
    }
  g_string_append_printf (text, "%s,%s", pair->enabled ? "yes" : "no", sources[pair->source]);
  if (isfinite (pair->confidence))
    {
      g_string_append_c (text, ',');
      add_number (text, pair->confidence);
    }
  g_string_append_c (text, '\n');
}

char *
pmt_point_list_to_text (const PmtPointList *list)
{
  GString *text = g_string_new ("# Pentimento control points\n");
  const PmtPointOptions *options = pmt_point_list_get_options (list);
  PmtSize fixed, moving;

  _pmt_point_list_get_sizes (list, &fixed, &moving);
  g_string_append_printf (text, "#size %d %d %d %d\n#model %s\n", fixed.width, fixed.height, moving.width, moving.height,
                          pmt_point_model_to_nick (options->model));
  if (!isnan (options->smoothing))
    {
      g_string_append (text, "#smoothing ");
      add_number (text, options->smoothing);
      g_string_append_c (text, '\n');
    }
  g_string_append (text, "fixed_x,fixed_y,moving_x,moving_y,used,source,confidence\n");
  for (guint i = 0; i < pmt_point_list_get_length (list); i++)
    add_pair (text, pmt_point_list_get (list, i));
  return g_string_free (text, FALSE);
}

/* -- reading -- */

typedef struct
{
  PmtSize          fixed, moving;      /* of the list */
  GArray          *pairs;
  PmtPointOptions  options;
} Reading;

static gboolean
read_number (const char *word, double *value)
{
  char *end;

  *value = g_ascii_strtod (word, &end);
  return end != word && *end == '\0' && isfinite (*value);
}

/* The words of a line that commas, semicolons or white space part. */
static GStrv
words_of (const char *line)
{
  GStrv words = g_strsplit_set (line, ",; \t\r", -1);
  int n = 0;

  for (int i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      words[n++] = words[i];
    else
      g_free (words[i]);
  words[n] = NULL;
  return words;
}

static gboolean
read_source (const char *word, PmtPairSource *source)
{
  for (guint k = 0; k < G_N_ELEMENTS (sources); k++)
    if (g_str_equal (word, sources[k]))
      {
        *source = (PmtPairSource) k;
        return TRUE;
      }
  return FALSE;
}

static gboolean
read_pair (Reading *reading, const char *line)
{
  g_auto (GStrv) words = words_of (line);
  guint n = g_strv_length (words);
  PmtPair pair = { .enabled = TRUE, .source = PMT_PAIR_HAND, .confidence = NAN, .unsnapped = { NAN, NAN } };
  double *const numbers[] = { &pair.fixed.x, &pair.fixed.y, &pair.moving.x, &pair.moving.y };

  if (n < 4 || n > 7)
    return FALSE;
  for (int k = 0; k < 4; k++)
    if (!read_number (words[k], numbers[k]))
      return FALSE;
  if (n > 4 && !g_str_equal (words[4], "yes") && !g_str_equal (words[4], "no"))
    return FALSE;
  pair.enabled = n <= 4 || g_str_equal (words[4], "yes");
  if ((n > 5 && !read_source (words[5], &pair.source)) || (n > 6 && !read_number (words[6], &pair.confidence))
      || pair.confidence < 0 || pair.confidence > 1)
    return FALSE;
  g_array_append_val (reading->pairs, pair);
  return TRUE;
}

static gboolean
read_size (const Reading *reading, const GStrv words, GError **error)
{
  const int expected[] = { reading->fixed.width, reading->fixed.height, reading->moving.width, reading->moving.height };
  double found[4];

  for (int k = 0; k < 4; k++)
    if (words[k] == NULL || !read_number (words[k], &found[k]))
      {
        g_set_error_literal (error, PMT_ERROR, PMT_ERROR_FORMAT, "#size needs four numbers");
        return FALSE;
      }
  for (int k = 0; k < 4; k++)
    if (found[k] != expected[k])
      {
        g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                     "the points are of pictures of %g × %g and %g × %g pixels, not of %d × %d and %d × %d", found[0],
                     found[1], found[2], found[3], expected[0], expected[1], expected[2], expected[3]);
        return FALSE;
      }
  return TRUE;
}

/* Lines that begin with # and a word of ours; others are remarks. */
static gboolean
read_setting (Reading *reading, const char *line, GError **error)
{
  g_auto (GStrv) words = words_of (line);
  gboolean known;

  if (g_strcmp0 (words[0], "#size") == 0)
    return read_size (reading, words + 1, error);
  if (g_strcmp0 (words[0], "#model") == 0)
    known = pmt_point_model_from_nick (words[1], &reading->options.model);
  else if (g_strcmp0 (words[0], "#smoothing") == 0)
    known = words[1] != NULL && read_number (words[1], &reading->options.smoothing) && reading->options.smoothing >= 0;
  else
    return TRUE;
  if (!known)
    g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "what “%.60s” says is not known", line);
  return known;
}

static gboolean
read_line (Reading *reading, int number, const char *line, GError **error)
{
  if (*line == '\0')
    return TRUE;
  if (*line == '#')
    return read_setting (reading, line, error);
  if (read_pair (reading, line) || (reading->pairs->len == 0 && g_ascii_isalpha (line[strspn (line, "\"")])
                                    && g_ascii_strncasecmp (line, "nan", 3) != 0 && g_ascii_strncasecmp (line, "inf", 3) != 0))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "line %d is not “fixed_x,fixed_y,moving_x,moving_y”: %.60s", number, line);
  return FALSE;
}

gboolean
pmt_point_list_read_text (PmtPointList *list, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (PmtPair));
  Reading reading = { .pairs = pairs, .options = *pmt_point_list_get_options (list) };

  _pmt_point_list_get_sizes (list, &reading.fixed, &reading.moving);
  for (int i = 0; lines[i] != NULL; i++)
    if (!read_line (&reading, i + 1, g_strstrip (lines[i]), error))
      return FALSE;
  if (_pmt_point_list_replace (list, pairs, &reading.options))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%u pairs of points: at most %d", pairs->len, PMT_PAIRS_MOST);
  return FALSE;
}
