/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Rectify: a layer that shows something flat made true to scale, from lengths that were measured on the thing: a step of its record. */

#include <math.h>

#include "align-chain.h"
#include "config.h"
#include "layer-edit.h"
#include "layer-procedure.h"
#include "layers.h"
#include "plug-in.h"
#include "rectify-corners.h"
#include "rectify-dialog.h"

typedef struct
{
  PmtPoint          corner[4];      /* on the canvas */
  PmtMeasures       measures;
  double            resolution;
  PmtLayerChain    *chain;          /* made by prepare() */
  PmtRectification *found;
} Rectify;

static void
rectify_clear (Rectify *rectify)
{
  pmt_layer_chain_free (rectify->chain);
  g_clear_pointer (&rectify->found, pmt_rectification_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rectify, rectify_clear)

/* Plan → what the layer shows, as a step that says where it came from. */
static PmtTransform *
step_new (const PmtRectification *found, GError **error)
{
  PmtTransform *fitted = found->transform, *step = NULL;
  g_autoptr (PmtTransform) empty = pmt_transform_new (pmt_transform_get_fixed_size (fitted), pmt_transform_get_fixed_size (fitted));
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  PmtProvenance provenance;
  PmtMatrix3 matrix;

  if (!pmt_transform_get_matrix (fitted, &matrix))
    return pmt_transform_ref (fitted);
  pmt_provenance_init (&provenance);
  provenance.method = g_strdup ("rectified");
  provenance.model = g_strdup ("homography");
  provenance.date = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  provenance.version = g_strdup (PMT_VERSION);
  step = pmt_transform_append_matrix (empty, &matrix, pmt_transform_get_moving_size (fitted), &provenance, error);
  pmt_provenance_clear (&provenance);
  return step;
}

/* Where the plan begins on the canvas: its corners' middle stays where that of the picture's corners is. */
static void
lay_plan (PmtLayerChain *chain, const Rectify *rectify)
{
  double x = 0, y = 0;

  for (int i = 0; i < 4; i++)
    {
      x += (rectify->corner[i].x - rectify->found->plan[i].x) / 4;
      y += (rectify->corner[i].y - rectify->found->plan[i].y) / 4;
    }
  chain->reference_x = (int) lround (x);
  chain->reference_y = (int) lround (y);
}

static gboolean
prepare (PmtLayerTask *task, PmtJob *job, gpointer data, GError **error)
{
  Rectify *rectify = data;
  GimpDrawable *drawable = GIMP_DRAWABLE (task->layer);
  g_autoptr (PmtLayerChain) before = pmt_align_chain_present (task->layer, NULL, error);
  g_autoptr (PmtTransform) step = NULL, whole = NULL;
  PmtSize shown;
  PmtPoint corner[4];
  GArray *off;
  int x, y;

  if (before == NULL)
    return FALSE;
  shown = (PmtSize) { gimp_drawable_get_width (drawable), gimp_drawable_get_height (drawable) };
  gimp_drawable_get_offsets (drawable, &x, &y);
  for (int i = 0; i < 4; i++)
    corner[i] = (PmtPoint) { rectify->corner[i].x - x, rectify->corner[i].y - y };
  rectify->found = pmt_rectify (corner, &rectify->measures, rectify->resolution, shown, error);
  step = rectify->found != NULL ? step_new (rectify->found, error) : NULL;
  whole = step != NULL ? pmt_transform_compose (step, before->transform, error) : NULL;
  if (whole == NULL)
    return FALSE;
  off = pmt_off_steps_copy (before->off);
  pmt_off_steps_shift (off, pmt_transform_get_length (step));
  rectify->chain = pmt_layer_chain_with (before, g_steal_pointer (&whole), off);
  lay_plan (rectify->chain, rectify);
  return pmt_align_chain_check (rectify->chain, error);
}

static gboolean
change (PmtLayerTask *task, gpointer data, char **remark, GError **error)
{
  return pmt_layer_edit_chain (task->layer, ((Rectify *) data)->chain, error);
}

static gboolean
read_call (GimpProcedureConfig *config, GimpImage *image, Rectify *rectify, GError **error)
{
  g_autofree char *corners = NULL, *lengths = NULL, *from = NULL;

  g_object_get (config, "corners", &corners, "lengths", &lengths, "resolution", &rectify->resolution, NULL);
  if (corners != NULL && *corners != '\0')
    {
      if (!pmt_rectify_read_corners (corners, rectify->corner, error))
        return FALSE;
    }
  else if (!pmt_rectify_find_corners (image, rectify->corner, &from))
    return pmt_plug_in_fail (error, _("Where are the corners? Draw a path with four anchors, select a quadrangle, or type them."));
  if (!(rectify->resolution >= 0) || !isfinite (rectify->resolution))
    return pmt_plug_in_fail (error, _("The resolution is 0 or a number of pixels for a unit of length."));
  return pmt_rectify_read_lengths (lengths, &rectify->measures, error);
}

static GimpValueArray *
return_values (GimpValueArray *values, const Rectify *rectify)
{
  PmtSize plan;

  if (g_value_get_enum (gimp_value_array_index (values, 0)) != GIMP_PDB_SUCCESS || rectify->found == NULL)
    return values;
  plan = pmt_transform_get_fixed_size (rectify->found->transform);
  GIMP_VALUES_SET_INT (values, 2, plan.width);
  GIMP_VALUES_SET_INT (values, 3, plan.height);
  GIMP_VALUES_SET_DOUBLE (values, 4, rectify->found->resolution);
  GIMP_VALUES_SET_DOUBLE (values, 5, rectify->found->misfit);
  return values;
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables, GimpProcedureConfig *config,
     gpointer data)
{
  const PmtLayerWork work = { .title = _("Rectifying the layer"), .prepare = prepare, .change = change };
  g_autoptr (GPtrArray) layers = NULL;
  g_auto (Rectify) rectify = { 0 };
  GError *error = NULL;

  gegl_init (NULL, NULL);
  if (!pmt_layers_check (image, drawables, &layers, &error)
      || (layers->len != 1 && !pmt_plug_in_fail (&error, _("Select one layer: the photograph."))))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  if (mode == GIMP_RUN_INTERACTIVE && !pmt_rectify_dialog_run (procedure, config, image))
    return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
  if (!read_call (config, image, &rectify, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  return return_values (pmt_layer_procedure_run (procedure, image, layers, &work, &rectify), &rectify);
}

GimpProcedure *
pmt_rectify_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("Rect_ify…"), "pentimento-align",
                        _("Make a photograph of something flat true to scale, from measured lengths"),
                        _("Four corners in the picture, and sides and diagonals that were measured on the thing, give the layer the "
                          "shape that the thing has: a live filter, as an alignment is. An overview that is true to scale is what "
                          "other pictures are aligned to."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE);
  gimp_procedure_add_string_argument (procedure, "corners", _("Corners"),
                                      _("On the canvas, clockwise from the upper left: “x,y x,y x,y x,y”; empty: the anchors of a path "
                                        "that has four, else the corners of the selection"), "", G_PARAM_READWRITE);
  gimp_procedure_add_string_argument (procedure, "lengths", _("Lengths"),
                                      _("The upper, right, lower and left side, then the diagonals from the upper left and from the upper "
                                        "right, in any one unit; “-”: not measured. Two sides that meet are enough for a rectangle, else "
                                        "five"), "", G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "resolution", _("Resolution"),
                                      _("Pixels for a unit of length; 0: as many as keep the picture's size"), -G_MAXDOUBLE, G_MAXDOUBLE,
                                      0, G_PARAM_READWRITE);
  pmt_layer_procedure_declare (procedure);
  gimp_procedure_add_int_return_value (procedure, "width", _("Width"), _("Of the plan, px"), 0, G_MAXINT, 0, G_PARAM_READWRITE);
  gimp_procedure_add_int_return_value (procedure, "height", _("Height"), _("Of the plan, px"), 0, G_MAXINT, 0, G_PARAM_READWRITE);
  gimp_procedure_add_double_return_value (procedure, "scale", _("Scale"), _("Pixels for a unit of length"), 0, G_MAXDOUBLE, 0,
                                          G_PARAM_READWRITE);
  gimp_procedure_add_double_return_value (procedure, "misfit", _("Misfit"),
                                          _("What the lengths contradict each other by, root mean square, in their unit"), 0, G_MAXDOUBLE,
                                          0, G_PARAM_READWRITE);
  return procedure;
}
