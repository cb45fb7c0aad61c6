/* SPDX-License-Identifier: GPL-3.0-or-later */
/* elastix's TransformParameters files: “(Key value …)” a line. As ours they map fixed to moving, of points in
 * physical space: with spacing 1 and origin 0 the first pixel's centre is (0, 0). The file that
 * InitialTransformParameterFileName names comes first, where HowToCombineTransforms is Compose. Splines displace p
 * by a uniform cubic B-spline; GridIndex is the number of the first node, counted from GridOrigin. */
#include <math.h>
#include <string.h>

#include "exchange/format-private.h"

#define MAX_CHAIN 16       /* initial transforms of initial transforms */
#define NEARLY    1e-9

static gboolean
recognise (const char *text)
{
  const char *word = strstr (text, "(Transform \"");

  return word != NULL && (word == text || word[-1] == '\n');
}

/* -- keys: from "Transform" to its values as they stand -- */

static GHashTable *
read_keys (const char *text, GError **error)
{
  g_auto (GStrv)         lines = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (int i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]), *close;
      gsize length;

      if (*line == 0 || g_str_has_prefix (line, "//"))
        continue;
      close = strrchr (line, ')');
      length = strcspn (line, " \t)");
      if (*line != '(' || close == NULL || length < 2)
        {
          _pmt_format_fail (error, i + 1, "it is not “(Key value …)”: %.60s", line);
          return NULL;
        }
      *close = 0;
      if (!g_hash_table_insert (keys, g_strndup (line + 1, length - 1),
                                g_strstrip (g_strdup (line + MIN (length, strlen (line))))))
        {
          _pmt_format_fail (error, i + 1, "the key “%.*s” stands there twice", (int) MIN (length - 1, 60), line + 1);
          return NULL;
        }
    }
  return g_steal_pointer (&keys);
}

/* The one word between quotes; NULL where there is no such key. */
static char *
get_word (GHashTable *keys, const char *key)
{
  const char *value = g_hash_table_lookup (keys, key);
  const char *open = value != NULL ? strchr (value, '"') : NULL, *close = open != NULL ? strchr (open + 1, '"') : NULL;

  return value == NULL ? NULL : close != NULL ? g_strndup (open + 1, (gsize) (close - open - 1)) : g_strdup (value);
}

static GArray *
get_numbers (GHashTable *keys, const char *key, guint n, GError **error)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));
  const char        *value = g_hash_table_lookup (keys, key);

  if (value == NULL)
    _pmt_format_fail (error, 0, "the key “%s” is missing", key);
  else if (!_pmt_format_numbers (value, FALSE, numbers))
    _pmt_format_fail (error, 0, "not all values of “%s” are numbers", key);
  else if (n > 0 && numbers->len != n)
    _pmt_format_fail (error, 0, "“%s” has %u values, not %u", key, numbers->len, n);
  else
    return g_steal_pointer (&numbers);
  return NULL;
}

/* TRUE where the key is not there or has these values. */
static gboolean
expect (GHashTable *keys, const char *key, guint n, const double *expected, GError **error)
{
  g_autoptr (GArray) found = NULL;

  if (g_hash_table_lookup (keys, key) == NULL)
    return TRUE;
  found = get_numbers (keys, key, n, error);
  if (found == NULL)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (fabs (g_array_index (found, double, i) - expected[i]) > NEARLY)
      return _pmt_format_refuse (error, "its “%s” is (%s): only files for images of spacing 1 and origin 0, in pixels, "
                                        "are read", key,
                                 (const char *) g_hash_table_lookup (keys, key));
  return TRUE;
}

static gboolean
check_frame (GHashTable *keys, GError **error)
{
  return expect (keys, "FixedImageDimension", 1, (const double[1]) { 2 }, error)
         && expect (keys, "MovingImageDimension", 1, (const double[1]) { 2 }, error)
         && expect (keys, "Index", 2, (const double[2]) { 0, 0 }, error)
         && expect (keys, "Spacing", 2, (const double[2]) { 1, 1 }, error)
         && expect (keys, "Origin", 2, (const double[2]) { 0, 0 }, error)
         && expect (keys, "Direction", 4, (const double[4]) { 1, 0, 0, 1 }, error);
}

static gboolean
read_size (GHashTable *keys, PmtSize *size, GError **error)
{
  g_autoptr (GArray) numbers = NULL;
  const double      *v;

  if (g_hash_table_lookup (keys, "Size") == NULL)
    return TRUE;
  numbers = get_numbers (keys, "Size", 2, error);
  if (numbers == NULL)
    return FALSE;
  v = (const double *) numbers->data;
  if (!(v[0] >= 1 && v[1] >= 1 && v[0] <= G_MAXINT && v[1] <= G_MAXINT))
    return _pmt_format_fail (error, 0, "its “Size” is no image’s");
  *size = (PmtSize) { (int) v[0], (int) v[1] };
  return TRUE;
}

/* -- one file's transform -- */

typedef enum { AFFINE, EULER, SIMILARITY, TRANSLATION, SPLINE } Kind;

static const struct { const char *name; Kind kind; guint parameters; } kinds[] =
{
  { "AffineTransform", AFFINE, 6 },
  { "EulerTransform", EULER, 3 },
  { "SimilarityTransform", SIMILARITY, 4 },
  { "TranslationTransform", TRANSLATION, 2 },
  { "BSplineTransform", SPLINE, 0 },
  { "RecursiveBSplineTransform", SPLINE, 0 },
};

static gboolean
append_linear (GHashTable *keys, Kind kind, const double *p, PmtFormatContent *content, GError **error)
{
  g_autoptr (GArray) centre = kind != TRANSLATION ? get_numbers (keys, "CenterOfRotationPoint", 2, error) : NULL;
  PmtPoint           c = { 0, 0 };
  PmtMatrix3         m;

  if (kind != TRANSLATION && centre == NULL)
    return FALSE;
  if (centre != NULL)
    c = (PmtPoint) { g_array_index (centre, double, 0), g_array_index (centre, double, 1) };
  if (kind == AFFINE)
    m = _pmt_linear_about (p, (PmtPoint) { p[4], p[5] }, c);
  else if (kind == EULER)
    m = _pmt_linear_turn (1, p[0], (PmtPoint) { p[1], p[2] }, c);
  else if (kind == SIMILARITY)
    m = _pmt_linear_turn (p[0], p[1], (PmtPoint) { p[2], p[3] }, c);
  else
    m = pmt_matrix3_translation (p[0], p[1]);
  m = _pmt_linear_from_centres (&m);
  return _pmt_linear_append (content, &m, "elastix", error);
}

static gboolean
append_spline (GHashTable *keys, const GArray *parameters, PmtFormatContent *content, GError **error)
{
  g_autoptr (GArray)   size = get_numbers (keys, "GridSize", 2, error), index = NULL, origin = NULL, spacing = NULL;
  const double        *p = (const double *) parameters->data, *h;
  g_autofree PmtPoint *d = NULL;
  g_autofree char     *cyclic = get_word (keys, "UseCyclicTransform");
  PmtLattice           nodes;

  if (size == NULL || (index = get_numbers (keys, "GridIndex", 2, error)) == NULL
      || (origin = get_numbers (keys, "GridOrigin", 2, error)) == NULL
      || (spacing = get_numbers (keys, "GridSpacing", 2, error)) == NULL
      || !expect (keys, "GridDirection", 4, (const double[4]) { 1, 0, 0, 1 }, error)
      || !_pmt_spline_check (g_array_index (size, double, 0), g_array_index (size, double, 1), parameters->len, error))
    return FALSE;
  if (cyclic != NULL && !g_str_equal (cyclic, "false"))
    return _pmt_format_refuse (error, "a spline that repeats (UseCyclicTransform) is not read");
  if (g_hash_table_lookup (keys, "BSplineTransformSplineOrder") != NULL
      && !g_str_equal (g_hash_table_lookup (keys, "BSplineTransformSplineOrder"), "3"))
    return _pmt_format_refuse (error, "only splines of order 3 are read");
  h = (const double *) spacing->data;
  nodes = (PmtLattice) { { g_array_index (origin, double, 0) + g_array_index (index, double, 0) * h[0],
                           g_array_index (origin, double, 1) + g_array_index (index, double, 1) * h[1] },
                         { h[0], h[1] }, (int) g_array_index (size, double, 0), (int) g_array_index (size, double, 1),
                         NULL };
  d = g_new (PmtPoint, nodes.columns * nodes.rows);
  for (int k = 0, n = nodes.columns * nodes.rows; k < n; k++)
    d[k] = (PmtPoint) { p[k], p[n + k] };
  nodes.displacement = d;
  return _pmt_spline_append (content, &nodes, "elastix", error);
}

static gboolean
append_transform (GHashTable *keys, PmtFormatContent *content, GError **error)
{
  g_autofree char   *name = get_word (keys, "Transform");
  g_autoptr (GArray) parameters = NULL;

  if (name == NULL)
    return _pmt_format_fail (error, 0, "the key “Transform” is missing");
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].name, name))
      {
        parameters = get_numbers (keys, "TransformParameters", kinds[i].parameters, error);
        if (parameters == NULL)
          return FALSE;
        return kinds[i].kind == SPLINE ? append_spline (keys, parameters, content, error)
                                       : append_linear (keys, kinds[i].kind, (const double *) parameters->data, content,
                                                        error);
      }
  return _pmt_format_refuse (error, "elastix’s transform “%.60s” is not read", name);
}

/* -- chains of files -- */

static gboolean append_file (const char *text, const char *path, int depth, PmtFormatContent *content, GError **error);

/* Beside the file that names it, where the name is relative and nothing of it lies in the current folder. */
static char *
find_initial (const char *name, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path), *beside = g_build_filename (folder, name, NULL);

  return g_path_is_absolute (name) || !g_file_test (beside, G_FILE_TEST_EXISTS) ? g_strdup (name)
    : g_steal_pointer (&beside);
}

static gboolean
append_initial (GHashTable *keys, const char *path, int depth, PmtFormatContent *content, GError **error)
{
  g_autofree char    *name = get_word (keys, "InitialTransformParameterFileName");
  g_autofree char    *how = get_word (keys, "HowToCombineTransforms"), *file = NULL;
  g_autoptr (GString) text = NULL;

  if (name == NULL)
    name = get_word (keys, "InitialTransformParametersFileName");   /* until elastix 5.0 */
  if (name == NULL || *name == 0 || g_str_equal (name, "NoInitialTransform"))
    return TRUE;
  if (how != NULL && !g_str_equal (how, "Compose"))
    return _pmt_format_refuse (error, "transforms that are combined by “%.60s” are not read, only Compose", how);
  if (path == NULL)
    return _pmt_format_refuse (error, "it goes on from another file, “%.200s”, which cannot be read from here", name);
  if (depth >= MAX_CHAIN)
    return _pmt_format_fail (error, 0, "more than %d files name each other as initial transform", MAX_CHAIN);
  file = find_initial (name, path);
  text = _pmt_format_read_file (file, error);
  if (text != NULL && append_file (text->str, file, depth + 1, content, error))
    return TRUE;
  g_prefix_error (error, "initial transform: ");
  return FALSE;
}

static gboolean
append_file (const char *text, const char *path, int depth, PmtFormatContent *content, GError **error)
{
  g_autoptr (GHashTable) keys = read_keys (text, error);

  return keys != NULL && check_frame (keys, error) && (depth > 0 || read_size (keys, &content->fixed, error))
         && append_initial (keys, path, depth, content, error) && append_transform (keys, content, error);
}

static gboolean
read_elastix (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  return append_file (text->text, text->path, 0, content, error);
}

/* -- writing -- */

static void
put (GString *text, const char *key, int n, const double *values)
{
  g_string_append_printf (text, "(%s ", key);
  _pmt_format_put (text, n, values);
  g_string_append (text, ")\n");
}

static void
put_head (GString *text, const char *kind, int n, const double *parameters, const char *initial)
{
  g_string_append_printf (text, "(Transform \"%s\")\n(NumberOfParameters %d)\n", kind, n);
  put (text, "TransformParameters", n, parameters);
  g_string_append_printf (text, "(InitialTransformParameterFileName \"%s\")\n(HowToCombineTransforms \"Compose\")\n",
                          initial);
}

/* What transformix asks for besides, with the settings that elastix itself writes. */
static void
put_frame (GString *text, PmtSize size)
{
  g_string_append (text, "(FixedImageDimension 2)\n(MovingImageDimension 2)\n(FixedInternalImagePixelType \"float\")\n"
                         "(MovingInternalImagePixelType \"float\")\n");
  if (size.width > 0)
    g_string_append_printf (text, "(Size %d %d)\n", size.width, size.height);
  g_string_append (text, "(Index 0 0)\n(Spacing 1 1)\n(Origin 0 0)\n(Direction 1 0 0 1)\n(UseDirectionCosines "
                         "\"true\")\n");
  g_string_append (text, "(ResampleInterpolator \"FinalBSplineInterpolator\")\n(FinalBSplineInterpolationOrder 3)\n"
                         "(Resampler \"DefaultResampler\")\n(DefaultPixelValue 0)\n(ResultImageFormat \"nii\")\n"
                         "(ResultImagePixelType \"float\")\n(CompressResultImage \"false\")\n");
}

static void
put_linear (GString *text, const PmtMatrix3 *matrix, PmtSize size)
{
  PmtMatrix3 m = _pmt_linear_to_centres (matrix);

  put_head (text, "AffineTransform", 6, (const double[6]) { m.m[0][0], m.m[0][1], m.m[1][0], m.m[1][1], m.m[0][2],
                                                            m.m[1][2] },
            "NoInitialTransform");
  put_frame (text, size);
  g_string_append (text, "(CenterOfRotationPoint 0 0)\n");
}

static void
put_spline (GString *text, const PmtLattice *nodes, const char *initial, PmtSize size)
{
  int                n = nodes->columns * nodes->rows;
  g_autofree double *p = g_new (double, 2 * (gsize) n);

  for (int k = 0; k < n; k++)
    p[k] = nodes->displacement[k].x, p[n + k] = nodes->displacement[k].y;
  put_head (text, "BSplineTransform", 2 * n, p, initial);
  put_frame (text, size);
  put (text, "GridSize", 2, (const double[2]) { nodes->columns, nodes->rows });
  put (text, "GridIndex", 2, (const double[2]) { 0, 0 });
  put (text, "GridSpacing", 2, (const double[2]) { nodes->spacing.x, nodes->spacing.y });
  put (text, "GridOrigin", 2, (const double[2]) { nodes->origin.x, nodes->origin.y });
  g_string_append (text, "(GridDirection 1 0 0 1)\n(BSplineTransformSplineOrder 3)\n(UseCyclicTransform \"false\")\n");
}

/* TRUE and the map where step index is affine. */
static gboolean
is_linear (const PmtTransform *flat, int index, PmtMatrix3 *m)
{
  g_autoptr (PmtTransform) alone = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });

  if (index >= pmt_transform_get_length (flat))
    return FALSE;
  _pmt_transform_add (alone, _pmt_step_ref ((PmtStep *) _pmt_transform_get_step (flat, index)));
  return _pmt_linear_get (alone, m);
}

/* "a/t.txt" → "a/t.initial.txt" */
static char *
initial_path (const char *path, GError **error)
{
  const char *dot = strrchr (_pmt_format_basename (path), '.');
  gsize       length = dot != NULL ? (gsize) (dot - path) : strlen (path);

  return g_strdup_printf ("%.*s.initial%s", (int) length, path, path + length);
}

/* [affine,] spline [, affine]: the first in a file of its own, the last within the displacements. */
static gboolean
write_spline (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  int              n = pmt_transform_get_length (content->transform);
  PmtMatrix3       before, after;
  gboolean         begins = is_linear (content->transform, 0, &before);
  gboolean         ends = is_linear (content->transform, n - 1, &after);
  g_autofree char *file = path != NULL ? initial_path (path, NULL) : NULL;
  g_autofree char *name = file != NULL ? g_path_get_basename (file) : NULL;
  PmtLattice      *nodes;

  if (n - begins - ends != 1)
    return _pmt_format_refuse (error, "elastix’s files hold one bend");
  if (begins && path == NULL)
    return _pmt_format_refuse (error, "an affine map and a bend take two files");
  nodes = _pmt_spline_nodes (content->transform, begins ? 1 : 0, content->fixed, error);
  if (nodes == NULL)
    return FALSE;
  if (ends)
    _pmt_spline_follow (nodes, &after);
  if (begins)
    put_linear (partner, &before, content->fixed);
  put_spline (text, nodes, begins ? name : "NoInitialTransform", content->fixed);
  _pmt_spline_free (nodes);
  return TRUE;
}

static gboolean
write_elastix (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  PmtMatrix3 m;

  if (!_pmt_linear_get (content->transform, &m))
    return write_spline (content, path, text, partner, error);
  put_linear (text, &m, content->fixed);
  return TRUE;
}

static const char *const endings[] = { ".txt", NULL };

const PmtFormat _pmt_format_elastix =
{
  .info = { "elastix", "elastix’s TransformParameters", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES,
            "affine maps and one B-spline" },
  .reach = PMT_REACH_SPLINE,
  .recognise = recognise,
  .read = read_elastix,
  .write = write_elastix,
  .partner = initial_path,
};
