/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GDAL's ground control points: in a virtual raster (VRT), <GCP Pixel Line X Y/>, or as arguments of gdal_translate,
 * “-gcp pixel line x y”. Pixel and Line count from the corner of the picture that is being placed, our moving one; X
 * and Y are the map's, y upwards: our fixed image as (x, −y). A VRT is written: GDAL opens it like an image, and it
 * brings the picture along. */
#include <string.h>

#include "exchange/format-private.h"

#define OPTION "-gcp"

static gboolean
recognise (const char *text)
{
  return _pmt_xml_is (text, "VRTDataset") || _pmt_format_begins (text, '#', OPTION " ");
}

/* -- VRT -- */

static gboolean
take_size (const char **names, const char **values, PmtFormatContent *content, GError **error)
{
  const char *w = _pmt_xml_attribute (names, values, "rasterXSize");
  const char *h = _pmt_xml_attribute (names, values, "rasterYSize");
  guint64     width, height;

  if (w == NULL || h == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (w, 10, 1, G_MAXINT, &width, NULL)
      || !g_ascii_string_to_unsigned (h, 10, 1, G_MAXINT, &height, NULL))
    return _pmt_format_fail (error, 0, "rasterXSize and rasterYSize are no size");
  content->moving = (PmtSize) { (int) width, (int) height };
  return TRUE;
}

static gboolean
on_start (const char *name, const char **names, const char **values, int depth, gpointer data, GError **error)
{
  static const char *const wanted[4] = { "X", "Y", "Pixel", "Line" };
  PmtFormatContent        *content = data;
  double                   v[4];

  if (depth == 0)
    return take_size (names, values, content, error);
  if (!g_str_equal (name, "GCP"))
    return TRUE;
  for (int k = 0; k < 4; k++)
    if (!_pmt_format_number (_pmt_xml_attribute (names, values, wanted[k]), &v[k]))
      return _pmt_format_fail (error, 0, "a GCP’s “%s” is no number", wanted[k]);
  _pmt_format_add_pair (content, (PmtPoint) { v[0], -v[1] }, (PmtPoint) { v[2], v[3] });
  return TRUE;
}

/* -- arguments -- */

static gboolean
read_arguments (const char *text, PmtFormatContent *content, GError **error)
{
  g_auto (GStrv) pieces = g_strsplit (text, OPTION, -1);

  for (int i = 1; pieces[0] != NULL && pieces[i] != NULL; i++)   /* an empty text has no pieces */
    {
      g_autoptr (GArray) v = g_array_new (FALSE, FALSE, sizeof (double));

      if (!_pmt_format_numbers (pieces[i], FALSE, v) || (v->len != 4 && v->len != 5))
        return _pmt_format_fail (error, 0, "point %d is not “-gcp pixel line x y”", i - 1);
      _pmt_format_add_pair (content, (PmtPoint) { g_array_index (v, double, 2), -g_array_index (v, double, 3) },
                            (PmtPoint) { g_array_index (v, double, 0), g_array_index (v, double, 1) });
    }
  return TRUE;
}

static gboolean
read_gdal (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  if (!_pmt_xml_is (text->text, "VRTDataset"))
    return read_arguments (text->text, content, error);
  return _pmt_xml_parse (text, on_start, NULL, content, error);
}

/* -- writing -- */

static void
put_point (GString *text, guint number, PmtPoint p, PmtPoint q)
{
  static const char *const names[4] = { "Pixel", "Line", "X", "Y" };
  const double             v[4] = { q.x, q.y, p.x, -p.y };

  g_string_append_printf (text, "    <GCP Id=\"%u\" Info=\"\"", number);
  for (int k = 0; k < 4; k++)
    {
      g_string_append_printf (text, " %s=\"", names[k]);
      _pmt_json_put_number (text, v[k]);
      g_string_append_c (text, '"');
    }
  g_string_append (text, "/>\n");
}

static gboolean
write_gdal (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  if (!_pmt_format_need_sizes (content, FALSE, error))
    return FALSE;
  g_string_append_printf (text, "<VRTDataset rasterXSize=\"%d\" rasterYSize=\"%d\">\n  <GCPList Projection=\"\">\n",
                          content->moving.width,
                          content->moving.height);
  for (guint i = 0; i < content->from->len; i++)
    put_point (text, i + 1, g_array_index (content->from, PmtPoint, i), g_array_index (content->to, PmtPoint, i));
  g_string_append (text, "  </GCPList>\n  <VRTRasterBand dataType=\"Byte\" band=\"1\">\n    <SimpleSource>\n"
                         "      <SourceFilename relativeToVRT=\"0\">");
  _pmt_format_put_xml (text, content->moving_name);
  g_string_append (text, "</SourceFilename>\n      <SourceBand>1</SourceBand>\n    </SimpleSource>\n  "
                         "</VRTRasterBand>\n</VRTDataset>\n");
  return TRUE;
}

static const char *const endings[] = { ".vrt", NULL };

const PmtFormat _pmt_format_gdal =
{
  .info = { "gdal", "GDAL’s ground control points", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "pairs of points" },
  .reach = PMT_REACH_PAIRS,
  .target = PMT_POINT_MODEL_THIN_PLATE,
  .recognise = recognise,
  .read = read_gdal,
  .write = write_gdal,
};
