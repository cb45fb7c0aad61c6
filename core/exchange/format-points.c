/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our own pairs: “fixed_x,fixed_y,moving_x,moving_y” a line, px. */
#include "exchange/format-private.h"
#include "fit/points.h"

static gboolean
recognise (const char *text)
{
  return _pmt_format_begins (text, '#', "fixed_x");
}

static gboolean
read_points (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  return pmt_points_from_text (text->text, content->from, content->to, error);
}

static gboolean
write_points (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  g_string_append (text, "fixed_x,fixed_y,moving_x,moving_y\n");
  for (guint i = 0; i < content->from->len; i++)
    {
      PmtPoint     p = g_array_index (content->from, PmtPoint, i), q = g_array_index (content->to, PmtPoint, i);
      const double v[4] = { p.x, p.y, q.x, q.y };

      for (int k = 0; k < 4; k++)
        {
          _pmt_json_put_number (text, v[k]);
          g_string_append_c (text, k < 3 ? ',' : '\n');
        }
    }
  return TRUE;
}

static const char *const endings[] = { ".csv", NULL };

const PmtFormat _pmt_format_points =
{
  .info = { "points", "a list of pairs", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "pairs of points" },
  .reach = PMT_REACH_PAIRS,
  .recognise = recognise,
  .read = read_points,
  .write = write_points,
};
