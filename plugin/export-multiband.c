/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Export Multiband Image: layers, as they lie on each other, as the bands of one file. */

#include "align.h"
#include "exchange-dialog.h"
#include "layers.h"
#include "multiband.h"
#include "plug-in.h"

typedef struct
{
  char      *path;
  gboolean   grey;
  PmtSampler sampler;
} Arguments;

static gboolean
is_known (const char *path)
{
  g_autofree char *low = g_ascii_strdown (path, -1);

  return g_str_has_suffix (low, ".tif") || g_str_has_suffix (low, ".tiff") || g_str_has_suffix (low, ".hdr");
}

static gboolean
read_arguments (GimpProcedureConfig *config, Arguments *arguments, GError **error)
{
  g_autoptr (GFile) file = NULL;
  g_autofree char *bands = NULL, *sampler = NULL;

  g_object_get (config, "file", &file, "bands", &bands, "sampler", &sampler, NULL);
  arguments->path = file != NULL ? g_file_get_path (file) : NULL;
  if (arguments->path == NULL)
    return pmt_plug_in_fail (error, _("Name a file on this computer."));
  if (!is_known (arguments->path))
    return pmt_plug_in_fail (error, _("“%s”: a multiband image is a .tif file, or ENVI’s .hdr."), arguments->path);
  if (g_strcmp0 (bands, "colours") != 0 && g_strcmp0 (bands, "grey") != 0)
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), bands != NULL ? bands : "", "bands");
  if (sampler == NULL || !pmt_sampler_from_nick (sampler, &arguments->sampler))
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), sampler != NULL ? sampler : "", "sampler");
  arguments->grey = g_strcmp0 (bands, "grey") == 0;
  return TRUE;
}

/* Who selects one layer wants all that are seen. */
static GPtrArray *
layers_to_export (GimpImage *image, GPtrArray *selected)
{
  g_autoptr (GPtrArray) all = NULL;
  GPtrArray *seen;

  if (selected->len > 1)
    return g_ptr_array_ref (selected);
  all = pmt_layers_in_order (image);
  seen = g_ptr_array_new ();
  for (guint i = 0; i < all->len; i++)
    {
      GimpItem *item = g_ptr_array_index (all, i);

      if (gimp_item_get_parent (item) == NULL && gimp_item_get_visible (item))
        g_ptr_array_add (seen, item);
    }
  if (seen->len == 0)
    g_ptr_array_add (seen, g_ptr_array_index (selected, 0));
  return seen;
}

static GimpValueArray *
succeed (GimpProcedure *procedure, GimpRunMode mode, const PmtMultiband *multiband, const char *remark)
{
  GimpValueArray *values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < multiband->names->len; i++)
    g_strv_builder_add (names, g_ptr_array_index (multiband->names, i));
  if (remark != NULL && mode == GIMP_RUN_INTERACTIVE)
    gimp_message (remark);
  g_value_take_boxed (gimp_value_array_index (values, 1), g_strv_builder_end (names));
  g_value_set_int (gimp_value_array_index (values, 2), multiband->from_files);
  GIMP_VALUES_SET_STRING (values, 3, remark != NULL ? remark : "");
  return values;
}

static GimpValueArray *
export (GimpProcedure *procedure, GimpImage *image, const GPtrArray *layers, const Arguments *arguments, GimpRunMode mode)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (_("Exporting the bands"));
  g_autoptr (PmtMultiband) multiband = NULL;
  g_autofree char *remark = NULL;
  GError *error = NULL;

  multiband = pmt_multiband_new (image, layers, arguments->grey, job, &error);
  if (multiband == NULL || !pmt_multiband_save (multiband, arguments->path, arguments->sampler, job, &remark, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  gimp_progress_end ();
  return succeed (procedure, mode, multiband, remark);
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables, GimpProcedureConfig *config,
     gpointer data)
{
  g_autoptr (GPtrArray) selected = NULL, layers = NULL;
  g_autofree char *name = NULL;
  Arguments arguments = { 0 };
  GimpValueArray *values;
  GError *error = NULL;

  gegl_init (NULL, NULL);
  if (!pmt_layers_check (image, drawables, &selected, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  layers = layers_to_export (image, selected);
  name = gimp_image_get_name (image);
  if (mode == GIMP_RUN_INTERACTIVE && !pmt_multiband_dialog_run (config, name, (int) layers->len))
    return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
  values = read_arguments (config, &arguments, &error) ? export (procedure, image, layers, &arguments, mode)
                                                       : pmt_plug_in_failure (procedure, error, GIMP_PDB_CALLING_ERROR);
  g_free (arguments.path);
  return values;
}

GimpProcedure *
pmt_multiband_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("Export _Multiband Image…"), "pentimento-align",
                        _("Write layers that lie on each other as the bands of one file"),
                        _("Each layer is resampled once, from its original pixels or the file that it was opened from, to the image's "
                          "canvas. The selected layers, or all visible ones where one is selected, the lowest one's bands first."));
  gimp_procedure_add_menu_path (procedure, "<Image>/File/[Export]");
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  gimp_procedure_add_file_argument (procedure, "file", _("File"), _("The file to write: a .tif, or a .hdr with ENVI’s data beside it"), GIMP_FILE_CHOOSER_ACTION_SAVE, TRUE,
                                    NULL, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "bands", _("Bands"),
                                      _("“colours”: each layer's own, one or three; “grey”: each layer is one band, its luminance"),
                                      "colours", G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "sampler", _("Interpolation"),
                                      _("How values between pixels are found: “nearest”, “linear”, “cubic” or “lanczos3”"), "cubic",
                                      G_PARAM_READWRITE);
  gimp_procedure_add_string_array_return_value (procedure, "names", _("Names"), _("The names of the bands"), G_PARAM_READWRITE);
  gimp_procedure_add_int_return_value (procedure, "from-files", _("From files"),
                                       _("How many layers were read from the files that they were opened from"), 0, G_MAXINT, 0,
                                       G_PARAM_READWRITE);
  gimp_procedure_add_string_return_value (procedure, "remark", _("Remark"), _("What could not be kept; else empty"), "",
                                          G_PARAM_READWRITE);
  return procedure;
}
