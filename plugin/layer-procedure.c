/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "layer-procedure.h"

#include "layer-edit.h"
#include "layers.h"
#include "plug-in.h"

static void
task_free (gpointer data)
{
  PmtLayerTask *task = data;

  g_free (task->name);
  g_free (task->label);
  pmt_layer_chain_free (task->chain);
  pmt_rendering_free (task->rendering);
  g_free (task);
}

/* FALSE when the layer is to be left out. */
static gboolean
prepare (PmtLayerTask *task, const PmtLayerWork *work, PmtJob *job, gpointer data, GError **error)
{
  const char *refusal = work->adds_only ? NULL : pmt_layer_refusal (task->layer);

  if (refusal != NULL)
    return pmt_plug_in_fail (error, "%s", refusal);
  if (!pmt_layer_chain_read (task->layer, &task->chain, work->forgives ? NULL : error) && !work->forgives)
    return FALSE;
  return work->prepare == NULL || work->prepare (task, job, data, error);
}

/* The tasks that can be done; what can't goes to `left_out`, a line each. NULL when cancelled. */
static GPtrArray *
prepare_all (GPtrArray *layers, const PmtLayerWork *work, PmtJob *job, gpointer data, GString *left_out,
             GError **error)
{
  g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (task_free);

  for (guint i = 0; i < layers->len; i++)
    {
      PmtLayerTask *task = g_new0 (PmtLayerTask, 1);
      g_autoptr (GError) reason = NULL;

      task->layer = g_ptr_array_index (layers, i);
      task->name = gimp_item_get_name (GIMP_ITEM (task->layer));
      g_ptr_array_add (tasks, task);
      pmt_job_set_part (job, task->name, i / (double) layers->len, (i + 1) / (double) layers->len);
      if (prepare (task, work, job, data, &reason))
        continue;
      if (g_error_matches (reason, PMT_ERROR, PMT_ERROR_CANCELLED))
        {
          g_propagate_error (error, g_steal_pointer (&reason));
          return NULL;
        }
      g_string_append_printf (left_out, _("“%s” was left out: %s."), task->name, reason->message);
      g_string_append_c (left_out, '\n');
      g_ptr_array_remove_index (tasks, tasks->len - 1);
    }
  return g_steal_pointer (&tasks);
}

static gboolean
change_all (GimpImage *image, GPtrArray *tasks, const PmtLayerWork *work, gpointer data, GString *remarks,
            GError **error)
{
  g_autoptr (PmtLayerStates) states = pmt_layer_states_new ();
  gboolean succeeded = TRUE;
  PmtEdit edit;

  pmt_edit_begin (&edit, image);
  for (guint i = 0; succeeded && i < tasks->len; i++)
    {
      PmtLayerTask *task = g_ptr_array_index (tasks, i);
      g_autofree char *remark = NULL;

      if (!work->adds_only)
        pmt_layer_states_remember (states, task->layer, work->replaces_pixels);
      succeeded = work->change (task, data, &remark, error);
      if (remark != NULL)
        g_string_append_printf (remarks, _("“%s”: %s\n"), task->name, remark);
    }
  if (!succeeded)
    pmt_layer_states_restore (states);
  pmt_edit_end (&edit);
  gimp_displays_flush ();
  return succeeded;
}

GimpValueArray *
pmt_layer_procedure_run (GimpProcedure *procedure, GimpImage *image, GPtrArray *layers, const PmtLayerWork *work,
                         gpointer data)
{
  g_autoptr (PmtJob) job = pmt_plug_in_job (work->title);
  g_autoptr (GString) notes = g_string_new (NULL);
  g_autoptr (GPtrArray) tasks = NULL;
  GError *error = NULL;
  GimpValueArray *values;

  gegl_init (NULL, NULL);
  tasks = prepare_all (layers, work, job, data, notes, &error);
  if (tasks == NULL)
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  if (tasks->len == 0 && notes->len > 0)
    {
      pmt_plug_in_fail (&error, "%s", g_strchomp (notes->str));
      return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
    }
  if (tasks->len > 0 && !change_all (image, tasks, work, data, notes, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  gimp_progress_end ();
  if (notes->len > 0)
    gimp_message (g_strchomp (notes->str));
  values = gimp_procedure_new_return_values (procedure, GIMP_PDB_SUCCESS, NULL);
  GIMP_VALUES_SET_INT (values, 1, tasks->len);
  return values;
}

void
pmt_layer_procedure_declare (GimpProcedure *procedure)
{
  gimp_procedure_add_int_return_value (procedure, "changed", _("Changed"), _("How many layers were changed"), 0,
                                       G_MAXINT, 0, G_PARAM_READWRITE);
}
