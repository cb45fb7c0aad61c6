/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elastix's lists of points: “point” (or “index”), their number, a point a line; the first pixel's centre is (0, 0).
 * Pairs are two such files, as elastix takes them with -fp and -mp: the fixed points in a file with “fixed” in its
 * name, the moving ones beside it in one with “moving” in that place. transformix's outputpoints.txt is read, too:
 * it holds pairs in itself. */
#include <string.h>

#include "exchange/format-private.h"

static gboolean
is_output (const char *text)
{
  return g_str_has_prefix (text, "Point\t") && strstr (text, "InputPoint") != NULL;
}

static gboolean
recognise (const char *text)
{
  return _pmt_format_begins (text, 0, "point\n") || _pmt_format_begins (text, 0, "index\n")
    || _pmt_format_begins (text, 0, "point\r")
         || _pmt_format_begins (text, 0, "index\r") || is_output (text);
}

/* "a/fixed.txt" → "a/moving.txt" */
static char *
moving_path (const char *path, GError **error)
{
  const char *name = _pmt_format_basename (path), *word = g_strrstr (name, "fixed");

  if (word != NULL)
    return g_strdup_printf ("%.*smoving%s", (int) (word - path), path, word + strlen ("fixed"));
  _pmt_format_refuse (error, "elastix’s points are two files: the name of the first has “fixed” in it, the second "
                             "“moving” in that place");
  return NULL;
}

static gboolean
read_list (const char *text, GArray *points, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  double         announced = -1;
  int            seen = 0;

  for (int i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (GArray) v = g_array_new (FALSE, FALSE, sizeof (double));
      char              *line = g_strstrip (lines[i]);
      PmtPoint           p;

      if (*line == 0)
        continue;
      if (seen++ == 0)
        {
          if (!g_str_equal (line, "point") && !g_str_equal (line, "index"))
            return _pmt_format_fail (error, i + 1, "it is neither “point” nor “index”: %.60s", line);
          continue;
        }
      if (!_pmt_format_numbers (line, FALSE, v) || v->len != (seen == 2 ? 1 : 2))
        return _pmt_format_fail (error, i + 1, "it is not %s: %.60s", seen == 2 ? "the number of points" : "“x y”",
                                 line);
      if (seen == 2)
        {
          announced = g_array_index (v, double, 0);
          continue;
        }
      p = (PmtPoint) { g_array_index (v, double, 0) + 0.5, g_array_index (v, double, 1) + 0.5 };
      g_array_append_val (points, p);
    }
  if (announced != points->len)
    return _pmt_format_fail (error, 0, "there are %u points, and not as many as the second line says", points->len);
  return TRUE;
}

/* What stands in brackets behind “name =”. */
static gboolean
bracketed (const char *line, const char *name, PmtPoint *p)
{
  const char        *at = strstr (line, name), *open = at != NULL
    ? strchr (at, '[') : NULL, *close = open != NULL ? strchr (open, ']') : NULL;
  g_autofree char   *inside = close != NULL ? g_strndup (open + 1, (gsize) (close - open - 1)) : NULL;
  g_autoptr (GArray) v = g_array_new (FALSE, FALSE, sizeof (double));

  if (inside == NULL || !_pmt_format_numbers (inside, FALSE, v) || v->len != 2)
    return FALSE;
  *p = (PmtPoint) { g_array_index (v, double, 0) + 0.5, g_array_index (v, double, 1) + 0.5 };
  return TRUE;
}

static gboolean
read_output (const char *text, PmtFormatContent *content, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (int i = 0; lines[i] != NULL; i++)
    {
      PmtPoint p, q;

      if (*g_strstrip (lines[i]) == 0)
        continue;
      if (!bracketed (lines[i], "; InputPoint", &p) || !bracketed (lines[i], "; OutputPoint", &q))
        return _pmt_format_fail (error, i + 1, "it has no InputPoint and OutputPoint of two numbers: %.60s", lines[i]);
      _pmt_format_add_pair (content, p, q);
    }
  return TRUE;
}

static gboolean
read_pair (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  g_autofree char    *file = NULL;
  g_autoptr (GString) other = NULL;

  if (is_output (text->text))
    return read_output (text->text, content, error);
  if (!read_list (text->text, content->from, error))
    return FALSE;
  if (text->path == NULL)
    return _pmt_format_refuse (error, "elastix’s points are two files, and the second cannot be read from here");
  file = moving_path (text->path, error);
  other = file != NULL ? _pmt_format_read_file (file, error) : NULL;
  if (other == NULL)
    return FALSE;
  if (!read_list (other->str, content->to, error))
    {
      g_prefix_error (error, "%s: ", file);
      return FALSE;
    }
  if (content->from->len != content->to->len)
    return _pmt_format_fail (error, 0, "it has %u points, and “%s” %u", content->from->len, file, content->to->len);
  return TRUE;
}

static void
put_list (GString *text, const GArray *points)
{
  g_string_append_printf (text, "point\n%u\n", points->len);
  for (guint i = 0; i < points->len; i++)
    {
      PmtPoint p = g_array_index (points, PmtPoint, i);

      _pmt_format_put (text, 2, (const double[2]) { p.x - 0.5, p.y - 0.5 });
      g_string_append_c (text, '\n');
    }
}

static gboolean
write_pair (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  if (path == NULL)
    return _pmt_format_refuse (error, "elastix’s points are two files");
  put_list (text, content->from);
  put_list (partner, content->to);
  return TRUE;
}

static const char *const endings[] = { NULL };

const PmtFormat _pmt_format_elastix_points =
{
  .info = { "elastix-points", "elastix’s points, two files", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES,
            "pairs of points" },
  .reach = PMT_REACH_PAIRS,
  .recognise = recognise,
  .read = read_pair,
  .write = write_pair,
  .partner = moving_path,
};
