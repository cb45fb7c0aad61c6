/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Affine maps as files have them. */
#include <math.h>
#include <string.h>

#include "exchange/format-private.h"

#define FLAT 1e-15   /* a perspective below which a map is affine: 1e-9 px over a kilopixel square, rounding of a product */

PmtMatrix3
_pmt_linear_about (const double a[4], PmtPoint t, PmtPoint c)
{
  return (PmtMatrix3) { { { a[0], a[1], t.x + c.x - a[0] * c.x - a[1] * c.y },
                          { a[2], a[3], t.y + c.y - a[2] * c.x - a[3] * c.y },
                          { 0, 0, 1 } } };
}

PmtMatrix3
_pmt_linear_turn (double scale, double angle, PmtPoint t, PmtPoint c)
{
  double u = scale * cos (angle), v = scale * sin (angle);

  return _pmt_linear_about ((const double[4]) { u, -v, v, u }, t, c);
}

static PmtMatrix3
shifted (const PmtMatrix3 *m, double by)
{
  PmtMatrix3 there = pmt_matrix3_translation (by, by), back = pmt_matrix3_translation (-by, -by);
  PmtMatrix3 half = pmt_matrix3_then (&there, m);

  return pmt_matrix3_then (&half, &back);
}

PmtMatrix3
_pmt_linear_to_centres (const PmtMatrix3 *m)
{
  return shifted (m, 0.5);
}

PmtMatrix3
_pmt_linear_from_centres (const PmtMatrix3 *m)
{
  return shifted (m, -0.5);
}

gboolean
_pmt_linear_append (PmtFormatContent *content, const PmtMatrix3 *m, const char *format, GError **error)
{
  PmtProvenance provenance;
  PmtTransform *longer;

  if (content->transform == NULL)
    content->transform = pmt_transform_new (content->fixed, content->moving);
  pmt_provenance_init (&provenance);
  provenance.method = (char *) "import";
  provenance.model = (char *) format;
  longer = pmt_transform_append_matrix (content->transform, m, (PmtSize) { 0, 0 }, &provenance, error);
  if (longer == NULL)
    return FALSE;
  pmt_transform_unref (content->transform);
  content->transform = longer;
  return TRUE;
}

gboolean
_pmt_linear_relate (PmtFormatContent *content, const PmtMatrix3 *fixed, const PmtMatrix3 *moving, const char *format,
                    GError **error)
{
  PmtMatrix3 back, m;

  if (!pmt_matrix3_invert (moving, &back))
    return _pmt_format_fail (error, 0, "the second image is placed by a matrix that has no inverse");
  m = pmt_matrix3_then (fixed, &back);
  return _pmt_linear_append (content, &m, format, error);
}

gboolean
_pmt_linear_get (const PmtTransform *flat, PmtMatrix3 *m)
{
  if (!pmt_transform_get_matrix (flat, m))
    return FALSE;
  *m = pmt_matrix3_normalised (m);
  if (fabs (m->m[2][0]) > FLAT || fabs (m->m[2][1]) > FLAT || m->m[2][2] != 1)
    return FALSE;
  m->m[2][0] = m->m[2][1] = 0;
  return TRUE;
}

/* -- SVG 1.1, 7.6: the transform attribute -- */

static gboolean
named (const char *name, gsize length, const char *expected)
{
  return strlen (expected) == length && strncmp (name, expected, length) == 0;
}

/* One of the list's functions and its arguments as a matrix. */
static gboolean
function (const char *name, gsize length, const double *v, guint n, PmtMatrix3 *m)
{
  double radians = n > 0 ? v[0] * G_PI / 180 : 0;

  *m = pmt_matrix3_identity;
  if (named (name, length, "matrix") && n == 6)
    *m = (PmtMatrix3) { { { v[0], v[2], v[4] }, { v[1], v[3], v[5] }, { 0, 0, 1 } } };
  else if (named (name, length, "translate") && (n == 1 || n == 2))
    *m = pmt_matrix3_translation (v[0], n == 2 ? v[1] : 0);
  else if (named (name, length, "scale") && (n == 1 || n == 2))
    *m = pmt_matrix3_scaling (v[0], n == 2 ? v[1] : v[0]);
  else if (named (name, length, "rotate") && (n == 1 || n == 3))
    *m = _pmt_linear_turn (1, radians, (PmtPoint) { 0, 0 }, n == 3 ? (PmtPoint) { v[1], v[2] } : (PmtPoint) { 0, 0 });
  else if (named (name, length, "skewX") && n == 1)
    m->m[0][1] = tan (radians);
  else if (named (name, length, "skewY") && n == 1)
    m->m[1][0] = tan (radians);
  else
    return FALSE;
  return TRUE;
}

gboolean
_pmt_linear_from_list (const char *text, PmtMatrix3 *m)
{
  g_autoptr (GArray) v = g_array_new (FALSE, FALSE, sizeof (double));

  *m = pmt_matrix3_identity;
  for (text += strspn (text, " \t\r\n,"); *text != 0; text += strspn (text, " \t\r\n,"))
    {
      gsize            length = strcspn (text, "( \t\r\n");
      const char      *open = text + length + strspn (text + length, " \t\r\n"), *close = strchr (open, ')');
      g_autofree char *inside = NULL;
      PmtMatrix3       one;

      if (*open != '(' || close == NULL)
        return FALSE;
      inside = g_strndup (open + 1, (gsize) (close - open - 1));
      g_array_set_size (v, 0);
      if (!_pmt_format_numbers (inside, TRUE, v) || !function (text, length, (const double *) v->data, v->len, &one))
        return FALSE;
      *m = pmt_matrix3_then (&one, m);   /* the last of the list is applied first */
      text = close + 1;
    }
  return pmt_matrix3_is_finite (m);
}
