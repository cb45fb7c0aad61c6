/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two <image> elements of an SVG, placed by hand in Inkscape, say: how the upper one, the later in the file, lies on
 * the lower one. The lower is our fixed image. A pixel comes to the canvas by x, y, width, height and
 * preserveAspectRatio (SVG 1.1, 5.7 and 7.8), then by the transforms of the element and all around it. Pixels count
 * from the corner. */
#include <math.h>
#include <string.h>

#include "exchange/format-private.h"

typedef struct
{
  const PmtFormatText *text;
  GArray              *stack;        /* of PmtMatrix3: to the canvas, at each depth */
  int                  hidden;       /* depth of what is not drawn; −1 */
  int                  n;
  PmtMatrix3           placed[2];
} Drawing;

static gboolean
recognise (const char *text)
{
  return _pmt_xml_is (text, "svg");
}

/* -- lengths -- */

static const struct { const char *unit; double pixels; } units[] =
{
  { "", 1 }, { "px", 1 }, { "in", 96 }, { "cm", 96 / 2.54 }, { "mm", 96 / 25.4 }, { "pt", 96 / 72.0 }, { "pc", 16 },
};

/* A length in user units; NULL: the default. */
static gboolean
length_of (const char *text, double missing, double *value)
{
  g_autofree char *word = NULL;
  char            *end;

  *value = missing;
  if (text == NULL)
    return TRUE;
  *value = g_ascii_strtod (text, &end);
  word = g_strstrip (g_strdup (end));
  for (guint i = 0; end != text && isfinite (*value) && i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (word, units[i].unit))
      {
        *value *= units[i].pixels;
        return TRUE;
      }
  return FALSE;
}

/* -- images -- */

/* 0, ½ or 1: Min, Mid or Max behind “x” or “Y”. */
static double
aligned (const char *word)
{
  return g_str_has_prefix (word, "Min") ? 0 : g_str_has_prefix (word, "Max") ? 1 : 0.5;
}

/* From pixels of an image of that size into its box. */
static PmtMatrix3
into_box (PmtSize size, double x, double y, double w, double h, const char *ratio)
{
  double sx = w / size.width, sy = h / size.height, s;

  if (ratio == NULL || !g_str_has_prefix (ratio, "none"))
    {
      const char *align = ratio != NULL && g_str_has_prefix (ratio, "x") && strlen (ratio) >= 8 ? ratio : "xMidYMid";

      s = ratio != NULL && strstr (ratio, "slice") != NULL ? fmax (sx, sy) : fmin (sx, sy);
      x += aligned (align + 1) * (w - s * size.width);
      y += aligned (align + 5) * (h - s * size.height);
      sx = sy = s;
    }
  return (PmtMatrix3) { { { sx, 0, x }, { 0, sy, y }, { 0, 0, 1 } } };
}

static gboolean
take_image (Drawing *drawing, const PmtMatrix3 *canvas, const char **names, const char **values, GError **error)
{
  static const char *const wanted[4] = { "x", "y", "width", "height" };
  int                      k = drawing->n++;
  PmtSize                  size;
  PmtMatrix3               box;
  double                   v[4];

  if (k >= 2)
    return _pmt_format_refuse (error, "it has more than two images: keep the fixed one and the moving one");
  for (int i = 0; i < 4; i++)
    if (!length_of (_pmt_xml_attribute (names, values, wanted[i]), i < 2 ? 0 : NAN, &v[i]) || isnan (v[i])
        || (i >= 2 && !(v[i] > 0)))
      return _pmt_format_fail (error, 0, "an image’s “%s” is missing, or a length that is not understood", wanted[i]);
  size = k == 0 ? drawing->text->fixed : drawing->text->moving;
  if (size.width <= 0)   /* a pixel a unit */
    size = (PmtSize) { (int) CLAMP (lround (v[2]), 1, G_MAXINT), (int) CLAMP (lround (v[3]), 1, G_MAXINT) };
  box = into_box (size, v[0], v[1], v[2], v[3], _pmt_xml_attribute (names, values, "preserveAspectRatio"));
  drawing->placed[k] = pmt_matrix3_then (&box, canvas);
  return TRUE;
}

/* -- the file -- */

static gboolean
is_hidden (const char *name)
{
  static const char *const kinds[] = { "defs", "symbol", "pattern", "marker", "mask", "clipPath", NULL };

  return g_strv_contains (kinds, name);
}

static gboolean
on_start (const char *name, const char **names, const char **values, int depth, gpointer data, GError **error)
{
  Drawing    *drawing = data;
  const char *list = _pmt_xml_attribute (names, values, "transform");
  const char *style = _pmt_xml_attribute (names, values, "style");
  PmtMatrix3  own = pmt_matrix3_identity, canvas = pmt_matrix3_identity;

  if (drawing->hidden < 0 && is_hidden (name))
    drawing->hidden = depth;
  if (drawing->hidden >= 0)
    return TRUE;
  if (depth > 0 && g_str_equal (name, "svg"))
    return _pmt_format_refuse (error, "an SVG within an SVG is not read");
  if (list != NULL && !_pmt_linear_from_list (list, &own))
    return _pmt_format_fail (error, 0, "the transform “%.60s” is not understood", list);
  if (style != NULL && (g_str_has_prefix (style, "transform:") || strstr (style, ";transform:") != NULL))
    return _pmt_format_refuse (error, "a transform within a style is not read");
  if (depth > 0)
    canvas = g_array_index (drawing->stack, PmtMatrix3, depth - 1);
  canvas = pmt_matrix3_then (&own, &canvas);
  g_array_set_size (drawing->stack, (guint) depth);
  g_array_append_val (drawing->stack, canvas);
  return !g_str_equal (name, "image") || take_image (drawing, &canvas, names, values, error);
}

static void
on_end (const char *name, int depth, gpointer data)
{
  Drawing *drawing = data;

  if (drawing->hidden == depth)
    drawing->hidden = -1;
}

static gboolean
read_svg (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (PmtMatrix3));
  Drawing            drawing = { .text = text, .stack = stack, .hidden = -1 };

  if (!_pmt_xml_parse (text, on_start, on_end, &drawing, error))
    return FALSE;
  if (drawing.n != 2)
    return _pmt_format_fail (error, 0, "there are not two images in it");
  return _pmt_linear_relate (content, &drawing.placed[0], &drawing.placed[1], "svg", error);
}

static void
put_image (GString *text, PmtSize size, const PmtMatrix3 *m, const char *name)
{
  const double v[6] = { m->m[0][0], m->m[1][0], m->m[0][1], m->m[1][1], m->m[0][2], m->m[1][2] };

  g_string_append_printf (text, "  <image x=\"0\" y=\"0\" width=\"%d\" height=\"%d\" preserveAspectRatio=\"none\" "
                                "transform=\"matrix(",
                          size.width, size.height);
  _pmt_format_put (text, 6, v);
  g_string_append (text, ")\" xlink:href=\"");
  _pmt_format_put_xml (text, name);
  g_string_append (text, "\"/>\n");
}

static gboolean
write_svg (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  PmtMatrix3 back;

  if (!_pmt_format_need_sizes (content, TRUE, error))
    return FALSE;
  if (!pmt_matrix3_invert (&content->matrix, &back))
    return _pmt_format_fail (error, 0, "the transform has no inverse");
  g_string_append_printf (text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" "
                                "xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"%d\" height=\"%d\" viewBox=\"0 0 "
                                "%d %d\">\n",
                          content->fixed.width, content->fixed.height, content->fixed.width, content->fixed.height);
  put_image (text, content->fixed, &pmt_matrix3_identity, content->fixed_name);
  put_image (text, content->moving, &back, content->moving_name);
  g_string_append (text, "</svg>\n");
  return TRUE;
}

static const char *const endings[] = { ".svg", NULL };

const PmtFormat _pmt_format_svg =
{
  .info = { "svg", "an SVG of both images", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "affine maps" },
  .reach = PMT_REACH_AFFINE,
  .recognise = recognise,
  .read = read_svg,
  .write = write_svg,
};
