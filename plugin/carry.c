/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Carry Markup: what was drawn on one layer's geometry, on another's. */

#include "carry.h"

#include <stdarg.h>

#include "carry-dialog.h"
#include "layers.h"
#include "plug-in.h"

void
pmt_carry_remark (PmtCarry *carry, const char *format, ...)
{
  va_list arguments;

  if (carry->remarks->len > 0)
    g_string_append_c (carry->remarks, '\n');
  va_start (arguments, format);
  g_string_append_vprintf (carry->remarks, format, arguments);
  va_end (arguments);
}

/* -- the arguments -- */

static gboolean
which_from_nick (const char *nick, PmtCarryWhich *which)
{
  static const char *const nicks[] = { "none", "selected", "all", NULL };

  for (int i = 0; nicks[i] != NULL; i++)
    if (g_strcmp0 (nicks[i], nick) == 0)
      {
        *which = i;
        return TRUE;
      }
  return FALSE;
}

typedef struct
{
  PmtCarryEnd     from, to;
  PmtRelation     relation;
  GimpImage      *through;
  PmtCarryOptions options;
} Call;

/* The window's target where there is one. */
static gboolean
read_call (GimpProcedureConfig *config, GimpLayer *layer, GimpLayer *target, Call *call, GError **error)
{
  g_autofree char *from = NULL, *to = NULL, *relation = NULL, *paths = NULL, *channels = NULL;
  const char *wrong = NULL, *nick = NULL;

  g_object_get (config, "target", &call->to.layer, "from", &from, "to", &to, "relation", &relation, "through", &call->through,
                "paths", &paths, "channels", &channels, "selection", &call->options.selection, "guides", &call->options.guides,
                "mask", &call->options.mask, NULL);
  call->from.layer = layer;
  if (call->to.layer != NULL)
    g_object_unref (call->to.layer);      /* libgimp owns both */
  if (target != NULL || call->to.layer == NULL)
    call->to.layer = target != NULL ? target : layer;
  if (call->through != NULL)
    g_object_unref (call->through);
  if (!pmt_geometry_from_nick (nick = from, &call->from.geometry))
    wrong = "from";
  else if (!pmt_geometry_from_nick (nick = to, &call->to.geometry))
    wrong = "to";
  else if (!pmt_relation_from_nick (nick = relation, &call->relation))
    wrong = "relation";
  else if (!which_from_nick (nick = paths, &call->options.paths))
    wrong = "paths";
  else if (!which_from_nick (nick = channels, &call->options.channels))
    wrong = "channels";
  return wrong == NULL
         || pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), nick != NULL ? nick : "", wrong);
}

/* -- the work -- */

static void
take_back (PmtCarry *carry)
{
  for (guint i = 0; i < carry->added->len; i++)
    {
      gpointer item = g_ptr_array_index (carry->added, i);

      if (GIMP_IS_PATH (item))
        gimp_image_remove_path (carry->target, item);
      else if (GIMP_IS_CHANNEL (item))
        gimp_image_remove_channel (carry->target, item);
      else
        gimp_layer_remove_mask (item, GIMP_MASK_DISCARD);
    }
  for (guint i = 0; i < carry->guides->len; i++)
    gimp_image_delete_guide (carry->target, g_array_index (carry->guides, guint, i));
}

/* All of it in one undo step, or nothing. The selection comes last, so that no failure comes behind it. */
static gboolean
add (PmtCarry *carry, const PmtCarryCurves *curves, const PmtCarrySheets *sheets, GError **error)
{
  g_autofree GimpLayer **selected = gimp_image_get_selected_layers (carry->target);
  gboolean added;

  gimp_image_undo_group_start (carry->target);
  added = pmt_carry_curves_add (curves, carry, error) && pmt_carry_sheets_add (sheets, carry, error);
  if (!added)
    take_back (carry);
  if (selected != NULL && selected[0] != NULL)
    gimp_image_set_selected_layers (carry->target, (const GimpLayer **) selected);
  gimp_image_undo_group_end (carry->target);
  gimp_displays_flush ();
  return added;
}

static int
carry_over (PmtCarry *carry, const PmtCarryOptions *options, PmtJob *job, GError **error)
{
  g_autoptr (PmtCarryCurves) curves = pmt_carry_curves_new (carry, options);
  g_autoptr (PmtCarrySheets) sheets = pmt_carry_sheets_new (carry, options, job, error);
  guint n;

  if (sheets == NULL)
    return -1;
  n = pmt_carry_curves_count (curves) + pmt_carry_sheets_count (sheets);
  if (n == 0)
    {
      pmt_plug_in_fail (error, "%s", carry->remarks->len > 0 ? carry->remarks->str : _("There is nothing to carry: the image has "
                                                                                       "none of what was asked for."));
      return -1;
    }
  return add (carry, curves, sheets, error) ? (int) n : -1;
}

static GimpValueArray *
run_call (GimpProcedure *procedure, GimpRunMode mode, const Call *call)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (_("Carrying the markup"));
  g_autoptr (GString) remarks = g_string_new (NULL);
  g_autoptr (GPtrArray) added = g_ptr_array_new ();
  g_autoptr (GArray) guides = g_array_new (FALSE, FALSE, sizeof (guint));
  PmtCarry carry = { gimp_item_get_image (GIMP_ITEM (call->from.layer)), gimp_item_get_image (GIMP_ITEM (call->to.layer)),
                     call->from.layer, call->to.layer, NULL, remarks, added, guides };
  GError *error = NULL;
  g_autoptr (PmtCarryMap) map = pmt_carry_map_new (&call->from, &call->to, call->relation, call->through, &error);
  GimpValueArray *values;
  int n = -1;

  carry.map = map;
  if (map != NULL)
    n = carry_over (&carry, &call->options, job, &error);
  if (n < 0)
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  gimp_progress_end ();
  if (mode == GIMP_RUN_INTERACTIVE && remarks->len > 0)
    gimp_message (remarks->str);
  values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  GIMP_VALUES_SET_INT (values, 1, n);
  GIMP_VALUES_SET_STRING (values, 2, map->route);
  GIMP_VALUES_SET_STRING (values, 3, remarks->str);
  return values;
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables, GimpProcedureConfig *config,
     gpointer data)
{
  GError *error = NULL;
  GimpLayer *target = NULL;
  Call call = { 0 };

  gegl_init (NULL, NULL);
  if (drawables == NULL || drawables[0] == NULL || drawables[1] != NULL || !GIMP_IS_LAYER (drawables[0]))
    pmt_plug_in_fail (&error, _("Select one layer, on which the markup was drawn."));
  else if (mode == GIMP_RUN_INTERACTIVE && !pmt_carry_dialog_run (procedure, config, GIMP_LAYER (drawables[0]), &target))
    return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
  else if (read_call (config, GIMP_LAYER (drawables[0]), target, &call, &error))
    return run_call (procedure, mode, &call);
  return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
}

static void
add_arguments (GimpProcedure *procedure)
{
  gimp_procedure_add_layer_argument (procedure, "target", _("Carry to"),
                                     _("The layer to whose geometry the markup is carried; of any open image. None: the same layer"),
                                     TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "from", _("Drawn on"),
                                      _("“seen”: what the layer shows; “original”: where its original pixels lie without an alignment"),
                                      "seen", G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "to", _("Carry to"),
                                      _("“seen”: what the target shows; “original”: where its original pixels lie without an alignment"),
                                      "seen", G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "relation", _("Relation"),
                                      _("“pixels”: both layers hold the same picture; “canvas”: an image holds both pictures, aligned "
                                        "to each other; “auto”: find out"), "auto", G_PARAM_READWRITE);
  gimp_procedure_add_image_argument (procedure, "through", _("Through"),
                                     _("The image that holds both pictures, aligned to each other; none: found among the open ones"),
                                     TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "paths", _("Paths"), _("“all”, “selected” or “none”"), "all", G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "channels", _("Channels"), _("“all”, “selected” or “none”"), "all",
                                      G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "selection", _("_Selection"),
                                       _("It replaces that of the other image, where there is one to carry"), TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "guides", _("_Guides"),
                                       _("Those that are not parallel to a side there become paths"), TRUE, G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "mask", _("Layer _mask"),
                                       _("It becomes the other layer's, or a channel where that has one"), TRUE, G_PARAM_READWRITE);
}

GimpProcedure *
pmt_carry_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("Carry _Markup…"), "pentimento-align",
                        _("Carry paths, selection, guides and masks from one layer to where they belong on another"),
                        _("Markup that was drawn on the selected layer is drawn anew on another one's geometry, through the alignments "
                          "of both: from an aligned layer back to the original photograph, or from there onto the aligned view; "
                          "within an image or from one to another."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
  add_arguments (procedure);
  gimp_procedure_add_int_return_value (procedure, "carried", _("Carried"), _("How many paths, guides, channels, masks and selections"),
                                       0, G_MAXINT, 0, G_PARAM_READWRITE);
  gimp_procedure_add_string_return_value (procedure, "route", _("Route"), _("Which layers related the two"), "", G_PARAM_READWRITE);
  gimp_procedure_add_string_return_value (procedure, "remark", _("Remark"), _("What falls outside, and what else there is to know"), "",
                                          G_PARAM_READWRITE);
  return procedure;
}
