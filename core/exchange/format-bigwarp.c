/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BigWarp's landmarks: no header, a pair a line, "name","active","moving x","moving y","fixed x","fixed y" in
 * physical units; of images of pixel size 1 the first pixel's centre is (0, 0). BigWarp makes a thin plate of them,
 * fixed to moving. A point that is not yet set is "Infinity". */
#include <math.h>
#include <string.h>

#include "exchange/format-private.h"

/* Without its quotes; in place. */
static const char *
unquote (char *field)
{
  gsize length = strlen (g_strstrip (field));

  if (length < 2 || field[0] != '"' || field[length - 1] != '"')
    return field;
  field[length - 1] = 0;
  return field + 1;
}

static gboolean
recognise (const char *text)
{
  g_autofree char *line = g_strndup (text, strcspn (text, "\n"));
  g_auto (GStrv)   fields = g_strsplit (line, ",", 8);
  const char      *active = g_strv_length (fields) == 6 ? unquote (fields[1]) : "";

  return g_str_equal (active, "true") || g_str_equal (active, "false");
}

/* FALSE: no pair. *set: both of its points are. */
static gboolean
read_line (const char *line, PmtPoint *fixed, PmtPoint *moving, gboolean *set)
{
  g_auto (GStrv) fields = g_strsplit (line, ",", 8);
  const char    *active;
  double         v[4];

  if (g_strv_length (fields) != 6)
    return FALSE;
  active = unquote (fields[1]);
  *set = g_str_equal (active, "true");
  if (!*set && !g_str_equal (active, "false"))
    return FALSE;
  for (int k = 0; k < 4; k++)
    {
      const char *word = unquote (fields[2 + k]);

      if (g_str_equal (word, "Infinity") || g_str_equal (word, "-Infinity"))
        *set = FALSE;
      else if (!_pmt_format_number (word, &v[k]))
        return FALSE;
    }
  if (*set)
    {
      *moving = (PmtPoint) { v[0] + 0.5, v[1] + 0.5 };
      *fixed = (PmtPoint) { v[2] + 0.5, v[3] + 0.5 };
    }
  return TRUE;
}

static gboolean
read_bigwarp (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text->text, "\n", -1);

  for (int i = 0; lines[i] != NULL; i++)
    {
      PmtPoint fixed, moving;
      gboolean set;

      if (*g_strstrip (lines[i]) == 0)
        continue;
      if (!read_line (lines[i], &fixed, &moving, &set))
        return _pmt_format_fail (error, i + 1, "it is not “name,active,moving x,moving y,fixed x,fixed y”: %.60s",
                                 lines[i]);
      if (set)
        _pmt_format_add_pair (content, fixed, moving);
    }
  return TRUE;
}

static gboolean
write_bigwarp (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  for (guint i = 0; i < content->from->len; i++)
    {
      PmtPoint     p = g_array_index (content->from, PmtPoint, i), q = g_array_index (content->to, PmtPoint, i);
      const double v[4] = { q.x - 0.5, q.y - 0.5, p.x - 0.5, p.y - 0.5 };

      g_string_append_printf (text, "\"Pt-%u\",\"true\"", i);
      for (int k = 0; k < 4; k++)
        {
          g_string_append (text, ",\"");
          _pmt_json_put_number (text, v[k]);
          g_string_append_c (text, '"');
        }
      g_string_append_c (text, '\n');
    }
  return TRUE;
}

static const char *const endings[] = { NULL };

const PmtFormat _pmt_format_bigwarp =
{
  .info = { "bigwarp", "BigWarp’s landmarks", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "pairs of points" },
  .reach = PMT_REACH_PAIRS,
  .target = PMT_POINT_MODEL_THIN_PLATE,
  .recognise = recognise,
  .read = read_bigwarp,
  .write = write_bigwarp,
};
