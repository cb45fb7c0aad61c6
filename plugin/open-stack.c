/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Open as Aligned Stack: many files become the layers of one image, compared with each other and laid on one of them. */

#include "align.h"
#include "align-window.h"
#include "layers.h"
#include "open-stack-dialog.h"
#include "plug-in.h"
#include "stack-load.h"

typedef struct
{
  char          **paths;
  int             reference;      /* of the files, from 0; −1: the pairs choose it */
  PmtAlignOptions options;
} Arguments;

/* Paths, or URIs of files on this computer. */
static char **
read_paths (GimpProcedureConfig *config)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_auto (GStrv) files = NULL;

  g_object_get (config, "files", &files, NULL);
  for (int i = 0; files != NULL && files[i] != NULL; i++)
    {
      g_autoptr (GFile) file = g_file_new_for_commandline_arg (files[i]);
      g_autofree char *path = g_file_get_path (file);

      g_strv_builder_add (paths, path != NULL ? path : files[i]);
    }
  return g_strv_builder_end (paths);
}

static gboolean
read_arguments (GimpProcedureConfig *config, Arguments *arguments, GError **error)
{
  g_autofree char *compare = NULL, *model = NULL;
  int reference;

  arguments->paths = read_paths (config);
  g_object_get (config, "compare", &compare, "model", &model, "reference", &reference, NULL);
  pmt_align_options_init (&arguments->options);
  if (!pmt_align_compare_from_nick (compare, &arguments->options.compare))
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), compare != NULL ? compare : "", "compare");
  if (model == NULL || !pmt_model_from_nick (model, &arguments->options.model))
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), model != NULL ? model : "", "model");
  if (reference < 0 || reference > (int) g_strv_length (arguments->paths))
    return pmt_plug_in_fail (error, _("The argument “%s” is 0 or the number of a file."), "reference");
  arguments->reference = reference - 1;
  arguments->options.reference_by_pairs = reference == 0 && arguments->options.compare != PMT_COMPARE_EACH;
  if (g_strv_length (arguments->paths) == 0)
    return pmt_plug_in_fail (error, _("Name the files."));
  return TRUE;
}

/* The first picture of the stated file; NULL where the pairs choose. */
static gboolean
find_reference (const PmtStackImage *stack, const Arguments *arguments, GimpLayer **reference, GError **error)
{
  int wanted = MAX (arguments->reference, 0);

  *reference = NULL;
  if (arguments->options.reference_by_pairs)
    return TRUE;
  for (guint i = 0; *reference == NULL && i < stack->layers->len; i++)
    if (g_array_index (stack->file, int, i) == wanted)
      *reference = g_ptr_array_index (stack->layers, i);
  return *reference != NULL || pmt_plug_in_fail (error, _("The reference could not be read. %s"), stack->unreadable->str);
}

static PmtAlignment *
alignment_new (PmtStackImage *stack, GimpLayer *reference, const PmtAlignOptions *options, GError **error)
{
  g_autofree GimpDrawable **drawables = g_new0 (GimpDrawable *, stack->layers->len + 1);

  for (guint i = 0; i < stack->layers->len; i++)
    drawables[i] = g_ptr_array_index (stack->layers, i);
  return pmt_alignment_new (stack->image, drawables, reference, options, error);
}

/* What was not laid on the reference is kept, out of sight, and says so. */
static void
hide_what_does_not_fit (const PmtAlignment *alignment)
{
  for (guint i = 0; i < alignment->items->len; i++)
    {
      PmtAlignItem *item = g_ptr_array_index (alignment->items, i);
      gboolean uncertain = g_strcmp0 (pmt_align_item_verdict (item), "uncertain") == 0;
      g_autofree char *name = g_strdup_printf (uncertain ? _("%s (uncertain)") : _("%s (fits nowhere)"), item->name);

      if (item->applied)
        continue;
      gimp_item_set_visible (GIMP_ITEM (item->layer), FALSE);
      gimp_item_set_name (GIMP_ITEM (item->layer), name);
    }
}

/* The canvas is the reference's. */
static void
settle_canvas (PmtStackImage *stack, GimpLayer *reference, const Arguments *arguments)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (reference);

  gimp_image_resize (stack->image, gimp_drawable_get_width (drawable), gimp_drawable_get_height (drawable), 0, 0);
  for (guint i = 0; i < stack->layers->len; i++)
    if (pmt_layer_equal (g_ptr_array_index (stack->layers, i), reference))
      pmt_stack_image_describe (stack, arguments->paths[g_array_index (stack->file, int, i)]);
}

static gboolean
align (PmtAlignment *alignment, GimpRunMode mode, GError **error)
{
  g_autoptr (PmtJob) job = NULL;

  if (mode == GIMP_RUN_INTERACTIVE)
    return pmt_align_window_run (alignment, error) && pmt_alignment_apply (alignment, error);
  job = pmt_plug_in_job (_("Aligning the pictures"));
  return pmt_alignment_fit (alignment, job, error) && pmt_alignment_apply (alignment, error);
}

/* Verdicts and reports in the order of the layers, the lowest first; the reference's are “reference” and “{}”. */
static GimpValueArray *
return_values (GimpProcedure *procedure, const PmtStackImage *stack, const PmtAlignment *alignment)
{
  GimpValueArray *values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  g_autoptr (GStrvBuilder) verdicts = g_strv_builder_new (), reports = g_strv_builder_new ();

  for (guint i = 0; i < stack->layers->len; i++)
    {
      const PmtAlignItem *item = NULL;
      g_autofree char *report = NULL;

      for (guint k = 0; k < alignment->items->len; k++)
        if (pmt_layer_equal (((PmtAlignItem *) alignment->items->pdata[k])->layer, stack->layers->pdata[i]))
          item = alignment->items->pdata[k];
      report = item != NULL ? pmt_align_item_report (item, alignment) : g_strdup ("{}");
      g_strv_builder_add (verdicts, item != NULL ? pmt_align_item_verdict (item) : "reference");
      g_strv_builder_add (reports, report);
    }
  GIMP_VALUES_SET_IMAGE (values, 1, stack->image);
  g_value_take_boxed (gimp_value_array_index (values, 2), g_strv_builder_end (verdicts));
  g_value_take_boxed (gimp_value_array_index (values, 3), g_strv_builder_end (reports));
  return values;
}

/* Files that could not be read, profiles that could not be used, pictures that fit nowhere. */
static void
tell (const PmtStackImage *stack, const PmtAlignment *alignment)
{
  g_autoptr (GString) text = g_string_new (stack->unreadable->str);

  g_string_append (text, stack->remarks->str);
  for (guint i = 0; i < alignment->items->len; i++)
    {
      const PmtAlignItem *item = g_ptr_array_index (alignment->items, i);
      g_autofree char *summary = pmt_align_item_summary (item, TRUE);

      if (!item->applied)
        g_string_append_printf (text, _("“%s” is a hidden layer. %s\n"), item->name, summary);
    }
  if (text->len > 0)
    gimp_message (g_strchomp (text->str));
}

static PmtStackImage *
load (const Arguments *arguments, GError **error)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (_("Opening the pictures"));

  return pmt_stack_image_load ((const char *const *) arguments->paths, arguments->reference, job, error);
}

static GimpValueArray *
open_stack (GimpProcedure *procedure, const Arguments *arguments, GimpRunMode mode)
{
  g_autoptr (PmtAlignment) alignment = NULL;
  g_autoptr (PmtStackImage) stack = NULL;
  GimpLayer *reference;
  GError *error = NULL;

  stack = load (arguments, &error);
  if (stack == NULL)
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  if (!find_reference (stack, arguments, &reference, &error)
      || (alignment = alignment_new (stack, reference, &arguments->options, &error)) == NULL
      || !align (alignment, mode, &error))
    {
      gimp_image_delete (stack->image);
      return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
    }
  hide_what_does_not_fit (alignment);
  settle_canvas (stack, alignment->reference, arguments);
  gimp_image_undo_enable (stack->image);
  tell (stack, alignment);
  if (mode == GIMP_RUN_INTERACTIVE)
    {
      gimp_display_new (stack->image);
      gimp_displays_flush ();
    }
  return return_values (procedure, stack, alignment);
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpProcedureConfig *config, gpointer data)
{
  Arguments arguments = { 0 };
  GimpValueArray *values;
  GError *error = NULL;
  GimpRunMode mode;

  gegl_init (NULL, NULL);
  g_object_get (config, "run-mode", &mode, NULL);
  if (mode == GIMP_RUN_INTERACTIVE && !pmt_open_stack_dialog_run (procedure, config))
    return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
  values = read_arguments (config, &arguments, &error) ? open_stack (procedure, &arguments, mode)
                                                       : pmt_plug_in_failure (procedure, error, GIMP_PDB_CALLING_ERROR);
  g_strfreev (arguments.paths);
  return values;
}

static void
add_arguments (GimpProcedure *procedure)
{
  gimp_procedure_add_enum_argument (procedure, "run-mode", "Run mode", "The run mode", GIMP_TYPE_RUN_MODE,
                                    GIMP_RUN_NONINTERACTIVE, G_PARAM_READWRITE);
  gimp_procedure_add_string_array_argument (procedure, "files", _("Files"),
                                            _("The files, paths or URIs, the lowest layer's first"), G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "compare", _("Compared"),
                                      _("“together”: all with each other; “sequence”: frames, of which neighbours are most "
                                        "alike; “each”: each with the reference alone; “auto”: together from three pictures on"),
                                      "together", G_PARAM_READWRITE);
  gimp_procedure_add_int_argument (procedure, "reference", _("Reference"),
                                   _("The number of the file that the others are laid on; 0: the picture from which the others are "
                                     "known best"), 0, 10000, 0, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "model", _("Movement"),
                                      _("What the pictures may do to lie on the reference: “auto”, “translation”, “rigid”, "
                                        "“similarity”, “affine” or “homography”"), "auto", G_PARAM_READWRITE);
  gimp_procedure_add_image_return_value (procedure, "image", _("Image"), _("The new image"), FALSE, G_PARAM_READWRITE);
  gimp_procedure_add_string_array_return_value (procedure, "verdicts", _("Verdicts"),
                                                _("“ok”, “uncertain”, “failed” or “reference” for each layer from bottom to top"),
                                                G_PARAM_READWRITE);
  gimp_procedure_add_string_array_return_value (procedure, "reports", _("Reports"),
                                                _("For each of them a JSON object, as Align Layers gives it"), G_PARAM_READWRITE);
}

GimpProcedure *
pmt_open_stack_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);
  g_autoptr (GFile) icon = pmt_plug_in_icon ("pentimento-align");

  gimp_procedure_set_menu_label (procedure, _("Open as Aligned _Stack…"));
  gimp_procedure_add_menu_path (procedure, "<Image>/File/[Open]");
  gimp_procedure_set_icon_file (procedure, icon);
  gimp_procedure_set_documentation (procedure, _("Open many pictures as layers of one image, each lying on the others"),
                                    _("Exposure and focus brackets, the bands of a filter wheel, lightings, time series: the files "
                                      "become layers with live filters that lay them on one of them. Pages, and bands that are no "
                                      "picture in colours, are layers of their own. What fits nowhere is a hidden layer."), name);
  gimp_procedure_set_attribution (procedure, "The Pentimento authors", "The Pentimento authors", "2026");
  add_arguments (procedure);
  return procedure;
}
