/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TrakEM2's projects: two <t2_patch> with transform="matrix(a,b,c,d,e,f)", each from its image's pixels, counted
 * from the corner (Java's AffineTransform), to the canvas; the first is our fixed image. Without patches, a file of
 * Register Virtual Stack Slices: <ict_transform class="…" data="…">, applied one after the other from the source
 * image, our moving one, to the aligned one, of pixels whose centres are whole numbers. */
#include <math.h>
#include <string.h>

#include "exchange/format-private.h"

#define MAX_MODELS 1000

typedef struct
{
  PmtFormatContent *content;
  PmtMatrix3        patch[2], models;   /* models: source to aligned */
  PmtSize           size[2];
  int               n_patches, n_models;
  gboolean          in_patch;
} Project;

static gboolean
recognise (const char *text)
{
  return _pmt_xml_is (text, "trakem2") || _pmt_xml_is (text, "ict_transform")
    || _pmt_xml_is (text, "ict_transform_list")
         || _pmt_xml_is (text, "iict_transform") || _pmt_xml_is (text, "iict_transform_list");
}

/* -- models -- */

static PmtMatrix3
affine (const double *v)
{
  return _pmt_linear_about ((const double[4]) { v[0], v[2], v[1], v[3] }, (PmtPoint) { v[4], v[5] },
                            (PmtPoint) { 0, 0 });
}

static PmtMatrix3
translation (const double *v)
{
  return pmt_matrix3_translation (v[0], v[1]);
}

static PmtMatrix3
rigid (const double *v)
{
  return _pmt_linear_turn (1, v[0], (PmtPoint) { v[1], v[2] }, (PmtPoint) { 0, 0 });
}

static PmtMatrix3
similarity (const double *v)
{
  return _pmt_linear_turn (v[0], v[1], (PmtPoint) { v[2], v[3] }, (PmtPoint) { 0, 0 });
}

static const struct { const char *name; guint n; PmtMatrix3 (*matrix) (const double *v); } models[] =
{
  { "AffineModel2D", 6, affine }, { "TranslationModel2D", 2, translation }, { "RigidModel2D", 3, rigid },
    { "SimilarityModel2D", 4, similarity },
};

static gboolean
take_model (Project *project, const char *class, const char *data, GError **error)
{
  const char        *dot = class != NULL ? strrchr (class, '.') : NULL, *name = dot != NULL ? dot + 1 : class;
  g_autoptr (GArray) v = g_array_new (FALSE, FALSE, sizeof (double));
  PmtMatrix3         m;

  if (name == NULL || data == NULL || project->n_models++ >= MAX_MODELS)
    return _pmt_format_fail (error, 0, "a transform without class or data, or too many of them");
  for (guint i = 0; i < G_N_ELEMENTS (models); i++)
    if (g_str_equal (models[i].name, name))
      {
        if (!_pmt_format_numbers (data, FALSE, v) || v->len != models[i].n)
          return _pmt_format_fail (error, 0, "%s has %u numbers as its data, not “%.60s”", name, models[i].n, data);
        m = models[i].matrix ((const double *) v->data);
        project->models = pmt_matrix3_then (&project->models, &m);
        return TRUE;
      }
  return _pmt_format_refuse (error, "TrakEM2’s transform “%.80s” is not read", name);
}

/* -- patches -- */

static gboolean
take_patch (Project *project, const char **names, const char **values, GError **error)
{
  const char *list = _pmt_xml_attribute (names, values, "transform");
  double      w, h;
  int         k = project->n_patches++;

  project->in_patch = TRUE;
  if (k >= 2)
    return _pmt_format_refuse (error, "it has more than two patches: keep the fixed image’s and the moving one’s");
  if (list == NULL || !_pmt_linear_from_list (list, &project->patch[k]))
    return _pmt_format_fail (error, 0, "a patch without transform=\"matrix(…)\"");
  if (_pmt_format_number (_pmt_xml_attribute (names, values, "o_width"), &w)
      && _pmt_format_number (_pmt_xml_attribute (names, values, "o_height"), &h) && w >= 1 && h >= 1 && w <= G_MAXINT
        && h <= G_MAXINT)
    project->size[k] = (PmtSize) { (int) w, (int) h };
  return TRUE;
}

static gboolean
on_start (const char *name, const char **names, const char **values, int depth, gpointer data, GError **error)
{
  Project *project = data;

  if (g_str_equal (name, "t2_patch"))
    return take_patch (project, names, values, error);
  if (!g_str_equal (name, "ict_transform") && !g_str_equal (name, "iict_transform"))
    return TRUE;
  if (project->in_patch)
    return _pmt_format_refuse (error, "a patch has transforms of its own besides its matrix; those are not read");
  return take_model (project, _pmt_xml_attribute (names, values, "class"), _pmt_xml_attribute (names, values, "data"),
                     error);
}

static void
on_end (const char *name, int depth, gpointer data)
{
  if (g_str_equal (name, "t2_patch"))
    ((Project *) data)->in_patch = FALSE;
}

static gboolean
read_trakem2 (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  Project    project = { .content = content, .models = pmt_matrix3_identity };
  PmtMatrix3 m;

  if (!_pmt_xml_parse (text, on_start, on_end, &project, error))
    return FALSE;
  if (project.n_patches == 2)
    {
      content->fixed = project.size[0];
      content->moving = project.size[1];
      return _pmt_linear_relate (content, &project.patch[0], &project.patch[1], "trakem2", error);
    }
  if (project.n_patches != 0 || project.n_models == 0)
    return _pmt_format_fail (error, 0, "there are neither two patches nor transforms in it");
  m = _pmt_linear_from_centres (&project.models);
  return _pmt_linear_relate (content, &pmt_matrix3_identity, &m, "trakem2", error);
}

/* -- writing -- */

static void
put_patch (GString *text, int id, PmtSize size, const PmtMatrix3 *m, const char *name)
{
  const double v[6] = { m->m[0][0], m->m[1][0], m->m[0][1], m->m[1][1], m->m[0][2], m->m[1][2] };

  g_string_append_printf (text, "      <t2_patch oid=\"%d\" width=\"%d\" height=\"%d\" o_width=\"%d\" o_height=\"%d\" "
                                "transform=\"matrix(", id,
                          size.width, size.height, size.width, size.height);
  for (int k = 0; k < 6; k++)
    {
      _pmt_json_put_number (text, v[k]);
      g_string_append_c (text, k < 5 ? ',' : ')');
    }
  g_string_append (text, "\" title=\"");
  _pmt_format_put_xml (text, _pmt_format_basename (name));
  g_string_append (text, "\" type=\"0\" file_path=\"");
  _pmt_format_put_xml (text, name);
  g_string_append (text, "\" style=\"fill-opacity:1.0;stroke:#ffff00;\" min=\"0.0\" max=\"255.0\"/>\n");
}

static gboolean
write_trakem2 (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  PmtMatrix3 back;

  if (!_pmt_format_need_sizes (content, TRUE, error))
    return FALSE;
  if (!pmt_matrix3_invert (&content->matrix, &back))
    return _pmt_format_fail (error, 0, "the transform has no inverse");
  g_string_append_printf (text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<trakem2>\n"
                                "  <project id=\"0\" title=\"Pentimento\"/>\n"
                                "  <t2_layer_set oid=\"3\" width=\"0\" height=\"0\" transform=\"matrix(1,0,0,1,0,0)\" "
                                "title=\"Top Level\" "
                                "layer_width=\"%d.0\" layer_height=\"%d.0\">\n"
                                "    <t2_layer oid=\"4\" thickness=\"1.0\" z=\"0.0\" title=\"\">\n",
                          content->fixed.width, content->fixed.height);
  put_patch (text, 5, content->fixed, &pmt_matrix3_identity, content->fixed_name);
  put_patch (text, 6, content->moving, &back, content->moving_name);
  g_string_append (text, "    </t2_layer>\n  </t2_layer_set>\n</trakem2>\n");
  return TRUE;
}

static const char *const endings[] = { ".xml", NULL };

const PmtFormat _pmt_format_trakem2 =
{
  .info = { "trakem2", "TrakEM2’s project", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES, "affine maps" },
  .reach = PMT_REACH_AFFINE,
  .recognise = recognise,
  .read = read_trakem2,
  .write = write_trakem2,
};
