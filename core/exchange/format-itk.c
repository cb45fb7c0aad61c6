/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ITK's text files of transforms (itkTxtTransformIO): “#Insight Transform File V1.0”, then of each transform its
 * class with the type of its numbers and its dimensions, Parameters and FixedParameters. As ours they map fixed to
 * moving, of points in physical space: of images with spacing 1 and origin 0 the first pixel's centre is (0, 0). A
 * CompositeTransform, which has no parameters, is followed by its parts, of which the last is applied first. */
#include <string.h>

#include "exchange/format-private.h"

#define MAX_PARTS 1000

typedef struct
{
  int     line;           /* of "Transform:" */
  char   *kind;           /* "AffineTransform" */
  GArray *parameters, *fixed;
} Part;

static void
part_free (gpointer data)
{
  Part *part = data;

  g_free (part->kind);
  g_array_unref (part->parameters);
  g_array_unref (part->fixed);
  g_free (part);
}

static gboolean
recognise (const char *text)
{
  return _pmt_format_begins (text, 0, "#Insight Transform File");
}

/* -- affine maps -- */

/* p: the parameters, c: the fixed ones, a centre. */
static PmtMatrix3
affine (const double *p, const double *c)
{
  return _pmt_linear_about (p, (PmtPoint) { p[4], p[5] }, (PmtPoint) { c[0], c[1] });
}

static PmtMatrix3
euler (const double *p, const double *c)
{
  return _pmt_linear_turn (1, p[0], (PmtPoint) { p[1], p[2] }, (PmtPoint) { c[0], c[1] });
}

static PmtMatrix3
similarity (const double *p, const double *c)
{
  return _pmt_linear_turn (p[0], p[1], (PmtPoint) { p[2], p[3] }, (PmtPoint) { c[0], c[1] });
}

static PmtMatrix3
centred_rigid (const double *p, const double *c)
{
  return _pmt_linear_turn (1, p[0], (PmtPoint) { p[3], p[4] }, (PmtPoint) { p[1], p[2] });
}

static PmtMatrix3
centred_similarity (const double *p, const double *c)
{
  return _pmt_linear_turn (p[0], p[1], (PmtPoint) { p[4], p[5] }, (PmtPoint) { p[2], p[3] });
}

static PmtMatrix3
scale (const double *p, const double *c)
{
  return _pmt_linear_about ((const double[4]) { p[0], 0, 0, p[1] }, (PmtPoint) { 0, 0 }, (PmtPoint) { c[0], c[1] });
}

static PmtMatrix3
translation (const double *p, const double *c)
{
  return pmt_matrix3_translation (p[0], p[1]);
}

static PmtMatrix3
identity (const double *p, const double *c)
{
  return pmt_matrix3_identity;
}

typedef struct
{
  const char *kind;
  guint       parameters, fixed;   /* how many; fewer fixed ones are zeros */
  PmtMatrix3 (*matrix) (const double *p, const double *c);
} Row;

static const Row rows[] =
{
  { "AffineTransform", 6, 2, affine },
  { "MatrixOffsetTransformBase", 6, 2, affine },
  { "Euler2DTransform", 3, 2, euler },
  { "Rigid2DTransform", 3, 2, euler },
  { "Similarity2DTransform", 4, 2, similarity },
  { "CenteredRigid2DTransform", 5, 0, centred_rigid },
  { "CenteredSimilarity2DTransform", 6, 0, centred_similarity },
  { "ScaleTransform", 2, 2, scale },
  { "TranslationTransform", 2, 0, translation },
  { "IdentityTransform", 0, 0, identity },
};

static gboolean
append_linear (const Part *part, const Row *row, PmtFormatContent *content, GError **error)
{
  const double zeros[2] = { 0, 0 };
  PmtMatrix3   m;

  if (part->parameters->len != row->parameters || (part->fixed->len != row->fixed && part->fixed->len != 0))
    return _pmt_format_fail (error, part->line, "%s has %u parameters and %u fixed ones, not %u and %u", part->kind,
                             row->parameters,
                             row->fixed, part->parameters->len, part->fixed->len);
  m = row->matrix ((const double *) part->parameters->data,
                   part->fixed->len == 2 ? (const double *) part->fixed->data : zeros);
  m = _pmt_linear_from_centres (&m);
  if (_pmt_linear_append (content, &m, "itk", error))
    return TRUE;
  g_prefix_error (error, "line %d: ", part->line);
  return FALSE;
}

/* -- splines -- */

/* FixedParameters: columns and rows of nodes, the first one's place, spacing, direction. */
static gboolean
append_spline (const Part *part, PmtFormatContent *content, GError **error)
{
  const double        *f = (const double *) part->fixed->data, *p = (const double *) part->parameters->data;
  g_autofree PmtPoint *d = NULL;
  PmtLattice           nodes;
  int                  n;

  if (part->fixed->len != 10)
    return _pmt_format_fail (error, part->line, "a spline in two dimensions has 10 fixed parameters, not %u",
                             part->fixed->len);
  if (!_pmt_spline_check (f[0], f[1], part->parameters->len, error))
    return FALSE;
  if (f[6] != 1 || f[7] != 0 || f[8] != 0 || f[9] != 1)
    return _pmt_format_refuse (error, "line %d: a spline whose grid is turned is not read", part->line);
  n = (int) (f[0] * f[1]);
  d = g_new (PmtPoint, n);
  for (int k = 0; k < n; k++)
    d[k] = (PmtPoint) { p[k], p[n + k] };
  nodes = (PmtLattice) { { f[2], f[3] }, { f[4], f[5] }, (int) f[0], (int) f[1], d };
  return _pmt_spline_append (content, &nodes, "itk", error);
}

/* -- the file -- */

/* "AffineTransform_double_2_2": the class, where the dimensions are 2 and 2. */
static gboolean
take_kind (Part *part, const char *word, GError **error)
{
  g_auto (GStrv) pieces = g_strsplit (word, "_", -1);
  guint          n = g_strv_length (pieces);

  if (n != 4)
    return _pmt_format_fail (error, part->line, "“%.60s” is not the name of a transform, as AffineTransform_double_2_2",
                             word);
  if (!g_str_equal (pieces[2], "2") || !g_str_equal (pieces[3], "2"))
    return _pmt_format_refuse (error, "line %d: “%.60s” is not a transform of two dimensions", part->line, word);
  part->kind = g_strdup (pieces[0]);
  return TRUE;
}

static gboolean
take_line (GPtrArray *parts, const char *line, int number, GError **error)
{
  Part       *last = parts->len > 0 ? g_ptr_array_index (parts, parts->len - 1) : NULL;
  const char *colon = strchr (line, ':');
  GArray     *numbers;

  if (colon == NULL)
    return _pmt_format_fail (error, number, "it is not “Name: values”: %.60s", line);
  if (g_str_has_prefix (line, "Transform:"))
    {
      g_autofree char *word = g_strstrip (g_strdup (colon + 1));

      if (parts->len >= MAX_PARTS)
        return _pmt_format_fail (error, number, "more than %d transforms", MAX_PARTS);
      last = g_new0 (Part, 1);
      last->line = number;
      last->parameters = g_array_new (FALSE, FALSE, sizeof (double));
      last->fixed = g_array_new (FALSE, FALSE, sizeof (double));
      g_ptr_array_add (parts, last);
      return take_kind (last, word, error);
    }
  if (!g_str_has_prefix (line, "Parameters:") && !g_str_has_prefix (line, "FixedParameters:"))
    return _pmt_format_fail (error, number, "it is neither Transform, Parameters nor FixedParameters: %.60s", line);
  if (last == NULL)
    return _pmt_format_fail (error, number, "parameters before any transform");
  numbers = *line == 'P' ? last->parameters : last->fixed;
  if (numbers->len > 0)
    return _pmt_format_fail (error, number, "parameters of this transform stand there twice");
  return _pmt_format_numbers (colon + 1, FALSE, numbers) || _pmt_format_fail (error, number, "not all of these are "
                                                                                             "numbers");
}

static gboolean
append_part (const Part *part, PmtFormatContent *content, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].kind, part->kind))
      return append_linear (part, &rows[i], content, error);
  if (g_str_equal (part->kind, "BSplineTransform"))
    return append_spline (part, content, error);
  if (g_str_equal (part->kind, "CompositeTransform"))
    return _pmt_format_refuse (error, "line %d: a composite within another is not read", part->line);
  return _pmt_format_refuse (error, "line %d: transforms of the class “%.60s” are not read", part->line, part->kind);
}

static gboolean
read_itk (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  g_auto (GStrv)        lines = g_strsplit (text->text, "\n", -1);
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (part_free);
  gboolean              composite;

  for (int i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (*line != 0 && *line != '#' && !take_line (parts, line, i + 1, error))
        return FALSE;
    }
  composite = parts->len > 0 && g_str_equal (((const Part *) g_ptr_array_index (parts, 0))->kind, "CompositeTransform");
  if (parts->len == (composite ? 1 : 0))
    return _pmt_format_fail (error, 0, "there is no transform in it");
  if (!composite && parts->len > 1)
    return _pmt_format_refuse (error, "it holds %u transforms and does not say, by a CompositeTransform, how they go "
                                      "together", parts->len);
  for (guint i = parts->len; i-- > (composite ? 1 : 0);)
    if (!append_part (g_ptr_array_index (parts, i), content, error))
      return FALSE;
  return TRUE;
}

/* -- writing -- */

static void
put_part (GString *text, int *number, const char *kind, int n, const double *parameters, int n_fixed,
          const double *fixed)
{
  g_string_append_printf (text, "#Transform %d\nTransform: %s_double_2_2\nParameters: ", (*number)++, kind);
  _pmt_format_put (text, n, parameters);
  g_string_append (text, "\nFixedParameters: ");
  _pmt_format_put (text, n_fixed, fixed);
  g_string_append_c (text, '\n');
}

static void
put_matrix (GString *text, int *number, const PmtMatrix3 *matrix)
{
  PmtMatrix3 m = _pmt_linear_to_centres (matrix);

  put_part (text, number, "AffineTransform", 6,
            (const double[6]) { m.m[0][0], m.m[0][1], m.m[1][0], m.m[1][1], m.m[0][2], m.m[1][2] }, 2,
              (const double[2]) { 0, 0 });
}

static gboolean
put_spline (GString *text, int *number, const PmtFormatContent *content, int index, GError **error)
{
  PmtLattice         *nodes = _pmt_spline_nodes (content->transform, index, content->fixed, error);
  g_autofree double  *p = NULL;
  int                 n;

  if (nodes == NULL)
    return FALSE;
  n = nodes->columns * nodes->rows;
  p = g_new (double, 2 * (gsize) n);
  for (int k = 0; k < n; k++)
    p[k] = nodes->displacement[k].x, p[n + k] = nodes->displacement[k].y;
  put_part (text, number, "BSplineTransform", 2 * n, p, 10,
            (const double[10]) { nodes->columns, nodes->rows, nodes->origin.x, nodes->origin.y, nodes->spacing.x,
                                 nodes->spacing.y,
                                 1, 0, 0, 1 });
  _pmt_spline_free (nodes);
  return TRUE;
}

static gboolean
put_step (GString *text, int *number, const PmtFormatContent *content, int index, GError **error)
{
  g_autoptr (PmtTransform) alone = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  PmtMatrix3               m;

  _pmt_transform_add (alone, _pmt_step_ref ((PmtStep *) _pmt_transform_get_step (content->transform, index)));
  if (!_pmt_linear_get (alone, &m))
    return put_spline (text, number, content, index, error);
  put_matrix (text, number, &m);
  return TRUE;
}

static gboolean
write_itk (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  int n = pmt_transform_get_length (content->transform), number = 0;

  g_string_append (text, "#Insight Transform File V1.0\n");
  if (n == 0)
    put_matrix (text, &number, &pmt_matrix3_identity);
  if (n > 1)
    g_string_append_printf (text, "#Transform %d\nTransform: CompositeTransform_double_2_2\n",
                            number++);   /* ITK takes no parameters here */
  for (int i = n; i-- > 0;)
    if (!put_step (text, &number, content, i, error))
      return FALSE;
  return TRUE;
}

static const char *const endings[] = { ".tfm", NULL };

const PmtFormat _pmt_format_itk =
{
  .info = { "itk", "ITK’s transform file", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "affine maps and B-splines" },
  .reach = PMT_REACH_SPLINE,
  .recognise = recognise,
  .read = read_itk,
  .write = write_itk,
};
