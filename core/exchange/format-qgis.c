/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The QGIS georeferencer's points: a line “#CRS: …”, a line of names, then
 * mapX,mapY,sourceX,sourceY,enable,dX,dY,residual. The source is the picture that is being placed, our moving one,
 * in pixels from its corner with y upwards: sourceY is negative. The map is our fixed image, laid out as QGIS lays
 * out a picture without a place on earth: (x, −y). */
#include <string.h>

#include "exchange/format-private.h"

static gboolean
recognise (const char *text)
{
  return _pmt_format_begins (text, '#', "mapX");
}

static gboolean
is_off (const GArray *v)
{
  return v->len > 4 && g_array_index (v, double, 4) == 0;
}

static gboolean
read_qgis (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  g_auto (GStrv)     lines = g_strsplit (text->text, "\n", -1);
  g_autoptr (GArray) v = g_array_new (FALSE, FALSE, sizeof (double));

  for (int i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (*line == 0 || *line == '#' || g_str_has_prefix (line, "mapX"))
        continue;
      g_array_set_size (v, 0);
      if (!_pmt_format_numbers (line, TRUE, v) || v->len < 4)
        return _pmt_format_fail (error, i + 1, "it is not “mapX,mapY,sourceX,sourceY,enable,…”: %.60s", line);
      if (!is_off (v))
        _pmt_format_add_pair (content, (PmtPoint) { g_array_index (v, double, 0), -g_array_index (v, double, 1) },
                              (PmtPoint) { g_array_index (v, double, 2), -g_array_index (v, double, 3) });
    }
  return TRUE;
}

static gboolean
write_qgis (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  g_string_append (text, "#CRS: \nmapX,mapY,sourceX,sourceY,enable,dX,dY,residual\n");
  for (guint i = 0; i < content->from->len; i++)
    {
      PmtPoint     p = g_array_index (content->from, PmtPoint, i), q = g_array_index (content->to, PmtPoint, i);
      const double v[4] = { p.x, -p.y, q.x, -q.y };

      for (int k = 0; k < 4; k++)
        {
          _pmt_json_put_number (text, v[k]);
          g_string_append_c (text, ',');
        }
      g_string_append (text, "1,0,0,0\n");
    }
  return TRUE;
}

static const char *const endings[] = { ".points", NULL };

const PmtFormat _pmt_format_qgis =
{
  .info = { "qgis", "QGIS’s georeferencer points", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "pairs of points" },
  .reach = PMT_REACH_PAIRS,
  .target = PMT_POINT_MODEL_THIN_PLATE,
  .recognise = recognise,
  .read = read_qgis,
  .write = write_qgis,
};
