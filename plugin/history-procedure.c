/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Alignment History: arguments, the order of events, return values. */

#include "history-window.h"
#include "history.h"
#include "layers.h"
#include "plug-in.h"

/* What a script asked for. Without actions the history is only read, also of a layer that may not be changed. */
static gboolean
change (PmtHistory *history, GimpProcedureConfig *config, GError **error)
{
  g_autofree char *actions = NULL;
  g_autoptr (PmtJob) job = NULL;
  gboolean uncertain;

  g_object_get (config, "actions", &actions, "apply-uncertain", &uncertain, NULL);
  if (actions == NULL || *actions == '\0')
    return TRUE;
  job = pmt_plug_in_job (_("Changing the alignment"));
  if (!pmt_history_do (history, actions, uncertain, job, error))
    return FALSE;
  gimp_progress_end ();
  return !pmt_history_is_changed (history) || pmt_history_apply (history, error);
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables,
     GimpProcedureConfig *config, gpointer data)
{
  g_autoptr (GPtrArray) layers = NULL;
  g_autoptr (PmtHistory) history = NULL;
  GError *error = NULL;
  GimpValueArray *values;

  gegl_init (NULL, NULL);
  if (!pmt_layers_check (image, drawables, &layers, &error)
      || (layers->len != 1 && !pmt_plug_in_fail (&error, _("Select one aligned layer.")))
      || (history = pmt_history_new (g_ptr_array_index (layers, 0), &error)) == NULL)
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  if (!(mode == GIMP_RUN_INTERACTIVE ? pmt_history_window_run (history, &error) : change (history, config, &error)))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  g_value_take_string (gimp_value_array_index (values, 1), pmt_history_to_json (history));
  return values;
}

GimpProcedure *
pmt_history_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("Alignment _History…"), "pentimento-align",
                        _("Look at the steps of a layer's alignment, and change them"),
                        _("The alignments of the selected layer and the moves by hand between them, step by step. Steps can be "
                          "switched off, removed, put in another order, refined again, copied to other layers and exported. "
                          "The layer's pixels stay what they are."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
  gimp_procedure_add_string_argument (procedure, "actions", _("Actions"),
                                      _("What to change, one after the other: “off 1; remove 0; record-move”. A step is given by "
                                        "its number, from 0. “on”, “off”, “remove”, “up”, “down” and “refit” change that step; "
                                        "“record-move” makes a step of what the layer was moved by hand since. Empty: the "
                                        "history is only read"), "", G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "apply-uncertain", _("_Apply uncertain results too"),
                                       _("A refit whose result is not to be trusted is otherwise an error"), FALSE,
                                       G_PARAM_READWRITE);
  gimp_procedure_add_string_return_value (procedure, "history", _("History"),
                                          _("The steps after the actions, as JSON"), "", G_PARAM_READWRITE);
  return procedure;
}
